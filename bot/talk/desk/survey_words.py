"""Surveys as the owner is told of them before they run: what can be asked, a preview, and that it is out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session

from bot.talk.replies import Teller
from campaigns.launching.starting import Plan
from campaigns.sending.gate import Reason
from campaigns.surveys import inviting, planning, questionnaires, results
from campaigns.surveys.planning import Preview
from campaigns.surveys.questionnaires import READY, Question
from campaigns.tables import Campaign, Survey
from campaigns.words.composing import Laid, Reply

MOST_LISTED = 8
SMALL = 50
"""Of fewer invitations it is said how little such a survey can tell."""


def listed(session: Session, teller: Teller, now: datetime, *, is_chat: bool = True) -> Reply:
    """What was asked and how far it is, and what can be asked."""
    found = planning.surveys(session)
    ready = [questionnaires.ready(teller.composer, kind) for kind in READY]
    return teller.say(
        "surveys",
        rows=[_row(session, teller, *each, now) for each in found[:MOST_LISTED]],
        more=max(0, len(found) - MOST_LISTED),
        ready=[
            {
                "kind": teller.word("survey_calls", each.kind),
                "name": teller.word("survey_kinds", each.kind),
                "n": len(each.questions),
                "minutes": questionnaires.minutes(each.questions),
            }
            for each in ready
        ],
        is_chat=is_chat,
    )


def previewed(session: Session, teller: Teller, survey: Survey, shown: Preview, *, is_chat: bool = True) -> Reply:
    """Whom it would ask, why not the others, and all of it as customers see it."""
    campaign, asked = planning.campaign_of(session, survey), questionnaires.of(survey)
    plan, unspoken = shown.plan, shown.phrasing.unspoken
    chosen = shown.reached.chosen
    invitation = inviting.anybodys(survey, teller.shop, teller.composer, teller.language)
    return teller.say(
        "survey_preview",
        number=survey.id,
        name=teller.word("survey_kinds", survey.kind),
        n=len(asked),
        minutes=questionnaires.minutes(asked),
        audience_name=teller.audience(campaign.audience),
        audience=plan.audience,
        chosen=chosen,
        later=sum(n for _, fate, n in shown.reached.groups() if fate.not_before is not None),
        awaited=shown.phrasing.awaited,
        reasons=left_out(teller, {**plan.reasons(), **({Reason.NO_CONTENT.value: unspoken} if unspoken else {})}),
        is_few=0 < chosen < SMALL,
        few=SMALL,
        between=teller.shop.survey_days_between,
        days=survey.lapse_days,
        invitation=Laid(_quoted(invitation.text)),
        questions=Laid(_quoted("\n".join(_asked(teller, asked)))),
        is_chat=is_chat,
    )


def launched(teller: Teller, survey: Survey, plan: Plan, *, is_chat: bool = True) -> Reply:
    """That it is out, and where its answers are to be seen."""
    return teller.say(
        "survey_launched", number=survey.id, chosen=plan.chosen, left_out=plan.left_out, is_chat=is_chat
    )


def left_out(teller: Teller, reasons: dict[str, int]) -> list[tuple[str, int]]:
    """Why how many are not asked; what forbids an offer forbids a survey in other words."""
    return [
        (
            teller.word("surveys", "no_research")
            if reason == Reason.NO_CONSENT
            else teller.word("states", "failed")
            if reason == "failed"
            else teller.word("withheld", reason),
            n,
        )
        for reason, n in reasons.items()
    ]


def _row(session: Session, teller: Teller, survey: Survey, campaign: Campaign, now: datetime) -> dict[str, Any]:
    found = results.results(session, survey, now)
    return {
        "number": survey.id,
        "name": teller.word("survey_kinds", survey.kind),
        "state": teller.word("survey_states", found.state),
        "audience": teller.audience(campaign.audience),
        "asked": found.asked,
        "answered": found.answered,
    }


def _asked(teller: Teller, asked: Sequence[Question]) -> list[str]:
    """Each question on a line, the scale once for all that share it."""
    told: list[str] = []
    for place, each in enumerate(asked, 1):
        least, most = each.range or (0, 0)
        scale = teller.word("survey_scales", each.asks, least=least, most=most)
        is_last_of_it = place == len(asked) or asked[place].asks is not each.asks
        told.append(f"{place}. {each.in_words(teller.language)}")
        told += [scale] if is_last_of_it else []
    return told


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}" if line else ">" for line in text.splitlines())
