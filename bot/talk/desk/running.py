"""Campaigns that are there: watched, held, let go on, ended."""

from __future__ import annotations

import re

from bot.talk.desk.command import Command
from bot.talk.replies import Teller
from bot.talk.turn import Turn
from campaigns import planning, results
from campaigns.composing import Reply
from campaigns.problems import UnknownCampaign
from campaigns.tables import Campaign
from ledger.tables import Role

WHOLE_NUMBER = re.compile(r"[0-9]{1,9}")


def report(turn: Turn, teller: Teller, argument: str) -> list[Reply]:
    campaign = find(turn, argument)
    return [teller.report(results.report(turn.session, campaign), campaign, turn.now)]


def pause(turn: Turn, teller: Teller, argument: str) -> list[Reply]:
    campaign = find(turn, argument)
    planning.pause(turn.session, campaign, by=turn.actor, now=turn.now)
    return [teller.changed(campaign)]


def resume(turn: Turn, teller: Teller, argument: str) -> list[Reply]:
    campaign = find(turn, argument)
    planning.resume(turn.session, campaign, turn.channels, turn.shop, by=turn.actor, now=turn.now)
    return [teller.changed(campaign)]


def cancel(turn: Turn, teller: Teller, argument: str) -> list[Reply]:
    campaign = find(turn, argument)
    spared = planning.cancel(turn.session, campaign, by=turn.actor, now=turn.now)
    return [teller.changed(campaign, spared)]


def find(turn: Turn, argument: str) -> Campaign:
    """The campaign of that number, or the newest where none is given. Raises UnknownCampaign."""
    if WHOLE_NUMBER.fullmatch(argument.strip()):
        return planning.find(turn.session, int(argument))
    newest = planning.campaigns(turn.session)
    if argument.strip() or not newest:
        raise UnknownCampaign("unknown_campaign", number=argument) if argument else UnknownCampaign("no_campaigns")
    return newest[0]


COMMANDS = {
    "campaigns": Command(
        Role.STAFF, lambda turn, teller, _said: [teller.campaigns(turn.session)], also=("semua_kampanye",)
    ),
    "report": Command(Role.STAFF, report, also=("laporan",)),
    "pause": Command(Role.MANAGER, pause, also=("jeda",)),
    "resume": Command(Role.MANAGER, resume, also=("teruskan",)),
    "cancel": Command(Role.MANAGER, cancel, also=("batalkan",)),
}
