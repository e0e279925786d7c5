"""Until when free words reach people: on some messengers only for a day after they last wrote.

The provider's clock is the truth. What it said of an address counts until they write again.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import col

from ledger.tables import Address

WINDOWED = frozenset({"whatsapp"})
"""Where free text reaches people only so long after they last wrote (see the platform's rules)."""
WINDOW = timedelta(hours=24)
MARGIN = timedelta(minutes=10)
"""So much earlier it is over for us: clocks differ, and what is claimed now arrives a little later."""
ALWAYS = datetime.max.replace(tzinfo=UTC)
LONG_AGO = datetime.min.replace(tzinfo=UTC)


class Heard(NamedTuple):
    """Of an address what tells until when free words reach it."""

    channel: str
    last_inbound_at: datetime | None
    window_closed_at: datetime | None


def free_until(address: Address | Heard) -> datetime:
    """Until when free words reach it: ALWAYS where its messenger has no window, LONG_AGO where that is shut."""
    if address.channel not in WINDOWED:
        return ALWAYS
    wrote, closed = address.last_inbound_at, address.window_closed_at
    if wrote is None or (closed is not None and closed >= wrote):
        return LONG_AGO
    return wrote + WINDOW - MARGIN


def is_open(now: datetime) -> ColumnElement[bool]:
    """The same as a condition on Address: whether free words reach it now."""
    wrote, closed = col(Address.last_inbound_at), col(Address.window_closed_at)
    is_young = and_(wrote > now - WINDOW + MARGIN, or_(closed.is_(None), closed < wrote))
    return or_(col(Address.channel).not_in(WINDOWED), is_young)


def close(address: Address, at: datetime) -> None:
    """The provider said that free words did not reach them at that time. A time only moves later."""
    known = address.window_closed_at
    address.window_closed_at = at if known is None else max(known, at)
