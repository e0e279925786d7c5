"""Who is who: one spelling for an address, a keyed hash to find it by, a mask to show it with."""

from __future__ import annotations

import hmac
import unicodedata
from hashlib import sha256

import phonenumbers
from sqlmodel import Session

from ledger.database import SECRET
from ledger.tables import ShopFact

PHONE_CHANNELS = frozenset({"whatsapp"})
LONGEST_ADDRESS = 190
KEY_CHECK = "key check"


class BadAddress(ValueError):
    """What was given cannot be an address on that channel."""


def phone(raw: str, region: str) -> str | None:
    """The number in E.164 ("+6281234567890"), or None where it cannot be one.

    ``region`` (ISO 3166, "ID") is the country of numbers written without one. Numbers that a marketplace has
    starred out are no numbers.
    """
    text = unicodedata.normalize("NFKC", raw).strip()
    digits = "".join(sign for sign in text if sign.isdigit())
    if "*" in text or not digits:
        return None
    # Spreadsheets lose the plus: 6281… with enough digits is a number with its country.
    for candidate in (text, f"+{digits}"):
        try:
            number = phonenumbers.parse(candidate, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_possible_number(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return None


def normalise(channel: str, raw: str, region: str) -> str:
    """One spelling for an address on ``channel``. Raises BadAddress."""
    text = "".join(sign for sign in raw.strip() if sign.isprintable())
    if channel in PHONE_CHANNELS:
        number = phone(text.removeprefix("whatsapp:"), region)
        if number is None:
            raise BadAddress(f"{mask(text)} is not a phone number")
        return number
    if not text or len(text) > LONGEST_ADDRESS:
        raise BadAddress(f"an address on {channel} has 1 to {LONGEST_ADDRESS} characters")
    return text


def fingerprint(session: Session, scope: str, value: str) -> str:
    """The keyed hash by which ``value`` is found again within ``scope`` (a channel or a source)."""
    secret: bytes = session.info[SECRET]
    return hmac.new(secret, f"{scope}\x1f{value}".encode(), sha256).hexdigest()


def is_the_right_key(session: Session) -> bool:
    """Whether this database's fingerprints were made with the session's key; the first key to come is the right one.

    With another key nobody would be found by their address, and their STOP would be somebody else's.
    """
    mark = fingerprint(session, KEY_CHECK, KEY_CHECK)
    known = session.get(ShopFact, KEY_CHECK)
    if known is None:
        session.add(ShopFact(key=KEY_CHECK, value=mark))
    return known is None or known.value == mark


def mask(address: str) -> str:
    """Enough to recognise one's own, too little to write to: "+62•••7890"."""
    if len(address) <= 4:
        return "•" * len(address)
    head = address[:3] if address.startswith("+") and len(address) > 8 else address[:1]
    return f"{head}•••{address[-2:] if len(address) < 9 else address[-4:]}"
