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


class MovableClock:
    """The computer's clock, ahead by as much as it was moved: it runs on, can be held still, and never goes back."""

    def __init__(self, base: SystemClock | None = None) -> None:
        self._base = base or SystemClock()
        self._ahead = timedelta()
        self._held: datetime | None = None

    def now(self) -> datetime:
        held = self._held
        return held if held is not None else self._base.now() + self._ahead

    def sure(self) -> datetime:
        """As of the computer's own. Raises ClockLeapt."""
        sure, held = self._base.sure(), self._held
        return held if held is not None else sure + self._ahead

    @property
    def ahead(self) -> timedelta:
        """By how much it goes before the computer's."""
        held = self._held
        return self._ahead if held is None else max(self._ahead, held - self._base.now())

    def catch_up(self, ahead: timedelta) -> None:
        """Go at least so much before the computer's."""
        self._ahead = max(self._ahead, ahead)

    def hold(self) -> None:
        """Stand still, until it is moved or let go."""
        self._held = self.now()

    def move_to(self, at: datetime) -> None:
        """Show ``at``, and stand still there. Raises ValueError for what has been."""
        if at < self.now():
            raise ValueError("a shop's clock does not go back")
        self._held = at.astimezone(UTC)

    def let_go(self) -> None:
        """Run on from where it stands."""
        self._ahead, self._held = self.ahead, None


def sure_of(clock: Clock) -> Callable[[], datetime]:
    """How to ask ``clock`` about what cannot be taken back. One that is moved by hand is always right."""
    return clock.sure if isinstance(clock, SystemClock | MovableClock) else clock.now


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
