"""Planning as one would write it first: each customer by themselves, as objects, the gate asked about every one.

What choosing/rollcall.py and launching/starting.py do in blocks and by columns has to come to the same.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from campaigns import insights
from campaigns.choosing import audiences, promises
from campaigns.choosing.rollcall import DAYS_BETWEEN, OFFERED_STATES
from campaigns.launching import holdout, reach, variants
from campaigns.launching.lots import by_lot
from campaigns.sending import gate, places
from campaigns.sending.gate import Deferred, Facts, Reason, Refused, Unknown, Verdict
from campaigns.shop import QuietHours, Shop
from campaigns.tables import Campaign, Message, State
from ledger import consent, customers, merged, preferences, windows
from ledger.consent import Standing
from ledger.tables import Address, Customer, TeamMember

Row = tuple[int, int | None, str | None, str | None, str | None, str, str | None, datetime, datetime | None]
"""Customer, address, channel, segment, variant, state, reason, counts from, not before."""


@dataclass(frozen=True)
class One:
    """A customer of the audience with all that is known of them."""

    number: int
    address: Address | None
    segment: str | None
    facts: Facts


def rows(session: Session, campaign: Campaign, channels: Sequence[str], shop: Shop, now: datetime) -> list[Row]:
    """What every row of the campaign should be, in the order of the customers' numbers."""
    people = [_known(session, each, channels, shop, now) for each in _audience(session)]
    if campaign.audience != audiences.EVERYONE:
        key = None if campaign.audience == audiences.UNSEGMENTED else campaign.audience
        kept = [each for each in people if each.segment == key]
        people = kept if key is None else [each for each in people if _is_member(session, each.number, key)]
    needs = audiences.needs_profiling(campaign)
    asked = [
        (each, gate.ask(replace(each.facts, needs_profiling=needs), shop.quiet_hours, shop.caps, now))
        for each in people
    ]
    eligible = [(each, verdict) for each, verdict in asked if not isinstance(verdict, Refused | Unknown)]
    held = _drawn({each.number: each.segment for each, _ in eligible}, campaign)
    chosen = [(each, verdict) for each, verdict in eligible if each.number not in held]
    dealt = _dealt({each.number: each.segment for each, _ in chosen}, campaign)
    waits = _waits(session, chosen, [pair for pair in eligible if pair[0].number in held], shop, now)
    found = [_row(each, verdict, each.number in held, dealt, waits, now) for each, verdict in asked]
    return sorted(found)


def _audience(session: Session) -> list[Customer]:
    everybody = session.exec(
        select(Customer).where(col(Customer.erased_at).is_(None)).order_by(col(Customer.id))
    ).all()
    team = {session.get_one(Address, each.address_id).customer_id for each in session.exec(select(TeamMember))}
    return [each for each in everybody if each.id not in team and not _is_provisional(session, each)]


def _is_provisional(session: Session, person: Customer) -> bool:
    theirs = session.exec(select(Address).where(Address.customer_id == person.id)).all()
    is_from_chat = person.source == customers.FROM_CHAT
    return is_from_chat and bool(theirs) and not any(customers.is_proven(each) for each in theirs)


def _is_member(session: Session, number: int, key: str) -> bool:
    found = insights.segment_of(session, number)
    return found is not None and found.key == key


def _known(session: Session, person: Customer, channels: Sequence[str], shop: Shop, now: datetime) -> One:
    manners = preferences.manners(session, person.id)

    def standing(place: Address) -> Standing:
        is_theirs = place.last_inbound_at is not None and customers.is_proven(place)
        return consent.standing(session, person.id, place.channel) if is_theirs else Standing()

    def rank(place: Address) -> tuple[bool | float, ...]:
        last = place.last_inbound_at
        return (
            standing(place).offers is True, place.unreachable_since is None, place.channel in channels,
            place.channel == manners.channel, last is not None, last.timestamp() if last else 0.0,
        )  # fmt: skip

    theirs = session.exec(select(Address).where(Address.customer_id == person.id).order_by(col(Address.id))).all()
    place = max(theirs, key=rank, default=None)
    today = standing(place) if place else Standing()
    fewer = promises.fewer_than(session, shop.caps.per_30_days)
    segment = insights.segment_of(session, person.id)
    return One(
        number=person.id,
        address=place,
        segment=segment.key if segment is not None and today.profiling is True else None,
        facts=Facts(
            allows_offers=today.offers,
            is_held=person.held_since is not None,
            needs_age=shop.minimum_age is not None,
            is_of_age=(person.of_age or 0) >= (shop.minimum_age or 0),
            allows_profiling=today.profiling,
            channel=place.channel if place else None,
            channel_is_served=place is not None and place.channel in channels,
            is_reachable=place is not None and place.unreachable_since is None,
            recent_offers=_offers(session, person.id, now - shop.caps.memory),
            days_between=DAYS_BETWEEN[manners.frequency],
            promised=promises.made(session, place.channel, fewer, [person.id]).get(person.id) if place else None,
            quiet_hours=(QuietHours.read(manners.quiet_hours),) if manners.quiet_hours else (),
            zone=ZoneInfo(person.zone) if person.zone else shop.zone,
            free_until=windows.free_until(place) if place else windows.ALWAYS,
        ),
    )


def _offers(session: Session, number: int, since: datetime) -> tuple[datetime, ...]:
    theirs = col(Message.customer_id).in_(merged.everyone(session, number))
    messages = session.exec(select(Message).where(theirs).order_by(col(Message.id)))
    return tuple(
        each.sending_at
        for each in messages
        if each.sending_at is not None and each.sending_at > since and each.state in OFFERED_STATES
    )


def _drawn(strata: dict[int, str | None], campaign: Campaign) -> set[int]:
    """The lowest lots of each segment, by the share of it."""
    wanted = round(campaign.holdout_share * len(strata))
    wanted = max(wanted, 1) if campaign.holdout_share and len(strata) >= 2 else wanted
    groups = _grouped(strata)
    quotas = holdout._quotas({name: len(each) for name, each in groups.items()}, wanted, campaign.seed)
    return {number for name, each in groups.items() for number in by_lot(each, campaign.seed)[: quotas[name]]}


def _dealt(strata: dict[int, str | None], campaign: Campaign) -> dict[int, str]:
    if not strata:
        return {}
    groups, seed = _grouped(strata), f"variants\x1f{campaign.seed}"
    sizes = {name: len(each) for name, each in groups.items()}
    counts = variants._Table(sizes, campaign.forms, seed).filled()
    dealt: dict[int, str] = {}
    for name, members in groups.items():
        forms = [form.name for form, n in zip(campaign.forms, counts[name], strict=True) for _ in range(n)]
        dealt.update(zip(by_lot(members, seed), forms, strict=True))
    return dealt


def _grouped(strata: dict[int, str | None]) -> dict[str, list[int]]:
    groups: dict[str, list[int]] = defaultdict(list)
    for number, segment in strata.items():
        groups[segment or ""].append(number)
    return groups


def _waits(
    session: Session,
    chosen: Sequence[tuple[One, Verdict]],
    held: Sequence[tuple[One, Verdict]],
    shop: Shop,
    now: datetime,
) -> dict[int, timedelta]:
    """The chosen find room one after the other; the held out are spread over the same days."""

    def needing(people: Sequence[tuple[One, Verdict]]) -> dict[str, list[int]]:
        found: dict[str, list[int]] = defaultdict(list)
        for each, verdict in people:
            at = verdict.until if isinstance(verdict, Deferred) else now
            if places.takes_one(each.facts.channel, each.facts.free_until, shop, at):
                found[each.facts.channel or ""].append(each.number)
        return found

    waits: dict[int, timedelta] = {}
    room = {
        channel: reach.waits(len(each), shop.daily_limits.get(channel), places.taken(session, channel, shop, now))
        for channel, each in needing(chosen).items()
    }
    for channel, numbers in needing(chosen).items():
        waits.update(zip(numbers, room[channel], strict=True))
    for channel, numbers in needing(held).items():
        days = room.get(channel, [])
        waits.update({number: days[n * len(days) // len(numbers)] for n, number in enumerate(numbers) if days})
    return waits


def _row(
    one: One, verdict: Verdict, is_held: bool, dealt: dict[int, str], waits: dict[int, timedelta], now: datetime
) -> Row:
    place, wait = one.address, waits.get(one.number, timedelta())
    state, variant, reason, until = State.PLANNED, dealt.get(one.number), None, None
    if isinstance(verdict, Refused | Unknown):
        state, reason = State.WITHHELD, verdict.reason
    elif is_held:
        state = State.HOLDOUT
    elif wait:
        until, reason = now + wait, Reason.DAILY_LIMIT
    elif isinstance(verdict, Deferred):
        until, reason = verdict.until, verdict.reason
    whom = one.number, place.id if place else None, one.facts.channel, one.segment
    return (*whom, variant, state.value, reason.value if reason else None, now + wait, until)


def told(messages: Sequence[Message]) -> list[Row]:
    """The same of rows that were written."""
    return sorted(
        (
            each.customer_id, each.address_id, each.channel, each.segment, each.variant, each.state, each.reason,
            each.counts_from, each.not_before,
        )
        for each in messages
    )  # fmt: skip


def states(found: Sequence[Row]) -> Counter[str]:
    """How many of each state, or of each reason where there is one."""
    return Counter(reason or state for *_, state, reason, _, _ in found)
