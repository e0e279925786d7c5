"""A database that is away, locked, removed, replaced, damaged, or none: told by its name, and gone on by itself."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import event, exc, text

from bot.inbound import Inbound
from bot.talk.router import NotTaken
from campaigns.channel import Outcome, Outgoing, Sent
from campaigns.tables import State
from ledger import consent, customers
from ledger.ailments import Ailment, ailment, is_away
from ledger.customers import UnknownCustomer
from ledger.database import Database
from tests import terminal
from tests.campaigns.conftest import SmallShop
from tests.conftest import SECRET
from tests.fakes import FakeChannel
from tests.hostile.filling import few_pages, no_file_over
from tests.stories.conftest import Story, told

WRITE = "INSERT INTO shop_facts (key, value) VALUES (:key, :value)"


@pytest.fixture
def story(sqlite_database: Database, tmp_path: Path) -> Iterator[Story]:
    with told(sqlite_database, tmp_path) as telling:
        yield telling


def furnished(database: Database) -> SmallShop:
    shop = SmallShop(database)
    shop.buy(shop.customer("Pembeli", offers=None, profiling=None), days_ago=1)
    return shop


def file_of(database: Database) -> Path:
    return Path(database.engine.url.database or "")


def write(database: Database, key: str = "k", value: str = "v") -> None:
    with database.transaction() as session:
        session.connection().execute(text(WRITE), {"key": key, "value": value})


def hurry(database: Database) -> None:
    """Nobody waits half a minute for his turn to write."""
    event.listen(database.engine, "connect", lambda connection, _: connection.execute("PRAGMA busy_timeout = 1"))
    database.engine.dispose()


def allowed(story: Story, who: str) -> bool | None:
    with story.app.database.reading() as session:
        return consent.standing(session, customers.find(session, who, "ID").id, "simulator").offers


def try_to(act: Callable[[], object]) -> exc.SQLAlchemyError:
    with pytest.raises(exc.SQLAlchemyError) as fault:
        act()
    return fault.value


def is_full(database: Database, _folder: Path) -> exc.SQLAlchemyError:
    with few_pages(database):
        return try_to(lambda: write(database, value="x" * 100_000))


def refuses(database: Database, _folder: Path) -> exc.SQLAlchemyError:
    with no_file_over(4_096):
        return try_to(lambda: write(database))


def is_locked(database: Database, _folder: Path) -> exc.SQLAlchemyError:
    hurry(database)
    with closing(sqlite3.connect(file_of(database), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        return try_to(lambda: write(database))


def is_read_only(database: Database, _folder: Path) -> exc.SQLAlchemyError:
    reading = Database(f"sqlite:///file:{file_of(database)}?mode=ro&uri=true", secret=SECRET)
    return try_to(lambda: write(reading))


def is_gone(database: Database, folder: Path) -> exc.SQLAlchemyError:
    file_of(database).rename(folder / "elsewhere")
    return try_to(lambda: write(database))


def is_no_database(_database: Database, folder: Path) -> exc.SQLAlchemyError:
    (folder / "letter.db").write_text("Dear shop, this is a letter and no database. " * 100)
    return try_to(Database(f"sqlite:///{folder / 'letter.db'}", secret=SECRET).migrate)


def is_damaged(database: Database, folder: Path) -> exc.SQLAlchemyError:
    return try_to(lambda: write(damage(database, folder)))


def damage(database: Database, folder: Path) -> Database:
    """A copy of it, of which every page but the first was overwritten."""
    database.scrub()
    whole = file_of(database).read_bytes()
    (folder / "damaged.db").write_bytes(whole[:4_096] + b"\xaa" * (len(whole) - 4_096))
    return Database(f"sqlite:///{folder / 'damaged.db'}", secret=SECRET)


@pytest.mark.parametrize(
    ("make", "found"),
    [
        (is_full, Ailment.FULL),
        (refuses, Ailment.DISK),
        (is_locked, Ailment.BUSY),
        (is_gone, Ailment.NOT_OPENED),
        (is_no_database, Ailment.NO_DATABASE),
        (is_damaged, Ailment.DAMAGED),
    ],
)
def test_what_is_wrong_is_known_by_its_name(
    sqlite_database: Database,
    tmp_path: Path,
    make: Callable[[Database, Path], exc.SQLAlchemyError],
    found: Ailment,
) -> None:
    fault = make(sqlite_database, tmp_path)
    assert (ailment(fault), is_away(fault)) == (found, True)


def test_a_mistake_of_ours_is_no_ailment(database: Database) -> None:
    with database.reading() as session:
        fault = try_to(lambda: session.connection().exec_driver_sql("SELECT nothing FROM nowhere"))
    assert (ailment(fault), is_away(fault)) == (None, False)


def test_a_server_that_lets_only_read_is_away(postgresql_database: Database) -> None:
    event.listen(postgresql_database.engine, "begin", lambda connection: connection.exec_driver_sql(READ_ONLY))
    assert ailment(try_to(lambda: write(postgresql_database))) is Ailment.READ_ONLY


READ_ONLY = "SET TRANSACTION READ ONLY"


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda path: path.write_text("Dear shop, this is a letter. " * 200), "is not a database"),
        (lambda path: path.mkdir(), "cannot be opened"),
        (lambda path: path.symlink_to("/proc/nowhere/shop.db"), "cannot be opened"),
    ],
    ids=["a letter", "a folder", "a link to nowhere"],
)
def test_a_command_says_what_is_wrong_and_what_to_do_and_writes_nothing(
    tmp_path: Path, make: Callable[[Path], object], sentence: str
) -> None:
    make(tmp_path / "shop.db")
    before = (tmp_path / "shop.db").read_bytes() if (tmp_path / "shop.db").is_file() else b""
    known = {"PATH": "/usr/bin:/bin", "COLUMNS": "200", "PYTHONPATH": terminal.PYTHONPATH,
             "SECRET_KEY": SECRET.decode(), "DATABASE_URL": f"sqlite:///{tmp_path / 'shop.db'}"}  # fmt: skip
    done = terminal.run(["campaigns"], tmp_path, known, "")
    assert (done.returncode, done.stdout) == (1, "")
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "shop.db").is_file() or (tmp_path / "shop.db").read_bytes() == before
    looked = terminal.run(["doctor", "--offline"], tmp_path, known, "")
    assert looked.returncode == 1
    assert "Traceback" not in looked.stderr


def test_a_file_that_was_taken_away_is_written_to_no_more_and_goes_on_when_it_is_back(
    story: Story, tmp_path: Path
) -> None:
    story.join("sari")
    shop = file_of(story.app.database)
    shop.rename(tmp_path / "elsewhere")
    with pytest.raises(NotTaken):
        story.say("sari", "STOP")
    assert not shop.exists()
    (tmp_path / "elsewhere").rename(shop)
    story.say("sari", "STOP")
    assert allowed(story, "sari") is False


def test_whoever_was_erased_since_is_gone_again_when_a_backup_is_put_back_while_the_shop_is_open(
    story: Story, tmp_path: Path
) -> None:
    for who in ("sari", "budi"):
        story.join(who)
    shop = file_of(story.app.database)
    with closing(sqlite3.connect(shop)) as here, closing(sqlite3.connect(tmp_path / "backup")) as backup:
        here.backup(backup)
    for said in ("HAPUS DATA", "ya"):
        story.say("sari", said)
    with pytest.raises(UnknownCustomer):
        story.number_of("sari")
    put_back(tmp_path / "backup", shop)
    assert story.say("budi", "PRIVASI")
    with pytest.raises(UnknownCustomer):
        story.number_of("sari")
    assert allowed(story, "budi") is True


def put_back(backup: Path, shop: Path) -> None:
    """As somebody does who does not know that the shop is open."""
    for journal in (f"{shop}-wal", f"{shop}-shm"):
        Path(journal).unlink(missing_ok=True)
    backup.replace(shop)


def test_another_shops_file_in_its_place_is_not_spoken_for(story: Story, tmp_path: Path) -> None:
    story.join("sari")
    other = Database(f"sqlite:///{tmp_path / 'other.db'}", secret=b"another key of another shop.....")
    other.migrate()
    with told(other, tmp_path, secret_key="another key of another shop....."):
        other.close()
    put_back(tmp_path / "other.db", file_of(story.app.database))
    for _ in range(2):
        with pytest.raises(NotTaken):
            story.say("sari", "halo")


def test_a_stop_while_another_program_writes_is_delivered_again_and_counts(story: Story) -> None:
    story.join("sari")
    hurry(story.app.database)
    with closing(sqlite3.connect(file_of(story.app.database), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(NotTaken):
            story.hear("sari", "STOP", number="in-stop")
        other.execute("ROLLBACK")
    story.hear("sari", "STOP", number="in-stop")
    assert allowed(story, "sari") is False


def test_what_was_sent_while_another_program_writes_is_written_down_later(sqlite_database: Database) -> None:
    shop = furnished(sqlite_database)
    shop.customer("Sari")
    shop.launch()
    hurry(sqlite_database)
    other = sqlite3.connect(file_of(sqlite_database), isolation_level=None)

    def lock(_outgoing: Outgoing) -> Outcome:
        with suppress(sqlite3.OperationalError):
            other.execute("BEGIN IMMEDIATE")
        return Sent("n-1")

    shop.channel = FakeChannel(answer=lock)
    dispatcher = shop.dispatcher()
    with pytest.raises(exc.OperationalError, match="locked"):
        asyncio.run(dispatcher.drain())
    other.close()
    asyncio.run(dispatcher.drain())
    last = shop.messages()[-1]
    assert (last.state, last.provider_message_id, len(shop.channel.given)) == (State.SENT, "n-1", 1)


def cut(database: Database) -> None:
    """Every connection to that database, as a server does that is stopped."""
    url = database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def test_a_server_that_was_stopped_and_started_is_spoken_to_again(
    postgresql_database: Database, tmp_path: Path
) -> None:
    with told(postgresql_database, tmp_path) as story:
        story.join("sari")
        cut(postgresql_database)
        story.say("sari", "STOP")
        assert allowed(story, "sari") is False


def test_a_campaign_goes_on_though_every_connection_is_cut_at_each_message(postgresql_database: Database) -> None:
    shop = furnished(postgresql_database)
    shop.crowd(4)
    shop.launch()

    def cutting(outgoing: Outgoing) -> Outcome:
        cut(postgresql_database)
        return Sent(f"n-{outgoing.address}")

    shop.channel = FakeChannel(answer=cutting)
    dispatcher = shop.dispatcher()
    for _ in range(10):
        with suppress(exc.OperationalError):
            asyncio.run(dispatcher.drain())
    sent = [message for message in shop.messages() if message.state == State.SENT]
    assert len(sent) == len(shop.channel.given) == 4
    assert dispatcher.unsettled == {}


def test_a_connection_that_is_cut_within_a_transaction_is_away_and_nothing_of_it_stays(
    postgresql_database: Database,
) -> None:
    def half() -> None:
        with postgresql_database.transaction() as session:
            session.connection().execute(text(WRITE), {"key": "half", "value": "v"})
            cut(postgresql_database)
            session.connection().execute(text(WRITE), {"key": "whole", "value": "v"})

    assert is_away(try_to(half))
    with postgresql_database.reading() as session:
        found = session.connection().exec_driver_sql("SELECT count(*) FROM shop_facts WHERE key IN ('half', 'whole')")
        assert found.scalar_one() == 0


def test_a_damaged_file_takes_nothing_and_claims_nothing(sqlite_database: Database, tmp_path: Path) -> None:
    with told(sqlite_database, tmp_path) as story:
        story.join("sari")
        damaged = damage(sqlite_database, tmp_path)
        shutil.copy(file_of(damaged), tmp_path / "put")
        put_back(tmp_path / "put", file_of(sqlite_database))
        with pytest.raises(NotTaken):
            asyncio.run(story.app.take(Inbound("simulator", "sari", "halo", "in-9", name="Sari")))
        asyncio.run(story.app.hush())
