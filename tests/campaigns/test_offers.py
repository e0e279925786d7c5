"""What is put before whom: history only of those who allow it, nothing that is out of stock."""

from datetime import timedelta

from sqlmodel import select

from campaigns import insights, offers
from campaigns.shelf import read_shelf, restocked
from campaigns.tables import Bundle, MiningRun, Recommendation
from ledger.tables import Product
from tests.campaigns.conftest import SmallShop


def recommend(shop: SmallShop, customer_id: int, sku: str, because: str) -> None:
    with shop.database.transaction() as session:
        run = insights.current_run(session)
        if run is None:
            run = MiningRun(started_at=shop.clock.now(), ready_at=shop.clock.now())
            session.add(run)
            session.flush()
        numbers = dict(session.exec(select(Product.sku, Product.id)).all())
        session.add(
            Recommendation(
                run_id=run.id,
                customer_id=customer_id,
                rank=1,
                product_id=numbers[sku],
                score=1.0,
                reason="because_you_bought",
                reason_product_id=numbers[because],
            )
        )
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
