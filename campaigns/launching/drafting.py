"""A campaign is made from a draft, and a draft read back from it; what cannot be is said before there is one."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import product

from sqlmodel import Session

from campaigns.choosing import audiences
from campaigns.launching import budgets
from campaigns.launching.drafts import (
    LARGEST_DISCOUNT,
    LARGEST_HOLDOUT,
    MOST_VARIANTS,
    OWN_WORDS,
    Allocation,
    Draft,
    Trigger,
    Variant,
    When,
)
from campaigns.launching.recurring import Recurrence
from campaigns.problems import BadDraft, NotNow
from campaigns.shop import LANGUAGES, Shop
from campaigns.tables import Campaign, Status
from campaigns.words import wording
from campaigns.words.composing import Composer, message_path


def draft(
    session: Session,
    composer: Composer,
    wanted: Draft,
    *,
    shop: Shop,
    by: str,
    now: datetime,
) -> Campaign:
    """A campaign to look at; nothing is planned yet. Raises BadDraft or UnknownAudience.

    What the draft leaves open is as usual: no discount, the shop's holdout, at once.
    """
    campaign = Campaign(
        template="", audience="", holdout_share=0, seed=secrets.token_hex(8), created_by=by, created_at=now
    )
    return redraft(session, composer, campaign, wanted, shop=shop, now=now)


def redraft(
    session: Session, composer: Composer, campaign: Campaign, wanted: Draft, *, shop: Shop, now: datetime
) -> Campaign:
    """The same campaign made from another draft. Raises BadDraft, UnknownAudience, or NotNow once it was approved."""
    if campaign.status != Status.DRAFT:
        raise NotNow("not_now", number=campaign.id, status=campaign.status)
    _require_possible(composer, wanted, now)
    when = wanted.when or When()
    percent = shop.holdout_share * 100 if wanted.holdout_percent is None else wanted.holdout_percent
    forms = [replace(each, text=each.text or wanted.text) for each in wanted.variants or (Variant(),)]
    if wanted.template == OWN_WORDS:
        for form in forms:
            wording.require_own(form, shop, composer)
    campaign.template = wanted.template or ""
    campaign.audience = audiences.resolve(session, wanted.audience or audiences.EVERYONE, wanted.product_ids)
    campaign.holdout_share = percent / 100
    campaign.variants = [each.as_json() for each in forms]
    campaign.allocation = wanted.allocation
    campaign.product_ids = list(wanted.product_ids)
    campaign.at_best_hour = when.at_best_hour
    campaign.repeats = str(when.repeats) if when.repeats else None
    campaign.trigger = when.trigger
    campaign.start_at = when.at
    campaign.window_days = shop.window_days
    campaign.budget = f"{wanted.budget:f}" if wanted.budget is not None else None
    campaign.prices = {channel: str(price) for channel, price in shop.prices.items()}
    session.add(campaign)
    session.flush()
    return campaign


def draft_of(campaign: Campaign) -> Draft:
    """What a campaign was made from, to change it or to make another like it."""
    texts = {form.text for form in campaign.forms}
    return Draft(
        template=campaign.template,
        audience=audiences.asked_for(campaign.audience),
        variants=campaign.forms,
        allocation=Allocation(campaign.allocation),
        holdout_percent=round(campaign.holdout_share * 100),
        when=When(
            at=campaign.start_at if not campaign.is_standing else None,
            repeats=Recurrence.read(campaign.repeats) if campaign.repeats else None,
            trigger=Trigger(campaign.trigger) if campaign.trigger else None,
            at_best_hour=campaign.at_best_hour,
        ),
        product_ids=tuple(campaign.product_ids),
        text=texts.pop() if len(texts) == 1 else None,
        budget=budgets.of(campaign),
    )


def _require_possible(composer: Composer, wanted: Draft, now: datetime) -> None:
    template = wanted.template or ""
    if template not in composer.catalog:
        raise BadDraft("unknown_template", name=template, known=", ".join(composer.catalog))
    if not _is_dealable(wanted.variants or (Variant(),)):
        raise BadDraft("impossible_variants", most=MOST_VARIANTS)
    if wanted.when is not None and wanted.when.repeats is not None and wanted.when.trigger is not None:
        raise BadDraft("two_rhythms")
    if any(not 0 <= each.discount_percent <= LARGEST_DISCOUNT for each in wanted.variants):
        raise BadDraft("impossible_discount", largest=LARGEST_DISCOUNT)
    if not 0 <= (wanted.holdout_percent or 0) <= LARGEST_HOLDOUT * 100:
        raise BadDraft("impossible_holdout", largest=round(LARGEST_HOLDOUT * 100))
    if wanted.budget is not None and wanted.budget <= 0:
        raise BadDraft("impossible_budget")
    if wanted.when is not None and wanted.when.at is not None and wanted.when.at <= now:
        raise BadDraft("time_passed")
    if template == OWN_WORDS and not wanted.text and not all(each.text for each in wanted.variants or (Variant(),)):
        raise BadDraft("own_needs_text")
    _require_fillable(composer, template)


def _is_dealable(forms: Sequence[Variant]) -> bool:
    """Whether there are not too many, each has a name of its own, and a share."""
    names = {each.name for each in forms}
    return len(names) == len(forms) <= MOST_VARIANTS and all(0 < each.share <= 1 for each in forms)


def _require_fillable(composer: Composer, template: str) -> None:
    """Every form in every language asks only for what an offer can fill: found now, not when sending."""
    for language, is_personal in product(LANGUAGES, (True, False)):
        path = message_path(template, language, is_personal=is_personal)
        strange = composer.placeholders(path) - wording.values_of(template, is_personal=is_personal)
        if strange:
            raise BadDraft("unfillable", name=path, known=", ".join(sorted(strange)))
