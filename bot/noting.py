"""Keeping what providers tell beside people's words: as patiently as those are kept, or not claimed to be."""

from __future__ import annotations

from collections.abc import Callable

from sqlmodel import Session

from bot.talk.router import TRIES, NotTaken
from ledger.ailments import is_away
from ledger.database import Database


def keep(database: Database, note: Callable[[Session], object]) -> None:
    """Have ``note`` write. Raises NotTaken while the database is away, and what else ``note`` raises."""
    for tries_left in reversed(range(TRIES)):
        try:
            with database.transaction() as session:
                note(session)
        except Exception as fault:
            if not is_away(fault):
                raise
            if not tries_left:
                raise NotTaken from None
        else:
            return
