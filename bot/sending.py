"""What is sent to a person who waits for it: again after a while where that may help.

An answer is sent at least once as far as the process lives, so now and then twice: better than not at all. An offer
never is; it does not come this way either.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator
from datetime import datetime
from itertools import chain, repeat

from bot.clock import Clock
from campaigns.channel import Cause, Channel, FateUnknown, Outcome, Outgoing, Throttled

ANSWER: Collection[type[Outcome]] = (Throttled, FateUnknown)
QUESTION: Collection[type[Outcome]] = (Throttled,)
"""Asked at most once, so that it is repeated only where it was surely not sent."""
ONCE: Collection[type[Outcome]] = ()

ANSWER_SECONDS, QUESTION_SECONDS = 15 * 60.0, 3 * 60.0
"""How long a provider's "not now" is waited for: somebody waits for an answer, but not for one of an hour ago."""
LONGEST_WAIT_SECONDS = 60.0
"""Where it is too long, or only supposed by us: it is asked before."""
BROKEN_WAITS_SECONDS = (2.0, 8.0, 30.0)
"""Between one try and the next where the line broke, and no more tries than these: each may be a second message."""
REFUSED_WAITS_SECONDS = (0.0, 2.0, 8.0, 30.0)
"""At least as long after each "not now", from the last on always."""
MOST_WAITING = 5_000
"""Further ones are given up at once: what waits is kept in memory."""
_waiting: set[asyncio.Task[object] | None] = set()


async def send(channel: Channel, outgoing: Outgoing, clock: Clock, again_after: Collection[type[Outcome]]) -> Outcome:
    """Send it, and again where the outcome is one of ``again_after``; the last outcome. Raises nothing."""
    now = asyncio.get_running_loop().time
    patience = ANSWER_SECONDS if FateUnknown in again_after else QUESTION_SECONDS
    given_up_at, broken, refused = now() + patience, iter(BROKEN_WAITS_SECONDS), _refused()
    outcome = await _try(channel, outgoing)
    while not outgoing.is_offer and isinstance(outcome, tuple(again_after)) and _may_help(outcome):
        wait = next(broken if isinstance(outcome, FateUnknown) else refused, None)
        if wait is not None and isinstance(outcome, Throttled):
            wait = max(wait, _until(outcome, clock.now(), given_up_at - now()))
        if wait is None or now() + wait > given_up_at or not await _waited(wait):
            break
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


def _refused() -> Iterator[float]:
    return chain(REFUSED_WAITS_SECONDS, repeat(REFUSED_WAITS_SECONDS[-1]))


def _until(outcome: Throttled, now: datetime, left_seconds: float) -> float:
    """Seconds to wait for a provider that names a time: no try before is any use."""
    seconds = max((outcome.until - now).total_seconds(), 0.0)
    is_certain = outcome.cause is Cause.BUSY and seconds <= left_seconds
    return seconds if is_certain else min(seconds, LONGEST_WAIT_SECONDS)


async def _waited(seconds: float) -> bool:
    """Whether there was room to wait that long."""
    if len(_waiting) >= MOST_WAITING:
        return False
    me = asyncio.current_task()
    _waiting.add(me)
    try:
        await asyncio.sleep(seconds)
    finally:
        _waiting.discard(me)
    return True
