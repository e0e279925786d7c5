"""The lots: repeatable, of the asked size, and alike in every segment."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.launching.holdout import draw, falls_to

audiences = st.dictionaries(st.integers(1, 10_000), st.sampled_from(["champions", "at_risk", None]), max_size=200)


def test_a_fifth_of_each_segment_is_held_out() -> None:
    strata = {n: "champions" if n <= 50 else "at_risk" for n in range(1, 101)}
    held_out = draw(strata, 0.2, "seed")
    assert sum(n <= 50 for n in held_out) == 10
    assert sum(n > 50 for n in held_out) == 10


@given(audiences, st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9]))
def test_the_holdout_has_the_asked_size_and_the_same_lots_fall_again(
    strata: dict[int, str | None], share: float
) -> None:
    held_out = draw(strata, share, "seed")
    wanted = round(share * len(strata))
    assert len(held_out) == (max(wanted, 1) if share and len(strata) >= 2 else wanted)
    assert held_out <= strata.keys()
    assert draw(dict(reversed(strata.items())), share, "seed") == held_out


@given(audiences.filter(lambda strata: len(strata) >= 20))
def test_every_segment_gives_its_share_to_within_one(strata: dict[int, str | None]) -> None:
    held_out = draw(strata, 0.5, "seed")
    for segment in set(strata.values()):
        members = [n for n, each in strata.items() if each == segment]
        assert abs(sum(n in held_out for n in members) - len(members) / 2) < 1.5


def test_another_campaign_draws_other_lots() -> None:
    strata: dict[int, str | None] = dict.fromkeys(range(200))
    assert draw(strata, 0.5, "one") != draw(strata, 0.5, "another")


def test_everybody_cannot_be_held_out() -> None:
    with pytest.raises(ValueError, match=r"between 0 and 0\.9"):
        draw({1: None}, 1.0, "seed")


def test_of_those_who_come_one_by_one_the_share_is_held_out_in_the_long_run_and_always_the_same() -> None:
    held_out = {n for n in range(10_000) if falls_to(n, 0.1, "seed")}
    assert 880 <= len(held_out) <= 1_120  # four standard deviations of a binomial are 120
    assert {n for n in range(10_000) if falls_to(n, 0.1, "seed")} == held_out
    assert not any(falls_to(n, 0.0, "seed") for n in range(100))


def test_another_campaign_holds_out_others_of_those_who_come_one_by_one() -> None:
    one, other = ({n for n in range(1_000) if falls_to(n, 0.5, seed)} for seed in ("one", "other"))
    assert 400 < len(one & other) + len(set(range(1_000)) - one - other) < 600
