"""What those who run the shop can command. To anybody else these are unknown words."""

from __future__ import annotations

from collections.abc import Mapping

from bot.talk import customer, linking
from bot.talk.desk import (
    audit,
    checkup,
    compliance,
    counter,
    demand,
    files,
    funnel,
    helping,
    mining,
    pages,
    questions,
    running,
    seeing,
    soundness,
    speaking,
    stopping,
    surveys,
    team,
    voices,
    wizard,
)
from bot.talk.desk.command import Command, called
from bot.talk.intents import COMMAND, Intent, Means, understand
from bot.talk.replies import Teller
from bot.talk.turn import Turn
from campaigns.problems import Problem
from campaigns.words.composing import Reply
from ledger import team as members
from ledger.notices import RANK
from ledger.tables import Role


def help_(turn: Turn, teller: Teller, argument: str) -> list[Reply]:
    """/help lists what this chat may command; with a command's name it tells how that one is written."""
    said = argument.strip().removeprefix("/").casefold()
    if not said:
        return [helping.overview(teller, ROOMS, turn.role or Role.STAFF)]
    main = MAIN.get(said)
    if main is None:
        return [helping.unknown(teller, said, "", _allowed(turn))]
    return [helping.one(turn.session, teller, main, COMMANDS[main])]


ROOMS: Mapping[str, Mapping[str, Command]] = {
    "seeing": {**seeing.COMMANDS, **funnel.COMMANDS, **demand.COMMANDS, **audit.COMMANDS, **pages.COMMANDS},
    "offers": wizard.COMMANDS,
    "running": running.COMMANDS,
    "counter": counter.COMMANDS,
    "questions": {**questions.COMMANDS, **voices.COMMANDS, **surveys.COMMANDS},
    "files": {**files.COMMANDS, **mining.COMMANDS, **soundness.COMMANDS},
    "shop": {
        **team.COMMANDS,
        "compliance": Command(Role.OWNER, compliance.answer, also=("kepatuhan",)),
        **checkup.COMMANDS,
        "help": Command(Role.STAFF, help_, also=("bantuan",)),
    },
}
"""The rooms of the desk, each with its commands: the order of the help and of the messenger's menu."""
COMMANDS: dict[str, Command] = {name: each for commands in ROOMS.values() for name, each in commands.items()}
NAMES: dict[str, Command] = {name: each for main, each in COMMANDS.items() for name in (main, *each.also)}
MAIN: dict[str, str] = {name: main for main, each in COMMANDS.items() for name in (main, *each.also)}
"""Each name a command goes by, and its first."""


def meant(turn: Turn) -> Intent:
    """What is said: of the team a command is one, though the same word ends a customer's subscription."""
    said = COMMAND.fullmatch(turn.inbound.text.strip()) if turn.role is not None else None
    if said is not None and said[1].casefold() in NAMES:
        return Intent(Means.COMMAND, said[1].casefold(), (said[2] or "").strip())
    apart = speaking.written_apart(turn.inbound.text, NAMES) if said is not None else None
    if apart is not None:
        return Intent(Means.COMMAND, *apart)
    plain = speaking.plainly(turn.inbound.text, MAIN) if turn.role is not None and not _is_writing(turn) else None
    if plain is not None:
        return Intent(Means.COMMAND, *plain)
    stopped = stopping.commanded(turn.inbound.text) if turn.role is not None else None
    return stopped or understand(turn.inbound.text)


def _is_writing(turn: Turn) -> bool:
    """Whether the owner's own words to customers are asked for: these may begin as a command does."""
    topic = turn.topic()
    return topic is not None and topic.topic == wizard.LAUNCH and topic.data.get("asked") == "text"


def is_code(turn: Turn, intent: Intent) -> bool:
    """Whether that is a code. Two words that look like one are one only if we made it: "susu 2pak" is an order."""
    is_apart = len(intent.argument.split()) > 1 and not turn.inbound.text.strip().startswith("/")
    return not is_apart or members.knows(turn.session, turn.address, intent.argument, turn.now)


def join(turn: Turn, code: str) -> list[Reply]:
    """A right code makes this chat one of the team's; a wrong one is answered like anything else.

    So is a right one of who guessed; where it is others who did, they are told to come again.
    """
    member = members.join(turn.session, turn.address, code, turn.now)
    if member is not None:
        return team.joined(turn, Teller(turn.composer, turn.shop, turn.language), Role(member.role))
    if members.is_shut(turn.session, turn.address, turn.now) and members.knows(
        turn.session, turn.address, code, turn.now
    ):
        return [linking.guessed(turn)]
    return answer(turn, Intent(Means.OTHER)) if turn.role is not None else customer.answer_anything(turn)


def answer(turn: Turn, intent: Intent) -> list[Reply]:
    """What somebody of the team says, and nothing else has answered."""
    teller = Teller(turn.composer, turn.shop, turn.language)
    if intent.means is Means.COMMAND:
        return command(turn, teller, intent.command, intent.argument)
    if intent.means is Means.HELP:
        return help_(turn, teller, "")
    if intent.means is Means.GREETING:
        return [teller.say("owner_hello", name=turn.first_name)]
    apart = speaking.written_apart(turn.inbound.text, NAMES)
    if apart is not None and "_" in apart[0] and not apart[1]:
        return command(turn, teller, *apart)
    offered = counter.offer_code(teller, turn.inbound.text) or wizard.late(turn, teller, intent)
    return offered or [speaking.unasked(turn, teller, _allowed(turn))]


def command(turn: Turn, teller: Teller, name: str, argument: str) -> list[Reply]:
    """Do what is commanded; what stands in the way becomes a sentence with the next step."""
    known = NAMES.get(name)
    if known is None:
        return [helping.unknown(teller, name, argument, _allowed(turn))]
    try:
        _require_allowed(turn, teller, MAIN[name], known)
        return known.answer(turn, teller, argument)
    except Problem as fault:
        return [teller.problem(fault)]


def _require_allowed(turn: Turn, teller: Teller, name: str, known: Command) -> None:
    """Raises Problem, naming who may."""
    if RANK[turn.role or Role.STAFF] < RANK[known.least]:
        who = team.names(members.approvers(turn.session, known.least))
        spoken = called(teller.language, name, known)
        raise Problem("not_yours", name=spoken, role=teller.word("role_or_more", known.least), known=who)


def _allowed(turn: Turn) -> dict[str, Command]:
    return helping.allowed(NAMES, turn.role or Role.STAFF)
