"""A shop gets a key, changes it, loses it, and gives it up, at the terminal."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.app import App, build
from bot.checkups.finding import Finding
from bot.clock import ManualClock
from bot.doctor import examine, patient_of
from bot.settings import KEY_FILE, Settings
from ledger import customers
from ledger.database import Database
from ledger.sealing import SEAL, WrongKey, new_key
from tests.bot.test_cli import Shell
from tests.campaigns.conftest import TEN, SmallShop
from tests.conftest import SECRET
from tests.fakes import FakeChannel

OLD, NEW = new_key(), new_key()


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def lie_sealed(shell: Shell) -> list[bool]:
    with closing(sqlite3.connect(shell.folder / "data" / "langganan.db")) as connection:
        return [row[0].startswith(SEAL) for row in connection.execute("SELECT address FROM addresses ORDER BY id")]


def settings(folder: Path, *keys: str, **chosen: object) -> Settings:
    told = {"secret_key": SECRET.decode(), "encryption_key": ",".join(keys) or None, **chosen}
    return Settings(_env_file=None, data_dir=folder, **told)  # type: ignore[call-arg,arg-type]


def opened(database: Database, settings: Settings) -> App:
    url = database.engine.url.render_as_string(hide_password=False)
    return build(settings, ManualClock(TEN), [FakeChannel()], url, settings.shop())


def meet(app: App, name: str) -> None:
    with app.database.transaction() as session:
        customers.meet(session, "simulator", name, name, TEN)


def finding(app: App) -> Finding:
    found = asyncio.run(examine(patient_of(app), is_offline=True))
    return next(each for each in found if each.what == "addresses")


def test_a_shop_begins_to_seal_changes_its_key_and_goes_back(shell: Shell) -> None:
    shell.run("say", "--as", "sari", "halo")
    old = shell.json("new-key")["key"]
    shell.run("say", "--as", "budi", "halo", ENCRYPTION_KEY=old)
    assert lie_sealed(shell) == [False, True]
    assert shell.json("rotate-key", ENCRYPTION_KEY=old) == {"changed": 1, "sealed": True}
    assert lie_sealed(shell) == [True, True]

    new = shell.run("new-key").stdout.strip()
    assert "2 changed" in shell.run("rotate-key", ENCRYPTION_KEY=f"{new},{old}").stdout
    taken = json.loads(shell.run("export", "sari", ENCRYPTION_KEY=new).stdout)
    assert taken["addresses"][0]["address"] == "sari"

    assert shell.json("rotate-key", "--to-plain", "--yes", ENCRYPTION_KEY=new) == {"changed": 2, "sealed": False}
    assert lie_sealed(shell) == [False, False]
    shell.run("export", "sari")


@pytest.mark.parametrize("keys", [{}, {"ENCRYPTION_KEY": NEW}])
def test_a_shop_whose_key_is_lost_says_so_in_a_sentence(shell: Shell, keys: dict[str, str]) -> None:
    shell.run("say", "--as", "sari", "halo", ENCRYPTION_KEY=OLD)
    told = shell.run("campaigns", fails=True, **keys).stderr
    assert "sealed with a key that ENCRYPTION_KEY does not hold; restore that key in .env" in told
    assert "Traceback" not in told


def test_without_a_key_there_is_nothing_to_rotate(shell: Shell) -> None:
    told = shell.run("rotate-key", fails=True).stderr
    assert "`langganan new-key` makes a key" in told
    assert "Traceback" not in told


def test_the_seals_come_off_only_after_a_yes(shell: Shell) -> None:
    shell.run("say", "--as", "sari", "halo", ENCRYPTION_KEY=OLD)
    shell.run("rotate-key", "--to-plain", ENCRYPTION_KEY=OLD, fails=True)
    assert lie_sealed(shell) == [True]


def test_what_is_no_key_is_said_before_anything_is_done(shell: Shell) -> None:
    told = shell.run("campaigns", fails=True, ENCRYPTION_KEY="unmistakable").stderr
    assert told.startswith("ENCRYPTION_KEY harus yang dicetak `langganan new-key`")
    assert "unmistakable" not in told


@pytest.fixture
def sealed(database: Database, tmp_path: Path) -> Iterator[App]:
    app = opened(database, settings(tmp_path, OLD))
    yield app
    app.close()


def test_offers_reach_the_plain_address(sealed: App) -> None:
    shop = SmallShop(sealed.database)
    shop.buy(shop.customer("Pembeli", offers=None, profiling=None), days_ago=1)
    for name in ("Sari", "Budi"):
        shop.customer(name)
    shop.launch()
    shop.drain()
    assert sorted(each.address for each in shop.channel.given) == ["budi", "sari"]


def test_opening_with_another_key_is_refused_and_with_both_it_is_not(
    sealed: App, database: Database, tmp_path: Path
) -> None:
    meet(sealed, "sari")
    for keys in ((), (NEW,)):
        with pytest.raises(WrongKey):
            opened(database, settings(tmp_path, *keys))
    opened(database, settings(tmp_path, NEW, OLD)).close()


def test_a_key_that_never_sealed_anything_may_go(sealed: App, database: Database, tmp_path: Path) -> None:
    opened(database, settings(tmp_path)).close()


def test_the_doctor_counts_what_is_not_under_the_first_key(database: Database, tmp_path: Path) -> None:
    for name, keys in (("sari", ()), ("budi", (OLD,)), ("wati", (NEW, OLD))):
        app = opened(database, settings(tmp_path, *keys))
        meet(app, name)
        app.close()
    chosen = settings(tmp_path, NEW, OLD)
    app = opened(database, chosen)
    assert finding(app) == Finding("addresses", "seals_older", "seals_older", {"plain": 1, "older": 1})
    app.close()


def test_the_doctor_is_content_with_no_key_and_with_everything_sealed(database: Database, tmp_path: Path) -> None:
    for chosen, words in ((settings(tmp_path), "not_sealed"), (settings(tmp_path, OLD), "sealed")):
        app = opened(database, chosen)
        found = finding(app)
        assert (found.is_well, found.found) == (True, words)
        app.close()


def test_the_doctor_minds_the_other_key_beside_the_database(sqlite_database: Database, tmp_path: Path) -> None:
    (tmp_path / KEY_FILE).write_bytes(SECRET)
    chosen = settings(tmp_path, OLD, secret_key=None)
    (tmp_path / KEY_FILE).chmod(0o600)
    app = opened(sqlite_database, chosen)
    assert finding(app).mend == "key_beside"
    app.close()


def test_keys_do_not_show(tmp_path: Path) -> None:
    assert OLD not in repr(settings(tmp_path, OLD))
