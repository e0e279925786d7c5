"""What comes while one transaction is under way goes together into the next, and is claimed when that is committed.

    one after the other in the order they came → as many as wait, at most so many → one transaction → each its answer

A disk takes milliseconds to keep one transaction, and hardly more to keep one of many: whoever waits alone waits no
longer, and whoever comes in a crowd shares the wait. See docs/decisions/0038-group-commits.md.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")
MOST_AT_ONCE = 256
MOST_WAITING = 2_000
"""About a second's worth: whoever comes when so many wait is asked to come again."""


class Overfull(Exception):
    """Too many wait already; nothing of this one was done."""


@dataclass
class Gathering(Generic[T, R]):
    """``act`` does many in one transaction, in a thread of its own, and gives what came of each: an answer, or what
    is to be raised to whoever waits for it.

    Where it raises, nothing was kept and each is tried by itself, so that one that fails fails alone; unless the
    fault ``is_everybodys``.
    """

    act: Callable[[Sequence[T]], Sequence[R | Exception]]
    is_everybodys: Callable[[Exception], bool]
    most_at_once: int = MOST_AT_ONCE
    most_waiting: int = MOST_WAITING
    _waiting: deque[tuple[T, asyncio.Future[R]]] = field(default_factory=deque)
    _at_work: asyncio.Task[None] | None = None
    _thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "gathering"))

    async def add(self, each: T) -> R:
        """What came of it, once it is committed. Raises Overfull, and what ``act`` raises of it.

        Whoever waits may go away: it is done all the same.
        """
        if len(self._waiting) >= self.most_waiting:
            raise Overfull
        loop = asyncio.get_running_loop()
        promised: asyncio.Future[R] = loop.create_future()
        self._waiting.append((each, promised))
        if self._at_work is None:
            self._at_work = loop.create_task(self._work())
        return await promised

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._waiting:
                taken = [self._waiting.popleft() for _ in range(min(len(self._waiting), self.most_at_once))]
                came = await loop.run_in_executor(self._thread, self._done, [each for each, _ in taken])
                for (_, promised), of_it in zip(taken, came, strict=True):
                    _keep(promised, of_it)
        finally:
            self._at_work = None
            while self._waiting:
                self._waiting.popleft()[1].cancel()

    def _done(self, these: Sequence[T]) -> Sequence[R | Exception]:
        try:
            return self.act(these)
        except Exception as fault:  # noqa: BLE001 - whose it is, is found out below
            if len(these) == 1 or self.is_everybodys(fault):
                return [fault] * len(these)
        return [self._alone(each) for each in these]

    def _alone(self, each: T) -> R | Exception:
        try:
            return self.act([each])[0]
        except Exception as fault:  # noqa: BLE001 - told to whoever waits for this one
            return fault


def _keep(promised: asyncio.Future[R], came: R | Exception) -> None:
    if promised.done():
        # Whoever asked went away.
        return
    if isinstance(came, Exception):
        promised.set_exception(came)
    else:
        promised.set_result(came)
