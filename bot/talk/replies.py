"""Results put into words for those who run the shop: the same in chat and on the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from babel.dates import format_datetime
from babel.numbers import format_decimal
from sqlmodel import Session, col, select

from campaigns import insights, planning, results
from campaigns.audiences import EVERYONE, OPEN_AUDIENCES, UNSEGMENTED
from campaigns.composing import Composer, Laid, Reply
from campaigns.problems import Problem
from campaigns.results import Report
from campaigns.shop import Shop
from campaigns.tables import SENT_STATES, Campaign, State
from ledger import money
from ledger.tables import Product

MOST_ROWS = 8


class Teller:
    """Speaks of campaigns and insights in one language."""

    def __init__(self, composer: Composer, shop: Shop, language: str) -> None:
        self.composer, self.shop, self.language = composer, shop, language

    def say(self, template: str, /, **values: Any) -> Reply:
        return self.composer.reply(template, self.language, **{"shop": self.shop.name, **values})

    def word(self, shelf: str, key: str, /, **values: Any) -> str:
        return self.composer.word(self.language, shelf, key, **values)

    def problem(self, problem: Problem) -> Reply:
        return self.say("problem", sentence=self.sentence(problem))

    def sentence(self, problem: Problem) -> str:
        """What stands in the way and what to do, in our language."""
        values = dict(problem.values)
        if "known" in values:
            values["known"] = Laid(values["known"])
        if "status" in values:
            values["status"] = self.word("statuses", values["status"])
        return self.word("problems", problem.key, **values)

    def number(self, value: float, decimals: int = 0) -> str:
        return format_decimal(round(value, decimals), locale=self.language)

    def signed(self, value: float) -> str:
        """With its sign: "+12", "−3", "0"."""
        return format_decimal(value, format="+#,##0;−#,##0", locale=self.language) if value else "0"

    def audience(self, key: str) -> str:
        return self.word("audiences" if key in OPEN_AUDIENCES else "segments", key)

    def template_choices(self) -> list[tuple[str, str]]:
        return [(self.word("templates", name), name) for name in self.composer.catalog]

    def audience_choices(self, session: Session) -> list[tuple[str, str]]:
        segments = insights.segments(session)
        named = [(f"{self.word('segments', each.key)} ({each.size})", each.key) for each in segments]
        return [*((self.word("audiences", key), key) for key in OPEN_AUDIENCES if key == EVERYONE or named), *named]

    def changed(self, campaign: Campaign, spared: int = 0) -> Reply:
        status = self.word("statuses", campaign.status)
        return self.say("campaign_changed", number=campaign.id, status=status, spared=spared)

    def campaigns(self, session: Session) -> Reply:
        rows = []
        for campaign in planning.campaigns(session)[:MOST_ROWS]:
            report = results.report(session, campaign)
            sent = sum(report.states.get(state, 0) for state in SENT_STATES)
            rows.append({**self._campaign(campaign), "sent": sent, "total": report.audience})
        return self.say("campaigns", rows=rows)

    def report(self, report: Report, campaign: Campaign, now: datetime) -> Reply:
        ends = report.window_ends_at
        local = ends.astimezone(self.shop.zone) if ends is not None and ends > now else None
        return self.say(
            "report",
            **self._campaign(campaign),
            audience=report.audience,
            states=[(self._state(state, report), n) for state, n in report.states.items()],
            holdout=report.holdout,
            withheld=self._reasons(report.withheld),
            clicks=report.clicks,
            purchases=report.purchases,
            revenue=money.in_words(report.revenue_minor, report.currency, self.language) if report.currency else "",
            days=report.window_days,
            lift=self._lift(report),
            verdict=self.word("verdicts", results.verdict(report)),
            treated=report.treated.buyers,
            treated_n=report.treated.n,
            control=report.control.buyers,
            control_n=report.control.n,
            ends=format_datetime(local, "d MMMM HH:mm", locale=self.language) if local else "",
        )

    def _campaign(self, campaign: Campaign) -> dict[str, Any]:
        return {
            "number": campaign.id,
            "template": self.word("templates", campaign.template),
            "audience_name": self.audience(campaign.audience),
            "status": self.word("statuses", campaign.status),
            "discount": " / ".join(str(n) for each in campaign.forms if (n := each.discount_percent)),
        }

    def _state(self, state: str, report: Report) -> str:
        codes = ", ".join(report.failed) if state == State.FAILED else ""
        return self.word("states", state) + (f" ({codes})" if codes else "")

    def _segment(self, key: str | None) -> str:
        return self.word("segments", key) if key else self.word("audiences", UNSEGMENTED)

    def _reasons(self, counts: Mapping[str, int]) -> list[tuple[str, int]]:
        return [(self.word("withheld", reason), n) for reason, n in counts.items()]

    def _lift(self, report: Report) -> dict[str, str] | None:
        lift = report.lift
        if lift.value is None or lift.low is None or lift.high is None:
            return None
        points = {"value": lift.value, "low": lift.low, "high": lift.high}
        told = {
            name: format_decimal(share * 100, format="+#,##0.0;-#,##0.0", locale=self.language)
            for name, share in points.items()
        }
        return {**told, "n": str(lift.n)}


def product_names(session: Session, product_ids: Sequence[int] | set[int]) -> dict[int, str]:
    """What the products are called; the number a shop gave it where it has no name."""
    rows = session.exec(select(Product).where(col(Product.id).in_(list(product_ids))))
    return {product.id: product.name or product.sku for product in rows}


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}" if line else ">" for line in text.splitlines())
