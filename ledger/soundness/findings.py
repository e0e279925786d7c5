"""What a check can say."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple


class Check(StrEnum):
    """What was looked for; a word on the lexicon's shelf of the same name tells what to do about it."""

    DOUBLES = "doubles"
    """Lines that are the same as another in all they say, beyond the first of each."""
    FUTURE = "future"
    ANCIENT = "ancient"
    FREE = "free"
    """Sold for nothing."""
    PRICE_OFF = "price_off"
    """Paid at least ten times as much for a piece as is usual for the product, or a tenth."""
    QUANTITY_OFF = "quantity_off"
    CURRENCIES = "currencies"
    """Paid in another currency than most."""
    GAP = "gap"
    """Days without a sale on which there usually is one."""
    STAND_IN = "stand_in"
    """One customer with a great part of all orders: perhaps the one a till books everybody under."""
    NO_PRODUCT = "no_product"
    NO_NAME = "no_name"
    NO_PRICE = "no_price"
    NO_CATEGORY = "no_category"
    NO_COST = "no_cost"
    NO_STOCK = "no_stock"
    TWINS = "twins"
    """Products with the same name under several codes, beyond the first of each."""
    NAMESAKES = "namesakes"
    """Customers with the same name in the same city, beyond the first of each."""
    NO_CITY = "no_city"
    SPARSE = "sparse"
    """A column of a file that is mostly empty."""


class Finding(NamedTuple):
    """``n`` of ``of`` lines, days, products or customers; ``values`` fill the words, as plain words and numbers."""

    check: Check
    n: int
    of: int
    values: Mapping[str, Any] = {}

    @property
    def share(self) -> float:
        return self.n / self.of if self.of else 0.0

    def as_json(self) -> dict[str, Any]:
        return {"check": self.check.value, "n": self.n, "of": self.of, "values": dict(self.values)}


def counted(check: Check, n: int, of: int, **values: Any) -> list[Finding]:
    """The finding, or nothing where there is nothing to find."""
    return [Finding(check, int(n), int(of), values)] if n else []
