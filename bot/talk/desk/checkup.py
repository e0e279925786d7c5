"""The owner asks whether all is well. Looking takes seconds and asks outside: it is an errand beside the chat."""

from __future__ import annotations

from bot.errands import Chat, Examine
from bot.talk.desk.command import Command
from bot.talk.replies import Teller
from bot.talk.turn import Turn
from campaigns.words.composing import Reply
from ledger.tables import Role


def answer(turn: Turn, teller: Teller, _argument: str) -> list[Reply]:
    """That it is being looked at; what was found follows by itself."""
    chat = Chat(turn.address.id, turn.inbound.channel, turn.inbound.address, turn.language, turn.actor)
    turn.errands.append(Examine(chat))
    return [teller.say("checkup_begins")]


COMMANDS = {"check": Command(Role.OWNER, answer, also=("periksa", "doctor"))}
