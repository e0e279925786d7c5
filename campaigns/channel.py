"""The port through which words leave the house. The channels of the bot implement it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

SIMULATOR = "simulator"
"""The channel on which a shop tries itself out, and nothing leaves the house."""


@dataclass(frozen=True)
class Button:
    """A label to press; pressing it is the same as writing ``says``."""

    label: str
    says: str


@dataclass(frozen=True)
class Document:
    """A file to hand over, whole and in memory. What it holds is a person's and stays out of its repr."""

    name: str
    data: bytes = field(repr=False)
    media_type: str


@dataclass(frozen=True)
class Outgoing:
    """One message to one address, in plain text: each channel escapes for itself."""

    address: str
    text: str
    buttons: tuple[Button, ...] = ()
    document: Document | None = None


@dataclass(frozen=True)
class Sent:
    """The provider took it. The number is the last part's, which has the buttons, where it went out in several."""

    provider_message_id: str


@dataclass(frozen=True)
class Throttled:
    """The provider refused it for now; nothing was sent. ``is_personal``: for this person alone, others may go on."""

    until: datetime
    is_personal: bool = False


@dataclass(frozen=True)
class Unreachable:
    """Blocked, gone or never there."""

    code: str


@dataclass(frozen=True)
class OptedOut:
    """They told the provider to stop; our ledger has to learn it."""

    code: str


@dataclass(frozen=True)
class Failed:
    """The provider will not have this message, now or later."""

    code: str


@dataclass(frozen=True)
class FateUnknown:
    """The line broke in between: it may have been sent. Never sent again by itself."""

    detail: str


Outcome = Sent | Throttled | Unreachable | OptedOut | Failed | FateUnknown


class Channel(Protocol):
    """A messenger. ``send`` never raises: every error of the provider is one of the outcomes.

    ``carries_documents``: whether a document reaches people here. One that is sent where it does not is left out and
    its text goes out alone, so ask before, and say in words where else the document is to be had.
    """

    @property
    def name(self) -> str: ...

    @property
    def carries_documents(self) -> bool: ...

    async def send(self, outgoing: Outgoing) -> Outcome: ...
