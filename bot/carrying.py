"""Has SQLite's journal carried over beside the commits for as long as the shop is open; see ledger/journal.py."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from ledger.database import Database

EVERY_SECONDS = 1.0


async def keep(database: Database, stopping: asyncio.Event) -> None:
    """Until ``stopping``. Its thread is its own: it waits for the disk, and nobody is to wait for it."""
    journal = database.journal()
    if journal is None:
        await stopping.wait()
        return
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(1, "journal") as thread:
        await loop.run_in_executor(thread, journal.take_over)
        while not stopping.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), EVERY_SECONDS)
            await loop.run_in_executor(thread, journal.go_round)
        await loop.run_in_executor(thread, journal.hand_back)
