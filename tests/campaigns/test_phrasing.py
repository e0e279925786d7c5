"""Before the yes: how many on WhatsApp get free text and how many approved words, and whether those are approved."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from bot.talk.desk import previewing as words
from bot.talk.replies import Teller
from campaigns.launching import drafting, planning
from campaigns.launching.drafts import Draft, by_discount
from campaigns.launching.previewing import Preview, preview
from campaigns.tables import Approval, ApprovedContent
from campaigns.words.composing import Composer
from campaigns.words.phrasing import Lacking, phrasing
from campaigns.words.submitting import keep
from ledger import consent, customers
from ledger.consent import Evidence
from ledger.database import Database
from ledger.tables import Customer, Purpose
from tests.campaigns.conftest import TEN, WORDING, SmallShop

COMPOSER = Composer()
LONG_AGO = TEN - timedelta(days=3)
CHANNELS = ("whatsapp", "simulator")


@pytest.fixture
def shop(sqlite_database: Database) -> SmallShop:
    made = SmallShop(sqlite_database)
    # Something has to have been bought for anything to be liked; this one gets no offers.
    made.buy(made.customer("Tamu", offers=None))
    return made


def on_whatsapp(shop: SmallShop, n: int, *, silent: bool = True, language: str = "id") -> None:
    """Customers who said yes on WhatsApp, three days ago or just now."""
    at = LONG_AGO if silent else TEN
    with shop.database.transaction() as session:
        for place in range(n):
            number = f"+6281200{'12'[silent]}{'12'[language == 'en']}{place:04}"
            address = customers.meet(session, "whatsapp", number, "Sari", at)
            session.get_one(Customer, address.customer_id).language = language
            consent.grant(
                session, address.customer_id, Purpose.OFFERS, scope="whatsapp", wording=WORDING,
                evidence=Evidence("whatsapp", "ya"), at=at,
            )  # fmt: skip


def approve(
    shop: SmallShop,
    approval: Approval,
    *,
    language: str = "id",
    body: str = "",
    discount: bool = False,
    reason: str = "",
) -> None:
    """The words of picks stand so."""
    frame = COMPOSER.frame("picks", language, is_discounted=discount)
    with shop.database.transaction() as session:
        keep(session, frame, frame.name, f"HX{language}{discount}", by="test", now=TEN)
        session.flush()
        found = session.get_one(ApprovedContent, (frame.name, language))
        found.approval, found.body, found.reason = approval, body or found.body, reason


def labels(shop: SmallShop) -> list[str]:
    """What the buttons of that preview are called."""
    with shop.database.transaction() as session:
        wanted = Draft("picks", "all", by_discount(0), holdout_percent=0)
        made = drafting.draft(session, COMPOSER, wanted, shop=shop.shop, by="test", now=TEN)
        found = preview(session, made, COMPOSER, CHANNELS, shop.shop, TEN)
        reply = words.told(session, Teller(COMPOSER, shop.shop, "id"), made, found, TEN).reply
        planning.cancel(session, made, by="test", now=TEN)
    return [each.label for each in reply.buttons]


def launched(shop: SmallShop, language: str = "id") -> str:
    """What is said after a yes to picks for all."""
    with shop.database.transaction() as session:
        wanted = Draft("picks", "all", by_discount(0), holdout_percent=0)
        made = drafting.draft(session, COMPOSER, wanted, shop=shop.shop, by="test", now=TEN)
        plan = planning.approve(session, made, CHANNELS, shop.shop, by="test", now=TEN)
        found = phrasing(session, made, plan, TEN)
        return words.launched(Teller(COMPOSER, shop.shop, language), made, plan, found).text


def shown(shop: SmallShop, language: str = "id", *discounts: int) -> tuple[Preview, str]:
    """The preview of picks to all, for programs and in words."""
    with shop.database.transaction() as session:
        wanted = Draft("picks", "all", by_discount(*(discounts or (0,))), holdout_percent=0)
        made = drafting.draft(session, COMPOSER, wanted, shop=shop.shop, by="test", now=TEN)
        found = preview(session, made, COMPOSER, CHANNELS, shop.shop, TEN)
        told = words.told(session, Teller(COMPOSER, shop.shop, language), made, found, TEN).reply.text
        planning.cancel(session, made, by="test", now=TEN)
    return found, told


def test_who_wrote_lately_gets_free_text_and_the_others_approved_words(shop: SmallShop) -> None:
    on_whatsapp(shop, 2, silent=False)
    on_whatsapp(shop, 3)
    approve(shop, Approval.APPROVED)
    found, told = shown(shop)
    assert found.phrasing.as_json() == {"free": 2, "approved": 3, "awaited": 0, "none": 0, "lacking": []}
    assert "Di WhatsApp: 2 dengan pesan biasa (menulis dalam 24 jam terakhir), 3 dengan kata-kata" in told
    assert "Kirim ke 5 pelanggan?" in told
    assert "Perhatian" not in told


def test_the_samples_are_what_each_will_really_read(shop: SmallShop) -> None:
    on_whatsapp(shop, 1, silent=False)
    on_whatsapp(shop, 1)
    approve(shop, Approval.APPROVED, body="Halo {{1}}, dari {{2}}: {{3}}. Lihat {{4}} ya.")
    samples = {each.is_approved_wording: each.text for each in shown(shop)[0].samples}
    assert samples[True].startswith("Halo Kak Sari, dari Toko Ratna: Kopi Gayo (Rp50.000)")
    assert "• Kopi Gayo" in samples[False]


def test_words_under_review_are_waited_for(shop: SmallShop) -> None:
    on_whatsapp(shop, 3, silent=False)
    on_whatsapp(shop, 2)
    approve(shop, Approval.PENDING)
    found, told = shown(shop)
    assert (found.phrasing.awaited, found.phrasing.unspoken) == (2, 0)
    assert "2 menunggu: kata-katanya" in told
    assert "• dikirimi: 3 sekarang, 2 menunggu WhatsApp\n" in told
    assert "Kirim ke 3 pelanggan sekarang? 2 lagi menunggu WhatsApp. " in told


def test_a_launch_while_words_are_under_review_says_who_goes_now_and_who_waits(shop: SmallShop) -> None:
    on_whatsapp(shop, 2, silent=False)
    on_whatsapp(shop, 3)
    approve(shop, Approval.PENDING)
    assert "berjalan: 2 dikirimi sekarang, 3 menunggu WhatsApp, 0 pembanding, 1 tidak dikirimi." in launched(shop)
    assert "is running: 2 will get it now, 3 wait for WhatsApp, 0 held out" in launched(shop, "en")


def test_where_all_wait_for_whatsapp_the_question_says_that_nobody_gets_it_now(shop: SmallShop) -> None:
    on_whatsapp(shop, 3)
    approve(shop, Approval.PENDING)
    told = shown(shop)[1]
    assert "Mulai? Sekarang belum ada yang dikirimi: 3 menunggu WhatsApp." in told
    assert (
        "sebagian besar dari mereka lebih dari 24 jam tidak menulis, dan kata-kata untuk mereka belum disetujui"
        in told
    )
    assert "Sebaiknya tunggu sampai disetujui." in told


def test_where_most_are_silent_and_nothing_is_approved_it_warns_first_and_says_what_to_do(shop: SmallShop) -> None:
    on_whatsapp(shop, 1, silent=False)
    on_whatsapp(shop, 4)
    approve(shop, Approval.REJECTED)
    found, told = shown(shop)
    assert found.phrasing.is_mostly_unsaid
    assert found.phrasing.lacking == (Lacking("langganan_picks", "id", "rejected", 4),)
    assert "Perhatian: sebagian besar dari mereka lebih dari 24 jam tidak menulis" in told
    assert "4 tidak akan dikirimi" in told
    assert "kata-kata untuk mereka ditolak WhatsApp. Sebaiknya betulkan dulu kata-katanya." in told
    assert "Ditolak: ubah dulu templates/whatsapp/id/langganan_picks.j2, lalu langganan whatsapp templates" in told
    assert "tunggu sampai disetujui" not in told
    assert "• dikirimi: 1\n" in told
    assert "Kirim ke 1 pelanggan?" in told


def test_each_language_and_each_form_needs_its_own_words(shop: SmallShop) -> None:
    on_whatsapp(shop, 2)
    on_whatsapp(shop, 1, language="en")
    approve(shop, Approval.APPROVED)
    found, told = shown(shop, "en", 0, 10)
    assert set(found.phrasing.lacking) == {
        Lacking("langganan_picks_discount", "id", "not_made", 2),
        Lacking("langganan_picks_discount", "en", "not_made", 1),
        Lacking("langganan_picks", "en", "not_made", 1),
    }
    assert found.phrasing.unspoken == 3
    assert told.count("Not submitted: on the shop's computer, langganan whatsapp templates --create") == 1


@pytest.mark.parametrize(
    ("approval", "reason", "advice"),
    [
        (Approval.UNSUBMITTED, "", "Belum diajukan: di komputer toko, langganan whatsapp templates --create"),
        (Approval.REJECTED, "INVALID_FORMAT", "Ditolak (bentuknya tidak diterima: periksa tempat kosong dan"),
        (
            Approval.REJECTED,
            "Too vague",
            "Ditolak (Too vague): ubah dulu templates/whatsapp/id/langganan_picks.j2, lalu",
        ),
        (Approval.DISABLED, "63042", "Dimatikan (Twilio menjawab 63042: terlalu sering dihentikan): ubah dulu"),
        (Approval.DISABLED, "deleted", "Belum diajukan: di komputer toko, langganan whatsapp templates --create"),
        (Approval.UNKNOWN, "", "Keadaannya tidak jelas. Lihat di komputer toko: langganan whatsapp templates"),
    ],
)
def test_each_standing_has_its_own_advice(shop: SmallShop, approval: Approval, reason: str, advice: str) -> None:
    on_whatsapp(shop, 2)
    approve(shop, approval, reason=reason)
    told = shown(shop)[1]
    assert "2 tidak akan dikirimi: kata-kata “pilihan untuk masing-masing” untuk mereka belum boleh dipakai" in told
    assert advice in told


def test_what_nobody_can_be_sent_has_no_days_no_cost_and_no_button_to_send_it(shop: SmallShop) -> None:
    on_whatsapp(shop, 8)
    approve(shop, Approval.REJECTED)
    shop.shop = replace(shop.shop, daily_limits={"whatsapp": 5}, prices={"whatsapp": Decimal(650)})
    found, told = shown(shop)
    assert (found.reach.days, found.reach.cost) == ((), 0)
    assert "• dikirimi: 0\n" in told
    assert "Sekarang tidak ada yang bisa dikirimi. Balas BATAL, atau YA untuk mencatatnya saja." in told
    assert not [each for each in ("hari: 5", "Perkiraan biaya", "tidak langsung", "Ya, kirim") if each in told]
    assert "Ya, kirim" not in labels(shop)


def test_days_and_cost_are_those_of_who_can_be_reached(shop: SmallShop) -> None:
    on_whatsapp(shop, 3, silent=False)
    on_whatsapp(shop, 8)
    approve(shop, Approval.REJECTED)
    shop.shop = replace(shop.shop, daily_limits={"whatsapp": 5}, prices={"whatsapp": Decimal(650)})
    found, told = shown(shop)
    assert (found.reach.days, found.reach.cost) == ((3,), Decimal(1950))
    assert "Perkiraan biaya kirim: Rp1.950." in told
    assert "Ya, kirim" in labels(shop)


def test_one_sample_of_each_kind_is_shown_and_the_larger_kind_first(shop: SmallShop) -> None:
    on_whatsapp(shop, 2, silent=False)
    on_whatsapp(shop, 9)
    shop.crowd(3)
    approve(shop, Approval.APPROVED)
    found, told = shown(shop)
    assert found.samples[0].is_approved_wording
    assert {each.is_approved_wording for each in found.samples} == {True, False}
    assert told.count("\nContoh (") == 2
    assert told.index("kata-kata WhatsApp;") < told.rindex("\nContoh (")


def test_a_shop_without_whatsapp_hears_nothing_of_it(shop: SmallShop) -> None:
    shop.crowd(3)
    found, told = shown(shop)
    assert found.phrasing.as_json() == {"free": 0, "approved": 0, "awaited": 0, "none": 0, "lacking": []}
    assert "WhatsApp" not in told


def test_a_launch_says_so_too_and_counts_nobody_to_whom_nothing_can_be_said(shop: SmallShop) -> None:
    on_whatsapp(shop, 2, silent=False)
    on_whatsapp(shop, 3)
    with shop.database.transaction() as session:
        wanted = Draft("picks", "all", by_discount(0), holdout_percent=0)
        made = drafting.draft(session, COMPOSER, wanted, shop=shop.shop, by="test", now=TEN)
        plan = planning.approve(session, made, CHANNELS, shop.shop, by="test", now=TEN)
        found = phrasing(session, made, plan, TEN)
        told = words.launched(Teller(COMPOSER, shop.shop, "id"), made, plan, found).text
    assert "2 dikirimi, 0 pembanding, 4 tidak dikirimi." in told
    assert "Di WhatsApp: 2 dengan pesan biasa (menulis dalam 24 jam terakhir)." in told
    assert "3 tidak akan dikirimi" in told
