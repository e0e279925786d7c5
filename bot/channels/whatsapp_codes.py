"""What Twilio's codes mean to us: the one table, for answers to what we send and for what is reported later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import phonenumbers
from twilio.base.exceptions import TwilioRestException, TwilioServiceException  # type: ignore[import-untyped]

from bot.channels import reaching
from campaigns.channel import (
    BadContent,
    Cause,
    ContentClosed,
    Failed,
    Fate,
    FateUnknown,
    OptedOut,
    Outcome,
    OutsideWindow,
    Refusal,
    Report,
    Throttled,
    Unreachable,
)

PREFIX = "whatsapp:"
LINE_DOWN = timedelta(minutes=1)
PERSONAL_LIMIT = 63049
"""WhatsApp's limit on offers to one person, over all businesses."""
TOO_FAST_OR_TOO_MANY = 63018
"""Of approved words: too many people in 24 hours. Free words are not counted so: with them it is the pace alone."""


@dataclass(frozen=True)
class NotNow:
    """Refused for now: why, and for how long at least."""

    cause: Cause
    wait: timedelta


class Coded(Protocol):
    """An outcome that is told by its code alone."""

    def __call__(self, code: str) -> Refusal: ...


TOO_FAST = NotNow(Cause.BUSY, timedelta(seconds=15))
OUR_ACCOUNT = NotNow(Cause.NOT_ADMITTED, timedelta(minutes=15))

MEANINGS: Mapping[int, Coded | NotNow] = {
    # The person: not on WhatsApp, gone, a number that is none, or not in the sandbox (any more).
    63003: Unreachable,
    63015: Unreachable,
    63024: Unreachable,
    21211: Unreachable,
    21614: Unreachable,
    # They said no to WhatsApp or to Twilio.
    63014: OptedOut,
    21610: OptedOut,
    63016: OutsideWindow,
    # The words and what fills them.
    63013: BadContent,
    63021: BadContent,
    63028: BadContent,
    21656: BadContent,
    # The words themselves: deleted, another account's, not in that language; rejected, paused, disabled.
    21655: ContentClosed,
    92006: ContentClosed,
    63027: ContentClosed,
    63040: ContentClosed,
    63041: ContentClosed,
    63042: ContentClosed,
    # Not now.
    429: NotNow(Cause.BUSY, timedelta(seconds=5)),
    20429: NotNow(Cause.BUSY, timedelta(seconds=5)),
    63017: TOO_FAST,
    30001: NotNow(Cause.BUSY, timedelta(minutes=1)),
    TOO_FAST_OR_TOO_MANY: NotNow(Cause.PORTFOLIO, timedelta(hours=1)),
    63038: NotNow(Cause.PORTFOLIO, timedelta(hours=1)),
    PERSONAL_LIMIT: NotNow(Cause.PERSONAL, timedelta(hours=24)),
    # Our own account, or the number we send from: no customer should be written off for it.
    401: OUR_ACCOUNT,
    403: OUR_ACCOUNT,
    20003: OUR_ACCOUNT,
    20005: OUR_ACCOUNT,
    20403: OUR_ACCOUNT,
    21212: OUR_ACCOUNT,
    63002: OUR_ACCOUNT,
    63007: OUR_ACCOUNT,
    63008: OUR_ACCOUNT,
    63020: OUR_ACCOUNT,
    63059: OUR_ACCOUNT,
    63062: OUR_ACCOUNT,
    63112: OUR_ACCOUNT,
}
"""The table of WhatsApp's and Twilio's own pages; whatever is not in it has failed."""

FATES = {
    "sent": Fate.SENT,
    "delivered": Fate.DELIVERED,
    "read": Fate.READ,
    "failed": Fate.FAILED,
    "undelivered": Fate.FAILED,
    "canceled": Fate.FAILED,
}
"""What a status tells; "queued", "accepted" and "sending" tell nothing that we do not know."""


def outcome_of_code(code: int, address: str, now: datetime, *, is_approved: bool = True) -> Refusal:
    """What a code says of a message to ``address``. ``is_approved``: it was in approved words."""
    meaning = MEANINGS.get(code, Failed)
    if code == TOO_FAST_OR_TOO_MANY and not is_approved:
        meaning = TOO_FAST
    if not isinstance(meaning, NotNow):
        return meaning(str(code))
    if code == PERSONAL_LIMIT and is_american(address):
        # WhatsApp lets no offer through to a number of the United States, however long one waits.
        return Failed(str(code))
    return Throttled(now + meaning.wait, meaning.cause)


def outcome_of_fault(fault: Exception, address: str, now: datetime, *, is_approved: bool = True) -> Outcome:
    """What a fault of sending means."""
    match fault:
        case TwilioRestException() | TwilioServiceException() if fault.status >= 500:
            return FateUnknown(f"HTTP {fault.status}")
        case TwilioRestException() | TwilioServiceException():
            return outcome_of_code(fault.code or fault.status, address, now, is_approved=is_approved)
        case _ if isinstance(fault, reaching.NEVER_LEFT):
            return Throttled(now + LINE_DOWN)
        case _:
            return FateUnknown(type(fault).__name__)


def report_of(form: Mapping[str, str], channel: str, now: datetime, *, is_approved: bool = True) -> Report | None:
    """What a status callback tells of a message; None where it is nothing new or nothing of ours."""
    number = form.get("MessageSid") or form.get("SmsSid", "")
    fate = FATES.get((form.get("MessageStatus") or form.get("SmsStatus", "")).casefold())
    if not number or fate is None:
        return None
    refusal = _refusal(form, now, is_approved) if fate is Fate.FAILED else None
    return Report(channel, number, fate, refusal)


def _refusal(form: Mapping[str, str], now: datetime, is_approved: bool) -> Refusal:
    code, address = form.get("ErrorCode", ""), form.get("To", "").removeprefix(PREFIX)
    if code.isascii() and code.isdecimal():
        return outcome_of_code(int(code[:9]), address, now, is_approved=is_approved)
    return Failed(form.get("MessageStatus", "failed").casefold())


def is_american(address: str) -> bool:
    """Whether a number in E.164 is of the United States; Canada's begin with the same 1."""
    try:
        number = phonenumbers.parse(address)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.region_code_for_number(number) == "US"


class Growing:
    """How long to wait when told "too much" again and again: twice as long each time, until something passes."""

    def __init__(self, longest: timedelta = timedelta(minutes=10)) -> None:
        self.longest = longest
        self.refusals = 0

    def heeding(self, outcome: Outcome, now: datetime) -> Outcome:
        """The outcome, its wait grown where the provider was too busy before as well."""
        if not isinstance(outcome, Throttled) or outcome.cause is not Cause.BUSY:
            self.refusals = 0 if not isinstance(outcome, FateUnknown) else self.refusals
            return outcome
        wait = min((outcome.until - now) * 2 ** min(self.refusals, 10), self.longest)
        self.refusals += 1
        return Throttled(now + wait, outcome.cause)
