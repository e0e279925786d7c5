"""Expected neighbours: scikit-learn's cosine_similarity. Expected lists: small shops worked by hand."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics.pairwise import cosine_similarity

from engine.errors import TooLittleData
from engine.frames import MICROSECONDS_PER_DAY, NONE, Interactions, Kind, Products
from engine.recommend import collaborative
from engine.recommend.collaborative import best, cosine_neighbours, nearest, unit_rows
from engine.recommend.content import text_neighbours
from engine.recommend.recommender import Mode, Reason, Recommender, SimilarItems, Weights

DATA = Path(__file__).parents[3] / "shared/data/online_retail.csv.gz"
NOW = 1_000 * MICROSECONDS_PER_DAY
ONLY_BOUGHT = Weights(own=0, people=0, popular=0, bought=1, together=0, wording=0)


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
    assert found[found > 0] == pytest.approx(cosine[found > 0], abs=1e-8)
    expected = np.sort(cosine, axis=1)[:, ::-1][:, :k]
    assert np.sort(found, axis=1)[:, ::-1][:, :k] == pytest.approx(expected, abs=1e-8)
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
    assert text_neighbours(products(range(5), names=names), 4).toarray() == pytest.approx(cosine, abs=1e-8)
    few = text_neighbours(products(range(5), names=names), 1).toarray()
    assert np.array_equal(few, few.T)
    assert few[2, 0] > 0


def test_products_without_a_word_have_no_wording_neighbours():
    assert text_neighbours(products([1, 2]), 3).nnz == 0


def test_who_bought_coffee_hears_of_the_filters_other_coffee_drinkers_bought():
    shop = interactions([(1, 10), (1, 11), (2, 10), (2, 11), (3, 10), (4, 12)])
    model = Recommender(weights=ONLY_BOUGHT).fit(shop, products([10, 11, 12]), NOW)
    # Cosine of 10 and 11: 2 customers of both, 3 of one, 2 of the other: 2/√6, the only neighbour, scaled to 1.
    found = model.recommend(asked(3))
    assert listed(found) == [(11, Reason.BECAUSE_YOU_BOUGHT, 10)]
    assert found.score.tolist() == [1.0]
    links = model.similar_items_
    both = (links.product == 10) & (links.neighbour == 11) & (links.reason == Reason.BECAUSE_YOU_BOUGHT)
    assert links.weight[both] == pytest.approx([2 / np.sqrt(6)])


def test_each_opinion_alone_gives_its_own_reason():
    in_order = [(1, 10, 1), (1, 11, 1), (2, 10, 2), (2, 11, 3), (3, 10, 4), (NONE, 12, 5)]
    shop = interactions([(customer, product, Kind.PURCHASE, 0, order) for customer, product, order in in_order])
    catalogue = products([10, 11, 12, 13], names=("wool scarf", "cup", "hose", "wool hat"))
    silent = dict.fromkeys(("own", "people", "popular", "bought", "together", "wording"), 0.0)

    def alone(opinion, mode=Mode.DISCOVER):
        model = Recommender(weights=Weights(**{**silent, opinion: 1.0})).fit(shop, catalogue, NOW)
        return listed(model.recommend(asked(3), mode=mode))

    assert alone("bought") == [(11, Reason.BECAUSE_YOU_BOUGHT, 10)]
    assert alone("together") == [(11, Reason.BOUGHT_TOGETHER_WITH, 10)]
    assert alone("people") == [(11, Reason.PEOPLE_LIKE_YOU, NONE)]
    assert alone("wording") == [(13, Reason.SIMILAR_TO, 10)]
    assert alone("popular") == [(11, Reason.POPULAR_NOW, NONE), (12, Reason.POPULAR_NOW, NONE)]
    assert alone("own") == []
    assert alone("own", Mode.AGAIN) == [(10, Reason.BUY_AGAIN, 10)]


def test_the_reason_names_the_product_that_contributed_most():
    # 13 goes with 11 (cosine 1) more than with 10 (2/√6); customer 9 had both, 11 long ago.
    rows = [(1, 11), (1, 13), (2, 11), (2, 13), (1, 10), (2, 10), (3, 10), (9, 10)]
    shops = {days: interactions([*rows, (9, 11, Kind.PURCHASE, days)]) for days in (0, 900)}
    reasons = {
        days: listed(Recommender(weights=ONLY_BOUGHT).fit(shop, products([10, 11, 13]), NOW).recommend(asked(9)))
        for days, shop in shops.items()
    }
    assert reasons[0] == [(13, Reason.BECAUSE_YOU_BOUGHT, 11)]
    assert reasons[900] == [(13, Reason.BECAUSE_YOU_BOUGHT, 10)]


def test_what_was_only_looked_at_is_never_called_bought():
    shop = interactions([(1, 10), (1, 11), (3, 10, Kind.VIEW)])
    model = Recommender(weights=ONLY_BOUGHT).fit(shop, products([10, 11]), NOW)
    assert listed(model.recommend(asked(3))) == [(11, Reason.SIMILAR_TO, 10)]


def test_a_customer_never_seen_gets_what_is_popular_now_and_recent_purchases_count_more():
    shop = interactions([(1, 10, 5, 90), (2, 10, 5, 90), (3, 10, 5, 90), (4, 11, 5, 0)])
    found = Recommender(popular_half_life_days=30).fit(shop, products([10, 11, 12]), NOW).recommend(asked(77))
    # Three purchases three half-lives ago weigh 3/8, one today 1; both share the weight .5 of what is popular.
    assert listed(found) == [(11, Reason.POPULAR_NOW, NONE), (10, Reason.POPULAR_NOW, NONE)]
    assert found.score == pytest.approx([0.5, 0.5 * 3 / 8])


def test_a_new_product_reaches_those_who_bought_what_reads_like_it():
    catalogue = products([10, 11, 99], names=("wool scarf red", "garden hose", "wool scarf blue"))
    found = Recommender().fit(interactions([(1, 10), (2, 11)]), catalogue, NOW).recommend(asked(1))
    assert (99, Reason.SIMILAR_TO, 10) in listed(found)


def test_a_product_sent_back_asks_for_nothing_like_it_and_is_not_offered_as_new():
    rows = [(1, 10), (1, 11), (3, 10, Kind.PURCHASE, 5), (3, 10, Kind.RETURN, 1)]
    model = Recommender(weights=ONLY_BOUGHT).fit(interactions(rows), products([10, 11]), NOW)
    assert listed(model.recommend(asked(3))) == []
    assert 10 not in Recommender().fit(interactions(rows), products([10, 11]), NOW).recommend(asked(3)).product


def test_buying_again_follows_how_often_and_how_lately():
    rows = [(1, 10, 5, 10), (1, 10, 5, 20), (1, 11, 5, 10), (1, 12, 5, 700), (1, 12, 5, 800)]
    own = Weights(own=1, people=0, popular=0, bought=0, together=0, wording=0)
    model = Recommender(weights=own).fit(interactions(rows), products([10, 11, 12]), NOW)
    found = model.recommend(asked(1), mode=Mode.AGAIN)
    assert found.product.tolist() == [10, 11, 12]
    assert found.score[1] == pytest.approx(1 / (1 + 2 ** (-10 / 180)))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(Mode), st.integers(1, 15))
def test_nothing_out_of_stock_nor_beyond_n_is_offered_and_nothing_owned_as_a_discovery(seed, mode, n):
    shop = random_shop(seed)
    stock = np.random.default_rng(seed).choice([0, 3, NONE], 12)
    found = Recommender().fit(shop, products(range(12), stock), NOW).recommend(np.arange(30), n, mode)
    assert not np.isin(found.product, np.flatnonzero(stock == 0)).any()
    assert np.bincount(found.customer).max(initial=0) <= n
    pairs = list(zip(found.customer.tolist(), found.product.tolist(), strict=True))
    assert len(set(pairs)) == len(pairs)
    bought = shop.of_kind(Kind.PURCHASE)
    if mode is Mode.DISCOVER:
        assert not set(pairs) & set(zip(bought.customer.tolist(), bought.product.tolist(), strict=True))
    assert (found.score > 0).all()
    falls = np.diff(found.score) <= 1e-9
    assert (falls | (np.diff(found.customer) != 0)).all()


@settings(max_examples=15, deadline=None)
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


def test_answers_do_not_depend_on_how_many_customers_are_worked_at_once(monkeypatch):
    shop, catalogue = random_shop(1), products(range(12))
    at_once = Recommender().fit(shop, catalogue, NOW).recommend(np.arange(30))
    monkeypatch.setattr(collaborative, "CELLS_AT_ONCE", 40)
    assert same(at_once, Recommender().fit(shop, catalogue, NOW).recommend(np.arange(30)))


@pytest.mark.parametrize("mode", Mode)
def test_a_customers_own_history_alone_gives_the_list_the_whole_shop_gives_when_nobody_else_is_asked(mode):
    shop = interactions([(1, 10), (1, 11), (2, 10), (2, 12), (3, 10), (3, 13), (4, 13), (4, 11)])
    names = ("wool scarf", "cup", "cup red", "hose", "scarf")
    model = Recommender(weights=Weights(people=0)).fit(shop, products([10, 11, 12, 13, 14], names=names), NOW)
    alone = model.recommend_from(np.array([13, 10, 999]), np.array([1.0, 1.0, 1.0]), mode=mode)
    whole = model.recommend(asked(3), mode=mode)
    assert listed(alone) == listed(whole)
    assert alone.score == pytest.approx(whole.score)
    assert (alone.customer == NONE).all()


def test_kept_links_outlive_the_products_they_name():
    shop = interactions([(1, 10), (1, 11), (1, 12), (2, 10), (2, 11), (3, 10)])
    kept = Recommender(weights=ONLY_BOUGHT).fit(shop, products([10, 11, 12]), NOW).similar_items_
    today = SimilarItems(
        np.array([10, 12]), np.ones(2, bool), np.zeros(2), kept.product, kept.neighbour, kept.weight, kept.reason
    )
    found = today.recommend_from(np.array([10]), np.ones(1), weights=ONLY_BOUGHT)
    assert listed(found) == [(12, Reason.BECAUSE_YOU_BOUGHT, 10)]


def test_what_happens_after_now_is_not_known_yet():
    later = Kind.PURCHASE, -1
    model = Recommender().fit(interactions([(1, 10), (2, 11, *later), (3, 10, *later)]), products([10, 11]), NOW)
    assert model.customers_.tolist() == [1]
    assert model.recommend(asked(2)).product.tolist() == [10]


def test_nobody_asked_is_nobody_answered():
    model = Recommender().fit(interactions([(1, 10)]), products([10, 11]), NOW)
    assert len(model.recommend(asked())) == 0


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


def test_a_shop_of_four_thousand_customers_is_answered_in_ten_seconds(online_retail):
    shop, catalogue = online_retail
    begun = time.process_time()  # not the wall's clock: the tests beside this one may be at work too
    model = Recommender().fit(shop, catalogue, int(shop.at.max()))
    found = model.recommend(model.customers_)
    assert time.process_time() - begun < 10
    assert (len(model.customers_), len(catalogue), len(found)) == (4_338, 3_665, 43_380)
    assert set(np.unique(found.reason)) == set(Reason) - {Reason.BUY_AGAIN}


def next_baskets(shop, cut):
    """The first later order of each customer known by ``cut``, as (customer, product) pairs."""
    later = shop.where((shop.at > cut) & np.isin(shop.customer, shop.customer[shop.at <= cut]))
    lines = pl.DataFrame({"customer": later.customer, "product": later.product, "order": later.order, "at": later.at})
    first = lines.sort("at", "order").group_by("customer").agg(pl.col("order").first())
    return set(lines.join(first, on=["customer", "order"], how="semi").select("customer", "product").rows())


def ndcg_at_10(found, wanted):
    gains, ranks, sizes = {}, {}, {}
    for customer, product in zip(found.customer.tolist(), found.product.tolist(), strict=True):
        rank = ranks[customer] = ranks.get(customer, 0) + 1
        gains[customer] = gains.get(customer, 0) + ((customer, product) in wanted) / np.log2(rank + 1)
    for customer, _ in wanted:
        sizes[customer] = sizes.get(customer, 0) + 1
    ideal = {c: sum(1 / np.log2(rank + 1) for rank in range(1, min(size, 10) + 1)) for c, size in sizes.items()}
    return sum(gains.get(c, 0) / ideal[c] for c in ideal) / len(ideal)


def test_the_next_basket_is_foreseen_far_better_than_by_popularity_or_item_cosine(online_retail):
    shop, catalogue = online_retail
    cut = int(np.quantile(shop.at, 0.85))
    wanted = next_baskets(shop, cut)
    model = Recommender().fit(shop, catalogue, cut)
    customers = np.unique([customer for customer, _ in wanted])
    again = ndcg_at_10(model.recommend(customers, mode=Mode.AGAIN), wanted)
    assert again > 0.28  # all-time popularity reaches .061 here, item-based cosine .145
    had = shop.at <= cut
    fresh = wanted - set(zip(shop.customer[had].tolist(), shop.product[had].tolist(), strict=True))
    by_blend = ndcg_at_10(model.recommend(customers), fresh)
    model.weights = Weights(own=0, people=0, bought=0, together=0, wording=0)
    assert by_blend > 1.2 * ndcg_at_10(model.recommend(customers), fresh)
