"""What an owner had better know before the yes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlmodel import Session, select

from campaigns.launching import cautions, drafting, previewing, starting
from campaigns.launching.drafts import Draft, by_discount
from campaigns.launching.previewing import Sample
from campaigns.launching.starting import Plan
from campaigns.tables import Campaign
from ledger.columns import microseconds
from ledger.tables import Customer, Product
from tests.campaigns.conftest import SmallShop

THURSDAY_TEN = datetime(2026, 11, 5, 3, tzinfo=UTC)
"""Three days, the shop's cap, after the Monday on which stories begin."""


def planned(shop: SmallShop, session: Session, audience: str = "all") -> Plan:
    draft = Draft("picks", audience, holdout_percent=0)
    campaign = drafting.draft(session, shop.composer, draft, shop=shop.shop, by="test", now=shop.clock.now())
    return starting.plan(session, campaign, ["simulator"], shop.shop, shop.clock.now())


def samples(shop: SmallShop, session: Session, *percents: int) -> list[Sample]:
    draft = Draft("picks", "all", by_discount(*percents), holdout_percent=0)
    campaign = drafting.draft(session, shop.composer, draft, shop=shop.shop, by="test", now=shop.clock.now())
    shown = previewing.preview(session, campaign, shop.composer, ["simulator"], shop.shop, shop.clock.now())
    return list(shown.samples)


def cost(session: Session, name: str, cost_minor: int | None) -> None:
    product = session.exec(select(Product).where(Product.name == name)).one()
    product.cost_minor = cost_minor
    session.add(product)


def test_of_what_sells_below_cost_the_worst_is_named(shop: SmallShop) -> None:
    for person in shop.crowd(3):
        shop.buy(person, "S0")
        shop.buy(person, "S1")
    with shop.database.transaction() as session:
        cost(session, "Kopi Gayo", 21_000)
        cost(session, "Kopi Toraja", 40_000)
        found = cautions.below_cost(session, samples(shop, session, 70))
    assert found is not None
    assert (found.product.name, found.percent) == ("Kopi Toraja", 70)
    assert (found.price_minor, found.cost_minor) == (15_000, 40_000)


def test_at_cost_is_not_below_it_and_an_unknown_cost_is_no_warning(shop: SmallShop) -> None:
    for person in shop.crowd(3):
        shop.buy(person, "S0")
    with shop.database.transaction() as session:
        cost(session, "Kopi Gayo", 25_000)
        assert cautions.below_cost(session, samples(shop, session, 50)) is None
        assert cautions.below_cost(session, samples(shop, session, 51)) is not None
        assert cautions.below_cost(session, samples(shop, session, 10, 51)) is not None
        cost(session, "Kopi Gayo", None)
        assert cautions.below_cost(session, samples(shop, session, 90)) is None
        assert cautions.below_cost(session, []) is None


def test_after_a_round_most_are_free_again_when_the_cap_ends(shop: SmallShop) -> None:
    shop.crowd(6)
    shop.buy(shop.customer("Pembeli"), "S0", days_ago=1)
    shop.launch()
    shop.drain()
    with shop.database.transaction() as session:
        assert cautions.free_again(planned(shop, session), shop.shop) == THURSDAY_TEN


def test_the_hour_that_is_named_is_a_full_one_and_not_quiet(shop: SmallShop) -> None:
    shop.buy(shop.customer("Pembeli"), "S0", days_ago=1)
    shop.crowd(4)
    shop.clock.forward(timedelta(minutes=20))
    shop.launch()
    shop.drain()
    with shop.database.transaction() as session:
        plan = planned(shop, session)
        assert cautions.free_again(plan, shop.shop) == THURSDAY_TEN + timedelta(hours=1)
        # Offered at ten in the evening they are free at ten in the evening, when the shop is quiet until eight.
        ten_pm = shop.clock.now().replace(hour=15, minute=0) + timedelta(days=2)
        late = [microseconds(ten_pm)] * len(plan.capped_until)
        free = cautions.free_again(replace(plan, capped_until=late), shop.shop)
    assert free == datetime(2026, 11, 5, 1, tzinfo=UTC)


def test_where_few_are_capped_nothing_is_said(shop: SmallShop) -> None:
    shop.buy(shop.customer("Pembeli"), "S0", days_ago=1)
    shop.launch()
    shop.drain()
    shop.crowd(4)
    with shop.database.transaction() as session:
        assert cautions.free_again(planned(shop, session), shop.shop) is None


def test_birthdays_are_counted_in_the_audience_alone(shop: SmallShop) -> None:
    people = shop.crowd(4)
    with shop.database.transaction() as session:
        for number, day in ((people[0], "08-17"), (people[1], "02-29")):
            person = session.get_one(Customer, number)
            person.birthday = day
            session.add(person)
        campaign = Campaign(template="birthday", audience="all", holdout_share=0, seed="x", created_by="test",
                            created_at=shop.clock.now())  # fmt: skip
        assert cautions.birthdays_told(session, campaign, shop.shop, shop.clock.now()) == (2, 4)
