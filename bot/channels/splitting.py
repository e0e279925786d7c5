"""What a messenger cannot carry as it is: texts too long for one message, and buttons where there are none."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence

from campaigns.channel import Button, FateUnknown, Outcome, Sent

BORDERS = ("\n\n", "\n", ". ", " ")
"""Where a text is best broken, the best first."""


def split(text: str, longest: int) -> list[str]:
    """``text`` in parts of at most ``longest`` UTF-16 units, which is how messengers count.

    Broken between paragraphs, lines, sentences or words, whichever comes late enough. A text that fits is left as
    it is.
    """
    parts, rest = [], text
    while (end := _fitting(rest, longest)) < len(rest):
        cut = _border(rest[:end])
        parts.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [part for part in (*parts, rest) if part] or [text]


def fits(text: str, longest: int) -> bool:
    """Whether ``text`` is at most ``longest`` UTF-16 units."""
    return _fitting(text, longest) == len(text)


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


def _fitting(text: str, longest: int) -> int:
    """How many characters of ``text`` fit."""
    if len(text) * 2 <= longest:
        return len(text)
    units = 0
    for position, sign in enumerate(text):
        units += 2 if ord(sign) > 0xFFFF else 1
        if units > longest:
            return position
    return len(text)


def _border(head: str) -> int:
    for mark in BORDERS:
        at = head.rfind(mark)
        if at > len(head) // 2:
            return at + len(mark)
    return len(head)


def _names(text: str, word: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text, re.IGNORECASE) is not None


def _line(button: Button) -> str:
    says, label = button.says, button.label
    return f"▸ {says}" if says.casefold() == label.casefold() else f"▸ {says} – {label}"
