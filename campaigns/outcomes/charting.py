"""Figures put into charts, in the reader's language. Every value stands beside its bar, every n in the note."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import combinations
from typing import Any

from babel.numbers import format_decimal, format_percent

from campaigns.choosing.audiences import UNSEGMENTED
from campaigns.looking.bundles import Offered
from campaigns.outcomes import comparing, results
from campaigns.outcomes.charts import Bar, Chart, Edge, Look, Node, Web
from campaigns.outcomes.comparing import Arm, Lift
from campaigns.outcomes.results import Line, Report
from campaigns.tables import Campaign, Segment, State
from campaigns.words.composing import Composer, clean
from engine.experiments import Verdict

MOST_BARS = 12
BEST_HOURS = 3
MOST_SEGMENTS = 4
ALWAYS_SHOWN = frozenset({"audience", "sent", "clicked", "bought"})


@dataclass(frozen=True)
class Compared:
    """A lift and of what: all, a variant, a segment. ``is_enough``: whether anything may be said of it."""

    label: str
    lift: Lift
    is_enough: bool = True


class Charting:
    """Makes charts in one language."""

    def __init__(self, composer: Composer, language: str) -> None:
        self.composer, self.language = composer, language

    def segments(self, found: Sequence[Segment]) -> Chart | None:
        """How many people are in each segment; None where there are none."""
        total = sum(each.size for each in found)
        bars = [
            Bar(
                self._segment(each.key),
                each.size,
                self._word("people", n=self._number(each.size), share=self._percent(each.share)),
            )
            for each in found
        ]
        return self._chart(Look.BARS, "segments", bars, n=self._number(total))

    def bundles(self, found: Sequence[Offered]) -> Chart | None:
        """How much oftener than by chance things are bought together."""
        bars = [
            Bar(
                " + ".join(clean(each.names)),
                each.bundle.lift,
                self._word("lift", lift=self._number(each.bundle.lift, 1), n=self._number(each.bundle.count)),
            )
            for each in sorted(found, key=lambda each: -each.bundle.lift)
        ]
        chart = self._chart(Look.BARS, "bundles", bars, n=self._number(found[0].baskets if found else 0))
        return replace(chart, web=self.web(found)) if chart else None

    def web(self, found: Sequence[Offered]) -> Web:
        """Two products are joined where a bundle holds both; the wider, the oftener they were in one order."""
        names: dict[int, str] = {}
        sizes: dict[int, int] = {}
        edges: dict[tuple[int, int], Edge] = {}
        for each in found:
            for product in each.products:
                names.setdefault(product.id, clean([product.name or product.sku])[0])
                sizes[product.id] = max(sizes.get(product.id, 0), each.bundle.count)
            places = {product: place for place, product in enumerate(names)}
            for pair in combinations(sorted(places[product.id] for product in each.products), 2):
                known = edges.get(pair)
                if known is None or known.weight < each.bundle.count:
                    edges[pair] = Edge(*pair, each.bundle.count, self._together(each))
        nodes = tuple(Node(name, sizes[product]) for product, name in names.items())
        baskets = self._number(found[0].baskets if found else 0)
        word = partial(self.composer.word, self.language, "desk_bundles")
        return Web(word("web"), nodes, tuple(edges.values()), word("web_note", n=baskets))

    def _together(self, each: Offered) -> str:
        count, lift = self._number(each.bundle.count), self._number(each.bundle.lift, 1)
        return self.composer.word(self.language, "desk_bundles", "edge", count=count, lift=lift)

    def hours(self, counts: Sequence[float], n: int) -> Chart | None:
        """When customers are at hand: ``counts`` are of the 24 hours, ``n`` what they were made from."""
        most = sorted(range(len(counts)), key=lambda hour: (-counts[hour], hour))[:BEST_HOURS]
        best = [hour for hour in most if counts[hour] > 0]
        if not best:
            return None
        total = sum(counts)
        bars = [
            Bar(
                f"{hour:02}",
                value,
                self._percent(value / total) if hour == best[0] else "",
                is_muted=hour not in best,
            )
            for hour, value in enumerate(counts)
        ]
        return self._chart(Look.HOURS, "hours", bars, n=self._number(n))

    def report(self, report: Report, campaign: Campaign) -> Chart | None:
        """Where a campaign's audience went, and below it what the offer changed; None before it has an audience."""
        funnel = self.funnel(report)
        if funnel is None or not report.holdout:
            return funnel
        compared = self._compared(report, campaign)
        enough = [each for each in compared if each.is_enough and each.lift.value is not None]
        if not enough:
            none = self._word("none_enough", n=self._number(report.control.n))
            return replace(funnel, note=f"{funnel.note} {none}")
        return replace(funnel, below=self.lift(report.campaign, enough, len(compared) - len(enough)))

    def funnel_of_visits(self, stages: Sequence[tuple[str, int]], visits: int) -> Chart | None:
        """How many visits came how far; ``stages`` are called in the reader's words."""
        bars = [Bar(name, n, self._share(n, visits)) for name, n in stages]
        return self._chart(Look.FUNNEL, "funnel_of_visits", bars, n=self._number(visits))

    def funnel(self, report: Report) -> Chart | None:
        """Where a campaign's audience went: who was left out or held out beside those who went on."""
        read = report.states.get(State.READ, 0)
        steps = [
            ("audience", report.audience, False),
            ("left_out", sum(report.withheld.values()), True),
            ("holdout", report.holdout, True),
            ("sent", report.sent, False),
            ("delivered", report.states.get(State.DELIVERED, 0) + read, False),
            ("read", read, False),
            ("clicked", report.clicks, False),
            ("bought", report.treated.buyers, False),
        ]
        # Not every channel tells of delivery and reading: what is never told is no step.
        shown = [each for each in steps if each[1] or each[0] in ALWAYS_SHOWN]
        bars = [
            Bar(self._word(name), n, self._share(n, report.audience), is_muted=is_aside)
            for name, n, is_aside in shown
        ]
        values = {"number": report.campaign, "n": self._number(report.audience), "days": report.window_days}
        return self._chart(Look.FUNNEL, "funnel", bars if report.audience else [], **values)

    def _compared(self, report: Report, campaign: Campaign) -> list[Compared]:
        """All of it, then each variant where there are several, then the largest segments."""
        told = [Compared(self._word("all"), report.lift, results.verdict(report) != Verdict.TOO_FEW)]
        if len(report.variants) > 1:
            told += [self._part(self._form(campaign, each.name), each) for each in report.variants]
        if len(report.segments) > 1:
            told += [self._part(self.segment_or_none(each.name), each) for each in report.segments[:MOST_SEGMENTS]]
        return told

    def _part(self, label: str, part: Line) -> Compared:
        said = comparing.verdict(Arm(part.n, part.buyers), part.control)
        return Compared(label, part.lift, said != Verdict.TOO_FEW)

    def _form(self, campaign: Campaign, name: str) -> str:
        form = campaign.form(name)
        if form.discount_percent:
            return f"{name}: {self._percent(form.discount_percent / 100)}"
        return f"{name}: {clean(form.text)}" if form.text else name

    def lift(self, number: int, compared: Sequence[Compared], too_few: int = 0) -> Chart | None:
        """The difference to the holdout and what it may be, overall and in parts.

        ``too_few``: of so many more nothing can be said, and that is said once.
        """
        bars = [self._interval(each) for each in compared]
        chart = self._chart(Look.INTERVAL, "lift", bars, number=number)
        if chart is None or not too_few:
            return chart
        return replace(chart, note=f"{chart.note} {self._word('too_few', n=too_few)}")

    def segment_or_none(self, key: str | None) -> str:
        """What those of a segment, or of none, are called beside their bar."""
        name = self._segment(key) if key else self.composer.word(self.language, "audiences", UNSEGMENTED)
        return name[:1].upper() + name[1:]

    def _interval(self, each: Compared) -> Bar:
        value, low, high = each.lift.value, each.lift.low, each.lift.high
        n = self._number(each.lift.n)
        if value is None or low is None or high is None:
            raise ValueError("of nothing there is no interval")
        told = {"value": self._points(value), "low": self._points(low), "high": self._points(high)}
        return Bar(clean(each.label), value, self._word("interval", n=n, **told), low, high)

    def _chart(self, look: Look, name: str, bars: Sequence[Bar], **values: Any) -> Chart | None:
        if not bars:
            return None
        shown = tuple(bars) if look is Look.HOURS else tuple(bars[:MOST_BARS])
        note = self._word(f"{name}_note", **values)
        if len(shown) < len(bars):
            note = f"{note} {self._word('more', n=len(bars) - len(shown))}"
        return Chart(look, self._word(f"{name}_title", **values), shown, note)

    def _share(self, n: int, of: int) -> str:
        return f"{self._number(n)} ({self._percent(n / of)})" if of else self._number(n)

    def _segment(self, key: str) -> str:
        return self.composer.shelf(self.language, "segments").get(key, key)

    def _number(self, value: float, decimals: int = 0) -> str:
        return format_decimal(round(value, decimals), locale=self.language)

    def _percent(self, share: float) -> str:
        """To the whole percent; below one, that it is."""
        if 0 < share < 0.01:
            return f"<{format_percent(0.01, locale=self.language)}"
        return format_percent(share, locale=self.language)

    def _points(self, share: float) -> str:
        return format_decimal(share * 100, format="+#,##0.0;−#,##0.0", locale=self.language)

    def _word(self, key: str, **values: Any) -> str:
        return self.composer.word(self.language, "charts", key, **values)
