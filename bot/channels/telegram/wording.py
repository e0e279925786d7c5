"""Words as Telegram is given them: HTML in which every sign of the text is itself, and what is tapped to copy marked.

Telegram counts a message's length after it has read the markup, in UTF-16 units; so do we, by counting the words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from bot.channels.splitting import cuts

LONGEST_TEXT = 4_096
LONGEST_CAPTION = 1_024
LONGEST_SIGN_UNITS = 2
"""UTF-16 units of a character, at most."""
URL = re.compile(r"https?://\S+")

Span = tuple[int, int]


@dataclass(frozen=True)
class Words:
    """A text, and where in it stands what is tapped to copy: from, to, in order."""

    text: str
    codes: tuple[Span, ...] = ()

    @property
    def html(self) -> str:
        """As Telegram is given it."""
        told, at = [], 0
        for start, end in self.codes:
            told += [_escaped(self.text[at:start]), "<code>", _escaped(self.text[start:end]), "</code>"]
            at = end
        return "".join([*told, _escaped(self.text[at:])])

    def parts(self, longest: int = LONGEST_TEXT) -> list[Words]:
        """In order, each at most ``longest`` UTF-16 units; neither a code nor a link is taken apart."""
        if 0 < len(self.text) * LONGEST_SIGN_UNITS <= longest:
            return [self]
        whole = sorted([*self.codes, *(found.span() for found in URL.finditer(self.text))])
        return [self._between(start, end) for start, end in cuts(self.text, longest, whole)]

    def _between(self, start: int, end: int) -> Words:
        within = ((max(a, start) - start, min(b, end) - start) for a, b in self.codes)
        return Words(self.text[start:end], tuple((a, b) for a, b in within if a < b))


def words(text: str, copyable: Sequence[str] = ()) -> Words:
    """``text`` with every place marked where one of ``copyable`` stands by itself; of two that overlap the longer."""
    wanted = sorted({each for each in copyable if each.strip()}, key=len, reverse=True)
    if not wanted:
        return Words(text)
    either = "|".join(map(re.escape, wanted))
    return Words(text, tuple(found.span() for found in re.finditer(rf"(?<!\w)(?:{either})(?!\w)", text)))


def _escaped(text: str) -> str:
    return escape(text, quote=False)
