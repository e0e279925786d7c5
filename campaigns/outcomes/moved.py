"""Stock that a clearing campaign moved: pieces of what it offered, sold to whom it chose beyond what would have been.

What would have been is told by the holdout: pieces each of them bought of the same products in the same days. Only
campaigns that clear the stock are asked; of any other the question is what people spend (outcomes/spending.py).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from math import sqrt
from statistics import NormalDist, fmean, variance
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlmodel import Session, col

from campaigns.outcomes.comparing import CONFIDENCE
from campaigns.outcomes.figures import Row
from campaigns.tables import Message
from engine.experiments import LEAST_PEOPLE
from ledger import returned
from ledger.tables import Interaction, Kind

LEAST_BUYERS = 5
"""In either arm, before an interval is given: of fewer, one buyer more would move it anywhere."""


@dataclass(frozen=True)
class Moved:
    """``pieces`` of ``products`` products went to the ``n`` who were to get the offer, ``pieces_control`` to the
    ``n_control`` of the holdout. ``more`` is how many pieces the offer moved, from ``low`` to ``high`` with 95 %;
    all None where there are too few to tell."""

    products: int
    pieces: int
    n: int
    pieces_control: int
    n_control: int
    more: float | None
    low: float | None
    high: float | None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def moved(
    session: Session,
    audience: Sequence[Row],
    is_held_out: Mapping[int, bool],
    condition: ColumnElement[bool],
    windows: Mapping[int, timedelta],
) -> Moved | None:
    """Of a campaign's rows, by the same ``condition`` on Message; None where it offered nothing yet.

    ``is_held_out`` says on which side each customer is who was let through; others count on neither.
    """
    offered = _offered(session, condition)
    if not offered:
        return None
    people = [each for each in audience if each.is_read and each.customer_id in is_held_out]
    bought = _pieces(session, people, condition, windows, offered)
    sides: tuple[dict[int, int], dict[int, int]] = ({}, {})
    for row in people:
        side = sides[is_held_out[row.customer_id]]
        side[row.customer_id] = side.get(row.customer_id, 0) + bought.get(row.id, 0)
    return compared(len(offered), sides[0].values(), sides[1].values())


def compared(products: int, treated: Collection[int], control: Collection[int]) -> Moved:
    """Pieces of each person of both arms, buyer or not; the interval by Welch's standard error."""
    counts = (products, sum(treated), len(treated), sum(control), len(control))
    if min(len(treated), len(control)) < LEAST_PEOPLE or _buyers(treated) + _buyers(control) < LEAST_BUYERS:
        return Moved(*counts, None, None, None)
    each = fmean(treated) - fmean(control)
    reach = NormalDist().inv_cdf((1 + CONFIDENCE) / 2) * sqrt(
        variance(treated) / len(treated) + variance(control) / len(control)
    )
    return Moved(*counts, *(len(treated) * value for value in (each, each - reach, each + reach)))


def _buyers(pieces: Iterable[int]) -> int:
    return sum(each > 0 for each in pieces)


def _offered(session: Session, condition: ColumnElement[bool]) -> set[int]:
    """Every product that stands in any of the campaign's messages."""
    facts = session.connection().execute(select(col(Message.facts)).where(condition)).scalars()
    return {int(product) for told in facts if told for product in told.get("products", ())}


def _pieces(
    session: Session,
    people: Sequence[Row],
    condition: ColumnElement[bool],
    windows: Mapping[int, timedelta],
    offered: Collection[int],
) -> dict[int, int]:
    """By the number of a row, how many pieces of them its person bought within its window."""
    rows = {each.id: each for each in people}
    wanted = (
        select(col(Message.id), col(Interaction.at), col(Interaction.quantity))
        .join(Message, col(Message.customer_id) == col(Interaction.customer_id))
        .where(
            condition,
            col(Interaction.kind) == Kind.PURCHASE,
            col(Interaction.product_id).in_(sorted(offered)),
            col(Interaction.at) >= col(Message.counts_from),
            returned.is_kept(),
        )
    )
    found: dict[int, int] = defaultdict(int)
    for number, at, quantity in session.connection().execute(wanted):
        row = rows.get(number)
        if row is not None and at < row.counts_from + windows[row.campaign_id]:
            found[number] += quantity or 1
    return found
