"""What the findings are drawn from, each thing looked up once and only when a clue asks for it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from statistics import median

from sqlalchemy import ColumnElement, and_, distinct, func
from sqlalchemy import select as sql_select
from sqlmodel import Session, col, select

from campaigns import insights
from campaigns.choosing import audiences
from campaigns.choosing.audiences import Candidate
from campaigns.choosing.rhythm import Usual
from campaigns.looking import books
from campaigns.looking.bundles import Offered, bundles
from campaigns.looking.products import Shelves, shelves
from campaigns.looking.segments import IDS_AT_ONCE, reachable
from campaigns.looking.today import consents_since
from campaigns.shop import Shop
from ledger import returned
from ledger.tables import Customer, Interaction, Kind

YEAR, MONTH = timedelta(days=365), timedelta(days=30)
MOST_BUNDLES = 5
BOUGHT = and_(col(Interaction.kind) == Kind.PURCHASE, returned.is_kept())


class Scene:
    """The shop at ``now``, as those who look for something to do see it."""

    def __init__(self, session: Session, channels: Collection[str], shop: Shop, now: datetime) -> None:
        self.session, self.channels, self.shop, self.now = session, channels, shop, now

    @cached_property
    def willing(self) -> list[Candidate]:
        """Who allows offers, can be written to, and had none in the last thirty days."""
        everybody = audiences.candidates(self.session, audiences.EVERYONE, self.channels, self.shop, self.now)
        return [each for each in reachable(everybody) if not each.facts.recent_offers and not each.facts.is_held]

    @cached_property
    def profiled(self) -> list[Candidate]:
        """Those of them whose history may be used to choose for them."""
        return [each for each in self.willing if each.allows_profiling]

    @cached_property
    def currency(self) -> str:
        return insights.currency(self.session) or self.shop.currency

    @cached_property
    def typical_order(self) -> int:
        """The median of what an order of the last year came to, in minor units; 0 where there was none."""
        bought = (Interaction.kind == Kind.PURCHASE, Interaction.at >= self.now - YEAR, returned.is_kept())
        back = self._by_order(returned.came_back_of_kept(self.now - YEAR))
        amounts = [amount - back.get(order, 0) for order, amount in self._by_order(*bought).items()]
        return round(median(amounts)) if amounts else 0

    def _by_order(self, *conditions: ColumnElement[bool] | bool) -> dict[tuple[int, str], int]:
        wanted = (
            select(Interaction.customer_id, books.ORDER, func.sum(Interaction.amount_minor))
            .where(
                *conditions,
                col(Interaction.currency) == self.currency,
                col(Interaction.amount_minor).is_not(None),
            )
            .group_by(col(Interaction.customer_id), books.ORDER)
        )
        return {(person, order): int(amount or 0) for person, order, amount in self.session.exec(wanted)}

    @cached_property
    def shelves(self) -> Shelves:
        return shelves(self.session, self.now)

    @cached_property
    def rhythms(self) -> dict[int, Usual]:
        return insights.rhythms(self.session)

    @cached_property
    def bundles(self) -> list[Offered]:
        return bundles(self.session, MOST_BUNDLES)

    @cached_property
    def consents(self) -> tuple[set[int], set[int]]:
        """Whose yes to offers is new, or gone, since thirty days ago."""
        return consents_since(self.session, self.now - MONTH)

    @cached_property
    def visits(self) -> dict[int, dict[int, list[datetime]]]:
        """When each of the profiled bought each product, oldest first."""
        bought: dict[int, dict[int, list[datetime]]] = defaultdict(lambda: defaultdict(list))
        ids = [each.customer_id for each in self.profiled]
        for start in range(0, len(ids), IDS_AT_ONCE):
            rows = self.session.exec(
                select(Interaction.customer_id, Interaction.product_id, Interaction.at)
                .where(
                    Interaction.kind == Kind.PURCHASE,
                    Interaction.at >= self.now - YEAR,
                    col(Interaction.customer_id).in_(ids[start : start + IDS_AT_ONCE]),
                    returned.is_kept(),
                )
                .order_by(col(Interaction.at))
            )
            for person, product, at in rows:
                if product is not None:
                    bought[person][product].append(at)
        return bought

    def spent(self, people: Iterable[Candidate]) -> int:
        """What these people ever paid together, less what came back, in minor units of the currency."""
        amount, everybody = func.sum(Interaction.amount_minor), list(people)
        back = self._sums(everybody, amount, returned.came_back_of_kept())
        return sum(self._sums(everybody, amount, BOUGHT).values()) - sum(back.values())

    def orders(self, people: Iterable[Candidate]) -> Counter[int]:
        """How many orders each of them made."""
        return self._sums(people, func.count(distinct(books.ORDER)), BOUGHT)

    def _sums(self, people: Iterable[Candidate], what: object, which: ColumnElement[bool]) -> Counter[int]:
        ids = [each.customer_id for each in people]
        found: Counter[int] = Counter()
        for start in range(0, len(ids), IDS_AT_ONCE):
            rows = self.session.connection().execute(
                sql_select(col(Interaction.customer_id), what)  # type: ignore[call-overload]
                .where(
                    which,
                    (col(Interaction.currency) == self.currency) | col(Interaction.currency).is_(None),
                    col(Interaction.customer_id).in_(ids[start : start + IDS_AT_ONCE]),
                )
                .group_by(col(Interaction.customer_id))
            )
            found.update({person: int(value or 0) for person, value in rows})
        return found

    def born_on(self, days: Sequence[str]) -> set[int]:
        """Whose birthday is one of these days, "08-17"."""
        wanted = select(Customer.id).where(col(Customer.birthday).in_(days), col(Customer.erased_at).is_(None))
        return set(self.session.exec(wanted))
