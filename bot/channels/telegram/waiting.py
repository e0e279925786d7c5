"""Waiting: growing pauses, and no longer than until we close."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

from telegram.error import RetryAfter

from bot.channels.telegram.errors import wait_of

LONGEST_PAUSE_SECONDS = 30.0

T = TypeVar("T")


@dataclass
class Pauses:
    """How long to wait before trying again: twice as long each time, or what Telegram says."""

    next_seconds: float = 1.0

    def after(self, fault: Exception | None = None) -> float:
        """Seconds to wait now."""
        wait, self.next_seconds = self.next_seconds, min(self.next_seconds * 2, LONGEST_PAUSE_SECONDS)
        return wait_of(fault).total_seconds() if isinstance(fault, RetryAfter) else wait

    def reset(self) -> None:
        self.next_seconds = 1.0


async def unless(stopping: asyncio.Event, awaited: Coroutine[Any, Any, T]) -> T | None:
    """What ``awaited`` gives, or None when ``stopping`` comes first. Raises what ``awaited`` raises."""
    work, stop = asyncio.create_task(awaited), asyncio.create_task(stopping.wait())
    try:
        await asyncio.wait([work, stop], return_when=asyncio.FIRST_COMPLETED)
        return work.result() if work.done() else None
    finally:
        for task in (work, stop):
            task.cancel()
        await asyncio.gather(work, stop, return_exceptions=True)
