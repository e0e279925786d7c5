"""Who shops alike, whether their names stayed with them, and who moved since the run before."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from sqlalchemy import select
from sqlmodel import Session, col

from campaigns import insights
from campaigns.insights import DRIFT
from campaigns.mining.findings import Findings, finite
from campaigns.mining.parameters import Parameters
from campaigns.tables import Membership, Segment
from engine.errors import TooLittleData
from engine.features import features
from engine.frames import Interactions, Products
from engine.segments import naming, quintiles
from engine.segments.assignment import Assignment
from engine.segments.carrying import Drift, Earlier, drift
from engine.segments.segmentation import Segmentation, describe
from engine.segments.validity import Held, held_out, missed, overall, standard_error

ASSIGNMENT = "assignment"
"""Under this name a run keeps what places one customer; see ``assignment``."""


def find_segments(
    findings: Findings,
    profiled: Interactions,
    products: Products,
    now: int,
    parameters: Parameters,
    earlier: Earlier | None = None,
) -> None:
    """The segments of those who may be described; ``earlier`` the segments of the run in use."""
    told = features(profiled, products, now)
    held = _held(profiled, products, now, parameters.seed)
    segmentation = Segmentation(seed=parameters.seed).fit(told, held, earlier)
    findings.segments = describe(segmentation, told)
    learned = segmentation.assignment_.judging(products)
    findings.state[ASSIGNMENT] = json.dumps(learned.plain(), separators=(",", ":")).encode()
    if earlier is not None:
        moved = drift(earlier, told.customer, segmentation.labels_, segmentation.keys_)
        findings.state[DRIFT] = json.dumps(_plain(moved)).encode()
    findings.quality["segments"] = {
        "found": len(findings.segments),
        "micro": sum(len(each.within) for each in findings.segments),
        "customers": len(told),
        "least_customers": segmentation.least_customers,
        **_judged(segmentation, held),
        "candidates": [each.plain() for each in segmentation.candidates_],
    }


def assignment(content: bytes) -> Assignment:
    """What a run has stored under ASSIGNMENT, to place one customer with."""
    return Assignment.read(json.loads(content))


def earlier(session: Session) -> Earlier | None:
    """Who is in which segment today; None before the first run."""
    run = insights.current_run(session)
    if run is None:
        return None
    found = session.connection().execute(
        select(col(Segment.id), col(Segment.key)).where(
            col(Segment.run_id) == run.id, col(Segment.within_id).is_(None)
        )
    )
    keys = dict(found.all())
    rows = session.connection().execute(
        select(col(Membership.customer_id), col(Membership.segment_id))
        .where(col(Membership.run_id) == run.id)
        .order_by(col(Membership.customer_id))
    )
    customer, segment = np.array(rows.all(), dtype=np.int64).reshape(-1, 2).T
    numbers = np.array(sorted(keys), dtype=np.int64)
    return Earlier(customer, np.searchsorted(numbers, segment), tuple(keys[each] for each in numbers.tolist()))


def told(reason: naming.Reason) -> dict[str, Any]:
    """A reason as a row keeps it."""
    return {
        "feature": reason.feature,
        "segment": float(reason.segment_median),
        "everyone": float(reason.everyone_median),
        "direction": reason.direction,
    }


def _held(profiled: Interactions, products: Products, now: int, seed: int) -> Held | None:
    try:
        return held_out(profiled, products, now, seed)
    except TooLittleData:
        return None


def _judged(segmentation: Segmentation, held: Held | None) -> dict[str, Any]:
    """What the segments were chosen by, and how much of later behaviour they foretell beside RFM quintiles."""
    told: dict[str, Any] = {
        "method": segmentation.method_,
        "view": segmentation.view_,
        "silhouette": finite(segmentation.silhouette_),
        "stability": finite(segmentation.stability_),
    }
    best = segmentation.best_
    if best is None:
        return told
    told["davies_bouldin"] = finite(best.candidate.davies_bouldin)
    if held is None or best.misses is None:
        return told
    return told | {
        "held_out": finite(overall(best.misses)),
        "held_out_se": finite(standard_error(best.misses)),
        "n": len(held.before),
        "rfm_held_out": finite(overall(missed(held, quintiles.scores))),
    }


def _plain(drift: Drift) -> dict[str, Any]:
    """As a run keeps it; campaigns/looking/moves.py reads it."""
    return {
        "known": drift.n,
        "stayed": drift.stayed,
        "moved": [vars(each) for each in drift.moved],
        "renamed": [vars(each) for each in drift.renamed],
    }
