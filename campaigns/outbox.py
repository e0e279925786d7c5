"""The outbox: claim what is due, settle what came of it. Every function runs inside the caller's transaction.

A message is marked ``sending`` and committed before the provider is asked. If the process dies in between, its lease
runs out and it becomes ``unknown``: perhaps sent, so never sent again by itself.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, exists, update
from sqlmodel import Session, col, or_, select

from campaigns import audiences, gate, offers, progress, vouchers, wording
from campaigns.audiences import Candidate
from campaigns.channel import (
    SIMULATOR,
    BadContent,
    ContentClosed,
    Failed,
    FateUnknown,
    OptedOut,
    Outcome,
    Outgoing,
    OutsideWindow,
    Sent,
    Throttled,
    Unreachable,
)
from campaigns.choices import Chosen
from campaigns.composing import BrokenTemplate, Composer, MissingPlaceholders
from campaigns.gate import Allowed, Deferred, Reason
from campaigns.learning import Learner
from campaigns.shelf import Shelf
from campaigns.shop import Shop
from campaigns.tables import OPEN_STATES, Campaign, Message, State, Status, TrackedLink
from ledger import consent, conversations, customers, interactions
from ledger.consent import Evidence, Wording
from ledger.tables import Address, Customer, Kind, Purpose

LEASE = timedelta(minutes=5)
LEAST_WAIT = timedelta(seconds=1)
"""What a provider asks to wait for is never over at once, or one would ask for ever."""
PROVIDERS_WORD = "provider-opt-out"


@dataclass(frozen=True)
class Claimed:
    """A message that is ours to send, once."""

    message_id: int
    channel: str
    outgoing: Outgoing


def claim(
    session: Session,
    *,
    limit: int,
    channels: Collection[str],
    shop: Shop,
    composer: Composer,
    shelf: Shelf,
    now: datetime,
    learner: Learner | None = None,
) -> tuple[list[Claimed], int]:
    """Take up to ``limit`` due messages: the gate is asked again, words are found, ``sending`` is written.

    ``learner`` remembers from one batch to the next what bandits know.
    Gives what is to be sent, and how many rows were looked at (none: nothing is due).
    """
    due = _due(session, limit, channels, now)
    people = audiences.again(session, [message.customer_id for message, _ in due], channels, shop, now)
    ready = [
        (message, campaign, candidate)
        for message, campaign in due
        if (candidate := _admit(message, campaign, people.get(message.customer_id), shop, now)) is not None
    ]
    wanted = [(campaign, candidate) for _, campaign, candidate in ready]
    about = [message.facts.get("about") for message, _, _ in ready]
    choices = offers.chosen_for(session, wanted, shelf, shop, now, about)
    told = [
        (message, campaign)
        for (message, campaign, _), choice in zip(ready, choices, strict=True)
        if choice is not None
    ]
    (learner or Learner()).deal(session, told, now)
    claimed = []
    for (message, campaign, candidate), choice in zip(ready, choices, strict=True):
        words = _word(
            session, message, campaign, candidate, choice, shelf=shelf, shop=shop, composer=composer, now=now
        )
        if words is not None:
            claimed.append(words)
    session.add_all(message for message, _ in due)
    # A yes after an offer is an answer to the offer, not to what was asked before it: now, for whether the offer came
    # may never be known, and what is asked from now on is a new question.
    sending = [message.address_id for message, _ in due if message.state == State.SENDING]
    conversations.close_topics(session, [each for each in sending if each is not None])
    return claimed, len(due)


def has_due(session: Session, channels: Collection[str], now: datetime) -> bool:
    """Whether there is anything to claim. Holds up nobody."""
    wanted = select(Message.id).join(Campaign, col(Campaign.id) == col(Message.campaign_id))
    return session.exec(wanted.where(*_is_due(channels, now)).limit(1)).first() is not None


def settle(session: Session, outcomes: Mapping[int, Outcome], now: datetime) -> Sequence[Message]:
    """Write down what the provider said of each message, by its number; the messages as they are now."""
    wanted = select(Message).where(col(Message.id).in_(list(outcomes))).order_by(col(Message.id))
    # Somebody may be erased at this moment: what is written here must not come after.
    messages = session.exec(wanted.with_for_update()).all()
    for message in messages:
        _settle_one(session, message, outcomes[message.id], now)
    session.add_all(messages)
    return messages


def expire(session: Session, now: datetime) -> int:
    """Messages whose sender vanished become ``unknown``; how many."""
    expired = session.connection().execute(
        update(Message)
        .where(col(Message.state) == State.SENDING, col(Message.lease_until) <= now)
        .values(state=State.UNKNOWN, unknown_at=now, lease_until=None, reason="lease_expired")
    )
    return expired.rowcount


def finish(session: Session, now: datetime) -> None:
    """Campaigns with nothing left to send are done, and the team is told so, once."""
    running = select(Campaign.id).where(Campaign.status == Status.RUNNING).order_by(col(Campaign.id))
    # Taken first and asked after: somebody may just be adding to one, whose rows the first statement cannot see. What
    # others hold is left for the next time.
    held = session.exec(running.with_for_update(skip_locked=True)).all()
    is_open = exists().where(col(Message.campaign_id) == col(Campaign.id), col(Message.state).in_([*OPEN_STATES]))
    done = session.connection().execute(
        update(Campaign)
        .where(col(Campaign.id).in_(held), ~is_open)
        .values(status=Status.DONE, finished_at=now)
        .returning(col(Campaign.id))
    )
    for number in sorted(done.scalars()):
        progress.tell_done(session, number, now)


def _due(session: Session, limit: int, channels: Collection[str], now: datetime) -> list[tuple[Message, Campaign]]:
    """Due messages, one a customer: the cap has to see the first before the second is asked about.

    The customers are locked with their messages, so that no other process looks at the same person meanwhile.
    """
    wanted = (
        select(Message, Campaign)
        .join(Campaign, col(Campaign.id) == col(Message.campaign_id))
        .join(Customer, col(Customer.id) == col(Message.customer_id))
        .where(*_is_due(channels, now))
        .order_by(col(Message.id))
        .limit(limit)
        .with_for_update(skip_locked=True, of=(Message, Customer))
    )
    due = {message.customer_id: (message, campaign) for message, campaign in reversed(session.exec(wanted).all())}
    return list(due.values())


def _is_due(channels: Collection[str], now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        col(Message.state) == State.PLANNED,
        col(Campaign.status) == Status.RUNNING,
        # Another process may serve the other channels; what nobody serves waits until somebody does.
        col(Message.channel).in_(list(channels)),
        or_(col(Message.not_before).is_(None), col(Message.not_before) <= now),
    )


def _admit(
    message: Message, campaign: Campaign, candidate: Candidate | None, shop: Shop, now: datetime
) -> Candidate | None:
    """The candidate if the gate lets them through; otherwise the message says why not, or not yet."""
    if candidate is None:
        _withhold(message, Reason.TEAM, now)
        return None
    facts = replace(
        candidate.facts,
        send_before=_send_before(message, campaign, shop),
        needs_profiling=audiences.needs_profiling(campaign),
    )
    verdict = gate.ask(facts, shop.quiet_hours, shop.caps, now)
    if isinstance(verdict, Allowed):
        return candidate
    if isinstance(verdict, Deferred):
        message.not_before, message.reason = verdict.until, verdict.reason
    else:
        _withhold(message, verdict.reason, now)
    return None


def _send_before(message: Message, campaign: Campaign, shop: Shop) -> datetime:
    """When it is too late. Waiting for the morning, or for the provider, is no lateness of ours; nor is
    what was before it was their turn."""
    waited_for = [at for at in (campaign.due_from, message.planned_at, message.not_before) if at is not None]
    return max(waited_for) + shop.largest_lateness


def _word(
    session: Session,
    message: Message,
    campaign: Campaign,
    candidate: Candidate,
    choice: Chosen | None,
    *,
    shelf: Shelf,
    shop: Shop,
    composer: Composer,
    now: datetime,
) -> Claimed | None:
    if choice is None or candidate.address is None or candidate.facts.channel is None:
        _withhold(message, Reason.NOTHING_FITS, now)
        return None
    token = secrets.token_urlsafe(12)
    link = f"{shop.public_url}/r/{token}" if shop.reaches_phones or candidate.facts.channel == SIMULATOR else ""
    try:
        form = campaign.form(message.variant)
        voucher = vouchers.issue(session, message.id, shop, now) if form.discount_percent else None
        worded = wording.word_offer(
            campaign, form, candidate, choice, link, shelf=shelf, shop=shop, composer=composer, voucher=voucher
        )
    except (MissingPlaceholders, BrokenTemplate):
        vouchers.take_back(session, message.id)
        message.state, message.failed_at, message.reason = State.FAILED, now, "template"
        return None
    first = next((item.product_id for item in choice[0].items), None)
    session.add(TrackedLink(token=token, message_id=message.id, product_id=first, created_at=now))
    message.body, message.is_personal = worded.text, worded.is_personal
    message.facts = {**_about(message), **worded.facts}
    message.address_id, message.channel = candidate.address_id, candidate.facts.channel
    message.state, message.sending_at, message.lease_until = State.SENDING, now, now + LEASE
    message.reason, message.not_before, message.attempts = None, None, message.attempts + 1
    return Claimed(message.id, candidate.facts.channel, Outgoing(candidate.address, worded.text, is_offer=True))


def _withhold(message: Message, reason: Reason, now: datetime) -> None:
    message.state, message.withheld_at, message.reason = State.WITHHELD, now, reason


def _settle_one(session: Session, message: Message, outcome: Outcome, now: datetime) -> None:
    message.lease_until = None
    if message.address_id is None:
        # They were erased while it was on its way: its fate is kept, nothing that leads to them.
        outcome = Sent("") if isinstance(outcome, Sent) else Failed(Reason.ERASED)
    match outcome:
        case Sent(provider_message_id):
            _sent(session, message, provider_message_id, now)
        case Throttled(until=until):
            _wait_or_end(session, message, until, now)
        case FateUnknown(detail):
            message.state, message.unknown_at, message.reason = State.UNKNOWN, now, detail
        case Unreachable(code):
            _fail(message, code, now)
            customers.mark_unreachable(session, session.get_one(Address, message.address_id), now)
        case OptedOut(code):
            _fail(message, code, now)
            _believe_the_provider(session, message, code, now)
        case OutsideWindow(code) | BadContent(code) | ContentClosed(code) | Failed(code):
            _fail(message, code, now)


def _sent(session: Session, message: Message, provider_message_id: str, now: datetime) -> None:
    message.state, message.sent_at, message.reason = State.SENT, now, None
    if message.address_id is None:
        return
    message.provider_message_id = provider_message_id
    channel, body = message.channel or "", message.body or ""
    said = interactions.log_message(session, message.customer_id, Kind.MESSAGE_OUT, channel, body, now)
    said.message_id = message.id


def _wait_or_end(session: Session, message: Message, until: datetime, now: datetime) -> None:
    """Refused for now, and so surely not sent: it waits, unless its campaign is over meanwhile."""
    _unword(session, message)
    campaign = session.get_one(Campaign, message.campaign_id)
    if campaign.status in (Status.CANCELLED, Status.DONE):
        _withhold(message, Reason.CANCELLED if campaign.status == Status.CANCELLED else Reason.TOO_LATE, now)
        return
    message.state, message.sending_at = State.PLANNED, None
    message.not_before = max(until, now + LEAST_WAIT)


def _unword(session: Session, message: Message) -> None:
    """Nobody read it: words are found anew when it is claimed again, and until then none are kept."""
    message.body, message.is_personal, message.facts = None, None, _about(message)
    vouchers.take_back(session, message.id)
    session.connection().execute(delete(TrackedLink).where(col(TrackedLink.message_id) == message.id))


def _about(message: Message) -> dict[str, int]:
    """The product that made it their turn, which holds however often words are found."""
    return {"about": message.facts["about"]} if "about" in message.facts else {}


def _fail(message: Message, code: str, now: datetime) -> None:
    message.state, message.failed_at, message.reason = State.FAILED, now, code


def _believe_the_provider(session: Session, message: Message, code: str, now: datetime) -> None:
    # They told the messenger, not us. It is a no all the same.
    channel = message.channel or ""
    consent.withdraw(
        session,
        message.customer_id,
        Purpose.OFFERS,
        scope=channel,
        wording=Wording(PROVIDERS_WORD, "", ""),
        evidence=Evidence(channel, f"provider says {code}", message.provider_message_id),
        at=now,
    )
