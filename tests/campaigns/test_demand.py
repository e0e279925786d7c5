"""What a run expects becomes days of stock, findings and offers: one idea, wherever it is asked for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from campaigns.looking.demand import OVERSTAYS_DAYS, Foretold, standing
from engine.demand.stock import Between, Ratios
from ledger.tables import Product

NOW = datetime(2026, 11, 2, 3, tzinfo=UTC)
WIDE = Ratios((), (0.5,), (2.0,), 1.0)
TOLD = Foretold(NOW, {1: [7.0, 30, 0, [6, None, 8]]}, WIDE, WIDE, {})


def product(number: int = 1, stock: int | None = 28, expires_days: int | None = None) -> Product:
    expires = None if expires_days is None else NOW + timedelta(days=expires_days)
    return Product(id=number, sku=f"S{number}", currency="IDR", stock=stock, expires_at=expires)


def test_a_stock_lasts_as_long_as_the_run_expects() -> None:
    found = standing(TOLD, product(), pieces=900, days=90)
    assert found.cover == Between(28.0, 14.0, 56.0)
    assert found.runs_out(28)
    assert not found.runs_out(27)


def test_what_no_run_knows_goes_by_its_pace_without_an_interval() -> None:
    found = standing(TOLD, product(2), pieces=90, days=90)
    assert found.cover == Between(28.0, None, None)
    assert found.weeks == 0


def test_until_it_expires_so_much_sells_and_the_rest_is_left_over() -> None:
    found = standing(TOLD, product(stock=40, expires_days=28), pieces=0, days=90)
    assert found.until_expiry(NOW) == Between(28.0, 14.0, 56.0)
    assert found.left_over(NOW) == Between(12.0, 0.0, 26.0)
    assert found.left_over(NOW + timedelta(days=60)) == Between(40.0, 40.0, 40.0)


def test_of_what_does_not_expire_or_has_no_known_stock_nothing_is_said_to_be_left() -> None:
    assert standing(TOLD, product(), 0, 90).left_over(NOW) is None
    unknown = standing(TOLD, product(stock=None, expires_days=9), 0, 90)
    assert (unknown.left_over(NOW), unknown.cover, unknown.overstays) == (None, None, False)


@pytest.mark.parametrize(("stock", "lies"), [(OVERSTAYS_DAYS + 1, False), (OVERSTAYS_DAYS + 2, True)])
def test_more_than_one_piece_beyond_what_sells_lies_too_long(stock: int, lies: bool) -> None:
    assert standing(TOLD, product(stock=stock), 0, 90).overstays is lies


@pytest.mark.parametrize(("stock", "lies"), [(0, False), (1, False), (2, True)])
def test_of_what_nobody_buys_the_last_piece_is_no_burden(stock: int, lies: bool) -> None:
    assert standing(None, product(stock=stock), 0, 90).overstays is lies
