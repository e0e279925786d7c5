"""How many a segment has now, how many of them an offer reaches, and why the others are not reached."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import distinct, func
from sqlalchemy import select as sql_select
from sqlmodel import Session, col

from campaigns.choosing import audiences
from campaigns.grouping import matching, members
from campaigns.grouping.conditions import Condition, needs_profiling
from campaigns.grouping.refusing import refusing
from campaigns.sending.gate import Facts
from campaigns.shop import Shop
from ledger.tables import Customer, Interaction, Kind, Product

LEAST_PEOPLE = 5
"""A segment of fewer singles somebody out: whoever gets its offer may guess why."""
BOUGHT_WITHIN = timedelta(days=90)
MOST_BOUGHT = 3


@dataclass(frozen=True)
class Counted:
    """``n`` people meet the conditions now, ``of`` customers there are; ``reached`` an offer for them would reach.

    ``lost`` says of the others why not: by [group_lost] in the lexicon. ``refusing`` were not looked at, because they
    do not allow the use of their history: nobody knows whether they would be among them.
    """

    n: int
    of: int
    reached: int
    lost: Mapping[str, int]
    refusing: int = 0

    @property
    def share(self) -> float:
        return self.n / self.of if self.of else 0.0

    @property
    def is_few(self) -> bool:
        return 0 < self.n < LEAST_PEOPLE

    def as_json(self) -> dict[str, Any]:
        return {"n": self.n, "of": self.of, "share": round(self.share, 4), "reached": self.reached,
                "not_reached": dict(self.lost), "refusing": self.refusing}  # fmt: skip


def count(
    session: Session, wanted: Condition, channels: Collection[str], shop: Shop, now: datetime, of: int | None = None
) -> Counted:
    """As things stand now; ``of`` is how many customers there are, where that was counted before."""
    asking = members.asked(session, shop, now)
    by_history = needs_profiling(wanted)
    left_out = refusing(session) if by_history else set()
    lost: Counter[str] = Counter()
    n = 0
    for each in audiences.meeting(session, members.meets(wanted, asking, left_out), channels, shop, now):
        n += 1
        why = _lost(each.kind.facts, by_history=by_history)
        if why is not None:
            lost[why] += 1
    return Counted(
        n=n,
        of=everybody(session) if of is None else of,
        reached=n - lost.total(),
        lost=dict(lost.most_common()),
        refusing=len(left_out),
    )


def everybody(session: Session) -> int:
    """How many customers there are; not the shop's team."""
    return audiences.how_many(session)


def _lost(facts: Facts, *, by_history: bool) -> str | None:
    """Why an offer would not reach them; None where it would. When, and how often, is the gate's to say."""
    if facts.channel is None:
        return "no_chat"
    if not facts.channel_is_served:
        return "not_served"
    if facts.allows_offers is not True:
        return "no_offers"
    if by_history and facts.allows_profiling is not True:
        return "no_profiling"
    return None if facts.is_reachable else "unreachable"


def bought_by(session: Session, wanted: Condition, shop: Shop, now: datetime) -> list[tuple[str, int]]:
    """What most of those who meet it bought in the last BOUGHT_WITHIN, each with how many people did.

    Of who allows it: what those bought who refuse the use of their history is not looked at.
    """
    holds = members.meets(wanted, members.asked(session, shop, now))
    if not needs_profiling(wanted):
        holds &= ~matching.among(col(Customer.id), refusing(session))
    people = func.count(distinct(col(Interaction.customer_id)))
    counted = (
        sql_select(col(Product.name), col(Product.sku), people)
        .join(Interaction, col(Interaction.product_id) == col(Product.id))
        .join(Customer, col(Customer.id) == col(Interaction.customer_id))
        .where(col(Interaction.kind) == Kind.PURCHASE, col(Interaction.at) >= now - BOUGHT_WITHIN)
        .where(col(Interaction.id).not_in(matching.came_back()), col(Customer.erased_at).is_(None), holds)
        .group_by(col(Product.id), col(Product.name), col(Product.sku))
        .order_by(people.desc(), col(Product.id))
        .limit(MOST_BOUGHT)
    )
    return [(name or sku, n) for name, sku, n in session.connection().execute(counted)]
