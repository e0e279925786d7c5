"""The wizard's questions: what is still open, how it is asked, and what an answer makes of the draft."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from difflib import get_close_matches

from bot.talk.desk import lines
from bot.talk.desk.differing import ALLOCATION, DISCOUNT, PRODUCTS, differences
from bot.talk.desk.lines import Known, Line
from bot.talk.replies import Teller
from bot.talk.turn import Turn
from campaigns.channel import Button
from campaigns.choosing.audiences import NAMED_AUDIENCES, is_grouped
from campaigns.launching.drafts import OWN_WORDS, Draft
from campaigns.words.composing import Laid, Reply

WITHOUT_DISCOUNT = frozenset({OWN_WORDS, "thank_you", "birthday"})
"""Goals that are as good without one: it is not asked for, but may be said."""
NUMBERED = re.compile(r"(?:nomor|nomer|no\.?|number|yang|pilih|#)?\s*([0-9]{1,2})\s*[.)]?", re.IGNORECASE)
LIKENESS = 0.72
"""How like a choice words must be to be taken for a slip of the pen; 1 is the same."""


def open_question(draft: Draft) -> str | None:
    """What has to be said still; None where it can be shown."""
    if draft.template is None:
        return "template"
    if draft.template == OWN_WORDS and not draft.text and not any(each.text for each in draft.variants):
        return "text"
    if draft.audience is None:
        return "audience"
    return None


def next_question(draft: Draft, answered: str) -> str | None:
    """What to ask after that question: itself where it is not answered, what must be said, and then the extras."""
    if not is_answered(draft, answered):
        return answered
    question = open_question(draft)
    if question is not None:
        return question
    if answered in ("audience", "template", "text") and not draft.variants and draft.template not in WITHOUT_DISCOUNT:
        return "discount"
    return "when" if draft.when is None else None


def is_answered(draft: Draft, question: str) -> bool:
    """Whether the draft says what the question asks for."""
    if question == "discount":
        return bool(draft.variants)
    if question == "when":
        return draft.when is not None
    return open_question(draft) != question


def question(turn: Turn, teller: Teller, name: str) -> Reply:
    """The question in words; its lists are numbered, and may be answered by number."""
    match name:
        case "template" | "audience":
            listed = choices(turn, teller, name)
            return teller.say(f"launch_{name}", choices=listed, **_more(name, listed))
        case "text" | "discount":
            return teller.say(f"launch_{name}")
        case _:
            return teller.say("launch_when")


def _more(name: str, listed: Sequence[tuple[str, str]]) -> dict[str, bool]:
    return {"has_segments": len(listed) > 1} if name == "audience" else {}


def choices(turn: Turn, teller: Teller, name: str) -> list[tuple[str, str]]:
    """What may be chosen, each with what its button says; of other questions nothing."""
    if name == "template":
        return teller.template_choices()
    return teller.audience_choices(turn.session) if name == "audience" else []


def read_answer(turn: Turn, teller: Teller, name: str, said: str, draft: Draft, there: Known) -> Line:
    """The draft with what was said. A bare number answers only the question that was asked."""
    if name == "text":
        return Line(replace(draft, text=said))
    numbered = NUMBERED.fullmatch(said)
    listed = choices(turn, teller, name)
    if numbered is not None and 1 <= int(numbered[1]) <= len(listed):
        said = listed[int(numbered[1]) - 1][1]
    if name == "discount" and said.rstrip("% ").isdigit():
        said = f"{said.rstrip('% ')}%"
    return lines.read(said, there, draft)


def again(turn: Turn, teller: Teller, name: str, said: str, there: Known, line: Line) -> Reply:
    """The question once more, with the reason; where it was nearly one of the choices, that one to press."""
    reason = faults_told(teller, there, line)
    if line.unknown:
        reason = f"{teller.word('preview', 'unknown', words=', '.join(line.unknown))} {reason}".strip()
    reason = reason or teller.word("preview", "no_answer", words=said)
    asked = question(turn, teller, name)
    nearest = None if lines.refuses(line) else _nearest(choices(turn, teller, name), name, said, there)
    if nearest is None:
        return replace(asked, text=f"{reason}\n\n{asked.text}")
    perhaps = teller.word("preview", "perhaps", name=nearest.label)
    rest = tuple(each for each in asked.buttons if each.says != nearest.says)
    return replace(asked, text=f"{reason} {perhaps}\n\n{asked.text}", buttons=(nearest, *rest))


def _nearest(listed: Sequence[tuple[str, str]], name: str, said: str, there: Known) -> Button | None:
    names = there.templates if name == "template" else there.audiences
    labels = {says: label for label, says in listed}
    spoken = [each for each, key in names.items() if key in labels]
    found = get_close_matches(said.casefold(), spoken, 1, LIKENESS)
    return Button(labels[names[found[0]]], names[found[0]]) if found else None


def noted(turn: Turn, teller: Teller, before: Draft, after: Draft, asked: str) -> str:
    """What was said beside the answer: it is taken, and never silently."""
    told = differences(turn.session, teller, before, after)
    if asked == "template":
        told.pop(PRODUCTS, None)
    if asked == DISCOUNT:
        told.pop(ALLOCATION, None)
    beside = [phrase for subject, phrase in told.items() if subject != asked]
    if not beside:
        return ""
    spoken = "; ".join(beside)
    return teller.word("preview", "noted", what=Laid(spoken[0].upper() + spoken[1:]))


def _distance(key: str) -> int:
    """What is told first of whom there is: whom a run found, then everybody, then other ways to divide."""
    if is_grouped(key):
        return 2
    return 1 if key in NAMED_AUDIENCES else 0


def faults_told(teller: Teller, there: Known, line: Line) -> str:
    """What of a line cannot be, each in a sentence with the way out."""
    known = ", ".join(dict.fromkeys(teller.audience(key) for key in sorted(there.audiences.values(), key=_distance)))
    named = ", ".join(teller.word("segments", key) for key in line.absent)
    values = {lines.ABSENT: {"name": named, "known": Laid(known)}}
    return " ".join(teller.word("line_faults", fault, **values.get(fault, {})) for fault in line.faults)
