"""The only place where concrete things meet: settings, clock, database, channels."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.clock import Clock
from bot.inbound import Inbound
from bot.settings import Settings
from bot.talk.router import Heard, Router
from campaigns.channel import Channel, Outgoing
from campaigns.composing import Composer
from campaigns.dispatching import Dispatcher
from campaigns.shop import Shop
from ledger.database import Database


@dataclass(frozen=True)
class App:
    """A shop, ready to speak."""

    settings: Settings
    shop: Shop
    clock: Clock
    database: Database
    composer: Composer
    channels: Mapping[str, Channel]
    router: Router
    dispatcher: Dispatcher

    async def hear(self, inbound: Inbound) -> Heard:
        """Answer one message of one person over the channel it came from."""
        heard = await asyncio.to_thread(self.router.receive, inbound)
        for reply in heard.replies:
            await self.channels[inbound.channel].send(Outgoing(inbound.address, reply.text, reply.buttons))
        return heard

    def close(self) -> None:
        self.database.close()


def build(settings: Settings, clock: Clock, channels: Iterable[Channel], url: str, shop: Shop | None = None) -> App:
    """The shop of ``url``, its tables brought up to date, its templates checked.

    Raises BadDatabaseUrl, BrokenTemplate.
    """
    shop = shop or settings.shop()
    database = Database(url, secret=settings.secret())
    database.migrate()
    composer = Composer()
    composer.check()
    by_name = {channel.name: channel for channel in channels}
    return App(
        settings=settings,
        shop=shop,
        clock=clock,
        database=database,
        composer=composer,
        channels=by_name,
        router=Router(database, composer, shop, by_name.keys(), clock),
        dispatcher=Dispatcher(database, by_name, composer, shop, clock.now),
    )
