"""What came back: an order that came back whole is none, and of one that came back in part the rest counts.

A return belongs to the order whose customer, platform and reference it carries, written at the counter and imported
alike. It changes the figures of the day the order was made, not those of its own. An order is back whole when as many
pieces came back as were bought. A return that names no order, or one nobody knows of (some systems give a credit note
a number of its own), is a fact about a product and its customer and takes nothing off any sale.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, and_, exists, func, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import col

from ledger.tables import Interaction, Kind


def is_kept() -> ColumnElement[bool]:
    """Whether the order of a line of Interaction was not taken back whole; true of what belongs to no order."""
    back, bought = aliased(Interaction), aliased(Interaction)
    none_came_back = ~exists().where(_same_order(back, Kind.RETURN)).correlate(Interaction)
    return or_(
        col(Interaction.order_ref).is_(None),
        none_came_back,
        _pieces(back, Kind.RETURN) < _pieces(bought, Kind.PURCHASE),
    )


def ordered_at() -> ScalarSelect[datetime]:
    """When the order was made that a line of Interaction belongs to; null where nobody knows of such an order."""
    bought = aliased(Interaction)
    return (
        select(func.min(bought.at)).where(_same_order(bought, Kind.PURCHASE)).correlate(Interaction).scalar_subquery()
    )


def came_back_of_kept(since: datetime | None = None, until: datetime | None = None) -> ColumnElement[bool]:
    """Which lines of Interaction are parts that came back of orders made from ``since`` on and before ``until``."""
    made = ordered_at()
    when: list[ColumnElement[bool]] = [made.is_not(None)]
    if since is not None:
        when += [made >= since, col(Interaction.at) >= since]
    if until is not None:
        when.append(made < until)
    return and_(col(Interaction.kind) == Kind.RETURN, col(Interaction.order_ref).is_not(None), is_kept(), *when)


def _pieces(line: Any, kind: Kind) -> ScalarSelect[int]:
    pieces = select(func.sum(func.coalesce(line.quantity, 1)))
    return pieces.where(_same_order(line, kind)).correlate(Interaction).scalar_subquery()


def _same_order(line: Any, kind: Kind) -> ColumnElement[bool]:
    return and_(
        line.customer_id == col(Interaction.customer_id),
        line.kind == kind,
        line.order_ref == col(Interaction.order_ref),
        line.platform == col(Interaction.platform),
    )
