"""A campaign whose processes are killed at random instants, while people leave and the shop pauses and goes on.

One drama is: launch, kill so many times, let what is left go out in peace, let the dead processes' leases run out,
and count. Who left and whose campaign was paused is known as it stood in the very transaction that said so.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from multiprocessing.process import BaseProcess
from random import Random

from sqlalchemy import event, func
from sqlmodel import Session, col, select

from bot.app import App
from bot.inbound import Inbound
from campaigns.launching import planning
from campaigns.sending.claiming import LEASE
from campaigns.tables import Campaign, Message, State, Status
from ledger import customers
from ledger.tables import Address
from tests.chaos.bot_api import Provider
from tests.chaos.people import CHANNEL, launch
from tests.chaos.processes import STARTING
from tests.chaos.working import Place, open_app, work
from tests.fakes import FakeChannel

LIVES = (0, 80)
"""How many requests more reach the provider until a process is killed, whosever they are."""
AFTER_SECONDS = 0.03
"""It is killed so soon after the last of them: in the middle of others, or of what is written down."""
LONGEST_LIFE_SECONDS = 8.0
"""Who is paused or has to wait is killed all the same."""
PAUSES_SECONDS = (0.05, 0.4)
PATIENCE_SECONDS = 120.0
GRACE_SECONDS = 10.0
"""A process that is told to end has to have ended by then."""


@dataclass(frozen=True)
class Wish:
    """What one drama is made of. ``stops`` and ``pauses`` are spread over the kills."""

    seed: int
    workers: int = 1
    kills: int = 5
    stops: int = 5
    pauses: int = 1
    lives: tuple[int, int] = LIVES
    is_gentle: bool = False
    """Whether processes are told to end instead of being killed."""


@dataclass(frozen=True)
class Life:
    """A process, and when it is to end: at so many requests in all, or at that time."""

    process: BaseProcess
    requests: int
    until: float

    def is_over(self, requests: int) -> bool:
        return requests >= self.requests or time.monotonic() >= self.until


@dataclass(frozen=True)
class Stop:
    """Somebody left: at what time that was committed, and how their message stood then."""

    chat: str
    at: float
    state: State


@dataclass(frozen=True)
class Pause:
    """From the commit of the pause until just before it was over; ``sending``: whose message was on its way then."""

    since: float
    until: float
    sending: frozenset[str]


@dataclass
class Drama:
    """What happened. Times are seconds since 1970, by the computer's clock."""

    campaign: int
    requests_before: int
    kills: list[float] = field(default_factory=list)
    stops: list[Stop] = field(default_factory=list)
    pauses: list[Pause] = field(default_factory=list)
    slowest_end_seconds: float = 0.0
    """Of the processes that were told to end."""
    ahead_seconds: float = 0.0
    """How far the shop's clock was ahead until the campaign's last minutes."""


class Stage:
    """Where dramas are played, one after the other: one shop, one provider, processes that come and go."""

    def __init__(self, place: Place, provider: Provider, chats: Collection[str]) -> None:
        self.place, self.provider = place, provider
        self.app: App = open_app(place, FakeChannel(CHANNEL))
        self.staying = list(chats)
        """Who has not left yet."""
        self._pressed = 0

    def close(self) -> None:
        self.app.close()

    def play(self, wish: Wish) -> Drama:
        """A whole drama, from the launch to the campaign's end."""
        lots = Random(wish.seed)
        drama = Drama(launch(self.app), len(self.provider.requests()))
        drama.ahead_seconds = self.place.ahead.total_seconds()
        self._torment(wish, lots, drama)
        self._go_on(wish.workers, drama, lambda: not self._count(drama, State.PLANNED))
        # The dead processes' leases are over some minutes later.
        self._forward(LEASE + timedelta(minutes=1))
        self._go_on(1, drama, lambda: self._status(drama) is Status.DONE)
        return drama

    def _torment(self, wish: Wish, lots: Random, drama: Drama) -> None:
        """Kill, leave, pause and go on, as was drawn beforehand, until so many were killed or nothing is left."""
        lives = [Life(self._start(), *self._drawn(wish, lots)) for _ in range(wish.workers)]
        expected = min(len(self.staying), (wish.kills + 1) * sum(wish.lives)) // 2
        leaving = sorted((lots.randint(0, expected), chat) for chat in lots.sample(self.staying, wish.stops))
        pauses = sorted((lots.randint(0, expected), lots.uniform(*PAUSES_SECONDS)) for _ in range(wish.pauses))
        is_anything_left = True
        while len(drama.kills) < wish.kills and is_anything_left:
            reached = self.provider.count() - drama.requests_before
            while leaving and leaving[0][0] <= reached:
                self._leave(leaving.pop(0)[1], drama)
            while pauses and pauses[0][0] <= reached:
                self._pause(pauses.pop(0)[1], drama)
            for place, life in enumerate(lives):
                if life.is_over(self.provider.count()):
                    time.sleep(lots.uniform(0, AFTER_SECONDS))
                    (self._end if wish.is_gentle else self._kill)(life.process, drama)
                    drama.kills.append(time.time())
                    lives[place] = Life(self._start(), *self._drawn(wish, lots))
                    is_anything_left = self._count(drama, State.PLANNED) > 0
            time.sleep(0.002)
        for life in lives:
            self._end(life.process, drama)

    def _drawn(self, wish: Wish, lots: Random) -> tuple[int, float]:
        """When a process that is started now is over."""
        return self.provider.count() + lots.randint(*wish.lives), time.monotonic() + LONGEST_LIFE_SECONDS

    def _start(self) -> BaseProcess:
        process = STARTING.Process(target=work, args=(self.place,), daemon=True)
        process.start()
        return process

    def _kill(self, life: BaseProcess, _drama: Drama) -> None:
        life.kill()
        life.join()
        assert life.exitcode == -signal.SIGKILL, f"ended by itself: {life.exitcode}"

    def _end(self, life: BaseProcess, drama: Drama) -> None:
        """Tell it to end, and wait."""
        told = time.monotonic()
        life.terminate()
        life.join(GRACE_SECONDS)
        assert life.exitcode in (0, -signal.SIGTERM), f"told to end it did not in time, or fell: {life.exitcode}"
        drama.slowest_end_seconds = max(drama.slowest_end_seconds, time.monotonic() - told)

    def _leave(self, chat: str, drama: Drama) -> None:
        self.staying.remove(chat)
        seen: list[State] = []

        def look(session: Session) -> None:
            address = customers.address_of(session, CHANNEL, chat)
            assert address is not None
            theirs = select(Message.state).where(Message.address_id == address.id)
            seen.extend(map(State, session.exec(theirs.where(Message.campaign_id == drama.campaign))))

        self._pressed += 1
        with at_commit(look):
            heard = self.app.router.receive(Inbound(CHANNEL, chat, "STOP", f"stop-{self._pressed}"))
        assert heard.standing.offers is False
        drama.stops.append(Stop(chat, time.time(), seen[-1]))

    def _pause(self, seconds: float, drama: Drama) -> None:
        seen: set[str] = set()

        def look(session: Session) -> None:
            wanted = select(Address.address).join(Message, col(Address.id) == col(Message.address_id))
            sending = wanted.where(Message.campaign_id == drama.campaign, Message.state == State.SENDING)
            seen.update(session.exec(sending))

        if self._status(drama) is not Status.RUNNING:
            return
        now = self.app.clock.now()
        with at_commit(look), self.app.database.transaction() as session:
            planning.pause(session, session.get_one(Campaign, drama.campaign), by="test", now=now)
        since = time.time()
        time.sleep(seconds)
        drama.pauses.append(Pause(since, time.time(), frozenset(seen)))
        with self.app.database.transaction() as session:
            campaign = session.get_one(Campaign, drama.campaign)
            planning.resume(session, campaign, [CHANNEL], self.app.shop, by="test", now=self.app.clock.now())

    def _go_on(self, workers: int, drama: Drama, is_over: Callable[[], bool]) -> None:
        """Work undisturbed until it is over, and end as one should."""
        lives = [self._start() for _ in range(workers)]

        def is_well_over() -> bool:
            assert all(life.is_alive() for life in lives), "a process fell by itself"
            return is_over()

        until(is_well_over)
        for life in lives:
            self._end(life, drama)

    def _forward(self, by: timedelta) -> None:
        self.app.close()
        self.place = replace(self.place, ahead=self.place.ahead + by)
        self.app = open_app(self.place, FakeChannel(CHANNEL))

    def _status(self, drama: Drama) -> Status:
        with self.app.database.reading() as session:
            return Status(session.get_one(Campaign, drama.campaign).status)

    def _count(self, drama: Drama, *states: State) -> int:
        wanted = select(func.count()).where(Message.campaign_id == drama.campaign, col(Message.state).in_(states))
        with self.app.database.reading() as session:
            return session.exec(wanted).one()


@contextmanager
def at_commit(look: Callable[[Session], None]) -> Iterator[None]:
    """``look`` at what a transaction is about to commit, from within."""
    event.listen(Session, "before_commit", look)
    try:
        yield
    finally:
        event.remove(Session, "before_commit", look)


def until(happened: Callable[[], bool]) -> None:
    """Raises TimeoutError."""
    patient = time.monotonic() + PATIENCE_SECONDS
    while not happened():
        if time.monotonic() > patient:
            raise TimeoutError("it did not come to that")
        time.sleep(0.02)
