"""What a run does not go by is counted; what would mislead is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from campaigns.mining.sifting import Misleading, Odd, sift
from ledger.columns import microseconds
from ledger.extracts import KINDS, NOTHING, InteractionColumns

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def bought(*rows: tuple[int, int]) -> InteractionColumns:
    """Purchases, each so many days ago and in the currency of that number."""
    n = len(rows)
    ones = np.ones(n, dtype=np.int64)
    return InteractionColumns(
        customer=np.arange(n, dtype=np.int64),
        kind=ones * KINDS["purchase"],
        at=np.array([microseconds(NOW - timedelta(days=days)) for days, _ in rows], dtype=np.int64),
        product=ones,
        quantity=ones,
        amount_minor=ones * 1_000,
        discount_minor=ones * 0,
        order=np.arange(n, dtype=np.int64),
        platform=ones * 0,
        currency=np.array([currency for _, currency in rows], dtype=np.int64),
        platforms=("pos",),
        currencies=("IDR", "USD"),
    )


def test_an_ordinary_history_is_gone_by_whole() -> None:
    columns = bought((1, 0), (2, 0))
    sifted = sift(columns, microseconds(NOW))
    assert (sifted.columns, sifted.plain()) == (columns, {"purchases": 2})


def test_a_purchase_after_today_is_left_out_and_counted() -> None:
    sifted = sift(bought((-9, 0), *[(1, 0)] * 9), microseconds(NOW))
    assert (len(sifted.columns.at), sifted.ignored) == (9, {"future": 1})


def test_an_amount_in_another_currency_counts_as_unknown() -> None:
    sifted = sift(bought((1, 1), *[(1, 0)] * 9), microseconds(NOW))
    assert sifted.ignored == {"currencies": 1}
    assert sifted.columns.amount_minor.tolist() == [NOTHING, *[1_000] * 9]
    assert len(sifted.columns.at) == 10


@pytest.mark.parametrize(
    ("odd", "rows"),
    [(Odd.FUTURE, [(-9, 0)] * 3 + [(1, 0)] * 7), (Odd.CURRENCIES, [(1, 1)] * 3 + [(1, 0)] * 7)],
)
def test_more_than_a_fifth_of_it_is_refused(odd: Odd, rows: list[tuple[int, int]]) -> None:
    with pytest.raises(Misleading) as fault:
        sift(bought(*rows), microseconds(NOW))
    assert (fault.value.odd, fault.value.n, fault.value.of) == (odd, 3, 10)
