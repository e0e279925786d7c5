"""Intervals by hand; ratios as fairlearn 0.15 gives them for the same counts, worked out once beside it."""

from __future__ import annotations

import random
from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from engine.errors import TooLittleData
from engine.experiments import difference_interval
from engine.fairness.figures import Figure, Tally, difference, mean, ratio, share, student
from engine.fairness.parity import Compared, Standing, grouped, means, shares

NAMES = st.text("abcdefgh", min_size=1, max_size=3)
TALLIES = st.tuples(st.integers(10, 200), st.floats(0, 1)).map(
    lambda told: Tally.share(round(told[0] * told[1]), told[0])
)


def standings(found: Compared) -> dict[str, Standing]:
    return {each.name: each.standing for each in found.served}


@pytest.mark.parametrize("degrees", [9, 19, 99])
@pytest.mark.parametrize("confidence", [0.95, 0.99, 0.995])
def test_students_quantile_is_the_one_in_the_tables(degrees: int, confidence: float) -> None:
    assert student(degrees, confidence) == pytest.approx(stats.t.ppf((1 + confidence) / 2, degrees), abs=1e-3)


def test_a_mean_has_students_interval_and_does_not_go_below_nothing() -> None:
    """1, 2 … 10: mean 5.5, deviation 3.02765, t(9) 2.26216: 5.5 ± 2.1659."""
    found = mean(Tally.of(range(1, 11)))
    assert (found.value, found.n) == (5.5, 10)
    assert [found.low, found.high] == pytest.approx([3.3341, 7.6659], abs=1e-3)
    assert mean(Tally.of([0] * 9 + [1])).low == 0
    with pytest.raises(TooLittleData):
        mean(Tally.of([1]))


def test_a_ratio_has_the_interval_that_both_intervals_leave() -> None:
    """By the usual form: (8 ∓ sqrt(64 - 45)) / 15, with 2 (1 to 3) over 4 (3 to 5)."""
    found = ratio(Figure(2, 1, 3, 10), Figure(4, 3, 5, 20))
    assert found is not None
    assert [found.low, found.value, found.high] == pytest.approx([0.24274, 0.5, 0.82393], abs=1e-5)
    assert found.n == 30


def test_where_the_best_may_be_nothing_a_ratio_has_no_upper_end_and_to_nothing_there_is_none() -> None:
    few = ratio(share(Tally.share(0, 10)), Figure(0.1, 0.0, 0.4, 10))
    assert few is not None
    assert (few.low, few.value, few.high) == (0, 0, inf)
    assert ratio(share(Tally.share(3, 10)), share(Tally.share(0, 10))) is None


@pytest.mark.parametrize(("ours", "theirs", "n"), [(0.1, 0.5, 25), (0.4, 0.5, 40), (0.8, 0.9, 40)])
def test_nineteen_of_twenty_intervals_hold_the_true_ratio(ours: float, theirs: float, n: int) -> None:
    lots = random.Random(7)
    held = 0
    for _ in range(600):
        counts = [sum(lots.random() < p for _ in range(n)) for p in (ours, theirs)]
        found = ratio(*(share(Tally.share(count, n)) for count in counts))
        held += found is not None and found.low <= ours / theirs <= found.high
    assert held / 600 > 0.92


@given(st.integers(0, 30), st.integers(30, 40), st.integers(0, 30), st.integers(30, 40))
def test_a_difference_of_shares_is_newcombes(a: int, n: int, b: int, m: int) -> None:
    found, by_newcombe = (
        difference(share(Tally.share(a, n)), share(Tally.share(b, m))),
        difference_interval(a, n, b, m),
    )
    assert (found.value, found.low, found.high) == pytest.approx(
        (by_newcombe.value, by_newcombe.low, by_newcombe.high)
    )


SELECTED = {"a": (174, 274), "b": (81, 190), "c": (32, 136)}
"""600 people in three groups: fairlearn's selection_rate gives .635036, .426316 and .235294, its
demographic_parity_ratio .370521."""


def test_shares_and_their_least_ratio_are_fairlearns() -> None:
    found = shares({name: Tally.share(*counts) for name, counts in SELECTED.items()})
    assert [each.name for each in found.served] == ["a", "b", "c"]
    assert [each.figure.value for each in found.served] == pytest.approx([0.635036, 0.426316, 0.235294], abs=1e-6)
    (worst,) = found.below
    assert worst.ratio is not None
    assert worst.name == "c"
    assert worst.ratio.value == pytest.approx(0.370521, abs=1e-6)
    assert standings(found)["b"] is Standing.CANNOT_TELL
    assert (found.pairs, found.standing) == (3, Standing.BELOW)


def test_below_four_fifths_is_said_only_when_the_whole_interval_lies_there() -> None:
    """Half as many of ten is chance; of a hundred it is not."""
    assert standings(shares({"a": Tally.share(8, 10), "b": Tally.share(4, 10)}))["b"] is Standing.CANNOT_TELL
    assert standings(shares({"a": Tally.share(80, 100), "b": Tally.share(40, 100)}))["b"] is Standing.BELOW
    assert standings(shares({"a": Tally.share(800, 1000), "b": Tally.share(780, 1000)}))["b"] is Standing.FAIR


def test_more_groups_ask_each_comparison_to_be_surer() -> None:
    two = {"a": Tally.share(40, 60), "b": Tally.share(22, 60)}
    six = two | {name: Tally.share(31, 60) for name in "cdef"}
    alone, among = shares(two), shares(six)
    assert (alone.pairs, among.pairs) == (1, 15)
    widths = [next(each.ratio for each in found.served if each.name == "b") for found in (alone, among)]
    assert all(widths)
    assert widths[0].high - widths[0].low < widths[1].high - widths[1].low  # type: ignore[union-attr]


def test_the_shops_own_limit_counts() -> None:
    told = {"a": Tally.share(80, 100), "b": Tally.share(40, 100)}
    assert standings(shares(told, limit=0.3))["b"] is Standing.FAIR
    with pytest.raises(ValueError, match="a limit"):
        shares(told, limit=0)


def test_where_nobody_is_served_and_where_there_is_one_group_nothing_is_said() -> None:
    assert standings(shares({"a": Tally.share(0, 20), "b": Tally.share(0, 20)}))["b"] is Standing.CANNOT_TELL
    assert shares({"a": Tally.share(3, 20)}).standing is None
    assert shares({}).standing is None


def test_where_everybody_is_served_nobody_was_passed_over() -> None:
    assert shares({"a": Tally.share(12, 12), "b": Tally.share(30, 30)}).standing is Standing.FAIR


def test_the_same_discount_for_all_is_fair() -> None:
    found = means({"a": Tally.of([10] * 12), "b": Tally.of([10] * 20)})
    assert standings(found) == {"b": Standing.BEST, "a": Standing.FAIR}


@given(st.dictionaries(NAMES, TALLIES, min_size=1, max_size=6), st.randoms())
def test_what_groups_are_called_changes_nothing(told: dict[str, Tally], lots: random.Random) -> None:
    names = sorted(told)
    other = dict(zip(names, lots.sample([f"x{name}" for name in names], len(names)), strict=True))
    before, after = shares(told), shares({other[name]: each for name, each in told.items()})
    assert [(each.figure, each.standing, each.ratio) for each in before.served] == [
        (each.figure, each.standing, each.ratio) for each in after.served
    ]


@settings(max_examples=50)
@given(st.lists(st.integers(1, 60), min_size=2, max_size=6), st.integers(0, 10))
def test_equal_treatment_is_never_below_any_limit(sizes: list[int], tenths: int) -> None:
    told = {f"g{place}": Tally.share(tenths * size, 10 * size) for place, size in enumerate(sizes)}
    assert shares(told, limit=1.0).below == ()


def test_small_groups_are_told_of_together_or_not_at_all() -> None:
    told = {"Medan": Tally.share(6, 12), "Sabang": Tally.share(1, 4), "Langsa": Tally.share(2, 7)}
    parts = grouped(told, {name: each.n for name, each in told.items()})
    assert (list(parts.named), parts.others, parts.hidden) == (["Medan"], Tally.share(3, 11), 0)
    del told["Langsa"]
    parts = grouped(told, {name: each.n for name, each in told.items()})
    assert (list(parts.named), parts.others, parts.hidden) == (["Medan"], Tally(), 4)
