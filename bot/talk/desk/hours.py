"""When customers are at hand, in words and as a chart."""

from __future__ import annotations

from dataclasses import replace

from babel.numbers import format_percent
from sqlmodel import Session

from bot.talk.replies import Teller
from campaigns import insights
from campaigns.outcomes.charting import BEST_HOURS, Charting
from campaigns.words.composing import Reply

HOURS = 24


def counts(session: Session) -> list[float]:
    """How many occasions fell into each of the 24 hours, as the last run counted them; [] where none did."""
    run = insights.current_run(session)
    kept = run.quality.get("hours") if run is not None else None
    return [float(each) for each in kept] if isinstance(kept, list) and len(kept) == HOURS else []


def told(session: Session, teller: Teller) -> Reply:
    """The hours at which most happens; the picture has all of them."""
    found = counts(session)
    n = sum(found)
    best = sorted((hour for hour in range(len(found)) if found[hour]), key=lambda hour: (-found[hour], hour))
    rows = [
        {
            "hours": f"{hour:02}.00–{(hour + 1) % HOURS:02}.00"
            if teller.language == "id"
            else f"{hour:02}:00–{(hour + 1) % HOURS:02}:00",
            "n": teller.number(found[hour]),
            "share": format_percent(found[hour] / n, locale=teller.language),
        }
        for hour in best[:BEST_HOURS]
    ]
    said = teller.say("hours", rows=rows, n=teller.number(n))
    return replace(said, chart=Charting(teller.composer, teller.language).hours(found, round(n)) if n else None)
