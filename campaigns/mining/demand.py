"""What the engine expects of each product, kept with the run for those who answer people: see looking/demand.py."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np

from campaigns.looking.demand import BEHIND, DEMAND
from campaigns.mining.findings import Findings, finite
from campaigns.mining.parameters import Parameters
from engine.demand.expecting import LEVEL, Demand, expect
from engine.demand.spread import LEVELS, Spread
from engine.demand.weeks import weekly
from engine.frames import Interactions, Products
from ledger import catalog
from ledger.columns import moment

DIGITS: Final = 4


def find_demand(
    findings: Findings,
    interactions: Interactions,
    products: Products,
    launched: Mapping[int, int],
    until: int,
    parameters: Parameters,
) -> None:
    """Keeps under DEMAND pieces a week of every product, with intervals. Raises TooLittleData."""
    offset = moment(until).astimezone(ZoneInfo(parameters.zone)).utcoffset() or timedelta()
    weeks = weekly(interactions, products, until, offset=round(offset / timedelta(microseconds=1)), launched=launched)
    categories = {
        int(product): catalog.folded(name) for product, name in zip(products.id, products.category, strict=True)
    }
    found = expect(weeks, categories, parameters.seed)
    findings.state[DEMAND] = json.dumps(_plain(found), separators=(",", ":")).encode()
    findings.quality[DEMAND] = _figures(found)


def _figures(found: Demand) -> dict[str, Any]:
    margin = found.choice.margin
    told = {name: _rounded(each) for name, each in asdict(margin).items()} if margin is not None else {}
    return {
        "method": found.choice.method,
        "weeks": found.weekly.weeks,
        "products": int(np.isfinite(found.rate).sum()),
        "covered": dict(zip(map(str, LEVELS), map(_rounded, found.covered), strict=False)),
        "covered_n": found.covered_n,
        **told,
        "beats": margin.beats if margin is not None else False,
    }


def _plain(found: Demand) -> dict[str, Any]:
    behind = found.weekly.units[:, -BEHIND:]
    unknown = np.isnan(found.weekly.pace[:, -BEHIND:])
    return {
        "end": moment(found.weekly.end).isoformat(),
        "one": _ratios(found.one),
        "many": _ratios(found.many),
        "products": {
            int(product): [
                _rounded(rate),
                int(known),
                int(borrowed),
                # A week of which nothing is known, though it may have sold something, is not a week without a sale.
                [
                    None if not_known and not sold else round(float(sold))
                    for sold, not_known in zip(*weeks, strict=True)
                ],
            ]
            for product, rate, known, borrowed, *weeks in zip(
                found.weekly.product, found.rate, found.known, found.borrowed, behind, unknown, strict=True
            )
            if math.isfinite(rate)
        },
    }


def _ratios(told: Spread | None) -> dict[str, Any] | None:
    if told is None:
        return None
    columns = {"edges": told.edges, "low": told.low[LEVEL], "high": told.high[LEVEL]}
    return {
        **{name: [_rounded(each) for each in column] for name, column in columns.items()},
        "idle": _rounded(told.idle[LEVEL]),
        "n": told.n,
    }


def _rounded(value: Any) -> Any:
    if not isinstance(value, float | np.floating):
        return value
    known = finite(float(value))
    return None if known is None else round(known, DIGITS)
