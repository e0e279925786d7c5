"""When a span begins and ends, by the shop's calendar. Pure."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from campaigns.grouping.conditions import Span, Stretch

DAY = timedelta(days=1)


def bounds(span: Span, now: datetime, zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
    """From when on and before when, aware; None where there is no end. ``now`` is aware."""
    if span.days is not None:
        return now - timedelta(days=span.days), None
    if span.stretch is not None:
        first, after = _days(span.stretch, now.astimezone(zone).date())
        return _midnight(first, zone), _midnight(after, zone) if after is not None else None
    since = _midnight(span.since, zone) if span.since is not None else None
    until = _midnight(span.until + DAY, zone) if span.until is not None and span.until < date.max else None
    return since, until


def _days(stretch: Stretch, today: date) -> tuple[date, date | None]:
    """The first day of it, and the first after it, if it ends."""
    month, year, monday = today.replace(day=1), today.replace(month=1, day=1), today - today.weekday() * DAY
    last_month, last_year = (month - DAY).replace(day=1), year.replace(year=year.year - 1)
    next_month = (month + 31 * DAY).replace(day=1)
    found: dict[Stretch, tuple[date, date | None]] = {
        Stretch.TODAY: (today, today + DAY),
        Stretch.YESTERDAY: (today - DAY, today),
        Stretch.THIS_WEEK: (monday, monday + 7 * DAY),
        Stretch.LAST_WEEK: (monday - 7 * DAY, monday),
        Stretch.THIS_MONTH: (month, next_month),
        Stretch.LAST_MONTH: (last_month, month),
        Stretch.THIS_YEAR: (year, year.replace(year=year.year + 1)),
        Stretch.LAST_YEAR: (last_year, year),
        Stretch.SINCE_YESTERDAY: (today - DAY, None),
        Stretch.SINCE_LAST_WEEK: (monday - 7 * DAY, None),
        Stretch.SINCE_LAST_MONTH: (last_month, None),
        Stretch.SINCE_LAST_YEAR: (last_year, None),
    }
    return found[stretch]


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)
