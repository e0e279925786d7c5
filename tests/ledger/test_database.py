"""The tables are what the migrations make, on both databases, and transactions are whole."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlmodel import SQLModel, select

from ledger.columns import NaiveMoment
from ledger.database import BadDatabaseUrl, Database, OtherVersion, connect
from ledger.tables import Customer

NOON = datetime(2026, 11, 2, 12, 0, 0, 123456, tzinfo=UTC)


def test_the_migrations_make_exactly_the_tables_the_code_declares(database: Database) -> None:
    with database.engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), SQLModel.metadata)
    assert differences == []


def test_migrating_twice_changes_nothing(database: Database) -> None:
    database.migrate()
    database.migrate()


def test_a_database_of_a_version_we_do_not_know_is_left_alone_and_the_sentence_says_what_to_do(
    database: Database,
) -> None:
    with database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'from_tomorrow'")
    with pytest.raises(OtherVersion, match="update the program, or restore a backup made before"):
        database.migrate()
    with database.engine.connect() as connection:
        assert MigrationContext.configure(connection).get_current_heads() == ("from_tomorrow",)


def test_a_moment_comes_back_as_it_went_in_whatever_its_zone(database: Database) -> None:
    jakarta = timezone(timedelta(hours=7))
    with database.transaction() as session:
        session.add(Customer(name="Sari", source="chat", created_at=NOON.astimezone(jakarta)))
    with database.reading() as session:
        customer = session.exec(select(Customer)).one()
    assert (customer.created_at, customer.created_at.tzinfo) == (NOON, UTC)


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(NaiveMoment, match="no time zone"):
        Customer.__table__.c.created_at.type.process_bind_param(  # type: ignore[attr-defined]
            NOON.replace(tzinfo=None), connect("sqlite://").dialect
        )


def test_a_transaction_that_raises_leaves_nothing(database: Database) -> None:
    with pytest.raises(RuntimeError, match="lights out"), database.transaction() as session:
        session.add(Customer(name="Sari", source="chat", created_at=NOON))
        session.flush()
        raise RuntimeError("lights out")
    with database.reading() as session:
        assert session.exec(select(Customer)).all() == []


def test_what_is_changed_while_only_reading_is_not_kept(database: Database) -> None:
    with database.reading() as session:
        session.add(Customer(name="Sari", source="chat", created_at=NOON))
        session.flush()
    with database.reading() as session:
        assert session.exec(select(Customer)).all() == []


@pytest.mark.parametrize("url", ["", "mysql://root@host/shop", "not a url"])
def test_another_kind_of_address_is_refused_with_what_a_right_one_looks_like(url: str) -> None:
    with pytest.raises(BadDatabaseUrl, match=r"sqlite:///data/langganan\.db or postgresql://"):
        connect(url)


@pytest.mark.parametrize(("said", "idle"), [("", "30"), ("&keepalives_idle=7", "7")])
def test_a_server_that_says_nothing_any_more_is_not_waited_for_for_hours(
    postgresql_database: Database, said: str, idle: str
) -> None:
    url = postgresql_database.engine.url.render_as_string(hide_password=False)
    engine = connect(url + said)
    with engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        told = driver.info.get_parameters()
    engine.dispose()
    assert (told["keepalives_idle"], told["keepalives_count"], told["connect_timeout"]) == (idle, "3", "10")
