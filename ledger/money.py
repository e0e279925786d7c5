"""Amounts are whole numbers of a currency's minor units, so that nothing is lost in adding them up."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from babel.numbers import (
    get_currency_precision,
    get_currency_symbol,
    get_decimal_symbol,
    get_group_symbol,
    get_minus_sign_symbol,
)

# ISO 4217 still grants the rupiah two decimals; no price, till or marketplace has used a sen for decades.
WITHOUT_MINOR_UNITS = frozenset({"IDR"})


def minor_digits(currency: str) -> int:
    """How many decimals an amount in ``currency`` (ISO 4217) is written with."""
    return 0 if currency in WITHOUT_MINOR_UNITS else get_currency_precision(currency)


def to_minor(amount: Decimal, currency: str) -> int:
    """The amount in minor units, halves rounded up as a till does."""
    scaled = amount.scaleb(minor_digits(currency))
    return int(scaled.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def in_words(amount_minor: int, currency: str, language: str) -> str:
    """As people of the language write it: "Rp82.500", "£8.25"."""
    way = _written(currency, language)
    whole, part = divmod(abs(amount_minor), 10**way.digits)
    said = f"{way.sign}{whole:,}".replace(",", way.group)
    if way.digits:
        said += f"{way.point}{part:0{way.digits}}"
    return f"{way.minus}{said}" if amount_minor < 0 else said


@dataclass(frozen=True)
class _Way:
    """How amounts of a currency are written in a language. Babel knows; asked for each amount it takes 20 µs."""

    digits: int
    sign: str
    group: str
    point: str
    minus: str


@lru_cache(maxsize=256)
def _written(currency: str, language: str) -> _Way:
    locale = {"id": "id_ID", "en": "en_US"}.get(language, language)
    # Nobody in an Indonesian shop says IDR, whatever language they speak.
    sign = get_currency_symbol(currency, locale).replace("IDR", "Rp")
    return _Way(
        minor_digits(currency),
        sign,
        get_group_symbol(locale),
        get_decimal_symbol(locale),
        get_minus_sign_symbol(locale),
    )
