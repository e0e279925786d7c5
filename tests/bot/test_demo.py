"""The demo tells the whole job, in both languages, and keeps away from a real shop."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlmodel import select

from bot.demo import tell
from bot.settings import Settings
from campaigns.demonstration import NotADemo
from campaigns.outcomes import results
from campaigns.tables import Campaign, Status
from ledger import chain
from ledger.database import Database
from ledger.tables import Customer
from tests.campaigns.conftest import TEN
from tests.postgresql import PostgreSQL


def settings(folder: Path, language: str = "id", url: str | None = None) -> Settings:
    return Settings(_env_file=None, data_dir=folder, shop_language=language, database_url=url)  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("language", "words"),
    [("id", ["Boleh Toko Ratna mengirim", "Laporan kampanye 1", "Selisih", "tidak dikirimi"]),
     ("en", ["May Toko Ratna send", "Report on campaign 1", "Difference", "held out"])],
)  # fmt: skip
def test_the_story_is_told_and_its_report_adds_up(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], language: str, words: list[str]
) -> None:
    tell(settings(tmp_path, language), picture=tmp_path / "demo.svg")
    told = capsys.readouterr().out
    assert (tmp_path / "demo.svg").read_text(encoding="utf-8").startswith("<svg")
    assert [each for each in words if each not in told] == []
    database = Database(settings(tmp_path).demo_url(), secret=settings(tmp_path).secret())
    with database.reading() as session:
        campaign = session.get_one(Campaign, 1)
        report = results.report(session, campaign)
        assert chain.verify(session).ok
    assert campaign.status == Status.DONE
    assert report.audience == 80 == report.holdout + sum(report.states.values()) + sum(report.withheld.values())
    assert report.clicks > 0
    assert report.purchases > 0
    assert report.lift.value is not None
    database.close()


def test_it_is_told_on_postgresql_too_and_can_be_told_again(tmp_path: Path, postgresql: PostgreSQL) -> None:
    url = postgresql.create("demo_shop")
    tell(settings(tmp_path, url=url))
    tell(settings(tmp_path, url=url))
    database = Database(url, secret=settings(tmp_path).secret())
    with database.reading() as session:
        assert results.report(session, session.get_one(Campaign, 1)).audience == 80
    database.close()
    postgresql.drop("demo_shop")


def test_a_real_shops_database_is_left_alone(tmp_path: Path, sqlite_database: Database) -> None:
    with sqlite_database.transaction() as session:
        session.add(Customer(name="Sari", source="chat", created_at=TEN))
    url = sqlite_database.engine.url.render_as_string(hide_password=False)
    with pytest.raises(NotADemo, match="this database holds a real shop"):
        tell(settings(tmp_path, url=url))
    with sqlite_database.reading() as session:
        assert session.exec(select(Customer)).one().name == "Sari"


def test_a_shops_own_history_can_play_the_part(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [
        f"2026-{month:02}-{3 + who % 20:02} 10:00,C{who},O{who}-{month},P{product},Produk {product},{who + 1},10.000"
        for who in range(40)
        for month in range(1, 10)
        for product in (who % 4, 4 + who % 3)
    ]
    data = tmp_path / "own.csv"
    data.write_text(
        "\n".join(["tanggal,pelanggan,no pesanan,produk,nama produk,jumlah,harga", *rows]), encoding="utf-8"
    )
    tell(settings(tmp_path), data=data, format="csv")
    told = capsys.readouterr().out
    assert "Riwayat dari own.csv" in told
    assert "Laporan kampanye 1" in told
