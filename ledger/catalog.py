"""The catalog: products by their SKU, told of by imports and by the owner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, insert, select, update
from sqlmodel import Session, col

from ledger.tables import Interaction, Product

FACTS = (
    "name", "category", "brand", "description", "traits", "currency", "price_minor", "cost_minor", "stock",
    "is_premium", "launched_at", "expires_at",
)  # fmt: skip
UNKNOWN: dict[str, Any] = {"name": "", "category": "", "brand": "", "description": "", "traits": ""}
CHUNK = 5000


def learn(session: Session, told: Sequence[Mapping[str, Any]]) -> tuple[dict[str, int], int]:
    """Make or mend products: the numbers of their rows by SKU, and how many are new.

    Each fact set has ``sku``, ``currency``, any of FACTS (None or "" where not known; money in minor units) and
    ``as_of``, an aware datetime or None. What is not known erases nothing. News replaces what was known, except
    where the ledger has an interaction with the product later than ``as_of``: then it only fills gaps.
    """
    known = _known(session, [facts["sku"] for facts in told])
    ids: dict[str, int] = {sku: row["id"] for sku, row in known.items()}
    _mend(session, [facts for facts in told if facts["sku"] in known], known)
    fresh = [facts for facts in told if facts["sku"] not in known]
    if fresh:
        rows = [_row(facts) for facts in fresh]
        made = session.execute(insert(Product).returning(col(Product.sku), col(Product.id)), rows)
        ids.update((sku, number) for sku, number in made)
    return ids, len(fresh)


def folded(category: str) -> str:
    """A category however it is written, in whatever case and with whatever gaps; "" is none."""
    return " ".join(category.casefold().split())


def categories(session: Session) -> list[str]:
    """The categories of what the shop sells, the largest first."""
    wanted = (
        select(col(Product.category))
        .where(col(Product.category) != "")
        .group_by(col(Product.category))
        .order_by(func.count().desc(), col(Product.category))
    )
    return list(session.execute(wanted).scalars())


def _row(facts: Mapping[str, Any]) -> dict[str, Any]:
    told = {fact: facts.get(fact) for fact in FACTS}
    row = {fact: UNKNOWN.get(fact) if value is None else value for fact, value in told.items()}
    # Until a name is known, a product is called by its SKU.
    return {**row, "sku": facts["sku"], "name": row["name"] or facts["sku"]}


def _known(session: Session, skus: Sequence[str]) -> dict[str, dict[str, Any]]:
    columns = Product.__table__.c  # type: ignore[attr-defined]
    found = {}
    for start in range(0, len(skus), CHUNK):
        rows = session.execute(select(*columns).where(columns.sku.in_(skus[start : start + CHUNK])))
        found.update({row["sku"]: dict(row) for row in rows.mappings()})
    return found


def _mend(session: Session, told: Sequence[Mapping[str, Any]], known: Mapping[str, Mapping[str, Any]]) -> None:
    changes = [(facts, _news(facts, known[facts["sku"]])) for facts in told]
    changes = [(facts, news) for facts, news in changes if news]
    latest = _last_interactions(session, [known[facts["sku"]]["id"] for facts, _ in changes])
    rows = []
    for facts, news in changes:
        row = known[facts["sku"]]
        last, as_of = latest.get(row["id"]), facts.get("as_of")
        if as_of is not None and last is not None and last > as_of:
            news = {fact: value for fact, value in news.items() if _is_gap(fact, row)}  # noqa: PLW2901
        rows.append({"this": row["id"], **{fact: news.get(fact, row[fact]) for fact in FACTS}})
    if rows:
        table = Product.__table__  # type: ignore[attr-defined]
        values: dict[str, Any] = {fact: bindparam(fact) for fact in FACTS}
        session.connection().execute(update(table).where(table.c.id == bindparam("this")).values(values), rows)


def _is_gap(fact: str, row: Mapping[str, Any]) -> bool:
    return row[fact] in (None, "") or (fact == "name" and row["name"] == row["sku"])


def _news(facts: Mapping[str, Any], row: Mapping[str, Any]) -> dict[str, Any]:
    news = {fact: facts[fact] for fact in FACTS if facts.get(fact) not in (None, "", row[fact])}
    # A price is an amount of its currency: the two change together or not at all.
    if "currency" in news and facts.get("price_minor") is None:
        del news["currency"]
    return news


def _last_interactions(session: Session, products: Sequence[int]) -> dict[int, datetime]:
    latest: dict[int, datetime] = {}
    columns = Interaction.__table__.c  # type: ignore[attr-defined]
    product, at = columns.product_id, columns.at
    for start in range(0, len(products), CHUNK):
        wanted = select(product, func.max(at, type_=at.type)).where(product.in_(products[start : start + CHUNK]))
        latest.update(
            (number, last) for number, last in session.execute(wanted.group_by(product)) if number is not None
        )
    return latest
