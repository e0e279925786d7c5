"""The owner's own words in a line: after a colon, or between quotation marks, kept as they were written. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass

from bot.talk.desk.lines.cover import plain

PAIRS = {'"': '"', "“": "”", "”": "”", "„": "”", "«": "»", "「": "」"}
COLON = re.compile(r"(?<![0-9]):|:(?![0-9])")
ANOTHER = re.compile(r"\s*(?:,|/|or|atau|vs\.?|versus|lawan)?\s*(?=[\"“”„«「])", re.IGNORECASE)
TO = re.compile(r"(?:^|\W)(?:to|ke|untuk|for|kepada|buat)\s*$", re.IGNORECASE)
OPENING = re.compile(r"[\"“”„«「]")
OPENED = re.compile(r"\s*([\"“”„«「])")
MOST_TRIES, MOST_TEXTS = 12, 8
"""Beyond these nobody means it, and a line must be read in time whatever it holds."""


@dataclass(frozen=True)
class Split:
    """The line without its own words, as long as it was, and these words, one text for each variant."""

    line: str
    texts: tuple[str, ...] = ()
    is_announced: bool = False
    """Whether a colon stands before them."""


def split(text: str, owns: Iterable[str], names: Collection[str], is_clear: Callable[[str], bool]) -> Split:
    """Take the owner's words out of a line.

    ``owns`` are the names after which a colon begins them, ``names`` what may stand between quotation marks and is no
    text, and ``is_clear`` tells whether a stretch of line is all understood: where a text with quotation marks of its
    own ends is seen by what follows.
    """
    begin = _after_colon(text, owns)
    if begin is None:
        begin = next((start for start, inner in _quotations(text) if _is_text(text[:start], inner, names)), None)
    elif text[begin:].strip() and text[begin:].lstrip()[0] not in PAIRS:
        return Split(text[:begin] + " " * len(text[begin:]), (text[begin:].strip(),), is_announced=True)
    return (_quoted(text, begin, is_clear) if begin is not None else None) or Split(text)


def _is_text(before: str, inner: str, names: Collection[str]) -> bool:
    """Whether what stands between marks is the owner's words, and no name of a goal or group."""
    return inner.casefold().strip() not in names and not TO.search(before)


def _after_colon(text: str, owns: Iterable[str]) -> int | None:
    """Where the text begins after the first colon that a name of the goal stands before."""
    named = "|".join(re.escape(each).replace(r"\ ", r"\s+") for each in sorted(owns, key=len, reverse=True))
    said = re.search(rf"(?<!\w)(?:{named})(?!\w)", plain(text)) if named else None
    if said is None:
        return None
    quoted = [(start, start + len(inner) + 2) for start, inner in _quotations(text)]
    colons = (colon.end() for colon in COLON.finditer(plain(text), said.end()))
    return next((end for end in colons if not any(first < end < last for first, last in quoted)), None)


def _quotations(text: str) -> Iterator[tuple[int, str]]:
    place = 0
    while (found := OPENING.search(text, place)) is not None:
        end = text.find(PAIRS[found[0]], found.end())
        if end < 0:
            return
        yield found.start(), text[found.end() : end]
        place = end + 1


def _quoted(text: str, begin: int, is_clear: Callable[[str], bool]) -> Split | None:
    """The texts between quotation marks from ``begin`` on, and the line before and behind them."""
    for texts, end in _closings(text, begin, is_clear, MOST_TRIES, MOST_TEXTS):
        kept = tuple(each for each in texts if each.strip())
        is_announced = text[:begin].rstrip().endswith((":", "："))
        return Split(text[:begin] + " " * (end - begin) + text[end:], kept, is_announced)
    return None


def _closings(
    text: str, begin: int, is_clear: Callable[[str], bool], tries: int, texts_left: int
) -> Iterator[tuple[tuple[str, ...], int]]:
    """Every way the quotation may end, likeliest first: with something clear behind it, else as late as may be."""
    opening = OPENED.match(text, begin)
    if opening is None:
        return
    ends = [
        found.start() for found in re.finditer(re.escape(PAIRS[opening[1]]), text) if found.start() >= opening.end()
    ]
    for end in ends[:tries]:
        another = ANOTHER.match(text, end + 1)
        if another and texts_left:
            for texts, last in _closings(text, another.end(), is_clear, 1, texts_left - 1):
                yield (text[opening.end() : end], *texts), last
        if is_clear(text[end + 1 :]):
            yield (text[opening.end() : end],), end + 1
    if ends:
        yield (text[opening.end() : ends[-1]],), ends[-1] + 1
    else:
        yield (text[opening.start(1) :].strip(),), len(text)


def quote(texts: Iterable[str], link: str) -> str:
    """Texts as a line may carry them, each between marks that it does not use itself."""
    return f" {link} ".join(f"{opening}{each}{closing}" for each in texts for opening, closing in [_marks(each)])


def _marks(text: str) -> tuple[str, str]:
    free = (pair for pair in (('"', '"'), ("“", "”"), ("«", "»"), ("「", "」")) if not set(pair) & set(text))
    return next(free, ('"', '"'))
