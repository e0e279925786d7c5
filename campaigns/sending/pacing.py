"""When: quiet hours and caps. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from campaigns.launching.recurring import Every, Recurrence
from campaigns.shop import Caps, QuietHours

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
MONTH = timedelta(days=30)
LONGEST_QUIET = timedelta(days=3)
"""Beyond this no changing of clocks explains it: the quiet hours leave no time of day."""
NEVER = datetime.max.replace(tzinfo=UTC)


def quiet_until(now: datetime, zone: ZoneInfo, *quiet: QuietHours) -> datetime | None:
    """The first moment outside all of ``quiet``, in UTC; None where ``now`` is one, NEVER where there is none.

    Quiet hours are the wall clock's where the customer lives: where summer time begins or ends in the night, the
    night is shorter or longer by that hour.
    """
    moment = now
    while within := [hours for hours in quiet if _is_quiet(moment.astimezone(zone), hours)]:
        moment = max(_end(moment, zone, hours) for hours in within)
        if moment - now > LONGEST_QUIET:
            return NEVER
    return moment if moment > now else None


def open_minutes(*quiet: QuietHours) -> int:
    """How many minutes of an ordinary day lie outside all of ``quiet``."""
    day = datetime(2001, 1, 1)  # noqa: DTZ001 - any day of the wall clock
    return sum(not any(_is_quiet(day + MINUTE * n, hours) for hours in quiet) for n in range(DAY // MINUTE))


def open_hours(*quiet: QuietHours) -> tuple[bool, ...]:
    """Of the 24 hours of an ordinary day, which lie outside all of ``quiet`` from the first minute to the last."""
    day = datetime(2001, 1, 1)  # noqa: DTZ001 - any day of the wall clock
    minutes = [not any(_is_quiet(day + MINUTE * n, hours) for hours in quiet) for n in range(DAY // MINUTE)]
    return tuple(all(minutes[hour * 60 : hour * 60 + 60]) for hour in range(24))


def best_moment(hour: int, now: datetime, zone: ZoneInfo, *quiet: QuietHours) -> datetime:
    """The next time from ``now`` on that it is that hour where somebody lives and not quiet; at most a day on.

    Within the hour itself that is now. Where it lies in the quiet hours, it is their end; where that is more than a
    day away, the first moment that is not quiet (NEVER where there is none).
    """
    is_now = now.astimezone(zone).hour == hour
    begins = now if is_now else Recurrence(Every.DAY, time(hour)).next_after(now, zone)
    best = quiet_until(begins, zone, *quiet) or begins
    return best if best - now <= DAY else quiet_until(now, zone, *quiet) or now


def _is_quiet(local: datetime, quiet: QuietHours) -> bool:
    clock = local.time()
    if quiet.start <= quiet.end:
        return quiet.start <= clock < quiet.end
    return clock >= quiet.start or clock < quiet.end


def _end(moment: datetime, zone: ZoneInfo, quiet: QuietHours) -> datetime:
    """When the hours that ``moment`` lies in end, or the clock is changed: then one has to look again."""
    clock = moment.astimezone(zone).replace(tzinfo=None)
    end = datetime.combine(clock, quiet.end)
    ends = moment + (end - clock if end > clock else end - clock + DAY)
    return ends if _offset(ends, zone) == _offset(moment, zone) else _change(moment, ends, zone)


def _change(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The minute between two moments in which the clocks are changed."""
    start = before.replace(second=0, microsecond=0)
    minutes = range((after - start) // MINUTE + 1)
    usual = _offset(before, zone)
    return start + MINUTE * bisect_left(minutes, True, key=lambda n: _offset(start + MINUTE * n, zone) != usual)


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta | None:
    return moment.astimezone(zone).utcoffset()


def free_from(offers: Sequence[datetime], caps: Caps, now: datetime) -> datetime | None:
    """When the next offer may follow those sent at ``offers``; None if it may now.

    What was sent more than a day from now was sent while the clock was wrong, nobody knows when: it keeps no one
    waiting.
    """
    real = [at for at in offers if at <= now + DAY]
    waits = [at + timedelta(days=caps.days_between) for at in real]
    month = sorted(at for at in real if at > now - MONTH)
    if len(month) >= caps.per_30_days:
        waits.append(month[-caps.per_30_days] + MONTH if caps.per_30_days else NEVER)
    wait = max(waits, default=now)
    return wait if wait > now else None
