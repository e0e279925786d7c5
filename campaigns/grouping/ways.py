"""The ways to divide all customers: by what they spend, where they are, what they answered; groups are conditions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from math import floor, log10

from sqlalchemy import select as sql_select
from sqlmodel import Session, col, func, select

from campaigns.grouping import matching
from campaigns.grouping.conditions import (
    Condition,
    Did,
    Doing,
    Not,
    Reached,
    Scored,
    Span,
    Spent,
    both,
    either,
)
from campaigns.grouping.matching import Asking
from campaigns.grouping.refusing import refusing
from ledger.tables import Address, Interaction, Kind, ShopFact

YEAR = Span(days=365)
LEAST_BUYERS = 20
"""With fewer who bought within the year, tiers would say more of single people than of groups."""
LEAST_ANSWERS = 5
"""A group of the survey with fewer answers is not shown: it would tell who said what."""
TIERS = (("value_high", 0.2), ("value_middle", 0.5))
"""Each down to that share of those who bought, the most spending first."""
LOW, NONE = "value_low", "value_none"
VALUES = (*(name for name, _ in TIERS), LOW, NONE)
LOYALTIES: Mapping[str, Scored] = {
    "loyalty_high": Scored(least=4.0),
    "loyalty_middle": Scored(least=3.0, most=3.999),
    "loyalty_low": Scored(most=2.999),
    "loyalty_none": Scored(),
}
CHAT, SHOP = "chat", "place"
"""How the key of a group by channel begins: who has a chat there, and who bought there within the year."""
TILL = "till"
TILLS = ("counter", "pos")
"""Where the till's own sales stand, and those that were imported from one."""
PROPER = {"whatsapp": "WhatsApp", "tiktok": "TikTok"}
"""Names that are not written as one would guess."""
FACT = "segmented_by"
"""The shop's fact that says which way was chosen."""


class Way(StrEnum):
    """How customers are divided."""

    BEHAVIOUR = "behaviour"
    """As the run finds them: the usual."""
    VALUE = "value"
    LOYALTY = "loyalty"
    CHANNEL = "channel"


@dataclass(frozen=True)
class Group:
    """One group: the key by which a campaign is for it, and what is asked of who is in it."""

    key: str
    condition: Condition


@dataclass(frozen=True)
class Tiers:
    """From how much on, in minor units, one is in the first and in the second; ``n`` bought within the year."""

    bounds: tuple[int, ...]
    n: int


def chosen(session: Session) -> Way:
    """Which way was chosen last."""
    fact = session.get(ShopFact, FACT)
    return Way(fact.value) if fact is not None and fact.value in set(Way) else Way.BEHAVIOUR


def choose(session: Session, way: Way) -> None:
    """From now on it is shown this way."""
    session.merge(ShopFact(key=FACT, value=way.value))


def tiers(asking: Asking) -> Tiers | None:
    """Where the tiers of value begin, in round sums; None where too few bought, or all spent alike."""
    paid = matching.paid(Spent(span=YEAR), asking)
    left_out = refusing(asking.session)
    sums = sorted((each for who, each in paid.items() if who not in left_out and each > 0), reverse=True)
    if len(sums) < LEAST_BUYERS:
        return None
    bounds = tuple(rounded(sums[int(len(sums) * share) - 1]) for _, share in TIERS)
    return Tiers(bounds, len(sums)) if bounds[0] > bounds[1] > 0 else None


def rounded(amount: int) -> int:
    """Down to two figures: 1,234,500 is 1,200,000."""
    step: int = 10 ** max(floor(log10(amount)) - 1, 0)
    return amount // step * step


def by_value(found: Tiers) -> list[Group]:
    """The tiers, and who bought nothing within the year."""
    high, middle = found.bounds
    bought = Did(Doing.BOUGHT, span=YEAR)
    at_least = [Spent(least=each, span=YEAR) for each in (high, middle)]
    return [
        Group("value_high", at_least[0]),
        Group("value_middle", both([at_least[1], Not(at_least[0])])),
        Group(LOW, both([bought, Not(at_least[1])])),
        Group(NONE, Not(bought)),
    ]


def by_loyalty(scores: Mapping[int, float]) -> list[Group]:
    """Those of the survey's groups that enough people are in, and who has not answered."""

    def n(scored: Scored) -> int:
        low, high = scored.least or 0.0, scored.most or 5.0
        return sum(low <= each <= high for each in scores.values())

    return [
        Group(key, scored) for key, scored in LOYALTIES.items() if key == "loyalty_none" or n(scored) >= LEAST_ANSWERS
    ]


def by_channel(session: Session, asking: Asking) -> list[Group]:
    """Who has a chat on each messenger, and who bought in each place within the year; one may be in several."""
    there = places(session, asking)
    chats = session.exec(select(Address.channel).distinct().order_by(Address.channel)).all()
    return [
        *(Group(f"{CHAT}:{each}", Reached(each)) for each in chats),
        *(Group(f"{SHOP}:{each}", bought_on(each)) for each in there if each not in TILLS),
        *([Group(TILL, AT_THE_TILL)] if set(there) & set(TILLS) else []),
    ]


def bought_on(place: str) -> Did:
    """Bought there within the year."""
    return Did(Doing.BOUGHT, span=YEAR, place=place)


AT_THE_TILL = either([bought_on(each) for each in TILLS])


def proper(place: str) -> str:
    """A channel's or marketplace's name as it is written."""
    return PROPER.get(place, place.capitalize())


def places(session: Session, asking: Asking) -> Sequence[str]:
    """Where anything was bought within the year, the busiest first."""
    since = asking.now - timedelta(days=YEAR.days or 0)
    wanted = sql_select(col(Interaction.platform)).where(
        col(Interaction.kind) == Kind.PURCHASE, col(Interaction.at) >= since
    )
    wanted = wanted.group_by(col(Interaction.platform)).order_by(func.count().desc(), col(Interaction.platform))
    return list(session.connection().execute(wanted).scalars())


def condition(key: str, asking: Asking) -> Condition | None:
    """What is asked of who is in the group of that key; None where there is none now."""
    kind, _, place = key.partition(":")
    if kind == CHAT:
        return Reached(place)
    if kind == SHOP:
        return bought_on(place)
    if key == TILL:
        return AT_THE_TILL
    groups: Iterable[Group] = ()
    if key in VALUES:
        found = tiers(asking)
        groups = by_value(found) if found is not None else ()
    elif key in LOYALTIES:
        groups = by_loyalty(asking.scores)
    return next((each.condition for each in groups if each.key == key), None)
