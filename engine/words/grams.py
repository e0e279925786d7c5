"""What a trained model counts in a text: runs of words, negations marked, and runs of letters within words.

Each run is known by a number (crc32), never by itself: a trained file holds no word that anybody wrote.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from zlib import crc32

from engine.words.spelling import MARKS, negated, pieces

LONGEST_RUN = 3
"""Words."""
LETTERS = (2, 3, 4)
Counts = tuple[Counter[int], Counter[int]]


def grams(text: str) -> Counts:
    """How often each run of words and each run of letters stands in ``text``, by its number."""
    spelt = pieces(text)
    return Counter(_runs(negated(spelt))), Counter(_letters([each for each in spelt if each not in MARKS]))


def _runs(told: Sequence[str]) -> Iterator[int]:
    for length in range(1, LONGEST_RUN + 1):
        for start in range(len(told) - length + 1):
            yield crc32(" ".join(told[start : start + length]).encode())


def _letters(told: Sequence[str]) -> Iterator[int]:
    for word in told:
        edged = f"<{word}>"
        for length in LETTERS:
            for start in range(len(edged) - length + 1):
                # The mark before it keeps letters and words apart.
                yield crc32(f"\t{edged[start : start + length]}".encode())
