"""Money, quantities and dates as people and exports write them."""

from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.imports import amounts, dates


def minor(cells: list[str | None], currency: str) -> list[int | None]:
    read = amounts.scaled(pl.Series("amount", cells, dtype=pl.String), currency)
    return read.to_frame().select(amounts.minor(pl.col("amount"))).to_series().to_list()


def moments(cells: list[str | None], zone: str = "Asia/Jakarta") -> list[datetime | None]:
    return dates.moments(pl.Series("date", cells, dtype=pl.String), zone).to_list()


@pytest.mark.parametrize(
    ("cell", "rupiah"),
    [
        ("82.500", 82_500),
        ("Rp82.500", 82_500),
        ("Rp 82.500,-", 82_500),
        ("82.500,00", 82_500),
        ("82,500.00", 82_500),
        ("82,500", 82_500),
        ("1.234.567", 1_234_567),
        ("82500", 82_500),
        ("82500.0", 82_500),
        ("IDR 0", 0),
        ("-82.500", -82_500),
        ("gratis", None),
        ("", None),
        ("8.25.00", None),
    ],
)
def test_an_amount_in_rupiah(cell: str, rupiah: int | None) -> None:
    assert minor([cell], "IDR") == [rupiah]


@pytest.mark.parametrize(
    ("cells", "currency", "expected"),
    [
        (["2.55", "0.001", "1.234"], "GBP", [255, 0, 123]),
        (["12,50", "1.250"], "EUR", [1_250, 125_000]),
        (["1,234.50", "99"], "MYR", [123_450, 9_900]),
        (["1.250"], "EUR", [125_000]),
        (["1.250"], "KWD", [1_250]),
        (["2.005", "0.5"], "USD", [201, 50]),
    ],
)
def test_a_column_in_a_currency_with_decimals(cells: list[str | None], currency: str, expected: list[int]) -> None:
    assert minor(cells, currency) == expected


def test_one_cell_that_shows_the_habit_decides_for_its_whole_column() -> None:
    assert minor(["1.500", "2.500,75"], "EUR") == [150_000, 250_075]
    assert minor(["1.500", "2,500.75"], "EUR") == [150, 250_075]


def test_a_cell_that_could_be_either_is_unreadable_rather_than_guessed() -> None:
    assert minor(["82500.0", "82.500"], "IDR") == [82_500, None]


@given(st.decimals(min_value=0, max_value=10**9, places=4, allow_nan=False, allow_infinity=False))
def test_reading_an_amount_is_exact_to_the_half_penny(amount: Decimal) -> None:
    expected = int((amount * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))
    # The second cell shows that the dot is the decimal mark.
    assert minor([str(amount), "0.5"], "GBP")[0] == expected


def test_a_product_beyond_64_bits_is_unreadable_not_wrong() -> None:
    read = pl.DataFrame({"price": [10**17, 10**4], "quantity": [10**6, 3]})
    assert read.select(amounts.times(pl.col("price"), pl.col("quantity"))).to_series().to_list() == [None, 30_000]


@pytest.mark.parametrize(
    ("cell", "quantity"),
    [("2", 2), ("2.0", 2), ("2,00", 2), ("1.000", 1000), ("-3", -3), ("1.5", None), ("two", None), (None, None)],
)
def test_a_quantity(cell: str | None, quantity: int | None) -> None:
    cells = pl.DataFrame({"quantity": [cell]}, schema={"quantity": pl.String})
    assert cells.select(amounts.quantities(pl.col("quantity"))).item() == quantity


@pytest.mark.parametrize(
    ("cell", "moment"),
    [
        ("2026-07-21 10:15", datetime(2026, 7, 21, 3, 15, tzinfo=UTC)),
        ("2026-07-21T10:15:30", datetime(2026, 7, 21, 3, 15, 30, tzinfo=UTC)),
        ("2026-07-21T10:15:30Z", datetime(2026, 7, 21, 10, 15, 30, tzinfo=UTC)),
        ("2026-07-21T10:15:30.250+02:00", datetime(2026, 7, 21, 8, 15, 30, 250_000, tzinfo=UTC)),
        ("21/07/2026 10:15:30\t", datetime(2026, 7, 21, 3, 15, 30, tzinfo=UTC)),
        ("21.07.26 10.15", datetime(2026, 7, 21, 3, 15, tzinfo=UTC)),
        ("7/21/2026 3:15 PM", datetime(2026, 7, 21, 8, 15, tzinfo=UTC)),
        ("21 Juli 2026", datetime(2026, 7, 20, 17, 0, tzinfo=UTC)),
        ("20260721", datetime(2026, 7, 20, 17, 0, tzinfo=UTC)),
        ("30/02/2026", None),
        ("2026-13-01", None),
        ("21/07/2026 25:00", None),
        ("kemarin", None),
        (None, None),
    ],
)
def test_a_date_in_jakarta(cell: str | None, moment: datetime | None) -> None:
    assert moments([cell]) == [moment]


def test_day_comes_first_where_nothing_shows_otherwise() -> None:
    assert moments(["03/04/2026 12:00"]) == [datetime(2026, 4, 3, 5, 0, tzinfo=UTC)]


def test_one_date_that_shows_the_month_first_decides_for_its_whole_column() -> None:
    assert moments(["03/04/2026 12:00", "03/25/2026 12:00"])[0] == datetime(2026, 3, 4, 5, 0, tzinfo=UTC)


def test_an_hour_that_spring_skips_and_one_that_autumn_repeats() -> None:
    # London 2011: 01:30 does not exist on 27 March (read as 02:30, British Summer Time), comes twice on 30 October.
    assert moments(["2011-03-27 01:30", "2011-10-30 01:30"], "Europe/London") == [
        datetime(2011, 3, 27, 1, 30, tzinfo=UTC),
        datetime(2011, 10, 30, 0, 30, tzinfo=UTC),
    ]
