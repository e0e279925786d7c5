"""One message, judged: how it is meant, what it is about, whether somebody has to look now. Pure, and quick.

It runs where people are answered, so nothing here loads more than plain Python.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.words import themes
from engine.words.sentiment import Sentiment
from engine.words.urgency import urgent

RULES = "1"
"""Of the themes and of what is urgent: with other rules what was judged is judged anew."""
LONGEST_LEAD = 2
"""Words of a mere greeting or nod; shorter texts say nothing that could be judged."""


@dataclass(frozen=True)
class Opinion:
    """What is thought of one text. ``probability`` is of the likeliest of positive, neutral and negative."""

    label: str
    probability: float
    themes: tuple[str, ...]
    urgent: tuple[str, ...]
    """What is wrong, by its key in engine/words/urgency.py; nothing where nobody has to look now."""


@dataclass(frozen=True)
class Judge:
    """Judges texts by the sentiment in use."""

    sentiment: Sentiment

    @classmethod
    def shipped(cls) -> Judge:
        return cls(Sentiment.shipped())

    @property
    def name(self) -> str:
        """Which judge this is, beside what it judged."""
        return f"{self.sentiment.name}-{RULES}"

    def judge(self, text: str) -> Opinion:
        meant = self.sentiment.judge(text)
        return Opinion(meant.label, round(meant.probability, 3), themes.of(text), urgent(text, meant))
