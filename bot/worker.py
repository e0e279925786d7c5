"""What happens by itself: offers go out when they are due, news is told; and in one process of all, what
bot/leading.py does."""

from __future__ import annotations

import asyncio
import logging
import secrets
import sys
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from functools import partial

from bot.app import App
from bot.leading import lead
from bot.rounds import Rounds, Stopping
from bot.settings import Settings
from bot.tenure import Tenure
from ledger import leases

log = logging.getLogger(__name__)
DRAIN_EVERY_SECONDS = 5
MINE = (sys.executable, "-m", "bot.cli", "mine")


class Worker:
    """Sends and tells on the running loop, beside as many others as there are: what is due is taken row by row.

    The scheduler's jobs it does while it holds their lease, under the name ``shift``.
    """

    def __init__(
        self,
        app: App,
        mine_command: Sequence[str],
        drain_every_seconds: float = DRAIN_EVERY_SECONDS,
        shift: str | None = None,
    ) -> None:
        self.app, self.drain_every_seconds = app, drain_every_seconds
        self.rounds = Rounds(app.shop.zone)
        self.tenure = Tenure(
            app.database,
            leases.SCHEDULER,
            shift or secrets.token_hex(8),
            partial(lead, app, mine_command),
            app.clock.now,
        )
        self._closing = asyncio.Event()
        self._keeping: asyncio.Task[None] | None = None

    def start(self) -> asyncio.Task[None]:
        """Begin; needs a running loop. What it gives ends when it is stopped, or where something is wrong."""
        self.rounds.every(self.drain_every_seconds, "drain", self.drain)
        # Beside the offers: news for the shop does not wait for the last of a long campaign.
        self.rounds.every(self.drain_every_seconds, "tell", self.tell)
        self.rounds.begin()
        self._keeping = asyncio.create_task(self.tenure.keep(self._closing))
        return self._keeping

    async def stop(self) -> None:
        """Claim nothing more and wait for what is in flight. Whoever is in a hurry cancels this."""
        self.rounds.halt()
        self._closing.set()
        if self._keeping is not None:
            await asyncio.gather(self._keeping, self.rounds.finish())

    async def drain(self) -> None:
        """Send what is due."""
        try:
            async with self._alone():
                await self.app.dispatcher.drain(self.rounds.require)
        except Stopping:
            log.info("sending stops here and goes on after the next start")

    async def tell(self) -> None:
        """Tell the notices that are due."""
        async with self._alone():
            await self.app.tell_waiting(self.rounds.may_go_on)

    def _alone(self) -> AbstractAsyncContextManager[object]:
        """While a clock is moved, whoever moves it sends what comes due on the way."""
        return self.app.passage.lock if self.app.passage is not None else nullcontext()


def mine_command(app: App, settings: Settings) -> Sequence[str]:
    """The command that mines the shop which ``app`` has open."""
    is_demo = app.database.engine.url.render_as_string(hide_password=False) == settings.demo_url()
    return [*MINE, "--demo"] if is_demo and settings.demo_url() != settings.shop_url() else MINE
