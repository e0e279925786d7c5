"""A budget that does not reach everybody: the preview says who was chosen, and by how many that is known."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import select

from campaigns.tables import MiningRun, Prospect
from ledger.database import Database
from ledger.tables import Customer
from tests.stories.conftest import Story, told


@pytest.fixture
def shop(sqlite_database: Database, tmp_path: Path) -> Iterator[Story]:
    """Ten willing customers, an owner, and messages that cost 500 each."""
    with told(sqlite_database, tmp_path, message_prices="simulator=500, whatsapp=500") as story:
        story.sells("Kopi Gayo", "Kopi")
        for n in range(10):
            story.join(f"pelanggan-{n}")
        story.make_owner()
        yield story


def learned(shop: Story, rule: str) -> None:
    with shop.app.database.transaction() as session:
        now = shop.app.clock.now()
        quality = {"uplift": {"rule": rule, "n": 1_240, "campaigns": 3}}
        run = MiningRun(started_at=now, ready_at=now, quality=quality)
        session.add(run)
        session.flush()
        for number in session.exec(select(Customer.id)).all():
            session.add(Prospect(run_id=run.id, customer_id=number, uplift=number / 100, response=0.2))


def test_the_preview_says_whom_the_budget_reaches_and_why_them(shop: Story) -> None:
    learned(shop, "uplift")
    preview = shop.say("ibu-ratna", "/luncurkan picks ke semua tanpa pembanding anggaran 2.500")
    assert "Anggarannya cukup untuk 5 dari 10 orang" in preview
    assert "yang paling tergerak oleh penawaran, menurut 1.240 pelanggan dari 3 kampanye lalu" in preview
    assert "di luar anggaran kampanye ini: 5" in preview
    assert "sisanya ditahan" not in preview
    shop.say("ibu-ratna", "ya")
    assert shop.dispatch() == 5


def test_where_little_is_known_it_says_that_too(shop: Story) -> None:
    learned(shop, "response")
    preview = shop.say("ibu-ratna", "/luncurkan picks ke semua tanpa pembanding anggaran 2.500")
    assert "didahulukan yang paling mungkin membeli" in preview
    assert "belum bisa ditebak dari 1.240 pelanggan" in preview
