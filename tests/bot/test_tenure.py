"""What one process at a time may do: whoever vanishes is followed, and never do two do it at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, delete

from bot.tenure import Hold, Tenure
from ledger.database import Database
from ledger.leases import LostLease
from ledger.tables import Lease, ShopFact
from tests.virtual_time import VirtualLoop, run

NOON = datetime(2026, 11, 2, 5, tzinfo=UTC)
T = TypeVar("T")


def elapsed() -> float:
    return asyncio.get_running_loop().time() - 1_000


def shared(_session: Session, _now: datetime) -> datetime:
    return NOON + timedelta(seconds=elapsed())


class Line(Database):
    """A line to the database that can be cut."""

    is_cut: bool = False

    def toggle(self) -> None:
        self.is_cut = not self.is_cut

    @classmethod
    def to(cls, database: Database) -> Line:
        line = cls.__new__(cls)
        line.__dict__.update(database.__dict__)
        return line

    @contextmanager
    def transaction(self, **how: bool) -> Iterator[Session]:
        if self.is_cut:
            raise OperationalError("", {}, Exception())
        with super().transaction(**how) as session:
            yield session


@dataclass
class Process:
    """One of several: when its duty began and ended."""

    line: Line
    name: str
    terms: list[tuple[float, float]] = field(default_factory=list)
    hold: Hold | None = None
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    finishing_seconds: float = 0

    async def duty(self, hold: Hold) -> None:
        began, self.hold = elapsed(), hold
        try:
            await hold.ending.wait()
            await asyncio.sleep(self.finishing_seconds)
        finally:
            self.terms.append((began, elapsed()))
            self.hold = None

    async def keep(self) -> None:
        tenure = Tenure(self.line, "scheduler", self.name, self.duty, lambda: NOON, shared)
        await tenure.keep(self.stopping)


async def serve(processes: list[Process], at: list[tuple[float, Callable[[], object]]], until: float) -> None:
    """All of them for so long; meanwhile this and that happens."""
    loop = asyncio.get_running_loop()
    for seconds, happens in at:
        loop.call_at(1_000 + seconds, happens)
    keeping = [asyncio.create_task(each.keep()) for each in processes]
    await asyncio.sleep(until)
    for each in processes:
        each.stopping.set()
    await asyncio.gather(*keeping)


def cut(process: Process, *, is_cut: bool = True) -> Callable[[], None]:
    return lambda: setattr(process.line, "is_cut", is_cut)


@pytest.fixture
def pair(postgresql_database: Database) -> tuple[Process, Process]:
    return Process(Line.to(postgresql_database), "a"), Process(Line.to(postgresql_database), "b")


def test_one_of_them_does_it_and_it_goes_on_as_long_as_that_one_is_there(pair: tuple[Process, Process]) -> None:
    run(serve([*pair], [], until=60))
    first, second = pair
    assert first.terms == [(0, 60)]
    assert second.terms == []


def test_a_process_that_vanishes_is_followed_within_ten_seconds_and_not_before_it_has_stopped(
    pair: tuple[Process, Process],
) -> None:
    first, second = pair
    run(serve([first, second], [(11.9, cut(first))], until=40))
    ((_, ended),) = first.terms
    ((began, _),) = second.terms
    assert 11.9 < ended < began < 11.9 + 10


def test_a_process_that_closes_finishes_and_is_followed_at_the_next_look(pair: tuple[Process, Process]) -> None:
    first, second = pair
    first.finishing_seconds = 3
    run(serve([first, second], [(20.5, first.stopping.set)], until=40))
    ((_, ended),) = first.terms
    ((began, _),) = second.terms
    assert ended == 23.5
    assert 0 <= began - ended <= 2


def test_a_line_that_is_down_for_a_moment_ends_nothing(pair: tuple[Process, Process]) -> None:
    first, second = pair
    run(serve([first, second], [(9.9, cut(first)), (11.9, cut(first, is_cut=False))], until=30))
    assert (first.terms, second.terms) == ([(0, 30)], [])


def test_what_is_under_way_when_the_lease_is_lost_is_not_kept(pair: tuple[Process, Process]) -> None:
    first, second = pair
    held: list[Hold] = []

    def remember() -> None:
        assert first.hold is not None
        held.append(first.hold)

    def write() -> None:
        cut(first, is_cut=False)()
        with pytest.raises(LostLease), held[0].database.transaction() as session:
            session.merge(ShopFact(key="late", value="a thread that nothing stopped"))

    run(serve([first, second], [(4, remember), (5, cut(first)), (20, write)], until=25))
    with second.line.reading() as session:
        assert session.get(ShopFact, "late") is None


cuts = st.lists(st.tuples(st.floats(0, 60).map(lambda at: round(at, 2)), st.integers(0, 2)), max_size=10)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts)
def test_whatever_lines_break_and_mend_no_two_ever_do_it_at_once_and_soon_one_does(
    postgresql_database: Database, broken: list[tuple[float, int]]
) -> None:
    with postgresql_database.transaction() as session:
        session.connection().execute(delete(Lease))
    processes = [Process(Line.to(postgresql_database), name) for name in "abc"]
    switches: list[tuple[float, Callable[[], object]]] = [(at, processes[n].line.toggle) for at, n in broken]
    run(serve(processes, switches, until=80))
    terms = sorted(term for each in processes for term in each.terms)
    assert all(ended <= began for (_, ended), (began, _) in pairwise(terms))
    if not all(each.line.is_cut for each in processes):
        # After the last break there were twenty seconds.
        assert terms
        assert terms[-1][1] == 80


class Hanging(VirtualLoop):
    """Threads that never come back from then on."""

    hangs_from = 1_010.0

    def run_in_executor(self, executor: Any, func: Callable[..., T], *args: Any) -> asyncio.Future[T]:  # type: ignore[override]
        return (
            super().run_in_executor(executor, func, *args) if self.time() < self.hangs_from else self.create_future()
        )


def test_a_database_that_never_answers_ends_a_duty_in_time(pair: tuple[Process, Process]) -> None:
    first, _ = pair

    async def work() -> None:
        keeping = asyncio.create_task(first.keep())
        await asyncio.sleep(30)
        first.stopping.set()
        await keeping

    with asyncio.Runner(loop_factory=Hanging) as runner:
        runner.run(work())
    # Renewed last at 8, for six seconds, less one to be sure.
    assert first.terms == [(0, 13)]


def test_a_duty_that_fails_is_told_to_whoever_keeps_it(pair: tuple[Process, Process]) -> None:
    async def fail(_hold: Hold) -> None:
        raise ValueError("this and that")

    for database in (pair[0].line, pair[1].line):
        tenure = Tenure(database, "scheduler", "a", fail, lambda: NOON, shared)
        with pytest.raises(ValueError, match="this and that"):
            run(tenure.keep(asyncio.Event()))


def test_on_sqlite_the_one_process_holds_everything_at_once(sqlite_database: Database) -> None:
    process = Process(Line.to(sqlite_database), "a")
    run(serve([process], [(5, cut(process))], until=30))
    assert process.terms == [(0, 30)]
