"""Who speaks for the shop: one-time codes, and the chats that used them."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from sqlmodel import Session

from ledger.identity import fingerprint
from ledger.tables import Address, OwnerCode, Role, TeamMember

CODE_SCOPE = "owner code"
CODE_LIFETIME = timedelta(minutes=30)
# Without 0/O, 1/I/L: the code is read from a screen and typed on a phone.
CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
CODE_LENGTH = 8


def make_code(session: Session, role: Role, at: datetime) -> str:
    """A code that makes the next chat which sends it a ``role``'s, within CODE_LIFETIME. Only its hash is kept."""
    code = "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))
    mark = fingerprint(session, CODE_SCOPE, code)
    session.add(OwnerCode(fingerprint=mark, role=role, created_at=at, expires_at=at + CODE_LIFETIME))
    return f"{code[:4]}-{code[4:]}"


def join(session: Session, address: Address, spoken: str, at: datetime) -> TeamMember | None:
    """The chat's new membership, or None when the code is unknown, used or expired."""
    code = "".join(sign for sign in spoken.upper() if sign.isalnum())
    kept = session.get(OwnerCode, fingerprint(session, CODE_SCOPE, code))
    if kept is None or kept.used_at is not None or kept.expires_at <= at:
        return None
    kept.used_at = at
    member = TeamMember(address_id=address.id, role=kept.role, since=at)
    session.add(kept)
    return session.merge(member)


def role_of(session: Session, address: Address) -> Role | None:
    """What this chat may command, or None for a customer's."""
    member = session.get(TeamMember, address.id)
    return Role(member.role) if member else None
