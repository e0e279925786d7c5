"""How the shop knows its own door from outside: it signs a number that only this shop can sign."""

from __future__ import annotations

import hmac
import re
import secrets
from hashlib import sha256

NUMBER = re.compile(r"[0-9a-f]{32}")
PURPOSE = b"langganan: this door is mine\n"
"""Goes before what is signed, so that the key signs nothing else for a stranger."""


def new_number() -> str:
    """A number nobody can foresee."""
    return secrets.token_hex(16)


def mark_of(secret: bytes, number: str) -> str:
    """What the shop with that key answers to ``number``; "" for one that is none."""
    return hmac.new(secret, PURPOSE + number.encode(), sha256).hexdigest() if NUMBER.fullmatch(number) else ""


def is_mine(secret: bytes, number: str, mark: object) -> bool:
    """Whether that mark is this shop's."""
    return (
        isinstance(mark, str) and bool(mark) and hmac.compare_digest(mark.encode(), mark_of(secret, number).encode())
    )
