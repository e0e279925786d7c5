"""Time and memory against size: planning a campaign for 1,000, 10,000, 100,000 and 1,000,000 customers, on SQLite.

By the processor's clock, and the most memory beyond what the process held before; each size in a process of its own.
Through the points, on scales of powers of ten, a straight line is drawn by least squares: its slope is the growth
exponent, 1 where twice as many take twice as much.
Budget: 1.1 for time and for memory. Run: python benchmarks/bench_growth.py [--small] [--most N]
"""

from __future__ import annotations

import multiprocessing
import tempfile
import time
from collections.abc import Sequence
from math import log10
from multiprocessing.queues import Queue

from crowds import CHANNEL, NOW, SHOP, crowd
from measuring import arguments, in_a_process, leave, peak_megabytes, resident_megabytes

from campaigns.launching import drafting, planning, preparing
from campaigns.launching.drafts import Draft, by_discount
from campaigns.words.composing import Composer
from ledger.database import Database

SMALLEST, MOST, FEW = 1_000, 1_000_000, 10_000
EXPONENT = 1.1
WARM = 100
"""So many are planned first, so that what is loaded once is not counted."""


def measured(customers: int) -> tuple[float, float]:
    """Seconds of the processor, and megabytes, that planning for so many takes."""
    with tempfile.TemporaryDirectory() as folder:
        told: Queue[tuple[float, float]] = multiprocessing.get_context("spawn").Queue()
        in_a_process(_furnish, folder, customers)
        in_a_process(_plan, folder, told)
        return told.get()


def _furnish(folder: str, customers: int) -> None:
    for name, n in (("warm", WARM), ("shop", customers)):
        database = _opened(folder, name)
        database.migrate()
        crowd(database, n)
        database.close()


def _plan(folder: str, told: Queue[tuple[float, float]]) -> None:
    _launch(_opened(folder, "warm"))
    database, before = _opened(folder, "shop"), resident_megabytes()
    began = time.process_time()
    _launch(database)
    seconds = time.process_time() - began
    told.put((seconds, max(peak_megabytes() - before, 0.1)))


def _opened(folder: str, name: str) -> Database:
    return Database(f"sqlite:///{folder}/{name}.db", secret=b"for measuring only")


def _launch(database: Database) -> None:
    wanted = Draft("picks", "all", by_discount(10, 15), holdout_percent=10)
    with database.transaction() as session:
        campaign = drafting.draft(session, Composer(), wanted, shop=SHOP, by="bench", now=NOW)
        planning.approve(session, campaign, [CHANNEL], SHOP, by="bench", now=NOW)
    preparing.prepare(database, [CHANNEL], SHOP, lambda: NOW)
    database.close()


def slope(sizes: Sequence[int], values: Sequence[float]) -> float:
    """The exponent with which the values grow with the sizes, by least squares of their logarithms."""
    x, y = [log10(each) for each in sizes], [log10(each) for each in values]
    middle_x, middle_y = sum(x) / len(x), sum(y) / len(y)
    spread = sum((each - middle_x) ** 2 for each in x)
    return sum((a - middle_x) * (b - middle_y) for a, b in zip(x, y, strict=True)) / spread


def main() -> None:
    asked = arguments(__doc__, most=MOST)
    sizes, most = [SMALLEST], FEW if asked.small else asked.most
    while sizes[-1] * 10 <= most:
        sizes.append(sizes[-1] * 10)
    found = [measured(each) for each in sizes]
    for n, (seconds, megabytes) in zip(sizes, found, strict=True):
        print(f"{n:>9,} customers: {seconds:6.2f} s, {seconds / n * 1e6:4.0f} µs each; {megabytes:5.1f} MB more")
    of_time, of_memory = (slope(sizes, column) for column in zip(*found, strict=True))
    print(f"growth exponents: {of_time:.2f} of time, {of_memory:.2f} of memory; at most {EXPONENT}")
    leave(is_well=max(of_time, of_memory) <= EXPONENT, is_small=asked.small)


if __name__ == "__main__":
    main()
