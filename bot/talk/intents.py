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
    HELP = "help"
    INDONESIAN = "indonesian"
    ENGLISH = "english"
    OWNER_CODE = "owner_code"
    COMMAND = "command"
    OTHER = "other"


@dataclass(frozen=True)
class Intent:
    """What is meant, and for a command which one and what follows it."""

    means: Means
    command: str = ""
    argument: str = ""


MEANINGS = {phrase: Means(means) for means, known in phrases.KNOWN.items() for phrase in known}
THUMBS = {"👍": Means.YES, "✅": Means.YES, "👌": Means.YES, "👎": Means.NO, "❌": Means.NO}
OWNER_CODE = re.compile(r"(?:/owner\s+)?([2-9A-HJKMNP-Z]{4}-?[2-9A-HJKMNP-Z]{4})", re.IGNORECASE)
COMMAND = re.compile(r"/([a-z_]+)(?:@\w+)?(?:\s+(.*))?", re.IGNORECASE | re.DOTALL)
STRETCHED = re.compile(r"(.)\1{2,}")


def understand(text: str) -> Intent:
    """The intent of a message. Leaving comes before everything else it could mean."""
    stripped = text.strip()
    if stripped and stripped[0] in THUMBS and not any(sign.isalnum() for sign in stripped):
        return Intent(THUMBS[stripped[0]])
    plain = plain_words(stripped)
    means = MEANINGS.get(plain) or MEANINGS.get(unstretched(plain)) or _leaving(unstretched(plain))
    if means is not None:
        return Intent(means)
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


def _leaving(plain: str) -> Means | None:
    """Leaving said politely ("stop ya kak") or letter by letter ("s t o p")."""
    words = plain.split()
    if words and all(len(word) == 1 for word in words):
        return Means.STOP if "".join(words) in phrases.KNOWN["stop"] else None
    while words and words[-1] in phrases.POLITE:
        words.pop()
    while words and words[0] in phrases.POLITE:
        words.pop(0)
    kept = " ".join(words)
    return Means.STOP if kept in phrases.KNOWN["stop"] - phrases.PROVIDERS else None


def plain_words(text: str) -> str:
    """Lower case, one kind of letter, no emoji and no punctuation but a leading slash."""
    folded = unicodedata.normalize("NFKC", text).casefold().strip()
    slash = "/" if folded.startswith("/") else ""
    if folded == "?":
        return folded
    kept = (sign if sign.isalnum() else "" if sign in "'’" else " " for sign in folded)
    return slash + " ".join("".join(kept).split())


def unstretched(plain: str) -> str:
    """ "stoppp" is "stop"; a letter written three times or more was meant once."""
    return STRETCHED.sub(r"\1", plain)
