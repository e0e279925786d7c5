"""A Bot API in a process of its own, so that killing the shop kills nothing of it. What reached it stands in a file.

What becomes of a request is drawn by lot from the seed, the chat and how many that chat had before: the same seed
asks the same of every run, in whatever order the requests come.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import parse_qs

from tests.chaos.processes import STARTING

DELAYS_SECONDS = (0.002, 0.03)


class Fate(StrEnum):
    """What became of a request that reached it."""

    DELIVERED = "delivered"
    DELIVERED_UNTOLD = "delivered_untold"
    """The customer has it, but the line broke before the answer."""
    THROTTLED = "throttled"
    BLOCKED = "blocked"
    HUNG_UP = "hung_up"
    """Nobody got it, and nobody was told so."""


ARRIVED = (Fate.DELIVERED, Fate.DELIVERED_UNTOLD)


@dataclass(frozen=True)
class Request:
    """One sendMessage: when it came (seconds since 1970), whom it was for, what became of it."""

    at: float
    chat: str
    fate: Fate


@dataclass(frozen=True)
class Lots:
    """How often what goes wrong: one in so many."""

    seed: int
    throttled: int = 250
    blocked: int = 60
    untold: int = 120
    hung_up: int = 120

    def draw(self, chat: str, before: int) -> Fate:
        """What becomes of the request to ``chat`` that has had so many before."""
        if Random(f"{self.seed} {chat}").randrange(self.blocked) == 0:
            return Fate.BLOCKED
        lot = Random(f"{self.seed} {chat} {before}")
        for fate, one_in in (
            (Fate.THROTTLED, self.throttled),
            (Fate.DELIVERED_UNTOLD, self.untold),
            (Fate.HUNG_UP, self.hung_up),
        ):
            if lot.randrange(one_in) == 0:
                return fate
        return Fate.DELIVERED


@dataclass
class Provider:
    """The running stub as the tests see it."""

    url: str
    record: Path
    _counted: tuple[int, int] = (0, 0)
    """Lines, and in how many bytes."""

    def count(self) -> int:
        """How many requests have reached it."""
        lines, size = self._counted
        with self.record.open("rb") as file:
            file.seek(size)
            new = file.read()
        self._counted = lines + new.count(b"\n"), size + len(new)
        return self._counted[0]

    def requests(self, since: int = 0) -> list[Request]:
        """All that reached it, but for the first ``since``."""
        lines = self.record.read_text(encoding="ascii").splitlines()[since:]
        return [Request(told["at"], told["chat"], Fate(told["fate"])) for told in map(json.loads, lines)]


@contextmanager
def running(folder: Path, lots: Lots) -> Iterator[Provider]:
    """A Bot API on a free port of the loopback; it writes to a file in ``folder``."""
    here, there = STARTING.Pipe()
    record = folder / "requests"
    record.touch()
    process = STARTING.Process(target=_serve, args=(record, lots, there), daemon=True)
    process.start()
    try:
        yield Provider(f"http://127.0.0.1:{here.recv()}", record)
    finally:
        process.kill()
        process.join()


def _serve(record: Path, lots: Lots, told: Connection) -> None:
    async def open_desk() -> None:
        ledger = os.open(record, os.O_WRONLY | os.O_APPEND)
        had: Counter[str] = Counter()
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: _Desk(ledger, lots, had), "127.0.0.1", 0, backlog=1_024)
        told.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(open_desk())


class _Desk(asyncio.Protocol):
    """One connection. What has come as a whole counts, whether or not anybody still waits for the answer."""

    def __init__(self, record: int, lots: Lots, had: Counter[str]) -> None:
        self.record, self.lots, self.had, self.held = record, lots, had, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.held += data
        head, found, body = self.held.partition(b"\r\n\r\n")
        if not found:
            return
        lines = [line.lower() for line in head.split(b"\r\n")]
        length = next((int(line[15:]) for line in lines if line.startswith(b"content-length:")), 0)
        if len(body) >= length:
            self.held = body[length:]
            self._take(head.split(b" ", 2)[1].decode(), parse_qs(body[:length].decode()))

    def _take(self, path: str, form: dict[str, list[str]]) -> None:
        if not path.endswith("/sendMessage"):
            self._say(200, {"ok": True, "result": [] if path.endswith("/getUpdates") else True}, 0.05)
            return
        chat = form["chat_id"][0]
        fate, number = self.lots.draw(chat, self.had[chat]), sum(self.had.values()) + 1
        self.had[chat] += 1
        line = json.dumps({"at": time.time(), "chat": chat, "fate": fate})
        os.write(self.record, line.encode() + b"\n")
        delay = Random(f"{self.lots.seed} {number}").uniform(*DELAYS_SECONDS)
        if fate in (Fate.DELIVERED_UNTOLD, Fate.HUNG_UP):
            asyncio.get_running_loop().call_later(delay, self.transport.abort)
        else:
            self._say(*_answer(fate, chat, number), delay)

    def _say(self, status: int, told: dict[str, Any], delay_seconds: float) -> None:
        body = json.dumps(told).encode()
        head = f"HTTP/1.1 {status} Told\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        asyncio.get_running_loop().call_later(delay_seconds, self.transport.write, head.encode() + body)


def _answer(fate: Fate, chat: str, number: int) -> tuple[int, dict[str, Any]]:
    if fate is Fate.THROTTLED:
        told = {"description": "Too Many Requests: retry after 1", "parameters": {"retry_after": 1}}
        return 429, {"ok": False, "error_code": 429, **told}
    if fate is Fate.BLOCKED:
        return 403, {"ok": False, "error_code": 403, "description": "Forbidden: bot was blocked by the user"}
    sent = {"message_id": number, "date": 0, "chat": {"id": int(chat), "type": "private"}, "text": "-"}
    return 200, {"ok": True, "result": sent}
