"""What texts are about: themes of our own code book, and what the book does not know but several texts share.

    text → words in plain spelling, without what hangs on → themes of the book       (``of``)
    texts no theme covers → words side by side more often than by chance → "found"   (``code``)

Plain Python. A theme that was found is labelled by its own words, so that nobody has to guess what topic 7 is.
Method for pairs: Dunning (1993), Accurate methods for the statistics of surprise and coincidence, Computational
Linguistics 19(1), log-likelihood ratio.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from math import log

from engine.words.codebook import BOOK, PLAIN
from engine.words.spelling import words

FOUND = "found:"
"""Begins the key of a theme that the book does not know."""
LEAST_TEXTS = 3
"""Fewer share no theme worth a name."""
MOST_FOUND = 5
SURPRISING = 10.83
"""A log-likelihood ratio beyond which a pair stands side by side by chance in one case of a thousand (χ², 1 df)."""
HANGING = ("nya", "ku", "mu", "lah", "kah", "pun", "s")
SHORTEST_STEM = 3


@dataclass(frozen=True)
class Theme:
    """``n`` texts are about it, ``share`` of all; ``quotes`` are their places among the texts, the most telling
    first.

    ``words`` label a theme that was found; those of the book are labelled by their key, in the reader's language.
    """

    key: str
    n: int
    share: float
    quotes: tuple[int, ...]
    words: str = ""


def of(text: str) -> tuple[str, ...]:
    """The themes of one text, by their keys in the book's order; none where the book knows nothing of it."""
    said = stems(text)
    found = {key for each in grams(said) for key in _known().get(each, ())}
    return tuple(key for key in BOOK if key in found)


def code(texts: Sequence[str]) -> list[Theme]:
    """The themes of all ``texts``, the most frequent first; a text may have several, or none.

    Themes of the book with their n, however small; found ones from LEAST_TEXTS on.
    """
    told = [of(each) for each in texts]
    by_key = {key: [place for place, keys in enumerate(told) if key in keys] for key in BOOK}
    book = [_theme(key, places, texts) for key, places in by_key.items() if places]
    uncovered = [place for place, keys in enumerate(told) if not keys]
    found = [
        _theme(FOUND + name, [uncovered[each] for each in places], texts, name)
        for name, places in _shared([texts[place] for place in uncovered])
    ]
    return sorted((*book, *found), key=lambda each: (-each.n, each.key))


def stems(text: str) -> list[str]:
    """The words of ``text`` in plain spelling, without what hangs on."""
    return [stem(each) for each in words(text)]


def stem(word: str) -> str:
    """ "barangnya" is "barang", "sampailah" "sampai"; a word of the book or one too short stays as it is."""
    if word in _words_of_the_book():
        return word
    for ending in HANGING:
        bare = word.removesuffix(ending)
        if bare != word and len(bare) >= SHORTEST_STEM and (ending != "s" or not bare.endswith("s")):
            return bare
    return word


def grams(said: Sequence[str]) -> Iterator[str]:
    """Each word, and each two and three side by side joined by ``_``."""
    yield from said
    for first, second in pairwise(said):
        yield f"{first}_{second}"
    for place in range(len(said) - 2):
        yield "_".join(said[place : place + 3])


def _theme(key: str, places: Sequence[int], texts: Sequence[str], name: str = "") -> Theme:
    """Neither the shortest nor the longest texts tell most."""
    telling = sorted(places, key=lambda place: (abs(len(texts[place]) - TELLING_LENGTH), place))
    return Theme(key, len(places), len(places) / len(texts), tuple(telling), name)


TELLING_LENGTH = 80


def _shared(texts: Sequence[str]) -> list[tuple[str, list[int]]]:
    """Pairs first, then single words, that LEAST_TEXTS share; a text counts for the first that it has."""
    said = [stems(each) for each in texts]
    candidates = [*_pairs(said), *_singles(said)]
    found, left = list[tuple[str, list[int]]](), set(range(len(texts)))
    spoken = [" ".join(each) for each in said]
    for name in candidates:
        places = [place for place in sorted(left) if f" {name} " in f" {spoken[place]} "]
        if len(places) >= LEAST_TEXTS and len(found) < MOST_FOUND:
            found.append((name, places))
            left -= set(places)
    return found


def _pairs(said: Sequence[Sequence[str]]) -> list[str]:
    """Words side by side in LEAST_TEXTS and more often than by chance, the most surprising first."""
    single, double, shared = Counter[str](), Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for each in said:
        single.update(each)
        double.update(pairwise(each))
        shared.update({pair for pair in pairwise(each) if all(map(_tells, pair))})
    total = sum(double.values())
    scored = {
        pair: surprise(double[pair], single[pair[0]], single[pair[1]], total)
        for pair, n in shared.items()
        if n >= LEAST_TEXTS
    }
    telling = [pair for pair, score in scored.items() if score >= SURPRISING]
    return [" ".join(pair) for pair in sorted(telling, key=lambda pair: (-scored[pair], pair))]


def surprise(both: int, first: int, second: int, total: int) -> float:
    """Dunning's log-likelihood ratio of two words ``both`` times side by side among ``total`` pairs."""
    table = ((both, first - both), (second - both, total - first - second + both))
    rows, columns = [sum(row) for row in table], [sum(column) for column in zip(*table, strict=True)]
    return 2 * sum(
        n * log(n * total / (rows[i] * columns[j])) for i, row in enumerate(table) for j, n in enumerate(row) if n > 0
    )


def _singles(said: Sequence[Sequence[str]]) -> list[str]:
    texts = Counter(word for each in said for word in set(each) if _tells(word))
    return [word for word, n in sorted(texts.items(), key=lambda each: (-each[1], each[0])) if n >= LEAST_TEXTS]


def _tells(word: str) -> bool:
    return len(word) >= SHORTEST_STEM and word.isalpha() and word not in PLAIN


@cache
def _known() -> dict[str, tuple[str, ...]]:
    """Word or words → the themes they are of."""
    known: dict[str, list[str]] = {}
    for key, said in BOOK.items():
        for each in said.split():
            known.setdefault(each, []).append(key)
    return {each: tuple(keys) for each, keys in known.items()}


@cache
def _words_of_the_book() -> frozenset[str]:
    return frozenset(each for each in _known() if "_" not in each)
