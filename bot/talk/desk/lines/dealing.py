"""What a line offers: the variants, their shares, and who deals them out. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.talk.desk.lines.aims import goals_named, has_foreign_words
from bot.talk.desk.lines.cover import Found
from bot.talk.desk.lines.names import Known
from bot.talk.desk.lines.offers import RANGE, WHOLE_PERCENT
from bot.talk.desk.lines.pieces import Off, Shares, Trouble, Word
from bot.talk.desk.lines.saying import WORDS_AND_GOAL, Saying, Step, without_texts
from campaigns.launching.drafts import (
    LARGEST_DISCOUNT,
    MOST_VARIANTS,
    OWN_WORDS,
    Allocation,
    Draft,
    Variant,
    by_discount,
)

ROUNDING = 0.005


def offer(saying: Saying, _known: Known, _onto: Draft, instead: Draft) -> Step:
    """The variants, their shares, and who deals them out."""
    percents, faults = _percents(saying)
    if has_foreign_words(saying, goals_named(saying)):
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
        or saying.says(Word.BANDIT)
        or any(sign in saying.line[one.end : other.start] for sign in "/,&")
    )


def _varied(percents: Sequence[int], texts: Sequence[str], onto: Draft) -> tuple[Variant, ...]:
    variants = onto.variants
    if len(texts) > 1:
        percent = percents[0] if percents else (variants[0].discount_percent if variants else 0)
        plain = by_discount(*[percent] * len(texts))
        return tuple(replace(each, text=text) for each, text in zip(plain, texts, strict=True))
    if texts and _texts_vary(variants):
        plain = without_texts(variants)
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
