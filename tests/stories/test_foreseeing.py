"""What the team hears of the future: of one customer on the card, of all of them after the findings."""

from __future__ import annotations

import pytest

from campaigns.tables import Future, MiningRun
from ledger.tables import Role
from ledger.team import make_code
from tests.stories.conftest import Story

OUTLOOK = {
    "n": 75, "days": 30, "method": "model", "came": 40.0, "foreseen": 43.6, "foreseen_plainly": 42.0,
    "customers": 80, "expected_visits": 120.4, "expected_spend_minor": 4_200_000.0, "seekers": 5, "seekers_of": 60,
}  # fmt: skip


@pytest.fixture
def shop(story: Story) -> Story:
    """An owner, somebody of the staff, and two customers of whom a run foresees the same; one allows no history."""
    story.make_owner()
    for name, profiling in (("sari", "ya"), ("budi", "tidak")):
        story.join(name, profiling=profiling)
    now = story.clock.now()
    with story.app.database.transaction() as session:
        code = make_code(session, Role.STAFF, now)
        run = MiningRun(started_at=now, ready_at=now, quality={"currency": "IDR", "lifetime": OUTLOOK})
        session.add(run)
        session.flush()
        for name in ("sari", "budi"):
            session.add(
                Future(
                    run_id=run.id, customer_id=story.number_of(name), n=9, expected_visits=3.14, alive=0.92,
                    expected_spend_minor=310_400.0, due_from="2026-12-03", due_until="2026-12-18", bargain=0.25,
                    bargain_n=8,
                )
            )  # fmt: skip
    story.say("staff", code)
    return story


def test_the_owner_reads_on_the_card_what_is_foreseen_and_by_how_much(shop: Story) -> None:
    said = shop.say("ibu-ratna", f"/pelanggan {shop.number_of('sari')}")
    assert "Kemungkinan masih pelanggan kita: 92% (dari 9 hari belanjanya)" in said
    assert "Perkiraan 90 hari ke depan: 3,1 kali belanja, sekitar Rp310.000 (dari 9 hari belanjanya)" in said
    assert "biasanya antara 3 Des 2026 dan 18 Des 2026 (1 dari 2 kali; dari 9 hari belanjanya)" in said
    assert "Lebih sering membeli saat diskon daripada pelanggan lain di waktu yang sama: +25% (dari 8" in said


def test_staff_read_it_without_the_amount(shop: Story) -> None:
    said = shop.say("staff", f"/pelanggan {shop.number_of('sari')}")
    assert "Perkiraan 90 hari ke depan: 3,1 kali belanja (dari 9 hari belanjanya)" in said
    assert "310.400" not in said


def test_of_who_allows_no_history_nothing_is_foreseen(shop: Story) -> None:
    said = shop.say("ibu-ratna", f"/pelanggan {shop.number_of('budi')}")
    assert "Riwayatnya tidak diizinkan untuk dipakai" in said
    assert "Perkiraan" not in said


def test_after_the_findings_stands_what_is_expected_of_all_and_how_that_did_before(shop: Story) -> None:
    said = shop.say("ibu-ratna", "/temuan")
    assert "Perkiraan 90 hari ke depan: 120 kali belanja, sekitar Rp4.200.000 dari 80 pelanggan." in said
    assert "Diuji pada 30 hari terakhir: diperkirakan 44, nyatanya 40 (n = 75 pelanggan)." in said
    assert "5 dari 60 pelanggan tampaknya menunggu diskon." in said
    shop.say("ibu-ratna", "english")
    assert "Tested on the last 30 days: 44 foreseen, 40 made (n = 75 customers)." in shop.say(
        "ibu-ratna", "/insights"
    )


def test_where_the_plain_rule_does_better_it_is_used_and_said(shop: Story) -> None:
    with shop.app.database.transaction() as session:
        now = shop.clock.now()
        plain = {**OUTLOOK, "method": "recency_rule", "expected_spend_minor": None, "seekers": 0}
        session.add(MiningRun(started_at=now, ready_at=now, quality={"currency": "IDR", "lifetime": plain}))
    said = shop.say("ibu-ratna", "/temuan")
    assert "Perkiraan 90 hari ke depan: 120 kali belanja dari 80 pelanggan. Dihitung sederhana" in said
    assert "diperkirakan 42, nyatanya 40" in said
    assert "menunggu diskon" not in said
