"""The findings in words, each with the line that acts on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.talk.desk import funnel, suggesting
from bot.talk.replies import Teller
from campaigns.looking.clues import LEAST, ONE_IN, Finding
from campaigns.words.composing import Laid, Reply
from ledger import money

LONGEST_PRESS_BYTES = 64
"""A line longer than a button can say is there to be copied."""


def told(teller: Teller, found: Sequence[Finding], outlook: str = "") -> Reply:
    """At most three findings, the worthiest first; a button says each one's line. Then what is foreseen."""
    rows = [
        {"says": Laid(says(teller, each)), "worth": worth(teller, each), "line": Laid(line(teller, each))}
        for each in found
    ]
    lines = [str(each["line"]) for each in rows]
    return teller.say(
        "insights",
        rows=rows,
        choices=[(each, each) for each in lines if len(each.encode()) <= LONGEST_PRESS_BYTES],
        least=LEAST,
        one_in=ONE_IN,
        outlook=Laid(outlook),
    )


def says(teller: Teller, finding: Finding) -> str:
    """What was seen, with its numbers."""
    if finding.about in funnel.SAYS:
        return funnel.SAYS[finding.about](teller, finding.figures)
    figures = {
        name.removesuffix("_minor"): _figure(teller, name, value, finding) for name, value in finding.figures.items()
    }
    return teller.word("findings", finding.about, n=teller.number(finding.n), **figures)


def line(teller: Teller, finding: Finding) -> str:
    """What acts on it."""
    return suggesting.line(teller, finding.deed)


def worth(teller: Teller, finding: Finding) -> str:
    """The amount it was ranked by; nothing where there is none to tell."""
    return money.in_words(finding.worth_minor, finding.currency, teller.language) if finding.worth_minor else ""


def _figure(teller: Teller, name: str, value: Any, finding: Finding) -> Any:
    if name == "segment":
        return teller.word("segments", value)
    if name == "theme":
        return teller.word("themes", value)
    if name == "number":
        return value
    if name.endswith("_minor"):
        return money.in_words(value, finding.currency, teller.language)
    if isinstance(value, int | float):
        return teller.number(value, 1 if isinstance(value, float) else 0)
    return value
