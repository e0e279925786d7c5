"""A campaign before anybody is written to: made from a draft, and shown with who gets what, when and at what cost."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import cycle, product

from sqlmodel import Session

from campaigns import audiences, offers, power, reach, scheduling, starting, wording
from campaigns.audiences import Candidate
from campaigns.choices import Chosen
from campaigns.composing import Composer, message_path
from campaigns.drafts import LARGEST_DISCOUNT, LARGEST_HOLDOUT, OWN_WORDS, Allocation, Draft, Trigger, Variant, When
from campaigns.power import Outlook
from campaigns.problems import BadDraft, NotNow
from campaigns.reach import Reach
from campaigns.recurring import Recurrence
from campaigns.shelf import Shelf, read_shelf
from campaigns.shop import LANGUAGES, Shop
from campaigns.starting import Plan
from campaigns.tables import Campaign, Status

SAMPLES = 3
MOST_TRIED = 8
"""Of so many messages the samples are picked."""


@dataclass(frozen=True)
class Sample:
    """A message as one customer would get it. ``length`` and ``longest`` are in characters."""

    candidate: Candidate
    variant: Variant
    text: str
    longest: int

    @property
    def length(self) -> int:
        return len(self.text)


@dataclass(frozen=True)
class Preview:
    """What an owner sees before the yes. ``queued`` of the chosen wait for another campaign's message too."""

    plan: Plan
    samples: Sequence[Sample]
    reach: Reach
    outlook: Outlook
    queued: int = 0


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
    if wanted.template == OWN_WORDS:
        for each in forms:
            wording.require_own(each, shop, composer)
    campaign.template = wanted.template or ""
    campaign.audience = audiences.resolve(session, wanted.audience or audiences.EVERYONE)
    campaign.holdout_share = percent / 100
    campaign.variants = [each.as_json() for each in forms]
    campaign.allocation = wanted.allocation
    campaign.product_ids = list(wanted.product_ids)
    campaign.at_best_hour = when.at_best_hour
    campaign.repeats = str(when.repeats) if when.repeats else None
    campaign.trigger = when.trigger
    campaign.start_at = when.at
    campaign.window_days = shop.window_days
    campaign.prices = {channel: str(price) for channel, price in shop.prices.items()}
    session.add(campaign)
    session.flush()
    return campaign


def draft_of(campaign: Campaign) -> Draft:
    """What a campaign was made from, to change it or to make another like it."""
    texts = {form.text for form in campaign.forms}
    return Draft(
        template=campaign.template,
        audience=campaign.audience,
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
    )


def preview(
    session: Session, campaign: Campaign, composer: Composer, channels: Collection[str], shop: Shop, now: datetime
) -> Preview:
    """The plan as it would be at its start, and the messages as customers of different segments would get them.

    Of a campaign that waits for each customer's turn: the plan of those whose turn it is now.

    Raises BadDraft where the shop has nothing to show by this template, MissingPlaceholders or BrokenTemplate where
    the template will not do: all before anybody is written to.
    """
    at = max(now, campaign.start_at or now)
    planned = expected(session, campaign, channels, shop, at)
    shelf = read_shelf(session, at)
    people = [each.candidate for each in planned.chosen]
    samples = unlike(sampled(session, campaign, different(people, MOST_TRIED), composer, shelf, shop, at))
    if not samples and campaign.trigger is not None:
        # Nobody's turn yet: shown as somebody of the audience would get it who says nothing of themselves.
        others = [each.candidate for each in starting.plan(session, campaign, channels, shop, at).chosen]
        choices = [offers.choose(campaign.template, None, shelf, at)] * SAMPLES
        samples = unlike(_worded(campaign, different(others), choices, composer, shelf, shop))
    if not samples and not offers.could_show(campaign, shelf, at):
        raise BadDraft("nothing_to_show", template=campaign.template)
    waits: dict[str, list[timedelta]] = {}
    for each in planned.chosen:
        waits.setdefault(each.candidate.facts.channel or "", []).append(each.waits)
    numbers = [each.candidate.customer_id for each in planned.chosen]
    queued = starting.queued_elsewhere(session, campaign, numbers)
    seen = power.outlook(session, planned, campaign, at)
    return Preview(planned, samples, reach.outlook(waits, shop.prices), seen, queued)


def expected(session: Session, campaign: Campaign, channels: Collection[str], shop: Shop, at: datetime) -> Plan:
    """Who would be written to at that time; of a campaign that waits for each customer's turn, whose turn it is."""
    among = scheduling.whose_turn(session, campaign.id, shop, at) if campaign.trigger is not None else None
    return starting.plan(session, campaign, channels, shop, at, among)


def unlike(samples: Sequence[Sample]) -> list[Sample]:
    """SAMPLES of them that differ in more than the name; each variant is among them if there is room."""
    by_words: dict[str, Sample] = {}
    for each in samples:
        name = wording.first_name(each.candidate.name)
        by_words.setdefault(each.text.replace(name, "…") if name else each.text, each)
    rest = list(by_words.values())
    first = list({each.variant.name: each for each in reversed(rest)}.values())[::-1]
    return sorted((first + [each for each in rest if each not in first])[:SAMPLES], key=samples.index)


def sampled(
    session: Session,
    campaign: Campaign,
    people: Sequence[Candidate],
    composer: Composer,
    shelf: Shelf,
    shop: Shop,
    at: datetime,
) -> list[Sample]:
    """What these would get, each in the next of the campaign's variants. Raises BadDraft for a message too long."""
    choices = offers.chosen_for(session, [(campaign, each) for each in people], shelf, shop, at)
    return _worded(campaign, people, choices, composer, shelf, shop)


def _worded(
    campaign: Campaign,
    people: Sequence[Candidate],
    choices: Sequence[Chosen | None],
    composer: Composer,
    shelf: Shelf,
    shop: Shop,
) -> list[Sample]:
    longest, link = composer.catalog[campaign.template].longest, f"{shop.public_url}/r/…"
    samples = []
    for each, choice, form in zip(people, choices, cycle(campaign.forms), strict=False):
        if choice is not None:
            worded = wording.word_offer(campaign, form, each, choice, link, shelf=shelf, shop=shop, composer=composer)
            samples.append(Sample(each, form, worded.text, longest))
    too_long = max((each.length for each in samples), default=0)
    if too_long > longest:
        raise BadDraft("too_long", longest=longest, length=too_long)
    return samples


def tried(
    session: Session,
    campaign: Campaign,
    shown: Preview,
    oneself: Candidate,
    composer: Composer,
    shop: Shop,
    now: datetime,
) -> list[Sample]:
    """What to try out on ``oneself``: the samples, or where nobody is to get it what anybody would be shown.

    Nothing of it is kept or counted. Raises as ``preview`` does.
    """
    if shown.samples:
        return list(shown.samples)
    return sampled(session, campaign, [oneself], composer, read_shelf(session, now), shop, now)


def different(people: Sequence[Candidate], n: int = SAMPLES) -> list[Candidate]:
    """Up to ``n`` customers as unlike as can be: by segment, language, channel, and what they allow."""
    chosen: list[Candidate] = []
    rest = list(people)
    seen: list[set[object]] = [set(), set(), set(), set()]
    while rest and len(chosen) < n:
        best = max(rest, key=lambda each: sum(a not in known for a, known in zip(_traits(each), seen, strict=True)))
        rest.remove(best)
        chosen.append(best)
        for trait, kind in zip(_traits(best), seen, strict=True):
            kind.add(trait)
    return chosen


def _traits(candidate: Candidate) -> tuple[object, ...]:
    return candidate.segment, candidate.language, candidate.facts.channel, candidate.allows_profiling


def _require_possible(composer: Composer, wanted: Draft, now: datetime) -> None:
    template = wanted.template or ""
    if template not in composer.catalog:
        raise BadDraft("unknown_template", name=template, known=", ".join(composer.catalog))
    if any(not 0 <= each.discount_percent <= LARGEST_DISCOUNT for each in wanted.variants):
        raise BadDraft("impossible_discount", largest=LARGEST_DISCOUNT)
    if not 0 <= (wanted.holdout_percent or 0) <= LARGEST_HOLDOUT * 100:
        raise BadDraft("impossible_holdout", largest=round(LARGEST_HOLDOUT * 100))
    if wanted.when is not None and wanted.when.at is not None and wanted.when.at <= now:
        raise BadDraft("time_passed")
    if template == OWN_WORDS and not wanted.text and not all(each.text for each in wanted.variants or (Variant(),)):
        raise BadDraft("own_needs_text")
    _require_fillable(composer, template)


def _require_fillable(composer: Composer, template: str) -> None:
    """Every form in every language asks only for what an offer can fill: found now, not when sending."""
    for language, is_personal in product(LANGUAGES, (True, False)):
        path = message_path(template, language, is_personal=is_personal)
        strange = composer.placeholders(path) - wording.values_of(template, is_personal=is_personal)
        if strange:
            raise BadDraft("unfillable", name=path, known=", ".join(sorted(strange)))
