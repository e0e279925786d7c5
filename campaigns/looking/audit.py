"""Is everybody served alike? Offers, discounts and recommendations by group, each beside the best-served group.

people by group ┐
messages sent   ┼→ tallies by group and measure → engine.fairness → who gets less, beyond chance
purchases before┘
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from sqlalchemy import func
from sqlalchemy import select as sql_select
from sqlmodel import Session, col, select

from campaigns import insights
from campaigns.choosing.rollcall import OFFERED_STATES
from campaigns.launching.drafts import SURVEY
from campaigns.looking.belonging import MOST_PEOPLE, SHOPS_OWN, Grouping, People, Person, people, steps
from campaigns.shop import Shop
from campaigns.tables import Campaign, Message, RunState
from engine.fairness.figures import Figure, Tally
from engine.fairness.parity import FOUR_FIFTHS, LEAST, Compared, Grouped, Served, Standing, grouped, means, shares
from ledger import audit as book
from ledger.tables import Interaction, Kind, Product, ShopFact

__all__ = [
    "FAIRNESS", "LEAST", "MEASURES", "WEEKS", "Audit", "Auditing", "Compared", "Figure", "Offer", "Served",
    "Standing", "found_by_run", "limit_of", "offers", "sent_since", "set_limit", "steps_of",
]  # fmt: skip

WEEKS = 12
"""So far back, unless somebody says otherwise."""
MOST_WEEKS = 104
"""Two years: messages are not kept for ever."""
MOST_MESSAGES = 60_000
"""Of more messages every so-manieth customer's are looked at."""
OTHERS = ""
"""The name of the small groups together."""
LIMIT = "fair_limit"
"""Under this name the shop's own limit is kept."""
FAIRNESS = "fairness"
"""Under this name a run keeps how good recommendations were by group, and what stands in for one."""
ALLOWED, OFFERED, OFTEN, PERCENT, MONEY, BUYERS, HIT, NDCG = (
    "allowed", "offered", "often", "percent", "money", "buyers", "hit", "ndcg",
)  # fmt: skip
WHAT = tuple(col(getattr(Message, name)) for name in ("customer_id", "campaign_id", "variant", "sending_at", "facts"))
MEASURES = (ALLOWED, OFFERED, OFTEN, PERCENT, MONEY, BUYERS, HIT, NDCG)


@dataclass(frozen=True)
class Offer:
    """A message that went out: how much it took off, in percent, and what that was of the goods it showed."""

    customer_id: int
    at: datetime
    percent: int
    products: tuple[int, ...]


@dataclass(frozen=True)
class Audit:
    """One grouping over some time, or of one campaign. ``unknown`` people are in no group, ``hidden`` in groups too
    small even together.

    ``measures``: ALLOWED, the share who allow offers; OFFERED, of those the share who got one, or would; OFTEN,
    offers per person; PERCENT and MONEY, the discounts of those who were offered something; BUYERS, of those who
    bought in as much time before, the share who got an offer; HIT and NDCG, recommendations on weeks the run had not
    seen.
    """

    grouping: Grouping
    people: int
    allowing: int
    unknown: int
    hidden: int
    limit: float
    measures: Mapping[str, Compared]
    refusing: int = 0
    refusing_offered: int = 0
    offers: int = 0
    weeks: int | None = None
    campaign: int | None = None
    is_draft: bool = False
    step: int = 1
    currency: str = ""

    @property
    def below(self) -> list[str]:
        """The measures by which some group gets too little."""
        return [name for name, each in self.measures.items() if name != ALLOWED and each.below]


def limit_of(session: Session) -> float:
    """Which part of what the best-served group gets every group shall get, by the shop's own word."""
    kept = session.get(ShopFact, LIMIT)
    return float(kept.value) if kept is not None else FOUR_FIFTHS


def set_limit(session: Session, limit: float, *, by: str, now: datetime) -> None:
    """From now on a draft that leaves a group below it warns. Raises ValueError unless 0 < limit <= 1."""
    if not 0 < limit <= 1:
        raise ValueError(f"a limit lies above 0 and is at most 1, not {limit}")
    book.record(session, now, by, "fairness limit set", "", before=limit_of(session), limit=limit)
    session.merge(ShopFact(key=LIMIT, value=f"{limit:g}"))


def sent_since(since: datetime) -> list[Any]:
    """What holds of the messages that went out since. A question of a survey offers nothing."""
    questions = select(Campaign.id).where(Campaign.template == SURVEY)
    return [
        col(Message.state).in_(OFFERED_STATES),
        col(Message.sending_at) >= since,
        col(Message.campaign_id).not_in(questions),
    ]


def steps_of(session: Session, which: Sequence[Any]) -> int:
    """Of how many customers one is looked at, for so many messages."""
    n = session.exec(select(func.count()).select_from(Message).where(*which)).one()
    return max(1, -(-n // MOST_MESSAGES))


def offers(session: Session, which: Sequence[Any], step: int) -> list[Offer]:
    """The messages of which that holds, of every ``step``-th customer, in the order they were planned."""
    drawn = [] if step == 1 else [col(Message.customer_id) % step == 0]
    forms = {
        (each.id, form.name): form.discount_percent
        for each in session.exec(select(Campaign))
        for form in each.forms
    }  # fmt: skip
    rows = sql_select(*WHAT).where(*which, *drawn).order_by(col(Message.id))
    return [
        Offer(who, at, forms.get((campaign, variant or ""), 0), tuple((facts or {}).get("products", ())))
        for who, campaign, variant, at, facts in session.connection().execute(rows)
        if at is not None
    ]


class Auditing:
    """Looks everybody up once, and tells of as many groupings as are wanted."""

    def __init__(
        self,
        session: Session,
        channels: Collection[str],
        shop: Shop,
        now: datetime,
        weeks: int = WEEKS,
        campaign: Campaign | None = None,
        wanted: Collection[Grouping] = tuple(Grouping),
        most: int = MOST_PEOPLE,
    ) -> None:
        self.session, self.shop, self.now, self.weeks, self.campaign = session, shop, now, weeks, campaign
        self.limit = limit_of(session)
        self.since = now - timedelta(weeks=weeks)
        if campaign is not None and campaign.start_at is not None:
            self.since = campaign.start_at
        which = self._which()
        step = max(steps(session, most), steps_of(session, which))
        self.people: People = people(session, channels, shop, now, wanted, step)
        self.offers = offers(session, which, step)

    def _which(self) -> list[Any]:
        if self.campaign is None:
            return sent_since(self.since)
        rounds = select(Campaign.id).where(
            (col(Campaign.id) == self.campaign.id) | (col(Campaign.parent_id) == self.campaign.id)
        )
        return [col(Message.state).in_(OFFERED_STATES), col(Message.campaign_id).in_(rounds)]

    def by(
        self, grouping: Grouping, would: Collection[int] | None = None, resting: Collection[int] = frozenset()
    ) -> Audit:
        """One grouping. ``would``: of a draft, who would be written to or be held out by lot, which takes alike.

        Who is ``resting`` is not counted among those who could be offered something.
        """
        everybody = self.people
        known = [each for each in everybody.people if grouping in each.group]
        allowing = [each for each in known if each.allows_offers and each.customer_id not in resting]
        counted = self._by_customer
        got = set(counted) if would is None else set(would)
        measures: dict[str, Compared] = {}
        hidden = 0
        for name, of, tallied, compared in self._measures(known, allowing, counted, got, is_draft=would is not None):
            tallies: dict[str, Tally] = defaultdict(Tally)
            for each in of:
                tallies[each.group[grouping]] += tallied(each)
            # Of a large group of whom only three bought, those three are not told of by its name either.
            parts = grouped(tallies, {group: each.n for group, each in tallies.items()})
            measures[name] = compared(_together(parts), self.limit)
            hidden = parts.hidden if name == ALLOWED else hidden
        measures |= self._quality(grouping)
        return Audit(
            grouping=grouping,
            people=len(known),
            allowing=len(allowing),
            unknown=len(everybody.people) - len(known),
            hidden=hidden,
            limit=self.limit,
            measures={name: each for name, each in measures.items() if len(each.served) > 1},
            refusing=len(everybody.refusing),
            refusing_offered=len(everybody.refusing & got),
            offers=len(self.offers),
            weeks=None if self.campaign is not None else self.weeks,
            campaign=self.campaign.id if self.campaign is not None else None,
            is_draft=would is not None,
            step=everybody.step,
            currency=insights.currency(self.session) or self.shop.currency,
        )

    def _measures(
        self,
        known: Sequence[Person],
        allowing: Sequence[Person],
        counted: Mapping[int, Sequence[Offer]],
        got: Collection[int],
        *,
        is_draft: bool,
    ) -> Iterable[tuple[str, Sequence[Person], Callable[[Person], Tally], Callable[..., Compared]]]:
        """What is measured, of whom, how, and how it is compared."""
        before, prices = self._bought_before, self._prices
        yield ALLOWED, known, lambda each: Tally.share(each.allows_offers, 1), shares
        yield OFFERED, allowing, lambda each: Tally.share(each.customer_id in got, 1), shares
        buyers = [each for each in allowing if each.customer_id in before]
        yield BUYERS, buyers, lambda each: Tally.share(each.customer_id in got, 1), shares
        if is_draft:
            return
        yield OFTEN, allowing, lambda each: Tally.of([len(counted.get(each.customer_id, ()))]), means
        offered = [each for each in allowing if each.customer_id in counted]
        yield PERCENT, offered, lambda each: Tally.of([_mean_percent(counted[each.customer_id])]), means
        priced = [each for each in offered if _worth(counted[each.customer_id], prices) is not None]
        yield MONEY, priced, lambda each: Tally.of([_worth(counted[each.customer_id], prices) or 0.0]), means

    @cached_property
    def _by_customer(self) -> dict[int, list[Offer]]:
        found: dict[int, list[Offer]] = defaultdict(list)
        for each in self.offers:
            found[each.customer_id].append(each)
        return dict(found)

    @cached_property
    def _bought_before(self) -> set[int]:
        """Who bought in as much time before the first of these offers: what an offer moved does not count."""
        since = self.since - timedelta(weeks=self.weeks)
        wanted = select(Interaction.customer_id).where(
            Interaction.kind == Kind.PURCHASE, Interaction.at >= since, Interaction.at < self.since
        )
        return set(self.session.exec(wanted.distinct()))

    @cached_property
    def _prices(self) -> dict[int, int]:
        shown = {product for each in self.offers for product in each.products}
        rows = self.session.exec(select(Product.id, Product.price_minor, Product.currency)).all() if shown else ()
        currency = insights.currency(self.session) or self.shop.currency
        return {product: price for product, price, paid in rows if price is not None and paid == currency}

    def _quality(self, grouping: Grouping) -> dict[str, Compared]:
        """What the run measured."""
        told = found_by_run(self.session).get("quality", {}).get(grouping, {})
        measured: dict[str, Compared] = {}
        for name, compared in ((HIT, shares), (NDCG, means)):
            tallies: dict[str, Tally] = defaultdict(Tally)
            for group, each in told.items():
                tallies[self._own(grouping) if group == SHOPS_OWN else group] += Tally(*each[name])
            of = {group: each.n for group, each in tallies.items()}
            measured[name] = compared(_together(grouped(tallies, of)), self.limit)
        return measured

    def _own(self, grouping: Grouping) -> str:
        """What those have who have chosen nothing else."""
        return self.shop.language if grouping is Grouping.LANGUAGE else str(self.shop.zone)


def found_by_run(session: Session) -> dict[str, Any]:
    """What the current run says of fairness; empty before the first that does."""
    run = insights.current_run(session)
    kept = session.get(RunState, (run.id, FAIRNESS)) if run is not None else None
    return json.loads(kept.content) if kept is not None else {}


def _together(parts: Grouped) -> dict[str, Tally]:
    return {**parts.named, **({OTHERS: parts.others} if parts.others.n else {})}


def _mean_percent(offers: Sequence[Offer]) -> float:
    return sum(each.percent for each in offers) / len(offers)


def _worth(offers: Sequence[Offer], prices: Mapping[int, int]) -> float | None:
    """What the discounts took off the goods shown, on average of the offers whose goods have a price."""
    told = []
    for each in offers:
        priced = [prices[product] for product in each.products if product in prices]
        if priced:
            told.append(each.percent / 100 * sum(priced) / len(priced))
    return sum(told) / len(told) if told else None
