"""Who is moved by an offer: Qini by hand and by an oracle, people whose answers are known, and a real experiment."""

from __future__ import annotations

import csv
import gzip

import numpy as np
import pytest

from engine.errors import TooLittleData
from engine.synthetic.moved import LOST, PERSUADABLE, SLEEPING, SURE, moved
from engine.uplift.columns import Ranks
from engine.uplift.learner import Uplift, folded
from engine.uplift.qini import curve, of_optimum, qini, spread
from engine.uplift.response import Response
from engine.uplift.targeting import Rule, Targeting
from tests.conftest import shared


def columns(*rows):
    return tuple(np.array(each, dtype=np.float64) for each in zip(*rows, strict=True))


# Score, treated, outcome. In this order gains are 1, 1 − 0, 1 − 0·2, 1 − 1·2/2 of two treated.
FOUR = columns((4, 1, 1), (3, 0, 0), (2, 1, 0), (1, 0, 1))


def test_the_curve_is_what_one_reckons_by_hand():
    share, gains = curve(*FOUR)
    assert share.tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert gains.tolist() == [0, 0.5, 0.5, 0.5, 0]


def test_the_coefficient_is_the_area_above_the_chord():
    # Trapezoids of 0.25: 0.0625 + 0.125 + 0.125 + 0.0625; the chord is flat at 0.
    assert qini(*FOUR).coefficient == pytest.approx(0.375)


def test_people_with_one_score_come_at_once():
    _, treated, outcome = FOUR
    share, gains = curve(np.array([2.0, 2.0, 1.0, 1.0]), treated, outcome)
    assert share.tolist() == [0, 0.5, 1]
    assert gains.tolist() == [0, 0.5, 0]
    assert qini(np.ones(4), treated, outcome).coefficient == 0


def test_the_order_of_the_rows_does_not_matter():
    score, treated, outcome = moved(500, seed=4).values[:, 0], *columns_of(moved(500, seed=4))
    turned = np.random.default_rng(0).permutation(500)
    one, other = qini(score, treated, outcome), qini(score[turned], treated[turned], outcome[turned])
    assert one.coefficient == pytest.approx(other.coefficient, abs=1e-12)
    assert one.se == pytest.approx(other.se, rel=1e-9)


def columns_of(people):
    return people.treated, people.outcome


def test_the_share_of_the_optimum_is_what_an_independent_implementation_says():
    rng = np.random.default_rng(3)
    treated = (rng.random(400) < 0.7).astype(float)
    score = np.round(rng.random(400), 1)
    outcome = (rng.random(400) < 0.2 + 0.3 * score * treated).astype(float)
    # qini_auc_score of scikit-uplift 0.5.1 for the same three columns.
    assert of_optimum(score, treated, outcome) == pytest.approx(0.13995240683835145, rel=1e-9)


def test_the_standard_error_is_that_of_many_samples():
    people = moved(800, seed=1)
    score = -people.values[:, 0]
    rng = np.random.default_rng(0)
    drawn = [rng.integers(0, 800, 800) for _ in range(300)]
    resampled = [qini(score[rows], people.treated[rows], people.outcome[rows]).coefficient for rows in drawn]
    assert qini(score, people.treated, people.outcome).se == pytest.approx(np.std(resampled), rel=0.15)


def test_an_order_by_lot_is_claimed_as_seldom_as_it_should_be():
    people, rng = moved(600, seed=2), np.random.default_rng(5)
    found = [qini(rng.random(600), people.treated, people.outcome) for _ in range(400)]
    assert np.mean([abs(each.coefficient) > 1.96 * each.se for each in found]) < 0.09


def test_two_experiments_count_by_their_size():
    one, other = moved(300, seed=6), moved(100, seed=7)
    both = [np.concatenate(pair) for pair in zip(parts(one), parts(other), strict=True)]
    together = qini(*both, strata=np.repeat([0, 1], [300, 100])).coefficient
    assert together == pytest.approx(0.75 * qini(*parts(one)).coefficient + 0.25 * qini(*parts(other)).coefficient)


def parts(people):
    return people.values[:, 0], people.treated, people.outcome


def test_rows_of_one_person_are_not_told_apart_by_chance():
    influence = np.array([1.0, -1.0, 2.0, -2.0])
    assert spread(influence, np.array([1, 2, 3, 4])) == spread(influence)
    assert spread(influence, np.array([1, 1, 2, 2])) == 0


def test_an_empty_arm_tells_nothing():
    with pytest.raises(TooLittleData):
        qini(np.ones(3), np.ones(3), np.ones(3))


def test_one_giant_moves_nobody_elses_rank():
    values = np.arange(100.0)[:, None]
    giant = values.copy()
    giant[-1] = 1e12
    beside_giant, alone = (Ranks().fit(each).transform(each)[:90] for each in (giant, values))
    assert beside_giant == pytest.approx(alone, abs=0.01)


def test_what_is_unknown_stands_in_the_middle_and_is_said():
    values = np.array([[1.0], [2.0], [3.0], [np.nan]])
    ranks, is_known = Ranks().fit(values).transform(values).T
    assert ranks[3] == ranks[1]
    assert is_known[0] > 0 > is_known[3]


def test_the_persuadable_come_first_and_the_sleeping_dogs_last():
    past, people = moved(12_000, seed=11), moved(4_000, seed=12)
    told = Uplift(seed=0).fit(past.values, past.treated, past.outcome).predict(people.values)
    means = {kind: told[people.kind == kind].mean() for kind in (PERSUADABLE, SURE, LOST, SLEEPING)}
    assert means[PERSUADABLE] > max(means[SURE], means[LOST]) + 0.03
    assert means[SLEEPING] < min(means[SURE], means[LOST])
    assert qini(told, people.treated, people.outcome).is_claimed


def test_who_buys_anyway_comes_first_by_the_plain_model():
    past, people = moved(6_000, seed=11), moved(2_000, seed=12)
    told = Response().fit(past.values, past.treated, past.outcome).predict(people.values)
    assert told[people.kind == SURE].mean() > told[people.kind == PERSUADABLE].mean()


def test_the_plain_model_means_its_probabilities():
    past, people = moved(12_000, seed=21), moved(8_000, seed=22, share_treated=1.0)
    told = Response().fit(past.values, past.treated, past.outcome).predict(people.values)
    for part in np.array_split(np.argsort(told), 5):
        assert told[part].mean() == pytest.approx(people.outcome[part].mean(), abs=0.05)


def test_the_average_effect_lies_within_its_interval():
    past = moved(8_000, seed=13, share_treated=0.8)
    found = Uplift().fit(past.values, past.treated, past.outcome)
    assert abs(found.effect_ - past.uplift.mean()) < 2.6 * found.effect_se_
    plain = past.outcome[past.treated > 0].mean() - past.outcome[past.treated == 0].mean()
    assert found.effect_ == pytest.approx(plain, abs=0.02)


def test_with_little_data_all_are_nearly_alike():
    few, many = moved(160, seed=14), moved(20_000, seed=15)
    narrow = Uplift().fit(few.values, few.treated, few.outcome).predict(many.values).std()
    wide = Uplift().fit(many.values, many.treated, many.outcome).predict(many.values).std()
    assert narrow < wide


def test_an_offer_that_does_nothing_is_not_said_to_do_something():
    claims = 0
    for seed in range(20):
        idle = moved(1_500, seed=seed, strength=0.0)
        found = Targeting().fit(idle.values, idle.treated, idle.outcome)
        claims += found.uplift_qini_.is_claimed
    assert claims <= 3


def test_uplift_is_gone_by_where_it_does_better_on_people_it_never_saw():
    past, people = moved(6_000, seed=16), moved(6_000, seed=17)
    found = Targeting().fit(past.values, past.treated, past.outcome)
    assert found.rule_ is Rule.UPLIFT
    assert found.uplift_qini_.n == 6_000
    by_uplift = qini(found.score(people.values), people.treated, people.outcome).coefficient
    by_response = qini(found.response_.predict(people.values), people.treated, people.outcome).coefficient
    assert by_uplift > by_response


def test_with_a_small_holdout_the_plain_model_is_gone_by():
    past = moved(400, seed=18, share_treated=0.95)
    found = Targeting().fit(past.values, past.treated, past.outcome)
    assert (found.rule_, found.uplift_, found.uplift_qini_) == (Rule.RESPONSE, None, None)
    assert found.score(past.values).tolist() == found.response_.predict(past.values).tolist()


def test_a_campaign_that_sold_more_to_all_is_not_taken_for_its_offer():
    # The second campaign treats nearly everybody, in a week in which all buy more; the offers do nothing.
    rng = np.random.default_rng(8)
    strata = np.repeat([0, 1], 3_000)
    treated = (rng.random(6_000) < np.where(strata, 0.9, 0.3)).astype(float)
    outcome = (rng.random(6_000) < np.where(strata, 0.5, 0.1)).astype(float)
    values = rng.normal(size=(6_000, 2))
    found = Uplift().fit(values, treated, outcome, strata=strata)
    assert abs(found.effect_) < 3 * found.effect_se_
    assert found.effect_se_ < 0.02


def test_a_person_is_learned_from_whole_or_not_at_all():
    people = np.array([7, 9, 7, 12, 9])
    fold = folded(people, 5, seed=3)
    assert fold[0] == fold[2]
    assert fold[1] == fold[4]
    assert np.bincount(folded(np.arange(10_000), 5, 0)).min() > 1_800


@pytest.mark.parametrize("model", [Uplift, Targeting])
def test_too_few_are_too_few(model):
    few = moved(60, seed=1)
    with pytest.raises(TooLittleData):
        model().fit(few.values, few.treated, np.zeros(60))


@pytest.mark.parametrize("model", [Uplift, Response, Targeting])
def test_what_is_not_yes_or_no_is_refused(model):
    few = moved(300, seed=1)
    with pytest.raises(ValueError, match="0 or 1"):
        model().fit(few.values, few.treated, few.outcome * 2)
    with pytest.raises(ValueError, match="do not fit"):
        model().fit(few.values[:-1], few.treated, few.outcome)


def hillstrom(*letters):
    with gzip.open(shared("data", "hillstrom.csv.gz"), "rt") as lines:
        rows = [row for row in csv.DictReader(lines) if row["segment"] in (*letters, "No E-Mail")]
    figures = [
        [float(row[name]) for name in ("recency", "history", "mens", "womens", "newbie")]
        + [row["zip_code"] == "Rural", row["zip_code"] == "Urban", row["channel"] == "Web", row["channel"] == "Phone"]
        for row in rows
    ]
    treated = [float(row["segment"] != "No E-Mail") for row in rows]
    done = {name: np.array([float(row[name]) for row in rows]) for name in ("visit", "conversion", "spend")}
    return np.array(figures, dtype=np.float64), np.array(treated), done


@pytest.mark.parametrize(
    ("letter", "visit", "visit_se", "conversion"),
    [("Mens E-Mail", 0.076590, 0.003386, 0.006805), ("Womens E-Mail", 0.045233, 0.045233 / 13.99, 0.003111)],
)
def test_the_lifts_on_record_of_a_real_experiment(letter, visit, visit_se, conversion):
    values, treated, done = hillstrom(letter)
    for outcome, lift in ((done["visit"], visit), (done["conversion"], conversion)):
        _, gains = curve(values[:, 0], treated, outcome)
        assert gains[-1] == pytest.approx(lift, abs=1e-6)
    assert Uplift().fit(values, treated, done["visit"]).effect_ == pytest.approx(visit, abs=visit_se)
    assert Uplift().fit(values, treated, done["visit"]).effect_se_ == pytest.approx(visit_se, rel=0.03)


@pytest.mark.parametrize(("letter", "spend"), [("Mens E-Mail", 0.769827), ("Womens E-Mail", 0.424412)])
def test_the_spend_on_record_of_a_real_experiment(letter, spend):
    values, treated, done = hillstrom(letter)
    assert curve(values[:, 0], treated, done["spend"])[1][-1] == pytest.approx(spend, abs=1e-6)


def test_half_of_a_real_experiment_finds_who_is_moved_in_the_other_half():
    values, treated, done = hillstrom("Mens E-Mail", "Womens E-Mail")
    order = np.random.default_rng(100).permutation(len(treated))
    past, people = np.array_split(order, 2)
    found = Targeting().fit(values[past], treated[past], done["visit"][past])
    arms = treated[people], done["visit"][people]
    by_uplift = qini(found.score(values[people]), *arms)
    by_response = qini(found.response_.predict(values[people]), *arms)
    assert found.rule_ is Rule.UPLIFT
    assert by_uplift.coefficient > by_response.coefficient
    assert by_uplift.is_claimed


def test_where_few_buy_the_plain_model_still_settles_at_its_best():
    # A giant's leverage and a rate of two in a hundred make an undamped Newton step overshoot for good.
    rng = np.random.default_rng(1)
    often = rng.zipf(1.5, 20_000).clip(max=10_000).astype(float)
    values = np.column_stack([often, often**2, rng.normal(size=20_000)])
    values[rng.random(20_000) < 0.1] = np.nan
    outcome = (rng.random(20_000) < np.where(np.nan_to_num(often) > 200, 0.9, 0.005)).astype(float)
    told = Response().fit(values, np.ones(20_000), outcome)
    assert told.predict(values).mean() == pytest.approx(outcome.mean(), rel=1e-6)
    columns = np.column_stack([np.ones(20_000), told.ranks_.transform(values)])
    slope = columns.T @ (outcome - told.predict(values))
    assert slope[1:] == pytest.approx(told.weights_[1:], abs=1e-4)


def test_what_is_known_of_the_same_people_is_said_once():
    values = np.random.default_rng(2).normal(size=(50, 3))
    values[:5, :2] = np.nan
    values[5:9, 2] = np.nan
    assert len(Ranks().fit(values).middle_) == 3 + 2
