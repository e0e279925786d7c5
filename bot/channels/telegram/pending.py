"""Updates that were fetched and are not acknowledged yet: acted on side by side, in order per chat.

One that could not be kept is tried again before its chat's next one, and holds up no other chat. One that is in the
way of others for too long is noted as a fault, and given up.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Hashable, Iterable
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

from telegram import Update

from bot.channels.telegram.reading import Told, Unreadable, update_of
from bot.channels.telegram.waiting import Pauses, unless
from bot.talk.router import NotTaken, place

log = logging.getLogger(__name__)
NOTE_SECONDS = 120.0
"""How long one may be in the way. Telegram shows no more than 100 at once: as long as the first of them is not
acknowledged, nobody who comes after them is heard."""
GIVE_UP_SECONDS = 60.0
"""How long it is tried on after that could be noted, so that the database is surely there."""

Act = Callable[[Update], Awaitable[None]]
Blame = Callable[[str], Awaitable[object]]
"""Notes where an update could not be acted on. Raises NotTaken where that cannot be kept."""


async def nobody(_place: str) -> None:
    """Is told of no fault."""


@dataclass
class Begun:
    """One update that is being acted on. ``chat``: those of one keep their order."""

    chat: Hashable
    update: Update | None
    """None: it cannot be read, and ``unread`` says where."""
    unread: str = ""
    is_its_turn: bool = False
    """Whether it waits for nobody but itself."""
    in_the_way_since: float | None = None
    """Since when one behind it is taken, or waits for it; by the loop's clock."""
    noted_at: float | None = None
    """When it was noted as a fault."""
    task: asyncio.Task[bool] = field(init=False)

    @property
    def is_taken(self) -> bool:
        return self.task.done() and not self.task.cancelled() and self.task.result()


@dataclass
class Pending:
    """Has ``act`` act on each update; what goes wrong with one is told to ``blame``."""

    act: Act
    blame: Blame
    stopping: asyncio.Event
    again_seconds: float = 1.0
    """How long what could not be kept waits at first."""
    _begun: dict[int, Begun] = field(default_factory=dict)
    """By the update's number."""
    _owing: set[Hashable] = field(default_factory=set)
    """Chats of which one could not be kept."""
    _order: WeakValueDictionary[Hashable, asyncio.Lock] = field(default_factory=WeakValueDictionary)

    def __len__(self) -> int:
        return len(self._begun)

    def begin(self, told: Iterable[Told]) -> bool:
        """Begin what is not begun yet; whether any of it is new."""
        fresh = {number: each for each in told if (number := each["update_id"]) not in self._begun}
        for number, each in fresh.items():
            begun = self._begun[number] = _read(number, each)
            begun.task = asyncio.create_task(self._take(begun))
        return bool(fresh)

    async def wait(self, seconds: float, *, for_all: bool) -> None:
        """Until all is taken, or where it is not ``for_all`` until any more is; but no longer than that."""
        under_way = [each.task for each in self._begun.values() if not each.task.done()]
        if under_way:
            until = asyncio.ALL_COMPLETED if for_all else asyncio.FIRST_COMPLETED
            await unless(self.stopping, asyncio.wait(under_way, timeout=seconds, return_when=until))

    async def settled(self) -> int | None:
        """Let go of what need not come again; the number up to which nothing has to. None: of nothing."""
        self._see_who_is_in_the_way()
        await self._note_who_is_for_long()
        last = None
        for number, begun in sorted(self._begun.items()):
            if not begun.is_taken and not self._is_given_up(begun):
                break
            del self._begun[number]
            last = number
        return last

    async def finish(self) -> None:
        """Wait until what was begun is done, or was tried once more."""
        await asyncio.gather(*(each.task for each in self._begun.values()), return_exceptions=True)

    async def _take(self, begun: Begun) -> bool:
        async with self._order.setdefault(begun.chat, asyncio.Lock()):
            pauses = Pauses(self.again_seconds)
            begun.is_its_turn = True
            # When we close and one of the chat was not taken, the next one may not go before it.
            while not (self.stopping.is_set() and begun.chat in self._owing):
                try:
                    await self._act_on(begun)
                except NotTaken:
                    if begun.chat not in self._owing:
                        log.warning("an update of Telegram could not be kept; it is tried again")
                    self._owing.add(begun.chat)
                    await unless(self.stopping, asyncio.sleep(pauses.after()))
                else:
                    self._owing.discard(begun.chat)
                    return True
        return False

    async def _act_on(self, begun: Begun) -> None:
        where = begun.unread
        if begun.update is not None:
            try:
                await self.act(begun.update)
            except NotTaken:
                raise
            except Exception as fault:  # noqa: BLE001 - one update must not keep the others waiting for ever
                log.error("an update of Telegram was not acted on: %s", type(fault).__name__)  # noqa: TRY400
                where = place(fault)
        if where:
            await self._blame(where)

    async def _blame(self, where: str) -> None:
        try:
            await self.blame(where)
        except NotTaken:
            raise
        except Exception as fault:  # noqa: BLE001 - nor must what notes it
            log.error("nor could that be noted: %s", type(fault).__name__)  # noqa: TRY400

    def _see_who_is_in_the_way(self) -> None:
        now, is_one_taken, waiting = asyncio.get_running_loop().time(), False, set[Hashable]()
        for _, begun in sorted(self._begun.items(), reverse=True):
            if begun.is_taken:
                is_one_taken = True
            elif not begun.is_its_turn:
                waiting.add(begun.chat)
            elif begun.in_the_way_since is None and (is_one_taken or begun.chat in waiting):
                begun.in_the_way_since = now

    async def _note_who_is_for_long(self) -> None:
        now = asyncio.get_running_loop().time()
        for begun in self._begun.values():
            since = begun.in_the_way_since
            if begun.is_taken or begun.noted_at is not None or since is None or now - since < NOTE_SECONDS:
                continue
            try:
                await self._blame(f"{'NotTaken' if begun.chat in self._owing else 'no end'} for minutes, pending.py")
            except NotTaken:
                # The database is away, and everybody waits for it.
                return
            begun.noted_at = now

    def _is_given_up(self, begun: Begun) -> bool:
        """Whether it took too long. A STOP that could not be kept is tried on all the same, see bot/hearing.py."""
        now = asyncio.get_running_loop().time()
        if begun.noted_at is None or now - begun.noted_at < GIVE_UP_SECONDS:
            return False
        log.error("an update of Telegram was given up: others waited for it for minutes")
        self._owing.discard(begun.chat)
        begun.task.cancel()
        return True


def _read(number: int, told: Told) -> Begun:
    try:
        update = update_of(told)
    except Unreadable as fault:
        log.error("an update of Telegram could not be read: %s", fault.place)  # noqa: TRY400
        return Begun(("unread", number), None, fault.place)
    chat = update.effective_chat
    return Begun(chat.id if chat is not None else ("alone", number), update)
