"""Mining in a process that may hold only so much, and that can be told to end: a sentence, and nothing half."""

from __future__ import annotations

import os
import resource
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sqlmodel import func, select

from bot import ceiling, mining
from bot.app import App, build
from bot.ceiling import TooMuchMemory
from bot.clock import ManualClock
from bot.settings import Settings
from campaigns import mining as engine
from campaigns.mining import keeping
from campaigns.tables import MiningRun
from ledger import customers, leases
from ledger.database import Database
from ledger.tables import Customer, Notice, Role, TeamMember
from tests.bot.test_worker import NOW, SECRET

GIGABYTE = 1 << 30


@pytest.fixture(autouse=True)
def _no_other_rank(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The process of the tests stays where it stands when memory runs out."""
    monkeypatch.setattr(ceiling, "FIRST_TO_GO", tmp_path / "rank")


def wall() -> tuple[int, int]:
    return resource.getrlimit(resource.RLIMIT_DATA)


def test_what_holds_more_than_it_may_is_told_so_with_the_setting_that_mends_it() -> None:
    with ceiling.ceiling(1) as look, pytest.raises(TooMuchMemory, match=r"more than 1 MB .* MINING_MEMORY_MB"):
        look()


def test_what_holds_less_goes_on() -> None:
    with ceiling.ceiling(1_000_000) as look:
        look()
    assert 1 < ceiling.resident_megabytes() < 1_000_000


def test_where_the_system_does_not_tell_nothing_is_held(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(ceiling, "STATUS", tmp_path / "nowhere")
    assert ceiling.resident_megabytes() == 0
    with ceiling.ceiling(1) as look:
        look()


@pytest.mark.skipif(not ceiling.STATUS.exists(), reason="of Linux")
def test_too_much_at_once_is_refused_with_the_same_sentence_and_the_wall_goes_afterwards() -> None:
    before, most = wall(), int(ceiling.resident_megabytes()) + 1_024
    with pytest.raises(TooMuchMemory, match=f"{most:,} MB"), ceiling.ceiling(most):
        np.ones(200 * GIGABYTE // 8)
    assert wall() == before


@pytest.fixture
def app(sqlite_database: Database) -> Iterator[App]:
    settings = Settings(_env_file=None, secret_key=SECRET)  # type: ignore[call-arg,arg-type]
    url = sqlite_database.engine.url.render_as_string(hide_password=False)
    app = build(settings, ManualClock(NOW), [], url, settings.shop())
    with app.database.transaction() as session:
        person = Customer(name="Bu Ratna", source="chat", created_at=NOW)
        session.add(person)
        session.flush()
        chat = customers.add_address(session, person, "simulator", "ibu", "chat", NOW)
        session.flush()
        session.add(TeamMember(address_id=chat.id, role=Role.OWNER, since=NOW))
    yield app
    app.close()


def runs_of(app: App) -> int:
    with app.database.reading() as session:
        return session.exec(select(func.count()).select_from(MiningRun)).one()


def busy(*_: object, **__: object) -> None:
    """A step that takes long and looks up from its work now and then."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        pass


def test_a_run_that_needs_too_much_ends_within_a_step_and_the_owner_is_told(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine.running.reading, "read", busy)
    app = replace(app, settings=app.settings.model_copy(update={"mining_memory_mb": 1}))
    monkeypatch.setattr(ceiling, "WALL", 1_000_000)
    began = time.monotonic()
    told = mining.mined(app, 0.005, lambda _step, _done: None, anyway=False)
    assert time.monotonic() - began < 5
    assert told["problem"] == "memory"
    assert "MINING_MEMORY_MB" in told["says"]
    assert runs_of(app) == 0
    with app.database.reading() as session:
        (notice,) = session.exec(select(Notice)).all()
        assert (notice.template, notice.data) == ("mining_no_room", {"megabytes": 1})
        assert leases.holders(session, NOW) == {}


@pytest.mark.skipif(os.name != "posix", reason="of POSIX")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_told_to_end_it_ends_with_a_sentence_though_it_was_begun_deaf_to_ctrl_c(
    app: App, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    def told_to_end(*_: object) -> None:
        os.kill(os.getpid(), number)
        busy()

    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    monkeypatch.setattr(engine.running.reading, "read", told_to_end)
    try:
        told = mining.mined(app, 0.005, lambda _step, _done: None, anyway=False)
        assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
    assert told["problem"] == "stopped"
    assert "nothing of it was kept" in told["says"]
    assert runs_of(app) == 0


def test_a_run_whose_place_another_took_says_so(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    def lose(*_: object) -> None:
        raise leases.LostLease(keeping.MINING)

    monkeypatch.setattr(engine.running.reading, "read", lose)
    assert mining.mined(app, 0.005, lambda _step, _done: None, anyway=False)["problem"] == "under_way"
    assert runs_of(app) == 0
