"""Amounts in minor units, and as people write them."""

from decimal import Decimal

import pytest

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
