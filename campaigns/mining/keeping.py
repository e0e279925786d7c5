"""One run at a time, seen from outside while it is under way: how far it is, and whether somebody wants it stopped.

begin: take the lease, sweep away what was cut off → beat every few seconds → end: give the lease back, leave nothing

Whoever asks, in a chat or on the command line, reads the run's row and writes a wish into it; the run looks at each
beat. The beats come from a thread of their own, for a step of the engine may take minutes.
"""

from __future__ import annotations

import _thread
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from itertools import count

from sqlmodel import Session

from campaigns.mining.parameters import Parameters
from campaigns.mining.writing import outlived, sweep
from campaigns.runs import MINING, under_way
from campaigns.tables import MiningRun
from ledger import leases
from ledger.database import Database

TERM = timedelta(minutes=2)
"""A step that lets no other thread work may take that long; a run that was killed is in the way that long."""
LOOK_SECONDS = 0.5
"""How often it is looked at what the process holds."""
BEAT_EVERY = 10
"""Looks."""

Watch = Callable[[], None]
"""Called twice a second; raises what shall end the run, TooMuchMemory say."""


class MiningUnderWay(ValueError):
    """Another run is under way; the sentence says how far it is and how to stop it."""


class Cancelled(Exception):
    """Somebody asked for the run to end. Nothing of it is kept."""


@dataclass
class Keeper:
    """Keeps one run: its lease, and its row up to date."""

    database: Database
    now: Callable[[], datetime]
    run_id: int
    number: int
    holder: str
    watch: Watch
    look_seconds: float = LOOK_SECONDS
    fault: BaseException | None = None
    _step: str = ""
    _done: float = 0.0
    _ended: threading.Event = field(default_factory=threading.Event)
    _ending: threading.Lock = field(default_factory=threading.Lock)
    _miner: threading.Thread = field(default_factory=threading.current_thread)

    def told(self, step: str, done: float) -> None:
        """The run is at ``step`` now, ``done`` of all. Raises what the last beat found."""
        self._step, self._done = step, done
        if self.fault is not None:
            raise self.fault

    def keep(self) -> None:
        """Beat until the run ends; what ends it reaches the miner even in the middle of a step."""
        for look in count(1):
            if self._ended.wait(self.look_seconds):
                return
            try:
                self.watch()
                if look % BEAT_EVERY == 0:
                    self.beat()
            except (Cancelled, leases.LostLease, MemoryError) as fault:
                self._end_by(fault)
                return
            except Exception:  # noqa: BLE001, S112 - a database that is away for a moment ends no run
                continue

    def _end_by(self, fault: BaseException) -> None:
        """Unless it has ended: what is kept is not taken back."""
        with self._ending:
            if self._ended.is_set():
                return
            self.fault = fault
            if self._miner is threading.main_thread():
                _thread.interrupt_main()

    def beat(self) -> None:
        """Hold on to the lease and tell how far it is. Raises Cancelled and LostLease."""
        with self.database.transaction() as session:
            at = leases.shared_time(session, self.now())
            if leases.take(session, MINING, self.holder, at, TERM) != self.number:
                raise leases.LostLease(MINING)
            run = session.get(MiningRun, self.run_id)
            if run is None:
                raise leases.LostLease(MINING)
            if is_kept(run):
                return
            run.step, run.done, run.beat_at = self._step, self._done, self.now()
            is_cancelled = run.cancel_asked_at is not None
        if is_cancelled:
            raise Cancelled

    def end(self) -> None:
        with self._ending:
            self._ended.set()

    def switching(self, session: Session) -> MiningRun:
        """Asked first of all in the last transaction: the run, which is kept from its commit on. Nothing is where
        another holds the lease by now, or somebody was promised that it ends: raises LostLease and Cancelled.
        """
        # In the order in which a beat locks: the lease, then the run.
        leases.require(MINING, self.number)(session)
        run = session.get(MiningRun, self.run_id, with_for_update=True)
        if run is None:
            raise leases.LostLease(MINING)
        if run.cancel_asked_at is not None:
            raise Cancelled
        self.end()
        if self.fault is not None:
            raise self.fault
        return run


@contextmanager
def keeping(
    database: Database, now: Callable[[], datetime], parameters: Parameters, watch: Watch = lambda: None
) -> Iterator[Keeper]:
    """A run's row, from its beginning on. Raises MiningUnderWay, and what ends the run while it is under way.

    If the block raises, nothing of the run is left.
    """
    keeper = _begin(database, now, parameters, watch)
    beating = threading.Thread(target=keeper.keep, name="mining beats", daemon=True)
    beating.start()
    try:
        _sweep_what_is_left(database, keeper.run_id)
        yield keeper
    except BaseException as fault:
        keeper.end()
        with suppress(Exception):
            # What cannot be swept away now, the next run sweeps.
            _sweep_unless_kept(database, keeper.run_id)
        if isinstance(fault, KeyboardInterrupt) and keeper.fault is not None:
            raise keeper.fault from None
        raise
    finally:
        keeper.end()
        with suppress(Exception), database.transaction() as session:
            leases.give_back(session, MINING, keeper.holder, leases.shared_time(session, now()))


def _begin(database: Database, now: Callable[[], datetime], parameters: Parameters, watch: Watch) -> Keeper:
    holder = secrets.token_hex(8)
    with database.transaction() as session:
        number = leases.take(session, MINING, holder, leases.shared_time(session, now()), TERM)
        if number is None:
            raise MiningUnderWay(_told(session))
        run = MiningRun(started_at=now(), beat_at=now(), parameters=asdict(parameters))
        session.add(run)
        session.flush()
        run_id = run.id
    return Keeper(database, now, run_id, number, holder, watch)


def _sweep_what_is_left(database: Database, run_id: int) -> None:
    """While it beats already: a large run that was cut off takes minutes to sweep away."""
    with database.reading() as session:
        left = [each for each in outlived(session) if each < run_id]
    sweep(database, left)


def _sweep_unless_kept(database: Database, run_id: int) -> None:
    """Whoever stops it a moment too late takes nothing away from those who read it."""
    with database.reading() as session:
        run = session.get(MiningRun, run_id)
        is_left = run is not None and not is_kept(run)
    sweep(database, [run_id] if is_left else [])


def is_kept(run: MiningRun) -> bool:
    return run.ready_at is not None or run.held_at is not None


def _told(session: Session) -> str:
    found = under_way(session)
    how_far = f" ({found.step}, {found.done:.0%})" if found is not None and found.step else ""
    return (
        f"the history is being mined already{how_far}: wait until that has ended, or stop it: langganan mine --stop"
    )
