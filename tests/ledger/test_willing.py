"""Permissions over time: each change once, in its stretch, and at the end the same as today's fold says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, select

from ledger import consent, customers, permissions, privacy
from ledger.consent import Evidence, Wording
from ledger.database import Database
from ledger.tables import EVERYWHERE, Address, Customer, Purpose, Role, TeamMember
from ledger.willing import Origin, Reach, Stretch, willing

MONDAY = datetime(2026, 11, 2, tzinfo=UTC)
DAYS = [MONDAY + timedelta(days=day) for day in range(5)]


def chat(session: Session, who: str, channel: str = "telegram") -> int:
    return customers.meet(session, channel, who, who, MONDAY).customer_id


def say(
    session: Session,
    who: int,
    yes: bool,
    day: float,
    scope: str = "telegram",
    purpose: Purpose = Purpose.OFFERS,
    wording: str = "offers-2",
) -> None:
    decide = consent.grant if yes else consent.withdraw
    evidence = Evidence(scope if scope != EVERYWHERE else "telegram", "ya")
    at = MONDAY + timedelta(days=day)
    decide(session, who, purpose, scope=scope, wording=Wording(wording, "b2", "id"), evidence=evidence, at=at)


def test_each_day_ends_where_the_one_before_ended_and_who_came_and_went(database: Database) -> None:
    with database.transaction() as session:
        sari, budi, tono = (chat(session, who) for who in ("sari", "budi", "tono"))
        say(session, sari, True, -3)
        say(session, budi, True, 0)
        say(session, tono, False, 0.5)
        say(session, tono, True, 1.5)
        say(session, sari, False, 3, EVERYWHERE)
        found = willing(session, DAYS)
    assert found.stretches[Purpose.OFFERS] == [Stretch(1, 0, 2), Stretch(1, 0, 3), Stretch(0, 0, 3), Stretch(0, 1, 2)]
    assert found.stretches[Purpose.RESEARCH] == [Stretch(0, 0, 0)] * 4
    assert found.n == 3


def test_a_yes_in_a_second_chat_is_no_second_person(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as session:
        sari = chat(session, "sari")
        say(session, sari, True, 0)
        say(session, sari, True, 1, "whatsapp")
        say(session, sari, False, 2)
        found = willing(session, DAYS)
    assert [each.allowing for each in found.stretches[Purpose.OFFERS]] == [1, 1, 1, 1]


def test_whoever_was_erased_counts_until_then(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as session:
        sari = chat(session, "sari")
        say(session, sari, True, 0)
        privacy.erase(
            session, session.get_one(Customer, sari), {}, zone=UTC, by="test", at=MONDAY + timedelta(days=2)
        )
        found = willing(session, DAYS)
    assert [each.allowing for each in found.stretches[Purpose.OFFERS]] == [1, 1, 0, 0]
    assert (found.n, found.reach, found.origins) == (0, [], {})


def test_the_team_counts_nowhere(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as session:
        place = customers.meet(session, "telegram", "ratna", "Ratna", MONDAY)
        session.add(TeamMember(address_id=place.id, role=Role.OWNER, since=MONDAY))
        say(session, place.customer_id, True, 1)
        found = willing(session, DAYS)
    assert (found.n, found.stretches[Purpose.OFFERS][-1].allowing, found.reach) == (0, 0, [])


def test_who_is_reached_and_where_their_yes_came_from(database: Database) -> None:
    with database.transaction() as session:
        sari, budi = chat(session, "sari"), chat(session, "budi", "whatsapp")
        chat(session, "tono", "whatsapp")
        session.add(Customer(name="Imported", source="shopee", created_at=MONDAY))
        say(session, sari, True, 0, wording="offers-1")
        say(session, budi, True, 1, "whatsapp")
        session.exec(select(Address).where(Address.customer_id == budi)).one().unreachable_since = MONDAY
        session.flush()
        found = willing(session, DAYS)
    assert found.reach == [Reach("telegram", 1, 1, 1), Reach("whatsapp", 2, 1, 0)]
    assert found.origins == {Origin("chat", "telegram", "offers-1"): 1, Origin("chat", "whatsapp", "offers-2"): 1}
    assert found.n == 4


SAID = st.tuples(
    st.integers(0, 2),
    st.booleans(),
    st.sampled_from(("telegram", "whatsapp", EVERYWHERE)),
    st.sampled_from(list(Purpose)),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=st.lists(SAID, max_size=8))
def test_the_last_end_is_what_todays_permissions_say(
    sqlite_database: Database, said: list[tuple[int, bool, str, Purpose]]
) -> None:
    with sqlite_database.transaction() as session:
        people = [chat(session, f"{who}") for who in range(3)]
        for hour, (who, yes, scope, purpose) in enumerate(said):
            say(session, people[who], yes, hour / 24, scope, purpose)
        found, today = willing(session, DAYS), permissions.permissions(session, ())
        session.rollback()
    ends = {purpose: stretches[-1].allowing for purpose, stretches in found.stretches.items()}
    assert ends == {each.purpose: each.people.granted for each in today.answered}
    offers = next(each for each in today.answered if each.purpose == Purpose.OFFERS)
    assert {each.channel: each.allowing for each in found.reach} == {
        channel: tally.granted for channel, tally in offers.channels.items()
    }
    assert sum(found.origins.values()) == offers.people.granted
