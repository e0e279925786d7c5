"""What happens by itself: offers go out, the history is mined, and closing loses nothing."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, text
from sqlmodel import select

from bot.app import App, build
from bot.clock import ManualClock
from bot.inbound import Inbound
from bot.leading import Leader
from bot.settings import Settings
from bot.worker import MINE, Worker, mine_command
from campaigns.channel import Outcome, Outgoing, Sent
from campaigns.launching import drafting, planning
from campaigns.launching.drafts import Draft, Trigger, When
from campaigns.sending.dispatching import IN_FLIGHT
from campaigns.tables import Message, MiningRun, State, Status, WakeUp
from ledger import customers, interactions, retention
from ledger.database import Database
from ledger.tables import AuditEntry, Customer, Interaction, Kind, Product, RetentionRun

NOW = datetime(2026, 11, 2, 3, tzinfo=UTC)
"""A Monday, ten in the morning in Jakarta."""
SECRET = "a key for tests only, 32 bytes.."
NOTHING = (sys.executable, "-c", "")


@dataclass
class Slow:
    """A messenger that takes its time."""

    seconds: float = 0
    name: str = "simulator"
    begun: int = 0
    sent: list[Outgoing] = field(default_factory=list)
    carries_documents: bool = False
    carries_pictures: bool = False

    async def send(self, outgoing: Outgoing) -> Outcome:
        self.begun += 1
        await asyncio.sleep(self.seconds)
        self.sent.append(outgoing)
        return Sent(f"slow-{len(self.sent)}")


@pytest.fixture
def channel() -> Slow:
    return Slow()


@pytest.fixture
def app(sqlite_database: Database, channel: Slow) -> Iterator[App]:
    settings = Settings(_env_file=None, secret_key=SECRET)  # type: ignore[call-arg,arg-type]
    url = sqlite_database.engine.url.render_as_string(hide_password=False)
    app = build(settings, ManualClock(NOW), [channel], url, settings.shop())
    yield app
    app.close()


def plan_for(app: App, people: int) -> None:
    """A campaign for ``people`` who said yes."""
    with app.database.transaction() as session:
        session.add(
            Product(sku="KOPI-1", name="Kopi Gayo", currency="IDR", price_minor=45_000_00, stock=9, launched_at=NOW)
        )
    for person in range(people):
        for turn, said in enumerate(("MULAI", "ya", "tidak")):
            app.note_given(app.router.receive(Inbound("simulator", f"orang-{person}", said, f"{person}-{turn}")).asks)
    with app.database.transaction() as session:
        campaign = drafting.draft(
            session,
            app.composer,
            Draft("new_arrivals", "all", holdout_percent=0),
            shop=app.shop,
            by="test",
            now=NOW,
        )
        planning.approve(session, campaign, app.channels.keys(), app.shop, by="test", now=NOW)


def states(app: App) -> dict[str, int]:
    with app.database.reading() as session:
        return dict(session.exec(select(Message.state, func.count()).group_by(Message.state)).all())


async def until(happened: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not happened():  # noqa: ASYNC110 - the database rings no bell
            await asyncio.sleep(0.02)


def test_offers_go_out_by_themselves(app: App, channel: Slow) -> None:
    plan_for(app, people=2)

    async def work() -> None:
        worker = Worker(app, NOTHING, drain_every_seconds=0.1)
        worker.start()
        await until(lambda: len(channel.sent) == 2)
        await worker.stop()

    asyncio.run(work())
    assert "Kopi Gayo" in channel.sent[0].text
    assert states(app) == {State.SENT: 2}


def test_closing_settles_what_is_in_flight_and_claims_nothing_more(app: App, channel: Slow) -> None:
    plan_for(app, people=IN_FLIGHT + 3)
    channel.seconds = 0.3

    async def work() -> None:
        worker = Worker(app, NOTHING, drain_every_seconds=0.1)
        worker.start()
        # What was claimed and not begun goes back when closing; all of it has to be with the messenger.
        await until(lambda: channel.begun == IN_FLIGHT)
        await worker.stop()

    asyncio.run(work())
    assert states(app) == {State.SENT: IN_FLIGHT, State.PLANNED: 3}


def test_a_job_that_fails_is_tried_again_and_its_words_stay_out_of_the_log(
    app: App, channel: Slow, caplog: pytest.LogCaptureFixture
) -> None:
    plan_for(app, people=1)

    def rename(old: str, new: str) -> None:
        with app.database.transaction() as session:
            session.connection().execute(text(f"ALTER TABLE {old} RENAME TO {new}"))

    async def work() -> None:
        rename("messages", "messages_elsewhere")
        worker = Worker(app, NOTHING, drain_every_seconds=0.1)
        worker.start()
        await until(lambda: "drain failed" in caplog.text)
        rename("messages_elsewhere", "messages")
        await until(lambda: channel.sent)
        await worker.stop()

    asyncio.run(work())
    assert "OperationalError" in caplog.text
    assert "no such table" not in caplog.text


def long_ago(app: App) -> datetime:
    """The shop's clock is put far back: to APScheduler, which looks at the real one, every time has come by then."""
    assert isinstance(app.clock, ManualClock)
    app.clock.forward(datetime(2020, 11, 2, 3, tzinfo=UTC) - NOW)
    return app.clock.now()


def schedule(app: App, when: When) -> int:
    with app.database.transaction() as session:
        wanted = Draft("new_arrivals", "all", holdout_percent=0, when=when)
        now = app.clock.now()
        campaign = drafting.draft(session, app.composer, wanted, shop=app.shop, by="test", now=now)
        planning.approve(session, campaign, app.channels.keys(), app.shop, by="test", now=now)
        return campaign.id


def offer_something(app: App, *people: str) -> None:
    with app.database.transaction() as session:
        launched = app.clock.now()
        session.add(
            Product(sku="KOPI-1", name="Kopi Gayo", currency="IDR", price_minor=1, stock=9, launched_at=launched)
        )
    for person in people:
        for turn, said in enumerate(("MULAI", "ya", "ya")):
            app.note_given(app.router.receive(Inbound("simulator", person, said, f"{person}-{turn}")).asks)


def test_what_was_scheduled_elsewhere_is_known_here_starts_at_its_time_and_goes_out(app: App, channel: Slow) -> None:
    now = long_ago(app)
    offer_something(app, "sari")

    async def work() -> None:
        leader = Leader(app, NOTHING)
        leader.start()
        number = schedule(app, When(at=now + timedelta(days=1)))
        for _ in range(3):
            await leader.align()
            await asyncio.sleep(0.1)
        # To the shop it is not yet time, whatever rings.
        assert status(app, number) == Status.SCHEDULED
        await app.dispatcher.drain()
        assert channel.sent == []
        app.clock.forward(timedelta(days=1))  # type: ignore[attr-defined]
        await leader.align()
        await until(lambda: status(app, number) == Status.RUNNING)
        await leader.align()
        assert wake_ups(app) == []
        await leader.stop()
        assert states(app) == {State.PLANNED: 1}
        await app.dispatcher.drain()

    asyncio.run(work())
    assert len(channel.sent) == 1
    assert states(app) == {State.SENT: 1}


def wake_ups(app: App) -> list[str]:
    with app.database.reading() as session:
        return list(session.exec(select(WakeUp.id)))


def test_a_wake_up_goes_with_the_campaign_that_was_cancelled(app: App) -> None:
    async def work() -> None:
        leader = Leader(app, NOTHING)
        leader.start()
        number = schedule(app, When(at=datetime(2120, 1, 1, tzinfo=UTC)))
        await leader.align()
        assert wake_ups(app) == [str(number)]
        with app.database.transaction() as session:
            planning.cancel(session, planning.find(session, number), by="test", now=NOW)
        await leader.align()
        assert wake_ups(app) == []
        await leader.stop()

    asyncio.run(work())


def test_what_was_missed_while_nobody_was_there_asks_when_the_shop_is_opened(app: App, channel: Slow) -> None:
    now = long_ago(app)
    offer_something(app, "sari")
    number = schedule(app, When(at=now + timedelta(hours=1)))
    app.clock.forward(timedelta(hours=3))  # type: ignore[attr-defined]

    async def work() -> None:
        worker = Worker(app, NOTHING, drain_every_seconds=0.1)
        worker.start()
        await until(lambda: status(app, number) == Status.MISSED)
        await worker.stop()

    asyncio.run(work())
    assert channel.sent == []


def status(app: App, number: int) -> str:
    with app.database.reading() as session:
        return planning.find(session, number).status


def test_whose_turn_it_is_is_found_as_soon_as_the_shop_is_opened(app: App, channel: Slow) -> None:
    offer_something(app, "sari")
    schedule(app, When(trigger=Trigger.CART))
    with app.database.transaction() as session:
        sari = customers.find(session, "sari", "ID").id
        product = session.exec(select(Product.id)).one()
        then = NOW - timedelta(hours=3)
        session.add(Interaction(customer_id=sari, kind=Kind.CART, at=then, platform="web", product_id=product))

    async def work() -> None:
        worker = Worker(app, NOTHING, drain_every_seconds=0.1)
        worker.start()
        await until(lambda: channel.sent)
        await worker.stop()

    asyncio.run(work())
    assert "Kopi Gayo" in channel.sent[0].text


def test_closing_with_wake_ups_that_keep_ringing_is_quick_and_says_nothing(
    app: App, caplog: pytest.LogCaptureFixture
) -> None:
    now = long_ago(app)
    for _ in range(20):
        schedule(app, When(at=now + timedelta(days=1)))

    async def work() -> None:
        leader = Leader(app, NOTHING)
        leader.start()
        await leader.align()
        await leader.stop()

    began = time.monotonic()
    asyncio.run(work())
    assert time.monotonic() - began < 5
    assert [each for each in caplog.records if each.levelno >= logging.ERROR] == []


def test_mining_and_tidying_are_due_at_the_shops_own_hours(app: App) -> None:
    async def next_times() -> dict[str, datetime]:
        leader = Leader(app, NOTHING)
        leader.start()
        times = {name: job.next_run_time for name, job in leader.rounds.jobs.items()}
        await leader.stop()
        return times

    due = asyncio.run(next_times())
    for name, hour, minute in (("mine", 3, 0), ("tidy", 3, 30)):
        assert (due[name].hour, due[name].minute, due[name].utcoffset()) == (hour, minute, timedelta(hours=7))
    assert due["ask"].minute == 10


def test_by_night_what_is_old_goes_and_by_day_the_absent_are_asked(app: App, channel: Slow) -> None:
    app.router.receive(Inbound("simulator", "sari", "MULAI", "1"))
    assert isinstance(app.clock, ManualClock)
    app.clock.forward(timedelta(days=730))

    async def work() -> None:
        leader = Leader(app, NOTHING)
        await leader.tidy()
        await leader.ask()
        await leader.ask()

    asyncio.run(work())
    with app.database.reading() as session:
        (run,) = session.exec(select(RetentionRun)).all()
    assert (run.removed["conversations"], run.removed["receipts"], run.asked) == (2, 1, 1)
    (question,) = channel.sent
    assert question.text.splitlines()[2].startswith("Boleh Toko Kita tetap menyimpan")


def test_closing_stops_the_tidying_between_two_batches(
    app: App, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(retention, "ROWS_AT_ONCE", 10)
    with app.database.transaction() as session:
        old = NOW - timedelta(days=2_000)
        session.add_all(AuditEntry(at=old, actor="test", action=f"deed {number}") for number in range(1_000))

    def left() -> int:
        with app.database.reading() as session:
            return session.exec(select(func.count()).select_from(AuditEntry)).one()

    async def work() -> None:
        leader = Leader(app, NOTHING)
        leader.start()
        tidying = asyncio.create_task(leader.rounds.keep_going("tidy", leader.tidy))
        await until(lambda: left() < 1_000)
        await leader.stop()
        await tidying

    began = time.monotonic()
    asyncio.run(work())
    assert time.monotonic() - began < 5
    assert 0 < left() < 1_000
    assert "failed" not in caplog.text


def test_mining_that_fails_leaves_a_word_in_the_log(app: App, caplog: pytest.LogCaptureFixture) -> None:
    asyncio.run(Leader(app, [sys.executable, "-c", "raise SystemExit(3)"]).mine())
    assert "exit code 3" in caplog.text


@pytest.mark.skipif(not hasattr(os, "getpriority"), reason="this system knows no order of processes")
def test_mining_gives_way_to_people(app: App, tmp_path: Path) -> None:
    # The child waits until it stands back, a moment after it began, and says how far.
    waits = (
        "import os, sys, time\n"
        "ends = time.monotonic() + 5\n"
        "while os.getpriority(os.PRIO_PROCESS, 0) == int(sys.argv[1]) and time.monotonic() < ends: pass\n"
        "open(sys.argv[2], 'w').write(str(os.getpriority(os.PRIO_PROCESS, 0)))"
    )
    ours, told = os.getpriority(os.PRIO_PROCESS, 0), tmp_path / "niceness"
    asyncio.run(Leader(app, [sys.executable, "-c", waits, str(ours), str(told)]).mine())
    assert int(told.read_text()) > ours


def test_closing_does_not_wait_for_the_mining_to_end(app: App, caplog: pytest.LogCaptureFixture) -> None:
    async def work() -> None:
        leader = Leader(app, [sys.executable, "-c", "import time; time.sleep(60)"])
        leader.start()
        mining = asyncio.create_task(leader.rounds.keep_going("mine", leader.mine))
        await until(lambda: leader._child)
        await leader.stop()
        await mining

    began = time.monotonic()
    asyncio.run(work())
    assert time.monotonic() - began < 5
    assert caplog.text == ""


def test_the_nightly_command_mines_the_shop_of_the_environment(
    app: App, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with app.database.transaction() as session:
        products = [Product(sku=f"P{number}", name=f"Produk {number}", currency="IDR") for number in range(6)]
        people = [Customer(name=f"Orang {number}", source="test", created_at=NOW) for number in range(40)]
        session.add_all([*products, *people])
        session.flush()
        for number, person in enumerate(people):
            for order in range(1 + number % 4):
                for product in (products[order], products[(order + number) % 6]):
                    interactions.log_purchase(
                        session,
                        person.id,
                        product,
                        quantity=1,
                        amount_minor=10_000_00 + number,
                        order_ref=f"{number}-{order}",
                        platform="store",
                        at=NOW - timedelta(days=7 * order + number),
                    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", app.database.engine.url.render_as_string(hide_password=False))
    monkeypatch.setenv("SECRET_KEY", SECRET)
    asyncio.run(Leader(app, MINE).mine())
    with app.database.reading() as session:
        (run,) = session.exec(select(MiningRun)).all()
    assert run.ready_at is not None


def test_the_demos_shop_is_mined_as_the_demos(sqlite_database: Database, tmp_path: Path) -> None:
    settings = Settings(_env_file=None, secret_key=SECRET, data_dir=tmp_path)  # type: ignore[call-arg,arg-type]
    for url, command in ((settings.demo_url(), [*MINE, "--demo"]), (settings.shop_url(), [*MINE])):
        app = build(settings, ManualClock(NOW), [Slow()], url, settings.shop())
        assert [*mine_command(app, settings)] == command
        app.close()
