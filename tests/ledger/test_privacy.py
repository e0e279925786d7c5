"""What belongs to a customer is found by the tables' own keys, and compared with a list made by hand."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Column, ForeignKey, Integer, MetaData, String, Table
from sqlmodel import Session, SQLModel, col, select

from ledger import audit, belongings, privacy
from ledger.customers import add_address, meet
from ledger.database import Database
from ledger.declarations import declarations
from ledger.tables import AuditEntry, Customer, Identity, PrivacyRequest, RequestKind, TeamMember
from tests.somebody import BEGAN, BELONGING, NOBODYS, somebody

TABLES = dict(declarations())
LATER = BEGAN + timedelta(days=2)


def test_every_table_is_somebodys_or_nobodys() -> None:
    assert set(BELONGING) | NOBODYS == set(SQLModel.metadata.tables)


def test_the_walker_finds_what_was_listed_by_hand() -> None:
    assert set(belongings.ways()) == set(BELONGING)


@pytest.mark.parametrize("table", sorted(TABLES))
def test_a_table_with_a_personal_column_has_a_way_to_a_customer(table: str) -> None:
    personal = [column for column, declared in TABLES[table].items() if declared.what in belongings.PERSONAL]
    assert not personal or table in belongings.ways()


def test_a_table_added_later_is_found_however_far_from_the_customer(monkeypatch: pytest.MonkeyPatch) -> None:
    later = MetaData()
    Table("customers", later, Column("id", Integer, primary_key=True))
    near = ForeignKey("customers.id")
    Table("parcels", later, Column("id", Integer, primary_key=True), Column("customer_id", Integer, near))
    Table("stamps", later, Column("parcel_id", Integer, ForeignKey("parcels.id")), Column("motif", String))
    Table("weather", later, Column("id", Integer, primary_key=True))
    monkeypatch.setattr(SQLModel, "metadata", later)
    assert {table: [column.name for column in way] for table, way in belongings.ways().items()} == {
        "customers": [],
        "parcels": ["customer_id"],
        "stamps": ["parcel_id"],
    }


def test_a_request_is_noted_and_the_audit_does_not_say_whose(database: Database) -> None:
    with database.transaction() as session:
        sari = somebody(session)
        answered = BEGAN + timedelta(hours=1)
        noted = privacy.note_request(
            session, RequestKind.COPY, sari.customer_id, "telegram", "customer", BEGAN, answered
        )
    with database.reading() as session:
        request = session.get_one(PrivacyRequest, noted.id)
        assert (request.kind, request.asked_at, request.answered_at) == ("copy", BEGAN, answered)
        entry = session.exec(select(AuditEntry)).one()
    assert (entry.at, entry.actor, entry.action, entry.subject) == (
        answered,
        "customer",
        "copy given",
        f"request {noted.id}",
    )


def erase(session: Session, customer: Customer) -> None:
    privacy.erase(session, customer, {}, zone=ZoneInfo("Asia/Jakarta"), by="customer", at=LATER, channel="simulator")


def request(session: Session, kind: RequestKind, customer_id: int, *, is_answered: bool = False) -> None:
    at = LATER if is_answered else BEGAN
    privacy.note_request(session, kind, customer_id, "simulator", "customer", at, at if is_answered else None)


def open_requests(database: Database) -> list[tuple[int, str]]:
    with database.reading() as session:
        waiting = select(PrivacyRequest.customer_id, PrivacyRequest.kind).where(
            col(PrivacyRequest.answered_at).is_(None)
        )
        return [(customer, kind) for customer, kind in session.exec(waiting.order_by(col(PrivacyRequest.id)))]


def test_a_copy_that_is_given_answers_what_they_asked_for_before(database: Database) -> None:
    with database.transaction() as session:
        sari, budi = (meet(session, "simulator", who, who, BEGAN).customer_id for who in ("sari", "budi"))
        for kind in RequestKind:
            request(session, kind, sari)
        request(session, RequestKind.COPY, budi)
        request(session, RequestKind.COPY, sari, is_answered=True)
    assert open_requests(database) == [(sari, "erasure"), (budi, "copy")]
    with database.reading() as session:
        first = session.exec(select(PrivacyRequest).order_by(col(PrivacyRequest.id))).first()
        assert first is not None
        assert (first.asked_at, first.answered_at) == (BEGAN, LATER)


def test_a_summary_does_not_answer_who_wants_a_copy(database: Database) -> None:
    with database.transaction() as session:
        sari = meet(session, "simulator", "sari", "Sari", BEGAN).customer_id
        request(session, RequestKind.COPY, sari)
        request(session, RequestKind.SUMMARY, sari, is_answered=True)
    assert open_requests(database) == [(sari, "copy")]


def test_whoever_is_erased_waits_for_nothing(database: Database) -> None:
    with database.transaction() as session:
        sari, budi = (meet(session, "simulator", who, who, BEGAN).customer_id for who in ("sari", "budi"))
        for kind in RequestKind:
            request(session, kind, sari)
        request(session, RequestKind.SUMMARY, budi)
        erase(session, session.get_one(Customer, sari))
    assert open_requests(database) == [(budi, "summary")]


@pytest.mark.parametrize(
    ("name", "reference", "address"),
    [
        ("simulator", "1", "nobody-else"),
        ("campaign", "chosen", "manager"),
        ("i•••una", "simulator:i•••una", "command line"),
        ("", "chosen", "1"),
    ],
)
def test_the_book_keeps_what_others_did_whatever_a_customer_is_called(
    database: Database, name: str, reference: str, address: str
) -> None:
    with database.transaction() as session:
        customer_id = meet(session, "simulator", address, name, BEGAN).customer_id
        session.add(Identity(customer_id=customer_id, source="pos", reference=reference, fingerprint="f"))
        audit.record(session, BEGAN, "simulator:i•••una", "campaign approved", "1", chosen=4)
        audit.record(session, BEGAN, "simulator:i•••una", "joined the team", "manager")
        audit.record(session, BEGAN, "command line", "key rotated", "0a1b", changed=4)
        before = written(session)
        erase(session, session.get_one(Customer, customer_id))
    with database.reading() as session:
        assert written(session)[: len(before)] == before


def test_what_an_owner_did_stays_when_a_customer_who_looks_the_same_under_the_mask_is_erased(
    database: Database,
) -> None:
    with database.transaction() as session:
        owner = meet(session, "whatsapp", "+6281200007890", "Ratna", BEGAN)
        session.add(TeamMember(address_id=owner.id, role="owner", since=BEGAN))
        audit.record(session, BEGAN, "whatsapp:+62•••7890", "campaign paused", "1")
        before = written(session)
        customer = meet(session, "whatsapp", "+6285799997890", "Sari", BEGAN)
        erase(session, session.get_one(Customer, customer.customer_id))
        assert written(session)[:1] == before
        erase(session, session.get_one(Customer, owner.customer_id))
    with database.reading() as session:
        assert written(session)[0] == ("erased", "campaign paused", "1", {})


def test_every_address_of_who_is_erased_is_blanked_in_the_book_masked_or_plain(database: Database) -> None:
    with database.transaction() as session:
        first = meet(session, "simulator", "sari-unmistakable", "Sari", BEGAN)
        sari = session.get_one(Customer, first.customer_id)
        add_address(session, sari, "whatsapp", "+6281200007890", "chat", BEGAN)
        audit.record(session, BEGAN, "simulator:s•••able", "looked for", "+6281200007890", by="sari-unmistakable")
        audit.record(session, BEGAN, "whatsapp:+62•••7890", "looked for", "whatsapp:+62•••7890")
        erase(session, sari)
    with database.reading() as session:
        assert written(session)[:2] == [("erased", "looked for", "", {})] * 2


def written(session: Session) -> list[tuple[str, str, str, object]]:
    entries = session.exec(select(AuditEntry).order_by(col(AuditEntry.id)))
    return [(each.actor, each.action, each.subject, each.detail) for each in entries]
