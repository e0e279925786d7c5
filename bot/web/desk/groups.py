"""The shop's own segments and the way it chose to divide, for the page of segments."""

from __future__ import annotations

from typing import Any

from bot.talk.desk import grouping, suggesting
from bot.talk.desk.groups import telling
from bot.web.desk import charts
from bot.web.desk.frame import Visit
from campaigns.grouping import own, ways
from campaigns.grouping.ways import Way
from campaigns.looking.groups import rows_of
from campaigns.outcomes.charts import Bar, Chart, Look


def told(visit: Visit) -> dict[str, Any]:
    """``own``: each with what it says and how many it has now. ``way``: the groups of the way that was chosen."""
    found = grouping.overview(visit.session, visit.teller, visit.app.channels.keys(), visit.now)
    return {
        "own": [_own(visit, each) for each in found],
        "example": visit.teller.word("desk_groups", "example"),
        "way": _way(visit),
    }


def _own(visit: Visit, seen: grouping.Seen) -> dict[str, Any]:
    kept = seen.segment
    return {
        "name": kept.name if kept is not None else "",
        "words": seen.words,
        "counted": seen.counted,
        "line": suggesting.for_segment(visit.teller, own.key(kept)) if kept is not None else "",
    }


def _way(visit: Visit) -> charts.Rows | None:
    """Bars of the groups, the largest first as they come; None where the usual way is chosen, or none can be told."""
    way = ways.chosen(visit.session)
    if way is Way.BEHAVIOUR:
        return None
    found = rows_of(visit.session, way, visit.app.channels.keys(), visit.shop, visit.now)
    printer, word = visit.printer, visit.teller.word
    bars = tuple(
        Bar(
            telling.group_name(visit.teller, each.key),
            each.counted.n,
            f"{printer.number(each.counted.n)} ({printer.percent(each.counted.share)}), "
            + word("desk_groups", "reached", n=printer.number(each.counted.reached)),
        )
        for each in found.rows
    )
    note = f"{word('desk_groups', 'n', n=printer.number(found.of))}. {word('desk_groups', 'chosen')}"
    return charts.rows(Chart(Look.BARS, word("desk_groups", f"by_{way.value}"), bars, note)) if bars else None
