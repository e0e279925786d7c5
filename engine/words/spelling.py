"""Chat spelling made plain: "brgnya gk bgs bgttt 😡" is barangnya, tidak, bagus, banget, 😡.

Rules and a table of our own (short.py), Indonesian and English. Nothing is guessed: a word no rule knows stays as it
was written. Plain Python without libraries, for it runs where people are answered.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from engine.words.short import DOUBLED, DOUBLES_IN_MEANING, EMOTICONS, SHORT

LONGEST = 10_000
"""Signs of a text that are read: a letter longer than that says by then how it is meant."""
LAUGHTER = "haha"
VOWELS = frozenset("aeiou")
MARKS = frozenset(".,!?")
"""Where a clause ends."""
NEGATIONS = frozenset({
    "tidak", "bukan", "belum", "jangan", "tanpa", "kurang", "not", "no", "never", "without", "nothing", "nobody",
    "neither", "nor",
})  # fmt: skip
TURNS = frozenset({
    "tapi", "padahal", "namun", "sedangkan", "cuma", "walaupun", "meskipun", "sayangnya", "but", "however",
    "although", "though",
})  # fmt: skip
"""Words after which something else is said."""
REACH = 3
"""Words that a negation turns: "tidak terlalu enak"."""
TURNED = "!"
"""Begins a word that a negation turned."""

_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2060\ufe0e\ufe0f\ufeff\U0001f3fb-\U0001f3ff\u2640\u2642]")
_AWAY = re.compile(r"https?://\S+|www\.\S+|\S+@\S+\.\S+|@\w+")
"""Addresses say nothing of how something is meant, and are nobody's topic."""
_EMOJI = "[\U0001f1e6-\U0001f1ff\U0001f300-\U0001faff\u2600-\u27bf\u2b50\u2b55\u2190-\u21ff\u2049\u203c]"
_EMOTICON = "|".join(re.escape(each) for each in sorted(EMOTICONS, key=len, reverse=True))
_PIECE = re.compile(
    rf"(?P<emoticon>(?<![\w:;=<>])(?:{_EMOTICON})(?!\w))|(?P<emoji>{_EMOJI})|"
    r"(?P<number>\d++(?:[.,:]\d++)*+(?![^\W\d_]))|"
    r"(?P<word>[^\W_]+(?:['’`\-][^\W_]+)*)|(?P<mark>[.,!?…;\n])"
)
_LAUGHS = re.compile(
    r"(?:a?(?:w+k+){2,}w*|w+k+w+|(?:k+w+){2,}k*|(?:h+[aeiou]+){2,}h*|[aeiou](?:h+[aeiou]+){2,}h*|(?:x+i+){2,}|l+o+l+|rofl)"
)
_TWICE = re.compile(r"([^\W\d]+)(?:2|²)([^\W\d]*)")
_HYPHENED = re.compile(r"([^\W\d]+)-([^\W\d]+)")
_STRETCHED = re.compile(r"(.)\1+")
_LONG = re.compile(r"(.)\1{2,}")
_CLITICS = ("nya", "ny", "lah", "kah", "ku", "mu", "pun")
_FULL_CLITIC = {"ny": "nya"}
_RAISED = str.maketrans({"²": "2", "’": "'", "`": "'", "…": ".", ";": ",", "\n": "."})


def words(text: str) -> list[str]:
    """The words and emoji of ``text`` in plain spelling, lower case, in order; marks and addresses are left out."""
    return [each for each in pieces(text) if each not in MARKS]


def pieces(text: str) -> list[str]:
    """As ``words``, with the marks that end a clause: one of ``. , ! ?`` for each run of them."""
    found: list[str] = []
    for match in _PIECE.finditer(plain(text)):
        for piece in _plain_piece(match, found[-1] if found else ""):
            # "👍👍👍" and "!!!" are said once.
            if piece[0].isalnum() or found[-1:] != [piece]:
                found.append(piece)
    return found


def plain(text: str) -> str:
    """``text`` in lower case, its letters in their usual shape, without what cannot be seen and without addresses."""
    usual = unicodedata.normalize("NFKC", text[:LONGEST].translate(_RAISED))
    return _AWAY.sub(" ", _UNSEEN.sub("", usual).casefold()).translate(_RAISED)


def negated(spelt: Iterable[str]) -> list[str]:
    """The same words, each that a negation reaches begun with ``!``: tidak, !terlalu, !enak."""
    found, left = [], 0
    for piece in spelt:
        if piece in NEGATIONS:
            # Two negations of one word are none: "bukan tidak enak".
            left = 0 if left else REACH
            found.append(piece)
        elif piece in MARKS or piece in TURNS or not piece[0].isalnum():
            left = 0
            found.append(piece)
        else:
            found.append(TURNED + piece if left else piece)
            left = max(left - 1, 0)
    return found


def _plain_piece(match: re.Match[str], before: str) -> tuple[str, ...]:
    kind, said = match.lastgroup, match[0]
    if kind == "emoticon":
        return (EMOTICONS[said],)
    if kind != "word":
        return (said,)
    if said == "g" and before[:1].isdigit():
        return ("gram",)
    return spelt(said)


def spelt(word: str) -> tuple[str, ...]:
    """One written word in lower case as the word or words it stands for."""
    bare = word.replace("'", "")
    if bare in SHORT:
        return SHORT[bare]
    if _LAUGHS.fullmatch(bare):
        return (LAUGHTER,)
    twice = _TWICE.fullmatch(bare)
    if twice is not None:
        return _once(twice[1], twice[2])
    pair = _HYPHENED.fullmatch(bare)
    if pair is not None and pair[2].startswith(pair[1]):
        return _once(pair[1], pair[2][len(pair[1]) :])
    if "-" in bare:
        return tuple(piece for part in bare.split("-") for piece in spelt(part))
    return _known(bare) or _clipped(bare) or (_unstretched(bare),)


def _once(word: str, ending: str) -> tuple[str, ...]:
    """A word that was said twice: once, unless doubled it means something else."""
    single = spelt(word)
    doubled = DOUBLES_IN_MEANING.get(word + ending) or (DOUBLES_IN_MEANING.get(word) if not ending else None)
    if doubled is not None:
        return (doubled,)
    return (*single[:-1], single[-1] + _FULL_CLITIC.get(ending, ending))


def _known(word: str) -> tuple[str, ...] | None:
    """What the table or the doubled words know of a stretched word; None where they know nothing."""
    if not _STRETCHED.search(word):
        return None
    for shape in (_LONG.sub(r"\1\1", word), _STRETCHED.sub(r"\1", word)):
        if shape in DOUBLED:
            return (shape,)
        if shape in SHORT:
            return SHORT[shape]
    return None


def _clipped(word: str) -> tuple[str, ...] | None:
    """A short form that something hangs on: "brgnya"."""
    for clitic in _CLITICS:
        short = word.removesuffix(clitic)
        is_clear = len(short) > 2 or not VOWELS & set(short)
        if short != word and short and is_clear and len(SHORT.get(short, ())) == 1:
            return (SHORT[short][0] + _FULL_CLITIC.get(clitic, clitic),)
    return None


def _unstretched(word: str) -> str:
    """A letter three times or more is one, and so is a double at the end: "bangett"."""
    if word in DOUBLED:
        return word
    single = _LONG.sub(r"\1", word)
    return (
        single[:-1]
        if len(single) > 3 and single[-1] == single[-2] and not single.endswith(("ll", "ss", "ff"))
        else single
    )
