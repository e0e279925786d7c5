"""Who shops alike: how many, why they are called so, what they buy, and who moved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.talk.desk import moves as moves_told
from bot.talk.desk import segments as told
from bot.talk.desk import suggesting
from bot.web.desk import charts, groups
from bot.web.desk.frame import Page, Visit
from campaigns import insights
from campaigns.looking import segments as looking
from campaigns.looking.moves import moves
from campaigns.looking.segments import Seen
from campaigns.outcomes.charts import Bar, Chart, Look
from campaigns.problems import UnknownAudience

MOST_MOVES = 12
MOST_BOUGHT = 10


def show(visit: Visit) -> Page:
    """All segments of the run in use, the largest first."""
    trend, currency, teller = looking.trend(visit.session), insights.currency(visit.session), visit.teller
    return Page(
        "segments",
        {
            "sizes": charts.rows(_sizes(visit, trend.segments)) if trend.segments else None,
            "segments": [_segment(visit, each, currency) for each in trend.segments],
            "n": trend.n,
            "mined_at": trend.mined_at,
            "before_at": trend.before_at,
            "by_rule": told.by_rule(visit.session, teller),
            "gone": [(teller.word("segments", key), n) for key, n in trend.gone],
            **groups.told(visit),
            **_moves(visit),
        },
    )


def show_one(visit: Visit) -> Page:
    """What is typical of one, and what its people buy."""
    try:
        segment = told.find(visit.session, visit.teller, visit.path.get("key", ""))
    except UnknownAudience:
        return Page("missing", {}, status=404)
    found = looking.portrait(
        visit.session, segment, visit.app.channels.keys(), visit.shop, visit.now, most_bought=MOST_BOUGHT
    )
    return Page(
        "segment",
        {
            "name": visit.teller.word("segments", segment.key),
            "portrait": found,
            "why": told.why(visit.teller, segment, insights.currency(visit.session)),
            "bought": _bought(visit, "bought", found.bought, found.buyers),
            "categories": _bought(visit, "categories", found.categories, found.buyers),
            "line": suggesting.for_segment(visit.teller, segment.key),
        },
    )


def _bought(visit: Visit, what: str, told: Sequence[tuple[str, int]], buyers: int) -> charts.Rows | None:
    """How many of the buyers ever bought each; None where there is nothing to tell."""
    word, printer = visit.teller.word, visit.printer
    bars = tuple(Bar(name, n, f"{printer.number(n)} ({printer.percent(n / buyers)})") for name, n in told)
    note = word("desk_segments", "bought_note", n=printer.number(buyers))
    return charts.rows(Chart(Look.BARS, word("desk_segments", what), bars, note)) if bars else None


def _sizes(visit: Visit, found: Sequence[Seen]) -> Chart:
    word, printer = visit.teller.word, visit.printer
    bars = tuple(
        Bar(
            word("segments", each.segment.key),
            each.segment.size,
            f"{printer.number(each.segment.size)} ({printer.percent(each.segment.share)})",
        )
        for each in found
    )
    n = sum(each.segment.size for each in found)
    return Chart(Look.BARS, word("desk_segments", "sizes"), bars, word("desk_segments", "n", n=printer.number(n)))


def _segment(visit: Visit, each: Seen, currency: str | None) -> dict[str, Any]:
    teller = visit.teller
    return {
        "key": each.segment.key,
        "name": teller.word("segments", each.segment.key),
        "size": each.segment.size,
        "share": each.segment.share,
        "trend": told.change(teller, each),
        "why": told.why(teller, each.segment, currency),
        "line": suggesting.for_segment(teller, each.segment.key),
        "within": told.within(teller, each, currency),
    }


def _moves(visit: Visit) -> dict[str, Any]:
    """Who went where since the run before, as bars; None where there is nothing to compare with."""
    found = moves(visit.session)
    if found is None:
        return {"moves": None, "stayed": 0, "known": 0, "renamed": []}
    word = visit.teller.word
    bars = tuple(
        Bar(f"{word('segments', each.before)} → {word('segments', each.now)}", each.n, visit.printer.number(each.n))
        for each in found.between[:MOST_MOVES]
    )
    note = word(
        "desk_segments", "moves_note", stayed=visit.printer.number(found.stayed), n=visit.printer.number(found.known)
    )
    return {
        "moves": charts.rows(Chart(Look.BARS, word("desk_segments", "moves"), bars, note)) if bars else None,
        "stayed": found.stayed,
        "known": found.known,
        "renamed": moves_told.renamed(visit.teller, found),
    }
