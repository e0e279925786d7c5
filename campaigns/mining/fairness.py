"""How good recommendations are by group, and which features give a group away: counted in the run, read by /audit."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from sqlmodel import Session

from campaigns import wall_clocks
from campaigns.looking.audit import FAIRNESS, HIT, NDCG, WEEKS, offers, sent_since, steps_of
from campaigns.looking.belonging import Grouping, of_everybody
from campaigns.looking.bubbles import bubbles
from campaigns.mining.findings import Findings
from campaigns.mining.parameters import Parameters
from engine.errors import TooLittleData
from engine.fairness.figures import Tally
from engine.fairness.proxies import stand_ins
from engine.features import PLATFORM_SHARE_PREFIX, Features, features
from engine.frames import NONE, IntColumn, Interactions, Kind, Products
from engine.shelf import codes, rows_of

FloatColumn = NDArray[np.float64]
Groups = Mapping[Grouping, Mapping[int, str]]
MOST_CATEGORIES: Final = 12
"""The commonest kinds of goods, each as a feature."""
HOURS_TOGETHER: Final = 4
DIGITS: Final = 4
ITS_OWN: Final = {Grouping.PLATFORM: (PLATFORM_SHARE_PREFIX, "platform")}
"""What a grouping is made of, by how its features begin, stands in for it by itself."""


def groups(session: Session) -> Groups:
    """Who is in which group, as the ledger knows it; where they buy is in the interactions."""
    return of_everybody(session)


def how_wide(session: Session, refusing: Collection[int], now: datetime, zone: str) -> dict[str, Any]:
    """From how many kinds of goods customers were offered something in the last weeks; of who refuses nothing."""
    which = sent_since(now - timedelta(weeks=WEEKS))
    sent = offers(session, which, steps_of(session, which))
    who = {each.customer_id for each in sent} - set(refusing)
    return bubbles(session, sent, who, now, ZoneInfo(zone)).as_json()


def find_fairness(
    findings: Findings,
    known: Groups,
    profiled: Interactions,
    products: Products,
    until: int,
    zones: Mapping[int, str],
    parameters: Parameters,
) -> None:
    """Keeps under FAIRNESS, for every grouping, tallies of what was tried and the features that tell the group."""
    told = features(profiled, products, until)
    belongs = {**known, Grouping.PLATFORM: _platforms(told)}
    by_name = _features(findings, told, profiled, products, zones, parameters)
    found: list[dict[str, Any]] = []
    for grouping, of in belongs.items():
        group = _coded(told.customer, of)
        own = ITS_OWN.get(grouping, ())
        others = {name: each for name, each in by_name.items() if not own or not name.startswith(own)}
        others |= {other.value: _coded(told.customer, belongs[other]) for other in belongs if other is not grouping}
        try:
            told_by = stand_ins(group, others, seed=parameters.seed)
        except TooLittleData:
            continue
        found += [
            {"grouping": grouping.value, **_plain(asdict(each)), "is_strong": each.is_strong} for each in told_by
        ]
    found.sort(key=lambda each: (-each["strength"], each["grouping"], each["feature"]))
    content = {"quality": _quality(findings, belongs), "proxies": found}
    findings.state[FAIRNESS] = json.dumps(content, separators=(",", ":")).encode()
    strong = [each for each in found if each["is_strong"]]
    findings.quality[FAIRNESS] = {"n": len(told), "looked_at": len(found), "strong": len(strong)}


def _features(
    findings: Findings,
    told: Features,
    profiled: Interactions,
    products: Products,
    zones: Mapping[int, str],
    parameters: Parameters,
) -> dict[str, FloatColumn | IntColumn]:
    """Everything customers are chosen by: habits, segment, kinds of goods, places and hours."""
    found: dict[str, FloatColumn | IntColumn] = {
        f"platform:{name.removeprefix(PLATFORM_SHARE_PREFIX)}" if name.startswith(PLATFORM_SHARE_PREFIX) else name:
            told.column(name)
        for name in told.names
    }  # fmt: skip
    segment = {who: each.key for each in findings.segments for who in each.members.tolist()}
    if segment:
        found["segment"] = _coded(told.customer, segment)
    found |= _categories(told.customer, profiled, products)
    found["hour"] = _hours(told.customer, profiled, zones, parameters)
    return found


def _categories(customer: IntColumn, profiled: Interactions, products: Products) -> dict[str, FloatColumn]:
    """The share of each customer's lines that is of each of the commonest kinds of goods."""
    bought = profiled.of_kind(Kind.PURCHASE)
    row = rows_of(bought.product, products)
    kind = np.where(row >= 0, codes(products.category)[row], NONE) if len(products) else np.full(len(row), NONE)
    who = np.searchsorted(customer, bought.customer)
    is_told = (kind != NONE) & np.isin(bought.customer, customer)
    who, kind = who[is_told], kind[is_told]
    lines = np.bincount(who, minlength=len(customer))
    names = {code: products.category[place] for place, code in enumerate(codes(products.category).tolist())}
    commonest = np.argsort(-np.bincount(kind, minlength=1), kind="stable")[:MOST_CATEGORIES].tolist()
    with np.errstate(invalid="ignore"):
        return {
            f"category:{names[code]}": np.bincount(who[kind == code], minlength=len(customer)) / lines
            for code in commonest
            if names.get(code)
        }


def _hours(
    customer: IntColumn, profiled: Interactions, zones: Mapping[int, str], parameters: Parameters
) -> IntColumn:
    """In which part of their day each bought most often, of six; NONE where no hour is known."""
    bought = profiled.of_kind(Kind.PURCHASE)
    hour = wall_clocks.hours(bought, zones, parameters.zone)
    is_told = (hour != NONE) & np.isin(bought.customer, customer)
    who, part = np.searchsorted(customer, bought.customer[is_told]), hour[is_told] % 24 // HOURS_TOGETHER
    parts = 24 // HOURS_TOGETHER
    counts = np.bincount(who * parts + part, minlength=len(customer) * parts).reshape(-1, parts)
    return np.where(counts.sum(axis=1) > 0, counts.argmax(axis=1), NONE)


def _platforms(told: Features) -> dict[int, str]:
    """Where each buys most often."""
    names = [name for name in told.names if name.startswith(PLATFORM_SHARE_PREFIX)]
    if not names:
        return {}
    shares = np.nan_to_num(np.column_stack([told.column(name) for name in names]))
    most = shares.argmax(axis=1)
    return {
        who: names[place].removeprefix(PLATFORM_SHARE_PREFIX)
        for who, place, share in zip(told.customer.tolist(), most.tolist(), shares.max(axis=1).tolist(), strict=True)
        if share > 0
    }


def _coded(customer: IntColumn, of: Mapping[int, str]) -> IntColumn:
    """The group of each customer as a number, NONE where it is not known."""
    names = {name: place for place, name in enumerate(sorted(set(of.values())))}
    return np.array([names[of[who]] if who in of else NONE for who in customer.tolist()], dtype=np.int64)


def _quality(findings: Findings, belongs: Groups) -> dict[str, dict[str, dict[str, list[float]]]]:
    """By grouping and group: n, sum and sum of squares of what the rehearsal measured."""
    tried = findings.tried
    if tried is None:
        return {}
    told: dict[str, dict[str, dict[str, list[float]]]] = {}
    for grouping, of in belongs.items():
        rows: dict[str, list[int]] = defaultdict(list)
        for row, who in enumerate(tried.customer.tolist()):
            if who in of:
                rows[of[who]].append(row)
        told[grouping.value] = {
            name: {
                HIT: _tally(tried.is_hit[places].astype(np.float64)),
                NDCG: _tally(tried.ndcg[places]),
            }
            for name, places in rows.items()
        }
    return told


def _tally(values: FloatColumn) -> list[float]:
    found = Tally.of(values.tolist())
    return [found.n, round(found.total, DIGITS), round(found.squares, DIGITS)]


def _plain(told: Mapping[str, Any]) -> dict[str, Any]:
    return {name: round(each, DIGITS) if isinstance(each, float) else each for name, each in told.items()}
