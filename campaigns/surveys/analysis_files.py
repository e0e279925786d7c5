"""Anybody's survey from a file: which columns measure what, and the answers in them as numbers. Loads polars."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from typing import Any

from campaigns.problems import Problem
from campaigns.surveys import analysis_made
from campaigns.surveys.analysis import Analysis
from engine.pls.model import UnfitModel, names_of
from ledger.imports.reading import BROKEN, LINE, Table, read
from ledger.imports.unpacking import Limits

NOTHING = frozenset({"", "na", "n/a", "nan", "null", "none", "-", "."})
"""What files write where nobody answered."""
NUMBERED = r"[ _.\-]?0*(\d+)"
MOST_NAMED = 12


@dataclass(frozen=True)
class Asked:
    """What is to be reckoned: arrows, each construct's columns as they were named, and which are of mode B."""

    arrows: str
    constructs: Mapping[str, Sequence[str]] = field(default_factory=dict)
    modes: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[float, ...] = ()


def of_toml(path: Path) -> Asked:
    """A file: model = "A -> B", missing = -99, [constructs] A = ["a1", "a2"], [modes] A = "B". Raises Problem."""
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        raise Problem("survey_model_file", name=path.name, why=str(fault)) from fault
    arrows, constructs, modes = told.get("model"), told.get("constructs", {}), told.get("modes", {})
    codes = told.get("missing", [])
    codes = codes if isinstance(codes, list) else [codes]
    if not isinstance(arrows, str) or not all(isinstance(each, dict) for each in (constructs, modes)):
        raise Problem("survey_model_file", name=path.name, why='model = "A -> B" is not in it')
    if any(mode not in {"A", "B"} for mode in modes.values()):
        raise Problem("survey_model_file", name=path.name, why="a mode is A or B")
    if not all(isinstance(each, (int, float)) for each in codes):
        raise Problem("survey_model_file", name=path.name, why="missing is a number or a list of numbers")
    return Asked(arrows, {name: _parts(name, said, path) for name, said in constructs.items()}, modes, tuple(codes))


def of_option(said: str) -> tuple[str, list[str]]:
    """A construct as an option has it: "Image=IMAG1,IMAG2", or "Image=IMAG" for all that are numbered so."""
    name, sign, rest = said.partition("=")
    parts = [each.strip() for each in rest.split(",") if each.strip()]
    if not sign or not name.strip() or not parts:
        raise Problem("survey_construct_option", said=said)
    return name.strip(), parts


def analysed(path: Path, asked: Asked, how: Mapping[str, Any]) -> Analysis:
    """A file's survey; ``how`` as analysis_made.analysed takes it. Raises Problem, and BadFile."""
    table = read(path, Limits())
    try:
        names = names_of(asked.arrows)
    except UnfitModel as fault:
        raise analysis_made.unfit(fault) from fault
    items = items_of(names, asked.constructs, table.columns)
    columns = answers(table, [item for each in items.values() for item in each], asked.missing)
    return analysis_made.analysed(columns, asked.arrows, items, modes=asked.modes, **how)


def items_of(
    names: Iterable[str], given: Mapping[str, Sequence[str]], columns: Sequence[str]
) -> dict[str, list[str]]:
    """Each construct's columns: those given, or those called as it is with a number behind, or just as it is.

    Raises Problem where there is none.
    """
    return {
        name: [column for part in given.get(name, (name,)) for column in _called(part, name, columns)]
        for name in names
    }


def answers(table: Table, items: Collection[str], missing: Collection[float]) -> dict[str, list[float | None]]:
    """Each item's answers, in the file's order; None where a cell is empty or holds a code for nothing.

    Raises Problem for the first cell that is no number, or line that is not whole.
    """
    whole = table.cells.filter(~table.cells[BROKEN])
    if whole.height < table.cells.height:
        raise Problem("survey_broken_line", line=int(table.cells.filter(table.cells[BROKEN])[LINE][0]))
    lines = whole[LINE].to_list()
    found = {}
    for item in items:
        cells = whole[str(table.columns.index(item))].to_list()
        found[item] = [_number(cell, item, line, missing) for cell, line in zip(cells, lines, strict=True)]
    return found


def _called(part: str, name: str, columns: Sequence[str]) -> list[str]:
    wanted = part.casefold()
    numbered = {
        column: int(match[1])
        for column in columns
        if (match := re.fullmatch(re.escape(wanted) + NUMBERED, column.strip().casefold()))
    }
    if part in columns:
        exact: list[str] = [part]
    else:
        exact = [column for column in columns if column.strip().casefold() == wanted]
    if part != name and exact:
        # Named by hand: this one and no other.
        return exact[:1]
    found = sorted(numbered, key=lambda column: numbered[column]) or exact[:1]
    if not found:
        there = ", ".join(columns[:MOST_NAMED]) + (" …" if len(columns) > MOST_NAMED else "")
        raise Problem("survey_no_columns", name=name, part=part, columns=there)
    return found


def _number(cell: str | None, item: str, line: int, missing: Collection[float]) -> float | None:
    text = (cell or "").strip()
    if text.casefold() in NOTHING:
        return None
    try:
        value = float(text.replace(",", ".") if "." not in text else text)
    except ValueError as fault:
        raise Problem("survey_no_number", line=line, column=item, cell=text[:40]) from fault
    if not isfinite(value):
        raise Problem("survey_no_number", line=line, column=item, cell=text[:40])
    return None if value in missing else value


def _parts(name: str, said: Any, path: Path) -> list[str]:
    parts = [said] if isinstance(said, str) else said
    if not isinstance(parts, list) or not parts or not all(isinstance(each, str) for each in parts):
        raise Problem("survey_model_file", name=path.name, why=f"[constructs] {name} is a list of columns")
    return parts
