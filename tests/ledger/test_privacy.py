"""What belongs to a customer is found by the tables' own keys, and compared with a list made by hand."""

from datetime import timedelta

import pytest
from sqlalchemy import Column, ForeignKey, Integer, MetaData, String, Table
from sqlmodel import SQLModel, select

from ledger import belongings, privacy
from ledger.database import Database
from ledger.declarations import declarations
from ledger.tables import AuditEntry, PrivacyRequest, RequestKind
from tests.somebody import BEGAN, BELONGING, NOBODYS, somebody

TABLES = dict(declarations())


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
