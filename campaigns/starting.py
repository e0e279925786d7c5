"""A campaign's audience becomes rows: asked of the gate, drawn by lot, dealt their variant and their day.

Afterwards every member of the audience has exactly one row, and whatever becomes of them is written there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session, col, select

from campaigns import audiences, families, gate, holdout, insights, places, reach, variants
from campaigns.audiences import Candidate
from campaigns.gate import Deferred, Reason, Refused, Unknown, Verdict
from campaigns.pacing import best_moment
from campaigns.shop import Shop
from campaigns.tables import Campaign, Message, State, Status

ROWS_AT_ONCE = 5_000


@dataclass(frozen=True)
class Recipient:
    """Somebody who is to get the message: not before when, and what they wait for; None where it may go at once.

    ``waits`` is for the day on which their channel has room; what they buy counts from that day on.
    """

    candidate: Candidate
    not_before: datetime | None = None
    reason: Reason | None = None
    waits: timedelta = timedelta()


@dataclass(frozen=True)
class HeldOut:
    """Somebody who gets nothing, by lot. ``waits`` as for those they are compared with."""

    candidate: Candidate
    waits: timedelta = timedelta()


@dataclass(frozen=True)
class Plan:
    """Who would get a campaign's message now, who is held out, and why the others are left out."""

    chosen: Sequence[Recipient]
    held_out: Sequence[HeldOut]
    left_out: Sequence[tuple[Candidate, Reason]]

    @property
    def audience(self) -> int:
        return len(self.chosen) + len(self.held_out) + len(self.left_out)

    @property
    def later(self) -> int:
        """How many of the chosen have to wait."""
        return sum(each.not_before is not None for each in self.chosen)

    def as_json(self) -> dict[str, Any]:
        counts = {"audience": self.audience, "chosen": len(self.chosen), "holdout": len(self.held_out)}
        return {**counts, "withheld": self.reasons()}

    def reasons(self) -> dict[str, int]:
        """How many are left out for which reason, the commonest first."""
        return dict(Counter(reason.value for _, reason in self.left_out).most_common())


def plan(
    session: Session,
    campaign: Campaign,
    channels: Collection[str],
    shop: Shop,
    now: datetime,
    among: Collection[int] | None = None,
) -> Plan:
    """Ask the gate about everybody in the audience, and draw the holdout among those it lets through.

    ``among``: of these customers only, whose turn it is.
    """
    if among is None:
        people = audiences.candidates(session, campaign.audience, channels, shop, now)
    else:
        people = audiences.among(session, among, channels, shop, now)
    eligible, left_out = _asked(campaign, people, shop, now)
    held_out = _held_out(campaign, [each for each, _ in eligible])
    return _planned(session, campaign, eligible, left_out, held_out, shop, now)


def start(session: Session, campaign: Campaign, channels: Collection[str], shop: Shop, now: datetime) -> Plan:
    """Write a row for everybody in the audience and let the campaign run; with nobody to write to it is done."""
    planned = plan(session, campaign, channels, shop, now)
    _write(session, campaign, planned, _dealt(campaign, [each.candidate for each in planned.chosen]), {}, now)
    campaign.status = Status.RUNNING if planned.chosen else Status.DONE
    campaign.start_at = campaign.due_from = now
    campaign.finished_at = None if planned.chosen else now
    session.add(campaign)
    return planned


def enrol(
    session: Session,
    campaign: Campaign,
    about: Mapping[int, int | None],
    channels: Collection[str],
    shop: Shop,
    now: datetime,
) -> Plan:
    """Add rows for these customers, as their turn comes, to a campaign that runs; who is in it already stays so.

    ``about`` maps each to the product that it is about, where there is one. They come a few at a time, so each draws
    a lot of their own: the shares hold over all of them, not within each few.
    """
    known = session.exec(select(Message.customer_id).where(Message.campaign_id == campaign.id)).all()
    new = sorted(set(about).difference(known))
    people = audiences.among(session, new, channels, shop, now)
    eligible, left_out = _asked(campaign, people, shop, now)
    held_out = _held_out(campaign, [each for each, _ in eligible])
    planned = _planned(session, campaign, eligible, left_out, held_out, shop, now)
    dealt = _dealt(campaign, [each.candidate for each in planned.chosen])
    facts = {customer: {"about": product} for customer, product in about.items() if product is not None}
    _write(session, campaign, planned, dealt, facts, now)
    return planned


def _held_out(campaign: Campaign, eligible: Iterable[Candidate]) -> Collection[int]:
    """Whom the lot leaves without the offer. In all that comes again each has one lot for all rounds: a later one
    must not reach those with whom an earlier one is still compared."""
    strata = {each.customer_id: each.segment for each in eligible}
    if families.is_drawn_alone(campaign):
        return {each for each in strata if holdout.falls_to(each, campaign.holdout_share, campaign.seed)}
    return holdout.draw(strata, campaign.holdout_share, campaign.seed)


def _dealt(campaign: Campaign, chosen: Iterable[Candidate]) -> Mapping[int, str | None]:
    """The variant of each, in all that comes again the same in every round."""
    strata = {each.customer_id: each.segment for each in chosen}
    if families.is_drawn_alone(campaign):
        return {each: variants.alone(each, campaign) for each in strata}
    return variants.deal(strata, campaign)


def queued_elsewhere(session: Session, campaign: Campaign, customer_ids: Collection[int]) -> int:
    """How many of these wait for another campaign's message too, and may be spared by the cap."""
    wanted = (
        select(Message.customer_id)
        .join(Campaign, col(Campaign.id) == col(Message.campaign_id))
        .where(Message.campaign_id != campaign.id, Message.state == State.PLANNED, Campaign.status == Status.RUNNING)
    )
    # Compared here: a whole shop's numbers are more than a statement may name.
    return len(set(session.exec(wanted)).intersection(customer_ids))


def _asked(
    campaign: Campaign, people: Iterable[Candidate], shop: Shop, now: datetime
) -> tuple[list[tuple[Candidate, Verdict]], list[tuple[Candidate, Reason]]]:
    """Whom the gate lets through, now or later, and why not the others."""
    needs_profiling = audiences.needs_profiling(campaign)
    eligible: list[tuple[Candidate, Verdict]] = []
    left_out: list[tuple[Candidate, Reason]] = []
    for each in people:
        facts = replace(each.facts, needs_profiling=True) if needs_profiling else each.facts
        verdict = gate.ask(facts, shop.quiet_hours, shop.caps, now)
        if isinstance(verdict, Refused | Unknown):
            left_out.append((each, verdict.reason))
        else:
            eligible.append((each, verdict))
    return eligible, left_out


def _planned(
    session: Session,
    campaign: Campaign,
    eligible: Sequence[tuple[Candidate, Verdict]],
    left_out: Sequence[tuple[Candidate, Reason]],
    held_out: Collection[int],
    shop: Shop,
    now: datetime,
) -> Plan:
    sent_to = [(each, verdict) for each, verdict in eligible if each.customer_id not in held_out]
    compared = [(each, verdict) for each, verdict in eligible if each.customer_id in held_out]
    room = _room(session, sent_to, shop, now)
    days = {name: iter(waits) for name, waits in room.items()}
    waits = [
        next(days[each.facts.channel or ""]) if _takes_place(each, verdict, shop, now) else timedelta()
        for each, verdict in sent_to
    ]
    hours = _best_hours(session, campaign, [each for each, _ in sent_to])
    chosen = [
        _recipient(each, verdict, wait, hours.get(each.customer_id), shop, now)
        for (each, verdict), wait in zip(sent_to, waits, strict=True)
    ]
    return Plan(chosen, _alongside(compared, room, shop, now), left_out)


def _best_hours(session: Session, campaign: Campaign, people: Sequence[Candidate]) -> Mapping[int, int | None]:
    """Where the campaign asks for it: each one's best hour, the shop's usual one of who does not allow that."""
    if not campaign.at_best_hour:
        return {}
    usual = insights.usual_hour(session)
    own = insights.best_hours(session, [each.customer_id for each in people if each.allows_profiling])
    return {each.customer_id: own.get(each.customer_id, (usual, 0))[0] for each in people}


def _recipient(
    candidate: Candidate, verdict: Verdict, waits: timedelta, hour: int | None, shop: Shop, now: datetime
) -> Recipient:
    zone, quiet = candidate.facts.zone, candidate.facts.quiet_hours
    if hour is not None and zone is not None:
        best = best_moment(hour, now + waits, zone, shop.quiet_hours, *(quiet or ()))
        if best > now:
            return Recipient(candidate, best, Reason.BEST_HOUR, waits)
    if waits:
        return Recipient(candidate, now + waits, Reason.DAILY_LIMIT, waits)
    if isinstance(verdict, Deferred):
        return Recipient(candidate, verdict.until, verdict.reason)
    return Recipient(candidate)


def _room(
    session: Session, chosen: Sequence[tuple[Candidate, Verdict]], shop: Shop, now: datetime
) -> dict[str, list[timedelta]]:
    """How long each message that takes a place waits for one on its channel, in the order of the people."""
    counts = Counter(each.facts.channel or "" for each, verdict in chosen if _takes_place(each, verdict, shop, now))
    return {
        channel: reach.waits(n, shop.daily_limits.get(channel), places.taken(session, channel, shop, now))
        for channel, n in counts.items()
    }


def _takes_place(candidate: Candidate, verdict: Verdict, shop: Shop, now: datetime) -> bool:
    """As far as can be told: whose window is shut by the time they may be written to at the earliest."""
    at = verdict.until if isinstance(verdict, Deferred) else now
    return places.takes_one(candidate.facts.channel, candidate.facts.free_until, shop, at)


def _alongside(
    people: Sequence[tuple[Candidate, Verdict]], room: Mapping[str, Sequence[timedelta]], shop: Shop, now: datetime
) -> list[HeldOut]:
    """The held out, spread over the same days as those they are compared with."""
    channels = [
        each.facts.channel or "" if _takes_place(each, verdict, shop, now) else None for each, verdict in people
    ]
    counts, seen = Counter(channels), Counter[str]()
    held = []
    for (each, _), channel in zip(people, channels, strict=True):
        if channel is None or not room.get(channel):
            held.append(HeldOut(each))
            continue
        waits = room[channel]
        held.append(HeldOut(each, waits[seen[channel] * len(waits) // counts[channel]]))
        seen[channel] += 1
    return held


def _write(
    session: Session,
    campaign: Campaign,
    planned: Plan,
    dealt: Mapping[int, str | None],
    facts: Mapping[int, Mapping[str, Any]],
    now: datetime,
) -> None:
    rows = [
        *(
            _row(
                campaign, each.candidate, State.PLANNED, now, now + each.waits,
                variant=dealt.get(each.candidate.customer_id), not_before=each.not_before, reason=each.reason,
                facts=facts.get(each.candidate.customer_id, {}),
            )
            for each in planned.chosen
        ),
        *(_row(campaign, each.candidate, State.HOLDOUT, now, now + each.waits) for each in planned.held_out),
        *(
            _row(campaign, each, State.WITHHELD, now, now, reason=reason, withheld_at=now)
            for each, reason in planned.left_out
        ),
    ]  # fmt: skip
    for first in range(0, len(rows), ROWS_AT_ONCE):
        session.connection().execute(insert(Message), rows[first : first + ROWS_AT_ONCE])


def _row(
    campaign: Campaign, candidate: Candidate, state: State, now: datetime, counts_from: datetime, **more: Any
) -> dict[str, Any]:
    empty: dict[str, Any] = {"variant": None, "reason": None, "not_before": None, "withheld_at": None, "facts": {}}
    return {
        "campaign_id": campaign.id,
        "customer_id": candidate.customer_id,
        "address_id": candidate.address_id,
        "channel": candidate.facts.channel,
        "segment": candidate.segment,
        "was_eligible": state is not State.WITHHELD,
        "state": state,
        "planned_at": now,
        "counts_from": counts_from,
        "attempts": 0,
        **empty,
        **more,
    }
