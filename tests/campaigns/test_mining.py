"""From the ledger through the engine to a run: on the invented shop, whose answers are known."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from sqlmodel import select

from campaigns import demonstration, insights, mining
from campaigns.mining import NothingToMine, Parameters
from campaigns.mining.bundles import PAIRS, RULES_KEPT, fitted, surest
from campaigns.tables import Membership, MiningRun, Recommendation, RunState, Segment
from engine.bundles.tally import PairTally
from engine.frames import Interactions, Kind
from ledger import consent, customers
from ledger.consent import Evidence, Wording
from ledger.database import Database
from ledger.imports import ShopDefaults, import_file
from ledger.tables import EVERYWHERE, Customer, Identity, Product, Purpose

NOW = datetime(2026, 11, 2, 3, tzinfo=UTC)
JAKARTA = ZoneInfo("Asia/Jakarta")
IDR = ShopDefaults("IDR", "Asia/Jakarta", "ID")


@pytest.fixture
def invented(database: Database, tmp_path: Path) -> Database:
    """The demo's history, come in by its own file."""
    return told_of_it(database, tmp_path)


@pytest.fixture
def invented_once(sqlite_database: Database, tmp_path: Path) -> Database:
    """The same in SQLite alone, for what is not about SQL."""
    return told_of_it(sqlite_database, tmp_path)


def told_of_it(database: Database, tmp_path: Path) -> Database:
    demonstration.write_history(demonstration.invent(NOW), tmp_path / "history.csv", JAKARTA)
    report = import_file(database, tmp_path / "history.csv", format="csv", shop=IDR, now=NOW)
    assert (report.purchases, report.others["click"], report.customers) == (1_200 + 900 + 750 + 1_600, 5_900, 80)
    return database


def mine(database: Database, **parameters: float) -> MiningRun:
    return mining.mine(database, lambda: NOW, Parameters(**parameters))  # type: ignore[arg-type]


def test_the_planted_groups_bundles_and_picks_come_back_through_the_ledger(invented: Database) -> None:
    run = mine(invented)
    truth = demonstration.invent(NOW)
    with invented.reading() as session:
        segments = {each.id: each.key for each in insights.segments(session)}
        members = session.exec(select(Membership)).all()
        numbers = dict(session.exec(select(Identity.customer_id, Identity.reference)).all())
        skus = dict(session.exec(select(Product.id, Product.sku)).all())
        stock = dict(session.exec(select(Product.id, Product.stock)).all())
        bundles = [{int(skus[each][1:]) for each in bundle.product_ids} for bundle in insights.bundles(session)]
        picks = insights.recommendations(session, list(numbers))
    right = sum(truth.groups[int(numbers[m.customer_id][1:]) - 1] == segments[m.segment_id] for m in members)
    assert len(members) == 80
    assert right >= 76
    assert [
        planted for planted in truth.bundles if not any(len(set(planted) & found) >= 2 for found in bundles)
    ] == []
    assert all(picks.values())
    assert all(
        len(some(each)) <= 10 for each in picks.values() for some in (insights.to_discover, insights.to_buy_again)
    )
    assert all(stock[pick.product_id] != 0 for each in picks.values() for pick in each)
    told = run.quality["segments"]
    assert (told["found"], told["customers"], run.quality["currency"]) == (4, 80, "IDR")


def test_bundles_carry_their_evidence_and_the_run_how_many_rules_held_later(invented_once: Database) -> None:
    run = mine(invented_once)
    told = run.quality["bundles"]
    assert told["found"] > 0
    assert 0 <= told["holds_low"] <= told["holds"] <= told["holds_high"] <= 1
    assert (told["n"] > 0, told["holds_se"] > 0) == (True, True)
    with invented_once.reading() as session:
        for bundle in insights.bundles(session):
            assert {*bundle.antecedents, bundle.consequent_id} <= set(bundle.product_ids)
            assert bundle.least_lift is not None
            assert 1 < bundle.least_lift <= bundle.lift
            assert (bundle.antecedent_count or 0) >= bundle.count
            assert bundle.later_count <= bundle.later_baskets < run.quality["baskets"]
            # Eighty people, of whom those without a part are in neither.
            assert 0 < (bundle.part or 0) + (bundle.whole or 0) <= 80


def test_the_pairs_a_run_counted_can_be_counted_on(invented_once: Database) -> None:
    run = mine(invented_once)
    with invented_once.reading() as session:
        kept = session.exec(select(RunState.content).where(RunState.run_id == run.id, RunState.name == PAIRS)).one()
        pair = next(each for each in insights.bundles(session) if len(each.product_ids) == 2)
    tally, (one, other) = PairTally.read(kept), pair.product_ids
    met, more = tally.met(one, other), tally.grown(pair.product_ids).met(one, other)
    assert met is not None
    assert more is not None
    assert (met.both[0], met.n_baskets) == (pair.count, run.quality["baskets"])
    assert (more.both[0], more.n_baskets) == (pair.count + 1, run.quality["baskets"] + 1)


@pytest.mark.parametrize("always", [20, 16])
def test_what_is_always_bought_together_makes_sets_as_long_as_a_bundle_and_the_surest_rules_of_them(
    always: int,
) -> None:
    # Twenty products make a million sets, sixteen 65,535, whatever the support below one half.
    lines = [(order, product) for order in range(40) for product in (range(always) if order % 2 else [order])]
    order, product = np.array(lines, dtype=np.int64).T
    one = np.ones(len(order), dtype=np.int64)
    bought = Interactions(one, one * int(Kind.PURCHASE), order, product, one, one, one, order, one)
    found = fitted(bought, 0.01, 0.2)
    assert (found.max_length, found.min_support) == (4, 0.01)
    assert len(found.rules_) > RULES_KEPT
    assert len(surest(found.rules_)) == RULES_KEPT


def test_the_same_history_gives_the_same_run(invented: Database) -> None:
    first, second = mine(invented), mine(invented)
    assert first.data_fingerprint == second.data_fingerprint
    assert first.quality == second.quality
    with invented.reading() as session:
        for table in (Segment, Recommendation):
            rows = [
                [
                    {name: value for name, value in row.model_dump().items() if name not in ("id", "run_id")}
                    for row in session.exec(
                        select(table).where(table.run_id == run.id).order_by(*table.__table__.primary_key)
                    )
                ]
                for run in (first, second)
            ]
            assert rows[0] == rows[1]


def test_readers_follow_the_newest_run_and_old_ones_go(invented: Database) -> None:
    runs = [mine(invented, min_support=0.02) for _ in range(5)]
    with invented.reading() as session:
        current = insights.current_run(session)
        assert current is not None
        assert current.id == runs[-1].id
        assert len(session.exec(select(MiningRun)).all()) == mining.RUNS_KEPT


def test_who_refuses_profiling_is_described_and_chosen_for_by_nobody(invented: Database) -> None:
    with invented.transaction() as session:
        person = session.exec(select(Customer)).first()
        assert person is not None
        customers.add_address(session, person, "simulator", "sari", "chat", NOW)
        consent.withdraw(
            session,
            person.id,
            Purpose.PROFILING,
            scope=EVERYWHERE,
            wording=Wording("profiling-1", "", "id"),
            evidence=Evidence("simulator", "tidak"),
            at=NOW,
        )
    mine(invented)
    with invented.reading() as session:
        assert session.exec(select(Membership).where(Membership.customer_id == person.id)).all() == []
        assert insights.recommendations(session, [person.id]) == {}
        assert insights.current_run(session).quality["segments"]["customers"] == 79  # type: ignore[union-attr]


def test_a_run_without_a_history_is_refused_and_leaves_nothing(database: Database) -> None:
    with pytest.raises(NothingToMine, match="not enough to go by yet"):
        mine(database)
    with database.reading() as session:
        assert insights.current_run(session) is None


def test_a_history_that_ended_long_ago_is_looked_at_from_its_end(invented: Database) -> None:
    later = mining.mine(invented, lambda: NOW + timedelta(days=3650))
    assert later.quality["as_of"] <= (NOW + timedelta(days=1)).isoformat()
    with invented.reading() as session:
        reasons = json.dumps([each.reasons for each in insights.segments(session)])
    assert "premium_share" in reasons


def test_rules_at_another_support_are_found_at_once(invented: Database) -> None:
    run = mine(invented)
    with invented.reading() as session:
        few = mining.find_rules(session, 0.03, 0.2)
        many = mining.find_rules(session, 0.01, 0.2)
    assert 0 < len(few) < len(many)
    assert all(rule.count >= 0.03 * run.quality["baskets"] for rule in few)
