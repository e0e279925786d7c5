"""What is not there is asked for once, and found as soon as it is there."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import event
from sqlmodel import Session

from ledger import consent, conversations, customers
from ledger.consent import Evidence, Wording
from ledger.database import Database
from ledger.tables import Address, ConversationState, Purpose

NOW = datetime(2026, 11, 2, 3, tzinfo=UTC)


@pytest.fixture
def sari(database: Database) -> Address:
    with database.transaction() as session:
        return customers.meet(session, "simulator", "sari", "Sari", NOW)


def open_question(session: Session, address: Address) -> None:
    conversations.open_topic(session, address, "confirm", NOW)


def test_a_chat_in_the_middle_of_nothing_is_asked_for_once(database: Database, sari: Address) -> None:
    asked: list[str] = []
    with database.transaction() as session:
        session.connection()
        event.listen(database.engine, "before_cursor_execute", lambda *said: asked.append(said[2]))
        for _ in range(3):
            assert conversations.topic(session, sari, NOW) is None
    assert len(asked) == 1


def test_what_a_chat_is_in_the_middle_of_is_asked_for_once(database: Database, sari: Address) -> None:
    with database.transaction() as session:
        open_question(session, sari)
    asked: list[str] = []
    with database.transaction() as session:
        session.connection()
        event.listen(database.engine, "before_cursor_execute", lambda *said: asked.append(said[2]))
        for _ in range(3):
            assert conversations.marks(session, sari.id)
    assert [each for each in asked if "FROM conversation_states" in each] == asked[:1]


def test_what_is_begun_is_found_before_and_after_it_is_written(database: Database, sari: Address) -> None:
    with database.transaction() as session:
        assert conversations.topic(session, sari, NOW) is None
        open_question(session, sari)
        assert conversations.topic(session, sari, NOW) is not None
        session.flush()
        assert conversations.topic(session, sari, NOW) is not None


def test_what_is_closed_is_gone_and_may_be_begun_again(database: Database, sari: Address) -> None:
    with database.transaction() as session:
        open_question(session, sari)
        session.flush()
        conversations.close_topic(session, sari.id)
        session.flush()
        assert conversations.topic(session, sari, NOW) is None
        open_question(session, sari)
        assert conversations.topic(session, sari, NOW) is not None


def test_what_was_gone_in_a_part_that_is_taken_back_is_there_again(database: Database, sari: Address) -> None:
    with database.transaction() as session:
        open_question(session, sari)
    with database.transaction() as session:
        with pytest.raises(ZeroDivisionError), session.begin_nested():
            conversations.close_topic(session, sari.id)
            session.flush()
            assert session.get(ConversationState, sari.id) is None
            raise ZeroDivisionError
        assert session.get(ConversationState, sari.id) is not None


WORDS, SAID = Wording("offers-1", "", "id"), Evidence("simulator", "ya", "in-1")


def test_what_somebody_allows_is_asked_for_once(database: Database, sari: Address) -> None:
    asked: list[str] = []
    with database.transaction() as session:
        session.connection()
        event.listen(database.engine, "before_cursor_execute", lambda *said: asked.append(said[2]))
        for _ in range(3):
            assert consent.standing(session, sari.customer_id, "simulator").offers is None
    assert len(asked) == 1


def test_a_yes_and_a_no_are_seen_at_once(database: Database, sari: Address) -> None:
    whose, seen = sari.customer_id, []
    with database.transaction() as session:
        seen.append(consent.standing(session, whose, "simulator").offers)
        consent.grant(session, whose, Purpose.OFFERS, scope="simulator", wording=WORDS, evidence=SAID, at=NOW)
        seen.append(consent.standing(session, whose, "simulator").offers)
        consent.withdraw(session, whose, Purpose.OFFERS, wording=WORDS, evidence=SAID, at=NOW)
        seen.append(consent.standing(session, whose, "simulator").offers)
    assert seen == [None, True, False]


def test_what_was_rolled_back_was_not_allowed(database: Database, sari: Address) -> None:
    whose = sari.customer_id
    with database.transaction() as session:
        nested = session.begin_nested()
        consent.grant(session, whose, Purpose.OFFERS, scope="simulator", wording=WORDS, evidence=SAID, at=NOW)
        assert consent.standing(session, whose, "simulator").offers is True
        nested.rollback()
        assert consent.standing(session, whose, "simulator").offers is None


def test_who_turns_out_to_be_somebody_else_brings_what_they_allow(database: Database, sari: Address) -> None:
    with database.transaction() as session:
        other = customers.meet(session, "simulator", "dewi", "Dewi", NOW)
        consent.grant(
            session, other.customer_id, Purpose.OFFERS, scope="simulator", wording=WORDS, evidence=SAID, at=NOW
        )
        assert consent.standing(session, sari.customer_id, "simulator").offers is None
        customers.of(session, other).merged_into = sari.customer_id
        assert consent.standing(session, sari.customer_id, "simulator").offers is True


def test_a_chat_met_as_a_whole_is_asked_nothing_more(database: Database, sari: Address) -> None:
    asked: list[str] = []
    with database.transaction() as session:
        session.connection()
        event.listen(database.engine, "before_cursor_execute", lambda *said: asked.append(said[2]))
        met = customers.meet(session, "simulator", "sari", "Sari", NOW, with_chat=True)
        assert customers.of(session, met).name == "Sari"
        assert conversations.marks(session, met.id) == frozenset()
    assert len([each for each in asked if each.startswith("SELECT")]) == 1
