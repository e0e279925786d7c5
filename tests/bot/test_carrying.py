"""An open shop has the journal carried over beside its commits, and ends that when it closes."""

from __future__ import annotations

import asyncio
import gc

from bot import carrying, lasting
from ledger.database import Database

MOST_LOOKS = 10_000


def measure_of(database: Database) -> int:
    with database.engine.connect() as connection:
        (pages,) = connection.connection.cursor().execute("PRAGMA wal_autocheckpoint").fetchone()
    return int(pages)


def test_it_ends_with_the_shop_and_leaves_everything_as_it_was(sqlite_database: Database) -> None:
    before = measure_of(sqlite_database)

    async def opened_and_closed() -> int:
        stopping = asyncio.Event()
        keeping = asyncio.create_task(carrying.keep(sqlite_database, stopping))
        for _ in range(MOST_LOOKS):
            await asyncio.sleep(0)
            if (meanwhile := measure_of(sqlite_database)) != before:
                break
        stopping.set()
        await keeping
        return meanwhile

    meanwhile = asyncio.run(opened_and_closed())
    assert (meanwhile > before, measure_of(sqlite_database)) == (True, before)


def test_where_there_is_no_journal_it_waits_for_the_end_like_everybody(postgresql_database: Database) -> None:
    async def opened_and_closed() -> None:
        stopping = asyncio.Event()
        keeping = asyncio.create_task(carrying.keep(postgresql_database, stopping))
        await asyncio.sleep(0)
        assert not keeping.done()
        stopping.set()
        await keeping

    asyncio.run(opened_and_closed())


def test_what_lasts_is_looked_through_no_more_until_the_shop_closes() -> None:
    before = len(gc.get_objects())
    lasting.settle_in()
    meanwhile = len(gc.get_objects())
    lasting.move_out()
    assert (meanwhile < before / 10, len(gc.get_objects()) > before / 2) == (True, True)
