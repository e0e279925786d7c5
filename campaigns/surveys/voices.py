"""What people wrote in answer to a question: the themes several share, with a few sentences and no names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from campaigns.listening.masking import masked
from campaigns.surveys.figures import LEAST
from engine.words import themes

MOST_THEMES, MOST_QUOTES = 5, 2


@dataclass(frozen=True)
class Theme:
    """What several people wrote about. ``key`` is of the code book, ``words`` label one that is not; of neither it is
    whatever was written."""

    key: str
    words: str
    n: int
    share: float
    quotes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Written:
    """One answer in words, and what its writer is called, which is never told."""

    text: str
    name: str = ""


def coded(written: Sequence[Written]) -> tuple[Theme, ...]:
    """The themes that LEAST people or more share, the most frequent first; of too few people nothing at all, for
    words are known again.

    Where no theme is shared by so many, a few of their sentences stand alone.
    """
    if len(written) < LEAST:
        return ()
    found = [each for each in themes.code([each.text for each in written]) if each.n >= LEAST][:MOST_THEMES]
    if not found:
        some = sorted(range(len(written)), key=lambda place: -len(written[place].text))
        return (Theme("", "", len(written), 1.0, _quotes(written, some)),)
    return tuple(
        Theme("" if each.words else each.key, each.words, each.n, each.share, _quotes(written, each.quotes))
        for each in found
    )


def _quotes(written: Sequence[Written], places: Sequence[int]) -> tuple[str, ...]:
    told = dict.fromkeys(masked(written[each].text, [written[each].name]) for each in places)
    return tuple(told)[:MOST_QUOTES]
