"""How what people say is taken: acted on at once, answered in the background, each chat for itself.

    taken (one transaction) → answers in order per chat, news told beside them, errands begun

Whatever the provider delivers twice is acted on once. What could not be kept is not claimed to be: NotTaken.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain, repeat

from bot import sending
from bot.errands import Errand
from bot.gathering import Gathering, Overfull
from bot.inbound import Inbound
from bot.news import News
from bot.one_by_one import OneByOne
from bot.panels import Panels
from bot.saying import Mouth, outgoing_of
from bot.talk.router import Heard, NotTaken, Router, is_leaving
from campaigns.channel import Sent, Unreachable
from campaigns.outcomes.charts import Chart, PathChart
from campaigns.words.composing import Reply
from ledger import identity

log = logging.getLogger(__name__)
HELD_WAITS_SECONDS = (5, 15, 30, 60)
"""Between one try and the next to take a STOP after all; from the last on always as long."""
MOST_HELD = 1_000
MOST_AT_ONCE = 16
"""Messages kept by one commit: whoever is first waits for the last of them."""


@dataclass(frozen=True)
class Taken:
    """What was committed, and what goes on in the background."""

    heard: Heard
    answered: asyncio.Task[list[Reply]]
    told: asyncio.Task[None]


def together(router: Router) -> Gathering[Inbound, Heard] | None:
    """On SQLite, which has one writer: what comes while it writes is kept together. PostgreSQL has many."""
    if not router.database.is_sqlite:
        return None
    return Gathering(router.receive_all, lambda fault: isinstance(fault, NotTaken), most_at_once=MOST_AT_ONCE)


@dataclass(frozen=True)
class Hearing:
    """Takes what people say through ``router``, answers through ``mouth``; ``begin`` sees to what is left to do."""

    router: Router
    mouth: Mouth
    news: News
    begin: Callable[[Errand], None]
    together: Gathering[Inbound, Heard] | None = None
    """What people of different chats say at the same time; None: each in a transaction and a thread of its own."""
    chats: OneByOne = field(default_factory=OneByOne)
    """What is being acted on, by chat."""
    held: OneByOne = field(default_factory=OneByOne)
    """Who said that they leave while the database was away."""
    panels: Panels = field(default_factory=Panels)

    async def take(self, inbound: Inbound) -> Taken:
        """Act on one message. Raises BadAddress and NotTaken."""
        inbound = replace(inbound, unread=self.mouth.proofs.from_now_on())
        chat = inbound.channel, identity.normalise(inbound.channel, inbound.address, self.router.shop.region)
        # Whoever asked may go away meanwhile; what is committed is answered all the same.
        return await asyncio.shield(self.chats.begin(chat, partial(self._act_on, inbound, chat)))

    async def finish(self) -> None:
        """Wait until everything that was said is answered and told, or given up."""
        await self.chats.finish()
        await self.mouth.chats.finish()

    async def stop(self) -> None:
        """Give up what is not said yet."""
        late = await self.chats.stop() + await self.mouth.chats.stop()
        await self.held.stop()
        if late:
            log.warning("%d answers or notices were not sent: the time for closing was over", late)

    async def _act_on(self, inbound: Inbound, chat: tuple[str, str]) -> Taken:
        try:
            inbound = replace(inbound, proves=self.mouth.proofs.of(inbound))
            heard = await self._heard(inbound)
        except NotTaken:
            self._hold(inbound)
            raise
        answered = self.mouth.chats.begin(chat, partial(self._answer, inbound, heard))
        told = self.mouth.chats.begin(answered, self.news.tell_at_once)
        for errand in heard.errands:
            self.begin(errand)
        return Taken(self._placed(inbound, heard), answered, told)

    async def _heard(self, inbound: Inbound) -> Heard:
        """Raises NotTaken."""
        if self.together is None:
            return await asyncio.to_thread(self.router.receive, inbound)
        try:
            return await self.together.add(inbound)
        except Overfull:
            raise NotTaken from None

    def _hold(self, inbound: Inbound) -> None:
        """Not every provider delivers again what we could not take, and a STOP is not to be lost to that."""
        number = inbound.channel, inbound.provider_message_id
        if is_leaving(inbound) and number not in self.held and len(self.held) < MOST_HELD:
            self.held.begin(number, partial(self._take_later, inbound))

    async def _take_later(self, inbound: Inbound) -> None:
        for wait in chain(HELD_WAITS_SECONDS, repeat(HELD_WAITS_SECONDS[-1])):
            await asyncio.sleep(wait)
            with suppress(NotTaken):
                await self.take(inbound)
                return

    async def _answer(self, inbound: Inbound, heard: Heard) -> list[Reply]:
        channel, address = inbound.channel, inbound.address
        replies = [await self._with_its_picture(channel, reply) for reply in heard.replies]
        for place, reply in enumerate(replies, 1):
            replaces = inbound.in_reply_to if self._takes_a_place(inbound, heard, reply) else None
            # A question stands last; what was said above it does not show it.
            asks = heard.asks if place == len(replies) else None
            outcome = await self.mouth.say(channel, outgoing_of(address, reply, replaces), sending.ANSWER, asks)
            if isinstance(outcome, Unreachable):
                break
            if reply.in_place and isinstance(outcome, Sent):
                self.panels.add(channel, address, outcome.provider_message_id)
        return replies

    def _takes_a_place(self, inbound: Inbound, heard: Heard, reply: Reply) -> bool:
        """Whether it is written over the message that was pressed: one that was itself meant for that."""
        may = reply.in_place and inbound.is_press and len(heard.replies) == 1
        return may and self.panels.has(inbound.channel, inbound.address, inbound.in_reply_to)

    def _placed(self, inbound: Inbound, heard: Heard) -> Heard:
        """As it is told: in place is what really takes one."""
        told = [replace(each, in_place=self._takes_a_place(inbound, heard, each)) for each in heard.replies]
        return replace(heard, replies=told)

    async def _with_its_picture(self, channel: str, reply: Reply) -> Reply:
        """The reply with its chart as a picture where one can go; its text says everything also without."""
        if reply.chart is None or reply.document is not None or not self.mouth.channels[channel].carries_pictures:
            return reply
        return await asyncio.to_thread(_drawn, reply, reply.chart)


def _drawn(reply: Reply, chart: Chart | PathChart) -> Reply:
    from bot import drawing  # Pillow, which nobody needs who looks at no chart

    try:
        return replace(reply, document=drawing.picture(chart))
    except Exception as fault:  # noqa: BLE001 - whatever cannot be drawn, the words must arrive
        log.error("a chart was not drawn: %s", type(fault).__name__)  # noqa: TRY400
        return reply
