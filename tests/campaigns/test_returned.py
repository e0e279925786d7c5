"""What came back is sold nowhere: in no day, no report, no customer's card and no bandit's tally."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import Session, select

from campaigns.launching import drafting, planning, power
from campaigns.launching.drafts import Allocation, Draft, by_discount
from campaigns.looking import people, scene
from campaigns.looking import segments as looking_at_segments
from campaigns.looking.products import shelves
from campaigns.looking.today import today
from campaigns.outcomes import learning
from campaigns.outcomes.results import Arm
from campaigns.tables import Membership, Message, MiningRun, Segment, State
from ledger.tables import Customer, Interaction, Kind, Product
from tests.campaigns.conftest import TEN, SmallShop

CHANNELS = ["simulator"]


def give_back(shop: SmallShop, order: str, sku: str = "S0", pieces: int = 1, amount: int = 50_000) -> None:
    """So many pieces of a product of an order come back now."""
    with shop.database.transaction() as session:
        product = session.exec(select(Product).where(Product.sku == sku)).one()
        bought = session.exec(
            select(Interaction).where(Interaction.order_ref == order, Interaction.kind == Kind.PURCHASE)
        ).first()
        assert bought is not None
        session.add(
            Interaction(
                customer_id=bought.customer_id,
                kind=Kind.RETURN,
                at=shop.clock.now(),
                platform=bought.platform,
                product_id=product.id,
                quantity=pieces,
                amount_minor=amount,
                currency="IDR",
                order_ref=order,
            )
        )


def test_a_day_without_what_came_back_whole_and_less_what_came_back_in_part(shop: SmallShop) -> None:
    sari = shop.customer("Sari")
    shop.buy(sari, order="kept")
    shop.buy(sari, order="whole")
    for sku in ("S0", "S1"):
        shop.buy(sari, sku, order="part")
    give_back(shop, "whole")
    give_back(shop, "part", "S1", amount=20_000)
    with shop.database.reading() as session:
        seen = today(session, shop.shop, shop.clock.now())
    # 50.000 of the kept one, and 100.000 less 20.000 of the other.
    assert (seen.orders, seen.revenue_minor) == (2, 130_000)


def test_what_comes_back_today_changes_the_day_it_was_sold_and_not_today(shop: SmallShop) -> None:
    sari = shop.customer("Sari")
    shop.buy(sari, days_ago=7.1, order="whole")
    for sku in ("S0", "S1"):
        shop.buy(sari, sku, days_ago=7.1, order="part")
    shop.buy(sari, order="today")
    give_back(shop, "whole")
    give_back(shop, "part")
    with shop.database.reading() as session:
        seen = today(session, shop.shop, shop.clock.now())
    assert (seen.orders, seen.revenue_minor) == (1, 50_000)
    assert seen.usual is not None
    assert (seen.usual.orders, seen.usual.revenue_minor, seen.usual.n) == (1, 50_000, 1)


@pytest.mark.parametrize("platform", ["pos", "elsewhere"])
def test_a_return_of_no_known_order_takes_nothing_off_any_sale(shop: SmallShop, platform: str) -> None:
    sari = shop.customer("Sari")
    shop.buy(sari, order="kept")
    with shop.database.transaction() as session:
        bought = session.exec(select(Interaction).where(Interaction.kind == Kind.PURCHASE)).one()
        order = "C-kept" if platform == "pos" else "kept"
        for ref in (order, None):
            copied = bought.model_dump(exclude={"id", "kind", "platform", "order_ref"})
            session.add(Interaction(**copied, kind=Kind.RETURN, platform=platform, order_ref=ref))
    with shop.database.reading() as session:
        seen = today(session, shop.shop, shop.clock.now())
    assert (seen.orders, seen.revenue_minor) == (1, 50_000)


def test_in_both_arms_of_a_report_whoever_gave_everything_back_bought_nothing(shop: SmallShop) -> None:
    some = shop.crowd(40)
    shop.buy(some[0], days_ago=1)
    shop.launch(hold=0.5)
    shop.drain()
    treated = [each.customer_id for each in shop.messages() if each.state != State.HOLDOUT]
    held_out = [each.customer_id for each in shop.messages() if each.state == State.HOLDOUT]
    shop.clock.forward(timedelta(days=1))
    for each in [*treated[:3], *held_out[:2]]:
        shop.buy(each, order=f"O{each}")
    shop.buy(treated[0], "S1", order=f"O{treated[0]}")
    # Long after the window, and still: it is no order.
    shop.clock.forward(timedelta(days=30))
    for each in (treated[1], held_out[1]):
        give_back(shop, f"O{each}")
    give_back(shop, f"O{treated[0]}", "S1", amount=40_000)
    told = shop.report()
    assert (told.treated, told.control) == (Arm(20, 2), Arm(20, 1))
    # 100.000 less 40.000, and 50.000.
    assert (told.purchases, told.revenue_minor) == (2, 110_000)


def test_what_was_bought_with_a_code_and_came_back_was_not_bought_with_a_code(shop: SmallShop) -> None:
    shop.buy(shop.crowd(2)[0], days_ago=1)
    shop.launch(discount=10)
    shop.drain()
    message = shop.messages()[0]
    shop.clock.forward(timedelta(days=1))
    shop.buy(message.customer_id, order="K1")
    with shop.database.transaction() as session:
        bought = session.exec(select(Interaction).where(Interaction.order_ref == "K1")).one()
        bought.message_id = message.id
    assert shop.report().voucher_purchases == 1
    give_back(shop, "K1")
    told = shop.report()
    assert (told.voucher_purchases, told.voucher_revenue_minor, told.vouchers_redeemed) == (0, 0, 0)


def test_a_customers_card_has_no_order_that_came_back(shop: SmallShop) -> None:
    sari = shop.customer("Sari")
    shop.buy(sari, days_ago=3, order="kept")
    shop.buy(sari, "S1", days_ago=3, order="kept")
    shop.buy(sari, days_ago=1, order="whole")
    give_back(shop, "whole")
    give_back(shop, "kept", "S1", amount=30_000)
    with shop.database.reading() as session:
        card = people.card(session, session.get_one(Customer, sari), CHANNELS, shop.shop, shop.clock.now())
    assert (card.orders, card.spent_minor) == (1, 70_000)
    assert card.last_at == shop.clock.now() - timedelta(days=3)


def test_what_came_back_does_not_sell(shop: SmallShop) -> None:
    sari = shop.customer("Sari")
    for order in ("one", "two", "three"):
        shop.buy(sari, days_ago=5, order=order)
    shop.buy(sari, "S1", days_ago=45, order="old")
    shop.buy(sari, days_ago=45, order="old")
    give_back(shop, "one")
    give_back(shop, "old", "S1")
    with shop.database.reading() as session:
        seen = {each.name: each for each in shelves(session, shop.clock.now()).everything}
    coffee, other = seen["Kopi Gayo"], seen["Kopi Toraja"]
    assert (coffee.pieces_30, coffee.pieces_before, coffee.pieces_90, coffee.orders_30) == (2, 1, 3, 2)
    assert (other.pieces_before, other.pieces_90) == (0, 0)


def test_a_segments_portrait_is_drawn_without_what_came_back(shop: SmallShop) -> None:
    sari, budi = shop.customer("Sari"), shop.customer("Budi")
    shop.buy(sari, days_ago=4, order="kept")
    shop.buy(sari, "S1", days_ago=4, order="kept")
    shop.buy(budi, days_ago=2, order="whole")
    give_back(shop, "kept", "S1", amount=30_000)
    give_back(shop, "whole")
    with shop.database.transaction() as session:
        run = MiningRun(started_at=TEN, ready_at=TEN)
        session.add(run)
        session.flush()
        found = Segment(run_id=run.id, key="champions", size=2, share=1.0)
        session.add(found)
        session.flush()
        session.add_all(Membership(run_id=run.id, segment_id=found.id, customer_id=each) for each in (sari, budi))
        seen = looking_at_segments.portrait(session, found, CHANNELS, shop.shop, shop.clock.now())
    assert (seen.n, seen.buyers, seen.days_since, seen.spent_minor) == (2, 1, 4, 70_000)


def test_the_findings_are_drawn_without_what_came_back(shop: SmallShop) -> None:
    sari = shop.customer("Sari")
    shop.buy(sari, days_ago=4, order="kept")
    shop.buy(sari, "S1", days_ago=4, order="kept")
    shop.buy(sari, days_ago=2, order="whole")
    give_back(shop, "kept", "S1", amount=30_000)
    give_back(shop, "whole")
    with shop.database.reading() as session:
        seen = scene.Scene(session, CHANNELS, shop.shop, shop.clock.now())
        assert (seen.typical_order, seen.spent(seen.willing), seen.orders(seen.willing)[sari]) == (70_000, 70_000, 1)
        assert [len(times) for times in seen.visits[sari].values()] == [1, 1]


def test_a_purchase_taken_back_answers_no_message_and_raises_no_expectation(shop: SmallShop) -> None:
    some = shop.crowd(4)
    shop.buy(some[0], days_ago=1)
    with shop.database.transaction() as session:
        number = _launched(session, shop)
    shop.drain()
    shop.clock.forward(timedelta(days=1))
    shop.buy(some[0], order="kept")
    shop.buy(some[1], order="whole")
    give_back(shop, "whole")
    week, now = timedelta(days=7), shop.clock.now() + timedelta(hours=1)
    with shop.database.reading() as session:
        answered = learning.answers(session, [number], week, now)
        mine = session.exec(select(Message.id).where(Message.customer_id == some[0])).one()
        assert set(answered) == {mine}
        assert power.base_rate(session, some[1:2], week, now) == 0.0
        assert power.base_rate(session, some[:1], week, now) == 0.25


def _launched(session: Session, shop: SmallShop) -> int:
    wanted = Draft("picks", "all", by_discount(0, 10), Allocation.BANDIT, holdout_percent=0)
    found = drafting.draft(session, shop.composer, wanted, shop=shop.shop, by="test", now=shop.clock.now())
    planning.approve(session, found, CHANNELS, shop.shop, by="test", now=shop.clock.now())
    return found.id
