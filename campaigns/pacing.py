"""When: quiet hours and caps. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from campaigns.shop import Caps, QuietHours

MONTH = timedelta(days=30)
NEVER = datetime.max.replace(tzinfo=UTC)


def quiet_until(now: datetime, zone: ZoneInfo, quiet: QuietHours) -> datetime | None:
    """When the quiet hours that ``now`` lies in end, in UTC; None outside them.

    The end is the wall clock's where the customer lives: where summer time begins or ends in the night, the night is
    shorter or longer by that hour.
    """
    local = now.astimezone(zone)
    if not _is_quiet(local, quiet):
        return None
    end = local.replace(hour=quiet.end.hour, minute=quiet.end.minute, second=quiet.end.second, microsecond=0, fold=0)
    if local.replace(tzinfo=None) >= end.replace(tzinfo=None):
        end += timedelta(days=1)
    # An hour that comes twice in the night may end the quiet only the second time.
    until = end.astimezone(UTC)
    return until if until > now else end.replace(fold=1).astimezone(UTC)


def _is_quiet(local: datetime, quiet: QuietHours) -> bool:
    clock = local.time()
    if quiet.start <= quiet.end:
        return quiet.start <= clock < quiet.end
    return clock >= quiet.start or clock < quiet.end


def free_from(offers: Sequence[datetime], caps: Caps, now: datetime) -> datetime | None:
    """When the next offer may follow those sent at ``offers``; None if it may now."""
    waits = [at + timedelta(days=caps.days_between) for at in offers]
    month = sorted(at for at in offers if at > now - MONTH)
    if len(month) >= caps.per_30_days:
        waits.append(month[-caps.per_30_days] + MONTH if caps.per_30_days else NEVER)
    wait = max(waits, default=now)
    return wait if wait > now else None
