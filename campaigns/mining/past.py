"""Past campaigns as columns: who was to get the offer and who was held out, by lot, and from when that counts.

Each customer counts once for a family of rounds, from the first that let them through (outcomes/families.py), and
only where the time in which it counts is over. Whatever became of a message, its customer stays on the side where
the lot put them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from campaigns.tables import Campaign, Message, State
from engine.frames import NONE, IntColumn, Interactions, Kind
from ledger.columns import microseconds
from ledger.tables import Customer

MOST_ROWS: Final = 300_000
"""Of the newest campaigns; what more would teach is less than what years ago teaches wrongly."""
MOST_CAMPAIGNS: Final = 12
MILLISECOND: Final = 1_000
ROWS_AT_ONCE: Final = 50_000


@dataclass(frozen=True)
class Past:
    """One row a customer and campaign. ``begins`` and ``ends`` (n,) are when purchases count, µs since the epoch."""

    customer: IntColumn
    campaign: IntColumn
    is_treated: IntColumn
    begins: IntColumn
    ends: IntColumn

    def __len__(self) -> int:
        return len(self.customer)


NOTHING: Final = Past(*(np.empty(0, np.int64) for _ in range(5)))


def past_campaigns(session: Session, now: datetime) -> Past:
    """The newest campaigns that are over, as many as MOST_ROWS hold. Those that answer to what somebody did are not
    among them: theirs are people of that moment."""
    windows = _over(session, now)
    if not windows:
        return NOTHING
    wanted = (
        select(
            col(Message.customer_id),
            col(Message.campaign_id),
            func.coalesce(col(Campaign.parent_id), col(Campaign.id)),
            col(Message.state) == State.HOLDOUT,
            col(Message.counts_from),
        )
        .join(Campaign, col(Campaign.id) == col(Message.campaign_id))
        .join(Customer, col(Customer.id) == col(Message.customer_id))
        .where(
            col(Message.campaign_id).in_(list(windows)),
            col(Message.was_eligible).is_(True),
            col(Customer.erased_at).is_(None),
        )
        .order_by(col(Message.id))
    )
    # Of this statement alone: an option of the connection would stay with whatever is asked after it.
    result = session.connection().execute(wanted, execution_options={"yield_per": ROWS_AT_ONCE})
    rows = [
        (customer, number, family, not is_held_out, microseconds(begins), windows[number])
        for part in result.partitions()
        for customer, number, family, is_held_out, begins in part
    ]
    if not rows:
        return NOTHING
    customer, number, family, is_treated, begins, window = np.array(rows, dtype=np.int64).T
    _, first = np.unique(np.column_stack([family, customer]), axis=0, return_index=True)
    first = np.sort(first)[-MOST_ROWS:]
    return Past(*(each[first] for each in (customer, number, is_treated, begins, begins + window)))


def _over(session: Session, now: datetime) -> dict[int, int]:
    """The window, in µs, of each campaign that is over by now and held somebody out; the newest ones."""
    parent = aliased(Campaign)
    wanted = (
        select(col(Campaign.id), col(Campaign.window_days), func.max(col(Message.counts_from)), func.count())
        .join(Message, col(Message.campaign_id) == col(Campaign.id))
        .join(parent, col(Campaign.parent_id) == col(parent.id), isouter=True)
        .where(
            col(Message.was_eligible).is_(True),
            col(Campaign.trigger).is_(None),
            col(parent.trigger).is_(None),
            col(Campaign.holdout_share) > 0,
        )
        .group_by(col(Campaign.id), col(Campaign.window_days))
        .order_by(col(Campaign.id).desc())
    )
    found: dict[int, int] = {}
    n = 0
    for number, days, last, rows in session.connection().execute(wanted):
        window = timedelta(days=days)
        if last + window <= now and len(found) < MOST_CAMPAIGNS and n < MOST_ROWS:
            found[number] = window // timedelta(microseconds=1)
            n += rows
    return found


def bought(past: Past, interactions: Interactions) -> IntColumn:
    """1 where the row's customer bought within its time and kept something of that order, else 0 (n,)."""
    ids = np.unique(past.customer)
    theirs = interactions.where(np.isin(interactions.customer, ids))
    kept = _kept(theirs)
    who, at = theirs.customer[kept], theirs.at[kept]
    keys = np.sort(_key(np.searchsorted(ids, who), at))
    place = np.searchsorted(ids, past.customer)
    until, since = (np.searchsorted(keys, _key(place, each)) for each in (past.ends, past.begins))
    return (until > since).astype(np.int64)


def _key(place: IntColumn, at: IntColumn) -> IntColumn:
    """One number that orders by customer, then by time: 20 bits and 43 of milliseconds since the epoch."""
    return (place << 43) + at // MILLISECOND


def _kept(interactions: Interactions) -> IntColumn:
    """The rows of purchases whose order did not come back whole, as ledger/returned.py says it."""
    is_return = interactions.kind == Kind.RETURN
    gave_back = np.isin(interactions.customer, interactions.customer[is_return])
    is_sale = (interactions.kind == Kind.PURCHASE) | is_return
    named = np.flatnonzero(is_sale & gave_back & (interactions.order != NONE))
    columns = (interactions.customer, interactions.platform, interactions.order)
    orders, of = np.unique(np.column_stack([each[named] for each in columns]), axis=0, return_inverse=True)
    pieces = np.where(interactions.quantity[named] == NONE, 1, interactions.quantity[named])
    of = of.ravel()
    back, went = (np.bincount(of, pieces * mask[named], len(orders)) for mask in (is_return, ~is_return))
    is_gone = np.zeros(len(interactions), dtype=np.bool_)
    is_gone[named] = ((back > 0) & (back >= went))[of]
    return np.flatnonzero((interactions.kind == Kind.PURCHASE) & ~is_gone)
