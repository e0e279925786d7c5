"""What holds whatever anybody writes, in any order."""

from __future__ import annotations

from datetime import timedelta
from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.talk import joining, parting, phrases
from bot.talk.intents import Means, understand
from campaigns.words.composing import Reply
from ledger import conversations, customers
from ledger.consent import Standing
from ledger.tables import Purpose
from tests.stories.conftest import Story

KNOWN = sorted({phrase for said in phrases.KNOWN.values() for phrase in said})
STEERED = ["jam tenang 20-9", "no category kopi", "jangan kategori teh", "boleh kategori teh", "saluran simulator"]
COMMANDS = ["/launch picks all", "/report 1", "/segments", "/pause", "/start poster", "ABCD-2345", "/compliance"]
LEAVING = ["STOP", "stoppp", "unsubscribe", "jangan kirim lagi", "stop promo", "cancel"]
DOUBTS = ["promo terus nih", "spam", "cukup", "too many messages"]
BUTTONS = sorted(phrases.ANSWERED)
ANYTHING = st.one_of(
    st.sampled_from([*KNOWN, *STEERED, *COMMANDS, *LEAVING, *DOUBTS, *BUTTONS]),
    st.sampled_from(["MULAI", "ya", "ya", "tidak", "STOP"]),
    st.text(max_size=30),
)
NEVER_A_YES = ANYTHING.filter(lambda text: understand(text).means is not Means.YES)
WAITS = st.sampled_from([timedelta(), timedelta(minutes=5), timedelta(hours=30)])
PEOPLE = count(1)
law = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def open_question(story: Story, who: str) -> str | None:
    """What the next answer would answer, as the database has it."""
    with story.app.database.reading() as session:
        address = customers.address_of(session, "simulator", who)
        topic = conversations.topic(session, address, story.clock.now()) if address is not None else None
        return topic.topic if topic is not None else None


def is_held(story: Story, who: str) -> bool:
    with story.app.database.reading() as session:
        address = customers.address_of(session, "simulator", who)
        return address is not None and customers.of(session, address).held_since is not None


def may_become_true(purpose: Purpose, question: str | None, text: str) -> bool:
    """A yes becomes one only as the answer to its own question, which stood open."""
    asked = joining.QUESTIONS.get(question or "")
    return asked is not None and asked.purpose is purpose and understand(text).answers(question or "") is Means.YES


@law
@given(said=st.lists(st.tuples(ANYTHING, WAITS), max_size=14))
def test_a_yes_comes_only_from_a_yes_to_its_own_question_and_a_stop_ends_all(
    sqlite_story: Story, said: list[tuple[str, timedelta]]
) -> None:
    who, before = f"somebody-{next(PEOPLE)}", Standing()
    for text, wait in said:
        question = open_question(sqlite_story, who)
        after = sqlite_story.hear(who, text).standing
        for purpose in Purpose:
            if after.allows(purpose) and not before.allows(purpose):
                assert may_become_true(purpose, question, text), (purpose, question, text)
        if understand(text).means is Means.STOP:
            assert not any(after.allows(purpose) for purpose in Purpose), text
        assert not (is_held(sqlite_story, who) and not after.allows(Purpose.OFFERS)), text
        before = after
        sqlite_story.clock.forward(wait)


@law
@given(said=st.lists(ANYTHING, max_size=14))
def test_a_question_is_open_only_while_it_is_the_last_thing_that_was_shown(
    sqlite_story: Story, said: list[str]
) -> None:
    who = f"asked-{next(PEOPLE)}"
    for text in said:
        replies = sqlite_story.hear(who, text).replies
        question = open_question(sqlite_story, who)
        if question == parting.DOUBT:
            assert [button.says for button in replies[-1].buttons] == ["stop", "lanjut"], (text, replies)
        if question in phrases.ANSWERS:
            shown = {understand(button.says).question for button in replies[-1].buttons}
            assert question in shown, (text, question, replies)


@law
@given(said=st.lists(NEVER_A_YES, max_size=14))
def test_without_a_yes_nobody_is_ever_sent_offers(sqlite_story: Story, said: list[str]) -> None:
    who = f"silent-{next(PEOPLE)}"
    for text in said:
        assert not any(sqlite_story.hear(who, text).standing.as_json().values()), text


@law
@given(said=st.lists(ANYTHING, max_size=10))
def test_nobody_is_left_without_an_answer_and_no_answer_is_an_apology(sqlite_story: Story, said: list[str]) -> None:
    who = f"talker-{next(PEOPLE)}"
    apology = sqlite_story.app.composer.reply("apology", "id").text
    for text in said:
        replies: list[Reply] = list(sqlite_story.hear(who, text).replies)
        assert replies, text
        assert apology not in [reply.text for reply in replies], text
