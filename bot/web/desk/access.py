"""Who may look at the owner's pages: whoever has a link made for a chat of the team, while that is of the team.

/desk in chat | a link: which chat, as what, until when, and our keyed hash | opened: a cookie that says the same
| at every page: is the hash ours, is it still time, is that chat still just that, was it not closed since?

Nothing is stored but, once somebody closes their links, since when the older ones are void.
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from ledger import audit
from ledger.columns import microseconds, moment
from ledger.identity import fingerprint, mask
from ledger.tables import Address, Customer, Role, ShopFact, TeamMember

LIFETIME = timedelta(hours=12)
SCOPE = "desk"
TOKEN = re.compile(r"([0-9]{1,18})\.(owner|manager|staff)\.([0-9]{1,18})\.([0-9a-f]{64})")
CLOSED = "desk_closed_"


@dataclass(frozen=True)
class Visitor:
    """Somebody of the team, by the chat they have with the shop. ``until``: when their link ends."""

    address_id: int
    role: Role
    language: str | None
    who: str
    """For the audit: channel and masked address."""
    until: datetime


def link(session: Session, public_url: str, address_id: int, role: Role, now: datetime) -> str:
    """Where that chat's person finds the desk for LIFETIME from ``now`` on."""
    said = f"{address_id}.{role.value}.{microseconds(now + LIFETIME)}"
    return f"{public_url}/desk/open/{said}.{fingerprint(session, SCOPE, said)}"


def visitor(session: Session, token: str, now: datetime) -> Visitor | None:
    """Whose link that is; None for one that is not ours, is over or closed, or says what is no longer so."""
    found = TOKEN.fullmatch(token)
    if found is None or not hmac.compare_digest(fingerprint(session, SCOPE, token.rpartition(".")[0]), found[4]):
        return None
    address_id, role, until = int(found[1]), Role(found[2]), moment(int(found[3]))
    member = session.get(TeamMember, address_id)
    if now >= until or member is None or Role(member.role) is not role:
        return None
    made_at = until - LIFETIME
    if made_at < member.since or made_at <= _closed(session, address_id, until):
        return None
    place = session.get_one(Address, address_id)
    person = session.get(Customer, place.customer_id)
    language = person.language if person is not None else None
    return Visitor(address_id, role, language, f"{place.channel}:{mask(place.address)}", until)


def note_opened(session: Session, who: Visitor, now: datetime) -> None:
    """That somebody opened the desk stands in the audit."""
    audit.record(session, now, who.who, "opened the desk")


def close(session: Session, address_id: int, who: str, now: datetime) -> None:
    """Every link of that chat's made until now is void."""
    session.merge(ShopFact(key=f"{CLOSED}{address_id}", value=str(microseconds(now))))
    audit.record(session, now, who, "closed the desk")


def _closed(session: Session, address_id: int, usual: datetime) -> datetime:
    """When the chat's links were last closed; long before any link's making where they never were."""
    fact = session.get(ShopFact, f"{CLOSED}{address_id}")
    return moment(int(fact.value)) if fact is not None else usual - 2 * LIFETIME
