"""What reaches us, whichever messenger it came through."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Inbound:
    """One message of one person. ``provider_message_id`` is the same when the provider delivers it again."""

    channel: str
    address: str
    text: str
    provider_message_id: str
    name: str = ""
    language: str | None = None
