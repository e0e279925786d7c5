"""Notices on their way: claimed, told in their chats, settled. See ledger/notices.py and bot/telling.py."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

from bot import sending, telling
from bot.gathering import Gathering
from bot.saying import Mouth
from bot.telling import Telling
from campaigns.channel import Outcome, Sent
from campaigns.shop import Shop
from campaigns.words.composing import Composer
from ledger import notices

log = logging.getLogger(__name__)
LATEST = notices.CLAIM / 4
"""A notice that waited so long for its chat is left to the next round: soon somebody else may tell it as well."""
LOOK_AGAIN_SECONDS = 5


@dataclass(frozen=True)
class News:
    """Tells what is due through ``mouth``."""

    mouth: Mouth
    composer: Composer
    shop: Shop

    async def tell(self, may_go_on: Callable[[], bool] = lambda: True) -> int:
        """Tell what is due, each at least once; how many arrived."""
        arrived, under_way = 0, set[asyncio.Task[int]]()
        while (claimed := await self._claimed(may_go_on)) or under_way:
            by_chat: dict[tuple[str, str], list[Telling]] = {}
            for each in claimed:
                by_chat.setdefault((each.channel, each.outgoing.address), []).append(each)
            # Within a chat the order is kept, answers and all; one that hangs does not hold up the others.
            under_way |= {self.mouth.chats.begin(chat, partial(self._tell, of)) for chat, of in by_chat.items()}
            if not claimed:
                # How one telling went may be news to others, and beside one that hangs there is other news.
                done, under_way = await asyncio.wait(
                    under_way, timeout=LOOK_AGAIN_SECONDS, return_when=asyncio.FIRST_COMPLETED
                )
                arrived += sum(each.result() for each in done)
        return arrived

    async def tell_at_once(self) -> None:
        """What somebody just said may be news to others. Whoever said it has their answer, whatever fails here."""
        try:
            await self.tell()
        except Exception as fault:  # noqa: BLE001 - it is tried again by itself
            log.error("notices were not told: %s", type(fault).__name__)  # noqa: TRY400

    async def _claimed(self, may_go_on: Callable[[], bool]) -> Sequence[Telling]:
        return await self._looks.add(None) if may_go_on() else ()

    @cached_property
    def _looks(self) -> Gathering[None, Sequence[Telling]]:
        """Each message may be news to others: those that come together are looked after together."""
        return Gathering(self._look, lambda _fault: True)

    def _look(self, these: Sequence[None]) -> list[Sequence[Telling]]:
        return [self._claim(), *(() for _ in these[1:])]

    async def _tell(self, chat: Sequence[Telling]) -> int:
        arrived = 0
        for each in chat:
            if self.mouth.clock.now() - each.claimed_at > LATEST:
                continue
            outcome = await self.mouth.say(each.channel, each.outgoing, sending.ONCE)
            await asyncio.to_thread(self._settle, each.notice_id, outcome)
            arrived += isinstance(outcome, Sent)
        return arrived

    def _claim(self) -> Sequence[Telling]:
        now, served = self.mouth.clock.now(), self.mouth.channels.keys()
        with self.mouth.database.reading() as session:
            if not notices.are_due(session, served, now):
                return ()
        with self.mouth.database.transaction() as session:
            return telling.claim(session, self.composer, self.shop, served, now)

    def _settle(self, notice_id: int, outcome: Outcome) -> None:
        with self.mouth.database.transaction() as session:
            telling.settle(session, notice_id, outcome, self.mouth.clock.now())
