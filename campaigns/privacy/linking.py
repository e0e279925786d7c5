"""One customer out of two: whoever writes from two places says, or shows, that both are theirs.

a number that only imports know, said or shown to be theirs → its history comes along
a code shown in one chat and sent from another              → the older customer stays and has everything

Linking allows nothing: each yes holds in the chat's channel it was said for, and a no everywhere is a no everywhere.
Because permissions are kept by channel, nobody has two chats on one; and what a chat of the team may do is nobody's
from another chat, so that one is linked with none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import delete, func, update
from sqlmodel import Session, col, select

from campaigns.outcomes import remains
from campaigns.sending import holding, settling
from campaigns.sending.gate import Reason
from campaigns.surveys import asking
from campaigns.tables import (
    BestHour,
    Campaign,
    Future,
    Membership,
    Message,
    MiningRun,
    Prospect,
    Recommendation,
    State,
    Voice,
)
from ledger import audit, auditable, consent, conversations, customers, derived, preferences, team
from ledger.consent import Evidence, Standing, Wording
from ledger.identity import PHONE_CHANNELS, fingerprint, mask
from ledger.tables import Address, Customer, Identity, Interaction, Kind, LinkCode, Purpose

CODE_SCOPE = "link code"
CODE_LIFETIME = timedelta(minutes=15)
(PHONES,) = PHONE_CHANNELS
LINKED_WORDING = "linked"
"""What is told of the words where a yes ends because two were linked: none were shown."""


class Outcome(StrEnum):
    """What came of showing that a number is theirs."""

    LINKED = "linked"
    NOTHING = "nothing"
    """Nobody here knew the number yet."""
    SAME = "same"
    """It was theirs already."""
    BY_CODE = "by_code"
    """Somebody wrote as whom it leads to: that it is the same person has to be shown by a code, from chat to chat."""


@dataclass(frozen=True)
class Bar:
    """Why two stay two: both have a chat on each of ``channels``, or one of the chats is the team's."""

    channels: tuple[str, ...]
    is_team: bool


@dataclass(frozen=True)
class Told:
    """A code that was sent: the chat it was shown in; ``is_same``: that chat is theirs already."""

    mark: str
    place: Address
    is_same: bool
    bar: Bar | None = None


def link(session: Session, address: Address, at: datetime) -> Outcome | Bar:
    """What an import brought for ``address`` is theirs from now on.

    Somebody who writes from another number of the same records stays a customer of their own: what each of the two
    said stays each one's, until a code links them, if one can.
    """
    address.confirmed_at = at
    session.add(address)
    kept = _other_of(session, address)
    if kept is None:
        return Outcome.NOTHING
    other, writer = session.get_one(Customer, kept.customer_id), customers.of(session, address)
    if other.id == writer.id:
        return Outcome.SAME
    if customers.has_spoken(session, other):
        return bar(session, other.id, writer.id) or Outcome.BY_CODE
    session.delete(kept)
    _unite(session, other, writer, at)
    _note(session, address, "by their word", at)
    return Outcome.LINKED


def share(session: Session, address: Address, phone: str, at: datetime) -> Outcome | Bar:
    """Whoever writes from ``address`` shared their own number, in E.164, as their messenger vouches.

    What imports know of it is theirs. A chat from that number may have changed hands since: that takes a code. Nobody
    is written to there because of this.
    """
    conversations.take_turn(session, PHONES, phone)
    place = customers.address_of(session, PHONES, phone)
    if place is not None:
        _take_turns(session, [address, place])
    sharer = customers.of(session, address)
    if place is None:
        return link(session, customers.add_address(session, sharer, PHONES, phone, customers.FROM_CONTACT, at), at)
    other = customers.of(session, place)
    if other.id == sharer.id:
        return Outcome.SAME
    if customers.has_spoken(session, other):
        return bar(session, other.id, sharer.id) or Outcome.BY_CODE
    place.confirmed_at = at
    session.add(place)
    _unite(session, other, sharer, at)
    _note(session, address, "by shared contact", at)
    return Outcome.LINKED


def make_code(session: Session, address: Address, at: datetime) -> str:
    """A code that links the next chat which sends it to this one, within CODE_LIFETIME. Only its hash is kept.

    One that was made here before counts no more.
    """
    session.connection().execute(delete(LinkCode).where(col(LinkCode.address_id) == address.id))
    code = team.new_code()
    mark = fingerprint(session, CODE_SCOPE, code)
    session.add(LinkCode(fingerprint=mark, address_id=address.id, made_at=at, expires_at=at + CODE_LIFETIME))
    return team.shown(code)


def is_code(session: Session, spoken: str) -> bool:
    """Whether such a code was made in some chat lately, be it used or over."""
    return session.get(LinkCode, _mark(session, spoken)) is not None


def look_up(session: Session, address: Address, spoken: str, at: datetime) -> Told | None:
    """The chat that a code leads to; None where it is unknown, used or over, or too many were wrong before.

    One that is sent by who guessed too often is good no more: others may have read it.
    """
    kept = session.get(LinkCode, _mark(session, spoken))
    is_guessing = team.is_guessing(session, address, at)
    if kept is None:
        if not is_guessing:
            team.note_wrong(session, address, at)
        return None
    if is_guessing:
        if team.has_guessed(session, address, at):
            kept.used_at = kept.used_at or at
            session.add(kept)
        return None
    if kept.used_at is not None or kept.expires_at <= at:
        return None
    place = session.get_one(Address, kept.address_id)
    is_same = place.customer_id == address.customer_id
    return Told(
        kept.fingerprint, place, is_same, None if is_same else bar(session, place.customer_id, address.customer_id)
    )


def join(
    session: Session, address: Address, mark: str, at: datetime, *, said: Evidence
) -> Sequence[Address] | Bar | None:
    """Link the chat to the one its code was shown in; the other chats of whom they are now, to be told of it.

    None where the code was used meanwhile, or its time is over; a bar where something stands between the two by now.
    The older customer stays; everything moves to them but what was allowed and refused, which keeps its number and
    counts all the same. ``said`` is the yes they linked with.
    """
    kept = session.get(LinkCode, mark)
    if kept is None or not _use(session, kept, at):
        return None
    place = session.get_one(Address, kept.address_id)
    _take_turns(session, [address, place])
    one, other = sorted(
        (customers.of(session, each) for each in (address, place)), key=lambda each: (each.created_at, each.id)
    )
    if one.id != other.id:
        barred = bar(session, one.id, other.id)
        if barred is not None:
            return barred
        allowed = {**_allowed(session, one.id), **_allowed(session, other.id)}
        _unite(session, other, one, at)
        _allow_nothing(session, one.id, allowed, said, at)
        _note(session, address, "by code", at)
    return [each for each in chats(session, one.id) if each.id != address.id]


def leave(session: Session, address: Address, at: datetime) -> Sequence[Address]:
    """The chat is a customer of its own from now on, with nothing of before; the other chats, to be told of it.

    Whose of what came together cannot be told any more: all of it stays with the others.
    """
    others = [each for each in chats(session, address.customer_id) if each.id != address.id]
    customers.leave(session, address, at)
    _note(session, address, "", at, action="chat unlinked")
    return others


def bar(session: Session, one: int, other: int) -> Bar | None:
    """What stands between these two customers; None where nothing does."""
    of_one, of_other = ({each.channel for each in chats(session, number)} for number in (one, other))
    both, is_team = of_one & of_other, team.is_among(session, [one, other])
    return Bar(tuple(sorted(both)), is_team) if both or is_team else None


def chats(session: Session, customer_id: int) -> Sequence[Address]:
    """The chats somebody wrote from as this customer."""
    wanted = select(Address).where(Address.customer_id == customer_id, col(Address.last_inbound_at).is_not(None))
    return session.exec(wanted.order_by(col(Address.id))).all()


def since(session: Session, customer_id: int) -> datetime | None:
    """When two customers last turned out to be this one; None: never."""
    joined = select(func.max(Customer.erased_at)).where(Customer.merged_into == customer_id)
    return session.exec(joined).one()


def _mark(session: Session, spoken: str) -> str:
    return fingerprint(session, CODE_SCOPE, team.plain(spoken))


def _use(session: Session, code: LinkCode, at: datetime) -> bool:
    """Whether the code was still good; of two chats that send it at once one is too late."""
    good = update(LinkCode).where(
        col(LinkCode.fingerprint) == code.fingerprint,
        col(LinkCode.used_at).is_(None),
        col(LinkCode.expires_at) > at,
    )
    is_used = session.connection().execute(good.values(used_at=at)).rowcount == 1
    session.expire(code)
    return is_used


def _other_of(session: Session, address: Address) -> Identity | None:
    """Under what an imported customer goes by this address, when nothing is being said in their chats any more."""
    kept = customers.other_of(session, address)
    if kept is None:
        return None
    theirs = session.exec(select(Address).where(Address.customer_id == kept.customer_id)).all()
    _take_turns(session, [address, *theirs])
    return customers.other_of(session, address)


def _take_turns(session: Session, places: Sequence[Address]) -> None:
    """Whatever is just being said in any chat of these customers is heard first, and what comes next waits.

    Two who each wait for the other's chat are found by the database, and one of them tries again.
    """
    for each in sorted(places, key=lambda place: place.id):
        conversations.take_turn(session, each.channel, each.address)
    session.flush()
    session.expire_all()
    people = {each.customer_id for each in places}
    theirs = select(Address).where(col(Address.customer_id).in_(people)).order_by(col(Address.id))
    for each in session.exec(theirs).all():
        conversations.take_turn(session, each.channel, each.address)


def _unite(session: Session, other: Customer, one: Customer, at: datetime) -> None:
    """``other`` turns out to be ``one``."""
    both = [one.id, other.id]
    _wait_for_senders(session, both)
    remains.close(session, both, at)
    _take_over_derived(session, other.id, one.id)
    _take_over_messages(session, other.id, one.id, at)
    asking.take_over(session, other.id, one.id)
    preferences.unite(session, other.id, one.id)
    auditable.unite(session, other.id, one.id)
    customers.take_over(session, other, one, at)
    if consent.refuses_somewhere(session, one.id, Purpose.PROFILING):
        derived.forget(session, one.id)


def _allowed(session: Session, customer_id: int) -> dict[str, Standing]:
    """Where they stand in each of their chats, by its channel."""
    channels = {each.channel for each in chats(session, customer_id)}
    return {each: consent.standing(session, customer_id, each) for each in channels}


def _allow_nothing(
    session: Session, customer_id: int, allowed: dict[str, Standing], said: Evidence, at: datetime
) -> None:
    """A yes from a chat that is not theirs any more is none of the chat that is theirs on its channel."""
    for channel, before in allowed.items():
        now = consent.standing(session, customer_id, channel)
        for purpose in Purpose:
            if now.allows(purpose) and not before.allows(purpose):
                wording = Wording(LINKED_WORDING, "", "")
                consent.withdraw(session, customer_id, purpose, scope=channel, wording=wording, evidence=said, at=at)


def _wait_for_senders(session: Session, people: Sequence[int]) -> None:
    """Let whoever is just now claiming or settling their messages finish, in the order in which everybody locks
    (docs/decisions/0031-the-pipe.md)."""
    session.flush()
    holding.take_all_of(session, people)
    rows = select(Customer.id).where(col(Customer.id).in_(people)).order_by(col(Customer.id))
    session.exec(rows.with_for_update(key_share=True)).all()
    messages = select(Message.id).where(col(Message.customer_id).in_(people)).order_by(col(Message.id))
    session.exec(messages.with_for_update()).all()
    session.expire_all()


def _take_over_derived(session: Session, other: int, one: int) -> None:
    """What was worked out of whoever bought more holds for both, until it is worked out anew."""
    bought = select(func.count()).where(Interaction.kind == Kind.PURCHASE)
    by_other, by_one = (session.exec(bought.where(Interaction.customer_id == each)).one() for each in (other, one))
    poorer = one if by_other > by_one else other
    # A run that is under way writes on meanwhile, of both; it leaves out the other when it is switched to.
    is_kept = col(MiningRun.ready_at).is_not(None) | col(MiningRun.held_at).is_not(None)
    kept = select(MiningRun.id).where(is_kept)
    connection = session.connection()
    for table in (Membership, Recommendation, BestHour, Future, Prospect):
        of_kept = col(table.run_id).in_(kept)
        connection.execute(delete(table).where(col(table.customer_id) == poorer, of_kept))
        connection.execute(update(table).where(col(table.customer_id) == other, of_kept).values(customer_id=one))
    connection.execute(update(Voice).where(col(Voice.customer_id) == other).values(customer_id=one))


def _take_over_messages(session: Session, other: int, one: int, at: datetime) -> None:
    """Fates go along. Where both are in a campaign, or in rounds of one, each keeps their own row, and the offer goes
    to the one alone."""
    family = func.coalesce(col(Campaign.parent_id), col(Campaign.id))
    known = (
        select(family).join(Message, col(Message.campaign_id) == col(Campaign.id)).where(Message.customer_id == one)
    )
    in_both = select(Campaign.id).where(family.in_(known))
    theirs = update(Message).where(col(Message.customer_id) == other)
    waiting = theirs.where(col(Message.campaign_id).in_(in_both), col(Message.state) == State.PLANNED)
    moved = theirs.where(col(Message.campaign_id).not_in(in_both))
    withheld = {"state": State.WITHHELD, "reason": Reason.LINKED, "withheld_at": at, "not_before": None}
    session.connection().execute(waiting.values(**withheld))
    settling.unword_withheld(session, col(Message.customer_id) == other)
    session.connection().execute(moved.values(customer_id=one))


def _note(session: Session, address: Address, how: str, at: datetime, action: str = "chats linked") -> None:
    by = f"{address.channel}:{mask(address.address)}"
    audit.record(session, at, by, action, **({"how": how} if how else {}))
