"""Several processes of one shop: refused on SQLite, sharing the work on PostgreSQL, followed when one is killed."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier

import pytest
from sqlmodel import func, select

from bot.alone import AlreadyOpen, alone
from bot.app import App, build
from bot.channels.simulator import Simulator
from bot.clock import ManualClock, SystemClock
from bot.inbound import Inbound
from bot.parts import Part
from bot.serving import NotAlone, announcement, serve
from bot.settings import Settings
from campaigns.channel import Channel
from campaigns.shop import QuietHours
from campaigns.tables import Message, State
from ledger import leases, pulse
from ledger.database import Database
from ledger.tables import Lease, Shift
from tests.campaigns.conftest import SmallShop
from tests.contracts.providers import BotApi, running, telegram_at

NOW = datetime(2026, 11, 2, 3, tzinfo=UTC)
SECRET = "a key for tests only, 32 bytes.."
PATIENCE_SECONDS = 30
NEVER_QUIET = QuietHours.read("08:00-08:00")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as door:
        return int(door.getsockname()[1])


def address(database: Database) -> str:
    return database.engine.url.render_as_string(hide_password=False)


def open_shop(database: Database, folder: Path, *channels: Channel, language: str = "id") -> App:
    settings = Settings(
        _env_file=None, secret_key=SECRET, web_port=free_port(), data_dir=folder, shop_language=language
    )
    return build(settings, ManualClock(NOW), channels or [Simulator()], address(database), settings.shop())


@pytest.fixture
def app(sqlite_database: Database, tmp_path: Path) -> Iterator[App]:
    app = open_shop(sqlite_database, tmp_path)
    yield app
    app.close()


# SQLite


def test_a_second_process_on_sqlite_is_refused_in_a_sentence_that_says_what_to_do(app: App) -> None:
    told = rf"Toko ini sudah dibuka: proses {os.getpid()} di komputer ini.*Tutup dulu.*PostgreSQL"
    with alone(app.database), pytest.raises(NotAlone, match=told):
        asyncio.run(serve(app, app.settings, lambda _line: None))


def test_whoever_closes_or_is_killed_leaves_nothing_that_keeps_a_shop_closed(app: App) -> None:
    held = f"""
import sys, time
from bot.alone import alone
from ledger.database import Database
with alone(Database({address(app.database)!r}, secret=b"")):
    print("held", flush=True)
    time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", held], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(AlreadyOpen) as refusal, alone(app.database):
            pass
        assert refusal.value.number == str(other.pid)
        other.kill()
        other.wait()
        for _ in range(2):
            with alone(app.database):
                pass


@pytest.mark.parametrize("part", [Part.WEB, Part.WORKER])
def test_half_a_shop_on_sqlite_is_refused(app: App, part: Part) -> None:
    with pytest.raises(NotAlone, match=f"--role {part} membuat sebagian toko tutup"):
        asyncio.run(serve(app, app.settings, lambda _line: None, part=part))


# PostgreSQL


def test_each_part_says_what_it_does_and_what_is_still_needed(postgresql_database: Database, tmp_path: Path) -> None:
    app = open_shop(postgresql_database, tmp_path, language="en")
    web, worker = ("\n".join(announcement(app, app.settings, part)) for part in (Part.WEB, Part.WORKER))
    app.close()
    assert "with --role worker" in web
    assert "03:00" not in web
    assert "with --role web" in worker
    assert "03:00" in worker
    assert "http://" not in worker


def is_open(port: int) -> bool:
    with socket.socket() as door:
        return door.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.parametrize(("part", "has_door", "leads"), [(Part.WEB, True, False), (Part.WORKER, False, True)])
def test_each_part_does_its_own_and_says_that_it_is_there(
    postgresql_database: Database, tmp_path: Path, part: Part, has_door: bool, leads: bool
) -> None:
    app, told = open_shop(postgresql_database, tmp_path), list[str]()

    def roles() -> list[str]:
        with app.database.reading() as session:
            return [each.role for each in pulse.alive(session, NOW)]

    def names() -> set[str]:
        with app.database.reading() as session:
            return set(leases.holders(session, SystemClock().now()))

    async def day() -> tuple[bool, set[str]]:
        shop = asyncio.create_task(serve(app, app.settings, told.append, part=part))
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not told or roles() != [part] or (leads and not names()):  # noqa: ASYNC110 - the database rings no bell
                await asyncio.sleep(0.02)
        found = is_open(app.settings.web_port), names()
        os.kill(os.getpid(), signal.SIGTERM)
        await shop
        return found

    assert asyncio.run(day()) == (has_door, {leases.SCHEDULER} if leads else set())
    # Both are given back at once.
    assert roles() == []
    assert names() == set()
    app.close()


@contextmanager
def two_processes(database: Database, folder: Path) -> Iterator[list[App]]:
    apps = [open_shop(database, folder) for _ in range(2)]
    try:
        yield apps
    finally:
        for each in apps:
            each.close()


def test_of_one_chat_two_processes_act_on_one_message_at_a_time_and_on_each_once(
    postgresql_database: Database, tmp_path: Path
) -> None:
    with two_processes(postgresql_database, tmp_path) as apps:
        for n in range(6):
            who = f"budi-{n}"
            apps[0].note_given(apps[0].router.receive(Inbound("simulator", who, "MULAI", f"a{n}")).asks)
            ready = Barrier(4)

            def say(app: App, text: str, number: str, who: str = who, ready: Barrier = ready) -> int:
                ready.wait()
                return len(app.router.receive(Inbound("simulator", who, text, number)).replies)

            said = [
                (apps[0], "ya", f"y{n}"),
                (apps[1], "STOP", f"s{n}"),
                (apps[0], "STOP", f"s{n}"),
                (apps[1], "ya", f"y{n}"),
            ]
            with ThreadPoolExecutor(4) as pool:
                yes, stop, again, yes_again = pool.map(say, *zip(*said, strict=True))
            # Each was answered by one of the two.
            assert (bool(yes) + bool(yes_again), bool(stop) + bool(again)) == (1, 1)
            heard = apps[1].router.receive(Inbound("simulator", who, "privasi", f"p{n}"))
            assert heard.standing.offers is False


# Killed and told to close, in processes of their own

WORK = """
import asyncio, sys
from bot.app import build
from bot.channels.simulator import Simulator
from bot.clock import SystemClock
from bot.parts import Part
from bot.serving import serve
from bot.settings import Settings
from campaigns.channel import Channel
from campaigns.shop import QuietHours

class Slow(Simulator):
    async def send(self, outgoing):
        await asyncio.sleep(0.5)
        return await super().send(outgoing)

settings = Settings(_env_file=None, secret_key=sys.argv[2], data_dir=sys.argv[3],
                    quiet_hours=QuietHours.read("08:00-08:00"), days_between_offers=0)
app = build(settings, SystemClock(), [Slow()], sys.argv[1], settings.shop())
asyncio.run(serve(app, settings, lambda line: print(line, flush=True), part=Part.WORKER))
app.close()
print("closed")
"""


def work(database: Database, folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WORK, address(database), SECRET, str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert "Toko Kita" in process.stdout.readline()
    return process


def until(happened: Callable[[], object]) -> float:
    """When it did."""
    for _ in range(PATIENCE_SECONDS * 50):
        if happened():
            return time.monotonic()
        time.sleep(0.02)
    raise AssertionError("it never happened")


def leader(database: Database) -> str:
    """The number of the process that leads."""
    with database.reading() as session:
        lease = session.get(Lease, leases.SCHEDULER)
        shift = session.get(Shift, lease.holder) if lease is not None else None
        return shift.place.rpartition(":")[2] if shift is not None else ""


@pytest.mark.slow
def test_a_leader_that_is_killed_is_followed_within_ten_seconds(
    postgresql_database: Database, tmp_path: Path
) -> None:
    both = [work(postgresql_database, tmp_path) for _ in range(2)]
    try:
        until(lambda: leader(postgresql_database))
        first, second = sorted(both, key=lambda each: str(each.pid) != leader(postgresql_database))
        first.kill()
        killed_at = time.monotonic()
        assert until(lambda: leader(postgresql_database) == str(second.pid)) - killed_at < 10
    finally:
        for each in both:
            each.kill()
            each.communicate()


@pytest.mark.slow
def test_of_two_that_answer_one_asks_telegram_and_when_it_closes_the_other_does(
    postgresql_database: Database, tmp_path: Path
) -> None:
    def open_ones() -> Sequence[Shift]:
        with postgresql_database.reading() as session:
            return pulse.alive(session, NOW)

    async def day(apps: list[App], asked: Callable[[], list[bool]]) -> list[list[bool]]:
        """Who had asked by then: while both are open, and after the one that asked has closed."""
        shops = [asyncio.create_task(serve(each, each.settings, lambda _line: None, part=Part.WEB)) for each in apps]
        found = []
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(open_ones()) < 2 or not any(asked()):  # noqa: ASYNC110 - the provider rings no bell
                await asyncio.sleep(0.05)
            found.append(asked())
            asking = found[0].index(True)
            shops[asking].cancel()
            await asyncio.gather(shops[asking], return_exceptions=True)
            while not all(asked()):  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.05)
            found.append(asked())
        for each in shops:
            each.cancel()
        await asyncio.gather(*shops, return_exceptions=True)
        return found

    with running(BotApi) as one, running(BotApi) as other:
        lines = [telegram_at(each.url, ManualClock(NOW)) for each in (one, other)]
        apps = [open_shop(postgresql_database, tmp_path, each) for each in lines]
        first, last = asyncio.run(day(apps, lambda: [bool(each.forms("/getUpdates")) for each in (one, other)]))
        for each in apps:
            each.close()
    assert sorted(first) == [False, True]
    assert last == [True, True]


@pytest.mark.slow
def test_told_to_close_with_offers_in_flight_it_settles_them_gives_back_and_is_gone_in_ten_seconds(
    postgresql_database: Database, tmp_path: Path
) -> None:
    shop = SmallShop(postgresql_database)
    shop.clock, shop.shop = SystemClock(), replace(shop.shop, quiet_hours=NEVER_QUIET)  # type: ignore[assignment]
    shop.buy(shop.crowd(150)[0], days_ago=1)
    shop.launch()

    def states() -> dict[str, int]:
        with postgresql_database.reading() as session:
            return dict(session.exec(select(Message.state, func.count()).group_by(Message.state)).all())

    with work(postgresql_database, tmp_path) as process:
        try:
            until(lambda: states().get(State.SENDING))
            process.send_signal(signal.SIGTERM)
            began = time.monotonic()
            told, _ = process.communicate(timeout=PATIENCE_SECONDS)
        finally:
            process.kill()
    assert time.monotonic() - began < 10
    assert (process.returncode, told.splitlines()[-1]) == (0, "closed")
    assert states().keys() == {State.SENT, State.PLANNED}
    with postgresql_database.reading() as session:
        assert leases.holders(session, SystemClock().now()) == {}
        assert pulse.alive(session, SystemClock().now()) == []
