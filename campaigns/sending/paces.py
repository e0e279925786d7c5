"""How fast all processes of a shop together write on a channel: each offer has its moment, and no two have the same.

    room → the moments of the next offers, at most AHEAD from now | none: taken up to there, or the provider says no
    take → those of them that are used

A bucket that fills drop by drop, kept in the database as the one moment up to which it is taken (the generic cell
rate algorithm of ITU-T I.371; see bot/channels/buckets.py for the same within a process). What is not used is lost:
after a pause there is no burst. Offers get OFFERS_SHARE of what the provider allows. The rest is for answers, which
never wait here: whoever writes to the shop has theirs at once, in whichever process, and what they took is charged
afterwards, so that offers make room for it.

All times are the shared one (ledger/leases.py): the database's, where hosts' clocks differ.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, or_, update
from sqlalchemy import select as sql_select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel, col

from campaigns.channel import Cause
from campaigns.tables import Pace

AHEAD = timedelta(seconds=1)
"""How far ahead moments are given out: so much may be in flight, and unknown when its process is killed."""
OFFERS_SHARE = 0.9
NO_WAIT = timedelta()
HAIR = timedelta(milliseconds=1)
"""How early a message may go: no timer is set for less."""
MOST_DEBT = timedelta(seconds=30)
"""More than this no offer waits for answers. A bucket taken up to later was so before a clock was set back."""


HERE = col(Pace.channel) == bindparam("here")
FOUND: Any = sql_select(col(Pace.owed_at), col(Pace.closed_until)).where(HERE)
LOCKED = FOUND.with_for_update()
KNOWN: Any = sql_select(col(Pace.channel), col(Pace.owed_at), col(Pace.closed_until), col(Pace.cause))
OWE = update(SQLModel.metadata.tables[str(Pace.__tablename__)]).where(HERE).values(owed_at=bindparam("until"))
"""Asked for every batch: put together once."""


@dataclass(frozen=True)
class Closed:
    """A channel whose provider wants nothing before then, and why."""

    channel: str
    until: datetime
    cause: Cause


def room(session: Session, channel: str, per_second: float, most: int, now: datetime) -> Sequence[datetime]:
    """The next moments at which one offer each may go, up to ``most``; ``take`` those that are used.

    On PostgreSQL whoever else asks for this channel waits until this transaction ends, so that no two processes are
    given the same moment.
    """
    return _moments(_of(session, channel), per_second, most, now)


def _moments(pace: Row[Any], per_second: float, most: int, now: datetime) -> Sequence[datetime]:
    interval = _interval(per_second)
    first = max(now, _owed(pace, now, per_second))
    is_closed = pace.closed_until is not None and pace.closed_until > now
    if is_closed or most < 1 or first > now + AHEAD:
        return ()
    return [first + place * interval for place in range(min(most, 1 + (now + AHEAD - first) // interval))]


def take(session: Session, channel: str, per_second: float, moments: Sequence[datetime]) -> None:
    """These, the first of what ``room`` gave in this very transaction, are used."""
    if moments:
        _owe(session, channel, moments[-1] + _interval(per_second))


class Turns:
    """What one claim may take on each channel, and when each message goes.

    ``rates``: by channel, how many a second the provider allows in all; None: as many as one likes. ``now`` is the
    shared time. ``most`` says how many may be claimed where; a channel whose provider wants nothing is not in it.
    """

    def __init__(self, session: Session, rates: Mapping[str, float | None], most: int, now: datetime) -> None:
        self._session, self._rates, self.now = session, rates, now
        known = _known(session)
        shut = {each.channel for each in _closed(known, now)}
        open_ones = {name: rate for name, rate in sorted(rates.items()) if name not in shut}
        # SQLite has one writer, and that is us: what was read is so until we have ended.
        found = {} if _is_shared(session) else {each.channel: each for each in known}
        self._moments = {
            name: deque(_moments(found.get(name) or _of(session, name), rate, most, now))
            for name, rate in open_ones.items()
            if rate is not None
        }
        self._taken: dict[str, list[datetime]] = {}
        self.most = {name: len(self._moments.get(name, range(most))) for name in open_ones}

    @property
    def waiting(self) -> list[str]:
        """The channels where it is nobody's turn yet, but soon."""
        return [name for name, most in self.most.items() if not most]

    def next(self, channel: str) -> timedelta:
        """One message is claimed there: how long it has to wait for its moment."""
        if not self._moments.get(channel):
            # They are written to on another channel than was planned: that one has its own lane yet.
            return NO_WAIT
        moment = self._moments[channel].popleft()
        self._taken.setdefault(channel, []).append(moment)
        return moment - self.now

    def keep(self) -> None:
        """At the end: what was claimed is taken, the rest is the next one's."""
        for channel, moments in self._taken.items():
            rate = self._rates[channel]
            if rate is not None:
                take(self._session, channel, rate, moments)


def charge(session: Session, channel: str, per_second: float, answers: int, now: datetime) -> None:
    """So many answers went out: offers make room for them."""
    owed_at = max(now, _owed(_of(session, channel), now, per_second)) + answers * _interval(per_second)
    _owe(session, channel, min(owed_at, now + MOST_DEBT))


def close(session: Session, channel: str, until: datetime, cause: Cause) -> None:
    """The provider wants nothing before then; an earlier deadline than the one that is known changes nothing."""
    _of(session, channel, is_locked=False)
    later = or_(col(Pace.closed_until).is_(None), col(Pace.closed_until) < until)
    here = update(Pace).where(col(Pace.channel) == channel, later)
    session.connection().execute(here.values(closed_until=until, cause=cause))


def closed(session: Session, now: datetime) -> Iterator[Closed]:
    """The channels whose provider wants nothing now. Locks nothing."""
    return _closed(_known(session), now)


def _known(session: Session) -> Sequence[Row[Any]]:
    session.flush()
    return session.connection().execute(KNOWN).all()


def _closed(known: Sequence[Row[Any]], now: datetime) -> Iterator[Closed]:
    for each in known:
        if each.closed_until is not None and each.closed_until > now:
            yield Closed(each.channel, each.closed_until, Cause(each.cause or Cause.BUSY))


def _is_shared(session: Session) -> bool:
    """Whether others may write at the same time."""
    return session.get_bind().dialect.name == "postgresql"


def _owe(session: Session, channel: str, until: datetime) -> None:
    session.connection().execute(OWE, {"here": channel, "until": until})


def _interval(per_second: float) -> timedelta:
    return max(timedelta(seconds=1 / (per_second * OFFERS_SHARE)), timedelta.resolution)


def _owed(pace: Row[Any], now: datetime, per_second: float) -> datetime:
    most = now + max(MOST_DEBT, AHEAD + _interval(per_second))
    return now if pace.owed_at is None or pace.owed_at > most else pace.owed_at


def _of(session: Session, channel: str, *, is_locked: bool = True) -> Row[Any]:
    """The channel's row, made where there is none, and nobody else's until this transaction ends."""
    session.flush()
    found, here = LOCKED if is_locked else FOUND, {"here": channel}
    pace = session.connection().execute(found, here).first()
    if pace is not None:
        return pace
    insert = postgresql.insert if _is_shared(session) else sqlite.insert
    session.connection().execute(insert(Pace).values(channel=channel).on_conflict_do_nothing())
    return session.connection().execute(found, here).one()
