"""What the owner looks at, held against a small shop whose figures can be counted on one's fingers."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session, select

from campaigns.looking import people
from campaigns.looking import segments as looking_at_segments
from campaigns.looking.bundles import bundle, bundles
from campaigns.looking.pricing import Bought, BundlePrice, NoPrice, Part, Unpriced, bundle_price
from campaigns.looking.products import Shelves, Sold, shelves
from campaigns.looking.today import Today, began, today
from campaigns.problems import Problem
from campaigns.tables import Bundle, Campaign, Membership, Message, MiningRun, Segment, State, Status
from campaigns.words.wording import reduced
from ledger import consent
from ledger.consent import Evidence
from ledger.tables import Address, Customer, Interaction, Kind, Product, Purpose, Question
from tests.campaigns.conftest import TEN, WORDING, SmallShop

CHANNELS = ["simulator"]


def seen_today(shop: SmallShop) -> Today:
    with shop.database.reading() as session:
        return today(session, shop.shop, shop.clock.now())


def seen_shelves(shop: SmallShop) -> Shelves:
    with shop.database.reading() as session:
        return shelves(session, shop.clock.now())


def change(shop: SmallShop, sku: str, **facts: Any) -> None:
    with shop.database.transaction() as session:
        product = session.exec(select(Product).where(Product.sku == sku)).one()
        for name, value in facts.items():
            setattr(product, name, value)
        session.add(product)


# The day


def test_the_day_is_held_against_the_same_weekdays_up_to_the_same_hour(shop: SmallShop) -> None:
    sari = shop.customer("Sari")
    shop.buy(sari, order="today")
    shop.buy(sari, days_ago=7, order="one week ago, at ten")
    shop.buy(sari, days_ago=7 - 3 / 24, order="one week ago, but three hours later")
    shop.buy(sari, days_ago=14.05, order="two weeks ago, an hour earlier")
    shop.buy(sari, days_ago=14.05, sku="S1", order="two weeks ago, an hour earlier")
    shop.buy(sari, days_ago=21.1, order="three weeks ago, earlier")
    shop.buy(sari, days_ago=3, order="another weekday")
    shop.clock.forward(timedelta(hours=1))
    found = seen_today(shop)
    assert (found.day, found.orders, found.revenue_minor, found.currency) == (date(2026, 11, 2), 1, 50_000, "IDR")
    assert found.usual is not None
    # Three Mondays since the first sale: one, one and one order; of two lines the middle one.
    assert (found.usual.n, found.usual.orders) == (3, 1.0)
    assert found.usual.revenue_minor == pytest.approx(200_000 / 3)


def test_a_shop_without_an_earlier_monday_is_compared_with_none(shop: SmallShop) -> None:
    shop.buy(shop.customer("Sari"))
    assert seen_today(shop).usual is None


def test_usual_is_the_mean_of_four_weeks_and_not_of_more(shop: SmallShop) -> None:
    sari = shop.customer("Sari")
    for week in range(1, 7):
        for n in range(week):
            shop.buy(sari, days_ago=7 * week + 0.01, order=f"{week}-{n}")
    usual = seen_today(shop).usual
    assert usual is not None
    assert (usual.n, usual.orders) == (4, (1 + 2 + 3 + 4) / 4)


@pytest.mark.parametrize(
    ("zone", "day", "expected"),
    [
        ("Asia/Jakarta", date(2026, 11, 2), datetime(2026, 11, 1, 17, tzinfo=UTC)),
        ("Asia/Jayapura", date(2026, 11, 2), datetime(2026, 11, 1, 15, tzinfo=UTC)),
        ("America/New_York", date(2026, 11, 1), datetime(2026, 11, 1, 4, tzinfo=UTC)),
        ("America/New_York", date(2026, 11, 2), datetime(2026, 11, 2, 5, tzinfo=UTC)),
        ("Europe/Berlin", date(2026, 3, 29), datetime(2026, 3, 28, 23, tzinfo=UTC)),
    ],
)
def test_a_day_begins_at_midnight_of_the_shops_clock(zone: str, day: date, expected: datetime) -> None:
    assert began(day, ZoneInfo(zone)) == expected


def test_a_yes_counts_where_there_was_none_and_a_no_where_there_was_a_yes(shop: SmallShop) -> None:
    earlier, changed = shop.customer("Lama"), shop.customer("Berubah")
    shop.clock.forward(timedelta(days=1))
    shop.customer("Baru")
    shop.customer("Menolak", offers=False)
    shop.leave(earlier)
    shop.leave(shop.customer("Sebentar"))
    shop.leave(changed)
    with shop.database.transaction() as session:
        said = Evidence("simulator", "ya")
        consent.grant(
            session, changed, Purpose.OFFERS, scope="simulator", wording=WORDING, evidence=said, at=shop.clock.now()
        )
    found = seen_today(shop)
    # New: Baru. Gone: Lama, and Sebentar who came and went. Whoever came back is neither.
    assert (found.joined, found.left) == (1, 2)


def test_what_waits_for_a_decision_is_told_before_what_runs(shop: SmallShop) -> None:
    shop.crowd(4)
    shop.buy(shop.customer("Sari"))
    running, missed, paused, held = (shop.launch(hold=0.0) for _ in range(4))
    with shop.database.transaction() as session:
        for number, status, reason in (
            (missed, Status.MISSED, None), (paused, Status.PAUSED, None), (held, Status.PAUSED, "failures"),
        ):  # fmt: skip
            campaign = session.get_one(Campaign, number)
            campaign.status, campaign.pause_reason = status, reason
            session.add(campaign)
        address = session.exec(select(Address)).first()
        assert address is not None
        session.add(Question(customer_id=address.customer_id, address_id=address.id, asked_at=TEN))
        session.add(Question(customer_id=address.customer_id, address_id=address.id, asked_at=TEN, answered_at=TEN))
    found = seen_today(shop)
    assert [each.campaign.id for each in found.campaigns] == [missed, held, paused, running]
    assert [(each.about, each.number, each.n) for each in found.decisions] == [
        ("missed", missed, 1), ("alarm", held, 1), ("questions", None, 1),
    ]  # fmt: skip
    assert [(each.sent, each.total) for each in found.campaigns if each.campaign.id == running] == [(0, 5)]
    with shop.database.transaction() as session:
        waiting = session.exec(select(Message).where(Message.campaign_id == running).limit(2)).all()
        for message, state in zip(waiting, (State.DELIVERED, State.WITHHELD), strict=True):
            message.state = state
            session.add(message)
    assert [(each.sent, each.total) for each in seen_today(shop).campaigns if each.campaign.id == running] == [(1, 4)]


# Segments


def mined(session: Session, at: datetime, **members: list[int]) -> MiningRun:
    run = MiningRun(started_at=at, ready_at=at, quality={"currency": "IDR"})
    session.add(run)
    session.flush()
    for key, people_ in members.items():
        segment = Segment(run_id=run.id, key=key, size=len(people_), share=len(people_) / 10)
        session.add(segment)
        session.flush()
        session.add_all(Membership(run_id=run.id, customer_id=each, segment_id=segment.id) for each in people_)
    return run


def test_segments_are_held_against_the_run_before(shop: SmallShop) -> None:
    crowd = shop.crowd(9)
    with shop.database.transaction() as session:
        mined(session, TEN, at_risk=crowd[:2], lapsed=crowd[2:3])
        mined(session, TEN, at_risk=crowd[:5], champions=crowd[5:6], explorers=crowd[6:8])
        mined(session, TEN + timedelta(days=1), at_risk=crowd[:3], champions=crowd[3:7], regulars=crowd[7:9])
    with shop.database.reading() as session:
        trend = looking_at_segments.trend(session)
    told = [(each.segment.key, each.change, each.is_new) for each in trend.segments]
    assert told == [("champions", 3, False), ("at_risk", -2, False), ("regulars", None, True)]
    assert (list(trend.gone), trend.n, trend.before_at) == ([("explorers", 2)], 9, TEN)


def test_the_first_run_has_nothing_to_be_held_against(shop: SmallShop) -> None:
    crowd = shop.crowd(2)
    with shop.database.transaction() as session:
        mined(session, TEN, at_risk=crowd)
    with shop.database.reading() as session:
        trend = looking_at_segments.trend(session)
    assert [(each.change, each.is_new) for each in trend.segments] == [(None, False)]
    assert trend.before_at is None


def test_what_is_typical_of_a_segment_leaves_out_who_refused_since(shop: SmallShop) -> None:
    often, once, never, refused, closed = (
        shop.customer("Sering"), shop.customer("Sekali"), shop.customer("Belum", profiling=None),
        shop.customer("Menolak", profiling=False), shop.customer("Diam", offers=False),
    )  # fmt: skip
    shop.stock("melati", category="teh")
    for days in (10, 20, 30):
        shop.buy(often, days_ago=days)
    shop.buy(often, sku="melati", days_ago=31)
    shop.buy(once, sku="S1", days_ago=40)
    shop.buy(refused, days_ago=1)
    shop.buy(closed, days_ago=22)
    with shop.database.transaction() as session:
        run = mined(session, TEN, at_risk=[often, once, never, refused, closed])
    with shop.database.reading() as session:
        segment = session.exec(select(Segment).where(Segment.run_id == run.id)).one()
        seen = looking_at_segments.portrait(session, segment, CHANNELS, shop.shop, shop.clock.now())
    assert (seen.n, seen.buyers) == (4, 3)
    assert (seen.days_since, seen.spent_minor) == (22, 50_000)
    assert list(seen.bought) == [("Kopi Gayo", 2), ("Kopi Toraja", 1), ("melati", 1)]
    # Each person counts once, however many of its products they bought; who refused counts nowhere.
    assert list(seen.categories) == [("kopi", 3), ("teh", 1)]
    assert (seen.reached, seen.personal) == (4, 2)


# Bundles and their price


def part(price: int | None, cost: int | None, currency: str = "IDR", product: int = 1) -> Part:
    return Part(product, price, cost, currency)


def test_a_bundle_gets_a_tenth_off_where_the_margin_bears_it() -> None:
    found = bundle_price([part(98_000, 60_000), part(92_000, 50_000)])
    # 190.000 less a tenth is 171.000; the margin of 80.000 would bear 40.000.
    assert found == BundlePrice(171_000, 190_000, 110_000, 10, "IDR")
    assert (found.margin_minor, found.usual_margin_minor) == (61_000, 80_000)


def test_the_suggested_price_is_the_one_that_the_offer_asks() -> None:
    # Of 105.000 with a margin of 19.500 at least 95.250 is asked: 10 percent would ask 94.500, 9 percent ask 95.550.
    found = bundle_price([part(60_000, 50_000), part(45_000, 35_500)])
    assert found == BundlePrice(95_550, 105_000, 85_500, 9, "IDR")


def test_half_of_the_usual_margin_is_kept_where_it_is_thin() -> None:
    # A margin of 10.000: at least 5.000 of it stays, so 95.000 and not 90.000.
    assert bundle_price([part(60_000, 55_000), part(40_000, 35_000)]) == BundlePrice(
        95_000, 100_000, 90_000, 5, "IDR"
    )


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([part(None, 10, product=7), part(50_000, 1)], Unpriced(NoPrice.NO_LIST_PRICE, (7,))),
        ([part(50_000, 10_000), part(500, 100, "USD")], Unpriced(NoPrice.CURRENCIES)),
        ([part(50_000, 50_000), part(50_000, 60_000)], Unpriced(NoPrice.NO_ROOM)),
        ([part(5_000, 4_951)], Unpriced(NoPrice.NO_ROOM)),
        ([part(0, 0)], Unpriced(NoPrice.NO_ROOM)),
    ],
)
def test_without_prices_or_room_no_price_is_invented(parts: list[Part], expected: Unpriced) -> None:
    assert bundle_price(parts) == expected


def test_where_a_cost_is_not_known_the_discount_is_modest_and_no_margin_is_told() -> None:
    found = bundle_price([part(50_000, None), part(50_000, 1_000)])
    assert found == BundlePrice(95_000, 100_000, None, 5, "IDR")
    assert (found.margin_minor, found.usual_margin_minor) == (None, None)


def test_the_costs_that_are_known_are_kept_above_though_another_is_not() -> None:
    # Of 50.000 with a margin of 2.000 at least 49.000 is asked: 2 percent off.
    assert bundle_price([part(50_000, 48_000), part(50_000, None)]) == BundlePrice(98_000, 100_000, None, 2, "IDR")


def test_how_many_orders_must_become_whole_to_pay_for_the_discount_by_hand() -> None:
    parts = [part(50_000, 30_000, product=1), part(50_000, 20_000, product=2)]
    found = bundle_price(parts, Bought(frozenset({1}), whole=30, lacking=60))
    # 10.000 given away 30 times; each order won brings 90.000 − 50.000, less the 20.000 that product 1 brings anyway.
    assert isinstance(found, BundlePrice)
    assert (found.percent, found.to_win) == (10, pytest.approx(30 * 10_000 / (60 * 20_000)))


def test_less_is_given_away_where_too_many_orders_would_have_to_be_won() -> None:
    parts = [part(50_000, 30_000, product=1), part(50_000, 20_000, product=2)]
    found = bundle_price(parts, Bought(frozenset({1}), whole=60, lacking=60))
    # 60 · 10.000 / (60 · 20.000) is one half, and no more may be needed; of 40 lacking 7 percent need 42 / 92.
    assert isinstance(found, BundlePrice)
    assert found.percent == 10
    less = bundle_price(parts, Bought(frozenset({1}), whole=60, lacking=40))
    assert isinstance(less, BundlePrice)
    assert (less.percent, less.to_win) == (7, pytest.approx(60 * 7_000 / (40 * 23_000)))


@pytest.mark.parametrize("cost", [10_000, None])
@pytest.mark.parametrize("lacking", [0, 1])
def test_what_is_bought_together_anyway_is_not_discounted(cost: int | None, lacking: int) -> None:
    parts = [part(50_000, cost, product=1), part(50_000, cost, product=2)]
    assert bundle_price(parts, Bought(frozenset({1}), 100, lacking)) == Unpriced(NoPrice.TOGETHER_ANYWAY)


@given(
    st.lists(st.tuples(st.integers(1, 10**9), st.integers(0, 10**9)), min_size=1, max_size=4),
    st.sampled_from(["IDR", "USD", "JPY"]),
)
def test_a_suggested_price_is_always_less_than_its_parts_and_keeps_half_the_margin(
    amounts: list[tuple[int, int]], currency: str
) -> None:
    found = bundle_price([part(price, cost, currency) for price, cost in amounts])
    if isinstance(found, BundlePrice):
        assert found.price_minor < found.list_minor
        margin, usual = found.margin_minor, found.usual_margin_minor
        assert margin is not None
        assert usual is not None
        assert 2 * margin >= usual > 0
        # Launched with that percent, an offer asks the very same.
        assert found.price_minor == sum(reduced(price, found.percent) for price, _ in amounts)
        assert 1 <= found.percent <= 10


def test_bundles_are_numbered_from_one_and_a_wrong_number_says_what_there_is(shop: SmallShop) -> None:
    change(shop, "S0", cost_minor=30_000)
    with shop.database.transaction() as session:
        run = mined(session, TEN)
        run.quality = {"baskets": 40}
        numbers = dict(session.exec(select(Product.sku, Product.id)).all())
        wanted = [[numbers["S0"], numbers["S1"]], [numbers["S1"], numbers["S2"]]]
        session.add_all(
            Bundle(run_id=run.id, position=n, product_ids=each, count=7 - n, support=0.1, lift=3.0 - n)
            for n, each in enumerate(wanted)
        )
    with shop.database.reading() as session:
        first, second = bundles(session)
        assert (first.number, first.names, first.baskets) == (1, ["Kopi Gayo", "Kopi Toraja"], 40)
        assert isinstance(first.price, BundlePrice)
        assert (first.price.percent, first.price.cost_minor, first.unknown_costs) == (5, None, ["Kopi Toraja"])
        assert bundle(session, 2) == second
        with pytest.raises(Problem, match=r"unknown_bundle .*'most': 2"):
            bundle(session, 3)


# Products


def test_sales_are_counted_by_thirty_and_ninety_days(shop: SmallShop) -> None:
    sari = shop.customer("Sari")
    for days in (1, 2, 29, 31, 59, 61, 89, 91):
        shop.buy(sari, days_ago=days, order=f"O{days}")
    shop.buy(sari, sku="S1", days_ago=1, order="O1")
    found = seen_shelves(shop)
    gayo, toraja = found.best
    assert (gayo.name, gayo.pieces_30, gayo.pieces_before, gayo.pieces_90) == ("Kopi Gayo", 3, 2, 7)
    assert (gayo.orders_30, gayo.orders_90, toraja.orders_30) == (3, 7, 1)
    assert (found.orders_30, found.orders_90) == (3, 7)
    # Ten in stock, seven in ninety days.
    assert (gayo.days_of_cover, toraja.days_of_cover) == (129, None)


def test_what_runs_out_piles_up_or_spoils_is_found(shop: SmallShop) -> None:
    sari = shop.customer("Sari")
    for n in range(9):
        for sku in ("S0", "S1", "S2"):
            shop.buy(sari, sku=sku, days_ago=10 * n, order=f"{sku}-{n}")
    change(shop, "S0", stock=1)
    change(shop, "S1", stock=200)
    change(shop, "S2", stock=12, expires_at=TEN + timedelta(days=20))
    found = seen_shelves(shop)
    assert [(each.name, each.days_of_cover) for each in found.low] == [("Kopi Gayo", 10)]
    assert [(each.name, each.days_of_cover) for each in found.too_many] == [("Kopi Toraja", 2_000)]
    # Nine in ninety days: two more go in twenty days, ten of twelve are left.
    assert [(each.name, each.left_over(TEN)) for each in found.expiring] == [("Kopi Kintamani", 10)]


def test_a_till_that_oversold_has_nothing_left(shop: SmallShop) -> None:
    sold = Sold(Product(sku="A", currency="IDR", stock=-3, expires_at=TEN + timedelta(days=5)), pieces_90=9)
    assert (sold.days_of_cover, sold.left_over(TEN)) == (0, 0)


@pytest.mark.parametrize(
    ("words", "expected"),
    [("kopi GAYO", ["Kopi Gayo"]), ("gayo teh", []), ("s2", ["Kopi Kintamani"]), ("100% {{ x }}", [])],
)
def test_products_are_searched_by_all_words(shop: SmallShop, words: str, expected: list[str]) -> None:
    assert [each.name for each in seen_shelves(shop).matching(words)] == expected


# A customer


@pytest.mark.parametrize(
    ("spoken", "expected"),
    [
        ("Dewi Lestari", ["Dewi Lestari"]),
        ("dewi", ["Dewi Lestari", "Dewi Sartika"]),
        ("lestari dewi", ["Dewi Lestari"]),
        ("Dewii Lestary", ["Dewi Lestari"]),
        ("josé", ["Jose Ramos"]),
        ("sart", ["Dewi Sartika"]),
    ],
)
def test_a_name_is_found_as_people_remember_it(shop: SmallShop, spoken: str, expected: list[str]) -> None:
    for name in ("Dewi Lestari", "Dewi Sartika", "Jose Ramos", "Budi"):
        shop.customer(name)
    with shop.database.reading() as session:
        assert [each.name for each in people.find(session, spoken, "ID")] == expected


@pytest.mark.parametrize("spoken", ["zzz", "%", "' OR 1=1 --", "😀", "", "81299"])
def test_whoever_is_not_here_is_not_found(shop: SmallShop, spoken: str) -> None:
    shop.customer("Dewi Lestari")
    with shop.database.reading() as session, pytest.raises(Problem, match="unknown_customer"):
        people.find(session, spoken, "ID")


def test_a_number_nobody_here_has_is_not_repeated(shop: SmallShop) -> None:
    with shop.database.reading() as session, pytest.raises(Problem) as fault:
        people.find(session, "+62 812-0000-9999", "ID")
    assert "0000" not in str(fault.value.values)


def test_a_card_has_tastes_only_of_whoever_allows_them(shop: SmallShop) -> None:
    open_, closed = shop.customer("Sari Dewi"), shop.customer("Tutup", profiling=None)
    for person in (open_, closed):
        shop.buy(person, days_ago=5, order=f"{person}-1")
        shop.buy(person, sku="S1", days_ago=2, order=f"{person}-2")
    with shop.database.transaction() as session:
        mined(session, TEN, champions=[open_, closed])
    with shop.database.reading() as session:
        known, private = (
            people.card(session, session.get_one(Customer, each), CHANNELS, shop.shop, shop.clock.now())
            for each in (open_, closed)
        )
    assert (known.segment, list(known.categories), known.orders, known.spent_minor) == (
        "champions",
        ["kopi"],
        2,
        100_000,
    )
    assert (private.segment, list(private.categories), private.orders) == (None, [], 2)
    assert known.last_at == TEN - timedelta(days=2)
    assert list(known.addresses) == [("simulator", "s•••dewi")]


def test_what_was_paid_is_told_in_the_currency_most_was_paid_in(shop: SmallShop) -> None:
    sari = shop.customer("Sari")
    shop.buy(sari, order="1")
    shop.buy(sari, order="2")
    with shop.database.transaction() as session:
        session.add(
            Interaction(
                customer_id=sari, kind=Kind.PURCHASE, at=TEN, platform="web", amount_minor=999, currency="USD",
                order_ref="3",
            )
        )  # fmt: skip
    with shop.database.reading() as session:
        card = people.card(session, session.get_one(Customer, sari), CHANNELS, shop.shop, TEN)
    assert (card.orders, card.spent_minor, card.currency) == (3, 100_000, "IDR")
