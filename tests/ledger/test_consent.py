"""Consent is a fold over events that cannot be tampered with unseen."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, text, update
from sqlmodel import Session, col, select

from ledger import chain, consent, customers
from ledger.consent import Evidence, Standing, Wording
from ledger.database import Database
from ledger.tables import EVERYWHERE, ConsentEvent, ConsentWording, Customer, Purpose

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
WORDS = "Boleh kami mengirim penawaran?"
WORDING = Wording("offers-1", sha256(WORDS.encode()).hexdigest(), "id", WORDS)


def customer(session: Session, name: str = "Sari") -> int:
    row = Customer(name=name, source="chat", created_at=NOON)
    session.add(row)
    session.flush()
    return row.id


def say(session: Session, who: int, yes: bool, scope: str = "telegram", purpose: Purpose = Purpose.OFFERS) -> None:
    evidence = Evidence(scope if scope != EVERYWHERE else "telegram", "ya" if yes else "tidak", "tg-1")
    decide = consent.grant if yes else consent.withdraw
    consent.keep_wording(session, Purpose.OFFERS, WORDING, NOON)
    decide(session, who, purpose, scope=scope, wording=WORDING, evidence=evidence, at=NOON)


def test_nobody_stands_anywhere_before_they_answered(database: Database) -> None:
    with database.transaction() as session:
        assert consent.standing(session, customer(session), "telegram") == Standing(None, None, None)


def test_a_yes_holds_on_the_channel_it_was_given_for_and_on_no_other(database: Database) -> None:
    with database.transaction() as session:
        sari = customer(session)
        say(session, sari, True, "telegram")
        assert consent.standing(session, sari, "telegram").offers is True
        assert consent.standing(session, sari, "whatsapp").offers is None


def test_a_stop_holds_everywhere(database: Database) -> None:
    with database.transaction() as session:
        sari = customer(session)
        say(session, sari, True, "telegram")
        say(session, sari, True, "whatsapp")
        say(session, sari, False, EVERYWHERE)
        assert consent.standing(session, sari, "whatsapp").offers is False


def test_purposes_are_answered_apart(database: Database) -> None:
    with database.transaction() as session:
        sari = customer(session)
        say(session, sari, True, purpose=Purpose.OFFERS)
        say(session, sari, False, purpose=Purpose.PROFILING)
        assert consent.standing(session, sari, "telegram") == Standing(offers=True, profiling=False)


words = st.lists(
    st.tuples(
        st.integers(0, 1),
        st.sampled_from(Purpose),
        st.booleans(),
        st.sampled_from(["telegram", "whatsapp", EVERYWHERE]),
    ),
    max_size=12,
)


@given(said=words)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_standing_of_many_read_in_sql_is_the_fold_of_each(database: Database, said: list) -> None:  # type: ignore[type-arg]
    with database.transaction() as session:
        people = [customer(session), customer(session)]
        for who, purpose, yes, scope in said:
            say(session, people[who], yes, scope, purpose)
        for channel in ("telegram", "whatsapp"):
            together = consent.standings(session, channel, people)
            for person in people:
                assert together.get(person, Standing()) == consent.standing(session, person, channel)


Said = tuple[int, Purpose, bool, str]


def oracle(said: list[Said], channel: str) -> dict[Purpose, bool]:
    """By hand: who says what last, for the channel or for everywhere, in whichever chat that was."""
    return {purpose: yes for _, purpose, yes, scope in said if scope in (channel, EVERYWHERE)}


@given(before=words, after=words, is_older_first=st.booleans())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_of_two_who_turn_out_to_be_one_the_last_word_counts_wherever_it_was_said(
    database: Database, before: list[Said], after: list[Said], is_older_first: bool
) -> None:
    # A yes is for the chat it was said in; a no may be for everywhere.
    before, after = ([each for each in said if not (each[2] and each[3] == EVERYWHERE)] for said in (before, after))
    with database.transaction() as session:
        people = [customer(session), customer(session)]
        for who, purpose, yes, scope in before:
            say(session, people[who], yes, scope, purpose)
        one, other = people if is_older_first else reversed(people)
        customers.take_over(session, session.get_one(Customer, other), session.get_one(Customer, one), NOON)
        for _, purpose, yes, scope in after:
            say(session, one, yes, scope, purpose)
        for channel in ("telegram", "whatsapp"):
            wanted = Standing(**{purpose.value: yes for purpose, yes in oracle(before + after, channel).items()})
            assert consent.standing(session, one, channel) == wanted
            assert consent.standings(session, channel, [one]).get(one, Standing()) == wanted
            assert consent.standings(session, channel).get(one, Standing()) == wanted
            assert other not in consent.standings(session, channel)
            words_of = consent.last_words(session, one, channel)
            assert {purpose: event.granted for purpose, event in words_of.items()} == oracle(before + after, channel)
            # No yes appears on a channel on which none was said.
            said_here = {(purpose, yes) for _, purpose, yes, scope in before + after if scope == channel}
            assert all((purpose, True) in said_here for purpose in Purpose if wanted.allows(purpose))
        assert chain.verify(session).ok


def chain_of_three(database: Database) -> None:
    with database.transaction() as session:
        sari, budi = customer(session, "Sari"), customer(session, "Budi")
        say(session, sari, True)
        say(session, budi, True)
        say(session, sari, False)


def test_an_honest_ledger_verifies(database: Database) -> None:
    chain_of_three(database)
    with database.reading() as session:
        found = chain.verify(session)
    assert (found.events, found.chains, found.ok, found.first_broken) == (3, 2, True, None)


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE consent_events SET granted = NOT granted WHERE id = 2",
        "UPDATE consent_events SET verbatim = 'yb' WHERE id = 2",
        "UPDATE consent_events SET language = 'en' WHERE id = 2",
        "UPDATE consent_events SET hash = replace(hash, substr(hash, 1, 1), 'x') WHERE id = 2",
        "UPDATE consent_events SET customer_id = 1 WHERE id = 2",
        "UPDATE consent_events SET nonce = NULL, verbatim = 'forged yes' WHERE id = 2",
    ],
)
def test_one_changed_byte_is_found_where_it_stands(database: Database, tampering: str) -> None:
    chain_of_three(database)
    with database.transaction() as session:
        session.connection().execute(text(tampering))
    with database.reading() as session:
        assert chain.verify(session).first_broken == 2


def test_a_dropped_event_is_missed_by_the_one_after_it(database: Database) -> None:
    chain_of_three(database)
    with database.transaction() as session:
        session.connection().execute(text("DELETE FROM consent_events WHERE id = 2"))
    with database.reading() as session:
        assert chain.verify(session).first_broken == 3


@pytest.mark.parametrize(
    "tampering",
    ["UPDATE consent_wordings SET text = 'Boleh kami menjual data?'", "DELETE FROM consent_wordings"],
)
def test_words_that_are_not_kept_as_they_were_shown_break_the_first_yes_to_them(
    database: Database, tampering: str
) -> None:
    with database.transaction() as session:
        sari = customer(session)
        say(session, sari, False)
        say(session, sari, True)
        say(session, sari, True)
        session.connection().execute(text(tampering))
    with database.reading() as session:
        found = chain.verify(session)
    assert (found.events, found.chains, found.first_broken) == (3, 1, 2)


def test_words_that_nobody_said_yes_to_may_be_lost(database: Database) -> None:
    with database.transaction() as session:
        sari = customer(session)
        say(session, sari, False)
        nothing_asked = Wording("stop-1", "", "id")
        said = Evidence("telegram", "boleh")
        consent.grant(session, sari, Purpose.OFFERS, scope=EVERYWHERE, wording=nothing_asked, evidence=said, at=NOON)
        session.connection().execute(delete(ConsentWording))
    with database.reading() as session:
        assert chain.verify(session).ok


def blank(session: Session, who: int) -> None:
    for event in session.exec(select(ConsentEvent).where(ConsentEvent.customer_id == who)):
        event.verbatim = event.provider_message_id = event.nonce = None
        session.add(event)


def test_the_chain_still_holds_when_the_words_of_a_person_are_erased(database: Database) -> None:
    chain_of_three(database)
    with database.transaction() as session:
        blank(session, 1)
        session.get_one(Customer, 1).erased_at = NOON
    with database.reading() as session:
        assert chain.verify(session).ok


def test_words_that_are_gone_though_nobody_was_erased_are_found(database: Database) -> None:
    chain_of_three(database)
    with database.transaction() as session:
        blank(session, 2)
        session.get_one(Customer, 1).erased_at = NOON
    with database.reading() as session:
        assert chain.verify(session).first_broken == 2


def test_last_marchs_standing_comes_from_the_same_fold(database: Database) -> None:
    with database.transaction() as session:
        sari = customer(session)
        for day, yes in enumerate([True, False]):
            decide = consent.grant if yes else consent.withdraw
            at = NOON + timedelta(days=day)
            said = Evidence("telegram", "ya" if yes else "stop")
            decide(session, sari, Purpose.OFFERS, scope="telegram", wording=WORDING, evidence=said, at=at)
        before = [e for e in session.exec(select(ConsentEvent).order_by(ConsentEvent.id)) if e.at <= NOON]  # type: ignore[arg-type]
        assert consent.fold(before, "telegram").offers is True
        assert consent.standing(session, sari, "telegram").offers is False


def other(value: Any, name: str, turn: int) -> Any:
    """A value that differs from ``value`` by as little as can be: one sign, one microsecond, yes for no."""
    if isinstance(value, bool):
        return not value
    if name == "customer_id":
        return 3 - value
    if isinstance(value, datetime):
        return value + timedelta(microseconds=1)
    if value is None or not value:
        return "x"
    place = turn % len(value)
    sign = "0" if value[place] != "0" else "1"
    return value[:place] + sign + value[place + 1 :] if turn % 5 else None


COLUMNS = [name for name in ConsentEvent.model_fields if name != "id"]


@given(number=st.integers(1, 5), column=st.sampled_from(COLUMNS), turn=st.integers(0, 63), is_erased=st.booleans())
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_column_of_any_event_changed_by_the_least_is_found_there_or_at_the_next(
    sqlite_database: Database, number: int, column: str, turn: int, is_erased: bool
) -> None:
    with sqlite_database.transaction() as session:
        for table in (ConsentEvent, Customer):
            session.connection().execute(delete(table))
        session.add_all(Customer(id=each, name="Sari", source="chat", created_at=NOON) for each in (1, 2))
        session.flush()
        for each in range(5):
            say(session, 1 + each % 2, each != 3)
        if is_erased:
            blank(session, 2)
            session.get_one(Customer, 2).erased_at = NOON
    with sqlite_database.reading() as session:
        ids = sorted(session.exec(select(ConsentEvent.id)))
        assert chain.verify(session).ok
        before = getattr(session.get_one(ConsentEvent, ids[number - 1]), column)
    changed = other(before, column, turn)
    if changed is None and column not in ("verbatim", "provider_message_id", "nonce"):
        changed = f"{before}x"
    with sqlite_database.transaction() as session:
        tampered = update(ConsentEvent).where(col(ConsentEvent.id) == ids[number - 1])
        session.connection().execute(tampered.values({column: changed}))
    with sqlite_database.reading() as session:
        assert chain.verify(session).first_broken in ids[number - 1 : number + 1]


@pytest.mark.parametrize("number", [1, 2])
def test_an_event_moved_to_another_place_is_found(database: Database, number: int) -> None:
    chain_of_three(database)
    with database.transaction() as session:
        session.connection().execute(text(f"UPDATE consent_events SET id = 99 WHERE id = {number}"))
    with database.reading() as session:
        assert chain.verify(session).first_broken == number + 1
