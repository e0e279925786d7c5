"""Expected intervals: Newcombe (1998), table II, method 10. Lifts: the Hillstrom e-mail experiment."""

from __future__ import annotations

import csv
import gzip
import random
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from engine.errors import TooLittleData
from engine.experiments import (
    Verdict,
    detectable,
    difference_interval,
    needed_holdout,
    proportion_interval,
    verdict,
    within_groups,
)

HILLSTROM = Path(__file__).parents[3] / "shared/data/hillstrom.csv.gz"

NEWCOMBE_TABLE = [
    (56, 70, 48, 80, 0.0524, 0.3339),
    (9, 10, 3, 10, 0.1705, 0.8090),
    (6, 7, 2, 7, 0.0582, 0.8062),
    (5, 56, 0, 29, -0.0381, 0.1926),
    (0, 10, 0, 20, -0.1611, 0.2775),
    (0, 10, 0, 10, -0.2775, 0.2775),
    (10, 10, 0, 20, 0.6791, 1.0000),
    (10, 10, 0, 10, 0.6075, 1.0000),
]


@st.composite
def arms(draw: st.DrawFn) -> tuple[int, int, int, int]:
    n_treated, n_control = draw(st.integers(1, 400)), draw(st.integers(1, 400))
    return draw(st.integers(0, n_treated)), n_treated, draw(st.integers(0, n_control)), n_control


@pytest.mark.parametrize(("a", "m", "b", "n", "low", "high"), NEWCOMBE_TABLE)
def test_the_interval_is_the_one_newcombe_printed(a, m, b, n, low, high):
    difference = difference_interval(a, m, b, n)
    assert (round(difference.low, 4), round(difference.high, 4)) == (low, high)
    assert difference.value == pytest.approx(a / m - b / n)


@settings(deadline=None)
@given(arms(), st.sampled_from([0.8, 0.9, 0.95, 0.99]))
def test_one_share_has_the_interval_scipy_gives_it(arms, confidence):
    k, n, _, _ = arms
    ours = proportion_interval(k, n, confidence)
    theirs = binomtest(k, n).proportion_ci(confidence, method="wilson")
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


@settings(deadline=None)
@given(arms())
def test_changing_places_changes_only_the_sign(arms):
    a, m, b, n = arms
    one, other = difference_interval(a, m, b, n), difference_interval(b, n, a, m)
    assert (one.value, one.low, one.high) == (-other.value, -other.high, -other.low)


@settings(deadline=None)
@given(arms())
def test_the_interval_holds_its_value_and_stays_between_minus_one_and_one(arms):
    difference = difference_interval(*arms)
    assert -1 <= difference.low <= difference.value <= difference.high <= 1


@settings(deadline=None)
@given(arms())
def test_one_more_success_never_lowers_the_interval(arms):
    a, m, b, n = arms
    before = difference_interval(min(a, m - 1), m, b, n)
    after = difference_interval(min(a, m - 1) + 1, m, b, n)
    assert after.value > before.value
    assert after.low >= before.low
    assert after.high >= before.high


@settings(deadline=None)
@given(arms())
def test_more_confidence_asks_for_a_wider_interval(arms):
    narrow, wide = difference_interval(*arms, confidence=0.8), difference_interval(*arms, confidence=0.99)
    assert wide.low <= narrow.low
    assert narrow.high <= wide.high


@settings(deadline=None)
@given(arms(), st.integers(2, 9))
def test_the_same_shares_among_more_people_are_surer(arms, times):
    a, m, b, n = arms
    few, many = difference_interval(a, m, b, n), difference_interval(a * times, m * times, b * times, n * times)
    assert many.high - many.low < few.high - few.low


@pytest.mark.parametrize("seed", range(4))
def test_ninety_five_in_a_hundred_intervals_hold_the_truth_even_in_small_shops(seed):
    chance = random.Random(seed)
    held, trials = 0, 4000
    for _ in range(trials):
        p, q, m, n = chance.random(), chance.random(), chance.randint(10, 40), chance.randint(10, 40)
        a, b = sum(chance.random() < p for _ in range(m)), sum(chance.random() < q for _ in range(n))
        difference = difference_interval(a, m, b, n)
        held += difference.low <= p - q <= difference.high
    assert 0.93 <= held / trials <= 0.97


def test_what_lies_within_two_groups_is_worked_out_by_hand():
    # 45 of 100 and 5 of 100: with half a success and half a failure more each 45.5/101 and 5.5/101, whose variances
    # .24755 and .05149, times 100/99, weigh alike; over both 50 of 200 has .1875 times 200/199.
    inside = (0.247550 + 0.051490) * 100 / 99 / 2
    assert within_groups([(45, 100), (5, 100)]) == pytest.approx(inside / (0.1875 * 200 / 199), abs=1e-5)


def test_groups_that_buy_alike_leave_everything_within_them():
    assert within_groups([(10, 100), (10, 100), (5, 50)]) == 1.0
    assert within_groups([(10, 100)]) == 1.0


@pytest.mark.parametrize("groups", [[], [(0, 0)], [(0, 50), (0, 50)], [(50, 50)], [(1, 1)]])
def test_where_nothing_varies_nothing_is_narrowed(groups):
    assert within_groups(groups) == 1.0


def test_groups_that_always_and_never_buy_still_leave_some_doubt():
    assert 0.005 < within_groups([(100, 100), (0, 100)]) < 0.03


@settings(deadline=None)
@given(arms(), st.floats(0.01, 1))
def test_what_is_narrowed_keeps_its_value_and_half_its_root(arms, within):
    whole, narrow = difference_interval(*arms), difference_interval(*arms, within=within)
    assert narrow.value == whole.value
    assert whole.low <= narrow.low <= narrow.value <= narrow.high <= whole.high
    if whole.low > -1:
        assert narrow.value - narrow.low == pytest.approx((whole.value - whole.low) * within**0.5, abs=1e-9)


@pytest.mark.parametrize("within", [-0.1, 1.1])
def test_a_share_of_the_variance_outside_zero_and_one_is_refused(within):
    with pytest.raises(ValueError, match="between 0 and 1"):
        difference_interval(1, 2, 1, 2, within=within)


@pytest.mark.parametrize(("base", "m", "n"), [(0.05, 180, 20), (0.1, 450, 50), (0.3, 180, 20), (0.1, 200, 200)])
def test_a_detectable_rise_is_shown_in_about_eight_of_ten_trials_and_half_of_it_is_not(base, m, n):
    rise = detectable(base, m, n)

    def shown(truth: float, trials: int = 600) -> float:
        chance = random.Random(7)
        seen = 0
        for _ in range(trials):
            a, b = (
                sum(chance.random() < base + truth for _ in range(m)),
                sum(chance.random() < base for _ in range(n)),
            )
            seen += difference_interval(a, m, b, n).low > 0
        return seen / trials

    assert 0.72 <= shown(rise) <= 0.88
    assert shown(rise / 2) < 0.5


def test_in_large_arms_the_rise_is_the_one_of_the_textbooks():
    # By hand after Fleiss, Levin and Paik (2003), Statistical Methods for Rates and Proportions, ch. 4, without
    # continuity correction: (1.95996 sqrt(2 * .125 * .875) + .84162 sqrt(.1 * .9 + .15 * .85))^2 / .05^2 = 685.6.
    assert detectable(0.10, 686, 686) == pytest.approx(0.05, abs=0.003)


def test_more_people_tell_smaller_differences_and_a_handful_tells_none():
    assert detectable(0.1, 9_000, 1_000) < detectable(0.1, 900, 100) < detectable(0.1, 180, 20)
    assert detectable(0.5, 10, 5) is None


def test_the_holdout_that_is_needed_is_the_smallest_that_is_enough():
    share = needed_holdout(0.1, 0.1, 1_000)
    assert detectable(0.1, round(1_000 * (1 - share)), round(1_000 * share)) <= 0.1
    assert detectable(0.1, round(1_000 * (1.01 - share)), round(1_000 * (share - 0.01))) > 0.1
    assert needed_holdout(0.1, 0.01, 1_000) is None
    assert needed_holdout(0.05, 0.5, 100_000) == 0.05


def test_shares_that_cannot_be_are_refused():
    with pytest.raises(ValueError, match="a base rate"):
        detectable(1.2, 10, 10)
    with pytest.raises(ValueError, match="a difference"):
        needed_holdout(0.1, -0.2, 100)
    with pytest.raises(TooLittleData):
        detectable(0.1, 10, 0)


def test_an_empty_arm_is_too_little_data():
    with pytest.raises(TooLittleData, match="1 needed, 0 seen"):
        difference_interval(0, 0, 3, 10)


@pytest.mark.parametrize("impossible", [(5, 4, 0, 1), (-1, 4, 0, 1), (0, 1, 2, 1), (0, 1, 0, -1)])
def test_impossible_counts_are_refused(impossible):
    with pytest.raises(ValueError, match="cannot be"):
        difference_interval(*impossible)


@pytest.mark.parametrize("confidence", [0.0, 1.0, 95])
def test_a_confidence_outside_zero_and_one_is_refused(confidence):
    with pytest.raises(ValueError, match="between 0 and 1"):
        difference_interval(1, 2, 1, 2, confidence)


@pytest.mark.parametrize(
    ("arms", "said"),
    [
        ((56, 70, 48, 80), Verdict.HIGHER),
        ((48, 80, 56, 70), Verdict.LOWER),
        ((20, 100, 18, 100), Verdict.NO_DIFFERENCE_SEEN),
        ((9, 10, 3, 10), Verdict.TOO_FEW),
        ((2, 500, 1, 500), Verdict.TOO_FEW),
        ((499, 500, 498, 500), Verdict.TOO_FEW),
        ((0, 0, 50, 100), Verdict.TOO_FEW),
    ],
)
def test_the_verdict_says_no_more_than_the_arms_allow(arms, said):
    assert verdict(*arms) is said


def test_the_hillstrom_letters_brought_the_visits_and_orders_on_record():
    if not HILLSTROM.exists():
        pytest.skip(f"the Hillstrom experiment is not at {HILLSTROM}")
    seen: dict[str, list[int]] = {}
    with gzip.open(HILLSTROM, "rt") as lines:
        for row in csv.DictReader(lines):
            arm = seen.setdefault(row["segment"], [0, 0, 0])
            arm[0] += 1
            arm[1] += int(row["visit"])
            arm[2] += int(row["conversion"])
    mens, womens, control = seen["Mens E-Mail"], seen["Womens E-Mail"], seen["No E-Mail"]
    assert (mens[0], womens[0], control[0]) == (21_307, 21_387, 21_306)
    for arm, column, lift in [(mens, 1, 0.076590), (mens, 2, 0.006805), (womens, 1, 0.045233), (womens, 2, 0.003111)]:
        difference = difference_interval(arm[column], arm[0], control[column], control[0])
        assert difference.value == pytest.approx(lift, abs=1e-6)
        assert verdict(arm[column], arm[0], control[column], control[0]) is Verdict.HIGHER
    shares = [proportion_interval(arm[1], arm[0]).value for arm in (mens, womens, control)]
    assert shares == pytest.approx([0.182757, 0.151400, 0.106167], abs=1e-6)
    visits = difference_interval(mens[1], mens[0], control[1], control[0])
    assert (visits.high - visits.low) / 2 / 1.96 == pytest.approx(0.003386, abs=2e-6)


def test_the_serving_process_gets_its_verdicts_without_numpy():
    code = "import sys, engine.experiments; sys.exit('numpy' in sys.modules or 'scipy' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], check=False, cwd=Path(__file__).parents[2])
    assert run.returncode == 0
