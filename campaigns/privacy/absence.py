"""Who has been away too long: who can be asked whether they want to stay, and who is forgotten.

Away is whom nobody heard of for INACTIVE_DAYS. With the question their grace begins, or at once where nobody can ask
them; a sign of life ends it; when it is over they are forgotten.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import func
from sqlmodel import Session, col, select

from campaigns.privacy import forgetting
from campaigns.sending import pacing
from campaigns.sending.pacing import NEVER
from campaigns.shop import QuietHours, Shop
from ledger import consent, conversations, customers, preferences, retention
from ledger.declarations import Until
from ledger.preferences import USUAL
from ledger.retention import Periods
from ledger.tables import Address, Customer

BY = "retention"
"""Who did it, in the audit."""
WITHIN_A_DAY_ONLY = frozenset({"whatsapp"})
"""Where free text reaches only those who wrote lately: nobody who is away can be asked there."""
ASKED_A_DAY = 200
FORGOTTEN_A_NIGHT = 500
A_DAY = timedelta(hours=20)
"""How far back the limits look: less than a day, so that a night that begins a little early is a night of its own."""


@dataclass(frozen=True)
class Away:
    """Customers of whom nothing was heard for too long, by what comes next for them.

    ``to_ask`` and ``cannot_be_asked``: their grace has not begun. ``to_forget``: it is over.
    """

    to_ask: int = 0
    cannot_be_asked: int = 0
    in_grace: int = 0
    to_forget: int = 0


@dataclass(frozen=True)
class Absent:
    """A customer who is away and may be asked, with the address they last wrote from.

    Without a name where an import brought it: who wrote from that address may be somebody else.
    """

    customer_id: int
    name: str
    language: str
    address_id: int
    channel: str
    address: str
    is_quiet: bool


def away(session: Session, periods: Periods, channels: Collection[str], shop: Shop, now: datetime) -> Away:
    """How many have been away too long, and what comes next for them."""
    since = periods.since(Until.ERASED, now)
    if since is None:
        return Away()
    to_ask = n = 0
    for block in blocks(lambda after: retention.away(session, since, after or 0)):
        n += len(block)
        to_ask += len(askable(session, block, channels, shop, now))
    begun = retention.is_away(since) & col(Customer.asked_to_stay_at).is_not(None)
    over = retention.has_run_out(periods, now)
    in_grace, to_forget = (
        session.exec(select(func.count()).select_from(Customer).where(condition)).one() for condition in (begun, over)
    )
    return Away(to_ask, n - to_ask, in_grace - to_forget, to_forget)


def to_ask(session: Session, periods: Periods, channels: Collection[str], shop: Shop, now: datetime) -> list[Absent]:
    """Who is to be asked now: away, not asked yet, able to be written to, awake; no more than a day's share."""
    since = periods.since(Until.ERASED, now)
    left = ASKED_A_DAY - retention.lately(session, now - A_DAY)[0]
    found: list[Absent] = []
    if since is None:
        return found
    for block in blocks(lambda after: retention.away(session, since, after or 0)):
        if len(found) >= left:
            break
        found += [each for each in askable(session, block, channels, shop, now).values() if not each.is_quiet]
    return found[: max(left, 0)]


def note_asked(
    session: Session, absent: Absent, periods: Periods, channels: Collection[str], shop: Shop, now: datetime
) -> bool:
    """Note that they are being asked, before they are: whether they still may be."""
    since = periods.since(Until.ERASED, now)
    conversations.take_turn(session, absent.channel, absent.address)
    still = askable(session, [absent.customer_id], channels, shop, now).get(absent.customer_id)
    if since is None or still != absent or not retention.begin_grace(session, since, [absent.customer_id], now):
        return False
    retention.note(session, now, asked=1)
    return True


def askable(
    session: Session, customer_ids: Sequence[int], channels: Collection[str], shop: Shop, now: datetime
) -> dict[int, Absent]:
    """Those who can be written to, at the address they last wrote from.

    Not who told us to stop writing there, nor who perhaps did.
    """
    places = session.exec(
        select(Address, Customer)
        .join(Customer, col(Customer.id) == col(Address.customer_id))
        .where(
            col(Address.customer_id).in_(list(customer_ids)),
            col(Address.channel).in_(set(channels) - WITHIN_A_DAY_ONLY),
            col(Address.last_inbound_at).is_not(None),
            col(Address.unreachable_since).is_(None),
            col(Customer.held_since).is_(None),
        )
        .order_by(col(Address.last_inbound_at))
    ).all()
    refused, hours = _refusing(session, places), preferences.manners_of(session, customer_ids)
    found = {}
    for place, person in places:
        awake = _awake_from(person, hours.get(person.id, USUAL).quiet_hours, shop, now)
        if (person.id, place.channel) not in refused and awake != NEVER:
            found[person.id] = _absent(place, person, shop, is_quiet=awake > now)
    return found


def _absent(place: Address, person: Customer, shop: Shop, *, is_quiet: bool) -> Absent:
    return Absent(
        customer_id=person.id,
        name=person.name if place.origin == customers.FROM_CHAT else "",
        language=person.language or shop.language,
        address_id=place.id,
        channel=place.channel,
        address=place.address,
        is_quiet=is_quiet,
    )


def _refusing(session: Session, places: Iterable[tuple[Address, Customer]]) -> set[tuple[int, str]]:
    by_channel: Mapping[str, list[int]] = defaultdict(list)
    for place, person in places:
        by_channel[place.channel].append(person.id)
    return {
        (person, channel)
        for channel, people in by_channel.items()
        for person, today in consent.standings(session, channel, people).items()
        if today.offers is False
    }


def _awake_from(person: Customer, own_hours: str | None, shop: Shop, now: datetime) -> datetime:
    """From when they may be written to; NEVER where nobody can tell, or their own hours leave no time of day."""
    try:
        zone = ZoneInfo(person.zone) if person.zone else shop.zone
        own = (QuietHours.read(own_hours),) if own_hours else ()
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return NEVER
    return pacing.quiet_until(now, zone, shop.quiet_hours, *own) or now


def run_out(session: Session, periods: Periods, now: datetime) -> Sequence[int]:
    """The customers whose grace is over, no more than a night's share, those who waited longest first."""
    if periods.inactive is None:
        return ()
    over = select(Customer.id).where(retention.has_run_out(periods, now))
    return session.exec(
        over.order_by(col(Customer.asked_to_stay_at), col(Customer.id)).limit(left_to_forget(session, now))
    ).all()


def forget(session: Session, customer_id: int, periods: Periods, zone: ZoneInfo, now: datetime) -> bool:
    """Forget somebody who is still away: whatever they may be writing at this moment is heard first."""
    places = session.exec(select(Address).where(Address.customer_id == customer_id).order_by(col(Address.id))).all()
    for place in places:
        conversations.take_turn(session, place.channel, place.address)
    over = select(Customer).where(col(Customer.id) == customer_id, retention.has_run_out(periods, now))
    # Not so strong a lock that what is being sent to them, and noted beside them, would have to wait for us.
    person = session.exec(over.with_for_update(key_share=True, skip_locked=True, of=Customer)).one_or_none()
    if person is None:
        return False
    forgetting.forget(session, person, zone=zone, by=BY, at=now)
    retention.note(session, now, anonymised=1)
    return True


def left_to_forget(session: Session, now: datetime) -> int:
    """How many may still be forgotten tonight."""
    return max(FORGOTTEN_A_NIGHT - retention.lately(session, now - A_DAY)[1], 0)


def blocks(following: Callable[[Any], Sequence[Any]]) -> Iterator[Sequence[Any]]:
    """Block after block of keys, each beyond the last of the one before, until there are none."""
    block = following(None)
    while block:
        yield block
        block = following(block[-1])
