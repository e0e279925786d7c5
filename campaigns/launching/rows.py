"""A plan becomes rows of the outbox, one for everybody in it, in the order of their numbers."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import Dialect
from sqlmodel import Session, SQLModel

from campaigns.launching.plans import Fate, Plan
from campaigns.tables import Campaign, Message, State

AT_ONCE = 5_000
"""Rows of one statement. On SQLite it holds up other writers for about a tenth of a second."""
OWN = ("campaign_id", "customer_id", "address_id")
ALIKE = (
    "channel",
    "segment",
    "variant",
    "was_eligible",
    "state",
    "reason",
    "counts_from",
    "not_before",
    "planned_at",
    "withheld_at",
    "attempts",
    "personal_refusals",
)
NO_FACTS: Mapping[int, int | None] = {}


def write(
    session: Session,
    campaign: Campaign,
    plan: Plan,
    now: datetime,
    about: Mapping[int, int | None] = NO_FACTS,
    first: int = 0,
    most: int | None = None,
) -> int:
    """Insert the rows of ``plan`` from place ``first`` on, at most so many; how many that were.

    ``about`` maps customers to the product that their message is about, where there is one.
    """
    session.flush()
    connection = session.connection()
    alike = [_alike(each, now, connection.dialect) for each in plan.fates]
    end = len(plan.numbers) if most is None else min(first + most, len(plan.numbers))
    statement = _statement(connection.dialect)
    for begin in range(first, end, AT_ONCE):
        stop = min(begin + AT_ONCE, end)
        some = zip(*(islice(each, begin, stop) for each in (plan.numbers, plan.addresses, plan.falls)), strict=True)
        rows = [
            (campaign.id, number, address or None, *alike[fall], _facts(about.get(number)))
            for number, address, fall in some
        ]
        if rows:
            connection.exec_driver_sql(statement, rows)
    return max(0, end - first)


def _statement(dialect: Dialect) -> str:
    """The leanest there is: what the driver takes as it stands, each value in the form the database keeps it in."""
    columns = (*OWN, *ALIKE, "facts")
    mark = "?" if dialect.name == "sqlite" else "%s"
    marks = ", ".join([mark] * len(columns))
    return f"INSERT INTO {Message.__tablename__} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608 - names of ours


def _facts(product_id: int | None) -> str:
    return "{}" if product_id is None else json.dumps({"about": product_id})


def _alike(fate: Fate, now: datetime, dialect: Dialect) -> Sequence[Any]:
    """What all rows of this fate have in common, as the database keeps it."""
    is_withheld = fate.state is State.WITHHELD
    values = {
        "channel": fate.like.channel,
        "segment": fate.like.segment,
        "variant": fate.variant,
        "was_eligible": not is_withheld,
        "state": fate.state.value,
        "reason": fate.reason.value if fate.reason is not None else None,
        "counts_from": now + fate.waits,
        "not_before": fate.not_before,
        "planned_at": now,
        "withheld_at": now if is_withheld else None,
        "attempts": 0,
        "personal_refusals": 0,
    }
    return [_kept(name, dialect)(values[name]) for name in ALIKE]


def _kept(column: str, dialect: Dialect) -> Callable[[Any], Any]:
    kind = SQLModel.metadata.tables[str(Message.__tablename__)].c[column].type
    return kind.dialect_impl(dialect).bind_processor(dialect) or (lambda value: value)
