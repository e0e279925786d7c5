"""Days without a single sale on which this shop usually has one: an export that lacks them, or a holiday.

A shop closed on Sundays is not silent on Sundays: for each weekday it is counted on what share of them there were
sales, and a stretch of empty days is silent where, by those shares, such a stretch would hardly come by chance.
"""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from ledger.soundness.findings import Check, Finding

LEAST_DAYS = 28
"""Four of each weekday: in a shorter history nothing is usual yet."""
CHANCE = 0.01
"""How often at most one such stretch would be found in a whole history in which nothing is wrong."""
MOST_TOLD = 5


def silent(bought: pl.DataFrame, zone: str, until: date | None = None) -> list[Finding]:
    """Silent stretches by the shop's calendar, the longest first; with ``until`` also since the last sale."""
    days = bought.select(pl.col("at").dt.convert_time_zone(zone).dt.date()).to_series().drop_nulls().unique().sort()
    if days.is_empty():
        return []
    first, last = days[0], days[-1] if until is None else max(days[-1], until)
    span = (last - first).days + 1
    if span < LEAST_DAYS:
        return []
    open_days = set(days)
    usual = _usual(first, days[-1], open_days)
    stretches = [each for each in _stretches(first, last, open_days) if _chance(each, usual) * span < CHANCE]
    stretches.sort(key=lambda each: (each[0] - each[1], each[0]))
    return [
        Finding(
            Check.GAP,
            (end - begin).days + 1,
            span,
            {"first": begin.isoformat(), "last": end.isoformat(), "usually": round(_expected((begin, end), usual))},
        )
        for begin, end in stretches[:MOST_TOLD]
    ]


def _usual(first: date, last: date, open_days: set[date]) -> list[float]:
    """On what share of each weekday there were sales; never quite always (Laplace's rule)."""
    seen, sold = [0] * 7, [0] * 7
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        seen[day.weekday()] += 1
        sold[day.weekday()] += day in open_days
    # A weekday on which nothing was ever sold says nothing.
    return [(n + 1) / (of + 2) if n else 0.0 for n, of in zip(sold, seen, strict=True)]


def _stretches(first: date, last: date, open_days: set[date]) -> list[tuple[date, date]]:
    found: list[tuple[date, date]] = []
    begin = None
    for number in range((last - first).days + 2):
        day = first + timedelta(days=number)
        if day in open_days or day > last:
            if begin is not None:
                found.append((begin, day - timedelta(days=1)))
            begin = None
        elif begin is None:
            begin = day
    return found


def _shares(stretch: tuple[date, date], usual: list[float]) -> list[float]:
    begin, end = stretch
    return [usual[(begin + timedelta(days=number)).weekday()] for number in range((end - begin).days + 1)]


def _chance(stretch: tuple[date, date], usual: list[float]) -> float:
    chance = 1.0
    for share in _shares(stretch, usual):
        chance *= 1 - share
    return chance


def _expected(stretch: tuple[date, date], usual: list[float]) -> float:
    return sum(_shares(stretch, usual))
