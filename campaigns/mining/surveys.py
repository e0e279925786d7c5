"""What goes with what in the shop's own surveys."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from sqlmodel import Session, col, select

from campaigns import insights
from campaigns.mining.findings import Findings
from campaigns.surveys.analysis import SURVEYS, Analysis, items_of
from campaigns.surveys.analysis_mined import Answered, analyse_now, told_of
from campaigns.surveys.answers import people
from campaigns.tables import RunState, Survey
from engine.pls.answers import LEAST_ANSWERS


def find_surveys(findings: Findings, surveys: Mapping[int, Answered]) -> None:
    """What goes with what in each; where that cannot be told, why."""
    if not surveys:
        return
    told = {number: told_of(each) for number, each in surveys.items()}
    findings.state[SURVEYS] = json.dumps(told, separators=(",", ":")).encode()
    findings.quality[SURVEYS] = {"n": sum(each["analysis"]["n"] for each in told.values() if "analysis" in each)}


def analysable(session: Session) -> list[Survey]:
    """The surveys that have a model and enough answers for it."""
    there = session.exec(select(Survey).order_by(col(Survey.id))).all()
    return [each for each in there if items_of(each) is not None and people(session, each.id) >= LEAST_ANSWERS]


def renew(session: Session, survey: Survey, now: datetime) -> Analysis:
    """Reckon one survey now, and let readers of the run in use see it. Raises Problem where it cannot be."""
    found = analyse_now(session, survey)
    run = insights.current_run(session)
    if run is not None:
        state = session.get(RunState, (run.id, SURVEYS)) or RunState(run_id=run.id, name=SURVEYS, content=b"{}")
        told = {**json.loads(state.content), str(survey.id): {"analysis": found.as_json(), "at": now.isoformat()}}
        state.content = json.dumps(told, separators=(",", ":")).encode()
        session.add(state)
    return found
