"""What to leave out of somebody's offers: what they want less of or never, and what they were shown often enough.

A wish is an instruction and what we sent is our own doing: both count for everybody, whether or not they allow the
use of their history.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from campaigns.choosing.audiences import OFFERED_STATES, Candidate
from campaigns.sending.pacing import MONTH
from campaigns.shop import Caps
from campaigns.tables import Message
from ledger import merged, preferences
from ledger.catalog import folded
from ledger.preferences import Wishes

LESS_REST = timedelta(days=60)
"""How long a category of which somebody wants less is not shown at all; then once a month."""


@dataclass(frozen=True)
class Spared:
    """What one person is not shown now. Categories are folded."""

    never: frozenset[str] = frozenset()
    """Categories that are not even to be named."""
    products: frozenset[int] = frozenset()
    """Products that are not even to be named."""
    resting: frozenset[str] = frozenset()
    """Categories to be left alone for a while."""

    def forbids(self, product_id: int, category: str) -> bool:
        return product_id in self.products or category in self.never

    def covers(self, product_id: int, category: str) -> bool:
        return category in self.resting or self.forbids(product_id, category)


NOTHING = Spared()


@dataclass(frozen=True)
class Shown:
    """An offer somebody got: when, and the categories in it, folded."""

    at: datetime
    categories: frozenset[str]


def spared(wishes: Wishes, shown: Sequence[Shown], per_category: int, now: datetime) -> Spared:
    """What is spared somebody with these wishes after these offers.

    A category in ``per_category`` offers of the last 30 days rests until the oldest of them is 30 days ago; one of
    which less is wanted rests for LESS_REST from the wish on, and then after every offer for 30 days.
    """
    lately = Counter(category for each in shown if each.at > now - MONTH for category in each.categories)
    often = {category for category, offers in lately.items() if offers >= per_category}
    less = {folded(category): since for category, since in sorted(wishes.less.items(), key=lambda said: said[1])}
    fewer = {category for category, since in less.items() if now < since + LESS_REST or category in lately}
    return Spared(
        never=frozenset(map(folded, wishes.never)) - {""},
        products=wishes.never_products,
        resting=frozenset(often | fewer) - {""},
    )


def read(
    session: Session, people: Collection[Candidate], categories: Mapping[int, str], caps: Caps, now: datetime
) -> dict[int, Spared]:
    """What is spared each of these people who have wishes or got offers lately. ``categories`` are by product."""
    wishes = preferences.wishes_of(session, [each.customer_id for each in people])
    offered = [each.customer_id for each in people if each.facts.recent_offers]
    shown = _shown(session, offered, categories, now - MONTH) if offered else {}
    return {
        customer_id: spared(
            wishes.get(customer_id, preferences.NONE), shown.get(customer_id, ()), caps.per_category, now
        )
        for customer_id in wishes.keys() | shown.keys()
    }


def _shown(
    session: Session, customer_ids: Collection[int], categories: Mapping[int, str], since: datetime
) -> dict[int, list[Shown]]:
    ones = merged.into(session, customer_ids)
    wanted = select(Message.customer_id, Message.sending_at, Message.state, Message.facts).where(
        col(Message.customer_id).in_([*customer_ids, *ones]), col(Message.sending_at) > since
    )
    shown: dict[int, list[Shown]] = {}
    for number, at, state, facts in session.exec(wanted):
        # Sifted here: asked by state, SQLite would walk through every message ever sent.
        if at is not None and state in OFFERED_STATES:
            held = frozenset(categories.get(product, "") for product in facts.get("products", []))
            shown.setdefault(ones.get(number, number), []).append(Shown(at, held))
    return shown
