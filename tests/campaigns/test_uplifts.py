"""Whom an offer moves: past campaigns read as columns, learned from, and told of everybody in the run."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from sqlmodel import Session

from campaigns import insights
from campaigns.mining.findings import Findings, FloatColumn, Prospects
from campaigns.mining.parameters import Parameters
from campaigns.mining.past import NOTHING, Past, bought, past_campaigns
from campaigns.mining.reading import frames
from campaigns.mining.uplifts import find_uplifts
from campaigns.mining.writing import Writer
from campaigns.tables import Campaign, Message, MiningRun, State
from engine.frames import MICROSECONDS_PER_DAY, NONE, Interactions, Kind, Products
from ledger.columns import microseconds
from ledger.tables import Customer, Interaction
from ledger.tables import Kind as LedgerKind
from tests.campaigns.conftest import TEN, SmallShop

DAY = timedelta(days=1)


def campaign(session: Session, days_ago: float, *, parent: int | None = None, **other: object) -> int:
    usual = {"holdout_share": 0.5, "window_days": 7, "start_at": TEN - days_ago * DAY}
    row = Campaign(
        **{**usual, **other}, template="picks", audience="all", seed="s", created_by="t", created_at=TEN,
        parent_id=parent,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row.id


def message(session: Session, number: int, customer: int, state: State, days_ago: float, **other: object) -> None:
    at = TEN - days_ago * DAY
    values = {"was_eligible": True, "counts_from": at, "planned_at": at, **other}
    session.add(Message(campaign_id=number, customer_id=customer, state=state, **values))
    session.flush()


def told(past: Past) -> list[tuple[int, int, int]]:
    return list(zip(past.customer.tolist(), past.campaign.tolist(), past.is_treated.tolist(), strict=True))


def test_everybody_stays_on_the_side_where_the_lot_put_them(shop: SmallShop) -> None:
    ann, ben, cis, dan = shop.crowd(4)
    with shop.database.transaction() as session:
        number = campaign(session, 20)
        message(session, number, ann, State.SENT, 20)
        message(session, number, ben, State.HOLDOUT, 20)
        message(session, number, cis, State.FAILED, 20)
        message(session, number, dan, State.WITHHELD, 20, was_eligible=False)
        past = past_campaigns(session, TEN)
    assert told(past) == [(ann, number, 1), (ben, number, 0), (cis, number, 1)]
    assert (past.ends - past.begins).tolist() == [7 * MICROSECONDS_PER_DAY] * 3
    assert past.begins[0] == microseconds(TEN - 20 * DAY)


def test_a_campaign_still_in_its_window_teaches_nothing_yet(shop: SmallShop) -> None:
    (ann,) = shop.crowd(1)
    with shop.database.transaction() as session:
        message(session, campaign(session, 6), ann, State.SENT, 6)
        assert len(past_campaigns(session, TEN)) == 0
        assert len(past_campaigns(session, TEN + DAY)) == 1


def test_what_answers_to_a_customers_deed_is_left_out_with_its_rounds(shop: SmallShop) -> None:
    (ann,) = shop.crowd(1)
    with shop.database.transaction() as session:
        standing = campaign(session, 40, trigger="cart")
        message(session, campaign(session, 30, parent=standing), ann, State.SENT, 30)
        message(session, campaign(session, 30, holdout_share=0.0), ann, State.SENT, 30)
        assert past_campaigns(session, TEN) is NOTHING


def test_of_several_rounds_the_first_counts(shop: SmallShop) -> None:
    ann, ben = shop.crowd(2)
    with shop.database.transaction() as session:
        standing = campaign(session, 60, repeats="monthly 1 10:00")
        one, two = campaign(session, 50, parent=standing), campaign(session, 20, parent=standing)
        message(session, one, ann, State.SENT, 50)
        message(session, two, ann, State.SENT, 20)
        message(session, two, ben, State.HOLDOUT, 20)
        assert told(past_campaigns(session, TEN)) == [(ann, one, 1), (ben, two, 0)]


def test_who_was_erased_is_not_learned_from(shop: SmallShop) -> None:
    ann, ben = shop.crowd(2)
    with shop.database.transaction() as session:
        number = campaign(session, 20)
        for each in (ann, ben):
            message(session, number, each, State.SENT, 20)
        session.get_one(Customer, ann).erased_at = TEN
        session.flush()
        assert told(past_campaigns(session, TEN)) == [(ben, number, 1)]


def test_a_purchase_counts_within_its_window_and_if_something_was_kept(shop: SmallShop) -> None:
    early, at_once, last, late, back, part = shop.crowd(6)
    with shop.database.transaction() as session:
        number = campaign(session, 20)
        for each in (early, at_once, last, late, back, part):
            message(session, number, each, State.SENT, 20)
    for who, days_ago in ((early, 20.01), (at_once, 20), (last, 13.01), (late, 13), (back, 15), (part, 15)):
        shop.buy(who, days_ago=days_ago, order=f"order-{who}")
    shop.buy(part, days_ago=15, order=f"order-{part}")
    with shop.database.transaction() as session:
        for who in (back, part):
            at, order = TEN - 2 * DAY, f"order-{who}"
            session.add(Interaction(customer_id=who, kind=LedgerKind.RETURN, at=at, platform="pos", order_ref=order))
    with shop.database.reading() as session:
        past, (interactions, _) = past_campaigns(session, TEN), frames(session)
    assert bought(past, interactions).tolist() == [0, 1, 1, 0, 0, 1]


def history(n: int, *, seed: int = 0) -> tuple[Interactions, Products, Past]:
    """People of two kinds: some buy weekly whatever happens, some bought once and come back only for an offer."""
    rng = np.random.default_rng(seed)
    begins = 100 * MICROSECONDS_PER_DAY
    people = np.arange(1, n + 1)
    is_regular, is_treated = people % 2 == 0, rng.random(n) < 0.6
    comes = rng.random(n) < np.where(is_regular, 0.7, np.where(is_treated, 0.4, 0.05))
    visits = [(who, 95 - 7 * week) for who in people[is_regular].tolist() for week in range(10)]
    visits += [(who, 40 + who % 9) for who in people[~is_regular].tolist()]
    visits += [(who, 102) for who in people[comes].tolist()]
    who, day = np.array(visits, dtype=np.int64).T
    ones, unknown = np.ones(len(who), dtype=np.int64), np.full(len(who), NONE)
    interactions = Interactions(
        customer=who, kind=ones * int(Kind.PURCHASE), at=day * MICROSECONDS_PER_DAY, product=ones, quantity=ones,
        amount_minor=ones * 50_000, discount_minor=ones * 0, order=np.arange(len(who)), platform=unknown,
    )  # fmt: skip
    one = np.array([1], dtype=np.int64)
    products = Products(one, one * 50_000, one, one * NONE, ("Kopi",), ("kopi",), ("",), ("",))
    starts = np.full(n, begins)
    ends = starts + 7 * MICROSECONDS_PER_DAY
    return interactions, products, Past(people, np.ones(n, np.int64), is_treated.astype(np.int64), starts, ends)


def found(n: int, refusing: list[int]) -> Findings:
    interactions, products, past = history(n)
    profiled = interactions.where(~np.isin(interactions.customer, refusing))
    findings = Findings()
    find_uplifts(findings, profiled, products, past, refusing, 101 * MICROSECONDS_PER_DAY, Parameters())
    return findings


def test_who_comes_back_only_for_an_offer_is_told_from_the_regulars() -> None:
    findings = found(2_000, [])
    prospects, quality = findings.prospects, findings.quality["uplift"]
    assert prospects is not None
    assert prospects.uplift is not None
    is_regular = prospects.customer % 2 == 0
    assert prospects.uplift[~is_regular].mean() > prospects.uplift[is_regular].mean() + 0.2
    assert prospects.response[is_regular].mean() > prospects.response[~is_regular].mean() + 0.2
    assert (quality["rule"], quality["n"], quality["campaigns"]) == ("uplift", 2_000, 1)
    assert quality["treated"] + quality["held_out"] == 2_000
    assert quality["qini"]["uplift"][0] > 2 * quality["qini"]["uplift"][1]


def test_nobody_is_scored_or_learned_from_who_refuses_profiling() -> None:
    findings = found(2_000, [1, 2, 3])
    assert findings.prospects is not None
    assert not np.isin([1, 2, 3], findings.prospects.customer).any()
    assert findings.quality["uplift"]["n"] == 1_997


@pytest.mark.parametrize("n", [0, 1, 60])
def test_with_too_little_it_says_what_is_wanting(n: int) -> None:
    interactions, products, past = history(max(n, 2))
    some = Past(*(each[:n] for each in (past.customer, past.campaign, past.is_treated, past.begins, past.ends)))
    findings = Findings()
    find_uplifts(findings, interactions, products, some, [], 101 * MICROSECONDS_PER_DAY, Parameters())
    assert findings.prospects is None
    assert findings.quality["uplift"]["rule"] is None
    assert findings.quality["uplift"]["wanting"]


@pytest.mark.parametrize("uplift", [None, np.array([0.1, -0.2])])
def test_what_was_found_is_read_back_by_the_rule_it_goes_by(shop: SmallShop, uplift: FloatColumn | None) -> None:
    ann, ben = shop.crowd(2)
    with shop.database.transaction() as session:
        quality = {"uplift": {"rule": "response" if uplift is None else "uplift", "n": 90, "campaigns": 2}}
        run = MiningRun(started_at=TEN, ready_at=TEN, quality=quality)
        session.add(run)
        session.flush()
        number = run.id
    findings = Findings(prospects=Prospects(np.array([ann, ben]), uplift, np.array([0.5, 0.25])))
    Writer(shop.database, number).write(findings)
    with shop.database.reading() as session:
        told = insights.targeting(session)
        assert told is not None
        found = insights.prospects(session, [ann, ben], told.rule)
        unknown = insights.prospects(session, [ann, ben], "uplift")
    assert found == ({ann: 0.5, ben: 0.25} if uplift is None else {ann: 0.1, ben: -0.2})
    assert unknown == ({} if uplift is None else found)
