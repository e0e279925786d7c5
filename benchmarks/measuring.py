"""What the benchmarks share: their arguments, the clock and the processor, memory, and how a verdict is said."""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

KILOBYTE = 1_024
STATUS = Path("/proc/self/status")


def arguments(about: str | None, **numbers: int) -> argparse.Namespace:
    """``--small`` and a whole number for each name: arguments(__doc__, messages=20_000) knows ``--messages``.

    Small runs go through everything once and judge no budget: they show that the benchmark still works.
    """
    reader = argparse.ArgumentParser(description=(about or "").split("\n")[0])
    reader.add_argument("--small", action="store_true", help="go through it with little, and judge no budget")
    for name, usual in numbers.items():
        reader.add_argument(f"--{name.replace('_', '-')}", type=int, default=usual, help=f"usually {usual:,}")
    return reader.parse_args()


def in_a_process(act: Callable[..., object], *what: object) -> None:
    """Do it in a new process, so that its memory is its own, and wait for it. A failure ends the benchmark."""
    doing = multiprocessing.get_context("spawn").Process(target=act, args=what)
    doing.start()
    doing.join()
    if doing.exitcode:
        raise SystemExit("a process of the benchmark failed")


@dataclass
class Taken:
    """Seconds by the clock on the wall, and of this process's processor."""

    seconds: float = 0.0
    worked: float = 0.0


@contextmanager
def timed() -> Iterator[Taken]:
    """Fills in what the block took when it ends."""
    taken = Taken()
    gc.collect()
    began, worked = time.perf_counter(), time.process_time()
    yield taken
    taken.seconds, taken.worked = time.perf_counter() - began, time.process_time() - worked


def best_work(act: Callable[[], object], rounds: int = 3) -> float:
    """Seconds of the processor that ``act`` takes at its quickest: others use the computer too."""
    found = []
    for _ in range(rounds):
        with timed() as taken:
            act()
        found.append(taken.worked)
    return min(found)


def peak_megabytes() -> float:
    """The most memory this process ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KILOBYTE


def resident_megabytes() -> float:
    """What it holds now; the peak where the system does not tell."""
    if not STATUS.exists():
        return peak_megabytes()
    line = next(each for each in STATUS.read_text(encoding="ascii").splitlines() if each.startswith("VmRSS"))
    return int(line.split()[1]) / KILOBYTE


def judge(*, is_well: bool, is_small: bool = False) -> int:
    """Says whether it is within budget, and gives what the process ends with."""
    if is_small:
        print("gone through with little: no budget judged")
        return 0
    print("within budget" if is_well else "OVER BUDGET")
    return 0 if is_well else 1


def leave(*, is_well: bool, is_small: bool = False) -> None:
    """Ends the process with the verdict."""
    sys.exit(judge(is_well=is_well, is_small=is_small))
