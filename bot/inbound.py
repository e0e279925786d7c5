"""What reaches us, whichever messenger it came through."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Attachment:
    """What came along with a message. ``reference`` is what its channel fetches it by; empty: it cannot be fetched.

    ``kind`` is one of the words of the lexicon's shelf "handoff": image, audio, video, sticker, location, contact,
    file. ``size`` in bytes, where the messenger tells.
    """

    kind: str
    name: str = ""
    media_type: str = ""
    size: int | None = None
    reference: str = field(default="", repr=False)


@dataclass(frozen=True)
class Contact:
    """A telephone number that was shared. ``is_own``: the messenger vouches that it is the writer's own."""

    phone: str
    is_own: bool


class NothingLater:
    """No question was asked after the message was written, as far as is known."""

    def __contains__(self, mark: object) -> bool:
        return False


@dataclass(frozen=True)
class Inbound:
    """One message of one person. ``provider_message_id`` is the same when the provider delivers it again.

    ``in_reply_to`` is the provider's number of the message it replies to or whose button was pressed, where the
    provider tells. It is the number in ``Sent`` when that message went out whole; of one sent in several parts
    ``Sent`` has the last part's, and a reply to an earlier part names a number we do not know.
    """

    channel: str
    address: str
    text: str
    provider_message_id: str
    name: str = ""
    language: str | None = None
    in_reply_to: str | None = None
    is_press: bool = False
    """Whether a button was pressed, so that ``text`` is what the button says."""
    attachment: Attachment | None = None
    contact: Contact | None = None
    is_edit: bool = False
    """Whether somebody changed what they had written before: ``text`` is how it reads now."""
    proves: frozenset[str] = frozenset()
    """The marks of what was asked by the message it answers, where that message is known: so they have seen it."""
    unread: NothingLater = field(default_factory=NothingLater, repr=False, compare=False)
    """The marks of questions that were sent after it had arrived, while it waited for its turn."""
    written: str = ""
    """Where ``text`` is what was meant and not what was written: both, such as "1 (Ya, boleh)"."""

    @property
    def verbatim(self) -> str:
        """What is kept as said."""
        return self.written or self.text

    @property
    def is_quoting(self) -> bool:
        """Whether it was written as an answer to one message of ours."""
        return self.in_reply_to is not None and not self.is_press

    @property
    def is_wordless(self) -> bool:
        return not self.text.strip()

    @property
    def media(self) -> str:
        """What came along or in place of words; empty where there are just words."""
        if self.attachment is not None:
            return self.attachment.kind
        return "" if self.text.strip() else "file"


@dataclass(frozen=True)
class Reach:
    """Somebody blocked us, or let us write again. ``at``: when, by the messenger's clock; such news may come late."""

    channel: str
    address: str
    is_open: bool
    at: datetime
