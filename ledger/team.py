"""Who speaks for the shop: one-time codes, and the chats that used them."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import Session, col

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
    if kept is None or not _use(session, kept, at):
        return None
    return session.merge(TeamMember(address_id=address.id, role=kept.role, since=at))


def _use(session: Session, code: OwnerCode, at: datetime) -> bool:
    """Whether the code was still good; of two chats that send it at once one is too late."""
    used = session.connection().execute(
        update(OwnerCode)
        .where(
            col(OwnerCode.fingerprint) == code.fingerprint,
            col(OwnerCode.used_at).is_(None),
            col(OwnerCode.expires_at) > at,
        )
        .values(used_at=at)
    )
    return used.rowcount == 1


def role_of(session: Session, address: Address) -> Role | None:
    """What this chat may command, or None for a customer's."""
    member = session.get(TeamMember, address.id)
    return Role(member.role) if member else None
