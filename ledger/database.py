"""The door to the database: engine, transactions, migrations. SQLite or PostgreSQL, the URL decides."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from copy import copy
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry
from sqlmodel import SQLModel

from ledger import revisions
from ledger.columns import give_keys
from ledger.journal import Journal
from ledger.sealing import Keyring
from ledger.sessions import Session
from ledger.turns import StillTaken, Turns
from ledger.whereabouts import Whereabouts

SECRET = "secret"  # noqa: S105 - the name of the place, not what lies there
SCRUB = "scrub"
ERASURES = "erasures"
BEFORE_COMMIT = "before_commit"
"""Where a session keeps what is to be done when its transaction is about to end well, by name."""
READ_ONLY = "read_only"
MIGRATION_LOCK = 7_246_512
WATCHED = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
"""PostgreSQL, where DATABASE_URL does not say otherwise: a server whose cable was cut says nothing at all, and would
be waited for for hours. Source: libpq's "Parameter Key Words"; the last is in milliseconds."""
LOCK_WAIT_SECONDS = 30
MIGRATIONS = Path(__file__).parent / "migrations"
ASIDE = "before_restore"
"""The PostgreSQL schema that holds what was there, while a backup is put in its place; see ledger/restoring.py."""


class BadDatabaseUrl(ValueError):
    """DATABASE_URL is neither a SQLite nor a PostgreSQL address."""


class OtherVersion(RuntimeError):
    """The database's tables have a form that this version of the program does not know."""


class HalfRestored(OtherVersion):
    """A backup is being put in this database's place, or that was cut off: what is there is not the shop."""


class Database:
    """One shop's database.

    ``secret`` keys the fingerprints by which addresses are found; every session carries it. ``keys`` (32 bytes each)
    seal the addresses themselves: the first seals, all of them open, without any they stand as they are. In the
    folder ``erasures`` each erasure is written down too (see ledger/erasures.py); None: nowhere. ``when_replaced`` is
    done before anything else where another file has taken the place of SQLite's, because a backup was restored, say.
    Raises BadDatabaseUrl, BadKey.
    """

    def __init__(self, url: str, *, secret: bytes, keys: Sequence[bytes] = (), erasures: Path | None = None) -> None:
        self.engine = connect(url)
        self.keyring = Keyring(keys)
        give_keys(self.engine, self.keyring)
        self._info = {SECRET: secret, ERASURES: erasures}
        self.when_replaced: Callable[[], object] = _nothing
        self._whereabouts = Whereabouts.of(self.engine)
        self._turns = Turns()
        self._journal = self._kept() if self._whereabouts is not None else None
        self.guard: Callable[[Session], object] = _unguarded

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def transaction(self, *, is_for_people: bool = False) -> Iterator[Session]:
        """A session that commits when the block ends and rolls back when it raises.

        On SQLite the one writer's lock is taken at the start, so that nothing read inside grows stale; within a
        process people's messages go first (``is_for_people``), see ledger/turns.py.
        """
        with self._session(self.engine) as session:
            with self._turn(is_for_people), session.begin():
                yield session
                self._end(session)
            erased_from: Iterable[str] | None = session.info.get(SCRUB)
        if erased_from is not None:
            self.scrub(erased_from)

    @contextmanager
    def several(self, *, is_for_people: bool = False) -> Iterator[Callable[[], AbstractContextManager[Session]]]:
        """Transactions that are committed together when the block ends, and cost the disk one: what it gives begins
        each, with a session of its own. One that raises is rolled back alone; if the block raises, all are.

        For SQLite, whose writers come one after the other anyway: on PostgreSQL the locks of all would be held to the
        end.
        """
        erased_from: set[str] = set()

        @contextmanager
        def one() -> Iterator[Session]:
            with self._session_on(connection) as session:
                with session.begin():
                    yield session
                    self._end(session)
                erased_from.update(session.info.get(SCRUB) or ())

        self._settle()
        with self._turn(is_for_people), self.engine.connect() as connection, connection.begin():
            yield one
        if erased_from:
            self.scrub(erased_from)

    def journal(self) -> Journal | None:
        """Of SQLite's file, for the process that serves the shop: see ledger/journal.py. None: there is none."""
        return self._journal

    def _kept(self) -> Journal:
        return Journal(self.engine, lambda: self._turn(is_for_people=False), LOCK_WAIT_SECONDS * 1_000)

    def _end(self, session: Session) -> None:
        self.guard(session)
        for act in session.info.pop(BEFORE_COMMIT, {}).values():
            act()

    @contextmanager
    def _turn(self, is_for_people: bool) -> Iterator[None]:
        if not self.is_sqlite:
            yield
            return
        with ExitStack() as held:
            try:
                held.enter_context(self._turns.turn(LOCK_WAIT_SECONDS, is_for_people=is_for_people))
            except StillTaken as fault:
                busy = sqlite3.OperationalError("database is locked")
                busy.sqlite_errorcode, busy.sqlite_errorname = sqlite3.SQLITE_BUSY, "SQLITE_BUSY"
                raise OperationalError("", {}, busy, hide_parameters=True) from fault
            yield

    def guarded(self, guard: Callable[[Session], object]) -> Database:
        """The same database for whoever may write only under a condition: ``guard`` is asked last of all before each
        commit, and nothing is kept where it raises."""
        same = copy(self)
        same.guard = guard
        return same

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session for looking only: it never waits for a writer, and what it changes is not kept."""
        with self._session(self.engine.execution_options(**{READ_ONLY: True})) as session:
            yield session

    def _session(self, engine: Engine) -> Session:
        self._settle()
        return self._session_on(engine)

    def _settle(self) -> None:
        if self._whereabouts is not None:
            self._whereabouts.settle(self.when_replaced)

    def _session_on(self, place: Engine | Connection) -> Session:
        # On a connection that is in a transaction already, a part of it that can be rolled back by itself.
        return Session(place, expire_on_commit=False, info=dict(self._info), join_transaction_mode="create_savepoint")

    def scrub(self, tables: Iterable[str] = ()) -> None:
        """Leave nothing of what was erased in SQLite's journal; a reader in the way puts it off to the next time.

        PostgreSQL lets go of the dead rows in ``tables``, where nobody is in the way; see docs/howto/backup.md.
        """
        if self.is_sqlite:
            if self._journal is not None:
                self._journal.empty()
        elif names := self._quoted(tables):
            with suppress(DBAPIError), self._outside_transactions() as connection:
                connection.exec_driver_sql(f"VACUUM (SKIP_LOCKED) {names}")

    def rewrite(self, tables: Iterable[str]) -> None:
        """Leave nothing in ``tables`` of what their rows held before; on PostgreSQL they are locked meanwhile.

        SQLite overwrites what is replaced as it goes, and has its journal emptied.
        """
        self.scrub()
        if not self.is_sqlite:
            with self._outside_transactions() as connection:
                connection.exec_driver_sql(f"VACUUM (FULL) {self._quoted(tables)}")

    def _quoted(self, tables: Iterable[str]) -> str:
        return ", ".join(map(self.engine.dialect.identifier_preparer.quote, tables))

    def _outside_transactions(self) -> Connection:
        return self.engine.connect().execution_options(isolation_level="AUTOCOMMIT")

    def migrate(self, scripts_at: Path = MIGRATIONS) -> None:
        """Bring the tables to the newest form; looks first, and takes no lock when they are there already.

        One transaction: others wait or go on with the old form, and what is cut off leaves it. Raises OtherVersion.
        """
        with self.engine.execution_options(**{READ_ONLY: True}).connect() as connection:
            self._require_whole(connection)
            found = revisions.found(connection)
        if found == revisions.newest(scripts_at):
            return
        if not found <= revisions.known(scripts_at).keys():
            raise OtherVersion(
                "this database was made by another, probably newer, version of Langganan; update the program, "
                "or restore a backup made before"
            )
        from alembic import command  # it is large; see ledger/revisions.py
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(scripts_at))
        with self.engine.connect() as connection, self._loose_references(connection):
            if not self.is_sqlite:
                # Of several processes that start together one makes the tables and the others wait.
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            if self.is_sqlite and (lost := connection.exec_driver_sql("PRAGMA foreign_key_check").first()):
                raise RuntimeError(f"the migration would leave rows of {lost[0]} that lead nowhere")
            connection.commit()

    def _require_whole(self, connection: Connection) -> None:
        """Raises HalfRestored: tables that were made now would be taken for the shop, and the shop thrown away."""
        if self.is_sqlite:
            return
        if connection.exec_driver_sql(f"SELECT to_regnamespace('{ASIDE}') IS NOT NULL").scalar_one():
            raise HalfRestored(
                "a backup is being put in this database's place, or that was cut off: wait for `langganan restore` "
                "to end, or give it again"
            )

    @contextmanager
    def _loose_references(self, connection: Connection) -> Iterator[None]:
        """SQLite changes a table by making it anew: meanwhile rows that lead to it must neither go nor forbid it."""
        if not self.is_sqlite:
            yield
            return
        cursor = connection.connection.cursor()
        cursor.execute("PRAGMA foreign_keys = OFF")
        try:
            yield
        finally:
            connection.rollback()
            cursor.execute("PRAGMA foreign_keys = ON")

    def rebuild(self) -> None:
        """Drop every table with all that is in it and make them anew. For an invented shop only."""
        with self.engine.begin() as connection:
            SQLModel.metadata.drop_all(connection)
            connection.exec_driver_sql("DROP TABLE IF EXISTS alembic_version")
        self.migrate()

    def close(self) -> None:
        """Let go of the connections; SQLite takes the occasion to learn how its tables have grown."""
        if self.is_sqlite:
            with suppress(DBAPIError), self.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA optimize")
        self.engine.dispose()


def _nothing() -> None:
    """Nothing has to be done."""


def _unguarded(_session: Session) -> None:
    """Whatever was done may be kept."""


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
    known = {} if backend == "sqlite" else {key: value for key, value in WATCHED.items() if key not in parsed.query}
    # Of those at rest the one used last comes first: each keeps pages and statements, and few are kept warm.
    rest = {"pool_use_lifo": True} if parsed.database not in (None, "", ":memory:") else {}
    engine = create_engine(
        parsed, hide_parameters=True, pool_pre_ping=backend == "postgresql", connect_args=known, **rest
    )
    if backend == "sqlite":
        if parsed.database and parsed.database != ":memory:":
            _make_private(Path(parsed.database))
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _make_private(path: Path) -> None:
    """A new file for its owner's eyes alone; the journals beside it take after it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # One that is there is left alone: whoever closes a file lets go of all locks that this process has on it, those
    # of its other connections among them, and another process would take their journal away.
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def _prepare_sqlite(connection: Any, _entry: ConnectionPoolEntry) -> None:
    # The driver's own idea of when a transaction begins is switched off; _begin_sqlite says it.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {LOCK_WAIT_SECONDS * 1000}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA secure_delete = ON")
    cursor.close()


def _begin_sqlite(connection: Any) -> None:
    read_only = connection.get_execution_options().get(READ_ONLY, False)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")
