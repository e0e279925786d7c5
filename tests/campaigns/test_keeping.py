"""A run of the engine from its beginning to its end: one at a time, nothing half written, the same each time."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Table, delete
from sqlalchemy import select as sql_select
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, SQLModel, func, select

from campaigns import demonstration, insights, mining, runs
from campaigns.mining import Cancelled, MiningUnderWay, keeping, reading
from campaigns.mining.parameters import USUAL
from campaigns.mining.refreshing import Refresher
from campaigns.mining.writing import OF_CUSTOMERS
from campaigns.privacy import linking
from campaigns.runs import MINING, NothingHeld, NothingUnderWay
from campaigns.tables import Membership, MiningRun, Recommendation, Segment
from ledger import consent, customers, derived, interactions, leases
from ledger.consent import Evidence, Wording
from ledger.database import Database
from ledger.imports import ShopDefaults, import_file
from ledger.tables import EVERYWHERE, Customer, Interaction, Notice, Product, Purpose, Role, TeamMember
from tests.conftest import SECRET

NOW = datetime(2026, 11, 2, 3, tzinfo=UTC)
OF_RUNS = (
    "best_hours",
    "bundle_rules",
    "bundles",
    "futures",
    "memberships",
    "recommendations",
    "run_states",
    "segments",
)
NUMBERS = {"run_id", "id", "segment_id", "micro_id", "within_id"}
"""They count on from run to run."""


def invent(database: Database, folder: Path) -> Database:
    demonstration.write_history(demonstration.invent(NOW), folder / "history.csv", ZoneInfo("Asia/Jakarta"))
    shop = ShopDefaults("IDR", "Asia/Jakarta", "ID")
    import_file(database, folder / "history.csv", format="csv", shop=shop, now=NOW)
    return database


def opened(path: Path) -> Database:
    return Database(f"sqlite:///{path}", secret=SECRET)


@pytest.fixture(scope="module")
def invented_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The invented shop's history, brought in once for all tests."""
    folder = tmp_path_factory.mktemp("invented")
    database = opened(folder / "shop.db")
    database.migrate()
    invent(database, folder).close()
    return folder / "shop.db"


@pytest.fixture(scope="module")
def mined_file(invented_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, mined."""
    path = Path(shutil.copy(invented_file, tmp_path_factory.mktemp("mined") / "shop.db"))
    database = opened(path)
    mine(database)
    database.close()
    return path


@pytest.fixture
def shop(invented_file: Path, tmp_path: Path) -> Iterator[Database]:
    """The invented shop, not mined yet."""
    database = opened(Path(shutil.copy(invented_file, tmp_path / "shop.db")))
    yield database
    database.close()


@pytest.fixture
def mined(mined_file: Path, tmp_path: Path) -> Iterator[Database]:
    """The invented shop, mined once."""
    database = opened(Path(shutil.copy(mined_file, tmp_path / "mined.db")))
    yield database
    database.close()


def run_of(database: Database) -> MiningRun:
    with database.reading() as session:
        run = insights.current_run(session)
    assert run is not None
    return run


def mine(database: Database, **how: Any) -> MiningRun:
    return mining.mine(database, lambda: NOW, **how)


def rows(session: Session, table: Table, run_id: int) -> list[dict[str, Any]]:
    """All rows of a run but for the numbers that count on; segments by their keys instead."""
    keys = {each.id: each.key for each in session.exec(select(Segment).where(Segment.run_id == run_id))}
    found = session.connection().execute(sql_select(table).where(table.c.run_id == run_id)).mappings()
    told = [
        {name: keys.get(value) if name in NUMBERS else value for name, value in each.items() if name != "run_id"}
        for each in found
    ]
    return sorted(told, key=repr)


def test_the_same_history_gives_the_same_rows_bit_for_bit(mined: Database) -> None:
    shop, first = mined, run_of(mined)
    with shop.reading() as session:
        before = {name: rows(session, SQLModel.metadata.tables[name], first.id) for name in OF_RUNS}
    with shop.transaction() as session:
        # The second begins as the first did: nobody's names are carried over.
        session.get_one(MiningRun, first.id).ready_at = None
        session.get_one(MiningRun, first.id).held_at = NOW
    second = mine(shop)
    with shop.reading() as session:
        after = {name: rows(session, SQLModel.metadata.tables[name], second.id) for name in OF_RUNS}
    assert before == after
    assert before["memberships"]
    assert (first.quality, first.data_fingerprint) == (second.quality, second.data_fingerprint)


def test_a_run_that_was_cut_off_is_swept_away_by_the_next(shop: Database) -> None:
    with shop.transaction() as session:
        session.add(MiningRun(id=1, started_at=NOW, beat_at=NOW, step="writing"))
        session.flush()
        session.add(Segment(id=1, run_id=1, key="champions", size=1, share=1.0))
        session.flush()
        session.add(Membership(run_id=1, customer_id=1, segment_id=1))
    run = mine(shop)
    with shop.reading() as session:
        assert session.exec(select(MiningRun.id)).all() == [run.id]
        assert session.exec(select(func.count()).select_from(Membership).where(Membership.run_id == 1)).one() == 0


@pytest.mark.parametrize("step", ["reading", "recommendations", "writing"])
def test_whoever_stops_it_leaves_nothing_of_it(shop: Database, step: str) -> None:
    def stop(at: str, done: float) -> None:
        if at == step and (step != "writing" or done > 0.81):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        mine(shop, progress=stop)
    with shop.reading() as session:
        for table in (MiningRun, Segment, Membership, Recommendation):
            assert session.exec(select(func.count()).select_from(table)).one() == 0
        assert leases.holders(session, NOW) == {}


def test_never_two_at_once(shop: Database) -> None:
    with shop.transaction() as session:
        leases.take(session, MINING, "another", NOW, timedelta(minutes=2))
        session.add(MiningRun(started_at=NOW, beat_at=NOW, step="bundles", done=0.4))
    with pytest.raises(MiningUnderWay, match=r"\(bundles, 40%\)"):
        mine(shop)


def test_a_wish_to_stop_is_heeded_at_the_next_beat(sqlite_database: Database) -> None:
    with (
        pytest.raises(Cancelled),
        keeping.keeping(sqlite_database, lambda: NOW, USUAL) as keeper,
    ):
        keeper.told("bundles", 0.4)
        keeper.beat()
        with sqlite_database.transaction() as session:
            found = runs.stop(session, NOW)
            assert (found.step, found.done) == ("bundles", 0.4)
        keeper.beat()
    with sqlite_database.reading() as session, pytest.raises(NothingUnderWay):
        runs.stop(session, NOW)


def test_a_run_that_lost_its_lease_is_not_followed(shop: Database) -> None:
    def rob(step: str, done: float) -> None:
        if step == "writing" and done == 1.0:
            with shop.transaction() as session:
                leases.take(session, MINING, "another", NOW + timedelta(hours=1), timedelta(hours=9))

    with pytest.raises(leases.LostLease):
        mine(shop, progress=rob)
    with shop.reading() as session:
        assert insights.current_run(session) is None


def test_who_is_erased_while_the_engine_thinks_is_in_no_row(shop: Database) -> None:
    def erase(step: str, done: float) -> None:
        if step in ("segments", "writing"):
            with shop.transaction() as session:
                session.get_one(Customer, 1 if step == "segments" else 2).erased_at = NOW

    run = mine(shop, progress=erase)
    with shop.reading() as session:
        for table in (Membership, Recommendation):
            found = set(session.exec(select(table.customer_id).where(table.run_id == run.id)))
            assert found
            assert not found & {1, 2}


def better(shop: Database, run: MiningRun) -> None:
    """As if the run in use had done far better when it was tested."""
    with shop.transaction() as session:
        kept = session.get_one(MiningRun, run.id)
        kept.quality = {**kept.quality, "segments": {**kept.quality["segments"], "held_out": 9.0}}
        session.add(kept)


@pytest.fixture
def owned(mined: Database) -> Database:
    """With an owner who has a chat."""
    with mined.transaction() as session:
        person = Customer(name="Bu Ratna", source="chat", created_at=NOW)
        session.add(person)
        session.flush()
        chat = customers.add_address(session, person, "simulator", "ibu", "chat", NOW)
        session.flush()
        session.add(TeamMember(address_id=chat.id, role=Role.OWNER, since=NOW))
    return mined


def test_a_run_that_does_worse_is_held_back_and_the_owner_is_told_once(owned: Database) -> None:
    first = run_of(owned)
    better(owned, first)
    runs_after = [mine(owned), mine(owned)]
    assert [each.verdict["because"] for each in runs_after] == ["worse", "worse"]
    with owned.reading() as session:
        current = insights.current_run(session)
        assert current is not None
        assert current.id == first.id
        (notice,) = session.exec(select(Notice)).all()
        assert (notice.template, notice.data["art"], notice.data["before"]) == ("mining_held", "segments", 9.0)
        # Of those held back the newest is kept.
        assert session.exec(select(MiningRun.id).order_by(MiningRun.id)).all() == [first.id, runs_after[1].id]  # type: ignore[arg-type]
    with owned.transaction() as session:
        assert runs.use_held(session, NOW).id == runs_after[1].id
    with owned.reading() as session:
        assert insights.segments(session)[0].run_id == runs_after[1].id
    with owned.transaction() as session, pytest.raises(NothingHeld):
        runs.use_held(session, NOW)


def test_a_run_that_does_worse_is_followed_where_that_is_wanted(mined: Database) -> None:
    better(mined, run_of(mined))
    run = mine(mined, anyway=True)
    assert (run.verdict["because"], run.ready_at) == ("asked", NOW)


def bought(shop: Database, customer: int, *products: int) -> None:
    with shop.transaction() as session:
        for product in products:
            interactions.log_purchase(
                session,
                customer,
                session.get_one(Product, product),
                quantity=1,
                amount_minor=1_000_000,
                order_ref=f"{customer}-{product}",
                platform="store",
                at=NOW,
            )


def test_between_runs_one_interaction_brings_a_customer_up_to_date(mined: Database) -> None:
    shop, run = mined, run_of(mined)
    refresher = Refresher(shop, lambda: NOW)
    assert refresher.follow() == 0
    with shop.transaction() as session:
        somebody_new = Customer(name="", source="chat", created_at=NOW)
        session.add(somebody_new)
    bought(shop, somebody_new.id, 1, 2)
    assert refresher.follow() == 1
    with shop.reading() as session:
        assert insights.segment_of(session, somebody_new.id) is not None
        found = insights.recommendations(session, [somebody_new.id])[somebody_new.id]
        assert 0 < len(insights.to_discover(found)) <= USUAL.recommendations
        assert {each.product_id for each in insights.to_buy_again(found)} == {1, 2}
        assert session.get_one(MiningRun, run.id).followed_id == run.through_id + 2
    assert refresher.follow() == 0


def test_a_refresh_says_what_the_run_said_of_whose_history_is_the_same(mined: Database) -> None:
    shop = mined
    with shop.reading() as session:
        before = dict(session.exec(select(Membership.customer_id, Membership.segment_id)).all())
    refresher = Refresher(shop, lambda: NOW)
    refresher.follow()
    for customer in before:
        refresher.refresh(customer)
    with shop.reading() as session:
        assert dict(session.exec(select(Membership.customer_id, Membership.segment_id)).all()) == before


def test_who_refuses_profiling_is_not_followed(mined: Database) -> None:
    shop = mined
    with shop.transaction() as session:
        person = Customer(name="", source="chat", created_at=NOW)
        session.add(person)
        session.flush()
        customers.add_address(session, person, "simulator", "sari", "chat", NOW)
        words, said = Wording("profiling-1", "", "id"), Evidence("simulator", "tidak")
        consent.withdraw(
            session, person.id, Purpose.PROFILING, scope=EVERYWHERE, wording=words, evidence=said, at=NOW
        )
    bought(shop, person.id, 1)
    Refresher(shop, lambda: NOW).follow()
    with shop.reading() as session:
        assert insights.segment_of(session, person.id) is None
        assert insights.recommendations(session, [person.id]) == {}


def refuse(database: Database, customer: int, at: datetime = NOW) -> None:
    """They say no to profiling, in whatever chat."""
    with database.transaction() as session:
        words, said = Wording("profiling-1", "", "id"), Evidence("simulator", "tidak")
        consent.withdraw(session, customer, Purpose.PROFILING, scope=EVERYWHERE, wording=words, evidence=said, at=at)


def described(database: Database, customer: int) -> set[str]:
    """The tables in which the engine says something of them, in whatever run."""
    with database.reading() as session:
        tables = [SQLModel.metadata.tables[name] for name in derived.tables_of()]
        found = {each.name: sql_select(each).where(each.c.customer_id == customer) for each in tables}
        return {name for name, wanted in found.items() if session.connection().execute(wanted).first() is not None}


def test_what_is_kept_until_the_next_runs_of_a_customer_is_all_that_runs_write_of_them() -> None:
    by_hearing = {"voices"}
    """Judged when it is said, and kept as long as the words are."""
    assert set(derived.tables_of()) == {str(each.__tablename__) for each in OF_CUSTOMERS} | by_hearing


def test_a_no_to_profiling_takes_at_once_what_was_worked_out(mined: Database) -> None:
    assert described(mined, 1) >= {"memberships", "recommendations", "futures"}
    refuse(mined, 1)
    assert described(mined, 1) == set()
    assert described(mined, 2) >= {"memberships", "recommendations", "futures"}


@pytest.mark.parametrize("step", ["segments", "writing"])
def test_who_refuses_profiling_while_the_engine_thinks_is_in_no_row(shop: Database, step: str) -> None:
    def say_no(at: str, done: float) -> None:
        if at == step and done < 0.9:
            refuse(shop, 1)

    mine(shop, progress=say_no)
    assert described(shop, 1) == set()
    assert described(shop, 2)


def test_who_left_everywhere_and_came_back_in_their_chat_is_described_again(shop: Database) -> None:
    with shop.transaction() as session:
        customers.add_address(session, session.get_one(Customer, 1), "simulator", "sari", "chat", NOW)
        customers.add_address(session, session.get_one(Customer, 2), "telegram", "22", "chat", NOW)
    refuse(shop, 1)
    refuse(shop, 2)
    with shop.transaction() as session:
        words, said = Wording("profiling-1", "", "id"), Evidence("simulator", "ya")
        consent.grant(session, 1, Purpose.PROFILING, scope="simulator", wording=words, evidence=said, at=NOW)
    with shop.reading() as session:
        assert reading.who_refuses_profiling(session) == [2]
        assert insights.may_be_described(session, 1)
        assert not insights.may_be_described(session, 2)


def test_a_wish_to_stop_that_comes_before_the_switch_is_kept_though_no_beat_saw_it(shop: Database) -> None:
    def ask(step: str, done: float) -> None:
        if step == "writing" and done == 1.0:
            with shop.transaction() as session:
                runs.stop(session, NOW)

    with pytest.raises(Cancelled):
        mine(shop, progress=ask)
    with shop.reading() as session:
        assert session.exec(select(func.count()).select_from(MiningRun)).one() == 0


def test_whoever_stops_it_after_the_switch_takes_nothing_away(mined: Database) -> None:
    with pytest.raises(KeyboardInterrupt), keeping.keeping(mined, lambda: NOW, USUAL) as keeper:
        with mined.transaction() as session:
            run = keeper.switching(session)
            run.ready_at, run.beat_at = NOW, None
        # One that was on its way just then.
        keeper.beat()
        raise KeyboardInterrupt
    assert (run_of(mined).id, run_of(mined).beat_at) == (keeper.run_id, None)
    with mined.transaction() as session, pytest.raises(NothingUnderWay):
        runs.stop(session, NOW)


def test_two_who_turn_out_to_be_one_while_the_engine_thinks_stop_neither_it_nor_themselves(shop: Database) -> None:
    def unite(step: str, done: float) -> None:
        if step == "writing" and done > 0.81 and not merged_into(shop, 2):
            with shop.transaction() as session:
                linking._unite(session, session.get_one(Customer, 2), session.get_one(Customer, 1), NOW)

    run = mine(shop, progress=unite)
    assert merged_into(shop, 2) == 1
    assert described(shop, 2) == set()
    with shop.reading() as session:
        assert session.get(Membership, (run.id, 1)) is not None


def merged_into(database: Database, customer: int) -> int | None:
    with database.reading() as session:
        return session.get_one(Customer, customer).merged_into


def test_who_turns_out_to_be_one_with_somebody_who_refuses_is_described_no_more(mined: Database) -> None:
    refuse(mined, 2)
    with mined.transaction() as session:
        linking._unite(session, session.get_one(Customer, 2), session.get_one(Customer, 1), NOW)
    assert described(mined, 1) == set()


def test_a_run_that_was_cut_off_is_swept_under_beats(shop: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """A large one takes longer than the lease lasts."""
    beating: list[bool] = []
    monkeypatch.setattr(
        keeping, "sweep", lambda *_: beating.append(any(t.name == "mining beats" for t in threading.enumerate()))
    )
    with keeping.keeping(shop, lambda: NOW, USUAL):
        pass
    assert beating == [True]


def test_on_postgresql_too_the_same_history_gives_the_same_rows_and_nobody_who_refuses_stays(
    postgresql_database: Database, tmp_path: Path
) -> None:
    shop = invent(postgresql_database, tmp_path)
    first = mine(shop)
    with shop.transaction() as session:
        session.get_one(MiningRun, first.id).ready_at = None
        session.get_one(MiningRun, first.id).held_at = NOW
        before = {name: rows(session, SQLModel.metadata.tables[name], first.id) for name in OF_RUNS}
    second = mine(shop)
    with shop.reading() as session:
        assert {name: rows(session, SQLModel.metadata.tables[name], second.id) for name in OF_RUNS} == before
    assert (first.quality, first.data_fingerprint) == (second.quality, second.data_fingerprint)
    refuse(shop, 1)
    assert described(shop, 1) == set()
    with shop.transaction() as holding:
        assert insights.may_be_described(holding, 2, is_held=True)
        with shop.transaction() as other, pytest.raises(OperationalError):
            # Whoever erases or refuses waits for it.
            other.exec(select(Customer.id).where(Customer.id == 2).with_for_update(key_share=True, nowait=True)).all()


def test_after_a_backup_was_restored_it_follows_from_where_that_one_was(mined: Database) -> None:
    shop = mined
    refresher = Refresher(shop, lambda: NOW)
    bought(shop, 1, 1, 2)
    assert refresher.follow() == 1
    run = run_of(shop)
    refresher.follow()
    with shop.transaction() as session:
        session.connection().execute(delete(Interaction).where(Interaction.id > run.through_id))
        session.get_one(MiningRun, run.id).followed_id = run.through_id
    bought(shop, 2, 1)
    assert refresher.follow() == 1
    with shop.reading() as session:
        assert session.get_one(MiningRun, run.id).followed_id == run.through_id + 1
