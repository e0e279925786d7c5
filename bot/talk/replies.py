"""Results put into words for those who run the shop: the same in chat and on the command line."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from babel.dates import format_datetime
from babel.numbers import format_decimal
from sqlmodel import Session, col, select

from campaigns import insights
from campaigns.choosing import audiences
from campaigns.choosing.audiences import EVERYONE, OPEN_AUDIENCES
from campaigns.problems import Problem
from campaigns.shop import Shop
from campaigns.tables import Campaign
from campaigns.words.composing import Composer, Laid, Reply
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
        # The sentence is ours and stands whole; what it quotes was cleaned when it was put together.
        return self.say("problem", sentence=Laid(self.sentence(problem)))

    def sentence(self, problem: Problem) -> str:
        """What stands in the way and what to do, in our language."""
        values = dict(problem.values)
        if "known" in values:
            values["known"] = Laid(values["known"])
        if "status" in values:
            values["status"] = self.word("statuses", values["status"])
        if "template" in values:
            values["template"] = self.composer.shelf(self.language, "templates").get(
                values["template"], values["template"]
            )
        for name, value in values.items():
            values[name] = self.money(value) if isinstance(value, Decimal) else value
        return self.word("problems", problem.key, **values)

    def money(self, amount: Decimal) -> str:
        """A sum of the shop's currency, as people write it."""
        return money.in_words(money.to_minor(amount, self.shop.currency), self.shop.currency, self.language)

    def number(self, value: float, decimals: int = 0) -> str:
        return format_decimal(round(value, decimals), locale=self.language)

    def signed(self, value: float) -> str:
        """With its sign: "+12", "−3", "0"."""
        return format_decimal(value, format="+#,##0;−#,##0", locale=self.language) if value else "0"

    def clock(self, at: datetime) -> str:
        """The time of day by the shop's clock, as one writes it here: "09.05", "09:05"."""
        return self.moment(at, "")

    def moment(self, at: datetime, day: str = "d MMMM") -> str:
        """Day and time by the shop's clock: "6 November 09.05"."""
        pattern = f"{day} {self.word('recurrence', 'clock')}".strip()
        return format_datetime(at.astimezone(self.shop.zone), pattern, locale=self.language)

    def audience(self, key: str) -> str:
        return self.word(audiences.shelf_of(key), audiences.named(key), **audiences.said_with(key))

    def template_choices(self) -> list[tuple[str, str]]:
        return [(self.word("templates", name), name) for name in self.composer.catalog]

    def audience_choices(self, session: Session) -> list[tuple[str, str]]:
        segments = insights.segments(session)
        named = [(f"{self.word('segments', each.key)} ({each.size})", each.key) for each in segments]
        return [*((self.word("audiences", key), key) for key in OPEN_AUDIENCES if key == EVERYONE or named), *named]

    def changed(self, campaign: Campaign, spared: int = 0) -> Reply:
        status = self.word("statuses", campaign.status)
        return self.say("campaign_changed", number=campaign.id, status=status, spared=spared)


def product_names(session: Session, product_ids: Sequence[int] | set[int]) -> dict[int, str]:
    """What the products are called; the number a shop gave it where it has no name."""
    rows = session.exec(select(Product).where(col(Product.id).in_(list(product_ids))))
    return {product.id: product.name or product.sku for product in rows}
