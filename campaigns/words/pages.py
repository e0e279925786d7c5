"""How figures, sums and moments are written on a page: by Babel, in the reader's language and by the shop's clock.

A template says ``{{ sum | money }}``; who reads it, and in which shop, is the page's printer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal, format_percent
from jinja2 import pass_context
from jinja2.runtime import Context

from campaigns.shop import Shop
from ledger import money as sums


@dataclass(frozen=True)
class Printer:
    """Writes for one reader. ``clock`` is how a time of day is written: "HH.mm"."""

    language: str
    shop: Shop
    clock: str

    def money(self, amount_minor: float, currency: str | None = None) -> str:
        """A sum in minor units, of the shop's currency unless another is named."""
        return sums.in_words(round(amount_minor), currency or self.shop.currency, self.language)

    def number(self, value: float, decimals: int = 0) -> str:
        return format_decimal(round(value, decimals), locale=self.language)

    def percent(self, share: float, decimals: int = 0) -> str:
        """Of a share between 0 and 1: "12,5 %" as the language has it."""
        pattern = "#,##0" + ("." + "0" * decimals if decimals else "") + "%"
        return format_percent(share, format=pattern, locale=self.language)

    def day(self, at: datetime | date, pattern: str = "d MMMM y") -> str:
        """A day; that of a moment by the shop's calendar."""
        local = at.astimezone(self.shop.zone).date() if isinstance(at, datetime) else at
        return format_date(local, pattern, locale=self.language)

    def moment(self, at: datetime, day: str = "d MMMM") -> str:
        """Day and time by the shop's clock: "6 November 09.05"."""
        return format_datetime(at.astimezone(self.shop.zone), f"{day} {self.clock}".strip(), locale=self.language)


def _by(write: Callable[..., str]) -> Callable[..., str]:
    """The filter that lets the page's own printer write."""

    @pass_context
    def written(context: Context, value: Any, *more: Any) -> str:
        return write(context["printer"], value, *more)

    return written


FILTERS: Mapping[str, Callable[..., str]] = {
    "money": _by(Printer.money),
    "number": _by(Printer.number),
    "percent": _by(Printer.percent),
    "day": _by(Printer.day),
    "moment": _by(Printer.moment),
}
