"""When a channel that said "not now" may be tried again, and when it has said so too often. Touches nothing.

A limit on the whole shop is waited for longer each time. What the provider only took is no proof that it is over,
where it tells of a refusal later: what arrived is.

A line that breaks while messages are on it leaves them unknown, so one that breaks more often than not rests, longer
each time, and is then tried with one message. What it answers lets as many more go; so after a rest nothing bursts.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from campaigns.channel import Cause, FateUnknown, Outcome, Sent, Throttled
from campaigns.sending.settling import LEAST_WAIT

FIRST_WAIT = timedelta(minutes=5)
MOST_REFUSALS = 3
"""In a row, without a success in between: then the shop is asked."""
SET_BACK = timedelta(minutes=1)
"""By less, two threads may have asked for the time in another order."""
FORGOTTEN_AFTER = timedelta(hours=24)
"""The limit is one of 24 hours: what was refused before is another story."""
FIRST_REST, LONGEST_REST = timedelta(seconds=30), timedelta(minutes=15)
LOOKED_AT, MOST_BROKEN = 10, 5
"""Of so many messages, the last there were, so many may be lost on a line that is no worse than others."""


@dataclass
class Door:
    """One channel's. ``closed_until`` only moves later."""

    closed_until: datetime | None = None
    closed_at: datetime | None = None
    refusals: int = 0
    refused_at: datetime | None = None
    was_told_later: bool = False
    recent: deque[bool] = field(default_factory=lambda: deque(maxlen=LOOKED_AT))
    """Of the last messages, whether the line broke."""
    rests: int = 0
    """How often it has rested without an answer in between."""
    width: int | None = None
    """How many may be on their way there at once; None: as many as one likes."""

    def is_open(self, now: datetime) -> bool:
        """Where the clock was set back since it was closed, its deadline means nothing any more."""
        return self.closed_until is None or self.closed_until <= now or self._is_before(now)

    def close(self, until: datetime, now: datetime) -> None:
        standing = until if self.closed_until is None or self._is_before(now) else self.closed_until
        self.closed_until, self.closed_at = max(until, now + LEAST_WAIT, standing), now

    def _is_before(self, now: datetime) -> bool:
        return self.closed_at is not None and now < self.closed_at - SET_BACK


@dataclass(frozen=True)
class Doors:
    """Of all channels, as one process knows them."""

    by_channel: dict[str, Door] = field(default_factory=dict)

    def of(self, channel: str) -> Door:
        return self.by_channel.setdefault(channel, Door())

    def closed(self, now: datetime) -> dict[str, datetime]:
        """The channels that are not to be tried, and until when."""
        doors = self.by_channel.items()
        return {name: each.closed_until for name, each in doors if each.closed_until and not each.is_open(now)}

    def heed(self, channel: str, outcomes: Iterable[Outcome], now: datetime, *, is_later: bool = False) -> bool:
        """Learn from what the provider said of messages that were sent together; whether it has refused too often.

        A refusal speaks for the whole channel, unless it is about one person.
        """
        said = list(outcomes)
        door = self.of(channel)
        for each in said:
            if isinstance(each, Throttled) and each.cause not in (Cause.PERSONAL, Cause.PORTFOLIO, Cause.RECALLED):
                door.close(each.until, now)
        if any(isinstance(each, Sent) for each in said) and not door.was_told_later:
            door.refusals = 0
        if any(isinstance(each, Throttled) and each.cause is Cause.PORTFOLIO for each in said):
            return self._refused(door, now, is_later=is_later)
        return False

    def feel(self, channel: str, outcomes: Iterable[Outcome], now: datetime) -> bool:
        """Learn from how the line held; whether the channel rests from now on that did not before.

        A refusal is an answer. What was only put off says nothing: that may be our own door.
        """
        door, began_to_rest = self.of(channel), False
        for each in outcomes:
            if isinstance(each, FateUnknown):
                began_to_rest = self._broke(door, now) or began_to_rest
            elif not isinstance(each, Throttled):
                door.recent.append(False)
                door.rests, door.width = 0, None if door.width is None else door.width + 1
        return began_to_rest

    def most(self, channel: str, room: int, on_their_way: int) -> int:
        """How many may be claimed for the channel where there is room for so many in all."""
        width = self.of(channel).width
        return room if width is None else max(0, min(room, width - on_their_way))

    def _broke(self, door: Door, now: datetime) -> bool:
        if not door.is_open(now):
            # They were on their way together with those that closed it.
            return False
        door.recent.append(True)
        door.width = None if door.width is None else max(1, door.width // 2)
        if sum(door.recent) < MOST_BROKEN and not door.rests:
            return False
        door.close(now + min(LONGEST_REST, FIRST_REST * 2 ** min(door.rests, 10)), now)
        door.rests, door.width = door.rests + 1, 1
        door.recent.clear()
        return door.rests == 1

    def arrived(self, channel: str) -> None:
        """The provider brought one to somebody: it refuses no more."""
        if channel in self.by_channel:
            self.by_channel[channel].refusals = 0

    def _refused(self, door: Door, now: datetime, *, is_later: bool) -> bool:
        last, pause = door.refused_at, FIRST_WAIT * 2 ** max(door.refusals - 1, 0)
        if last is not None and door.refusals and now < last + pause:
            # They were sent together with what was refused then.
            return False
        if last is not None and now - last > FORGOTTEN_AFTER:
            door.refusals = 0
        door.refusals, door.refused_at, door.was_told_later = door.refusals + 1, now, is_later
        door.close(now + FIRST_WAIT * 2 ** (door.refusals - 1), now)
        if door.refusals < MOST_REFUSALS:
            return False
        door.refusals = 0
        return True
