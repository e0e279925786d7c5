"""After a pause: what is still to be sent finds its day anew and counts from it, and so does a part of the holdout.

Otherwise messages would go out after the window in which anything is counted, and the places of several days at once.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import bindparam, func, update
from sqlalchemy import select as sql_select
from sqlmodel import Session, SQLModel, col, select

from campaigns.launching import reach
from campaigns.launching.lots import first_by_lot
from campaigns.sending import places
from campaigns.shop import Shop
from campaigns.tables import Campaign, Message, State
from ledger import blocks, windows
from ledger.columns import microseconds, moment
from ledger.tables import Address

NOTHING = 0


@dataclass
class Unsent:
    """The messages that wait, in columns: their number, the time they were to go out, and how many days they wait.

    ``asked`` is in microseconds, NOTHING where they may go at once.
    """

    numbers: array[int] = field(default_factory=lambda: array("q"))
    asked: array[int] = field(default_factory=lambda: array("q"))
    days: array[int] = field(default_factory=lambda: array("I"))


def replan(session: Session, campaign: Campaign, shop: Shop, now: datetime) -> None:
    """Give every unsent message of a running campaign its day from ``now`` on, and the same days to the holdout."""
    unsent = _unsent(session, campaign, shop, now)
    if not unsent.numbers:
        return
    table = SQLModel.metadata.tables[str(Message.__tablename__)]
    mine = (table.c.campaign_id == campaign.id) & (table.c.state == State.PLANNED)
    # Most go at once and count from now: one statement for all of them, and only the others by their number.
    session.connection().execute(update(table).where(mine).values(counts_from=now, not_before=None))
    moved = update(table).where(table.c.id == bindparam("number"))
    moved = moved.values(counts_from=bindparam("at"), not_before=bindparam("due"))
    for some in _in_blocks(_moved(session, campaign, unsent, now)):
        session.connection().execute(moved, some)


def _unsent(session: Session, campaign: Campaign, shop: Shop, now: datetime) -> Unsent:
    """Read as they come; then each waits for room on its channel. These themselves take no place twice."""
    wanted = (
        sql_select(
            col(Message.id), col(Message.channel), col(Message.not_before),
            col(Address.channel), col(Address.last_inbound_at), col(Address.window_closed_at),
        )
        .join(Address, col(Address.id) == col(Message.address_id), isouter=True)
        .where(col(Message.campaign_id) == campaign.id, col(Message.state) == State.PLANNED)
        .order_by(col(Message.id))
    )  # fmt: skip
    unsent, channels, of = Unsent(), dict[str, int](), array("H")
    session.flush()
    rows = session.connection().execute(wanted.execution_options(yield_per=blocks.AT_ONCE))
    for number, channel, asked, *heard in rows:
        unsent.numbers.append(number)
        unsent.asked.append(microseconds(asked) if asked is not None else NOTHING)
        place: Any = windows.Heard._make(heard)
        takes_one = place.channel is None or places.takes_one(channel, windows.free_until(place), shop, now)
        of.append(channels.setdefault(channel or "", len(channels) + 1) if takes_one else NOTHING)
    unsent.days = _days(session, channels, of, shop, now)
    return unsent


def _days(session: Session, channels: dict[str, int], of: array[int], shop: Shop, now: datetime) -> array[int]:
    """How many days each waits, whose channel's number is in ``of``; NOTHING: it takes no place."""
    counts, seen = Counter(of), Counter[int]()
    others = {n: max(0, places.taken(session, each, shop, now) - counts[n]) for each, n in channels.items()}
    limits = {n: shop.daily_limits.get(each) for each, n in channels.items()}
    days = array("I")
    for n in of:
        days.append(reach.wait(seen[n], limits[n], others[n]) if n != NOTHING else 0)
        seen[n] += 1
    return days


def _moved(session: Session, campaign: Campaign, unsent: Unsent, now: datetime) -> Iterator[dict[str, Any]]:
    """Those that do not go at once, and the part of the holdout that is compared with what is sent from now on."""
    since = microseconds(now)
    for number, asked, days in zip(unsent.numbers, unsent.asked, unsent.days, strict=True):
        if days or asked > since:
            day = now + days * reach.DAY
            yield {"number": number, "at": day, "due": max(day, moment(asked)) if asked > since else day}
    for number, days in _held_out(session, campaign, unsent.days, now):
        yield {"number": number, "at": now + days * reach.DAY, "due": None}


def _held_out(session: Session, campaign: Campaign, days: Sequence[int], now: datetime) -> Iterator[tuple[int, int]]:
    """By lot as large a part of the holdout as is unsent of the others, spread over the same days."""
    of_it = col(Message.campaign_id) == campaign.id
    held = array("q", session.exec(select(Message.id).where(of_it, Message.state == State.HOLDOUT)))
    chosen = select(func.count()).where(of_it, Message.was_eligible, Message.state != State.HOLDOUT)
    part = round(len(held) * len(days) / session.exec(chosen).one())
    moved = first_by_lot(held, part, f"resumed {campaign.seed} {now.isoformat()}")
    return ((number, days[place * len(days) // part]) for place, number in enumerate(moved))


def _in_blocks(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    while some := list(islice(rows, blocks.AT_ONCE)):
        yield some
