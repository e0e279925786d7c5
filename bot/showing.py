"""What a terminal shows: words and our own colours, and nothing that somebody's words could make it do.

A name may hold what moves the cursor, hides a line, or turns the direction of writing. On a screen such signs are
shown instead of obeyed; in JSON they are escaped, so that nothing of it is lost.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import IO, Any, TextIO

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

TURNING = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
"""What turns the direction of writing."""
OBEYED = re.compile(rf"[\x00-\x08\x0b-\x1f\x7f-\x9f{TURNING}\u2028\u2029]")
"""All that a terminal might act on, but for a line's end and a tab."""
IN_JSON = re.compile(rf"[\x7f-\x9f{TURNING}\u2028\u2029]")
PICTURES, PICTURED = 0x2400, 0x20
"""Unicode has a picture for each of the oldest control signs."""
UNKNOWN = "\N{REPLACEMENT CHARACTER}"


def harmless(text: str) -> str:
    """``text`` with a picture in place of each sign that a terminal would act on; what turns the writing is left
    out."""
    return OBEYED.sub(_picture, text)


def in_json(document: str) -> str:
    """The same JSON document, with such signs escaped in it."""
    return IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", document)


def _picture(found: re.Match[str]) -> str:
    sign = found[0]
    if ord(sign) < PICTURED:
        return chr(PICTURES + ord(sign))
    return "" if re.match(f"[{TURNING}]", sign) else UNKNOWN


class Screen:
    """A stream that shows harmless words only. Whatever else a stream can do, ``under`` does."""

    def __init__(self, under: TextIO) -> None:
        self.under = under

    def write(self, text: str) -> int:
        self.under.write(harmless(text))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.under, name)


class Board(Console):
    """A console whose colours are its own, and whose words are harmless."""

    @property
    def file(self) -> IO[str]:
        """Where it writes; past a Screen, which would take its colours for somebody's."""
        found = super().file
        return found.under if isinstance(found, Screen) else found

    @file.setter
    def file(self, new_file: IO[str]) -> None:
        self._file = new_file

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterator[Segment]:
        for each in super().render(renderable, options):
            yield each if each.control else Segment(harmless(each.text), each.style)


@contextmanager
def on_screens() -> Iterator[None]:
    """Whatever is printed meanwhile is harmless."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = Screen(sys.stdout), Screen(sys.stderr)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before
