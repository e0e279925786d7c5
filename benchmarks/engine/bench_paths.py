"""How long ways through a shop take to find among a million steps, and whether another's sequences are the same.

``python benchmarks/engine/bench_paths.py``. Visits are told apart, their funnel and chain reckoned, sequences and
episodes looked for, one of which is planted. On fewer visits the sequences are held to those of prefixspan (MIT),
where that is installed: it knows single items alone, so it is asked for those.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402 - the project's folder must be findable first

from benchmarks.measuring import arguments, leave, peak_megabytes, timed  # noqa: E402
from engine.paths.chain import outlook, transitions  # noqa: E402
from engine.paths.episodes import Episode, episodes  # noqa: E402
from engine.paths.funnel import funnel  # noqa: E402
from engine.paths.sequences import of_visits  # noqa: E402
from engine.paths.steps import Steps, steps  # noqa: E402

BUDGETS = {"visits": 2.0, "funnel": 0.5, "chain": 0.5, "sequences": 8.0, "episodes": 5.0}
"""Seconds of the processor for a million steps."""
MOST_MEGABYTES = 1_500
NAMES = (
    "home",
    "catalog",
    "search",
    "view",
    "wish",
    "cart",
    "checkout",
    "error",
    "payment",
    "purchase",
    "help",
    "promo",
)
STAGES = [["view"], ["cart"], ["checkout"], ["payment"], ["purchase"]]
DEVICES, SOURCES = ("phone", "desktop", "tablet"), ("search", "social", "direct", "letter")
DAY, MINUTE = 86_400_000_000, 60_000_000
DAYS, BAD_FROM, BAD_TO = 365, 200, 214
LENGTH = 9
"""Steps of a visit, on average."""
SUPPORT, SUPPORT_OF_PEER, VISITS_OF_PEER, LONGEST = 0.1, 0.1, 20_000, 3


def invented(n: int, seed: int = 1) -> Steps:
    """``n`` steps of visits over a year; in the days from BAD_FROM to BAD_TO phones meet an error oftener."""
    draw = np.random.default_rng(seed)
    length = draw.geometric(1 / LENGTH, size=n // LENGTH + 1)
    visit = np.repeat(np.arange(len(length)), length)[:n]
    visits = int(visit[-1]) + 1
    day, device = draw.integers(0, DAYS, visits), draw.integers(0, len(DEVICES), visits)
    usual = draw.dirichlet(np.full(len(NAMES), 3.0))
    step = draw.choice(len(NAMES), size=len(visit), p=usual)
    calm = NAMES.index("home")
    step[(step == NAMES.index("error")) & (draw.random(len(step)) < 0.9)] = calm
    is_bad = (device == 0) & (day >= BAD_FROM) & (day <= BAD_TO)
    step[is_bad[visit] & (draw.random(len(step)) < 0.05)] = NAMES.index("error")
    at = day[visit] * DAY + np.arange(len(visit)) % 600 * MINUTE // 10
    # Each visit is somebody's own, so that pauses alone tell nothing apart that is together.
    return steps(
        visit, at, step, NAMES, session=visit,
        device=device[visit], source=draw.integers(0, len(SOURCES), visits)[visit], devices=DEVICES, sources=SOURCES,
    )  # fmt: skip


@dataclass
class Stopwatch:
    """Seconds of the processor, by what was done."""

    worked: dict[str, float] = field(default_factory=dict)

    def over(self, name: str, act: Callable[[], Any]) -> Any:
        with timed() as taken:
            found = act()
        self.worked[name] = taken.worked
        print(f"{name}: {taken.seconds:.2f} s by the clock, {taken.worked:.2f} s of the processor")
        return found


def agrees_with_peer(told: Steps, visits: int) -> bool | None:
    """Whether prefixspan finds the same sequences as often; None where it is not installed."""
    if find_spec("prefixspan") is None:
        print("prefixspan is not installed: its sequences are not compared")
        return None
    some = told.where(told.visit < visits)
    # What comes twice running counts once, with us; so it is left out for both.
    same = np.r_[False, (some.visit[1:] == some.visit[:-1]) & (some.step[1:] == some.step[:-1])]
    some = some.where(~same)
    histories = np.split(some.step, some.first[1:])
    with timed() as ours:
        found = {tuple(code for (code,) in each.elements): each.n for each in
                 of_visits(some, support=SUPPORT_OF_PEER, longest=LONGEST)}  # fmt: skip
    with timed() as theirs:
        search = import_module("prefixspan").PrefixSpan([each.tolist() for each in histories])
        search.maxlen = LONGEST
        peer = {tuple(items): n for n, items in search.frequent(int(np.ceil(SUPPORT_OF_PEER * some.n_visits)))}
    print(
        f"{some.n_visits:,} visits, support {SUPPORT_OF_PEER}: {len(found)} sequences here in {ours.worked:.2f} s, "
        f"{len(peer)} by prefixspan in {theirs.worked:.2f} s; the same: {found == peer}"
    )
    return found == peer


def is_planted(each: Episode) -> bool:
    return (each.step, each.device, each.first, each.last) == ("error", "phone", BAD_FROM, BAD_TO)


def main() -> None:
    said = arguments(__doc__, steps=1_000_000)
    n = 30_000 if said.small else said.steps
    watch = Stopwatch()
    told = invented(n)
    print(f"{len(told):,} steps, {told.n_visits:,} visits, {DAYS} days")
    watch.over("visits", lambda: steps(told.visitor, told.at, told.step, NAMES))
    watch.over("funnel", lambda: funnel(told, STAGES))
    watch.over("chain", lambda: outlook(transitions(told), "purchase"))
    sequences = watch.over("sequences", lambda: of_visits(told, support=SUPPORT, longest=LONGEST))
    seen = watch.over("episodes", lambda: episodes(told, told.at // DAY))
    print(f"{len(sequences)} sequences; episodes: {[(x.step, x.device, x.first, x.last) for x in seen]}")
    same = agrees_with_peer(told, 500 if said.small else VISITS_OF_PEER)
    print(f"most memory at once: {peak_megabytes():.0f} MB; budgets: {BUDGETS} s, {MOST_MEGABYTES} MB")
    is_quick = all(watch.worked[name] <= most for name, most in BUDGETS.items())
    is_true = [is_planted(each) for each in seen] == [True] and same is not False
    leave(is_well=is_quick and is_true and peak_megabytes() <= MOST_MEGABYTES, is_small=said.small)


if __name__ == "__main__":
    main()
