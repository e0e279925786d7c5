"""`.env` as a text: some of its settings said anew, everything else left exactly as it stands."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from io import StringIO
from pathlib import Path

from dotenv import dotenv_values
from dotenv.parser import parse_stream

ONLY_MINE = 0o600
PLAIN = re.compile(r"[\w.:/+@-]+", re.ASCII)
SETTING = re.compile(
    r"""(?P<name>\s*(?:export[^\S\r\n]+)?(?:'[^']+'|[^=\#\s]+)[^\S\r\n]*)
        (?:=[^\S\r\n]*(?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|(?!['"])(?:(?![^\S\r\n]+\#)[^\r\n])*))?
        (?P<rest>.*)""",
    re.VERBOSE | re.DOTALL,
)
"""A setting as python-dotenv reads it, its value left out: the name before it, and a comment behind it."""
ESCAPED = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r"}


class Unwritable(ValueError):
    """The file would not be read as it is meant; nothing was written. Names the setting, never a value."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def values(text: str) -> dict[str, str]:
    """What the settings read in that text."""
    return {name: value or "" for name, value in dotenv_values(stream=StringIO(text, newline=None)).items()}


def spelled(value: str) -> str:
    """A value so that it is read as it is, whatever signs it holds: one line, in quotes where it needs them."""
    if not value or PLAIN.fullmatch(value):
        return value
    escaped = "".join(ESCAPED.get(sign, sign) for sign in value)
    # What stands in ${…} would be filled in: a default that is nothing but the sign itself is filled in, too.
    return '"' + escaped.replace("${", "${:-$}{") + '"'


def changed(text: str, said: Mapping[str, str]) -> str:
    """``text`` with those settings; comments, unknown names and all others stay. Raises Unwritable."""
    bindings = list(parse_stream(StringIO(text, newline="")))
    last = {each.key: place for place, each in enumerate(bindings) if each.key is not None}
    parts = [each.original.string for each in bindings]
    for name, value in said.items():
        if name in last:
            parts[last[name]] = _renewed(parts[last[name]], value)
    kept = "".join(parts)
    end = "\r\n" if "\r\n" in kept else "\n"
    new = [f"{name}={spelled(value)}" for name, value in said.items() if name not in last and value]
    gap = end if kept and not kept.endswith(("\n", "\r")) else ""
    done = kept + (gap + end.join([*new, ""]) if new else "")
    _require_faithful(text, done, said)
    return done


def _renewed(setting: str, value: str) -> str:
    found = SETTING.fullmatch(setting)
    if found is None:
        raise Unwritable(setting.strip().partition("=")[0])
    return f"{found['name'].rstrip(' ')}={spelled(value)}{found['rest']}"


def _require_faithful(before: str, after: str, said: Mapping[str, str]) -> None:
    wanted, found = {**values(before), **said}, values(after)
    for name in wanted.keys() | found.keys():
        if wanted.get(name, "") != found.get(name, ""):
            raise Unwritable(name)


def written(path: Path, text: str, at: datetime) -> Path | None:
    """Put ``text`` there in one step, for its owner's eyes alone; where an earlier one is kept, if there was one.

    Raises OSError, and leaves what was there as it was. Windows has no such modes: there the folder's rights hold.
    """
    place = path.resolve()
    before = place.read_bytes() if place.exists() else None
    kept = None
    if before is not None:
        kept = place.with_name(f"{place.name}.before-{at:%Y%m%d-%H%M%S-%f}")
        _new_file(kept, before)
    made = place.with_name(f"{place.name}.{secrets.token_hex(4)}")
    try:
        _new_file(made, text.encode())
        made.replace(place)
    finally:
        with suppress(OSError):
            made.unlink(missing_ok=True)
    return kept


def _new_file(path: Path, data: bytes) -> None:
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), ONLY_MINE)
    with os.fdopen(number, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
