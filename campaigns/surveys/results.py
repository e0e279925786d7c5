"""What came of a survey: who was asked and answered, and what each question says, without names.

Groups of fewer than figures.LEAST people are not shown, nor are the words of so few.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from campaigns.surveys import figures, planning, questionnaires
from campaigns.surveys.figures import LEAST, Estimate
from campaigns.surveys.questionnaires import Asks, Question
from campaigns.surveys.voices import Theme, Written, coded
from campaigns.tables import SENT_STATES, Message, Reached, State, Survey, SurveyAnswer, SurveyResponse
from ledger.tables import Customer

ASKED_STATES = (*SENT_STATES, State.SENDING, State.UNKNOWN)


@dataclass(frozen=True)
class Item:
    """A question's result. ``n`` answered it, ``skipped`` passed it over; ``estimate`` is a mean, a share of yes or a
    net promoter score, None of too few. ``content`` is the share that is content, where one asked for that."""

    question: Question
    n: int
    skipped: int
    estimate: Estimate | None = None
    distribution: Mapping[int, int] = field(default_factory=dict)
    content: Estimate | None = None
    themes: tuple[Theme, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {
            **self.question.as_json(),
            "n": self.n,
            "skipped": self.skipped,
            "estimate": self.estimate.as_json() if self.estimate else None,
            "distribution": dict(self.distribution),
            "content": self.content.as_json() if self.content else None,
            "themes": [vars(each) for each in self.themes],
        }


@dataclass(frozen=True)
class Measured:
    """The mean of the statements on one thing, of each person's own mean."""

    construct: str
    estimate: Estimate


@dataclass(frozen=True)
class Results:
    """``asked`` got the invitation, ``waiting`` are still to get it; of the asked ``done``, ``under_way`` and
    ``declined``, the others said nothing. ``left_out`` counts by reason who is not asked."""

    survey: int
    kind: str
    version: str
    state: str
    audience: str
    asked: int
    waiting: int
    done: int
    under_way: int
    declined: int
    left_out: Mapping[str, int]
    items: Sequence[Item]
    measured: Sequence[Measured]

    @property
    def answered(self) -> int:
        return self.done + self.under_way

    @property
    def silent(self) -> int:
        return max(0, self.asked - self.answered - self.declined)

    @property
    def response_rate(self) -> Estimate | None:
        """Of the asked, those who went through it."""
        return figures.share(min(self.done, self.asked), self.asked)

    def as_json(self) -> dict[str, Any]:
        rate = self.response_rate
        told = {name: value for name, value in vars(self).items() if name not in ("items", "measured")}
        return {
            **told,
            "silent": self.silent,
            "response_rate": rate.as_json() if rate else None,
            "least": LEAST,
            "items": [each.as_json() for each in self.items],
            "measured": [{"construct": each.construct, **each.estimate.as_json()} for each in self.measured],
        }


def results(session: Session, survey: Survey, now: datetime) -> Results:
    """As it stands now."""
    campaign = planning.campaign_of(session, survey)
    states, left_out = _states(session, survey)
    came = _came(session, survey)
    given, names = _given(session, survey), _names(session, survey)
    asked = questionnaires.of(survey)
    return Results(
        survey=survey.id,
        kind=survey.kind,
        version=survey.version,
        state=planning.state(survey, campaign, now),
        audience=campaign.audience,
        asked=sum(states.get(each, 0) for each in ASKED_STATES),
        waiting=states.get(State.PLANNED, 0),
        done=came.get(Reached.DONE, 0),
        under_way=came.get(Reached.UNDER_WAY, 0),
        declined=came.get(Reached.DECLINED, 0),
        left_out=left_out,
        items=[_item(each, given.get(each.key, {}), names) for each in asked],
        measured=_measured(asked, given),
    )


def _states(session: Session, survey: Survey) -> tuple[dict[str, int], dict[str, int]]:
    """The campaign's rows by state, and those that are not to get it by reason."""
    counted = select(Message.state, Message.reason, func.count()).where(Message.campaign_id == survey.id)
    states: dict[str, int] = defaultdict(int)
    left_out: dict[str, int] = defaultdict(int)
    for state, reason, n in session.exec(counted.group_by(col(Message.state), col(Message.reason))):
        states[state] += n
        if state in (State.WITHHELD, State.FAILED):
            left_out[reason if state == State.WITHHELD and reason else State.FAILED] += n
    return states, dict(sorted(left_out.items(), key=lambda each: -each[1]))


def _came(session: Session, survey: Survey) -> dict[str, int]:
    counted = select(SurveyResponse.state, func.count()).where(SurveyResponse.survey_id == survey.id)
    return dict(session.exec(counted.group_by(col(SurveyResponse.state))).all())


def _given(session: Session, survey: Survey) -> dict[str, dict[int, SurveyAnswer]]:
    """By item what each person said, or that they passed it over."""
    wanted = (
        select(SurveyAnswer)
        .join(SurveyResponse, col(SurveyResponse.id) == col(SurveyAnswer.response_id))
        .where(SurveyResponse.survey_id == survey.id)
        .order_by(col(SurveyAnswer.id))
    )
    given: dict[str, dict[int, SurveyAnswer]] = defaultdict(dict)
    for each in session.exec(wanted):
        given[each.item][each.response_id] = each
    return given


def _names(session: Session, survey: Survey) -> dict[int, str]:
    """What those who wrote something are called, so that it can be left out of what is quoted."""
    wanted = (
        select(SurveyResponse.id, Customer.name)
        .join(Customer, col(Customer.id) == col(SurveyResponse.customer_id))
        .where(SurveyResponse.survey_id == survey.id)
    )
    return dict(session.exec(wanted).all())


def _item(question: Question, given: Mapping[int, SurveyAnswer], names: Mapping[int, str]) -> Item:
    values = [each.value for each in given.values() if each.value is not None]
    written = [Written(each.text, names.get(who, "")) for who, each in given.items() if each.text is not None]
    skipped = len(given) - len(values) - len(written)
    if question.range is None:
        return Item(question, len(written), skipped, themes=coded(written))
    least, most = question.range
    if len(values) < LEAST:
        return Item(question, len(values), skipped)
    return Item(
        question,
        len(values),
        skipped,
        estimate=_estimate(question, values),
        distribution=figures.distribution(values, least, most),
        content=_content(values) if question.asks is Asks.SATISFIED else None,
    )


def _estimate(question: Question, values: Sequence[int]) -> Estimate | None:
    if question.asks is Asks.LIKELY:
        return figures.promoters(values)
    if question.asks is Asks.YES_NO:
        return figures.share(sum(values), len(values))
    return figures.mean(values, *(question.range or (1, 5)))


def _content(values: Sequence[int]) -> Estimate | None:
    return figures.share(sum(each >= figures.CONTENT for each in values), len(values))


def _measured(asked: Sequence[Question], given: Mapping[str, Mapping[int, SurveyAnswer]]) -> list[Measured]:
    constructs = dict.fromkeys(each.construct for each in asked if each.construct)
    found = []
    for construct in constructs:
        people: dict[int, list[int]] = defaultdict(list)
        for question in (each for each in asked if each.construct == construct):
            for who, answer in given.get(question.key, {}).items():
                if answer.value is not None:
                    people[who].append(answer.value)
        estimate = figures.mean([sum(each) / len(each) for each in people.values()], 1, 5)
        if estimate is not None:
            found.append(Measured(construct, estimate))
    return found
