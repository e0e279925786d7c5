"""BG/NBD and MBG/NBD against the published figures, against integrals and against people whose fate is known."""

from __future__ import annotations

import csv
import gzip
import warnings
from collections.abc import Iterator, Sequence
from math import exp

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import integrate
from scipy.optimize import approx_fprime
from scipy.special import beta, gamma, hyp2f1
from scipy.stats import nbinom

from engine.errors import TooLittleData
from engine.frames import UnfitFrame
from engine.lifetime.beta import beta_nodes
from engine.lifetime.staying import BetaGeometric, _counted
from tests.conftest import shared

Floats = NDArray[np.float64]
BOTH = pytest.mark.parametrize("leaves_at_once", [False, True])


@pytest.fixture(autouse=True)
def _no_warning() -> Iterator[None]:
    with warnings.catch_warnings(), np.errstate(all="raise", under="ignore"):
        warnings.simplefilter("error")
        yield


def known(r: float, alpha: float, a: float, b: float, leaves_at_once: bool = False) -> BetaGeometric:
    model = BetaGeometric(leaves_at_once)
    model.r_, model.alpha_, model.a_, model.b_ = r, alpha, a, b
    return model


def modelled(logarithms: Sequence[float], leaves_at_once: bool) -> BetaGeometric:
    r, alpha, a, b = map(exp, logarithms)
    return known(r, alpha, a, b, leaves_at_once)


def one(x: float, t_x: float, age: float) -> tuple[Floats, Floats, Floats]:
    return np.array([float(x)]), np.array([float(t_x)]), np.array([float(age)])


def simulated(
    n: int, leaves_at_once: bool, seed: int = 1, parameters: tuple[float, float, float, float] = (0.8, 20.0, 1.2, 3.0)
) -> tuple[Floats, Floats, Floats, Floats, NDArray[np.bool_]]:
    """x, t_x, T, visits in the time T to 1.5 T, and whether still here at T, of people drawn one by one."""
    r, alpha, a, b = parameters
    rng = np.random.default_rng(seed)
    rate, leaves = rng.gamma(r, 1 / alpha, n), rng.beta(a, b, n)
    age = rng.integers(50, 150, n).astype(float)
    x, t_x, later, here = np.zeros(n), np.zeros(n), np.zeros(n), np.ones(n, dtype=bool)
    for i in range(n):
        at, is_gone = 0.0, leaves_at_once and rng.random() < leaves[i]
        while not is_gone:
            at += rng.exponential(1 / rate[i])
            if at > 1.5 * age[i]:
                break
            if at <= age[i]:
                x[i], t_x[i] = x[i] + 1, at
            else:
                later[i] += 1
            is_gone = rng.random() < leaves[i]
        here[i] = not is_gone or at > age[i]
    return x, t_x, age, later, here


@pytest.fixture(scope="module")
def cdnow() -> tuple[Floats, Floats, Floats, Floats]:
    """Customer, x, t_x and T in weeks of the 2,357 published."""
    with gzip.open(shared("data", "cdnow_customers_summary.csv.gz"), "rt") as file:
        rows = np.array([[float(each) for each in row] for row in list(csv.reader(file))[1:]])
    return rows[:, 0], rows[:, 1], rows[:, 2], rows[:, 3]


def test_the_published_parameters_of_cdnow_are_found(cdnow: tuple[Floats, ...]) -> None:
    model = BetaGeometric().fit(*cdnow[1:])
    assert (model.r_, model.alpha_, model.a_, model.b_) == pytest.approx(
        (0.24259, 4.41353, 0.79289, 2.42575), abs=6e-6
    )
    assert model.log_likelihood_ == pytest.approx(-9582.43, abs=0.005)


def test_the_published_customers_of_cdnow_are_expected_as_published(cdnow: tuple[Floats, ...]) -> None:
    model = BetaGeometric().fit(*cdnow[1:])
    assert model.expected_of_new(52) == pytest.approx(1.444, abs=5e-4)
    assert model.expected(39, *one(2, 30.43, 38.86))[0] == pytest.approx(1.226, abs=5e-4)
    regular = [column[cdnow[0] == 1516] for column in cdnow[1:]]
    assert model.expected(52, *regular)[0] == pytest.approx(25.76, abs=5e-3)
    assert model.alive(*regular)[0] == pytest.approx(0.9689, abs=5e-5)


def test_who_may_leave_after_the_first_visit_makes_cdnow_likelier(cdnow: tuple[Floats, ...]) -> None:
    # Batislam, Denizel and Filiztekin: MBG/NBD fits such data at least as well.
    assert BetaGeometric(True).fit(*cdnow[1:]).log_likelihood_ > -9582.43


def test_the_unit_of_time_changes_nothing_but_alpha(cdnow: tuple[Floats, ...]) -> None:
    _, x, t_x, age = cdnow
    weeks, days = BetaGeometric().fit(x, t_x, age), BetaGeometric().fit(x, t_x * 7, age * 7)
    assert days.alpha_ == pytest.approx(7 * weeks.alpha_, rel=1e-6)
    assert (days.r_, days.a_, days.b_) == pytest.approx((weeks.r_, weeks.a_, weeks.b_), rel=1e-5)
    # A density by the day is a seventh of one by the week, for every visit.
    assert days.log_likelihood_ == pytest.approx(weeks.log_likelihood_ - x.sum() * np.log(7), rel=1e-9)


def test_the_same_customers_give_the_same_bits(cdnow: tuple[Floats, ...]) -> None:
    one_, other = (BetaGeometric().fit(*cdnow[1:]) for _ in range(2))
    assert vars(one_) == vars(other)


@BOTH
@pytest.mark.parametrize("at", [(-1.0, 0.5, -0.3, 0.9), (0.4, -0.8, 1.2, -1.0), (2.0, 2.0, 3.0, 3.0)])
def test_the_gradient_is_that_of_the_likelihood(leaves_at_once: bool, at: tuple[float, ...]) -> None:
    x, t_x, age, _, _ = simulated(200, leaves_at_once)
    rows, _ = _counted(x, t_x, age)
    model = BetaGeometric(leaves_at_once)
    by_steps = approx_fprime(np.array(at), lambda here: model._loss(here, rows)[0], 1e-6)
    assert model._loss(np.array(at), rows)[1] == pytest.approx(by_steps, abs=2e-5)


def likelihoods(model: BetaGeometric, x: float, t_x: float, age: float) -> tuple[float, float]:
    """Of a history, being still here and having left at the last visit: integrated over rates and over leaving."""
    r, alpha, a, b = model.r_, model.alpha_, model.a_, model.b_

    def over_rates(time: float) -> float:
        density = alpha**r / gamma(r)
        area, _ = integrate.quad(lambda rate: rate ** (r + x - 1) * np.exp(-rate * (alpha + time)), 0, np.inf)
        return float(density * area)

    def over_leaving(stays: float, leaves: float) -> float:
        area, _ = integrate.quad(lambda p: p ** (a - 1 + leaves) * (1 - p) ** (b - 1 + stays), 0, 1)
        return float(area / beta(a, b))

    chances = x + model.leaves_at_once
    gone = over_rates(t_x) * over_leaving(chances - 1, 1) if chances else 0.0
    return over_rates(age) * over_leaving(chances, 0), gone


@BOTH
@pytest.mark.parametrize("history", [(0, 0.0, 10.0), (1, 2.0, 10.0), (4, 7.0, 8.0), (9, 3.0, 12.0)])
def test_likelihood_and_probability_agree_with_integrals(
    leaves_at_once: bool, history: tuple[float, float, float]
) -> None:
    model = known(1.3, 3.0, 1.4, 2.2, leaves_at_once)
    here, gone = likelihoods(model, *history)
    assert model.alive(*one(*history))[0] == pytest.approx(here / (here + gone), rel=1e-6)
    rows, _ = _counted(*one(*history))
    loss, _ = model._loss(np.log([1.3, 3.0, 1.4, 2.2]), rows)
    assert -loss == pytest.approx(np.log(here + gone), rel=1e-6)


@BOTH
@pytest.mark.parametrize("a", [0.3, 0.7929, 1.7, 4.0])
@pytest.mark.parametrize("history", [(0, 0.0, 5.0), (2, 30.43, 38.86), (26, 30.8, 31.0)])
def test_expected_visits_are_those_of_the_closed_form(
    leaves_at_once: bool, a: float, history: tuple[float, float, float]
) -> None:
    model, t = known(0.5, 4.4, a, 2.4, leaves_at_once), 39.0
    x, _, age = history
    chances = x + leaves_at_once
    z = t / (model.alpha_ + age + t)
    series = hyp2f1(0.5 + x, 2.4 + chances, a + 2.4 + chances - 1, z)
    visits = (a + 2.4 + chances - 1) / (a - 1) * (1 - (1 - z) ** (0.5 + x) * series)
    assert model.expected(t, *one(*history))[0] == pytest.approx(visits * model.alive(*one(*history))[0], rel=1e-8)


@pytest.mark.parametrize(
    ("a", "x", "t"), [(1.0, 3, 39.0), (1.0, 0, 5.0), (1.0 + 1e-12, 30, 100.0), (0.02, 200, 90.0)]
)
def test_expected_visits_are_right_where_the_closed_form_is_nothing_by_nothing(a: float, x: int, t: float) -> None:
    # Of j visits that would be made (a negative binomial), the (i + 1)th is if nobody left at the i before.
    model, age = known(0.5, 4.4, a, 2.4), 40.0
    would = np.arange(1, 4000)
    stays = np.r_[1.0, np.cumprod((2.4 + x + np.arange(3998)) / (a + 2.4 + x + np.arange(3998)))].cumsum()
    z = t / (4.4 + age + t)
    by_sum = float((nbinom.pmf(would, 0.5 + x, 1 - z) * stays).sum())
    here = model.alive(*one(x, 35.0 if x else 0.0, age))[0]
    assert model.expected(t, *one(x, 35.0 if x else 0.0, age))[0] == pytest.approx(here * by_sum, rel=1e-8)


@pytest.mark.parametrize(("a", "b"), [(0.05, 3.0), (1.0, 1.0), (2.5, 100_000.0)])
def test_the_nodes_have_the_moments_of_the_distribution(a: float, b: float) -> None:
    nodes, weights = beta_nodes(a, np.array([b]))
    moment = 1.0
    for power in range(1, 20):
        moment *= (a + power - 1) / (a + b + power - 1)
        assert float((weights[0] * nodes[0] ** power).sum()) == pytest.approx(moment, rel=1e-6)


@BOTH
def test_planted_parameters_are_found_again_and_the_future_with_them(leaves_at_once: bool) -> None:
    x, t_x, age, later, here = simulated(6_000, leaves_at_once)
    model = BetaGeometric(leaves_at_once).fit(x, t_x, age)
    assert (model.r_, model.alpha_, model.a_ / (model.a_ + model.b_)) == pytest.approx(
        (0.8, 20.0, 1.2 / 4.2), rel=0.12
    )
    alive, truly = (each.alive(x, t_x, age) for each in (model, known(0.8, 20.0, 1.2, 3.0, leaves_at_once)))
    by_tenth = np.argsort(truly).reshape(10, -1)
    # Of 600 each the share varies by .02; the parameters found vary, too.
    assert truly[by_tenth].mean(axis=1) == pytest.approx(here[by_tenth].mean(axis=1), abs=0.06)
    assert alive[by_tenth].mean(axis=1) == pytest.approx(here[by_tenth].mean(axis=1), abs=0.09)
    # Half of each one's age again.
    foreseen = sum(
        float(model.expected(0.5 * each, *(c[age == each] for c in (x, t_x, age))).sum()) for each in set(age)
    )
    assert foreseen == pytest.approx(later.sum(), rel=0.05)


HISTORIES = st.builds(
    lambda x, age, part: (float(x), age * part if x else 0.0, age),
    st.integers(0, 300),
    st.floats(0.01, 3000),
    st.floats(0, 1),
)
PARAMETERS = st.tuples(*[st.floats(-6.5, 7.5)] * 4)


@given(HISTORIES, PARAMETERS, st.booleans(), st.floats(0.1, 1000))
@settings(max_examples=200, deadline=None)
def test_probabilities_are_probabilities_and_visits_are_bounded(
    history: tuple[float, float, float], parameters: tuple[float, float, float, float], leaves_at_once: bool, t: float
) -> None:
    model = modelled(parameters, leaves_at_once)
    columns = one(*history)
    alive, visits, buys = model.alive(*columns)[0], model.expected(t, *columns)[0], model.buys(t, *columns)[0]
    assert 0 <= buys <= alive <= 1
    # No more than if they could never leave; and at least the chance of one.
    most = (model.r_ + history[0]) * t / (model.alpha_ + history[2])
    assert buys * (1 - 1e-6) - 1e-12 <= visits <= most * (1 + 1e-6) + 1e-12
    assert model.expected(2 * t, *columns)[0] >= visits * (1 - 1e-6)


@given(st.integers(1, 100), st.floats(1, 1000), PARAMETERS, st.booleans())
@settings(max_examples=100, deadline=None)
def test_the_later_the_last_visit_the_likelier_they_are_here(
    x: int, age: float, parameters: tuple[float, float, float, float], leaves_at_once: bool
) -> None:
    recency = np.linspace(0.01, 1, 20) * age
    alive = modelled(parameters, leaves_at_once).alive(np.full(20, float(x)), recency, np.full(20, age))
    assert (np.diff(alive) >= -1e-12).all()


def test_who_came_once_long_ago_is_here_for_ever_only_in_the_first_model() -> None:
    ages = np.array([1.0, 100.0, 10_000.0])
    none = np.zeros(3)
    assert known(0.5, 10, 1, 2).alive(none, none, ages).tolist() == [1, 1, 1]
    fading = known(0.5, 10, 1, 2, leaves_at_once=True).alive(none, none, ages)
    assert (np.diff(fading) < 0).all()


@pytest.mark.parametrize(
    "shop",
    [
        pytest.param(([0] * 50, [0.0] * 50, [30.0] * 50), id="everybody came once"),
        pytest.param(([2, 1, 0], [3.0, 1, 0], [9.0, 9, 9]), id="three customers"),
        pytest.param(([], [], []), id="nobody"),
    ],
)
def test_of_too_little_nothing_is_learned(shop: tuple[list[float], ...]) -> None:
    with pytest.raises(TooLittleData):
        BetaGeometric().fit(*(np.array(column, dtype=float) for column in shop))


@BOTH
@pytest.mark.parametrize(
    "shop",
    [
        pytest.param(lambda x, t, age: (np.r_[x, 100_000.0], np.r_[t, 99.9], np.r_[age, 100.0]), id="a giant"),
        pytest.param(lambda x, t, age: (np.full(500, 5.0), np.full(500, 90.0), np.full(500, 100.0)), id="all alike"),
        pytest.param(
            lambda x, t, age: (np.arange(500.0) % 2, np.zeros(500), np.full(500, 9.0)), id="all at the start"
        ),
        pytest.param(lambda x, t, age: (x * 0 + 3, age, age), id="all here today"),
        pytest.param(lambda x, t, age: (x, t, age + 5_000), id="nobody for years"),
    ],
)
def test_of_an_odd_shop_something_sane_is_learned(leaves_at_once: bool, shop: object) -> None:
    x, t_x, age, _, _ = simulated(500, leaves_at_once, seed=3)
    columns = shop(x, t_x, age)  # type: ignore[operator]
    model = BetaGeometric(leaves_at_once).fit(*columns)
    alive, visits = model.alive(*columns), model.expected(90, *columns)
    assert np.isfinite([model.r_, model.alpha_, model.a_, model.b_, model.log_likelihood_]).all()
    assert ((alive >= 0) & (alive <= 1)).all()
    assert (np.isfinite(visits) & (visits >= 0)).all()
    # A giant with 1,000 visits a day comes about as often again, and nobody oftener than they did.
    assert visits.max() <= 90 * (columns[0].max() + model.r_) / model.alpha_


@pytest.mark.parametrize("history", [(1, 11.0, 10.0), (0, 1.0, 10.0), (-1, 0.0, 10.0), (1, 1.0, float("nan"))])
def test_a_history_that_cannot_be_is_refused(history: tuple[float, float, float]) -> None:
    with pytest.raises(UnfitFrame, match="a history needs"):
        known(1, 1, 1, 1).alive(*one(*history))
