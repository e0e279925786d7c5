"""What those who run the shop can command. To anybody else these are unknown words."""

from __future__ import annotations

from bot.talk import customer
from bot.talk.desk import compliance, questions, running, seeing, wizard
from bot.talk.desk.command import Command
from bot.talk.replies import Teller
from bot.talk.turn import Turn
from campaigns.composing import Reply
from campaigns.problems import Problem
from ledger import audit, team
from ledger.notices import RANK
from ledger.tables import Role

COMMANDS: dict[str, Command] = {
    **wizard.COMMANDS,
    **seeing.COMMANDS,
    **running.COMMANDS,
    **questions.COMMANDS,
    "compliance": Command(Role.OWNER, compliance.answer, also=("kepatuhan",)),
}
"""By name. The order is the menu's."""
NAMES: dict[str, Command] = {name: each for main, each in COMMANDS.items() for name in (main, *each.also)}


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
    known = NAMES.get(name)
    if known is None or RANK[turn.role or Role.STAFF] < RANK[known.least]:
        return help_(turn)
    try:
        return known.answer(turn, teller, argument)
    except Problem as fault:
        return [teller.problem(fault)]


def help_(turn: Turn) -> list[Reply]:
    return [turn.reply("owner_help")]
