"""Who speaks for the shop: one-time codes, and the chats that used them.

Everything that changes who may do what is written in the audit here, whichever way it came.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, update
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from ledger import audit, conversations, notices
from ledger.identity import fingerprint, mask
from ledger.notices import RANK
from ledger.tables import Address, Customer, Notice, OwnerCode, Role, TeamMember, WrongCode

CODE_SCOPE, GUESS_SCOPE = "owner code", "wrong code"
CODE_LIFETIME = timedelta(minutes=30)
# Without 0/O, 1/I/L: the code is read from a screen and typed on a phone.
CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
CODE_LENGTH = 8
MEMORY = timedelta(hours=1)
"""For how long a wrong code is held against whoever sent it."""
WRONG_BY_ONE, WRONG_BY_ALL = 5, 5_000
"""From so many wrong codes within MEMORY on, a chat, or everybody, is not listened to: not even to a right one.

Of all it takes a thousand chats, which then hit one of ten good codes once in fifteen million hours.
"""


class LastOwner(Exception):
    """The team would be without an owner; make another one first."""


class UnknownMember(LookupError):
    """Nobody of the team has that number."""


@dataclass(frozen=True)
class Member:
    """``number`` is their place in the list, in the order in which they came; ``place`` is the address, masked."""

    number: int
    address_id: int
    role: Role
    since: datetime
    channel: str
    place: str
    name: str

    @property
    def is_owner(self) -> bool:
        return self.role is Role.OWNER

    def as_json(self) -> dict[str, object]:
        told = {"number": self.number, "role": self.role.value, "since": self.since.isoformat()}
        return {**told, "channel": self.channel, "address": self.place, "name": self.name}


def make_code(session: Session, role: Role, at: datetime) -> str:
    """A code that makes the next chat which sends it a ``role``'s, within CODE_LIFETIME. Only its hash is kept."""
    code = new_code()
    mark = fingerprint(session, CODE_SCOPE, code)
    session.add(OwnerCode(fingerprint=mark, role=role, created_at=at, expires_at=at + CODE_LIFETIME))
    return shown(code)


def join(session: Session, address: Address, spoken: str, at: datetime) -> TeamMember | None:
    """The chat's membership, or None when the code is unknown, used or expired, or too many were wrong before.

    A code gives, it takes nothing away: whoever may do as much already stays what they are, and the code stays good.
    """
    kept = _kept(session, spoken)
    if is_guessing(session, address, at):
        if kept is not None and has_guessed(session, address, at):
            # What was said to no avail may be read by others: it is a secret no more.
            _use(session, kept, at)
        return None
    before = session.get(TeamMember, address.id)
    if kept is not None and before is not None and RANK[Role(before.role)] >= RANK[Role(kept.role)]:
        return before
    if kept is None or not _use(session, kept, at):
        note_wrong(session, address, at)
        return None
    audit.record(session, at, _who(address), "joined the team", kept.role)
    return session.merge(TeamMember(address_id=address.id, role=kept.role, since=before.since if before else at))


def knows(session: Session, address: Address, spoken: str, at: datetime) -> bool:
    """Whether such a code was ever made, be it used or over. What never was is a wrong one of that chat's."""
    is_known = _kept(session, spoken) is not None
    if not is_known and not is_guessing(session, address, at):
        note_wrong(session, address, at)
    return is_known


def is_guessing(session: Session, address: Address, at: datetime) -> bool:
    """Whether so many codes, of whatever kind, were wrong within MEMORY that none is listened to from this chat."""
    return has_guessed(session, address, at) or _are_guessing(session, at)


def has_guessed(session: Session, address: Address, at: datetime) -> bool:
    """Whether it is this chat's own wrong codes for which it is not listened to."""
    by_one = _wrong(at).where(WrongCode.fingerprint == _guesser(session, address))
    return session.exec(by_one).one() >= WRONG_BY_ONE


def is_shut(session: Session, address: Address, at: datetime) -> bool:
    """Whether this chat, which guessed nothing, is not listened to because of everybody's wrong codes."""
    return _are_guessing(session, at) and not has_guessed(session, address, at)


def note_wrong(session: Session, address: Address, at: datetime) -> None:
    """A code that was none is held against whoever sent it, for MEMORY."""
    session.add(WrongCode(fingerprint=_guesser(session, address), at=at))


def new_code() -> str:
    """A code to read from a screen and type on a phone, without its dash."""
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))


def shown(code: str) -> str:
    """The code as people read it: "ABCD-EFGH"."""
    return f"{code[:4]}-{code[4:]}"


def plain(spoken: str) -> str:
    """A code as it was made, however it was typed."""
    return "".join(sign for sign in spoken.upper() if sign.isalnum())


def members(session: Session) -> Sequence[Member]:
    """The chats of the team, in the order in which they came."""
    wanted = (
        select(TeamMember, Address, Customer)
        .join(Address, col(Address.id) == col(TeamMember.address_id))
        .join(Customer, col(Customer.id) == col(Address.customer_id))
        .order_by(col(TeamMember.since), col(TeamMember.address_id))
    )
    return [
        Member(n, one.address_id, Role(one.role), one.since, place.channel, mask(place.address), person.name)
        for n, (one, place, person) in enumerate(session.exec(wanted), 1)
    ]


def member(session: Session, number: int) -> Member:
    """The one with that number in the list. Raises UnknownMember."""
    found = next((each for each in members(session) if each.number == number), None)
    if found is None:
        raise UnknownMember(f"nobody of the team has the number {number}; `langganan team` lists them")
    return found


def member_at(session: Session, address_id: int) -> Member:
    """The one who writes from there. Raises UnknownMember."""
    found = next((each for each in members(session) if each.address_id == address_id), None)
    if found is None:
        raise UnknownMember("that chat is none of the team any more")
    return found


def approvers(session: Session, least: Role = Role.MANAGER) -> Sequence[Member]:
    """Who may say yes to a campaign; with another ``least``, who may do what needs that."""
    return [each for each in members(session) if RANK[each.role] >= RANK[least]]


def chats(session: Session, channel: str) -> Sequence[tuple[str, Role, str | None]]:
    """The team's chats on one channel: where they are, what each may do, and the language they chose, if any."""
    wanted = (
        select(Address, TeamMember.role, Customer.language)
        .join(TeamMember, col(TeamMember.address_id) == col(Address.id))
        .join(Customer, col(Customer.id) == col(Address.customer_id))
        .where(Address.channel == channel)
        .order_by(col(Address.id))
    )
    return [(place.address, Role(role), language) for place, role, language in session.exec(wanted)]


def role_of(session: Session, address: Address) -> Role | None:
    """What this chat may command, or None for a customer's."""
    found = session.get(TeamMember, address.id)
    return Role(found.role) if found else None


def is_among(session: Session, customer_ids: Collection[int]) -> bool:
    """Whether a chat of any of these customers is the team's."""
    theirs = select(TeamMember).join(Address, col(Address.id) == col(TeamMember.address_id))
    return session.exec(theirs.where(col(Address.customer_id).in_(customer_ids)).limit(1)).first() is not None


def require_another_owner(session: Session, address_id: int) -> None:
    """Raises LastOwner if nobody but this chat leads the shop."""
    if {each.address_id for each in members(session) if each.is_owner} == {address_id}:
        raise LastOwner("the only owner stays one; first make another: `langganan owner-code`")


def remove(session: Session, address_id: int, *, by: str, at: datetime) -> None:
    """From now on the chat is a customer's. Raises LastOwner, or UnknownMember where it is one already."""
    leaving, place = _still(session, address_id), session.get_one(Address, address_id)
    require_another_owner(session, address_id)
    session.delete(leaving)
    # What it was in the middle of, and what was still to be told there, was the team's.
    conversations.close_topic(session, address_id)
    session.connection().execute(
        delete(Notice).where(col(Notice.address_id) == address_id, col(Notice.told_at).is_(None))
    )
    session.flush()
    if by == _who(place):
        audit.record(session, at, by, "left the team", leaving.role)
        return
    audit.record(session, at, by, "removed from the team", _who(place), role=leaving.role)
    notices.tell(session, address_id, "team_removed", at)


def change_role(session: Session, address_id: int, role: Role, *, by: str, at: datetime) -> None:
    """Raises LastOwner, or UnknownMember where the chat is none of the team."""
    changed, place = _still(session, address_id), session.get_one(Address, address_id)
    if role is not Role.OWNER:
        require_another_owner(session, address_id)
    was, changed.role = changed.role, role
    session.add(changed)
    session.flush()
    audit.record(session, at, by, "role changed", _who(place), role=role.value, was=was)
    notices.tell(session, address_id, "team_role", at, role=notices.term("roles", role))


def _still(session: Session, address_id: int) -> TeamMember:
    # Of two who change the team at once the second sees what the first did: the last two owners must not both go.
    everybody = select(TeamMember).order_by(col(TeamMember.address_id)).with_for_update()
    known = session.exec(everybody, execution_options={"populate_existing": True}).all()
    found = next((each for each in known if each.address_id == address_id), None)
    if found is None:
        raise UnknownMember("that chat is none of the team any more")
    return found


def _kept(session: Session, spoken: str) -> OwnerCode | None:
    return session.get(OwnerCode, fingerprint(session, CODE_SCOPE, plain(spoken)))


def _use(session: Session, code: OwnerCode, at: datetime) -> bool:
    """Whether the code was still good; of two chats that send it at once one is too late."""
    used = session.connection().execute(
        update(OwnerCode)
        .where(
            col(OwnerCode.fingerprint) == code.fingerprint,
            col(OwnerCode.used_at).is_(None),
            col(OwnerCode.expires_at) > at,
        )
        .values(used_at=at)
    )
    return used.rowcount == 1


def _are_guessing(session: Session, at: datetime) -> bool:
    return session.exec(_wrong(at)).one() >= WRONG_BY_ALL


def _wrong(at: datetime) -> SelectOfScalar[int]:
    return select(func.count()).select_from(WrongCode).where(col(WrongCode.at) > at - MEMORY)


def _guesser(session: Session, address: Address) -> str:
    return fingerprint(session, f"{GUESS_SCOPE} {address.channel}", address.address)


def _who(address: Address) -> str:
    return f"{address.channel}:{mask(address.address)}"
