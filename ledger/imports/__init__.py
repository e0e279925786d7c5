"""Readers of the files that shops have, one file a format.

path → unpacking → reading → headers → a format's lines → posting → report
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlmodel import Session

from ledger.database import Database
from ledger.imports import clickstream, generic, online_retail, shopee_orders, tiktok_shop_orders
from ledger.imports.bulk import Progress
from ledger.imports.headers import fields, locate
from ledger.imports.lines import Format, Lines, ShopDefaults, Source
from ledger.imports.posting import post
from ledger.imports.reading import LINE, Table, read
from ledger.imports.report import BadFile, ImportReport, Note
from ledger.imports.unpacking import Limits

AUTO = "auto"
FORMATS: dict[str, Format] = {
    one.FORMAT.name: one.FORMAT for one in (online_retail, tiktok_shop_orders, shopee_orders, clickstream, generic)
}
"""By name; the first that recognises a file's columns reads it."""

__all__ = [
    "AUTO", "FORMATS", "BadFile", "ImportReport", "Limits", "Note", "ShopDefaults", "import_file", "read_lines",
]  # fmt: skip


def import_file(
    door: Session | Database,
    path: str | Path,
    *,
    format: str = AUTO,  # noqa: A002 - what the command line calls it
    columns: Mapping[str, str] | None = None,
    shop: ShopDefaults,
    now: datetime,
    dry_run: bool = False,
    progress: Progress | None = None,
    limits: Limits | None = None,
) -> ImportReport:
    """Bring a file's customers, products and interactions into the ledger, whole or not at all, and only once.

    ``columns`` maps the file's column names to our fields and goes before the names known here. With ``dry_run``
    everything is counted alike and nothing is kept. With a Session nothing is committed: that is its owner's to do.
    ``progress`` is told (interactions done, of so many). Raises BadFile with one sentence for people.
    """
    lines = read_lines(Path(path), format=format, columns=columns or {}, shop=shop, limits=limits or Limits())
    if isinstance(door, Session):
        return _posted(door, lines, shop, now, dry_run, progress)
    with door.transaction() as session:
        return _posted(session, lines, shop, now, dry_run, progress)


def _posted(
    session: Session, lines: Lines, shop: ShopDefaults, now: datetime, dry_run: bool, progress: Progress | None
) -> ImportReport:
    savepoint = session.begin_nested()
    try:
        report = post(session, lines, shop, now=now, dry_run=dry_run, progress=progress)
    except BaseException:
        savepoint.rollback()
        raise
    if dry_run:
        savepoint.rollback()
    else:
        savepoint.commit()
    return report


def read_lines(
    path: Path,
    *,
    format: str,  # noqa: A002 - as above
    columns: Mapping[str, str],
    shop: ShopDefaults,
    limits: Limits,
) -> Lines:
    """The file's lines, before anything is looked up in the ledger. Raises BadFile."""
    _check(shop)
    table = read(path, limits)
    chosen = _chosen(format, table)
    places = locate(table.columns, chosen.aliases, columns)
    _refuse_incomplete(chosen, places, table, path.name)
    source, doubles = Source(fields(table, places), table.columns, shop, table.notes), _doubles(table)
    # A big file is held once, not twice.
    del table
    return replace(chosen.lines(source), doubles=doubles, **_told_apart(source.columns, places))


def _doubles(table: Table) -> int:
    """By a hash of each row: of ten million rows two share one by chance once in 370,000 files."""
    rows = table.cells.drop(LINE).hash_rows()
    return len(rows) - rows.n_unique()


def _told_apart(columns: tuple[str, ...], places: Mapping[str, int]) -> dict[str, Any]:
    """Which column is what, and which are nothing here, as the file orders them."""
    field_of = {number: field for field, number in places.items()}
    named = [(number, column) for number, column in enumerate(columns) if column]
    return {
        "mapping": {column: field_of[number] for number, column in named if number in field_of},
        "unused": tuple(column for number, column in named if number not in field_of),
    }


def _check(shop: ShopDefaults) -> None:
    try:
        ZoneInfo(shop.zone)
    except (ZoneInfoNotFoundError, ValueError) as fault:
        raise ValueError(f"{shop.zone!r} is not a time zone") from fault


def _chosen(name: str, table: Table) -> Format:
    if name == AUTO:
        return next(one for one in FORMATS.values() if one.recognises(table.columns))
    if name not in FORMATS:
        raise BadFile("no_format", name=name, known=[AUTO, *FORMATS])
    return FORMATS[name]


def _refuse_incomplete(chosen: Format, places: Mapping[str, int], table: Table, name: str) -> None:
    missing = [field for field in chosen.required if not any(one in places for one in field.split("|"))]
    if not missing:
        return
    free = [column for number, column in enumerate(table.columns) if number not in places.values() and column]
    raise BadFile(
        "no_column",
        name=name,
        fields=[field.split("|") for field in missing],
        columns=[column for column in table.columns if column],
        column=next(iter(free), "…"),
    )
