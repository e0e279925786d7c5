"""Files that arrived by chat, for as long as they are needed: private, and gone with the process that fetched them.

data/arriving/<process>/<token>/<name>

Each process has a folder of its own and holds a lock in it; what a crash left is removed when another begins.
"""

from __future__ import annotations

import errno
import logging
import os
import re
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from bot import locks
from bot.saving import safe_name

log = logging.getLogger(__name__)
FOLDER, LOCK = "arriving", ".lock"
PRIVATE_FILE, PRIVATE_FOLDER = 0o600, 0o700
MADE = re.compile(r"\d+-[0-9a-f]{8}")
"""How a process calls its folder."""
LIFETIME = timedelta(minutes=15)
"""Longer than a yes may take; what nobody said yes to goes."""


@dataclass(frozen=True)
class Arrived:
    """A file that waits for a word about it."""

    token: str
    path: Path
    address_id: int
    columns: Mapping[str, str]
    at: datetime


@dataclass
class Arrivals:
    """The files of this process. ``root`` is the folder the shop keeps its data in."""

    root: Path
    _files: dict[str, Arrived] = field(default_factory=dict)
    _folder: Path | None = None
    _lock: int | None = None

    def keep(self, data: bytes, name: str, address_id: int, columns: Mapping[str, str], at: datetime) -> Arrived:
        """Write the file where only we can read it. The token it goes by cannot be guessed."""
        self.let_go(at)
        token = secrets.token_hex(6)
        folder = self._place() / token
        folder.mkdir(PRIVATE_FOLDER)
        path = folder / safe_name(name)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
            with os.fdopen(handle, "wb") as file:
                file.write(data)
        except OSError:
            # Where there is no room, what is half there takes some.
            shutil.rmtree(folder, ignore_errors=True)
            raise
        self._files[token] = Arrived(token, path, address_id, dict(columns), at)
        return self._files[token]

    def take(self, token: str, address_id: int, at: datetime) -> Arrived | None:
        """The file of that token, for the chat it came from, once; None where it is gone or nobody's there."""
        self.let_go(at)
        known = self._files.get(token)
        return self._files.pop(token) if known is not None and known.address_id == address_id else None

    def remove(self, arrived: Arrived) -> None:
        """The file is needed no more."""
        self._files.pop(arrived.token, None)
        shutil.rmtree(arrived.path.parent, ignore_errors=True)

    def let_go(self, at: datetime) -> None:
        """Remove what nobody said yes to in time."""
        for each in [each for each in self._files.values() if at - each.at > LIFETIME]:
            self.remove(each)

    def sweep(self) -> int:
        """Remove what processes left that are no more; how many had left something."""
        swept, place = 0, self.root / FOLDER
        if place.is_symlink():
            log.error("%s leads elsewhere, where nothing is ours to remove", FOLDER)
            return 0
        for folder in sorted(place.glob("*/")):
            # What lies there under another name was not put there by us.
            is_ours = MADE.fullmatch(folder.name) is not None and not folder.is_symlink()
            if is_ours and folder != self._folder and not _is_held(folder):
                shutil.rmtree(folder, ignore_errors=True)
                swept += 1
        if swept:
            log.warning("files that an earlier run had fetched were removed")
        return swept

    def close(self) -> None:
        """Remove everything."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
        if self._lock is not None:
            os.close(self._lock)
        self._files, self._folder, self._lock = {}, None, None

    def _place(self) -> Path:
        if self._folder is None:
            folder = self.root / FOLDER / f"{os.getpid()}-{secrets.token_hex(4)}"
            if folder.parent.is_symlink():
                raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder.parent))
            folder.mkdir(PRIVATE_FOLDER, parents=True)
            self._lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, PRIVATE_FILE)
            locks.hold(self._lock)
            self._folder = folder
        return self._folder


def _is_held(folder: Path) -> bool:
    """Whether the process that made a folder is still there: its lock ends with it, however it ends."""
    try:
        handle = os.open(folder / LOCK, os.O_RDWR)
    except OSError:
        return False
    try:
        locks.hold(handle)
    except OSError:
        return True
    finally:
        os.close(handle)
    return False
