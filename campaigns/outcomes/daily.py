"""The lift day by day since the start, each day all that was known by its end. Pure, and one walk over the people.

Who looks every day is fooled by chance more often than who looks once. So a day before the last is believed only at
Bonferroni's level for as many looks as there are days, the way docs/decisions/0018 asks it of several looks at once;
the last day was settled beforehand and is asked no more than the report is.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from campaigns.outcomes import comparing
from campaigns.outcomes.comparing import Arm, Lift
from campaigns.outcomes.figures import NOTHING, Deeds, Row
from engine.experiments import Verdict

MOST_SHOWN = 60
Counts = list[int]
"""Of one segment so far: chosen, buyers among them, held out, buyers among those."""


@dataclass(frozen=True)
class Day:
    """What was known at ``until``: a midnight by the shop's clock, or now, or when all was over. ``lift`` has the
    interval of a single look, ``wide`` the one for as many looks as there are days, and ``verdict`` goes by that."""

    until: datetime
    treated: Arm
    control: Arm
    lift: Lift
    wide: Lift
    verdict: Verdict


@dataclass(frozen=True)
class Course:
    """``looks``: how many days the campaign is watched, those to come among them. ``undated``: buyers of whom it is
    not known any more when they bought; they count on the last day. ``is_over``: nothing can change any more."""

    days: tuple[Day, ...]
    looks: int
    undated: int
    is_over: bool

    @property
    def sure_since(self) -> Day | None:
        """The first day on which a difference was beyond what so many looks explain."""
        return next((each for each in self.days if each.verdict in (Verdict.HIGHER, Verdict.LOWER)), None)


def course(
    people: Sequence[Row],
    did: Mapping[int, Deeds],
    ends: datetime | None,
    within: float,
    *,
    is_drawn_alone: bool,
    zone: ZoneInfo,
    now: datetime,
) -> Course:
    """Of ``people``, each once, by what they ``did``; ``ends`` is when the last window is over.

    ``within`` is the report's, for the last day, which says what the report says. A day before is narrowed by the
    segments as they had bought until then; where ``is_drawn_alone`` none is.
    """
    starts = min((each.counts_from for each in people), default=None)
    if starts is None or ends is None or starts > now:
        return Course((), 0, 0, is_over=False)
    watched = list(_midnights(starts, ends, zone))
    known = list(_midnights(starts, min(ends, now), zone))
    known[-1] = min(known[-1], ends, now)
    undated = sum(_is_undated(did.get(each.id, NOTHING)) for each in people)
    counted = list(_by_day(people, did, known))
    step = -(-len(known) // MOST_SHOWN)
    shown = [place for place in range(len(known)) if (len(known) - 1 - place) % step == 0]
    days, so_far = [], _Sums()
    for place, changes in enumerate(counted):
        so_far.add(changes)
        if place in shown[:-1] or place == len(known) - 1:
            is_last = place == len(known) - 1
            share = 1.0 if is_drawn_alone else within if is_last else so_far.within()
            days.append(_day(known[place], so_far, share, len(watched)))
    return Course(tuple(days), len(watched), undated, is_over=now >= ends)


def _day(until: datetime, sums: _Sums, within: float, looks: int) -> Day:
    treated, control = sums.arms()
    confidence = claimed_among(looks)
    wide = comparing.lift(treated, control, within, confidence)
    said = comparing.verdict(treated, control, within, confidence)
    return Day(until, treated, control, comparing.lift(treated, control, within), wide, said)


def claimed_among(looks: int) -> float:
    """How sure one has to be on each of so many days before a difference is claimed."""
    return 1 - (1 - comparing.CLAIMED_AT) / max(1, looks)


class _Sums:
    """What was counted so far, by segment."""

    def __init__(self) -> None:
        self.by_segment: defaultdict[str, Counts] = defaultdict(lambda: [0, 0, 0, 0])

    def add(self, changes: Mapping[str, Counts]) -> None:
        for key, more in changes.items():
            self.by_segment[key] = [one + other for one, other in zip(self.by_segment[key], more, strict=True)]

    def arms(self) -> tuple[Arm, Arm]:
        n, buyers, held_out, held_out_buyers = map(sum, zip(*self.by_segment.values(), strict=True))
        return Arm(n, buyers), Arm(held_out, held_out_buyers)

    def within(self) -> float:
        return comparing.within(Arm(n + held, b + held_b) for n, b, held, held_b in self.by_segment.values())


def _by_day(people: Iterable[Row], did: Mapping[int, Deeds], days: Sequence[datetime]) -> Iterable[dict[str, Counts]]:
    """What each day adds; what is dated after the last of them is added by it, as in the report."""
    last = len(days) - 1
    found: list[dict[str, Counts]] = [defaultdict(lambda: [0, 0, 0, 0]) for _ in days]
    for row in people:
        deeds, key, side = did.get(row.id, NOTHING), row.segment or "", 2 if row.is_held_out else 0
        found[min(bisect_right(days, row.counts_from), last)][key][side] += 1
        if deeds.has_bought:
            place = last if deeds.bought_at is None else min(bisect_right(days, deeds.bought_at), last)
            found[place][key][side + 1] += 1
    return found


def _is_undated(deeds: Deeds) -> bool:
    return deeds.has_bought and deeds.bought_at is None


def _midnights(starts: datetime, until: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """The ends of all days, by that zone's calendar, from the one of ``starts`` to the first not before ``until``."""
    day = starts.astimezone(zone).date()
    while True:
        day += timedelta(days=1)
        midnight = datetime.combine(day, time(), zone).astimezone(UTC)
        yield midnight
        if midnight >= until:
            return
