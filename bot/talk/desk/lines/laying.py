"""From the pieces of a line to a draft, subject by subject, each laid over what the draft said before. Pure.

A subject that is at fault leaves the draft as it was; what it could be instead is kept beside it, to be offered.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from bot.talk.desk.lines import moments
from bot.talk.desk.lines.cover import Found
from bot.talk.desk.lines.names import BUNDLE, EXCEPTION, GOAL_TRIGGERS, Known
from bot.talk.desk.lines.offers import RANGE, WHOLE_PERCENT
from bot.talk.desk.lines.pieces import (
    Audience,
    Bundle,
    Goal,
    Hold,
    Off,
    OnDate,
    Piece,
    Products,
    Shares,
    Triggered,
    Trouble,
    Word,
)
from campaigns.drafts import (
    LARGEST_DISCOUNT,
    LARGEST_HOLDOUT,
    MOST_VARIANTS,
    OWN_WORDS,
    Allocation,
    Draft,
    Trigger,
    Variant,
    When,
    by_discount,
)

BIRTHDAY, REPLENISHMENT, THANK_YOU = "birthday", "replenishment", "thank_you"
WORDS_AND_GOAL = "words_and_goal"
NOT_OF_TIME = frozenset({WHOLE_PERCENT, RANGE, EXCEPTION})
RHYTHMS = frozenset({"which_rhythm", "which_weekday", "which_monthday"})
"""What comes round again, nobody knows how: an hour that is left of it is no moment to propose."""
ROUNDING = 0.005
POLITE = re.compile(r"(?:[,.!;\n]|\b(?:ya|yah|dong|kak|please))\s*$")
"""What stands before thanks that are meant for us."""
T = TypeVar("T")


@dataclass(frozen=True)
class Step:
    """What one subject of a draft becomes."""

    changes: dict[str, Any]
    faults: tuple[str, ...] = ()


@dataclass(frozen=True)
class Laid:
    """``instead`` is the draft with what comes nearest to each fault."""

    draft: Draft
    instead: Draft
    faults: tuple[str, ...]


@dataclass(frozen=True)
class Saying:
    """A line cut up: ``line`` without the owner's own ``texts``, as ``found``."""

    line: str
    found: Sequence[Found]
    texts: tuple[str, ...]

    @property
    def pieces(self) -> list[Piece]:
        return [piece for each in self.found for piece in each.pieces]

    def all(self, kind: type[T]) -> list[T]:
        """What was said of one kind, each once, in its order."""
        return list(dict.fromkeys(piece for piece in self.pieces if isinstance(piece, kind)))

    def says(self, word: Word) -> bool:
        return word in self.pieces


def lay(saying: Saying, known: Known, onto: Draft) -> Laid:
    """Subject by subject: what for, to whom, with which offer, kept from how many, when."""
    draft = instead = onto
    faults: list[str] = []
    for subject in (_goal, _audience, _offer, _holdout, _when):
        step = subject(saying, known, onto, instead)
        instead = replace(instead, **step.changes)
        draft = draft if step.faults else replace(draft, **step.changes)
        faults += [each for each in step.faults if each not in faults]
    return Laid(draft, instead, tuple(faults))


def _goal(saying: Saying, known: Known, onto: Draft, _instead: Draft) -> Step:
    goals = _goals(saying)
    bundles, products = saying.all(Bundle), saying.all(Products)
    if bundles and BUNDLE not in goals:
        goals.append(BUNDLE)
    faults = ["two_goals"] if len(goals) > 1 or len(bundles) > 1 or len(products) + len(bundles) > 1 else []
    if _has_foreign_words(saying, goals):
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


def _goals(saying: Saying) -> list[str]:
    """The goals that are named. Thanks at the end of a line are thanks, though nothing else is named."""
    said = [each for each in saying.found if each.pieces != (Word.NOTHING,)]
    goals = [each.key for each in saying.all(Goal)]
    is_last = len(said) > 1 and said[-1].pieces == (Goal(THANK_YOU),) and goals.count(THANK_YOU) == 1
    is_polite = is_last and POLITE.search(saying.line[: said[-1].start].casefold())
    return [key for key in goals if key != THANK_YOU] if is_polite else goals


def _has_foreign_words(saying: Saying, goals: Sequence[str]) -> bool:
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
            changes["variants"] = _without_texts(onto.variants)
    return changes


def _audience(saying: Saying, _known: Known, onto: Draft, _instead: Draft) -> Step:
    """An exception is never dropped: whoever it leaves out would be written to."""
    keys = [each.key for each in saying.all(Audience)]
    if Trouble(EXCEPTION) in saying.pieces:
        return Step({"audience": None}, (EXCEPTION,))
    return Step({"audience": keys[0] if keys else onto.audience}, ("two_audiences",) if len(keys) > 1 else ())


def _holdout(saying: Saying, _known: Known, onto: Draft, _instead: Draft) -> Step:
    said = [each.percent for each in saying.all(Hold)]
    largest = round(LARGEST_HOLDOUT * 100)
    if any(each > largest for each in said):
        return Step({}, ("holdout",))
    return Step(
        {"holdout_percent": said[0] if said else onto.holdout_percent}, ("two_holdouts",) if len(said) > 1 else ()
    )


def _offer(saying: Saying, _known: Known, _onto: Draft, instead: Draft) -> Step:
    """The variants, their shares, and who deals them out."""
    percents, faults = _percents(saying)
    if _has_foreign_words(saying, _goals(saying)):
        faults.append(WORDS_AND_GOAL)
    texts = saying.texts if instead.template == OWN_WORDS else ()
    if len(texts) > 1 and len(percents) > 1:
        faults.append("vary_one")
    if max(len(percents), len(texts)) > MOST_VARIANTS:
        faults.append("too_many_variants")
    variants = _varied(percents[:MOST_VARIANTS], texts[:MOST_VARIANTS], instead)
    variants = _shared(saying, variants, faults)
    allocation = _allocation(saying, instead, variants, faults)
    text = (texts[0] if len(texts) == 1 else None) if texts else instead.text
    return Step({"variants": variants, "allocation": allocation, "text": text}, tuple(faults))


def _percents(saying: Saying) -> tuple[list[int], list[str]]:
    """The discounts to compare. Two that nothing compares are a slip, and the first is taken."""
    said = [(each, piece) for each in saying.found for piece in each.pieces if isinstance(piece, Off)]
    faults = [fault for fault in (WHOLE_PERCENT, RANGE) if Trouble(fault) in saying.pieces]
    percents: list[int] = []
    for place, (found, off) in enumerate(said):
        if place and not _is_choice(saying, said[place - 1][0], found):
            if off.percents[0] not in percents:
                faults.append("two_discounts")
            continue
        percents += off.percents
    if any(each > LARGEST_DISCOUNT for each in percents):
        faults.append("discount")
    return [each for each in percents if each <= LARGEST_DISCOUNT], faults


def _is_choice(saying: Saying, one: Found, other: Found) -> bool:
    """Whether two discounts stand side by side with an "or" between them, or under the heading A/B."""
    between = [each for each in saying.found if one.end <= each.start < other.start]
    if any(piece is not Word.OR for each in between for piece in each.pieces) or any(not e.pieces for e in between):
        return False
    return (
        bool(between)
        or saying.says(Word.COMPARE)
        or any(sign in saying.line[one.end : other.start] for sign in "/,&")
    )


def _varied(percents: Sequence[int], texts: Sequence[str], onto: Draft) -> tuple[Variant, ...]:
    variants = onto.variants
    if len(texts) > 1:
        percent = percents[0] if percents else (variants[0].discount_percent if variants else 0)
        plain = by_discount(*[percent] * len(texts))
        return tuple(replace(each, text=text) for each, text in zip(plain, texts, strict=True))
    if texts and _texts_vary(variants):
        plain = _without_texts(variants)
        variants = (
            plain if len({each.discount_percent for each in plain}) > 1 else by_discount(plain[0].discount_percent)
        )
    if len(percents) == 1 and _texts_vary(variants):
        return tuple(replace(each, discount_percent=percents[0]) for each in variants)
    if percents:
        shares = [each.share for each in variants] if len(variants) == len(percents) else ()
        return by_discount(*percents, shares=shares)
    return variants


def _texts_vary(variants: Sequence[Variant]) -> bool:
    return any(each.text is not None for each in variants)


def _without_texts(variants: Sequence[Variant]) -> tuple[Variant, ...]:
    return tuple(replace(each, text=None) for each in variants)


def _shared(saying: Saying, variants: tuple[Variant, ...], faults: list[str]) -> tuple[Variant, ...]:
    """The variants with the shares that were said, which must be as many and add up."""
    said = saying.all(Shares)
    if said:
        parts = said[0].parts
        if len(said) == 1 and len(parts) == len(variants) > 1 and abs(sum(parts) - 1) < ROUNDING and min(parts) > 0:
            return tuple(replace(each, share=share) for each, share in zip(variants, parts, strict=True))
        faults.append("shares")
    if said or saying.says(Word.EVENLY):
        return tuple(replace(each, share=1 / len(variants)) for each in variants)
    return variants


def _allocation(saying: Saying, onto: Draft, variants: Sequence[Variant], faults: list[str]) -> Allocation:
    compares = saying.says(Word.COMPARE) or saying.says(Word.BANDIT)
    if len(variants) < 2:
        faults += ["one_variant"] if compares else []
        return Allocation.FIXED
    if saying.says(Word.BANDIT):
        return Allocation.BANDIT
    return Allocation.FIXED if saying.all(Shares) or saying.says(Word.EVENLY) else onto.allocation


def _when(saying: Saying, known: Known, onto: Draft, instead: Draft) -> Step:
    """A birthday's offer goes on the birthday: a time beside it would send it to everybody at once."""
    pieces = _time_pieces(saying, instead)
    settled = moments.settle(pieces, known.now, known.zone, onto.when)
    faults = list(settled.faults)
    if known.language == "en" and any(each.is_unclear for each in saying.all(OnDate)):
        faults.append("month_in_words")
    when = onto.when if RHYTHMS & set(faults) else settled.when or onto.when
    if instead.template == BIRTHDAY and when is not None and when.trigger is not Trigger.BIRTHDAY:
        when = When(trigger=Trigger.BIRTHDAY, at_best_hour=when.at_best_hour)
        faults += ["trigger_has_no_time"] if settled.when and "trigger_has_no_time" not in faults else []
    return Step({"when": when}, tuple(faults))


def _time_pieces(saying: Saying, instead: Draft) -> list[Piece]:
    """Without "replenishment" where it only names the goal, because a time or another trigger is said as well."""
    pieces = [each for each in saying.pieces if not isinstance(each, Trouble) or each.fault not in NOT_OF_TIME]
    rest = [each for each in pieces if each != Triggered(Trigger.REPLENISHMENT)]
    is_told = moments.tells(rest) or any(isinstance(each, Triggered) for each in rest)
    return rest if instead.template == REPLENISHMENT and is_told else pieces
