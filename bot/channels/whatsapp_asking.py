"""Asking Twilio what became of messages of which it told nothing, or nothing for long."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from twilio.base.exceptions import TwilioException, TwilioRestException  # type: ignore[import-untyped]
from twilio.rest import Client  # type: ignore[import-untyped]

from bot.channels import twilio_line
from bot.channels.whatsapp_codes import PREFIX, report_of
from bot.channels.whatsapp_inbound import CHANNEL
from campaigns.channel import Report
from campaigns.sending.reconciling import CannotAsk, Found

MOST, A_PAGE = 100, 50
"""So many messages to one person are looked through."""
GONE = 404
FAULTS = (TwilioException, *twilio_line.FAULTS, ValueError)


async def ask(client: Client, number: str, now: datetime) -> Report | None:
    """What became of the message of that number; None where Twilio knows no more, or not of it any more."""
    try:
        return _report(await client.messages(number).fetch_async(), now)
    except TwilioRestException as fault:
        if fault.status == GONE:
            return None
        raise CannotAsk from fault
    except FAULTS as fault:
        raise CannotAsk from fault


async def find(
    client: Client, from_number: str, address: str, since: datetime, until: datetime, now: datetime
) -> Sequence[Found]:
    """What Twilio was given for that address in that time."""
    try:
        listed = await client.messages.list_async(
            to=f"{PREFIX}{address}",
            from_=f"{PREFIX}{from_number}",
            date_sent_after=since,
            limit=MOST,
            page_size=A_PAGE,
        )
    except FAULTS as fault:
        raise CannotAsk from fault
    return [
        Found(str(each.sid), each.body or "", each.date_created, _report(each, now))
        for each in listed
        if each.date_created is not None and since <= each.date_created <= until
    ]


def _report(message: Any, now: datetime) -> Report | None:
    """As if it had been told by a status callback."""
    told = {
        "MessageSid": str(message.sid),
        "MessageStatus": str(message.status or ""),
        "ErrorCode": str(message.error_code or ""),
        "To": str(message.to or ""),
    }
    return report_of(told, CHANNEL, now)
