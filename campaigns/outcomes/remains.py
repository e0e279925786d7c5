"""What goes, and had added to the results of campaigns, kept as figures so that old reports do not change.

Read by campaigns/outcomes/results.py. Of the erased, written while what they did still leads to somebody: into
``messages.remains`` what one row added, and into ``campaigns.remains`` sums by segment, for of the erased no row says
in which segment they were. Of the others, before age takes it: that they replied, and that they used their code.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists
from sqlmodel import Session, col, or_, select

from campaigns.outcomes import families, figures
from campaigns.outcomes.figures import AWAITED, CLOSED, NOTHING, Deeds, Orders, Row
from campaigns.tables import Campaign, Message, Voucher
from ledger.tables import Interaction, Kind

FLAGS = {
    "bought": "has_bought",
    "clicked": "has_clicked",
    "replied": "has_replied",
    "left": "has_left",
    "redeemed": "has_redeemed",
}


@dataclass(frozen=True)
class Share:
    """What the members of one segment add up to; ``n`` and ``buyers`` are of those chosen for the offer."""

    n: int = 0
    sent: int = 0
    clicks: int = 0
    buyers: int = 0
    held_out: int = 0
    held_out_buyers: int = 0

    def __add__(self, other: Share) -> Share:
        mine, theirs = self.as_list(), other.as_list()
        return Share(*(one + another for one, another in zip(mine, theirs, strict=True)))

    def as_list(self) -> list[int]:
        return [self.n, self.sent, self.clicks, self.buyers, self.held_out, self.held_out_buyers]


def share_of(row: Row, did: Deeds) -> Share:
    """What one row adds to its segment's sums."""
    if not row.was_eligible:
        return Share()
    if row.is_held_out:
        return Share(held_out=1, held_out_buyers=did.has_bought)
    return Share(n=1, sent=row.was_sent, clicks=did.has_clicked, buyers=did.has_bought)


def keep(session: Session, customer_id: int) -> None:
    """Write down what they add to each campaign's report, before it leads to them no more; a second time, nothing."""
    condition = col(Message.customer_id) == customer_id
    theirs = [each for each in figures.rows(session, condition) if not each.is_erased]
    if not theirs:
        return
    numbers = sorted({number for each in theirs for number in (each.family, each.campaign_id)})
    # Two erasures at once both add to the same sums.
    wanted = select(Campaign).where(col(Campaign.id).in_(numbers)).order_by(col(Campaign.id)).with_for_update()
    campaigns = {each.id: each for each in session.exec(wanted.execution_options(populate_existing=True))}
    did = completed(theirs, figures.deeds(session, theirs, condition, figures.windows(campaigns.values())))
    for row in theirs:
        deeds = did.get(row.id, NOTHING)
        session.get_one(Message, row.id).remains = _written(deeds)
        _add(campaigns[row.campaign_id], row, deeds)
    for family in sorted({each.family for each in theirs if each.family != each.campaign_id}):
        people, all_of_it = families.once([each for each in theirs if each.family == family], did)
        for row in people:
            _add(campaigns[family], row, all_of_it.get(row.id, NOTHING))
    session.flush()


def close(session: Session, customer_ids: Collection[int], now: datetime) -> None:
    """What these did in windows that are over by ``now`` counts as it stands, whatever becomes of their history.

    So it is before two turn out to be one: the reports of campaigns that are counted to their end stay as they are.
    A voucher that may still be used is waited for, and counts whenever that is.
    """
    condition = col(Message.customer_id).in_(list(customer_ids))
    theirs = [each for each in figures.rows(session, condition) if each.is_read]
    numbers = {each.campaign_id for each in theirs}
    ends = figures.windows(session.exec(select(Campaign).where(col(Campaign.id).in_(numbers))).all())
    is_good = (col(Voucher.expires_at) > now) & col(Voucher.redeemed_at).is_(None)
    waiting = set(session.exec(select(Voucher.message_id).join(Message).where(condition, is_good)))
    over = [each for each in theirs if each.counts_from + ends[each.campaign_id] <= now]
    did = completed(over, figures.deeds(session, over, condition, ends))
    for row in over:
        deeds, awaited = did.get(row.id, NOTHING), {}
        if row.id in waiting:
            # Read to the end, and so not written down yet.
            deeds, awaited = replace(deeds, has_redeemed=False, by_voucher=Orders()), {AWAITED: True}
        session.get_one(Message, row.id).remains = {**(_written(deeds) or {}), CLOSED: True, **awaited}
    session.flush()


def _add(campaign: Campaign, row: Row, deeds: Deeds) -> None:
    added = by_segment(campaign).get(row.segment or "", Share()) + share_of(row, deeds)
    campaign.remains = {**(campaign.remains or {}), row.segment or "": added.as_list()}


def by_segment(campaign: Campaign) -> dict[str, Share]:
    """The sums of those who were erased since, by the segment they were in then; "" of none."""
    return {segment: Share(*kept) for segment, kept in (campaign.remains or {}).items()}


def completed(audience: Sequence[Row], did: Mapping[int, Deeds]) -> dict[int, Deeds]:
    """What can still be read of each, and what is kept of what cannot; who did nothing is not in it."""
    kept = {each.id: _read(each.remains) for each in audience if each.remains}
    return {number: did.get(number, NOTHING) + kept.get(number, NOTHING) for number in {*did, *kept}}


def keep_answers(session: Session, since: datetime) -> int:
    """Note on each message that it was replied to, or its code used, before what is from ``since`` or before goes."""
    condition = (col(Message.sent_at) <= since) & _is_answered(since)
    aging = [each for each in figures.rows(session, condition) if not each.is_erased]
    campaigns = session.exec(select(Campaign).where(col(Campaign.id).in_({each.campaign_id for each in aging}))).all()
    did = figures.deeds(session, aging, condition, figures.windows(campaigns))
    for row in aging:
        deeds = did.get(row.id, NOTHING)
        flags = {"replied": deeds.has_replied, "redeemed": deeds.has_redeemed}
        new = {name: True for name, is_so in flags.items() if is_so}
        if not new.items() <= (row.remains or {}).items():
            session.get_one(Message, row.id).remains = {**(row.remains or {}), **new}
    session.flush()
    return len(aging)


def _is_answered(since: datetime) -> ColumnElement[bool]:
    """Whether something that answers it is about to go."""
    wrote = (
        exists()
        .where(
            col(Interaction.customer_id) == col(Message.customer_id),
            col(Interaction.kind) == Kind.MESSAGE_IN,
            col(Interaction.at) >= col(Message.sent_at),
            col(Interaction.at) <= since,
        )
        .correlate(Message)
    )
    used = (
        exists()
        .where(
            col(Voucher.message_id) == col(Message.id),
            col(Voucher.redeemed_at).is_not(None),
            col(Voucher.created_at) <= since,
        )
        .correlate(Message)
    )
    return or_(wrote, used)


def _written(did: Deeds) -> dict[str, Any] | None:
    kept: dict[str, Any] = {name: True for name, flag in FLAGS.items() if getattr(did, flag)}
    for name, sums_name, orders in (("orders", "paid", did.orders), ("vouched", "vouched_paid", did.by_voucher)):
        if orders.count:
            kept[name] = orders.count
            kept[sums_name] = {currency: list(sums) for currency, sums in orders.paid.items()}
    return kept or None


def _read(kept: Mapping[str, Any]) -> Deeds:
    flags: dict[str, Any] = {flag: bool(kept.get(name)) for name, flag in FLAGS.items()}
    return Deeds(
        **flags,
        orders=Orders(kept.get("orders", 0), _paid(kept.get("paid", {}))),
        by_voucher=Orders(kept.get("vouched", 0), _paid(kept.get("vouched_paid", {}))),
    )


def _paid(kept: Mapping[str, Sequence[int]]) -> dict[str, tuple[int, int]]:
    return {currency: (lines, amount) for currency, (lines, amount) in kept.items()}
