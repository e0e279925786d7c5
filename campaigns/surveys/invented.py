"""Surveys of the demo's shop: invented people's answers, whose links are known. Who tells the story says so."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from random import Random

from sqlmodel import Session, col, select

from campaigns import insights
from campaigns.launching.drafts import SURVEY
from campaigns.shop import Shop
from campaigns.surveys import planning, questionnaires
from campaigns.surveys.questionnaires import LOYALTY, NPS
from campaigns.tables import SENT_STATES, Campaign, Message, Reached, Survey, SurveyAnswer, SurveyResponse
from campaigns.words.composing import Composer
from engine.synthetic.surveys import recommendations

ANSWERS, ENDS = 0.85, 0.93
"""Of those asked so many answer, and of these so many to the end."""
SEED = 7
Given = Mapping[str, int | str | None]


def send_out(
    session: Session, composer: Composer, channels: Collection[str], shop: Shop, by: str, now: datetime
) -> None:
    """Would they recommend the shop, to its largest group; the twelve statements to everybody else."""
    largest = max(insights.segments(session), key=lambda each: each.size, default=None)
    for kind, audience in ((NPS, largest.key if largest is not None else None), (LOYALTY, None)):
        asked = questionnaires.ready(composer, kind)
        survey = planning.draft(session, asked, audience, shop=shop, by=by, now=now)
        if planning.preview(session, survey, channels, shop, now).reached.chosen:
            planning.approve(session, survey, channels, shop, by=by, now=now)
        else:
            planning.drop(session, survey, by=by, now=now)


def answer(session: Session, shop: Shop, now: datetime) -> None:
    """What those who were asked say, each a while after."""
    lots = Random(SEED)  # noqa: S311 - a story, not a secret
    for survey in session.exec(select(Survey).order_by(col(Survey.id))).all():
        people = [each for each in _asked(session, survey) if lots.random() < ANSWERS]
        for who, given in zip(people, _invented(survey, len(people), shop.language), strict=True):
            kept = given if lots.random() < ENDS else dict(list(given.items())[: len(given) // 2])
            _write(session, survey, who, kept, len(given), shop, now + timedelta(minutes=lots.randint(3, 600)))


def _asked(session: Session, survey: Survey) -> Sequence[int]:
    wanted = (
        select(Message.customer_id)
        .join(Campaign, col(Campaign.id) == col(Message.campaign_id))
        .where(Message.campaign_id == survey.id, Campaign.template == SURVEY, col(Message.state).in_(SENT_STATES))
    )
    return session.exec(wanted.order_by(col(Message.customer_id))).all()


def _invented(survey: Survey, people: int, language: str) -> Sequence[Given]:
    if survey.kind == NPS:
        return [{"NPS": score, "WHY": why} for score, why in recommendations(people, language)]
    from engine.synthetic.opinions import opinions  # numpy, which only the demo and mining need

    columns = opinions(people)
    return [{item: column[place] for item, column in columns.items()} for place in range(people)]


def _write(session: Session, survey: Survey, who: int, given: Given, of: int, shop: Shop, at: datetime) -> None:
    is_done = len(given) == of
    response = SurveyResponse(
        survey_id=survey.id,
        customer_id=who,
        language=shop.language,
        state=Reached.DONE if is_done else Reached.UNDER_WAY,
        began_at=at,
        touched_at=at,
        ended_at=at if is_done else None,
    )
    session.add(response)
    session.flush()
    session.add_all(
        SurveyAnswer(
            response_id=response.id,
            item=item,
            value=said if isinstance(said, int) else None,
            text=said if isinstance(said, str) else None,
            at=at,
        )
        for item, said in given.items()
    )
