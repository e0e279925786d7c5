"""How many can be reached, over how many days, and what it costs. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Reach:
    """``days`` counts the messages of each day from the start on, whatever the channel, as the daily limits allow.

    ``cost`` is in the shop's currency; None where the price of a channel in use is unknown: ``unpriced`` names them.
    """

    days: tuple[int, ...]
    cost: Decimal | None
    unpriced: tuple[str, ...] = ()


def waits(n: int, limit: int | None, used: int = 0) -> list[timedelta]:
    """How long each of ``n`` messages waits where a channel takes ``limit`` people in 24 hours.

    ``used`` places, of today and then of the days after, are taken by others. Raises ValueError for a limit below 1.
    """
    return [DAY * wait(place, limit, used) for place in range(n)]


def wait(place: int, limit: int | None, used: int = 0) -> int:
    """How many days the one who comes at this place waits, counted from nothing; as ``waits`` for all."""
    if limit is None:
        return 0
    if limit < 1:
        raise ValueError("a channel that takes nobody reaches nobody")
    return (used + place) // limit


def outlook(waits_of: Mapping[str, Counter[int]], prices: Mapping[str, Decimal]) -> Reach:
    """What comes of messages at these prices, of which each channel has so many that wait so many days."""
    days = sum(waits_of.values(), Counter[int]())
    counted = tuple(days[day] for day in range(max(days, default=-1) + 1))
    sums = {name: each.total() for name, each in waits_of.items() if each}
    unpriced = tuple(sorted(name for name in sums if name not in prices))
    known = sum((prices[name] * n for name, n in sums.items() if name in prices), Decimal())
    return Reach(counted, None if unpriced else known, unpriced)
