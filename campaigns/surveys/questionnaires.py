"""What can be asked: the questionnaires that come with the program, and the owner's own questions. Plain data.

A questionnaire is a file in templates/surveys, worded in every language and versioned as the words of consent are; a
survey keeps the questions as they were when it was made.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Self

from campaigns.problems import BadDraft
from campaigns.shop import LANGUAGES
from campaigns.tables import Survey
from campaigns.words.composing import Composer

LOYALTY, NPS, CSAT, OWN = "loyalty", "nps", "csat", "own"
READY = (LOYALTY, NPS, CSAT)
KINDS = (*READY, OWN)
MOST_OWN, LONGEST_OWN = 5, 200
"""Questions of the owner's own, and the letters of each."""
JOINER = "\u200d"
A_MINUTE = 8
"""Statements that one answers in a minute; a question for words counts as three."""
SPLIT = re.compile(r"\n|\s\|\s")
NUMBERED = re.compile(r"^\s*(?:\d{1,2}[.)]|[•*-])\s+")


class Asks(StrEnum):
    """What a question wants to hear."""

    AGREE = "agree"
    """1 to 5: how far one agrees with a statement."""
    SATISFIED = "satisfied"
    RATING = "rating"
    """1 to 5, the higher the better: an owner's own."""
    LIKELY = "likely"
    """0 to 10: how likely one would recommend the shop."""
    YES_NO = "yes_no"
    OPEN = "open"
    """Words."""


RANGES = {
    Asks.AGREE: (1, 5),
    Asks.SATISFIED: (1, 5),
    Asks.RATING: (1, 5),
    Asks.LIKELY: (0, 10),
    Asks.YES_NO: (0, 1),
}
"""The least and the most of each that is answered by a number."""
ENDINGS: Mapping[Asks, re.Pattern[str]] = {
    Asks.RATING: re.compile(r"[\s(\[]*1\s*(?:-|–|sampai|s/d|to)\s*5[)\].]*\s*$", re.IGNORECASE),
    Asks.YES_NO: re.compile(r"[\s(\[]*(?:ya|yes|y)\s*(?:/|atau|or)\s*(?:tidak|tdk|no|n|t)[)\].]*\s*$", re.IGNORECASE),
}
"""How an owner says at the end of a question what it is answered by; without any it is answered in words."""


@dataclass(frozen=True)
class Question:
    """``key`` names it in figures: PM1. ``construct`` is what it measures, for the analysis of paths."""

    key: str
    asks: Asks
    words: Mapping[str, str]
    construct: str = ""

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Self:
        return cls(kept["key"], Asks(kept["asks"]), kept["words"], kept.get("construct", ""))

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "words": dict(self.words)}

    def in_words(self, language: str) -> str:
        return self.words.get(language) or next(iter(self.words.values()))

    @property
    def range(self) -> tuple[int, int] | None:
        """The least and the most it is answered by; None: by words."""
        return RANGES.get(self.asks)


@dataclass(frozen=True)
class Questionnaire:
    """A set of questions, and which version of their words it is."""

    kind: str
    version: str
    questions: Sequence[Question] = field(default_factory=tuple)


def ready(composer: Composer, kind: str) -> Questionnaire:
    """One that comes with the program. Raises BrokenTemplate, or BadDraft where there is none of that name."""
    if kind not in READY:
        raise BadDraft("unknown_survey", name=kind, known=", ".join(KINDS))
    kept = composer.data(f"surveys/{kind}.toml")
    questions = tuple(
        Question(
            each["key"],
            Asks(each["asks"]),
            {name: each[name] for name in LANGUAGES},
            each.get("construct", ""),
        )
        for each in kept["questions"]
    )
    return Questionnaire(kind, kept["version"], questions)


def own(text: str) -> Questionnaire:
    """The owner's own, a question a line (or parted by " | "): "How was the coffee? 1-5". Raises BadDraft."""
    lines = [_cleaned(NUMBERED.sub("", each)) for each in SPLIT.split(text)]
    lines = [each for each in lines if each]
    if not lines:
        raise BadDraft("own_survey_empty", most=MOST_OWN)
    if len(lines) > MOST_OWN:
        raise BadDraft("own_survey_many", most=MOST_OWN, n=len(lines))
    if any(len(each) > LONGEST_OWN for each in lines):
        raise BadDraft("own_survey_long", longest=LONGEST_OWN)
    return Questionnaire(OWN, f"{OWN}-1", tuple(_own(n, each) for n, each in enumerate(lines, 1)))


def of(survey: Survey) -> list[Question]:
    """What a survey asks, in its order."""
    return [Question.of(each) for each in survey.questions]


def minutes(questions: Sequence[Question]) -> int:
    """About how long it takes."""
    weight = sum(3 if each.asks is Asks.OPEN else 1 for each in questions)
    return max(1, round(weight / A_MINUTE))


def _own(place: int, said: str) -> Question:
    for asks, ending in ENDINGS.items():
        if ending.search(said) and (bare := ending.sub("", said).strip()):
            return Question(f"Q{place}", asks, dict.fromkeys(LANGUAGES, bare))
    return Question(f"Q{place}", Asks.OPEN, dict.fromkeys(LANGUAGES, said))


def _cleaned(text: str) -> str:
    """On one line, without what nobody sees; a joiner makes one picture of two and stays."""
    return " ".join("".join(sign if sign.isprintable() or sign == JOINER else " " for sign in text).split())
