"""Whether a new run is followed: its figures beside those of the run in use."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from campaigns.mining.comparing import Because, Verdict, compare
from campaigns.tables import MiningRun

NOW = datetime(2026, 11, 2, 3, tzinfo=UTC)
SIZES = {"purchases": 1_000, "customers": 100, "products": 40}


def quality(ndcg: float, se: float = 0.01, n: int = 400, **more: Any) -> dict[str, Any]:
    return {"data": SIZES, "picks": {"ndcg": ndcg, "ndcg_se": se, "n": n}, **more}


def in_use(days: float = 1, **parameters: float) -> MiningRun:
    ready_at = NOW - timedelta(days=days)
    return MiningRun(id=7, started_at=ready_at, ready_at=ready_at, quality=quality(0.40), parameters=parameters)


def verdict(told: dict[str, Any], before: MiningRun | None = None) -> Verdict:
    return compare(before or in_use(), told, {}, NOW)


def test_the_first_run_is_followed() -> None:
    assert compare(None, quality(0.01), {}, NOW).because is Because.FIRST


@pytest.mark.parametrize(
    ("after", "because"),
    [
        # The standard error of the difference is √(0.01² + 0.01²) = 0.01414; three of them are 0.0424.
        (0.36, Because.AS_GOOD),
        (0.35, Because.WORSE),
        (0.45, Because.AS_GOOD),
    ],
)
def test_worse_is_what_fell_by_more_than_three_standard_errors(after: float, because: Because) -> None:
    assert verdict(quality(after)).because is because


def test_in_a_large_shop_a_tiny_difference_is_not_worse() -> None:
    # 0.40 → 0.385 is many standard errors and less than a twentieth.
    before = in_use()
    before.quality = quality(0.40, se=0.0001)
    assert verdict(quality(0.385, se=0.0001), before).because is Because.AS_GOOD
    assert verdict(quality(0.375, se=0.0001), before).because is Because.WORSE


def test_less_of_an_error_is_better() -> None:
    def told(error: float) -> dict[str, Any]:
        return {"data": SIZES, "lifetime": {"mean_error": error, "mean_error_se": 0.01, "n": 400}}

    before = in_use()
    before.quality = told(0.5)
    assert verdict(told(0.4), before).because is Because.AS_GOOD
    assert verdict(told(0.6), before).because is Because.WORSE


def test_few_cases_decide_nothing() -> None:
    assert verdict(quality(0.1, n=29)).because is Because.NO_FIGURES


def test_an_old_run_is_not_kept_for_ever() -> None:
    assert verdict(quality(0.1), in_use(days=6.9)).because is Because.WORSE
    assert verdict(quality(0.1), in_use(days=7.1)).because is Because.OVERDUE


def test_another_history_does_not_compare() -> None:
    grown = {**quality(0.1), "data": {**SIZES, "customers": 126}}
    assert verdict(grown).because is Because.OTHER_HISTORY
    assert verdict({**quality(0.1), "data": {**SIZES, "customers": 125}}).because is Because.WORSE


def test_other_parameters_do_not_compare() -> None:
    assert verdict(quality(0.1), in_use(min_support=0.02)).because is Because.OTHER_PARAMETERS


def test_only_a_worse_run_is_not_followed() -> None:
    assert [each for each in Because if not Verdict(each).is_followed] == [Because.WORSE]


def test_the_figures_are_told_with_the_verdict() -> None:
    (figure,) = verdict(quality(0.1)).plain()["figures"]
    assert (figure["art"], figure["name"], figure["before"], figure["after"], figure["n"]) == (
        "picks",
        "ndcg",
        0.40,
        0.1,
        400,
    )
    assert figure["se"] == pytest.approx(0.0141421, rel=1e-5)
