"""What the doctor says of the sentiment that judges messages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.app import build
from bot.checkups.finding import Finding
from bot.checkups.sentiment import sentiment
from bot.clock import ManualClock
from bot.doctor import patient_of
from bot.settings import Settings
from campaigns.learning import keeping, teaching
from ledger.database import Database
from tests.campaigns.test_teaching import NOW, table


@pytest.fixture
def found(sqlite_database: Database, tmp_path: Path) -> Iterator[Finding]:
    settings = Settings(_env_file=None, data_dir=tmp_path / "data")  # type: ignore[call-arg]
    url = sqlite_database.engine.url.render_as_string(hide_password=False)
    app = build(settings, ManualClock(NOW), [], url, settings.shop())
    try:
        with sqlite_database.reading() as session:
            yield from sentiment(session, patient_of(app))
    finally:
        app.close()


def test_a_model_that_was_taught_is_told_with_what_it_was_checked_on(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    taught = teaching.teach(table(tmp_path), None, tmp_path / "data", NOW)
    told = request.getfixturevalue("found")
    assert (told.found, told.is_well) == ("sentiment_trained", True)
    assert (told.values["n"], told.values["checked"]) == (taught.n, taught.measures.n)


def test_before_any_teaching_what_ships_judges(found: Finding) -> None:
    assert (found.found, found.is_well) == ("sentiment_shipped", True)


def test_a_model_that_cannot_be_read_is_told_with_the_mending(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / keeping.KEPT).write_bytes(b"broken")
    told = request.getfixturevalue("found")
    assert (told.found, told.mend) == ("sentiment_broken", "sentiment_broken")
