"""Never starved, soon on the better one, and the same again for the same seed."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.bandits import Tally, choose


def play(rates: Sequence[float], rounds: int, seed: int, batch: int = 1) -> tuple[list[int], list[int]]:
    """How often each arm was given and how often it was answered; answers are known after each ``batch``."""
    chance = random.Random(seed)
    given, answered = [0] * len(rates), [0] * len(rates)
    tallies = [Tally(0, 0)] * len(rates)
    for turn in range(rounds):
        if turn % batch == 0:
            tallies = [Tally(n, k) for n, k in zip(given, answered, strict=True)]
        arm = choose(tallies, given, f"{seed}/{turn}")
        given[arm] += 1
        answered[arm] += chance.random() < rates[arm]
        assert min(given) >= int(0.05 * (turn + 1) + 1e-9)
    return given, answered


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from([0.0, 0.01, 0.1, 0.5, 1.0]), min_size=1, max_size=5),
    st.integers(0, 10_000),
    st.sampled_from([1, 7, 32, 1_000]),
)
def test_no_arm_ever_falls_below_a_twentieth_however_bad_it_is(rates, seed, batch):
    play(rates, 250, seed, batch)


def test_the_hopeless_arm_of_a_thousand_gets_its_twentieth_and_little_more():
    given, _ = play([0.0, 0.4], 1_000, seed=1)
    assert 50 <= given[0] <= 60


def test_the_better_of_two_known_rates_gets_most_and_costs_less_than_equal_shares():
    # Equal shares of 1,000 at 5 and 10 % give up 25 answers against always the better one (500 times .05).
    lost, most = [], 0
    for seed in range(40):
        given, _ = play([0.05, 0.10], 1_000, seed, batch=32)
        lost.append(given[0] * 0.05)
        most += given[1] > given[0]
    assert sum(lost) / len(lost) < 15
    assert most >= 36


def test_equal_arms_are_given_about_alike():
    shares = [play([0.1, 0.1], 400, seed)[0][0] / 400 for seed in range(40)]
    assert 0.35 <= sum(shares) / len(shares) <= 0.65


def test_the_draws_are_those_of_the_beta_distribution():
    # P(Beta(3, 9) > Beta(7, 5)) = .04025, integrated numerically from the densities (scipy.integrate.quad).
    wins = sum(choose([Tally(10, 2), Tally(10, 6)], [10, 10], str(n)) == 0 for n in range(20_000))
    assert wins / 20_000 == pytest.approx(0.04025, abs=0.005)


def test_the_same_seed_draws_the_same():
    tallies = [Tally(10, 2), Tally(10, 3), Tally(10, 2)]
    first = [choose(tallies, [10, 10, 10], f"{n}") for n in range(50)]
    assert first == [choose(tallies, [10, 10, 10], f"{n}") for n in range(50)]
    assert set(first) == {0, 1, 2}


@pytest.mark.parametrize(("trials", "successes"), [(1, 2), (-1, 0), (3, -1)])
def test_impossible_tallies_are_refused(trials, successes):
    with pytest.raises(ValueError, match="cannot be"):
        Tally(trials, successes)


def test_no_arms_or_a_floor_for_too_many_are_refused():
    with pytest.raises(ValueError, match="no arms"):
        choose([], [], "seed")
    with pytest.raises(ValueError, match="cannot each have"):
        choose([Tally(0, 0)] * 3, [0] * 3, "seed", least_share=0.34)


def test_the_serving_process_decides_without_numpy():
    code = "import sys, engine.bandits; sys.exit('numpy' in sys.modules or 'scipy' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], check=False, cwd=Path(__file__).parents[2])
    assert run.returncode == 0
