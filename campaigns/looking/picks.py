"""What to offer one customer today: as the run or the last refresh wrote it, less what may not be offered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from campaigns import insights
from campaigns.choosing.sparing import Spared
from campaigns.insights import Suggested
from ledger import catalog, preferences
from ledger.tables import Product


@dataclass(frozen=True)
class Picks:
    """What is new to the customer, and what they are likeliest to buy again: each the best first."""

    new: Sequence[Suggested]
    again: Sequence[Suggested]


NOTHING = Picks((), ())


def of(session: Session, customer_id: int) -> Picks:
    """Nothing that has run out since it was written, nor what the customer never wants to see.

    Who refuses profiling has nothing. A reason that would name what they never want to see is left out.
    """
    if not insights.may_be_described(session, customer_id):
        return NOTHING
    found = insights.recommendations(session, [customer_id]).get(customer_id, [])
    wishes = preferences.wishes(session, customer_id)
    spared = Spared(frozenset(map(catalog.folded, wishes.never)) - {""}, wishes.never_products)
    wanted = {each.product_id for each in found} | {each.reason_product_id or 0 for each in found}
    rows = session.exec(select(Product).where(col(Product.id).in_(wanted)))
    products = {each.id: each for each in rows if not spared.forbids(each.id, catalog.folded(each.category))}
    offered = [each for each in found if _is_there(products.get(each.product_id))]
    told = [each if _may_be_told(each, products) else each._replace(reason=None) for each in offered]
    return Picks(insights.to_discover(told), insights.to_buy_again(told))


def _is_there(product: Product | None) -> bool:
    return product is not None and (product.stock is None or product.stock > 0)


def _may_be_told(pick: Suggested, products: dict[int, Product]) -> bool:
    return pick.reason_product_id is None or pick.reason_product_id in products
