"""A campaign before the yes, in words that fit a phone: its figures, what is worth knowing, the question, a message.

The first time all of it; after a change only what changed, with the figures and the question. All samples are a
button away (/test), and on the command line they stand in the preview.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlmodel import Session

from bot.talk.desk.remarking import phrased, remarks
from bot.talk.desk.timing import moment_told, when
from bot.talk.replies import Teller
from campaigns.choosing.audiences import UNSEGMENTED
from campaigns.launching.drafts import Allocation, Variant
from campaigns.launching.previewing import Preview, Sample
from campaigns.launching.starting import Plan
from campaigns.sending.gate import Reason
from campaigns.tables import Campaign
from campaigns.words.composing import Laid, Reply
from campaigns.words.phrasing import NO_PHRASING, Phrasing

__all__ = ["Change", "Told", "headline", "launched", "moment_told", "question", "told", "tried", "when"]

BY_HISTORY = frozenset({"replenishment", "birthday"})
"""Goals that reach nobody who does not allow the use of their history, by whatever audience."""
USUAL_HOLDOUT = 20
"""In percent, for the example of a change."""


@dataclass(frozen=True)
class Told:
    """A preview in words; ``remarks`` are those in it, which need not be said again after a change."""

    reply: Reply
    remarks: tuple[str, ...]


@dataclass(frozen=True)
class Change:
    """What was changed since, in words, and what stays unsaid: ``known`` remarks, samples of the ``same`` words."""

    what: Sequence[str]
    known: Collection[str] = ()
    is_same_message: bool = False


def told(
    session: Session,
    teller: Teller,
    campaign: Campaign,
    shown: Preview,
    now: datetime,
    *,
    may_approve: bool = True,
    is_chat: bool = True,
    is_again: bool = False,
    change: Change | None = None,
) -> Told:
    """All of it, and the question whether it shall go out; or what ``change`` leaves to be said.

    ``is_again``: a yes came to this, after something else was shown.
    """
    found = remarks(session, teller, campaign, shown, now, is_chat=is_chat)
    some = _few(shown.samples) if is_chat else list(shown.samples)
    is_known = is_again or (change is not None and change.is_same_message)
    reply = teller.say(
        "preview",
        **headline(teller, campaign),
        **_figures(teller, campaign, shown),
        is_again=is_again,
        is_change=change is not None,
        what=Laid("; ".join(change.what)) if change else "",
        samples=[] if is_known else [_sample(teller, campaign, each) for each in some],
        others=len(shown.samples) - len(some),
        remarks=[Laid(each) for each in found if change is None or each not in change.known],
        question=question(teller, campaign, shown, may_approve=may_approve),
        may_send=_may_send(campaign, shown),
        holdout_example=USUAL_HOLDOUT if shown.outlook.detectable is not None else 0,
        may_approve=may_approve,
        is_chat=is_chat,
    )
    return Told(reply, tuple(found))


def question(teller: Teller, campaign: Campaign, shown: Preview, *, may_approve: bool = True) -> str:
    """What a yes would do."""
    n, waits = _will_get(shown), shown.phrasing.awaited
    told = {"n": n, "now": n - waits, "waits": waits}
    if not may_approve:
        return teller.word("preview", "ask_approval")
    if campaign.trigger is not None:
        return teller.word("preview", "ask_triggered")
    if campaign.repeats is not None:
        return teller.word("preview", "ask_standing", **told)
    if campaign.start_at is not None:
        return teller.word("preview", "ask_later", **told)
    return teller.word("preview", "ask_now", **told) if n else teller.word("preview", "ask_nobody")


def launched(
    teller: Teller, campaign: Campaign, plan: Plan, found: Phrasing = NO_PHRASING, *, is_chat: bool = True
) -> Reply:
    """What happens from here on; ``found``: in which words, as they stand now."""
    return teller.say(
        "launched",
        number=campaign.id,
        status=campaign.status,
        when=when(teller, campaign),
        is_triggered=campaign.trigger is not None,
        is_standing=campaign.is_standing,
        chosen=plan.chosen - found.unspoken - found.awaited,
        awaited=found.awaited,
        holdout=plan.held_out,
        left_out=plan.left_out + found.unspoken,
        words=[Laid(each) for each in phrased(teller, campaign, found)],
        is_chat=is_chat,
    )


def tried(teller: Teller, campaign: Campaign, sample: Sample, place: int, of: int) -> Reply:
    """A message as its receiver would get it, marked as a try."""
    return teller.say(
        "launch_test",
        number=campaign.id,
        place=place,
        of=of,
        who=_who(teller, campaign, sample),
        text=Laid(sample.text),
    )


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


def _figures(teller: Teller, campaign: Campaign, shown: Preview) -> dict[str, Any]:
    """Who would get it and who not. To whom nothing can be said yet is among the others, though planned for."""
    plan, unspoken = shown.plan, shown.phrasing.unspoken
    reasons = [(_reason(teller, campaign, reason), n) for reason, n in plan.reasons().items()]
    return {
        "audience": plan.audience,
        "is_triggered": campaign.trigger is not None,
        "is_standing": campaign.is_standing,
        "chosen": plan.chosen - unspoken - shown.phrasing.awaited,
        "awaited": shown.phrasing.awaited,
        "is_soon": campaign.start_at is None and campaign.trigger is None and not campaign.is_standing,
        "later": sum(
            n
            for place, fate, n in shown.reached.groups()
            if fate.not_before is not None and place not in shown.phrasing.waiting
        ),
        "holdout": plan.held_out,
        "budget": teller.money(Decimal(campaign.budget)) if campaign.budget is not None else "",
        "left_out": plan.left_out + unspoken,
        "reasons": [*reasons, *([(teller.word("withheld", Reason.NO_CONTENT), unspoken)] if unspoken else [])],
    }


def _reason(teller: Teller, campaign: Campaign, reason: str) -> str:
    """Why somebody is left out; without the way round by another audience where that leads to the same."""
    is_by_history = campaign.trigger is not None or campaign.template in BY_HISTORY
    if reason == Reason.NO_PROFILING and is_by_history:
        return teller.word("preview", "no_profiling")
    return teller.word("withheld", reason)


def _will_get(shown: Preview) -> int:
    """How many get it, now or when WhatsApp has answered; who waits for that may fit as well as anybody."""
    reached = shown.reached.chosen
    fitting = shown.fitting if shown.looked_at == reached else reached
    return max(min(fitting, reached), shown.phrasing.awaited)


def _may_send(campaign: Campaign, shown: Preview) -> bool:
    """Whether a yes can reach anybody, now or when the time comes."""
    return bool(_will_get(shown)) or campaign.trigger is not None or campaign.is_standing


def _few(samples: Iterable[Sample]) -> list[Sample]:
    """The first of each variant, and of free and of approved words."""
    few: list[Sample] = []
    for each in samples:
        is_new = each.variant.name not in {one.variant.name for one in few}
        if is_new or each.is_approved_wording not in {one.is_approved_wording for one in few}:
            few.append(each)
    return few


def _sample(teller: Teller, campaign: Campaign, sample: Sample) -> dict[str, Any]:
    return {
        "who": _who(teller, campaign, sample),
        "text": Laid(_quoted(sample.text)),
        "length": teller.number(sample.length),
        "longest": teller.number(sample.longest),
    }


def _who(teller: Teller, campaign: Campaign, sample: Sample) -> str:
    segment = sample.candidate.segment
    traits = [
        teller.word("segments", segment) if segment else teller.word("audiences", UNSEGMENTED),
        teller.word("channels", sample.candidate.facts.channel or "simulator"),
        *([sample.variant.name] if len(campaign.forms) > 1 else []),
        *([teller.word("phrasing", "sample")] if sample.is_approved_wording else []),
    ]
    return ", ".join(traits)


def _form(campaign: Campaign, form: Variant) -> dict[str, Any]:
    return {
        "name": form.name if len(campaign.forms) > 1 else "",
        "discount": form.discount_percent,
        "share": round(form.share * 100),
    }


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}" if line else ">" for line in text.splitlines())
