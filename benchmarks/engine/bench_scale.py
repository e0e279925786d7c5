"""A whole `mine` against size: customers from 10,000 on, ten interactions each, synthetic, by Zipf's law, on SQLite.

Each size is mined in a process of its own, its shop filled by another. Through the processor seconds, on scales of
powers of ten, a straight line is drawn by least squares: its slope is the growth exponent, 1 where twice as many take
twice as much. Budgets: 1,000,000 customers with 10,000,000 interactions within 5 minutes and 6 GB; an exponent of
1.15.
Run: python benchmarks/engine/bench_scale.py [--small] [--most N]
"""

from __future__ import annotations

import multiprocessing
import sys
import tempfile
import time
from math import log10
from multiprocessing.queues import Queue
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

from measuring import arguments, in_a_process, leave, peak_megabytes  # noqa: E402 - the project's folder must be findable first
from mined import NOW, furnish  # noqa: E402

LEAST, MOST, FEW = 10_000, 1_000_000, 600
LINES_EACH = 10
MOST_SECONDS, MOST_MEGABYTES, EXPONENT = 300.0, 6_000.0, 1.15
Told = tuple[float, float, float, dict[str, float]]


def measured(customers: int) -> Told:
    """Seconds by the clock and of the processor, megabytes, and seconds by step."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/shop.db"
        told: Queue[Told] = multiprocessing.get_context("spawn").Queue()
        in_a_process(furnish, url, customers, customers * LINES_EACH)
        in_a_process(_mine, url, told)
        return told.get()


def _mine(url: str, told: Queue[Told]) -> None:
    from campaigns import mining
    from ledger.database import Database

    steps: dict[str, float] = {}
    database, now_at = Database(url, secret=b"for measuring only"), [""]
    began, worked = time.perf_counter(), time.process_time()

    def tell(step: str, _done: float) -> None:
        at = time.perf_counter() - began
        steps[now_at[0]] = at - sum(steps[each] for each in steps if each != now_at[0])
        now_at[0] = step

    mining.mine(database, lambda: NOW, progress=tell)
    tell("", 1.0)
    del steps[""]
    told.put((time.perf_counter() - began, time.process_time() - worked, peak_megabytes(), steps))


def slope(sizes: list[int], values: list[float]) -> float:
    """The exponent with which the values grow with the sizes, by least squares of their logarithms."""
    across, up = [log10(each) for each in sizes], [log10(each) for each in values]
    middle, height = sum(across) / len(across), sum(up) / len(up)
    wide = sum((x - middle) ** 2 for x in across)
    return sum((x - middle) * (y - height) for x, y in zip(across, up, strict=True)) / wide


def main() -> None:
    asked = arguments(__doc__, most=MOST)
    least, most = (FEW // 2, FEW) if asked.small else (LEAST, asked.most)
    sizes = [least * 10**n for n in range(12) if least * 10**n <= most]
    sizes = [*sizes, most] if sizes[-1] != most else sizes
    found = []
    for customers in sizes:
        seconds, worked, megabytes, steps = measured(customers)
        found.append((seconds, worked, megabytes))
        print(
            f"{customers:>9,} customers: {seconds:6.1f} s ({worked:6.1f} s of the processor), {megabytes:5.0f} MB",
            flush=True,
        )
        print("          " + ", ".join(f"{step} {taken:.1f}" for step, taken in steps.items()), flush=True)
    seconds, _, megabytes = found[-1]
    exponent = slope(sizes, [worked for _, worked, _ in found]) if len(sizes) > 1 else 1.0
    print(
        f"growth exponent {exponent:.2f} of {EXPONENT}; "
        f"the largest {seconds:.0f} s of {MOST_SECONDS:.0f}, {megabytes:.0f} MB of {MOST_MEGABYTES:.0f}"
    )
    is_well = exponent <= EXPONENT and seconds <= MOST_SECONDS and megabytes <= MOST_MEGABYTES
    leave(is_well=is_well, is_small=asked.small)


if __name__ == "__main__":
    main()
