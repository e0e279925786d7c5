"""A budget that does not reach everybody: who is chosen for it, and that the holdout stays a lot among the chosen."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlmodel import Session, select

from campaigns.launching import drafting, planning
from campaigns.launching.drafts import Draft
from campaigns.launching.rationing import Person, Purse, chosen
from campaigns.outcomes import results
from campaigns.tables import Message, MiningRun, Prospect, State, Status
from tests.campaigns.conftest import TEN, SmallShop
from tests.campaigns.test_budgets import PRICE, set_up

ONE = Decimal(1)


def people(n: int, *, unknown: int = 0) -> list[Person]:
    """The higher the number, the more they are moved; of the first ``unknown`` nothing is known."""
    return [Person(number, ONE, None if number <= unknown else number / 100) for number in range(1, n + 1)]


def purse(budget: float, share: str = "0", *, is_alone: bool = False) -> Purse:
    return Purse(Decimal(str(budget)), Decimal(share), is_alone)


def test_those_who_are_moved_most_come_first_and_one_in_five_by_lot() -> None:
    found = chosen(people(100), purse(50), "seed")
    assert found is not None
    by_rule, by_lot = found
    assert by_rule == set(range(61, 101))
    assert len(by_lot) == 10
    assert not by_rule & by_lot


def test_who_does_not_allow_it_has_the_same_share_by_lot() -> None:
    found = chosen(people(100, unknown=40), purse(50), "seed")
    assert found is not None
    by_rule, by_lot = found
    assert by_rule == set(range(77, 101))
    assert sum(number <= 40 for number in by_lot) == 20
    assert sum(number > 40 for number in by_lot) == 6


def test_another_seed_draws_others_and_the_same_seed_the_same() -> None:
    one, again, other = (chosen(people(100), purse(50), seed) for seed in ("a", "a", "b"))
    assert one == again
    assert one is not None
    assert other is not None
    assert one[0] == other[0]
    assert one[1] != other[1]


def test_a_place_goes_to_who_is_moved_most_for_the_money() -> None:
    dear, cheap = Person(1, Decimal(10), 0.3), Person(2, Decimal(1), 0.2)
    found = chosen([dear, cheap, Person(3, Decimal(1), 0.1)], purse(3), "seed")
    assert found is not None
    assert found[0] == {2, 3}


@pytest.mark.parametrize(("some", "budget"), [([], 1.0), (people(10), 10.0), (people(10, unknown=10), 5.0)])
def test_nobody_is_left_out_where_it_reaches_all_or_nothing_is_known(some: list[Person], budget: float) -> None:
    assert chosen(some, purse(budget), "seed") is None


@pytest.mark.parametrize("budget", [1, 2, 7, 33, 60])
@pytest.mark.parametrize("share", ["0.1", "0.2", "0.5"])
def test_the_lot_cannot_make_it_dearer_than_the_budget(budget: int, share: str) -> None:
    found = chosen(people(200, unknown=50), purse(budget, share), "seed")
    assert found is not None
    n = len(found[0] | found[1])
    assert n - round(float(share) * n) <= budget
    assert (n + 3) * (1 - float(share)) >= budget - 1.5


def tell(session: Session, scores: dict[int, tuple[float | None, float]], rule: str = "uplift") -> None:
    quality = {"uplift": {"rule": rule, "n": 900, "campaigns": 2}}
    run = MiningRun(started_at=TEN, ready_at=TEN, quality=quality)
    session.add(run)
    session.flush()
    for who, (uplift, response) in scores.items():
        session.add(Prospect(run_id=run.id, customer_id=who, uplift=uplift, response=response))


def drafted(shop: SmallShop, budget: Decimal, percent: int = 0) -> int:
    with shop.database.transaction() as session:
        wanted = Draft("picks", "all", holdout_percent=percent, budget=budget)
        return drafting.draft(session, shop.composer, wanted, shop=shop.shop, by="test", now=shop.clock.now()).id


def approve(shop: SmallShop, number: int) -> planning.Plan:
    with shop.database.transaction() as session:
        campaign = planning.find(session, number)
        return planning.approve(session, campaign, ["simulator"], shop.shop, by="test", now=shop.clock.now())


def by_state(shop: SmallShop, number: int) -> dict[str, set[int]]:
    with shop.database.reading() as session:
        rows = session.exec(select(Message).where(Message.campaign_id == number)).all()
        return {state: {row.customer_id for row in rows if row.state == state} for state in {r.state for r in rows}}


def test_a_campaign_writes_to_those_whom_it_moves_and_ends_within_its_budget(shop: SmallShop) -> None:
    crowd = set_up(shop).crowd(20)
    with shop.database.transaction() as session:
        tell(session, {who: (place / 100, 0.5 - place / 100) for place, who in enumerate(crowd)})
    number = drafted(shop, 10 * PRICE)
    plan = approve(shop, number)
    assert plan.ration is not None
    assert (plan.ration.rule, plan.ration.of, plan.ration.by_rule, plan.ration.by_lot) == ("uplift", 20, 8, 2)
    assert (plan.ration.n, plan.ration.campaigns) == (900, 2)
    assert plan.reasons()["beyond_budget"] == 10
    assert shop.drain().sent == 10
    found = by_state(shop, number)
    assert set(crowd[12:]) <= found[State.SENT]
    with shop.database.reading() as session:
        campaign = planning.find(session, number)
        report = results.report(session, campaign)
    assert campaign.status == Status.DONE
    assert (report.treated.n, report.withheld["beyond_budget"]) == (10, 10)


def test_where_little_is_known_those_likeliest_to_buy_come_first(shop: SmallShop) -> None:
    crowd = set_up(shop).crowd(20)
    with shop.database.transaction() as session:
        tell(session, {who: (None, place / 100) for place, who in enumerate(crowd)}, rule="response")
    number = drafted(shop, 10 * PRICE)
    approve(shop, number)
    assert set(crowd[12:]) <= by_state(shop, number)[State.PLANNED]


def test_the_lot_falls_among_the_chosen_alone_and_does_not_look_at_the_choice(shop: SmallShop) -> None:
    crowd = set_up(shop).crowd(40)
    with shop.database.transaction() as session:
        tell(session, {who: (place / 100, 0.5) for place, who in enumerate(crowd)})
    number = drafted(shop, 10 * PRICE, percent=50)
    approve(shop, number)
    found = by_state(shop, number)
    assert abs(len(found[State.HOLDOUT]) - len(found[State.PLANNED])) <= 1
    assert len(found[State.PLANNED]) in (9, 10)
    best = set(crowd[26:])
    assert found[State.HOLDOUT] & best
    assert found[State.PLANNED] & best
    with shop.database.reading() as session:
        report = results.report(session, planning.find(session, number))
    assert report.control.n == len(found[State.HOLDOUT])
    assert report.treated.n == len(found[State.PLANNED])


def test_who_refuses_profiling_is_neither_chosen_nor_passed_over(shop: SmallShop) -> None:
    set_up(shop)
    allowing, refusing = shop.crowd(10), [shop.customer(f"Diam{n}", profiling=False) for n in range(10)]
    with shop.database.transaction() as session:
        # Even where an old run still has a figure of theirs.
        tell(session, {who: (0.9 if who in refusing else 0.1, 0.5) for who in allowing + refusing})
    number = drafted(shop, 10 * PRICE)
    plan = approve(shop, number)
    assert plan.ration is not None
    assert (plan.ration.by_rule, plan.ration.by_lot) == (4, 6)
    assert len(by_state(shop, number)[State.PLANNED] & set(refusing)) == 5


def test_who_costs_nothing_is_never_left_out(shop: SmallShop) -> None:
    crowd = set_up(shop, {"simulator": Decimal(0)}).crowd(5)
    with shop.database.transaction() as session:
        tell(session, dict.fromkeys(crowd, (0.1, 0.5)))
    number = drafted(shop, ONE)
    assert approve(shop, number).ration is None
    assert shop.drain().sent == 5
