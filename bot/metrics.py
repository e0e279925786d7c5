"""What is counted of an open shop, in Prometheus' words. Kinds and numbers: no name, address, text or token.

What this process does is counted as it happens. What the database holds is counted when somebody asks, in a thread,
by one at a time, and kept for a while: the longer counting takes, the longer, so that it never takes more than a
fiftieth of the time.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from sqlalchemy import func
from sqlalchemy import select as sql_select
from sqlmodel import Session, col

from campaigns.channel import Outcome, Report
from campaigns.sending import paces, queues
from campaigns.sending.doors import Doors
from campaigns.sending.queues import Waiting
from campaigns.tables import State
from ledger import backups, leases, pulse
from ledger.database import Database
from ledger.tables import ConsentEvent, Fault

log = logging.getLogger(__name__)
LEAST_AGE_SECONDS = 15.0
SHARE = 50
"""Counting that took a second is not done again for so many."""
PATIENCE_SECONDS = 2.0
"""How long whoever asks waits for a fresh count; then they get the one before."""
QUICK = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
Value = tuple[Mapping[str, str], float]


@dataclass(frozen=True)
class Counts:
    """What the database held at one moment."""

    at: float
    """By the process's own clock, as ``took``."""
    took: float
    families: Mapping[str, tuple[str, tuple[Value, ...]]]
    """Of each name what it means, and its values by their labels."""


class Metrics:
    """One process's. It is also what the dispatcher tells of its steps; see campaigns/sending/meter.py."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        name = "langganan"
        self._claims = self._histogram("claim_seconds", "A batch of due messages was claimed")
        self._settles = self._histogram("settle_seconds", "What came of a batch was written down")
        self._commits = self._histogram("commit_seconds", "A batch was settled, the next claimed, both committed")
        self._sends = self._histogram("send_seconds", "A provider answered a message", "channel")
        self._answers = self._histogram("answer_seconds", "From a message's arrival to its last answer", "channel")
        self._outcomes = Counter(
            f"{name}_sends", "What providers said of messages", ("channel", "outcome"), registry=self.registry
        )
        self._inbound = Counter(
            f"{name}_inbound", "Messages that people sent", ("channel", "taken"), registry=self.registry
        )
        self._callbacks = Counter(
            f"{name}_callbacks", "What providers told later", ("channel", "fate"), registry=self.registry
        )

    def _histogram(self, name: str, what: str, *labels: str) -> Histogram:
        return Histogram(f"langganan_{name}", what, labels, buckets=QUICK, registry=self.registry)

    def claimed(self, seconds: float) -> None:
        self._claims.observe(seconds)

    def sent(self, channel: str, outcome: Outcome, seconds: float) -> None:
        self._sends.labels(channel).observe(seconds)
        self._outcomes.labels(channel, type(outcome).__name__).inc()

    def settled(self, seconds: float) -> None:
        self._settles.observe(seconds)

    def kept(self, seconds: float) -> None:
        self._commits.observe(seconds)

    def heard(self, channel: str, *, is_taken: bool) -> None:
        """A message of a person came in, and was kept or not."""
        self._inbound.labels(channel, str(is_taken).lower()).inc()

    def answered(self, channel: str, seconds: float) -> None:
        self._answers.labels(channel).observe(seconds)

    def reported(self, report: Report) -> None:
        self._callbacks.labels(report.channel, report.fate.value).inc()


@dataclass
class Counting:
    """Counts what the database holds: one at a time, and not too often. ``clock`` gives seconds that only grow."""

    database: Database
    channels: Collection[str]
    now: Callable[[], datetime]
    clock: Callable[[], float] = time.monotonic
    _kept: Counts | None = None
    _running: asyncio.Task[Counts] | None = field(default=None, repr=False)

    async def counts(self) -> Counts | None:
        """Fresh enough, or those before where counting takes long, or None where there are none yet."""
        if self._is_due() and (self._running is None or self._running.done()):
            self._running = asyncio.create_task(asyncio.to_thread(self._count))
        if (running := self._running) is not None:
            await asyncio.wait([running], timeout=PATIENCE_SECONDS)
            self._take(running)
        return self._kept

    def _is_due(self) -> bool:
        kept = self._kept
        return kept is None or self.clock() - kept.at >= max(LEAST_AGE_SECONDS, kept.took * SHARE)

    def _take(self, task: asyncio.Task[Counts]) -> None:
        # Of several that waited for the same count the first takes it.
        if not task.done() or task is not self._running:
            return
        self._running = None
        try:
            self._kept = task.result()
        except Exception as fault:  # noqa: BLE001 - the process's own figures are told all the same
            log.warning("what the database holds could not be counted: %s", type(fault).__name__)
            self._kept = None

    def _count(self) -> Counts:
        begun = self.clock()
        with self.database.reading() as session:
            families = dict(_families(session, self.channels, self.now()))
        ended = self.clock()
        return Counts(ended, ended - begun, families)


class Page:
    """The text that Prometheus reads."""

    def __init__(self, metrics: Metrics, counting: Counting, doors: Callable[[], Mapping[str, bool]]) -> None:
        self.metrics, self.counting, self.doors = metrics, counting, doors

    async def text(self) -> bytes:
        """All there is; where the database is away, all but what it holds."""
        counts = await self.counting.counts()
        registry = CollectorRegistry()
        registry.register(Told(self._families(counts)))
        return generate_latest(self.metrics.registry) + generate_latest(registry)

    def _families(self, counts: Counts | None) -> Iterator[Metric]:
        yield _gauge("database_up", "Whether the database could be counted", [({}, float(counts is not None))])
        doors: list[Value] = [({"channel": name}, float(is_open)) for name, is_open in sorted(self.doors().items())]
        yield _gauge("channel_open", "Whether the provider takes offers; 0 while it said later", doors)
        if counts is None:
            return
        age = self.counting.clock() - counts.at
        yield _gauge("counted_age_seconds", "How old the figures of the database are", [({}, age)])
        for name, (what, values) in counts.families.items():
            yield _gauge(name, what, values)


@dataclass(frozen=True)
class Told:
    """Metrics that are there already."""

    families: Iterator[Metric]

    def collect(self) -> Iterator[Metric]:
        yield from self.families


def doors_of(doors: Doors, channels: Mapping[str, object], now: Callable[[], datetime]) -> Mapping[str, bool]:
    """Whether each channel takes offers now."""
    return {name: doors.of(name).is_open(now()) for name in channels}


def _gauge(name: str, what: str, values: list[Value] | tuple[Value, ...]) -> GaugeMetricFamily:
    labels = list(values[0][0]) if values else []
    family = GaugeMetricFamily(f"langganan_{name}", what, labels=labels)
    for by, value in values:
        family.add_metric([by[label] for label in labels], value)
    return family


def _families(
    session: Session, channels: Collection[str], now: datetime
) -> Iterator[tuple[str, tuple[str, tuple[Value, ...]]]]:
    states = queues.by_state_and_channel(session)
    yield (
        "messages",
        (
            "Messages of campaigns by what became of them",
            tuple(({"state": state, "channel": channel}, float(n)) for (state, channel), n in states.items()),
        ),
    )
    in_state = {state: sum(n for (each, _), n in states.items() if each == state) for state in State}
    waiting: Waiting = queues.waiting(session, channels, now)
    since = {
        "oldest_due_age_seconds": ("How long the first message that may go has waited", waiting.oldest),
        "mining_age_seconds": ("How long ago the history was mined", queues.last_mined(session)),
        "backup_age_seconds": ("How long ago a backup was made", (backups.last(session) or (None,))[0]),
        "beat_age_seconds": ("How long ago any process gave a sign of life", pulse.last_beat(session)),
    }
    yield "due", ("Messages that may go now", ((({}), float(waiting.due)),))
    yield "in_flight", ("Messages with a provider", ((({}), float(in_state[State.SENDING])),))
    yield "unknown", ("Messages that may have been sent, or not", ((({}), float(in_state[State.UNKNOWN])),))
    yield "database_bytes", ("How large the database is", ((({}), float(backups.size_bytes(session))),))
    for name, (what, at) in since.items():
        age = max((now - at).total_seconds(), 0.0) if at is not None else None
        yield name, (what, ((({}), age),) if age is not None else ())
    shut = paces.closed(session, now)
    waits = tuple(({"channel": each.channel}, (each.until - now).total_seconds()) for each in shut)
    yield "provider_wait_seconds", ("How long a provider that wants nothing is still waited for", waits)
    yield "processes", ("Processes that are open, by what they do", _processes(session, now))
    held = leases.holders(session, leases.shared_time(session, now))
    yield "lease_held", ("Whether some process does what only one may", _held(held))
    yield "consent_events", ("Every yes and no there ever was", _consents(session))
    yield "faults", ("Messages that could not be acted on, as far back as is kept", _faults(session))


def _processes(session: Session, now: datetime) -> tuple[Value, ...]:
    roles = [each.role for each in pulse.alive(session, now)]
    return tuple(({"role": role}, float(roles.count(role))) for role in sorted({*roles, pulse.WHOLE}))


def _held(held: Mapping[str, str]) -> tuple[Value, ...]:
    return tuple(({"lease": name}, float(name in held)) for name in (leases.SCHEDULER, leases.LISTENING))


def _consents(session: Session) -> tuple[Value, ...]:
    rows = session.connection().execute(
        sql_select(col(ConsentEvent.purpose), col(ConsentEvent.granted), func.count()).group_by(
            col(ConsentEvent.purpose), col(ConsentEvent.granted)
        )
    )
    return tuple(({"purpose": each, "granted": str(granted).lower()}, float(n)) for each, granted, n in rows)


def _faults(session: Session) -> tuple[Value, ...]:
    rows = session.connection().execute(sql_select(col(Fault.channel), func.count()).group_by(col(Fault.channel)))
    return tuple(({"channel": channel}, float(n)) for channel, n in rows)
