"""`langganan status`: what is open, what waits, what is wrong; for people, for programs, and by its exit code."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot import overview
from bot.app import App, build
from bot.channels.simulator import Simulator
from bot.clock import ManualClock
from bot.settings import Settings
from campaigns.channel import Cause
from campaigns.sending import paces
from campaigns.tables import Campaign, Message, State, Status
from ledger import backups, faults, leases, pulse
from ledger.database import Database
from ledger.tables import Customer, ShopFact
from tests.bot.test_cli import Shell
from tests.stories.conftest import MONDAY_TEN


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


@pytest.fixture
def app(database: Database, tmp_path: Path) -> Iterator[App]:
    settings = Settings(  # type: ignore[call-arg]
        _env_file=None,
        secret_key="a key for tests only, 32 bytes..",  # type: ignore[arg-type]
        data_dir=tmp_path,
    )
    url = database.engine.url.render_as_string(hide_password=False)
    found = build(settings, ManualClock(MONDAY_TEN), [Simulator()], url, settings.shop())
    with found.database.transaction() as session:
        pulse.begin(session, "shift", pulse.WHOLE, "till, 7", MONDAY_TEN)
    yield found
    found.close()


def planned(app: App, *states: State, waits_for: datetime | None = None, pause_reason: str | None = None) -> int:
    with app.database.transaction() as session:
        campaign = Campaign(
            template="picks", audience="all", holdout_share=0, seed="s", created_by="owner", created_at=MONDAY_TEN,
            status=Status.PAUSED if pause_reason else Status.RUNNING, pause_reason=pause_reason,
            due_from=MONDAY_TEN - timedelta(minutes=11),
        )  # fmt: skip
        session.add(campaign)
        people = [Customer(name="Sari", source="chat", created_at=MONDAY_TEN) for _ in states]
        session.add_all(people)
        session.flush()
        session.add_all(
            Message(
                campaign_id=campaign.id, customer_id=person.id, channel="simulator", was_eligible=True, state=state,
                planned_at=MONDAY_TEN - timedelta(minutes=11), counts_from=MONDAY_TEN, not_before=waits_for,
                unknown_at=MONDAY_TEN if state is State.UNKNOWN else None,
            )
            for person, state in zip(people, states, strict=True)
        )  # fmt: skip
        return campaign.id


def test_a_shop_that_is_open_with_nothing_to_do_is_well(app: App) -> None:
    found = overview.look(app)
    assert list(found.wrong()) == []
    told = found.as_json()
    assert (told["open"], told["due"], told["oldest_due"], told["campaigns"]) == (True, 0, None, [])
    assert [each["place"] for each in told["processes"]] == ["till, 7"]
    assert told["channels"] == [{"name": "simulator", "open": True, "closed_until": None, "cause": None}]
    assert told["database"]["bytes"] > 100_000


def test_a_campaign_is_told_by_what_became_of_its_messages(app: App) -> None:
    number = planned(app, State.PLANNED, State.SENDING, State.SENT, State.SENT, State.READ)
    found = overview.look(app)
    assert [(each.number, dict(each.states)) for each in found.queues] == [
        (number, {"planned": 1, "sending": 1, "sent": 2, "read": 1})
    ]
    assert (found.waiting.due, found.waiting.oldest, found.in_flight) == (1, MONDAY_TEN - timedelta(minutes=11), 1)


def test_when_the_next_may_go_is_told(app: App) -> None:
    planned(app, State.PLANNED, waits_for=MONDAY_TEN + timedelta(hours=3))
    found = overview.look(app)
    assert (found.waiting.due, found.waiting.next_at) == (0, MONDAY_TEN + timedelta(hours=3))
    assert list(found.wrong()) == []


def test_a_queue_that_does_not_move_is_wrong(app: App) -> None:
    planned(app, State.PLANNED)
    assert list(overview.look(app).wrong()) == ["stuck"]


def test_a_queue_that_waits_for_the_messenger_is_wrong_for_that_alone(app: App) -> None:
    planned(app, State.PLANNED)
    with app.database.transaction() as session:
        paces.close(session, "simulator", MONDAY_TEN + timedelta(hours=1), Cause.BUSY)
    found = overview.look(app)
    assert list(found.wrong()) == ["channel"]
    (channel,) = found.as_json()["channels"]
    assert (channel["open"], channel["closed_until"]) == (False, (MONDAY_TEN + timedelta(hours=1)).isoformat())


def test_what_somebody_has_to_look_at_is_named(app: App) -> None:
    planned(app, State.UNKNOWN, pause_reason="failures")
    with app.database.transaction() as session:
        faults.note(session, "simulator", "KeyError in answer, answering.py:40", MONDAY_TEN)
        pulse.end(session, "shift", MONDAY_TEN)
        old = {"at": (MONDAY_TEN - timedelta(days=8)).isoformat(), "name": "langganan-20261025-030000.db"}
        session.add(ShopFact(key=backups.FACT, value=json.dumps(old)))
    assert list(overview.look(app).wrong()) == ["closed", "unknown", "paused", "faults", "backup"]


def test_a_shop_that_only_answers_sends_nothing_and_that_is_wrong(app: App) -> None:
    with app.database.transaction() as session:
        pulse.begin(session, "shift", "web", "till, 7", MONDAY_TEN)
    found = overview.look(app)
    assert (found.is_open, found.is_worked, list(found.wrong())) == (True, False, ["nobody_sends"])


def test_who_holds_what_only_one_may_is_told(app: App) -> None:
    with app.database.transaction() as session:
        leases.take(session, leases.SCHEDULER, "shift", leases.shared_time(session, MONDAY_TEN))
    assert overview.look(app).leases == {leases.SCHEDULER: "shift"}


def test_at_the_terminal_a_closed_shop_is_told_in_its_language_and_by_the_exit_code(shell: Shell) -> None:
    shell.run("say", "--as", "sari", "halo")
    told = shell.run("status", fails=True).stdout
    assert "tutup" in told
    assert "Berikutnya: langganan serve" in told
    english = shell.run("status", fails=True, SHOP_LANGUAGE="en").stdout
    assert "Next: langganan serve" in english


def test_at_the_terminal_an_open_shop_is_well_and_the_exit_code_says_so(shell: Shell) -> None:
    shell.run("say", "--as", "sari", "halo")
    with closing(sqlite3.connect(shell.folder / "data" / "langganan.db")) as shop:
        shop.execute("INSERT INTO shifts VALUES ('s', 'all', 'here', 1, 9999999999999999, NULL)")
        shop.commit()
    assert "Semua baik." in shell.run("status").stdout
    told = shell.json("status")
    assert (told["open"], told["wrong"]) == (True, [])
    assert told["database"]["kind"].startswith("SQLite 3.")


def test_a_backup_at_the_terminal_says_what_is_not_in_it_and_status_knows_of_it(shell: Shell) -> None:
    shell.run("say", "--as", "sari", "halo")
    made = shell.json("backup", "--to", "copies", "--keep", "3")
    assert Path(shell.folder / made["path"]).stat().st_mode & 0o777 == 0o600
    assert "secret.key" in shell.run("backup", "--to", "copies/now.db").stdout
    assert shell.run("backup", "--to", "copies/now.db", fails=True).stderr.strip().endswith("give another name")


def test_a_restore_asks_first_and_says_what_it_did(shell: Shell) -> None:
    for text in ("MULAI", "ya", "ya"):
        shell.run("say", "--as", "sari", text)
    path = shell.json("backup", "--to", "copies")["path"]
    shell.run("say", "--as", "sari", "STOP")
    assert "Tidak ada yang diubah" in shell.run("restore", path, said="tidak\n").stderr
    told = shell.json("restore", path, "--yes")
    assert (told["withdrawals_repeated"], told["erasures_repeated"]) == (2, 0)
    assert Path(shell.folder / told["kept"]).exists()
    assert shell.json("verify-ledger")["ok"]
    (shell.folder / "letter.txt").write_text("Selamat pagi")
    assert "no backup of Langganan" in shell.run("restore", "letter.txt", "--yes", fails=True).stderr


def test_where_the_data_are_lost_the_lists_beside_the_backups_say_who_left(shell: Shell) -> None:
    for text in ("MULAI", "ya", "ya"):
        shell.run("say", "--as", "sari", text)
    old = shell.json("backup", "--to", "copies/old.db")["path"]
    shell.run("say", "--as", "sari", "STOP")
    shell.run("backup", "--to", "copies/new.db")
    for each in (shell.folder / "data").iterdir():
        if each.name != "secret.key":
            each.unlink()
    told = shell.json("restore", old, "--yes")
    assert (told["withdrawals_repeated"], told["kept"]) == (2, None)
