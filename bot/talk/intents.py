"""What somebody means: text to Intent. Pure, and the same on every channel."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from bot.talk import phrases
from bot.talk.leaving import SIGNS_TO_STOP, Leaving, hears
from ledger import auditable, birthdays


class Means(StrEnum):
    STOP = "stop"
    MAYBE_STOP = "maybe_stop"
    STOP_HERE = "stop_here"
    STOP_HISTORY = "stop_history"
    STOP_SURVEYS = "stop_surveys"
    GO_ON = "go_on"
    START = "start"
    GREETING = "greeting"
    THANKS = "thanks"
    WHO = "who"
    YES = "yes"
    NO = "no"
    FORGET = "forget"
    PRIVACY = "privacy"
    HISTORY = "history"
    SURVEYS = "surveys"
    FREQUENCY = "frequency"
    ANY = "any"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    QUIET = "quiet"
    CATEGORIES = "categories"
    NEVER_CATEGORY = "never_category"
    ALLOW_CATEGORY = "allow_category"
    CHANNELS = "channels"
    BIRTHDAY = "birthday"
    NO_BIRTHDAY = "no_birthday"
    FAIRNESS = "fairness"
    NO_FAIRNESS = "no_fairness"
    MY_DATA = "my_data"
    COPY = "copy"
    CLOSE_PAGE = "close_page"
    WHY = "why"
    LESS = "less"
    AGE = "age"
    NOT_ME = "not_me"
    LINK = "link"
    UNLINK = "unlink"
    HELP = "help"
    INDONESIAN = "indonesian"
    ENGLISH = "english"
    OWNER_CODE = "owner_code"
    COMMAND = "command"
    OTHER = "other"


@dataclass(frozen=True)
class Intent:
    """What is meant; for a command which one, what follows it or a wish, for a button the question it belongs to.

    ``argument`` of a signed button is its question's token.
    """

    means: Means
    command: str = ""
    argument: str = ""
    question: str = ""

    def answers(self, question: str) -> Means:
        """The yes or no to ``question``; a button of another question answers nothing."""
        return self.means if self.question in ("", question) else Means.OTHER


MEANINGS = {phrase: Means(means) for means, known in phrases.KNOWN.items() for phrase in known}
THUMBS = {"👍": Means.YES, "✅": Means.YES, "👌": Means.YES, "👎": Means.NO, "❌": Means.NO}
GRATEFUL = frozenset("🙏❤😊☺😍🥰🤗")
OWNER_CODE = re.compile(r"(?:/owner\s+)?([2-9A-HJKMNP-Z]{4}[-\s]?[2-9A-HJKMNP-Z]{4})", re.IGNORECASE)
OWNER_LINK = re.compile(r"owner-([2-9A-HJKMNP-Z]{4}-?[2-9A-HJKMNP-Z]{4})", re.IGNORECASE)
"""What the owner's own link to the bot brings along; apart from posters' words, which may look like a code."""
LINK_CODE = re.compile(
    r"/?(?:sambung(?:kan)?|hubungkan|link)(?: chats?)?[\s:]+([2-9A-HJKMNP-Z]{4}[-\s]?[2-9A-HJKMNP-Z]{4})",
    re.IGNORECASE,
)
COMMAND = re.compile(r"/([a-z_]+)(?:@\w+)?(?:\s+(.*))?", re.IGNORECASE | re.DOTALL)
ADDRESSED = re.compile(r"^(/\w+)@\w+")
"""In a chat with several bots a command names one of them."""
STEERS = {words: Means(means) for means, openings in phrases.STEERING.items() for words in openings}
STEERING = re.compile(rf"({'|'.join(map(re.escape, STEERS))})[: ]+(\S.*)", re.IGNORECASE)
SIGNED = re.compile(r"(.+) ([0-9a-f]{6})")
"""What a button says, and which question it belongs to."""
STRETCHED = re.compile(r"(.)\1{2,}")


def understand(text: str) -> Intent:
    """The intent of a message. Leaving comes before everything else it could mean, a doubt about it after."""
    stripped = text.strip()
    thumbs = {THUMBS[sign] for sign in stripped if sign in THUMBS}
    if thumbs and not any(sign.isalnum() for sign in stripped):
        return Intent(thumbs.pop() if len(thumbs) == 1 else Means.OTHER)
    plain = plain_words(stripped)
    if plain in phrases.ANSWERED:
        means, question = phrases.ANSWERED[plain]
        return Intent(Means(means), question=question)
    signed = SIGNED.fullmatch(plain)
    if signed is not None and signed[1] in phrases.SIGNED:
        means, question = phrases.ANSWERED[signed[1]]
        return Intent(Means(means), question=question, argument=signed[2])
    linking = LINK_CODE.fullmatch(stripped)
    if linking is not None and looks_made(linking[1]):
        return Intent(Means.LINK, argument=linking[1])
    steered = _steering(stripped)
    if steered is not None:
        return steered
    # "Stop riwayat" stops one thing only: what we know word for word is no leaving.
    leaving = Leaving.NO if plain in MEANINGS else hears(stripped)
    if leaving is Leaving.CLEAR:
        return Intent(Means.STOP)
    known = _known(stripped, plain)
    is_doubtful = known.means is Means.OTHER and leaving is Leaving.UNSURE
    return Intent(Means.MAYBE_STOP) if is_doubtful else known


def looks_made(code: str) -> bool:
    """Whether it is no pair of words: "baju anak" has the signs of a code, too."""
    return "-" in code or any(sign.isdigit() for sign in code)


def _steering(stripped: str) -> Intent | None:
    """ "Jam tenang 20-9": a wish with its particulars as they were written."""
    found = STEERING.fullmatch(" ".join(stripped.split()))
    if found is None:
        return None
    means = STEERS[found[1].casefold()]
    # "Ulang tahun anak saya, ada kue?" tells no day.
    is_told = means is not Means.BIRTHDAY or (
        birthdays.read(found[2].rstrip(".! ")) is not None and hears(stripped) is Leaving.NO
    )
    is_told = is_told and (means is not Means.FAIRNESS or auditable.read(found[2]) is not None)
    return Intent(means, argument=found[2]) if is_told else None


def _known(stripped: str, plain: str) -> Intent:
    found = MEANINGS.get(plain) or _roughly(unstretched(plain))
    if found is None and _thanks(stripped, plain):
        return Intent(Means.THANKS)
    if found is Means.YES and "?" in stripped:
        # "Boleh?" asks; it allows nothing.
        return Intent(Means.OTHER)
    if found is not None:
        return Intent(found)
    command = COMMAND.fullmatch(stripped)
    code = OWNER_CODE.fullmatch(stripped)
    if code is not None and (command is not None or looks_made(code[1])):
        return Intent(Means.OWNER_CODE, argument=code[1])
    if command is not None and command[1].casefold() == "start":
        owner = OWNER_LINK.fullmatch((command[2] or "").strip())
        if owner is not None:
            return Intent(Means.OWNER_CODE, argument=owner[1])
        # A chat opened from a link brings the link's words along: "/start poster".
        return Intent(Means.START, argument=(command[2] or "").strip())
    if command is not None:
        return Intent(Means.COMMAND, command[1].lower(), (command[2] or "").strip())
    return Intent(Means.OTHER)


def _thanks(stripped: str, plain: str) -> bool:
    """ "Siap, makasih infonya ya kak", or a folded hand alone: thanks, and nothing is asked besides."""
    words = set(plain.split())
    if "?" in stripped or not words:
        return "?" not in stripped and bool(GRATEFUL & set(stripped)) and not SIGNS_TO_STOP & set(stripped)
    around = phrases.THANKING | phrases.NODS | phrases.POLITE | phrases.ADDRESSING
    return bool(words & phrases.THANKING) and words <= around | phrases.THANKED_FOR


def _roughly(plain: str) -> Means | None:
    """The same said politely ("menu dong kak"), as a command ("/menu"), twice ("iya boleh"), or letter by letter."""
    words = plain.removeprefix("/").split()
    if words and all(len(word) == 1 for word in words):
        words = ["".join(words)]
    cores = (_without(words, dress) for dress in (phrases.POLITE, phrases.ADDRESSING))
    found = next((MEANINGS[said] for said in (plain, *map(" ".join, cores)) if said in MEANINGS), None)
    if found in (None, Means.YES, Means.NO):
        return _agreement(_without(words, phrases.ADDRESSING)) or (found if found is Means.NO else None)
    return found


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
