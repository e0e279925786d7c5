"""What an import tells: counts where all went well, why not where the file cannot be read. Words are the bot's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ledger.soundness.findings import Finding

FIRST_LINES = 5
"""So many line numbers are named for each reason; the rest is counted."""


class BadFile(ValueError):
    """The file as a whole cannot be imported, and nothing of it was.

    ``key`` names the sentence on the lexicon's shelf of import problems, ``values`` fill it. ``line`` is the line of
    the file (the header is 1) where the trouble starts, where there is one.
    """

    def __init__(self, key: str, line: int | None = None, **values: Any) -> None:
        super().__init__(key, line, values)
        self.key, self.line, self.values = key, line, values

    def __str__(self) -> str:
        return f"{self.key} {self.values}"

    def as_json(self) -> dict[str, Any]:
        """The same as plain words and numbers."""
        return {"key": self.key, "line": self.line, "values": self.values}


class Note(NamedTuple):
    """Something noticed that keeps nothing out: a word on the lexicon's shelf of import notes, and what fills it."""

    key: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class ImportReport:
    """One file, counted.

    ``lines`` are the file's lines below the header, ``kept`` plus all ``dropped``. ``purchases``, ``returns`` and
    ``others`` count the interactions the file tells of, new or known: a line of which something was sent back
    tells of a purchase and of a return. ``customers`` and ``orders`` are those with a purchase, ``products`` those
    on a kept line. ``added`` counts what the ledger did not know before: interactions, customers, products, numbers
    (phones of customers it knew) and details (customers it knew of whom a name, a city or a birthday is new).
    """

    format: str
    dry_run: bool
    lines: int
    kept: int
    purchases: int
    returns: int
    others: Mapping[str, int]
    customers: int
    orders: int
    products: int
    dropped: Mapping[str, int]
    first_lines: Mapping[str, tuple[int, ...]]
    added: Mapping[str, int]
    notes: tuple[Note, ...] = field(default=())
    columns: Mapping[str, str] = field(default_factory=dict)
    """Which of the file's columns is taken for which of our fields, in the file's order."""
    unused: tuple[str, ...] = ()
    """The file's columns that are taken for nothing."""
    named: tuple[str, ...] = ()
    """Which of "customer" and "product" the file calls by names, where one would expect a number or a code."""
    checks: tuple[Finding, ...] = ()
    """What looks wrong in the lines that are kept, though each can be read: see ledger/soundness/."""

    def as_json(self) -> dict[str, Any]:
        """The same as plain dicts, lists, numbers and words."""
        return {
            "format": self.format,
            "dry_run": self.dry_run,
            "lines": self.lines,
            "kept": self.kept,
            "purchases": self.purchases,
            "returns": self.returns,
            "others": dict(self.others),
            "customers": self.customers,
            "orders": self.orders,
            "products": self.products,
            "dropped": dict(self.dropped),
            "first_lines": {reason: list(lines) for reason, lines in self.first_lines.items()},
            "added": dict(self.added),
            "notes": [{"key": note.key, "values": dict(note.values)} for note in self.notes],
            "columns": dict(self.columns),
            "unused": list(self.unused),
            "named": list(self.named),
            "checks": [each.as_json() for each in self.checks],
        }
