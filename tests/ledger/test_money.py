"""Amounts in minor units, and as people write them."""

from decimal import Decimal

import pytest
from babel.numbers import format_currency
from hypothesis import given
from hypothesis import strategies as st

from ledger.money import in_words, minor_digits, to_minor


def test_the_rupiah_has_no_minor_unit_anybody_uses() -> None:
    assert (minor_digits("IDR"), minor_digits("GBP"), minor_digits("JPY"), minor_digits("KWD")) == (0, 2, 0, 3)


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [("82500", "IDR", 82_500), ("2.55", "GBP", 255), ("0.005", "GBP", 1), ("82500.5", "IDR", 82_501)],
)
def test_an_amount_becomes_whole_minor_units(amount: str, currency: str, minor: int) -> None:
    assert to_minor(Decimal(amount), currency) == minor


@pytest.mark.parametrize(
    ("minor", "currency", "language", "words"),
    [
        (82_500, "IDR", "id", "Rp82.500"),
        (82_500, "IDR", "en", "Rp82,500"),
        (825, "GBP", "en", "£8.25"),
        (825, "GBP", "id", "£8,25"),
        (0, "IDR", "id", "Rp0"),
    ],
)
def test_an_amount_reads_as_people_of_the_language_write_it(
    minor: int, currency: str, language: str, words: str
) -> None:
    assert in_words(minor, currency, language).replace("\xa0", "") == words


@given(
    st.integers(-(10**15), 10**15),
    st.sampled_from(["IDR", "USD", "EUR", "JPY", "KWD", "SGD"]),
    st.sampled_from(["id", "en", "de", "fr"]),
)
def test_it_is_what_babel_writes(minor: int, currency: str, language: str) -> None:
    digits = minor_digits(currency)
    pattern = "¤#,##0" + ("." + "0" * digits if digits else "")
    amount = Decimal(minor).scaleb(-digits)
    locale = {"id": "id_ID", "en": "en_US"}.get(language, language)
    babels = format_currency(amount, currency, format=pattern, locale=locale, currency_digits=False)
    assert in_words(minor, currency, language) == babels.replace("IDR", "Rp")
