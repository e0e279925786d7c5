"""An owner who has never seen a manual runs a whole campaign by chat; and who may not, does not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import select

from campaigns.tables import Approval, ApprovedContent, Campaign, Message, State, Status
from ledger.tables import AuditEntry, Role
from ledger.team import make_code
from tests.stories.conftest import Story

OWNER = "ibu-ratna"


@pytest.fixture
def shop(story: Story) -> Story:
    """Twelve willing customers, two coffees and an owner."""
    for name in ("Kopi Gayo", "Kopi Toraja"):
        story.sells(name, "kopi")
    for n in range(12):
        story.join(f"pelanggan-{n}")
    story.make_owner(OWNER)
    return story


def somebody_else(story: Story, who: str, role: Role) -> str:
    with story.app.database.transaction() as session:
        code = make_code(session, role, story.clock.now())
    story.say(who, code)
    return who


def campaign(story: Story, number: int) -> Campaign:
    with story.app.database.reading() as session:
        return session.get_one(Campaign, number)


def pressed(story: Story, who: str, text: str, label: str) -> str:
    """What pressing the button of that label under the answer to ``text`` says."""
    buttons = {button.label: button.says for reply in story.hear(who, text).replies for button in reply.buttons}
    return buttons[label]


def test_from_campaign_to_report_without_a_manual(shop: Story) -> None:
    what = pressed(shop, OWNER, "/kampanye", "pilihan untuk masing-masing")
    whom = pressed(shop, OWNER, what, "semua pelanggan")
    off = pressed(shop, OWNER, whom, "10%")
    when = pressed(shop, OWNER, off, "Sekarang")
    preview = shop.hear(OWNER, when).replies[0]
    assert "> Halo Kak Pelanggan" in preview.text
    assert "dikirimi: 11" in preview.text
    assert "pembanding, sengaja tidak dikirimi: 1" in preview.text
    assert "11 dikirimi" in shop.say(OWNER, preview.buttons[0].says)
    assert shop.dispatch() == 11
    report = shop.say(OWNER, "/laporan")
    assert "11" in report
    assert "Terkirim: 11 dari 14 pelanggan" in report


def test_the_same_in_english_in_seven_messages(shop: Story) -> None:
    shop.say(OWNER, "english")
    asked = [shop.say(OWNER, said) for said in ("/campaign", "picks", "all", "10%", "now")]
    assert "What kind of campaign?" in asked[0]
    assert "will get it: 11" in asked[4]
    assert "Campaign 1 is running" in shop.say(OWNER, "yes")
    shop.dispatch()
    assert "Sent: 11 of 14 customers" in shop.say(OWNER, "/report 1")


def test_an_answer_that_will_not_do_is_asked_again_with_the_reason(shop: Story) -> None:
    shop.say(OWNER, "/kampanye")
    again = shop.say(OWNER, "entahlah")
    assert "entahlah" in again
    assert "Kampanye apa yang ingin dibuat?" in again


def test_a_preview_is_changed_by_saying_what_shall_be_different(shop: Story) -> None:
    shop.say(OWNER, "/luncurkan picks ke semua diskon 10%")
    assert "diskon 15%" in shop.say(OWNER, "diskon 15%")
    changed = shop.say(OWNER, "besok jam 9")
    assert "Selasa, 3 November pukul 09.00" in changed
    shop.say(OWNER, "ya")
    assert (campaign(shop, 1).status, campaign(shop, 1).forms[0].discount_percent) == (Status.SCHEDULED, 15)
    with shop.app.database.reading() as session:
        assert len(session.exec(select(Campaign)).all()) == 1


def test_what_is_not_understood_is_answered_with_the_nearest_line_and_that_line_works(shop: Story) -> None:
    heard = shop.hear(OWNER, "/luncurkan piks ke semua diskon 10%").replies[0]
    assert "“piks”" in heard.text
    line = heard.buttons[0].says
    assert line in heard.text
    assert "Balas YA" in shop.say(OWNER, line)


def test_the_owners_own_words_go_out_as_values(shop: Story) -> None:
    shop.say(OWNER, "/luncurkan pesan sendiri ke semua tanpa pembanding: Halo {nama}, {{ 7 * 7 }} {toko} buka Minggu")
    assert campaign_count(shop) == 0
    shop.say(OWNER, "/luncurkan pesan sendiri ke semua tanpa pembanding: Halo {nama}, {toko} buka Minggu")
    shop.say(OWNER, "ya")
    shop.dispatch()
    assert any("Halo Pelanggan, Toko Ratna buka Minggu" in text for text in shop.received_by("pelanggan-0"))


def campaign_count(story: Story) -> int:
    with story.app.database.reading() as session:
        return len(session.exec(select(Campaign).where(Campaign.status != Status.CANCELLED)).all())


def test_a_try_is_marked_and_never_counted(shop: Story) -> None:
    shop.say(OWNER, "/luncurkan picks ke semua diskon 10% atau 15%")
    tried = shop.hear(OWNER, "/uji").replies
    assert ["Rp45.000" in tried[0].text, "Rp42.500" in tried[1].text, len(tried)] == [True, True, 2]
    assert all("Uji coba kampanye 1" in reply.text and "tidak dihitung" in reply.text for reply in tried)
    with shop.app.database.reading() as session:
        assert session.exec(select(Message)).all() == []
    shop.say(OWNER, "ya")
    assert campaign(shop, 1).status == Status.RUNNING


def test_a_yes_after_looking_at_something_else_shows_it_again_first(shop: Story) -> None:
    shop.say(OWNER, "/luncurkan picks ke semua")
    shop.say(OWNER, "/segmen")
    assert "balas YA sekali lagi" in shop.say(OWNER, "ya")
    assert campaign(shop, 1).status == Status.DRAFT
    shop.say(OWNER, "ya")
    assert campaign(shop, 1).status == Status.RUNNING


def test_staff_may_draft_and_a_manager_approves(shop: Story) -> None:
    staff, manager = somebody_else(shop, "mas-budi", Role.STAFF), somebody_else(shop, "mbak-tini", Role.MANAGER)
    assert "pemilik atau manajer" in shop.say(staff, "/luncurkan picks ke semua")
    assert "diteruskan" in shop.say(staff, "ya")
    assert campaign(shop, 1).status == Status.DRAFT
    assert shop.dispatch() == 0
    assert any("/setujui 1" in text for text in shop.received_by(manager))
    assert "Balas YA" in shop.say(manager, "/setujui 1")
    shop.say(manager, "ya")
    assert campaign(shop, 1).status == Status.RUNNING
    with shop.app.database.reading() as session:
        approved = session.exec(select(AuditEntry).where(AuditEntry.action == "campaign approved")).one()
    assert approved.actor != campaign(shop, 1).created_by


def test_staff_cannot_approve_by_the_command_either(shop: Story) -> None:
    staff = somebody_else(shop, "mas-budi", Role.STAFF)
    shop.say(staff, "/luncurkan picks ke semua")
    shop.say(staff, "ya")
    shop.say(staff, "/setujui 1")
    shop.say(staff, "ya")
    assert campaign(shop, 1).status == Status.DRAFT


def test_a_daily_limit_spreads_a_campaign_over_days_for_both_arms(story: Story) -> None:
    story.sells("Kopi Gayo", "kopi")
    for n in range(12):
        story.hear(f"+62812555000{n:02}", "MULAI", channel="whatsapp")
        for said in ("ya", "ya", "ya"):
            story.hear(f"+62812555000{n:02}", said, channel="whatsapp")
    # Who has just written is answered, and that takes no place.
    story.clock.forward(timedelta(days=1))
    story.make_owner(OWNER)
    with story.app.database.transaction() as session:
        frame = story.app.composer.frame("picks", "id", is_discounted=False)
        session.add(
            ApprovedContent(
                name=frame.name, language="id", sid="HX1", fingerprint=frame.fingerprint, body=frame.body,
                places=list(frame.places), approval=Approval.APPROVED, made_at=story.clock.now(),
                looked_at=story.clock.now(),
            )
        )  # fmt: skip
    object.__setattr__(story.app.shop, "daily_limits", {"whatsapp": 4})
    preview = story.say(OWNER, "/luncurkan picks ke semua tahan 20%")
    assert "dikirim dalam 3 hari: 4 + 4 + 2" in preview
    story.say(OWNER, "ya")
    assert [story.dispatch(), story.dispatch()] == [4, 0]
    story.clock.forward(timedelta(days=1))
    assert story.dispatch() == 4
    with story.app.database.reading() as session:
        rows = session.exec(select(Message).where(Message.was_eligible)).all()
    held = sorted(each.counts_from for each in rows if each.state == State.HOLDOUT)
    assert len(held) == 2
    assert held[0] < held[1]


def test_to_approve_the_draft_that_is_open_here_does_not_drop_it(shop: Story) -> None:
    shop.say(OWNER, "/luncurkan picks ke semua diskon 10%")
    shop.say(OWNER, "/uji")
    shop.say(OWNER, "/setujui 1")
    shop.say(OWNER, "ya")
    assert campaign(shop, 1).status == Status.RUNNING


def test_a_yes_runs_nothing_that_somebody_changed_meanwhile(shop: Story) -> None:
    staff = somebody_else(shop, "mas-budi", Role.STAFF)
    shop.say(staff, "/luncurkan picks ke semua diskon 10%")
    shop.say(OWNER, "/setujui 1")
    shop.say(staff, "diskon 50%")
    assert "sudah diubah" in shop.say(OWNER, "ya")
    assert campaign(shop, 1).status != Status.RUNNING
