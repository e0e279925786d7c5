"""Checks of purchase lines: the same twice, prices and quantities far off, what cannot be, currencies, stand-ins.

Every frame here has a row a purchase line, with ``at`` (UTC), ``customer``, ``order``, ``product`` (anything that
tells one from another, null where unknown), ``quantity``, ``amount_minor`` and ``currency``; a file's also ``line``.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from ledger.soundness.findings import Check, Finding, counted

AHEAD = timedelta(days=1)
"""A till's clock may be in another zone."""
ANCIENT = datetime(1990, 1, 1, tzinfo=UTC)
"""Earlier no shop's export begins; a date misread as a number of days or seconds falls here."""
TELLABLE = datetime(2, 1, 1, tzinfo=UTC), datetime(9998, 12, 31, tzinfo=UTC)
LEAST_LINES = 5
"""A product sold on fewer lines has no usual price."""
FAR_PRICE, FAR_QUANTITY = 10.0, 100.0
"""Times the product's median: no discount is that deep, a slip of a decimal point is."""
LEAST_FAR_QUANTITY = 100
MOST_EXAMPLES = 3
LEAST_CUSTOMERS = 20
LEAST_ORDERS = 50
STAND_IN_SHARE = 0.2
EVERYTHING = ("customer", "order", "product", "at", "quantity", "amount_minor", "currency")


def look(bought: pl.DataFrame, now: datetime, zone: str = "UTC") -> list[Finding]:
    """All checks of these purchase lines but for those that are there twice. ``zone`` says which day it was."""
    n = bought.height
    if not n:
        return []
    return [
        *_dates(bought, now, zone),
        *counted(Check.FREE, bought.filter(pl.col("amount_minor") == 0).height, n),
        *_far(bought),
        *_currencies(bought),
        *_stand_in(bought),
        *counted(Check.NO_PRODUCT, bought["product"].null_count(), n),
    ]


def doubles(bought: pl.DataFrame) -> list[Finding]:
    """Lines of one order that say the same as another of it, beyond the first of each."""
    ordered = bought.filter(pl.col("order").is_not_null()).select(EVERYTHING)
    return counted(Check.DOUBLES, ordered.height - ordered.n_unique(), bought.height)


def _dates(bought: pl.DataFrame, now: datetime, zone: str) -> list[Finding]:
    later, earlier = bought.filter(pl.col("at") > now + AHEAD), bought.filter(pl.col("at") < ANCIENT)
    found = []
    for check, rows in ((Check.FUTURE, later), (Check.ANCIENT, earlier)):
        # Years beyond the calendar's, by somebody's clock, cannot be told.
        at = rows["at"].clip(*TELLABLE)
        first, last = at.min(), at.max()
        days = {"first": _day(first, zone), "last": _day(last, zone)} if rows.height else {}
        found += counted(check, rows.height, bought.height, **days, **_lines(rows))
    return found


def _day(moment: Any, zone: str) -> str:
    return moment.astimezone(ZoneInfo(zone)).date().isoformat() if isinstance(moment, datetime) else ""


def _far(bought: pl.DataFrame) -> list[Finding]:
    """A piece's price and a line's quantity beside the product's medians."""
    priced = bought.filter(pl.col("product").is_not_null() & (pl.col("quantity") > 0) & (pl.col("amount_minor") > 0))
    priced = priced.with_columns((pl.col("amount_minor") / pl.col("quantity")).alias("piece"))
    usual = priced.group_by("product", "currency").agg(
        pl.len().alias("lines"),
        pl.col("piece").median().alias("usual_price"),
        pl.col("quantity").median().alias("usual_quantity"),
    )
    judged = priced.join(usual.filter(pl.col("lines") >= LEAST_LINES), on=["product", "currency"], nulls_equal=True)
    off = pl.col("piece") / pl.col("usual_price")
    dear = judged.filter((off >= FAR_PRICE) | (off <= 1 / FAR_PRICE))
    many = judged.filter(
        (pl.col("quantity") >= FAR_QUANTITY * pl.col("usual_quantity")) & (pl.col("quantity") >= LEAST_FAR_QUANTITY)
    )
    return [
        *counted(Check.PRICE_OFF, dear.height, judged.height, **_lines(dear), examples=_prices(dear)),
        *counted(Check.QUANTITY_OFF, many.height, judged.height, **_lines(many), examples=_quantities(many)),
    ]


def _prices(dear: pl.DataFrame) -> list[dict[str, Any]]:
    """The farthest off, with what a piece cost and usually does, in minor units."""
    farthest = dear.sort((pl.col("piece") / pl.col("usual_price")).log().abs(), descending=True).head(MOST_EXAMPLES)
    rows = farthest.select("product", "currency", "piece", "usual_price").rows()
    return [
        {"product": product, "currency": currency, "price_minor": round(piece), "usual_minor": round(usual)}
        for product, currency, piece, usual in rows
    ]


def _quantities(many: pl.DataFrame) -> list[dict[str, Any]]:
    rows = many.sort("quantity", descending=True).head(MOST_EXAMPLES).select("product", "quantity", "usual_quantity")
    return [{"product": product, "quantity": n, "usual": usual} for product, n, usual in rows.rows()]


def _lines(rows: pl.DataFrame) -> dict[str, Any]:
    return {"lines": rows["line"].sort().head(5).to_list()} if "line" in rows.columns and rows.height else {}


def _currencies(bought: pl.DataFrame) -> list[Finding]:
    known = bought["currency"].drop_nulls()
    counts = known.value_counts(sort=True).rows()
    if len(counts) <= 1:
        return []
    (main, n), *others = counts
    return counted(Check.CURRENCIES, len(known) - n, len(known), main=main, others=dict(others))


def _stand_in(bought: pl.DataFrame) -> list[Finding]:
    order = pl.coalesce(pl.col("order").cast(pl.String), pl.col("at").dt.epoch("us").cast(pl.String))
    orders = bought.drop_nulls("customer").select("customer", order.alias("order")).unique()
    if orders.height < LEAST_ORDERS or orders["customer"].n_unique() < LEAST_CUSTOMERS:
        return []
    customer, n = orders["customer"].value_counts(sort=True).row(0)
    if n < STAND_IN_SHARE * orders.height:
        return []
    return counted(Check.STAND_IN, n, orders.height, customer=customer)
