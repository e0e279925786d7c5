"""The owner's duties: requests and their seventy-two hours, upkeep, and what lies in the database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import campaigns.tables  # noqa: F401 - all tables there are
from ledger import consent
from ledger.compliance import Asked, Holdings, duties, holdings, requests, upkeep
from ledger.consent import Evidence, Wording
from ledger.customers import meet
from ledger.database import Database
from ledger.declarations import What
from ledger.tables import (
    Customer,
    Erasure,
    Interaction,
    Kind,
    PrivacyRequest,
    Product,
    Purpose,
    RequestKind,
    RetentionRun,
    Suppression,
)

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
NOTHING = Asked(n=0, answered=0, median=None, longest=None, late=0, left=None)


def ask(database: Database, kind: RequestKind, ago: timedelta, took: timedelta | None) -> None:
    asked = NOW - ago
    answered = asked + took if took is not None else None
    with database.transaction() as session:
        customer = Customer(name="Sari", source="chat", created_at=asked)
        session.add(customer)
        session.flush()
        session.add(
            PrivacyRequest(
                kind=kind,
                customer_id=customer.id,
                channel="telegram",
                made_by="customer",
                asked_at=asked,
                answered_at=answered,
            )
        )


def test_response_times_are_told_by_kind(database: Database) -> None:
    for took in (1 * HOUR, 2 * HOUR, 6 * HOUR, 73 * HOUR):
        ask(database, RequestKind.COPY, timedelta(days=10), took)
    ask(database, RequestKind.SUMMARY, timedelta(days=1), timedelta(seconds=2))
    with database.reading() as session:
        found = requests(session, NOW)
    assert found == {
        RequestKind.SUMMARY: Asked(1, 1, timedelta(seconds=2), timedelta(seconds=2), 0, None),
        RequestKind.COPY: Asked(n=4, answered=4, median=4 * HOUR, longest=73 * HOUR, late=1, left=None),
        RequestKind.ERASURE: NOTHING,
    }


def test_of_open_requests_the_most_urgent_is_told(database: Database) -> None:
    ask(database, RequestKind.ERASURE, 5 * HOUR, None)
    ask(database, RequestKind.ERASURE, 70 * HOUR, None)
    ask(database, RequestKind.ERASURE, 80 * HOUR, HOUR)
    with database.reading() as session:
        found = requests(session, NOW)[RequestKind.ERASURE]
    assert (found.n, found.waiting, found.late, found.left) == (3, 2, 0, 2 * HOUR)


def test_seventy_two_hours_to_the_second_are_in_time_and_one_more_is_not(database: Database) -> None:
    for kind, hours in ((RequestKind.COPY, 72 * HOUR), (RequestKind.ERASURE, 72 * HOUR + timedelta(seconds=1))):
        ask(database, kind, hours, None)
        ask(database, kind, timedelta(days=9), hours)
    with database.reading() as session:
        found = requests(session, NOW)
    assert (found[RequestKind.COPY].late, found[RequestKind.COPY].left) == (0, timedelta())
    assert (found[RequestKind.ERASURE].late, found[RequestKind.ERASURE].left) == (2, timedelta(seconds=-1))


def test_what_was_answered_over_a_year_ago_is_past_and_what_is_open_never(database: Database) -> None:
    ask(database, RequestKind.COPY, timedelta(days=366), HOUR)
    ask(database, RequestKind.COPY, timedelta(days=366), None)
    with database.reading() as session:
        found = requests(session, NOW)[RequestKind.COPY]
    assert (found.n, found.waiting, found.late) == (1, 1, 1)


def test_upkeep_is_the_last_tidying_and_counts(database: Database) -> None:
    with database.transaction() as session:
        session.add_all(RetentionRun(at=NOW - timedelta(days=n), removed={"messages": n}) for n in (2, 1))
        session.add(Erasure(number="A1", at=NOW, erased={}))
        session.add_all(Suppression(scope="telegram", fingerprint=str(n), reason="erased", at=NOW) for n in range(3))
    with database.reading() as session:
        found = upkeep(session)
    assert found.last_tidying is not None
    assert found.last_tidying.removed == {"messages": 1}
    assert (found.erasures, found.suppressed, found.chain.events, found.chain.ok) == (1, 3, 0, True)


def test_a_new_shop_owes_nothing(database: Database) -> None:
    with database.reading() as session:
        found = duties(session, NOW, {"offers-1"})
    assert (found.at, found.permissions.n, found.upkeep.last_tidying) == (NOW, 0, None)
    assert set(found.requests.values()) == {NOTHING}


def test_what_lies_here_is_counted_by_what_it_holds_and_not_for_the_erased(database: Database) -> None:
    with database.transaction() as session:
        session.add(Product(sku="K1", name="Kopi", currency="IDR"))
        session.flush()
        for who, channel in (("sari", "telegram"), ("budi", "telegram"), ("wati", "whatsapp"), ("gone", "telegram")):
            address = meet(session, channel, who, who.title(), NOW)
            session.add_all(
                Interaction(customer_id=address.customer_id, kind=kind, at=NOW, platform="pos", text=text)
                for kind, text in ((Kind.PURCHASE, None), (Kind.MESSAGE_IN, "halo"))
            )
            session.flush()
        session.get_one(Customer, 4).erased_at = NOW
        consent.grant(
            session,
            1,
            Purpose.OFFERS,
            scope="telegram",
            wording=Wording("offers-1", "a", "id"),
            evidence=Evidence("telegram", "ya"),
            at=NOW,
        )
    with database.reading() as session:
        found = holdings(session)
    assert found == Holdings(
        people=3,
        channels={"telegram": 2, "whatsapp": 1},
        rows={
            What.NAME: 3,
            What.CONTACT: 3,
            What.WORDS: 4,  # three messages and the words of one answer
            What.HISTORY: 13,  # three customers, three addresses, six interactions and one answer
            What.CHOICE: 1,
            What.DERIVED: 0,
        },
    )
