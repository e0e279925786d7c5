"""What may be asked of a customer: a closed list of conditions, as plain data. Nothing here is code, nor becomes any.

``All`` and ``Either`` hold two conditions or more, none of them of its own kind, none twice: so that what is written
out in words and read again is the same structure.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Doing(StrEnum):
    """What a customer may have done."""

    BOUGHT = "bought"
    """An order that did not come back whole."""
    VIEWED = "viewed"
    CARTED = "carted"
    REVIEWED = "reviewed"
    CLICKED = "clicked"
    OPENED = "opened"
    """Read an offer of ours, as far as the messenger tells."""
    REPLIED = "replied"
    """Wrote within a week after an offer of ours."""
    SEEN = "seen"
    """Any sign of life."""


class Called(StrEnum):
    """How goods are meant."""

    CATEGORY = "category"
    BRAND = "brand"
    PRODUCT = "product"
    """One product, by its SKU."""
    WORDS = "words"
    """Every product in whose name these words stand."""


class Stretch(StrEnum):
    """A stretch of the shop's calendar that moves along with it."""

    TODAY = "today"
    YESTERDAY = "yesterday"
    THIS_WEEK = "this_week"
    LAST_WEEK = "last_week"
    THIS_MONTH = "this_month"
    LAST_MONTH = "last_month"
    THIS_YEAR = "this_year"
    LAST_YEAR = "last_year"
    SINCE_YESTERDAY = "since_yesterday"
    SINCE_LAST_WEEK = "since_last_week"
    SINCE_LAST_MONTH = "since_last_month"
    SINCE_LAST_YEAR = "since_last_year"


@dataclass(frozen=True)
class Span:
    """When; nothing set: ever. One of the three ways only.

    ``days``: in the last so many days. ``since`` and ``until``: from the one day on, to the end of the other, by the
    shop's calendar. ``stretch``: as the calendar has it on the day of asking.
    """

    days: int | None = None
    since: date | None = None
    until: date | None = None
    stretch: Stretch | None = None


EVER = Span()


@dataclass(frozen=True)
class Goods:
    """Products, by what they are called: a category's or brand's name, a SKU, or words of a name, folded."""

    called: Called
    value: str


@dataclass(frozen=True)
class Did:
    """Did it at least ``least`` times, at most ``most``; with any of ``goods`` (none: whatever), on ``place``."""

    doing: Doing
    goods: tuple[Goods, ...] = ()
    least: int = 1
    most: int | None = None
    span: Span = EVER
    place: str = ""


@dataclass(frozen=True)
class Spent:
    """Bought for that much in all, what came back taken off. In minor units of the shop's currency, both included."""

    least: int | None = None
    most: int | None = None
    goods: tuple[Goods, ...] = ()
    span: Span = EVER
    place: str = ""


@dataclass(frozen=True)
class LivesIn:
    """The city as the shop has it written down, in whatever case."""

    city: str


@dataclass(frozen=True)
class Speaks:
    """A language of the shop's chats; of who never chose one, the shop's."""

    language: str


@dataclass(frozen=True)
class Reached:
    """Has a chat with the shop there."""

    channel: str


@dataclass(frozen=True)
class Joined:
    """Was first seen then: by a purchase, a message, or whatever we know first of them."""

    span: Span


@dataclass(frozen=True)
class Belongs:
    """Is in that segment of the current run."""

    segment: str


@dataclass(frozen=True)
class BornIn:
    """Told a birthday in that month, 1 to 12; 0: in the month it is."""

    month: int


@dataclass(frozen=True)
class Scored:
    """Answered the loyalty survey with at least or at most that much, 1 to 5; neither: has not answered."""

    least: float | None = None
    most: float | None = None


@dataclass(frozen=True)
class Not:
    condition: Condition


@dataclass(frozen=True)
class All:
    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class Either:
    parts: tuple[Condition, ...]


Plain = Did | Spent | LivesIn | Speaks | Reached | Joined | Belongs | BornIn | Scored
Condition = Plain | Not | All | Either
OPEN = (LivesIn, Speaks, Reached, BornIn)
"""What customers told us for being written to at all; anything else is their history."""


def both(parts: list[Condition]) -> Condition:
    """All of them; one alone is itself, and what is among them twice is asked once."""
    return _joined(All, parts)


def either(parts: list[Condition]) -> Condition:
    """Any of them."""
    return _joined(Either, parts)


def _joined(kind: type[All] | type[Either], parts: list[Condition]) -> Condition:
    flat = [inner for each in parts for inner in (each.parts if isinstance(each, kind) else (each,))]
    once = tuple(dict.fromkeys(flat))
    return once[0] if len(once) == 1 else kind(once)


def leaves(condition: Condition) -> Iterator[Plain]:
    """Every condition in it that holds no other."""
    match condition:
        case Not(inner):
            yield from leaves(inner)
        case All(parts) | Either(parts):
            for each in parts:
                yield from leaves(each)
        case _:
            yield condition


def goods_of(condition: Condition) -> list[Goods]:
    """All goods it speaks of, each once."""
    found = [each for leaf in leaves(condition) if isinstance(leaf, Did | Spent) for each in leaf.goods]
    return list(dict.fromkeys(found))


def needs_profiling(condition: Condition) -> bool:
    """Whether to ask it is to use somebody's history."""
    return not all(isinstance(each, OPEN) for each in leaves(condition))
