"""What many customers ever answered, a block of them at a time: what consent.fold goes by, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import or_, select
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


def said(session: Session, customer_ids: Sequence[int], ones: Mapping[int, int]) -> dict[int, list[Any]]:
    """All that each of these customers, given in order, ever answered; others may come along.

    ``ones`` as ``merged.into`` gives it of them: what they said under another number is among it, in its time.
    """
    fields = (getattr(ConsentEvent, each) for each in Answer._fields)
    wanted = select(col(ConsentEvent.customer_id), *fields).order_by(col(ConsentEvent.id))
    theirs = blocks.are(col(ConsentEvent.customer_id), customer_ids)
    if ones:
        theirs = or_(theirs, col(ConsentEvent.customer_id).in_(list(ones)))
    found: dict[int, list[Any]] = {}
    for row in session.connection().execute(wanted.where(theirs)).all():
        found.setdefault(ones.get(row[0], row[0]), []).append(row[1:])
    return found
