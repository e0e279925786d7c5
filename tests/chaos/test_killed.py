"""Killed in the middle of a campaign, told to end in the middle of one: nobody hears it twice, and every row is true.

Some kills here; `make chaos` makes hundreds.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from ledger.database import Database
from tests.chaos.judging import judge
from tests.chaos.killing import GRACE_SECONDS, Wish
from tests.chaos.staging import staged

PEOPLE, IN_FLIGHT = 120, 12
small = partial(staged, people=PEOPLE, in_flight=IN_FLIGHT)


def test_a_shop_that_is_killed_again_and_again_lies_to_nobody(sqlite_database: Database, tmp_path: Path) -> None:
    wish = Wish(seed=61, kills=5, stops=6, pauses=1, lives=(0, 12))
    with small(sqlite_database, tmp_path, wish.seed) as stage:
        verdict = judge(stage, stage.play(wish), PEOPLE)
    assert verdict.lies == {}
    assert verdict.kills > 0
    assert verdict.most_orphans <= IN_FLIGHT


def test_two_that_share_the_work_and_are_killed_by_turns_lie_to_nobody(
    postgresql_database: Database, tmp_path: Path
) -> None:
    wish = Wish(seed=62, workers=2, kills=4, stops=6, pauses=1, lives=(0, 12))
    with small(postgresql_database, tmp_path, wish.seed) as stage:
        verdict = judge(stage, stage.play(wish), PEOPLE)
    assert verdict.lies == {}
    assert verdict.kills > 0
    assert verdict.most_orphans <= wish.workers * IN_FLIGHT


def test_who_is_told_to_end_finishes_what_is_on_its_way_in_time(sqlite_database: Database, tmp_path: Path) -> None:
    wish = Wish(seed=63, kills=3, stops=2, pauses=0, lives=(5, 30), is_gentle=True)
    with small(sqlite_database, tmp_path, wish.seed) as stage:
        drama = stage.play(wish)
        verdict = judge(stage, drama, PEOPLE)
    assert verdict.lies == {}
    assert verdict.most_orphans == 0
    assert drama.slowest_end_seconds < GRACE_SECONDS
