"""Texts in tables that a spreadsheet opens: what it would take for a formula is kept a text, and made itself again.

A spreadsheet reads a cell as a formula by its first sign, after blanks and quotes too, and in the wide form of some
keyboards. One that takes another sign for the border between cells finds such beginnings in the middle of ours. An
apostrophe before each keeps it a text; ``bare`` takes away exactly what ``guarded`` added.
"""

from __future__ import annotations

import re

SIGNS = r"[=+\-@＝＋－＠]"
BORDERS = r"[;|\t\r\n]"
"""What others take for the border between cells or rows. A comma is ours, and quoted."""
BEFORE = r"[ \u00a0'\"]*"
"""What may stand before the sign that makes it a formula."""
FIRST = rf"{BEFORE}(?:{SIGNS}|[\t\r\n])"
GUARDED = rf"(^|{BORDERS})(?={BEFORE}{SIGNS})|^(?={FIRST})"

_begins = re.compile(GUARDED)
_guarded = re.compile(rf"(^|{BORDERS})'(?={BEFORE}{SIGNS})|^'(?={FIRST})")
PLACES = rf"(^|{BORDERS})'({BEFORE}{SIGNS})"
START = rf"^'({BEFORE}[\t\r\n])"
"""As ``bare`` has them, for whole columns that are read without looking ahead: the groups stay."""


def guarded(text: str) -> str:
    """``text`` so that no spreadsheet computes any of it."""
    return _begins.sub(lambda found: f"{found[1] or ''}'", text)


def bare(text: str) -> str:
    """What ``guarded`` was given."""
    return _guarded.sub(lambda found: found[1] or "", text)
