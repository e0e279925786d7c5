"""A shop's clock is moved: it never goes back, and what lies between happens at its own moment and in its order."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func
from sqlmodel import select

from bot.app import App, build
from bot.channels.simulator import Simulator
from bot.clock import MovableClock, SystemClock
from bot.inbound import Inbound
from bot.leading import Leader
from bot.passing import FURTHEST, CannotMove, Duty, hourly, nightly
from bot.settings import Settings
from campaigns.channel import Outgoing, Sent
from campaigns.tables import Campaign, Message, MiningRun, State
from ledger import interactions
from ledger.database import Database
from ledger.tables import Customer, Interaction, Product, RetentionRun, Role
from ledger.team import make_code

MONDAY_TEN = datetime(2026, 11, 2, 3, tzinfo=UTC)
JAKARTA = ZoneInfo("Asia/Jakarta")


class Timed(Simulator):
    """Notes when each message left, by the shop's clock."""

    def __init__(self, clock: MovableClock) -> None:
        super().__init__()
        self.clock = clock
        self.left: list[tuple[datetime, Outgoing]] = []

    async def send(self, outgoing: Outgoing) -> Sent:
        self.left.append((self.clock.now(), outgoing))
        return await super().send(outgoing)

    def offers(self) -> list[tuple[datetime, str]]:
        return [(at, each.address) for at, each in self.left if each.is_offer]


def standing_still(at: datetime = MONDAY_TEN) -> MovableClock:
    """A clock whose computer's stands still."""
    return MovableClock(SystemClock(lambda: at, lambda: 0.0))


@contextmanager
def opened(database: Database, folder: Path, **more: object) -> Iterator[tuple[App, Timed]]:
    clock = standing_still()
    simulator = Timed(clock)
    given = {"secret_key": "a key for tests only, 32 bytes..", "shop_name": "Toko Ratna", "data_dir": folder, **more}
    settings = Settings(_env_file=None, **given)  # type: ignore[arg-type]
    app = build(
        settings, clock, [simulator], database.engine.url.render_as_string(hide_password=False), settings.shop()
    )
    try:
        yield app, simulator
    finally:
        app.close()


@pytest.fixture
def shop(sqlite_database: Database, tmp_path: Path) -> Iterator[tuple[App, Timed]]:
    with opened(sqlite_database, tmp_path, days_between_offers=0) as found:
        yield found


def say(app: App, who: str, *texts: str) -> None:
    for text in texts:
        number = f"{who}-{text}-{app.clock.now().isoformat()}"
        asyncio.run(app.hear(Inbound("simulator", who, text, number, who.capitalize())))


def with_an_owner(app: App, *customers: str) -> None:
    """Something to offer, customers who want offers, and an owner."""
    with app.database.transaction() as session:
        till = Customer(name="", source="till", created_at=MONDAY_TEN)
        tea = Product(sku="teh", name="Teh Melati", category="teh", currency="IDR", price_minor=50_000, stock=99)
        session.add_all([till, tea])
        session.flush()
        interactions.log_purchase(
            session, till.id, tea, quantity=3, amount_minor=150_000, order_ref="1", platform="pos",
            at=MONDAY_TEN - timedelta(days=1),
        )  # fmt: skip
        code = make_code(session, Role.OWNER, app.clock.now())
    for who in customers:
        say(app, who, "MULAI", "ya", "ya")
    say(app, "ibu", code)


def launch(app: App, when: str) -> None:
    say(app, "ibu", f"/luncurkan pilihan ke semua {when}, diskon 10%, tahan 0%", "ya")


def move(app: App, to: datetime, *duties: Duty) -> list[datetime]:
    """Let time pass; the moments that were told on the way."""
    told: list[datetime] = []

    async def moving() -> None:
        assert app.passage is not None
        app.passage.begin(duties)
        await app.passage.forward(to, told.append)
        await app.passage.end()

    asyncio.run(moving())
    return told


# The clock itself


@given(st.lists(st.one_of(st.sampled_from(["hold", "let go"]), st.integers(0, 10**6)), max_size=30))
def test_whatever_is_done_to_it_a_clock_never_goes_back(doings: list[str | int]) -> None:
    clock = standing_still()
    before = clock.now()
    for doing in doings:
        if doing == "hold":
            clock.hold()
        elif doing == "let go":
            clock.let_go()
        else:
            clock.move_to(clock.now() + timedelta(seconds=int(doing)))
        assert clock.now() >= before
        before = clock.now()


def test_a_clock_that_was_moved_runs_on_from_there() -> None:
    wall = [MONDAY_TEN]
    started = MONDAY_TEN.timestamp()
    clock = MovableClock(SystemClock(lambda: wall[0], lambda: wall[0].timestamp() - started))
    clock.hold()
    wall[0] += timedelta(seconds=5)
    assert clock.now() == MONDAY_TEN, "it is held"
    clock.move_to(MONDAY_TEN + timedelta(days=1))
    clock.let_go()
    wall[0] += timedelta(minutes=1)
    assert clock.now() == clock.sure() == MONDAY_TEN + timedelta(days=1, minutes=1)


def test_it_is_not_moved_to_what_has_been() -> None:
    clock = standing_still()
    with pytest.raises(ValueError, match="does not go back"):
        clock.move_to(MONDAY_TEN - timedelta(seconds=1))
    clock.catch_up(timedelta(hours=-3))
    assert clock.now() == MONDAY_TEN


# When things come round


def test_the_night_comes_by_the_wall_clock_of_the_shop() -> None:
    assert nightly(time(3), JAKARTA)(MONDAY_TEN) == datetime(2026, 11, 2, 20, tzinfo=UTC)
    assert nightly(time(3), JAKARTA)(datetime(2026, 11, 2, 20, tzinfo=UTC)) == datetime(2026, 11, 3, 20, tzinfo=UTC)


def test_an_hour_comes_at_its_minute() -> None:
    assert hourly(10)(MONDAY_TEN) == MONDAY_TEN + timedelta(minutes=10)
    assert hourly(10)(MONDAY_TEN + timedelta(minutes=10)) == MONDAY_TEN + timedelta(minutes=70)


# What lies between


def test_a_campaign_goes_out_at_its_hour_and_not_when_the_clock_has_arrived(shop: tuple[App, Timed]) -> None:
    app, simulator = shop
    with_an_owner(app, "sari", "budi")
    launch(app, "besok jam 9")
    move(app, MONDAY_TEN + timedelta(days=7))
    assert sorted(simulator.offers()) == [
        (datetime(2026, 11, 3, 2, tzinfo=UTC), "budi"),
        (datetime(2026, 11, 3, 2, tzinfo=UTC), "sari"),
    ]
    with app.database.reading() as session:
        done = session.exec(select(Campaign)).one()
        assert done.finished_at == datetime(2026, 11, 3, 2, tzinfo=UTC)
    assert app.clock.now() == MONDAY_TEN + timedelta(days=7)


def test_a_moment_that_is_reached_exactly_is_played(shop: tuple[App, Timed]) -> None:
    app, simulator = shop
    with_an_owner(app, "sari")
    launch(app, "besok jam 9")
    move(app, datetime(2026, 11, 3, 2, tzinfo=UTC))
    assert [who for _, who in simulator.offers()] == ["sari"]


def test_what_is_not_due_yet_stays(shop: tuple[App, Timed]) -> None:
    app, simulator = shop
    with_an_owner(app, "sari")
    launch(app, "besok jam 9")
    move(app, datetime(2026, 11, 3, 1, 59, tzinfo=UTC))
    assert simulator.offers() == []


def test_in_quiet_hours_offers_wait_and_go_when_these_end(shop: tuple[App, Timed]) -> None:
    app, simulator = shop
    with_an_owner(app, "sari", "budi")
    say(app, "sari", "jam tenang 18-11")
    launch(app, "besok jam 9")
    move(app, MONDAY_TEN + timedelta(days=2))
    # Eleven in Jakarta is four o'clock UTC.
    assert {who: at for at, who in simulator.offers()} == {
        "budi": datetime(2026, 11, 3, 2, tzinfo=UTC),
        "sari": datetime(2026, 11, 3, 4, tzinfo=UTC),
    }


def test_a_cap_holds_however_far_the_clock_is_moved(sqlite_database: Database, tmp_path: Path) -> None:
    with opened(sqlite_database, tmp_path, days_between_offers=3) as (app, simulator):
        with_an_owner(app, "sari")
        launch(app, "sekarang")
        launch(app, "besok jam 9")
        move(app, MONDAY_TEN + timedelta(days=10))
        first, *later = [at for at, _ in simulator.offers()]
        assert first == MONDAY_TEN
        assert all(at - first >= timedelta(days=3) for at in later)
        with app.database.reading() as session:
            settled = session.exec(select(Message.state)).all()
    assert State.PLANNED not in settled


def test_what_repeats_comes_at_each_of_its_times(sqlite_database: Database, tmp_path: Path) -> None:
    with opened(sqlite_database, tmp_path, offers_per_category=4) as (app, simulator):
        with_an_owner(app, "sari")
        launch(app, "tiap senin jam 9")
        move(app, MONDAY_TEN + timedelta(days=21))
    assert [at for at, _ in simulator.offers()] == [datetime(2026, 11, day, 2, tzinfo=UTC) for day in (9, 16, 23)]


def test_duties_are_done_at_their_moments_and_in_their_order(shop: tuple[App, Timed]) -> None:
    app, _ = shop
    done: list[tuple[str, datetime]] = []

    def duty(name: str, at: time) -> Duty:
        async def do() -> None:
            done.append((name, app.clock.now()))

        return Duty(name, nightly(at, JAKARTA), do)

    move(app, MONDAY_TEN + timedelta(days=2), duty("tidy", time(3, 30)), duty("mine", time(3)))
    assert done == [
        ("mine", datetime(2026, 11, 2, 20, tzinfo=UTC)),
        ("tidy", datetime(2026, 11, 2, 20, 30, tzinfo=UTC)),
        ("mine", datetime(2026, 11, 3, 20, tzinfo=UTC)),
        ("tidy", datetime(2026, 11, 3, 20, 30, tzinfo=UTC)),
    ]


def test_a_night_that_has_nothing_to_learn_rests_but_the_last_never_does(shop: tuple[App, Timed]) -> None:
    app, _ = shop
    done: list[datetime] = []

    async def mine() -> None:
        done.append(app.clock.now())

    resting = Duty("mine", nightly(time(3), JAKARTA), mine, rests=lambda: bool(done))
    move(app, MONDAY_TEN + timedelta(days=5), resting)
    assert done == [datetime(2026, 11, 2, 20, tzinfo=UTC), datetime(2026, 11, 6, 20, tzinfo=UTC)]


def test_a_duty_that_fails_does_not_keep_time_from_passing(shop: tuple[App, Timed]) -> None:
    app, _ = shop

    async def fail() -> None:
        raise RuntimeError("no such luck")

    move(app, MONDAY_TEN + timedelta(days=1), Duty("mine", nightly(time(3), JAKARTA), fail))
    assert app.clock.now() == MONDAY_TEN + timedelta(days=1)


def test_what_is_told_on_the_way_only_goes_ahead(shop: tuple[App, Timed]) -> None:
    app, _ = shop
    told = move(app, MONDAY_TEN + timedelta(days=3))
    assert told == sorted(told)
    assert told[0] == MONDAY_TEN


def test_the_leaders_nights_are_played_with_the_clock(sqlite_database: Database, tmp_path: Path) -> None:
    with opened(sqlite_database, tmp_path) as (app, _):

        async def moving() -> None:
            leader = Leader(app, ["true"])
            leader.start()
            assert app.passage is not None
            await app.passage.forward(MONDAY_TEN + timedelta(days=2))
            await leader.stop()

        asyncio.run(moving())
        with app.database.reading() as session:
            tidied = session.exec(select(RetentionRun.at)).all()
    assert tidied == [datetime(2026, 11, 2, 20, 30, tzinfo=UTC), datetime(2026, 11, 3, 20, 30, tzinfo=UTC)]


@pytest.mark.parametrize(("is_new", "nights"), [(False, [8]), (True, [3, 4, 5, 6, 7, 8])])
def test_of_nights_that_can_learn_nothing_new_the_last_is_mined(
    sqlite_database: Database, tmp_path: Path, is_new: bool, nights: list[int]
) -> None:
    with opened(sqlite_database, tmp_path) as (app, _):
        with_an_owner(app)
        with app.database.transaction() as session:
            newest = session.exec(select(func.max(Interaction.id))).one() or 0
            through = 0 if is_new else newest
            session.add(MiningRun(started_at=MONDAY_TEN, ready_at=MONDAY_TEN, through_id=through))
        mined: list[int] = []

        class Counting(Leader):
            async def mine(self) -> None:
                mined.append(app.clock.now().astimezone(JAKARTA).day)

        async def moving() -> None:
            leader = Counting(app, ["true"])
            leader.start()
            assert app.passage is not None
            await app.passage.forward(MONDAY_TEN + timedelta(days=6))
            await leader.stop()

        asyncio.run(moving())
    assert mined == nights


# Who may move it, and whither


@pytest.mark.parametrize(
    ("by", "why"),
    [(timedelta(), "back"), (timedelta(minutes=-1), "back"), (FURTHEST + timedelta(seconds=1), "far")],
)
def test_it_is_moved_ahead_and_not_too_far(shop: tuple[App, Timed], by: timedelta, why: str) -> None:
    with pytest.raises(CannotMove, match=why):
        move(shop[0], MONDAY_TEN + by)
    assert shop[0].clock.now() == MONDAY_TEN


def test_where_nobody_does_the_work_it_is_not_moved(shop: tuple[App, Timed]) -> None:
    app, _ = shop
    assert app.passage is not None
    with pytest.raises(CannotMove, match="closed"):
        asyncio.run(app.passage.forward(MONDAY_TEN + timedelta(days=1)))


def test_two_do_not_move_it_at_once(shop: tuple[App, Timed]) -> None:
    app, _ = shop
    passage = app.passage
    assert passage is not None

    async def both() -> list[object]:
        passage.begin([])
        moves = (passage.forward(MONDAY_TEN + timedelta(days=n)) for n in (2, 1))
        return list(await asyncio.gather(*moves, return_exceptions=True))

    first, second = asyncio.run(both())
    assert first is None
    assert isinstance(second, CannotMove)
    assert second.why == "moving"
    assert app.clock.now() == MONDAY_TEN + timedelta(days=2)


def test_a_shop_that_closes_in_the_middle_stops_there(shop: tuple[App, Timed]) -> None:
    app, _ = shop
    passage = app.passage
    assert passage is not None

    async def closing() -> None:
        async def close() -> None:
            passage._is_open = False

        passage.begin([Duty("close", nightly(time(3), JAKARTA), close)])
        await passage.forward(MONDAY_TEN + timedelta(days=5))

    asyncio.run(closing())
    assert app.clock.now() == datetime(2026, 11, 2, 20, tzinfo=UTC)


def test_who_opens_the_shop_again_does_not_go_back(sqlite_database: Database, tmp_path: Path) -> None:
    with opened(sqlite_database, tmp_path) as (app, _):
        move(app, MONDAY_TEN + timedelta(days=7))
    with opened(sqlite_database, tmp_path) as (again, _):
        assert again.clock.now() == MONDAY_TEN + timedelta(days=7)


def test_while_it_runs_on_what_comes_due_is_done_too(shop: tuple[App, Timed]) -> None:
    app, simulator = shop
    with_an_owner(app, "sari")
    launch(app, "besok jam 9")
    passage, clock = app.passage, app.clock
    assert passage is not None
    assert isinstance(clock, MovableClock)
    done: list[datetime] = []

    async def mine() -> None:
        done.append(clock.now())

    async def running() -> None:
        passage.begin([Duty("mine", nightly(time(3), JAKARTA), mine, timedelta(days=1))])
        await passage.look()
        clock.catch_up(timedelta(days=1))
        await passage.look()
        await passage.look()
        await app.dispatcher.drain()

    asyncio.run(running())
    assert done == [MONDAY_TEN + timedelta(days=1)]
    assert [who for _, who in simulator.offers()] == ["sari"]
