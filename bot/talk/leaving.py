"""Does somebody want to leave? Pure, and the same on every channel.

    text | clauses of plain words | a sign per word | rules over the signs | the clearest of the verdicts

"Tolong jangan kirim promo lagi ya" is ``pNKOAP``: ``leaving_letters`` makes the words, ``leaving_signs`` the signs
out of ``leaving_words``; ``leaving_rules`` has the rules and a legend. Why it is done so:
``docs/decisions/0015-leaving-is-heard-by-rules.md``.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from bot.talk import leaving_rules as rules
from bot.talk import leaving_words as words
from bot.talk import phrases
from bot.talk.leaving_letters import clauses
from bot.talk.leaving_signs import Part, parts


class Leaving(StrEnum):
    """CLEAR is acted on; on UNSURE one asks, and sends no offers meanwhile."""

    CLEAR = "clear"
    UNSURE = "unsure"
    NO = "no"


SIGNS_TO_STOP = frozenset("🛑⛔🚫🙅✋")


def hears(text: str) -> Leaving:
    """Whether ``text`` asks to receive no more offers."""
    said = list(clauses(text))
    whole = [word for clause in said for word in clause.words]
    core = _undressed(whole)
    if " ".join(whole) in phrases.PROVIDERS or core in words.COMPLETE:
        return Leaving.CLEAR
    if core in words.NARROWER or core in phrases.KNOWN["forget"] or rules.UNREDUCED.fullmatch(core):
        return Leaving.NO
    if core in words.UNCERTAIN:
        return Leaving.UNSURE
    verdict = _weighed([part for clause in said for part in parts(clause)])
    is_doubtful = core in phrases.PROVIDERS or (not whole and SIGNS_TO_STOP.intersection(text))
    return Leaving.UNSURE if is_doubtful and verdict is Leaving.NO else verdict


def _weighed(said: Sequence[Part]) -> Leaving:
    """The clearest that any part says, but a doubt if another part asks how or takes it back."""
    verdicts = {_judged(part.signs, is_asked=part.is_asked) for part in said}
    whole = "".join(part.signs for part in said)
    is_asked = any(part.is_asked for part in said)
    if Leaving.CLEAR in verdicts or (rules.CURT.fullmatch(whole) and not is_asked):
        is_taken_back = any("r" in part.signs or rules.ASKS_HOW.fullmatch(part.signs) for part in said)
        return Leaving.UNSURE if is_taken_back else Leaving.CLEAR
    is_weary = rules.WEARY.fullmatch(whole) and not is_asked
    return Leaving.UNSURE if is_weary or Leaving.UNSURE in verdicts else Leaving.NO


def _judged(signs: str, *, is_asked: bool) -> Leaving:
    if rules.UNCLEAR.search(signs):
        return Leaving.UNSURE
    ending = rules.KEPT.sub("#", signs)
    if rules.BARRED.search(ending) or rules.UNWISHED.search(ending):
        return _softened(ending, is_asked=False)
    if rules.ENDED.search(ending):
        return _softened(ending, is_asked=is_asked)
    if rules.ABSENT.search(ending) or rules.ENDED_AFTER_ITS_OBJECT.search(ending):
        return Leaving.NO if is_asked and "p" not in ending else _softened(ending, is_asked=is_asked)
    is_complaint = rules.COMPLAINTS.search(ending) and not is_asked
    is_doubtful = (is_complaint or rules.DOUBTS.search(ending)) and not set("q+") & set(ending)
    return Leaving.UNSURE if is_doubtful else Leaving.NO


def _softened(signs: str, *, is_asked: bool) -> Leaving:
    """What sounds like leaving, unless it asks when or why, supposes, or speaks of somebody else."""
    present = set(signs)
    asks_when = "q" in present and not present & set("KU")
    asks_why = "y" in present and "j" not in present
    asks_whether_it_ended = is_asked and "sS" in signs
    if asks_when or asks_why or asks_whether_it_ended:
        return Leaving.NO
    is_doubtful = present & set("qhimtr") or rules.LATER.search(signs) or (is_asked and "p" not in present)
    return Leaving.UNSURE if is_doubtful else Leaving.CLEAR


def _undressed(said: list[str]) -> str:
    core = list(said)
    while core and core[-1] in phrases.POLITE:
        core.pop()
    while core and core[0] in phrases.POLITE:
        core.pop(0)
    return " ".join(core)
