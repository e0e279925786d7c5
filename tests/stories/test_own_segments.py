"""Segments in the shop's own words, and the ways to divide: made, counted, sent to, kept alive, deleted; in chat."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select

from campaigns.launching import scheduling
from campaigns.tables import Campaign, Message, OwnSegment, State
from ledger import interactions, selling
from ledger.database import Database
from ledger.tables import AuditEntry, Customer, Product
from tests.stories.conftest import Story, told

DAY = timedelta(days=1)


@pytest.fixture
def open_shop(sqlite_database: Database, tmp_path: Path) -> Iterator[Story]:
    with told(sqlite_database, tmp_path) as story:
        yield story


def bought(story: Story, who: str, product_id: int, *days_ago: int) -> None:
    with story.app.database.transaction() as session:
        product = session.get_one(Product, product_id)
        for days in days_ago:
            at = story.clock.now() - days * DAY
            ref = f"{who}-{days}"
            interactions.log_purchase(
                session, story.number_of(who), product, quantity=1, amount_minor=50_000, order_ref=ref,
                platform="pos", at=at,
            )  # fmt: skip


def lives(story: Story, who: str, city: str) -> None:
    with story.app.database.transaction() as session:
        session.get_one(Customer, story.number_of(who)).city = city


@pytest.fixture
def coffee(open_shop: Story) -> Story:
    """Sari and Budi bought coffee twice, Wati once; Tono too, and refuses the use of his history; Rudi wrote only."""
    product = open_shop.sells("Kopi Gayo", "kopi")
    for who, days in {"sari": (40, 50), "budi": (40, 50), "wati": (40,), "tono": (40, 50), "rudi": ()}.items():
        open_shop.join(who, profiling="tidak" if who == "tono" else "ya")
        bought(open_shop, who, product, *days)
    bought(open_shop, "budi", product, 3)
    lives(open_shop, "sari", "Lhokseumawe")
    lives(open_shop, "wati", "Medan")
    return open_shop


def audience(story: Story, campaign: int) -> dict[str, str]:
    """Who has a row, by name, and in what state."""
    with story.app.database.reading() as session:
        rows = select(Customer.name, Message.state).join(Message, col(Message.customer_id) == col(Customer.id))
        return dict(session.exec(rows.where(Message.campaign_id == campaign)).all())


NEW = "/segmen baru Penggemar Kopi: beli kopi 2 kali dalam 60 hari, tidak dalam 30 hari terakhir"


def test_a_segment_in_plain_words_is_said_back_counted_and_kept(coffee: Story) -> None:
    said = coffee.say(coffee.owner(), NEW)
    assert said.startswith(
        'Penggemar Kopi: beli kategori "kopi" minimal 2 kali dalam 60 hari terakhir, '
        'tidak beli kategori "kopi" dalam 30 hari terakhir'
    )
    assert "1 dari 6 pelanggan" in said
    assert "Penawaran sampai ke 1" in said
    assert "1 orang tidak mengizinkan riwayatnya dipakai: mereka tidak dilihat" in said
    assert "Kurang dari 5 orang" in said
    assert '/luncurkan pilihan ke "Penggemar Kopi"' in said
    assert "Penggemar Kopi — 1 orang" in coffee.say(coffee.owner(), "/segmen sendiri")
    assert coffee.say(coffee.owner(), "/segmen penggemar kopi").startswith("Penggemar Kopi: beli")


def test_it_is_a_campaigns_audience_and_who_refuses_the_use_of_their_history_is_not_in_it(coffee: Story) -> None:
    owner = coffee.owner()
    coffee.say(owner, NEW)
    preview = coffee.say(owner, "/luncurkan pilihan ke penggemar kopi, tanpa diskon, tanpa pembanding, sekarang")
    assert "Untuk: Penggemar Kopi" in preview
    assert "Kelompok ini hanya 1 orang" in preview
    coffee.say(owner, "ya")
    assert audience(coffee, 1) == {"Sari": State.PLANNED}
    assert coffee.dispatch() == 1


def test_the_approval_keeps_what_the_segment_said_that_day(coffee: Story) -> None:
    owner = coffee.owner()
    coffee.say(owner, NEW)
    coffee.say(owner, "/luncurkan pilihan ke penggemar kopi, tanpa diskon, tanpa pembanding, sekarang")
    coffee.say(owner, "ya")
    with coffee.app.database.reading() as session:
        approved = session.exec(select(AuditEntry).where(AuditEntry.action == "campaign approved")).one()
    assert approved.detail["segment"]["said"] == "beli kopi 2 kali dalam 60 hari, tidak dalam 30 hari terakhir"
    assert approved.detail["segment"]["is"] == "all"


def test_a_standing_campaign_finds_at_each_round_who_is_in_it_by_then(coffee: Story) -> None:
    owner = coffee.owner()
    coffee.say(owner, NEW)
    coffee.say(owner, "/luncurkan pilihan ke penggemar kopi, tanpa diskon, tanpa pembanding, tiap hari jam 10:30")
    coffee.say(owner, "ya")
    # Until then the till brings a second coffee of Wati's, five weeks old, and Sari buys again.
    bought(coffee, "wati", 1, 35)
    bought(coffee, "sari", 1, 1)
    coffee.clock.forward(timedelta(minutes=31))
    app = coffee.app
    scheduling.start_due(app.database, app.channels.keys(), app.shop, coffee.clock.now())
    with app.database.reading() as session:
        standing = session.exec(select(Campaign).where(col(Campaign.parent_id).is_(None))).one()
        rounds = session.exec(select(Campaign.id).where(Campaign.parent_id == standing.id)).all()
    assert [audience(coffee, number) for number in rounds] == [{"Wati": State.PLANNED}]


def test_a_segment_that_a_campaign_goes_by_is_not_deleted_and_one_that_is_free_is_after_a_yes(coffee: Story) -> None:
    owner = coffee.owner()
    coffee.say(owner, NEW)
    coffee.say(owner, "/luncurkan pilihan ke penggemar kopi, tanpa diskon, besok jam 9")
    coffee.say(owner, "ya")
    assert "dipakai kampanye 1" in coffee.say(owner, "/segmen hapus penggemar kopi")
    coffee.say(owner, "/batalkan 1")
    coffee.say(owner, "ya")
    assert "Hapus kelompok" in coffee.say(owner, "/segmen hapus penggemar kopi")
    gone = coffee.say(owner, "ya")
    assert NEW in gone
    with coffee.app.database.reading() as session:
        assert session.exec(select(OwnSegment)).all() == []


def test_a_deleted_segment_comes_back_by_the_line_that_was_left(coffee: Story) -> None:
    owner = coffee.owner()
    coffee.say(owner, NEW)
    coffee.say(owner, "/segmen hapus penggemar kopi")
    line = next(each for each in re.findall(r"/segmen baru .*", coffee.say(owner, "ya")))
    assert coffee.say(owner, line).startswith("Penggemar Kopi: beli")


def test_what_is_not_understood_is_named_and_nothing_is_kept(coffee: Story) -> None:
    said = coffee.say(coffee.owner(), "/segmen baru aneh: beli mobil, umur 40")
    assert "“mobil”" in said
    assert "tidak boleh jadi dasar kelompok" in said
    assert "Belum ada kelompok buatan sendiri" in coffee.say(coffee.owner(), "/segmen sendiri")


def test_only_by_what_they_told_reaches_those_too_who_refuse_the_use_of_their_history(coffee: Story) -> None:
    owner = coffee.owner()
    lives(coffee, "tono", "Medan")
    coffee.say(owner, "/segmen baru orang medan: kota Medan")
    coffee.say(owner, "/luncurkan pilihan ke orang medan, tanpa diskon, tanpa pembanding, sekarang")
    coffee.say(owner, "ya")
    assert audience(coffee, 1) == {"Wati": State.PLANNED, "Tono": State.PLANNED}


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("semua", "sudah punya arti lain"),
        ("bernilai tinggi", "sudah punya arti lain"),
        ("x", "tidak bisa jadi nama"),
        ("{{ 7*7 }}", "tidak bisa jadi nama"),
        ("'; DROP TABLE own_segments; --", "tidak bisa jadi nama"),
        ("a" * 60, "tidak bisa jadi nama"),
    ],
)
def test_a_name_that_will_not_do_is_refused_with_the_reason(coffee: Story, name: str, why: str) -> None:
    assert why in coffee.say(coffee.owner(), f"/segmen baru {name}: beli kopi")


def test_english_is_as_good(coffee: Story) -> None:
    owner = coffee.owner()
    coffee.say(owner, "english")
    said = coffee.say(owner, "/segment new coffee lovers: bought coffee twice in 60 days, Lhokseumawe")
    assert said.startswith(
        'coffee lovers: bought category "kopi" at least 2 times in the last 60 days, city "Lhokseu'
    )
    assert "1 of 6 customers" in said
    assert "To: coffee lovers" in coffee.say(owner, "/launch picks to coffee lovers, no discount, now")


def test_the_way_that_was_chosen_is_shown_until_another_is(coffee: Story) -> None:
    owner = coffee.owner()
    assert "perlu 20 orang" in coffee.say(owner, "/segmen menurut nilai")
    said = coffee.say(owner, "/segmen menurut saluran")
    assert "pembeli di kasir — 4 orang" in said
    assert said == coffee.say(owner, "/segmen")
    assert "Belum ada kelompok" in coffee.say(owner, "/segmen menurut perilaku")
    assert "Belum ada kelompok" in coffee.say(owner, "/segmen")
    assert "Dibagi menurut apa?" in coffee.say(owner, "/segmen menurut selera")


def test_tiers_of_value_state_their_bounds_and_are_an_audience(coffee: Story) -> None:
    owner = coffee.owner()
    for n in range(20):
        coffee.join(f"tamu{n}")
        with coffee.app.database.transaction() as session:
            line = selling.Line(None, 1, 100_000 * (n + 1))
            selling.sell(session, coffee.number_of(f"tamu{n}"), [line], currency="IDR", by="t", at=coffee.clock.now())
    said = coffee.say(owner, "/segmen menurut nilai")
    # Of 24 who bought and do not refuse, the fourth spent 1.7 million, the twelfth 900 thousand.
    assert "Nilai tinggi mulai Rp1.700.000, sedang mulai Rp900.000" in said
    assert "pelanggan bernilai tinggi — 4 orang" in said
    coffee.say(owner, "/luncurkan pilihan ke pelanggan bernilai tinggi, tanpa diskon, tanpa pembanding, sekarang")
    coffee.say(owner, "ya")
    assert set(audience(coffee, 1)) == {f"Tamu{n}" for n in (16, 17, 18, 19)}


def test_staff_may_look_and_not_make(coffee: Story) -> None:
    owner = coffee.owner()
    code = re.search(r"[A-Z2-9]{4}-[A-Z2-9]{4}", coffee.say(owner, "/tim kode staf"))
    assert code is not None
    coffee.say("agus", code[0])
    assert "perlu" in coffee.say("agus", NEW)
    assert "Belum ada kelompok buatan sendiri" in coffee.say("agus", "/segmen sendiri")
