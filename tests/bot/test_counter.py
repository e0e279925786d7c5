"""What is said at the counter: sums of money, and lines of a sale."""

import pytest

from bot.talk.amounts import is_money, read
from bot.talk.desk import sale_lines
from bot.talk.desk.counter import split_code
from bot.talk.desk.sale_lines import Line


@pytest.mark.parametrize(
    ("said", "rupiah"),
    [
        ("90rb", 90_000), ("90 rb", 90_000), ("90RB", 90_000), ("90ribu", 90_000), ("90 ribu", 90_000),
        ("45k", 45_000), ("90.000", 90_000), ("90,000", 90_000), ("90000", 90_000), ("1.234.567", 1_234_567),
        ("1,234,567", 1_234_567),
        ("Rp90.000", 90_000), ("Rp 90.000", 90_000), ("rp. 90.000", 90_000), ("IDR 90000", 90_000),
        ("Rp90.000,-", 90_000), ("90.000 rupiah", 90_000), ("Rp90.000,00", 90_000), ("Rp 90rb", 90_000),
        ("1,5jt", 1_500_000), ("1.5jt", 1_500_000), ("1,5 juta", 1_500_000), ("0,5jt", 500_000), ("2jt", 2_000_000),
        ("1.500rb", 1_500_000), ("1jt500rb", 1_500_000), ("1 juta 500 ribu", 1_500_000), ("12,5rb", 12_500),
        ("sembilan puluh ribu", 90_000), ("seratus lima puluh ribu", 150_000), ("dua belas ribu", 12_000),
        ("sebelas ribu", 11_000), ("seribu", 1_000), ("sejuta", 1_000_000), ("lima ratus", 500),
        ("dua juta tiga ratus ribu", 2_300_000), ("90", 90),
        # What could be either, or is none, is no sum.
        ("1jt500", None), ("90.5", None), ("1,5", None), ("1.500.00", None), ("90rb90rb", None), ("0", None),
        ("kopi", None), ("", None), ("Rp", None), ("x2", None), ("250gr", None), ("satu dua", None), ("ribu", None),
    ],
)  # fmt: skip
def test_rupiah_as_people_write_them(said: str, rupiah: int | None) -> None:
    assert read(said, "IDR") == rupiah


@pytest.mark.parametrize(
    ("said", "cents"), [("12.50", 1250), ("12,50", 1250), ("$12", 1200), ("1.234,50", 123_450), ("1,234.50", 123_450),
                        ("12.345", 1_234_500), ("12.3456", None)],
)  # fmt: skip
def test_sums_of_a_currency_with_cents(said: str, cents: int | None) -> None:
    assert read(said, "EUR") == cents


@pytest.mark.parametrize(
    ("said", "surely"), [("90rb", True), ("90.000", True), ("9000", True), ("2", False), ("90", False)]
)
def test_what_is_surely_money_and_what_may_be_a_number_of_things(said: str, surely: bool) -> None:
    assert is_money(said) is surely


@pytest.mark.parametrize(
    ("said", "lines"),
    [
        ("Kopi Gayo", [Line("Kopi Gayo")]),
        ("Kopi Gayo x2", [Line("Kopi Gayo", 2)]),
        ("Kopi Gayo x 2", [Line("Kopi Gayo", 2)]),
        ("Kopi Gayo 2x", [Line("Kopi Gayo", 2)]),
        ("2x Kopi Gayo", [Line("Kopi Gayo", 2)]),
        ("Kopi Gayo 2 bungkus", [Line("Kopi Gayo", 2)]),
        ("Kopi Gayo 90rb", [Line("Kopi Gayo", None, 90_000)]),
        ("90rb Kopi Gayo", [Line("Kopi Gayo", None, 90_000)]),
        ("Kopi Gayo x2 90rb", [Line("Kopi Gayo", 2, 90_000)]),
        ("Kopi Gayo x2 @45rb", [Line("Kopi Gayo", 2, 45_000, is_each=True)]),
        ("Kopi Gayo x2 45rb/pcs", [Line("Kopi Gayo", 2, 45_000, is_each=True)]),
        ("Kopi Gayo 45rb x2", [Line("Kopi Gayo", 2, 45_000, is_each=True, is_guess=True)]),
        ("Kopi Gayo x2 = Rp 90.000", [Line("Kopi Gayo", 2, 90_000)]),
        ("Kopi Gayo seharga sembilan puluh ribu", [Line("Kopi Gayo", None, 90_000)]),
        ("Susu 1000 ml", [Line("Susu 1000 ml")]),
        ("Kopi 3in1 x2 20.000", [Line("Kopi 3in1", 2, 20_000)]),
        ("90rb", [Line("", None, 90_000)]),
        ("Kopi Gayo x2 90rb, Teh Poci", [Line("Kopi Gayo", 2, 90_000), Line("Teh Poci")]),
        ("Kopi Gayo,Teh Poci", [Line("Kopi Gayo"), Line("Teh Poci")]),
        ("Kopi Gayo 1,5jt; Teh Poci", [Line("Kopi Gayo", None, 1_500_000), Line("Teh Poci")]),
        ("Kopi 2", [Line("Kopi 2", readings=(Line("Kopi", 2, is_guess=True),))]),
        ("2 Kopi", [Line("2 Kopi", readings=(Line("Kopi", 2, is_guess=True),))]),
        ("", []),
    ],
)
def test_a_sale_as_it_is_said(said: str, lines: list[Line]) -> None:
    assert sale_lines.read(said, "IDR") == lines


@pytest.mark.parametrize(
    ("said", "code", "rest"),
    [
        ("abc-def-ghj", "ABCDEFGHJ", ""),
        ("ABCDEFGHJ 90rb", "ABCDEFGHJ", "90rb"),
        ("abc def ghj Kopi Gayo x2", "ABCDEFGHJ", "Kopi Gayo x2"),
        ("ABCD", "ABCD", ""),
        ("", "", ""),
    ],
)
def test_a_code_is_told_from_what_was_bought_with_it(said: str, code: str, rest: str) -> None:
    assert split_code(said) == (code, rest)
