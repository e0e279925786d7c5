"""Campaigns are held at once, go on and end after a second yes, and tell how far they are."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import col, func, select

from campaigns.sending.dispatching import Drained
from campaigns.tables import Campaign, Message, State
from ledger.tables import AuditEntry, Notice, Role
from ledger.team import make_code
from tests.stories.conftest import Story

CROWD = 40
"""More than are sent in one batch."""
STRANGERS = 1
"""Known from the till alone, and so left out."""


@pytest.fixture
def shop(story: Story) -> Story:
    """Forty willing customers, an owner, one of the staff, and a product that is popular."""
    story.sells("Kopi Gayo", "Kopi")
    for n in range(CROWD):
        story.join(f"pelanggan-{n}")
    story.make_owner()
    let_in(story, "budi", Role.STAFF)
    return story


def let_in(story: Story, who: str, role: Role) -> str:
    with story.app.database.transaction() as session:
        code = make_code(session, role, story.clock.now())
    story.say(who, code)
    return who


def launch(shop: Story, line: str = "picks to all hold 0%") -> None:
    shop.say("ibu-ratna", f"/launch {line}")
    shop.say("ibu-ratna", "ya")


def counts(shop: Story, campaign: int = 1) -> dict[str, int]:
    with shop.app.database.reading() as session:
        wanted = select(Message.state, func.count()).where(Message.campaign_id == campaign).group_by(Message.state)
        return dict(session.exec(wanted).all())


def status(shop: Story, campaign: int = 1) -> str:
    with shop.app.database.reading() as session:
        return session.get_one(Campaign, campaign).status


def buttons(shop: Story, who: str, said: str) -> list[str]:
    return [button.says for reply in shop.hear(who, said).replies for button in reply.buttons]


def told(shop: Story, who: str) -> str:
    """The news that came by itself."""
    before = len(shop.received_by(who))
    asyncio.run(shop.app.tell_waiting())
    return "\n".join(shop.received_by(who)[before:])


def test_a_pause_in_the_middle_of_sending_lets_nothing_further_be_claimed(shop: Story) -> None:
    launch(shop)
    said = []

    def between_batches(_done: Drained) -> None:
        if not said:
            said.append(shop.app.router.receive(_inbound("budi", "/jeda")).replies[0].text)

    drained = asyncio.run(replace(shop.app.dispatcher, in_flight=16).drain(between_batches))
    assert 0 < drained.sent < CROWD
    assert counts(shop) == {"sent": drained.sent, "planned": CROWD - drained.sent, "withheld": STRANGERS}
    assert f"{CROWD - drained.sent} pesan belum terkirim dan tetap menunggu" in said[0]
    assert shop.dispatch() == 0
    question = shop.say("ibu-ratna", "/teruskan")
    assert f"{CROWD - drained.sent} pesan belum terkirim dan akan dikirim mulai sekarang" in question
    assert f"{drained.sent} sudah terkirim" in question
    assert shop.dispatch() == 0
    assert "sekarang berjalan" in shop.say("ibu-ratna", "ya")
    assert shop.dispatch() == CROWD - drained.sent
    assert counts(shop) == {"sent": CROWD, "withheld": STRANGERS}


def _inbound(who: str, text: str):  # type: ignore[no-untyped-def]
    from bot.inbound import Inbound

    return Inbound(channel="simulator", address=who, text=text, provider_message_id=f"between-{who}-{text}", name=who)


def test_ending_takes_a_second_yes_with_numbers_and_a_no_leaves_it(shop: Story) -> None:
    launch(shop)
    question = shop.say("ibu-ratna", "/cancel")
    assert "Akhiri kampanye 1" in question
    assert "40 pesan yang belum terkirim tidak akan dikirim" in question
    assert "Dibiarkan seperti semula" in shop.say("ibu-ratna", "tidak")
    assert status(shop) == "running"
    shop.say("ibu-ratna", "/batalkan 1")
    assert "40 pesan tidak jadi dikirim" in shop.say("ibu-ratna", "ya")
    assert counts(shop) == {"withheld": CROWD + STRANGERS}
    assert "tidak bisa" in shop.say("ibu-ratna", "/teruskan 1").lower()


def test_the_yes_does_not_keep(shop: Story) -> None:
    launch(shop)
    shop.say("ibu-ratna", "/cancel 1")
    shop.clock.forward(timedelta(minutes=10, seconds=1))
    assert "lebih dari 10 menit" in shop.say("ibu-ratna", "ya")
    assert status(shop) == "running"
    assert "Tidak ada yang sedang menunggu" in shop.say("ibu-ratna", "ya")


def test_the_yes_is_to_the_question_and_not_to_what_was_looked_at_meanwhile(shop: Story) -> None:
    launch(shop)
    shop.say("ibu-ratna", "/cancel 1")
    shop.say("ibu-ratna", "/kemajuan 1")
    shop.say("ibu-ratna", "ya")
    assert status(shop) == "running"


def test_a_button_of_another_question_answers_nothing(shop: Story) -> None:
    launch(shop)
    shop.say("ibu-ratna", "/cancel 1")
    shop.say("ibu-ratna", "ya kirim")
    assert status(shop) == "running"


def test_who_is_made_staff_between_question_and_yes_does_not_do_it(shop: Story) -> None:
    let_in(shop, "john", Role.MANAGER)
    launch(shop)
    shop.say("john", "/batalkan 1")
    shop.say("ibu-ratna", "/tim peran 3 staf")
    shop.say("ibu-ratna", "ya")
    shop.say("john", "ya")
    assert status(shop) == "running"


def test_staff_may_stop_what_they_may_not_set_going(shop: Story) -> None:
    launch(shop)
    assert "/teruskan hanya untuk manajer atau pemilik" in shop.say("budi", "/teruskan 1")
    assert "Minta tolong: Ibu" in shop.say("budi", "/batalkan 1")
    assert "ditahan" in shop.say("budi", "/pause 1")
    assert status(shop) == "paused"


def test_who_leads_hears_who_held_a_campaign_and_who_let_it_go_on(shop: Story) -> None:
    let_in(shop, "john-baker", Role.MANAGER)
    launch(shop)
    told(shop, "ibu-ratna")
    shop.say("budi", "/jeda 1")
    for who in ("ibu-ratna", "john-baker"):
        assert "Kampanye 1 ditahan oleh Budi. Teruskan: /teruskan 1" in "\n".join(shop.received_by(who))
    assert "ditahan oleh" not in "\n".join(shop.received_by("budi"))
    for said in ("/teruskan 1", "ya", "/batalkan 1", "ya"):
        shop.say("john-baker", said)
    heard = "\n".join(shop.received_by("ibu-ratna"))
    assert "Kampanye 1 diteruskan oleh John." in heard
    assert "Kampanye 1 diakhiri oleh John. Hasil: /laporan 1" in heard
    # What a manager decides is no news to staff, nor to whoever did it.
    for who in ("budi", "john-baker"):
        assert "oleh John" not in "\n".join(shop.received_by(who))


def test_drafts_that_were_dropped_are_no_campaigns(shop: Story) -> None:
    shop.say("ibu-ratna", "/launch picks to all hold 0%")
    shop.say("ibu-ratna", "batal")
    assert "Belum ada kampanye" in shop.say("ibu-ratna", "/semua_kampanye")
    assert "Belum ada kampanye" in shop.say("ibu-ratna", "/laporan")
    launch(shop)
    shop.say("ibu-ratna", "/launch picks to all hold 0%")
    shop.say("ibu-ratna", "batal")
    listed = shop.say("ibu-ratna", "/semua_kampanye")
    assert "• 2. " in listed
    assert "• 1. " not in listed
    assert "• 3. " not in listed
    assert "Laporan kampanye 2" in shop.say("ibu-ratna", "/laporan")


def test_a_report_on_what_never_sent_anything_ends_with_the_counts(shop: Story) -> None:
    launch(shop, "picks to all hold 50%")
    for said in ("/batalkan 1", "ya"):
        shop.say("ibu-ratna", said)
    report = shop.say("ibu-ratna", "/laporan 1")
    assert "Terkirim: 0 dari" in report
    assert "pembanding, tidak dikirimi" in report
    for word in ("Selisih", "masih bisa berubah", "Yang membeli", "Per kelompok"):
        assert word not in report


def test_a_campaign_that_is_done_has_no_rate(shop: Story) -> None:
    launch(shop)
    assert shop.dispatch() == CROWD
    told_at_the_end = shop.say("ibu-ratna", "/kemajuan 1")
    assert "di menit terakhir" not in told_at_the_end
    assert "Pukul 10.00. Hasil" in told_at_the_end


def test_without_a_number_the_only_one_is_meant_and_of_several_it_is_asked_which(shop: Story) -> None:
    assert "Tidak ada kampanye yang sedang jalan" in shop.say("ibu-ratna", "/jeda")
    launch(shop)
    launch(shop, "picks to all hold 0% tomorrow 09:00")
    assert buttons(shop, "ibu-ratna", "/jeda") == ["/jeda 2", "/jeda 1"]
    assert [status(shop, n) for n in (1, 2)] == ["running", "scheduled"]
    shop.say("ibu-ratna", "/jeda 1")
    # Of the two only one is held, and only one still runs.
    assert "Teruskan kampanye 1" in shop.say("ibu-ratna", "/teruskan")
    assert "Kampanye 2" in shop.say("ibu-ratna", "/jeda")
    assert buttons(shop, "ibu-ratna", "/batalkan") == ["/batalkan 2", "/batalkan 1"]


@pytest.mark.parametrize("said", ["/pause 99", "/resume 99", "/cancel 99", "/progress 99", "/pause satu"])
def test_a_number_that_is_none_is_said(shop: Story, said: str) -> None:
    assert f"Tidak ada kampanye {said.split()[1]}" in shop.say("ibu-ratna", said)


def test_what_is_held_before_its_time_starts_when_resumed_after_it(shop: Story) -> None:
    launch(shop, "picks to all hold 0% tomorrow 09:00")
    assert "Belum mulai" in shop.say("budi", "/jeda")
    shop.clock.forward(timedelta(days=1))
    assert "mulai sekarang: 40 pelanggan akan dikirimi" in shop.say("ibu-ratna", "/teruskan")
    shop.say("ibu-ratna", "ya")
    assert shop.dispatch() == CROWD


def test_what_comes_round_again_is_listed_with_what_comes_next(shop: Story) -> None:
    launch(shop, "picks to all every friday 10:00")
    # It is Monday the second.
    assert "terjadwal, setiap Jumat pukul 10.00; berikutnya Jumat, 6 November" in shop.say("ibu-ratna", "/campaigns")
    assert "Tidak ada putaran baru" in shop.say("ibu-ratna", "/jeda")
    assert "setiap Jumat pukul 10.00" in shop.say("ibu-ratna", "/teruskan")


def test_progress_tells_the_rate_and_how_long_the_rest_takes(shop: Story) -> None:
    launch(shop)
    set_sent(shop, seconds=[*range(100, 120)], now=120)
    answer = shop.say("ibu-ratna", "/kemajuan")
    # Twenty in nineteen seconds are twenty in the last minute; twenty more take a minute.
    assert "20 dari 40 terkirim (50%)" in answer
    assert "20 menunggu giliran; pada laju ini sekitar 60 detik lagi" in answer
    assert "Laju: 20 di menit terakhir; rata-rata 60 per menit" in answer
    assert buttons(shop, "ibu-ratna", "/kemajuan 1") == ["/kemajuan 1", "/jeda 1"]


def set_sent(shop: Story, seconds: list[int], now: int) -> None:
    """As many were sent, each so many seconds after the launch."""
    began = shop.clock.now()
    shop.clock.forward(timedelta(seconds=now))
    with shop.app.database.transaction() as session:
        chosen = Message.campaign_id == 1, Message.state == State.PLANNED
        rows = session.exec(select(Message).where(*chosen).order_by(col(Message.id))).all()
        for row, second in zip(rows, seconds, strict=False):
            row.state, row.sent_at = State.SENT, began + timedelta(seconds=second)


def test_what_waits_for_its_hour_is_told_and_not_guessed_away(shop: Story) -> None:
    shop.clock.forward(timedelta(hours=9))
    # Seven in the evening; from eight on nobody is sent anything.
    launch(shop)
    shop.clock.forward(timedelta(hours=2))
    assert shop.dispatch() == 0
    answer = shop.say("ibu-ratna", "/progress")
    assert "0 dari 40 terkirim" in answer
    assert "40 belum waktunya (menunggu jam tenang lewat): Selasa, 3 November" in answer
    assert "pada laju ini" not in answer


def test_when_a_campaign_is_done_those_who_approve_are_told_once(shop: Story) -> None:
    launch(shop)
    assert shop.dispatch() == CROWD
    assert shop.dispatch() == 0
    with shop.app.database.reading() as session:
        assert len(session.exec(select(Notice).where(Notice.template == "campaign_done")).all()) == 1
    news = told(shop, "ibu-ratna")
    assert "selesai: 40 terkirim. Hasilnya: /laporan 1" in news
    assert told(shop, "ibu-ratna") == ""
    assert told(shop, "budi") == ""
    assert "/jeda" not in shop.say("ibu-ratna", "/kemajuan 1")


def test_who_did_what_is_on_record(shop: Story) -> None:
    launch(shop)
    for said in ("/jeda 1", "/teruskan 1", "ya", "/batalkan 1", "ya"):
        shop.say("ibu-ratna", said)
    with shop.app.database.reading() as session:
        done = session.exec(select(AuditEntry.action).order_by(col(AuditEntry.id))).all()
    assert [each for each in done if each.startswith("campaign ")] == [
        "campaign approved",
        "campaign paused",
        "campaign resumed",
        "campaign cancelled",
    ]
