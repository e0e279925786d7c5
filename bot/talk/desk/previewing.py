"""A campaign before the yes, in words: its messages, whom it reaches and whom not, when, and at what cost."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from babel.dates import format_date, format_time
from babel.numbers import format_currency
from sqlmodel import Session, col, select

from bot.talk.occasions import recurrence_words
from bot.talk.replies import Teller
from campaigns.audiences import UNSEGMENTED
from campaigns.composing import Laid, Reply
from campaigns.drafts import Allocation, Variant
from campaigns.power import Outlook
from campaigns.previewing import Preview, Sample
from campaigns.reach import Reach
from campaigns.recurring import Recurrence
from campaigns.starting import Plan
from campaigns.tables import Campaign
from ledger.tables import Address

WINDOW = timedelta(hours=24)
WHATSAPP = "whatsapp"
DAYS_TOLD = 7
MOST_FIT = 0.995
"""Where something fits nearly everybody it goes without saying."""


def told(
    session: Session, teller: Teller, campaign: Campaign, shown: Preview, now: datetime, *, may_approve: bool = True
) -> Reply:
    """All of it, and the question whether it shall go out."""
    plan = shown.plan
    return teller.say(
        "preview",
        **headline(teller, campaign),
        samples=[_sample(teller, campaign, each) for each in shown.samples],
        audience=plan.audience,
        is_now=campaign.start_at is None and not campaign.is_standing,
        is_triggered=campaign.trigger is not None,
        chosen=len(plan.chosen),
        will_get=shown.fitting if shown.looked_at == len(plan.chosen) else len(plan.chosen),
        later=plan.later,
        holdout=len(plan.held_out),
        reasons=[(teller.word("withheld", reason), n) for reason, n in plan.reasons().items()],
        remarks=remarks(session, teller, campaign, shown, now),
        may_approve=may_approve,
    )


def launched(teller: Teller, campaign: Campaign, plan: Plan) -> Reply:
    """What happens from here on."""
    return teller.say(
        "launched",
        number=campaign.id,
        status=campaign.status,
        when=when(teller, campaign),
        is_triggered=campaign.trigger is not None,
        chosen=len(plan.chosen),
        holdout=len(plan.held_out),
        left_out=len(plan.left_out),
    )


def tried(teller: Teller, campaign: Campaign, sample: Sample, place: int, of: int) -> Reply:
    """A message as its receiver would get it, marked as a try."""
    return teller.say("launch_test", number=campaign.id, place=place, of=of, text=Laid(sample.text))


def headline(teller: Teller, campaign: Campaign) -> dict[str, Any]:
    """What a campaign is, in a line: number, goal, audience, forms, time."""
    return {
        "number": campaign.id,
        "template": teller.word("templates", campaign.template),
        "audience_name": teller.audience(campaign.audience),
        "forms": [_form(campaign, each) for each in campaign.forms],
        "is_bandit": campaign.allocation == Allocation.BANDIT,
        "when": when(teller, campaign),
    }


def when(teller: Teller, campaign: Campaign) -> str:
    """When it goes out, as one says it."""
    if campaign.trigger is not None:
        return teller.word("preview", "trigger", trigger=teller.word("triggers", campaign.trigger))
    told = teller.word("preview", "now")
    if campaign.repeats is not None:
        told = recurrence_words(teller, Recurrence.read(campaign.repeats))
    elif campaign.start_at is not None:
        told = moment_told(teller, campaign.start_at)
    return f"{told}, {teller.word('preview', 'best_hour')}" if campaign.at_best_hour else told


def moment_told(teller: Teller, at: datetime) -> str:
    """ "Jumat, 6 November pukul 09.00", by the shop's clock."""
    local = at.astimezone(teller.shop.zone)
    day = format_date(local, "EEEE, d MMMM", locale=teller.language)
    return teller.word(
        "preview", "at", day=day, time=format_time(local, teller.word("recurrence", "clock"), locale=teller.language)
    )


def remarks(session: Session, teller: Teller, campaign: Campaign, shown: Preview, now: datetime) -> list[str]:
    """What is worth knowing before the yes: what will be seen of it, days, cost, what may keep it back."""
    plan = shown.plan
    found = [_days(teller, shown.reach), _cost(teller, shown.reach)] if plan.chosen else []
    if plan.chosen and not campaign.is_standing:
        found.insert(0, outlook(teller, shown.outlook))
    if plan.chosen and shown.fitting_share < MOST_FIT:
        found.append(_fitting(teller, shown))
    if shown.queued:
        found.append(teller.word("preview", "queued", n=shown.queued))
    if (n := _outside_the_window(session, plan, now)) > 0:
        found.append(teller.word("preview", "unreached", n=n))
    if plan.chosen and not teller.shop.reaches_phones:
        found.append(teller.word("preview", "no_link"))
    return [each for each in found if each]


def _fitting(teller: Teller, shown: Preview) -> str:
    """For how many there is something to offer; of a large audience so many of a hundred, as far as was looked."""
    if shown.looked_at == len(shown.plan.chosen):
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
    cost = format_currency(reach.cost, teller.shop.currency, locale=teller.language)
    return teller.word("preview", "cost", cost=cost)


def _outside_the_window(session: Session, plan: Plan, now: datetime) -> int:
    """How many on WhatsApp have not written within the time in which it takes free text."""
    addresses = {each.candidate.address_id for each in plan.chosen if each.candidate.facts.channel == WHATSAPP}
    if not addresses:
        return 0
    silent = select(Address.id).where(Address.channel == WHATSAPP, col(Address.last_inbound_at) <= now - WINDOW)
    found = session.exec(silent).all()
    return len(addresses.intersection(found))


def _sample(teller: Teller, campaign: Campaign, sample: Sample) -> dict[str, Any]:
    segment = sample.candidate.segment
    traits = [
        teller.word("segments", segment) if segment else teller.word("audiences", UNSEGMENTED),
        teller.word("channels", sample.candidate.facts.channel or "simulator"),
        *([sample.variant.name] if len(campaign.forms) > 1 else []),
    ]
    return {
        "who": ", ".join(traits),
        "text": Laid(_quoted(sample.text)),
        "length": sample.length,
        "longest": sample.longest,
    }


def _form(campaign: Campaign, form: Variant) -> dict[str, Any]:
    return {
        "name": form.name if len(campaign.forms) > 1 else "",
        "discount": form.discount_percent,
        "share": round(form.share * 100),
    }


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}" if line else ">" for line in text.splitlines())
