"""How well the engine did, run by run: what each measured on time it had not seen, beside a plain rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlmodel import Session, col, select

from campaigns import insights
from campaigns.held_out import NOT_YET, Figure, figures_of
from campaigns.tables import MiningRun

SHOWN: Mapping[tuple[str, str], tuple[str, str]] = {
    ("segments", "held_out"): ("segments", "rfm_held_out"),
    ("bundles", "holds"): ("bundles", ""),
    ("picks", "ndcg_again"): ("picks", ""),
    ("picks", "ndcg_discover"): ("picks", ""),
    ("lifetime", "auc"): ("lifetime", "auc_plain"),
}
"""The figures a shop is shown, each with the plain rule's figure where one was measured beside it."""


SURE = 1.96
"""So many standard errors make a 95 percent interval."""


class Beside(StrEnum):
    """An art compared with a plain rule."""

    BETTER = "better"
    NOT_SURE = "not_sure"
    WORSE = "worse"


@dataclass(frozen=True)
class Measured:
    """One figure of a run; ``plain`` is what a plain rule reached on the same time."""

    art: str
    name: str
    figure: Figure
    plain: float | None

    @property
    def beside(self) -> Beside | None:
        """Whether it does better than the plain rule by more than it may be off; None without one."""
        if self.plain is None:
            return None
        if abs(self.figure.value - self.plain) <= SURE * self.figure.se:
            return Beside.NOT_SURE
        return Beside.BETTER if self.figure.value > self.plain else Beside.WORSE


@dataclass(frozen=True)
class Run:
    """A run that ended: what it went by and what it measured. ``because`` is a word of campaigns/mining/comparing.py;
    ``worse`` names the arts for which it was held back. ``lacking`` says what an art still needs."""

    number: int
    started_at: datetime
    ended_at: datetime
    is_in_use: bool
    is_held: bool
    because: str
    worse: Sequence[str]
    sizes: Mapping[str, int]
    measured: Sequence[Measured]
    lacking: Mapping[str, Mapping[str, Any]]

    @property
    def seconds(self) -> float:
        return (self.ended_at - self.started_at).total_seconds()


def runs(session: Session) -> list[Run]:
    """Those that are kept, the newest first; one that is under way or was cut off is not among them."""
    ended = select(MiningRun).where(col(MiningRun.ready_at).is_not(None) | col(MiningRun.held_at).is_not(None))
    current = insights.current_run(session)
    found = session.exec(ended.order_by(col(MiningRun.id).desc())).all()
    return [_run(each, is_in_use=current is not None and each.id == current.id) for each in found]


def _run(row: MiningRun, *, is_in_use: bool) -> Run:
    verdict, figures = row.verdict or {}, figures_of(row.quality)
    return Run(
        number=row.id,
        started_at=row.started_at,
        ended_at=row.held_at or row.ready_at or row.started_at,
        is_in_use=is_in_use,
        is_held=row.ready_at is None,
        because=verdict.get("because", "first"),
        worse=sorted({each["art"] for each in verdict.get("figures", ()) if each["is_worse"]}),
        sizes=row.quality.get("data", {}),
        measured=[
            Measured(art, name, figures[art, name], _plain(row.quality, beside))
            for (art, name), beside in SHOWN.items()
            if (art, name) in figures
        ],
        lacking=row.quality.get(NOT_YET, {}),
    )


def _plain(quality: Mapping[str, Any], beside: tuple[str, str]) -> float | None:
    value = quality.get(beside[0], {}).get(beside[1]) if beside[1] else None
    return float(value) if isinstance(value, int | float) else None
