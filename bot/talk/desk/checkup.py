"""The owner asks whether all is well. Looking takes seconds and asks outside: it is an errand beside the chat."""

from __future__ import annotations

from bot.errands import Chat, Examine
from bot.talk.desk import soundness
from bot.talk.desk.command import Command
from bot.talk.replies import Teller
from bot.talk.turn import Turn
from campaigns.words.composing import Reply
from ledger.tables import Role

DATA = "data"
""" "/periksa data" is /periksa_data, written apart."""


def answer(turn: Turn, teller: Teller, argument: str) -> list[Reply]:
    """That it is being looked at; what was found follows by itself."""
    if argument.strip().casefold() == DATA:
        return soundness.answer(turn, teller, "")
    chat = Chat(turn.address.id, turn.inbound.channel, turn.inbound.address, turn.language, turn.actor)
    turn.errands.append(Examine(chat))
    return [teller.say("checkup_begins")]


COMMANDS = {"check": Command(Role.OWNER, answer, also=("periksa", "doctor"))}
