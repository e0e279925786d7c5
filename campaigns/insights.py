"""What the engine's current run says, for those who ask: segments, bundles, recommendations.

Nothing here loads the engine: a run is made by campaigns/mining/ and only read here, so that the process which
answers people stays small.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import bindparam, func
from sqlalchemy import select as sql_select
from sqlmodel import Session, col, select

from campaigns.choosing.rhythm import Usual
from campaigns.tables import (
    BestHour,
    Bundle,
    BundleRule,
    Future,
    Membership,
    MiningRun,
    Prospect,
    Recommendation,
    RunState,
    Segment,
)
from ledger import blocks, consent
from ledger.tables import Customer, Purpose

LIFETIME, RESTOCKING = "lifetime", "restocking"
"""The names under which a run keeps what it learned of customers' and of products' rhythms."""
MOST_NAMED = 5_000
"""Of more customers than this a statement does not name each."""


PATHS = "paths"
"""Under this name a run keeps which ways people take to a purchase: see campaigns/mining/paths.py."""
SOUNDNESS = "soundness"
"""Under this name a run's figures say what looks wrong in the data it read: see ledger/soundness/."""
DRIFT = "drift"
"""Under this name a run keeps who moved between the segments of the run before and its own."""
SINCE = "since"
"""Under this name stands what new orders changed in the counts since the run: see campaigns/mining/counting.py."""
WITHIN = "."
"""Between the key of a segment and that of a smaller one within it."""


class Suggested(NamedTuple):
    """A product for a customer, and what it was chosen for. The best has the rank 1."""

    rank: int
    product_id: int
    reason: str | None = None
    reason_product_id: int | None = None
    score: float = 0.0

    @property
    def is_again(self) -> bool:
        """Whether it is something they had, to buy again, and not something new to them."""
        return self.reason in AGAIN


AGAIN = frozenset({"buy_again", "bought_before"})
"""Reasons of what they had before."""


SUGGESTED: Any = sql_select(col(Recommendation.customer_id), col(Recommendation.picks)).where(
    col(Recommendation.run_id)
    == sql_select(func.max(col(MiningRun.id))).where(col(MiningRun.ready_at).is_not(None)).scalar_subquery(),
    col(Recommendation.customer_id).in_(bindparam("customer_ids", expanding=True)),
)
"""Asked for every batch that is claimed: put together once."""


NEWEST = select(MiningRun).where(col(MiningRun.ready_at).is_not(None)).order_by(col(MiningRun.id).desc()).limit(1)


def current_run(session: Session) -> MiningRun | None:
    """The newest run that is ready; None before the first."""
    return session.exec(NEWEST).first()


def segments(session: Session) -> Sequence[Segment]:
    """The segments of the current run, the largest first; not the smaller ones within them."""
    wanted = select(Segment).where(Segment.run_id == _run_id(session), col(Segment.within_id).is_(None))
    return session.exec(wanted.order_by(col(Segment.size).desc(), col(Segment.key))).all()


def micro_segments(session: Session) -> Sequence[Segment]:
    """The smaller segments within those of the current run, the largest first."""
    wanted = select(Segment).where(Segment.run_id == _run_id(session), col(Segment.within_id).is_not(None))
    return session.exec(wanted.order_by(col(Segment.size).desc(), col(Segment.key))).all()


def grouped_by_rule(session: Session) -> tuple[int, int] | None:
    """How many customers were too few or too alike to find segments in, and how many it takes; None where not."""
    run = current_run(session)
    told = run.quality.get("segments") if run is not None else None
    if not isinstance(told, dict) or told.get("method") != "rfm_rules":
        return None
    return told["customers"], told["least_customers"]


def currency(session: Session) -> str | None:
    """What the purchases that were mined were paid in."""
    run = current_run(session)
    return run.quality.get("currency") if run is not None else None


def segment_of(session: Session, customer_id: int) -> Segment | None:
    """The segment a customer is in today."""
    wanted = (
        select(Segment)
        .join(Membership, col(Membership.segment_id) == col(Segment.id))
        .where(Membership.run_id == _run_id(session), Membership.customer_id == customer_id)
    )
    return session.exec(wanted).one_or_none()


def rules(session: Session) -> Sequence[BundleRule]:
    """The association rules of the current run, in the order the engine gave them."""
    wanted = select(BundleRule).where(BundleRule.run_id == _run_id(session))
    return session.exec(wanted.order_by(col(BundleRule.position))).all()


def bundles(session: Session) -> Sequence[Bundle]:
    """The bundles worth offering, the best first."""
    wanted = select(Bundle).where(Bundle.run_id == _run_id(session))
    return session.exec(wanted.order_by(col(Bundle.position))).all()


class SinceRun(NamedTuple):
    """Orders begun since the run, and how many of them, or of older ones, a bundle's place now finds whole."""

    baskets: int
    bundles: dict[int, int]


def since(session: Session) -> SinceRun | None:
    """What new orders changed in the counts of the current run; None where none was counted yet."""
    kept = session.get(RunState, (_run_id(session), SINCE))
    if kept is None:
        return None
    told = json.loads(kept.content)
    return SinceRun(told["baskets"], {int(place): n for place, n in told["bundles"].items()})


def recommendations(session: Session, customer_ids: Collection[int]) -> dict[int, list[Suggested]]:
    """What to offer to each of these customers, the likeliest first: what is new to them, and what to buy again."""
    rows = session.connection().execute(SUGGESTED, {"customer_ids": list(customer_ids)})
    return {customer_id: suggested(picks) for customer_id, picks in rows}


def suggested(picks: Iterable[Sequence[Any]]) -> list[Suggested]:
    """What a row of recommendations holds, product by product."""
    return [
        Suggested(rank, product, reason, because, score)
        for rank, (product, score, reason, because) in enumerate(picks, 1)
    ]


def to_discover(picks: Iterable[Suggested]) -> list[Suggested]:
    """What of it is new to them, counted from 1."""
    return _counted(each for each in picks if not each.is_again)


def to_buy_again(picks: Iterable[Suggested]) -> list[Suggested]:
    """What of it they had before, counted from 1."""
    return _counted(each for each in picks if each.is_again)


def _counted(picks: Iterable[Suggested]) -> list[Suggested]:
    return [each._replace(rank=rank) for rank, each in enumerate(picks, 1)]


def may_be_described(session: Session, customer_id: int, *, is_held: bool = False) -> bool:
    """Nobody who was erased, turned out to be somebody else or refuses profiling on any channel.

    ``is_held``: nor may they change that until this transaction ends.
    """
    customer = session.get(Customer, customer_id, with_for_update={"read": True} if is_held else None)
    if customer is None or customer.erased_at is not None or customer.merged_into is not None:
        return False
    return not consent.refuses_somewhere(session, customer_id, Purpose.PROFILING)


class Targeting(NamedTuple):
    """By which rule customers are put in order, learned from ``n`` people of so many past campaigns."""

    rule: str
    n: int
    campaigns: int


def targeting(session: Session) -> Targeting | None:
    """How the current run tells whom to spend a limited budget on; None where it cannot."""
    run = current_run(session)
    told = run.quality.get("uplift") if run is not None else None
    return Targeting(told["rule"], told["n"], told["campaigns"]) if told and told.get("rule") else None


def prospects(session: Session, customer_ids: Sequence[int], rule: str) -> dict[int, float]:
    """By ``rule``: how much likelier an offer makes each of these customers buy, or how likely they buy with it.

    ``customer_ids`` are in order; of who is not described there is nothing, and others may come along.
    """
    score = col(Prospect.uplift) if rule == "uplift" else col(Prospect.response)
    wanted = sql_select(col(Prospect.customer_id), score).where(
        col(Prospect.run_id) == _run_id(session), blocks.are(col(Prospect.customer_id), customer_ids)
    )
    return {who: told for who, told in session.connection().execute(wanted) if told is not None}


def usual_hour(session: Session) -> int | None:
    """The hour at which the shop's customers are likeliest to answer; None where that is not known."""
    run = current_run(session)
    return run.quality.get("best_hour") if run is not None else None


def best_hours(session: Session, customer_ids: Collection[int]) -> dict[int, tuple[int, int]]:
    """For each of these customers the hour of the day at which they are likeliest to answer, and its n.

    Who was never seen at an hour has the shop's, with an n of 0; without a run nobody has one.
    """
    run = current_run(session)
    if run is None or run.quality.get("best_hour") is None:
        return {}
    wanted = select(BestHour).where(BestHour.run_id == run.id)
    if len(customer_ids) <= MOST_NAMED:
        wanted = wanted.where(col(BestHour.customer_id).in_(list(customer_ids)))
    own = {each.customer_id: (each.hour, each.n) for each in session.exec(wanted)}
    return {customer: own.get(customer, (run.quality["best_hour"], 0)) for customer in customer_ids}


def rhythms(session: Session) -> dict[int, Usual]:
    """What is usual for each product that is bought again and again, by its number; empty before the first run."""
    wanted = select(RunState.content).where(RunState.run_id == _run_id(session), RunState.name == RESTOCKING)
    kept = json.loads(session.exec(wanted).first() or b"{}")
    return {int(product): Usual(timedelta(days=days), weight, n) for product, (days, weight, n) in kept.items()}


def future_of(session: Session, customer_id: int) -> Future | None:
    """What the customer is likely to do, as far as the run could tell."""
    return session.get(Future, (_run_id(session), customer_id))


def usual_until(session: Session, customer_ids: Collection[int]) -> dict[int, date]:
    """Until when each of these customers is usually back, by their own rhythm; of whom that is known."""
    wanted = select(Future.customer_id, Future.due_until).where(
        Future.run_id == _run_id(session),
        col(Future.due_until).is_not(None),
        col(Future.customer_id).in_(list(customer_ids)),
    )
    return {customer: date.fromisoformat(day) for customer, day in session.exec(wanted) if day}


def _run_id(session: Session) -> int:
    run = current_run(session)
    return run.id if run is not None else 0
