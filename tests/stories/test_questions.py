"""What no rule of ours answers is passed on to the people in the shop, and their answers come back."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from bot.inbound import Attachment, Inbound
from campaigns.channel import Failed, Outcome, Outgoing, OutsideWindow, Sent, Unreachable
from campaigns.privacy import forgetting
from campaigns.tables import Message
from ledger import customers, questions, windows
from ledger.database import Database
from ledger.tables import AuditEntry, Interaction, Kind, Notice, Question, Role, TeamMember
from ledger.team import make_code
from tests.stories.conftest import Story, told

SARI = "+6281200000001"
"""On WhatsApp."""


@pytest.fixture
def shop(story: Story) -> Story:
    """An owner on the simulator and one of the staff on WhatsApp; Sari writes on WhatsApp."""
    story.make_owner("ibu-ratna")
    hired(story, "+6281200000077", Role.STAFF)
    return story


def hired(story: Story, who: str, role: Role, channel: str = "whatsapp", name: str = "Dewi Lestari") -> None:
    with story.app.database.transaction() as session:
        code = make_code(session, role, story.clock.now())
    story.hear(who, code, channel=channel, name=name)


def asks(story: Story, text: str, **more: object) -> str:
    heard = story.hear(SARI, text, channel="whatsapp", name="Sari Wulandari", **more)  # type: ignore[arg-type]
    return "\n\n".join(reply.text for reply in heard.replies)


def to(story: Story, who: str) -> str:
    """The last thing somebody received."""
    return story.received_by(who)[-1]


def told_of(story: Story, who: str) -> list[str]:
    """What one of the team was told that Sari wrote."""
    return [text for text in story.received_by(who) if text.startswith("Sari ")]


def notices(story: Story, who: str, template: str = questions.ASKED) -> Sequence[Notice]:
    with story.app.database.reading() as session:
        chat = customers.address_of(session, "whatsapp" if who.startswith("+") else "simulator", who)
        assert chat is not None
        wanted = select(Notice).where(Notice.address_id == chat.id, Notice.template == template)
        return session.exec(wanted.order_by(Notice.id)).all()  # type: ignore[arg-type]


def quotes(story: Story, text: str, who: str = "ibu-ratna", which: int = -1, number: str | None = None) -> str:
    """One of the team replies to a question they were told of."""
    channel = "whatsapp" if who.startswith("+") else "simulator"
    quoted = notices(story, who)[which].provider_message_id
    assert quoted is not None
    heard = story.hear(who, text, channel=channel, in_reply_to=quoted, number=number)
    return "\n\n".join(reply.text for reply in heard.replies)


def passes(story: Story, **time: float) -> None:
    story.clock.forward(timedelta(**time))
    asyncio.run(story.app.tell_waiting())


def test_a_question_reaches_the_team_and_the_answer_comes_back(shop: Story) -> None:
    answer = asks(shop, "Kopi gayo 250 gram masih ada?")
    assert "Sudah saya teruskan ke orang Toko Ratna" in answer
    for who in ("ibu-ratna", "+6281200000077"):
        assert to(shop, who).startswith("Sari bertanya:\n> Kopi gayo 250 gram masih ada?\n")
        assert "/jawab 1 " in to(shop, who)
    assert "sedang dikirim" in quotes(shop, "Masih kak,\nmau berapa?")
    assert to(shop, SARI).startswith("Toko Ratna menjawab:\n\nMasih kak,\nmau berapa?\n")
    told_of = "Pertanyaan 1 dari Sari sudah dijawab oleh Ibu:\n> Masih kak,\n> mau berapa?"
    assert to(shop, "+6281200000077").startswith(told_of)


def test_the_whole_of_it_in_english(shop: Story) -> None:
    shop.say("ibu-ratna", "english")
    asks(shop, "english")
    assert "passed this on to the people at Toko Ratna" in asks(shop, "Do you still have the 250 g bags?")
    assert to(shop, "ibu-ratna").startswith("Sari asks:\n> Do you still have the 250 g bags?\n")
    assert "on its way" in quotes(shop, "We do!")
    assert to(shop, SARI).startswith("Toko Ratna answers:\n\nWe do!\n")
    assert "No question waits" in shop.say("ibu-ratna", "/questions")


def test_no_number_and_no_surname_reaches_the_team(shop: Story) -> None:
    asks(shop, "Kopi gayo ada?")
    shop.say("ibu-ratna", "/pertanyaan")
    shop.say("ibu-ratna", "/pertanyaan 1")
    heard = "\n".join((*shop.received_by("ibu-ratna"), *shop.received_by("+6281200000077")))
    assert "Sari" in heard
    assert "Wulandari" not in heard
    assert "0001" not in heard
    assert "81200000001" not in heard


def test_both_sides_are_logged_as_interactions(shop: Story) -> None:
    asks(shop, "Kopi gayo ada?")
    quotes(shop, "Ada kak")
    with shop.app.database.reading() as session:
        sari = customers.find(session, SARI, "ID").id
        said = session.exec(select(Interaction).where(Interaction.customer_id == sari)).all()
        deed = session.exec(select(AuditEntry).where(AuditEntry.action == "question answered")).one()
        question = session.exec(select(Question)).one()
        team = session.exec(select(Interaction).where(Interaction.text == "Ada kak")).all()
    assert (Kind.MESSAGE_IN, "Kopi gayo ada?") in [(each.kind, each.text) for each in said]
    assert [(each.kind, each.customer_id, each.platform) for each in team] == [(Kind.MESSAGE_OUT, sari, "whatsapp")]
    assert (deed.subject, deed.actor) == ("1", "simulator:i•••atna")
    assert question.answered_by == "simulator:i•••atna"


def test_where_there_is_no_team_it_is_said_plainly(story: Story) -> None:
    assert "tidak sampai ke orang toko" in asks(story, "Kopi gayo ada?")
    with story.app.database.reading() as session:
        assert session.exec(select(Question)).all() == []


def test_a_team_nobody_can_reach_is_no_team(shop: Story) -> None:
    for channel, who in (("simulator", "ibu-ratna"), ("whatsapp", "+6281200000077")):
        shop.app.note_unreachable(channel, who)
    assert "tidak sampai ke orang toko" in asks(shop, "Kopi gayo ada?")


@pytest.mark.parametrize("text", ["Halo", "terima kasih", "STOP", "PRIVASI", "DATA SAYA", "bantuan"])
def test_what_is_understood_is_nobodys_question(shop: Story, text: str) -> None:
    asks(shop, text)
    with shop.app.database.reading() as session:
        assert session.exec(select(Question)).all() == []


def test_several_texts_are_one_question_told_in_handfuls(shop: Story) -> None:
    asks(shop, "Kak")
    assert "sudah ditambahkan" in asks(shop, "kopi gayo ada?")
    asks(shop, "yang 250 gram")
    assert len(told_of(shop, "ibu-ratna")) == 1
    passes(shop, minutes=1)
    assert to(shop, "ibu-ratna").startswith("Sari menambahkan:\n> kopi gayo ada?\n> yang 250 gram\n")
    passes(shop, minutes=5)
    assert len(told_of(shop, "ibu-ratna")) == 2
    listed = "• 1 — Sari, 6 menit, 3 pesan, terakhir: yang 250 gram. Lihat: /pertanyaan 1"
    assert listed in shop.say("ibu-ratna", "/pertanyaan")
    quotes(shop, "Ada kak", which=0)
    assert "Tidak ada pertanyaan" in shop.say("ibu-ratna", "/pertanyaan")


def test_a_flood_is_bounded_and_said_to_be(shop: Story) -> None:
    for number in range(questions.MOST_LINES):
        asks(shop, f"pesan nomor {number}")
    assert "tidak saya teruskan lagi" in asks(shop, "satu lagi")
    passes(shop, minutes=1)
    assert len(notices(shop, "ibu-ratna")) == 2
    assert "pesan lagi, lihat /pertanyaan" not in to(shop, "ibu-ratna")
    assert "satu lagi" not in shop.say("ibu-ratna", "/pertanyaan 1")


def test_very_long_texts_fit_one_message_and_can_be_read_in_full(shop: Story) -> None:
    asks(shop, "panjang " * 300)
    assert len(to(shop, "ibu-ratna")) < 1_600
    assert shop.say("ibu-ratna", "/pertanyaan 1").count("panjang") == 300


def test_many_who_ask_at_once_become_one_notice_an_hour(shop: Story) -> None:
    for number in range(questions.MOST_AN_HOUR + 3):
        shop.hear(f"orang-{number}", "ada kopi apa saja?", name="Orang")
    assert len(notices(shop, "ibu-ratna")) == questions.MOST_AN_HOUR
    assert len(notices(shop, "ibu-ratna", questions.MANY)) == 1
    assert f"Banyak pertanyaan masuk: {questions.MOST_AN_HOUR + 1} menunggu" in to(shop, "ibu-ratna")
    assert "dan 18 lagi" in shop.say("ibu-ratna", "/pertanyaan")


def test_a_picture_is_said_to_have_been_sent(shop: Story) -> None:
    answer = asks(shop, "", attachment=Attachment("image", media_type="image/jpeg"))
    assert "tidak ikut terkirim" in answer
    assert to(shop, "ibu-ratna").startswith("Sari bertanya:\n> [mengirim gambar]\n")
    asks(shop, "yang ini ada?", attachment=Attachment("image"))
    passes(shop, minutes=1)
    assert "> [mengirim gambar] yang ini ada?" in to(shop, "ibu-ratna")


def test_answers_by_number_work_from_every_chat_of_the_team(shop: Story) -> None:
    asks(shop, "Kopi gayo ada?")
    heard = shop.hear("+6281200000077", "/jawab 1 Ada kak, Rp50.000", channel="whatsapp")
    assert "sedang dikirim" in heard.replies[0].text
    assert "Ada kak, Rp50.000" in to(shop, SARI)
    assert "Pertanyaan 1 dari Sari sudah dijawab oleh Dewi:\n> Ada kak, Rp50.000" in to(shop, "ibu-ratna")


def test_a_second_answer_is_allowed_and_said_to_be_one(shop: Story) -> None:
    asks(shop, "Kopi gayo ada?")
    quotes(shop, "Ada kak")
    assert "sudah pernah dijawab" in quotes(shop, "Eh, tinggal satu", who="+6281200000077")
    assert "Eh, tinggal satu" in to(shop, SARI)


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("/jawab", "Pertanyaan yang mana?"),
        ("/jawab satu ada", "Pertanyaan yang mana?"),
        ("/jawab 1", "hanya tulisan"),
        ("/jawab 99 ada kak", "Tidak ada pertanyaan nomor 99. Yang masih menunggu"),
        ("/pertanyaan 99", "Tidak ada pertanyaan nomor 99. Yang masih menunggu"),
    ],
)
def test_what_cannot_be_answered_is_said_with_the_next_step(shop: Story, said: str, sentence: str) -> None:
    asks(shop, "Kopi gayo ada?")
    assert sentence in shop.say("ibu-ratna", said)


def test_quoting_neither_commands_nor_launches(shop: Story) -> None:
    shop.sells("Kopi Gayo", "Kopi")
    for text in ("MULAI", "ya", "ya"):
        asks(shop, text)
    asks(shop, "Boleh pesan besok?")
    shop.say("ibu-ratna", "/launch picks all hold 0%")
    for text in ("ya", "ya kirim", "/pause 1", "STOP"):
        quotes(shop, text)
        assert to(shop, SARI).startswith(f"Toko Ratna menjawab:\n\n{text}\n")
    with shop.app.database.reading() as session:
        assert session.exec(select(Message)).all() == []
        assert session.exec(select(AuditEntry).where(AuditEntry.action == "campaign approved")).all() == []


def test_a_bare_yes_after_a_customers_question_is_asked_about(shop: Story) -> None:
    shop.sells("Kopi Gayo", "Kopi")
    for text in ("MULAI", "ya", "ya"):
        asks(shop, text)
    shop.say("ibu-ratna", "/launch picks all hold 0%")
    passes(shop, seconds=20)
    asks(shop, "Boleh pesan besok?")
    assert "Ya untuk yang mana?" in shop.say("ibu-ratna", "ya")
    assert shop.dispatch() == 0
    passes(shop, seconds=5)
    shop.say("ibu-ratna", "ya")
    assert shop.dispatch() == 1


def test_what_follows_an_answer_within_a_day_goes_to_the_same_question(shop: Story) -> None:
    asks(shop, "Kopi gayo ada?")
    quotes(shop, "Ada kak")
    passes(shop, hours=3)
    assert "Sudah saya teruskan" in asks(shop, "kalau yang 500 gram?")
    assert to(shop, "ibu-ratna").startswith("Sari menambahkan:\n> kalau yang 500 gram?\n")
    whole = shop.say("ibu-ratna", "/pertanyaan 1")
    assert "Sari, 3 jam:\nKopi gayo ada?\n\ntoko, 3 jam:\nAda kak\n\nSari, baru saja:\nkalau yang 500 gram?" in whole
    quotes(shop, "Habis")
    passes(shop, hours=25)
    asks(shop, "Buka jam berapa?")
    assert "/jawab 2 " in to(shop, "ibu-ratna")


def test_an_answer_rests_the_question_of_consent_that_was_open(shop: Story) -> None:
    assert "Boleh Toko Ratna mengirim penawaran" in asks(shop, "Kopi gayo ada?")
    quotes(shop, "Ada kak. Mau kami antar?")
    heard = shop.hear(SARI, "ya", channel="whatsapp")
    assert heard.standing.offers is None
    passes(shop, minutes=1)
    assert to(shop, "ibu-ratna").startswith("Sari menambahkan:\n> ya\n")


def test_a_question_beside_a_question_of_ours_is_passed_on_and_ours_is_put_again(shop: Story) -> None:
    asks(shop, "Halo")
    answer = asks(shop, "kopi gayo masih ada?")
    assert answer.index("Sudah saya teruskan") < answer.index("Boleh Toko Ratna mengirim penawaran")
    assert to(shop, "ibu-ratna").startswith("Sari bertanya:\n> kopi gayo masih ada?")
    assert shop.hear(SARI, "ya", channel="whatsapp").standing.offers is True


def test_an_unclear_answer_to_ours_is_not_passed_on(shop: Story) -> None:
    asks(shop, "Halo")
    asks(shop, "entahlah ya gimana")
    with shop.app.database.reading() as session:
        assert session.exec(select(Question)).all() == []


def test_whatsapp_closes_after_a_day_and_an_answer_given_later_is_kept_until_they_write(shop: Story) -> None:
    asks(shop, "Kopi gayo ada?")
    shop.clock.forward(timedelta(hours=24))
    before = len(shop.received_by(SARI))
    kept = quotes(shop, "Ada kak")
    assert "Jawaban untuk Sari saya simpan: Sari terakhir menulis lebih dari sehari lalu" in kept
    assert len(shop.received_by(SARI)) == before
    assert "Kopi gayo ada?" not in shop.say("ibu-ratna", "/pertanyaan")
    asks(shop, "halo?")
    assert any("Ada kak" in text for text in shop.received_by(SARI)[before:])


def test_the_notice_of_a_question_says_by_when_to_answer(shop: Story) -> None:
    asks(shop, "Kopi gayo ada?")
    with shop.app.database.reading() as session:
        chat = customers.address_of(session, "whatsapp", SARI)
        assert chat is not None
        by = windows.free_until(chat).astimezone(shop.app.shop.zone)
    day = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")[by.weekday()]
    assert f"Jawab sebelum {day} {by:%H.%M}:" in to(shop, "ibu-ratna")


def test_what_is_added_quotes_what_went_before(shop: Story) -> None:
    asks(shop, "Kopi gayo ada?")
    quotes(shop, "Ada kak")
    asks(shop, "kalau yang 500 gram?")
    passes(shop, minutes=1)
    assert to(shop, "ibu-ratna").startswith(
        "Sari menambahkan:\n> kalau yang 500 gram?\n\nSebelumnya:\n> Kopi gayo ada?\n> toko: Ada kak\n"
    )


def test_a_chat_of_the_team_on_whatsapp_is_told_how_long_it_hears(story: Story) -> None:
    story.make_owner("ibu-ratna")
    hired(story, "+6281200000077", Role.STAFF)
    assert "selama 24 jam setelah chat ini terakhir menulis" in to(story, "+6281200000077")
    assert "24 jam" not in to(story, "ibu-ratna")


@pytest.mark.parametrize("outcome", [Failed("63016"), Unreachable("63024")], ids=["window", "gone"])
def test_an_answer_that_does_not_arrive_is_no_answer(shop: Story, outcome: Outcome) -> None:
    asks(shop, "Kopi gayo ada?")

    def shut(outgoing: Outgoing) -> Outcome:
        return outcome if outgoing.address == SARI else Sent("wa")

    shop.whatsapp.answer = shut
    quotes(shop, "Ada kak")
    assert to(shop, "ibu-ratna").startswith("Jawaban untuk pertanyaan 1 tidak sampai ke Sari")
    assert "• 1 — Sari" in shop.say("ibu-ratna", "/pertanyaan")


def test_an_answer_that_their_window_keeps_back_arrives_when_they_write(shop: Story) -> None:
    asks(shop, "Kopi gayo ada?")
    shop.whatsapp.answer = lambda each: OutsideWindow("63016") if each.address == SARI else Sent("wa")
    quotes(shop, "Ada kak")
    assert to(shop, "ibu-ratna").startswith("Jawaban untuk pertanyaan 1 masih menunggu: Sari")
    shop.whatsapp.answer = None
    before = len(shop.received_by(SARI))
    passes(shop, minutes=5)
    assert len(shop.received_by(SARI)) == before
    asks(shop, "halo?")
    assert any("Ada kak" in text for text in shop.received_by(SARI)[before:])


def test_a_stop_does_not_forbid_answering_what_they_asked(shop: Story) -> None:
    asks(shop, "Kopi gayo ada?")
    asks(shop, "STOP")
    quotes(shop, "Ada kak")
    assert "Ada kak" in to(shop, SARI)


def test_erasing_does_and_nothing_of_the_question_is_left(shop: Story) -> None:
    shop.say("ibu-ratna", "/launch picks all hold 0%")
    asks(shop, "Kopi gayo ada?")
    quotes(shop, "Ada kak")
    asks(shop, "satu ya")
    number = notices(shop, "ibu-ratna")[0].provider_message_id
    with shop.app.database.transaction() as session:
        sari = customers.find(session, SARI, "ID")
        forgetting.forget(session, sari, zone=shop.app.shop.zone, by="test", at=shop.clock.now())
    passes(shop, minutes=5)
    assert notices(shop, "ibu-ratna") == []
    before = len(shop.received_by(SARI))
    heard = shop.hear("ibu-ratna", "ya", in_reply_to=number)
    assert "tidak saya kirim ke siapa-siapa" in heard.replies[0].text
    assert "Tidak ada pertanyaan nomor 1" in shop.say("ibu-ratna", "/jawab 1 Ada kak")
    assert len(shop.received_by(SARI)) == before
    with shop.app.database.reading() as session:
        assert session.exec(select(Question)).all() == []
        assert session.exec(select(Interaction).where(Interaction.text == "Ada kak")).all() == []


def test_the_number_of_an_erased_question_is_nobody_elses(shop: Story) -> None:
    asks(shop, "Kopi gayo ada?")
    with shop.app.database.transaction() as session:
        sari = customers.find(session, SARI, "ID")
        forgetting.forget(session, sari, zone=shop.app.shop.zone, by="test", at=shop.clock.now())
    shop.hear("budi", "teh hijau ada?")
    assert "/jawab 2 " in to(shop, "ibu-ratna")


def test_what_was_not_told_before_a_restart_is_told_after_it(database: Database, tmp_path: Path) -> None:
    with told(database, tmp_path) as before:
        before.make_owner("ibu-ratna")
        heard = before.app.router.receive(_inbound("sari", "Kopi gayo ada?"))
        assert "Sudah saya teruskan" in heard.replies[0].text
        assert len(before.received_by("ibu-ratna")) == 1
    with told(database, tmp_path) as after:
        asyncio.run(after.app.tell_waiting())
        assert to(after, "ibu-ratna").startswith("Sari bertanya:\n> Kopi gayo ada?")
        quotes(after, "Ada kak", number="after the restart")
        assert "Ada kak" in to(after, "sari")


def _inbound(who: str, text: str) -> Inbound:
    return Inbound("simulator", who, text, f"{who}-{text}", who.capitalize())


def test_whoever_left_the_team_is_told_nothing_more(shop: Story) -> None:
    with shop.app.database.transaction() as session:
        chat = customers.address_of(session, "whatsapp", "+6281200000077")
        assert chat is not None
        session.delete(session.get_one(TeamMember, chat.id))
    before = len(shop.received_by("+6281200000077"))
    asks(shop, "Kopi gayo ada?")
    assert len(shop.received_by("+6281200000077")) == before


def test_plain_text_of_the_team_that_quotes_nothing_is_offered_as_the_answer(shop: Story) -> None:
    asks(shop, "Kopi gayo ada?")
    before = len(shop.received_by(SARI))
    heard = shop.hear("ibu-ratna", "ada kak, mau berapa")
    assert "Mau menjawab Sari?" in heard.replies[0].text
    assert [(each.label, each.says) for each in heard.replies[0].buttons] == [
        ("Kirim ke Sari", "/jawab 1 ada kak, mau berapa")
    ]
    assert len(shop.received_by(SARI)) == before
    shop.say("ibu-ratna", heard.replies[0].buttons[0].says)
    assert "ada kak, mau berapa" in to(shop, SARI)


def test_where_it_is_too_long_for_a_button_it_is_said_how(shop: Story) -> None:
    asks(shop, "Kopi gayo ada?")
    heard = shop.hear("ibu-ratna", "ada kak, mau berapa? " * 5)
    assert "kutip pertanyaannya lalu tulis jawabannya, atau /jawab 1" in heard.replies[0].text
    assert heard.replies[0].buttons == ()


def test_of_several_questions_none_is_guessed_at(shop: Story) -> None:
    asks(shop, "Kopi gayo ada?")
    shop.hear("wayan", "teh hijau ada?")
    assert "Ini jawaban untuk" not in shop.say("ibu-ratna", "ada kak")


def test_an_answer_leaves_waiting_what_its_chat_had_not_been_shown(shop: Story) -> None:
    asks(shop, "Kopi gayo ada?")
    passes(shop, seconds=20)
    asks(shop, "kalau ada 5 ya")
    passes(shop, seconds=5)
    asks(shop, "dikirim ke jalan mawar 3")
    # The next handful is told a minute after the first.
    answer = quotes(shop, "Ada kak", which=0)
    assert "2 pesan Sari yang datang sesudahnya belum sempat terlihat di chat ini" in answer
    assert "Yang ditulis Sari sesudahnya masih menunggu: /pertanyaan 1" in to(shop, "+6281200000077")
    waiting = shop.say("ibu-ratna", "/pertanyaan")
    assert "2 pesan, terakhir: dikirim ke jalan mawar 3" in waiting
    passes(shop, minutes=1)
    assert "> kalau ada 5 ya\n> dikirim ke jalan mawar 3" in to(shop, "ibu-ratna")
    assert "belum sempat terlihat" not in quotes(shop, "Siap kak")
    assert "Tidak ada pertanyaan" in shop.say("ibu-ratna", "/pertanyaan")


def test_what_was_looked_at_in_full_is_shown_and_not_told_once_more(shop: Story) -> None:
    asks(shop, "Kopi gayo ada?")
    passes(shop, seconds=20)
    asks(shop, "kalau ada 5 ya")
    assert "kalau ada 5 ya" in shop.say("ibu-ratna", "/pertanyaan 1")
    told = len(told_of(shop, "ibu-ratna"))
    assert "belum sempat terlihat" not in shop.say("ibu-ratna", "/jawab 1 Siap kak")
    passes(shop, minutes=2)
    assert len(told_of(shop, "ibu-ratna")) == told
    assert "Tidak ada pertanyaan" in shop.say("ibu-ratna", "/pertanyaan")


def test_where_a_part_answered_is_lost_all_of_it_waits_again(shop: Story) -> None:
    asks(shop, "Kopi gayo ada?")
    passes(shop, seconds=20)
    asks(shop, "kalau ada 5 ya")
    shop.whatsapp.answer = lambda outgoing: Failed("63016") if outgoing.address == SARI else Sent("wa")
    quotes(shop, "Ada kak", which=0)
    assert "2 pesan, terakhir: kalau ada 5 ya" in shop.say("ibu-ratna", "/pertanyaan")


def test_a_newcomers_order_is_not_held_up_by_our_question(shop: Story) -> None:
    assert "Boleh Toko Ratna mengirim penawaran" in asks(shop, "kak ada gula aren?")
    for more in ("saya mau 5", "dikirim ke jl mawar 3"):
        answer = asks(shop, more)
        assert "sudah ditambahkan ke pertanyaan Kakak" in answer
        assert "Boleh Toko Ratna mengirim penawaran" not in answer
        assert "belum menangkap" not in answer
    whole = shop.say("ibu-ratna", "/pertanyaan 1")
    assert "saya mau 5" in whole
    assert "dikirim ke jl mawar 3" in whole


def test_our_question_rests_with_a_word_and_a_yes_is_none_to_it(shop: Story) -> None:
    asks(shop, "kak ada gula aren?")
    assert "Soal penawaran, nanti saja" in asks(shop, "saya mau 5")
    assert "Soal penawaran" not in asks(shop, "yang 250 gram")
    assert shop.hear(SARI, "ya", channel="whatsapp").standing.offers is None
    assert "Boleh Toko Ratna mengirim penawaran" in asks(shop, "MULAI")
    assert shop.hear(SARI, "ya", channel="whatsapp").standing.offers is True


@pytest.mark.parametrize("said", ["ya", "ok", "oke kak", "👍", "tidak", "makasih"])
def test_a_word_of_assent_to_nothing_is_nobodys_question(shop: Story, said: str) -> None:
    for text in ("MULAI", "ya", "ya"):
        asks(shop, text)
    before = len(shop.received_by("ibu-ratna"))
    assert "BANTUAN" in asks(shop, said)
    assert len(shop.received_by("ibu-ratna")) == before
    with shop.app.database.reading() as session:
        assert session.exec(select(Question)).all() == []


def test_a_yes_to_an_offer_is_for_the_shop_to_read(shop: Story) -> None:
    shop.sells("Kopi Gayo", "Kopi")
    for text in ("MULAI", "ya", "ya"):
        asks(shop, text)
    shop.say("ibu-ratna", "/launch picks all hold 0%")
    shop.say("ibu-ratna", "ya")
    assert shop.dispatch() == 1
    assert "Sudah saya teruskan" in asks(shop, "mau")
    assert to(shop, "ibu-ratna").startswith("Sari bertanya:\n> mau\n")


def test_a_late_yes_of_somebody_undecided_puts_the_question_again(shop: Story) -> None:
    asks(shop, "Halo")
    shop.clock.forward(timedelta(days=10))
    heard = shop.hear(SARI, "ya", channel="whatsapp")
    assert "Boleh Toko Ratna mengirim penawaran" in heard.replies[-1].text
    assert heard.standing.offers is None
