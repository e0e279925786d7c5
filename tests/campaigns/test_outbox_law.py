"""The outbox as a machine: whatever claims, crashes, settles, reports and time do to it in whatever order, its laws
hold. On SQLite here; `make chaos` walks longer, and on both databases.

Two processes share it. What a provider makes of each attempt is drawn when it is handed over, and it never
contradicts itself: what it refused it did not deliver.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlmodel import col, select

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
    Sent,
    Throttled,
    Unreachable,
)
from campaigns.choosing.audiences import OFFERED_STATES
from campaigns.choosing.shelf import read_shelf
from campaigns.launching import planning
from campaigns.privacy import forgetting
from campaigns.problems import NotNow
from campaigns.sending import outbox
from campaigns.shop import QuietHours
from campaigns.tables import OPEN_STATES, Campaign, Message, State, Status
from ledger import consent
from ledger.consent import Evidence
from ledger.database import Database
from ledger.tables import Customer, Purpose
from tests.campaigns.conftest import WORDING
from tests.campaigns.windowed import WhatsAppShop
from tests.conftest import SECRET

PEOPLE, MOST_CAMPAIGNS, CHANNEL = 5, 3, "whatsapp"
PROCESSES = st.sampled_from(("one", "other"))
MINUTES = st.sampled_from((1, 6, 90, 26 * 60, 4 * 24 * 60))
WAITS = st.sampled_from((1, 10, 600))
ARRIVED = (Fate.DELIVERED, Fate.READ)
LATER = {
    State.PLANNED: {State.SENDING, State.WITHHELD, State.FAILED, State.DELIVERED, State.READ},
    State.SENDING: {
        State.PLANNED,
        State.SENT,
        State.DELIVERED,
        State.READ,
        State.FAILED,
        State.UNKNOWN,
        State.WITHHELD,
    },
    State.UNKNOWN: {State.PLANNED, State.SENT, State.DELIVERED, State.READ, State.FAILED, State.WITHHELD},
    State.SENT: {State.PLANNED, State.DELIVERED, State.READ, State.FAILED, State.WITHHELD},
    State.FAILED: {State.DELIVERED, State.READ},
    State.DELIVERED: {State.READ},
}
"""Where a message may stand next. To be planned again, or withheld after all, it must surely not have been sent."""
TIMES = {
    State.SENDING: "sending_at",
    State.SENT: "sent_at",
    State.DELIVERED: "sent_at",
    State.READ: "sent_at",
    State.WITHHELD: "withheld_at",
    State.FAILED: "failed_at",
    State.UNKNOWN: "unknown_at",
}


@dataclass
class Attempt:
    """A message with a provider, and what that makes of it: ``answer`` is what it says at once."""

    message_id: int
    number: str
    answer: Outcome
    claimed_as: outbox.Attempt
    is_told: bool = False


class OutboxLaw(RuleBasedStateMachine):
    """``lend`` gives an empty database for as long as the machine runs."""

    def __init__(self, lend: Callable[[], Iterator[Database]]) -> None:
        super().__init__()
        self._lent = contextmanager(lend)()
        self.shop = WhatsAppShop(self._lent.__enter__())
        never = QuietHours.read("08:00-08:00")
        self.shop.shop = replace(self.shop.shop, quiet_hours=never, window_days=30)
        self.attempts: dict[str, list[Attempt]] = {"one": [], "other": []}
        self.past: list[Attempt] = []
        self.settled: list[Attempt] = []
        self.refused: set[int] = set()
        """Of which the last that was said is that they were surely not sent."""
        self.handed: dict[int, int] = {}
        self.arrived: set[int] = set()
        self.barred: set[int] = set()
        self.held: set[int] = set()
        """Campaigns that somebody paused or cancelled."""
        self.audiences: dict[int, int] = {}
        self.stood: dict[int, State] = {}

    def teardown(self) -> None:
        self._lent.__exit__(None, None, None)

    @initialize()
    def open(self) -> None:
        self.people = [self.shop.customer(f"Pelanggan{n}") for n in range(PEOPLE)]
        self.shop.approve_words()
        self.launch()

    @precondition(lambda self: len(self.audiences) < MOST_CAMPAIGNS)
    @rule()
    def launch(self) -> None:
        number = self.shop.launch()
        self.audiences[number] = self.shop.report(number).audience

    @rule(who=PROCESSES, limit=st.integers(1, PEOPLE), data=st.data())
    def claim(self, who: str, limit: int, data: st.DataObject) -> None:
        now = self.shop.clock.now()
        with self.shop.database.transaction() as session:
            before = {each.id: each for each in session.exec(select(Message))}
            offered = {
                (each.customer_id, each.id): each.sending_at
                for each in before.values()
                if each.state in OFFERED_STATES and each.sending_at is not None
            }
            claimed, _ = outbox.claim(
                session, limit=limit, channels=[CHANNEL], shop=self.shop.shop, composer=self.shop.composer,
                shelf=read_shelf(session, now), now=now,
            )  # fmt: skip
        for each in claimed:
            message = before[each.message_id]
            assert message.customer_id not in self.barred, "handed over for somebody who had left"
            assert message.campaign_id not in self.held, "handed over while its campaign was held"
            assert each.message_id not in self.arrived, "handed over once more though it arrived"
            n = self.handed.get(each.message_id, 0)
            assert not n or each.message_id in self.refused, "handed over twice"
            for (customer_id, other), at in offered.items():
                is_close = customer_id == message.customer_id and other != each.message_id
                assert not (is_close and now < at + timedelta(days=3)), "two offers within three days"
            self.handed[each.message_id] = n + 1
            self.refused.discard(each.message_id)
            answer = data.draw(self._answers(each.message_id, n), label="what the provider says")
            self.attempts[who].append(Attempt(each.message_id, f"p-{each.message_id}-{n}", answer, each.attempt))
        assert len({before[each.message_id].customer_id for each in claimed}) == len(claimed)

    def _answers(self, message_id: int, n: int) -> st.SearchStrategy[Outcome]:
        taken: st.SearchStrategy[Outcome] = st.just(Sent(f"p-{message_id}-{n}"))
        unclear: st.SearchStrategy[Outcome] = st.just(FateUnknown("time-out"))
        return st.one_of(taken, taken, unclear, self._refusals())

    def _refusals(self) -> st.SearchStrategy[Refusal]:
        causes = st.builds(lambda wait, cause: Throttled(self._in(wait), cause), WAITS, st.sampled_from(Cause))
        kinds = (Unreachable("63024"), OptedOut("21610"), OutsideWindow("63016"), BadContent("63013"),
                 ContentClosed("63041"), Failed("63005"))  # fmt: skip
        return st.one_of(causes, st.sampled_from(kinds))

    def _in(self, minutes: int) -> object:
        return self.shop.clock.now() + timedelta(minutes=minutes)

    @rule(who=PROCESSES)
    def crash(self, who: str) -> None:
        self.past += self.attempts[who]
        self.attempts[who] = []

    @rule(who=PROCESSES, n=st.integers(1, PEOPLE))
    def settle(self, who: str, n: int) -> None:
        """What came back is written down; if the database is not sure that it was, the same once more."""
        back, self.attempts[who] = self.attempts[who][:n], self.attempts[who][n:]
        for _ in range(2):
            with self.shop.database.transaction() as session:
                outbox.settle(session, {each.claimed_as: each.answer for each in back}, self.shop.clock.now())
        for each in back:
            if not isinstance(each.answer, Sent | FateUnknown):
                self.refused.add(each.message_id)
        self.past += back
        self.settled += back

    @precondition(lambda self: self.settled)
    @rule(data=st.data())
    def settle_late(self, data: st.DataObject) -> None:
        """What was settled long ago is said once more, for the answer to its commit was lost: nothing changes."""
        late = data.draw(st.sampled_from(self.settled), label="late")
        stood = self._of(*self.audiences)
        with self.shop.database.transaction() as session:
            outbox.settle(session, {late.claimed_as: late.answer}, self.shop.clock.now())
        unknown = {each.id for each in stood if each.state == State.UNKNOWN}
        moved = {
            each.id for each, now in zip(stood, self._of(*self.audiences), strict=True) if each.state != now.state
        }
        assert moved <= unknown, "settled twice, and it is not as it was"

    @rule(fate=st.sampled_from(Fate), data=st.data())
    def report(self, fate: Fate, data: st.DataObject) -> None:
        """About any that was taken, answered or not, in any order; a failure with a reason or without."""
        taken = [
            each
            for each in (*self.past, *self.attempts["one"], *self.attempts["other"])
            if isinstance(each.answer, Sent)
        ]
        if not taken:
            return
        about = data.draw(st.sampled_from(taken), label="about")
        refusal = data.draw(st.none() | self._refusals()) if fate is Fate.FAILED else None
        is_ours = self.shop.dispatcher().believe(Report(CHANNEL, about.number, fate, refusal))
        if is_ours and fate in ARRIVED and self.handed[about.message_id] == int(about.number.rsplit("-", 1)[1]) + 1:
            self.arrived.add(about.message_id)
        if fate is Fate.FAILED:
            self.refused.add(about.message_id)

    @rule(minutes=MINUTES)
    def wait(self, minutes: int) -> None:
        self.shop.clock.forward(timedelta(minutes=minutes))

    @rule(minutes=st.sampled_from((2, 60)))
    def clock_is_put_back(self, minutes: int) -> None:
        self.shop.clock.forward(-timedelta(minutes=minutes))

    @rule()
    def tidy(self) -> None:
        with self.shop.database.transaction() as session:
            outbox.expire(session, self.shop.clock.now())
            outbox.finish(session, self.shop.clock.now())
            for campaign in session.exec(select(Campaign).where(Campaign.status == Status.RUNNING)):
                assert any(each.state in OPEN_STATES for each in self._of(campaign.id)), "it does not end"

    @rule(which=st.integers(0, PEOPLE - 1))
    def leave(self, which: int) -> None:
        self.shop.leave(self.people[which])
        self.barred.add(self.people[which])

    @rule(which=st.integers(0, PEOPLE - 1))
    def come_back(self, which: int) -> None:
        number, now = self.people[which], self.shop.clock.now()
        with self.shop.database.transaction() as session:
            if session.get_one(Customer, number).erased_at is not None:
                return
            consent.grant(
                session, number, Purpose.OFFERS, scope=CHANNEL, wording=WORDING,
                evidence=Evidence(CHANNEL, "ya"), at=now,
            )  # fmt: skip
        self.shop.writes(number)
        self.barred.discard(number)

    @rule(which=st.integers(0, PEOPLE - 1))
    def erase(self, which: int) -> None:
        with self.shop.database.transaction() as session:
            person = session.get_one(Customer, self.people[which])
            if person.erased_at is None:
                forgetting.forget(
                    session, person, zone=self.shop.shop.zone, by="themselves", at=self.shop.clock.now()
                )
        self.barred.add(self.people[which])

    @rule(act=st.sampled_from((planning.pause, planning.cancel)), data=st.data())
    def hold(self, act: Callable[..., object], data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(sorted(self.audiences)))
        with self.shop.database.transaction() as session:
            try:
                act(session, session.get_one(Campaign, number), by="test", now=self.shop.clock.now())
            except NotNow:
                return
        self.held.add(number)

    @rule(data=st.data())
    def resume(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(sorted(self.audiences)))
        try:
            self.shop.resume(number)
        except NotNow:
            return
        self.held.discard(number)

    @invariant()
    def every_row_is_true(self) -> None:
        for each in self._of(*self.audiences):
            state = State(each.state)
            if state in TIMES:
                assert getattr(each, TIMES[state]) is not None, f"{state} without its time"
            assert (state is State.SENDING) == (each.lease_until is not None), f"{state}, and the lease"
            assert state is not State.PLANNED or each.sent_at is None
            stood = self.stood.get(each.id, State.PLANNED)
            assert state in {stood} | LATER.get(stood, set()), f"{stood} became {state}"
            if stood in (State.SENT, State.SENDING, State.UNKNOWN) and state is State.PLANNED:
                assert each.id in self.refused, f"{stood} waits again, and nobody refused it"
            self.stood[each.id] = state

    @invariant()
    def every_campaign_adds_up(self) -> None:
        rows = self._of(*self.audiences)
        for number, audience in self.audiences.items():
            mine = [each for each in rows if each.campaign_id == number]
            assert len({each.customer_id for each in mine}) == len(mine) == audience
        with self.shop.database.reading() as session:
            for campaign in session.exec(select(Campaign)):
                waiting = {each.state for each in rows if each.campaign_id == campaign.id}
                if campaign.status == Status.DONE:
                    assert not waiting.intersection(OPEN_STATES), "done, and something is open"
                if campaign.status == Status.CANCELLED:
                    assert State.PLANNED not in waiting

    def _of(self, *campaigns: int) -> list[Message]:
        with self.shop.database.reading() as session:
            wanted = select(Message).where(col(Message.campaign_id).in_(campaigns)).order_by(col(Message.id))
            return list(session.exec(wanted))


def lent(migrated: Path) -> Callable[[], Iterator[Database]]:
    """Copies of a SQLite file that has its tables and no row."""

    def lend() -> Iterator[Database]:
        with TemporaryDirectory(dir=migrated.parent) as folder:
            path = shutil.copy(migrated, Path(folder) / "shop.db")
            database = Database(f"sqlite:///{path}", secret=SECRET)
            yield database
            database.close()

    return lend


def walk(lend: Callable[[], Iterator[Database]], *, examples: int, steps: int, derandomize: bool) -> None:
    """Walk the machine. Raises what it broke, with the shortest way there."""
    slow = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)
    how = settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, database=None,
        suppress_health_check=slow, derandomize=derandomize, print_blob=True,
    )  # fmt: skip
    run_state_machine_as_test(lambda: OutboxLaw(lend), settings=how)


def test_no_order_of_events_breaks_the_laws_of_the_outbox(migrated_sqlite: Path) -> None:
    walk(lent(migrated_sqlite), examples=15, steps=30, derandomize=True)
