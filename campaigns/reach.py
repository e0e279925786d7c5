"""How many can be reached, over how many days, and what it costs. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    if limit is None:
        return [timedelta()] * n
    if limit < 1:
        raise ValueError("a channel that takes nobody reaches nobody")
    return [DAY * ((used + place) // limit) for place in range(n)]


def outlook(waits_of: Mapping[str, Sequence[timedelta]], prices: Mapping[str, Decimal]) -> Reach:
    """What comes of messages that wait so long, by channel, at these prices."""
    days = [wait // DAY for each in waits_of.values() for wait in each]
    counted = tuple(days.count(day) for day in range(max(days, default=-1) + 1))
    unpriced = tuple(sorted(name for name, each in waits_of.items() if each and name not in prices))
    known = sum((prices[name] * len(each) for name, each in waits_of.items() if name in prices), Decimal())
    return Reach(counted, None if unpriced else known, unpriced)
