"""Notices put into words: what happened elsewhere, as it is told in a chat. What is sent goes through bot/app.py."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from bot.talk.replies import Teller
from campaigns.channel import (
    BadContent,
    ContentClosed,
    Failed,
    OptedOut,
    Outcome,
    Outgoing,
    OutsideWindow,
    Report,
    Sent,
    Throttled,
    Unreachable,
)
from campaigns.shop import Shop
from campaigns.words.composing import Composer, Reply
from ledger import customers, notices, windows
from ledger.columns import moment
from ledger.notices import MOMENT, TERM
from ledger.tables import Address, Notice

log = logging.getLogger(__name__)
Words = Callable[[Session, Notice, Teller, datetime], Reply | None]
"""A notice in words, or None where there is nothing left to tell."""
Afterwards = Callable[[Session, Notice, Outcome, datetime], None]
WORDS: dict[str, Words] = {}
"""By template: notices whose words are gathered when they are told. All others are their values alone."""
AFTERWARDS: dict[str, Afterwards] = {}
"""By template: what has to be known elsewhere about how the telling went."""


@dataclass(frozen=True)
class Telling:
    """A notice that is being told."""

    notice_id: int
    channel: str
    outgoing: Outgoing
    claimed_at: datetime


def claim(
    session: Session, composer: Composer, shop: Shop, channels: Collection[str], now: datetime
) -> Sequence[Telling]:
    """The notices to tell now, in words, the oldest first. One about nothing any more is let go without a word."""
    claimed = []
    for notice in notices.claim(session, channels, now):
        chat = session.get_one(Address, notice.address_id)
        try:
            reply = compose(session, notice, composer, shop, now)
        except Exception as fault:  # noqa: BLE001 - one that cannot be said must not silence the others
            log.error("the notice %r could not be said: %s", notice.template, type(fault).__name__)  # noqa: TRY400
            notices.put_off(session, notice, now)
            continue
        if reply is None:
            session.delete(notice)
        else:
            outgoing = Outgoing(chat.address, reply.text, reply.buttons, reply.document)
            claimed.append(Telling(notice.id, chat.channel, outgoing, now))
    return claimed


def compose(session: Session, notice: Notice, composer: Composer, shop: Shop, now: datetime) -> Reply | None:
    """A notice in the language of its chat."""
    chat = session.get_one(Address, notice.address_id)
    teller = Teller(composer, shop, customers.of(session, chat).language or shop.language)
    words = WORDS.get(notice.template)
    return words(session, notice, teller, now) if words is not None else said(notice.template, notice.data, teller)


def said(template: str, values: dict[str, Any], teller: Teller) -> Reply:
    """A notice that is its values alone."""
    return teller.say(template, **{name: in_words(value, teller) for name, value in values.items()})


def in_words(value: Any, teller: Teller) -> Any:
    """Terms and moments as the chat's language says them, however deep they lie; everything else as it is."""
    if isinstance(value, dict) and TERM in value:
        shelf, key, values = value[TERM]
        return teller.word(shelf, key, **values)
    if isinstance(value, dict) and MOMENT in value:
        return teller.moment(moment(value[MOMENT]))
    if isinstance(value, dict):
        return {name: in_words(each, teller) for name, each in value.items()}
    return [in_words(each, teller) for each in value] if isinstance(value, list) else value


def settle(session: Session, notice_id: int, outcome: Outcome, now: datetime) -> None:
    """What became of a telling. One that failed is tried again a few times; somebody who is gone is not."""
    notice = session.get(Notice, notice_id)
    if notice is None or notice.told_at is not None:
        # Erased meanwhile, or told twice after all.
        return
    _note(session, notice, outcome, notice.not_before - notices.CLAIM if notice.not_before else now, now)


def untell(session: Session, report: Report, now: datetime) -> None:
    """The provider said of a notice, which it had taken, that it failed after all."""
    notice = notices.sent_as(session, report.channel, report.provider_message_id)
    if notice is None or notice.told_at is None:
        return
    told_at, notice.told_at = notice.told_at, None
    if isinstance(report.refusal, Unreachable):
        customers.mark_undelivered(session, session.get_one(Address, notice.address_id), told_at)
    _note(session, notice, report.refusal or Failed("failed"), told_at, now)


def _note(session: Session, notice: Notice, outcome: Outcome, sent_at: datetime, now: datetime) -> None:
    match outcome:
        case Sent(number):
            notices.told(session, notice, number, now)
        case OutsideWindow() if session.get_one(Address, notice.address_id).channel in windows.WINDOWED:
            notices.wait(session, notice, sent_at)
        case Unreachable() | OptedOut() | Failed() | OutsideWindow() | BadContent() | ContentClosed():
            # Nor will the next try get through.
            notices.give_up(session, notice, now)
        case Throttled(until):
            notices.put_off(session, notice, now, until)
        case _:
            notices.put_off(session, notice, now)
    after = AFTERWARDS.get(notice.template)
    if after is not None and (notice.told_at or notice.given_up_at or isinstance(outcome, OutsideWindow)):
        after(session, notice, outcome, now)
