"""Every column says what it is, why it is kept and for how long."""

import pytest
from sqlmodel import SQLModel

import campaigns.tables  # noqa: F401 - as below
import ledger.tables  # noqa: F401 - both rooms' tables
from ledger.declarations import Keeps, Until, What, Why, declarations

TABLES = dict(declarations())


def test_every_table_is_known_to_the_declarations() -> None:
    assert set(TABLES) == set(SQLModel.metadata.tables)


@pytest.mark.parametrize("table", sorted(SQLModel.metadata.tables))
def test_every_column_declares_what_it_is_and_none_is_declared_that_is_not_there(table: str) -> None:
    assert set(TABLES[table]) == set(SQLModel.metadata.tables[table].columns.keys())


def test_a_column_can_be_kept_for_less_long_than_its_row() -> None:
    keeps = Keeps(Why.OFFER, Until.ANONYMOUS, words="body", but={"body": (Why.ANSWER, Until.MESSAGES)}, time="at")
    assert keeps.columns["body"].until is Until.MESSAGES
    assert keeps.columns["at"].until is Until.ANONYMOUS


def test_a_strange_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="gossip"):
        Keeps(Why.OFFER, Until.ALWAYS, gossip="name")


def test_whatever_leads_to_a_person_goes_some_day() -> None:
    leading = {What.NAME, What.CONTACT, What.WORDS, What.DERIVED}
    for table, columns in TABLES.items():
        for column, declared in columns.items():
            if declared.what in leading:
                assert declared.until not in (Until.ALWAYS, Until.ANONYMOUS), f"{table}.{column}"
