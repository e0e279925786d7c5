"""Which words of a line belong together: of all ways to cut it, the one that leaves fewest words over. Pure.

"Paket 2 jam 9" is bundle 2 at nine, "paket 2 jam lagi" is a bundle in two hours: no rule alone can tell, the rest of
the line does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.talk.desk.lines.pieces import Piece
from bot.talk.desk.lines.shorthand import written_out

WORD = re.compile(r"(?:\w+|%)")
SAME = str.maketrans("’‘`´：", "''''" + ":")
UNKNOWN_COST, PIECE_COST = 1000, 10


@dataclass(frozen=True)
class Rule:
    """``meaning`` may answer None: not this after all. Of two readings alike, the lesser ``weight`` wins."""

    pattern: re.Pattern[str]
    meaning: Callable[[re.Match[str]], Piece | tuple[Piece, ...] | None]
    weight: int = 0


@dataclass(frozen=True)
class Found:
    """A stretch of the line, from ``start`` to before ``end``; without ``pieces`` nobody knows what it says."""

    start: int
    end: int
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Reading:
    cost: int
    found: Found | None = None
    rest: int = 0


def rule(pattern: str, meaning: Callable[[re.Match[str]], Piece | tuple[Piece, ...] | None], weight: int = 0) -> Rule:
    """A rule of whole words. A space in ``pattern`` is any white space."""
    spaced = pattern.replace(" ", r"\s+")
    return Rule(re.compile(rf"(?:{spaced})(?!\w)"), meaning, weight)


def phrases(said: Mapping[Piece | tuple[Piece, ...], str]) -> Rule:
    """A rule of fixed phrases, for each meaning several of them between commas."""
    meant = {each: meaning for meaning, listed in said.items() for each in spread(listed)}
    return rule(choice(meant), lambda found: meant[" ".join(found[0].split())])


def spread(listed: str) -> list[str]:
    """Phrases between commas, one by one."""
    return [" ".join(each.split()) for each in listed.split(",")]


def numbered(listed: Mapping[int, str]) -> dict[str, int]:
    """Each phrase to its number."""
    return {each: number for number, said in listed.items() for each in spread(said)}


def choice(words: Iterable[str]) -> str:
    """A pattern of any of these, the longest first."""
    return "|".join(
        re.escape(each).replace(r"\ ", " ") for each in sorted(words, key=lambda each: (-len(each), each))
    )


def plain(text: str) -> str:
    """Lower case, one kind of apostrophe, and as long as ``text``, so that places in one are places in the other."""
    lowered = "".join(sign.lower() if len(sign.lower()) == 1 else sign for sign in text)
    return lowered.translate(SAME)


def cover(text: str, rules: Sequence[Rule]) -> list[Found]:
    """The line cut up, from left to right. What stands between words and is no word is passed over."""
    line, places = written_out(plain(text))
    starts = [found.start() for found in WORD.finditer(line)]
    after = _next_starts(starts, len(line))
    readings = {len(line): Reading(0)}
    for start in reversed(starts):
        readings[start] = min(_ways(line, start, rules, after, readings), key=lambda way: way.cost)
    place, cut = after[0], []
    while (found := readings[place].found) is not None:
        cut.append(found)
        place = readings[place].rest
    return [Found(places[each.start], places[each.end], each.pieces) for each in _joined(line, cut)]


def _next_starts(starts: Sequence[int], length: int) -> list[int]:
    """For each place in the line, where the next word begins."""
    after, following = [length] * (length + 1), length
    known = set(starts)
    for place in range(length - 1, -1, -1):
        following = place if place in known else following
        after[place] = following
    return after


def _ways(
    line: str, start: int, rules: Sequence[Rule], after: Sequence[int], readings: Mapping[int, Reading]
) -> list[Reading]:
    """Every way to go on from here, the leaving over of a word last."""
    ways = []
    for each in rules:
        matched = each.pattern.match(line, start)
        pieces = each.meaning(matched) if matched else None
        if matched and pieces is not None:
            found = Found(start, matched.end(), pieces if isinstance(pieces, tuple) else (pieces,))
            rest = after[matched.end()]
            ways.append(Reading(PIECE_COST + each.weight + readings[rest].cost, found, rest))
    word = WORD.match(line, start)
    end = word.end() if word else start + 1
    rest = after[end]
    return [*ways, Reading(UNKNOWN_COST + readings[rest].cost, Found(start, end, ()), rest)]


def _joined(line: str, cut: Sequence[Found]) -> list[Found]:
    """With unknown stretches that nothing parts made one: "tomo-row" is one word."""
    joined: list[Found] = []
    for each in cut:
        before = joined[-1] if joined else None
        if before and not before.pieces and not each.pieces and not re.search(r"\s", line[before.end : each.start]):
            joined[-1] = Found(before.start, each.end, ())
        else:
            joined.append(each)
    return joined
