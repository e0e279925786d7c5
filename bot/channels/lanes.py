"""How a channel's messages follow one another: so many a second in all, so many to one chat, answers before offers.

    turn(chat, is_offer) → waits → None: now | Throttled: the provider wants nothing, and will not soon

The rate is even: a pause is not made up for by a burst. What the provider says is a deadline that only moves later;
while it lasts offers are refused at once, and answers wait for its end unless that is too far away.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count

from bot.channels.buckets import EMPTY, Bucket
from bot.clock import Clock
from campaigns.channel import Cause, Throttled

SLACK_SECONDS = 0.02
"""How much of the overall rate may be made up for: timers ring late by a little, and the rate is to be kept."""
PATIENCE_SECONDS = 60.0
"""How long an answer waits for a deadline; one that is further away is told to whoever asks."""
HAIR_SECONDS = 1e-6
"""How early a timer may ring."""


@dataclass
class Chat:
    """Who waits to write to one chat, and what its bucket owes."""

    owed: float = EMPTY
    waiting: tuple[deque[asyncio.Future[Throttled | None]], ...] = field(default_factory=lambda: (deque(), deque()))


class Lane:
    """One channel's way out. To be asked from one event loop at a time, whose clock it goes by.

    ``per_second``: messages in all. ``per_chat_seconds`` and ``chat_burst``: to one chat one every so many seconds,
    and so many at once after a pause; 0: as many as one likes. ``clock`` says what a deadline's time of day means.
    """

    def __init__(
        self, per_second: float, clock: Clock, *, per_chat_seconds: float = 0.0, chat_burst: int = 1
    ) -> None:
        self.clock, self.per_second = clock, per_second
        self._answers = 0
        self._all, self._owed = Bucket(1 / per_second, SLACK_SECONDS), EMPTY
        self._each = Bucket.of(per_chat_seconds, chat_burst)
        self._opens, self._cause = EMPTY, Cause.BUSY
        self._chats: dict[str, Chat] = {}
        # Which chats wait, by when each may be written to: answers, then offers. Some may be listed too early.
        self._due: tuple[list[tuple[float, int, str]], ...] = ([], [])
        self._rests: list[tuple[float, str]] = []
        self._order = count()
        self._timer: asyncio.TimerHandle | None = None

    @property
    def chats(self) -> int:
        """How many chats are remembered."""
        return len(self._chats)

    async def turn(self, chat: str, is_offer: bool = False) -> Throttled | None:
        """Wait until one message may go to ``chat``: None then, or why it may not for now.

        One turn, one request to the provider. Whoever is cancelled while waiting takes nothing from the others.
        """
        now = asyncio.get_running_loop().time()
        refused = self._refusal(now, is_offer)
        if refused is not None:
            return refused
        mine = self._chats.setdefault(chat, Chat())
        if self._is_free(mine, now):
            self._go(chat, mine, is_offer, now)
            self._forget(now)
            return None
        turn: asyncio.Future[Throttled | None] = asyncio.get_running_loop().create_future()
        mine.waiting[is_offer].append(turn)
        if len(mine.waiting[is_offer]) == 1:
            self._list(chat, mine, is_offer, now)
        self._go_on()
        try:
            return await turn
        except asyncio.CancelledError:
            if turn in mine.waiting[is_offer]:
                mine.waiting[is_offer].remove(turn)
            self._let_rest(chat, mine)
            self._go_on()
            raise

    def answers(self) -> int:
        """How many answers went since this was last asked."""
        went, self._answers = self._answers, 0
        return went

    def closed(self) -> tuple[timedelta, Cause] | None:
        """How long the provider still wants nothing, and why; None where it does."""
        wait = self._opens - asyncio.get_running_loop().time()
        return (timedelta(seconds=wait), self._cause) if wait > 0 else None

    def not_before(self, until: datetime, cause: Cause = Cause.BUSY) -> None:
        """The provider wants nothing before then, from anybody to anybody. An earlier deadline changes nothing."""
        now = asyncio.get_running_loop().time()
        opens = now + (until - self.clock.now()).total_seconds()
        if opens <= self._opens:
            return
        self._opens, self._cause = opens, cause
        for is_offer in (False, True):
            self._refuse(now, is_offer)
        self._go_on()

    def _refusal(self, now: float, is_offer: bool) -> Throttled | None:
        wait = self._opens - now
        if wait <= (0 if is_offer else PATIENCE_SECONDS):
            return None
        return Throttled(self.clock.now() + timedelta(seconds=wait), self._cause)

    def _refuse(self, now: float, is_offer: bool) -> None:
        refused = self._refusal(now, is_offer)
        if refused is not None:
            for name, chat in self._chats.items():
                while chat.waiting[is_offer]:
                    _tell(chat.waiting[is_offer].popleft(), refused)
                    self._let_rest(name, chat)

    def _go_on(self) -> None:
        """Let go whoever may, and come back when the next one may."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        loop = asyncio.get_running_loop()
        now = loop.time()
        self._forget(now)
        while (wakes := self._wakes(now)) is not None:
            if wakes > now + HAIR_SECONDS:
                self._timer = loop.call_at(wakes, self._go_on)
                return
            self._let_go(now)

    def _wakes(self, now: float) -> float | None:
        """When somebody may go; None where nobody waits."""
        first = [due[0][0] for is_offer in (False, True) if (due := self._tidied(now, is_offer))]
        if not first:
            return None
        return max(self._opens, self._all.opens(self._owed), min(first))

    def _tidied(self, now: float, is_offer: bool) -> list[tuple[float, int, str]]:
        """Who waits, the first of them surely waiting and not listed too early."""
        due = self._due[is_offer]
        while due:
            at, _, name = due[0]
            chat = self._chats.get(name)
            while chat is not None and chat.waiting[is_offer] and chat.waiting[is_offer][0].done():
                chat.waiting[is_offer].popleft()
            if chat is None or not chat.waiting[is_offer]:
                heappop(due)
            elif at < (opens := self._each.opens(chat.owed)) and opens > now + HAIR_SECONDS:
                heappop(due)
                heappush(due, (opens, next(self._order), name))
            else:
                break
        return due

    def _let_go(self, now: float) -> None:
        """The first that may: an answer, or where none may, an offer."""
        for is_offer in (False, True):
            due = self._due[is_offer]
            if due and due[0][0] <= now + HAIR_SECONDS:
                _, _, name = heappop(due)
                chat = self._chats[name]
                self._go(name, chat, is_offer, now)
                _tell(chat.waiting[is_offer].popleft(), None)
                if chat.waiting[is_offer]:
                    self._list(name, chat, is_offer, now)
                return

    def _is_free(self, chat: Chat, now: float) -> bool:
        """Whether nobody waits, anywhere, and one may go there at once: most offers that were claimed for now."""
        opens = max(self._opens, self._all.opens(self._owed), self._each.opens(chat.owed))
        return not any(self._due) and opens <= now + HAIR_SECONDS

    def _go(self, name: str, chat: Chat, is_offer: bool, now: float) -> None:
        self._owed = self._all.take(self._owed, now)
        self._answers += not is_offer
        chat.owed = self._each.take(chat.owed, now)
        self._let_rest(name, chat)

    def _list(self, name: str, chat: Chat, is_offer: bool, now: float) -> None:
        heappush(self._due[is_offer], (max(now, self._each.opens(chat.owed)), next(self._order), name))

    def _let_rest(self, name: str, chat: Chat) -> None:
        heappush(self._rests, (chat.owed, name))

    def _forget(self, now: float) -> None:
        """A chat that nobody waits for and that owes nothing is as one never written to."""
        while self._rests and self._rests[0][0] <= now:
            _, name = heappop(self._rests)
            chat = self._chats.get(name)
            if chat is not None and chat.owed <= now and not any(chat.waiting):
                del self._chats[name]


def _tell(turn: asyncio.Future[Throttled | None], told: Throttled | None) -> None:
    if not turn.done():
        turn.set_result(told)
