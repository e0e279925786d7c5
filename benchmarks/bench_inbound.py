"""How many people's messages are taken and answered a second while the shop mines or a campaign runs, on SQLite.

A shop in a process of its own, as `langganan serve` opens it, with Telegram's and WhatsApp's webhooks; the load
generator in this one, where both providers' stand-ins take the answers too. People ask, chat, agree, leave and look
at their settings, four of five on Telegram. While that goes on the shop mines in a process of its own, over and over,
on the other processor. A message is taken when its webhook is answered, after the commit; it is answered when the
answer has arrived at the provider.

Peer, in the same run: python-telegram-bot's own Application behind a bare route, which writes one row a message,
commits and answers with one sentence.
Budget: at least 300 a second with 99 of 100 taken within 150 ms; beside a campaign 99 of 100 are answered within a
second.
Run: python benchmarks/bench_inbound.py [--small] [--messages N] [--customers N]
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sqlite3
import sys
import tempfile
import time
from asyncio.subprocess import DEVNULL
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import parse_qs, urlencode

import uvicorn
from sqlalchemy import insert
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from telegram import Update
from telegram.ext import Application, ContextTypes, MessageHandler, filters
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from benchmarks.knocking import Found, opened, posting, telling, visits, worked
from benchmarks.measuring import arguments, leave
from bot import carrying, giving_way, lasting
from bot.app import build
from bot.channels.telegram import Telegram
from bot.channels.telegram.calling import PATH as TELEGRAM_PATH
from bot.channels.telegram.calling import secret_token
from bot.channels.twilio_line import NO_ENVIRONMENT, Line
from bot.channels.whatsapp import WhatsApp
from bot.settings import Settings
from bot.web.app import server_of
from bot.web.telegram import SECRET as SECRET_HEADER
from bot.web.whatsapp import PATH as WHATSAPP_PATH
from campaigns.launching import drafting, planning, preparing
from campaigns.launching.drafts import Draft, by_discount
from ledger import consent
from ledger.consent import Evidence, Wording
from ledger.customers import add_address
from ledger.database import Database
from ledger.tables import Customer, Interaction, Product, Purpose

LINES = 24
"""Telegram calls over no more than twenty at once; see bot/channels/telegram/calling.py."""
PACE = 330
LEAST_PER_SECOND, LONGEST_MS, LONGEST_ANSWER_MS = 300, 150, 1_000
CHATS = 1_500
BESIDE_PER_SECOND = 20
PUBLIC, KEY = "https://toko.example", "a key for measuring only, 32 byte"
BOT_TOKEN, TWILIO_TOKEN = "123456789:AAF-invented-token-for-measuring-only", "an invented token"
ACCOUNT, NUMBER = "AC" + "0" * 32, "+6281200000099"
MINE = (sys.executable, "-m", "bot.cli", "mine")
SAID = (
    "apakah kopi robusta masih ada?", "kak, buka sampai jam berapa hari ini?", "halo", "MULAI", "ya", "ya",
    "makasih ya kak", "privasi", "harga gula aren berapa ya kak", "STOP", "oke siap", "besok saya ambil ya",
)  # fmt: skip


class Morning:
    """The time, as if it were ten in the morning in Jakarta when it began: nobody sleeps."""

    def __init__(self) -> None:
        now = datetime.now(UTC)
        self.ahead = now.replace(hour=3, minute=0) - now

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass
class Providers:
    """Telegram's and Twilio's stand-ins: they take everything, and remember when to whom."""

    arrived: dict[str, float] = field(default_factory=dict)
    """When the first answer since it was last forgotten came, by chat."""
    taken: int = 0
    numbers: count[int] = field(default_factory=lambda: count(1))

    async def first_to(self, chat: str) -> float:
        while (at := self.arrived.get(chat)) is None:  # noqa: ASYNC110 - it is looked for a few times only
            await asyncio.sleep(0.001)
        return at

    def take(self, head: bytes, body: bytes) -> bytes:
        form = parse_qs(body.decode())
        chat = (form.get("chat_id") or form.get("To") or [""])[0]
        self.arrived.setdefault(chat, time.perf_counter())
        self.taken += 1
        number = next(self.numbers)
        asked = head.split(b"\r\n", 1)[0]
        if b"/getWebhookInfo" in asked:
            told = {"url": PUBLIC + TELEGRAM_PATH, "has_custom_certificate": False, "pending_update_count": 0}
            return json.dumps({"ok": True, "result": told}).encode()
        if b"/Messages.json" in asked:
            return json.dumps({"sid": f"SM{number:032x}", "status": "queued", "error_code": None}).encode()
        shown = {"message_id": number, "date": 0, "chat": {"id": int(chat or 1), "type": "private"}, "text": "Halo"}
        return json.dumps({"ok": True, "result": shown}).encode()


class Desk(asyncio.Protocol):
    """One line to a provider."""

    def __init__(self, providers: Providers) -> None:
        self.providers, self.held = providers, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport

    def data_received(self, data: bytes) -> None:
        self.held += data
        head, found, body = self.held.partition(b"\r\n\r\n")
        lowered = head.lower()
        at = lowered.find(b"content-length:")
        length = int(lowered[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if not found or len(body) < length:
            return
        self.held = body[length:]
        told, code = self.providers.take(head, body[:length]), b"201" if b"/Messages.json" in head else b"200"
        head = b"HTTP/1.1 %s OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % (code, len(told))
        self.transport.write(head + told)


def furnish(folder: str, customers: int) -> None:
    """Products, what was bought, and customers on Telegram who allow everything."""
    lots, now = Random(0), Morning().now()
    database = Database(f"sqlite:///{folder}/langganan.db", secret=KEY.encode())
    database.migrate()
    with database.transaction() as session:
        session.add_all(
            Product(
                sku=f"S{n}", name=f"Barang {n}", category=f"jenis {n % 12}", currency="IDR", price_minor=50_000,
                stock=99_999,
            )
            for n in range(100)
        )  # fmt: skip
        for number in range(1, customers + 1):
            person = Customer(name=f"Pelanggan {number}", source="chat", created_at=now - timedelta(days=400))
            session.add(person)
            session.flush()
            address = add_address(session, person, "telegram", str(number), "chat", now)
            address.last_inbound_at = now
            said, words = Evidence("telegram", "ya", f"in-{number}"), Wording("offers-1", "", "id")
            consent.grant(session, person.id, Purpose.OFFERS, scope="telegram", wording=words, evidence=said, at=now)
        rows = [
            {
                "customer_id": lots.randrange(customers) + 1, "kind": "purchase", "platform": "pos", "quantity": 1,
                "at": now - timedelta(days=lots.random() * 365), "product_id": lots.randrange(100) + 1,
                "amount_minor": 50_000, "currency": "IDR", "order_ref": f"o{n}",
            }
            for n in range(customers * 20)
        ]  # fmt: skip
        session.connection().execute(insert(Interaction), rows)
    database.close()


def plan(folder: str) -> int:
    """A campaign to all of them, due now; how many it reaches."""
    settings = _settings(folder)
    app = build(settings, Morning(), [], f"sqlite:///{folder}/langganan.db", settings.shop())
    with app.database.transaction() as session:
        draft = Draft("picks", "all", by_discount(10), holdout_percent=0)
        made = drafting.draft(session, app.composer, draft, shop=app.shop, by="bench", now=app.clock.now())
        planning.approve(session, made, ["telegram"], app.shop, by="bench", now=app.clock.now())
    preparing.prepare(app.database, ["telegram"], app.shop, app.clock.now)
    with app.database.reading() as session:
        (due,) = session.connection().exec_driver_sql("SELECT count(*) FROM messages WHERE state = 'planned'").one()
    app.close()
    return int(due)


def _settings(folder: str) -> Settings:
    return Settings(
        _env_file=None, secret_key=KEY, data_dir=Path(folder), public_url=PUBLIC, telegram_bot_token=BOT_TOKEN,
        telegram_webhook=True, twilio_auth_token=TWILIO_TOKEN,
    )  # type: ignore[call-arg]  # fmt: skip


def requests(messages: int, numbers: count[int], chats: int = CHATS) -> list[bytes]:
    """What people say, each in their own order, mixed; one of five on WhatsApp."""
    validator, headers = RequestValidator(TWILIO_TOKEN), {
        SECRET_HEADER: secret_token(KEY.encode(), BOT_TOKEN), "Content-Type": "application/json"
    }  # fmt: skip
    made = []
    for place in range(messages):
        number, chat = next(numbers), place % chats
        text = SAID[(place // chats + chat) % len(SAID)]
        if chat % 5:
            body = json.dumps(written(number, 700_000 + chat, text)).encode()
            made.append(posting(TELEGRAM_PATH, body, headers))
            continue
        form = {
            "SmsMessageSid": f"SMin{number}", "MessageSid": f"SMin{number}", "AccountSid": ACCOUNT, "NumMedia": "0",
            "From": f"whatsapp:+62813{chat:08}", "To": f"whatsapp:{NUMBER}", "ProfileName": "Sari", "Body": text,
            "SmsStatus": "received", "NumSegments": "1", "ReferralNumMedia": "0", "MessageType": "text",
            "WaId": f"62813{chat:08}", "ApiVersion": "2010-04-01",
        }  # fmt: skip
        signed = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Twilio-Signature": validator.compute_signature(PUBLIC + WHATSAPP_PATH, form),
        }
        made.append(posting(WHATSAPP_PATH, urlencode(form).encode(), signed))
    return made


def written(number: int, chat: int, text: str) -> dict[str, Any]:
    """A message as Telegram tells of it."""
    person = {"id": chat, "is_bot": False, "first_name": "Sari", "language_code": "id"}
    message = {
        "message_id": number, "date": int(time.time()), "from": person, "text": text,
        "chat": {"id": chat, "type": "private", "first_name": "Sari"},
    }  # fmt: skip
    return {"update_id": number, "message": message}


@dataclass(frozen=True)
class Wanted:
    """Where the shop lies, where the providers' stand-ins are, and what goes on beside."""

    folder: str
    port: int
    is_mining: bool = False
    is_sending: bool = False


def ours(door: socket.socket, line: Connection, wanted: Wanted) -> None:
    """The shop, and what goes on beside: mining in a process of its own, or a campaign."""
    os.environ |= {"DATA_DIR": wanted.folder, "SECRET_KEY": KEY, "PUBLIC_URL": PUBLIC}
    settings, clock = _settings(wanted.folder), Morning()
    telegram = Telegram.connect(BOT_TOKEN, clock, f"http://127.0.0.1:{wanted.port}/bot", per_second=1_000)
    home = f"http://127.0.0.1:{wanted.port}"
    client = Client(ACCOUNT, TWILIO_TOKEN, http_client=Line(home=home), environment=NO_ENVIRONMENT)
    whatsapp = WhatsApp(client, NUMBER, clock)

    async def serve() -> None:
        url = f"sqlite:///{wanted.folder}/langganan.db"
        app = build(settings, clock, [telegram, whatsapp], url, settings.shop())
        server, stopping = server_of(app, closing_seconds=1), asyncio.Event()
        carried = asyncio.create_task(carrying.keep(app.database, stopping))
        beside = [asyncio.create_task(over_and_over(mine))] if wanted.is_mining else []
        if wanted.is_sending:
            beside.append(asyncio.create_task(over_and_over(app.dispatcher.drain)))
        # What it began ends with it.
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, setattr, server, "should_exit", True)
        lasting.settle_in()
        telling(line)
        await server.serve([door])
        stopping.set()
        for each in beside:
            each.cancel()
        await asyncio.gather(*beside, carried, return_exceptions=True)
        for channel in (telegram, whatsapp):
            await channel.close()

    asyncio.run(serve())


async def mine() -> None:
    """As the worker does it by night."""
    child = await asyncio.create_subprocess_exec(*MINE, stdin=DEVNULL, stdout=DEVNULL)
    giving_way.to_people(child.pid)
    try:
        assert await child.wait() == 0
    finally:
        with suppress(ProcessLookupError):
            child.kill()


async def over_and_over(act: Callable[[], Awaitable[object]]) -> None:
    while True:
        await act()
        await asyncio.sleep(0.05)


def peer(door: socket.socket, line: Connection, wanted: Wanted) -> None:
    """What the library's own framework does with one row and one sentence a message."""

    def keep(chat: int, text: str) -> None:
        with sqlite3.connect(f"{wanted.folder}/peer.db", timeout=30) as connection:
            connection.execute("INSERT INTO said VALUES (?, ?)", (chat, text))

    async def answer(update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        message = update.effective_message
        assert message is not None
        await asyncio.to_thread(keep, message.chat_id, message.text or "")
        told.append(asyncio.create_task(message.reply_text("Terima kasih, pesannya sudah kami terima.")))

    told: list[asyncio.Task[object]] = []
    building = Application.builder().token(BOT_TOKEN).base_url(f"http://127.0.0.1:{wanted.port}/bot").updater(None)
    framework = building.pool_timeout(600).connection_pool_size(64).build()
    framework.add_handler(MessageHandler(filters.TEXT, answer))

    async def receive(request: Request) -> Response:
        await framework.process_update(Update.de_json(await request.json(), framework.bot))
        return Response()

    async def serve() -> None:
        with sqlite3.connect(f"{wanted.folder}/peer.db") as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("CREATE TABLE said (chat INTEGER, text TEXT)")
        framework._initialized = True
        await framework.bot.request.initialize()
        app = Starlette(routes=[Route(TELEGRAM_PATH, receive, methods=["POST"])])
        telling(line)
        await uvicorn.Server(uvicorn.Config(app, access_log=False, log_level="critical", lifespan="off")).serve(
            [door]
        )

    asyncio.run(serve())


async def measured(
    serve: Callable[[socket.socket, Connection, Any], None],
    folder: str,
    posts: Sequence[bytes],
    per_second: float | None = None,
    **beside: bool,
) -> tuple[Found, float]:
    """What was found, and how many answers a second arrived until the last of them had."""
    providers = Providers()
    loop = asyncio.get_running_loop()
    stand_in = await loop.create_server(lambda: Desk(providers), "127.0.0.1", 0, backlog=1_024)
    with opened(serve, Wanted(folder, stand_in.sockets[0].getsockname()[1], **beside)) as (port, line):
        # Statements are compiled and templates read by the first few.
        warm = len(posts) // 10
        await visits(port, posts[:warm], LINES)
        before, began = worked(line), time.perf_counter()
        providers.taken, taken = 0, -1
        found = await visits(port, posts[warm:], LINES, per_second)
        while taken < providers.taken:
            taken, at = providers.taken, time.perf_counter()
            await asyncio.sleep(0.5)
        found.worked = worked(line) - before
    assert set(found.codes) == {200}, found.codes
    stand_in.close()
    return found, taken / (at - began)


async def answers_beside_a_campaign(folder: str, messages: int, numbers: count[int]) -> tuple[Found, int, float]:
    """How long people wait for their answers while offers go out; how many offers, and how many of them a second."""
    providers, found = Providers(), Found()
    loop = asyncio.get_running_loop()
    stand_in = await loop.create_server(lambda: Desk(providers), "127.0.0.1", 0, backlog=1_024)
    wanted = Wanted(folder, stand_in.sockets[0].getsockname()[1], is_sending=True)
    chats = [str(700_000 + each) for each in range(CHATS) if each % 5]
    with opened(ours, wanted) as (port, line):
        before, began = worked(line), time.perf_counter()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for place in range(messages):
            await asyncio.sleep(max(began + place / BESIDE_PER_SECOND - time.perf_counter(), 0))
            chat = chats[place % len(chats)]
            providers.arrived.pop(chat, None)
            body = json.dumps(written(next(numbers), int(chat), "halo, kopi robusta masih ada?")).encode()
            asked = time.perf_counter()
            writer.write(posting(TELEGRAM_PATH, body, {SECRET_HEADER: secret_token(KEY.encode(), BOT_TOKEN)}))
            code = int((await reader.readuntil(b"\r\n\r\n"))[9:12])
            found.codes[code] = found.codes.get(code, 0) + 1
            found.waits.append(await providers.first_to(chat) - asked)
        found.seconds, offers = time.perf_counter() - began, providers.taken - messages
        found.worked = worked(line) - before
        writer.close()
    stand_in.close()
    return found, offers, offers / found.seconds


def main() -> None:
    asked = arguments(__doc__, messages=4_000, customers=6_000)
    messages, customers = (60, 60) if asked.small else (asked.messages, asked.customers)
    numbers = count(1)
    with tempfile.TemporaryDirectory() as folder:
        furnish(folder, customers)
        theirs, _ = asyncio.run(
            measured(peer, folder, [each for each in requests(messages // 4, numbers) if b"/telegram" in each])
        )
        if not asked.small:
            asyncio.run(measured(ours, folder, requests(CHATS, numbers)))
            most, answered = asyncio.run(measured(ours, folder, requests(messages, numbers), is_mining=True))
            print(f"as many as it takes, while it mines: {most}; {answered:,.0f} answers/s arrived")
            print(f"{most.rate / theirs.rate:.1f} times as many as python-telegram-bot's Application: {theirs}")
        paced, _ = asyncio.run(measured(ours, folder, requests(messages, numbers), PACE, is_mining=True))
        due = plan(folder)
        beside, offers, offers_a_second = asyncio.run(
            answers_beside_a_campaign(folder, 10 if asked.small else 300, numbers)
        )
    print(f"at {PACE} a second, while it mines: {paced}")
    print(f"answers beside a campaign ({offers:,} of {due:,} offers, {offers_a_second:,.0f}/s): {beside}")
    is_well = (
        paced.rate >= LEAST_PER_SECOND and paced.wait(0.99) <= LONGEST_MS and beside.wait(0.99) <= LONGEST_ANSWER_MS
    )
    leave(is_well=is_well, is_small=asked.small)


if __name__ == "__main__":
    main()
