"""What an import tells: a table of counts where all went well, one sentence where the file cannot be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

FIRST_LINES = 5
"""So many line numbers are named for each reason; the rest is counted."""


class BadFile(ValueError):
    """The file as a whole cannot be imported, and nothing of it was.

    ``line`` is the line of the file (the header is 1) where the trouble starts, where there is one.
    """

    def __init__(self, sentence: str, line: int | None = None) -> None:
        super().__init__(sentence if line is None else f"Line {line}: {sentence}")
        self.sentence = sentence
        self.line = line


@dataclass(frozen=True)
class ImportReport:
    """One file, counted.

    ``lines`` are the file's lines below the header, ``kept`` plus all ``dropped``. ``purchases``, ``returns`` and
    ``others`` count the interactions the file tells of, new or known: a line of which something was sent back
    tells of a purchase and of a return. ``customers`` and ``orders`` are those with a purchase, ``products`` those
    on a kept line. ``added`` counts what the ledger did not know before (interactions, customers, products).
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
    notes: tuple[str, ...] = field(default=())
    columns: Mapping[str, str] = field(default_factory=dict)
    """Which of the file's columns is taken for which of our fields, in the file's order."""
    unused: tuple[str, ...] = ()
    """The file's columns that are taken for nothing."""

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
            "notes": list(self.notes),
            "columns": dict(self.columns),
            "unused": list(self.unused),
        }
