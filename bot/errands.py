"""What an answer leaves to be done afterwards, beside the chat: files looked at and imported, the history mined.

Asked for by the talk, which knows who may; done by bot/importing.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from bot.inbound import Attachment

LARGEST_FILE_BYTES = 20_000_000
"""Telegram hands a bot no larger ones (Bot API, getFile)."""


class CannotFetch(Exception):
    """The messenger does not hand a file out, or not any more."""


@runtime_checkable
class Fetching(Protocol):
    """A channel that hands out the files people send. Raises CannotFetch."""

    async def fetch(self, reference: str, largest_bytes: int) -> bytes: ...


@dataclass(frozen=True)
class Chat:
    """Where what comes of an errand is told."""

    address_id: int
    channel: str
    address: str
    language: str
    by: str
    """Who sent it, for the audit: masked."""


@dataclass(frozen=True)
class Look:
    """Fetch a file and tell what importing it would bring; ``columns`` maps its columns to our fields."""

    chat: Chat
    attachment: Attachment
    columns: Mapping[str, str]


@dataclass(frozen=True)
class Import:
    """Import the file that was looked at under this token."""

    chat: Chat
    token: str


@dataclass(frozen=True)
class Drop:
    """Throw that file away."""

    chat: Chat
    token: str


@dataclass(frozen=True)
class Mine:
    """Find segments, bundles and recommendations now; use them ``anyway``, though they should do worse."""

    chat: Chat
    anyway: bool = False


@dataclass(frozen=True)
class Examine:
    """Have the doctor look at the shop, and ask the messengers."""

    chat: Chat


Errand = Look | Import | Drop | Mine | Examine
