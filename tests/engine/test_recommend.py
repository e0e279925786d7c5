"""Expected neighbours: scikit-learn's cosine_similarity. Expected lists: small shops worked by hand."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics.pairwise import cosine_similarity

from engine.errors import TooLittleData
from engine.evaluation import Pairs, cut_at, ndcg, next_orders, reliability
from engine.frames import MICROSECONDS_PER_DAY, NONE, Interactions, Kind, Products
from engine.recommend import cells, opinions
from engine.recommend.answers import OWN
from engine.recommend.blending import Blend
from engine.recommend.collaborative import cosine_neighbours, factors, nearest, unit_rows
from engine.recommend.content import text_neighbours, weighed_words
from engine.recommend.past import Orders, Past
from engine.recommend.priors import AGAIN
from engine.recommend.ranking import best, capped, ranked
from engine.recommend.recommender import Mode, Reason, Recommender, SimilarItems, Wishes

DATA = Path(__file__).parents[3] / "shared/data/online_retail.csv.gz"
NOW = 1_000 * MICROSECONDS_PER_DAY


def interactions(rows):
    """Rows of (customer, product), then kind, days ago and order where they matter."""
    full = [(*row, *(Kind.PURCHASE, 0, NONE)[len(row) - 2 :]) for row in rows]
    customer, product, kind, days_ago, order = np.array(full, dtype=np.int64).reshape(-1, 5).T
    one = np.ones(len(full), dtype=np.int64)
    return Interactions(customer, kind, NOW - days_ago * MICROSECONDS_PER_DAY, product, one, one, one, order, one)


def products(ids, stock=None, names=None):
    ids = np.array(ids, dtype=np.int64)
    unknown = np.full(len(ids), NONE, dtype=np.int64)
    blank = ("",) * len(ids)
    stock = unknown if stock is None else np.array(stock, dtype=np.int64)
    return Products(ids, unknown, stock, unknown, blank if names is None else names, blank, blank, blank)


def listed(found, customer=None):
    """(product, reason, reason product) in the order given."""
    rows = np.arange(len(found)) if customer is None else np.flatnonzero(found.customer == customer)
    columns = (found.product[rows], found.reason[rows], found.reason_product[rows])
    return [(int(p), Reason(r), int(b)) for p, r, b in zip(*columns, strict=True)]


def asked(*customers):
    return np.array(customers, dtype=np.int64)


def random_shop(seed, n_customers=25, n_products=12):
    random = np.random.default_rng(seed)
    rows = zip(
        random.integers(0, n_customers, 150).tolist(),
        random.integers(0, n_products, 150).tolist(),
        random.choice([Kind.PURCHASE, Kind.PURCHASE, Kind.VIEW, Kind.CART, Kind.RETURN], 150).tolist(),
        random.integers(0, 400, 150).tolist(),
        random.integers(0, 40, 150).tolist(),
        strict=True,
    )
    return interactions([(0, 0), *rows])


def columns_of(found):
    return [found.customer, found.product, found.score.round(9), found.reason, found.reason_product]


def same(one, other):
    return all(np.array_equal(a, b) for a, b in zip(columns_of(one), columns_of(other), strict=True))


@settings(deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 8))
def test_neighbours_are_the_nearest_by_scikit_learns_cosine(seed, k):
    matrix = sparse.random_array((15, 8), density=0.3, rng=np.random.default_rng(seed), format="csr")
    cosine = cosine_similarity(matrix.T.toarray())
    np.fill_diagonal(cosine, 0)
    found = cosine_neighbours(matrix, k).toarray()
    assert found[found > 0] == pytest.approx(cosine[found > 0], abs=1e-6)
    expected = np.sort(cosine, axis=1)[:, ::-1][:, :k]
    assert np.sort(found, axis=1)[:, ::-1][:, :k] == pytest.approx(expected, abs=1e-6)
    assert ((found > 0).sum(axis=1) <= k).all()


@settings(deadline=None)
@given(st.lists(st.tuples(*[st.sampled_from([0.0, 0.1, 0.5, 0.9])] * 6), min_size=1), st.integers(1, 7))
def test_the_best_are_the_highest_above_zero_and_among_equals_the_first(rows, k):
    kept = best(np.array(rows), k)
    for row, marks in zip(rows, kept.tolist(), strict=True):
        order = sorted((-score, column) for column, score in enumerate(row) if score > 0)
        assert {column for _, column in order[:k]} == {column for column, mark in enumerate(marks) if mark}


def test_the_people_asked_about_some_customers_are_those_asked_about_all():
    units = unit_rows(sparse.random_array((30, 9), density=0.4, rng=np.random.default_rng(5), format="csr"))
    some = np.array([4, 17, 2])
    assert np.array_equal(nearest(units, 5, some).toarray(), nearest(units, 5).toarray()[some])


def test_wording_neighbours_are_those_of_tf_idf_in_both_directions():
    names = ("red wool scarf", "blue wool scarf", "red cup", "garden hose", "")
    cosine = cosine_similarity(TfidfVectorizer(sublinear_tf=True).fit_transform(names))
    np.fill_diagonal(cosine, 0)
    assert text_neighbours(products(range(5), names=names), 4).toarray() == pytest.approx(cosine, abs=1e-6)
    few = text_neighbours(products(range(5), names=names), 1).toarray()
    assert np.array_equal(few, few.T)
    assert few[2, 0] > 0


def test_products_without_a_word_have_no_wording_neighbours():
    assert text_neighbours(products([1, 2]), 3).nnz == 0


def test_who_bought_coffee_hears_of_the_filters_other_coffee_drinkers_bought():
    shop = interactions([(1, 10), (1, 11), (2, 10), (2, 11), (3, 10), (4, 12)])
    model = Recommender().fit(shop, products([10, 11, 12]), NOW)
    assert listed(model.recommend(asked(3)))[0] == (11, Reason.BECAUSE_YOU_BOUGHT, 10)
    # Cosine of 10 and 11: 2 customers of both, 3 of one, 2 of the other: 2/√6.
    assert model.similar_items_.links[Reason.BECAUSE_YOU_BOUGHT].toarray()[0, 1] == pytest.approx(2 / np.sqrt(6))


def test_factors_span_what_an_exact_decomposition_finds():
    taste = sparse.random_array((40, 12), density=0.3, rng=np.random.default_rng(2), format="csr")
    taste.data[:] = 1
    damped = np.diag(np.maximum(np.diff(taste.indptr), 1) ** -0.25) @ taste.toarray()
    exact = np.linalg.svd(damped)[2][:12].T
    ours = factors(taste, 12, seed=0)
    assert ours @ ours.T == pytest.approx(exact @ exact.T, abs=1e-6)
    assert np.array_equal(ours, factors(taste, 12, seed=0))


def test_what_was_only_looked_at_is_never_called_bought():
    shop = interactions([(1, 10), (1, 11), (3, 10, Kind.VIEW)])
    found = Recommender().fit(shop, products([10, 11]), NOW).recommend(asked(3))
    assert (11, Reason.SIMILAR_TO, 10) in listed(found)


def test_a_customer_never_seen_gets_what_is_popular_now():
    rows = [
        *((customer, 10, Kind.PURCHASE, 300) for customer in range(5)),
        *((c, 11, Kind.PURCHASE, 0) for c in (5, 6)),
    ]
    found = Recommender().fit(interactions(rows), products([10, 11]), NOW).recommend(asked(77))
    assert listed(found) == [(11, Reason.POPULAR_NOW, NONE), (10, Reason.POPULAR_NOW, NONE)]


def test_a_new_product_reaches_those_who_bought_what_reads_like_it_and_starts_with_its_sales():
    catalogue = products([10, 11, 99], names=("wool scarf red", "garden hose", "wool scarf blue"))
    model = Recommender().fit(interactions([(1, 10), (2, 11)]), catalogue, NOW)
    assert (99, Reason.SIMILAR_TO, 10) in listed(model.recommend(asked(1)))
    assert model.similar_items_.pulse.ever[2] > 0


def test_a_product_sent_back_asks_for_nothing_like_it_and_is_not_offered():
    rows = [(1, 10), (1, 11), (3, 10, Kind.PURCHASE, 5), (3, 10, Kind.RETURN, 1)]
    model = Recommender().fit(interactions(rows), products([10, 11]), NOW)
    assert listed(model.recommend(asked(3))) == [(11, Reason.POPULAR_NOW, NONE)]
    assert 10 not in model.recommend(asked(3), mode=Mode.AGAIN).product


def test_often_is_said_only_of_what_was_bought_more_than_once():
    rows = [(1, 10, Kind.PURCHASE, 9), (1, 10, Kind.PURCHASE, 5), (1, 11, Kind.PURCHASE, 5)]
    found = Recommender().fit(interactions(rows), products([10, 11]), NOW).recommend(asked(1), mode=Mode.AGAIN)
    assert listed(found) == [(10, Reason.BUY_AGAIN, 10), (11, Reason.BOUGHT_BEFORE, 11)]


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(Mode), st.integers(1, 15))
def test_nothing_out_of_stock_nor_beyond_n_is_offered_and_nothing_owned_as_a_discovery(seed, mode, n):
    shop = random_shop(seed)
    stock = np.random.default_rng(seed).choice([0, 3, NONE], 12)
    found = Recommender().fit(shop, products(range(12), stock), NOW).recommend(np.arange(30), n, mode)
    assert not np.isin(found.product, np.flatnonzero(stock == 0)).any()
    assert np.bincount(found.customer).max(initial=0) <= n + (n // 2 if mode is Mode.BOTH else 0)
    pairs = list(zip(found.customer.tolist(), found.product.tolist(), strict=True))
    assert len(set(pairs)) == len(pairs)
    bought = shop.of_kind(Kind.PURCHASE)
    owned = set(zip(bought.customer.tolist(), bought.product.tolist(), strict=True))
    if mode is Mode.DISCOVER:
        assert not set(pairs) & owned
    truly = {
        (c, b) for c, b, r in zip(found.customer, found.reason_product, found.reason, strict=True) if r in BOUGHT
    }
    assert truly <= owned
    assert ((found.score > 0) & (found.score < 1)).all()
    falls = np.diff(found.score) <= 1e-6
    assert (falls | (np.diff(found.customer) != 0)).all()


BOUGHT = {Reason.BECAUSE_YOU_BOUGHT, Reason.BOUGHT_TOGETHER_WITH, Reason.BUY_AGAIN, Reason.BOUGHT_BEFORE}


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000))
def test_the_order_of_rows_products_and_questions_does_not_matter(seed):
    random, shop = np.random.default_rng(seed), random_shop(seed)
    names = tuple(f"thing {number % 4} size {number % 3}" for number in range(12))
    turned = random.permutation(12)
    plain = Recommender().fit(shop, products(range(12), names=names), NOW)
    mixed = Recommender().fit(
        shop.where(random.permutation(len(shop))), products(turned, names=[names[i] for i in turned]), NOW
    )
    assert same(plain.recommend(np.arange(25)), mixed.recommend(np.arange(25)))
    assert listed(plain.recommend(asked(7, 3)), 3) == listed(plain.recommend(np.arange(25)), 3)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000))
def test_one_customers_refresh_from_what_was_kept_says_what_the_run_said(seed):
    shop = random_shop(seed)
    model = Recommender().fit(shop, products(range(12)), NOW)
    kept = SimilarItems.read(model.similar_items_.columns())
    for customer in (3, 7):
        alone = kept.recommend_from(shop.where(shop.customer == customer), NOW, mode=Mode.AGAIN)
        whole = model.recommend(asked(customer), mode=Mode.AGAIN)
        # Of who has no history at all the refresh does not know the name.
        assert same(replace(alone, customer=whole.customer), whole)


def test_what_happens_after_now_changes_nothing():
    shop = random_shop(4)
    now = int(np.median(shop.at))
    later = shop.at > now
    other = replace(
        shop, product=np.where(later, (shop.product + 5) % 12, shop.product), kind=np.where(later, 5, shop.kind)
    )
    asked_ = np.unique(shop.customer)
    first, second = (
        Recommender().fit(each, products(range(12)), now).recommend(asked_, mode=Mode.AGAIN) for each in (shop, other)
    )
    assert same(first, second)


def test_what_comes_after_a_cut_changes_nothing_known_at_it():
    shop = random_shop(4)
    cut = int(np.median(shop.at))
    whole, before = (
        Past.at(Orders.of(each, np.arange(12), np.arange(25)), cut) for each in (shop, shop.where(shop.at <= cut))
    )
    for field in fields(Past):
        assert np.array_equal(getattr(whole, field.name), getattr(before, field.name)), field.name


def test_a_past_worked_by_hand():
    lines = ((10, 30, 1), (11, 30, 1), (10, 10, 2), (10, 10, 2))
    rows = [(1, product, Kind.PURCHASE, days, order) for product, days, order in lines]
    past = Past.at(Orders.of(interactions(rows), asked(10, 11)), NOW)
    assert past.n.tolist() == [2, 1]
    assert past.recent.tolist() == [10, 30]
    assert past.orders_since.tolist() == [0, 1]
    assert past.o1.tolist() == [1.5, 0.5]
    assert (past.orders.tolist(), past.since.tolist(), past.gap.tolist(), past.basket.tolist()) == (
        [2],
        [10],
        [20],
        [1.5],
    )


def test_wishes_are_kept_and_no_category_fills_more_than_half_where_there_is_another():
    shop = interactions([(customer, product) for customer in (1, 2, 3) for product in (10, 11, 12, 13, 14)])
    catalogue = replace(products(range(10, 15)), category=("tea", "tea", "tea", "tea", "cup"))
    model = Recommender().fit(shop, catalogue, NOW)
    assert 14 in model.recommend(asked(9), n=3).product.tolist()[:3]
    wishes = Wishes(asked(9), asked(14))
    assert model.recommend(asked(9), n=5, wishes=wishes).product.tolist() == [10, 11, 12, 13]
    assert 14 in model.recommend(asked(8), n=5, wishes=wishes).product


def test_room_is_kept_for_what_was_never_bought():
    shop = interactions([*((1, product) for product in range(10, 16)), (2, 20), (3, 21)])
    model = Recommender().fit(shop, products([*range(10, 16), 20, 21]), NOW)
    found = model.recommend(asked(1), n=4, mode=Mode.AGAIN, discovery_share=0.5)
    assert sorted(found.product[np.isin(found.product, [20, 21])].tolist()) == [20, 21]


def test_a_blend_without_pull_is_scikit_learns_logistic_regression():
    lots = np.random.default_rng(3)
    table = lots.normal(size=(400, 3))
    hit = lots.random(400) < 1 / (1 + np.exp(-(table @ [1.0, -2.0, 0.0] - 1)))
    ours = Blend(("a", "b", "c"), np.zeros(3), 0.0).learned(table, hit, strength=1e-6)
    theirs = LogisticRegression(C=np.inf, tol=1e-10).fit(table, hit)
    assert ours.weights == pytest.approx(theirs.coef_[0], abs=1e-3)
    assert ours.base == pytest.approx(theirs.intercept_[0], abs=1e-3)


def test_a_few_rows_hardly_move_the_stated_weights_and_many_do():
    start = Blend(("a",), np.array([1.0]), 0.0)
    table, hit = np.ones((4, 1)), np.zeros(4, dtype=bool)
    few, many = start.learned(table, hit, 20), start.learned(np.tile(table, (500, 1)), np.tile(hit, 500), 20)
    assert 0.8 < few.weights[0] < 1.0
    assert many.probability(table)[0] < 0.02


def test_calibration_on_other_rows_mends_what_was_said_too_surely():
    lots = np.random.default_rng(5)
    odds = lots.normal(size=(20_000, 1))
    came = lots.random(20_000) < 1 / (1 + np.exp(-odds[:, 0]))
    sure = Blend(("a",), np.array([3.0]), 0.0)
    mended = sure.calibrated(odds[:10_000], came[:10_000])
    assert mended.slope == pytest.approx(1 / 3, abs=0.03)
    assert reliability(mended.probability(odds[10_000:]), came[10_000:]).error < 0.02
    assert reliability(sure.probability(odds[10_000:]), came[10_000:]).error > 0.1


def habitual_shop():
    """80 customers, each with one product every week and others at random; what is random sells more altogether."""
    lots, rows = np.random.default_rng(0), []
    for week in range(12):
        for customer in range(80):
            own, order = customer % 20, week * 100 + customer
            chosen = {own, *lots.integers(20, 30, 2).tolist()}
            rows += [(customer, product, Kind.PURCHASE, 90 - 7 * week, order) for product in sorted(chosen)]
    return interactions(rows)


def test_learned_weights_beat_each_part_of_the_blend_and_say_so_on_held_out_time():
    shop = habitual_shop()
    cut = int(np.quantile(shop.at, 0.85))
    wanted = next_orders(shop, cut)
    model = Recommender().fit(shop, products(range(30)), cut)
    people = np.unique(wanted.customer)
    found = model.recommend(people, mode=Mode.AGAIN)
    blended = ndcg(found.customer, found.product, wanted).mean()
    had = shop.at <= cut
    often = np.argsort(-np.bincount(shop.product[had], minlength=30), kind="stable")[:10]
    popular = ndcg(np.repeat(people, 10), np.tile(often, len(people)), wanted).mean()
    assert blended > popular + 0.2
    assert model.schooling_.quality["n"] == 80
    assert abs(model.schooling_.quality["ndcg_again"] - blended) < 0.15
    assert model.schooling_.again.rows > 0


def test_too_short_a_past_keeps_the_stated_weights():
    model = Recommender().fit(interactions([(1, 10), (2, 11)]), products([10, 11]), NOW)
    assert (model.schooling_.again, model.schooling_.quality) == (AGAIN, {})


def test_ranks_put_the_higher_first_and_the_lower_column_among_equals():
    row, column, score = ints(0, 0, 0, 1, 1), ints(5, 3, 4, 1, 0), np.array([0.5, 0.5, 0.9, 0.1, 0.1])
    assert ranked(row, column, score, 6).tolist() == [2, 1, 0, 4, 3]
    assert ranked(row, column, score, 2**60).tolist() == [2, 1, 0, 4, 3]
    assert capped(ints(0, 0, 0, 1), ints(7, 7, 7, 7), 2).tolist() == [True, True, False, True]
    assert capped(ints(0, 0), ints(NONE, NONE), 1).all()


def test_a_rows_order_does_not_depend_on_what_stands_beside_it():
    row, column, score = ints(0, 0, 1), ints(1, 0, 0), np.array([1e-9, 1.1e-9, 1.0])
    assert ranked(row, column, score, 2).tolist() == [1, 0, 2]
    assert ranked(row[:2], column[:2], score[:2], 2).tolist() == [1, 0]
    assert ranked(ints(0, 1), ints(0, 0), np.array([0.5, -0.0]), 1).tolist() == [0, 1]


def test_cells_are_read_as_they_stand_whatever_the_piece(monkeypatch):
    lots = np.random.default_rng(3)
    table = np.where(lots.random((50, 7)) < 0.4, lots.random((50, 7)), 0)
    row, column = np.divmod(np.flatnonzero(lots.random(350) < 0.5), 7)
    for size in (1, 20, 1_000):
        monkeypatch.setattr(cells, "CELLS_AT_ONCE", size)
        assert np.array_equal(cells.read_cells([sparse.csr_array(table)], row, column)[0], table[row, column])


def test_words_weigh_as_scikit_learn_weighs_them():
    texts = ["Red red mug, a cup", "mug", "", "Teh Kotak 250ml", "x"]
    vectorizer = TfidfVectorizer(sublinear_tf=True)
    expected = vectorizer.fit_transform(texts)
    assert np.allclose((expected @ expected.T).toarray(), similar(weighed_words(texts, 1.0)), atol=1e-6)


def test_words_that_stand_on_everything_tell_nothing_apart():
    assert weighed_words(["mug", "mug"], 0.1).nnz == 0


def similar(units):
    return (units @ units.T).toarray()


def test_by_cells_and_by_pairs_the_same_is_within_reach(monkeypatch):
    model = Recommender().fit(random_shop(5), products(range(12), [0, *[NONE] * 11]), NOW)
    found = []
    for crowded in (0, 10**9):
        monkeypatch.setattr(opinions, "CROWDED", crowded)
        found.append(model.recommend(np.arange(30)))
    assert np.array_equal(found[0].product, found[1].product)
    assert np.array_equal(found[0].score, found[1].score)


def ints(*numbers):
    return np.array(numbers, dtype=np.int64)


def test_nobody_asked_is_nobody_answered():
    assert len(Recommender().fit(interactions([(1, 10)]), products([10, 11]), NOW).recommend(asked())) == 0


def test_guests_alone_make_things_popular():
    model = Recommender().fit(interactions([(NONE, 10), (NONE, 11)]), products([10, 11]), NOW)
    assert model.recommend(asked(5)).product.tolist() == [10, 11]


@pytest.mark.parametrize("rows", [[], [(1, 10, Kind.VIEW)], [(1, 99)]])
def test_without_a_purchase_from_the_catalogue_there_is_too_little_data(rows):
    with pytest.raises(TooLittleData, match="purchases of products in the catalogue: 1 needed, 0 seen"):
        Recommender().fit(interactions(rows), products([10]), NOW)


@pytest.fixture(scope="module")
def online_retail():
    if not DATA.exists():
        pytest.skip(f"Online Retail is not at {DATA}")
    names = ("InvoiceNo", "StockCode", "CustomerID")
    lines = pl.read_csv(DATA, schema_overrides=dict.fromkeys(names, pl.String), try_parse_dates=True)
    is_sale = (pl.col("Quantity") > 0) & (pl.col("UnitPrice") > 0) & ~pl.col("InvoiceNo").str.starts_with("C")
    lines = lines.filter(is_sale & pl.col("CustomerID").is_not_null())
    order, product = (lines[n].rank("dense").cast(pl.Int64).to_numpy() for n in ("InvoiceNo", "StockCode"))
    at = lines["InvoiceDate"].cast(pl.Datetime("us")).cast(pl.Int64).to_numpy()
    customer, one = lines["CustomerID"].cast(pl.Int64).to_numpy(), np.ones(len(lines), dtype=np.int64)
    text = dict(zip(product.tolist(), lines["Description"].to_list(), strict=True))
    ids = np.unique(product)
    catalogue = products(ids, names=tuple(text[i] or "" for i in ids.tolist()))
    return Interactions(customer, one * Kind.PURCHASE, at, product, one, one, one, order, one), catalogue


def test_the_next_basket_and_what_was_never_bought_are_foreseen_to_the_aim(online_retail):
    shop, catalogue = online_retail
    cut = cut_at(shop, 0.85)
    wanted = next_orders(shop, cut)
    model = Recommender().fit(shop, catalogue, cut)
    customers = np.unique(wanted.customer)
    assert len(customers) == 1_319
    again = model.recommend(customers, mode=Mode.AGAIN)
    assert ndcg(again.customer, again.product, wanted).mean() >= 0.325
    had = shop.at <= cut
    fresh = wanted.without(Pairs.of(shop.customer[had], shop.product[had]))
    new = model.recommend(customers)
    # implicit's ALS reaches .083 here, its BPR .056, item cosine .062; see benchmarks/engine/bench_recommend.py
    assert ndcg(new.customer, new.product, fresh).mean() >= 1.2 * 0.083
    assert model.schooling_.quality["calibration_error"] < 0.02


def test_who_does_not_learn_weighs_by_the_stated_weights():
    # Two buyers of product 10, one of 11.
    rows = [(1, 10), (2, 10), (2, 11)]
    model = Recommender(learns=False).fit(interactions(rows), products([10, 11]), NOW)
    assert model.schooling_.again is AGAIN
    assert model.recommend(asked(1)).product.tolist() == [11]


def test_two_lists_in_one_hold_what_each_alone_would():
    rows = [(1, 10), (1, 11), (2, 10), (2, 12), (3, 11), (3, 12), (3, 13)]
    model = Recommender().fit(interactions(rows), products([10, 11, 12, 13]), NOW)
    both = model.recommend(asked(1), 10, Mode.BOTH)
    new = ~np.isin(both.reason, [*OWN])
    assert set(both.product[~new].tolist()) == {10, 11}
    assert both.product[new].tolist() == model.recommend(asked(1), 10, Mode.DISCOVER).product.tolist()
