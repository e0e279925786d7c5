"""After a pause: what is still to be sent finds its day anew and counts from it, and so does a part of the holdout.

Otherwise messages would go out after the window in which anything is counted, and the places of several days at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import bindparam, func, update
from sqlmodel import Session, SQLModel, col, select

from campaigns import places, reach
from campaigns.lots import by_lot
from campaigns.shop import Shop
from campaigns.tables import Campaign, Message, State
from ledger import windows
from ledger.tables import Address


def replan(session: Session, campaign: Campaign, shop: Shop, now: datetime) -> None:
    """Give every unsent message of a running campaign its day from ``now`` on, and the same days to the holdout."""
    wanted = (
        select(Message.id, Message.channel, Message.not_before, Address)
        .join(Address, col(Address.id) == col(Message.address_id), isouter=True)
        .where(Message.campaign_id == campaign.id, Message.state == State.PLANNED)
    )
    unsent = session.exec(wanted.order_by(col(Message.id))).all()
    if not unsent:
        return
    takes = {
        number: channel or ""
        for number, channel, _, address in unsent
        if address is None or places.takes_one(channel, windows.free_until(address), shop, now)
    }
    waits = _waits(session, takes, shop, now) | {each[0]: timedelta() for each in unsent if each[0] not in takes}
    rows = []
    for number, _, asked, _ in unsent:
        day = now + waits[number]
        due = max(day, asked) if asked is not None and asked > now else day
        rows.append({"number": number, "at": day, "due": due if due > now else None})
    held = _held_out(session, campaign, len(unsent), [waits[each[0]] for each in unsent], now)
    rows += [{"number": number, "at": now + wait, "due": None} for number, wait in held.items()]
    table = SQLModel.metadata.tables[Message.__tablename__]
    moved = update(table).where(table.c.id == bindparam("number"))
    session.connection().execute(moved.values(counts_from=bindparam("at"), not_before=bindparam("due")), rows)


def _waits(session: Session, unsent: Mapping[int, str], shop: Shop, now: datetime) -> dict[int, timedelta]:
    """How long each message waits for room on its channel; these themselves take no place twice."""
    days: dict[str, Iterator[timedelta]] = {}
    for channel, n in Counter(unsent.values()).items():
        others = max(0, places.taken(session, channel, shop, now) - n)
        days[channel] = iter(reach.waits(n, shop.daily_limits.get(channel), others))
    return {number: next(days[channel]) for number, channel in unsent.items()}


def _held_out(
    session: Session, campaign: Campaign, unsent: int, waits: Sequence[timedelta], now: datetime
) -> Mapping[int, timedelta]:
    """By lot as large a part of the holdout as is unsent of the others, spread over the same days."""
    of_it = col(Message.campaign_id) == campaign.id
    held = session.exec(select(Message.id).where(of_it, Message.state == State.HOLDOUT)).all()
    chosen = select(func.count()).where(of_it, Message.was_eligible, Message.state != State.HOLDOUT)
    part = round(len(held) * unsent / session.exec(chosen).one())
    moved = by_lot(held, f"resumed {campaign.seed} {now.isoformat()}")[:part]
    return {number: waits[place * len(waits) // part] for place, number in enumerate(moved)}
