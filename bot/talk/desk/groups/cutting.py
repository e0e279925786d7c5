"""A segment's words cut into pieces, from left to right, the longest that is understood first. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from bot.talk.desk.groups.figures import RULES as FIGURES
from bot.talk.desk.groups.moments import RULES as MOMENTS
from bot.talk.desk.groups.pieces import Mark, Meaning, Name, Piece, Word
from bot.talk.desk.groups.words import FIXED
from bot.talk.desk.lines.cover import choice, plain
from bot.talk.desk.lines.shorthand import written_out

LONGEST = 600
"""So many letters a description may have: one that is longer is no description."""
WORD = re.compile(r"[\w&%'’.+/-]*\w%?|\S")
QUOTED = re.compile(r"[\"“”«»„]([^\"“”«»„]{1,120})[\"“”«»„]")
SIGNS: Mapping[str, Mark] = {",": Mark.COMMA, ";": Mark.COMMA, "(": Mark.OPENS, ")": Mark.CLOSES, "&": Mark.AND}
KNOWN = re.compile(rf"(?:{choice(FIXED)})(?![\w-])".replace(" ", r"\s+"))
SPACE = re.compile(r"\s+")


@dataclass(frozen=True)
class Around:
    """What figures and dates are read by: ``today`` by the shop's calendar, its currency, and who reads them."""

    today: date
    currency: str
    language: str = "id"
    names: Mapping[str, Sequence[tuple[str, ...]]] = field(default_factory=dict)
    """Names of more than one word, by their first: these are names whatever else the words could say."""


Rule = tuple[re.Pattern[str], Callable[[re.Match[str], Around], Meaning | None]]


def cut(text: str, around: Around) -> list[Piece]:
    """The pieces of the text; words that nobody knows are names, those side by side one."""
    line, places = written_out(plain(text[:LONGEST]))
    return [
        Piece(each.meaning, places[each.start], places[each.end])
        for each in _joined(line, text, places, _pieces(line, text, places, around))
        if each.meaning is not Word.NOTHING
    ]


def _pieces(line: str, text: str, places: Sequence[int], around: Around) -> Iterator[Piece]:
    at = 0
    while at < len(line):
        if line[at].isspace():
            at += 1
            continue
        piece = _quoted(line, text, places, at) or _next(line, at, around)
        yield piece
        at = piece.end


def _quoted(line: str, text: str, places: Sequence[int], at: int) -> Piece | None:
    found = QUOTED.match(line, at)
    if found is None:
        return None
    said = text[places[found.start(1)] : places[found.end(1)]]
    return Piece(Name(" ".join(said.split()), is_quoted=True), at, found.end())


def _next(line: str, at: int, around: Around) -> Piece:
    named = _known_name(line, at, around)
    if named is not None:
        return named
    best: Piece | None = None
    for pattern, meaning in (*FIGURES, *MOMENTS):
        found = pattern.match(line, at)
        told = meaning(found, around) if found is not None and found.end() > at else None
        if found is not None and told is not None and (best is None or found.end() > best.end):
            best = Piece(told, at, found.end())
    fixed = KNOWN.match(line, at)
    if fixed is not None and (best is None or fixed.end() > best.end):
        best = Piece(FIXED[SPACE.sub(" ", fixed[0])], at, fixed.end())
    if best is not None:
        return best
    if line[at] in SIGNS:
        return Piece(SIGNS[line[at]], at, at + 1)
    word = WORD.match(line, at)
    end = word.end() if word is not None else at + 1
    return Piece(Name(line[at:end]) if any(map(str.isalnum, line[at:end])) else Word.NOTHING, at, end)


def _known_name(line: str, at: int, around: Around) -> Piece | None:
    first = WORD.match(line, at)
    if first is None:
        return None
    for words in around.names.get(first[0], ()):
        found = re.compile(r"\s+".join(map(re.escape, words)) + r"(?![\w-])").match(line, at)
        if found is not None:
            return Piece(Name(found[0]), at, found.end())
    return None


def _joined(line: str, text: str, places: Sequence[int], pieces: Iterator[Piece]) -> list[Piece]:
    """With names side by side made one, as they were written."""
    joined: list[Piece] = []
    for each in pieces:
        before = joined[-1] if joined else None
        if isinstance(each.meaning, Name) and not each.meaning.is_quoted:
            start = each.start
            if before is not None and isinstance(before.meaning, Name) and not before.meaning.is_quoted:
                start = before.start
                joined.pop()
            said = text[places[start] : places[each.end]] if each.end < len(places) else line[start : each.end]
            each = Piece(Name(" ".join(said.split())), start, each.end)  # noqa: PLW2901 - the same, made longer
        joined.append(each)
    return joined
