"""What goes with what in the shop's own surveys."""

from __future__ import annotations

import json
from collections.abc import Mapping

from campaigns.mining.findings import Findings
from campaigns.surveys.analysis import SURVEYS
from campaigns.surveys.analysis_mined import Answered, told_of


def find_surveys(findings: Findings, surveys: Mapping[int, Answered]) -> None:
    """What goes with what in each; where that cannot be told, why."""
    if not surveys:
        return
    told = {number: told_of(each) for number, each in surveys.items()}
    findings.state[SURVEYS] = json.dumps(told, separators=(",", ":")).encode()
    findings.quality[SURVEYS] = {"n": sum(each["analysis"]["n"] for each in told.values() if "analysis" in each)}
