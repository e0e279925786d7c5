"""Help for the team: what there is to command, how each is written, and which one was meant."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches

from sqlmodel import Session

from bot.talk.desk import suggesting
from bot.talk.desk.command import Command, called
from bot.talk.replies import Teller
from campaigns import insights
from campaigns.words.composing import Laid, Reply
from ledger.notices import RANK
from ledger.tables import Role

EXAMPLE = re.compile(r"[,;]\s+(?=/)")
"""Between one example and the next."""
LIKENESS = 0.6
"""How like a command a word must be to be taken for a slip of the pen; 1 is the same."""
Rooms = Mapping[str, Mapping[str, Command]]


def allowed(commands: Mapping[str, Command], role: Role) -> dict[str, Command]:
    """Those that this role may give."""
    return {name: each for name, each in commands.items() if RANK[role] >= RANK[each.least]}


def overview(teller: Teller, rooms: Rooms, role: Role) -> Reply:
    """Everything this role may command, a line each, by what it is about."""
    groups = [
        {"name": teller.word("command_groups", room), "lines": _lines(teller, allowed(commands, role))}
        for room, commands in rooms.items()
        if allowed(commands, role)
    ]
    return teller.say("owner_help", groups=groups)


def one(session: Session, teller: Teller, name: str, command: Command) -> Reply:
    """How one command is written, with examples that work in any shop and one of this, under both its names."""
    examples = EXAMPLE.split(teller.word("command_help", name))
    return teller.say(
        "command_help",
        name=called(teller.language, name, command),
        also=[f"/{each}" for each in (name, *command.also) if each != called(teller.language, name, command)],
        what=teller.word("commands", name),
        how=[Laid(each.strip()) for each in (*examples, *_of_this_shop(session, teller, name))],
        least="" if command.least is Role.STAFF else teller.word("role_or_more", command.least),
    )


def _of_this_shop(session: Session, teller: Teller, name: str) -> list[str]:
    """A line to a segment that there is."""
    segments = insights.segments(session) if name == "launch" else []
    return [suggesting.for_segment(teller, each.key) for each in segments[:1]]


def unknown(teller: Teller, said: str, argument: str, names: Mapping[str, Command]) -> Reply:
    """There is no such command; the one most like it, ready to press."""
    nearest = next(iter(get_close_matches(said.casefold(), names, 1, LIKENESS)), "")
    whole = f"/{nearest} {argument}".strip() if nearest else ""
    return teller.say("owner_unknown", said=said, nearest=whole)


def _lines(teller: Teller, commands: Mapping[str, Command]) -> list[tuple[str, str]]:
    return [
        (f"/{called(teller.language, name, each)}", teller.word("commands", name)) for name, each in commands.items()
    ]
