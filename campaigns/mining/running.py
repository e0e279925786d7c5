"""From the ledger through the engine to a run that readers follow.

columns of the ledger → features → segments ┐
                      → orders   → bundles  ├→ one MiningRun, written and switched to in one transaction
                      → tastes   → picks    │
                      → clocks   → hours    ┘

Only those who mine load the engine: people are answered from campaigns/insights.py.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime

import numpy as np
from sqlmodel import Session

from campaigns.mining.bundles import find_bundles, listed
from campaigns.mining.findings import Findings, Rule
from campaigns.mining.hours import find_hours
from campaigns.mining.parameters import USUAL, Parameters
from campaigns.mining.picks import find_recommendations
from campaigns.mining.reading import as_of, currency_of, fingerprint, frames, who_refuses_profiling, zones
from campaigns.mining.segments import find_segments
from campaigns.mining.writing import write
from campaigns.tables import MiningRun
from engine.bundles.itemsets import TooManyItemsets
from engine.bundles.proposals import Bundles
from engine.errors import TooLittleData
from engine.frames import NONE
from ledger.columns import microseconds, moment
from ledger.database import Database

Progress = Callable[[str], None]


class NothingToMine(ValueError):
    """There is too little history for what was asked; the sentence says how much is needed."""


def mine(
    database: Database,
    now: Callable[[], datetime],
    parameters: Parameters = USUAL,
    progress: Progress = lambda _step: None,
) -> MiningRun:
    """Run the engine over everything the ledger holds and switch readers to what it finds.

    The ledger is read first and written last; nothing is locked while the engine thinks. Raises NothingToMine.
    """
    started_at = now()
    progress("reading")
    with database.reading() as session:
        interactions, products = frames(session)
        refusing = who_refuses_profiling(session)
        currency, clocks = currency_of(session), zones(session)
    until = as_of(interactions, microseconds(started_at))
    findings = Findings(quality={"as_of": moment(until).isoformat(), "currency": currency})
    profiled = interactions.where((interactions.customer != NONE) & ~np.isin(interactions.customer, refusing))
    try:
        progress("segments")
        find_segments(findings, profiled, products, until, parameters)
        progress("bundles")
        find_bundles(findings, interactions, products, parameters)
        progress("recommendations")
        find_recommendations(findings, interactions, profiled, products, until, parameters)
        progress("hours")
        find_hours(findings, profiled, clocks, parameters)
    except (TooLittleData, TooManyItemsets) as fault:
        raise NothingToMine(f"not enough to go by yet: {fault}") from fault
    progress("writing")
    with database.transaction() as session:
        run = MiningRun(
            started_at=started_at,
            ready_at=now(),
            parameters=asdict(parameters),
            data_fingerprint=fingerprint(interactions),
            quality=findings.quality,
        )
        write(session, run, findings)
    return run


def find_rules(session: Session, min_support: float, min_confidence: float) -> list[Rule]:
    """The rules at another support than the run's, found now. Raises NothingToMine."""
    interactions, _ = frames(session)
    try:
        mined = Bundles(min_support, min_confidence, max_length=None).fit(interactions)
    except (TooLittleData, TooManyItemsets, ValueError) as fault:
        raise NothingToMine(str(fault)) from fault
    return listed(mined.rules_)
