"""Erasures written down beside the database, so that a restored backup does not bring anybody back.

A line a receipt in ``erasures-<shop>.jsonl``: its number, its time, and keyed hashes by which the erased are known
again. Without the key it leads to nobody. A line is on the disk before the erasure is committed: better one that was
never committed than an erasure nobody would repeat.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, select

from ledger import beside, customers
from ledger.columns import microseconds
from ledger.identity import fingerprint
from ledger.tables import Address, Customer, Erasure, Identity

KIND = "erasures"
CUSTOMER = "erased customer"

Mark = tuple[str, str]
"""(scope, keyed hash) of an address or of a name elsewhere."""


@dataclass(frozen=True)
class Line:
    """What is written of one erasure."""

    number: str
    at: str
    """ISO 8601, UTC."""
    marks: tuple[Mark, ...]
    customer: str
    """The keyed hash of the customer's row: its number and when it was made."""


def path(session: Session) -> Path | None:
    """Where this shop's erasures are written down; None where nothing is kept beside the database."""
    return beside.path(session, KIND)


def mark_of(session: Session, customer_id: int, created_at: datetime) -> str:
    """The keyed hash by which a customer's row is known again in an older copy of the database."""
    return fingerprint(session, CUSTOMER, f"{customer_id} {microseconds(created_at)}")


def append(session: Session, line: Line) -> None:
    """Write the line to the disk, whole and for good; nothing where the database keeps no such file."""
    beside.append(session, KIND, [asdict(line)])


def read(file: Path) -> list[Line]:
    """Every line that is whole; one that is not is passed over with a warning."""
    return beside.read(file, _line)


def missed(session: Session) -> list[Line]:
    """The erasures that are written down and of which this database knows nothing: it was restored."""
    file = path(session)
    written = read(file) if file is not None else []
    known = set(session.exec(select(Erasure.number))) if written else set()
    return list({line.number: line for line in written if line.number not in known}.values())


def row_marks(session: Session) -> dict[str, int]:
    """The customers there are, by the keyed hash of their row."""
    living = select(Customer.id, Customer.created_at).where(col(Customer.erased_at).is_(None))
    return {mark_of(session, number, made): number for number, made in session.exec(living)}


def found_again(session: Session, line: Line, rows: Mapping[str, int]) -> Sequence[Customer]:
    """Whom a restored database has again: their row among ``rows``, or whoever has their address or name elsewhere.

    Somebody who came only after the erasure is not meant, though they may write from the same address.
    """
    at = datetime.fromisoformat(line.at)
    ids = {rows[line.customer]} if line.customer in rows else set()
    for scope, mark in line.marks:
        places = _at_address(session, scope, mark, at)
        ids.update(
            each.customer_id for each in places if _was_theirs(line, each) and not _is_shared(session, line, each)
        )
        ids.update(session.exec(_named_elsewhere(scope, mark)))
    wanted = select(Customer).where(
        col(Customer.id).in_(ids), col(Customer.erased_at).is_(None), Customer.created_at <= at
    )
    return session.exec(wanted.order_by(col(Customer.id))).all()


def strays(session: Session, line: Line, found: Iterable[Customer]) -> list[Address]:
    """The addresses of the erased that belong to somebody who is not among the ``found``.

    In this older copy an import still gives them to whom it meant, or they are still linked with chats which were not
    erased: who asked for nothing.
    """
    at, meant = datetime.fromisoformat(line.at), {each.id for each in found}
    places = (each for scope, mark in line.marks for each in _at_address(session, scope, mark, at))
    others = (each for each in places if each.customer_id not in meant)
    return [each for each in others if not _was_theirs(line, each) or _is_shared(session, line, each)]


def _was_theirs(line: Line, address: Address) -> bool:
    """Whether who has an erased address in an older copy is who was erased, and not whom an import took them for.

    They are if they wrote from it, or if what imports know of the number had become the erased's own.
    """
    is_import_theirs = (customers.parted_from(address.channel), address.fingerprint) in line.marks
    return customers.is_proven(address) or address.last_inbound_at is not None or is_import_theirs


def _is_shared(session: Session, line: Line, address: Address) -> bool:
    """Whether who has the address here writes from a chat, too, that was not erased: the two were parted since."""
    wrote = select(Address.channel, Address.fingerprint).where(
        Address.customer_id == address.customer_id, col(Address.last_inbound_at).is_not(None)
    )
    return any((channel, mark) not in line.marks for channel, mark in session.exec(wrote))


def _at_address(session: Session, scope: str, mark: str, at: datetime) -> Sequence[Address]:
    return session.exec(
        select(Address).where(Address.channel == scope, Address.fingerprint == mark, Address.created_at <= at)
    ).all()


def _named_elsewhere(scope: str, mark: str) -> Any:
    return select(Identity.customer_id).where(Identity.source == scope, Identity.fingerprint == mark)


def _line(told: Mapping[str, Any]) -> Line:
    marks = tuple((str(scope), str(mark)) for scope, mark in told["marks"])
    return Line(str(told["number"]), moment(told["at"]), marks, str(told["customer"]))


def moment(text: str) -> str:
    """``text`` if it is a moment with its zone, in ISO 8601. Raises ValueError and TypeError."""
    if datetime.fromisoformat(text).tzinfo is None:
        raise ValueError(text)
    return text
