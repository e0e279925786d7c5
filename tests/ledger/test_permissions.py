"""Today's permissions, all customers at once: the same fold as for each of them, and the words they rest on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, select

from ledger import consent
from ledger.consent import Evidence, Wording
from ledger.customers import add_address, meet
from ledger.database import Database
from ledger.permissions import Changed, Tally, Worded, permissions
from ledger.tables import EVERYWHERE, ConsentWording, Customer, Purpose, TeamMember

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
NOW = {"offers-2", "offers-confirmed-1", "profiling-1"}
BOTH = ("telegram", "whatsapp")


def chat(session: Session, who: str, channel: str = "telegram") -> int:
    return meet(session, channel, who, who, NOON).customer_id


def say(
    session: Session,
    who: int,
    yes: bool,
    scope: str = "telegram",
    purpose: Purpose = Purpose.OFFERS,
    *,
    wording: Wording = Wording("offers-2", "b2", "id"),  # noqa: B008 - frozen
) -> None:
    evidence = Evidence(scope if scope != EVERYWHERE else "telegram", "ya" if yes else "tidak")
    decide = consent.grant if yes else consent.withdraw
    decide(session, who, purpose, scope=scope, wording=wording, evidence=evidence, at=NOON)


def keep(session: Session, words: str, version: str, day: int = 0, language: str = "id") -> None:
    wording = Wording(version, sha256(words.encode()).hexdigest(), language, words)
    consent.keep_wording(session, Purpose.OFFERS, wording, NOON + timedelta(days=day))


def test_a_yes_a_no_a_stop_and_silence_are_counted_once_each(database: Database) -> None:
    with database.transaction() as session:
        sari, budi, tono = (chat(session, who) for who in ("sari", "budi", "tono"))
        chat(session, "wati", "whatsapp")
        session.add(Customer(name="Imported", source="shopee", created_at=NOON))
        say(session, sari, True)
        say(session, budi, False)
        say(session, tono, True)
        say(session, tono, False, EVERYWHERE)
    with database.reading() as session:
        found = permissions(session, NOW)
    offers, profiling, research = found.answered
    assert found.n == 5
    assert (offers.purpose, offers.people) == (Purpose.OFFERS, Tally(granted=1, withdrawn=2, never=2))
    assert offers.channels == {"telegram": Tally(1, 2, 0), "whatsapp": Tally(0, 0, 1)}
    assert profiling.people == research.people == Tally(0, 0, 5)


def test_with_two_chats_a_yes_in_one_is_a_yes_and_silence_in_the_other_is_silence(
    database: Database,
) -> None:
    with database.transaction() as session:
        sari = chat(session, "sari")
        say(session, sari, True, "telegram")
        say(session, sari, False, "whatsapp")
        budi = chat(session, "budi")
        say(session, budi, False, "whatsapp")
    with database.reading() as session:
        offers = permissions(session, NOW).answered[0]
    assert offers.people == Tally(granted=1, withdrawn=1)
    assert offers.channels == {"telegram": Tally(1, 0, 1), "whatsapp": Tally(0, 2, 0)}


def test_neither_the_team_nor_the_erased_are_counted(database: Database) -> None:
    with database.transaction() as session:
        owner = meet(session, "telegram", "ratna", "Ratna", NOON)
        session.add(TeamMember(address_id=owner.id, role="owner", since=NOON))
        gone = chat(session, "gone")
        for each in (owner.customer_id, gone):
            say(session, each, True)
        session.get_one(Customer, gone).erased_at = NOON
    with database.reading() as session:
        found = permissions(session, NOW)
    assert (found.n, found.yeses, found.worded) == (0, [], [])


def test_a_yes_keeps_to_the_words_it_was_given_to(database: Database) -> None:
    with database.transaction() as session:
        for who, version, language in [
            ("sari", "offers-1", "id"),
            ("budi", "offers-1", "en"),
            ("tono", "offers-2", "id"),
            ("wati", "offers-2", "id"),
        ]:
            say(session, chat(session, who), True, wording=Wording(version, f"{version}{language}", language))
        left = chat(session, "left")
        say(session, left, True, wording=Wording("offers-1", "a", "id"))
        say(session, left, False, EVERYWHERE)
    with database.reading() as session:
        found = permissions(session, NOW)
    assert found.worded == [
        Worded(Purpose.OFFERS, "offers-1", "en", 1, is_current=False),
        Worded(Purpose.OFFERS, "offers-1", "id", 1, is_current=False),
        Worded(Purpose.OFFERS, "offers-2", "id", 2, is_current=True),
    ]
    assert [each.customer_id for each in found.older] == [1, 2]
    with database.reading() as session:
        assert consent.standing(session, 1, "telegram").offers is True


def test_the_same_purpose_may_be_asked_in_more_than_one_way(database: Database) -> None:
    with database.transaction() as session:
        say(session, chat(session, "sari"), True, wording=Wording("offers-confirmed-1", "c", "id"))
    with database.reading() as session:
        assert permissions(session, NOW).older == []


def test_other_words_under_the_same_version_are_noticed_and_who_saw_the_earlier_ones(
    database: Database,
) -> None:
    with database.transaction() as session:
        keep(session, "first", "offers-2")
        keep(session, "second", "offers-2", day=1)
        keep(session, "english", "offers-2", day=2, language="en")
        keep(session, "other version", "offers-1", day=3)
        for who, words in [("sari", "first"), ("budi", "second"), ("tono", "second"), ("wati", "english")]:
            language = "en" if words == "english" else "id"
            shown = Wording("offers-2", sha256(words.encode()).hexdigest(), language)
            say(session, chat(session, who), True, wording=shown)
    with database.reading() as session:
        found = permissions(session, NOW)
        raised = permissions(session, {"offers-3"})
    assert found.changed == [Changed(Purpose.OFFERS, "offers-2", "id", texts=2, yeses=3, to_earlier=1)]
    assert found.without_text == 0
    assert (raised.changed, len(raised.older)) == ([], 4)


def test_a_yes_whose_words_are_not_kept_is_counted(database: Database) -> None:
    with database.transaction() as session:
        say(session, chat(session, "sari"), True, wording=Wording("offers-2", "lost", "id"))
    with database.reading() as session:
        assert permissions(session, NOW).without_text == 1


def test_a_yes_whose_words_were_changed_since_is_counted_too(database: Database) -> None:
    with database.transaction() as session:
        keep(session, "asked", "offers-2")
        say(session, chat(session, "sari"), True, wording=Wording("offers-2", sha256(b"asked").hexdigest(), "id"))
        session.exec(select(ConsentWording)).one().text = "something else"
    with database.reading() as session:
        assert permissions(session, NOW).without_text == 1


answers = st.tuples(st.integers(0, 2), st.sampled_from(Purpose), st.booleans(), st.sampled_from([*BOTH, EVERYWHERE]))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(said=st.lists(answers, max_size=12))
def test_it_is_the_same_fold_as_for_one_customer_on_one_channel(
    sqlite_database: Database, said: list[tuple[int, Purpose, bool, str]]
) -> None:
    with sqlite_database.transaction() as session:
        people = [with_both_chats(session) for _ in range(3)]
        for who, purpose, yes, scope in said:
            say(session, people[who], yes, scope, purpose)
        found = {(each.customer_id, each.purpose, each.channel) for each in permissions(session, NOW).yeses}
        for person in people:
            for channel in BOTH:
                standing = consent.standing(session, person, channel)
                for purpose in Purpose:
                    assert ((person, purpose, channel) in found) is standing.allows(purpose)


def with_both_chats(session: Session) -> int:
    customer = Customer(source="chat", created_at=NOON)
    session.add(customer)
    session.flush()
    for channel in BOTH:
        add_address(session, customer, channel, uuid4().hex, "chat", NOON)
    return customer.id
