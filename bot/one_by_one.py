"""Work in the background: of one key one after the other, of different keys side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass
class OneByOne:
    """Remembers no more than what is under way."""

    _last: dict[Hashable, asyncio.Task[Any]] = field(default_factory=dict)
    _tasks: set[asyncio.Task[Any]] = field(default_factory=set)

    def __len__(self) -> int:
        return len(self._tasks)

    def __contains__(self, key: Hashable) -> bool:
        return key in self._last

    def begin(self, key: Hashable, do: Callable[[], Awaitable[T]]) -> asyncio.Task[T]:
        """Do it once everything begun before under the same key has ended, however it ended.

        Whoever awaits the task and may be cancelled meanwhile shields it: it is nobody's alone.
        """
        task = asyncio.create_task(_after(self._last.get(key), do))
        self._last[key] = task
        self._tasks.add(task)
        task.add_done_callback(partial(self._let_go, key))
        return task

    def _let_go(self, key: Hashable, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            # Whoever wants to know how it ended awaits it; nobody else is to read of it in the log.
            task.exception()
        if self._last.get(key) is task:
            del self._last[key]

    async def finish(self) -> None:
        """Wait until nothing is under way."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def stop(self) -> int:
        """Give up what is under way; how much that was."""
        late = list(self._tasks)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        return len(late)


async def _after(before: asyncio.Task[Any] | None, do: Callable[[], Awaitable[T]]) -> T:
    if before is not None and not before.done():
        await asyncio.wait([before])
    return await do()
