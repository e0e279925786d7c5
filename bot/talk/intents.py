"""What somebody means: text to Intent. Pure, and the same on every channel."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from bot.talk import phrases


class Means(StrEnum):
    STOP = "stop"
    START = "start"
    GREETING = "greeting"
    YES = "yes"
    NO = "no"
    FORGET = "forget"
    PRIVACY = "privacy"
    HISTORY = "history"
    HELP = "help"
    INDONESIAN = "indonesian"
    ENGLISH = "english"
    OWNER_CODE = "owner_code"
    COMMAND = "command"
    OTHER = "other"


@dataclass(frozen=True)
class Intent:
    """What is meant; for a command which one and what follows it, for a button the question it belongs to."""

    means: Means
    command: str = ""
    argument: str = ""
    question: str = ""

    def answers(self, question: str) -> Means:
        """The yes or no to ``question``; a button of another question answers nothing."""
        return self.means if self.question in ("", question) else Means.OTHER


MEANINGS = {phrase: Means(means) for means, known in phrases.KNOWN.items() for phrase in known}
THUMBS = {"👍": Means.YES, "✅": Means.YES, "👌": Means.YES, "👎": Means.NO, "❌": Means.NO}
OWNER_CODE = re.compile(r"(?:/owner\s+)?([2-9A-HJKMNP-Z]{4}-?[2-9A-HJKMNP-Z]{4})", re.IGNORECASE)
COMMAND = re.compile(r"/([a-z_]+)(?:@\w+)?(?:\s+(.*))?", re.IGNORECASE | re.DOTALL)
ADDRESSED = re.compile(r"^(/\w+)@\w+")
"""In a chat with several bots a command names one of them."""
STRETCHED = re.compile(r"(.)\1{2,}")


def understand(text: str) -> Intent:
    """The intent of a message. Leaving comes before everything else it could mean."""
    stripped = text.strip()
    thumbs = {THUMBS[sign] for sign in stripped if sign in THUMBS}
    if thumbs and not any(sign.isalnum() for sign in stripped):
        return Intent(thumbs.pop() if len(thumbs) == 1 else Means.OTHER)
    plain = plain_words(stripped)
    if plain in phrases.ANSWERED:
        means, question = phrases.ANSWERED[plain]
        return Intent(Means(means), question=question)
    found = MEANINGS.get(plain) or _roughly(unstretched(plain), is_question="?" in stripped)
    if found is Means.YES and "?" in stripped:
        # "Boleh?" asks; it allows nothing.
        return Intent(Means.OTHER)
    if found is not None:
        return Intent(found)
    command = COMMAND.fullmatch(stripped)
    code = OWNER_CODE.fullmatch(stripped)
    if code is not None and (command is not None or any(sign.isdigit() for sign in code[1]) or "-" in code[1]):
        return Intent(Means.OWNER_CODE, argument=code[1])
    if command is not None and command[1].casefold() == "start":
        # A chat opened from a link brings the link's words along: "/start poster".
        return Intent(Means.START, argument=(command[2] or "").strip())
    if command is not None:
        return Intent(Means.COMMAND, command[1].lower(), (command[2] or "").strip())
    return Intent(Means.OTHER)


def _roughly(plain: str, *, is_question: bool) -> Means | None:
    """The same said politely ("stop ya kak"), as a command ("/stop"), twice ("iya boleh"), or letter by letter."""
    words = plain.removeprefix("/").split()
    if words and all(len(word) == 1 for word in words):
        words = ["".join(words)]
    core = _without(words, phrases.POLITE)
    said = " ".join(core)
    found = MEANINGS.get(plain) or (MEANINGS.get(said) if said not in phrases.PROVIDERS else None)
    if found in (None, Means.YES, Means.NO):
        found = _agreement(_without(words, phrases.ADDRESSING)) or (found if found is Means.NO else None)
    return found or (Means.STOP if _begins_to_leave(core, is_question=is_question) else None)


def _agreement(words: list[str]) -> Means | None:
    """A yes or no is nothing but yeses or noes: whatever else stands there may take it back."""
    said = MEANINGS.get(" ".join(words))
    if said in (Means.YES, Means.NO):
        return said
    return next((means for means in (Means.YES, Means.NO) if words and set(words) <= phrases.KNOWN[means]), None)


def _without(words: list[str], dress: frozenset[str]) -> list[str]:
    """The words without those of ``dress`` at either end."""
    core = list(words)
    while core and core[-1] in dress:
        core.pop()
    while core and core[0] in dress:
        core.pop(0)
    return core


def _begins_to_leave(core: list[str], *, is_question: bool) -> bool:
    """ "Stop, jangan ganggu saya" leaves; "stop kontak ada?" and "berhenti di mana" talk of something else."""
    if is_question or not core or phrases.ASKING.intersection(core):
        return False
    begins = " ".join(core)
    is_thing = any(begins.startswith(thing) for thing in phrases.THINGS)
    return not is_thing and any(f"{begins} ".startswith(f"{opening} ") for opening in phrases.OPENINGS)


def plain_words(text: str) -> str:
    """Lower case, one kind of letter, no emoji and no punctuation but a leading slash."""
    folded = ADDRESSED.sub(r"\1", unicodedata.normalize("NFKC", text).casefold().strip())
    slash = "/" if folded.startswith("/") else ""
    if folded == "?":
        return folded
    kept = (sign if sign.isalnum() else "" if sign in "'’" else " " for sign in folded)
    return slash + " ".join("".join(kept).split())


def unstretched(plain: str) -> str:
    """ "stoppp" is "stop"; a letter written three times or more was meant once."""
    return STRETCHED.sub(r"\1", plain)
