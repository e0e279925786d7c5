"""What is put before whom: history only of those who allow it, nothing that is out of stock."""

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from campaigns import insights
from campaigns.choosing import audiences, offers, rhythm
from campaigns.choosing.choices import Chosen, Taste, Told
from campaigns.choosing.offers import SMALL_AUDIENCE
from campaigns.choosing.shelf import Shelf, read_shelf, restocked
from campaigns.launching import drafting, planning
from campaigns.launching.drafts import Draft, Trigger, by_discount
from campaigns.problems import BadDraft
from campaigns.tables import Bundle, Campaign, MiningRun, Recommendation
from ledger import preferences
from ledger.tables import About, Customer, Degree, Product
from tests.campaigns.conftest import TEN, SmallShop


def recommend(shop: SmallShop, customer_id: int, sku: str, because: str) -> None:
    with shop.database.transaction() as session:
        run = insights.current_run(session)
        if run is None:
            run = MiningRun(started_at=shop.clock.now(), ready_at=shop.clock.now())
            session.add(run)
            session.flush()
        numbers = dict(session.exec(select(Product.sku, Product.id)).all())
        picks = [[numbers[sku], 1.0, "because_you_bought", numbers[because]]]
        session.add(Recommendation(run_id=run.id, customer_id=customer_id, picks=picks))
        session.add(
            Bundle(
                run_id=run.id,
                position=customer_id,
                product_ids=list(numbers.values())[:2],
                count=9,
                support=0.1,
                lift=3,
            )
        )


def text_to(shop: SmallShop, name: str) -> str:
    return next(each.text for each in shop.channel.given if each.address == name)


def test_sari_gets_what_fits_her_and_hears_why(shop: SmallShop) -> None:
    sari = shop.customer("Sari")
    shop.buy(sari, "S0", days_ago=40)
    recommend(shop, sari, "S1", because="S0")
    shop.launch("picks", discount=10)
    shop.drain()
    text = text_to(shop, "sari")
    assert "Kopi Toraja — Rp45.000 (biasanya Rp50.000)" in text
    assert "karena pernah membeli Kopi Gayo" in text


def test_who_refused_profiling_gets_the_shops_offers_without_their_history(shop: SmallShop) -> None:
    sari, budi = shop.customer("Sari"), shop.customer("Budi", profiling=False)
    for each in (sari, budi):
        shop.buy(each, "S0", days_ago=40)
        recommend(shop, each, "S1", because="S0")
    shop.launch("winback")
    shop.drain()
    assert "sudah 40 hari" in text_to(shop, "sari")
    plain = text_to(shop, "budi")
    assert "yang sedang banyak dicari" in plain
    assert "40 hari" not in plain
    assert "karena" not in plain


def test_a_bundle_is_offered_with_what_they_bought_of_it_and_its_price_together(shop: SmallShop) -> None:
    sari = shop.customer("Sari")
    shop.buy(sari, "S0", days_ago=5)
    recommend(shop, sari, "S1", because="S0")
    shop.launch("bundle", discount=20)
    shop.drain()
    text = text_to(shop, "sari")
    assert "karena pernah membeli Kopi Gayo" in text
    assert "hemat 20%: Rp80.000" in text


def test_what_ran_out_is_not_offered(shop: SmallShop) -> None:
    sari = shop.customer("Sari")
    shop.buy(sari, "S0", days_ago=5)
    recommend(shop, sari, "S1", because="S0")
    with shop.database.transaction() as session:
        product = session.exec(select(Product).where(Product.sku == "S1")).one()
        product.stock = 0
        session.add(product)
    with shop.database.reading() as session:
        shelf = read_shelf(session, shop.clock.now())
        choice = offers.choose("picks", offers.tastes(session, [sari])[sari], shelf, shop.clock.now())
        assert choice is not None
        assert choice[1] is False
        assert shelf.bundles == []


def test_what_is_oversold_expired_or_not_out_yet_is_not_offered(shop: SmallShop) -> None:
    with shop.database.transaction() as session:
        gayo, toraja, kintamani = session.exec(select(Product).order_by(Product.id)).all()  # type: ignore[arg-type]
        gayo.stock = -3
        toraja.expires_at = shop.clock.now() - timedelta(days=9)
        kintamani.launched_at = shop.clock.now() + timedelta(days=40)
        session.add_all([gayo, toraja, kintamani])
    with shop.database.reading() as session:
        shelf = read_shelf(session, shop.clock.now())
    assert [shelf.is_available(each.id) for each in (gayo, toraja, kintamani)] == [False, False, True]
    assert shelf.new == []


def test_what_sells_out_while_sending_is_offered_to_nobody_further(shop: SmallShop) -> None:
    shop.buy(shop.customer("Sari"), "S0", days_ago=1)
    with shop.database.transaction() as session:
        shelf = read_shelf(session, shop.clock.now())
        product = session.exec(select(Product).where(Product.sku == "S0")).one()
        product.stock = 0
        session.add(product)
        session.flush()
        still = restocked(session, shelf)
    assert shelf.popular == [product.id]
    assert still.popular == []
    assert still.products[product.id].name == "Kopi Gayo"


def test_with_nothing_to_show_nobody_is_bothered(shop: SmallShop) -> None:
    shop.customer("Sari")
    shop.launch("bundle")
    shop.drain()
    assert shop.channel.given == []
    assert shop.report().withheld == {"nothing_fits": 1}


def test_new_arrivals_shows_what_was_launched_lately_newest_first(shop: SmallShop) -> None:
    sari, budi = shop.customer("Sari"), shop.customer("Budi", profiling=False)
    shop.buy(sari, "S0", days_ago=5)
    launch(shop, S1=50, S2=3)
    shop.launch("new_arrivals")
    shop.drain()
    plain = text_to(shop, "budi")
    assert plain.index("Kopi Kintamani") < plain.index("Kopi Toraja")
    assert "Kopi Gayo" not in plain
    assert "cocok dengan selera" in text_to(shop, "sari")
    assert budi


def test_clear_stock_shows_what_lies_longest(shop: SmallShop) -> None:
    sari = shop.customer("Sari")
    for n in range(9):
        shop.buy(sari, "S0", days_ago=n)
    with shop.database.transaction() as session:
        product = session.exec(select(Product).where(Product.sku == "S2")).one()
        product.stock = 900
        session.add(product)
    with shop.database.reading() as session:
        shelf = read_shelf(session, shop.clock.now())
    assert [shelf.products[each].sku for each in shelf.overstocked] == ["S2", "S1"]


def test_thank_you_counts_orders_and_names_the_favourite(shop: SmallShop) -> None:
    sari = shop.customer("Sari")
    shop.buy(sari, "S0", days_ago=9)
    shop.buy(sari, "S0", days_ago=6)
    shop.buy(sari, "S2", days_ago=3)
    recommend(shop, sari, "S1", because="S0")
    shop.launch("thank_you")
    shop.drain()
    text = text_to(shop, "sari")
    assert "sudah 3 kali belanja di Toko Ratna. Kopi Gayo sepertinya jadi andalan" in text
    assert "• Kopi Toraja" in text


def test_who_was_here_last_week_is_not_told_that_they_are_missed(shop: SmallShop) -> None:
    sari = shop.customer("Sari")
    shop.buy(sari, "S0", days_ago=6)
    recommend(shop, sari, "S1", because="S0")
    shop.launch("winback")
    shop.drain()
    assert shop.channel.given == []
    assert shop.report().withheld == {"nothing_fits": 1}


def launch(shop: SmallShop, **days_ago: int) -> None:
    with shop.database.transaction() as session:
        for sku, days in days_ago.items():
            product = session.exec(select(Product).where(Product.sku == sku)).one()
            product.launched_at = shop.clock.now() - timedelta(days=days)
            session.add(product)


def regularly(shop: SmallShop, customer_id: int, sku: str, *days_ago: float) -> None:
    for days in days_ago:
        shop.buy(customer_id, sku, days_ago=days)


def own_draft(shop: SmallShop, template: str, **more: Any) -> int:
    """A campaign of this goal to everybody, running."""
    with shop.database.transaction() as session:
        wanted = Draft(template, "all", by_discount(10), holdout_percent=0, **more)
        now = shop.clock.now()
        made = drafting.draft(session, shop.composer, wanted, shop=shop.shop, by="test", now=now)
        planning.approve(session, made, ["simulator"], shop.shop, by="test", now=now)
        return made.id


def number(shop: SmallShop, sku: str) -> int:
    with shop.database.reading() as session:
        return session.exec(select(Product.id).where(Product.sku == sku)).one()


def test_what_somebody_buys_regularly_is_offered_when_it_is_about_due(shop: SmallShop) -> None:
    sari = shop.customer("Sari")
    regularly(shop, sari, "S0", 90, 60, 30)
    # Due in ten days, and bought only twice.
    regularly(shop, sari, "S1", 80, 50, 20)
    regularly(shop, sari, "S2", 60, 30)
    campaign = shop.launch("replenishment")
    shop.drain()
    assert shop.offered(campaign, sari) == ["S0"]
    assert "Biasanya sekitar sekarang Kakak membeli lagi" in text_to(shop, "sari")


@pytest.mark.parametrize(
    ("days_since", "is_due"), [(26.9, False), (27.1, True), (30, True), (44.9, True), (45.1, False)]
)
def test_due_is_from_nine_tenths_to_one_and_a_half_of_their_own_gap(days_since: float, is_due: bool) -> None:
    bought = [TEN - timedelta(days=days_since + ago) for ago in (60, 30, 0)]
    assert rhythm.is_due(bought, TEN) is is_due


def test_a_rhythm_is_the_median_of_three_visits_or_more_and_one_visit_is_one(shop: SmallShop) -> None:
    days = (100, 90, 80, 20, 19.9)
    assert rhythm.gap([TEN - timedelta(days=ago) for ago in days]) == timedelta(days=10)
    assert rhythm.gap([TEN - timedelta(days=ago) for ago in (30, 29.9, 0)]) is None
    assert shop


def test_who_buys_nothing_regularly_or_allows_no_history_is_not_reminded(shop: SmallShop) -> None:
    sari, budi = shop.customer("Sari"), shop.customer("Budi", profiling=False)
    shop.buy(sari, "S0", days_ago=30)
    regularly(shop, budi, "S0", 90, 60, 30)
    shop.launch("replenishment")
    shop.drain()
    assert shop.channel.given == []
    assert shop.report().withheld == {"nothing_fits": 2}


def test_a_birthday_is_congratulated_on_the_day_and_only_who_allows_it(shop: SmallShop) -> None:
    people = {name: shop.customer(name, profiling=name != "Budi") for name in ("Sari", "Budi", "Wati", "Joko")}
    popular = shop.customer("Tono", offers=None)
    shop.buy(popular, "S0", days_ago=1)
    # It is the second of November.
    for name, day in {"Sari": "11-02", "Budi": "11-02", "Wati": "11-03", "Joko": "10-27"}.items():
        with shop.database.transaction() as session:
            session.get_one(Customer, people[name]).birthday = day
    shop.launch("birthday", discount=10)
    shop.drain()
    assert sorted(each.address for each in shop.channel.given) == ["joko", "sari"]
    assert "selamat ulang tahun!" in text_to(shop, "sari")
    assert "Sebagai kado, ada diskon 10%" in text_to(shop, "sari")


def test_a_birthday_brings_what_fits_where_there_is_a_history(shop: SmallShop) -> None:
    sari = shop.customer("Sari")
    shop.buy(sari, "S0", days_ago=40)
    recommend(shop, sari, "S1", because="S0")
    with shop.database.transaction() as session:
        session.get_one(Customer, sari).birthday = "11-02"
    shop.launch("birthday")
    shop.drain()
    assert "karena pernah membeli Kopi Gayo" in text_to(shop, "sari")


def test_the_owners_words_go_to_everybody_without_any_product(shop: SmallShop) -> None:
    shop.crowd(2)
    campaign = own_draft(shop, "own", text="Halo {nama}, Minggu kami buka. Sebut {kode}.")
    assert shop.drain().sent == 2
    assert shop.report(campaign).states == {"sent": 2}
    # "Pelanggan0" is no name one calls somebody.
    assert re.fullmatch(r"Halo, Minggu kami buka\. Sebut \w{3}-\w{3}-\w{3}\.", first_line(shop))


def test_the_owners_words_that_cannot_be_filled_never_become_a_campaign(shop: SmallShop) -> None:
    with pytest.raises(BadDraft, match="own_unknown"):
        own_draft(shop, "own", text="Halo {umur}")


def first_line(shop: SmallShop) -> str:
    return shop.channel.given[0].text.splitlines()[0]


def test_the_bundle_the_owner_chose_is_shown_whole_to_everybody(shop: SmallShop) -> None:
    sari, budi = shop.customer("Sari"), shop.customer("Budi", profiling=False)
    shop.buy(sari, "S2", days_ago=5)
    chosen = (number(shop, "S2"), number(shop, "S1"))
    campaign = own_draft(shop, "bundle", product_ids=chosen)
    shop.drain()
    assert shop.offered(campaign, sari) == shop.offered(campaign, budi) == ["S2", "S1"]
    assert "karena pernah membeli Kopi Kintamani, Toko Ratna punya paket yang memuatnya" in text_to(shop, "sari")
    assert "Toko Ratna menyiapkan paket ini" in text_to(shop, "budi")
    assert "sering dibeli bersama" not in text_to(shop, "budi")


def test_who_never_wants_a_product_of_the_chosen_bundle_gets_none_of_it(shop: SmallShop) -> None:
    sari, budi = shop.customer("Sari"), shop.customer("Budi")
    with shop.database.transaction() as session:
        preferences.wish(session, sari, About.PRODUCT, str(number(shop, "S1")), Degree.NEVER, shop.clock.now())
    own_draft(shop, "bundle", product_ids=(number(shop, "S0"), number(shop, "S1")))
    shop.drain()
    assert [each.address for each in shop.channel.given] == ["budi"]
    assert budi


def test_a_chosen_bundle_that_is_sold_out_is_not_shown_in_parts(shop: SmallShop) -> None:
    shop.customer("Sari")
    campaign = own_draft(shop, "bundle", product_ids=(number(shop, "S0"), number(shop, "S1")))
    sell_out(shop, "S1")
    shop.drain()
    assert shop.report(campaign).withheld == {"nothing_fits": 1}


def test_of_chosen_products_those_that_are_there_are_shown_in_the_owners_order(shop: SmallShop) -> None:
    sari = shop.customer("Sari")
    campaign = own_draft(shop, "picks", product_ids=tuple(number(shop, sku) for sku in ("S2", "S1", "S0")))
    sell_out(shop, "S1")
    shop.drain()
    assert shop.offered(campaign, sari) == ["S2", "S0"]


def sell_out(shop: SmallShop, sku: str) -> None:
    with shop.database.transaction() as session:
        session.exec(select(Product).where(Product.sku == sku)).one().stock = 0


def overstock(shop: SmallShop, *skus: str) -> None:
    """These lie too long; nothing else does."""
    with shop.database.transaction() as session:
        for product in session.exec(select(Product)):
            product.stock = 900 if product.sku in skus else 1


def test_what_is_to_be_cleared_goes_to_the_likeliest_and_leaves_the_others_alone(shop: SmallShop) -> None:
    shop.stock("Teh Poci", category="teh")
    overstock(shop, "Teh Poci")
    drinker, other = shop.customer("Sari"), shop.customer("Budi")
    regularly(shop, drinker, "Teh Poci", 9)
    regularly(shop, drinker, "S0", 8, 7)
    regularly(shop, other, "S0", 9, 8, 7)
    newcomer, plain = shop.customer("Wati"), shop.customer("Joko", profiling=False)
    for each in shop.crowd(SMALL_AUDIENCE):
        regularly(shop, each, "S0", 5)
    campaign = shop.launch("clear_stock")
    shop.drain()
    assert shop.offered(campaign, drinker) == ["Teh Poci"]
    # Who allows no history is not passed over for it; whose history says that they want none is.
    assert sorted(each.address for each in shop.channel.given) == ["joko", "sari"]
    assert shop.report(campaign).withheld == {"nothing_fits": SMALL_AUDIENCE + 2}
    assert newcomer != plain


def test_in_a_small_audience_nobody_is_left_out_of_what_is_to_be_cleared(shop: SmallShop) -> None:
    shop.stock("Teh Poci", category="teh")
    overstock(shop, "Teh Poci")
    other = shop.customer("Budi")
    regularly(shop, other, "S0", 9, 8, 7)
    campaign = shop.launch("clear_stock")
    shop.drain()
    assert shop.offered(campaign, other) == ["Teh Poci"]


@pytest.mark.parametrize(("teas", "is_likely"), [(1, True), (0, False)])
def test_likely_is_who_takes_every_tenth_thing_from_the_category(teas: int, is_likely: bool) -> None:
    goods = {k: Product(id=k, sku=str(k), category="teh" if k == 1 else "kopi", currency="IDR") for k in (1, 2)}
    shelf = Shelf(goods, (), (), [1], (), TEN, {1: "teh", 2: "kopi"})
    taste = Taste((), [1] * teas + [2] * (10 - teas), 10, TEN)
    found = offers.choose("clear_stock", taste, shelf, TEN, told=Told(leaves_unlikely=True))
    assert (found is not None) is is_likely


def test_the_likelier_and_the_more_urgent_come_first_in_what_is_to_be_cleared() -> None:
    goods = {
        k: Product(id=k, sku=str(k), category=c, currency="IDR") for k, c in ((1, "teh"), (2, "kopi"), (3, "kopi"))
    }
    shelf = Shelf(goods, (), (), [1, 2, 3], (), TEN, {k: each.category for k, each in goods.items()})
    # Tea: 0.25 of purchases at urgency 1; coffees: 0.75 at 0.63 and 0.5.
    found = offers.choose("clear_stock", Taste((), [1, 2, 2, 3], 4, TEN), shelf, TEN)
    assert found is not None
    assert [item.product_id for item in found[0].items] == [2, 3, 1]


def about(
    shop: SmallShop, trigger: Trigger, template: str, product_id: int | None, *names: str
) -> list[Chosen | None]:
    """What is chosen for these by a round of a campaign that answers to something about a product."""
    with shop.database.transaction() as session:
        campaign = Campaign(
            template=template, audience="all", holdout_share=0, seed="s", created_by="test", created_at=TEN,
            trigger=trigger,
        )  # fmt: skip
        session.add(campaign)
        session.flush()
        people = {each.name: each for each in audiences.candidates(session, "all", ["simulator"], shop.shop, TEN)}
        wanted = [(campaign, people[name]) for name in names]
        shelf = read_shelf(session, shop.clock.now())
        return offers.chosen_for(session, wanted, shelf, shop.shop, shop.clock.now(), [product_id] * len(names))


def shown(choice: Chosen | None) -> list[tuple[int, str | None]]:
    assert choice is not None
    return [(item.product_id, item.reason) for item in choice[0].items]


def test_what_somebody_looked_at_comes_first_with_a_gentle_word(shop: SmallShop) -> None:
    sari = shop.customer("Sari")
    shop.customer("Wati")
    shop.buy(sari, "S0", days_ago=40)
    recommend(shop, sari, "S1", because="S0")
    seen = number(shop, "S2")
    bought, new = about(shop, Trigger.VIEWED, "picks", seen, "Sari", "Wati")
    assert shown(bought) == [(seen, "still_wanted"), (number(shop, "S1"), "because_you_bought")]
    assert shown(new) == [(seen, "still_wanted")]
    assert new is not None
    assert new[1] is True


def test_what_is_sold_out_since_they_looked_brings_no_offer_about_it(shop: SmallShop) -> None:
    shop.customer("Wati")
    sell_out(shop, "S2")
    assert about(shop, Trigger.CART, "picks", number(shop, "S2"), "Wati") == [None]


def test_who_allows_no_history_is_offered_nothing_for_having_looked(shop: SmallShop) -> None:
    shop.buy(shop.customer("Tono", offers=None), "S0", days_ago=1)
    shop.customer("Budi", profiling=False)
    (choice,) = about(shop, Trigger.VIEWED, "picks", number(shop, "S2"), "Budi")
    assert shown(choice) == [(number(shop, "S0"), None)]


def test_the_product_whose_time_has_come_is_reminded_of_though_the_message_waited(shop: SmallShop) -> None:
    sari = shop.customer("Sari")
    regularly(shop, sari, "S0", 120, 90, 60)
    (choice,) = about(shop, Trigger.REPLENISHMENT, "replenishment", number(shop, "S0"), "Sari")
    assert shown(choice) == [(number(shop, "S0"), None)]
