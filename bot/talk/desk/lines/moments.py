"""When a line's words of time come to: the shop's wall clock, never a guess that costs money. Pure.

What leaves room is settled by rules, and an owner sees in the answer how: a bare hour lies between seven in the
morning and nine in the evening, a day without an hour begins at nine, "next Friday" is next week's. What leaves too
much room is a fault, and the nearest moment that can be is only offered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.talk.desk.lines.clocks import hour_of
from bot.talk.desk.lines.days import day_of, has_day
from bot.talk.desk.lines.pieces import (
    Clock,
    During,
    InZone,
    Later,
    OnDate,
    OnDay,
    OnWeekday,
    Piece,
    Round,
    Triggered,
    Trouble,
    Word,
)
from bot.talk.desk.lines.spoken import DAY, FARTHEST, USUAL, Hour, Times
from campaigns.launching.drafts import When
from campaigns.launching.recurring import Every, Recurrence


@dataclass(frozen=True)
class Settled:
    """``when`` is None where nothing was said of it. With faults it is only the nearest that can be."""

    when: When | None
    faults: tuple[str, ...] = ()


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


def _again(said: Times, asked: Round, *, is_best: bool) -> When:
    """What comes round again; an hour that was not said stays, or is the usual one."""
    if has_day(said) or said.says(Word.NOW) or said.all(Later):
        said.fault("two_times")
    hour = hour_of(said)
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
    later, hour = said.one(Later), hour_of(said)
    if sum((bool(later), said.says(Word.NOW), has_day(said) or hour is not None)) > 1:
        said.fault("two_times")
    if said.says(Word.NOW):
        return When(at_best_hour=is_best)
    if later:
        return When(at=_ahead(said, (said.now + later.span).replace(second=0, microsecond=0)), at_best_hour=is_best)
    stays = said.onto.at_best_hour and hour is None
    if not has_day(said) and hour and said.onto.repeats:
        moved = replace(said.onto.repeats, at=hour.at)
        return replace(said.onto, repeats=moved, at_best_hour=is_best)
    at = _at(said, hour, is_best=is_best)
    if at is None and said.faults:
        return None  # a time that cannot be is never "at once"
    return When(at=at, at_best_hour=is_best or stays)


def _at(said: Times, hour: Hour | None, *, is_best: bool) -> datetime | None:
    """The moment, ahead of now; None is now itself."""
    if not has_day(said) and hour:
        return _next_showing(said, hour)
    day = day_of(said, hour)
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
