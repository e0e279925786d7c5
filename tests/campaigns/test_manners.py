"""Customers say how they want offers, and campaigns do so at once, also in what is planned already."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import select

from campaigns.choosing import audiences
from ledger import consent, customers, preferences
from ledger.consent import Evidence
from ledger.preferences import Manners
from ledger.tables import Address, Customer, Frequency, Purpose
from tests.campaigns.conftest import WORDING, SmallShop


@pytest.fixture
def sari(shop: SmallShop) -> int:
    """Somebody who gets offers, in a shop that has something to show."""
    shop.buy(shop.customer("Pembeli", offers=None, profiling=None), days_ago=1)
    return shop.customer("Sari", profiling=False)


def want(shop: SmallShop, customer_id: int, manners: Manners) -> None:
    with shop.database.transaction() as session:
        preferences.change(session, customer_id, manners, shop.clock.now())


def change(shop: SmallShop, customer_id: int, **facts: object) -> None:
    with shop.database.transaction() as session:
        person = session.get_one(Customer, customer_id)
        for name, value in facts.items():
            setattr(person, name, value)
        session.add(person)


def sent_after(shop: SmallShop, days: float) -> int:
    shop.clock.forward(timedelta(days=days))
    shop.launch()
    return shop.drain().sent


def add_telegram(shop: SmallShop, customer_id: int, days_ago: float = 0, offers: bool = True) -> None:
    """A second chat of theirs, with its own answer."""
    at = shop.clock.now() - timedelta(days=days_ago)
    with shop.database.transaction() as session:
        person = session.get_one(Customer, customer_id)
        address = customers.add_address(session, person, "telegram", "sari-t", "chat", at)
        address.last_inbound_at = at
        session.add(address)
        decide = consent.grant if offers else consent.withdraw
        said = Evidence("telegram", "ya")
        decide(session, customer_id, Purpose.OFFERS, scope="telegram", wording=WORDING, evidence=said, at=at)


def chosen_channel(shop: SmallShop, customer_id: int, *channels: str) -> str | None:
    with shop.database.reading() as session:
        people = audiences.candidates(session, "all", channels, shop.shop, shop.clock.now())
    return next(each for each in people if each.customer_id == customer_id).facts.channel


def test_once_a_week_is_not_after_six_days_and_is_after_seven(shop: SmallShop, sari: int) -> None:
    want(shop, sari, Manners(Frequency.WEEKLY))
    assert [sent_after(shop, days) for days in (0, 6, 1)] == [1, 0, 1]


def test_once_a_month_is_after_thirty_days(shop: SmallShop, sari: int) -> None:
    want(shop, sari, Manners(Frequency.MONTHLY))
    assert [sent_after(shop, days) for days in (0, 29, 1)] == [1, 0, 1]


def test_once_a_week_does_not_loosen_what_the_shop_allows_itself(shop: SmallShop, sari: int) -> None:
    shop.shop = replace(shop.shop, caps=replace(shop.shop.caps, days_between=14))
    want(shop, sari, Manners(Frequency.WEEKLY))
    assert [sent_after(shop, days) for days in (0, 7, 7)] == [1, 0, 1]


def test_a_wish_for_fewer_counts_for_what_is_planned_already(shop: SmallShop, sari: int) -> None:
    assert sent_after(shop, 0) == 1
    shop.clock.forward(timedelta(days=5))
    number = shop.launch()
    want(shop, sari, Manners(Frequency.WEEKLY))
    assert shop.drain().sent == 0
    assert shop.report(number).withheld == {"no_consent": 1, "capped": 1}


def test_their_own_quiet_hours_hold_back_what_is_planned_already(shop: SmallShop, sari: int) -> None:
    shop.launch()
    want(shop, sari, Manners(quiet_hours="09:00-13:30"))
    assert shop.drain().sent == 0
    shop.clock.forward(timedelta(hours=3, minutes=29))
    assert shop.drain().sent == 0
    shop.clock.forward(timedelta(minutes=1))
    assert shop.drain().sent == 1


def test_quiet_hours_of_their_own_do_not_open_the_shops_night(shop: SmallShop, sari: int) -> None:
    want(shop, sari, Manners(quiet_hours="02:00-03:00"))
    shop.clock.forward(timedelta(hours=12))
    shop.launch()
    assert shop.drain().sent == 0


def test_who_leaves_no_hour_of_the_day_is_not_waited_for(shop: SmallShop, sari: int) -> None:
    want(shop, sari, Manners(quiet_hours="08:00-21:00"))
    number = shop.launch()
    assert shop.report(number).withheld == {"no_consent": 1, "always_quiet": 1}


def test_quiet_hours_that_cannot_be_read_are_not_guessed(shop: SmallShop, sari: int) -> None:
    want(shop, sari, Manners(quiet_hours="at night"))
    assert shop.report(shop.launch()).withheld == {"no_consent": 1, "unreadable": 1}


def test_of_two_chats_that_allow_offers_the_wanted_one_is_written_to(shop: SmallShop, sari: int) -> None:
    add_telegram(shop, sari, days_ago=9)
    assert chosen_channel(shop, sari, "simulator", "telegram") == "simulator"
    want(shop, sari, Manners(channel="telegram"))
    assert chosen_channel(shop, sari, "simulator", "telegram") == "telegram"


def test_a_wanted_chat_that_does_not_allow_offers_is_no_reason_to_write_there(shop: SmallShop, sari: int) -> None:
    add_telegram(shop, sari, offers=False)
    want(shop, sari, Manners(channel="telegram"))
    assert chosen_channel(shop, sari, "simulator", "telegram") == "simulator"


def test_a_wanted_chat_that_cannot_be_reached_or_is_off_gives_way_to_another(shop: SmallShop, sari: int) -> None:
    add_telegram(shop, sari)
    want(shop, sari, Manners(channel="telegram"))
    assert chosen_channel(shop, sari, "simulator") == "simulator"
    with shop.database.transaction() as session:
        hers = session.exec(select(Address).where(Address.channel == "telegram")).one()
        customers.mark_unreachable(session, hers, shop.clock.now())
    assert chosen_channel(shop, sari, "simulator", "telegram") == "simulator"


def test_who_may_want_to_leave_is_left_alone_until_they_say(shop: SmallShop, sari: int) -> None:
    number = shop.launch()
    change(shop, sari, held_since=shop.clock.now())
    assert shop.drain().sent == 0
    assert shop.report(number).withheld == {"no_consent": 1, "held": 1}
    change(shop, sari, held_since=None)
    assert sent_after(shop, 0) == 1


@pytest.mark.parametrize(("of_age", "sent"), [(None, 0), (0, 0), (18, 0), (21, 1)])
def test_a_shop_with_a_minimum_age_writes_only_to_who_said_they_have_it(
    shop: SmallShop, sari: int, of_age: int | None, sent: int
) -> None:
    change(shop, sari, of_age=of_age)
    shop.shop = replace(shop.shop, minimum_age=21)
    assert sent_after(shop, 0) == sent
    assert shop.report().withheld.get("under_age", 0) == 1 - sent


def test_a_shop_without_a_minimum_age_asks_nobody(shop: SmallShop, sari: int) -> None:
    assert sent_after(shop, 0) == 1
