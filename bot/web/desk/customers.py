"""Customers and what they allow: how many from day to day or month to month, who can be reached, and where a yes was
said. Counts only: nobody is named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from bot.web.desk import charts
from bot.web.desk.frame import Page, Visit
from campaigns.looking.today import began
from campaigns.outcomes.charts import Bar, Chart, Lines, Look, Point, Series
from ledger.customers import FROM_CHAT, FROM_CONTACT
from ledger.tables import Purpose
from ledger.willing import Origin, Stretch, Willing, willing

DAYS, MONTHS = 30, 12
MOMENT = timedelta(microseconds=1)
KNOWN_BY = {FROM_CHAT: "chat", FROM_CONTACT: "contact"}
"""How the shop came to know somebody; whatever else is a file of sales."""


def show(visit: Visit) -> Page:
    """By day; ``?by=month`` by month."""
    by = "month" if visit.query.get("by") == "month" else "day"
    here = visit.now.astimezone(visit.shop.zone).date()
    begins = _months(here) if by == "month" else [here - timedelta(days=ago) for ago in reversed(range(DAYS))]
    edges = [*(began(day, visit.shop.zone) for day in begins), visit.now + MOMENT]
    found = willing(visit.session, edges)
    ends = [*(_last_day(visit, edge) for edge in edges[1:-1]), here]
    return Page("customers", {"by": by, "n": found.n, **_now(visit, found), **_pictures(visit, found, ends)})


def _months(here: date) -> list[date]:
    """The first days of the last MONTHS months, with the one that is not over."""
    counted = [here.year * 12 + here.month - 1 - ago for ago in reversed(range(MONTHS))]
    return [date(each // 12, each % 12 + 1, 1) for each in counted]


def _last_day(visit: Visit, edge: datetime) -> date:
    return (edge - MOMENT).astimezone(visit.shop.zone).date()


def _now(visit: Visit, found: Willing) -> dict[str, object]:
    offers = found.stretches[Purpose.OFFERS]
    return {
        "allowing": [(purpose, stretches[-1].allowing) for purpose, stretches in found.stretches.items()],
        "joined": sum(each.joined for each in offers),
        "left": sum(each.left for each in offers),
        "reach": [(_channel(visit, each.channel), each) for each in found.reach],
    }


def _channel(visit: Visit, name: str) -> str:
    """As people call it; a channel that is not in use any more by its name on record."""
    return visit.app.composer.shelf(visit.language, "channels").get(name, name)


def _pictures(visit: Visit, found: Willing, ends: Sequence[date]) -> dict[str, object]:
    word = visit.teller.word
    note = word("customers_page", "of_all", n=visit.printer.number(found.n))
    allowed = tuple(
        _series(word("customers_page", purpose), ends, (each.allowing for each in stretches))
        for purpose, stretches in found.stretches.items()
    )
    offers = found.stretches[Purpose.OFFERS]
    return {
        "over_time": charts.lines(Lines(word("customers_page", "over_time"), allowed, note)),
        "moves": _moves(visit, ends, offers),
        "origins": _origins(visit, found) if found.origins else [],
    }


def _moves(visit: Visit, ends: Sequence[date], offers: Sequence[Stretch]) -> charts.LinePicture | None:
    """Nothing where nobody came or went."""
    word, n = visit.teller.word, sum(each.joined + each.left for each in offers)
    series = (
        _series(word("customers_page", "joined"), ends, (each.joined for each in offers)),
        _series(word("customers_page", "left"), ends, (each.left for each in offers)),
    )
    note = word("customers_page", "of_moves", n=visit.printer.number(n))
    return charts.lines(Lines(word("customers_page", "moves"), series, note)) if n else None


def _series(label: str, ends: Sequence[date], values: Iterable[int]) -> Series:
    return Series(label, tuple(Point(day, float(value)) for day, value in zip(ends, values, strict=True)))


def _origins(visit: Visit, found: Willing) -> list[charts.Rows]:
    """Everybody who allows offers, told three ways."""
    word = visit.teller.word

    def counted(title: str, labels: Iterable[tuple[str, int]]) -> charts.Rows:
        counts: Counter[str] = Counter()
        for label, n in labels:
            counts[label] += n
        bars = tuple(Bar(label, float(n), visit.printer.number(n)) for label, n in counts.most_common())
        note = word("customers_page", "of_allowing", n=visit.printer.number(counts.total()))
        return charts.rows(Chart(Look.BARS, word("customers_page", title), bars, note))

    def known(origin: Origin) -> str:
        return word("customers_page", f"from_{KNOWN_BY.get(origin.source, 'import')}")

    said = found.origins.items()
    return [
        counted("said_on", ((_channel(visit, each.channel), n) for each, n in said)),
        counted("known_by", ((known(each), n) for each, n in said)),
        counted("worded", ((each.wording, n) for each, n in said)),
    ]
