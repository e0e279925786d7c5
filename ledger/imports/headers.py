"""Columns are found by their names, whatever their order, case, spaces or language."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache

import polars as pl

from ledger.imports.reading import BROKEN, LINE, Table
from ledger.imports.report import BadFile

Aliases = Mapping[str, tuple[str, ...]]
"""Our field -> the names files give it, the preferred one first."""

CURRENCY_SUFFIX = re.compile(r"\(([A-Z]{3})\)\s*$")


@cache
def spelling(name: str) -> str:
    """What is compared: letters and digits only, no case, no "(PHP)" at the end."""
    plain = unicodedata.normalize("NFKC", CURRENCY_SUFFIX.sub("", name)).casefold()
    return "".join(sign for sign in plain if sign.isalnum())


def has(columns: Iterable[str], *names: str) -> bool:
    """Whether a file with these columns has every one of ``names``."""
    return {spelling(name) for name in names} <= {spelling(column) for column in columns}


def currency_named(columns: Iterable[str]) -> str | None:
    """The currency that column names end with, as in "Total Discount(PHP)"."""
    return next((found[1] for found in map(CURRENCY_SUFFIX.search, columns) if found), None)


def locate(columns: tuple[str, ...], aliases: Aliases, mapped: Mapping[str, str]) -> dict[str, int]:
    """Our field -> the number of its column. What the owner ``mapped`` (column -> field) goes first.

    A field may be called by any of its names. Raises BadFile where a mapped column or field does not exist.
    """
    places: dict[str, int] = {}
    for number, column in enumerate(columns):
        places.setdefault(spelling(column), number)
    taken = {_meant(said, aliases): _place(column, places, columns) for column, said in mapped.items()}
    for field, names in aliases.items():
        free = (places[spelling(name)] for name in names if spelling(name) in places)
        place = next((place for place in free if place not in taken.values()), None)
        if place is not None:
            taken.setdefault(field, place)
    return taken


def _meant(said: str, known: Aliases) -> str:
    called: dict[str, str] = {}
    for field, names in known.items():
        for name in (field, *names):
            called.setdefault(spelling(name), field)
    if spelling(said) not in called:
        raise BadFile("no_field", field=said, known=list(known))
    return called[spelling(said)]


def _place(column: str, places: Mapping[str, int], columns: tuple[str, ...]) -> int:
    if spelling(column) not in places:
        raise BadFile("no_such_column", column=column, columns=[each for each in columns if each])
    return places[spelling(column)]


IDS = frozenset({"order", "customer", "phone", "product", "sku", "sku_id", "parent_sku", "invoice"})
ROUNDED = r"^\d([.,]\d+)?[eE]\+?\d+$"


def fields(table: Table, places: Mapping[str, int]) -> pl.DataFrame:
    """LINE, BROKEN and the fields that were found: text without edges, null where empty.

    Numbers that name something lose a spreadsheet's ".0"; one it has rounded ("1.2E+17") names nothing any more,
    and breaks its row.
    """
    found = [_tidy(table.cells[str(number)].rename(field)) for field, number in places.items()]
    broken = table.cells[BROKEN]
    for cells in found:
        if cells.name in IDS:
            broken |= cells.str.contains(ROUNDED).fill_null(value=False)
    return pl.DataFrame([table.cells[LINE], broken, *found])


def _tidy(cells: pl.Series) -> pl.Series:
    tidy = cells.str.strip_chars()
    if cells.name in IDS:
        tidy = tidy.str.replace(r"^(\d+)\.0$", "${1}")
    # A column that is tidy already is not held a second time.
    if tidy.eq_missing(cells).all() and not (cells == "").any():
        return cells
    return tidy.to_frame().select(pl.when(tidy != "").then(tidy).alias(cells.name)).to_series()
