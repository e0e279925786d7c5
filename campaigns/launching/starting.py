"""A campaign's audience becomes rows: asked of the gate, drawn by lot, dealt their variant and their day.

Afterwards every member of the audience has exactly one row, and whatever becomes of them is written there.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import compress, repeat
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from campaigns import insights
from campaigns.choosing import audiences
from campaigns.choosing.audiences import Known
from campaigns.choosing.rollcall import REMEMBERED, Kind
from campaigns.launching import holdout, rationing, reach, rows, variants
from campaigns.launching.drafts import SURVEY, Allocation
from campaigns.launching.plans import NOBODY, Drawing, Fate, Like, Plan
from campaigns.outcomes import families
from campaigns.sending import gate, places
from campaigns.sending.gate import Deferred, Reason
from campaigns.sending.pacing import best_moment, free_from
from campaigns.shop import Shop
from campaigns.surveys import turns
from campaigns.tables import Campaign, Message, State, Status
from ledger import blocks
from ledger.columns import microseconds

__all__ = ["Plan", "enrol", "plan", "queued_elsewhere", "start"]
AT_ONE_GO = 5_000
"""Of so many people the rows are written while whoever said yes waits for the answer."""


def plan(
    session: Session,
    campaign: Campaign,
    channels: Collection[str],
    shop: Shop,
    now: datetime,
    among: Collection[int] | None = None,
) -> Plan:
    """Ask the gate about everybody in the audience, and draw the holdout among those it lets through.

    ``among``: of these customers only, whose turn it is. Two passes: the first reads people a block at a time and
    keeps of each who, where and what they have in common with others; the second draws the lots and tells each fate.
    """
    people = audiences.known(session, campaign.audience, channels, shop, now, among)
    lately = turns.all_asked(session, shop, now) if campaign.template == SURVEY else frozenset()
    drawing = _asked(campaign, people, shop, now, lately)
    if among is None:
        rationing.ration(session, campaign, drawing)
    return _drawn(session, campaign, drawing, shop, now)


def start(session: Session, campaign: Campaign, channels: Collection[str], shop: Shop, now: datetime) -> Plan:
    """Write a row for everybody in the audience and let the campaign run; with nobody to write to it is done.

    A large audience's rows are left to campaigns/launching/preparing.py, and nothing is known of the plan yet. Raises
    UnknownAudience.
    """
    if audiences.is_beyond(session, campaign.audience, AT_ONE_GO, shop, now):
        campaign.status, campaign.start_at, campaign.finished_at = Status.PREPARING, now, None
        session.add(campaign)
        return NOBODY
    planned = plan(session, campaign, channels, shop, now)
    first = bisect_right(planned.numbers, last_written(session, campaign.id))
    rows.write(session, campaign, planned, now, first=first)
    begin(session, campaign, planned.chosen, now)
    return planned


def counted(campaign: Campaign, planned: Plan) -> dict[str, int]:
    """How many it is for; nothing while that is not known yet."""
    if campaign.status == Status.PREPARING:
        return {}
    return {"audience": planned.audience, "chosen": planned.chosen, "holdout": planned.held_out}


def last_written(session: Session, campaign_id: int) -> int:
    """The number of the last customer whose row is written; 0 where there is none."""
    return session.exec(select(func.max(Message.customer_id)).where(Message.campaign_id == campaign_id)).one() or 0


def begin(session: Session, campaign: Campaign, chosen: int, now: datetime) -> None:
    """All rows are written: from now on it runs; with nobody to write to it is done."""
    campaign.status = Status.RUNNING if chosen else Status.DONE
    campaign.start_at = campaign.due_from = now
    campaign.finished_at = None if chosen else now
    session.add(campaign)


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
    planned = plan(session, campaign, channels, shop, now, new)
    rows.write(session, campaign, planned, now, about)
    return planned


def queued_elsewhere(session: Session, campaign: Campaign, plan: Plan) -> int:
    """How many of the plan's chosen wait for another campaign's message too, and may be spared by the cap."""
    wanted = (
        select(Message.customer_id)
        .join(Campaign, col(Campaign.id) == col(Message.campaign_id))
        .where(Message.campaign_id != campaign.id, Message.state == State.PLANNED, Campaign.status == Status.RUNNING)
        .distinct()
    )
    chosen = {place for place, _, _ in plan.groups()}
    # Compared here: a whole shop's numbers are more than a statement may name.
    waiting = session.exec(wanted.execution_options(yield_per=blocks.AT_ONCE))
    return sum(plan.fate_of(number) in chosen for number in waiting)


def _asked(
    campaign: Campaign, people: Iterator[Known], shop: Shop, now: datetime, lately: Collection[int]
) -> Drawing:
    """Everybody, with what the gate says of them: it is asked once about all of a kind. ``lately``: who was asked in
    another survey."""
    needs_profiling, is_survey = audiences.needs_profiling(campaign), campaign.template == SURVEY
    drawing, others, those = Drawing(), dict[Kind, tuple[int, int | None]](), dict[Kind, tuple[int, int | None]]()
    for number, address, kind in people:
        is_lately = number in lately
        asked = those if is_lately else others
        found = asked.get(kind)
        if found is None:
            if len(asked) >= REMEMBERED:
                asked.clear()
            like = alike(
                kind, shop, now,
                needs_profiling=needs_profiling, is_survey=is_survey, was_asked_lately=is_lately,
            )  # fmt: skip
            found = asked[kind] = drawing.place_of(like), _capped_until(kind, like, shop, now)
        place, capped = found
        drawing.add(number, address, place)
        if capped is not None:
            drawing.capped_until.append(capped)
    return drawing


def alike(
    kind: Kind,
    shop: Shop,
    now: datetime,
    *,
    needs_profiling: bool,
    is_survey: bool = False,
    was_asked_lately: bool = False,
) -> Like:
    """What the gate says of people of this kind, and what else becomes of them by it."""
    facts = replace(kind.facts, needs_profiling=True) if needs_profiling else kind.facts
    facts = replace(facts, is_survey=True, was_asked_lately=was_asked_lately) if is_survey else facts
    verdict = gate.ask(facts, shop.quiet_hours, shop.caps, now)
    at = verdict.until if isinstance(verdict, Deferred) else now
    return Like(
        channel=facts.channel,
        segment=kind.segment,
        language=kind.language,
        allows_profiling=kind.allows_profiling,
        free_until=facts.free_until,
        zone=facts.zone,
        quiet_hours=facts.quiet_hours,
        verdict=verdict,
        takes_place=places.takes_one(facts.channel, facts.free_until, shop, at),
    )


def _capped_until(kind: Kind, like: Like, shop: Shop, now: datetime) -> int | None:
    if like.left_out_for is not Reason.CAPPED:
        return None
    own = shop.caps.spaced(kind.facts.days_between).at_most(kind.facts.promised)
    return microseconds(free_from(kind.facts.recent_offers, own, now) or now)


def _drawn(session: Session, campaign: Campaign, drawing: Drawing, shop: Shop, now: datetime) -> Plan:
    """Lots are drawn among those the gate lets through; each waits for the day that has room for them."""
    likes, lets_through = drawing.likes, drawing.eligible()
    names = list(dict.fromkeys(each.segment or "" for each in likes))
    group_of = [names.index(each.segment or "") for each in likes]
    eligible = bytes(lets_through[place] for place in drawing.alike)
    everybody, alike = (
        array("q", compress(drawing.numbers, eligible)),
        array("I", compress(drawing.alike, eligible)),
    )
    held = _held_out(campaign, everybody, array("H", (group_of[each] for each in alike)), names)
    sent_to = bytes(not is_held for is_held in held)
    chosen, alike = array("q", compress(everybody, sent_to)), array("I", compress(alike, sent_to))
    # Of a million people every column counts.
    del everybody, eligible, sent_to
    their_groups = array("H", (group_of[each] for each in alike))
    allowing = bytes(likes[each].allows_profiling for each in alike)
    forms = _dealt(campaign, chosen, their_groups, names)
    hours = _best_hours(session, campaign, chosen, allowing)
    fates = _Fates(session, campaign, drawing, held, shop, now)
    falls = fates.fallen(forms, hours)
    return drawing.filled(fates.all, falls)


def _held_out(campaign: Campaign, people: Sequence[int], groups: Sequence[int], names: Sequence[str]) -> bytearray:
    """Whom the lot leaves without the offer. In all that comes again each has one lot for all rounds: a later one
    must not reach those with whom an earlier one is still compared."""
    if families.is_drawn_alone(campaign):
        return bytearray(holdout.falls_to(each, campaign.holdout_share, campaign.seed) for each in people)
    return holdout.drawn_of(people, groups, names, campaign.holdout_share, campaign.seed)


def _dealt(
    campaign: Campaign, people: Sequence[int], groups: Sequence[int], names: Sequence[str]
) -> Iterator[str | None]:
    """The variant of each, in all that comes again the same in every round."""
    if campaign.allocation == Allocation.BANDIT:
        return repeat(None, len(people))
    if families.is_drawn_alone(campaign):
        return (variants.alone(each, campaign) for each in people)
    called = [each.name for each in campaign.forms]
    return (called[form] for form in variants.dealt_to(people, groups, names, campaign))


def _best_hours(
    session: Session, campaign: Campaign, people: Sequence[int], allowing: Sequence[int]
) -> Iterator[int | None]:
    """Where the campaign asks for it: each one's best hour, the shop's usual one of who does not allow that."""
    if not campaign.at_best_hour:
        yield from repeat(None, len(people))
        return
    usual = insights.usual_hour(session)
    for begin in range(0, len(people), blocks.AT_ONCE):
        some = people[begin : begin + blocks.AT_ONCE]
        own = insights.best_hours(session, list(compress(some, allowing[begin : begin + blocks.AT_ONCE])))
        yield from (own.get(each, (usual, 0))[0] for each in some)


class _Fates:
    """Tells everybody of a drawing what becomes of them; equal fates are kept once."""

    def __init__(
        self, session: Session, campaign: Campaign, drawing: Drawing, held: Sequence[int], shop: Shop, now: datetime
    ) -> None:
        self.campaign, self.drawing, self.held, self.shop, self.now = campaign, drawing, held, shop, now
        self.all: list[Fate] = []
        self._places: dict[tuple[Any, ...], int] = {}
        self._of = self._counted()
        channels = {channel for channel, is_held in self._of if not is_held}
        self._used = {channel: places.taken(session, channel, shop, now) for channel in channels}

    def _counted(self) -> Counter[tuple[str, bool]]:
        """How many take a place, by their channel: of the chosen, and of those held out."""
        likes, lets_through, held = self.drawing.likes, self.drawing.eligible(), iter(self.held)
        counts: Counter[tuple[int, int]] = Counter(
            (place, next(held)) for place in self.drawing.alike if lets_through[place]
        )
        of: Counter[tuple[str, bool]] = Counter()
        for (place, is_held), n in counts.items():
            if likes[place].takes_place:
                of[likes[place].channel or "", bool(is_held)] += n
        return of

    def fallen(self, forms: Iterator[str | None], hours: Iterator[int | None]) -> array[int]:
        """Each one's place in ``all``."""
        likes, lets_through, held = self.drawing.likes, self.drawing.eligible(), iter(self.held)
        seen: Counter[tuple[str, bool]] = Counter()
        falls, places_of = array("I"), self._places
        for place in self.drawing.alike:
            if not lets_through[place]:
                key: tuple[Any, ...] = (place,)
            else:
                is_held = bool(next(held))
                wait = self._wait(likes[place], is_held, seen) if likes[place].takes_place else 0
                key = (place, wait) if is_held else (place, wait, (next(forms), next(hours)))
            fall = places_of.get(key)
            if fall is None:
                fall = places_of[key] = len(self.all)
                self.all.append(self._fate(*key))
            falls.append(fall)
        return falls

    def _wait(self, like: Like, is_held: bool, seen: Counter[tuple[str, bool]]) -> int:
        """How many days until their channel has room; the held out are spread over the days of the others."""
        channel = like.channel or ""
        nth, n = seen[channel, is_held], self._of[channel, False]
        seen[channel, is_held] += 1
        if is_held:
            nth = nth * n // self._of[channel, True]
        limit = self.shop.daily_limits.get(channel)
        return reach.wait(nth, limit, self._used[channel]) if n else 0

    def _fate(self, place: int, wait: int = 0, form: tuple[str | None, int | None] | None = None) -> Fate:
        like, waits = self.drawing.likes[place], timedelta(days=wait)
        if like.left_out_for is not None:
            return Fate(like, State.WITHHELD, reason=like.left_out_for)
        if form is None:
            return Fate(like, State.HOLDOUT, waits=waits)
        variant, hour = form
        until, reason = self._due(like, waits, hour)
        return Fate(like, State.PLANNED, variant, until, reason, waits)

    def _due(self, like: Like, waits: timedelta, hour: int | None) -> tuple[datetime | None, Reason | None]:
        """Not before when, and what they wait for until then."""
        if hour is not None and like.zone is not None:
            quiet = like.quiet_hours or ()
            best = best_moment(hour, self.now + waits, like.zone, self.shop.quiet_hours, *quiet)
            if best > self.now:
                return best, Reason.BEST_HOUR
        if waits:
            return self.now + waits, Reason.DAILY_LIMIT
        verdict = like.verdict
        return (verdict.until, verdict.reason) if isinstance(verdict, Deferred) else (None, None)
