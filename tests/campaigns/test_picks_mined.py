"""What a run writes for each customer, to discover and to buy again, and what a refresh between runs makes of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import Session, select

from campaigns import demonstration, insights, mining
from campaigns.choosing import offers
from campaigns.looking import bundles, moves, picks
from campaigns.mining import comparing
from campaigns.mining.bundles import PAIRS
from campaigns.mining.refreshing import Refresher
from campaigns.tables import MiningRun, Recommendation, RunState
from engine.bundles.tally import PairTally
from ledger import interactions, preferences
from ledger.database import Database
from ledger.imports import ShopDefaults, import_file
from ledger.tables import About, Customer, Degree, Interaction, Kind, Product

NOW = datetime(2026, 11, 2, 3, tzinfo=UTC)


@pytest.fixture
def shop(database: Database, tmp_path: Path) -> Database:
    demonstration.write_history(demonstration.invent(NOW), tmp_path / "history.csv", ZoneInfo("Asia/Jakarta"))
    import_file(
        database, tmp_path / "history.csv", format="csv", shop=ShopDefaults("IDR", "Asia/Jakarta", "ID"), now=NOW
    )
    return database


def mined(shop: Database) -> MiningRun:
    return mining.mine(shop, lambda: NOW)


def written(shop: Database) -> dict[int, list[list[object]]]:
    with shop.reading() as session:
        return dict(session.exec(select(Recommendation.customer_id, Recommendation.picks)).all())


def refreshed(shop: Database, run: MiningRun, customers: list[int]) -> None:
    refresher = Refresher(shop, lambda: datetime.fromisoformat(run.quality["as_of"]))
    refresher.follow()
    for each in customers:
        refresher.refresh(each)


def bought_by(session: Session) -> dict[int, set[int]]:
    had: dict[int, set[int]] = {}
    for customer, product in session.exec(
        select(Interaction.customer_id, Interaction.product_id).where(Interaction.kind == Kind.PURCHASE)
    ):
        if customer is not None and product is not None:
            had.setdefault(customer, set()).add(product)
    return had


def buys(shop: Database, customer: int, order: str, *products: int) -> None:
    with shop.transaction() as session:
        for product in products:
            interactions.log_purchase(
                session,
                customer,
                session.get_one(Product, product),
                quantity=1,
                amount_minor=1_000_000,
                order_ref=order,
                platform="store",
                at=NOW,
            )


def test_each_customer_has_what_is_new_to_them_and_what_they_may_buy_again(shop: Database) -> None:
    mined(shop)
    with shop.reading() as session:
        had, found = bought_by(session), insights.recommendations(session, [*written(shop)])
    assert len(found) == 80
    for customer, both in found.items():
        new, again = insights.to_discover(both), insights.to_buy_again(both)
        assert 0 < len(again) <= 5
        assert len(new) <= 10
        assert {each.product_id for each in again} <= had[customer]
        assert not {each.product_id for each in new} & had[customer]
        assert [each.rank for each in again] == [*range(1, len(again) + 1)]
        assert all(each.reason_product_id == each.product_id for each in again)
        assert [each.score for each in both] == sorted((each.score for each in both), reverse=True)


def test_a_refresh_writes_both_lists_as_the_run_did(shop: Database) -> None:
    run = mined(shop)
    before = written(shop)
    refreshed(shop, run, [*before])
    assert written(shop) == before


def test_what_somebody_never_wants_or_ran_out_is_in_neither_list_of_a_run_nor_of_a_refresh(shop: Database) -> None:
    first = mined(shop)
    with shop.reading() as session:
        customer = min(written(shop))
        found = insights.recommendations(session, [customer])[customer]
        new, again = insights.to_discover(found), insights.to_buy_again(found)
        category = session.get_one(Product, new[0].product_id).category
    with shop.transaction() as session:
        preferences.wish(session, customer, About.CATEGORY, category.upper(), Degree.NEVER, NOW)
        preferences.wish(session, customer, About.PRODUCT, str(again[0].product_id), Degree.NEVER, NOW)
        session.get_one(Product, again[1].product_id).stock = 0
    with shop.reading() as session:
        today = picks.of(session, customer)
    refreshed(shop, first, [customer])
    with shop.reading() as session:
        refreshed_ = insights.recommendations(session, [customer])[customer]
    mined(shop)
    with shop.reading() as session:
        next_run = insights.recommendations(session, [customer])[customer]
        unwanted = {each.id for each in session.exec(select(Product).where(Product.category == category))}
    unwanted |= {again[0].product_id, again[1].product_id}
    for each in ([*today.new, *today.again], refreshed_, next_run):
        assert each
        assert not {one.product_id for one in each} & unwanted


def test_who_is_called_back_is_shown_what_they_knew_and_a_reminder_what_they_are_likeliest_to_buy(
    shop: Database,
) -> None:
    mined(shop)
    with shop.reading() as session:
        customer = min(written(shop))
        taste = offers.tastes(session, [customer])[customer]
    assert {each.product_id for each in taste.again} <= set(taste.bought)
    assert not {each.product_id for each in taste.recommended} & set(taste.bought)


def pairs(shop: Database, run: MiningRun) -> PairTally:
    with shop.reading() as session:
        return PairTally.read(session.get_one(RunState, (run.id, PAIRS)).content)


def test_a_new_basket_updates_the_counts_of_pairs_and_bundles_at_once(shop: Database) -> None:
    run = mined(shop)
    with shop.reading() as session:
        bundle = insights.bundles(session)[0]
        customer = min(written(shop))
    first, *rest = bundle.product_ids
    before, refresher = pairs(shop, run), Refresher(shop, lambda: NOW)
    buys(shop, customer, "N-1", first)
    refresher.follow()
    refresher.follow()
    buys(shop, customer, "N-1", *rest)
    buys(shop, customer, "N-2", first, *rest, first)
    for _ in range(4):
        # Whoever goes on elsewhere counts nothing twice.
        refresher.follow()
        Refresher(shop, lambda: NOW).follow()
    after = pairs(shop, run)
    met, then = before.met(first, rest[0]), after.met(first, rest[0])
    assert met is not None
    assert then is not None
    assert (then.both[0], then.n_baskets) == (met.both[0] + 2, met.n_baskets + 2)
    with shop.reading() as session:
        since = insights.since(session)
        assert since is not None
        assert (since.baskets, since.bundles[bundle.position]) == (2, 2)
        told = bundles.bundle(session, bundle.position + 1)
        assert (told.count_since, told.baskets_since, told.audience) == (2, 2, "partly")
    with shop.reading() as session:
        lines = session.exec(
            select(Interaction.order_ref, Interaction.product_id).where(Interaction.kind == Kind.PURCHASE)
        ).all()
    orders: dict[str, set[int]] = {}
    for order, product in lines:
        if order and product:
            orders.setdefault(order, set()).add(product)
    assert then.both[0] == sum({first, rest[0]} <= each for each in orders.values())


def test_an_art_without_enough_to_go_by_says_so_alone_and_the_others_run(sqlite_database: Database) -> None:
    # A shop whose till names no orders: nothing can be said of what is bought together.
    with sqlite_database.transaction() as session:
        goods = [Product(sku=f"P{n}", name=f"P{n}", price_minor=1_000, currency="IDR") for n in range(6)]
        people = [Customer(name="", source="import", created_at=NOW) for _ in range(6)]
        session.add_all([*goods, *people])
        session.flush()
        for n, person in enumerate(people):
            for day in (40, 20, 5):
                interactions.log_purchase(
                    session,
                    person.id,
                    goods[(n + day) % 6],
                    quantity=1,
                    amount_minor=1_000,
                    order_ref="",
                    platform="store",
                    at=NOW - timedelta(days=day),
                )
    run = mined(sqlite_database)
    assert run.quality["not_yet"]["bundles"] == {"says": "baskets: 1 needed, 0 seen", "needed": 1, "n": 0}
    assert "segments" not in run.quality["not_yet"]
    with sqlite_database.reading() as session:
        assert insights.bundles(session) == []
        assert insights.segments(session)
        assert len(insights.recommendations(session, [each.id for each in people])) == 6


def test_a_run_that_lost_an_art_the_one_in_use_had_is_held_back() -> None:
    told = {"picks": {"ndcg_again": 0.3, "ndcg_again_se": 0.01, "n": 200}}
    sizes = {"data": {"purchases": 900, "customers": 200, "products": 40}}
    before = MiningRun(id=1, started_at=NOW, ready_at=NOW, parameters={}, quality={**sizes, **told})
    lost = {**sizes, "not_yet": {"picks": {"says": "", "needed": 1, "n": 0}}}
    verdict = comparing.compare(before, lost, {}, NOW)
    assert (verdict.because, [each.art for each in verdict.worse]) == ("worse", ["picks"])
    assert comparing.compare(before, {**sizes, **told}, {}, NOW).is_followed


def test_before_a_second_run_nobody_has_moved(sqlite_database: Database) -> None:
    with sqlite_database.reading() as session:
        assert moves.moves(session) is None
    assert moves.NO_MOVES.as_json() == {"known": 0, "stayed": 0, "moved": [], "renamed": []}
