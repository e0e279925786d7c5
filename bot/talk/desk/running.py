"""Campaigns that are there: watched, held, let go on, ended.

Stopping is for everybody of the team and happens at once: a mistake is stopped by whoever sees it. Going on and
ending are for those who may approve, and are asked about once more.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, select

from bot.talk import amounts
from bot.talk.desk import announcing, following, reporting, survey_telling
from bot.talk.desk.command import Command, called
from bot.talk.desk.confirming import ask, deed
from bot.talk.replies import Teller
from bot.talk.turn import Turn
from campaigns.launching import planning
from campaigns.launching.drafts import SURVEY
from campaigns.outcomes import progress, results
from campaigns.outcomes.charting import Charting
from campaigns.problems import UnknownCampaign
from campaigns.surveys import planning as survey_planning
from campaigns.surveys import results as survey_results
from campaigns.tables import Campaign, Status
from campaigns.words.composing import Reply
from ledger.tables import Role

NEW_BUDGET = re.compile(
    r"(?P<number>#?[0-9]{1,9})\s+(?:(?:dengan|with)\s+)?(?:anggaran|budget|bujet)?\s*(?P<sum>\S.*)", re.IGNORECASE
)
WHOLE_NUMBER = re.compile(r"#?([0-9]{1,9})")
PAUSABLE = (Status.RUNNING, Status.PREPARING, Status.SCHEDULED)
RESUMABLE = (Status.PAUSED, Status.MISSED)
MOVING = (Status.RUNNING, Status.PREPARING, Status.PAUSED)
MOST_CHOICES = 8
RESUME, CANCEL = "resume campaign", "cancel campaign"


def pause(turn: Turn, teller: Teller, argument: str) -> list[Reply]:
    """At once."""
    found = _meant(turn, teller, argument, "pause", PAUSABLE)
    if isinstance(found, Reply):
        return [found]
    planning.pause(turn.session, found, by=turn.actor, now=turn.now)
    announcing.announce(turn.session, found, announcing.HELD, turn.now, place=turn.address.id)
    return [following.paused(turn.session, teller, found, turn.now)]


def resume(turn: Turn, teller: Teller, argument: str) -> list[Reply]:
    """Asks first, with what will be sent; a sum after the number is a new budget."""
    argument, budget = _with_budget(argument)
    found = _meant(turn, teller, argument, "resume", RESUMABLE)
    if isinstance(found, Reply):
        return [found]
    planning.require(found, *RESUMABLE)
    question = following.resuming(turn.session, teller, found, turn.channels, turn.now, budget)
    return ask(turn, RESUME, question, number=found.id, budget=f"{budget:f}" if budget is not None else None)


def cancel(turn: Turn, teller: Teller, argument: str) -> list[Reply]:
    """Asks first, with what will not be sent."""
    found = _meant(turn, teller, argument, "cancel", (*PAUSABLE, *RESUMABLE))
    if isinstance(found, Reply):
        return [found]
    planning.require(found, *planning.OPEN)
    return ask(turn, CANCEL, following.cancelling(turn.session, teller, found, turn.now), number=found.id)


def campaigns(turn: Turn, teller: Teller, _argument: str) -> list[Reply]:
    return [following.campaigns(turn.session, teller)]


def progressed(turn: Turn, teller: Teller, argument: str) -> list[Reply]:
    """How far a campaign is; without a number the only one that is on its way."""
    found = _meant(turn, teller, argument, "progress", MOVING)
    if isinstance(found, Reply):
        return [found]
    return [following.told(teller, found, progress.progress(turn.session, found, turn.now), turn.now)]


def report(turn: Turn, teller: Teller, argument: str) -> list[Reply]:
    campaign = find(turn, argument)
    if campaign.template == SURVEY:
        asked = survey_planning.find(turn.session, campaign.id)
        return [survey_telling.told(teller, survey_results.results(turn.session, asked, turn.now))]
    found = results.report(turn.session, campaign)
    chart = Charting(turn.composer, turn.language).report(found, campaign)
    return [replace(reporting.told(teller, found, campaign, turn.now), chart=chart)]


def find(turn: Turn, argument: str) -> Campaign:
    """The campaign of that number, or the newest where none is given: to look at. Raises UnknownCampaign."""
    number = WHOLE_NUMBER.fullmatch(argument.strip())
    if number is not None:
        return planning.find(turn.session, int(number[1]))
    if argument.strip():
        raise UnknownCampaign("unknown_campaign", number=argument)
    return newest(turn.session)


def newest(session: Session) -> Campaign:
    """The last one anybody approved, or its last round; a survey is none. Raises UnknownCampaign."""
    offers = (each for each in planning.campaigns(session) if each.template != SURVEY)
    found = (each for each in offers if each.approved_at is not None or each.parent_id)
    campaign = next(found, None)
    if campaign is None:
        raise UnknownCampaign("no_campaigns")
    return campaign


@deed(RESUME, Role.MANAGER)
def _resumed(turn: Turn, teller: Teller, data: dict[str, Any]) -> list[Reply]:
    campaign = planning.find(turn.session, data["number"])
    told = data.get("budget")
    budget = Decimal(told) if told is not None else None
    planning.resume(turn.session, campaign, turn.channels, turn.shop, by=turn.actor, now=turn.now, budget=budget)
    announcing.announce(turn.session, campaign, announcing.RESUMED, turn.now, place=turn.address.id)
    return [following.resumed(turn.session, teller, campaign, turn.now)]


@deed(CANCEL, Role.MANAGER)
def _cancelled(turn: Turn, teller: Teller, data: dict[str, Any]) -> list[Reply]:
    campaign = planning.find(turn.session, data["number"])
    spared = planning.cancel(turn.session, campaign, by=turn.actor, now=turn.now)
    announcing.announce(turn.session, campaign, announcing.ENDED, turn.now, place=turn.address.id)
    return [teller.changed(campaign, spared)]


def _with_budget(argument: str) -> tuple[str, Decimal | None]:
    """ "12 anggaran 750rb" is campaign 12 with three quarters of a million."""
    found = NEW_BUDGET.fullmatch(argument.strip())
    amount = amounts.amount(found["sum"]) if found is not None else None
    return (found["number"], amount) if found is not None and amount is not None else (argument, None)


def _meant(turn: Turn, teller: Teller, argument: str, command: str, statuses: Collection[Status]) -> Campaign | Reply:
    """The campaign of that number, or the only one the command can be about; of several, which one is asked.

    Never the newest, whatever it is. Raises UnknownCampaign.
    """
    number = WHOLE_NUMBER.fullmatch(argument.strip())
    if number is not None:
        return planning.find(turn.session, int(number[1]))
    if argument.strip():
        raise UnknownCampaign("unknown_campaign", number=argument.strip())
    return the_only(turn.session, teller, command, statuses)


def the_only(session: Session, teller: Teller, command: str, statuses: Collection[Status]) -> Campaign | Reply:
    """The only one the command can be about; of several, the question which. Raises UnknownCampaign where none is."""
    there = possible(session, statuses)
    if not there:
        raise UnknownCampaign(f"nothing_to_{command}")
    if len(there) == 1:
        return there[0]
    name = called(teller.language, command, COMMANDS[command])
    choices = [(_label(teller, each), f"/{name} {each.id}") for each in there[:MOST_CHOICES]]
    return teller.say("which_campaign", choices=choices)


def _label(teller: Teller, campaign: Campaign) -> str:
    return f"{campaign.id}. {teller.word('templates', campaign.template)}, {teller.audience(campaign.audience)}"


def possible(session: Session, statuses: Collection[Status]) -> list[Campaign]:
    """The campaigns that stand so, the newest first; a round only where it moves and its parent does not stand so."""
    wanted = select(Campaign).where(col(Campaign.status).in_(statuses)).order_by(col(Campaign.id).desc())
    found = session.exec(wanted).all()
    numbers = {each.id for each in found}
    return [each for each in found if each.parent_id not in numbers]


COMMANDS = {
    "campaigns": Command(Role.STAFF, campaigns, also=("semua_kampanye",)),
    "progress": Command(Role.STAFF, progressed, also=("kemajuan",)),
    "pause": Command(Role.STAFF, pause, also=("jeda",)),
    "resume": Command(Role.MANAGER, resume, also=("teruskan",)),
    "cancel": Command(Role.MANAGER, cancel, also=("batalkan",)),
    "report": Command(Role.STAFF, report, also=("laporan",)),
}
