"""What is worth knowing before the yes: what will be seen of a campaign, its days and cost, what may keep it back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session

from bot.talk.desk import lines
from bot.talk.desk.audit import group_name, percent, span
from bot.talk.desk.lines import Known
from bot.talk.desk.timing import moment_told
from bot.talk.replies import Teller
from campaigns.channel import SIMULATOR
from campaigns.choosing import audiences
from campaigns.grouping.counting import LEAST_PEOPLE
from campaigns.launching import budgets, cautions
from campaigns.launching.drafts import Draft, Trigger, When
from campaigns.launching.evenness import Uneven
from campaigns.launching.power import Outlook
from campaigns.launching.previewing import Preview
from campaigns.launching.reach import Reach
from campaigns.launching.starting import Plan
from campaigns.sending.claiming import awaited_for
from campaigns.tables import Approval, Campaign
from campaigns.words.composing import Laid
from campaigns.words.contents import reason_word
from campaigns.words.phrasing import NOT_MADE, Lacking, Phrasing
from ledger import money

DAYS_TOLD = 7
MOST_FIT = 0.995
"""Where something fits nearly everybody it goes without saying."""


def remarks(
    session: Session, teller: Teller, campaign: Campaign, shown: Preview, now: datetime, *, is_chat: bool = True
) -> list[str]:
    """One sentence each, the gravest first."""
    told = (*_warnings(session, teller, campaign, shown, now, is_chat), *_figures(teller, campaign, shown))
    return [each for each in told if each]


def _warnings(
    session: Session, teller: Teller, campaign: Campaign, shown: Preview, now: datetime, is_chat: bool
) -> Iterator[str]:
    """What may keep it back, or be regretted."""
    plan = shown.reached
    if shown.phrasing.is_mostly_unsaid:
        yield teller.word("phrasing", "mostly_unsaid", standing=_gravest(shown.phrasing))
    if audiences.is_grouped(campaign.audience) and 0 < plan.audience < LEAST_PEOPLE:
        yield teller.word("preview", "few_people", n=plan.audience)
    yield _below_cost(session, teller, shown)
    if shown.uneven is not None:
        yield _uneven(teller, campaign, shown.uneven)
    if not campaign.is_standing:
        yield _free_again(teller, plan, now, is_chat)
    if campaign.trigger == Trigger.BIRTHDAY:
        n, of = cautions.birthdays_told(session, campaign, teller.shop, now)
        yield teller.word("preview", "birthdays", n=n, of=of)
    if plan.chosen and shown.fitting_share < MOST_FIT:
        yield _fitting(teller, shown)
    if shown.queued and plan.chosen:
        yield teller.word("preview", "queued", n=shown.queued)
    yield from phrased(teller, campaign, shown.phrasing)


def _figures(teller: Teller, campaign: Campaign, shown: Preview) -> Iterator[str]:
    plan = shown.reached
    if plan.chosen and not campaign.is_standing:
        yield outlook(teller, shown.outlook)
    if plan.chosen:
        yield _days(teller, shown.reach)
        yield _cost(teller, shown.reach)
        yield _over_budget(teller, campaign, shown.reach)
        yield _rationed(teller, plan)
    is_by_phone = any(fate.like.channel != SIMULATOR for _, fate, _ in plan.groups())
    if is_by_phone and not teller.shop.reaches_phones:
        yield teller.word("preview", "no_link")


def _uneven(teller: Teller, campaign: Campaign, found: Uneven) -> str:
    """Which group it would reach much less than another, and how that is mended."""
    worst, best, ratio = found.worst, found.best, found.worst.ratio or found.worst.figure
    mend = teller.word("audit_said", "widen" if found.may_widen else "look", number=campaign.id)
    return teller.word(
        "audit_said", "draft",
        worst=group_name(teller, found.grouping, worst.name), best=group_name(teller, found.grouping, best.name),
        its=percent(teller, worst.figure.value), bests=percent(teller, best.figure.value),
        n_worst=teller.number(worst.figure.n), n_best=teller.number(best.figure.n),
        ratio=teller.number(ratio.value, 2), interval=span(teller, ratio, 2),
        limit=teller.number(found.limit, 2), mend=Laid(mend),
    )  # fmt: skip


def _below_cost(session: Session, teller: Teller, shown: Preview) -> str:
    found = cautions.below_cost(session, shown.samples)
    if found is None:
        return ""
    currency, name = found.product.currency, found.product.name or found.product.sku
    price, cost = (money.in_words(each, currency, teller.language) for each in (found.price_minor, found.cost_minor))
    return teller.word("preview", "below_cost", percent=found.percent, name=name, price=price, cost=cost)


def _free_again(teller: Teller, plan: Plan, now: datetime, is_chat: bool) -> str:
    free = cautions.free_again(plan, teller.shop)
    if free is None:
        return ""
    line = spelled(teller.language, now, teller.shop.zone, free)
    return teller.word(
        "preview", "free_again", at=moment_told(teller, free), line=Laid(line), verb="write" if is_chat else "add"
    )


def spelled(language: str, now: datetime, zone: ZoneInfo, at: datetime) -> str:
    """A moment in the words of a line: "kamis 5 Nov jam 10:00"."""
    return lines.spell(Draft(when=When(at=at)), Known(language, now, zone, {}, {}))


def _fitting(teller: Teller, shown: Preview) -> str:
    """For how many there is something to offer; of a large audience so many of a hundred, as far as was looked."""
    if shown.looked_at == shown.reached.chosen:
        return teller.word("preview", "fitting", n=shown.fitting, of=shown.looked_at)
    return teller.word("preview", "fitting_share", share=round(shown.fitting_share * 100), of=shown.looked_at)


def outlook(teller: Teller, seen: Outlook) -> str:
    """How small a difference could be told with so many people, and with what holdout more could."""
    if not seen.n_control:
        return teller.word("preview", "no_holdout")
    share = round(seen.suggested_share * 100) if seen.suggested_share is not None else 0
    if seen.detectable is None:
        return teller.word("preview", "too_few", n=seen.n_control, share=share)
    points, base = teller.number(seen.detectable * 100, 1), teller.number(seen.base_rate * 100, 1)
    return teller.word("preview", "detectable", points=points, base=base, share=share)


def _days(teller: Teller, reach: Reach) -> str:
    if len(reach.days) < 2:
        return ""
    counts = " + ".join(map(str, reach.days[:DAYS_TOLD])) + (" + …" if len(reach.days) > DAYS_TOLD else "")
    return teller.word("preview", "days", n=len(reach.days), counts=counts)


def _cost(teller: Teller, reach: Reach) -> str:
    if reach.cost is None:
        channels = ", ".join(teller.word("channels", name) for name in reach.unpriced)
        return teller.word("preview", "unpriced", channels=channels)
    if not reach.cost:
        return ""
    currency = teller.shop.currency
    cost = money.in_words(money.to_minor(reach.cost, currency), currency, teller.language)
    return teller.word("preview", "cost", cost=cost)


def _over_budget(teller: Teller, campaign: Campaign, reach: Reach) -> str:
    """It will be held before the last of them."""
    budget = budgets.of(campaign)
    if budget is None or reach.cost is None or reach.cost <= budget:
        return ""
    return teller.word(
        "preview", "over_budget", budget=teller.money(budget), n=int(sum(reach.days) * budget / reach.cost)
    )


def _rationed(teller: Teller, plan: Plan) -> str:
    """How those were chosen whom the budget reaches, and by how many that was learned."""
    found = plan.ration
    if found is None:
        return ""
    counts = {"of": found.of, "n": found.by_rule + found.by_lot, "by_lot": found.by_lot, "people": found.n}
    told = {name: teller.number(each) for name, each in counts.items()}
    return teller.word(
        "preview", f"rationed_{found.rule}", **told, campaigns=found.campaigns, is_compared=plan.held_out > 0
    )


def phrased(teller: Teller, campaign: Campaign, found: Phrasing) -> Iterator[str]:
    """On WhatsApp: how many get free text and how many approved words; what is not approved, and what to do."""
    if found.free + found.approved:
        yield teller.word("phrasing", "counts", free=found.free, approved=found.approved)
    if found.awaited:
        hours = awaited_for(teller.shop) // timedelta(hours=1)
        yield teller.word("phrasing", "awaited", n=found.awaited, hours=hours)
    if found.unspoken:
        lacking = [each for each in found.lacking if not each.is_in_review]
        advice = " ".join(dict.fromkeys(_advised(teller, each) for each in lacking))
        offer = teller.word("templates", campaign.template)
        yield teller.word("phrasing", "unspoken", n=found.unspoken, offer=offer, advice=Laid(advice))


def _gravest(found: Phrasing) -> str:
    """Where most of the words stand that are lacking."""
    unsent = [each for each in found.lacking if not each.is_in_review]
    return max(unsent, key=lambda each: each.n).standing if found.unspoken >= found.awaited and unsent else ""


def _advised(teller: Teller, each: Lacking) -> str:
    """What to do about words that cannot be sent: those that were refused need others first."""
    word = reason_word(each.reason)
    return teller.word(
        "phrasing_advice",
        each.standing if each.standing in (Approval.REJECTED, Approval.DISABLED, Approval.UNKNOWN) else NOT_MADE,
        file=f"templates/whatsapp/{each.language}/{each.name}.j2",
        reason=teller.word(*word) if word else each.reason,
    )
