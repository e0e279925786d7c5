"""Segments from run to run: names that stay, who moved, and one customer placed by what was stored."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from sqlmodel import select

from campaigns import insights, mining
from campaigns.looking.moves import moves
from campaigns.mining.segments import ASSIGNMENT, assignment
from campaigns.tables import Membership, RunState
from ledger.columns import microseconds
from ledger.database import Database
from tests.campaigns.test_mining import mine, told_of_it


@pytest.fixture
def invented(sqlite_database: Database, tmp_path: Path) -> Database:
    return told_of_it(sqlite_database, tmp_path)


def test_names_stay_with_their_people_and_who_moved_since_the_last_run_is_kept(invented: Database) -> None:
    mine(invented)
    with invented.transaction() as session:
        one, other = insights.segments(session)[:2]
        someone = session.exec(select(Membership).where(Membership.segment_id == one.id)).first()
        assert someone is not None
        someone.segment_id = other.id
        session.add(someone)
        keys, moved_back = {each.key for each in insights.segments(session)}, (other.key, one.key, 1)
    mine(invented)
    with invented.reading() as session:
        found = moves(session)
        assert found is not None
        assert (found.known, found.stayed, found.renamed) == (80, 79, [])
        assert [(each.before, each.now, each.n) for each in found.moved] == [moved_back]
        assert {each.key for each in insights.segments(session)} == keys


def test_one_customer_is_placed_by_what_the_run_stored(invented: Database) -> None:
    run = mine(invented)
    with invented.reading() as session:
        stored = assignment(session.get_one(RunState, (run.id, ASSIGNMENT)).content)
        history, shelf = mining.frames(session)
        keys = {each.id: each.key for each in insights.segments(session)}
        members = session.exec(select(Membership)).all()
    as_of = microseconds(datetime.fromisoformat(run.quality["as_of"]))
    for member in members[:8]:
        own = history.where(history.customer == member.customer_id)
        assert stored.place(own, shelf, as_of).key == keys[member.segment_id]
