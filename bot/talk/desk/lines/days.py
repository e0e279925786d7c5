"""The day that was said, counted in the shop's zone. Pure."""

from __future__ import annotations

from datetime import date, timedelta

from bot.talk.desk.lines.pieces import OnDate, OnDay, OnWeekday, Word
from bot.talk.desk.lines.spoken import DAY, FARTHEST, USUAL, Hour, Times

NEARER = timedelta(days=183)


def has_day(said: Times) -> bool:
    """Whether a day was said at all."""
    return any(said.all(kind) for kind in (OnDay, OnWeekday, OnDate)) or _is_next(said)


def _is_next(said: Times) -> bool:
    return said.says(Word.NEXT_WEEK) or said.says(Word.NEXT_MONTH)


def day_of(said: Times, hour: Hour | None) -> date | None:
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
        if said.says(Word.NEXT_MONTH):
            said.fault("which_day")
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
