"""What the shop could show: what sells, is new or lies too long, and whole bundles; less what is to be spared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func
from sqlalchemy import select as sql_select
from sqlmodel import Session, col, select

from campaigns import insights
from campaigns.choosing.rhythm import Usual
from campaigns.choosing.sparing import NOTHING, Spared
from campaigns.looking.demand import Standing, foretold, standing
from ledger import catalog
from ledger.tables import Interaction, Kind, Product

POPULAR_WINDOW = timedelta(days=90)
NEW_WINDOW = timedelta(days=60)
EXPIRY_WINDOW = timedelta(days=30)
RUNS_OUT_DAYS = 7
"""What is expected to be gone by then is pushed by no offer: those who come for it would find the shelf empty."""


@dataclass(frozen=True)
class Shelf:
    """What the shop could show to anybody, read once for a batch; or to somebody: see ``sparing``."""

    products: Mapping[int, Product]
    popular: Sequence[int]
    new: Sequence[int]
    overstocked: Sequence[int]
    bundles: Sequence[tuple[int, ...]]

    at: datetime
    categories: Mapping[int, str] = field(default_factory=dict)
    """Of each product, folded."""
    rhythms: Mapping[int, Usual] = field(default_factory=dict)
    """What is usual for the products that are bought again and again."""
    sold_out: frozenset[int] = frozenset()
    spared: Spared = NOTHING
    said: dict[Hashable, Any] = field(default_factory=dict, repr=False, compare=False)
    """What was found for its products already (see words/filling.py): the next message need not find it anew."""

    def is_available(self, product_id: int) -> bool:
        """In stock as far as we know, not past its date, and nothing they are to be spared."""
        product = self.products.get(product_id)
        if product is None or product_id in self.sold_out or (product.stock is not None and product.stock <= 0):
            return False
        if self.spared.covers(product_id, self.categories.get(product_id, "")):
            return False
        return product.expires_at is None or product.expires_at > self.at

    def may_name(self, product_id: int) -> bool:
        """Whether it may be spoken of, as what they bought."""
        is_known = product_id in self.products
        return is_known and not self.spared.forbids(product_id, self.categories.get(product_id, ""))

    def whole_bundles(self) -> Iterator[tuple[int, ...]]:
        return (bundle for bundle in self.bundles if all(self.is_available(each) for each in bundle))

    def sparing(self, spared: Spared) -> Shelf:
        """The same shelf as somebody is shown it."""
        return replace(self, spared=spared) if spared is not NOTHING else self


def read_shelf(session: Session, now: datetime) -> Shelf:
    """Products, what sells, what is new, what lies too long, and the bundles that are in stock."""
    products = {product.id: product for product in session.exec(select(Product))}
    sold = _sold(session, now - POPULAR_WINDOW) or _sold(session, None)
    categories = {number: catalog.folded(product.category) for number, product in products.items()}
    shelf = Shelf(products, (), (), (), (), now, categories)
    available = [each for each in products if shelf.is_available(each)]
    told = foretold(session, now)
    expected = {each: standing(told, products[each], sold[each], POPULAR_WINDOW.days) for each in available}
    return Shelf(
        products=products,
        popular=sorted((p for p in available if sold[p]), key=lambda p: (-sold[p], p)),
        new=_new(products, [each for each in available if not expected[each].runs_out(RUNS_OUT_DAYS)], now),
        overstocked=_overstocked(expected, now),
        bundles=[
            tuple(bundle.product_ids)
            for bundle in insights.bundles(session)
            if all(shelf.is_available(each) for each in bundle.product_ids)
        ],
        at=now,
        categories=categories,
        rhythms=insights.rhythms(session),
    )


RUN_OUT = sql_select(col(Product.id)).where(col(Product.stock) <= 0)


def restocked(session: Session, shelf: Shelf) -> Shelf:
    """The same shelf without what has run out since it was read."""
    session.flush()
    sold_out = shelf.sold_out.union(session.connection().execute(RUN_OUT).scalars())
    if sold_out == shelf.sold_out:
        return shelf
    still = replace(shelf, sold_out=sold_out)
    return replace(
        still,
        popular=[each for each in shelf.popular if still.is_available(each)],
        new=[each for each in shelf.new if still.is_available(each)],
        overstocked=[each for each in shelf.overstocked if still.is_available(each)],
        bundles=list(still.whole_bundles()),
    )


def _sold(session: Session, since: datetime | None) -> Counter[int]:
    wanted = select(Interaction.product_id, func.sum(Interaction.quantity)).where(
        Interaction.kind == Kind.PURCHASE, col(Interaction.product_id).is_not(None)
    )
    if since is not None:
        wanted = wanted.where(Interaction.at >= since)
    rows = session.exec(wanted.group_by("product_id"))
    return Counter({product: int(pieces or 0) for product, pieces in rows if product is not None})


def _new(products: Mapping[int, Product], available: Sequence[int], now: datetime) -> list[int]:
    """Launched lately, the newest first."""
    launched = {p: products[p].launched_at for p in available}
    launches = {p: at for p, at in launched.items() if at is not None and now - NEW_WINDOW < at <= now}
    return sorted(launches, key=lambda p: (-launches[p].timestamp(), p))


def _overstocked(expected: Mapping[int, Standing], now: datetime) -> list[int]:
    """What is expected to lie too long, or to expire before it is sold; what expires soon first, then what lies
    longest."""

    def days(p: int) -> float:
        cover = expected[p].cover
        return cover.middle if cover is not None else float(expected[p].stock or 0) * POPULAR_WINDOW.days

    def is_expiring(p: int) -> bool:
        """Some of it is left over, and soon: what sells out before its day needs no push."""
        expires, over = expected[p].product.expires_at, expected[p].left_over(now)
        return expires is not None and expires < now + EXPIRY_WINDOW and (over is None or over.middle >= 1)

    lying = [p for p, each in expected.items() if is_expiring(p) or each.overstays]
    return sorted(lying, key=lambda p: (not is_expiring(p), -days(p), p))
