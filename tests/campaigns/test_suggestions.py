"""Findings: each clue against a shop made for it, and their order by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlmodel import select

from campaigns.choosing.suggestions import ranked, suggestions
from campaigns.looking.clues import LEAST, ONE_IN, Deed, Finding
from campaigns.tables import Bundle, Campaign, Message, State, Status
from ledger.tables import Customer, Product, Role
from tests.campaigns.conftest import TEN, SmallShop
from tests.campaigns.test_looking import change, mined

GOALS = ("winback", "bundle", "picks", "new_arrivals", "clear_stock", "thank_you", "replenishment", "birthday")
ORDER = 50_000
"""What everything in the small shop costs, and what its orders come to."""


def found(shop: SmallShop, role: Role = Role.OWNER, goals: Sequence[str] = GOALS) -> dict[str, Finding]:
    with shop.database.reading() as session:
        told = suggestions(session, ["simulator"], goals, shop.shop, shop.clock.now(), role=role)
    assert len(told) <= 3
    return {each.about: each for each in told}


def settled(shop: SmallShop, n: int, name: str = "Lama", profiling: bool | None = True) -> list[int]:
    """So many who said yes long ago."""
    people = [shop.customer(f"{name}{i}", profiling=profiling) for i in range(n)]
    shop.clock.forward(timedelta(days=40))
    return people


def finding(about: str, worth: int, n: int = 10) -> Finding:
    return Finding(about, n, worth, "IDR", Deed("report"))


# Their order


def test_the_worthiest_come_first_and_no_more_than_three() -> None:
    told = [finding("a", 5), finding("b", 50), finding("c", 20), finding("d", 7)]
    assert [each.about for each in ranked(told)] == ["b", "c", "d"]


def test_nothing_is_concluded_of_too_few_however_much_it_is_worth() -> None:
    told = [finding("rich", 10**9, n=LEAST - 1), finding("enough", 1, n=LEAST)]
    assert [each.about for each in ranked(told)] == ["enough"]


def test_of_a_kind_only_the_worthiest_is_told() -> None:
    told = [finding("too_many", 5), finding("too_many", 9), finding("quiet", 1)]
    assert [(each.about, each.worth_minor) for each in ranked(told)] == [("too_many", 9), ("quiet", 1)]


def test_of_equal_worth_the_one_about_more_comes_first() -> None:
    assert [each.about for each in ranked([finding("a", 5, 6), finding("b", 5, 8)])] == ["b", "a"]


# What each looks for


def test_a_shop_with_nothing_in_it_has_no_findings(shop: SmallShop) -> None:
    assert found(shop) == {}


def test_people_who_went_quiet_are_asked_back(shop: SmallShop) -> None:
    people = settled(shop, 7)
    for person in people:
        shop.buy(person, days_ago=100)
    with shop.database.transaction() as session:
        mined(session, TEN, at_risk=people[:6], champions=people[6:])
    quiet = found(shop)["quiet"]
    assert (quiet.n, quiet.figures) == (6, {"segment": "at_risk", "spent_minor": 6 * ORDER})
    assert quiet.worth_minor == 6 * ORDER // ONE_IN
    assert quiet.deed == Deed("launch", "winback", "at_risk")


def test_who_had_an_offer_this_month_left_or_allows_no_history_is_nobody_to_ask_back(shop: SmallShop) -> None:
    people = settled(shop, 8)
    closed = settled(shop, 6, "Tutup", profiling=None)
    for person in (*people, *closed):
        shop.buy(person, days_ago=100)
    shop.leave(people[0])
    with shop.database.transaction() as session:
        mined(session, TEN, at_risk=[*people, *closed])
        campaign = Campaign(
            template="picks", audience="all", holdout_share=0, seed="1", created_by="test", created_at=TEN
        )
        session.add(campaign)
        session.flush()
        session.add(
            Message(
                campaign_id=campaign.id, customer_id=people[1], was_eligible=True, state=State.SENT,
                counts_from=TEN, planned_at=TEN, sending_at=shop.clock.now() - timedelta(days=2),
            )
        )  # fmt: skip
    told = found(shop)
    assert told["quiet"].n == 6
    # Nor does the use of history keep anybody from being offered anything.
    assert (told["unprofiled"].n, told["unprofiled"].deed) == (6, Deed("launch", "picks", "unsegmented"))


def test_a_bundle_is_offered_where_many_bought_a_part_of_it(shop: SmallShop) -> None:
    people = settled(shop, 12)
    for person in people[:5]:
        shop.buy(person, "S0", days_ago=60)
        shop.buy(person, "S1", days_ago=60)
    for person in people[5:11]:
        shop.buy(person, "S0", days_ago=60)
    with shop.database.transaction() as session:
        run = mined(session, TEN)
        numbers = dict(session.exec(select(Product.sku, Product.id)).all())
        pair = [numbers["S0"], numbers["S1"]]
        session.add(Bundle(run_id=run.id, position=0, product_ids=pair, count=9, support=0.2, lift=2.5))
    told = found(shop)["bundle"]
    assert (told.n, told.figures["whole"], told.figures["lift"], told.figures["count"]) == (6, 5, 2.5, 9)
    # What they cost is not known, so the discount is a modest one.
    assert told.deed == Deed("launch", "bundle", "partly", number=1, percent=5)
    assert told.worth_minor == 6 * ORDER // ONE_IN


def test_goods_that_last_too_long_are_cleared(shop: SmallShop) -> None:
    (person,) = settled(shop, 1)
    for n in range(6):
        shop.buy(person, days_ago=n * 10, order=str(n))
    change(shop, "S0", stock=100, cost_minor=30_000)
    told = found(shop)["too_many"]
    # Six in ninety days: a hundred last 1,500 days; ninety-four lie longer than a quarter.
    assert told.figures == {"product": "Kopi Gayo", "days": 1_500, "stock": 100, "sold": 6}
    assert (told.worth_minor, told.deed) == (94 * 30_000 // ONE_IN, Deed("launch", "clear_stock", "all"))


def test_goods_that_will_spoil_count_whole(shop: SmallShop) -> None:
    (person,) = settled(shop, 1)
    for n in range(9):
        shop.buy(person, days_ago=n * 10, order=str(n))
    change(shop, "S0", stock=15, expires_at=shop.clock.now() + timedelta(days=20))
    told = found(shop)["expiring"]
    assert (told.n, told.worth_minor, told.figures["days"]) == (13, 13 * ORDER, 20)


def test_new_customers_who_bought_once_are_told_of(shop: SmallShop) -> None:
    people = settled(shop, 7)
    for person in people:
        shop.buy(person, days_ago=20, order=f"{person}-1")
    shop.buy(people[0], days_ago=10, order="second")
    with shop.database.transaction() as session:
        mined(session, TEN, newcomers=people)
    told = found(shop)["second"]
    assert (told.n, told.figures, told.deed) == (6, {"of": 7}, Deed("launch", "picks", "newcomers"))


def test_people_due_by_their_own_rhythm_are_told_of_where_there_is_such_an_offer(shop: SmallShop) -> None:
    people = settled(shop, 7)
    for person in people[:6]:
        for days in (30, 60, 90, 120):
            shop.buy(person, days_ago=days, order=f"{person}-{days}")
    for days in (5, 35, 65):
        shop.buy(people[6], days_ago=days, order=f"not yet {days}")
    assert found(shop)["due"].n == 6
    assert "due" not in found(shop, goals=("picks", "winback"))


def test_the_birthdays_of_the_week_are_told_of_over_the_turn_of_the_year(shop: SmallShop) -> None:
    people = settled(shop, 8)
    shop.buy(people[0], days_ago=1)
    shop.clock.set(TEN.replace(month=12, day=29))
    days = ["12-29", "12-31", "01-01", "01-04", "12-30", "01-05", "12-28", "06-15"]
    with shop.database.transaction() as session:
        for number, day in zip(people, days, strict=True):
            person = session.get_one(Customer, number)
            person.birthday = day
            session.add(person)
    assert found(shop)["birthday"].n == 5


def test_an_offer_held_by_its_alarm_is_told_of(shop: SmallShop) -> None:
    people = settled(shop, 6)
    shop.buy(people[0], days_ago=1)
    number = shop.launch()
    with shop.database.transaction() as session:
        campaign = session.get_one(Campaign, number)
        campaign.status, campaign.pause_reason = Status.PAUSED, "failures"
        session.add(campaign)
    told = found(shop)["alarm"]
    assert (told.n, told.deed) == (6, Deed("report", number=number))


def test_more_who_leave_than_come_is_for_the_owner_to_know(shop: SmallShop) -> None:
    people = settled(shop, 8)
    shop.buy(people[0], days_ago=1)
    for person in people[:7]:
        shop.leave(person)
    shop.customer("Baru")
    told = found(shop)["shrinking"]
    assert (told.n, told.figures) == (6, {"joined": 1, "left": 7})
    assert "shrinking" not in found(shop, role=Role.STAFF)


def test_who_has_just_allowed_offers_and_had_none_is_told_of(shop: SmallShop) -> None:
    people = [shop.customer(f"Baru{n}") for n in range(6)]
    shop.buy(people[0], days_ago=1)
    told = found(shop)["fresh"]
    assert (told.n, told.figures, told.deed.goal) == (6, {"joined": 6, "left": 0}, "new_arrivals")


@pytest.mark.parametrize("n", [LEAST - 1, LEAST])
def test_of_fewer_than_five_nothing_is_said(shop: SmallShop, n: int) -> None:
    people = settled(shop, n)
    for person in people:
        shop.buy(person, days_ago=100)
    with shop.database.transaction() as session:
        mined(session, TEN, lapsed=people)
    assert ("quiet" in found(shop)) is (n >= LEAST)
