"""What is said in chat, as it is typed at a terminal: "/jeda 5" is `langganan pause 5` there."""

from __future__ import annotations

import re

from bot.talk.desk import commands
from bot.talk.desk.groups import typed as segments
from bot.talk.desk.team import ROLES
from campaigns.words.composing import Reply

PROGRAM = "langganan"
SPOKEN = re.compile(r"(?<![\w/])/([a-z_]+)(?![\w/])")
LETS_IN = re.compile(r"(?<![\w/])/(?:team code|tim kode)\b(?: (\w+))?")
CHANGES = re.compile(r"(?<![\w/])/(?:team role|tim peran) (\d+) (\w+)")
REMOVES = re.compile(r"(?<![\w/])/(?:team remove|tim keluarkan) (\d+)")
LEAVES = re.compile(r"(?<![\w/])/(?:team leave|tim keluar)\b")
CHAT_ALONE = frozenset({"test"})
"""Commands that are nothing without a chat: they stay as they are said there."""
INSTEAD = {"check": "doctor", "campaign": "launch", "help": "--help", "check_data": "check-data"}
"""What asks its way through in chat is one line here."""


def typed(text: str) -> str:
    """A text whose commands can be typed at a terminal."""
    there = LEAVES.sub("\0", segments.typed(text))
    for pattern, words in ((LETS_IN, _let_in), (CHANGES, _change), (REMOVES, _remove), (SPOKEN, _command)):
        there = pattern.sub(words, there)
    # Leaving the team is done from the chat that leaves.
    left = iter(LEAVES.findall(text))
    return re.sub("\0", lambda _: next(left), there)


def at_terminal(reply: Reply) -> str:
    """An answer in words alone, for a command to print."""
    return typed(reply.text)


def _command(found: re.Match[str]) -> str:
    name = commands.MAIN.get(found[1])
    return found[0] if name is None or name in CHAT_ALONE else f"{PROGRAM} {INSTEAD.get(name, name)}"


def _let_in(found: re.Match[str]) -> str:
    role = ROLES.get((found[1] or "").casefold())
    return f"{PROGRAM} owner-code --role {role.value}" if role is not None else found[0]


def _change(found: re.Match[str]) -> str:
    role = ROLES.get(found[2].casefold())
    return f"{PROGRAM} team --role {found[1]}={role.value}" if role is not None else found[0]


def _remove(found: re.Match[str]) -> str:
    return f"{PROGRAM} team --remove {found[1]}"
