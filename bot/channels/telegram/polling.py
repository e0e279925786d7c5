"""Fetching updates by asking for them: each is acknowledged once it was acted on, and none holds up the others."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from telegram.error import Conflict, InvalidToken

from bot.channels.telegram.pending import Act, Blame, Pending, nobody
from bot.channels.telegram.reading import FetchingBot
from bot.channels.telegram.waiting import Pauses, unless

log = logging.getLogger(__name__)
POLL = timedelta(seconds=25)
AT_ONCE = timedelta()
PATIENCE_SECONDS = 0.5
"""How long the next updates wait for those before them; then they are fetched beside."""
LOOK_AGAIN_SECONDS = 2.0
"""How long where nothing new came, unless something gets on."""

Tell = Callable[[str], object]
WELL, CONFLICT, REFUSED, FAILING = "well", "conflict", "refused", "failing"
"""How fetching goes, for whoever is told."""


@dataclass
class Polling:
    """Asks one bot's updates and has ``act`` act on each; what raises NotTaken is tried again.

    ``tell`` is told after each time it was asked how it goes, and ``blame`` where one could not be read or acted on.
    """

    bot: FetchingBot
    act: Act
    pauses: Pauses = field(default_factory=Pauses)
    tell: Tell = str
    blame: Blame = nobody
    again_seconds: float = 1.0
    """How long what was not taken waits at first."""
    _offset: int | None = None

    async def go_on(self, stopping: asyncio.Event) -> None:
        """Until ``stopping``; what was begun is finished."""
        pending, is_open = Pending(self.act, self.blame, stopping, self.again_seconds), False
        is_down = False
        while not stopping.is_set():
            # What is still being acted on would be given at once, over and over: ask no longer than for a look.
            wait = AT_ONCE if len(pending) else POLL
            try:
                if not is_open:
                    # A webhook of earlier days would keep every update to itself.
                    is_open = bool(await unless(stopping, self.bot.delete_webhook()))
                told = await unless(stopping, self.bot.told(self._offset, wait)) or ()
            except Exception as fault:  # noqa: BLE001 - whatever answers in Telegram's place, later it may be Telegram
                # Whoever is told says so in the shop's own words, once: a line for each try would drown them.
                level = logging.DEBUG if is_down else logging.INFO
                log.log(level, "Telegram gave no updates: %s", type(fault).__name__)
                is_down = True
                self.tell(_standing(fault))
                is_open = is_open and not isinstance(fault, Conflict)
                await unless(stopping, asyncio.sleep(self.pauses.after(fault)))
                continue
            is_down = False
            self.tell(WELL)
            self.pauses.reset()
            is_new = pending.begin(told)
            await pending.wait(PATIENCE_SECONDS if is_new else LOOK_AGAIN_SECONDS, for_all=is_new)
            done = await pending.settled()
            self._offset = self._offset if done is None else done + 1
        await pending.finish()


def _standing(fault: Exception) -> str:
    match fault:
        case Conflict():
            return CONFLICT
        case InvalidToken():
            return REFUSED
        case _:
            return FAILING
