"""How a text goes into a set of buttons: line by line, because what fills a place may not hold the end of a line.

    text → before: goes out first, as it is | body: "{{1}}⏎⏎{{2}} {{3}}" | values: what fills its places

Texts of one shape share one body, so that Twilio keeps the shape and never the words. See
docs/decisions/0025-buttons-on-whatsapp.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bot.channels.splitting import cuts
from campaigns.words.frames import BRACES, filled, one_line

LONGEST_BODY = 1_024
"""Of a text with buttons (WhatsApp's limit for interactive messages)."""
LONGEST_VALUE = 250
"""Twilio says 255 of what fills a place on one page, and 1,600 on another."""
MOST_LINES = 15
"""Of a text with buttons. Longer ones are lists, and no two of them have one shape."""
PARAGRAPH = "\n\n"
BLANK_LINES = re.compile(r"\n{3,}")


@dataclass(frozen=True)
class Laid:
    """A text as a body and what fills it, none of it empty; ``before`` has to go out first, and may be empty."""

    body: str
    values: tuple[str, ...]
    before: str = ""

    @property
    def variables(self) -> Mapping[str, str]:
        """What fills each place, by its number."""
        return {str(number): value for number, value in enumerate(self.values, 1)}

    @property
    def text(self) -> str:
        """What is read above the buttons."""
        return filled(self.body, self.variables)


def laid(text: str) -> Laid | None:
    """``text`` in one piece if it is short enough, else its end, with all that stands before it apart.

    None where there is nothing to stand above buttons, or nothing short enough.
    """
    end = text[cuts(text, LONGEST_BODY)[-1][0] :]
    if _lines(end) > MOST_LINES:
        end = end.rstrip().rpartition(PARAGRAPH)[2]
    above = _cleaned(end)
    if not above or _lines(above) > MOST_LINES:
        return None
    body, values = _shape(above)
    return Laid(body, values, text.rstrip()[: -len(end.rstrip())].rstrip())


def _cleaned(text: str) -> str:
    """Single blanks, no tab, nothing that looks like a place; no line that shows nothing, but for one between two.

    Twilio is reported to refuse a straight apostrophe as well.
    """
    lines = (" ".join(line.split()) if any(map(one_line, line.split())) else "" for line in text.splitlines())
    whole = BLANK_LINES.sub(PARAGRAPH, "\n".join(lines)).strip("\n")
    return BRACES.sub(lambda found: found[0][0], whole).replace("'", "’")


def _shape(text: str) -> tuple[str, tuple[str, ...]]:
    """A place for each line, several for a long one, and what they hold."""
    body, values = "", list[str]()
    for number, line in enumerate(text.split("\n")):
        body, ended = body + "\n" * (number > 0), 0
        for begins, ends in cuts(line, LONGEST_VALUE) if line else []:
            values.append(line[begins:ends])
            body, ended = f"{body}{line[ended:begins]}{{{{{len(values)}}}}}", ends
    return body, tuple(values)


def _lines(text: str) -> int:
    return sum(1 for line in text.splitlines() if line.strip())
