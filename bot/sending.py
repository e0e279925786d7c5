"""What is sent to a person who waits for it: again after a while where that may help.

An answer is sent at least once as far as the process lives, so now and then twice: better than not at all. An offer
never is; it does not come this way either.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from datetime import datetime, timedelta

from bot.clock import Clock
from campaigns.channel import Cause, Channel, FateUnknown, Outcome, Outgoing, Throttled

LONGEST_WAIT = timedelta(seconds=60)
"""For one try; a provider that says "in an hour" is asked before."""
WAITS = (timedelta(seconds=2), timedelta(seconds=8), timedelta(seconds=30))
"""Between one try and the next where the line broke. As many tries follow the first whatever went wrong."""
ANSWER: Collection[type[Outcome]] = (Throttled, FateUnknown)
QUESTION: Collection[type[Outcome]] = (Throttled,)
"""Asked at most once, so that it is repeated only where it was surely not sent."""
ONCE: Collection[type[Outcome]] = ()


async def send(channel: Channel, outgoing: Outgoing, clock: Clock, again_after: Collection[type[Outcome]]) -> Outcome:
    """Send it, and again where the outcome is one of ``again_after``; the last outcome. Raises nothing."""
    outcome = await _try(channel, outgoing)
    for usual in WAITS:
        if outgoing.is_offer or not isinstance(outcome, tuple(again_after)) or not _may_help(outcome):
            break
        await asyncio.sleep(_wait(outcome, usual, clock.now()).total_seconds())
        outcome = await _try(channel, outgoing)
    return outcome


async def _try(channel: Channel, outgoing: Outgoing) -> Outcome:
    try:
        return await channel.send(outgoing)
    except Exception as fault:  # noqa: BLE001 - a channel that raises broke its promise; the fate is unknown
        return FateUnknown(type(fault).__name__)


def _may_help(outcome: Outcome) -> bool:
    match outcome:
        case FateUnknown():
            return not outcome.is_partial
        case Throttled():
            return outcome.cause in (Cause.BUSY, Cause.NOT_ADMITTED)
        case _:
            return False


def _wait(outcome: Outcome, usual: timedelta, now: datetime) -> timedelta:
    until = outcome.until - now if isinstance(outcome, Throttled) else usual
    return min(max(until, timedelta()), LONGEST_WAIT)
