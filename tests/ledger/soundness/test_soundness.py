"""What looks odd is found with its n, and what is as usual is not."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from sqlmodel import Session

from ledger import extracts
from ledger.database import Database
from ledger.imports import Limits, ShopDefaults, import_file, read_lines
from ledger.soundness import days, trade
from ledger.soundness.findings import Check, Finding
from ledger.soundness.looking import of_ledger
from ledger.tables import Customer, Interaction, Product

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
SHOP = ShopDefaults("IDR", "Asia/Jakarta", "ID")


def lines(*rows: dict[str, Any]) -> pl.DataFrame:
    """Purchase lines: one piece of coffee at Rp10.000, but for what a row says."""
    usual = {
        "at": NOW - timedelta(days=30), "customer": "a", "order": None, "product": "coffee", "quantity": 1,
        "amount_minor": 10_000, "currency": "IDR",
    }  # fmt: skip
    whole = [usual | {"order": f"o{number}"} | row for number, row in enumerate(rows)]
    types = {"at": pl.Datetime("us", "UTC"), "order": pl.String, "product": pl.String}
    return pl.DataFrame(whole, schema_overrides=types)


def counts(found: Sequence[Finding]) -> dict[Check, tuple[int, int]]:
    return {each.check: (each.n, each.of) for each in found}


def test_ordinary_lines_are_not_odd() -> None:
    assert trade.look(lines(*[{}] * 40), NOW) == []


def test_lines_of_one_order_that_say_the_same_are_counted_beyond_the_first() -> None:
    found = trade.doubles(lines({"order": "x"}, {"order": "x"}, {"order": "x"}, {"order": "y"}))
    assert counts(found) == {Check.DOUBLES: (2, 4)}


def test_the_same_bought_twice_without_an_order_is_no_double() -> None:
    assert trade.doubles(lines({"order": None}, {"order": None})) == []


def test_a_purchase_the_day_after_tomorrow_is_impossible_and_one_tonight_is_not() -> None:
    found = trade.look(lines({"at": NOW + timedelta(days=2)}, {"at": NOW + timedelta(hours=8)}), NOW)
    assert [(each.check, each.n, each.values["first"]) for each in found] == [(Check.FUTURE, 1, "2026-11-24")]


def test_a_date_misread_as_seconds_is_ancient() -> None:
    assert counts(trade.look(lines({}, {"at": datetime(1970, 1, 2, tzinfo=UTC)}), NOW)) == {Check.ANCIENT: (1, 2)}


def test_a_slipped_decimal_point_is_seen_against_the_products_own_price() -> None:
    rows = [{}] * 9 + [{"amount_minor": 100_000}, {"product": "gold", "amount_minor": 5_000_000}]
    (found,) = trade.look(lines(*rows), NOW)
    assert (found.check, found.n, found.of) == (Check.PRICE_OFF, 1, 10)
    assert found.values["examples"] == [
        {"product": "coffee", "currency": "IDR", "price_minor": 100_000, "usual_minor": 10_000}
    ]


def test_half_the_price_is_a_discount() -> None:
    assert trade.look(lines(*[{}] * 9, {"amount_minor": 5_000}), NOW) == []


def test_prices_are_judged_within_their_currency() -> None:
    found = trade.look(lines(*[{}] * 9, *[{"currency": "USD", "amount_minor": 100}] * 6), NOW)
    assert counts(found) == {Check.CURRENCIES: (6, 15)}


def test_a_hundred_times_the_usual_quantity_is_told_of() -> None:
    (found,) = trade.look(lines(*[{}] * 9, {"quantity": 500, "amount_minor": 5_000_000}), NOW)
    assert (found.check, found.n, found.values["examples"][0]["usual"]) == (Check.QUANTITY_OFF, 1, 1)


def test_a_customer_with_a_fifth_of_all_orders_may_be_the_tills_everybody() -> None:
    people = [{"customer": f"c{number}"} for number in range(40)]
    (found,) = trade.look(lines(*people, *[{"customer": "umum"}] * 10), NOW)
    assert (found.check, found.n, found.of, found.values["customer"]) == (Check.STAND_IN, 10, 50, "umum")


def test_one_good_customer_of_a_few_is_no_stand_in() -> None:
    assert trade.look(lines(*[{"customer": "a"}] * 60, *[{"customer": "b"}] * 40), NOW) == []


def sold_on(*sold: date) -> pl.DataFrame:
    return lines(*({"at": datetime(day.year, day.month, day.day, 5, tzinfo=UTC)} for day in sold))


def every_day_but(first: date, weeks: int, closed: Sequence[int] = (), silent: Sequence[date] = ()) -> list[date]:
    span = (first + timedelta(days=number) for number in range(7 * weeks))
    return [day for day in span if day.weekday() not in closed and day not in silent]


def test_a_week_that_is_missing_is_a_silent_gap() -> None:
    week = [date(2026, 3, 2) + timedelta(days=number) for number in range(7)]
    (found,) = days.silent(sold_on(*every_day_but(date(2026, 1, 5), 20, silent=week)), "Asia/Jakarta")
    assert (found.check, found.n, found.of) == (Check.GAP, 7, 140)
    assert (found.values["first"], found.values["last"]) == ("2026-03-02", "2026-03-08")


def test_a_shop_closed_on_sundays_is_not_silent_on_sundays() -> None:
    assert days.silent(sold_on(*every_day_but(date(2026, 1, 5), 20, closed=[6])), "Asia/Jakarta") == []


def test_a_history_that_stopped_a_week_ago_is_silent_since() -> None:
    sold = every_day_but(date(2026, 1, 5), 20)
    (found,) = days.silent(sold_on(*sold), "Asia/Jakarta", until=sold[-1] + timedelta(days=7))
    assert (found.n, found.values["first"]) == (7, "2026-05-25")


def test_a_month_is_too_short_to_know_what_is_usual() -> None:
    week = [date(2026, 1, 12) + timedelta(days=number) for number in range(7)]
    assert days.silent(sold_on(*every_day_but(date(2026, 1, 5), 3, silent=week)), "Asia/Jakarta") == []


def by_chance(seed: int, share: float) -> pl.DataFrame:
    draw = random.Random(seed)
    first = date(2026, 1, 5)
    return sold_on(first, *(day for day in every_day_but(first, 20)[1:] if draw.random() < share))


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_shop_that_sells_by_chance_is_hardly_ever_called_silent(share: float) -> None:
    """One history of a hundred is promised; of a hundred drawn, five or more would come once in 290 times."""
    assert sum(bool(days.silent(by_chance(seed, share), "Asia/Jakarta")) for seed in range(100)) < 5


@pytest.mark.parametrize("zone", ["Asia/Jakarta", "America/Los_Angeles"])
def test_days_are_the_shops_own(zone: str) -> None:
    sold = sold_on(*every_day_but(date(2026, 1, 5), 8))
    assert days.silent(sold, zone) == []


def test_the_whole_ledger_is_looked_at_with_its_shelf_and_its_people(database: Database) -> None:
    with database.transaction() as session:
        furnish(session)
        found = of_ledger(session, extracts.interactions(session), now=NOW, zone="Asia/Jakarta")
    assert counts(found) == {
        Check.FREE: (1, 3),
        Check.CURRENCIES: (1, 3),
        Check.NO_PRODUCT: (1, 3),
        Check.NO_PRICE: (2, 3),
        Check.NO_CATEGORY: (3, 3),
        Check.NO_COST: (3, 3),
        Check.NO_STOCK: (3, 3),
        Check.TWINS: (1, 3),
        Check.NO_CITY: (1, 3),
        Check.NAMESAKES: (1, 3),
    }


def furnish(session: Session) -> None:
    """Three customers, two of them perhaps one; three products, two of one name; three purchases."""
    for number, (name, city) in enumerate(
        [("Sari Dewi", "Lhokseumawe"), ("sari  dewi", "Lhokseumawe"), ("Budi", "")]
    ):
        session.add(Customer(id=number + 1, name=name, city=city, source="test", created_at=NOW))
    for number, (name, price) in enumerate([("Kopi Gayo", 50_000), ("kopi gayo", None), ("Teh", None)]):
        session.add(Product(id=number + 1, sku=f"S{number}", name=name, currency="IDR", price_minor=price))
    session.flush()
    for number, (amount, currency, product) in enumerate([(50_000, "IDR", 1), (0, "IDR", 2), (300, "USD", None)]):
        session.add(
            Interaction(
                customer_id=number + 1, kind="purchase", at=NOW - timedelta(days=number), platform="pos",
                product_id=product, quantity=1, amount_minor=amount, currency=currency, source_ref=f"t:{number}",
            )
        )  # fmt: skip
    session.flush()


def test_a_files_lines_that_are_there_twice_are_told_before_anything_is_kept(
    sqlite_database: Database, tmp_path: Path
) -> None:
    path = tmp_path / "sales.csv"
    path.write_text("tanggal,pelanggan,barang,harga\n2026-07-21,C1,Kopi,1000\n2026-07-21,C1,Kopi,1000\n")
    report = import_file(sqlite_database, path, shop=SHOP, now=NOW, dry_run=True)
    assert counts(report.checks) == {Check.DOUBLES: (1, 2)}


def test_a_column_that_is_mostly_empty_is_named(sqlite_database: Database, tmp_path: Path) -> None:
    path = tmp_path / "sales.csv"
    path.write_text(
        "tanggal,pelanggan,barang,harga,kota\n" + "".join(f"2026-07-2{n},C{n},Kopi,1000,\n" for n in range(9))
    )
    (found,) = import_file(sqlite_database, path, shop=SHOP, now=NOW).checks
    assert (found.check, found.n, found.of, found.values) == (Check.SPARSE, 9, 9, {"column": "kota"})


def test_online_retails_double_lines_are_the_published_ones() -> None:
    path = DATA / "online_retail.csv.gz"
    if not path.exists():
        pytest.skip("../shared/data/online_retail.csv.gz is not there")
    found = read_lines(path, format="auto", columns={}, shop=SHOP, limits=Limits())
    assert found.doubles == 5_268


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "1900-01-01"])
def test_a_date_at_the_end_of_time_is_told_of_and_breaks_nothing(
    sqlite_database: Database, tmp_path: Path, day: str
) -> None:
    path = tmp_path / "sales.csv"
    usual = "".join(f"2026-0{month}-{number:02},C{number},Kopi,1000\n" for month in (5, 6) for number in range(1, 29))
    path.write_text(f"tanggal,pelanggan,barang,harga\n{usual}{day},C1,Kopi,1000\n")
    found = import_file(sqlite_database, path, shop=SHOP, now=NOW)
    assert {Check.FUTURE, Check.ANCIENT} & {each.check for each in found.checks}
    with sqlite_database.reading() as session:
        of_ledger(session, extracts.interactions(session), now=NOW, zone="Asia/Jakarta")
