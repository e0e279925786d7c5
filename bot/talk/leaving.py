"""Does somebody want to leave? Pure, and the same on every channel."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

from bot.talk import leaving_words as words
from bot.talk import phrases


class Leaving(StrEnum):
    """CLEAR is acted on; on UNSURE one asks, and sends no offers meanwhile."""

    CLEAR = "clear"
    UNSURE = "unsure"
    NO = "no"


STRETCHED = re.compile(r"(.)\1{2,}")


def hears(text: str) -> Leaving:
    """Whether ``text`` asks to receive no more offers."""
    said = _words(text)
    core = " ".join(_undressed(said))
    if core in words.NARROWER:
        return Leaving.NO
    if " ".join(said) in phrases.PROVIDERS or core in words.WHOLE or _begins_to_leave(core, "?" in text):
        return Leaving.CLEAR
    return Leaving.NO


def _words(text: str) -> list[str]:
    folded = unicodedata.normalize("NFKC", text).casefold().strip().removeprefix("/")
    kept = "".join(sign if sign.isalnum() else "" if sign in "'’" else " " for sign in folded)
    found = STRETCHED.sub(r"\1", " ".join(kept.split())).split()
    return ["".join(found)] if found and all(len(word) == 1 for word in found) else found


def _undressed(said: list[str]) -> list[str]:
    core = list(said)
    while core and core[-1] in phrases.POLITE:
        core.pop()
    while core and core[0] in phrases.POLITE:
        core.pop(0)
    return core


def _begins_to_leave(core: str, is_question: bool) -> bool:
    """ "Stop, jangan ganggu saya" leaves; "stop kontak ada?" and "berhenti di mana" talk of something else."""
    if is_question or words.ASKING.intersection(core.split()):
        return False
    is_thing = any(core.startswith(thing) for thing in words.THINGS)
    return not is_thing and any(f"{core} ".startswith(f"{opening} ") for opening in words.OPENINGS)
