"""The door to the database: engine, transactions, migrations. SQLite or PostgreSQL, the URL decides."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.pool import ConnectionPoolEntry
from sqlmodel import Session, SQLModel

SECRET = "secret"  # noqa: S105 - the name of the place, not what lies there
READ_ONLY = "read_only"
LOCK_WAIT_SECONDS = 30
MIGRATIONS = Path(__file__).parent / "migrations"


class BadDatabaseUrl(ValueError):
    """DATABASE_URL is neither a SQLite nor a PostgreSQL address."""


class Database:
    """One shop's database.

    ``secret`` keys the fingerprints by which addresses are found; every session carries it.
    """

    def __init__(self, url: str, *, secret: bytes) -> None:
        self.engine = connect(url)
        self._secret = secret

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A session that commits when the block ends and rolls back when it raises.

        On SQLite the one writer's lock is taken at the start, so that nothing read inside grows stale.
        """
        with self._session(self.engine) as session, session.begin():
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session for looking only: it never waits for a writer, and what it changes is not kept."""
        with self._session(self.engine.execution_options(**{READ_ONLY: True})) as session:
            yield session

    def _session(self, engine: Engine) -> Session:
        return Session(engine, expire_on_commit=False, info={SECRET: self._secret})

    def migrate(self) -> None:
        """Bring the tables to the newest form; does nothing when they are there already."""
        with self.engine.connect() as connection:
            config = Config()
            config.set_main_option("script_location", str(MIGRATIONS))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    def rebuild(self) -> None:
        """Drop every table with all that is in it and make them anew. For an invented shop only."""
        with self.engine.begin() as connection:
            SQLModel.metadata.drop_all(connection)
            connection.exec_driver_sql("DROP TABLE IF EXISTS alembic_version")
        self.migrate()

    def close(self) -> None:
        self.engine.dispose()


def connect(url: str) -> Engine:
    """The engine for a URL. Raises BadDatabaseUrl with what a right one looks like."""
    try:
        parsed = make_url(url)
        backend = parsed.get_backend_name()
        if backend == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        elif backend != "sqlite":
            raise NoSuchModuleError(backend)
    except (ArgumentError, NoSuchModuleError) as fault:
        raise BadDatabaseUrl(
            "DATABASE_URL must look like sqlite:///data/langganan.db or postgresql://user@host/name"
        ) from fault
    # Parameters are people's names and numbers: they stay out of every error and log.
    engine = create_engine(parsed, hide_parameters=True, pool_pre_ping=backend == "postgresql")
    if backend == "sqlite":
        if parsed.database and parsed.database != ":memory:":
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _entry: ConnectionPoolEntry) -> None:
    # The driver's own idea of when a transaction begins is switched off; _begin_sqlite says it.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute(f"PRAGMA busy_timeout = {LOCK_WAIT_SECONDS * 1000}")
    cursor.execute("PRAGMA secure_delete = ON")
    cursor.close()


def _begin_sqlite(connection: Any) -> None:
    read_only = connection.get_execution_options().get(READ_ONLY, False)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")
