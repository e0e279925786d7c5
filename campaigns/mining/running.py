"""From the ledger through the engine to a run that readers follow.

columns of the ledger → features → segments ┐
                      → orders   → bundles  ├→ one MiningRun, written in blocks, compared with the run in use,
                      → tastes   → picks    │  and switched to in one transaction, or held back
                      → clocks   → hours    │
                      → visits   → futures  │
                      → trials   → uplifts  │
                      → weeks    → demand   ┘

Only those who mine load the engine: people are answered from campaigns/insights.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import partial
from typing import Any

import numpy as np
from sqlmodel import Session

from campaigns import insights
from campaigns.held_out import NOT_YET
from campaigns.mining import comparing, reading
from campaigns.mining.bundles import find_bundles, listed
from campaigns.mining.comparing import Because, Verdict
from campaigns.mining.demand import find_demand
from campaigns.mining.fairness import find_fairness
from campaigns.mining.findings import Findings, Rule
from campaigns.mining.hours import find_hours
from campaigns.mining.keeping import Keeper, Watch, keeping
from campaigns.mining.lifetimes import find_lifetimes
from campaigns.mining.parameters import USUAL, Parameters
from campaigns.mining.paths import find_paths
from campaigns.mining.picks import find_recommendations
from campaigns.mining.reading import Ledger, fingerprint, frames
from campaigns.mining.segments import find_segments
from campaigns.mining.surveys import find_surveys
from campaigns.mining.uplifts import find_uplifts
from campaigns.mining.writing import Writer, outlived, spare_the_gone, sweep
from campaigns.runs import HELD, held
from campaigns.tables import MiningRun
from engine.bundles.itemsets import TooManyItemsets
from engine.bundles.proposals import Bundles
from engine.errors import TooLittleData
from engine.frames import NONE
from ledger import notices
from ledger.database import Database
from ledger.tables import Role

Progress = Callable[[str, float], None]
"""Told the step that begins, and how much of all is done by then, from 0 to 1."""
STEPS = {
    "reading": 0.0, "segments": 0.15, "bundles": 0.4, "recommendations": 0.5, "hours": 0.72, "lifetimes": 0.76,
    "uplift": 0.79, "writing": 0.8,
}  # fmt: skip
"""How much is done when a step begins, as it usually is."""


class NothingToMine(ValueError):
    """There is too little history for what was asked; the sentence says how much is needed."""


def mine(
    database: Database,
    now: Callable[[], datetime],
    parameters: Parameters = USUAL,
    progress: Progress = lambda _step, _done: None,
    *,
    anyway: bool = False,
    watch: Watch = lambda: None,
) -> MiningRun:
    """Run the engine over everything the ledger holds and switch readers to what it finds.

    One that does worse than the run in use is held back (``held_at``) unless it is wanted ``anyway``, and the owners
    are told. The ledger is read first; nothing is locked while the engine thinks. ``watch`` is called every few
    seconds. Raises NothingToMine, MiningUnderWay, Cancelled, and what ``watch`` raises; nothing is left then.
    """
    with keeping(database, now, parameters, watch) as keeper:

        def tell(step: str, done: float) -> None:
            keeper.told(step, done)
            progress(step, done)

        tell("reading", STEPS["reading"])
        ledger = reading.read(database, now(), parameters.zone)
        findings = _found(ledger, parameters, tell)
        tell("writing", STEPS["writing"])
        rest = 1 - STEPS["writing"]
        Writer(database, keeper.run_id, lambda share: tell("writing", 1 - rest * (1 - share))).write(findings)
        run = _settle(database, now, keeper, ledger, findings, Because.ASKED if anyway else None)
    with database.reading() as session:
        left = outlived(session)
    # It is kept by now: told to end, it does, and the next one sweeps.
    with suppress(KeyboardInterrupt):
        sweep(database, [each for each in left if each != run.id])
    return run


def _found(ledger: Ledger, parameters: Parameters, tell: Progress) -> Findings:
    findings = Findings(quality=ledger.quality())
    interactions, products, until = ledger.interactions, ledger.products, ledger.until
    profiled = interactions.where((interactions.customer != NONE) & ~np.isin(interactions.customer, ledger.refusing))
    alone = partial(_alone, findings)
    tell("segments", STEPS["segments"])
    with alone("segments"):
        find_segments(findings, profiled, products, until, parameters, ledger.earlier)
    tell("bundles", STEPS["bundles"])
    with alone("bundles"):
        find_bundles(findings, interactions, profiled, products, parameters)
    tell("recommendations", STEPS["recommendations"])
    with alone("picks"):
        find_recommendations(findings, interactions, profiled, products, until, parameters, ledger.never)
    with alone("paths"):
        find_paths(findings, profiled, ledger.visits, ledger.refusing, parameters)
    if not_yet := findings.quality.get(NOT_YET, {}):
        _require_some(not_yet)
    tell("hours", STEPS["hours"])
    with alone("hours"):
        find_hours(findings, profiled, ledger.zones, parameters)
    tell("lifetimes", STEPS["lifetimes"])
    with alone("lifetime"):
        find_lifetimes(findings, profiled, until)
    tell("uplift", STEPS["uplift"])
    with alone("uplift"):
        find_uplifts(findings, profiled, products, ledger.past, ledger.refusing, until, parameters)
    with alone("demand"):
        find_demand(findings, interactions, products, ledger.launched, until, parameters)
    find_surveys(findings, ledger.surveys)
    with alone("fairness"):
        find_fairness(findings, ledger.groups, profiled, products, until, ledger.zones, parameters)
    findings.quality["bubbles"] = dict(ledger.width)
    return findings


@contextmanager
def _alone(findings: Findings, art: str) -> Iterator[None]:
    """What one art has not enough for, or too much, the run says of it; the others go on."""
    try:
        yield
    except TooLittleData as fault:
        _say_not_yet(findings, art, str(fault), fault.needed, fault.seen)
    except TooManyItemsets as fault:
        _say_not_yet(findings, art, str(fault), 0, int(findings.quality["data"]["purchases"]))


def _say_not_yet(findings: Findings, art: str, says: str, needed: int, n: int) -> None:
    findings.quality.setdefault(NOT_YET, {})[art] = {"says": says, "needed": needed, "n": n}


def _require_some(not_yet: Mapping[str, Any]) -> None:
    """Raises NothingToMine where none of what a run is for could be found."""
    if all(art in not_yet for art in ("segments", "bundles", "picks", "paths")):
        raise NothingToMine(f"not enough to go by yet: {not_yet['segments']['says']}")


def _settle(
    database: Database,
    now: Callable[[], datetime],
    keeper: Keeper,
    ledger: Ledger,
    findings: Findings,
    asked: Because | None,
) -> MiningRun:
    """Switch to the run, or hold it back."""
    data_fingerprint = fingerprint(ledger.interactions)
    with database.transaction() as session:
        run = keeper.switching(session)
        at, before = now(), insights.current_run(session)
        verdict = comparing.compare(before, findings.quality, run.parameters, at)
        if asked is not None and not verdict.is_followed:
            verdict = Verdict(asked, verdict.than, verdict.figures)
        spare_the_gone(session, run, ledger.consents_through)
        run.data_fingerprint, run.quality, run.verdict = data_fingerprint, findings.quality, verdict.plain()
        run.through_id = run.followed_id = ledger.through_id
        run.step, run.done, run.beat_at = "", 1.0, None
        if verdict.is_followed:
            run.ready_at = at
        else:
            _tell_owners(session, run, verdict, at)
            run.held_at = at
        session.add(run)
    return run


def _tell_owners(session: Session, run: MiningRun, verdict: Verdict, at: datetime) -> None:
    """Once for the run in use: not again each night."""
    before = held(session)
    if before is not None and before.id != run.id and before.verdict.get("than") == verdict.than:
        return
    worse = verdict.worse[0]
    notices.tell_team(
        session,
        HELD,
        at,
        least=Role.OWNER,
        art=worse.art,
        before=worse.before,
        after=worse.after,
        n=worse.n,
    )


def find_rules(session: Session, min_support: float, min_confidence: float) -> list[Rule]:
    """The rules at another support than the run's, found now. Raises NothingToMine."""
    interactions, _ = frames(session)
    try:
        mined = Bundles(min_support, min_confidence, max_length=None).fit(interactions)
    except (TooLittleData, TooManyItemsets, ValueError) as fault:
        raise NothingToMine(str(fault)) from fault
    return listed(mined.rules_)
