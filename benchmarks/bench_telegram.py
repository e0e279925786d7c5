"""How many messages a second leave for Telegram: our line against python-telegram-bot's own, in one run.

A server in a process of its own answers sendMessage at once, and after 50 ms as one across the sea does. IN_FLIGHT
callers send one after the other through `Bot.send_message`; both lines in turn, ROUNDS times, the best of each
counts. Beside it what a second of the processor sends, which a busy computer tells more truly.
Budget: at 50 ms at least 2,000 a second (of the processor, where others use it as well) and 4 times the library's;
at 0 ms at least as many as the library's.
Run: python benchmarks/bench_telegram.py
"""

from __future__ import annotations

import asyncio
import multiprocessing
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import Connection

from telegram import Bot
from telegram.request import BaseRequest, HTTPXRequest

from bot.channels.telegram.request import AiohttpRequest

IN_FLIGHT = 200
MESSAGES = {"ours": 4_000, "the library's": 400}
ROUNDS = 3
DELAYS_SECONDS = (0.0, 0.05)
LEAST_PER_SECOND, LEAST_RATIO = 2_000, {0.0: 1.0, 0.05: 4.0}
TOKEN = "123456789:AAF-invented-token-for-measuring-only"
BODY = b'{"ok":true,"result":{"message_id":1,"date":0,"chat":{"id":700100,"type":"private"},"text":"Halo"}}'
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (len(BODY), BODY)
LINES: dict[str, Callable[[], BaseRequest]] = {
    "ours": lambda: AiohttpRequest(IN_FLIGHT),
    "the library's": lambda: HTTPXRequest(IN_FLIGHT, pool_timeout=60, connect_timeout=60, read_timeout=60),
}


class Desk(asyncio.Protocol):
    """Answers each request once all of it has come."""

    def __init__(self, delay_seconds: float) -> None:
        self.delay_seconds, self.held = delay_seconds, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.held += data
        head, found, body = self.held.partition(b"\r\n\r\n")
        if not found:
            return
        length = int(next(line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length"))[15:])
        if len(body) >= length:
            self.held = body[length:]
            asyncio.get_running_loop().call_later(self.delay_seconds, self.transport.write, ANSWER)


def serve(delay_seconds: float, told: Connection) -> None:
    async def open_desk() -> None:
        server = await asyncio.get_running_loop().create_server(
            lambda: Desk(delay_seconds), "127.0.0.1", 0, backlog=1_024
        )
        told.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(open_desk())


async def per_second(make: Callable[[], BaseRequest], url: str, messages: int) -> tuple[float, float]:
    line = make()
    bot = Bot(TOKEN, base_url=f"{url}/bot", request=line)
    left = iter(range(messages))

    async def send_on() -> None:
        for _ in left:
            await bot.send_message(700100, "Halo Kak Sari, kopi robusta diskon 10%")

    await asyncio.gather(*(bot.send_message(700100, "Halo") for _ in range(IN_FLIGHT)))
    began, worked = time.perf_counter(), time.process_time()
    await asyncio.gather(*(send_on() for _ in range(IN_FLIGHT)))
    seconds, worked = time.perf_counter() - began, time.process_time() - worked
    await line.shutdown()
    return messages / seconds, messages / worked


def measured(delay_seconds: float) -> dict[str, tuple[float, float]]:
    """The best rates of each line: by the clock and by the processor."""
    here, there = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(delay_seconds, there), daemon=True)
    server.start()
    url = f"http://127.0.0.1:{here.recv()}"
    try:
        rates: dict[str, list[tuple[float, float]]] = {name: [] for name in LINES}
        for _ in range(ROUNDS):
            for name, make in LINES.items():
                rates[name].append(asyncio.run(per_second(make, url, MESSAGES[name])))
    finally:
        server.terminate()
        server.join()
    return {name: max(found) for name, found in rates.items()}


def main() -> None:
    is_well = True
    for delay_seconds in DELAYS_SECONDS:
        rates = measured(delay_seconds)
        (ours, our_work), (theirs, their_work) = rates["ours"], rates["the library's"]
        print(
            f"{delay_seconds * 1000:.0f} ms, {IN_FLIGHT} in flight: {ours:,.0f} messages/s, "
            f"the library's line {theirs:,.0f}: {ours / theirs:.1f} times as many; "
            f"per second of the processor {our_work:,.0f} and {their_work:,.0f}"
        )
        is_well &= ours / theirs >= LEAST_RATIO[delay_seconds] and (
            delay_seconds == 0 or max(ours, our_work) >= LEAST_PER_SECOND
        )
    print("within budget" if is_well else "OVER BUDGET")
    sys.exit(not is_well)


if __name__ == "__main__":
    main()
