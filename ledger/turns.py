"""Who writes to SQLite's one file next, among the threads of a process: people first, everybody else in their order.

SQLite itself knows no queue. Whoever finds the writer's place taken sleeps a while and looks again, longer each time,
so that who came last may be first, and somebody who writes a message waits for a campaign's next batch and the next.
Between processes that is still so. See docs/decisions/0038-group-commits.md.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock

MOST_IN_A_ROW = 4
"""So many people's turns, and then one of whoever else waits: what was sent must be written down as well."""


class StillTaken(Exception):
    """The place was not free in time."""


@dataclass
class Turns:
    """One place, and who waits for it."""

    _door: Lock = field(default_factory=Lock)
    _people: deque[Lock] = field(default_factory=deque)
    _others: deque[Lock] = field(default_factory=deque)
    _is_taken: bool = False
    _in_a_row: int = 0

    @contextmanager
    def turn(self, wait_seconds: float, *, is_for_people: bool = False) -> Iterator[None]:
        """Hold the place while the block runs. Not to be asked for again inside. Raises StillTaken."""
        self._take(wait_seconds, self._people if is_for_people else self._others)
        try:
            yield
        finally:
            self._hand_on()

    def _take(self, wait_seconds: float, line: deque[Lock]) -> None:
        mine = Lock()
        with self._door:
            if not self._is_taken:
                self._is_taken = True
                return
            mine.acquire()
            line.append(mine)
        if mine.acquire(timeout=wait_seconds):
            return
        with self._door:
            if mine in line:
                line.remove(mine)
                raise StillTaken
        # It was handed over at the last moment.

    def _hand_on(self) -> None:
        with self._door:
            following = self._next()
            if following is None:
                self._is_taken = False
            else:
                following.release()

    def _next(self) -> Lock | None:
        if self._people and (self._in_a_row < MOST_IN_A_ROW or not self._others):
            self._in_a_row += 1
            return self._people.popleft()
        self._in_a_row = 0
        return self._others.popleft() if self._others else None
