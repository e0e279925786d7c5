"""Surveys as they go between an owner and customers: what holds whatever anybody says, and when something breaks."""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import col, select

from bot.inbound import Inbound
from campaigns.launching.drafts import SURVEY
from campaigns.surveys import answers, asking, planning, results
from campaigns.tables import Approval, ApprovedContent, Campaign, Message, Survey, SurveyAnswer, SurveyResponse
from ledger.tables import Customer, Interaction, Kind
from tests.stories.conftest import Story

law = settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def allow_surveys(story: Story, *who: str) -> None:
    for each in who:
        for text in ("MULAI", "ya", "ya", "survei", "ya survei"):
            story.say(each, text)


def ask(story: Story, what: str = "nps") -> int:
    """The owner asks everybody who may be asked; how many were."""
    story.say(story.owner(), f"/survei {what}")
    story.say(story.owner(), "ya lakukan")
    return story.dispatch()


def given_by(story: Story, who: str) -> dict[str, int | str | None]:
    """What is kept of somebody's answers."""
    with story.app.database.reading() as session:
        wanted = (
            select(SurveyAnswer)
            .join(SurveyResponse, col(SurveyResponse.id) == col(SurveyAnswer.response_id))
            .where(SurveyResponse.customer_id == story.number_of(who))
        )
        return {each.item: each.text if each.value is None else each.value for each in session.exec(wanted)}


def invitations(story: Story, who: str) -> int:
    return sum("minta pendapat" in text for text in story.received_by(who))


def test_the_owner_sees_all_of_it_before_anybody_is_asked(story: Story) -> None:
    allow_surveys(story, "sari")
    story.join("budi")
    told = story.say(story.owner(), "/survei loyalitas")
    assert "Dari 2 pelanggan" in told
    assert "ditanya: 1" in told
    assert "belum atau tidak mengizinkan survei: 1" in told
    assert "> Kak, boleh Toko Ratna minta pendapat sebentar? Ada 12 pertanyaan pendek" in told
    assert "> 12. Walau toko lain sedikit lebih murah" in told
    assert story.dispatch() == 0


def test_a_no_to_the_preview_asks_nobody(sqlite_story: Story) -> None:
    allow_surveys(sqlite_story, "sari")
    sqlite_story.say(sqlite_story.owner(), "/survei nps")
    sqlite_story.say(sqlite_story.owner(), "batal")
    assert sqlite_story.dispatch() == 0


def test_offers_allowed_is_not_surveys_allowed(story: Story) -> None:
    story.join("sari")
    assert ask(story) == 0
    assert invitations(story, "sari") == 0


def test_who_takes_back_the_permission_between_approval_and_sending_is_spared(story: Story) -> None:
    allow_surveys(story, "sari", "budi")
    story.say(story.owner(), "/survei nps")
    story.say(story.owner(), "ya lakukan")
    story.say("sari", "stop survei")
    assert story.dispatch() == 1
    assert (invitations(story, "sari"), invitations(story, "budi")) == (0, 1)


def test_surveys_alone_are_enough_to_be_asked_and_offers_need_their_own_yes(sqlite_story: Story) -> None:
    for text in ("MULAI", "tidak", "survei", "ya survei"):
        sqlite_story.say("sari", text)
    assert ask(sqlite_story) == 1


def test_nobody_is_asked_in_two_surveys_within_the_cap_though_both_were_approved_before(story: Story) -> None:
    allow_surveys(story, "sari")
    for what in ("nps", "csat"):
        story.say(story.owner(), f"/survei {what}")
        story.say(story.owner(), "ya lakukan")
    for _ in range(5):
        story.dispatch()
        story.clock.forward(timedelta(hours=20))
    assert invitations(story, "sari") == 1
    with story.app.database.reading() as session:
        reasons = {each.reason for each in session.exec(select(Message))}
    assert "asked_lately" in reasons


def test_after_the_days_between_two_surveys_they_may_be_asked_again(sqlite_story: Story) -> None:
    allow_surveys(sqlite_story, "sari")
    assert ask(sqlite_story, "nps") == 1
    sqlite_story.clock.forward(timedelta(days=29))
    assert ask(sqlite_story, "csat") == 0
    sqlite_story.clock.forward(timedelta(days=2))
    assert ask(sqlite_story, "csat") == 1


@law
@given(
    said=st.lists(
        st.sampled_from(["survei", "ya", "ya survei", "tidak survei", "stop survei", "STOP", "MULAI", "4", "nanti"]),
        max_size=8,
    ),
    waits=st.lists(st.integers(0, 40), min_size=3, max_size=3),
)
def test_whatever_is_said_nobody_is_asked_without_their_yes_or_twice_within_the_cap(
    sqlite_story: Story, said: list[str], waits: list[int]
) -> None:
    story, who = sqlite_story, f"law-{next(COUNT)}"
    asked_at = []
    for days in waits:
        for text in said:
            standing = story.hear(who, text).standing
        story.say(story.owner(), "/survei nps")
        story.say(story.owner(), "ya lakukan")
        before = invitations(story, who)
        story.dispatch()
        if invitations(story, who) > before:
            assert said
            assert standing.research
            asked_at.append(story.clock.now())
        story.clock.forward(timedelta(days=days))
    assert all(later - earlier >= timedelta(days=30) for earlier, later in pairwise(asked_at))


COUNT = iter(range(10**6))


@pytest.mark.parametrize("text", ["STOP", "berhenti", "jangan kirim lagi", "stop survei"])
def test_leaving_is_never_swallowed_as_an_answer(sqlite_story: Story, text: str) -> None:
    allow_surveys(sqlite_story, "sari")
    ask(sqlite_story)
    for each in ("survei", "9"):
        sqlite_story.say("sari", each)
    assert not sqlite_story.hear("sari", text).standing.research
    assert given_by(sqlite_story, "sari") == {}


def test_a_doubt_in_the_middle_is_asked_about_and_no_answer(sqlite_story: Story) -> None:
    allow_surveys(sqlite_story, "sari")
    ask(sqlite_story)
    for each in ("survei", "9", "spam"):
        told = sqlite_story.say("sari", each)
    assert "STOP" in told
    assert given_by(sqlite_story, "sari") == {"NPS": 9}


def test_an_answer_is_not_lost_though_nothing_after_it_arrives(story: Story) -> None:
    """It was committed, and the process died before the next question was sent."""
    allow_surveys(story, "sari")
    ask(story)
    story.say("sari", "survei")
    inbound = Inbound(channel="simulator", address="sari", text="8", provider_message_id="last-words", name="Sari")
    story.app.router.receive(inbound)
    assert given_by(story, "sari") == {"NPS": 8}
    assert story.app.router.receive(inbound).replies == []
    assert "2 dari 2" in story.say("sari", "survei")
    assert given_by(story, "sari") == {"NPS": 8}


def test_what_was_typed_before_the_question_was_shown_is_no_answer_to_it(sqlite_story: Story) -> None:
    story = sqlite_story
    allow_surveys(story, "sari")
    ask(story, "loyalitas")
    story.say("sari", "survei")
    burst = [
        Inbound(channel="simulator", address="sari", text=text, provider_message_id=f"burst-{text}", name="Sari")
        for text in ("4", "2")
    ]
    for each in burst:
        story.app.router.receive(each)
    assert given_by(story, "sari") == {"PM1": 4}


def test_the_same_message_delivered_twice_is_answered_once(sqlite_story: Story) -> None:
    allow_surveys(sqlite_story, "sari")
    ask(sqlite_story, "loyalitas")
    sqlite_story.say("sari", "survei")
    for _ in range(2):
        sqlite_story.hear("sari", "5", number="twice")
    assert given_by(sqlite_story, "sari") == {"PM1": 5}


def test_an_older_button_changes_the_answer_it_names(sqlite_story: Story) -> None:
    allow_surveys(sqlite_story, "sari")
    ask(sqlite_story, "loyalitas")
    first = sqlite_story.hear("sari", "survei").replies[-1].buttons
    sqlite_story.hear("sari", first[4].says, is_press=True)
    told = sqlite_story.hear("sari", first[0].says, is_press=True).replies[-1].text
    assert given_by(sqlite_story, "sari") == {"PM1": 1}
    assert "2 dari 12" in told


def test_a_button_of_a_closed_survey_notes_nothing(sqlite_story: Story) -> None:
    allow_surveys(sqlite_story, "sari")
    ask(sqlite_story)
    button = sqlite_story.hear("sari", "survei").replies[-1].buttons[3]
    sqlite_story.say(sqlite_story.owner(), "/survei tutup 1")
    assert "sudah selesai atau ditutup" in sqlite_story.hear("sari", button.says, is_press=True).replies[-1].text
    assert given_by(sqlite_story, "sari") == {}


def test_a_survey_lapses_and_its_number_means_nothing_any_more(sqlite_story: Story) -> None:
    allow_surveys(sqlite_story, "sari")
    ask(sqlite_story)
    sqlite_story.say("sari", "survei")
    sqlite_story.clock.forward(timedelta(days=15))
    assert "Boleh Toko Ratna sesekali" in sqlite_story.say("sari", "survei")


def test_it_goes_on_in_another_chat_of_theirs(story: Story) -> None:
    allow_surveys(story, "sari")
    ask(story, "loyalitas")
    story.say("sari", "survei")
    story.say("sari", "4")
    code = re.search(r"[2-9A-Z]{4}-[2-9A-Z]{4}", story.say("sari", "sambungkan"))
    assert code is not None
    hear = {"channel": "whatsapp", "name": "Sari"}
    for text in (f"sambung {code[0]}", "ya"):
        story.hear("+6281200000001", text, **hear)
    for text in ("survei", "ya survei"):
        story.hear("+6281200000001", text, **hear)
    told = story.hear("+6281200000001", "survei", **hear).replies[-1]
    assert "2 dari 12" in told.text
    assert told.buttons == ()
    story.hear("+6281200000001", "3", **hear)
    assert given_by(story, "sari") == {"PM1": 4, "PM2": 3}


def test_the_log_of_the_conversation_says_that_they_answered_and_not_what(sqlite_story: Story) -> None:
    allow_surveys(sqlite_story, "sari")
    ask(sqlite_story)
    for text in ("survei", "3", "terlalu mahal dan lama"):
        sqlite_story.say("sari", text)
    with sqlite_story.app.database.reading() as session:
        said = session.exec(select(Interaction.text).where(Interaction.kind == Kind.MESSAGE_IN)).all()
    assert "3" not in said
    assert not any("mahal" in (each or "") for each in said)
    assert said.count("(jawaban survei)") == 2


def test_a_question_of_theirs_in_the_middle_is_logged_and_reaches_the_shop(sqlite_story: Story) -> None:
    sqlite_story.owner()
    allow_surveys(sqlite_story, "sari")
    ask(sqlite_story)
    sqlite_story.say("sari", "survei")
    sqlite_story.say("sari", "kopi gayo ada?")
    assert "kopi gayo ada?" in sqlite_story.say(sqlite_story.owner(), "/pertanyaan")


def test_an_erasure_takes_the_answers_and_leaves_the_counts(story: Story) -> None:
    allow_surveys(story, "sari")
    ask(story)
    for text in ("survei", "9", "lewati", "hapus data", "ya", "ya hapus"):
        story.say("sari", text)
    with story.app.database.reading() as session:
        found = results.results(session, session.exec(select(Survey)).one(), story.clock.now())
        assert session.exec(select(SurveyAnswer)).all() == session.exec(select(SurveyResponse)).all() == []
        assert session.exec(select(Customer.erased_at).where(col(Customer.erased_at).is_not(None))).all()
    assert (found.asked, found.done) == (1, 0)


def test_of_fewer_than_five_answers_nothing_is_shown(sqlite_story: Story) -> None:
    people = [f"orang{n}" for n in range(5)]
    allow_surveys(sqlite_story, *people)
    ask(sqlite_story)
    for who in people[:4]:
        for text in ("survei", "9", "enak sekali kopinya"):
            sqlite_story.say(who, text)
    told = sqlite_story.say(sqlite_story.owner(), "/survei 1")
    assert "Belum ada 5 jawaban" in told
    assert "kopinya" not in told
    for text in ("survei", "10", "orangnya ramah dan cekatan"):
        sqlite_story.say(people[4], text)
    told = sqlite_story.say(sqlite_story.owner(), "/survei 1")
    assert "skor +100" in told
    assert "orangnya ramah dan cekatan" in told


def test_staff_may_look_and_not_ask(sqlite_story: Story) -> None:
    code = sqlite_story.say(sqlite_story.owner(), "/tim kode staf")
    sqlite_story.say("dewi", next(word for word in code.split() if word.count("-") == 1 and len(word) == 9))
    assert "Yang siap ditanyakan" in sqlite_story.say("dewi", "/survei")
    assert "hanya untuk manajer atau pemilik" in sqlite_story.say("dewi", "/survei nps")


def test_a_survey_goes_to_a_group_and_its_own_questions_are_values(sqlite_story: Story) -> None:
    allow_surveys(sqlite_story, "sari")
    told = sqlite_story.say(
        sqlite_story.owner(), "/survei sendiri Bagaimana {{ shop }}? 1-5\nMau lagi? ya/tidak\nApa yang kurang?"
    )
    assert "> 1. Bagaimana {{ shop }}?" in told
    sqlite_story.say(sqlite_story.owner(), "ya lakukan")
    sqlite_story.dispatch()
    heard = [sqlite_story.say("sari", text) for text in ("survei", "5", "ya", "{% raw %} lebih pedas")]
    assert "1 dari 3. Bagaimana {{ shop }}?" in heard[0]
    assert given_by(sqlite_story, "sari") == {"Q1": 5, "Q2": 1, "Q3": "{% raw %} lebih pedas"}
    assert "Tidak ada kelompok" in sqlite_story.say(sqlite_story.owner(), "/survei nps kepada orang bulan")


def test_a_survey_is_no_goal_of_a_campaign(sqlite_story: Story) -> None:
    told = sqlite_story.say(sqlite_story.owner(), "/luncurkan survei ke semua")
    assert "survei" not in told.split("kemudian")[0] or "belum" in told.casefold() or "tidak" in told.casefold()
    with sqlite_story.app.database.reading() as session:
        assert session.exec(select(Campaign)).all() == []


def test_whoever_is_linked_has_one_answer_for_each_question(sqlite_story: Story) -> None:
    story = sqlite_story
    allow_surveys(story, "sari", "budi")
    ask(story, "loyalitas")
    for who, said in (("sari", "5 4 3"), ("budi", "1 1")):
        story.say(who, "survei")
        for each in said.split():
            story.say(who, each)
    with story.app.database.transaction() as session:
        asking.take_over(session, story.number_of("sari"), story.number_of("budi"))
    assert given_by(story, "budi") == {"PM1": 5, "PM2": 4, "PM3": 3}
    assert given_by(story, "sari") == {}


def test_loyalty_is_told_of_who_allows_both_today(story: Story) -> None:
    allow_surveys(story, "sari", "budi", "tini")
    ask(story, "loyalitas")
    for who, value in (("sari", 5), ("budi", 2), ("tini", 4)):
        story.say(who, "survei")
        for place in range(12):
            story.say(who, str(value) if place != 8 else "lewati")
    story.say("budi", "stop riwayat")
    story.say("tini", "stop survei")
    with story.app.database.reading() as session:
        assert answers.loyalty(session) == {story.number_of("sari"): 5.0}
        columns = answers.answers(session, planning.surveys(session)[0][0].id)
    assert columns["LY2"] == [2, 5]
    assert columns["LY1"] == [None, None]


def test_what_whatsapp_takes_no_free_words_for_goes_out_in_approved_ones(sqlite_story: Story) -> None:
    """A chat that was quiet for more than a day has its invitation by the name of the approved words."""
    story, hear = sqlite_story, {"channel": "whatsapp", "name": "Sari"}
    for text in ("MULAI", "ya", "ya", "survei", "ya survei"):
        story.hear("+6281200000001", text, **hear)
    frame = story.app.composer.frame(SURVEY, "id", is_discounted=False)
    with story.app.database.transaction() as session:
        session.add(
            ApprovedContent(
                name=frame.name, language="id", sid="HX1", fingerprint=frame.fingerprint, body=frame.body,
                places=list(frame.places), approval=Approval.APPROVED, made_at=story.clock.now(),
                looked_at=story.clock.now(),
            )
        )  # fmt: skip
    story.clock.forward(timedelta(days=2))
    assert ask(story) == 1
    sent = story.whatsapp.given[-1]
    assert sent.content is not None
    assert dict(sent.content.variables) == {"1": "Kak Sari", "2": "Toko Ratna", "3": "2", "4": "1"}
    assert "Balas SURVEI untuk mulai" in sent.text
