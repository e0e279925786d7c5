"""The port through which words leave the house. The channels of the bot implement it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable

SIMULATOR = "simulator"
"""The channel on which a shop tries itself out, and nothing leaves the house."""


@dataclass(frozen=True)
class Button:
    """A label to press; pressing it is the same as writing ``says``.

    ``asks_contact``: pressing it shares the person's own telephone number, where the messenger can.
    """

    label: str
    says: str
    asks_contact: bool = False


@dataclass(frozen=True)
class Document:
    """A file to hand over, whole and in memory. What it holds is a person's and stays out of its repr."""

    name: str
    data: bytes = field(repr=False)
    media_type: str


@dataclass(frozen=True)
class Content:
    """Words that the messenger's owner approved beforehand, by their number there, and what fills their places."""

    sid: str
    variables: Mapping[str, str]
    """By place, "1" and so on; none is empty."""


@dataclass(frozen=True)
class Outgoing:
    """One message to one address, in plain text: each channel escapes for itself.

    ``content``: it goes out as this, and ``text`` says how it reads. ``is_offer``: answers go before it, and nothing
    of it is ever tried twice. ``replaces``: the number of a message of ours that this one takes the place of, where
    the messenger can. ``copyable``: parts of the text that one taps to copy, such as codes.
    """

    address: str
    text: str
    buttons: tuple[Button, ...] = ()
    document: Document | None = None
    content: Content | None = None
    is_offer: bool = False
    replaces: str | None = None
    copyable: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sent:
    """The provider took it. The number is the last part's, which has the buttons, where it went out in several."""

    provider_message_id: str


class Cause(StrEnum):
    """Why a provider refuses for now."""

    BUSY = "busy"
    """Too much at once, or a line that is down: the whole channel waits."""
    PERSONAL = "personal"
    """This person has had enough of offers, from whomever; others may go on."""
    PORTFOLIO = "portfolio"
    """The shop has written to as many people as it may in 24 hours."""
    NOT_ADMITTED = "not_admitted"
    """Our own account or token is refused."""
    RECALLED = "recalled"
    """No provider's: we ourselves thought better of it before it was handed over, and ask again."""


@dataclass(frozen=True)
class Throttled:
    """The provider refused it for now; nothing was sent."""

    until: datetime
    cause: Cause = Cause.BUSY

    @property
    def is_personal(self) -> bool:
        return self.cause is Cause.PERSONAL


@dataclass(frozen=True)
class Unreachable:
    """Blocked, gone or never there."""

    code: str


@dataclass(frozen=True)
class OptedOut:
    """They told the provider to stop; our ledger has to learn it."""

    code: str


@dataclass(frozen=True)
class OutsideWindow:
    """Free words do not reach them: they wrote too long ago, says the provider, whose clock is the truth."""

    code: str


@dataclass(frozen=True)
class BadContent:
    """The approved words and what fills them do not go together; the same would happen to everybody."""

    code: str


@dataclass(frozen=True)
class ContentClosed:
    """The words are not approved, not any more, or for the time being not: nobody can be sent them."""

    code: str


@dataclass(frozen=True)
class Failed:
    """The provider will not have this message, now or later."""

    code: str


@dataclass(frozen=True)
class FateUnknown:
    """The line broke in between: it may have been sent. An offer is never sent again by itself.

    ``is_partial``: some of it surely went out, so that not even an answer is sent again.
    """

    detail: str
    is_partial: bool = False


Refusal = Throttled | Unreachable | OptedOut | OutsideWindow | BadContent | ContentClosed | Failed
"""It was surely not sent."""
Outcome = Sent | Refusal | FateUnknown


class Fate(StrEnum):
    """What a provider tells later of a message it took. They come in any order, twice, or never."""

    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"


@dataclass(frozen=True)
class Report:
    """What became of a message. ``refusal`` says why where it failed."""

    channel: str
    provider_message_id: str
    fate: Fate
    refusal: Refusal | None = None


@runtime_checkable
class Paced(Protocol):
    """A channel whose provider takes so many messages a second and no more, from all processes together."""

    @property
    def per_second(self) -> float: ...


class Channel(Protocol):
    """A messenger. ``send`` never raises: every error of the provider is one of the outcomes.

    ``carries_documents``: whether a document reaches people here, and ``carries_pictures`` whether a PNG does. What
    is sent where it does not is left out and its text goes out alone, so ask before, and say in words where else it
    is to be had.
    """

    @property
    def name(self) -> str: ...

    @property
    def carries_documents(self) -> bool: ...

    @property
    def carries_pictures(self) -> bool: ...

    async def send(self, outgoing: Outgoing) -> Outcome: ...
