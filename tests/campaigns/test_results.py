"""The report: figures one can add up by hand."""

from datetime import timedelta

import pytest
from sqlmodel import select

from bot.talk.desk import reporting
from bot.talk.replies import Teller
from campaigns import results
from campaigns.results import Arm
from campaigns.tables import Campaign, State, TrackedLink
from ledger.interactions import log_purchase
from ledger.tables import Product
from tests.campaigns.conftest import SmallShop


def test_purchases_count_within_the_week_after_the_message_and_not_before(shop: SmallShop) -> None:
    people = shop.crowd(4)
    shop.buy(people[0], days_ago=1)
    shop.launch()
    shop.drain()
    shop.clock.forward(timedelta(days=1))
    shop.buy(people[0], order="A")
    shop.buy(people[0], "S1", order="A")
    shop.buy(people[1], order="B")
    shop.clock.forward(timedelta(days=7))
    shop.buy(people[2], order="C")
    told = shop.report()
    assert (told.purchases, told.revenue_minor, told.currency) == (2, 150_000, "IDR")
    assert told.treated == Arm(n=4, buyers=2)


def test_the_lift_compares_the_arms_as_the_lot_drew_them(shop: SmallShop) -> None:
    people = shop.crowd(40)
    shop.buy(people[0], days_ago=1)
    shop.launch(hold=0.5)
    shop.leave(next(each.customer_id for each in shop.messages() if each.state == State.PLANNED))
    shop.drain()
    treated = [each.customer_id for each in shop.messages() if each.state != State.HOLDOUT]
    held_out = [each.customer_id for each in shop.messages() if each.state == State.HOLDOUT]
    shop.clock.forward(timedelta(days=1))
    for each in [*treated[:12], *held_out[:4]]:
        shop.buy(each)
    told = shop.report()
    # 12 of 20 against 4 of 20: .4; Newcombe's interval by hand from Wilson's .3866-.7812 and .0807-.4160.
    assert (told.treated, told.control) == (Arm(20, 12), Arm(20, 4))
    assert told.lift.n == 40
    assert told.lift.value == pytest.approx(0.4)
    assert told.lift.low == pytest.approx(0.0963, abs=5e-4)
    assert told.lift.high == pytest.approx(0.6172, abs=5e-4)


def test_without_a_holdout_no_lift_is_claimed(shop: SmallShop) -> None:
    shop.buy(shop.crowd(3)[0], days_ago=1)
    shop.launch()
    assert shop.report().lift == results.Lift(None, None, None, 3)


def test_a_click_is_counted_once_a_person_and_an_invented_link_not_at_all(shop: SmallShop) -> None:
    shop.buy(shop.crowd(3)[0], days_ago=1)
    shop.launch()
    shop.drain()
    with shop.database.transaction() as session:
        token = session.exec(select(TrackedLink.token)).first()
        assert token is not None
        assert results.open_link(session, token, shop.clock.now()) is not None
        assert results.open_link(session, token, shop.clock.now()) is not None
        assert results.open_link(session, "invented", shop.clock.now()) is None
    assert shop.report().clicks == 1


def test_the_report_is_worded_in_the_currency_that_was_paid(shop: SmallShop) -> None:
    people = shop.crowd(2)
    shop.buy(people[0], days_ago=1)
    shop.launch()
    shop.drain()
    with shop.database.transaction() as session:
        product = session.exec(select(Product)).first()
        assert product is not None
        product.currency = "GBP"
        log_purchase(
            session,
            people[0],
            product,
            quantity=1,
            amount_minor=1_354,
            order_ref="A",
            platform="pos",
            at=shop.clock.now(),
        )
    with shop.database.reading() as session:
        campaign = session.get_one(Campaign, 1)
        teller = Teller(shop.composer, shop.shop, "en")
        told = reporting.told(teller, shop.report(), campaign, shop.clock.now())
    assert "orders within 7 days: 1, £13.54\n" in told.text
