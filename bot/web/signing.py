"""Whether Twilio signed a form: what its own ``RequestValidator`` says, at a tenth of the cost.

A shop's doors are few, so the ways to spell their addresses are worked out once; and the key is prepared once.
Source: Twilio's "Webhooks security" (the address, then every field's name and value in order, HMAC-SHA1 with the
account's token). ``tests/bot/test_signing.py`` holds it to the library's answer.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterable
from functools import lru_cache
from hashlib import sha1
from urllib.parse import urlparse

from twilio.request_validator import add_port, remove_port  # type: ignore[import-untyped]

Fields = Iterable[tuple[str, str]]


class Signatures:
    """Those that are made with one account's token."""

    def __init__(self, auth_token: str) -> None:
        self._key = hmac.new(auth_token.encode(), digestmod=sha1)

    def fits(self, url: str, fields: Fields, signature: str) -> bool:
        """Whether ``signature`` is of these fields, posted to ``url``; with or without its port, which Twilio
        is not consistent about."""
        told = signature.encode("utf-8", "replace")
        posted = "".join(name + value for name, value in sorted(set(fields))).encode()
        return any(hmac.compare_digest(self._of(spelled + posted), told) for spelled in spellings(url))

    def _of(self, said: bytes) -> bytes:
        mac = self._key.copy()
        mac.update(said)
        return base64.b64encode(mac.digest())


@lru_cache(maxsize=64)
def spellings(url: str) -> tuple[bytes, ...]:
    """The ways in which Twilio may have spelled an address when it signed."""
    parsed = urlparse(url)
    return tuple(dict.fromkeys(spell(parsed).encode() for spell in (remove_port, add_port)))
