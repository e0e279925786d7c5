"""A shop's record of visits comes in by a file; what went wrong on its pages is found by /insights, untold."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.talk.desk import advice, funnel
from bot.talk.replies import Teller
from bot.terminal import at_terminal
from campaigns.choosing.suggestions import suggestions
from campaigns.mining import Parameters, mine
from campaigns.shop import Shop
from campaigns.words.composing import Composer
from ledger.database import Database
from ledger.imports import ShopDefaults, import_file

CLICKS = Path(__file__).resolve().parents[3] / "shared/data/retentioneering_ecom_synthetic.csv.gz"
NOW = datetime(2024, 7, 1, tzinfo=UTC)


@pytest.fixture
def visited(sqlite_database: Database) -> Database:
    if not CLICKS.exists():
        pytest.skip("../shared/data/retentioneering_ecom_synthetic.csv.gz is not there")
    import_file(sqlite_database, CLICKS, shop=ShopDefaults("IDR", "UTC", "ID"), now=NOW)
    mine(sqlite_database, lambda: NOW, Parameters(zone="UTC"))
    return sqlite_database


def test_the_planted_troubles_stand_in_the_findings(visited: Database) -> None:
    teller = Teller(Composer(), Shop(), "en")
    with visited.reading() as session:
        found = suggestions(session, ["simulator"], [], Shop(), NOW)
        told = advice.told(teller, found).text
        whole = at_terminal(funnel.told(session, teller))
    assert [(each.figures["step"], each.figures["device"]) for each in found] == [
        ("payment_error", None),
        ("checkout_bug", "mobile"),
    ]
    assert "19 May 2024 to 8 Jun 2024: “payment_error” in 95 of 627 visits; on other days in 0 of 2,978" in told
    assert "13 Apr 2024 to 9 May 2024: “checkout_bug” on phones in 32 of 303 visits" in told
    assert "→ /funnel site" in told
    assert "5. bought: 470 — 74% went on (95%: 71% to 78%)" in whole
