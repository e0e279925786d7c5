"""Gamma-Gamma against the published figures, against integrals and against customers whose means are known."""

from __future__ import annotations

import csv
import gzip
import warnings
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import integrate, stats
from scipy.optimize import approx_fprime

from engine.errors import TooLittleData
from engine.frames import UnfitFrame
from engine.lifetime.gamma import GammaGamma, _loss
from tests.conftest import shared

Floats = NDArray[np.float64]


@pytest.fixture(autouse=True)
def _no_warning() -> Iterator[None]:
    with warnings.catch_warnings(), np.errstate(all="raise", under="ignore"):
        warnings.simplefilter("error")
        yield


def known(p: float, q: float, v: float) -> GammaGamma:
    model = GammaGamma()
    model.p_, model.q_, model.v_, model.mean_ = p, q, v, p * v / (q - 1)
    return model


@pytest.fixture(scope="module")
def cdnow() -> tuple[Floats, Floats]:
    """Repeat purchases and their mean value of the 2,357 published."""
    with gzip.open(shared("data", "cdnow_customers_summary_with_transactions.csv.gz"), "rt") as file:
        rows = np.array([[float(each) for each in row] for row in list(csv.reader(file))[1:]])
    return rows[:, 1], rows[:, 4]


def amounts(n: int, seed: int = 1) -> tuple[Floats, Floats, Floats, Floats]:
    """How many amounts, their mean, the mean of their logarithms, and everybody's true mean: p 4, q 5, v 50."""
    rng = np.random.default_rng(seed)
    count, scale = rng.integers(1, 12, n), rng.gamma(5, 1 / 50, n)
    own = [rng.gamma(4, 1 / each, k) for each, k in zip(scale, count, strict=True)]
    means = np.array([each.mean() for each in own]), np.array([np.log(each).mean() for each in own])
    return count.astype(float), *means, 4 / scale


def test_the_published_figures_of_the_946_who_bought_again_are_found(cdnow: tuple[Floats, Floats]) -> None:
    count, mean = cdnow
    again = count > 0
    model = GammaGamma().fit(count[again], mean[again])
    assert model.n_ == 946
    assert (model.p_, model.q_, model.v_) == pytest.approx((6.25, 3.74, 15.44), abs=0.01)
    # The mean over all 2,357, of whom most never bought again and are expected to spend as everybody does.
    assert model.expected(count, mean).mean() == pytest.approx(35.25, abs=0.005)
    # The first has bought again twice, the second once, the third never.
    assert model.expected(count[:3], mean[:3]) == pytest.approx([24.658619, 18.911489, 35.170981], rel=2e-6)


@pytest.mark.parametrize("at", [(0.3, 0.4, 1.0), (-1.0, 2.0, -0.5), (3.0, -2.0, 3.0)])
@pytest.mark.parametrize("is_of_each", [False, True])
def test_the_gradient_is_that_of_the_likelihood(at: tuple[float, ...], is_of_each: bool) -> None:
    count, mean, mean_log, _ = amounts(100)
    logs = mean_log if is_of_each else None
    by_steps = approx_fprime(np.array(at), lambda here: _loss(here, count, mean, logs)[0], 1e-6)
    assert _loss(np.array(at), count, mean, logs)[1] == pytest.approx(by_steps, abs=1e-4)


def test_the_likelihood_of_a_mean_is_the_integral_over_scales() -> None:
    p, q, v, count, mean = 2.5, 3.0, 10.0, 4, 6.0
    density, _ = integrate.quad(
        lambda scale: (
            stats.gamma(p * count, scale=1 / (count * scale)).pdf(mean) * stats.gamma(q, scale=1 / v).pdf(scale)
        ),
        0,
        np.inf,
    )
    at = np.log([p, q - 1, v])
    assert -_loss(at, np.array([4.0]), np.array([mean]), None)[0] == pytest.approx(np.log(density), rel=1e-8)


def test_single_amounts_tell_the_same_parameters_more_surely() -> None:
    count, mean, mean_log, truly = amounts(3_000)
    of_each = GammaGamma().fit(count, mean, mean_log)
    assert (of_each.p_, of_each.q_, of_each.v_) == pytest.approx((4, 5, 50), rel=0.1)
    missed = np.abs(of_each.expected(count, mean) - truly).mean()
    assert missed < np.abs(mean - truly).mean()
    assert missed < np.abs(of_each.mean_ - truly).mean()


def test_the_next_amount_lies_where_it_was_said_to_lie() -> None:
    rng = np.random.default_rng(3)
    count, mean, _, truly = amounts(4_000)
    after = rng.gamma(4, truly / 4)
    below = [float((after <= known(4, 5, 50).quantile(share, count, mean)).mean()) for share in (0.25, 0.5, 0.9)]
    assert below == pytest.approx([0.25, 0.5, 0.9], abs=0.025)


@given(
    st.floats(-6.5, 7.5),
    st.floats(-6.5, 7.5),
    st.integers(0, 100_000),
    st.floats(0.01, 1e6),
    st.floats(0.01, 0.98),
)
@settings(max_examples=200, deadline=None)
def test_whatever_the_parameters_it_is_finite_and_between_own_and_everybodys(
    p: float, above: float, count: int, mean: float, share: float
) -> None:
    model = known(float(np.exp(p)), float(1 + np.exp(above)), 100.0)
    counts, means = np.array([float(count)]), np.array([mean])
    likely = model.expected(counts, means)[0]
    own = mean if count else model.mean_
    assert min(own, model.mean_) * (1 - 1e-9) <= likely <= max(own, model.mean_) * (1 + 1e-9)
    amount = model.quantile(share, counts, means)[0]
    assert np.isfinite(amount)
    assert 0 <= amount <= model.quantile(share + 0.01, counts, means)[0] * (1 + 1e-9)


@pytest.mark.parametrize("is_of_each", [False, True])
def test_where_all_prices_are_equal_everybody_is_expected_to_pay_that(is_of_each: bool) -> None:
    count, mean = np.arange(1.0, 101.0), np.full(100, 35_000.0)
    model = GammaGamma().fit(count, mean, np.log(mean) if is_of_each else None)
    assert model.expected(np.r_[count, 0.0], np.r_[mean, 0.0]) == pytest.approx(np.full(101, 35_000.0), rel=1e-3)


def test_a_customer_with_100_000_purchases_is_expected_to_pay_what_they_paid() -> None:
    count, mean, _, _ = amounts(50)
    model = GammaGamma().fit(np.r_[count, 100_000.0], np.r_[mean, 3.0])
    assert model.expected(np.array([100_000.0]), np.array([3.0])) == pytest.approx(3.0, rel=1e-3)


def test_of_too_few_nothing_is_learned_and_of_the_impossible_neither() -> None:
    with pytest.raises(TooLittleData, match="10 needed, 3 seen"):
        GammaGamma().fit(np.ones(3), np.ones(3))
    with pytest.raises(UnfitFrame, match="above 0"):
        GammaGamma().fit(np.zeros(20), np.ones(20))
    with pytest.raises(UnfitFrame, match="different lengths"):
        GammaGamma().fit(np.ones(20), np.ones(21))
