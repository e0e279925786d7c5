"""What somebody wrote as it may be quoted without saying who: no name, number, address or link."""

from __future__ import annotations

import re
from collections.abc import Iterable

GONE = "…"
LONGEST = 110
SHORTEST_NAME = 3
_LINKS = re.compile(r"https?://\S+|www\.\S+|\S+@\S+|@\w+")
_PLACES = re.compile(
    r"\b(?:jl|jln|jalan|gg|gang|komplek|kompleks|perumahan|perum|blok|rt|rw|dusun|desa|kelurahan|kecamatan|street|road)"
    r"\b\.?\s*[\w/]+(?:\s+(?!no\b|nomor\b)[^\W\d]+)?(?:\s*,?\s*(?:no\.?|nomor)?\s*\d+\w*)?",
    re.IGNORECASE,
)
_NUMBERS = re.compile(r"\+?\d(?:[\s.\-/]?\d){3,}|#\s*\d+|\b(?=\w*\d)(?=\w*[A-Za-z])\w{6,}\b")
_CALLED = re.compile(
    r"\b(nama saya|namaku|atas nama|a\.?n\.?|my name is|i am called|under the name(?: of)?)\s+\w+(?:\s+[A-Z]\w+)*",
    re.IGNORECASE,
)


def masked(text: str, names: Iterable[str] = ()) -> str:
    """``text`` on one line and not endless, without what tells who wrote it; ``names`` are what they are called."""
    plain = " ".join(text.split())
    plain = _CALLED.sub(lambda found: f"{found[1]} {GONE}", plain)
    for rule in (_LINKS, _PLACES, _NUMBERS):
        plain = rule.sub(GONE, plain)
    for name in sorted({part for each in names for part in each.split()}, key=len, reverse=True):
        if len(name) >= SHORTEST_NAME:
            plain = re.sub(rf"\b{re.escape(name)}\b", GONE, plain, flags=re.IGNORECASE)
    return plain if len(plain) <= LONGEST else f"{plain[: LONGEST - 1].rstrip()}{GONE}"
