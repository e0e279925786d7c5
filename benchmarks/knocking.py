"""What the benchmarks of the web share: a server in a process of its own, and many who post to it at once."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

HEAD_END = b"\r\n\r\n"


@dataclass
class Found:
    """What was answered: by code how often, how long each took (seconds), and what all of it took."""

    codes: dict[int, int] = field(default_factory=dict)
    waits: list[float] = field(default_factory=list)
    seconds: float = 0.0
    worked: float = 0.0
    """Of the server's processor."""

    @property
    def rate(self) -> float:
        return len(self.waits) / self.seconds

    def wait(self, share: float) -> float:
        """Milliseconds within which that share of them was answered."""
        return sorted(self.waits)[min(int(len(self.waits) * share), len(self.waits) - 1)] * 1_000

    def __str__(self) -> str:
        each = self.worked / len(self.waits) * 1e6
        return (
            f"{self.rate:,.0f}/s, half within {self.wait(0.5):.0f} ms, 99 of 100 within {self.wait(0.99):.0f} ms; "
            f"{each:,.0f} µs of the server's processor each"
        )


def posting(path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
    """One request as it goes over the line."""
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode("latin-1") + HEAD_END + body


class Visitor(asyncio.Protocol):
    """Posts one after the other over one line, each once the one before is answered."""

    def __init__(self, requests: Iterator[bytes], found: Found, done: asyncio.Event, every_seconds: float) -> None:
        self.requests, self.found, self.done, self.every_seconds = requests, found, done, every_seconds
        self.held, self.asked_at = b"", 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport
        self.ask()

    def ask(self) -> None:
        request = next(self.requests, None)
        if request is None:
            self.transport.close()
            return
        self.asked_at = time.perf_counter()
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self.held += data
        head, found, body = self.held.partition(HEAD_END)
        lowered = head.lower()
        at = lowered.find(b"content-length:")
        length = int(lowered[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if not found or len(body) < length:
            return
        self.held = body[length:]
        code, waited = int(head[9:12]), time.perf_counter() - self.asked_at
        self.found.codes[code] = self.found.codes.get(code, 0) + 1
        self.found.waits.append(waited)
        if self.every_seconds > waited:
            asyncio.get_running_loop().call_later(self.every_seconds - waited, self.ask)
        else:
            self.ask()

    def connection_lost(self, _exc: Exception | None) -> None:
        self.done.set()


async def visits(port: int, requests: Sequence[bytes], lines: int, per_second: float | None = None) -> Found:
    """All of these over so many lines at once; no more than ``per_second`` of them, as fast as it goes where None."""
    found, left = Found(), iter(requests)
    every = lines / per_second if per_second else 0.0
    loop, ends = asyncio.get_running_loop(), [asyncio.Event() for _ in range(lines)]
    began = time.perf_counter()
    for place, done in enumerate(ends):
        await loop.create_connection(lambda done=done: Visitor(left, found, done, every), "127.0.0.1", port)  # type: ignore[misc]
        if every:
            # They do not all come at the same moment.
            await asyncio.sleep(max(began + every * (place + 1) / lines - time.perf_counter(), 0))
    for done in ends:
        await done.wait()
    found.seconds = time.perf_counter() - began
    return found


@contextmanager
def opened(serve: Callable[[socket.socket, Connection, Any], None], told: Any) -> Iterator[tuple[int, Connection]]:
    """``serve`` in a process of its own, given a door, a line to here and ``told``; its port and the line.

    It says once that it is open; asked anything, it tells how long its processor has worked (seconds).
    """
    here, there = multiprocessing.Pipe()
    door = socket.create_server(("127.0.0.1", 0), backlog=1_024)
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(door, there, told), daemon=True)
    server.start()
    # Otherwise nobody would notice that it ended.
    there.close()
    try:
        here.recv()
        yield door.getsockname()[1], here
    finally:
        server.terminate()
        server.join()
        door.close()


def telling(line: Connection) -> None:
    """Has the running loop answer the line: what this process's processor has worked."""

    def tell() -> None:
        try:
            line.recv()
        except EOFError:
            # Whoever measured is gone, and nobody else will end it.
            os.kill(os.getpid(), signal.SIGTERM)
            asyncio.get_running_loop().remove_reader(line.fileno())
        else:
            line.send(time.process_time())

    asyncio.get_running_loop().add_reader(line.fileno(), tell)
    line.send(None)


def worked(line: Connection) -> float:
    line.send(None)
    told: float = line.recv()
    return told
