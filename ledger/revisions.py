"""Which form a database's tables have, and which forms this program knows.

Alembic is loaded only where one is made into another: it brings ten megabytes along, which a shop that is served
would hold as long as it is open.
"""

from __future__ import annotations

import re
from pathlib import Path

from sqlalchemy import Connection, inspect

NAMED = re.compile(r"^(down_revision|revision)\b[^=\n]*=(.*)$", re.MULTILINE)
QUOTED = re.compile(r"""["']([^"']+)["']""")


def found(connection: Connection) -> set[str]:
    """The form of the tables there, by its number; none where there are no tables."""
    if not inspect(connection).has_table("alembic_version"):
        return set()
    return set(connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalars())


def known(scripts_at: Path) -> dict[str, frozenset[str]]:
    """The forms there is a script for, each with those it is made from."""
    forms: dict[str, frozenset[str]] = {}
    for file in (scripts_at / "versions").glob("*.py"):
        named = {name: QUOTED.findall(numbers) for name, numbers in NAMED.findall(file.read_text(encoding="utf-8"))}
        forms |= {number: frozenset(named.get("down_revision", ())) for number in named.get("revision", ())}
    return forms


def newest(scripts_at: Path) -> set[str]:
    """The forms of which no other is made."""
    forms = known(scripts_at)
    return forms.keys() - frozenset[str]().union(*forms.values())
