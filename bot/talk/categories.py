"""What of the shop's goods a customer does not want to see in offers, by category."""

from __future__ import annotations

import re

from bot.talk.turn import Turn
from campaigns.words.composing import Reply
from ledger import catalog, preferences
from ledger.catalog import folded
from ledger.tables import About, Degree

TOPIC = "ask_categories"
MOST = 10
MARKED = re.compile(
    r"^([✓✗])?\s*(?:(jangan|tanpa|no more|no|without|boleh|allow)\s+)?(.+?)(?:\s+(?:lagi|again))?$",
    re.IGNORECASE | re.DOTALL,
)
LABELS, WISHES = ("allow_label", "no_more_label"), ("allow_category", "never_category")
"""Of a category that is not shown, and of one that is."""
ALLOWING = frozenset({"boleh", "allow"})


def show(turn: Turn, unknown: str = "", *, is_changed: bool = False) -> list[Reply]:
    """What the shop has, and what of it they do not want to see; ``unknown`` is what it has not.

    A button says what pressing it does: below a list of what is on, "Coffee" alone might mean either.
    """
    turn.open_topic(TOPIC)
    wishes = preferences.wishes(turn.session, turn.customer.id)
    never, less = set(map(folded, wishes.never)), set(map(folded, wishes.less))
    shown = [each for n, each in enumerate(known(turn)) if n < MOST or folded(each) in never | less]
    rows = [(each, folded(each) not in never, folded(each) in less) for each in shown]
    choices = [
        (_says(turn, LABELS, name, is_shown), _says(turn, WISHES, name, is_shown)) for name, is_shown, _ in rows
    ]
    return [turn.reply("categories", rows=rows, choices=choices, unknown=unknown, is_changed=is_changed)]


def never(turn: Turn, said: str) -> list[Reply]:
    return _wish(turn, said, Degree.NEVER)


def allow(turn: Turn, said: str) -> list[Reply]:
    return _wish(turn, said, None)


def answer(turn: Turn, said: str) -> list[Reply] | None:
    """Below the list a category's name alone, or its button's label, switches it; None for anything else."""
    mark, verb, name = found.groups() if (found := MARKED.match(said.strip())) else ("", "", "")
    if _find(turn, name) is None:
        return None
    never = preferences.wishes(turn.session, turn.customer.id).never
    is_shown = folded(name) not in map(folded, never)
    wants_it = verb.casefold() in ALLOWING if verb else (mark == "✗" or not is_shown)
    return _wish(turn, name, None if wants_it else Degree.NEVER)


def _wish(turn: Turn, said: str, degree: Degree | None) -> list[Reply]:
    category = _find(turn, said)
    if category is None:
        return show(turn, unknown=said.strip())
    if degree is None:
        preferences.unwish(turn.session, turn.customer.id, About.CATEGORY, category)
    else:
        preferences.wish(turn.session, turn.customer.id, About.CATEGORY, category, degree, turn.now)
    return show(turn, is_changed=True)


def _find(turn: Turn, said: str) -> str | None:
    return next((each for each in known(turn) if folded(each) == folded(said)), None)


def known(turn: Turn) -> list[str]:
    """The shop's categories, the largest first, and any they once named that it has no more."""
    wishes = preferences.wishes(turn.session, turn.customer.id)
    sold = catalog.categories(turn.session)
    return [*sold, *sorted((wishes.never | set(wishes.less)) - set(sold))]


def _says(turn: Turn, keys: tuple[str, str], name: str, is_shown: bool) -> str:
    return turn.word("steering", keys[is_shown], name=name)
