"""Fetching updates by asking for them: each is acknowledged once it was acted on, and none holds up the others."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar

from telegram import Bot, Update
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError

from bot.channels.telegram.errors import wait_of
from bot.channels.telegram.inbound import WANTED
from bot.talk.router import NotTaken

log = logging.getLogger(__name__)
POLL = timedelta(seconds=25)
AT_ONCE = timedelta()
PATIENCE_SECONDS = 0.5
"""How long the next updates wait for those before them; then they are fetched beside."""
LONGEST_PAUSE_SECONDS = 30.0

T = TypeVar("T")
Act = Callable[[Update], Awaitable[None]]
Tell = Callable[[str], object]
WELL, CONFLICT, REFUSED, FAILING = "well", "conflict", "refused", "failing"
"""How fetching goes, for whoever is told."""


@dataclass
class Pauses:
    """How long to wait before asking again: twice as long each time, or what Telegram says."""

    next_seconds: float = 1.0

    def after(self, fault: TelegramError | None = None) -> float:
        """Seconds to wait now."""
        wait, self.next_seconds = self.next_seconds, min(self.next_seconds * 2, LONGEST_PAUSE_SECONDS)
        return wait_of(fault).total_seconds() if isinstance(fault, RetryAfter) else wait

    def reset(self) -> None:
        self.next_seconds = 1.0


@dataclass
class Polling:
    """Asks one bot's updates and has ``act`` act on each; what raises NotTaken is fetched again."""

    bot: Bot
    act: Act
    pauses: Pauses = field(default_factory=Pauses)
    tell: Tell = str
    """Told after each time it was tried how it goes."""
    _begun: dict[int, asyncio.Task[bool]] = field(default_factory=dict)
    """By the update's number whether it was acted on, of those not acknowledged yet."""
    _offset: int | None = None

    async def go_on(self, stopping: asyncio.Event) -> None:
        """Until ``stopping``; what was begun is finished."""
        is_open = False
        while not stopping.is_set():
            try:
                if not is_open:
                    # A webhook of earlier days would keep every update to itself.
                    is_open = bool(await unless(stopping, self.bot.delete_webhook()))
                updates = await unless(stopping, self._updates()) or ()
            except TelegramError as fault:
                log.warning("Telegram gave no updates: %s", type(fault).__name__)
                self.tell(_standing(fault))
                is_open = is_open and not isinstance(fault, Conflict)
                await unless(stopping, asyncio.sleep(self.pauses.after(fault)))
                continue
            self.tell(WELL)
            self._begin(updates)
            is_well = await self._settle()
            if is_well:
                self.pauses.reset()
            else:
                await unless(stopping, asyncio.sleep(self.pauses.after()))
        await asyncio.gather(*self._begun.values())

    async def _updates(self) -> Sequence[Update]:
        # What is still being acted on would be given at once, over and over: ask no longer than for a look.
        is_busy = bool(self._begun)
        return await self.bot.get_updates(self._offset, timeout=AT_ONCE if is_busy else POLL, allowed_updates=WANTED)

    def _begin(self, updates: Sequence[Update]) -> None:
        for update in updates:
            if update.update_id not in self._begun:
                self._begun[update.update_id] = asyncio.create_task(self._take(update))

    async def _take(self, update: Update) -> bool:
        try:
            await self.act(update)
        except NotTaken:
            log.warning("an update of Telegram could not be kept; it is fetched again")
            return False
        except Exception as fault:  # noqa: BLE001 - one update must not keep the others waiting for ever
            log.error("an update of Telegram was not acted on: %s", type(fault).__name__)  # noqa: TRY400
        return True

    async def _settle(self) -> bool:
        """Wait a little for all that was begun, acknowledge what is done; False where something has to come again."""
        if self._begun:
            await asyncio.wait(self._begun.values(), timeout=PATIENCE_SECONDS)
        is_well = True
        for number, task in sorted(self._begun.items()):
            if not task.done():
                return is_well
            if not task.result():
                del self._begun[number]
                is_well = False
            elif is_well:
                del self._begun[number]
                self._offset = number + 1
        return is_well


def _standing(fault: TelegramError) -> str:
    match fault:
        case Conflict():
            return CONFLICT
        case InvalidToken():
            return REFUSED
        case _:
            return FAILING


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
