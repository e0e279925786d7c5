"""Codes that buy an offer's discount at the counter: one a message, once, until their last day is over."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from babel.dates import format_date
from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from campaigns.shop import Shop
from campaigns.tables import Campaign, Message, Voucher
from ledger import audit
from ledger.identity import fingerprint
from ledger.tables import Customer, Product
from ledger.team import CODE_ALPHABET

SCOPE = "voucher"
LENGTH, GROUP = 9, 3
"""31 signs to the power of 9 are 44 bits. Longer than an owner's code, so that neither is taken for the other."""
SPECIMEN = "0" * LENGTH
"""What previews and tests show. There is no 0 in a code, so it never buys anything."""


@dataclass(frozen=True)
class Ticket:
    """A code as its customer reads it, and the last day on which it counts, by the shop's calendar."""

    code: str
    last_day: date

    def until(self, language: str) -> str:
        """The last day in words: "16 November"."""
        return format_date(self.last_day, "d MMMM", locale=language)


class Trouble(StrEnum):
    """Why a code buys nothing."""

    UNKNOWN = "unknown"
    SPECIMEN = "specimen"
    USED = "used"
    EXPIRED = "expired"


@dataclass(frozen=True)
class Refused:
    """``at``: when it was used, or until when it counted; None where nobody knows such a code."""

    trouble: Trouble
    at: datetime | None = None


@dataclass(frozen=True)
class Redeemed:
    """What a code gave its customer. ``product_ids`` are those its offer showed, in their order."""

    message_id: int
    campaign_id: int
    template: str
    customer_id: int
    name: str
    discount_percent: int
    product_ids: Sequence[int]


def issue(session: Session, message_id: int, shop: Shop, now: datetime) -> Ticket:
    """A new code for a message that is about to be sent. Only its keyed hash is kept."""
    code = "".join(secrets.choice(CODE_ALPHABET) for _ in range(LENGTH))
    last_day = last_day_of(shop, now)
    voucher = Voucher(
        fingerprint=fingerprint(session, SCOPE, code),
        message_id=message_id,
        created_at=now,
        expires_at=_day_after(last_day, shop.zone),
    )
    session.add(voucher)
    return Ticket(_grouped(code), last_day)


def take_back(session: Session, message_id: int) -> None:
    """Nobody read the message: its code never was."""
    session.connection().execute(delete(Voucher).where(col(Voucher.message_id) == message_id))


def specimen(shop: Shop, now: datetime) -> Ticket:
    """A code to show what a message will look like."""
    return Ticket(_grouped(SPECIMEN), last_day_of(shop, now))


def redeem(session: Session, spoken: str, *, by: str, now: datetime) -> Redeemed | Refused:
    """Use a code, however it is written; of two counters that do so at once exactly one succeeds.

    A campaign that was cancelled since stops sending; what its messages promised is kept.
    """
    code = plain(spoken)
    if code == SPECIMEN:
        return Refused(Trouble.SPECIMEN)
    mark = fingerprint(session, SCOPE, code)
    used = session.connection().execute(
        update(Voucher)
        .where(
            col(Voucher.fingerprint) == mark,
            col(Voucher.redeemed_at).is_(None),
            col(Voucher.expires_at) > now,
        )
        .values(redeemed_at=now, redeemed_by=by)
    )
    voucher = session.get(Voucher, mark, populate_existing=True)
    if voucher is None:
        return Refused(Trouble.UNKNOWN)
    if used.rowcount != 1:
        is_used = voucher.redeemed_at is not None
        return Refused(Trouble.USED, voucher.redeemed_at) if is_used else Refused(Trouble.EXPIRED, voucher.expires_at)
    redeemed = _redeemed(session, voucher)
    audit.record(session, now, by, "voucher redeemed", str(redeemed.message_id), campaign=redeemed.campaign_id)
    return redeemed


def plain(spoken: str) -> str:
    """A code's letters and digits alone, as it is hashed."""
    return "".join(sign for sign in spoken.upper() if sign.isalnum())


def products(session: Session, redeemed: Redeemed) -> list[Product]:
    """The products its offer showed, those that are still in the catalogue."""
    known = {
        each.id: each for each in session.exec(select(Product).where(col(Product.id).in_(list(redeemed.product_ids))))
    }
    return [known[each] for each in redeemed.product_ids if each in known]


def last_day_of(shop: Shop, now: datetime) -> date:
    """The last day on which a code issued now counts."""
    return (now.astimezone(shop.zone) + timedelta(days=shop.voucher_days)).date()


def _day_after(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day + timedelta(days=1), time.min, zone).astimezone(UTC)


def _redeemed(session: Session, voucher: Voucher) -> Redeemed:
    message = session.get_one(Message, voucher.message_id)
    campaign = session.get_one(Campaign, message.campaign_id)
    return Redeemed(
        message_id=message.id,
        campaign_id=campaign.id,
        template=campaign.template,
        customer_id=message.customer_id,
        name=session.get_one(Customer, message.customer_id).name,
        discount_percent=campaign.form(message.variant).discount_percent,
        product_ids=list(message.facts.get("products", ())),
    )


def _grouped(code: str) -> str:
    return "-".join(code[at : at + GROUP] for at in range(0, len(code), GROUP))
