"""What a campaign is to be, said a piece at a time, in chat or on the command line. Pure data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Self

from campaigns.launching.recurring import Recurrence
from ledger.columns import microseconds, moment

OWN_WORDS = "own"
"""The goal whose text the owner writes."""
SURVEY = "survey"
"""In place of a goal: the campaign invites to a survey and offers nothing; see campaigns/surveys."""
MOST_VARIANTS = 5
LARGEST_DISCOUNT = 90
"""In percent."""
LARGEST_HOLDOUT = 0.9
NAMES = "ABCDE"


class Allocation(StrEnum):
    """How the variants of a campaign are dealt out."""

    FIXED = "fixed"
    BANDIT = "bandit"
    """More of what is answered better, as answers come in; see campaigns/launching/variants.py."""


class Trigger(StrEnum):
    """What a customer does, or does not do, that a standing campaign answers to."""

    VIEWED = "viewed"
    CART = "cart"
    FIRST_PURCHASE = "first_purchase"
    REPLENISHMENT = "replenishment"
    QUIET = "quiet"
    BIRTHDAY = "birthday"


@dataclass(frozen=True)
class Variant:
    """One form of the same offer. ``share`` is of those who are sent one; ``text`` are the owner's words."""

    name: str = "A"
    discount_percent: int = 0
    share: float = 1.0
    text: str | None = None

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Self:
        return cls(**kept)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class When:
    """When its messages go out. Nothing set: at once.

    ``at``: once, at that moment. ``repeats``: again and again, each time a campaign of its own. ``trigger``: to each
    customer when it is their turn. ``at_best_hour``: each message waits for the hour its customer likes best.
    """

    at: datetime | None = None
    repeats: Recurrence | None = None
    trigger: Trigger | None = None
    at_best_hour: bool = False

    @property
    def is_now(self) -> bool:
        return self.at is None and self.repeats is None and self.trigger is None

    @property
    def is_standing(self) -> bool:
        """Whether it goes on until somebody ends it."""
        return self.repeats is not None or self.trigger is not None


@dataclass(frozen=True)
class Draft:
    """None or empty where nothing was said yet. ``template`` is the goal's key in templates/catalog.toml.

    ``audience`` is a segment's key, or one of audiences.OPEN_AUDIENCES. ``product_ids`` are what is to be shown where
    the owner said what, in their order; a chosen bundle is whole. ``text`` is the owner's own words (goal OWN_WORDS).
    ``budget`` is the most it may cost, in the shop's currency.
    """

    template: str | None = None
    audience: str | None = None
    variants: tuple[Variant, ...] = ()
    allocation: Allocation = Allocation.FIXED
    holdout_percent: int | None = None
    when: When | None = None
    product_ids: tuple[int, ...] = ()
    text: str | None = None
    budget: Decimal | None = None

    def as_json(self) -> dict[str, Any]:
        """For keeping it between two messages of a chat."""
        when = self.when
        return {
            "template": self.template,
            "audience": self.audience,
            "variants": [each.as_json() for each in self.variants],
            "allocation": self.allocation,
            "holdout_percent": self.holdout_percent,
            "when": when
            and {
                "at": microseconds(when.at) if when.at else None,
                "repeats": str(when.repeats) if when.repeats else None,
                "trigger": when.trigger,
                "at_best_hour": when.at_best_hour,
            },
            "product_ids": list(self.product_ids),
            "text": self.text,
            "budget": f"{self.budget:f}" if self.budget is not None else None,
        }

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Self:
        """From ``as_json``."""
        when = kept["when"]
        return cls(
            template=kept["template"],
            audience=kept["audience"],
            variants=tuple(Variant.of(each) for each in kept["variants"]),
            allocation=Allocation(kept["allocation"]),
            holdout_percent=kept["holdout_percent"],
            when=when
            and When(
                at=moment(when["at"]) if when["at"] is not None else None,
                repeats=Recurrence.read(when["repeats"]) if when["repeats"] else None,
                trigger=Trigger(when["trigger"]) if when["trigger"] else None,
                at_best_hour=when["at_best_hour"],
            ),
            product_ids=tuple(kept["product_ids"]),
            text=kept["text"],
            budget=Decimal(kept["budget"]) if kept.get("budget") is not None else None,
        )


def by_discount(*percents: int, shares: Sequence[float] = ()) -> tuple[Variant, ...]:
    """A variant for each discount, in equal shares or in ``shares``. Raises ValueError for more than five."""
    if not 1 <= len(percents) <= MOST_VARIANTS:
        raise ValueError(f"one to {MOST_VARIANTS} variants")
    parts = shares or [1 / len(percents)] * len(percents)
    return tuple(Variant(name, percent, share) for name, percent, share in zip(NAMES, percents, parts, strict=False))
