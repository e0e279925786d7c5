"""What a messenger cannot carry as it is: texts too long for one message, and buttons where there are none."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Awaitable, Callable, Sequence

from campaigns.channel import Button, FateUnknown, Outcome, Sent

BORDERS = ("\n\n", "\n", ". ", " ")
"""Where a text is best broken, the best first."""
JOINER = "\N{ZERO WIDTH JOINER}"
SKIN = ("\N{EMOJI MODIFIER FITZPATRICK TYPE-1-2}", "\N{EMOJI MODIFIER FITZPATRICK TYPE-6}")
LONGEST_SIGN = 16
"""Characters that may make one sign."""


def split(text: str, longest: int) -> list[str]:
    """``text`` in parts of at most ``longest`` UTF-16 units, which is how messengers count.

    Broken between paragraphs, lines, sentences or words, whichever comes late enough. A text that fits is left as
    it is.
    """
    return [text[start:end] for start, end in cuts(text, longest)]


def cuts(text: str, longest: int, whole: Sequence[tuple[int, int]] = ()) -> list[tuple[int, int]]:
    """Where the parts of ``split`` begin and end: between them lies nothing but space.

    What lies in one of ``whole`` (from, to; in order) stays together, unless it is longer than a part may be.
    """
    found, start = [], 0
    while (end := _end(text, start, longest)) < len(text):
        cut = _border(text, start, end, whole)
        found.append((start, start + len(text[start:cut].rstrip())))
        start = cut + len(text[cut:]) - len(text[cut:].lstrip())
    return [(a, b) for a, b in (*found, (start, len(text))) if a < b] or [(0, len(text))]


def fits(text: str, longest: int) -> bool:
    """Whether ``text`` is at most ``longest`` UTF-16 units."""
    return _end(text, 0, longest) == len(text)


def in_words(text: str, buttons: Sequence[Button]) -> str:
    """``text`` with the words to answer with, unless it names them all itself.

    Words and not numbers: what somebody writes back is kept as their answer, so it has to say what they meant.
    """
    if all(_names(text, button.says) for button in buttons):
        return text
    return text + "\n\n" + "\n".join(_line(button) for button in buttons)


async def send_parts(parts: Sequence[str], send_one: Callable[[str, bool], Awaitable[Outcome]]) -> Outcome:
    """Send one after the other; ``send_one`` is told which is the last, and its outcome is the outcome of all.

    When only the first parts went out the fate is unknown, so that nobody is sent them twice.
    """
    outcome: Outcome = FateUnknown("nothing to send")
    for position, part in enumerate(parts):
        outcome = await send_one(part, position == len(parts) - 1)
        if not isinstance(outcome, Sent):
            return (
                outcome
                if position == 0
                else FateUnknown(f"sent in part, then {type(outcome).__name__}", is_partial=True)
            )
    return outcome


def _end(text: str, start: int, longest: int) -> int:
    """How far the text from ``start`` on fits."""
    if (len(text) - start) * 2 <= longest:
        return len(text)
    units = 0
    for position in range(start, len(text)):
        units += 2 if ord(text[position]) > 0xFFFF else 1
        if units > longest:
            return position
    return len(text)


def _border(text: str, start: int, end: int, whole: Sequence[tuple[int, int]]) -> int:
    """The best place to break the text between ``start`` and ``end``, late enough and within nothing whole."""
    for mark in BORDERS:
        found = text.rfind(mark, start, end)
        while found > start + (end - start) // 2:
            at = found + len(mark)
            if _parted(at, whole) is None:
                return at
            found = text.rfind(mark, start, found + len(mark) - 1)
    before: int | None = end
    while before is not None and (begins := _parted(before, whole)) is not None:
        before = begins if begins > start else None
    return before if before is not None and before < end else _between_signs(text, start, end)


def _parted(at: int, whole: Sequence[tuple[int, int]]) -> int | None:
    """Where that begins which a break at ``at`` would part."""
    return next((begins for begins, ends in whole if begins < at < ends), None)


def _between_signs(text: str, start: int, end: int) -> int:
    """A sign of several characters (an accent, a family of people) is not taken apart, if it can be helped."""
    for at in range(end, max(start, end - LONGEST_SIGN), -1):
        if not (_continues(text[at]) or text[at - 1] == JOINER):
            return at
    return end


def _continues(sign: str) -> bool:
    return sign == JOINER or unicodedata.category(sign) in {"Mn", "Me"} or SKIN[0] <= sign <= SKIN[1]


def _names(text: str, word: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text, re.IGNORECASE) is not None


def _line(button: Button) -> str:
    says, label = button.says, button.label
    return f"▸ {says}" if says.casefold() == label.casefold() else f"▸ {label}: {says}"
