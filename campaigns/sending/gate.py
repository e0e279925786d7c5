"""May we send this offer to this person, now? Pure: told the facts, it gives a verdict.

Asked when planning, and again in the transaction that claims a message for sending. Only then is it known what can
be said to somebody whom free words do not reach, and whether the channel has room for one more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from campaigns.sending.pacing import NEVER, free_from, quiet_until
from campaigns.shop import Caps, QuietHours

LOOKED_AGAIN_AFTER = timedelta(hours=1)
"""While words wait for the messenger's approval."""


class Reason(StrEnum):
    """Why somebody gets no message, or not yet."""

    ERASED = "erased"
    TEAM = "team"
    LINKED = "linked"
    NO_CONSENT = "no_consent"
    HELD = "held"
    COMPLAINT = "complaint"
    """They complained not long ago, and somebody of the shop is to see to that first."""
    UNDER_AGE = "under_age"
    NO_PROFILING = "no_profiling"
    NO_ADDRESS = "no_address"
    CHANNEL_OFF = "channel_off"
    UNREACHABLE = "unreachable"
    CANCELLED = "cancelled"
    TOO_LATE = "too_late"
    CAPPED = "capped"
    ASKED_LATELY = "asked_lately"
    """They were asked in another survey not long ago."""
    NOTHING_FITS = "nothing_fits"
    QUIET_HOURS = "quiet_hours"
    DAILY_LIMIT = "daily_limit"
    BEST_HOUR = "best_hour"
    ALWAYS_QUIET = "always_quiet"
    UNREADABLE = "unreadable"
    NO_CONTENT = "no_content"
    CONTENT_AWAITED = "content_awaited"
    PERSONAL_LIMIT = "personal_limit"
    PORTFOLIO_LIMIT = "portfolio_limit"
    BUDGET = "budget"
    BEYOND_BUDGET = "beyond_budget"


class Words(StrEnum):
    """How the words stand that the messenger's owner has to approve."""

    APPROVED = "approved"
    AWAITED = "awaited"
    NONE = "none"
    """Not made, not submitted, or not to be used."""


@dataclass(frozen=True)
class Facts:
    """All the gate needs to know of one recipient. None where it could not be found out."""

    is_erased: bool = False
    allows_offers: bool | None = None
    is_survey: bool = False
    """Whether it is no offer but an invitation to a survey, which needs another permission."""
    allows_research: bool | None = None
    was_asked_lately: bool = False
    """Whether another survey came to them within the days that the shop leaves between two."""
    is_held: bool = False
    """Whether they may want to leave, and were asked."""
    has_complained: bool = False
    """Whether an urgent complaint of theirs is still to be seen to, and not long ago."""
    needs_age: bool = False
    """Whether the shop sells what is not for everybody."""
    is_of_age: bool | None = None
    needs_profiling: bool = False
    """Whether they were chosen by their history: an offer to a segment."""
    allows_profiling: bool | None = None
    channel: str | None = None
    channel_is_served: bool = True
    is_reachable: bool = True
    is_cancelled: bool = False
    send_before: datetime | None = None
    recent_offers: tuple[datetime, ...] = ()
    days_between: int = 0
    """How many days they want between two offers at least."""
    promised: int | None = None
    """How many offers a month the words of their yes promised at most, where that is fewer than the shop's cap."""
    quiet_hours: tuple[QuietHours, ...] | None = ()
    """Their own, beside the shop's."""
    zone: ZoneInfo | None = None
    free_until: datetime = NEVER
    """Until when free words reach them; afterwards only approved ones do."""
    words: Words | None = None
    """How the approved words for them stand. None when planning: until their turn comes that may change."""
    room_from: datetime | None = None
    """When their channel has room for one more person; None: now."""
    is_affordable: bool = True
    """Whether the campaign's budget has room for one more message; only asked when it is to be sent."""

    @property
    def is_permitted(self) -> bool | None:
        """Their own yes or no to what this is; None: they were never asked."""
        return self.allows_research if self.is_survey else self.allows_offers

    def needs_approved_words(self, at: datetime) -> bool:
        """Whether free words do not reach them then."""
        return at >= self.free_until


@dataclass(frozen=True)
class Allowed:
    pass


@dataclass(frozen=True)
class Deferred:
    """Not yet."""

    until: datetime
    reason: Reason


@dataclass(frozen=True)
class Refused:
    """Not this time."""

    reason: Reason


@dataclass(frozen=True)
class Unknown:
    """It cannot be told, so nothing is sent."""

    reason: Reason


Verdict = Allowed | Deferred | Refused | Unknown


def ask(facts: Facts, quiet: QuietHours, caps: Caps, now: datetime) -> Verdict:
    """The verdict on one recipient. What forbids comes before what delays; what is unclear is never sent.

    Of the shop's manners and the customer's own the stricter hold: the wider spacing, and quiet when either says so.
    """
    reason = _forbidding(facts, caps, now)
    if reason is not None:
        return Refused(reason)
    if facts.zone is None or facts.quiet_hours is None:
        return Unknown(Reason.UNREADABLE)
    until = quiet_until(now, facts.zone, quiet, *facts.quiet_hours)
    if until == NEVER:
        return Refused(Reason.ALWAYS_QUIET)
    if until is not None:
        return _unless_too_late(Deferred(until, Reason.QUIET_HOURS), facts)
    if facts.needs_approved_words(now) and facts.words is Words.AWAITED:
        return _unless_too_late(Deferred(now + LOOKED_AGAIN_AFTER, Reason.CONTENT_AWAITED), facts)
    if not facts.is_affordable:
        # Until somebody's word: its campaign is about to be held.
        return Deferred(now, Reason.BUDGET)
    if facts.room_from is not None and facts.room_from > now:
        # A full channel is no lateness of ours.
        return Deferred(facts.room_from, Reason.DAILY_LIMIT)
    return Allowed()


def _unless_too_late(verdict: Deferred, facts: Facts) -> Verdict:
    is_too_late = facts.send_before is not None and verdict.until > facts.send_before
    return Refused(Reason.TOO_LATE) if is_too_late else verdict


def _forbidding(facts: Facts, caps: Caps, now: datetime) -> Reason | None:
    """The first reason of all: what they want, and what protects them, before what happens not to work."""
    own = caps.spaced(facts.days_between).at_most(facts.promised)
    checks = (
        (facts.is_erased, Reason.ERASED),
        (facts.is_permitted is not True, Reason.NO_CONSENT),
        (facts.is_held, Reason.HELD),
        (facts.has_complained, Reason.COMPLAINT),
        (facts.needs_age and facts.is_of_age is not True, Reason.UNDER_AGE),
        (facts.needs_profiling and facts.allows_profiling is not True, Reason.NO_PROFILING),
        (facts.channel is None, Reason.NO_ADDRESS),
        (not facts.channel_is_served, Reason.CHANNEL_OFF),
        (not facts.is_reachable, Reason.UNREACHABLE),
        (facts.is_cancelled, Reason.CANCELLED),
        (facts.send_before is not None and now > facts.send_before, Reason.TOO_LATE),
        (facts.is_survey and facts.was_asked_lately, Reason.ASKED_LATELY),
        (free_from(facts.recent_offers, own, now) is not None, Reason.CAPPED),
        (facts.needs_approved_words(now) and facts.words is Words.NONE, Reason.NO_CONTENT),
    )
    return next((reason for forbids, reason in checks if forbids), None)
