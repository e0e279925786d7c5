"""What is said of segments in chat, as it is typed at a terminal: name and description are an argument each."""

from __future__ import annotations

import re

PROGRAM = "langganan"
SAID = r"(?<![\w/])/(?:segments|segment|segmen) "
NEW = re.compile(SAID + r"(?:new|baru) ([^:\n]+): ([^\n]+)")
TRY = re.compile(SAID + r"(?:try|coba): ([^\n]+)")
DELETE = re.compile(SAID + r"(?:delete|hapus) ([^\n–]+?)(?= –|\n|$)")
OWN = re.compile(SAID + r"(?:own|sendiri)\b")
BY = re.compile(SAID + r"(?:by|menurut) (loyalty survey|survei loyalitas|\w+)")
TYPED = (
    (NEW, r'segment new "\1" "\2"'),
    (TRY, r'segment try "\1"'),
    (DELETE, r'segment delete "\1"'),
    (OWN, "segment list"),
    (BY, r'segments --by "\1"'),
)


def typed(text: str) -> str:
    """A text whose lines about segments can be typed at a terminal."""
    for pattern, words in TYPED:
        text = pattern.sub(f"{PROGRAM} {words}", text)
    return text
