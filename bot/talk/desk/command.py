"""What a command is: who may give it, what answers it, and what else it is called."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.talk.replies import Teller
from bot.talk.turn import Turn
from campaigns.words.composing import Reply
from ledger.tables import Role

Answer = Callable[[Turn, Teller, str], list[Reply]]


@dataclass(frozen=True)
class Command:
    """``answer`` is given what follows the name. ``also`` are its other names, the Indonesian one first.

    What it is for stands in templates/words/<language>/commands.toml: [commands], a line for the menu, and
    [command_help], how it is written, with examples.
    """

    least: Role
    answer: Answer
    also: tuple[str, ...] = ()


def called(language: str, name: str, command: Command) -> str:
    """What a command is called in a language."""
    return command.also[0] if language == "id" and command.also else name
