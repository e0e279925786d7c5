"""What the words of a line say, laid over a draft. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.talk.desk.lines import texts
from bot.talk.desk.lines.cover import cover
from bot.talk.desk.lines.laying import lay
from bot.talk.desk.lines.names import Known, owns, rules, words
from bot.talk.desk.lines.pieces import Absent, Goal
from bot.talk.desk.lines.saying import Saying
from campaigns.launching.drafts import OWN_WORDS, Draft

COMMAND = re.compile(r"\s*/[a-z_]+(?:@\w+)?(?!\S)", re.IGNORECASE)


@dataclass(frozen=True)
class Line:
    """``unknown``: the words nobody understood, as written. ``faults``: keys of [line_faults] in the lexicon.
    ``absent``: the keys of the groups it names that this shop does not have now.

    What is at fault is not in the draft: what stood there before stays.
    """

    draft: Draft
    unknown: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()


NOTHING_YET = Draft()


def read(text: str, known: Known, onto: Draft = NOTHING_YET) -> Line:
    """What the words say, laid over a draft; what they do not mention stays. Raises nothing, whatever is written."""
    saying, unknown = cut(text, known)
    laid = lay(saying, known, onto)
    return Line(laid.draft, unknown, laid.faults, tuple(each.key for each in saying.all(Absent)))


def cut(text: str, known: Known) -> tuple[Saying, tuple[str, ...]]:
    """The line's pieces and the owner's own words in it, and the words left over, as written."""
    begun = COMMAND.match(text)
    text = " " * begun.end() + text[begun.end() :] if begun else text
    grammar = rules(known)
    names = {words(name) for name in (*known.templates, *known.audiences, *known.absent)}
    split = texts.split(text, owns(known), names, lambda part: all(each.pieces for each in cover(part, grammar)))
    found = cover(split.line, grammar)
    goals = {piece.key for each in found for piece in each.pieces if isinstance(piece, Goal)}
    if split.texts and goals - {OWN_WORDS} and not split.is_announced:
        split = texts.Split(text)
        found = cover(text, grammar)
    unknown = tuple(text[each.start : each.end] for each in found if not each.pieces)
    return Saying(split.line, found, split.texts), unknown
