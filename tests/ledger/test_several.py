"""Several transactions by one commit: each is whole, one that fails fails alone, and nothing is kept by halves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlmodel import Session, select

from ledger import customers
from ledger.database import SCRUB, Database
from ledger.tables import Customer

NOW = datetime(2026, 11, 2, 3, tzinfo=UTC)


def add(session: Session, name: str) -> Customer:
    person = Customer(name=name, source="chat", created_at=NOW)
    session.add(person)
    session.flush()
    return person


def names(database: Database) -> Sequence[str]:
    with database.reading() as session:
        return session.exec(select(Customer.name).order_by(Customer.name)).all()


def test_all_are_kept_by_one_commit(sqlite_database: Database) -> None:
    commits: list[object] = []
    event.listen(sqlite_database.engine, "commit", commits.append)
    with sqlite_database.several() as begin:
        for name in ("Budi", "Sari"):
            with begin() as session:
                add(session, name)
        assert names(sqlite_database) == []
    assert (names(sqlite_database), len(commits)) == (["Budi", "Sari"], 1)


def test_one_that_fails_fails_alone(sqlite_database: Database) -> None:
    with sqlite_database.several() as begin:
        with begin() as session:
            add(session, "Budi")
        with pytest.raises(ZeroDivisionError), begin() as session:
            add(session, "nobody")
            raise ZeroDivisionError
        with begin() as session:
            add(session, "Sari")
    assert names(sqlite_database) == ["Budi", "Sari"]


def test_if_the_whole_fails_nothing_is_kept(sqlite_database: Database) -> None:
    with pytest.raises(ZeroDivisionError), sqlite_database.several() as begin:
        with begin() as session:
            add(session, "Budi")
        raise ZeroDivisionError
    assert names(sqlite_database) == []


def test_each_sees_what_those_before_it_did_and_may_have_parts_of_its_own(sqlite_database: Database) -> None:
    with sqlite_database.several() as begin:
        with begin() as session:
            number = customers.add_address(
                session, add(session, "Sari"), "simulator", "sari", "chat", NOW
            ).customer_id
        with begin() as session:
            with pytest.raises(ZeroDivisionError), session.begin_nested():
                add(session, "nobody")
                raise ZeroDivisionError
            known = customers.address_of(session, "simulator", "sari")
            assert known is not None
            assert known.customer_id == number
    assert names(sqlite_database) == ["Sari"]


def test_what_was_erased_in_one_of_them_is_scrubbed_once_all_are_kept(sqlite_database: Database) -> None:
    with sqlite_database.several() as begin:
        with begin() as session:
            add(session, "Sari")
        with begin() as session:
            session.info[SCRUB] = ("customers",)
    log = sqlite_database.engine.url.database
    assert log is not None
    assert Path(f"{log}-wal").read_bytes() == b""


def test_what_is_to_be_done_before_the_end_is_done_before_each_one_ends(sqlite_database: Database) -> None:
    done: list[str] = []
    with sqlite_database.several() as begin:
        with begin() as session:
            session.info["before_commit"] = {"a": lambda: done.append("a")}
        assert done == ["a"]
        with pytest.raises(ZeroDivisionError), begin() as session:
            session.info["before_commit"] = {"b": lambda: done.append("b")}
            raise ZeroDivisionError
    assert done == ["a"]
