"""How a message is meant: positive, neutral or negative, how sure that is, and "unsure" where it is not.

What ships judges by our own lexicon (leaning.py). Pure Python that loads in milliseconds: it runs where people are
answered. Sarcasm is not promised: "hebat ya, janji sehari jadi seminggu" may be taken at its word.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, Protocol

from engine.words.leaning import Leaning, leaning

Label = Literal["positive", "neutral", "negative", "unsure"]
LABELS: tuple[Label, Label, Label] = ("negative", "neutral", "positive")
"""In the order in which all weights stand."""
SURE = 0.6
"""Below this probability nothing is said."""

Three = tuple[float, float, float]


@dataclass(frozen=True)
class Judged:
    """How a text is meant, and the probability of that; of each of the three in ``probabilities``."""

    label: Label
    probability: float
    probabilities: dict[str, float]


class Model(Protocol):
    """Gives the probabilities of negative, neutral and positive, which add up to one."""

    def probabilities(self, text: str) -> Three: ...


@dataclass(frozen=True)
class Sentiment:
    """Judges texts. ``sure`` is the least probability at which a label is given; ``name`` says which it is."""

    model: Model
    name: str = "shipped"
    sure: float = SURE

    @classmethod
    def shipped(cls) -> Sentiment:
        """What is there without any training."""
        return cls(Lexicon())

    def judge(self, text: str) -> Judged:
        """How ``text`` is meant."""
        probabilities = self.model.probabilities(text)
        best = max(range(3), key=probabilities.__getitem__)
        label = LABELS[best] if probabilities[best] >= self.sure else "unsure"
        return Judged(label, probabilities[best], dict(zip(LABELS, probabilities, strict=True)))


class Lexicon:
    """The shipped model: what our own lexicon says of a text, weighed by what was set on sentences of our own."""

    def probabilities(self, text: str) -> Three:
        heard = described(leaning(text))
        return softmax(*(sum(map(float.__mul__, heard, column)) for column in zip(*WEIGHTS, strict=True)))


WEIGHTS: tuple[Three, ...] = (
    (-0.22, 0.74, -0.51),
    (-0.63, -1.01, 1.64),
    (1.77, -1.20, -0.57),
    (0.57, -0.29, -0.28),
    (-1.42, 0.18, 1.24),
    (-0.36, 1.39, -1.03),
    (-1.23, 1.75, -0.52),
    (0.62, -0.19, -0.42),
    (0.04, -0.05, 0.00),
)
"""What each figure of ``described`` says for negative, neutral and positive, rounded: a logistic regression on the
sentences of tests/engine/words/own.tsv, which we wrote."""


def described(heard: Leaning) -> tuple[float, ...]:
    """A leaning as the figures that are weighed."""
    both = min(heard.in_favour, heard.against)
    return (
        1.0,
        math.log1p(heard.in_favour),
        math.log1p(heard.against),
        math.log1p(both),
        (heard.in_favour - heard.against) / (1 + heard.in_favour + heard.against),
        math.log1p(heard.asking),
        float(heard.is_question),
        float(min(heard.denials, 2)),
        math.log1p(heard.words),
    )


def softmax(*scores: float) -> Three:
    """Scores as probabilities that add up to one."""
    top = max(scores)
    powers = [math.exp(each - top) for each in scores]
    total = sum(powers)
    return (powers[0] / total, powers[1] / total, powers[2] / total)
