"""How many offers a second leave through the whole outbox, written down and settled, against others on the same stub.

A campaign of personal offers with codes on SQLite; the real Telegram channel, its rate lifted; a Bot API on this
computer that answers after 50 ms, in a process of its own. By the clock from the first claim until every row is
settled, and then counted: rows, messages that came, chats they went to.
Peers, in the same run: our own request class with no bookkeeping, as many at once; and aiogram-broadcaster, tgcast
and python-telegram-broadcast, each by default and with all that its options lift (see peers/sending.py).
Budget, with as many in flight as we have by default: at least 1,000 a second, 80 % of the bare request class, and
twice each peer with as many. Of one that keeps nothing where its options let it keep what was sent, as ours is kept,
the latter counts: the former is printed, and not judged.
Where others use the computer too, the processor's seconds tell more: they are printed beside.
Run: python benchmarks/bench_dispatch.py (the peers are set up by `make peers`; --peers 0 leaves them out)
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from sqlmodel import func, select
from telegram import Bot

from benchmarks.bot_api import TOKEN, bot_api, told
from benchmarks.furnishing import CHANNEL, NOW, furnish
from benchmarks.measuring import Taken, arguments, leave, timed
from bot import lasting
from bot.channels.telegram.channel import Telegram
from bot.channels.telegram.reading import NO_PREVIEW
from bot.channels.telegram.request import AiohttpRequest
from bot.clock import ManualClock
from campaigns.launching import drafting, planning, preparing
from campaigns.launching.drafts import Allocation, Draft, by_discount
from campaigns.sending.dispatching import IN_FLIGHT, Dispatcher
from campaigns.shop import Caps, Shop
from campaigns.tables import Message
from campaigns.words.composing import Composer
from ledger.database import Database

SHOP = Shop(
    name="Toko Ratna",
    caps=Caps(days_between=0, per_30_days=60, per_category=60),
    public_url="https://toko.example.com",
)
DELAY_SECONDS = 0.05
FEW, MOST = 64, 200
UNLIMITED = 1e6
LEAST_PER_SECOND, LEAST_SHARE, LEAST_RATIO = 1_000, 0.8, 2.0
HERE = Path(__file__).parent
PEERS_PYTHON = HERE / "peers" / ".venv" / "bin" / "python"
PEERS = {
    # By default 20 to 25 a second, or a process for each message: as few as tell the rate.
    "aiogram-broadcaster": {None: 100, IN_FLIGHT: 2_000},
    "aiogram-broadcaster-kept": {None: 100, IN_FLIGHT: 1_000},
    "tgcast": {None: 150, IN_FLIGHT: 2_000},
    "python-telegram-broadcast": {None: 100, IN_FLIGHT: 100},
}
ABOUT = {
    ("aiogram-broadcaster", None): "one mailer, no interval, nothing kept",
    ("aiogram-broadcaster", IN_FLIGHT): f"the chats shared out to {IN_FLIGHT} mailers, nothing kept",
    ("aiogram-broadcaster-kept", None): "one mailer, kept in its SQLite storage",
    ("aiogram-broadcaster-kept", IN_FLIGHT): f"{IN_FLIGHT} mailers, kept in its SQLite storage",
    ("tgcast", None): "25 a second, 8 workers, kept in SQLite",
    ("tgcast", IN_FLIGHT): f"rates lifted, {IN_FLIGHT} workers, kept in SQLite",
    ("python-telegram-broadcast", None): "one after the other, nothing kept",
    ("python-telegram-broadcast", IN_FLIGHT): "its pool of processes, one a processor, nothing kept",
}
FORGETFUL = {("aiogram-broadcaster", IN_FLIGHT)}
"""Printed and not judged: after a crash it knows nothing; beside it stands the same with its storage."""


@dataclass(frozen=True)
class Rate:
    """Messages a second by the clock, and a second of this process's processor."""

    per_second: float
    per_worked: float

    @classmethod
    def of(cls, messages: int, taken: Taken) -> Rate:
        return cls(messages / taken.seconds, messages / max(taken.worked, 1e-9))


def approve(database: Database, composer: Composer) -> None:
    """A campaign to everybody: personal offers with a code, in two variants."""
    with database.transaction() as session:
        wanted = Draft("picks", "all", by_discount(10, 15), Allocation.FIXED, holdout_percent=0)
        campaign = drafting.draft(session, composer, wanted, shop=SHOP, by="bench", now=NOW)
        planning.approve(session, campaign, [CHANNEL], SHOP, by="bench", now=NOW)
    preparing.prepare(database, [CHANNEL], SHOP, lambda: NOW)


def dispatched(url: str, recipients: int, in_flight: int) -> tuple[Rate, str]:
    """The rate of a whole campaign, and the text of one of its messages."""
    with tempfile.TemporaryDirectory() as folder:
        database, composer = Database(f"sqlite:///{folder}/shop.db", secret=b"for measuring only"), Composer()
        database.migrate()
        with database.transaction() as session:
            furnish(session, customers=recipients, purchases=recipients * 5, products=200)
        approve(database, composer)
        told(url)
        taken = asyncio.run(drain(database, composer, url, in_flight))
        with database.reading() as session:
            states = Counter(dict(session.exec(select(Message.state, func.count()).group_by(Message.state)).all()))
            text = session.exec(select(Message.body).limit(1)).one() or ""
        database.close()
    if states != {"sent": recipients} or told(url) != (recipients, recipients):
        raise SystemExit(f"of {recipients:,} not each was sent once: {dict(states)}")
    return Rate.of(recipients, taken), text


async def drain(database: Database, composer: Composer, url: str, in_flight: int) -> Taken:
    channel = Telegram.connect(TOKEN, ManualClock(NOW), base_url=f"{url}/bot", per_second=UNLIMITED)
    dispatcher = Dispatcher(database, {CHANNEL: channel}, composer, SHOP, lambda: NOW, in_flight=in_flight)
    with timed() as taken:
        await dispatcher.drain()
    await channel.close()
    return taken


async def bare(url: str, messages: int, in_flight: int, text: str) -> Rate:
    """The request class, with the library's own `Bot.send_message` before it and no bookkeeping behind it."""
    line = AiohttpRequest(in_flight)
    bot = Bot(TOKEN, base_url=f"{url}/bot", request=line)
    left = iter(range(messages))

    async def send_on() -> None:
        for chat in left:
            await bot.send_message(700_001 + chat, text, parse_mode="HTML", link_preview_options=NO_PREVIEW)

    await asyncio.gather(*(bot.send_message(700_001, text) for _ in range(in_flight)))
    with timed() as taken:
        await asyncio.gather(*(send_on() for _ in range(in_flight)))
    await line.shutdown()
    return Rate.of(messages, taken)


def peer(name: str, url: str, messages: int, in_flight: int | None) -> float:
    """Messages a second of another library."""
    told(url)
    lifted = ["--in-flight", str(in_flight)] if in_flight else []
    command = [PEERS_PYTHON, HERE / "peers" / "sending.py", name, "--url", url, "--messages", str(messages), *lifted]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    if told(url) != (messages, messages):
        raise SystemExit(f"{name} did not send each of {messages:,} once")
    return messages / json.loads(said.stdout)["seconds"]


def against_peers(url: str, ours: float) -> bool:
    """Prints how the others do; whether none of them, at its best, does half as well."""
    if not PEERS_PYTHON.exists():
        subprocess.run(["make", "--no-print-directory", "peers"], cwd=HERE.parent, check=True)
    is_well = True
    for name, runs in PEERS.items():
        for in_flight, messages in runs.items():
            rate = peer(name, url, messages, in_flight)
            print(f"{name} ({ABOUT[name, in_flight]}): {rate:,.0f}/s; ours {ours / rate:.1f} times as many")
            is_well &= (name, in_flight) in FORGETFUL or ours >= LEAST_RATIO * rate
    return is_well


def measured(url: str, recipients: int, in_flight: int) -> tuple[Rate, Rate]:
    # As `serve` keeps house, and for the bare class too.
    lasting.settle_in()
    ours, text = dispatched(url, recipients, in_flight)
    alone = asyncio.run(bare(url, min(recipients, 10_000), in_flight, text))
    print(
        f"{in_flight} in flight: {recipients:,} offers at {ours.per_second:,.0f}/s, every row settled; "
        f"the bare request class {alone.per_second:,.0f}/s: {ours.per_second / alone.per_second:.0%}; "
        f"a second of the processor {ours.per_worked:,.0f} and {alone.per_worked:,.0f}"
    )
    return ours, alone


def main() -> None:
    said = arguments(__doc__, recipients=20_000, peers=1)
    with bot_api(0.0 if said.small else DELAY_SECONDS) as url:
        if said.small:
            measured(url, 50, IN_FLIGHT)
            leave(is_well=True, is_small=True)
        measured(url, said.recipients, FEW)
        ours, alone = measured(url, said.recipients, IN_FLIGHT)
        measured(url, said.recipients, MOST)
        is_well = ours.per_second >= max(LEAST_PER_SECOND, LEAST_SHARE * alone.per_second)
        if said.peers:
            is_well &= against_peers(url, ours.per_second)
        leave(is_well=is_well)


if __name__ == "__main__":
    main()
