"""The hour of the day that was said, by the shop's wall clock. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import time

from bot.talk.desk.lines.pieces import Clock, During, OnWeekday, Part
from bot.talk.desk.lines.spoken import Hour, Times

OPENS, CLOSES = 7, 20
"""A bare hour is one of these, and those between: shops write by day."""
HOURS = {Part.MORNING: time(9), Part.NOON: time(12), Part.AFTERNOON: time(16), Part.EVENING: time(19),
         Part.NIGHT: time(19), Part.AM: time(9)}  # fmt: skip
"""When a part of the day begins for us, where no hour is said."""


def hour_of(said: Times) -> Hour | None:
    """None where none was said, or none that can be."""
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
