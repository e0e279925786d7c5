"""Lots for a million are cut where sorting would cut them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from campaigns.launching.lots import by_lot, first_by_lot, parted


@st.composite
def crowds(draw: st.DrawFn) -> tuple[list[int], list[int], list[tuple[int, ...]]]:
    """Customers, the group of each, and how each group is cut into three."""
    customers = draw(st.lists(st.integers(1, 10**9), unique=True, max_size=120))
    groups = [draw(st.integers(0, 2)) for _ in customers]
    sizes = []
    for group in range(3):
        n = groups.count(group)
        first, second = sorted((draw(st.integers(0, n)), draw(st.integers(0, n))))
        sizes.append((first, second - first, n - second))
    return customers, groups, sizes


@given(crowds(), st.text(max_size=5))
def test_each_part_is_a_slice_of_the_group_in_the_order_of_its_lots(
    crowd: tuple[list[int], list[int], list[tuple[int, ...]]], seed: str
) -> None:
    customers, groups, sizes = crowd
    found = dict(zip(customers, parted(customers, groups, sizes, seed), strict=True))
    for group, (first, second, third) in enumerate(sizes):
        order = by_lot([each for each, of in zip(customers, groups, strict=True) if of == group], seed)
        assert [found[each] for each in order] == [0] * first + [1] * second + [2] * third


@given(st.sets(st.integers(1, 10**9), max_size=60), st.integers(0, 70))
def test_the_first_are_the_first(customers: set[int], n: int) -> None:
    assert first_by_lot(customers, n, "seed") == by_lot(customers, "seed")[:n]
