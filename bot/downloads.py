"""Signed links to a customer's own data: whoever has one can open it until it expires, and nobody can make one up.

Nothing is stored: the link says whose data and until when, and a keyed hash says that it was us who said so.
"""

from __future__ import annotations

import hmac
import re
from datetime import datetime, timedelta

from sqlmodel import Session

from ledger.columns import microseconds, moment
from ledger.identity import fingerprint
from ledger.tables import Customer

PATH = "/mydata/{token}"
LIFETIME = timedelta(hours=24)
SCOPE = "download"
TOKEN = re.compile(r"([0-9]{1,18})\.([0-9]{1,18})\.([0-9a-f]{64})")


def link(session: Session, public_url: str, customer_id: int, now: datetime) -> str:
    """Where ``customer_id`` finds their data for LIFETIME from ``now`` on."""
    said = f"{customer_id}.{microseconds(now + LIFETIME)}"
    return f"{public_url}/mydata/{said}.{fingerprint(session, SCOPE, said)}"


def whose(session: Session, token: str, now: datetime) -> Customer | None:
    """The customer a link was made for; None for one that is not ours, has expired, or leads to nobody any more."""
    found = TOKEN.fullmatch(token)
    if found is None or not hmac.compare_digest(fingerprint(session, SCOPE, f"{found[1]}.{found[2]}"), found[3]):
        return None
    customer = session.get(Customer, int(found[1])) if now < moment(int(found[2])) else None
    return customer if customer is not None and customer.erased_at is None else None
