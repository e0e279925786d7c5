"""Features by hand, on small shops, and on a real one whose figures are known."""

from __future__ import annotations

from itertools import combinations
from typing import NamedTuple

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import features as named
from engine.features import FEATURE_NAMES, Features, features
from engine.frames import MICROSECONDS_PER_DAY, NONE, Interactions, Kind, Products
from engine.shelf import premium_flags
from tests.conftest import shared

DAY = MICROSECONDS_PER_DAY
NOW = 1_000 * DAY


class Row(NamedTuple):
    customer: int = 1
    kind: int = Kind.PURCHASE
    at: int = 0
    product: int = NONE
    quantity: int = 1
    amount_minor: int = NONE
    discount_minor: int = NONE
    order: int = NONE
    platform: int = NONE


def interactions(*rows: Row, platforms: tuple[str, ...] = ()) -> Interactions:
    table = np.array(rows, dtype=np.int64).reshape(-1, len(Row._fields))
    return Interactions(*table.T.copy(), platforms=platforms)


def products(count: int = 0, **columns: object) -> Products:
    unknown = np.full(count, NONE, dtype=np.int64)
    column = {
        "id": np.arange(1, count + 1, dtype=np.int64),
        "price_minor": unknown,
        "stock": unknown,
        "is_premium": unknown,
        **dict.fromkeys(("name", "category", "brand", "description"), ("",) * count),
        **{
            name: np.array(values, dtype=np.int64) if name in ("price_minor", "is_premium") else values
            for name, values in columns.items()
        },
    }
    return Products(**column)  # type: ignore[arg-type]


def of_one(rows: list[Row], shelf: Products | None = None, platforms: tuple[str, ...] = ()) -> dict[str, float]:
    found = features(interactions(*rows, platforms=platforms), shelf or products(), NOW)
    assert list(found.customer) == [1]
    return dict(zip(found.names, found.values[0].tolist(), strict=True))


def test_recency_and_tenure_count_whole_days() -> None:
    found = of_one([Row(at=NOW - 40 * DAY), Row(at=NOW - 2 * DAY - DAY // 2)])
    assert (found[named.RECENCY], found[named.TENURE]) == (2, 40)


def test_lines_of_one_order_and_lines_of_one_instant_are_one_order_each() -> None:
    rows = [Row(at=10, order=7), Row(at=10, order=7), Row(at=20, order=8), Row(at=30), Row(at=30), Row(at=8)]
    assert of_one(rows)[named.FREQUENCY] == 4


def test_monetary_adds_up_purchases_and_leaves_returns_on() -> None:
    rows = [
        Row(at=1, amount_minor=300, order=1),
        Row(at=2, amount_minor=500, order=2),
        Row(at=3, amount_minor=500, kind=Kind.RETURN),
    ]
    found = of_one(rows)
    assert (found[named.MONETARY], found[named.AVERAGE_ORDER], found[named.RETURN_SHARE]) == (800, 400, 0.5)


def test_a_customer_whose_amounts_are_all_unknown_has_spent_we_do_not_know_what() -> None:
    assert np.isnan(of_one([Row()])[named.MONETARY])


def test_premium_share_leaves_out_what_the_shelf_does_not_know() -> None:
    shelf = products(3, is_premium=[1, 0, NONE])
    rows = [Row(product=p, at=n) for n, p in enumerate([1, 1, 1, 2, 3, 99])]
    assert of_one(rows, shelf)[named.PREMIUM_SHARE] == 0.75


def test_where_the_shop_does_not_say_the_dear_of_a_category_is_premium() -> None:
    shelf = products(
        6, price_minor=[10, 10, 12, 40, 40, 10], is_premium=[NONE, NONE, NONE, NONE, 0, NONE],
        category=("tea", "tea", "tea", "tea", "tea", "mugs"),
    )  # fmt: skip
    assert premium_flags(shelf).tolist() == [0, 0, 0, 1, 0, NONE]


def test_brand_loyalty_asks_how_often_another_purchase_is_of_the_favourite() -> None:
    shelf = products(3, brand=("Kenanga", "Kenanga", "Gurih"))
    rows = [Row(product=p, at=n) for n, p in enumerate([1, 2, 1, 2, 3])]
    assert of_one(rows, shelf)[named.BRAND_LOYALTY] == (4 - 1) / (5 - 1)


def test_two_purchases_do_not_make_a_loyal_customer() -> None:
    shelf = products(1, brand=("Kenanga",))
    assert np.isnan(of_one([Row(product=1, at=1), Row(product=1, at=2)], shelf)[named.BRAND_LOYALTY])


def test_discount_share_counts_lines_whose_discount_is_known() -> None:
    rows = [Row(at=n, discount_minor=d) for n, d in enumerate([500, 0, 0, 100, NONE])]
    assert of_one(rows)[named.DISCOUNT_SHARE] == 0.5


def test_variety_is_what_five_purchases_drawn_at_random_would_show() -> None:
    bought = [1, 1, 1, 2, 2, 3, 4]
    draws = [len({bought[i] for i in five}) for five in combinations(range(7), 5)]
    found = of_one([Row(product=p, at=n) for n, p in enumerate(bought)])
    assert found[named.VARIETY] == pytest.approx(np.mean(draws) / 5)


def test_variety_does_not_grow_with_the_number_of_purchases() -> None:
    few = of_one([Row(product=p, at=n) for n, p in enumerate([1, 2] * 25)])
    many = of_one([Row(product=p, at=n) for n, p in enumerate([1, 2] * 500)])
    assert few[named.VARIETY] == pytest.approx(many[named.VARIETY], abs=0.01)


def test_novelty_leaves_out_the_first_order_where_everything_is_new() -> None:
    bought = [(1, 1), (1, 2), (2, 1), (3, 3), (4, 2), (5, 4)]
    assert of_one([Row(at=at, product=p) for at, p in bought])[named.NOVELTY] == 0.5


def test_bulk_quantity_is_the_geometric_mean_of_pieces() -> None:
    assert of_one([Row(quantity=q, at=q) for q in (1, 10, 100)])[named.BULK_QUANTITY] == pytest.approx(10)


def test_clicks_are_counted_for_each_purchase_line() -> None:
    rows = [Row(at=1), Row(at=2), *[Row(kind=Kind.CLICK, at=3)] * 5]
    assert of_one(rows)[named.CLICKS_PER_PURCHASE] == 2.5


def test_rhythm_is_the_median_gap_and_how_alike_the_gaps_are() -> None:
    found = of_one([Row(at=day * DAY) for day in (0, 10, 20, 34)])
    gaps = [10, 10, 14]
    assert found[named.GAP_DAYS] == 10
    assert found[named.REGULARITY] == pytest.approx(1 / (1 + np.std(gaps) / np.mean(gaps)))


def test_platforms_have_their_shares_and_a_focus() -> None:
    rows = [Row(at=n, platform=p) for n, p in enumerate([0, 0, 0, 1])]
    found = of_one(rows, platforms=("whatsapp", "shopee"))
    assert (found["platform_share_whatsapp"], found["platform_share_shopee"]) == (0.75, 0.25)
    assert found[named.PLATFORM_FOCUS] == pytest.approx(2 / 3)


def test_what_happens_after_now_is_not_looked_at() -> None:
    past = [Row(at=NOW - DAY, amount_minor=100)]
    future = [Row(at=NOW + 1, amount_minor=900), Row(at=NOW + 1, kind=Kind.CLICK), Row(customer=2, at=NOW + 1)]
    assert of_one(past + future) == pytest.approx(of_one(past), nan_ok=True)


def test_a_visitor_who_never_bought_has_no_row() -> None:
    found = features(interactions(Row(customer=5, kind=Kind.VIEW), Row(customer=3)), products(), NOW)
    assert found.customer.tolist() == [3]


def test_an_empty_shop_has_the_same_columns_and_no_rows() -> None:
    found = features(interactions(), products(), NOW)
    assert (found.names, found.values.shape) == (FEATURE_NAMES, (0, len(FEATURE_NAMES)))


def test_a_feature_is_asked_for_by_name() -> None:
    found = Features(np.array([1, 2]), ("a", "b"), np.array([[1.0, 2.0], [3.0, 4.0]]))
    assert found.column("b").tolist() == [2, 4]
    assert found.of([2, 9]).values.tolist() == [[3, 4]]
    with pytest.raises(KeyError):
        found.column("c")


ROWS = st.builds(
    Row,
    customer=st.integers(1, 4),
    kind=st.sampled_from([Kind.PURCHASE, Kind.PURCHASE, Kind.PURCHASE, Kind.CLICK, Kind.RETURN]),
    at=st.integers(0, 20).map(lambda day: day * DAY),
    product=st.integers(-1, 6),
    quantity=st.integers(-1, 9),
    amount_minor=st.integers(-1, 900),
    discount_minor=st.integers(-1, 3),
    order=st.integers(-1, 5),
    platform=st.integers(-1, 1),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(ROWS, min_size=1, max_size=40))
def test_a_customer_alone_has_the_row_they_have_among_all(rows: list[Row]) -> None:
    shelf = products(5, is_premium=[1, 0, 1, NONE, 0], brand=("a", "a", "b", "", "c"))
    everyone = features(interactions(*rows, platforms=("wa", "ig")), shelf, NOW)
    for place, customer in enumerate(everyone.customer):
        own = [row for row in rows if row.customer == customer]
        alone = features(interactions(*own, platforms=("wa", "ig")), shelf, NOW)
        np.testing.assert_allclose(alone.values[0], everyone.values[place], rtol=1e-12)


@settings(max_examples=100, deadline=None)
@given(st.lists(ROWS, min_size=1, max_size=40), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(rows: list[Row], chance: object) -> None:
    shuffled = sorted(rows, key=lambda _: chance.random())  # type: ignore[attr-defined]
    one, other = (features(interactions(*table), products(), NOW) for table in (rows, shuffled))
    np.testing.assert_allclose(one.values, other.values, rtol=1e-9)


def online_retail() -> Interactions:
    """The shop's 397,884 purchase lines; amounts in thousandths of a pound."""
    sold = (pl.col("CustomerID") != "") & ~pl.col("InvoiceNo").str.starts_with("C")
    lines = (
        pl.read_csv(shared("data", "online_retail.csv.gz"), infer_schema=False)
        .filter(pl.col("CustomerID").is_not_null() & sold)
        .with_columns(pl.col("Quantity").cast(pl.Int64), pl.col("UnitPrice").cast(pl.Float64))
        .filter((pl.col("Quantity") > 0) & (pl.col("UnitPrice") > 0))
        .select(
            customer=pl.col("CustomerID").cast(pl.Float64).cast(pl.Int64),
            at=pl.col("InvoiceDate").str.to_datetime("%Y-%m-%d %H:%M:%S").dt.epoch("us"),
            product=pl.col("StockCode").rank("dense").cast(pl.Int64),
            quantity=pl.col("Quantity"),
            amount_minor=(pl.col("Quantity") * pl.col("UnitPrice") * 1000).round().cast(pl.Int64),
            order=pl.col("InvoiceNo").cast(pl.Int64),
        )
    )
    unknown = np.full(lines.height, NONE, dtype=np.int64)
    return Interactions(
        **{name: lines[name].to_numpy() for name in lines.columns},
        kind=np.full(lines.height, Kind.PURCHASE, dtype=np.int64),
        discount_minor=unknown,
        platform=unknown,
    )


DECEMBER_10TH_2011 = 15_318 * DAY


def test_online_retail_has_the_recency_frequency_and_monetary_value_it_is_known_for() -> None:
    found = features(online_retail(), products(), DECEMBER_10TH_2011)
    means = [found.column(name).mean() for name in (named.RECENCY, named.FREQUENCY, named.MONETARY)]
    assert len(found) == 4_338
    assert means == [pytest.approx(92.059, abs=5e-4), pytest.approx(4.272, abs=5e-4), pytest.approx(2_054_266, abs=1)]
    assert found.of([14646]).column(named.MONETARY)[0] == pytest.approx(280_206_020, abs=1)
