"""What those who run the shop can command. To anybody else these are unknown words."""

from __future__ import annotations

import re
from collections.abc import Callable

from bot.talk import compliance, customer, wizard
from bot.talk.replies import Teller
from bot.talk.turn import Turn
from campaigns import planning, results
from campaigns.composing import Reply
from campaigns.problems import NotNow, UnknownCampaign
from campaigns.tables import Campaign
from ledger import audit, team
from ledger.tables import Role

WHOLE_NUMBER = re.compile(r"[0-9]{1,9}")
Answer = Callable[[Turn, Teller, str], list[Reply]]


def join(turn: Turn, code: str) -> list[Reply]:
    """A right code makes this chat the owner's; a wrong one is answered like anything else."""
    member = team.join(turn.session, turn.address, code, turn.now)
    if member is None:
        return [customer.other(turn)]
    audit.record(turn.session, turn.now, turn.actor, "joined the team", member.role)
    teller = Teller(turn.composer, turn.shop, turn.language)
    return [teller.say("owner_welcome", role=teller.word("roles", member.role))]


def command(turn: Turn, name: str, argument: str) -> list[Reply]:
    """Do what an owner's chat commands; a fault becomes a sentence with the next step."""
    teller = Teller(turn.composer, turn.shop, turn.language)
    known = COMMANDS.get(name)
    if known is None:
        return help_(turn)
    least, answer = known
    if RANK[turn.role or Role.STAFF] < RANK[least]:
        return help_(turn)
    try:
        return answer(turn, teller, argument)
    except (UnknownCampaign, NotNow) as fault:
        return [teller.problem(fault)]


def help_(turn: Turn) -> list[Reply]:
    return [turn.reply("owner_help")]


def _report(turn: Turn, teller: Teller, argument: str) -> list[Reply]:
    campaign = _campaign(turn, argument)
    return [teller.report(results.report(turn.session, campaign), campaign, turn.now)]


def _pause(turn: Turn, teller: Teller, argument: str) -> list[Reply]:
    campaign = _campaign(turn, argument)
    planning.pause(turn.session, campaign, by=turn.actor, now=turn.now)
    return [teller.changed(campaign)]


def _resume(turn: Turn, teller: Teller, argument: str) -> list[Reply]:
    campaign = _campaign(turn, argument)
    planning.resume(turn.session, campaign, by=turn.actor, now=turn.now)
    return [teller.changed(campaign)]


def _cancel(turn: Turn, teller: Teller, argument: str) -> list[Reply]:
    campaign = _campaign(turn, argument)
    spared = planning.cancel(turn.session, campaign, by=turn.actor, now=turn.now)
    return [teller.changed(campaign, spared)]


def _campaign(turn: Turn, argument: str) -> Campaign:
    """The campaign of that number, or the newest where none is given."""
    if WHOLE_NUMBER.fullmatch(argument.strip()):
        return planning.find(turn.session, int(argument))
    newest = planning.campaigns(turn.session)
    if argument.strip() or not newest:
        raise UnknownCampaign("unknown_campaign", number=argument) if argument else UnknownCampaign("no_campaigns")
    return newest[0]


RANK = {Role.STAFF: 0, Role.MANAGER: 1, Role.OWNER: 2}
COMMANDS: dict[str, tuple[Role, Answer]] = {
    "launch": (Role.MANAGER, lambda turn, _teller, argument: wizard.begin(turn, argument)),
    "campaigns": (Role.STAFF, lambda turn, teller, _argument: [teller.campaigns(turn.session)]),
    "report": (Role.STAFF, _report),
    "segments": (Role.STAFF, lambda turn, teller, _argument: [teller.segments(turn.session)]),
    "bundles": (Role.STAFF, lambda turn, teller, _argument: [teller.bundles(turn.session)]),
    "pause": (Role.MANAGER, _pause),
    "resume": (Role.MANAGER, _resume),
    "cancel": (Role.MANAGER, _cancel),
    "compliance": (Role.OWNER, compliance.answer),
}
