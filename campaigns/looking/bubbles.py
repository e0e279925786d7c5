"""Filter bubbles: from how many kinds of goods customers are offered something, by week and beside what they buy."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func
from sqlmodel import Session, col, select

from campaigns.looking.audit import Offer
from engine.fairness.bubbles import LEAST_OFFERED, NARROW, Bubble, bubble, entropy
from engine.fairness.figures import Figure, Tally, mean, share
from ledger import blocks, catalog
from ledger.tables import Interaction, Kind, Product

YEAR = timedelta(days=365)
LEAST_A_WEEK = 2
"""Of one product offered in a week there is nothing to vary."""


@dataclass(frozen=True)
class Week:
    """The mean entropy of what customers were offered in the week from ``begins`` on."""

    begins: date
    offered: Figure


@dataclass(frozen=True)
class Bubbles:
    """Of ``kinds`` of goods that can be offered. ``offered`` is the mean entropy of what a customer was offered,
    ``taste`` what it would be for the same customers if as many products were drawn by what they bought; ``narrow``
    the share below the bound, ``bubbles`` those of them who buy more widely than that. All of customers who were
    offered enough to tell, of ``people`` who were offered something; None where they are fewer than two."""

    kinds: int
    people: int
    offered: Figure | None
    bought_by: Figure | None
    taste: Figure | None
    narrow: Figure | None
    bubbles: Figure | None
    weeks: Sequence[Week]
    bound: float = NARROW
    least: int = LEAST_OFFERED

    def as_json(self) -> dict[str, Any]:
        told = asdict(self)
        told["weeks"] = [{"begins": each.begins.isoformat(), **asdict(each.offered)} for each in self.weeks]
        return told


def bubbles(
    session: Session, offers: Sequence[Offer], who: Collection[int], now: datetime, zone: ZoneInfo
) -> Bubbles:
    """Of these offers to these customers, who may be described."""
    ours = [each for each in offers if each.customer_id in who]
    categories, kinds = _categories(session, ours)
    offered: dict[int, Counter[str]] = defaultdict(Counter)
    for each in ours:
        offered[each.customer_id].update(_kinds_of(each.products, categories))
    offered = {customer: counts for customer, counts in offered.items() if counts}
    bought = _bought(session, sorted(offered), categories, now)
    found = [bubble(counts, bought.get(customer, {}), kinds) for customer, counts in offered.items()]
    enough = [each for each in found if each.n >= LEAST_OFFERED]
    both = [each for each in enough if each.taste is not None]
    return Bubbles(
        kinds=kinds,
        people=len(found),
        offered=_mean(each.offered for each in enough),
        bought_by=_mean(each.offered for each in both),
        taste=_mean(each.taste for each in both if each.taste is not None),
        narrow=_share(enough, [each.is_narrow for each in enough]),
        bubbles=_share(both, [each.is_bubble for each in both]),
        weeks=_weeks(ours, categories, kinds, zone),
    )


def _categories(session: Session, offers: Iterable[Offer]) -> tuple[dict[int, str], int]:
    """The kind of each product, and of how many kinds something can be offered."""
    shown = {product for each in offers for product in each.products}
    rows = session.exec(select(Product.id, Product.category, Product.stock).where(col(Product.category) != "")).all()
    categories = {product: catalog.folded(category) for product, category, _ in rows}
    available = {categories[product] for product, _, stock in rows if stock is None or stock > 0}
    return categories, len(available | {categories[product] for product in shown if product in categories})


def _kinds_of(products: Iterable[int], categories: Mapping[int, str]) -> list[str]:
    return [categories[product] for product in products if product in categories]


def _bought(
    session: Session, ids: Sequence[int], categories: Mapping[int, str], now: datetime
) -> dict[int, Counter[str]]:
    """How often each bought of each kind in the year before ``now``."""
    found: dict[int, Counter[str]] = defaultdict(Counter)
    for first in range(0, len(ids), blocks.AT_ONCE):
        some = ids[first : first + blocks.AT_ONCE]
        rows = (
            select(Interaction.customer_id, Interaction.product_id, func.count())
            .where(
                Interaction.kind == Kind.PURCHASE,
                Interaction.at >= now - YEAR,
                blocks.are(col(Interaction.customer_id), some),
            )
            .group_by(col(Interaction.customer_id), col(Interaction.product_id))
        )
        for customer, product, n in session.exec(rows):
            if product is not None and product in categories:
                found[customer][categories[product]] += n
    return found


def _weeks(offers: Iterable[Offer], categories: Mapping[int, str], kinds: int, zone: ZoneInfo) -> list[Week]:
    counted: dict[date, dict[int, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for each in offers:
        day = each.at.astimezone(zone).date()
        counted[day - timedelta(days=day.weekday())][each.customer_id].update(_kinds_of(each.products, categories))
    told = []
    for begins, people in sorted(counted.items()):
        enough = [counts.values() for counts in people.values() if counts.total() >= LEAST_A_WEEK]
        figure = _mean(entropy(counts, kinds) for counts in enough)
        if figure is not None:
            told.append(Week(begins, figure))
    return told


def _mean(values: Iterable[float]) -> Figure | None:
    tally = Tally.of(values)
    return mean(tally) if tally.n > 1 else None


def _share(people: Sequence[Bubble], holds: Sequence[bool]) -> Figure | None:
    return share(Tally.share(sum(holds), len(people))) if len(people) > 1 else None
