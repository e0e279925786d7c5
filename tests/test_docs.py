"""What the documents say exists, exists: links, commands, options, settings, and a reason for each dependency."""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import typer
from dotenv import dotenv_values

from bot.cli import app

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
DEPENDENCIES = ROOT / "docs/decisions/0002-dependencies.md"
LINK = re.compile(r"!?\[[^]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
INLINE = re.compile(r"`([^`]+)`")
FENCE = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^(?:\$ )?(?:\.venv/bin/)?langganan(?: (.*))?$")
SETTING = re.compile(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b")
ROW = re.compile(r"^\| `([^`]+)` \|", re.MULTILINE)
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


@cache
def text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def anchors(page: Path) -> set[str]:
    """The headings as they are linked to."""
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in HEADING.findall(text(page))}


def code(page: Path) -> Iterator[str]:
    """Everything set as code: fenced or indented lines, and what stands between backticks."""
    for block in FENCE.findall(text(page)):
        yield from (line.strip() for line in block.splitlines()[1:-1])
    for line in FENCE.sub("", text(page)).splitlines():
        if line.startswith("    "):
            yield line.strip()
        yield from INLINE.findall(line)


def commands(page: Path) -> Iterator[list[str]]:
    """The words after every `langganan`."""
    for line in code(page):
        found = COMMAND.match(line)
        words = shlex.split(found[1] or "", comments=True) if found else []
        if words and words[0] != "…":
            yield words


def unknown(words: list[str]) -> list[str]:
    """What the command line would not know of a command; whether its values will do is not asked."""
    known = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    name, *rest = words
    if name.startswith("-"):
        return [] if name == "--help" else [name]
    if name not in known:
        return [name]
    while rest and rest[0] in getattr(known[name], "commands", {}):
        known, name, rest = known[name].commands, rest[0], rest[1:]
    options = {option for each in known[name].params for option in (*each.opts, *each.secondary_opts)} | {"--help"}
    said = {word.split("=")[0] for word in rest if re.match(r"--\w", word)}
    return sorted(f"{name} {option}" for option in said - options)


def dependencies() -> set[str]:
    project = tomllib.loads(text(ROOT / "pyproject.toml"))["project"]
    groups = [project["dependencies"], *project["optional-dependencies"].values()]
    return {re.split(r"[<>=!~; ]", line, maxsplit=1)[0] for group in groups for line in group}


@each_page
def test_a_link_within_the_project_leads_somewhere(page: Path) -> None:
    broken = []
    for target in LINK.findall(text(page)):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        if not there.exists() or (anchor and anchor not in anchors(there)):
            broken.append(target)
    assert broken == []


@each_page
def test_a_command_that_is_shown_is_one_that_can_be_given(page: Path) -> None:
    assert [each for words in commands(page) for each in unknown(words)] == []


@each_page
def test_a_setting_that_is_named_stands_in_the_example(page: Path) -> None:
    assert set(SETTING.findall(text(page))) - dotenv_values(ROOT / ".env.example").keys() == set()


def test_every_dependency_has_its_reason_and_every_reason_its_dependency() -> None:
    assert sorted(ROW.findall(text(DEPENDENCIES))) == sorted(dependencies())


def test_every_command_is_told_of_somewhere() -> None:
    told = {words[0] for page in PAGES for words in commands(page)}
    known = set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]
    assert known - told == set()
