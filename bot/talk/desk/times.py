"""When a line's words of time come to: the shop's wall clock, never a guess that costs money. Pure.

What leaves room is settled by rules, and an owner sees in the answer how: a bare hour lies between seven in the
morning and nine in the evening, a day without an hour begins at nine, "next Friday" is next week's. What leaves too
much room is a fault, and the nearest moment that can be is only offered.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from bot.talk.desk.line_pieces import (
    Clock,
    During,
    InZone,
    Later,
    OnDate,
    OnDay,
    OnWeekday,
    Part,
    Piece,
    Round,
    Triggered,
    Trouble,
    Word,
)
from campaigns.drafts import When
from campaigns.recurring import Every, Recurrence

OPENS, CLOSES = 7, 20
"""A bare hour is one of these, and those between: shops write by day."""
USUAL = time(9)
HOURS = {Part.MORNING: time(9), Part.NOON: time(12), Part.AFTERNOON: time(16), Part.EVENING: time(19),
         Part.NIGHT: time(19), Part.AM: time(9)}  # fmt: skip
"""When a part of the day begins for us, where no hour is said."""
FARTHEST = timedelta(days=366)
NEARER = timedelta(days=183)
DAY = timedelta(days=1)
T = TypeVar("T")


@dataclass(frozen=True)
class Settled:
    """``when`` is None where nothing was said of it. With faults it is only the nearest that can be."""

    when: When | None
    faults: tuple[str, ...] = ()


@dataclass(frozen=True)
class Hour:
    """A time of the day; ``is_after``: of the night that ends it. ``other``: what a bare hour might mean as well."""

    at: time
    is_after: bool = False
    other: time | None = None


@dataclass
class Times:
    """What was said of time, sorted, and the faults found so far."""

    pieces: Sequence[Piece]
    now: datetime
    zone: ZoneInfo
    onto: When
    faults: list[str] = field(default_factory=list)

    def all(self, kind: type[T]) -> list[T]:
        """What was said of one kind, each once."""
        return list(dict.fromkeys(each for each in self.pieces if isinstance(each, kind)))

    def one(self, kind: type[T]) -> T | None:
        """What was said of one kind; two different ones are a fault, and the first is taken."""
        said = self.all(kind)
        if len(said) > 1:
            self.fault("two_times")
        return said[0] if said else None

    def says(self, word: Word) -> bool:
        return word in self.pieces

    def fault(self, key: str) -> None:
        if key not in self.faults:
            self.faults.append(key)

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()

    def moment(self, day: date, at: time) -> datetime:
        """That wall clock. One that a change of the clocks leaves out moves on by as much; of two, the first."""
        return datetime.combine(day, at, self.zone).astimezone(UTC)


TELLING = (Clock, During, Later, OnDay, OnWeekday, OnDate, Round)


def tells(pieces: Sequence[Piece]) -> bool:
    """Whether these words tell a time."""
    return any(isinstance(each, TELLING) or each in {Word.NOW, Word.NEXT_WEEK, Word.NEXT_MONTH} for each in pieces)


def settle(pieces: Sequence[Piece], now: datetime, zone: ZoneInfo, onto: When | None) -> Settled:
    """What the words come to, laid over ``onto``: a clock alone moves the hour, a day alone the day."""
    # In UTC: sums of moments of one zone would be sums of its wall clock.
    said = Times(pieces, now.astimezone(UTC), zone, onto or When())
    for trouble in said.all(Trouble):
        said.fault(trouble.fault)
    named = said.one(InZone)
    if named and now.astimezone(zone).utcoffset() != timedelta(hours=named.hours):
        said.fault("other_zone")
    when = _when(said)
    return Settled(when, tuple(said.faults))


def _when(said: Times) -> When | None:
    is_best = said.says(Word.BEST_HOUR)
    rounds, triggers = said.one(Round), said.one(Triggered)
    has_time = tells(said.pieces)
    if triggers:
        if has_time:
            said.fault("trigger_has_no_time")
        return When(trigger=triggers.trigger, at_best_hour=is_best or said.onto.at_best_hour)
    if rounds:
        return _again(said, rounds, is_best=is_best)
    if has_time:
        return _once(said, is_best=is_best)
    return replace(said.onto, at_best_hour=True) if is_best else None


def _has_day(said: Times) -> bool:
    return any(said.all(kind) for kind in (OnDay, OnWeekday, OnDate)) or _is_next(said)


def _is_next(said: Times) -> bool:
    return said.says(Word.NEXT_WEEK) or said.says(Word.NEXT_MONTH)


def _again(said: Times, asked: Round, *, is_best: bool) -> When:
    """What comes round again; an hour that was not said stays, or is the usual one."""
    if _has_day(said) or said.says(Word.NOW) or said.all(Later):
        said.fault("two_times")
    hour = _hour(said)
    kept = said.onto.repeats.at if said.onto.repeats else None
    at = hour.at if hour else (time(0) if is_best else kept or USUAL)
    weekdays = asked.weekdays
    if hour and hour.is_after:
        weekdays = tuple(sorted((day + 1) % 7 for day in weekdays))
        if asked.every is Every.MONTH:
            said.fault("odd_time")
    stays = said.onto.at_best_hour and hour is None
    return When(repeats=Recurrence(asked.every, at, weekdays, asked.day), at_best_hour=is_best or stays)


def _once(said: Times, *, is_best: bool) -> When | None:
    """At one moment, or at once."""
    later, hour = said.one(Later), _hour(said)
    if sum((bool(later), said.says(Word.NOW), _has_day(said) or hour is not None)) > 1:
        said.fault("two_times")
    if said.says(Word.NOW):
        return When(at_best_hour=is_best)
    if later:
        return When(at=_ahead(said, (said.now + later.span).replace(second=0, microsecond=0)), at_best_hour=is_best)
    stays = said.onto.at_best_hour and hour is None
    if not _has_day(said) and hour and said.onto.repeats:
        moved = replace(said.onto.repeats, at=hour.at)
        return replace(said.onto, repeats=moved, at_best_hour=is_best)
    at = _at(said, hour, is_best=is_best)
    if at is None and said.faults:
        return None  # a time that cannot be is never "at once"
    return When(at=at, at_best_hour=is_best or stays)


def _at(said: Times, hour: Hour | None, *, is_best: bool) -> datetime | None:
    """The moment, ahead of now; None is now itself."""
    if not _has_day(said) and hour:
        return _next_showing(said, hour)
    day = _day(said, hour)
    if day is None:
        return None
    kept = said.onto.at.astimezone(said.zone).time() if said.onto.at else None
    if hour is None and day == said.today and (is_best or kept is None):
        if any(each.needs_hour for each in said.all(OnDay)):
            said.fault("which_hour")
        return None
    shown = hour or Hour(time(0) if is_best else kept or USUAL)
    at = said.moment(day + DAY if shown.is_after else day, shown.at)
    if at <= said.now and day == said.today and shown.other:
        at = said.moment(day, shown.other)
    return _ahead(said, at, shown)


def _ahead(said: Times, at: datetime, shown: Hour | None = None) -> datetime:
    """As it is, if it is ahead and not too far; what has passed is a fault, with the next such hour in its stead."""
    if at > said.now + FARTHEST:
        said.fault("too_far")
    elif at > said.now:
        return at
    else:
        said.fault("passed")
    return _showing(said, shown.at if shown else USUAL)


def _next_showing(said: Times, hour: Hour) -> datetime:
    """The day that was set already, else the next time the clock shows it."""
    if said.onto.at is not None and said.onto.at > said.now:
        day = said.onto.at.astimezone(said.zone).date()
        at = said.moment(day + DAY if hour.is_after else day, hour.at)
        if at <= said.now and hour.other:
            at = said.moment(day, hour.other)
        return _ahead(said, at, hour)
    return _showing(said, hour.at)


def _showing(said: Times, at: time) -> datetime:
    today = said.moment(said.today, at)
    return today if today > said.now else said.moment(said.today + DAY, at)


def _hour(said: Times) -> Hour | None:
    clock, parts = said.one(Clock), [each.part for each in said.all(During)]
    if clock is None:
        return _usual(said, parts)
    if clock.hour > 24 or clock.minute > 59 or (clock.hour == 24 and clock.minute):
        said.fault("no_such_time")
        return None
    eve = [Part.NIGHT] if any(each.is_eve for each in said.all(OnWeekday)) else []
    return _of_day(said, clock, [*([clock.part] if clock.part else []), *parts, *eve])


def _usual(said: Times, parts: Sequence[Part]) -> Hour | None:
    """The hour of "besok pagi". Night's end and dawn are no hours to write to anybody unasked."""
    if any(each.is_eve for each in said.all(OnWeekday)):
        parts = [*parts, Part.NIGHT]
    if len(set(parts)) > 1:
        said.fault("odd_time")
    at = HOURS.get(parts[0]) if parts else None
    if parts and at is None:
        said.fault("which_hour")
    return Hour(at) if at else None


def _of_day(said: Times, clock: Clock, parts: Iterable[Part]) -> Hour | None:
    """The hour of the 24 that every part of the day named beside it admits."""
    parts = list(parts)
    if not parts:
        return _bare(clock)
    hours = [clock.hour] if clock.hour > 12 or clock.hour == 0 else [clock.hour % 12, clock.hour % 12 + 12]
    if clock.hour == 12 and Part.NIGHT in parts:
        hours.append(24)
    fitting = [hour for hour in hours if all(part.admits(hour) for part in parts)]
    if not fitting:
        said.fault("odd_time")
        return None
    return Hour(time(fitting[0] % 24, clock.minute), is_after=fitting[0] == 24)


def _bare(clock: Clock) -> Hour:
    if clock.hour == 24:
        return Hour(time(0), is_after=True)
    if clock.is_exact or clock.hour == 0:
        return Hour(time(clock.hour, clock.minute))
    late = time((clock.hour % 12 + 12) % 24, clock.minute)
    if clock.hour < OPENS:
        return Hour(late)
    return Hour(time(clock.hour, clock.minute), other=late if clock.hour < late.hour <= CLOSES else None)


def _day(said: Times, hour: Hour | None) -> date | None:
    """The day that was said. A weekday named beside another day must be that day's."""
    dates = [each for each in (_date(said), _counted(said)) if each is not None]
    if len(set(dates)) > 1:
        said.fault("two_times")
    weekday = said.one(OnWeekday)
    if weekday is None:
        if said.says(Word.NEXT_WEEK) or (said.says(Word.NEXT_MONTH) and not said.all(OnDate)):
            said.fault("which_day")
        return dates[0] if dates else None
    if not dates:
        return _coming(said, weekday, hour)
    if dates[0].weekday() != (weekday.weekday - weekday.is_eve) % 7:
        said.fault("weekday_differs")
    return dates[0]


def _counted(said: Times) -> date | None:
    counted = said.one(OnDay)
    if counted is None:
        return None
    if abs(counted.days) > FARTHEST.days:
        said.fault("too_far")
        return said.today + DAY
    return said.today + timedelta(days=counted.days)


def _coming(said: Times, asked: OnWeekday, hour: Hour | None) -> date:
    """The coming one, today's if its hour is ahead; "next" is next week's, whose first day is Monday."""
    weekday = (asked.weekday - asked.is_eve) % 7
    if asked.is_next or said.says(Word.NEXT_WEEK):
        return said.today - timedelta(days=said.today.weekday()) + timedelta(days=7 + weekday)
    day = said.today + timedelta(days=(weekday - said.today.weekday()) % 7)
    shown = hour or Hour(USUAL)
    is_over = said.moment(day + DAY if shown.is_after else day, shown.other or shown.at) <= said.now
    return day + timedelta(days=7) if is_over else day


def _date(said: Times) -> date | None:
    """The date that was said; without its year or month, the next such date, unless the last one is nearer."""
    asked = said.one(OnDate)
    if asked is None:
        return None
    first = said.today.replace(day=1)
    if asked.month is not None:
        first = date(asked.year or first.year, asked.month, 1)
    elif said.says(Word.NEXT_MONTH) or (asked.day < said.today.day and not asked.is_last):
        first = (first + timedelta(days=31)).replace(day=1)
    day = _within(first, asked)
    if asked.month is not None and asked.year is None and (day is None or day < said.today):
        following = _within(first.replace(year=first.year + 1), asked)
        is_near = following is not None and (day is None or following - said.today <= NEARER)
        day = following if is_near else day
    if day is None:
        said.fault("no_such_date")
    return day


def _within(first: date, asked: OnDate) -> date | None:
    """That day of the month; None if the month has none."""
    if asked.is_last:
        return (first + timedelta(days=31)).replace(day=1) - DAY
    try:
        return first.replace(day=asked.day)
    except ValueError:
        return None
