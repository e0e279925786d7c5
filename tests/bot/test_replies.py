"""What the bot says leads on: every reply names a next step, and every word it names is understood."""

import re
from pathlib import Path

import pytest

from bot.talk import steering
from bot.talk.desk.command import called
from bot.talk.desk.commands import COMMANDS, NAMES
from bot.talk.intents import Means, understand
from campaigns.words.composing import TEMPLATES

REPLIES = sorted(TEMPLATES.glob("replies/*/*.j2"))
FRAGMENTS = {"please_answer", "parted", "launch_stale"}
"""Said above another reply, which leads on."""
CODE = re.compile(r"{%.*?%}|{{.*?}}", re.DOTALL)
NAMED = re.compile(r"\b[A-Z]{2,}(?: [A-Z]+)*\b")
NO_WORDS = {"JSON", "CSV", "HP", "ID", "UU PDP", "GDPR", "HTML"}
COMMAND = re.compile(r"(?<![\w/])/([a-z_]+)")
each_reply = pytest.mark.parametrize("file", REPLIES, ids=lambda file: f"{file.parent.name}-{file.stem}")


def words_named(file: Path) -> set[str]:
    """The words in capitals of a reply: what it tells people to write. With more to follow, as far as they go."""
    return set(NAMED.findall(CODE.sub("…", file.read_text(encoding="utf-8")))) - NO_WORDS


def is_understood(word: str) -> bool:
    if word.casefold() in steering.SHOPS_OWN:
        return True
    return any(understand(said).means is not Means.OTHER for said in (word, f"{word} Kopi", f"{word} 20-9"))


@each_reply
def test_every_reply_says_what_one_can_do_next(file: Path) -> None:
    source = file.read_text(encoding="utf-8")
    leads = "set buttons" in source or words_named(file) or COMMAND.search(source) or "langganan " in source
    assert leads or file.stem in FRAGMENTS


@each_reply
def test_every_word_a_reply_names_is_understood(file: Path) -> None:
    assert [word for word in sorted(words_named(file)) if not is_understood(word)] == []


@each_reply
def test_every_command_a_reply_names_exists(file: Path) -> None:
    named = COMMAND.findall(CODE.sub("…", file.read_text(encoding="utf-8")))
    assert [name for name in named if name not in {*NAMES, "help"}] == []


WORDED = [*REPLIES, *sorted(TEMPLATES.glob("words/*/*.toml"))]


@pytest.mark.parametrize("file", WORDED, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_a_command_is_named_in_the_language_that_is_spoken(file: Path) -> None:
    language = file.parent.name
    ours = {called(language, name, each) for name, each in COMMANDS.items()}
    foreign = {each for name, command in COMMANDS.items() for each in (name, *command.also)} - ours
    named = re.findall(r"(?<![\w/.])/([a-z_]+)\b(?!/)", file.read_text(encoding="utf-8"))
    assert sorted(set(named) & foreign) == []
