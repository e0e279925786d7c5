"""What every column is, why it is kept and for how long: declared where the column is.

The record of processing (UU PDP 31, GDPR 30), the summary a customer gets and the nightly retention all speak from
these declarations; a test fails on a column that declares nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlmodel import SQLModel

DECLARED = "__keeps__"


class What(StrEnum):
    """What a column holds."""

    NAME = "name"
    """Who somebody is, or where they live."""
    CONTACT = "contact"
    """Where they can be written to."""
    WORDS = "words"
    """What was said, word for word."""
    HISTORY = "history"
    """What they did: purchases, clicks, fates of messages."""
    CHOICE = "choice"
    """What they allowed, wished or answered about themselves."""
    DERIVED = "derived"
    """What was worked out about them."""
    TIME = "time"
    """When it happened."""
    MARK = "mark"
    """A keyed hash, a random number or a number that joins rows."""
    SHOP = "shop"
    """The shop's own affairs; nobody's personal data."""


class Why(StrEnum):
    """What it is kept for."""

    ANSWER = "answer"
    """To recognise somebody and answer them."""
    OFFER = "offer"
    """To send the offers they allowed, and no others."""
    CHOOSE = "choose"
    """To choose offers that fit, for those who allow it."""
    RESEARCH = "research"
    """To ask their opinion, for those who allow it, and count the answers."""
    PROVE = "prove"
    """To prove what was allowed, asked and done."""
    AUDIT = "audit"
    """To see whether groups are served alike, of those who said so for that; never to choose."""
    COUNT = "count"
    """The shop's books and statistics."""
    RUN = "run"
    """To run the program without losing or doubling anything."""


class Until(StrEnum):
    """How long it is kept. The days of each are settings; see ledger/retention.py."""

    ERASED = "erased"
    """Until the customer erases it or has been away too long."""
    MESSAGES = "messages"
    BROWSING = "browsing"
    AUDIT = "audit"
    MARKS = "marks"
    NEXT_RUNS = "next_runs"
    """Until newer runs of the engine take its place."""
    TEAM = "team"
    """Until the chat is taken off the shop's team, or whoever writes there erases it."""
    A_DAY = "a_day"
    """A question left open for a day is closed."""
    ANONYMOUS = "anonymous"
    """Always; from the erasure on it leads to nobody."""
    ALWAYS = "always"


@dataclass(frozen=True)
class Declaration:
    """One column: what it is, why, how long."""

    what: What
    why: Why
    until: Until


class Keeps:
    """A table's declarations: why and how long for all of it, and column names behind what they are.

    ``but`` names columns that are kept for something else, or for less long than their row.
    """

    def __init__(
        self, why: Why, until: Until, *, but: Mapping[str, tuple[Why, Until]] | None = None, **what: str
    ) -> None:
        exceptions = but or {}
        self.columns = {
            column: Declaration(What(kind), *exceptions.get(column, (why, until)))
            for kind, columns in what.items()
            for column in columns.split()
        }


def declarations() -> Iterator[tuple[str, Mapping[str, Declaration]]]:
    """Every table there is, by name, with the declarations of its columns (none where nothing is declared)."""
    found: dict[str, Mapping[str, Declaration]] = {}
    for table in _tables(SQLModel):
        keeps: Keeps | None = getattr(table, DECLARED, None)
        found[str(table.__tablename__)] = keeps.columns if keeps is not None else {}
    yield from sorted(found.items())


def _tables(base: type[Any]) -> Iterator[type[Any]]:
    for model in base.__subclasses__():
        if hasattr(model, "__table__"):
            yield model
        yield from _tables(model)
