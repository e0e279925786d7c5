"""What differs between two drafts, in words: what was changed, or said without being asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlmodel import Session

from bot.talk.desk.timing import when_told
from bot.talk.replies import Teller, product_names
from campaigns.launching.drafts import Allocation, Draft, Variant, When

TEMPLATE, PRODUCTS, AUDIENCE, DISCOUNT, TEXT, HOLDOUT, BUDGET, WHEN, ALLOCATION = (
    "template", "products", "audience", "discount", "text", "holdout", "budget", "when", "allocation",
)  # fmt: skip
IN_THE_MESSAGE = frozenset({TEMPLATE, PRODUCTS, DISCOUNT, TEXT})
"""What changes the words that customers read."""


def differences(session: Session, teller: Teller, before: Draft, after: Draft) -> dict[str, str]:
    """By subject, each as one says it: {"discount": "diskon 10% atau 15%", "audience": "untuk semua pelanggan"}."""
    return dict(_told(session, teller, before, after))


def _told(session: Session, teller: Teller, before: Draft, after: Draft) -> Iterator[tuple[str, str]]:
    if after.template != before.template and after.template:
        yield TEMPLATE, teller.word("changes", "goal", goal=teller.word("templates", after.template))
    if after.product_ids != before.product_ids and after.product_ids:
        yield PRODUCTS, teller.word("changes", "products", names=_products(session, after.product_ids))
    if after.audience != before.audience and after.audience:
        yield AUDIENCE, teller.word("changes", "audience", name=teller.audience(after.audience))
    if _percents(after) != _percents(before) or _shares(after) != _shares(before):
        yield DISCOUNT, discounts_told(teller, after.variants)
    if after.allocation != before.allocation:
        yield ALLOCATION, teller.word("changes", "bandit" if after.allocation is Allocation.BANDIT else "fixed")
    if _texts(after) != _texts(before) and _texts(after):
        yield TEXT, teller.word("changes", "text")
    if after.holdout_percent != before.holdout_percent and after.holdout_percent is not None:
        yield HOLDOUT, teller.word("changes", "holdout", percent=after.holdout_percent)
    if after.budget != before.budget:
        told = teller.money(after.budget) if after.budget is not None else ""
        yield BUDGET, teller.word("changes", "budget", budget=told)
    if after.when != before.when:
        yield WHEN, when_told(teller, after.when or When())


def discounts_told(teller: Teller, variants: Sequence[Variant]) -> str:
    """ "diskon 10% atau 15%", with the shares where they are not equal."""
    percents = list(dict.fromkeys(each.discount_percent for each in variants)) or [0]
    if percents == [0]:
        return teller.word("changes", "no_discount")
    shares = [round(each.share * 100) for each in variants]
    told = f" {teller.word('changes', 'or')} ".join(f"{each}%" for each in percents)
    split = ":".join(map(str, shares)) if max(shares) - min(shares) > 1 else ""
    return teller.word("changes", "discount", percents=told, split=split)


def _products(session: Session, ids: Sequence[int]) -> str:
    names = product_names(session, ids)
    return " + ".join(names[each] for each in ids if each in names)


def _percents(draft: Draft) -> list[int]:
    return [each.discount_percent for each in draft.variants]


def _shares(draft: Draft) -> list[float]:
    return [each.share for each in draft.variants] if len(draft.variants) > 1 else []


def _texts(draft: Draft) -> list[str]:
    return [draft.text] if draft.text is not None else [each.text for each in draft.variants if each.text is not None]
