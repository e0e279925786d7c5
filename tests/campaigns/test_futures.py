"""What the run foresees of customers, from the ledger to the card, the words and who is called back."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from sqlmodel import Session

from campaigns import insights
from campaigns.choosing import goals
from campaigns.choosing.choices import Taste
from campaigns.choosing.rhythm import Usual, gap
from campaigns.looking import futures
from campaigns.looking.futures import Outlook
from campaigns.mining.findings import Findings
from campaigns.mining.lifetimes import find_lifetimes
from campaigns.mining.writing import Writer
from campaigns.tables import Future, MiningRun
from engine.frames import MICROSECONDS_PER_DAY
from ledger.database import Database
from ledger.tables import Customer
from tests.engine.test_lifetime import bought, shop

NOW = datetime(2026, 11, 2, 3, tzinfo=UTC)


@pytest.fixture(scope="module")
def found() -> Findings:
    findings = Findings()
    history = shop()
    find_lifetimes(findings, history, int(history.at.max()) + MICROSECONDS_PER_DAY)
    return findings


def run_of(session: Session, **quality: object) -> int:
    run = MiningRun(started_at=NOW, ready_at=NOW, quality=quality)
    session.add(run)
    session.flush()
    return run.id


def test_every_customer_has_a_future_with_the_n_it_goes_by(found: Findings) -> None:
    told = found.futures
    assert told is not None
    assert len(told.customer) == 400
    assert told.n.min() == 1
    assert ((told.alive >= 0) & (told.alive <= 1)).all()
    assert (told.expected_visits >= 0).all()
    # Who came once has no rhythm, and nobody is due before they were last here.
    assert np.isnan(told.due_from[told.n == 1]).all()
    assert (told.due_from[told.n > 1] <= told.due_until[told.n > 1]).all()


def test_the_quality_is_that_of_held_out_days_beside_the_plain_rule(found: Findings) -> None:
    quality = found.quality["lifetime"]
    assert (quality["method"], quality["days"]) == ("model", 90)
    assert quality["n"] > 300
    assert quality["auc"] > 0.7
    assert 0 < quality["auc_se"] < 0.05
    assert quality["brier"] < quality["brier_plain"]
    assert quality["expected_visits"] == pytest.approx(found.futures.expected_visits.sum(), rel=1e-3)  # type: ignore[union-attr]


def test_the_same_history_gives_the_same_futures_bit_for_bit(found: Findings) -> None:
    again, history = Findings(), shop()
    find_lifetimes(again, history, int(history.at.max()) + MICROSECONDS_PER_DAY)
    assert (again.quality, again.state) == (found.quality, found.state)


@pytest.mark.parametrize(
    "history",
    [
        pytest.param(bought([], []), id="nothing"),
        pytest.param(bought([1, 2, 3], [5, 5, 6], amount=100), id="three customers"),
        pytest.param(bought(np.arange(500), np.arange(500) % 90, amount=100), id="everybody came once"),
        pytest.param(bought(np.zeros(100_000), np.arange(100_000) % 400, amount=100), id="one customer"),
        pytest.param(bought(np.arange(900) % 60, np.repeat([0, 3, 200], 300), amount=35_000), id="closed for months"),
        pytest.param(bought(np.arange(900) % 60, np.arange(900) % 300, amount=0), id="all for nothing"),
    ],
)
def test_of_an_odd_shop_nothing_is_said_that_is_not_known(history: object) -> None:
    findings = Findings()
    until = int(history.at.max(initial=0)) + MICROSECONDS_PER_DAY  # type: ignore[attr-defined]
    with np.errstate(all="raise", under="ignore"):
        find_lifetimes(findings, history, until)  # type: ignore[arg-type]
    told = findings.futures
    assert told is not None
    for column in (told.expected_visits, told.expected_spend_minor):
        assert not np.isinf(column).any()
        assert (column[~np.isnan(column)] >= 0).all()


def test_what_is_written_is_what_was_found_and_what_nobody_knows_is_null(found: Findings, database: Database) -> None:
    with database.transaction() as session:
        run = run_of(session)
        session.add_all(Customer(id=n, source="till", created_at=NOW) for n in range(400))
    Writer(database, run).write(Findings(futures=found.futures, state=found.state))
    told = found.futures
    assert told is not None
    once, often = int(np.flatnonzero(told.n == 1)[0]), int(np.argmax(told.n))
    with database.reading() as session:
        kept = session.get_one(Future, (run, int(told.customer[often])))
        assert (kept.n, kept.alive) == (told.n[often], told.alive[often])
        assert kept.due_from == str(np.datetime64(int(told.due_from[often]), "D"))
        assert session.get_one(Future, (run, int(told.customer[once]))).due_from is None
        assert futures.foreseen(session, int(told.customer[once])) is None
        seen = futures.foreseen(session, int(told.customer[often]))
    assert seen is not None
    assert seen.as_json()["due_from"] == kept.due_from


def test_a_products_usual_gap_is_read_as_it_was_learned(database: Database) -> None:
    who = np.repeat(np.arange(20), 4)
    findings = Findings()
    find_lifetimes(findings, bought(who, np.tile(np.arange(4) * 14, 20), product=5), 60 * MICROSECONDS_PER_DAY)
    with database.transaction() as session:
        Writer(database, run_of(session))
    with database.transaction() as session:
        run = run_of(session)
    Writer(database, run).write(Findings(state=findings.state))
    with database.reading() as session:
        assert insights.rhythms(session) == {5: Usual(timedelta(days=14), 0.5, 20)}


def test_a_gap_is_drawn_to_the_usual_by_logarithms() -> None:
    # Two gaps of 40 days and a usual one of 10 that is worth two: the square root of 400.
    times = [NOW - timedelta(days=days) for days in (80, 40, 0)]
    assert gap(times, Usual(timedelta(days=10), 2, 9)) == pytest.approx(timedelta(days=20), abs=timedelta(seconds=1))


@pytest.mark.parametrize(("until", "is_left_alone"), [(date(2026, 11, 2), True), (date(2026, 11, 1), False)])
def test_who_is_not_yet_expected_back_is_not_called_back(until: date, is_left_alone: bool) -> None:
    taste = Taste((), [1], 3, NOW - timedelta(days=40), usual_until=until)
    assert goals.was_here_lately(taste, NOW) is is_left_alone


def test_the_outlook_is_of_the_rule_that_did_better(sqlite_database: Database) -> None:
    told = {
        "n": 75, "days": 30, "method": "recency_rule", "came": 40.0, "foreseen": 70.0, "foreseen_plainly": 42.0,
        "customers": 80, "expected_visits": 120.5, "expected_spend_minor": None, "seekers": 0, "seekers_of": 0,
    }  # fmt: skip
    with sqlite_database.transaction() as session:
        assert futures.outlook(session) is None
        run_of(session, lifetime={"customers": 3, "expected_visits": None})
        assert futures.outlook(session) is None
        run_of(session, lifetime=told)
        assert futures.outlook(session) == Outlook(80, 120.5, None, 75, 30, 42.0, 40.0, False, 0, 0)
