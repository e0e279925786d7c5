"""How a message is meant: positive, neutral or negative, how sure that is, and "unsure" where it is not.

What ships judges by our own lexicon (leaning.py). Pure Python that loads in milliseconds: it runs where people are
answered. Sarcasm is not promised: "hebat ya, janji sehari jadi seminggu" may be taken at its word.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from engine.words.leaning import leaning
from engine.words.weights import BadWords, Three, Weights, described, softmax

Label = Literal["positive", "neutral", "negative", "unsure"]
LABELS: tuple[Label, Label, Label] = ("negative", "neutral", "positive")
"""In the order in which all weights stand."""
SHIPPED, TRAINED = "shipped", "trained"
SURE = 0.7
"""Below this probability nothing is said."""


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
    name: str = SHIPPED
    sure: float = SURE

    @classmethod
    def shipped(cls) -> Sentiment:
        """What is there without any training."""
        return cls(Lexicon())

    @classmethod
    def read(cls, written: bytes) -> Sentiment:
        """What was trained and kept, from its file's bytes. Raises BadWords."""
        weights = Weights.read(written)
        sure = weights.about.get("sure", SURE)
        if not isinstance(sure, float) or not 0 <= sure <= 1:
            raise BadWords("it does not say when it is sure")
        return cls(weights, TRAINED, sure)

    @property
    def about(self) -> Mapping[str, Any]:
        """What the training says of it: figures, sizes; nothing for what ships."""
        return self.model.about if isinstance(self.model, Weights) else {}

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
    (-0.15, 0.60, -0.45),
    (-0.53, -1.30, 1.84),
    (2.00, -1.57, -0.43),
    (0.46, -0.20, -0.26),
    (-1.56, 0.26, 1.30),
    (-0.39, 1.20, -0.81),
    (-1.37, 1.73, -0.36),
    (0.07, 0.03, -0.10),
    (-0.06, 0.24, -0.18),
)
"""What each figure of ``described`` says for negative, neutral and positive, rounded: a logistic regression on the
sentences of tests/engine/words/own.tsv, which we wrote."""
