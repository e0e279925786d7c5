"""One page's line to the room: a WebSocket, from this computer and from our own page only."""

from __future__ import annotations

import asyncio
import logging
import mimetypes
from contextlib import suppress
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from pydantic import ValidationError
from starlette.requests import HTTPConnection
from starlette.websockets import WebSocket, WebSocketDisconnect

from bot.errands import LARGEST_FILE_BYTES
from bot.passing import CannotMove
from bot.talk.router import NotTaken
from bot.web.nearness import is_local
from bot.web.simulator.protocol import (
    LARGEST_WORD_BYTES,
    SAID,
    Become,
    File,
    Forward,
    Open,
    Phone,
    Press,
    Read,
    Said,
    Say,
    Search,
    Told,
)
from bot.web.simulator.room import MayNot, Room
from campaigns.channel import Document
from ledger.identity import BadAddress

log = logging.getLogger(__name__)
MOST_PAGES = 16
MOST_WAITING = 2_000
"""What a page that does not read may leave in its queue before it is let go."""
MOST_AT_ONCE = 8
"""What one page may have said without an answer: then the next is read when one is answered."""
MORNING = 9
NOT_HERE, TOO_MANY, TOO_SLOW = 4403, 4429, 4408
"""Why a line was closed."""


def is_ours(asking: HTTPConnection) -> bool:
    """Whether it comes from this computer, and from a page that this shop itself served: browsers say so, and a page
    from elsewhere cannot say otherwise."""
    origin, host = urlsplit(asking.headers.get("origin", "")), asking.headers.get("host", "")
    return is_local(asking) and origin.scheme in ("http", "https") and origin.netloc == host


class Line:
    """Reads what a page says and does it in turn; what the room tells goes out beside it."""

    def __init__(self, room: Room, socket: WebSocket) -> None:
        self.room, self.socket = room, socket
        self.phones: dict[Phone, str] = {}
        self._names: dict[Phone, str] = {}
        self._waiting: asyncio.Queue[str] = asyncio.Queue(MOST_WAITING)
        self._turns = asyncio.Semaphore(MOST_AT_ONCE)
        self._is_slow = asyncio.Event()

    def tell(self, told: Told) -> None:
        """Never waits: a page that does not read is let go."""
        try:
            self._waiting.put_nowait(told.model_dump_json(by_alias=True))
        except asyncio.QueueFull:
            self._is_slow.set()

    async def talk(self) -> None:
        """Until either side hangs up."""
        await self.socket.accept()
        if len(self.room.pages) >= MOST_PAGES:
            await self.socket.close(TOO_MANY)
            return
        self.room.pages.add(self)
        tasks = [asyncio.ensure_future(each) for each in (self._read(), self._write(), self._is_slow.wait())]
        try:
            self.tell(await self.room.welcome())
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.room.pages.discard(self)
            for each in tasks:
                each.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            with suppress(RuntimeError, WebSocketDisconnect):
                await self.socket.close(TOO_SLOW if self._is_slow.is_set() else 1000)

    async def _write(self) -> None:
        while True:
            await self.socket.send_text(await self._waiting.get())

    async def _read(self) -> None:
        while True:
            message = await self.socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            said = self._understood(message.get("text") or "")
            if said is not None:
                await self._turns.acquire()
                self.room.begin(self._do(said))

    def _understood(self, text: str) -> Said | None:
        try:
            if len(text) > LARGEST_WORD_BYTES:
                raise ValueError
            return SAID.validate_json(text)
        except (ValidationError, ValueError):
            # Nothing of it is repeated.
            self.tell(self.room.problem("unreadable"))
            return None

    async def _do(self, said: Said) -> None:
        phone: Phone | None = getattr(said, "phone", None)
        try:
            await self._act_on(said)
        except BadAddress:
            self.tell(self.room.problem("bad_address", phone))
        except NotTaken:
            self.tell(self.room.problem("not_taken", phone))
        except MayNot:
            self.tell(self.room.problem("may_not", "owner"))
        except CannotMove as fault:
            self.tell(self.room.problem(f"clock_{fault.why}"))
        except Exception as fault:  # noqa: BLE001 - the shop stays open, and the line too
            log.error("something from the simulator's page was not done: %s", type(fault).__name__)  # noqa: TRY400
            self.tell(self.room.problem("not_taken", phone))
        finally:
            self._turns.release()

    async def _act_on(self, said: Said) -> None:
        room = self.room
        match said:
            case Open():
                await self._open(said)
            case Search():
                self.tell(await room.search(said.text))
            case Become():
                await room.become(self)
            case Forward():
                await room.forward(self._moment(said))
            case Read():
                if said.phone in self.phones:
                    room.move_on(self.phones[said.phone], said.messages, "read")
            case _:
                await self._speak(said)

    async def _open(self, said: Open) -> None:
        address = said.address
        if not address and said.phone == "owner":
            address = (await self.room.search("")).owner.address
        self._names[said.phone] = said.name
        self.tell(await self.room.open(self, said.phone, address, said.name))

    async def _speak(self, said: Say | Press | File) -> None:
        address, name = self.phones.get(said.phone), self._names.get(said.phone, "")
        if address is None:
            self.tell(self.room.problem("no_chat", said.phone))
            return
        match said:
            case Say():
                await self.room.say(address, name, said.text, said.in_reply_to)
            case Press():
                await self.room.say(address, name, said.says, said.message, presses=True)
            case File():
                if len(said.base64) > LARGEST_FILE_BYTES:
                    self.tell(self.room.problem("too_large", said.phone, megabytes=LARGEST_FILE_BYTES // 1_000_000))
                    return
                media_type = mimetypes.guess_type(said.name)[0] or "application/octet-stream"
                await self.room.hand_in(address, name, Document(said.name, said.base64, media_type), said.text)

    def _moment(self, said: Forward) -> datetime:
        app = self.room.app
        if isinstance(said.to, datetime):
            return said.to if said.to.tzinfo is not None else said.to.replace(tzinfo=app.shop.zone)
        return moment(said.to, app.clock.now().astimezone(app.shop.zone))


def moment(to: str, now: datetime) -> datetime:
    """When "hour", "day", "week" or "morning" is, by the wall clock of ``now``'s zone."""
    if to == "hour":
        return now + timedelta(hours=1)
    if to in ("day", "week"):
        return now + timedelta(days=1 if to == "day" else 7)
    tomorrow = now + timedelta(days=1)
    return tomorrow.replace(hour=MORNING, minute=0, second=0, microsecond=0)


async def talk(room: Room, socket: WebSocket) -> None:
    """A page's line; to nobody else's page, and to no other computer, is it opened."""
    if not is_ours(socket):
        await socket.close(NOT_HERE)
        return
    await Line(room, socket).talk()
