"""When each customer is likeliest to answer."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from campaigns import wall_clocks
from campaigns.mining.findings import Findings, Hours
from campaigns.mining.parameters import Parameters
from campaigns.sending import pacing
from campaigns.shop import QuietHours
from engine.frames import Interactions
from engine.timing import BestHours


def find_hours(findings: Findings, profiled: Interactions, zones: Mapping[int, str], parameters: Parameters) -> None:
    """The hour of each customer who was ever seen at one, and when the shop's customers are at hand."""
    local = wall_clocks.hours(profiled, zones, parameters.zone)
    is_open = np.array(pacing.open_hours(QuietHours.read(parameters.quiet_hours)))
    found = BestHours().fit(profiled, local, is_open)
    findings.hours = Hours(found.customer_, found.hour_, found.n_)
    findings.quality |= {"hours": found.counts_.tolist(), "best_hour": found.shop_hour_}
