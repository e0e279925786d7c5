"""Killed in the middle of a campaign, told to end in the middle of one: nobody hears it twice, and every row is true.

Some kills here; `make chaos` makes hundreds.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from campaigns.dispatching import IN_FLIGHT
from ledger.database import Database
from tests.chaos import bot_api
from tests.chaos.judging import judge
from tests.chaos.killing import Stage, Wish
from tests.chaos.people import furnish
from tests.chaos.working import Place

PEOPLE = 150


@contextmanager
def staged(database: Database, folder: Path, seed: int, people: int = PEOPLE) -> Iterator[Stage]:
    chats = furnish(database, people, datetime.now(UTC))
    url = database.engine.url.render_as_string(hide_password=False)
    with bot_api.running(folder, bot_api.Lots(seed)) as provider:
        stage = Stage(Place(url, folder, provider.url), provider, chats)
        try:
            yield stage
        finally:
            stage.close()


def test_a_shop_that_is_killed_again_and_again_lies_to_nobody(sqlite_database: Database, tmp_path: Path) -> None:
    wish = Wish(seed=61, kills=5, stops=6, pauses=1, lives=(0, 12))
    with staged(sqlite_database, tmp_path, wish.seed) as stage:
        drama = stage.play(wish)
        verdict = judge(stage, drama, PEOPLE)
    assert verdict.lies == {}
    assert verdict.most_orphans <= IN_FLIGHT
