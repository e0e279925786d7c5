"""The nearest line to one that was not all understood, or cannot be: proposed, never taken. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, timedelta
from functools import lru_cache
from string import ascii_lowercase

from bot.talk.desk.lines.cover import Rule, plain, spread
from bot.talk.desk.lines.laying import lay
from bot.talk.desk.lines.names import EXCEPTION, Known, telling
from bot.talk.desk.lines.reading import Line, cut
from bot.talk.desk.lines.shorthand import written_out
from bot.talk.desk.lines.spelling import spell
from bot.talk.desk.lines.spoken import FARTHEST
from campaigns.launching.drafts import Draft, When

LAUNCH = {"id": "/luncurkan", "en": "/launch"}
FIRST_GOAL = "picks"
"""What is proposed where nothing of a goal was understood: it fits everybody."""
MOST_MENDED = 12
REFUSING = frozenset(
    spread(
        """
        tidak, jangan, bukan, belum, tanpa, tapi, batal, batalkan, hanya, cuma, sebagian, separuh, setengah, stop,
        not, no, never, without, but, don't, didn't, doesn't, haven't, hasn't, isn't, aren't, unless, cancel, half
        """
    )
)
SHORTEST_SLIP, LONGEST_SLIP = 4, 24


def nearest(text: str, known: Known, line: Line) -> str:
    """The nearest line that has no fault, in the owner's language and ready to copy; ``line`` is what was read.

    A word that looks like a slip of one we know is taken for it, what cannot be is replaced by what comes nearest,
    and a goal is named. Whom it goes to is never proposed where that was not understood, or somebody was to be left
    out: it is asked instead. It proposes; only the owner's copying it makes it a wish.
    """
    saying, _ = cut(_mended(text, known), known)
    laid = lay(saying, known, line.draft)
    command = LAUNCH.get(known.language, LAUNCH["en"])
    meant = replace(laid.instead, audience=None) if _narrows(text, line) else laid.instead
    return f"{command} {spell(_complete(meant, known), known)}"


def refuses(line: Line) -> bool:
    """Whether what cannot be taken along says no, or leaves somebody out: any line without it says the opposite."""
    return EXCEPTION in line.faults or any(
        word in REFUSING or _slips(word, REFUSING) for word in _not_understood(line)
    )


def _narrows(text: str, line: Line) -> bool:
    """Whether what was not understood refuses or leaves somebody out: without it more people would be written to."""
    said = written_out(plain(text))[0]
    return refuses(line) or any(
        re.search(rf"(?<!\w)(?:yang|who|whose|that) {re.escape(word)}(?!\w)", said) for word in _not_understood(line)
    )


def _not_understood(line: Line) -> list[str]:
    """Word by word, written out."""
    return [word for each in line.unknown for word in written_out(plain(each))[0].split()]


def _mended(text: str, known: Known) -> str:
    """The text with each slip of the finger mended where that makes more of it understood."""
    vocabulary = _vocabulary(telling(known))
    unknown = cut(text, known)[1]
    for word in unknown[:MOST_MENDED]:
        for meant in sorted(_slips(word.casefold(), vocabulary)):
            tried = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", meant, text, count=1)
            left = cut(tried, known)[1]
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
    """With a goal, and without a moment that no line can name any more."""
    goals = list(known.templates.values())
    template = draft.template or next((key for key in (FIRST_GOAL, *goals) if key in goals), None)
    return replace(draft, template=template, when=_still(draft.when, known))


def _still(when: When | None, known: Known) -> When | None:
    if when is None or when.at is None:
        return when
    at = when.at.astimezone(UTC).replace(second=0, microsecond=0)
    is_ahead = timedelta() < at - known.now <= FARTHEST
    return replace(when, at=at) if is_ahead else None
