"""Where the owner sits: lines are said, lines are read. Nothing moves the cursor, so it can be read aloud."""

from __future__ import annotations

import getpass
import sys
import textwrap
from dataclasses import dataclass
from typing import Protocol

from campaigns.words.composing import Composer

WIDTH = 78


class Desk(Protocol):
    """A terminal, or what stands for one."""

    def say(self, line: str) -> None: ...

    def read(self, prompt: str) -> str: ...

    def read_secret(self, prompt: str) -> str:
        """Without showing what is typed or pasted."""
        ...


class Terminal:
    """The one this program was started in. Raises EOFError and KeyboardInterrupt where somebody walks away."""

    def say(self, line: str) -> None:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()

    def read(self, prompt: str) -> str:
        return input(prompt)

    def read_secret(self, prompt: str) -> str:
        return getpass.getpass(prompt)


@dataclass
class Voice:
    """Speaks to whoever sits at a desk, in the language that was chosen."""

    desk: Desk
    composer: Composer
    language: str = "id"

    def word(self, key: str, /, shelf: str = "setup", **values: object) -> str:
        return self.composer.word(self.language, shelf, key, **values)

    def say(self, key: str, /, shelf: str = "setup", **values: object) -> None:
        self.show(self.composer.word(self.language, shelf, key, **values))

    def show(self, text: str, indent: str = "") -> None:
        """Each paragraph on lines of 78 signs at most; an address stays whole."""
        for line in text.splitlines() or [""]:
            self.desk.say(
                textwrap.fill(
                    line, WIDTH, initial_indent=indent, subsequent_indent=indent,
                    break_long_words=False, break_on_hyphens=False,
                )
            )  # fmt: skip

    def hear(self, key: str, /) -> str:
        return self.desk.read(self.word(key) + " ").strip()
