"""Steps of visits as columns, for those who reckon rather than look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import select
from sqlmodel import Session, col

from ledger.columns import microseconds
from ledger.extracts import NOTHING, IntColumn
from ledger.tables import Customer, Step


@dataclass(frozen=True)
class StepColumns:
    """One row a step, in the order of their numbers. ``at`` counts microseconds since the epoch; ``visit``, ``step``,
    ``device`` and ``source`` point into the words, NOTHING where unknown."""

    customer: IntColumn
    at: IntColumn
    visit: IntColumn
    step: IntColumn
    device: IntColumn
    source: IntColumn
    steps: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.at)


NOWHERE = np.zeros(0, dtype=np.int64)
NO_STEPS = StepColumns(NOWHERE, NOWHERE, NOWHERE, NOWHERE, NOWHERE, NOWHERE)


def steps(session: Session) -> StepColumns:
    """Every step there is of people who are not erased."""
    wanted = (
        select(
            col(Step.customer_id), col(Step.at), col(Step.visit), col(Step.step), col(Step.device), col(Step.source)
        )
        .join(Customer, col(Customer.id) == col(Step.customer_id))
        .where(col(Customer.erased_at).is_(None))
        .order_by(col(Step.id))
    )
    rows = session.connection().execute(wanted).all()
    customer, at, *words = zip(*rows, strict=True) if rows else ((),) * 6
    coded = [_coded(column) for column in words]
    (visit, _), (step, names), (device, devices), (source, sources) = coded
    return StepColumns(
        customer=np.array(customer, dtype=np.int64),
        at=np.array([microseconds(each) for each in at], dtype=np.int64),
        visit=visit,
        step=step,
        device=device,
        source=source,
        steps=names,
        devices=devices,
        sources=sources,
    )


def _coded(column: Sequence[Any]) -> tuple[IntColumn, tuple[str, ...]]:
    words = sorted({each for each in column if each is not None})
    place = {word: number for number, word in enumerate(words)}
    return np.array([NOTHING if each is None else place[each] for each in column], dtype=np.int64), tuple(words)
