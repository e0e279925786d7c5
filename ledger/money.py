"""Amounts are whole numbers of a currency's minor units, so that nothing is lost in adding them up."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from babel.numbers import format_currency, get_currency_precision

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
    digits = minor_digits(currency)
    amount = Decimal(amount_minor).scaleb(-digits)
    pattern = "¤#,##0" + ("." + "0" * digits if digits else "")
    locale = {"id": "id_ID", "en": "en_US"}.get(language, language)
    words = format_currency(amount, currency, format=pattern, locale=locale, currency_digits=False)
    # Nobody in an Indonesian shop says IDR, whatever language they speak.
    return words.replace("IDR", "Rp")
