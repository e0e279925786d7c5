"""The process beside the shop that follows what customers do: begun at need, ended with the shop, never twice."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator

import pytest
from sqlalchemy import delete

from bot.app import App, build
from bot.clock import ManualClock
from bot.following import FOLLOW, Following, command_beside, follow
from bot.settings import Settings
from bot.worker import MINE
from campaigns.tables import MiningRun
from ledger.database import Database
from ledger.tables import Customer, Interaction, Kind
from tests.bot.test_worker import NOW, SECRET

WAITS = (sys.executable, "-c", "import sys; sys.stdin.read()")
FAILS = (sys.executable, "-c", "raise SystemExit(3)")


@pytest.fixture
def app(sqlite_database: Database) -> Iterator[App]:
    settings = Settings(_env_file=None, secret_key=SECRET)  # type: ignore[call-arg,arg-type]
    url = sqlite_database.engine.url.render_as_string(hide_password=False)
    app = build(settings, ManualClock(NOW), [], url, settings.shop())
    with app.database.transaction() as session:
        session.add(Customer(id=1, name="", source="chat", created_at=NOW))
    yield app
    app.close()


def mined(app: App) -> None:
    with app.database.transaction() as session:
        session.add(MiningRun(started_at=NOW, ready_at=NOW))


def did(app: App, kind: Kind) -> None:
    with app.database.transaction() as session:
        session.add(Interaction(customer_id=1, kind=kind, at=NOW, platform="store"))


def look(beside: Following, times: int = 1) -> None:
    async def rounds() -> None:
        try:
            for _ in range(times):
                await beside.look()
                if beside._child is not None and beside.command == FAILS:
                    await beside._child.wait()
        finally:
            beside.stop()
            if beside._child is not None:
                await beside._child.wait()

    asyncio.run(rounds())


def test_before_there_is_a_run_and_before_anybody_did_anything_nothing_is_begun(app: App) -> None:
    beside = Following(app, WAITS)
    did(app, Kind.VIEW)
    look(beside)
    assert beside._child is None
    mined(app)
    with app.database.transaction() as session:
        session.get_one(MiningRun, 1).followed_id = 1
    did(app, Kind.MESSAGE_IN)
    look(beside)
    assert beside._child is None


def test_at_the_first_need_one_is_begun_and_it_ends_with_the_shop(app: App) -> None:
    mined(app)
    did(app, Kind.VIEW)
    beside = Following(app, WAITS)
    look(beside, times=3)
    assert beside._child is not None
    assert beside._child.returncode is not None


def test_one_that_fails_rests_before_it_is_begun_again(app: App, caplog: pytest.LogCaptureFixture) -> None:
    mined(app)
    did(app, Kind.VIEW)
    beside = Following(app, FAILS)
    look(beside, times=3)
    assert beside._child is None
    assert [each.getMessage() for each in caplog.records if each.name == "bot.following"] == [
        "following ended with exit code 3; the next mining knows it all"
    ]


def test_without_a_command_nothing_is_looked_at(app: App) -> None:
    mined(app)
    did(app, Kind.VIEW)
    beside = Following(app, ())
    look(beside)
    assert beside._child is None


def test_after_a_backup_was_restored_what_is_done_since_is_seen(app: App) -> None:
    mined(app)
    beside = Following(app, WAITS)
    for _ in range(3):
        did(app, Kind.MESSAGE_IN)
    look(beside)
    with app.database.transaction() as session:
        session.connection().execute(delete(Interaction))
    did(app, Kind.VIEW)
    look(beside)
    assert beside._child is not None


def test_it_follows_the_shop_that_is_mined_and_of_another_command_there_is_none() -> None:
    assert [*command_beside([*MINE, "--demo"])] == [*FOLLOW, "--demo"]
    assert [*command_beside(MINE)] == [*FOLLOW]
    assert [*command_beside((sys.executable, "-c", ""))] == []


def test_it_goes_on_while_there_is_something_and_ends_after_a_while_of_nothing() -> None:
    found, asked = iter([2, 0, 1, 0, 0, 0, 0]), []

    def one() -> int:
        asked.append(next(found, 0))
        return asked[-1]

    follow(one, lambda: False, poll_seconds=0.001, idle_seconds=0.02)
    assert asked[:4] == [2, 0, 1, 0]


def test_it_ends_when_the_shop_is_gone_however_much_there_is() -> None:
    asked: list[int] = []

    def one() -> int:
        asked.append(1)
        return 1

    follow(one, lambda: len(asked) == 3)
    assert len(asked) == 3


def test_the_shop_is_gone_when_its_end_of_the_pipe_is_closed_though_it_was_killed() -> None:
    says = (
        "from bot.following import *\n"
        "is_gone = when_the_shop_is_gone()\n"
        "print('here', flush=True)\n"
        "follow(lambda: 1, is_gone)"
    )
    child = subprocess.Popen([sys.executable, "-c", says], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdin is not None
    assert child.stdout is not None
    assert child.stdout.readline() == b"here\n"
    assert child.poll() is None
    child.stdin.close()
    assert child.wait(10) == 0
    child.stdout.close()
