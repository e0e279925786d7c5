"""A campaign is given a budget, is held when that is spent, and goes on with a larger one or ends."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.database import Database
from tests.stories.conftest import Story, told
from tests.stories.test_running import counts, status
from tests.stories.test_running import told as news


@pytest.fixture
def shop(sqlite_database: Database, tmp_path: Path) -> Iterator[Story]:
    """Five willing customers, an owner, and messages that cost 650 each."""
    with told(sqlite_database, tmp_path, message_prices="simulator=650, whatsapp=650") as story:
        story.sells("Kopi Gayo", "Kopi")
        for n in range(5):
            story.join(f"pelanggan-{n}")
        story.make_owner()
        yield story


def test_a_budget_is_said_in_a_line_shown_kept_and_raised(shop: Story) -> None:
    preview = shop.say("ibu-ratna", "/luncurkan picks ke semua tanpa pembanding anggaran 2.000")
    assert "Anggaran: paling banyak Rp2.000" in preview
    assert "setelah kira-kira 3 pesan, sisanya ditahan" in preview
    shop.say("ibu-ratna", "ya")
    assert shop.dispatch() == 3
    assert (status(shop), counts(shop)["planned"]) == ("paused", 2)
    assert "Anggaran: terpakai Rp1.950 dari Rp2.000." in shop.say("ibu-ratna", "/kemajuan 1")
    assert "Anggarannya Rp2.000." in shop.say("ibu-ratna", "/laporan 1")
    refused = shop.say("ibu-ratna", "/teruskan 1")
    assert "sudah terpakai Rp1.950" in refused
    assert "/batalkan 1" in refused
    assert "Anggaran baru: paling banyak Rp10.000" in shop.say("ibu-ratna", "/teruskan 1 10rb")
    shop.say("ibu-ratna", "ya")
    assert shop.dispatch() == 2
    assert status(shop) == "done"


def test_the_team_is_told_why_it_waits_and_may_end_it(shop: Story) -> None:
    shop.say("ibu-ratna", "/luncurkan picks ke semua tanpa pembanding")
    assert "Diubah: anggaran paling banyak Rp1.500" in shop.say("ibu-ratna", "anggaran 1500")
    shop.say("ibu-ratna", "ya")
    assert shop.dispatch() == 2
    came = news(shop, "ibu-ratna")
    assert "anggarannya habis" in came
    assert "/teruskan 1 1jt" in came
    shop.say("ibu-ratna", "/batalkan 1")
    shop.say("ibu-ratna", "ya")
    assert (status(shop), shop.dispatch()) == ("cancelled", 0)
