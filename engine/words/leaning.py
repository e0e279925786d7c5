"""Which way a text leans by the words of our own lexicon: for, against, or asking.

Rules: the longest phrase counts; a negation turns the next three words; "banget" and "very" say more, "agak" less;
what is too much is against; after "tapi" the other thing is said and weighs more; who asks "bagus gak?" praises
nothing. Pure Python.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from engine.words import lexicon
from engine.words.spelling import MARKS, NEGATIONS, REACH, TURNS, pieces

STRONGER_BY, WEAKER_BY = 1.4, 0.6
AFTER_A_TURN, BEFORE_A_TURN = 1.4, 0.6
NEGATED_FOR, NEGATED_AGAINST = -0.9, -0.7
"""What is not good is bad; what is not bad is a little less than good."""
ASKED_FOR, ASKED_AGAINST = 0.3, 0.8
"""What a question leaves of praise and of blame."""
EXCESS = -1.0
LONGEST_PHRASE = 4
CLITICS = ("nya", "lah", "kah", "ku", "mu", "kan", "an", "in")
SHORTEST_ROOT = 3


@dataclass(frozen=True)
class Leaning:
    """What a text says, added up: for and against (never below nought), and how much of it asks."""

    in_favour: float = 0.0
    against: float = 0.0
    asking: int = 0
    """Words with which one asks or orders."""
    is_question: bool = False
    denials: int = 0
    """Negations that turned nothing we know."""
    words: int = 0


def _weights() -> dict[tuple[str, ...], float]:
    known = (*lexicon.SAYS.items(), *lexicon.FACES.items())
    return {tuple(each.split("_")): weight for weight, words in known for each in words.split()}


WEIGHTS = _weights()
ASKS = frozenset(tuple(each.split("_")) for each in lexicon.ASKS.split())
STRONGER, WEAKER = frozenset(lexicon.STRONGER.split()), frozenset(lexicon.WEAKER.split())
TOO_MUCH = frozenset(lexicon.TOO_MUCH.split())
WISH = "jangan"
""" "Jangan pedas ya" finds nothing hot."""
HOW_SOON = frozenset({"mudah", "gampang", "cepat", "easily", "quickly"})
"""Praise by themselves, but "cepat rusak" is none."""
PARTICLES = frozenset({"kak", "ya", "sih", "dong", "deh", "bu", "pak"})
"""What may follow the last word of a question."""


def leaning(text: str) -> Leaning:
    """Which way ``text`` leans."""
    spelt = pieces(text)
    heard = [_heard(clause, ending) for clause, ending in _clauses(spelt)]
    return Leaning(
        in_favour=sum(each.in_favour for each in heard),
        against=sum(each.against for each in heard),
        asking=sum(each.asking for each in heard),
        is_question=any(each.is_question for each in heard),
        denials=sum(each.denials for each in heard),
        words=sum(each.words for each in heard),
    )


def _clauses(spelt: Sequence[str]) -> Iterator[tuple[list[str], str]]:
    """Each clause and what ends it; one that a turn opens begins with its turn."""
    clause: list[str] = []
    for piece in spelt:
        if piece in MARKS or (piece in TURNS and clause):
            if clause:
                yield clause, piece
            clause = [] if piece in MARKS else [piece]
        else:
            clause.append(piece)
    if clause:
        yield clause, ""


def _heard(clause: list[str], ending: str) -> Leaning:
    told = _told(clause)
    is_question = ending == "?" or told != clause
    weights, denials = _weighed(told)
    turned = AFTER_A_TURN if clause[0] in TURNS else BEFORE_A_TURN if ending in TURNS else 1.0
    in_favour = sum(each for each in weights if each > 0) * turned
    against = -sum(each for each in weights if each < 0) * turned
    return Leaning(
        in_favour=in_favour * (ASKED_FOR if is_question else 1.0),
        against=against * (ASKED_AGAINST if is_question else 1.0),
        asking=_asking(told),
        is_question=is_question,
        denials=denials,
        words=len(clause),
    )


def _told(clause: list[str]) -> list[str]:
    """A clause without a negation that only asks: "buka gak kak"."""
    end = len(clause)
    while end > 1 and clause[end - 1] in PARTICLES:
        end -= 1
    return clause[: end - 1] if end > 1 and clause[end - 1] == "tidak" else clause


def _weighed(clause: Sequence[str]) -> tuple[list[float], int]:
    """The weight of each phrase the lexicon knows, turned and strengthened by its neighbours; negations left over."""
    weights: list[float] = []
    at = left = denials = 0
    negation = ""
    while at < len(clause):
        length, weight = _known(clause, at)
        word = clause[at]
        if length == 1 and _only_says_how(clause, at, weights):
            length = weight = 0
        if length:
            weight *= _strength(clause, at, length)
            if left:
                weight = _turned(weight, negation)
                denials -= negation != WISH
            weights.append(weight)
            at, left = at + length, 0
        elif word in NEGATIONS:
            # Two negations of one thing are none.
            left, denials = (0, denials - 1) if left else (REACH + 1, denials + (word != WISH))
            negation, at = word, at + 1
        else:
            if word in TOO_MUCH and not left:
                weights.append(EXCESS)
            at += 1
        left = max(left - 1, 0)
    return weights, max(denials, 0)


def _only_says_how(clause: Sequence[str], at: int, before: Sequence[float]) -> bool:
    """Whether a word that could judge by itself tells of its neighbour: "enak parah", "gampang sobek"."""
    if clause[at] in STRONGER:
        return bool(before) and before[-1] > 0
    return clause[at] in HOW_SOON and _known(clause, at + 1)[1] < 0


def _turned(weight: float, negation: str) -> float:
    if weight > 0:
        return weight * NEGATED_FOR
    return 0.0 if negation == WISH else weight * NEGATED_AGAINST


def _known(clause: Sequence[str], at: int) -> tuple[int, float]:
    """How many words from ``at`` on the longest phrase has, and its weight; noughts where none is known."""
    for length in range(min(LONGEST_PHRASE, len(clause) - at), 0, -1):
        *first, last = clause[at : at + length]
        for ending in roots(last):
            weight = WEIGHTS.get((*first, ending))
            if weight is not None:
                return length, weight
    return 0, 0.0


def roots(word: str) -> Iterator[str]:
    """The word, then what is left of it without what may hang on it: enaknya, enak."""
    yield word
    for clitic in CLITICS:
        if word.endswith(clitic) and len(word) >= len(clitic) + SHORTEST_ROOT:
            yield word[: -len(clitic)]


def _strength(clause: Sequence[str], at: int, length: int) -> float:
    beside = {*clause[max(at - 1, 0) : at], *clause[at + length : at + length + 1]}
    if TOO_MUCH & set(clause[max(at - 1, 0) : at]) and not NEGATIONS & set(clause[max(at - 2, 0) : at]):
        return 0.0
    return (STRONGER_BY if beside & STRONGER else 1.0) * (WEAKER_BY if beside & WEAKER else 1.0)


def _asking(clause: Sequence[str]) -> int:
    singles = sum((word,) in ASKS or word == WISH for word in clause)
    pairs = sum(pair in ASKS for pair in pairwise(clause))
    return singles + pairs
