"""What was sold, as it is said at the counter: "Kopi Gayo x2 90rb, Teh Poci". Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from bot.talk import amounts
from campaigns.problems import Problem

BETWEEN = re.compile(r",(?!\d)\s*|,\s+|;|\n|\s\+\s")
PIECES = r"pcs?|buah|bh|biji|bungkus|bks|pak|botol|btl"
TIMES_AFTER = re.compile(rf"^(.*?)\s*(?:\s[x×*]\s?(\d{{1,4}})|\s(\d{{1,4}})\s?(?:x|×|{PIECES}))$", re.IGNORECASE)
TIMES_BEFORE = re.compile(rf"^(\d{{1,4}})\s?(?:[x×*]|{PIECES})\s+(.*)$", re.IGNORECASE)
BARE_BEFORE, BARE_AFTER = re.compile(r"^(\d{1,2})\s+(\D.*)$"), re.compile(r"^(?=.*[^\d\s])(.*\S)\s+(\d{1,2})$")
"""A whole number up to 99 beside a name: so many of it, unless it is part of the name."""
PRICE_WORDS = re.compile(r"\s*(?:=|:|\b(?:seharga|harga|total|jadi|for|at))\s*$", re.IGNORECASE)
EACH_BEFORE = re.compile(r"\s*(?:@|\beach)\s*$", re.IGNORECASE)
EACH_AFTER = re.compile(r"(?:\s*/\s*(?:pcs|buah)|\s+(?:satuan|each|per buah))$", re.IGNORECASE)
MOST_AMOUNT_WORDS = 6


class CannotSell(Problem):
    """What was said at the counter cannot be written down as it is."""


@dataclass(frozen=True)
class Line:
    """One thing sold. ``words`` name it, empty where only a sum was said; None: not said.

    ``readings`` are other ways to take it, should these words name nothing: "Kopi 2" may be two of Kopi.
    """

    words: str
    quantity: int | None = None
    amount_minor: int | None = None
    is_each: bool = False
    """The amount is the price of one, not of all."""
    is_guess: bool = False
    """It could be meant otherwise."""
    readings: tuple[Line, ...] = ()


def read(text: str, currency: str) -> list[Line]:
    """The lines of a sale, in their order. Amounts are in minor units of ``currency``."""
    return [_line(" ".join(part.split()), currency) for part in BETWEEN.split(text) if part.strip()]


def _line(said: str, currency: str) -> Line:
    rest, amount, is_each = _without_amount(said, currency)
    words, quantity = _without_quantity(rest)
    if amount is None and quantity is not None:
        words, amount, is_each = _without_amount(words, currency)
        if amount is not None:
            # "Kopi 45rb x2": most mean 45 thousand each, some in all.
            return Line(words, quantity, amount, is_each=True, is_guess=not is_each)
    line = Line(words, quantity, amount, is_each)
    return line if quantity is not None else replace(line, readings=tuple(_guesses(line)))


def _guesses(line: Line) -> Iterator[Line]:
    for pattern, number, name in ((BARE_AFTER, 2, 1), (BARE_BEFORE, 1, 2)):
        found = pattern.match(line.words)
        if found is not None and int(found[number]):
            yield Line(found[name].strip(), int(found[number]), line.amount_minor, line.is_each, is_guess=True)


def _without_amount(said: str, currency: str) -> tuple[str, int | None, bool]:
    """The rest, the sum at its end or else at its beginning, and whether that is each one's."""
    plain = EACH_AFTER.sub("", said)
    words = plain.replace("@", "@ ").split()
    for at in range(max(0, len(words) - MOST_AMOUNT_WORDS), len(words)):
        amount = _sum(words[at:], currency)
        if amount is not None:
            before = " ".join(words[:at])
            rest = EACH_BEFORE.sub("", before)
            return PRICE_WORDS.sub("", rest).strip(), amount, plain != said or rest != before
    for at in range(min(MOST_AMOUNT_WORDS, len(words) - 1), 0, -1):
        amount = _sum(words[:at], currency)
        if amount is not None:
            return " ".join(words[at:]), amount, False
    return said, None, False


def _sum(words: list[str], currency: str) -> int | None:
    said = " ".join(words)
    return amounts.read(said, currency) if amounts.is_money(said) else None


def _without_quantity(said: str) -> tuple[str, int | None]:
    after, before = TIMES_AFTER.match(f" {said}"), TIMES_BEFORE.match(said)
    if after is not None and int(after[2] or after[3]):
        return after[1].strip(), int(after[2] or after[3])
    if before is not None and int(before[1]):
        return before[2].strip(), int(before[1])
    return said, None
