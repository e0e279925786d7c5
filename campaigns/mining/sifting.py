"""What of the ledger a run goes by, and what it leaves out and says so; and when it had better not run at all.

A purchase dated in the future would make its customer the latest of all, and an amount in another currency would
make them rich or poor: the first is left out, of the second the amount. Where that is no slip but a good part of the
whole, whatever a run found would mislead: it is refused, with what mends it. See
docs/decisions/0059-what-looks-odd-is-said.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ledger.extracts import KINDS, NOTHING, InteractionColumns
from ledger.tables import Kind

MOST_ODD = 0.2
"""Of more than this share of the purchases something is the matter with all of them."""
AHEAD_MICROSECONDS = 86_400_000_000
"""A till's clock may be in another zone."""
NAMES = ("platforms", "currencies")


class Odd(StrEnum):
    """Why a purchase misleads: a word on the lexicon's shelf ``misleading`` says what to do."""

    FUTURE = "future"
    CURRENCIES = "currencies"


class Misleading(ValueError):
    """What a run would find in this history would be wrong: ``n`` of ``of`` purchases are ``odd``."""

    def __init__(self, odd: Odd, n: int, of: int, **values: Any) -> None:
        super().__init__(odd, n, of, values)
        self.odd, self.n, self.of, self.values = odd, n, of, values

    def __str__(self) -> str:
        return f"{self.n} of {self.of} purchases are odd ({self.odd}): {self.values}"


@dataclass(frozen=True)
class Sifted:
    """What is gone by, and ``ignored``: for each reason how many purchases, of ``purchases`` in all."""

    columns: InteractionColumns
    purchases: int
    ignored: Mapping[str, int]

    def plain(self) -> dict[str, Any]:
        """As a run's row keeps it."""
        return {"purchases": self.purchases, **self.ignored}


def sift(columns: InteractionColumns, now: int) -> Sifted:
    """Without what lies after ``now`` (µs), and without amounts in another currency than most. Raises Misleading."""
    is_bought = columns.kind == KINDS[Kind.PURCHASE.value]
    later = columns.at > now + AHEAD_MICROSECONDS
    n, n_later = int(is_bought.sum()), int((is_bought & later).sum())
    if n_later > MOST_ODD * n:
        raise Misleading(Odd.FUTURE, n_later, n)
    foreign, main = _foreign(columns, is_bought & ~later)
    n_foreign = int((is_bought & foreign & ~later).sum())
    if n_foreign > MOST_ODD * n:
        raise Misleading(Odd.CURRENCIES, n_foreign, n, main=main)
    ignored = {Odd.FUTURE.value: n_later, Odd.CURRENCIES.value: n_foreign}
    return Sifted(_without(columns, later, foreign), n, {name: each for name, each in ignored.items() if each})


def _foreign(columns: InteractionColumns, is_bought: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], str]:
    """Rows in another currency than most purchases, and which that is."""
    paid_in = columns.currency[is_bought & (columns.currency != NOTHING)]
    if not len(paid_in):
        return np.zeros(len(columns.currency), dtype=np.bool_), ""
    main = int(np.bincount(paid_in).argmax())
    return (columns.currency != NOTHING) & (columns.currency != main), columns.currencies[main]


def _without(columns: InteractionColumns, later: NDArray[np.bool_], foreign: NDArray[np.bool_]) -> InteractionColumns:
    if foreign.any():
        columns = replace(
            columns,
            amount_minor=np.where(foreign, NOTHING, columns.amount_minor),
            discount_minor=np.where(foreign, NOTHING, columns.discount_minor),
        )
    if not later.any():
        return columns
    kept = {each.name: getattr(columns, each.name)[~later] for each in fields(columns) if each.name not in NAMES}
    return replace(columns, **kept)
