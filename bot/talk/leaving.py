"""Does somebody want to leave? Pure, and the same on every channel.

    text | clauses of plain words | a sign per word | rules over the signs | the clearest of the verdicts

The signs stand in ``leaving_words``: "tolong jangan kirim promo lagi ya" is ``pNKOAP``, and a rule is a pattern of
signs. Every repetition in a pattern is bounded or of single signs: however long the text, reading it stays linear.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.talk import leaving_words as words
from bot.talk import phrases
from bot.talk.leaving_letters import Clause, clauses, known_form


class Leaving(StrEnum):
    """CLEAR is acted on; on UNSURE one asks, and sends no offers meanwhile."""

    CLEAR = "clear"
    UNSURE = "unsure"
    NO = "no"


@dataclass(frozen=True)
class Part:
    """A thought in signs; ``is_asked`` if a question mark follows it."""

    signs: str
    is_asked: bool


def _rules(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns))


DRESS = "PpMAWsjkc+"
"""What may stand around a request and changes nothing: "tolong", "saya mau", "ya kak"."""

FORBID = "(?:N|[p|][PpMs]{0,3}n)[PMAWsp]{0,3}"
UNWANTED = "[nN][PMAsp]{0,3}W[PMAVKWwLspJY]{0,6}"
UNNEEDED = "[nN][PMsp]{0,3}[wk]"
OBJECTS = "[PMKEBTOGJYLVAsp]*+"
UNBOUNDED = "(?![xdfi])(?:(?<=[PMspAL])|(?!_))"
"""The object of a sentence is not narrowed by what follows: "jangan kirim promo kopi", "jangan kirim promo dulu"."""

BARRED = _rules(
    f"{FORBID}B(?!d)|{FORBID}[KE][PMs]{{0,3}}B",
    f"{FORBID}[KET](?=[PMKE]{{0,5}}[OGELJY]){OBJECTS}{UNBOUNDED}",
    f"{FORBID}[KET][PMKEOGJYLsp]{{0,8}}A(?![PMps]{{0,3}}x)",
    f"{FORBID}[KE][^xdq]{{0,8}}[OGL][^xdq]{{0,8}}A",
    f"{FORBID}[KE]P{{0,2}}M[PMAsp+]*$",
    "N[PMs]{0,2}[OGE][PMs]{0,3}A|N[PMs]{0,2}O[PEs]{0,3}M",
    f"[OGEJY][PMpsj]{{0,4}}{FORBID}[KET][PMAsp]*$",
)
"""It is forbidden: "jangan kirim promo", "ga usah wa saya lagi", "never text me again"."""

UNWISHED = _rules(
    f"{UNWANTED}[OGL]{OBJECTS}{UNBOUNDED}",
    f"{UNWANTED}[VK][PMAsp]{{0,4}}[EJY]{OBJECTS}{UNBOUNDED}",
    f"{UNWANTED}(?:B|[KBET][PMOGELs]{{0,5}}A)",
    f"{UNNEEDED}[PMVKsw]{{0,4}}A[PMVKsw]{{0,4}}[OGEL]|{UNNEEDED}[PMVKsw]{{0,4}}[OGEL][PMs]{{0,3}}A",
    "nA[PMs]{0,2}[wk][PMVKs]{0,4}[OGEL]",
    "n[PMA]{0,2}L[P]{0,3}Y?[KG]",
    "n[PMWVs]{0,4}(?:A[PMWVs]{0,4}L|L[PMs]{0,3}A)",
)
"""It is no longer wished: "saya tidak mau terima promo lagi"."""

ENDED = _rules(
    f"S[PMApsd]{{0,4}}(?=[KEBTV]{{0,3}}[PMAs]{{0,3}}[OGJYLEBTV]){OBJECTS}(?![xf])(?:(?<=[PMspAL])|(?!_))",
    f"S[PMAps]{{0,4}}[KT][PMAKsp]*+{UNBOUNDED}",
    f"^[{DRESS}JYBfbZ]*S[{DRESS}Sd]*$|p[PMs]{{0,3}}S[PMs]*$|^[PM]*o[PM]*p[PMp]*S",
    "U(?![PM]{0,3}x)",
    "C[PMpsOGE]{0,4}L|C[PMsYO]{0,3}G",
    "D[PMpsJY]{0,3}[OGL]",
    "(?:R[Ps]{0,2}M[PMsp]{0,5}[LGEO]|M[PMps]{0,4}R[PMs]{0,3}[LG]|R[PMs]{0,3}L)(?!P{0,2}x)",
    "e[PMs]{0,3}[LG]",
    "^[PpMsAc]*(?:R[Ps]{0,2}M|M[PMps]*R)[PMpsA]*$|[pW][PMs]{0,4}R[PMs]*(?:L|$)",
)
"""It shall end: "stop kirim pesan", "unsubscribe me", "hapus saya dari daftar"."""

ENDED_AFTER_ITS_OBJECT = _rules(
    "[OGLE][PMpWA]{0,5}S[PMpAdcs]*$", "L[PMps]{0,4}C[PMAps+]*$", "[OGL][PMps]{0,3}D[PMAps+]*$"
)
ABSENT = _rules("Z[PMKVTpWw]{0,4}[OGEJYKTLBV]", "^[PpMs]*o[PA]{0,2}[OGB][OGEPpMAsB]*$")
"""There shall be none: "no more offers". With a question mark it asks whether there are some."""

KEPT = _rules(
    "[nN][PMWVspd]{0,4}[SUDC]",
    "[nNC][PMWsp]{0,3}l[PMWs]{0,3}[KVEOGT]?",
    "C[PMs]{0,2}[SU]",
    "[nN][PMAs]{0,3}W[PMOGLY]{1,5}C",
    "[nN][PMW]{0,3}R[PM]",
    "[nN][PMWs]{0,3}e",
    "x[PMpsd]{0,3}N[PMAsp]{0,2}K(?![PMAs]{0,4}[OGJY])",
)
"""What is not to end: "jangan berhenti", "don't remove me", "jangan lupa kirim"; or is no offer: "kopinya"."""

WEARY = re.compile(f"[{DRESS}JY]*[cBf][{DRESS}BYd]*")
"""Nothing but a sigh: "cukup", "spam nih"."""

UNCLEAR = _rules(
    "n[PMs]{0,2}p[PMs]{0,2}(?:U|S[PM]{0,2}[OGKL])",
    "i[PMs]{0,3}[nN][PMs]{0,2}S",
    "[nN][PMWVspd]{0,3}_[PMWVspd]{0,2}[SU]",
)
"""A no that may or may not belong to the leaving: "ga bisa unsubscribe", "kalau tidak berhenti saya blokir"."""

DOUBTS = _rules(
    f"^[{DRESS}]*S(?![PMpsd]{{0,4}}x)|[im][PMWsp]{{0,4}}[SU]",
    "h[^x]{0,6}[SUe]|[SU].{0,8}h|h[^x]{0,4}n[PMs]{0,3}[VK][PMs]{0,3}[OGEJY]",
    "y[^x]{0,6}j[^x]{0,4}[KOGEVT]|y[^xn]{0,3}K[^x]{0,3}c|y[PMs]{0,4}(?:c|[VK][PMs]{0,3}[JYGO])",
    "b",
)
COMPLAINTS = _rules(
    f"^[{DRESS}]*(?:[eZ]|RM|N[KET]M|n[PMs]*w)[PpMsA]*$",
    "[OGEJ][PMjsVKA]{0,4}[cfB]|K[PMs]{0,2}c[PM]*$|^[Pp]*CP?O|[cf][PMpKVsY]{0,4}[OGEJ]|K[PMs]{0,2}Y[PMs]{0,2}c",
    "N[PMA]{0,2}f|N[KE][PMOGJE]{0,4}f|H[PMsd]{0,4}[OGEJK]|[OG][PMps]{0,3}H",
    f"N[PMs]{{0,2}}[OG]|{UNNEEDED}[PMVKsw]{{0,4}}[OGELKY]",
    f"{FORBID}[KE][PMsx]{{0,3}}[OGL]|S[PMAps]{{0,4}}[OGK][OG]|{UNWANTED}[OGK]|B[Ps]{{0,2}}M|N[PMs]{{0,2}}Kc",
)
"""It is too much, or too often, or some of it: "promo terus nih", "jangan kirim promo kopi"."""

CURT = re.compile("[PpMsA]*(?:W[PpMs]*e|n[PMs]*W[PMs]*A|n[PMs]*A[PMs]*W|n[PMs]*w[PMs]*A|n[PMs]*A[PMs]*w)[PpMs]*")
"""Nothing but "saya mau keluar", "tidak mau lagi"."""

LATER = re.compile("d[PMWs]{0,2}[SU]")
ASKS_HOW = re.compile("[PpMj]*h[hPpMj]*")
SIGNS_TO_STOP = frozenset("🛑⛔🚫🙅✋")


def hears(text: str) -> Leaving:
    """Whether ``text`` asks to receive no more offers."""
    said = list(clauses(text))
    whole = [word for clause in said for word in clause.words]
    core = _undressed(whole)
    if " ".join(whole) in phrases.PROVIDERS:
        return Leaving.CLEAR
    if core in words.NARROWER or core in phrases.KNOWN["forget"]:
        return Leaving.NO
    verdict = _weighed([part for clause in said for part in _parts(clause)])
    is_doubtful = core in words.UNCERTAIN | phrases.PROVIDERS or (not whole and SIGNS_TO_STOP.intersection(text))
    return Leaving.UNSURE if is_doubtful and verdict is Leaving.NO else verdict


def _weighed(parts: Sequence[Part]) -> Leaving:
    """The clearest that any part says, but a doubt if another part asks how or takes it back."""
    verdicts = {_judged(part.signs, is_asked=part.is_asked) for part in parts}
    whole = "".join(part.signs for part in parts)
    is_asked = any(part.is_asked for part in parts)
    if Leaving.CLEAR in verdicts or (CURT.fullmatch(whole) and not is_asked):
        is_taken_back = any("r" in part.signs or ASKS_HOW.fullmatch(part.signs) for part in parts)
        return Leaving.UNSURE if is_taken_back else Leaving.CLEAR
    is_weary = WEARY.fullmatch(whole) and not is_asked
    return Leaving.UNSURE if is_weary or Leaving.UNSURE in verdicts else Leaving.NO


def _parts(clause: Clause) -> Iterator[Part]:
    """A clause, parted once more where "karena" or "but" begins another thought; the last is what is asked."""
    thoughts = "".join(_signs(clause.words)).split("|")
    yield from (Part(thought, is_asked=False) for thought in thoughts[:-1])
    yield Part(thoughts[-1], clause.is_asked)


def _judged(signs: str, *, is_asked: bool) -> Leaving:
    if UNCLEAR.search(signs):
        return Leaving.UNSURE
    ending = KEPT.sub("#", signs)
    if BARRED.search(ending) or UNWISHED.search(ending):
        return _softened(ending, is_asked=False)
    if ENDED.search(ending):
        return _softened(ending, is_asked=is_asked)
    if ABSENT.search(ending) or ENDED_AFTER_ITS_OBJECT.search(ending):
        return Leaving.NO if is_asked and "p" not in ending else _softened(ending, is_asked=is_asked)
    is_complaint = COMPLAINTS.search(ending) and not is_asked
    is_doubtful = (is_complaint or DOUBTS.search(ending)) and not set("q+") & set(ending)
    return Leaving.UNSURE if is_doubtful else Leaving.NO


def _softened(signs: str, *, is_asked: bool) -> Leaving:
    """What sounds like leaving, unless it asks when or why, supposes, or speaks of somebody else."""
    present = set(signs)
    asks_when = "q" in present and not present & set("KU")
    asks_why = "y" in present and "j" not in present
    asks_whether_it_ended = is_asked and "sS" in signs
    if asks_when or asks_why or asks_whether_it_ended:
        return Leaving.NO
    is_doubtful = present & set("qhimtr") or LATER.search(signs) or (is_asked and "p" not in present)
    return Leaving.UNSURE if is_doubtful else Leaving.CLEAR


def _signs(said: Sequence[str]) -> Iterator[str]:
    """A sign for each of the longest phrases known, "_" for a word that is not."""
    spelled = [part for word in said for part in _parted(known_form(word, words.PARTS, words.CORES))]
    at = 0
    while at < len(spelled):
        sizes = range(min(words.LONGEST, len(spelled) - at), 0, -1)
        size = next((size for size in sizes if " ".join(spelled[at : at + size]) in words.SIGN_OF), 1)
        yield words.SIGN_OF.get(" ".join(spelled[at : at + size]), "_")
        at += size


def _parted(word: str) -> tuple[str, ...]:
    """ "stoppromo" is two words."""
    if word in words.PARTS:
        return (word,)
    cores = (core for core in words.JOINING if word.startswith(core) and word.removeprefix(core) in words.JOINED)
    return next(((core, word.removeprefix(core)) for core in cores), (word,))


def _undressed(said: list[str]) -> str:
    core = list(said)
    while core and core[-1] in phrases.POLITE:
        core.pop()
    while core and core[0] in phrases.POLITE:
        core.pop(0)
    return " ".join(core)
