"""Signed links to a customer's privacy page: made for one chat and given in it alone, good for a little while.

Nothing is stored: the link says which chat, whose it was and until when, and a keyed hash says that it was us who
said so. Only since when a chat's older links are void is kept, once somebody closed them.
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from ledger.columns import microseconds, moment
from ledger.identity import fingerprint
from ledger.tables import Address, Customer

ROOT = "/privacy"
PATH = ROOT + "/{token}"
LIFETIME = timedelta(hours=2)
"""It may be used to change and to erase, and a new one is one word away."""
SCOPE = "privacy page"
TOKEN = re.compile(r"([0-9]{1,18})\.([0-9]{1,18})\.([0-9]{1,18})\.([0-9a-f]{64})")
IN_TEXT = re.compile(r"/(?:privacy|mydata)/[0-9.]+[0-9a-f]{64}")


@dataclass(frozen=True)
class Visitor:
    """Whoever has the link of that chat, and whose chat it is."""

    address: Address
    customer: Customer
    until: datetime


def link(session: Session, public_url: str, address: Address, now: datetime) -> str:
    """Where the person of that chat finds their page for LIFETIME from ``now`` on."""
    said = f"{address.id}.{address.customer_id}.{microseconds(now + LIFETIME)}"
    return f"{public_url}{ROOT}/{said}.{fingerprint(session, SCOPE, said)}"


def visitor(session: Session, token: str, now: datetime) -> Visitor | None:
    """Whose page that is; None for a link that is not ours, is over or closed, or leads to nobody any more.

    A chat that is somebody else's by now (erased, parted, linked) needs a new one.
    """
    found = TOKEN.fullmatch(token)
    if found is None or not hmac.compare_digest(fingerprint(session, SCOPE, token.rpartition(".")[0]), found[4]):
        return None
    until = moment(int(found[3]))
    address = session.get(Address, int(found[1])) if now < until else None
    if address is None or address.customer_id != int(found[2]) or _is_closed(address, until):
        return None
    customer = session.get(Customer, address.customer_id)
    is_there = customer is not None and customer.erased_at is None
    return Visitor(address, customer, until) if customer is not None and is_there else None


def close(session: Session, address: Address, now: datetime) -> None:
    """Every link of that chat's made until now is void."""
    address.page_closed_at = now
    session.add(address)


def without_links(text: str) -> str:
    """A text of ours as it is kept: whoever reads an old conversation does not hold a key."""
    return IN_TEXT.sub("/…", text)


def _is_closed(address: Address, until: datetime) -> bool:
    return address.page_closed_at is not None and until - LIFETIME <= address.page_closed_at
