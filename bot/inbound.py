"""What reaches us, whichever messenger it came through."""

from __future__ import annotations

from dataclasses import dataclass


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
