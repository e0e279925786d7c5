"""What an owner had better know before the yes: goods below cost, a cap that ends soon, birthdays nobody told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil

from sqlmodel import Session, col, select

from campaigns.choosing import audiences
from campaigns.launching.previewing import Sample
from campaigns.launching.starting import Plan
from campaigns.sending.pacing import NEVER, quiet_until
from campaigns.shop import Shop
from campaigns.tables import Campaign
from campaigns.words.wording import reduced
from ledger.columns import moment
from ledger.tables import Customer, Product

HOUR = timedelta(hours=1)
MOST = 0.8
"""Of those whom the cap leaves out, so many shall be free again at the moment that is named."""


@dataclass(frozen=True)
class BelowCost:
    """A product that is offered for less than it cost; the price is after ``percent`` off."""

    product: Product
    percent: int
    price_minor: int
    cost_minor: int


def below_cost(session: Session, samples: Sequence[Sample]) -> BelowCost | None:
    """Of the products in these messages the one that its discount sells farthest below cost; None where none is."""
    shown = {(product, each.variant.discount_percent) for each in samples for product in each.product_ids}
    wanted = select(Product).where(col(Product.id).in_({product for product, _ in shown}))
    products = {each.id: each for each in session.exec(wanted)} if shown else {}
    found = [_offered(products[product], percent) for product, percent in sorted(shown) if product in products]
    losses = [each for each in found if each is not None and each.price_minor < each.cost_minor]
    return max(losses, key=lambda each: 1 - each.price_minor / each.cost_minor, default=None)


def _offered(product: Product, percent: int) -> BelowCost | None:
    if product.price_minor is None or product.cost_minor is None or not percent:
        return None
    return BelowCost(product, percent, reduced(product.price_minor, percent), product.cost_minor)


def free_again(plan: Plan, shop: Shop) -> datetime | None:
    """The full hour from which most of those whom the cap leaves out may be written to, in UTC.

    None where the cap leaves out no more than half of the audience, or never ends.
    """
    waits = sorted(plan.capped_until)
    if 2 * len(waits) <= plan.audience:
        return None
    free = moment(waits[ceil(MOST * len(waits)) - 1])
    if free == NEVER:
        return None
    local = free.astimezone(shop.zone)
    full = local.replace(minute=0, second=0, microsecond=0)
    begins = (full if full == local else full + HOUR).astimezone(UTC)
    until = quiet_until(begins, shop.zone, shop.quiet_hours)
    return begins if until is None else until if until != NEVER else None


def birthdays_told(session: Session, campaign: Campaign, shop: Shop, at: datetime) -> tuple[int, int]:
    """Of how many of the campaign's audience the birthday is known, and how many they are in all."""
    told = set(session.exec(select(Customer.id).where(col(Customer.birthday).is_not(None))))
    people = [each.customer_id in told for each in audiences.known(session, campaign.audience, (), shop, at)]
    return sum(people), len(people)
