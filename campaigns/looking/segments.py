"""The segments as they are and as they were at the run before, and what is typical of one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Any

from sqlalchemy import select as sql_select
from sqlmodel import Session, col, select

from campaigns import insights
from campaigns.choosing import audiences
from campaigns.choosing.audiences import Candidate
from campaigns.shop import Shop
from campaigns.tables import Membership, MiningRun, Segment
from ledger import consent, returned
from ledger.tables import Address, Interaction, Kind, Product

MOST_BOUGHT = 3
IDS_AT_ONCE = 5_000


@dataclass(frozen=True)
class Seen:
    """``change`` is in people since the run before; None where the segment was not there, or no run was.

    ``within`` are the smaller segments in it, if it has any.
    """

    segment: Segment
    change: int | None
    is_new: bool
    within: Sequence[Segment] = ()


@dataclass(frozen=True)
class Trend:
    """``gone`` are those of the run before that are no more, with how many they had been."""

    segments: Sequence[Seen]
    gone: Sequence[tuple[str, int]]
    mined_at: datetime | None
    before_at: datetime | None

    @property
    def n(self) -> int:
        return sum(each.segment.size for each in self.segments)


@dataclass(frozen=True)
class Portrait:
    """What is typical of a segment; medians over ``n`` people, ``buyers`` of whom ever bought.

    ``reached`` allow offers and can be written to where the shop is served; of those ``personal`` also allow the use
    of their history, without which nobody is chosen by segment.
    """

    segment: Segment
    n: int
    buyers: int
    days_since: int | None
    spent_minor: int | None
    currency: str
    bought: Sequence[tuple[str, int]]
    """Products, and how many of the buyers ever bought each; ``categories`` likewise."""
    categories: Sequence[tuple[str, int]]
    reached: int
    personal: int

    def as_json(self) -> dict[str, Any]:
        figures = ("n", "buyers", "days_since", "spent_minor", "currency", "reached", "personal")
        bought = [{"product": name, "buyers": n} for name, n in self.bought]
        categories = [{"category": name, "buyers": n} for name, n in self.categories]
        told = {name: getattr(self, name) for name in figures}
        return {"key": self.segment.key, **told, "bought": bought, "categories": categories}


def trend(session: Session) -> Trend:
    """The segments of the current run, the largest first, beside those of the run before."""
    run = insights.current_run(session)
    before = _run_before(session, run)
    sizes = _sizes(session, before)
    found, inner = insights.segments(session), insights.micro_segments(session)
    return Trend(
        segments=[
            Seen(
                each,
                each.size - sizes[each.key] if each.key in sizes else None,
                bool(sizes) and each.key not in sizes,
                [smaller for smaller in inner if smaller.within_id == each.id],
            )
            for each in found
        ],
        gone=[(key, size) for key, size in sizes.items() if key not in {each.key for each in found}],
        mined_at=run.ready_at if run else None,
        before_at=before.ready_at if before and sizes else None,
    )


def portrait(
    session: Session,
    segment: Segment,
    channels: Collection[str],
    shop: Shop,
    now: datetime,
    most_bought: int = MOST_BOUGHT,
) -> Portrait:
    """What is typical of those of ``segment`` who did not since refuse the use of their history."""
    members = select(Membership.customer_id).where(audiences.is_in(segment))
    people = sorted(set(session.exec(members)) - refusing(session))
    last, spent, bought = _history(session, people, currency := insights.currency(session) or shop.currency)
    reached = reachable(audiences.candidates(session, segment.key, channels, shop, now))
    return Portrait(
        segment=segment,
        n=len(people),
        buyers=len(last),
        days_since=round(median((now - at).days for at in last.values())) if last else None,
        spent_minor=round(median(spent.values())) if spent else None,
        currency=currency,
        bought=_named(session, Counter(sorted(product for _, product in bought)).most_common(most_bought)),
        categories=_by_category(session, bought).most_common(most_bought),
        reached=len(reached),
        personal=sum(each.allows_profiling for each in reached),
    )


def reachable(people: Collection[Candidate]) -> list[Candidate]:
    """Those who allow offers where the shop can write to them; when, and how often, is the gate's to say."""
    return [
        each
        for each in people
        if each.facts.allows_offers and each.facts.channel_is_served and each.facts.is_reachable
    ]


def refusing(session: Session) -> set[int]:
    """Who said no to the use of their history, on whatever channel."""
    channels = session.exec(select(Address.channel).distinct()).all()
    standings = (consent.standings(session, channel) for channel in channels)
    return {person for each in standings for person, today in each.items() if today.profiling is False}


def _run_before(session: Session, run: MiningRun | None) -> MiningRun | None:
    if run is None:
        return None
    earlier = select(MiningRun).where(col(MiningRun.ready_at).is_not(None), col(MiningRun.id) < run.id)
    return session.exec(earlier.order_by(col(MiningRun.id).desc()).limit(1)).first()


def _sizes(session: Session, run: MiningRun | None) -> dict[str, int]:
    if run is None:
        return {}
    wanted = select(Segment.key, Segment.size).where(Segment.run_id == run.id)
    return dict(session.exec(wanted.order_by(col(Segment.size).desc(), col(Segment.key))).all())


def _history(
    session: Session, people: Sequence[int], currency: str
) -> tuple[dict[int, datetime], dict[int, int], set[tuple[int, int]]]:
    """Of each the last purchase and what they paid in ``currency``; and who bought which product."""
    last: dict[int, datetime] = {}
    spent: Counter[int] = Counter()
    bought: set[tuple[int, int]] = set()
    for start in range(0, len(people), IDS_AT_ONCE):
        some = col(Interaction.customer_id).in_(people[start : start + IDS_AT_ONCE])
        lines = sql_select(
            col(Interaction.customer_id),
            col(Interaction.at),
            col(Interaction.amount_minor),
            col(Interaction.currency),
            col(Interaction.product_id),
        ).where(some)
        kept = lines.where(col(Interaction.kind) == Kind.PURCHASE, returned.is_kept())
        for person, at, amount, unit, product in session.connection().execute(kept):
            last[person] = max(at, last.get(person, at))
            spent[person] += (amount or 0) if unit == currency else 0
            if product is not None:
                bought.add((person, product))
        for person, _, amount, unit, _ in session.connection().execute(lines.where(returned.came_back_of_kept())):
            spent[person] -= (amount or 0) if unit == currency else 0
    return last, dict(spent), bought


def _by_category(session: Session, bought: set[tuple[int, int]]) -> Counter[str]:
    """How many people bought of each category, however many of its products."""
    named = dict(session.exec(select(Product.id, Product.category).where(Product.category != "")).all())
    return Counter(
        category for _, category in {(person, named.get(product, "")) for person, product in bought} if category
    )


def _named(session: Session, counted: Sequence[tuple[int, int]]) -> list[tuple[str, int]]:
    wanted = [product for product, _ in counted]
    named = {
        each.id: each.name or each.sku for each in session.exec(select(Product).where(col(Product.id).in_(wanted)))
    }
    return [(named[product], n) for product, n in counted if product in named]
