"""Has another library send so many messages to a Bot API on this computer; prints how long that took as JSON.

Run in the peers' own environment: sending.py NAME --url URL --messages N [--in-flight M]
Without --in-flight everything is as the library has it by default.
"""

from __future__ import annotations

import argparse
import asyncio
import functools
import json
import logging
import sqlite3
import tempfile
import time

TOKEN = "123456789:AAF-invented-token-for-measuring-only"
TEXT = "Halo Kak Sari, Toko Ratna memilihkan ini untuk Kakak:\n\n" + "• Kopi Nusantara isi 250 gram — Rp45.000\n" * 4
FIRST_CHAT = 700_001


async def aiogram_broadcaster(url: str, messages: int, in_flight: int | None, *, is_kept: bool = False) -> float:
    """A mailer sends one after the other and has no rate; several mailers share the chats and send at once.

    ``is_kept``: who was sent to stands in its SQLite storage, as ours does.
    """
    from aiogram import Bot
    from aiogram.client.session.aiohttp import AiohttpSession
    from aiogram.client.telegram import TelegramAPIServer
    from aiogram_broadcaster import Broadcaster
    from aiogram_broadcaster.contents import TextContent
    from aiogram_broadcaster.storages.sqlalchemy import SQLAlchemyStorage

    session = AiohttpSession(api=TelegramAPIServer.from_base(url), limit=max(in_flight or 0, 100))
    bot = Bot(TOKEN, session=session)
    with tempfile.TemporaryDirectory() as folder:
        storage = SQLAlchemyStorage.from_url(f"sqlite+aiosqlite:///{folder}/chats.db") if is_kept else None
        if storage is not None:
            await storage.startup()
        broadcaster = Broadcaster(bot, storage=storage)
        chats = range(FIRST_CHAT, FIRST_CHAT + messages)
        shares = in_flight or 1
        mailers = [
            await broadcaster.create_mailer(chats=list(chats[n::shares]), content=TextContent(text=TEXT))
            for n in range(min(shares, messages))
        ]
        began = time.perf_counter()
        await asyncio.gather(*(mailer.start() for mailer in mailers))
        seconds = time.perf_counter() - began
        if storage is not None:
            await storage.shutdown()
    await session.close()
    return seconds


def tgcast(url: str, messages: int, in_flight: int | None) -> float:
    """Its queue is a SQLite file, as ours is; what is sent is acknowledged there."""
    from tgcast import Task, Telecast

    rates = {"global_rps": 1e9, "per_chat_rps": 1e9, "poll_interval": 0.001, "lease_ttl": 300.0}
    lifted = {**rates, "max_concurrency": in_flight} if in_flight else {}
    with tempfile.TemporaryDirectory() as folder:
        store = f"{folder}/tgcast.db"
        engine = Telecast(TOKEN, store_dsn=store, telegram_base_url=url, **lifted)
        for chat in range(FIRST_CHAT, FIRST_CHAT + messages):
            engine.enqueue(Task(chat_id=chat, text=TEXT))
        began = time.perf_counter()
        engine.start()
        looking = sqlite3.connect(store)
        while looking.execute("SELECT count(*) FROM tasks WHERE state = 'sent'").fetchone()[0] < messages:
            time.sleep(0.02)
        seconds = time.perf_counter() - began
        engine.shutdown()
        looking.close()
    return seconds


async def python_telegram_broadcast(url: str, messages: int, in_flight: int | None) -> float:
    """One after the other by default; lifted, its pool of as many processes as there are processors.

    It has no option for another address: the class it makes its bots of is told where to send.
    """
    import telegram

    telegram.Bot = functools.partial(telegram.Bot, base_url=f"{url}/bot")
    from python_telegram_broadcast import BroadcastMethodType, BroadcastStrategyType, handle_broadcast

    ways = BroadcastStrategyType
    began = time.perf_counter()
    sent, failed = await handle_broadcast(
        [(chat, "") for chat in range(FIRST_CHAT, FIRST_CHAT + messages)],
        TOKEN,
        BroadcastMethodType.TEXT,
        ways.ASYNCIO_SEQUENTIAL if in_flight is None else ways.ASYNCIO_PROCESS_POOL,
        TEXT,
        "",
    )
    seconds = time.perf_counter() - began
    if failed or len(sent) != messages:
        raise RuntimeError(f"{len(failed)} of {messages} failed: {failed[:1]}")
    return seconds


PEERS = {
    "aiogram-broadcaster": lambda *told: asyncio.run(aiogram_broadcaster(*told)),
    "aiogram-broadcaster-kept": lambda *told: asyncio.run(aiogram_broadcaster(*told, is_kept=True)),
    "tgcast": tgcast,
    "python-telegram-broadcast": lambda *told: asyncio.run(python_telegram_broadcast(*told)),
}


def main() -> None:
    reader = argparse.ArgumentParser()
    reader.add_argument("name", choices=PEERS)
    reader.add_argument("--url", required=True)
    reader.add_argument("--messages", type=int, required=True)
    reader.add_argument("--in-flight", type=int)
    said = reader.parse_args()
    logging.disable(logging.CRITICAL)
    seconds = PEERS[said.name](said.url, said.messages, said.in_flight)
    print(json.dumps({"messages": said.messages, "seconds": seconds}))


if __name__ == "__main__":
    main()
