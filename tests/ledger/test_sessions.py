"""What is not there is asked for once, and found as soon as it is there."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import event
from sqlmodel import Session

from ledger import conversations, customers
from ledger.database import Database
from ledger.tables import Address, ConversationState

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
