"""Words with numbered places, as WhatsApp approves them: what they must be like, and how they are filled. Pure.

    file with named places → framed (numbered) → faults → approved by WhatsApp → filled, a person at a time

What WhatsApp wants of them: at most 1,024 characters also when filled; no place first, last or beside another; places
numbered without gaps; more words than places. Of what fills a place: one line, no tab, no more than four blanks in a
row, not empty.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

LONGEST_BODY = 1_024
LONGEST_NAME = 512
LONGEST_LABEL = 20
"""Of a button, by Twilio's twilio/quick-reply."""
WORDS_A_PLACE = 3
"""How many fixed words there shall be for each place: WhatsApp turns away what is mostly places, and keeps its own
measure to itself."""
PLACE = re.compile(r"\{\{(\d+)\}\}")
BRACES = re.compile(r"\{\{+|\}\}+")
BLANK_LINES = re.compile(r"\n{3,}")
NAMED = re.compile(r"[a-z0-9_]+")
VERSIONED = re.compile(r"_v\d+$")
BLANK_SIGNS = frozenset("\u034f\u115f\u1160\u2800\u3164\uffa0")
"""Letters and marks, says Unicode, that show nothing."""
UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn")
"""Kinds of signs that show nothing, or nothing good: control, format (of no width), halves, private, none at all."""
BETWEEN_LINES = " · "
"""Where a line does not end in a sign that parts it from the next anyway."""
PARTING = tuple(".,:;!?…")
BULLET = re.compile(r"^(?:[•*–-]\s+)+")
BULLETS = frozenset("•*–-")
LONGEST = {
    "name": 40, "shop": 60, "discount": 3, "items": 200, "total": 24, "text": 500, "voucher": 11, "until": 14,
    "link": 120, "n": 2, "minutes": 2,
}  # fmt: skip
"""What each place is given at most, once all is said as briefly as can be; of the owner's own words what there must
at least be room for."""


@dataclass(frozen=True)
class Frame:
    """The words of one campaign message in one language. ``places`` are the names of {{1}}, {{2}} and so on.

    ``buttons`` are pairs of a label and what pressing it says.
    """

    name: str
    language: str
    body: str
    places: tuple[str, ...]
    buttons: tuple[tuple[str, str], ...]

    @cached_property
    def fingerprint(self) -> str:
        """The same for the same words and buttons, wherever and whenever they are framed."""
        said = "\0".join([self.language, self.body, *self.places, *(part for each in self.buttons for part in each)])
        return sha256(said.encode()).hexdigest()


def faults(frame: Frame) -> Iterator[str]:
    """Which of WhatsApp's rules the words break, each as a sentence."""
    fixed = PLACE.split(frame.body)[::2]
    numbers = list(dict.fromkeys(int(number) for number in PLACE.findall(frame.body)))
    if not NAMED.fullmatch(frame.name) or len(frame.name) > LONGEST_NAME:
        yield f"the name has small letters, digits and _ only, at most {LONGEST_NAME}"
    if numbers != list(range(1, len(frame.places) + 1)):
        yield "every place of the catalogue stands in the text, in the catalogue's order"
        return
    if not fixed[0].strip() or not _has_words(fixed[-1]):
        yield "no place is first or last"
    if any(not _has_words(each) for each in fixed[1:-1]):
        yield "between two places there are words"
    if BLANK_LINES.search(frame.body):
        yield "no more than one empty line in a row"
    if len(" ".join(fixed).split()) <= WORDS_A_PLACE * len(PLACE.findall(frame.body)):
        yield f"more than {WORDS_A_PLACE} fixed words for each place"
    longest = len(filled(frame.body, {str(n): "x" * LONGEST.get(name, 0) for n, name in enumerate(frame.places, 1)}))
    if longest > LONGEST_BODY:
        yield f"at most {LONGEST_BODY} characters with the longest values in it, not {longest}"
    if any(not 0 < len(label) <= LONGEST_LABEL for label, _ in frame.buttons):
        yield f"a button has at most {LONGEST_LABEL} characters"


def filled(body: str, variables: Mapping[str, str]) -> str:
    """The words with ``variables`` in their places, as they are read. What a value contains is not read again."""
    return PLACE.sub(lambda found: variables[found[1]], body)


def reads_as(body: str, text: str) -> bool:
    """Whether ``text`` may be these words with something in their places."""
    first, *between = PLACE.split(body)[::2]
    if not between:
        return text == body
    last, at = between.pop(), len(first)
    for fixed in between:
        found = text.find(fixed, at)
        if found < 0:
            return False
        at = found + len(fixed)
    return text.startswith(first) and text.endswith(last) and len(text) - len(last) >= at


def one_line(value: str) -> str:
    """A value as WhatsApp takes it: its lines on one, nothing unseen, single blanks; nothing that looks like a place.

    May be empty: then something else has to be said. Twilio is reported to refuse a straight apostrophe (21656).
    """
    lines = [line for line in map(_plain, value.splitlines()) if line]
    text = ""
    # A bullet with nothing behind it is no line among others.
    for line in [each for each in lines if each not in BULLETS] or lines[:1]:
        text += line if not text else f" {line}" if text.endswith(PARTING) else f"{BETWEEN_LINES}{line}"
    return BRACES.sub(lambda found: found[0][0], text).replace("'", "’")


def base_of(name: str) -> str:
    """The catalogue's name of a version: "langganan_winback" of "langganan_winback_v2"."""
    return VERSIONED.sub("", name)


def version_of(name: str) -> int:
    """1 for a name without a version."""
    found = VERSIONED.search(name)
    return int(found[0].removeprefix("_v")) if found else 1


def named(base: str, version: int) -> str:
    """The name of a version."""
    return base if version == 1 else f"{base}_v{version}"


def _has_words(text: str) -> bool:
    return any(sign.isalnum() for sign in text)


def _plain(line: str) -> str:
    """What is seen of a line, without the bullet before it."""
    return BULLET.sub("", " ".join(" ".join(map(_visible, line.split())).split()))


def _visible(word: str) -> str:
    return "".join(sign for sign in word if unicodedata.category(sign) not in UNSEEN and sign not in BLANK_SIGNS)
