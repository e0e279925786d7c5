"""Answers to "would you recommend us, and why": scores with a known mean, and reasons that go with them.

Answers to the twelve statements are in engine/synthetic/opinions.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import Final

MIDDLE, WIDTH, LEAST, MOST = 8.3, 1.7, 0, 10
WRITES: Final = 0.7
"""How many of those who give a number also write why."""
SEED: Final = 11
REASONS: Final[Mapping[str, tuple[tuple[int, str], ...]]] = {
    "id": (
        (9, "Pelayanannya ramah dan cepat balas"),
        (9, "Barangnya bagus, kemasan rapi sekali"),
        (9, "Kopinya enak, rasanya selalu sama"),
        (8, "Ramah orangnya, mau ditanya-tanya"),
        (7, "Bagus, tapi ongkirnya lumayan mahal"),
        (7, "Enak rasanya, stok sering habis"),
        (5, "Pengirimannya lama sampai"),
        (4, "Harganya naik terus, sekarang kemahalan"),
    ),
    "en": (
        (9, "Friendly service and quick replies"),
        (9, "Good quality, neatly packed"),
        (9, "The coffee tastes great every time"),
        (8, "Friendly people, happy to answer"),
        (7, "Good, but delivery costs a lot"),
        (7, "Tastes great, often out of stock"),
        (5, "Delivery took too long"),
        (4, "The price keeps going up, too expensive now"),
    ),
}
"""From which score on somebody writes so."""


def recommendations(people: int, language: str, seed: int = SEED) -> Sequence[tuple[int, str | None]]:
    """By person a score from 0 to 10, and why; None where they passed that over."""
    lots = Random(seed)  # noqa: S311 - invented answers, not a secret
    return [_one(lots, language) for _ in range(people)]


def _one(lots: Random, language: str) -> tuple[int, str | None]:
    score = min(MOST, max(LEAST, round(lots.gauss(MIDDLE, WIDTH))))
    if lots.random() >= WRITES:
        return score, None
    fitting = [
        words for least, words in REASONS[language] if least <= score < least + 2 or (least == 4 and score < 4)
    ]
    return score, lots.choice(fitting or [REASONS[language][0][1]])
