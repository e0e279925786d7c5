"""What of the shop's goods a customer does not want to see in offers, by category."""

from __future__ import annotations

import re

from bot.talk import steering
from bot.talk.turn import Turn
from campaigns.composing import Reply
from ledger import catalog, preferences
from ledger.catalog import folded
from ledger.tables import About, Degree

TOPIC = "ask_categories"
MOST = 10
MARKED = re.compile(r"^([✓✗])?\s*(?:(jangan|tanpa|no|without|boleh|allow)\s+)?(.+)$", re.IGNORECASE | re.DOTALL)
ALLOWING = frozenset({"boleh", "allow"})


def show(turn: Turn, unknown: str = "") -> list[Reply]:
    """What the shop has, and what of it they do not want to see; ``unknown`` is what it has not."""
    turn.open_topic(TOPIC)
    wishes = preferences.wishes(turn.session, turn.customer.id)
    never, less = set(map(folded, wishes.never)), set(map(folded, wishes.less))
    shown = [each for n, each in enumerate(_known(turn)) if n < MOST or folded(each) in never | less]
    rows = [(each, folded(each) not in never, folded(each) in less) for each in shown]
    choices = [(f"{'✓' if is_shown else '✗'} {name}", _says(turn, name, is_shown)) for name, is_shown, _ in rows]
    return [turn.reply("categories", rows=rows, choices=choices, unknown=unknown)]


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
    turn.close_topic()
    if degree is None:
        preferences.unwish(turn.session, turn.customer.id, About.CATEGORY, category)
    else:
        preferences.wish(turn.session, turn.customer.id, About.CATEGORY, category, degree, turn.now)
    return steering.changed(turn)


def _find(turn: Turn, said: str) -> str | None:
    return next((each for each in _known(turn) if folded(each) == folded(said)), None)


def _known(turn: Turn) -> list[str]:
    """The shop's categories, the largest first, and any they once named that it has no more."""
    wishes = preferences.wishes(turn.session, turn.customer.id)
    sold = catalog.categories(turn.session)
    return [*sold, *sorted((wishes.never | set(wishes.less)) - set(sold))]


def _says(turn: Turn, name: str, is_shown: bool) -> str:
    return turn.word("steering", "never_category" if is_shown else "allow_category", name=name)
