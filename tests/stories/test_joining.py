"""Customers join, refuse, change their minds and leave by talking."""

import pytest
from sqlmodel import select

from ledger.tables import Address, ConsentEvent, Interaction, Kind
from tests.stories.conftest import Story


def test_sari_allows_both_and_then_leaves(story: Story) -> None:
    asked = story.hear("sari", "Halo")
    assert "Boleh Toko Ratna mengirim penawaran" in asked.replies[0].text
    assert [button.says for button in asked.replies[0].buttons] == ["ya penawaran", "tidak penawaran"]
    assert asked.standing.offers is None

    first = story.hear("sari", "Ya, boleh")
    assert "riwayat belanja" in first.replies[0].text
    assert (first.standing.offers, first.standing.profiling) == (True, None)

    second = story.hear("sari", "iyaaa")
    assert (second.standing.offers, second.standing.profiling) == (True, True)

    left = story.hear("sari", "Stoppp!!")
    assert "Sudah berhenti" in left.replies[0].text
    assert (left.standing.offers, left.standing.profiling) == (False, False)


def test_the_same_in_english(story: Story) -> None:
    assert "May Toko Ratna send offers" in story.hear("john", "/start", language="en").replies[0].text
    assert "use what you bought" in story.say("john", "yes")
    assert "your history is not used" in story.say("john", "no thanks")
    assert "Offers in this chat: yes" in story.say("john", "PRIVACY")
    assert "will not send you offers" in story.say("john", "unsubscribe")
    assert "Offers in this chat: no" in story.say("john", "/privacy")


def test_budi_refuses_offers_and_is_not_asked_about_his_history_nor_again(story: Story) -> None:
    story.say("budi", "halo")
    refused = story.hear("budi", "tidak")
    assert "tidak akan mengirim penawaran" in refused.replies[0].text
    assert refused.replies[0].buttons == ()
    assert "Boleh Toko Ratna" not in story.say("budi", "halo")


def test_who_refused_can_ask_to_begin_again(story: Story) -> None:
    story.say("budi", "halo")
    story.say("budi", "tidak")
    assert "Boleh Toko Ratna" in story.say("budi", "MULAI")
    assert story.hear("budi", "boleh").standing.offers is True


def test_something_that_is_neither_yes_nor_no_is_not_counted_and_asked_again(story: Story) -> None:
    story.say("sari", "mulai")
    heard = story.hear("sari", "hmm nanti dulu ya kak, apa itu?")
    assert "belum menangkap jawabannya" in heard.replies[0].text
    assert "Boleh Toko Ratna mengirim penawaran" in heard.replies[0].text
    assert [button.says for button in heard.replies[0].buttons] == ["ya penawaran", "tidak penawaran"]
    assert heard.standing.offers is None


@pytest.mark.parametrize("words", ["iya boleh", "ya kak", "boleh deh", "ok siap min"])
def test_a_yes_as_people_say_it_is_a_yes(story: Story, words: str) -> None:
    story.say("sari", "mulai")
    assert story.hear("sari", words).standing.offers is True


def test_whoever_writes_first_with_a_question_is_asked_too_but_once(story: Story) -> None:
    assert "Boleh Toko Ratna mengirim penawaran" in story.say("sari", "beras ada?")
    assert "Boleh Toko Ratna" in story.say("sari", "hmm")
    assert "Selama belum dijawab, tidak ada penawaran yang dikirim" in story.say("sari", "nanti dulu")
    assert "Boleh Toko Ratna" not in story.say("sari", "beras ada?")


def test_a_yes_nobody_asked_for_opts_nobody_in(story: Story) -> None:
    assert story.hear("sari", "ya").standing.offers is None


def test_after_a_stop_a_plain_message_or_a_yes_opts_nobody_back_in(story: Story) -> None:
    story.join("sari")
    story.say("sari", "STOP")
    for text in ("ya", "halo", "ada kopi gayo?", "terima kasih", "ok"):
        assert story.hear("sari", text).standing.offers is False


def test_a_yes_two_days_after_the_question_answers_something_else(story: Story) -> None:
    from datetime import timedelta

    story.say("sari", "mulai")
    story.clock.forward(timedelta(days=2))
    assert story.hear("sari", "ya").standing.offers is None


@pytest.mark.parametrize(
    "said",
    [
        ["MULAI", "PRIVASI", "oke"],
        ["MULAI", "HAPUS DATA", "tidak", "ya"],
        ["MULAI", "tidak", "ya"],
        ["MULAI", "boleh?"],
        ["MULAI", "Benar?"],
        ["MULAI", "👍👎"],
        ["MULAI", "ya riwayat"],
        ["MULAI", "ya hapus"],
        ["MULAI", "ya sudah"],
        ["MULAI", "ya maaf"],
        ["MULAI", "ok maaf"],
        ["MULAI", "ya sudah, terima kasih"],
        ["halo", "apa ini?", "STOP", "ya"],
    ],
)
def test_a_yes_to_anything_else_is_no_yes_to_offers(story: Story, said: list[str]) -> None:
    heard = [story.hear("sari", text) for text in said]
    assert heard[-1].standing.offers is not True


def test_a_button_pressed_twice_answers_one_question(story: Story) -> None:
    story.say("sari", "MULAI")
    story.say("sari", "ya penawaran")
    heard = story.hear("sari", "ya penawaran")
    assert (heard.standing.offers, heard.standing.profiling) == (True, None)


def test_an_old_no_to_offers_does_not_answer_the_question_about_history(story: Story) -> None:
    story.say("sari", "MULAI")
    story.say("sari", "ya penawaran")
    assert story.hear("sari", "tidak penawaran").standing.profiling is None


def test_the_use_of_the_history_is_allowed_and_refused_by_itself(story: Story) -> None:
    story.join("sari", profiling="tidak")
    assert "riwayat belanja" in story.say("sari", "RIWAYAT")
    assert story.hear("sari", "ya").standing.profiling is True
    story.say("sari", "riwayat")
    heard = story.hear("sari", "tidak")
    assert (heard.standing.offers, heard.standing.profiling) == (True, False)


@pytest.mark.parametrize(
    "words",
    [
        "STOP STOP STOP",
        "/stop@TokoBot",
        "/berhenti",
        "/unsubscribe",
        "Stop kirim promo dong",
        "hentikan",
        "saya mau berhenti",
    ],
)
def test_leaving_in_a_hurry_or_politely_is_heard(story: Story, words: str) -> None:
    story.join("sari")
    assert story.hear("sari", words).standing.offers is False


def test_a_message_with_a_sign_no_database_keeps_is_still_heard(story: Story) -> None:
    story.join("sari")
    assert story.hear("sari", "STOP\x00").standing.offers is False


@pytest.mark.parametrize(
    "words", ["STOP", "berhenti", "Stop.", "UNSUBSCRIBE", "batal langganan", "jangan kirim lagi 🙏"]
)
def test_leaving_is_one_word_in_the_middle_of_any_question(story: Story, words: str) -> None:
    story.join("sari")
    story.say("sari", "hapus data")
    assert story.hear("sari", words).standing.offers is False
    assert "asisten otomatis" in story.say("sari", "besok buka?")


@pytest.mark.parametrize(
    "words", ["nonstop promo?", "kapan toko berhenti buka?", "bus stop di mana", "stop kontak ada"]
)
def test_a_word_that_only_contains_stop_leaves_nobody(story: Story, words: str) -> None:
    story.join("sari")
    assert story.hear("sari", words).standing.offers is True


def test_the_question_is_put_again_in_the_language_they_choose(story: Story) -> None:
    story.say("john", "halo")
    assert "May Toko Ratna send offers" in story.say("john", "English")
    assert "use what you bought" in story.say("john", "yes")


def test_the_same_message_delivered_twice_is_answered_once(story: Story) -> None:
    story.say("sari", "mulai")
    assert len(story.hear("sari", "ya", number="tg-7").replies) == 1
    assert story.hear("sari", "ya", number="tg-7").replies == []
    with story.app.database.reading() as session:
        assert len(session.exec(select(ConsentEvent)).all()) == 1


def test_each_answer_is_kept_with_its_words_and_what_was_asked(story: Story) -> None:
    story.say("sari", "mulai")
    story.hear("sari", "Iya boleh kak", number="tg-8")
    with story.app.database.reading() as session:
        event = session.exec(select(ConsentEvent)).one()
    assert (event.purpose, event.granted, event.verbatim) == ("offers", True, "Iya boleh kak")
    assert (event.channel, event.provider_message_id, event.language) == ("simulator", "tg-8", "id")
    assert event.wording == "offers-1"
    assert len(event.wording_hash) == 64


def test_both_sides_of_a_conversation_are_logged(story: Story) -> None:
    reply = story.say("sari", "kopi gayo masih ada?")
    with story.app.database.reading() as session:
        said = session.exec(select(Interaction).order_by(Interaction.id)).all()  # type: ignore[arg-type]
    assert (said[0].kind, said[0].text) == (Kind.MESSAGE_IN, "kopi gayo masih ada?")
    assert {each.kind for each in said[1:]} == {Kind.MESSAGE_OUT}
    assert "\n\n".join(each.text or "" for each in said[1:]) == reply


def test_writing_makes_an_unreachable_customer_reachable_again(story: Story) -> None:
    story.join("sari")
    with story.app.database.transaction() as session:
        address = session.exec(select(Address)).one()
        address.unreachable_since = story.clock.now()
        session.add(address)
    story.say("sari", "halo")
    with story.app.database.reading() as session:
        assert session.exec(select(Address)).one().unreachable_since is None


def test_when_something_breaks_they_get_an_apology_and_nothing_is_half_kept(
    story: Story, caplog: pytest.LogCaptureFixture
) -> None:
    story.say("sari", "mulai")
    with story.app.database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE consent_events RENAME TO gone")
    assert "ada gangguan di pihak kami" in story.say("sari", "ya")
    with story.app.database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE gone RENAME TO consent_events")
    assert story.hear("sari", "ya").standing.offers is True
    assert "sari" not in caplog.text.casefold()
