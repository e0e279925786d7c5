"""A campaign to a million people on SQLite: what the serving process holds in memory, and whether it slows down.

The shop is made by a process of its own. Then one that is put together as `langganan serve` is (bot.app.build, the
libraries of the web and the messengers loaded) says yes, writes the rows down and sends, over a channel that takes
everything at once. To be done before supper it sends the first and the last ENDS messages; those between are marked
as sent by one statement, so that the table is as full as it would be; --ends 500000 sends every one.
Budgets: at most 200 MB resident at any time; what is sent last goes out no more than 10 % slower than what is sent
first, by the processor's clock. Run: python benchmarks/bench_million.py [--small] [--customers N] [--ends N]
"""

from __future__ import annotations

import asyncio
import multiprocessing
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from threading import Event, Thread

from crowds import CHANNEL, NOW, crowd
from measuring import arguments, leave, resident_megabytes
from sqlalchemy import update
from sqlmodel import Session, col, func, select

from bot.app import App, build
from bot.clock import ManualClock
from bot.settings import Settings
from campaigns.channel import Outgoing, Sent
from campaigns.launching import drafting, planning, preparing
from campaigns.launching.drafts import Draft, by_discount
from campaigns.sending.dispatching import Drained
from campaigns.tables import Campaign, Message, State
from ledger.database import Database

CUSTOMERS, FEW = 1_000_000, 6_000
ENDS, FEW_ENDS = 20_000, 1_000
MOST_MEGABYTES, LEAST_SHARE = 200, 0.9
SAMPLED_EVERY_SECONDS = 0.2
SERVED = ("bot.serving", "bot.worker", "bot.web.app", "bot.channels.telegram", "bot.channels.whatsapp", "uvicorn")


class Enough(Exception):
    """So many are sent."""


class Nowhere:
    """A channel that takes everything at once."""

    name, carries_documents, per_second = CHANNEL, False, None

    async def send(self, outgoing: Outgoing) -> Sent:
        return Sent(outgoing.address)


@dataclass
class Memory:
    """The most megabytes that were resident since it was last asked."""

    most: float = 0.0
    _done: Event = field(default_factory=Event)

    def watch(self) -> None:
        while not self._done.wait(SAMPLED_EVERY_SECONDS):
            self.most = max(self.most, resident_megabytes())

    @contextmanager
    def watched(self, what: str) -> Iterator[None]:
        """Says what the block took, in seconds and megabytes."""
        self.most, began, worked = resident_megabytes(), time.perf_counter(), time.process_time()
        yield
        seconds, worked = time.perf_counter() - began, time.process_time() - worked
        print(f"{what}: {seconds:.1f} s ({worked:.1f} s of the processor), at most {self.most:.0f} MB", flush=True)


def furnished(url: str, customers: int) -> None:
    """A shop with so many customers, made where its memory is given back."""
    making = multiprocessing.get_context("spawn").Process(target=_furnish, args=(url, customers))
    making.start()
    making.join()
    if making.exitcode:
        raise SystemExit("the shop could not be made")


def _furnish(url: str, customers: int) -> None:
    database = Database(url, secret=b"for measuring only")
    database.migrate()
    crowd(database, customers)
    database.close()


def opened(folder: str) -> App:
    """The shop as it is opened for serving."""
    for each in SERVED:
        import_module(each)
    settings = Settings(
        _env_file=None,  # type: ignore[call-arg]
        data_dir=Path(folder),
        days_between_offers=0,
        offers_per_month=60,
        offers_per_category=60,
        pause_failures_percent=100,
        pause_leaves_percent=100,
    )
    return build(settings, ManualClock(NOW), [Nowhere()], f"sqlite:///{folder}/shop.db", settings.shop())


def launched(app: App) -> int:
    """The campaign's number, once the yes is said."""
    wanted = Draft("picks", "all", by_discount(10, 15), holdout_percent=10)
    with app.database.transaction() as session:
        campaign = drafting.draft(session, app.composer, wanted, shop=app.shop, by="bench", now=NOW)
        planning.approve(session, campaign, [CHANNEL], app.shop, by="bench", now=NOW)
        return campaign.id


def sent(app: App, most: int) -> float:
    """Sends so many, or all there are; how many a second of the processor, from the first batch on.

    What is looked at once when a drain begins is no part of the speed: a campaign is one drain.
    """
    began: list[tuple[int, float]] = []
    seen = [0]

    def enough(drained: Drained) -> None:
        seen[0] = drained.sent
        if not began and drained.sent:
            began.append((drained.sent, time.process_time()))
        if drained.sent >= most:
            raise Enough

    with suppress(Enough):
        asyncio.run(app.dispatcher.drain(enough))
    first, at = began[0]
    return (seen[0] - first) / (time.process_time() - at)


def skip_to(session: Session, left: int) -> None:
    """All but so many of the planned are marked as sent long ago enough to be of no interest to the caps."""
    planned = select(Message.id).where(Message.state == State.PLANNED).order_by(col(Message.id).desc())
    first = session.exec(planned.offset(left - 1).limit(1)).first()
    if first is not None:
        session.connection().execute(
            update(Message)
            .where(col(Message.state) == State.PLANNED, col(Message.id) < first)
            .values(state=State.SENT, sending_at=NOW, sent_at=NOW, body="x" * 200, attempts=1)
        )


def measure(folder: str, customers: int, ends: int) -> tuple[float, float]:
    """The most megabytes, and the last tenth's speed over the first's."""
    url, memory, most = f"sqlite:///{folder}/shop.db", Memory(), []
    furnished(url, customers)
    app = opened(folder)
    Thread(target=memory.watch, daemon=True).start()
    print(f"opened: {resident_megabytes():.0f} MB")

    def step(what: str, act: Callable[[], object]) -> None:
        with memory.watched(what):
            act()
        most.append(memory.most)

    speeds: list[float] = []
    step("the yes", lambda: launched(app))
    step("written down", lambda: preparing.prepare(app.database, [CHANNEL], app.shop, app.clock.now))
    step("the first", lambda: speeds.append(sent(app, ends)))
    with app.database.transaction() as session:
        skip_to(session, ends)
    step("the last", lambda: speeds.append(sent(app, ends)))
    with app.database.reading() as session:
        counts = session.exec(select(Message.state, func.count()).group_by(Message.state)).all()
        status = session.exec(select(Campaign.status)).one()
    print(f"{status}: " + ", ".join(f"{n:,} {state}" for state, n in counts))
    print(f"sent a second of the processor: {speeds[0]:,.0f} at first, {speeds[1]:,.0f} at last")
    app.close()
    return max(most), speeds[1] / speeds[0]


def main() -> None:
    asked = arguments(__doc__, customers=CUSTOMERS, ends=ENDS)
    customers, ends = (FEW, FEW_ENDS) if asked.small else (asked.customers, asked.ends)
    with tempfile.TemporaryDirectory() as folder:
        most, share = measure(folder, customers, ends)
    print(f"at most {most:.0f} MB of {MOST_MEGABYTES}; the last at {share:.2f} of the first's speed")
    leave(is_well=most <= MOST_MEGABYTES and share >= LEAST_SHARE, is_small=asked.small)


if __name__ == "__main__":
    main()
