"""What the paths are made of: steps, told apart into visits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Self

import numpy as np
from numpy.typing import NDArray

from engine.frames import NONE, IntColumn, UnfitFrame

PAUSE_MINUTES = 30
"""Who does nothing for longer begins a new visit: the usual of web analytics (Google Analytics, Matomo)."""
WORDS = ("names", "devices", "sources")
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Steps:
    """One row a step, sorted by visit and time. Columns are 1-D int64 of one length.

    ``visit`` counts 0, 1, 2 … without gaps, ``at`` counts microseconds since the epoch, UTC; ``step`` points into
    ``names``, ``device`` into ``devices`` and ``source`` (where a visit came from) into ``sources``, NONE where
    unknown.
    """

    visit: IntColumn
    visitor: IntColumn
    at: IntColumn
    step: IntColumn
    device: IntColumn
    source: IntColumn
    names: Sequence[str]
    devices: Sequence[str] = ()
    sources: Sequence[str] = ()

    def __post_init__(self) -> None:
        for each in fields(self):
            if each.name not in WORDS and len(getattr(self, each.name)) != len(self.visit):
                raise UnfitFrame(f"Steps.{each.name} has {len(getattr(self, each.name))} rows, not {len(self.visit)}")

    def __len__(self) -> int:
        return len(self.visit)

    @property
    def n_visits(self) -> int:
        return int(self.visit[-1]) + 1 if len(self) else 0

    @property
    def first(self) -> IntColumn:
        """The row in which each visit begins."""
        return np.flatnonzero(np.r_[True, self.visit[1:] != self.visit[:-1]][: len(self)])

    def where(self, rows: Mask) -> Self:
        """These rows; visits of which none is left are not counted any more."""
        columns = {each.name: getattr(self, each.name)[rows] for each in fields(self) if each.name not in WORDS}
        columns["visit"] = _counted(columns["visit"])
        return type(self)(**columns, names=self.names, devices=self.devices, sources=self.sources)

    def of_visits(self, visits: Mask) -> Self:
        """The steps of these visits (boolean, one a visit)."""
        return self.where(visits[self.visit])


def steps(
    visitor: IntColumn,
    at: IntColumn,
    step: IntColumn,
    names: Sequence[str],
    *,
    session: IntColumn | None = None,
    device: IntColumn | None = None,
    source: IntColumn | None = None,
    devices: Sequence[str] = (),
    sources: Sequence[str] = (),
    pause_minutes: float = PAUSE_MINUTES,
) -> Steps:
    """Rows in any order, told apart into visits.

    A ``session`` that is given is a visit, whoever's it is and however long; rows without one (NONE) are told apart
    by a pause longer than ``pause_minutes``. Steps of one moment stay in the order in which they came.
    """
    if pause_minutes <= 0:
        raise ValueError("a pause lasts longer than nothing")
    unknown = np.full(len(at), NONE, dtype=np.int64)
    session, device, source = (unknown if each is None else each for each in (session, device, source))
    owner = np.where(session == NONE, visitor, NONE)
    rank = np.lexsort((at, owner, session))
    mine, whose, when = session[rank], owner[rank], at[rank]
    begins = np.r_[True, (mine[1:] != mine[:-1]) | (whose[1:] != whose[:-1])][: len(at)]
    pauses = np.r_[False, (when[1:] - when[:-1]) > pause_minutes * 60_000_000][: len(at)]
    visit = np.cumsum(begins | (pauses & (mine == NONE))) - 1
    return Steps(
        visit=visit.astype(np.int64),
        visitor=visitor[rank],
        at=when,
        step=step[rank],
        device=device[rank],
        source=source[rank],
        names=names,
        devices=devices,
        sources=sources,
    )


def _counted(visit: IntColumn) -> IntColumn:
    changed = np.r_[False, visit[1:] != visit[:-1]][: len(visit)]
    counted: IntColumn = np.cumsum(changed)
    return counted
