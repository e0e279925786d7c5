"""What the words of a segment say, one by one, before anybody adds them up. Pure data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from campaigns.grouping.conditions import Doing, Span


class Mark(Enum):
    """What holds conditions together."""

    COMMA = auto()
    AND = auto()
    OR = auto()
    NOT = auto()
    OPENS = auto()
    CLOSES = auto()


class Verb(Enum):
    """What a customer may have done, as a word says it."""

    BOUGHT = Doing.BOUGHT
    VIEWED = Doing.VIEWED
    CARTED = Doing.CARTED
    REVIEWED = Doing.REVIEWED
    CLICKED = Doing.CLICKED
    OPENED = Doing.OPENED
    REPLIED = Doing.REPLIED
    SEEN = Doing.SEEN
    SPENT = "spent"
    JOINED = "joined"


class Sort(Enum):
    """A word that says what kind of name comes next."""

    CITY = auto()
    LANGUAGE = auto()
    SEGMENT = auto()
    CHANNEL = auto()
    CATEGORY = auto()
    BRAND = auto()
    PRODUCT = auto()
    NAMED = auto()


class Word(Enum):
    NOTHING = auto()
    """Words that hold a sentence together."""
    LAST = auto()
    """The last time of what is said."""


@dataclass(frozen=True)
class Times:
    least: int = 1
    most: int | None = None


@dataclass(frozen=True)
class When:
    """``is_ago``: longer ago than the span says."""

    span: Span
    is_ago: bool = False


@dataclass(frozen=True)
class Amount:
    """In minor units, both included."""

    least: int | None = None
    most: int | None = None


@dataclass(frozen=True)
class Birthday:
    """1 to 12; 0: the month it is when it is asked."""

    month: int


@dataclass(frozen=True)
class Name:
    """Words that are no grammar: of goods, a city, a segment. In quotes it is one name, whatever it says."""

    text: str
    is_quoted: bool = False


@dataclass(frozen=True)
class Trouble:
    """Understood, and impossible: the key of the sentence that says why."""

    fault: str


Meaning = Mark | Verb | Sort | Word | Times | When | Amount | Birthday | Name | Trouble


@dataclass(frozen=True)
class Piece:
    """A stretch of the text, from ``start`` to before ``end``, and what it says."""

    meaning: Meaning
    start: int
    end: int
