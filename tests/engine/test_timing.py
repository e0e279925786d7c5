"""The hour at which somebody is likeliest to answer, against customers whose hours are known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.frames import NONE, Interactions, Kind, UnfitFrame
from engine.timing import HOURS, WEIGHTS, BestHours

DAY = 24


def frame(rows: list[tuple[int, Kind]]) -> Interactions:
    customer = np.array([customer for customer, _ in rows], dtype=np.int64)
    kind = np.array([kind for _, kind in rows], dtype=np.int64)
    none = np.full(len(rows), NONE, dtype=np.int64)
    return Interactions(
        customer=customer, kind=kind, at=none, product=none, quantity=none, amount_minor=none, discount_minor=none,
        order=none, platform=none,
    )  # fmt: skip


def fit(rows: list[tuple[int, Kind, int]], strength: float = 12.0, is_open: set[int] | None = None) -> BestHours:
    """``rows`` are customers, kinds and hours since the epoch."""
    hours = np.array([hour for *_, hour in rows], dtype=np.int64)
    mask = None if is_open is None else np.isin(np.arange(HOURS), [*is_open])
    return BestHours(strength).fit(frame([(customer, kind) for customer, kind, _ in rows]), hours, mask)


def hours_of(found: BestHours) -> dict[int, int]:
    return dict(zip(found.customer_.tolist(), found.hour_.tolist(), strict=True))


def daily(customer: int, hour: int, days: int, kind: Kind = Kind.CLICK) -> list[tuple[int, Kind, int]]:
    return [(customer, kind, day * DAY + hour) for day in range(days)]


def test_who_always_answers_at_nine_is_found_at_nine() -> None:
    found = fit([*daily(1, 9, 20), *daily(2, 19, 20)])
    assert hours_of(found) == {1: 9, 2: 19}
    assert found.n_.tolist() == [20, 20]


def test_one_occasion_of_their_own_does_not_outweigh_the_shops_habit() -> None:
    crowd = [row for customer in range(100) for row in daily(customer, 19, 5)]
    once = hours_of(fit([*crowd, *daily(500, 7, 1)]))
    often = hours_of(fit([*crowd, *daily(500, 7, 12)]))
    assert (once[500], often[500]) == (19, 7)


def test_by_hand_three_clicks_at_seven_beat_a_prior_of_twelve_only_where_the_shop_is_spread_out() -> None:
    # The crowd has 96 votes at each of two hours. At 19 the smoothed prior is 12 x 1/2 x 1/2 = 3 (and 1.5 beside it).
    # Three clicks at 7 are 9 votes: 4.5 at 7, more than 3. Two are 6: 3 at 7 less a little, for they too count in the
    # shop's habit, of which 7 has some: 12 x 1/2 x 6/198 = 0.18.
    crowd = [row for customer in range(32) for row in (*daily(customer, 19, 1), *daily(customer, 13, 1))]
    assert hours_of(fit([*crowd, *daily(99, 7, 3)]))[99] == 7
    # With one click: 1.5 and a little at 7, against 3.
    assert hours_of(fit([*crowd, *daily(99, 7, 1)]))[99] in (13, 19)


def test_hours_lie_in_a_circle() -> None:
    # 23 and 1 vote together for midnight between them: 2 x 5 x 3/4 = 7.5 against 5 x 3/2 = 7.5 each, and the one
    # click at midnight decides.
    found = fit([*daily(1, 23, 5), *daily(1, 1, 5), (1, Kind.CLICK, 1000 * DAY)], strength=0.001)
    assert hours_of(found) == {1: 0}


def test_ten_lines_within_an_hour_are_one_occasion() -> None:
    chatter = [(1, Kind.MESSAGE_IN, 15)] * 10
    found = fit([*chatter, *daily(1, 8, 3, Kind.MESSAGE_IN)])
    assert (hours_of(found)[1], found.n_.tolist()) == (8, [4])
    assert found.counts_[[8, 15]].tolist() == [3, 1]


@pytest.mark.parametrize("kind", sorted(set(Kind) - set(WEIGHTS)))
def test_what_says_nothing_of_when_they_are_at_hand_is_left_out(kind: Kind) -> None:
    found = fit([*daily(1, 9, 5, kind), (NONE, Kind.CLICK, 3)])
    assert (found.customer_.tolist(), found.shop_hour_, found.counts_.sum()) == ([], None, 0)


def test_an_hour_that_nobody_knows_is_left_out() -> None:
    found = fit([(1, Kind.PURCHASE, NONE), (1, Kind.PURCHASE, 10)])
    assert found.n_.tolist() == [1]


def test_only_open_hours_are_found() -> None:
    night_owl = [*daily(1, 23, 20), *daily(1, 20, 3)]
    assert hours_of(fit(night_owl)) == {1: 23}
    assert hours_of(fit(night_owl, is_open=set(range(8, 21)))) == {1: 20}
    assert fit(night_owl, is_open=set(range(8, 21))).shop_hour_ == 20


def test_columns_of_different_lengths_are_refused() -> None:
    with pytest.raises(UnfitFrame, match="local_hour has 1 rows"):
        BestHours().fit(frame([]), np.zeros(1, dtype=np.int64))
    with pytest.raises(ValueError, match="strength"):
        fit([], strength=0)


def planted(
    rng: np.random.Generator, known: dict[int, int], days: int, faithful: float
) -> list[tuple[int, Kind, int]]:
    """Customers who act at their own hour, and otherwise at any between seven and ten at night."""
    rows = []
    for customer, hour in known.items():
        for day in range(days):
            at = hour if rng.random() < faithful else int(rng.integers(7, 22))
            rows.append((customer, Kind(int(rng.choice([Kind.CLICK, Kind.VIEW, Kind.PURCHASE]))), day * DAY + at))
    return rows


def test_planted_hours_are_found_again_and_a_stranger_gets_the_shops() -> None:
    rng = np.random.default_rng(4)
    known = {customer: int(hour) for customer, hour in enumerate(rng.choice([8, 12, 19, 19, 19, 20], 400))}
    rows = planted(rng, known, days=30, faithful=0.6)
    found = fit([*rows, (9_999, Kind.VIEW, 3 * DAY + 7)])
    hours = hours_of(found)
    right = sum(hours[customer] == hour for customer, hour in known.items())
    assert right / len(known) > 0.97
    assert found.shop_hour_ == hours[9_999] == 19


@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from(Kind), st.integers(0, 2000)), max_size=60))
@settings(max_examples=150, deadline=None)
def test_counts_are_those_of_the_occasions_and_every_hour_is_one_of_the_day(
    rows: list[tuple[int, Kind, int]],
) -> None:
    found = fit(rows)
    occasions = {row for row in rows if row[1] in WEIGHTS}
    by_hour = [sum(hour % DAY == each for *_, hour in occasions) for each in range(HOURS)]
    assert found.counts_.tolist() == by_hour
    assert dict(zip(found.customer_.tolist(), found.n_.tolist(), strict=True)) == {
        who: sum(row[0] == who for row in occasions) for who in {row[0] for row in occasions}
    }
    assert all(0 <= hour < HOURS for hour in found.hour_.tolist())


@given(
    st.lists(st.tuples(st.integers(0, 3), st.sampled_from([*WEIGHTS]), st.integers(0, 500)), min_size=1, max_size=40),
    st.integers(1, 23),
)
@settings(max_examples=150, deadline=None)
def test_if_everybodys_clock_is_moved_the_hours_move_with_it(rows: list[tuple[int, Kind, int]], by: int) -> None:
    here, there = fit(rows), fit([(customer, kind, hour + by) for customer, kind, hour in rows])
    assert np.roll(here.counts_, by).tolist() == there.counts_.tolist()
    votes = [_posterior(rows, customer) for customer in here.customer_.tolist()]
    for vote, hour, moved in zip(votes, here.hour_.tolist(), there.hour_.tolist(), strict=True):
        # Among hours that are as good, either may be named.
        assert vote[hour] == pytest.approx(max(vote)) == pytest.approx(vote[(moved - by) % DAY])


def _posterior(rows: list[tuple[int, Kind, int]], customer: int) -> list[float]:
    """The same worked out by loops."""
    own, shop = [0.0] * HOURS, [0.0] * HOURS
    for who, kind, hour in set(rows):
        for beside, part in ((-1, 0.25), (0, 0.5), (1, 0.25)):
            shop[(hour + beside) % DAY] += part * WEIGHTS[kind]
            own[(hour + beside) % DAY] += part * WEIGHTS[kind] * (who == customer)
    return [mine + 12 * ours / sum(shop) for mine, ours in zip(own, shop, strict=True)]
