"""The only place where the time is asked."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

LARGEST_LEAP = timedelta(days=1)
DOUBTED = timedelta(hours=1)


class ClockLeapt(RuntimeError):
    """The clock went ahead by more than a day at once. Nothing is called too late by it until it is put right, or
    until it has stood by its word for an hour."""


class Clock(Protocol):
    def now(self) -> datetime:
        """The time, aware, UTC."""
        ...


def since_start() -> float:
    """Seconds that really passed since the computer was started, its sleep among them; nobody sets them."""
    # Elsewhere than on Linux there is no other that goes on while the computer sleeps.
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


def _utc() -> datetime:
    return datetime.now(UTC)


class SystemClock:
    """The computer's. ``wall`` is what it shows, ``passed`` counts the seconds that really pass."""

    def __init__(self, wall: Callable[[], datetime] = _utc, passed: Callable[[], float] = since_start) -> None:
        self._wall, self._passed = wall, passed
        self._began = self._start()
        self._doubted_since: float | None = None

    def now(self) -> datetime:
        return self._wall()

    def sure(self) -> datetime:
        """The time, for what cannot be taken back by setting the clock right. Raises ClockLeapt."""
        began = self._start()
        if began - self._began <= LARGEST_LEAP:
            self._began, self._doubted_since = began, None
            return self._wall()
        passed = self._passed()
        if self._doubted_since is None:
            self._doubted_since = passed
        if passed - self._doubted_since < DOUBTED.total_seconds():
            raise ClockLeapt(f"the clock went ahead by {(began - self._began).days} days at once")
        self._began, self._doubted_since = began, None
        return self._wall()

    def _start(self) -> datetime:
        """When it must have been started, by what it shows: always the same, as long as nobody sets it."""
        return self._wall() - timedelta(seconds=self._passed())


def sure_of(clock: Clock) -> Callable[[], datetime]:
    """How to ask ``clock`` about what cannot be taken back. One that is moved by hand is always right."""
    return clock.sure if isinstance(clock, SystemClock) else clock.now


class ManualClock:
    """A clock that stands still until it is moved: for stories, tests and the demo."""

    def __init__(self, start: datetime) -> None:
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        return self._now

    def forward(self, by: timedelta) -> None:
        self._now += by

    def set(self, to: datetime) -> None:
        self._now = to.astimezone(UTC)
