"""A Bot API on this computer, in a process of its own: it answers sendMessage after a while and counts.

One request at a time on a connection, as HTTP/1.1 has it. Beside the library's methods, `GET /told` says how many
messages were taken since it was last asked, and how many different chats they went to.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from urllib.request import urlopen

TOKEN = "123456789:AAF-invented-token-for-measuring-only"
BODY = b'{"ok":true,"result":{"message_id":%d,"date":0,"chat":{"id":%s,"type":"private"},"text":"Halo"}}'
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s"
LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
CHAT = re.compile(rb"chat_id\D{1,200}?(-?\d+)")
"""In a form, in JSON, and in a form of several parts."""


@dataclass
class Taken:
    """What came, and how many of it were asked for at once at most."""

    messages: int = 0
    chats: set[bytes] = field(default_factory=set)

    def told(self) -> bytes:
        return json.dumps({"messages": self.messages, "chats": len(self.chats)}).encode()


class Desk(asyncio.Protocol):
    """Answers each request once all of it has come."""

    def __init__(self, delay_seconds: float, taken: Taken) -> None:
        self.delay_seconds, self.taken, self.held = delay_seconds, taken, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.held += data
        head, found, body = self.held.partition(b"\r\n\r\n")
        if not found:
            return
        said = LENGTH.search(head)
        length = int(said[1]) if said else 0
        if len(body) >= length:
            self.held = body[length:]
            self._answer(head, body[:length])

    def _answer(self, head: bytes, body: bytes) -> None:
        if head.startswith(b"GET /told"):
            told = self.taken.told()
            self.transport.write(HEAD % (len(told), told))
            self.taken.messages = 0
            self.taken.chats.clear()
            return
        chat = found[1] if (found := CHAT.search(body)) else b"0"
        self.taken.messages += 1
        self.taken.chats.add(chat)
        told = BODY % (self.taken.messages, chat)
        asyncio.get_running_loop().call_later(self.delay_seconds, self.transport.write, HEAD % (len(told), told))


def serve(delay_seconds: float, told: Connection) -> None:
    async def open_desk() -> None:
        taken = Taken()
        server = await asyncio.get_running_loop().create_server(
            lambda: Desk(delay_seconds, taken), "127.0.0.1", 0, backlog=1_024
        )
        told.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(open_desk())


@contextmanager
def bot_api(delay_seconds: float) -> Iterator[str]:
    """Its address while the block lasts."""
    here, there = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(delay_seconds, there), daemon=True)
    server.start()
    try:
        yield f"http://127.0.0.1:{here.recv()}"
    finally:
        server.terminate()
        server.join()


def told(url: str) -> tuple[int, int]:
    """How many messages were taken since this was last asked, and how many chats they went to."""
    with urlopen(f"{url}/told") as answer:
        found = json.load(answer)
    return found["messages"], found["chats"]
