"""Codes that buy an offer's discount at the counter: one a message, once, until their last day is over."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date
from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from campaigns.problems import Problem
from campaigns.shop import Shop
from campaigns.tables import Campaign, Message, Voucher
from ledger import audit, returned
from ledger.identity import fingerprint
from ledger.tables import Customer, Interaction, Kind, Product
from ledger.team import CODE_ALPHABET

SCOPE = "voucher"
LENGTH, GROUP = 9, 3
"""31 signs to the power of 9 are 44 bits. Longer than an owner's code, so that neither is taken for the other."""
CODE = re.compile(rf"(?:[{CODE_ALPHABET}]{{{GROUP}}}[- ]?){{{LENGTH // GROUP}}}(?<![- ])")
SPECIMEN = "0" * LENGTH
"""What previews and tests show. There is no 0 in a code, so it never buys anything."""


@dataclass(frozen=True)
class Ticket:
    """A code as its customer reads it, and the last day on which it counts, by the shop's calendar."""

    code: str
    last_day: date

    def until(self, language: str) -> str:
        """The last day in words: "16 November"."""
        return _day_in_words(self.last_day, language)


@lru_cache(maxsize=64)
def _day_in_words(day: date, language: str) -> str:
    return format_date(day, "d MMMM", locale=language)


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
    ticket, row = draw(session, message_id, shop, now)
    session.add(Voucher(**row))
    return ticket


def draw(session: Session, message_id: int, shop: Shop, now: datetime) -> tuple[Ticket, dict[str, Any]]:
    """The same, and the row that is to be kept of it: whoever claims many writes theirs at once."""
    code = _spelled(secrets.randbelow(len(CODE_ALPHABET) ** LENGTH))
    last_day = last_day_of(shop, now)
    row = {
        "fingerprint": fingerprint(session, SCOPE, code),
        "message_id": message_id,
        "created_at": now,
        "expires_at": _day_after(last_day, shop.zone),
    }
    return Ticket(_grouped(code), last_day), row


def _spelled(number: int) -> str:
    """The number in LENGTH digits, which are the alphabet's signs: chance is asked once for all of them."""
    signs = []
    for _ in range(LENGTH):
        number, digit = divmod(number, len(CODE_ALPHABET))
        signs.append(CODE_ALPHABET[digit])
    return "".join(signs)


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
    if plain(spoken) == SPECIMEN:
        return Refused(Trouble.SPECIMEN)
    return _use(session, fingerprint(session, SCOPE, plain(spoken)), by, now)


def redeem_of(session: Session, message_id: int, *, by: str, now: datetime) -> Redeemed | Refused:
    """Use the code of a message, as ``redeem`` does: the code itself was heard before, and is not kept."""
    mark = session.exec(select(Voucher.fingerprint).where(Voucher.message_id == message_id)).first()
    return _use(session, mark, by, now) if mark is not None else Refused(Trouble.UNKNOWN)


def look(session: Session, spoken: str, now: datetime) -> Redeemed | Refused:
    """What ``redeem`` would say now. Nothing is used."""
    if plain(spoken) == SPECIMEN:
        return Refused(Trouble.SPECIMEN)
    voucher = session.get(Voucher, fingerprint(session, SCOPE, plain(spoken)), populate_existing=True)
    if voucher is None:
        return Refused(Trouble.UNKNOWN)
    is_good = voucher.redeemed_at is None and voucher.expires_at > now
    return _redeemed(session, voucher) if is_good else _refused(voucher)


def message_of(session: Session, spoken: str) -> int | None:
    """The message in which a code stands, used or not; None where nobody knows such a code."""
    voucher = session.get(Voucher, fingerprint(session, SCOPE, plain(spoken)))
    return voucher.message_id if voucher is not None else None


def give_back(session: Session, message_id: int, *, by: str, now: datetime) -> datetime | None:
    """Make the used code of a message good again, and until when; None where it was not used or is no more.

    Raises Problem where a sale stands on it that was not taken back.
    """
    sale = session.exec(
        select(Interaction.order_ref).where(
            Interaction.message_id == message_id, Interaction.kind == Kind.PURCHASE, returned.is_kept()
        )
    ).first()
    if sale is not None:
        raise Problem("give_back_sold", ref=sale)
    used = session.connection().execute(
        update(Voucher)
        .where(col(Voucher.message_id) == message_id, col(Voucher.redeemed_at).is_not(None))
        .values(redeemed_at=None, redeemed_by=None)
    )
    if used.rowcount != 1:
        return None
    audit.record(session, now, by, "voucher given back", str(message_id))
    return session.exec(select(Voucher.expires_at).where(Voucher.message_id == message_id)).one()


def _use(session: Session, mark: str, by: str, now: datetime) -> Redeemed | Refused:
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
        return _refused(voucher)
    redeemed = _redeemed(session, voucher)
    audit.record(session, now, by, "voucher redeemed", str(redeemed.message_id), campaign=redeemed.campaign_id)
    return redeemed


def _refused(voucher: Voucher) -> Refused:
    is_used = voucher.redeemed_at is not None
    return Refused(Trouble.USED, voucher.redeemed_at) if is_used else Refused(Trouble.EXPIRED, voucher.expires_at)


def plain(spoken: str) -> str:
    """A code's letters and digits alone, as it is hashed."""
    return "".join(sign for sign in spoken.upper() if sign.isalnum())


def spelled(text: str) -> str | None:
    """A text that is nothing but a code, as customers read it: "7JG-BVT-B86"; None of any other.

    Nine letters without a digit or a dash are taken for a word.
    """
    said = text.strip()
    is_code = CODE.fullmatch(said.upper()) is not None and any(sign.isdigit() or sign == "-" for sign in said)
    return _grouped(plain(said)) if is_code else None


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
