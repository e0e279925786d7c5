"""Segments found where there are some, rules where there are none, and names a shopkeeper would agree with."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, silhouette_score

from engine.features import (
    BRAND_LOYALTY,
    BULK_QUANTITY,
    DISCOUNT_SHARE,
    FEATURE_NAMES,
    FREQUENCY,
    GAP_DAYS,
    MONETARY,
    PREMIUM_SHARE,
    RECENCY,
    TENURE,
    VARIETY,
    Features,
    features,
)
from engine.frames import TooLittleData
from engine.segments import naming
from engine.segments.assignment import Assignment
from engine.segments.clusters import k_means
from engine.segments.criteria import adjusted_rand, silhouettes
from engine.segments.naming import Segment
from engine.segments.rfm import RULE_KEYS, RfmRules
from engine.segments.scaling import RobustScale
from engine.segments.segmentation import RFM_RULES, VIEWS, Segmentation, describe
from engine.segments.validity import held_out
from engine.segments.vocabulary import CLAIMS, SEGMENT_KEYS, TRAITS
from engine.synthetic.shop import synthetic_shop
from tests.engine.test_features import DECEMBER_10TH_2011, online_retail, products

NOW = 1_795_305_600_000_000

HABITS = VIEWS["habits"]


def table(**columns: object) -> Features:
    """Features with these columns, the others unknown."""
    size = len(next(iter(columns.values())))  # type: ignore[arg-type]
    unknown = np.full(size, np.nan)
    values = np.column_stack([np.asarray(columns.get(name, unknown), dtype=float) for name in FEATURE_NAMES])
    return Features(np.arange(1, size + 1), FEATURE_NAMES, values)


def habits(*, seed: int = 0, each: int = 20, around: float = 0.02) -> Features:
    """Three plain groups: premium, discount and bulk."""
    rng = np.random.default_rng(seed)
    middle = np.repeat(
        [[0.9, 0.6, 0.1, 0.8, 1.2], [0.1, 0.3, 0.7, 0.9, 1.3], [0.2, 0.3, 0.1, 0.9, 8.0]], each, axis=0
    )
    values = middle * (1 + rng.normal(0, around, middle.shape))
    return table(
        **dict(zip(HABITS, values.T, strict=True)),
        **{RECENCY: rng.integers(1, 60, 3 * each), FREQUENCY: rng.integers(3, 9, 3 * each)},
        **{TENURE: np.full(3 * each, 300), MONETARY: rng.integers(1_000, 9_000, 3 * each)},
    )


def by_key(segments: list[Segment]) -> dict[str, Segment]:
    return {segment.key: segment for segment in segments}


@pytest.fixture(scope="module")
def three() -> Segmentation:
    return Segmentation(seed=1).fit(habits())


def test_three_plain_groups_come_back_as_three_segments(three: Segmentation) -> None:
    assert (three.k_, adjusted_rand_score(np.repeat([0, 1, 2], 20), three.labels_)) == (3, 1.0)


def test_each_segment_is_named_for_what_sets_it_apart(three: Segmentation) -> None:
    found = by_key(describe(three, habits()))
    assert {key: segment.members.tolist() for key, segment in found.items()} == {
        "premium_loyal": list(range(1, 21)),
        "discount_seekers": list(range(21, 41)),
        "bulk_buyers": list(range(41, 61)),
    }


def test_a_reason_gives_the_segments_median_beside_everyones(three: Segmentation) -> None:
    everyone = habits()
    reason = by_key(describe(three, everyone))["discount_seekers"].reasons[0]
    column = everyone.column(DISCOUNT_SHARE)
    assert reason == naming.Reason(
        DISCOUNT_SHARE, float(np.median(column[20:40])), float(np.median(column)), "higher"
    )


def test_no_reason_speaks_against_the_key() -> None:
    gone = value(*[(400 + n, 1, 500) for n in range(30)], *[(200 + n, 3, 500) for n in range(20)], gap=20)
    late = np.arange(50) >= 30
    deviation = naming.deviations(gone, late.astype(np.int64), 2)[1]
    told = naming.reasons(gone, late, deviation, "at_risk")
    assert [(reason.feature, reason.direction) for reason in told[:1]] == [(FREQUENCY, "higher")]


def test_everything_tried_is_on_record(three: Segmentation) -> None:
    assert {(c.method, c.distance) for c in three.candidates_} == {
        ("k_means", "euclidean"),
        ("ward", "euclidean"),
        ("average", "cityblock"),
        ("gaussian_mixture", "gaussian"),
    }
    assert {c.k for c in three.candidates_} == {3, 4, 5, 6, 7, 8}


def test_the_record_agrees_with_an_independent_silhouette(three: Segmentation) -> None:
    points = three.assignment_.scale.transform(habits())
    expected = silhouette_score(points, three.labels_, metric=three.distance_)
    assert three.silhouette_ == pytest.approx(expected, abs=1e-9)


def test_one_customer_is_told_the_same_as_the_run_said(three: Segmentation) -> None:
    everyone = habits()
    alone = [three.assign(everyone.of([customer]))[0] for customer in everyone.customer]
    assert alone == three.labels_.tolist()


@pytest.mark.parametrize("customers", [60, 7])
def test_what_was_learned_can_be_written_down_and_read_again(customers: int) -> None:
    everyone = habits().of(range(1, 61, 60 // customers))
    learned = Segmentation(seed=1).fit(everyone)
    again = Assignment.read(json.loads(json.dumps(learned.assignment_.plain())))
    assert again.keys_of(everyone) == tuple(learned.keys_[label] for label in learned.labels_)


def test_placing_one_customer_loads_nothing_heavy() -> None:
    program = "import sys, engine.segments.assignment; sys.exit('scipy' in sys.modules or 'sklearn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_the_same_data_and_seed_give_the_same_segments(three: Segmentation) -> None:
    again = Segmentation(seed=1).fit(habits())
    assert again.assignment_.plain() == three.assignment_.plain()
    assert [each.plain() for each in again.candidates_] == [each.plain() for each in three.candidates_]


def test_a_giant_is_not_a_segment_of_their_own() -> None:
    everyone = habits()
    for name in (BULK_QUANTITY, MONETARY, FREQUENCY):
        everyone.values[45, FEATURE_NAMES.index(name)] *= 10_000
    found = Segmentation().fit(everyone)
    assert np.bincount(found.labels_).tolist() == [20, 20, 20]


def test_what_is_the_same_for_all_or_known_for_few_is_left_out() -> None:
    everyone = habits()
    everyone.values[:, FEATURE_NAMES.index(BRAND_LOYALTY)] = 0.4
    everyone.values[:30, FEATURE_NAMES.index(VARIETY)] = np.nan
    assert Segmentation().fit(everyone).assignment_.scale.names_ == (PREMIUM_SHARE, DISCOUNT_SHARE, BULK_QUANTITY)


def test_a_customer_of_whom_little_is_known_still_belongs_somewhere(three: Segmentation) -> None:
    stranger = table(**{RECENCY: [3.0], FREQUENCY: [1.0]})
    assert three.assign(stranger)[0] in range(3)


def test_a_learned_feature_must_be_there_to_assign_by(three: Segmentation) -> None:
    with pytest.raises(KeyError):
        three.assign(Features(np.array([1]), (RECENCY,), np.array([[1.0]])))


def test_without_a_customer_there_is_nothing_to_learn() -> None:
    nobody = table(**{RECENCY: []})
    with pytest.raises(TooLittleData, match="1 needed, 0 seen"):
        Segmentation().fit(nobody)
    with pytest.raises(TooLittleData, match="1 needed, 0 seen"):
        describe(Segmentation().fit(habits()), nobody)


def value(*rows: tuple[float, float, float], gap: float = np.nan) -> Features:
    """Customers by recency, frequency and tenure."""
    recency, frequency, tenure = np.array(rows).T
    gaps = np.full(len(rows), gap)
    return table(**{RECENCY: recency, FREQUENCY: frequency, TENURE: tenure, MONETARY: frequency * 10, GAP_DAYS: gaps})


def test_three_customers_are_grouped_by_rule_and_it_says_so() -> None:
    found = Segmentation().fit(value((1, 9, 300), (200, 1, 200), (5, 1, 5)))
    assert found.method_ == RFM_RULES
    assert [found.keys_[label] for label in found.labels_] == ["regulars", "lapsed", "newcomers"]


def test_customers_all_alike_are_one_group() -> None:
    found = Segmentation().fit(value(*[(10, 4, 300)] * 50))
    assert [(s.key, s.size, s.share, s.reasons) for s in describe(found, value(*[(10, 4, 300)] * 50))] == [
        ("regulars", 50, 1.0, ())
    ]


def test_chance_alone_is_not_taken_for_segments() -> None:
    noise = np.random.default_rng(5).normal(10, 1, (200, len(HABITS)))
    rest = {RECENCY: noise[:, 0], FREQUENCY: np.rint(noise[:, 1]), MONETARY: noise[:, 2], TENURE: noise[:, 3]}
    assert Segmentation().fit(table(**dict(zip(HABITS, noise.T, strict=True)), **rest)).method_ == RFM_RULES


def test_rules_say_how_often_how_lately_and_how_new() -> None:
    everyone = value((5, 8, 400), (90, 8, 400), (5, 1, 40), (20, 1, 400), (300, 1, 400), gap=20)
    rules = RfmRules().fit(everyone)
    assert [RULE_KEYS[group] for group in rules.assign(everyone)] == [
        "regulars",
        "at_risk",
        "newcomers",
        "occasional",
        "lapsed",
    ]


def test_nobody_is_at_risk_within_twice_their_own_rhythm() -> None:
    patient, usual = value((100, 8, 800), gap=60), value((10, 8, 400), (20, 8, 400), (30, 8, 400), gap=10)
    assert RULE_KEYS[RfmRules().fit(usual).assign(patient)[0]] == "regulars"


def test_nobody_is_late_who_was_here_this_month() -> None:
    busy = value((25, 80, 800), gap=2)
    assert RULE_KEYS[RfmRules().fit(busy).assign(busy)[0]] == "regulars"


def standing(segments: int, **true: bool) -> dict[str, np.ndarray]:
    return {word: np.full(segments, true.get(word, False)) for word in ("late", "new", "again")}


def test_keys_are_unique_even_where_segments_are_twins() -> None:
    bulk = np.zeros((5, len(FEATURE_NAMES)))
    bulk[:, FEATURE_NAMES.index(BULK_QUANTITY)] = 1.5
    keys = naming.keys_of(bulk, standing(5), HABITS)
    assert len(set(keys)) == 5
    assert set(keys) <= set(SEGMENT_KEYS)
    assert "bulk_buyers" in keys


def test_a_segment_like_everyone_is_called_everyday() -> None:
    assert naming.keys_of(np.zeros((1, len(FEATURE_NAMES))), standing(1), HABITS) == ("everyday",)


def test_where_everyone_has_left_the_segment_like_everyone_has_lapsed() -> None:
    assert naming.keys_of(np.zeros((1, len(FEATURE_NAMES))), standing(1, late=True), HABITS) == ("lapsed",)


def test_who_is_late_is_not_called_a_regular() -> None:
    often = np.zeros((1, len(FEATURE_NAMES)))
    often[0, [FEATURE_NAMES.index(name) for name in (FREQUENCY, TENURE, MONETARY)]] = 1.0
    assert naming.keys_of(often, standing(1, again=True), VIEWS["value"])[0] in ("champions", "regulars")
    assert naming.keys_of(often, standing(1, again=True, late=True), VIEWS["value"]) == ("at_risk",)


def test_every_key_rests_on_features_that_exist() -> None:
    assert {feature for traits in TRAITS.values() for feature, _ in traits} <= set(FEATURE_NAMES)
    assert set(RULE_KEYS) | set(CLAIMS) <= set(SEGMENT_KEYS)
    assert len(SEGMENT_KEYS) == len(set(SEGMENT_KEYS))


def test_scaling_puts_the_middle_at_zero_and_half_of_everyone_within_two_thirds() -> None:
    column = np.arange(1.0, 102.0)
    points = RobustScale((RECENCY,)).fit(table(**{RECENCY: column})).transform(table(**{RECENCY: column}))
    assert points[50, 0] == 0
    assert (points[25, 0], points[75, 0]) == (pytest.approx(-0.6745, abs=1e-3), pytest.approx(0.6745, abs=1e-3))


def test_our_adjusted_rand_index_agrees_with_an_independent_one() -> None:
    rng = np.random.default_rng(3)
    one, other = rng.integers(0, 5, 300), rng.integers(0, 4, 300)
    other[:150] = one[:150]
    assert adjusted_rand(one, other) == pytest.approx(adjusted_rand_score(one, other))


def test_our_k_means_ends_as_low_as_an_independent_one() -> None:
    points = np.random.default_rng(4).normal(0, 1, (400, 3)) + np.repeat(np.eye(3) * 6, [100, 150, 150], axis=0)
    centres = k_means(points, [3], seed=0)[3].middle
    ours = ((points[:, None] - centres) ** 2).sum(axis=2).min(axis=1).sum()
    assert ours == pytest.approx(KMeans(3, n_init=10, random_state=0).fit(points).inertia_, rel=1e-6)


def test_one_segment_alone_has_no_silhouette() -> None:
    assert silhouettes(np.eye(4), [np.zeros(4, dtype=np.int64)], "euclidean", 0) == [-1.0]


@pytest.mark.parametrize("seed", range(10))
def test_the_groups_planted_in_a_shop_come_back_with_their_names(seed: int) -> None:
    shop = synthetic_shop(80, seed=seed, now=NOW)
    everyone = features(shop.interactions, shop.products, NOW)
    found = Segmentation(seed=seed).fit(everyone, held_out(shop.interactions, shop.products, NOW))
    planted = np.array(shop.groups)[everyone.customer - 1]
    assert adjusted_rand_score(planted, found.labels_) >= 0.9
    for segment in describe(found, everyone):
        own = np.array(shop.groups)[segment.members - 1]
        assert (own == segment.key).mean() > 0.8


def test_online_retails_customers_fall_into_segments_a_shopkeeper_knows() -> None:
    everyone = features(online_retail(), products(), DECEMBER_10TH_2011)
    found = Segmentation(seed=1).fit(everyone, held_out(online_retail(), products(), DECEMBER_10TH_2011))
    segments = by_key(describe(found, everyone))
    assert {"champions", "regulars", "newcomers", "lapsed"} <= set(segments)
    assert min(segment.share for segment in segments.values()) >= 0.01
    assert found.stability_ >= 0.75

    def middle(key: str, name: str) -> float:
        rows = np.isin(everyone.customer, segments[key].members)
        return float(np.median(everyone.column(name)[rows]))

    assert middle("champions", FREQUENCY) > 2 * middle("regulars", FREQUENCY) > 2 * middle("lapsed", FREQUENCY)
    assert middle("champions", MONETARY) > middle("regulars", MONETARY) > middle("newcomers", MONETARY)
    assert middle("lapsed", RECENCY) > 120
    assert middle("champions", RECENCY) < 30
    assert middle("newcomers", TENURE) < 90 < middle("regulars", TENURE)
    assert 14646 in segments["champions"].members
