"""The groups of one way to divide, with their n: for chat, pages and the command line alike."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from campaigns.grouping import counting, matching, members, ways
from campaigns.grouping.conditions import Spent, leaves
from campaigns.grouping.counting import Counted
from campaigns.grouping.matching import Asking
from campaigns.grouping.refusing import refusing
from campaigns.grouping.ways import Group, Way
from campaigns.shop import Shop


@dataclass(frozen=True)
class Row:
    """``bought`` are products with how many of the group bought each lately; ``money`` its share of the year's."""

    key: str
    counted: Counted
    bought: Sequence[tuple[str, int]] = ()
    money: float | None = None

    def as_json(self) -> dict[str, Any]:
        bought = [{"product": name, "n": n} for name, n in self.bought]
        return {"key": self.key, **self.counted.as_json(), "bought": bought, "share_of_money": self.money}


@dataclass(frozen=True)
class Divided:
    """``of`` customers there are; ``buyers`` is by how many the tiers of value go, or how many answered the survey.
    ``bounds`` are where the tiers begin, in minor units."""

    way: Way
    rows: Sequence[Row]
    of: int
    buyers: int = 0
    bounds: Sequence[int] = ()
    refusing: int = 0

    def as_json(self) -> dict[str, Any]:
        return {
            "by": self.way.value, "of": self.of, "n": self.buyers, "bounds_minor": list(self.bounds),
            "refusing": self.refusing, "groups": [each.as_json() for each in self.rows],
        }  # fmt: skip


def rows_of(session: Session, way: Way, channels: Collection[str], shop: Shop, now: datetime) -> Divided:
    """Counted now. Groups that nobody is in are left out; of a way that cannot be told yet there are none."""
    asking = members.asked(session, shop, now)
    everyone = counting.everybody(session)
    tiers = ways.tiers(asking) if way is Way.VALUE else None
    groups = _groups(session, way, asking, tiers)
    money = _money(asking, groups) if tiers is not None else {}
    rows = [_row(session, each, channels, shop, now, everyone, money.get(each.key)) for each in groups]
    return Divided(
        way=way,
        rows=[each for each in rows if each.counted.n],
        of=everyone,
        buyers=len(asking.scores) if way is Way.LOYALTY else tiers.n if tiers is not None else 0,
        bounds=tiers.bounds if tiers is not None else (),
        refusing=max((each.counted.refusing for each in rows), default=0),
    )


def _groups(session: Session, way: Way, asking: Asking, tiers: ways.Tiers | None) -> Sequence[Group]:
    if way is Way.VALUE:
        return ways.by_value(tiers) if tiers is not None else ()
    if way is Way.LOYALTY:
        return ways.by_loyalty(asking.scores) if len(asking.scores) >= ways.LEAST_ANSWERS else ()
    return ways.by_channel(session, asking) if way is Way.CHANNEL else ()


def _row(
    session: Session, group: Group, channels: Collection[str], shop: Shop, now: datetime, of: int, money: float | None
) -> Row:
    counted = counting.count(session, group.condition, channels, shop, now, of)
    is_told = counted.n >= counting.LEAST_PEOPLE
    bought = counting.bought_by(session, group.condition, shop, now) if is_told else []
    return Row(group.key, counted, bought, money)


def _money(asking: Asking, groups: Sequence[Group]) -> dict[str, float]:
    """Of what was paid within the year, the share of each tier."""
    left_out = refusing(asking.session)
    paid = {who: each for who, each in matching.paid(Spent(span=ways.YEAR), asking).items() if who not in left_out}
    total = sum(paid.values())
    high, middle = (next(_least(each) for each in groups if each.key == key) for key, _ in ways.TIERS)
    sums = {
        "value_high": sum(each for each in paid.values() if each >= high),
        "value_middle": sum(each for each in paid.values() if middle <= each < high),
        "value_low": sum(each for each in paid.values() if each < middle),
    }
    return {key: each / total for key, each in sums.items()} if total > 0 else {}


def _least(group: Group) -> int:
    return next(each.least or 0 for each in leaves(group.condition) if isinstance(each, Spent))
