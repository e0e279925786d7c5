"""What a shop is shown of the engine's marks, run by run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from campaigns.held_out import Figure
from campaigns.looking.quality import Beside, Measured, runs
from campaigns.tables import MiningRun
from ledger.database import Database

NIGHT = datetime(2026, 11, 1, 19, tzinfo=UTC)


def mined(night: int, quality: dict[str, Any], *, is_held: bool = False, **verdict: Any) -> MiningRun:
    at = NIGHT + timedelta(days=night)
    ended = at + timedelta(seconds=8)
    return MiningRun(
        started_at=at,
        ready_at=None if is_held else ended,
        held_at=ended if is_held else None,
        quality=quality,
        verdict=verdict,
    )


def test_runs_are_shown_the_newest_first_with_what_a_plain_rule_reached(database: Database) -> None:
    told = {"held_out": 0.3, "held_out_se": 0.1, "n": 72, "rfm_held_out": -0.1}
    with database.transaction() as session:
        session.add(mined(0, {"data": {"purchases": 9}, "segments": told}, because="first"))
        session.add(
            mined(1, {"data": {"purchases": 10}, "picks": {"ndcg_again": 0.4, "ndcg_again_se": 0.05, "n": 60}})
        )
    with database.reading() as session:
        newest, first = runs(session)
    assert (newest.is_in_use, first.is_in_use) == (True, False)
    assert newest.sizes == {"purchases": 10}
    assert [(each.art, each.figure.value, each.figure.n, each.plain) for each in newest.measured] == [
        ("picks", 0.4, 60, None)
    ]
    assert [(each.art, each.plain) for each in first.measured] == [("segments", -0.1)]
    assert first.seconds == 8


def test_one_that_was_held_back_says_for_what(database: Database) -> None:
    worse = {"art": "picks", "name": "ndcg_again", "before": 0.4, "after": 0.1, "se": 0.01, "n": 60, "is_worse": True}
    same = {**worse, "art": "segments", "is_worse": False}
    with database.transaction() as session:
        session.add(mined(0, {}, because="first"))
        session.add(mined(1, {}, is_held=True, because="worse", figures=[worse, same]))
    with database.reading() as session:
        held, used = runs(session)
    assert (held.is_held, held.is_in_use, held.because, held.worse) == (True, False, "worse", ["picks"])
    assert used.is_in_use


def test_one_that_is_under_way_is_not_shown(database: Database) -> None:
    with database.transaction() as session:
        session.add(MiningRun(started_at=NIGHT))
    with database.reading() as session:
        assert runs(session) == []


def test_what_an_art_still_lacks_is_told(database: Database) -> None:
    lacking = {"uplift": {"says": "too few", "needed": 1, "n": 0}}
    with database.transaction() as session:
        session.add(mined(0, {"not_yet": lacking}))
    with database.reading() as session:
        (run,) = runs(session)
    assert run.lacking == lacking
    assert run.measured == []


@pytest.mark.parametrize(
    ("plain", "beside"),
    [(0.1, Beside.BETTER), (0.25, Beside.NOT_SURE), (0.49, Beside.NOT_SURE), (0.6, Beside.WORSE), (None, None)],
)
def test_a_figure_beats_a_plain_rule_only_by_more_than_it_may_be_off(plain: float | None, beside: str | None) -> None:
    assert Measured("segments", "held_out", Figure("segments", "held_out", 0.3, 0.1, 72), plain).beside == beside
