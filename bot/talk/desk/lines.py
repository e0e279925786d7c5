"""A campaign in one line, in Indonesian, English or both: from words to a draft, and back.

    line ─ split ─> own words    the rest ─ cover ─> pieces ─ lay ─> draft, unknown words, faults

Nothing is guessed that costs money: a word nobody knows is reported, never skipped, and what is understood and cannot
be is a fault with its sentence in templates/words/<language>/lines.toml under [line_faults]. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, timedelta
from functools import lru_cache
from string import ascii_lowercase

from bot.talk.desk import line_texts, times
from bot.talk.desk.line_cover import Rule, cover
from bot.talk.desk.line_known import Known, owns, rules, telling, words
from bot.talk.desk.line_laying import Saying, lay
from bot.talk.desk.line_pieces import Goal
from bot.talk.desk.line_spelling import spell
from campaigns.audiences import EVERYONE
from campaigns.drafts import OWN_WORDS, Draft, When

__all__ = ["Known", "Line", "nearest", "read", "spell"]
COMMAND = re.compile(r"\s*/[a-z_]+(?:@\w+)?(?!\S)", re.IGNORECASE)
LAUNCH = {"id": "/luncurkan", "en": "/launch"}
FIRST_GOAL = "picks"
"""What is proposed where nothing of a goal was understood: it fits everybody."""
MOST_MENDED = 12
SHORTEST_SLIP, LONGEST_SLIP = 4, 24


@dataclass(frozen=True)
class Line:
    """``unknown``: the words nobody understood, as written. ``faults``: keys of [line_faults] in the lexicon.

    What is at fault is not in the draft: what stood there before stays.
    """

    draft: Draft
    unknown: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()


NOTHING_YET = Draft()


def read(text: str, known: Known, onto: Draft = NOTHING_YET) -> Line:
    """What the words say, laid over a draft; what they do not mention stays. Raises nothing, whatever is written."""
    saying, unknown = _cut(text, known)
    laid = lay(saying, known, onto)
    return Line(laid.draft, unknown, laid.faults)


def nearest(text: str, known: Known, line: Line) -> str:
    """The nearest line that has no fault, in the owner's language and ready to copy; ``line`` is what was read.

    A word that looks like a slip of one we know is taken for it, what cannot be is replaced by what comes nearest,
    and what else a campaign needs is named. It proposes; only the owner's copying it makes it a wish.
    """
    saying, _ = _cut(_mended(text, known), known)
    laid = lay(saying, known, line.draft)
    command = LAUNCH.get(known.language, LAUNCH["en"])
    return f"{command} {spell(_complete(laid.instead, known), known)}"


def _cut(text: str, known: Known) -> tuple[Saying, tuple[str, ...]]:
    """The line's pieces and the owner's own words in it, and what is left over."""
    begun = COMMAND.match(text)
    text = " " * begun.end() + text[begun.end() :] if begun else text
    grammar = rules(known)
    names = {words(name) for name in (*known.templates, *known.audiences)}
    split = line_texts.split(text, owns(known), names, lambda part: all(each.pieces for each in cover(part, grammar)))
    found = cover(split.line, grammar)
    goals = {piece.key for each in found for piece in each.pieces if isinstance(piece, Goal)}
    if split.texts and goals - {OWN_WORDS} and not split.is_announced:
        split = line_texts.Split(text)
        found = cover(text, grammar)
    unknown = tuple(text[each.start : each.end] for each in found if not each.pieces)
    return Saying(split.line, found, split.texts), unknown


def _mended(text: str, known: Known) -> str:
    """The text with each slip of the finger mended where that makes more of it understood."""
    vocabulary = _vocabulary(telling(known))
    unknown = _cut(text, known)[1]
    for word in unknown[:MOST_MENDED]:
        for meant in sorted(_slips(word.casefold(), vocabulary)):
            tried = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", meant, text, count=1)
            left = _cut(tried, known)[1]
            if len(left) < len(unknown):
                text, unknown = tried, left
                break
    return text


def _slips(word: str, vocabulary: Collection[str]) -> set[str]:
    """The known words that are ``word`` but for one letter added, lost or wrong, or two swapped."""
    if word in vocabulary or not SHORTEST_SLIP <= len(word) <= LONGEST_SLIP:
        return set()
    cuts = [(word[:place], word[place:]) for place in range(len(word) + 1)]
    lost = {head + letter + tail for head, tail in cuts for letter in ascii_lowercase}
    wrong = {head + letter + tail[1:] for head, tail in cuts if tail for letter in ascii_lowercase}
    swapped = {head + tail[1] + tail[0] + tail[2:] for head, tail in cuts if len(tail) > 1}
    return (lost | wrong | swapped | {head + tail[1:] for head, tail in cuts if tail}) & set(vocabulary)


@lru_cache(maxsize=8)
def _vocabulary(grammar: Sequence[Rule]) -> frozenset[str]:
    """Every word of the grammar and of the names, as its patterns have them."""
    return frozenset(word for each in grammar for word in re.findall(r"[a-z']{3,}", each.pattern.pattern))


def _complete(draft: Draft, known: Known) -> Draft:
    """With a goal and an audience, and without a moment that no line can name any more."""
    goals, groups = list(known.templates.values()), list(known.audiences.values())
    template = draft.template or next((key for key in (FIRST_GOAL, *goals) if key in goals), None)
    audience = draft.audience or next((key for key in (EVERYONE, *groups) if key in groups), None)
    return replace(draft, template=template, audience=audience, when=_still(draft.when, known))


def _still(when: When | None, known: Known) -> When | None:
    if when is None or when.at is None:
        return when
    at = when.at.astimezone(UTC).replace(second=0, microsecond=0)
    is_ahead = timedelta() < at - known.now <= times.FARTHEST
    return replace(when, at=at) if is_ahead else None
