"""A shop that stays open: campaigns, people who write and reports go on for half an hour, and nothing may grow.

`serve` in a process of its own, on SQLite, with Telegram's and WhatsApp's webhooks; the load generator in this one,
where both providers' stand-ins take what it sends. A campaign follows the other to CUSTOMERS on Telegram, at its
pace; CHATS_A_SECOND people say something, REPORTS_A_SECOND signed reports come from Twilio. Every SAMPLE_SECONDS its
memory, its open descriptors and how long people wait for their answer are noted.
Budget: over the run, after the first fifth of it, the line through the samples (Theil and Sen's: the median of all
slopes) rises by no more than 5 % and 4 MB of memory, 5 descriptors, and half of the usual wait and 10 ms; no webhook
is refused.
Run: python benchmarks/soak.py [--minutes 30]
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import socket
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import combinations, count
from pathlib import Path
from random import Random
from statistics import median
from typing import Any
from urllib.parse import urlencode

import httpx
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from benchmarks.bench_inbound import (
    ACCOUNT,
    BOT_TOKEN,
    CHATS,
    KEY,
    NUMBER,
    PUBLIC,
    SAID,
    TWILIO_TOKEN,
    Desk,
    Morning,
    Providers,
    furnish,
    written,
)  # fmt: skip
from benchmarks.knocking import posting
from benchmarks.measuring import arguments, leave
from bot.app import App, build
from bot.channels.telegram import Telegram
from bot.channels.telegram.calling import PATH as TELEGRAM_PATH
from bot.channels.telegram.calling import secret_token
from bot.channels.twilio_line import NO_ENVIRONMENT, Line
from bot.channels.whatsapp import WhatsApp
from bot.serving import serve
from bot.settings import Settings
from bot.web.telegram import SECRET as SECRET_HEADER
from bot.web.whatsapp import STATUS_PATH
from campaigns.channel import Channel
from campaigns.launching import drafting, planning
from campaigns.launching.drafts import Draft, by_discount

CUSTOMERS, CHATS_A_SECOND, REPORTS_A_SECOND, SAMPLE_SECONDS = 3_000, 5, 15, 5.0
STATUSES = ("sent", "delivered", "read")
LONGEST_ANSWER_SECONDS = 20.0
MEMORY_SHARE, MEMORY_MB, DESCRIPTORS, WAIT_SHARE, WAIT_MS = 0.05, 4.0, 5.0, 0.5, 10.0


class Moved(httpx.AsyncHTTPTransport):
    """Leads Twilio's requests to the stand-in."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self.port = port

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        request.url = request.url.copy_with(scheme="http", host="127.0.0.1", port=self.port)
        return await super().handle_async_request(request)


@dataclass(frozen=True)
class Sample:
    """At so many seconds: megabytes, descriptors, the median wait for an answer in ms; and what was sent so far."""

    at: float
    memory: float
    descriptors: int
    wait: float
    offers: int
    answers: int


@dataclass
class Load:
    """What goes on, and what was seen of it."""

    port: int
    providers: Providers
    waits: list[float] = field(default_factory=list)
    asked: int = 0
    lost: int = 0
    numbers: count[int] = field(default_factory=lambda: count(1))


def settings_in(folder: str, port: int) -> Settings:
    return Settings(
        _env_file=None, secret_key=KEY, data_dir=Path(folder), public_url=PUBLIC, telegram_bot_token=BOT_TOKEN,
        telegram_webhook=True, twilio_auth_token=TWILIO_TOKEN, web_port=port, days_between_offers=0,
        offers_per_month=60, offers_per_category=60, pause_leaves_percent=100, pause_failures_percent=100,
    )  # type: ignore[call-arg]  # fmt: skip


def open_app(folder: str, port: int, channels: Sequence[Channel]) -> App:
    settings = settings_in(folder, port)
    return build(settings, Morning(), channels, f"sqlite:///{folder}/langganan.db", settings.shop())


def shop(folder: str, port: int, providers_port: int) -> None:
    """The shop, open until it is told to close."""
    clock = Morning()
    telegram = Telegram.connect(BOT_TOKEN, clock, f"http://127.0.0.1:{providers_port}/bot")
    line = Line(home=f"http://127.0.0.1:{providers_port}")
    client = Client(ACCOUNT, TWILIO_TOKEN, http_client=line, environment=NO_ENVIRONMENT)
    app = open_app(folder, port, [telegram, WhatsApp(client, NUMBER, clock)])
    asyncio.run(serve(app, app.settings, lambda _line: None, outside=Moved(providers_port)))
    app.close()


def offer(app: App) -> None:
    """The next campaign, where the last is over."""
    with app.database.transaction() as session:
        open_ones = [each for each in planning.campaigns(session) if each.status != "done"]
        if not open_ones:
            draft, now = Draft("picks", "all", by_discount(10), holdout_percent=0), app.clock.now()
            made = drafting.draft(session, app.composer, draft, shop=app.shop, by="soak", now=now)
            planning.approve(session, made, ["telegram"], app.shop, by="soak", now=now)


async def post(port: int, request: bytes) -> int:
    """The answer's code."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        return int((await reader.readuntil(b"\r\n\r\n"))[9:12])
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


async def say(load: Load, lots: Random) -> None:
    """Somebody writes, and waits for the answer."""
    chat, text, load.asked = str(700_000 + lots.randrange(CHATS)), lots.choice(SAID), load.asked + 1
    load.providers.arrived.pop(chat, None)
    body = json.dumps(written(next(load.numbers), int(chat), text)).encode()
    began = time.perf_counter()
    secret = secret_token(KEY.encode(), BOT_TOKEN)
    code = await post(load.port, posting(TELEGRAM_PATH, body, {SECRET_HEADER: secret}))
    try:
        async with asyncio.timeout(LONGEST_ANSWER_SECONDS):
            load.waits.append(await load.providers.first_to(chat) - began)
    except TimeoutError:
        # Not everything that is said is answered ("makasih ya kak", or leaving a second time).
        load.lost += code != 200


async def report(load: Load, lots: Random) -> None:
    """Twilio tells of one of the messages it took, or of one that was never ours."""
    sid, status = f"SM{lots.randrange(1, load.providers.taken + 100):032x}", lots.choice(STATUSES)
    form = {"MessageSid": sid, "MessageStatus": status, "AccountSid": ACCOUNT, "From": f"whatsapp:{NUMBER}"}
    signature = RequestValidator(TWILIO_TOKEN).compute_signature(PUBLIC + STATUS_PATH, form)
    headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": signature}
    load.lost += await post(load.port, posting(STATUS_PATH, urlencode(form).encode(), headers)) != 204


async def go_on(act: Any, per_second: float, until: float) -> None:
    """Begin one after the other at that pace, whether or not those before are done."""
    running: set[asyncio.Task[None]] = set()
    following = time.perf_counter()
    while time.perf_counter() < until:
        task = asyncio.ensure_future(act())
        running.add(task)
        task.add_done_callback(running.discard)
        following += 1 / per_second
        await asyncio.sleep(max(0.0, following - time.perf_counter()))
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)


def held_by(pid: int) -> tuple[float, int]:
    """A process's megabytes and open descriptors."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    memory = next(line for line in lines if line.startswith("VmRSS")).split()[1]
    return int(memory) / 1_024, sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())


async def watch(load: Load, pid: int, app: App, until: float) -> list[Sample]:
    """A line every SAMPLE_SECONDS."""
    began, samples = time.perf_counter(), []
    print("seconds  memory MB  descriptors  half answered within ms   sent  asked")
    while time.perf_counter() < until:
        await asyncio.gather(asyncio.sleep(SAMPLE_SECONDS), asyncio.to_thread(offer, app))
        waits, load.waits = load.waits, []
        if waits:
            memory, descriptors = await asyncio.to_thread(held_by, pid)
            at, wait = time.perf_counter() - began, median(waits) * 1_000
            found = Sample(at, memory, descriptors, wait, load.providers.taken, load.asked)
            samples.append(found)
            print(
                f"{found.at:7.0f}  {found.memory:9.1f}  {found.descriptors:11d}  {found.wait:23.1f}"
                f"  {found.offers:6d}  {found.answers:5d}",
                flush=True,
            )
    return samples


def risen(samples: Sequence[Sample], name: str) -> float:
    """By how much the line through these rises from the first to the last (Theil and Sen)."""
    slopes = [
        (getattr(after, name) - getattr(before, name)) / (after.at - before.at)
        for before, after in combinations(samples, 2)
    ]
    return median(slopes) * (samples[-1].at - samples[0].at)


def judged(samples: Sequence[Sample], lost: int) -> bool:
    """Says what grew, and whether that is within the budget."""
    kept = [each for each in samples if each.at >= samples[-1].at / 5]
    limits = {
        "memory": MEMORY_SHARE * median(each.memory for each in kept) + MEMORY_MB,
        "descriptors": DESCRIPTORS,
        "wait": WAIT_SHARE * median(each.wait for each in kept) + WAIT_MS,
    }
    grown = {name: risen(kept, name) for name in limits}
    for name, limit in limits.items():
        print(f"{name}: risen by {grown[name]:+.2f}, at most {limit:.2f}")
    print(f"{lost} of what was posted was refused")
    return lost == 0 and all(grown[name] <= limit for name, limit in limits.items())


async def soaked(folder: str, minutes: int) -> tuple[list[Sample], int]:
    providers = Providers()
    stand_in = await asyncio.get_running_loop().create_server(lambda: Desk(providers), "127.0.0.1", 0, backlog=1_024)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    told = folder, port, stand_in.sockets[0].getsockname()[1]
    process = multiprocessing.get_context("spawn").Process(target=shop, args=told)
    process.start()
    app = open_app(folder, port, [])
    try:
        await opened(port)
        load, lots, until = Load(port, providers), Random(0), time.perf_counter() + minutes * 60
        samples, _, _ = await asyncio.gather(
            watch(load, process.pid or 0, app, until),
            go_on(partial(say, load, lots), CHATS_A_SECOND, until),
            go_on(partial(report, load, lots), REPORTS_A_SECOND, until),
        )
    finally:
        process.terminate()
        await asyncio.to_thread(process.join, 15)
        app.close()
        stand_in.close()
    assert process.exitcode == 0, f"closed with {process.exitcode}"
    return samples, load.lost


async def opened(port: int) -> None:
    async with asyncio.timeout(60):
        while True:
            with suppress(OSError):
                await post(port, b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
                return
            await asyncio.sleep(0.1)


def main() -> None:
    asked = arguments(__doc__, minutes=30)
    with tempfile.TemporaryDirectory() as folder:
        furnish(folder, 60 if asked.small else CUSTOMERS)
        samples, lost = asyncio.run(soaked(folder, 1 if asked.small else asked.minutes))
    is_well = judged(samples, lost)
    leave(is_well=is_well, is_small=asked.small)


if __name__ == "__main__":
    main()
