"""A file of visits becomes steps, and looks, carts and sales where it tells of them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func
from sqlmodel import col, select

from ledger.database import Database
from ledger.imports import BadFile, ImportReport, ShopDefaults, import_file
from ledger.tables import Interaction, Step

SHOP = ShopDefaults("IDR", "Asia/Jakarta", "ID")
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
VISITS = (
    "user_id,session_id,event,timestamp,platform,acquisition_channel,product\n"
    "u1,s1,Home,2026-11-01 10:00,mobile,social,\n"
    "u1,s1,view,2026-11-01 10:01,mobile,social,KOPI\n"
    "u1,s1,add_to_cart,2026-11-01 10:02,mobile,social,KOPI\n"
    "u1,s1,purchase,2026-11-01 10:03,mobile,social,KOPI\n"
    "u2,s2,home,2026-11-01 11:00,desktop,,\n"
)


def brought(database: Database, folder: Path, text: str) -> ImportReport:
    path = folder / "visits.csv"
    path.write_text(text)
    return import_file(database, path, shop=SHOP, now=NOW)


def test_each_line_is_a_step_and_a_look_or_a_cart_is_an_interaction_as_well(
    database: Database, tmp_path: Path
) -> None:
    report = brought(database, tmp_path, VISITS)
    assert (report.format, report.kept, report.added["steps"], report.customers) == ("clickstream", 5, 5, 0)
    with database.reading() as session:
        steps = session.exec(select(Step).order_by(col(Step.at))).all()
        kinds = session.exec(select(Interaction.kind).order_by(col(Interaction.at))).all()
    assert [(each.step, each.visit, each.device, each.source) for each in steps] == [
        ("home", "s1", "mobile", "social"),
        ("view", "s1", "mobile", "social"),
        ("add_to_cart", "s1", "mobile", "social"),
        ("purchase", "s1", "mobile", "social"),
        ("home", "s2", "desktop", None),
    ]
    # A sale without a price may stand in the till's file, too.
    assert kinds == ["view", "cart"]


def test_a_sale_with_its_price_is_a_sale(sqlite_database: Database, tmp_path: Path) -> None:
    with_prices = VISITS.replace("acquisition_channel,product", "acquisition_channel,product,price").replace(
        "KOPI\n", "KOPI,55000\n"
    )
    report = brought(
        sqlite_database, tmp_path, with_prices.replace("social,\n", "social,,\n").replace(",,\n", ",,,\n")
    )
    assert (report.purchases, report.orders) == (1, 1)


def test_the_same_file_again_adds_nothing(database: Database, tmp_path: Path) -> None:
    brought(database, tmp_path, VISITS)
    assert not any(brought(database, tmp_path, VISITS).added.values())


def test_a_file_of_visits_without_times_says_what_is_missing(sqlite_database: Database, tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="no_column"):
        brought(sqlite_database, tmp_path, "user_id,session_id,event\nu1,s1,home\n")


def test_a_real_shops_stream_comes_in_whole(sqlite_database: Database) -> None:
    path = DATA / "rees46_2019-10-01_first_2h50.csv.gz"
    if not path.exists():
        pytest.skip("../shared/data/rees46_2019-10-01_first_2h50.csv.gz is not there")
    report = import_file(sqlite_database, path, shop=ShopDefaults("USD", "UTC", "ID"), now=NOW)
    assert report.format == "clickstream"
    with sqlite_database.reading() as session:
        visits = session.exec(select(func.count(func.distinct(Step.visit)))).one()
        by_step = dict(
            session.exec(select(Step.step, func.count(func.distinct(Step.visit))).group_by(col(Step.step))).all()
        )
    assert (visits, by_step["cart"], by_step["purchase"]) == (5_066, 118, 200)
