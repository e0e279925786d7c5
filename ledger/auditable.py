"""What customers told of themselves so that the shop can see whether it serves groups alike: their gender.

They tell it by themselves, for this purpose alone, and take it back by a word. Read by audits and by their own pages.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import delete
from sqlmodel import Session, col, select

from ledger import blocks
from ledger.tables import AuditFact


class Gender(StrEnum):
    """As they say it."""

    FEMALE = "female"
    MALE = "male"
    OTHER = "other"


GENDER = "gender"
SAID = {
    Gender.FEMALE: ("perempuan", "wanita", "cewek", "ibu", "female", "woman", "f"),
    Gender.MALE: ("laki-laki", "laki laki", "laki", "lelaki", "pria", "cowok", "bapak", "male", "man", "m"),
    Gender.OTHER: ("lainnya", "lain", "other", "neither"),
}
POLITE = re.compile(r"^(?:saya|aku|i am|i'm|a)\s+", re.IGNORECASE)


def read(said: str) -> Gender | None:
    """What was said, in either language; None where it is none of the answers."""
    plain = POLITE.sub("", said.strip().rstrip(".! ").casefold())
    return next((gender for gender, words in SAID.items() if plain in words), None)


def tell(session: Session, customer_id: int, gender: Gender, at: datetime) -> None:
    """From now on that is kept, for auditing alone."""
    session.merge(AuditFact(customer_id=customer_id, about=GENDER, value=gender, at=at))


def remove(session: Session, customer_id: int) -> None:
    """It is nobody's business any more."""
    session.connection().execute(delete(AuditFact).where(col(AuditFact.customer_id) == customer_id))
    session.expire_all()


def kept(session: Session, customer_id: int) -> Gender | None:
    """What is kept of this customer."""
    fact = session.get(AuditFact, (customer_id, GENDER))
    return Gender(fact.value) if fact is not None else None


def genders(session: Session, ids: Sequence[int]) -> dict[int, str]:
    """Of those of these customers, given in order, who told; others of their range may come along."""
    wanted = select(AuditFact.customer_id, AuditFact.value).where(
        AuditFact.about == GENDER, blocks.are(col(AuditFact.customer_id), ids)
    )
    return dict(session.exec(wanted).all())


def unite(session: Session, other_id: int, customer_id: int) -> None:
    """``other_id`` turned out to be ``customer_id``, whose own word stands where both told."""
    theirs = kept(session, other_id)
    if theirs is not None and kept(session, customer_id) is None:
        tell(session, customer_id, theirs, session.get_one(AuditFact, (other_id, GENDER)).at)
        session.flush()
    remove(session, other_id)
