"""What is sealed can be read with a key only, and the key lies apart from the database. Pure: texts in, texts out.

A sealed text is stored as ``SEAL``, the mark of its key, and base64 of nonce, ciphertext and tag: AES-256-GCM with a
fresh random nonce each time, so that the same text never looks the same twice. Text without ``SEAL`` is as it is.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Sequence
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SEAL = "\x02"
"""No address begins so: ``ledger.identity`` keeps printable signs only. Both databases store it as text."""
ESCAPED = SEAL + SEAL
KEY_BYTES = 32
NONCE_BYTES = 12
MARK_LENGTH = 12
HEAD_LENGTH = len(SEAL) + MARK_LENGTH


class BadKey(ValueError):
    """What was given is not a key."""


class WrongKey(ValueError):
    """Something is sealed with a key that is not here."""

    def __init__(self) -> None:
        super().__init__(
            "addresses here are sealed with a key that ENCRYPTION_KEY does not hold; restore that key in .env "
            "(several may stand there, with commas between)"
        )


class BrokenSeal(ValueError):
    """A sealed text was changed or cut off: its key is here and does not open it."""

    def __init__(self) -> None:
        super().__init__("a sealed address in the database was changed or damaged; restore a backup from before")


def new_key() -> str:
    """A fresh key as settings hold it: 32 random bytes in URL-safe base64, 44 characters."""
    return base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def keys_of(spelled: str) -> tuple[bytes, ...]:
    """The keys of a setting: as ``new_key`` makes them, with commas between. Raises BadKey."""
    try:
        return tuple(_checked(base64.b64decode(each.strip(), b"-_", validate=True)) for each in spelled.split(","))
    except ValueError as fault:
        raise BadKey(
            "must be what `langganan new-key` prints; of several, with commas between, the first seals"
        ) from fault


def _checked(key: bytes) -> bytes:
    if len(key) != KEY_BYTES:
        raise BadKey(f"a key has {KEY_BYTES} bytes, not {len(key)}")
    return key


def _mark(key: bytes) -> str:
    """What a key is known by where it cannot be read: tells keys apart and nothing else of them."""
    return hmac.new(key, b"langganan: mark of a sealing key", sha256).hexdigest()[:MARK_LENGTH]


class Keyring:
    """The keys of one database: the first seals, all of them open. Without keys texts are stored as they are.

    Raises BadKey for a key that has not KEY_BYTES bytes.
    """

    def __init__(self, keys: Sequence[bytes] = ()) -> None:
        self._ciphers = {_mark(key): AESGCM(_checked(key)) for key in keys}
        self.mark = next(iter(self._ciphers), "")
        """Of the key that seals; empty where there is none."""

    @property
    def marks(self) -> frozenset[str]:
        """Of all keys that open."""
        return frozenset(self._ciphers)

    def seal(self, text: str) -> str:
        """How ``text`` is to be stored."""
        if not self.mark:
            return SEAL + text if text.startswith(SEAL) else text
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = nonce + self._ciphers[self.mark].encrypt(nonce, text.encode(), None)
        return SEAL + self.mark + base64.urlsafe_b64encode(sealed).decode()

    def open(self, stored: str) -> str:
        """The text that was stored so, sealed or not. Raises WrongKey, BrokenSeal."""
        if not stored.startswith(SEAL):
            return stored
        if stored.startswith(ESCAPED):
            return stored[len(SEAL) :]
        cipher = self._ciphers.get(stored[len(SEAL) : HEAD_LENGTH])
        if cipher is None:
            raise WrongKey
        try:
            sealed = base64.urlsafe_b64decode(stored[HEAD_LENGTH:])
            return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], None).decode()
        except (InvalidTag, ValueError):
            raise BrokenSeal from None


NO_KEYS = Keyring()
