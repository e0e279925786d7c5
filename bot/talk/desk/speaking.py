"""What the team writes that is no command as it stands: a name written apart, a wish in plain words, an answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches

from bot.talk.desk import passing
from bot.talk.desk.command import Command, called
from bot.talk.intents import plain_words
from bot.talk.replies import Teller
from bot.talk.turn import Turn
from campaigns.words.composing import Laid, Reply
from ledger import questions

LIKENESS = 0.85
"""How like a command a word must be that does not even begin as one does; 1 is the same."""
LONGEST_PRESS_BYTES = 64
"""What a button of any messenger carries; a longer answer is written by hand."""
SAID_PLAINLY = frozenset({"report", "check", "questions", "progress"})
"""Commands whose names alone mean nothing else, in whatever a chat is."""
ANSWERED = re.compile(r"#?\d{1,9}\s*[:.]?\s+\S")
MOST_WORDS = 3
"""Of the longest name of a command, written apart."""
SPEAKS_OF_OFFERS = re.compile(
    r"\b(?:promo|promosi|penawaran|tawaran|tawarkan|tawarin|nawarin|diskon|voucher|kupon|blast|broadcast|iklan"
    r"|kampanye|campaigns?|offers?|discounts?|promotion)\b"
)
"""Whoever says so may want to make an offer."""


def written_apart(text: str, names: Mapping[str, object]) -> tuple[str, str] | None:
    """ "/hari ini", "/hariini" or "hari ini": the command and what follows its name; None where it is none."""
    words = text.strip().removeprefix("/").split()
    joined = {name.replace("_", ""): name for name in names}
    for n in range(min(MOST_WORDS, len(words)), 0, -1):
        name = joined.get("".join(words[:n]).casefold().replace("_", ""))
        if name is not None:
            return name, " ".join(words[n:])
    return None


def plainly(text: str, names: Mapping[str, str]) -> tuple[str, str] | None:
    """A command without its slash that nothing else can mean: "laporan", "jawab 1 ada kak". ``names`` are the names
    there are with the command's own."""
    said = written_apart(text, names) if not text.strip().startswith("/") else None
    if said is None:
        return None
    name, rest = said
    is_whole = not rest and names[name] in SAID_PLAINLY
    return said if is_whole or (names[name] == "answer" and ANSWERED.match(rest)) else None


def to_a_customer(turn: Turn, teller: Teller) -> Reply | None:
    """Whether what was said is meant for the one customer who waits; None where none does, or several."""
    waiting = questions.waiting(turn.session)
    if len(waiting) != 1 or turn.inbound.is_press:
        return None
    text, (question, customer) = turn.inbound.text.strip(), waiting[0]
    name = "jawab" if teller.language == "id" else "answer"
    answer = f"/{name} {question.id} {text}"
    return teller.say(
        "team_unknown",
        nearest="",
        number=question.id,
        name=passing.called(customer, teller),
        answer=Laid(answer) if len(answer.encode()) <= LONGEST_PRESS_BYTES and "\n" not in text else "",
        wants_offer=False,
    )


def unasked(turn: Turn, teller: Teller, allowed: Mapping[str, Command]) -> Reply:
    """Words that are no command. What they may be is offered, ready to press: nothing of it is done by itself."""
    text = turn.inbound.text.strip()
    first, _, rest = text.partition(" ")
    nearest = next(iter(get_close_matches(first.casefold(), allowed, 1, LIKENESS)), "")
    waiting = questions.waiting(turn.session)
    number, name = (waiting[0][0].id, passing.called(waiting[0][1], teller)) if len(waiting) == 1 else (0, "")
    answer = f"/{called(teller.language, 'answer', allowed['answer'])} {number} {text}"
    return teller.say(
        "team_unknown",
        nearest=f"/{nearest} {rest.strip()}".strip() if nearest else "",
        number=number if text and not nearest else 0,
        name=name,
        answer=Laid(answer) if len(answer.encode()) <= LONGEST_PRESS_BYTES and "\n" not in text else "",
        wants_offer=SPEAKS_OF_OFFERS.search(plain_words(text)) is not None,
    )
