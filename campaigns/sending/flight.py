"""Messages that are with a provider: each comes back by itself, and none waits for another."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import NamedTuple

from campaigns.channel import Outcome
from campaigns.sending.outbox import Attempt, Claimed

GATHERED_FOR_SECONDS = 0.1
"""So long what came back waits for more, that all of it may be written down at once."""


class Back(NamedTuple):
    """A message of which the provider has said something."""

    claimed: Claimed
    outcome: Outcome


class Flight:
    """What one drain has in the air. To be used from one event loop.

    ``send`` never raises; ``land`` is told of each message the moment it comes back.
    """

    def __init__(
        self, send: Callable[[Claimed], Awaitable[Outcome]], land: Callable[[Attempt, Outcome], None], enough: int
    ) -> None:
        self._send, self._land, self._enough = send, land, max(1, enough)
        self._tasks: dict[Attempt, asyncio.Task[None]] = {}
        self._up: dict[Attempt, str] = {}
        self._back: list[Back] = []
        self._is_worth_it = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        """How many are up, or came back and were not taken yet."""
        return len(self._tasks) + len(self._back)

    @property
    def up(self) -> dict[Attempt, str]:
        """Which are still up, and where."""
        return dict(self._up)

    def start(self, claimed: Iterable[Claimed]) -> None:
        """Hand these to their providers."""
        for each in claimed:
            self._up[each.attempt] = each.channel
            self._tasks[each.attempt] = asyncio.ensure_future(self._fly(each))

    def take(self) -> list[Back]:
        """What came back since this was last asked."""
        back, self._back = self._back, []
        self._is_worth_it.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        return back

    async def gather(self, wait_seconds: float | None = None) -> None:
        """Until there is enough to write down, or the first has waited long enough, or ``wait_seconds`` are over."""
        if self._tasks or self._back:
            try:
                async with asyncio.timeout(wait_seconds):
                    await self._is_worth_it.wait()
            except TimeoutError:
                return

    async def end(self) -> None:
        """Until the last is back."""
        while self._tasks:
            await asyncio.wait(self._tasks.values())

    def drop(self) -> None:
        """Whoever is in a hurry waits for none of them; what becomes of them nobody will know."""
        for task in self._tasks.values():
            task.cancel()

    async def _fly(self, claimed: Claimed) -> None:
        try:
            outcome = await self._send(claimed)
        finally:
            del self._tasks[claimed.attempt], self._up[claimed.attempt]
        self._land(claimed.attempt, outcome)
        self._back.append(Back(claimed, outcome))
        if len(self._back) >= self._enough or not self._tasks:
            self._is_worth_it.set()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(GATHERED_FOR_SECONDS, self._is_worth_it.set)
