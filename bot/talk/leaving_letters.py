"""How people in a hurry spell: from text to clauses of plain words. Pure, and linear in the text's length."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass

CLAUSE = re.compile(r"[^.!?,;:…\n()\[\]{}|\"“”—–。，！？]+[^\w\s]*")
ADDRESSED = re.compile(r"^\s*/(\w+)(?:@\w+)?")
SPELLED = re.compile(r"(?<![^\W_])[^\W_](?:[\s._*+~-]{1,3}[^\W_](?![^\W_])){2,}")
"""A word letter by letter: "s t o p", "S.T.O.P"."""
STRETCHED = re.compile(r"(.)\1{2,}")
DOUBLED = re.compile(r"(.)\1+")
LOOKALIKES = str.maketrans("013457@$", "oieastas")
CYRILLIC = str.maketrans("асеорхуіѕтнкмв", "aceopxyistnkmb")
BENT = re.compile(
    "(?:di|nge|me|men|meng|ke)?"
    "(kirim|hubung|chat|spam|ganggu|blast|broadcast|telpon|unsub|delete|remove|hapus|batal|cancel|stop|setop|share)"
    "(?:in|kan|i|nya|ku|mu|lah)*"
)
"""Prefixes and suffixes are chatty: "dichatin", "hubunginlah"."""
LONGEST_WORD = 48
ENDINGS = ("nya", "ny", "lah", "ku", "mu", "2", "x")
SHORTEST_SLIP = 5
"""A shorter word is another word too soon: "stok" is not "stop"."""


@dataclass(frozen=True)
class Clause:
    """What stands between two marks; ``is_asked`` if a question mark follows."""

    words: tuple[str, ...]
    is_asked: bool


def clauses(text: str) -> Iterator[Clause]:
    """The clauses of ``text``, without empty ones."""
    for found in CLAUSE.finditer(SPELLED.sub(_joined, plain(text))):
        words = tuple(_words(found[0]))
        if words:
            yield Clause(words, "?" in found[0] or "？" in found[0])


def plain(text: str) -> str:
    """Lower case, Latin, no accents, nothing invisible; the marks stay. A command becomes a word."""
    folded = unicodedata.normalize("NFKD", text).casefold().translate(CYRILLIC)
    seen = "".join(
        sign for sign in folded if unicodedata.category(sign) not in {"Mn", "Me", "Cf", "Cc"} or sign == "\n"
    )
    return ADDRESSED.sub(r"\1", seen.replace("'", "").replace("’", "").replace("`", ""))


def _joined(spelled: re.Match[str]) -> str:
    return "".join(sign for sign in spelled[0] if sign.isalnum())


def _words(clause: str) -> Iterator[str]:
    for word in re.findall(r"[^\W_]+(?:[@$][^\W_]*)*", clause):
        is_disguised = any(sign.isalpha() for sign in word) and not word[:-1].isalpha()
        yield word.translate(LOOKALIKES) if is_disguised else word


def known_form(word: str, known: Collection[str], cores: Collection[str]) -> str:
    """``word`` as ``known`` spells it: with letters stretched, "nya" or "2" behind it, or one slip in a core word."""
    if word in known or len(word) > LONGEST_WORD:
        return word
    once = STRETCHED.sub(r"\1", word)
    meant = next((form for form in _forms(word, once) if form in known), None)
    return meant or next((core for core in cores if slipped(once, core)), word)


def _forms(word: str, once: str) -> Iterator[str]:
    yield from (STRETCHED.sub(r"\1\1", word), once, DOUBLED.sub(r"\1", word))
    bent = BENT.fullmatch(once)
    if bent is not None:
        yield bent[1]
    if once.startswith(("unsubs", "unsubc", "unsubb")):
        yield "unsubscribe"
    yield once.replace("2", "")
    yield from (form.removesuffix(ending) for form in (word, once) for ending in ENDINGS)


def slipped(word: str, core: str) -> bool:
    """Is ``word`` the long word ``core`` but for one letter added, lost or wrong, or two swapped, not the first?"""
    if min(len(word), len(core)) < SHORTEST_SLIP or word[0] != core[0] or abs(len(word) - len(core)) > 1:
        return False
    start = next((n for n, (a, b) in enumerate(zip(word, core, strict=False)) if a != b), min(len(word), len(core)))
    rest, wanted = word[start:], core[start:]
    if sorted(rest[:2]) == sorted(wanted[:2]) and rest[2:] == wanted[2:]:
        return True
    return rest[1:] == wanted[1:] or rest[1:] == wanted or rest == wanted[1:]
