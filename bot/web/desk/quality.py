"""How well the engine does, run by run, on time it had not seen: each figure beside a plain rule's."""

from __future__ import annotations

from functools import partial
from typing import Any

from bot.web.desk import charts
from bot.web.desk.frame import Page, Visit
from campaigns.looking.quality import SHOWN, SURE, Measured, Run, runs
from campaigns.outcomes.charts import Lines, Point, Series

MOST = 1.0
"""None of the figures shown can be more."""


def show(visit: Visit) -> Page:
    """The run in use first; then every figure over the runs that are kept."""
    found = runs(visit.session)
    return Page(
        "quality",
        {
            "runs": [_run(visit, each) for each in found],
            "write": partial(visit.printer.number, decimals=2),
            "courses": [drawn for key in SHOWN if (drawn := _course(visit, found, *key)) is not None],
        },
    )


def _run(visit: Visit, run: Run) -> dict[str, Any]:
    word = visit.teller.word
    return {
        "number": run.number,
        "ended_at": run.ended_at,
        "seconds": run.seconds,
        "is_in_use": run.is_in_use,
        "is_held": run.is_held,
        "because": word("desk_because", run.because),
        "worse": [word("mining_figures", art) for art in run.worse],
        "sizes": run.sizes,
        "measured": [_measured(visit, each) for each in run.measured],
        "lacking": [(word("desk_arts", art), each) for art, each in run.lacking.items()],
    }


def _measured(visit: Visit, each: Measured) -> dict[str, Any]:
    figure, key, word = each.figure, f"{each.art}_{each.name}", visit.teller.word
    return {
        "name": word("desk_figures", key),
        "what": word("desk_figures_what", key),
        "value": figure.value,
        "low": figure.value - SURE * figure.se,
        "high": min(figure.value + SURE * figure.se, MOST),
        "n": figure.n,
        "plain": each.plain,
        "beside": word("desk_beside", each.beside) if each.beside else "",
    }


def _course(visit: Visit, found: list[Run], art: str, name: str) -> charts.LinePicture | None:
    """One figure over the runs; of two runs on one day the later."""
    points = {}
    for run in reversed(found):
        for each in run.measured:
            if (each.art, each.name) == (art, name):
                day, se = run.ended_at.astimezone(visit.shop.zone).date(), each.figure.se
                value = each.figure.value
                points[day] = Point(day, value, value - SURE * se, min(value + SURE * se, MOST))
    label = visit.teller.word("desk_figures", f"{art}_{name}")
    note = visit.teller.word("desk_quality", "course_note", n=visit.printer.number(len(points)))
    return charts.lines(Lines(label, (Series(label, tuple(points.values())),), note))
