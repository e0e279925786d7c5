"""Our clock beside the providers': quiet hours, WhatsApp's 24 hours and signed links all go by it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from bot.checkups.finding import Finding, Patient

LARGEST_DIFFERENCE = timedelta(seconds=30)


def compare(patient: Patient, differences: Mapping[str, timedelta]) -> Finding:
    """By how much their clocks are ahead of ours. The smallest counts: an answer is late by the way it took."""
    here = patient.clock.now().astimezone(patient.shop.zone)
    values = {"here": f"{here:%H:%M}", "zone": str(patient.shop.zone)}
    if not differences:
        return Finding("clock", "clock_alone", values=values)
    name, difference = min(differences.items(), key=lambda each: abs(each[1]))
    seconds = round(abs(difference).total_seconds())
    is_behind = difference > timedelta()
    more = {**values, "name": name, "seconds": seconds}
    if abs(difference) > LARGEST_DIFFERENCE:
        return Finding("clock", "clock_behind" if is_behind else "clock_ahead", "clock", more)
    return Finding("clock", "clock", values=more)
