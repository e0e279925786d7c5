"""What the clock on each customer's wall showed when something happened. Loaded by those who mine only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import polars as pl

from engine.frames import MICROSECONDS_PER_DAY, NONE, IntColumn, Interactions

MICROSECONDS_PER_HOUR = MICROSECONDS_PER_DAY // 24


def hours(interactions: Interactions, zones: Mapping[int, str], shop: str) -> IntColumn:
    """Hours since the epoch by each customer's own clock, a row an interaction; NONE where nobody knows.

    ``zones`` maps customers to the names of their zones; all others live by the shop's. What happened at midnight
    sharp in the shop came in with a date and no time.
    """
    by_shop = _local(interactions.at, shop)
    found = by_shop // MICROSECONDS_PER_HOUR
    for name, customers in _away(zones, shop).items():
        rows = np.isin(interactions.customer, customers)
        found[rows] = _local(interactions.at[rows], name) // MICROSECONDS_PER_HOUR
    found[by_shop % MICROSECONDS_PER_DAY == 0] = NONE
    return found


def _away(zones: Mapping[int, str], shop: str) -> dict[str, list[int]]:
    """Who lives by which other clock; a zone that nobody knows is taken for the shop's."""
    away: dict[str, list[int]] = defaultdict(list)
    for customer, name in zones.items():
        if name != shop and _is_known(name):
            away[name].append(customer)
    return away


def _is_known(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _local(at: IntColumn, zone: str) -> IntColumn:
    """Microseconds since the epoch as the wall clock counts them."""
    clock = pl.Series(at).cast(pl.Datetime("us", "UTC")).dt.convert_time_zone(zone).dt.replace_time_zone(None)
    return clock.dt.epoch("us").to_numpy().astype(np.int64)
