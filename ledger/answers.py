"""What many customers ever answered, a block of them at a time: what consent.fold goes by, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import bindparam, or_, select
from sqlmodel import Session, col

from ledger import blocks
from ledger.tables import ConsentEvent

Said = tuple[tuple[Any, ...], ...]
"""The fields of Answers, the oldest first. Equal for most people, so what follows from it is found once."""


class Answer(NamedTuple):
    """Of a consent event what the fold goes by, and the words it was said to."""

    purpose: str
    granted: bool
    scope: str
    wording_hash: str


SAID = select(col(ConsentEvent.customer_id), *(getattr(ConsentEvent, each) for each in Answer._fields)).order_by(
    col(ConsentEvent.id)
)
WHOSE = col(ConsentEvent.customer_id)
ANSWERS = blocks.Asked(WHOSE, SAID.where)
ANSWERS_WITH = blocks.Asked(WHOSE, lambda are: SAID.where(or_(are, WHOSE.in_(bindparam("others", expanding=True)))))


def said(session: Session, customer_ids: Sequence[int], ones: Mapping[int, int]) -> dict[int, list[Any]]:
    """All that each of these customers, given in order, ever answered; others may come along.

    ``ones`` as ``merged.into`` gives it of them: what they said under another number is among it, in its time.
    """
    asked = ANSWERS_WITH.of(customer_ids, others=list(ones)) if ones else ANSWERS.of(customer_ids)
    found: dict[int, list[Any]] = {}
    for row in session.connection().execute(*asked).all():
        found.setdefault(ones.get(row[0], row[0]), []).append(row[1:])
    return found
