"""What somebody has seen often enough, wants less of, or never: left out of every offer."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from campaigns.choosing.discovery import Discovery
from campaigns.choosing.offers import PERSONAL, Taste, choose
from campaigns.choosing.shelf import Shelf
from campaigns.choosing.sparing import Shown, Spared, spared
from campaigns.insights import Suggested
from campaigns.launching.drafts import OWN_WORDS
from campaigns.shop import Caps
from campaigns.tables import Bundle, MiningRun
from ledger import preferences
from ledger.catalog import folded
from ledger.preferences import NONE, Wishes
from ledger.tables import About, Degree, Product
from tests.campaigns.conftest import TEN, SmallShop

DAY = timedelta(days=1)
KINDS = ["kopi", "teh", "gula", ""]


def wish(shop: SmallShop, customer_id: int, value: str, degree: Degree, about: About = About.CATEGORY) -> None:
    with shop.database.transaction() as session:
        preferences.wish(session, customer_id, about, value, degree, shop.clock.now())


def shown(days_ago: float, *categories: str) -> Shown:
    return Shown(TEN - days_ago * DAY, frozenset(categories))


def teashop(shop: SmallShop) -> int:
    """Coffee sells best and tea second best; somebody who does not allow the use of their history."""
    shop.stock("Teh Poci", category="teh")
    other = shop.customer("Budi", offers=None)
    for sku in ("S0", "S0", "Teh Poci"):
        shop.buy(other, sku, days_ago=1)
    return shop.customer("Sari", profiling=False)


def picks_after(shop: SmallShop, customer_id: int, days: float) -> list[str]:
    """What an offer shows so many days after ten o'clock on the first Monday; nothing if none is sent."""
    shop.clock.forward(TEN + days * DAY - shop.clock.now())
    number = shop.launch("picks")
    shop.drain()
    return shop.offered(number, customer_id)


def test_a_category_shown_twice_rests_until_the_first_time_is_thirty_days_ago() -> None:
    twice = [shown(29.9, "kopi", "teh"), shown(4, "kopi")]
    assert spared(NONE, twice, 2, TEN) == Spared(resting=frozenset({"kopi"}))
    assert spared(NONE, twice, 2, TEN + 0.1 * DAY) == Spared()


@pytest.mark.parametrize(
    ("days_since_wish", "offers", "rests"),
    [
        (0, [], True),
        (59.9, [], True),
        (60, [], False),
        (90, [shown(29, "kopi")], True),
        (90, [shown(30, "kopi")], False),
    ],
)
def test_a_category_of_which_less_is_wanted_rests_sixty_days_and_then_comes_once_a_month(
    days_since_wish: float, offers: list[Shown], rests: bool
) -> None:
    less = Wishes(less={"Kopi": TEN - days_since_wish * DAY})
    assert ("kopi" in spared(less, offers, 9, TEN).resting) is rests


def test_what_has_no_category_neither_rests_nor_is_wished_away() -> None:
    assert spared(Wishes(never=frozenset({" "})), [shown(1, ""), shown(2, "")], 2, TEN) == Spared()


def test_the_same_is_not_offered_again_and_again(shop: SmallShop) -> None:
    sari = teashop(shop)
    offered = [picks_after(shop, sari, days) for days in (0, 4, 8, 29, 30)]
    both = ["S0", "Teh Poci"]
    assert offered == [both, both, [], [], both]
    assert shop.report(3).withheld["nothing_fits"] == 1


def test_less_coffee_is_none_for_sixty_days_and_then_once_a_month(shop: SmallShop) -> None:
    sari = teashop(shop)
    shop.shop = replace(shop.shop, caps=Caps(per_category=60))
    wish(shop, sari, "KOPI", Degree.LESS)
    offered = [picks_after(shop, sari, days) for days in (0, 56, 60, 64, 89, 93)]
    tea, both = ["Teh Poci"], ["S0", "Teh Poci"]
    assert offered == [tea, tea, both, tea, tea, both]


def test_never_coffee_holds_at_once_even_for_what_is_planned_already(shop: SmallShop) -> None:
    sari = teashop(shop)
    number = shop.launch("picks")
    wish(shop, sari, " Kopi", Degree.NEVER)
    shop.drain()
    assert shop.offered(number, sari) == ["Teh Poci"]


def test_a_category_is_the_same_in_whatever_case_and_with_whatever_gaps(shop: SmallShop) -> None:
    sari = teashop(shop)
    shop.stock("Kopi Halus", category="Kopi  Bubuk ")
    for _ in range(9):
        shop.buy(shop.customer("Budi", offers=None), "Kopi Halus", days_ago=1)
    wish(shop, sari, "kopi bubuk", Degree.NEVER)
    assert "Kopi Halus" not in picks_after(shop, sari, 0)
    assert folded("Kopi  BUBUK ") == "kopi bubuk"


def test_who_never_wants_something_gets_no_more_of_it_by_wanting_less(shop: SmallShop) -> None:
    sari = teashop(shop)
    wish(shop, sari, "kopi", Degree.NEVER)
    wish(shop, sari, "kopi", Degree.LESS)
    assert picks_after(shop, sari, 70) == ["Teh Poci"]


def test_who_wanted_less_may_come_to_want_none(shop: SmallShop) -> None:
    sari = teashop(shop)
    wish(shop, sari, "kopi", Degree.LESS)
    wish(shop, sari, "kopi", Degree.NEVER)
    assert picks_after(shop, sari, 70) == ["Teh Poci"]


def test_who_wants_nothing_of_what_there_is_is_left_alone(shop: SmallShop) -> None:
    sari = teashop(shop)
    wish(shop, sari, "kopi", Degree.NEVER)
    wish(shop, sari, "4", Degree.NEVER, About.PRODUCT)
    number = shop.launch("picks")
    shop.drain()
    assert shop.channel.given == []
    assert shop.report(number).withheld == {"no_consent": 1, "nothing_fits": 1}


def test_a_bundle_with_one_thing_they_never_want_is_not_offered(shop: SmallShop) -> None:
    sari, wati = teashop(shop), shop.customer("Wati", profiling=False)
    with shop.database.transaction() as session:
        run = MiningRun(started_at=TEN, ready_at=TEN)
        session.add(run)
        session.flush()
        ids = session.exec(select(Product.id).where(Product.sku.in_(["S0", "Teh Poci"]))).all()  # type: ignore[attr-defined]
        session.add(Bundle(run_id=run.id, position=0, product_ids=list(ids), count=9, support=0.1, lift=3))
    wish(shop, sari, str(ids[0]), Degree.NEVER, About.PRODUCT)
    number = shop.launch("bundle")
    shop.drain()
    assert shop.offered(number, sari) == []
    assert shop.offered(number, wati) == ["S0", "Teh Poci"]


def test_what_they_never_want_is_not_even_named(shop: SmallShop) -> None:
    shop.stock("Teh Poci", category="teh")
    sari = shop.customer("Sari")
    shop.buy(sari, "Teh Poci", days_ago=50)
    shop.buy(sari, "S0", days_ago=40)
    shop.recommend(sari, "Teh Poci", because="S0")
    wish(shop, sari, "kopi", Degree.NEVER)
    shop.launch("winback")
    shop.drain()
    text = shop.channel.given[0].text
    assert "Terakhir Kakak membeli Teh Poci" in text
    assert "Kopi" not in text


@st.composite
def shelves(draw: st.DrawFn) -> Shelf:
    kinds = dict(enumerate(draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=12)), 1))
    products = {n: Product(id=n, sku=str(n), currency="IDR", category=kind.upper()) for n, kind in kinds.items()}
    some = st.lists(st.sampled_from(list(products)), unique=True)
    bundles = (
        draw(st.lists(some.filter(lambda products: len(products) > 1).map(tuple), max_size=3))
        if len(kinds) > 1
        else []
    )
    return Shelf(products, draw(some), draw(some), draw(some), bundles, TEN, kinds)


@given(
    on=shelves(),
    never=st.sets(st.sampled_from(KINDS[:3])),
    resting=st.sets(st.sampled_from(KINDS[:3])),
    products=st.sets(st.integers(1, 12)),
    template=st.sampled_from(sorted(set(PERSONAL) - {OWN_WORDS})),
    is_personal=st.booleans(),
    share=st.floats(0, 0.75),
    data=st.data(),
)
def test_no_offer_of_any_kind_ever_shows_or_names_what_is_never_wanted(
    on: Shelf,
    never: set[str],
    resting: set[str],
    products: set[int],
    template: str,
    is_personal: bool,
    share: float,
    data: st.DataObject,
) -> None:
    mine = on.sparing(Spared(frozenset(never), frozenset(products), frozenset(resting)))
    choice = choose(template, taste(on, data) if is_personal else None, mine, TEN, Discovery(share, 0.5))
    if choice is None:
        return
    shown = [item.product_id for item in choice[0].items]
    named = [item.reason_product_id for item in choice[0].items if item.reason_product_id]
    named += [value for name, value in choice[0].facts.items() if name in ("last_product", "because", "favourite")]
    assert not products & {*shown, *named}
    assert not never & {folded(on.products[each].category) for each in (*shown, *named)}
    assert not resting & {folded(on.products[each].category) for each in shown}
    assert len(set(shown)) == len(shown) > 0


def taste(on: Shelf, data: st.DataObject) -> Taste:
    any_of_them = st.lists(st.sampled_from(list(on.products)), unique=True)
    because = data.draw(st.sampled_from([None, *on.products]))
    picks = [Suggested(n, each, "similar_to", because, 1.0) for n, each in enumerate(data.draw(any_of_them))]
    return Taste(picks, data.draw(any_of_them), orders=1, last_at=datetime(2026, 9, 1, tzinfo=TEN.tzinfo))
