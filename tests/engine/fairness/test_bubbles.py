"""Entropies worked out by hand."""

from __future__ import annotations

from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.fairness.bubbles import bubble, entropy, expected


@pytest.mark.parametrize(
    ("counts", "kinds", "told"),
    [
        ([4], 4, 0.0),
        ([1, 1, 1, 1], 4, 1.0),
        ([2, 2], 4, 0.5),
        ([3, 1], 4, 0.5623351446 / log(4)),
        ([], 4, 0.0),
        ([5], 1, 1.0),
    ],
)
def test_entropy_is_nothing_for_one_kind_and_one_for_all_alike(counts: list[int], kinds: int, told: float) -> None:
    assert entropy(counts, kinds) == pytest.approx(told)


def test_more_kinds_than_there_are_cannot_be() -> None:
    with pytest.raises(ValueError, match="kinds"):
        entropy([1, 1, 1], 2)


def test_of_two_drawn_from_two_kinds_half_the_draws_hold_both() -> None:
    """Both: entropy 1; twice the same: 0."""
    assert expected([7, 7], 2, 2) == pytest.approx(0.5)


def test_many_drawn_come_close_to_all_there_is() -> None:
    assert expected([50, 50], 2, 30) == pytest.approx(1.0, abs=0.03)
    assert expected([9], 5, 3) == 0


def test_few_kinds_are_a_bubble_only_for_who_buys_more_widely() -> None:
    widely, narrowly = {"kopi": 5, "teh": 5, "madu": 5, "keripik": 5}, {"kopi": 20}
    assert bubble({"kopi": 6}, widely, 8).is_bubble
    kept_to_taste = bubble({"kopi": 6}, narrowly, 8)
    assert (kept_to_taste.is_narrow, kept_to_taste.is_bubble) == (True, False)
    assert not bubble({"kopi": 3}, widely, 8).is_narrow, "three products of one kind may be chance"
    assert not bubble({"kopi": 2, "teh": 2, "madu": 2}, widely, 8).is_narrow
    unknown = bubble({"kopi": 6}, {}, 8)
    assert (unknown.is_narrow, unknown.is_bubble) == (True, False)


@given(st.lists(st.integers(0, 40), min_size=1, max_size=8), st.integers(2, 12))
def test_entropy_lies_between_nothing_and_one_and_what_kinds_are_called_changes_nothing(
    counts: list[int], more: int
) -> None:
    kinds = len(counts) + more
    assert 0 <= entropy(counts, kinds) <= 1
    assert entropy(counts, kinds) == pytest.approx(entropy(reversed(counts), kinds))
    assert expected(counts, kinds, 5) <= entropy(counts, kinds) + 1e-3
