"""What a line is for: the goal it names or means, and a bundle's products. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from bot.talk.desk.lines.names import BUNDLE, GOAL_TRIGGERS, Known
from bot.talk.desk.lines.pieces import Bundle, Goal, Products, Triggered, Word
from bot.talk.desk.lines.saying import WORDS_AND_GOAL, Saying, Step, without_texts
from campaigns.launching.drafts import OWN_WORDS, Draft

THANK_YOU = "thank_you"
POLITE = re.compile(r"(?:[,.!;\n]|\b(?:ya|yah|dong|kak|please))\s*$")
"""What stands before thanks that are meant for us."""


def goal(saying: Saying, known: Known, onto: Draft, _instead: Draft) -> Step:
    goals = goals_named(saying)
    bundles, products = saying.all(Bundle), saying.all(Products)
    if bundles and BUNDLE not in goals:
        goals.append(BUNDLE)
    faults = ["two_goals"] if len(goals) > 1 or len(bundles) > 1 or len(products) + len(bundles) > 1 else []
    if has_foreign_words(saying, goals):
        faults.append(WORDS_AND_GOAL)
        goals = [OWN_WORDS]
    template = goals[0] if goals else _meant(saying, known, onto)
    changes = _after(template, onto)
    if products:
        changes["product_ids"] = products[0].ids
    if bundles:
        number = bundles[0].number
        is_known = 1 <= number <= len(known.bundles)
        changes["product_ids"] = tuple(known.bundles[number - 1]) if is_known else ()
        faults += [] if is_known else ["no_such_bundle"]
    return Step(changes, tuple(faults))


def goals_named(saying: Saying) -> list[str]:
    """The goals that are named. Thanks at the end of a line are thanks, though nothing else is named."""
    said = [each for each in saying.found if each.pieces != (Word.NOTHING,)]
    goals = [each.key for each in saying.all(Goal)]
    is_last = len(said) > 1 and said[-1].pieces == (Goal(THANK_YOU),) and goals.count(THANK_YOU) == 1
    if not is_last:
        return goals
    before, thanks = saying.line[: said[-1].start].casefold(), saying.line[said[-1].start :].casefold()
    is_polite = POLITE.search(before) and not thanks.startswith("ucapan")
    return [key for key in goals if key != THANK_YOU] if is_polite else goals


def has_foreign_words(saying: Saying, goals: Sequence[str]) -> bool:
    """Whether words of the owner's own are to go out with a goal that has words of its own."""
    return bool(saying.texts) and any(goal != OWN_WORDS for goal in goals)


def _meant(saying: Saying, known: Known, onto: Draft) -> str | None:
    """The goal where none is named: own words name theirs, and so do some triggers where none was set."""
    if saying.texts:
        return OWN_WORDS
    if onto.template is None:
        keys = {trigger: key for key, trigger in GOAL_TRIGGERS.items() if key in known.templates.values()}
        return next((keys[each.trigger] for each in saying.all(Triggered) if each.trigger in keys), None)
    return onto.template


def _after(template: str | None, onto: Draft) -> dict[str, Any]:
    """Another goal drops what belonged to the one before: a bundle's products, the owner's words."""
    changes: dict[str, Any] = {"template": template}
    if template != onto.template:
        if BUNDLE in (template, onto.template):
            changes["product_ids"] = ()
        if onto.template == OWN_WORDS:
            changes["text"] = None
            changes["variants"] = without_texts(onto.variants)
    return changes
