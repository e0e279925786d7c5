"""What the engine reads: columns of equal length, checked once at the door.

The caller fetches columns, never objects; everything the engine learns starts from these two frames.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from engine.errors import TooLittleData

__all__ = [
    "MICROSECONDS_PER_DAY",
    "NONE",
    "IntColumn",
    "Interactions",
    "Kind",
    "Products",
    "TooLittleData",
    "UnfitFrame",
    "check_columns",
]

IntColumn = NDArray[np.int64]

NONE = -1
"""Stands in any id or amount column where nothing is known."""

MICROSECONDS_PER_DAY = 86_400_000_000


class Kind(IntEnum):
    """What happened. The ledger's interaction kinds, as the engine counts them."""

    MESSAGE_IN = 0
    MESSAGE_OUT = 1
    VIEW = 2
    CLICK = 3
    CART = 4
    PURCHASE = 5
    RETURN = 6
    REVIEW = 7


class UnfitFrame(ValueError):
    """The columns of a frame do not fit together."""


@dataclass(frozen=True)
class Interactions:
    """One row an interaction, in any order.

    Every column is 1-D int64 and of one length n. ``at`` counts microseconds since the epoch, UTC.
    ``product``, ``order`` and ``platform`` hold ids or codes, ``NONE`` where there is none; ``platform`` indexes
    ``platforms``. ``amount_minor`` is the line's total in minor units, a magnitude also for returns (the kind tells
    the direction); ``discount_minor`` is what was taken off the list price of the line, ``NONE`` if unknown.
    """

    customer: IntColumn
    kind: IntColumn
    at: IntColumn
    product: IntColumn
    quantity: IntColumn
    amount_minor: IntColumn
    discount_minor: IntColumn
    order: IntColumn
    platform: IntColumn
    platforms: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_columns(self, besides=("platforms",))

    def __len__(self) -> int:
        return len(self.customer)

    def where(self, rows: NDArray[np.bool_]) -> Interactions:
        """The rows for which ``rows`` (boolean, length n) is true."""
        columns = {f.name: getattr(self, f.name)[rows] for f in fields(self) if f.name != "platforms"}
        return Interactions(**columns, platforms=self.platforms)

    def of_kind(self, *kinds: Kind) -> Interactions:
        return self.where(np.isin(self.kind, np.array(kinds, dtype=np.int64)))


@dataclass(frozen=True)
class Products:
    """One row a product. Arrays of one length m; text columns are tuples of length m, "" where unknown.

    ``price_minor`` is today's list price and ``stock`` the pieces at hand, ``NONE`` where unknown.
    ``is_premium`` is 1, 0 or ``NONE``.
    """

    id: IntColumn
    price_minor: IntColumn
    stock: IntColumn
    is_premium: IntColumn
    name: Sequence[str]
    category: Sequence[str]
    brand: Sequence[str]
    description: Sequence[str]

    def __post_init__(self) -> None:
        texts = ("name", "category", "brand", "description")
        check_columns(self, besides=texts)
        for text in texts:
            if len(getattr(self, text)) != len(self.id):
                raise UnfitFrame(f"Products.{text} has {len(getattr(self, text))} rows, id has {len(self.id)}")
        if len(np.unique(self.id)) != len(self.id):
            raise UnfitFrame("Products.id names a product twice")

    def __len__(self) -> int:
        return len(self.id)


def check_columns(frame: Interactions | Products, besides: tuple[str, ...]) -> None:
    """Raise UnfitFrame unless every column but ``besides`` is 1-D int64 and all are of one length."""
    length = None
    for field in fields(frame):
        if field.name in besides:
            continue
        column = getattr(frame, field.name)
        name = f"{type(frame).__name__}.{field.name}"
        if not isinstance(column, np.ndarray) or column.ndim != 1 or column.dtype != np.int64:
            raise UnfitFrame(f"{name} must be a 1-D int64 array")
        length = len(column) if length is None else length
        if len(column) != length:
            raise UnfitFrame(f"{name} has {len(column)} rows, the columns before it {length}")
