"""Names that stay with their people, who moved where, smaller segments, and one customer placed at once."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import davies_bouldin_score
from sklearn.mixture import GaussianMixture

from engine.features import FREQUENCY, features
from engine.frames import Interactions, Kind, Products, TooLittleData
from engine.segments import quintiles
from engine.segments.assignment import Assignment, Place
from engine.segments.carrying import Drift, Earlier, Moved, Renamed, drift, kept, matched, shared
from engine.segments.clusters import METHODS, gaussian_mixture
from engine.segments.criteria import Candidate, davies_bouldin, stabilities
from engine.segments.naming import NOT_AT_ALL
from engine.segments.naming import given as given_words
from engine.segments.segmentation import Segmentation, describe
from engine.segments.validity import held_out, missed, overall
from engine.synthetic.shop import synthetic_shop
from tests.engine.test_features import DAY, DECEMBER_10TH_2011, Row, interactions, online_retail, products
from tests.engine.test_segments import NOW, habits


def earlier(keys: tuple[str, ...], *labels: int) -> Earlier:
    return Earlier(np.arange(1, len(labels) + 1), np.array(labels), keys)


def now(*labels: int) -> tuple[np.ndarray, np.ndarray]:
    return np.arange(1, len(labels) + 1), np.array(labels)


WORDS = ("regulars", "lapsed", "mixed_1")


def names(fit: list[list[float]], before: Earlier, *labels: int) -> tuple[str, ...]:
    people, label = now(*labels)
    common = shared(before, people, label, len(fit))
    return given_words(kept(np.array(fit), common, before.keys, WORDS), WORDS)


def test_a_name_stays_with_its_people_though_another_would_fit_better() -> None:
    before = earlier(("regulars", "lapsed"), 0, 0, 0, 1, 1, 1)
    assert names([[0.9, 0.1, 0], [0.2, 0.9, 0]], before, 1, 1, 1, 0, 0, 0) == ("lapsed", "regulars")


def test_a_name_goes_when_what_it_claims_is_no_longer_true() -> None:
    before = earlier(("regulars", "lapsed"), 0, 0, 0, 1, 1, 1)
    fit = [[NOT_AT_ALL, 0.4, 0.1], [0.2, 0.9, 0]]
    assert names(fit, before, 0, 0, 0, 1, 1, 1) == ("mixed_1", "lapsed")


def test_half_of_the_people_are_not_most_of_them() -> None:
    common = shared(earlier(("regulars", "lapsed"), 0, 0, 0, 0, 1, 1), *now(0, 0, 1, 1, 1, 1), 2)
    assert common.tolist() == [[2, 2, 0], [0, 2, 0], [0, 0, 0]]
    assert matched(common) == {}


def test_who_came_and_who_went_does_not_loosen_a_name() -> None:
    before = Earlier(np.array([1, 2, 3, 8, 9]), np.zeros(5, dtype=np.int64), ("regulars",))
    assert matched(shared(before, np.array([1, 2, 3, 4, 5, 6, 7]), np.zeros(7, dtype=np.int64), 1)) == {0: 0}


def test_drift_counts_who_moved_where() -> None:
    before = earlier(("regulars", "lapsed"), 0, 0, 0, 1, 1)
    people, labels = np.array([1, 2, 3, 4, 6]), np.array([0, 0, 1, 1, 1])
    assert drift(before, people, labels, ("regulars", "lapsed")) == Drift(
        4, 3, (Moved("", "lapsed", 1), Moved("lapsed", "", 1), Moved("regulars", "lapsed", 1)), ()
    )


def test_the_same_people_under_another_name_have_not_moved() -> None:
    before = earlier(("regulars", "lapsed"), 0, 0, 0, 1, 1)
    assert drift(before, *now(0, 0, 0, 1, 1), ("at_risk", "lapsed")) == Drift(
        5, 5, (), (Renamed("regulars", "at_risk", 3),)
    )


MOVES = st.lists(st.tuples(st.integers(-1, 3), st.integers(-1, 2)), min_size=1, max_size=60)


@settings(max_examples=60, deadline=None)
@given(MOVES)
def test_everybody_who_is_known_stayed_or_moved(who: list[tuple[int, int]]) -> None:
    before, after = np.array(who).T
    people = np.arange(len(who))
    old = Earlier(people[before >= 0], before[before >= 0], ("a", "b", "c", "d"))
    found = drift(old, people[after >= 0], after[after >= 0], ("a", "b", "c"))
    between = sum(each.n for each in found.moved if each.before and each.now)
    assert found.n == int(((before >= 0) & (after >= 0)).sum()) == found.stayed + between
    assert sum(each.n for each in found.moved if not each.before) == int(((before < 0) & (after >= 0)).sum())
    assert sum(each.n for each in found.moved if not each.now) == int(((before >= 0) & (after < 0)).sum())


def test_a_run_after_a_run_keeps_every_name() -> None:
    everyone = habits()
    first = Segmentation(seed=1).fit(everyone)
    before = Earlier(everyone.customer, first.labels_, first.keys_)
    again = Segmentation(seed=9).fit(habits(seed=3), earlier=before)
    found = drift(before, everyone.customer, again.labels_, again.keys_)
    assert (found.n, found.stayed, found.moved, found.renamed) == (60, 60, (), ())


def test_our_mixture_is_as_likely_as_an_independent_one() -> None:
    rng = np.random.default_rng(2)
    points = np.r_[rng.normal(0, [1.0, 0.3], (300, 2)), rng.normal([4, 2], [0.5, 1.5], (200, 2))]
    found = gaussian_mixture(points, [2], seed=0)[2]
    theirs = GaussianMixture(2, covariance_type="diag", random_state=0).fit(points)
    order, other = np.argsort(found.middle[:, 0]), np.argsort(theirs.means_[:, 0])
    assert found.middle[order] == pytest.approx(theirs.means_[other], abs=0.05)
    assert found.spread[order] == pytest.approx(theirs.covariances_[other], rel=0.05)
    assert found.weight[order] == pytest.approx(theirs.weights_[other], abs=0.01)
    agree = (found.nearest(points) == order[0]) == (theirs.predict(points) == other[0])
    assert agree.mean() > 0.99


def test_our_davies_bouldin_index_agrees_with_an_independent_one() -> None:
    rng = np.random.default_rng(3)
    points, labels = rng.normal(0, 1, (300, 3)), rng.integers(0, 4, 300)
    assert davies_bouldin(points, labels) == pytest.approx(davies_bouldin_score(points, labels))
    assert davies_bouldin(points, np.zeros(300, dtype=np.int64)) == float("inf")


def test_what_cannot_reach_the_bar_is_given_up_early_and_says_after_how_many() -> None:
    noise = np.random.default_rng(4).normal(0, 1, (200, 4))
    labels = {5: METHODS[0].find(noise, [5], 0)[5].nearest(noise)}
    mean, resamples = stabilities(noise, METHODS[0], labels, 16, 0, least=0.95)[5]
    assert resamples < 16
    assert mean < 0.95


def test_a_candidate_keeps_every_figure_it_was_judged_by() -> None:
    kept = Segmentation(seed=1).fit(habits()).candidates_[0].plain()
    assert set(kept) == set(Candidate.__dataclass_fields__)
    assert json.loads(json.dumps(kept)) == kept
    assert kept["held_out"] is None


def test_of_those_that_hold_the_one_is_taken_that_foretells_best_but_for_chance() -> None:
    shop = synthetic_shop(200, seed=3, now=NOW)
    everyone = features(shop.interactions, shop.products, NOW)
    found = Segmentation(seed=3).fit(everyone, held_out(shop.interactions, shop.products, NOW))
    judged = [each.held_out for each in found.candidates_ if each.holds]
    assert found.best_ is not None
    assert found.best_.candidate.held_out >= max(judged) - 0.05


def test_without_enough_customers_nothing_is_held_out() -> None:
    few = interactions(*[Row(customer=n, at=n * DAY, product=1, amount_minor=5) for n in range(1, 20)])
    with pytest.raises(TooLittleData):
        held_out(few, products(), 30 * DAY)


@pytest.fixture(scope="module")
def shop() -> tuple[Interactions, Segmentation]:
    """Online Retail, its segments and the smaller ones in them."""
    sold = online_retail()
    everyone = features(sold, products(), DECEMBER_10TH_2011)
    return sold, Segmentation(seed=0).fit(everyone, held_out(sold, products(), DECEMBER_10TH_2011))


def test_segments_of_one_half_foretell_the_other_better_than_rfm_quintiles(
    shop: tuple[Interactions, Segmentation],
) -> None:
    held = held_out(shop[0], products(), DECEMBER_10TH_2011)
    best = shop[1].best_
    assert best is not None
    assert best.misses is not None
    ours = overall(best.misses)
    assert ours > 1.05 * overall(missed(held, quintiles.scores))
    assert ours > 1.05 * overall(missed(held, quintiles.cells))


def test_a_giant_is_among_the_champions_and_no_segment_of_one(shop: tuple[Interactions, Segmentation]) -> None:
    everyone = features(shop[0], products(), DECEMBER_10TH_2011)
    found = {each.key: each for each in describe(shop[1], everyone)}
    assert 14646 in found["champions"].members
    assert min(each.share for each in found.values()) > 0.02
    assert not [key for key in found if key.startswith("mixed")]


def test_smaller_segments_are_whole_and_inside_theirs(shop: tuple[Interactions, Segmentation]) -> None:
    everyone = features(shop[0], products(), DECEMBER_10TH_2011)
    found = [each for each in describe(shop[1], everyone) if each.within]
    assert found
    for each in found:
        inner = np.concatenate([smaller.members for smaller in each.within])
        assert sorted(inner.tolist()) == each.members.tolist()
        assert min(smaller.share for smaller in each.within) >= 0.1
        assert len({smaller.key for smaller in each.within}) == len(each.within)


def test_one_customer_is_placed_where_the_run_placed_them(shop: tuple[Interactions, Segmentation]) -> None:
    sold, learned = shop
    stored = Assignment.read(json.loads(json.dumps(learned.assignment_.plain())))
    everyone = features(sold, products(), DECEMBER_10TH_2011)
    labels = learned.labels_
    inner = learned.assignment_.micro(everyone, labels)
    for row in range(0, len(everyone), 400):
        own = sold.where(sold.customer == everyone.customer[row])
        within = learned.assignment_.within.get(int(labels[row]))
        expected = Place(learned.keys_[labels[row]], within.keys[inner[row]] if within else None)
        assert stored.place(own, products(), DECEMBER_10TH_2011) == expected


def test_a_purchase_moves_whoever_had_not_been_here_for_long(shop: tuple[Interactions, Segmentation]) -> None:
    sold, learned = shop
    everyone = features(sold, products(), DECEMBER_10TH_2011)
    keys = np.array(learned.keys_)[learned.labels_]
    lapsed = everyone.customer[(keys == "lapsed") & (everyone.column(FREQUENCY) >= 2)][0]
    own = sold.where(sold.customer == lapsed)
    bought = [Row(customer=int(lapsed), at=DECEMBER_10TH_2011 + DAY, product=1, amount_minor=400_000)]
    more = interactions(*bought)
    names = [name for name in Interactions.__dataclass_fields__ if name != "platforms"]
    columns = {name: np.append(getattr(own, name), getattr(more, name)) for name in names}
    both = Interactions(**columns)  # type: ignore[arg-type]
    assert learned.assignment_.place(own, products(), DECEMBER_10TH_2011).key == "lapsed"
    assert learned.assignment_.place(both, products(), DECEMBER_10TH_2011).key != "lapsed"


def test_a_part_of_the_shelf_is_enough_to_place_somebody() -> None:
    everything = synthetic_shop(200, seed=1, now=NOW)
    told = features(everything.interactions, everything.products, NOW)
    learned = Segmentation(seed=1).fit(told)
    stored = Assignment.read(json.loads(json.dumps(learned.assignment_.judging(everything.products).plain())))
    for row in range(0, len(told), 20):
        own = everything.interactions.where(everything.interactions.customer == told.customer[row])
        part = _part(everything.products, np.unique(own.product))
        assert stored.place(own, part, NOW).key == learned.keys_[learned.labels_[row]]


def test_who_never_bought_has_no_place() -> None:
    stored = Segmentation(seed=1).fit(habits()).assignment_
    with pytest.raises(TooLittleData):
        stored.place(interactions(Row(kind=Kind.CLICK, at=DAY)), products(), NOW)
    with pytest.raises(ValueError, match="one customer is placed at a time"):
        stored.place(interactions(Row(at=DAY), Row(customer=2, at=DAY)), products(), NOW)


def _part(whole: Products, ids: np.ndarray) -> Products:
    rows = np.flatnonzero(np.isin(whole.id, ids))
    columns = {
        name: column[rows] if isinstance(column, np.ndarray) else tuple(column[row] for row in rows)
        for name, column in vars(whole).items()
    }
    return Products(**columns)  # type: ignore[arg-type]
