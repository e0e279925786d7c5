"""Who moved between the segments of the last two runs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from campaigns import insights
from campaigns.tables import RunState


@dataclass(frozen=True)
class Move:
    """``n`` people from one segment to another, by their keys; "" is none: new since, or no longer described."""

    before: str
    now: str
    n: int


@dataclass(frozen=True)
class Moves:
    """Of ``known`` people in both runs, ``stayed`` are where they were. ``moved`` has the most first.

    ``renamed`` are the same people under another name, which the one they had does not fit any more.
    """

    known: int
    stayed: int
    moved: Sequence[Move]
    renamed: Sequence[Move]

    @property
    def between(self) -> Sequence[Move]:
        """From one segment to another."""
        return [each for each in self.moved if each.before and each.now]

    @property
    def come(self) -> int:
        """Who is described for the first time."""
        return sum(each.n for each in self.moved if not each.before)

    @property
    def gone(self) -> int:
        """Who was and is not described any more."""
        return sum(each.n for each in self.moved if not each.now)

    def as_json(self) -> dict[str, Any]:
        listed = {name: [vars(each) for each in getattr(self, name)] for name in ("moved", "renamed")}
        return {"known": self.known, "stayed": self.stayed, **listed}


NO_MOVES = Moves(0, 0, (), ())
"""Before there was a second run."""


def moves(session: Session) -> Moves | None:
    """What the current run keeps of it; None where there was no run before."""
    run = insights.current_run(session)
    kept = session.get(RunState, (run.id, insights.DRIFT)) if run is not None else None
    if kept is None:
        return None
    told = json.loads(kept.content)
    moved, renamed = ([Move(**each) for each in told[name]] for name in ("moved", "renamed"))
    return Moves(told["known"], told["stayed"], _of_them(moved), renamed)


def _of_them(moved: Sequence[Move]) -> Sequence[Move]:
    return sorted(moved, key=lambda each: (-each.n, each.before, each.now))
