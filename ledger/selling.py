"""Sales at the counter: finding what is meant, writing it down, and writing that it came back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher, get_close_matches

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from ledger import audit
from ledger.catalog import folded
from ledger.tables import Customer, Interaction, Kind, Product

COUNTER = "counter"
"""The platform of what is sold here."""
REF, SPOKEN_REF = "K", re.compile(r"[Kk]?-?([0-9]{1,12})")
"""A sale is called after the number of its first line."""
OWN_NUMBER = re.compile(r"#([0-9]{1,9})")
NUMBER_IN_NAME = re.compile(r"(?<![0-9.,])[0-9]{1,9}(?![0-9.,])")
LEAST_ALIKE = 0.75
MOST_NAMED = 5


@dataclass(frozen=True)
class Found:
    """The product that was meant; not ``is_exact``: it is the only one that comes near."""

    product: Product
    is_exact: bool


@dataclass(frozen=True)
class Several:
    """More than one product may be meant."""

    products: Sequence[Product]


@dataclass(frozen=True)
class Nothing:
    """No product may be meant; ``nearest`` are the least unlike, the nearest first."""

    nearest: Sequence[Product]


@dataclass(frozen=True)
class Line:
    """One thing sold. ``amount_minor`` is for all of it, ``discount_minor`` what it is below its usual price."""

    product_id: int | None
    quantity: int
    amount_minor: int
    discount_minor: int | None = None


def find_product(session: Session, words: str) -> Found | Several | Nothing:
    """The product called so: by its SKU or name, or "#" and its number here.

    Otherwise the only one with all these words, or spelled nearly so.
    """
    wanted = folded(words)
    goods = session.exec(select(Product).order_by(col(Product.id))).all()
    numbered = OWN_NUMBER.fullmatch(wanted)
    if numbered is not None:
        mine = [each for each in goods if each.id == int(numbered[1])]
        return Found(mine[0], is_exact=True) if mine else Nothing(goods[:0])
    named = {each.id: folded(each.name or each.sku) for each in goods}
    for exact in (
        [each for each in goods if folded(each.sku) == wanted],
        [each for each in goods if named[each.id] == wanted],
    ):
        if exact:
            return Found(exact[0], is_exact=True) if len(exact) == 1 else Several(exact[:MOST_NAMED])
    parts = wanted.split()
    having = [each for each in goods if parts and all(_has(named[each.id], part) for part in parts)]
    if not having:
        close = set(get_close_matches(wanted, set(named.values()), n=MOST_NAMED, cutoff=LEAST_ALIKE))
        # A letter may be a slip; another number is another size.
        having = [each for each in goods if named[each.id] in close and _numbers(wanted) <= _numbers(named[each.id])]
    if not having:
        nearest = sorted(goods, key=lambda each: -SequenceMatcher(None, wanted, named[each.id]).quick_ratio())
        return Nothing(nearest[:MOST_NAMED])
    return Found(having[0], is_exact=False) if len(having) == 1 else Several(having[:MOST_NAMED])


def _has(name: str, part: str) -> bool:
    if part.isdigit():
        return is_numbered(name, int(part))
    return any(word.startswith(part) for word in name.split())


def is_numbered(name: str, number: int) -> bool:
    """Whether a number stands in a name, as a word or before its unit: 250 in "Kopi Gayo 250g", and 2 not."""
    return number in _numbers(name)


def _numbers(name: str) -> set[int]:
    return {int(each) for each in NUMBER_IN_NAME.findall(name)}


def customers_named(session: Session, words: str) -> Sequence[Customer]:
    """Who is called so: by the whole name, or where nobody is, by the first."""
    wanted = " ".join(words.split())
    name = func.lower(col(Customer.name))
    here = select(Customer).where(col(Customer.erased_at).is_(None), col(Customer.name) != "").order_by(Customer.id)  # type: ignore[arg-type]
    whole = session.exec(here.where(name == wanted.lower())).all()
    beginning = name.startswith(f"{wanted.lower()} ", autoescape=True)
    return whole or session.exec(here.where(beginning).limit(MOST_NAMED + 1)).all()


def sell(
    session: Session,
    customer_id: int,
    lines: Sequence[Line],
    *,
    currency: str,
    by: str,
    at: datetime,
    message_id: int | None = None,
) -> str:
    """Write down an order and take it from the stock; the reference to take it back by.

    ``message_id``: the campaign message whose voucher was redeemed for it.
    """
    rows = [_row(session, customer_id, line, currency, at, message_id) for line in lines]
    session.add_all(rows)
    session.flush()
    ref = f"{REF}{rows[0].id}"
    for row in rows:
        row.order_ref = ref
        _restock(session, row.product_id, -(row.quantity or 0))
    audit.record(session, at, by, "counter sale", ref, lines=len(rows))
    return ref


def take_back(session: Session, ref: str, *, by: str, at: datetime) -> list[Interaction]:
    """Write down that all of a counter sale came back; empty where there is none such, or it came back before.

    What was written stays: a ledger is mended by adding to it.
    """
    found = SPOKEN_REF.fullmatch(ref.strip())
    first = session.get(Interaction, int(found[1]), with_for_update=True) if found is not None else None
    if first is None or first.order_ref != f"{REF}{first.id}":
        return []
    order = select(Interaction).where(
        Interaction.customer_id == first.customer_id, Interaction.order_ref == first.order_ref
    )
    sold = session.exec(order.where(Interaction.kind == Kind.PURCHASE)).all()
    if session.exec(order.where(Interaction.kind == Kind.RETURN)).first() is not None:
        return []
    returned = [
        Interaction(**each.model_dump(exclude={"id", "kind", "at", "text", "source_ref"}), kind=Kind.RETURN, at=at)
        for each in sold
    ]
    session.add_all(returned)
    for each in returned:
        _restock(session, each.product_id, each.quantity or 0)
    audit.record(session, at, by, "counter sale taken back", first.order_ref, lines=len(returned))
    return returned


def _restock(session: Session, product_id: int | None, pieces: int) -> None:
    """Counted where it is kept, so that two counters at once take both of theirs."""
    session.connection().execute(
        update(Product)
        .where(col(Product.id) == product_id, col(Product.stock).is_not(None))
        .values(stock=col(Product.stock) + pieces)
    )


def _row(
    session: Session, customer_id: int, line: Line, currency: str, at: datetime, message_id: int | None
) -> Interaction:
    product = session.get(Product, line.product_id) if line.product_id is not None else None
    return Interaction(
        customer_id=customer_id,
        kind=Kind.PURCHASE,
        at=at,
        platform=COUNTER,
        product_id=line.product_id,
        quantity=line.quantity,
        amount_minor=line.amount_minor,
        discount_minor=line.discount_minor,
        currency=product.currency if product is not None else currency,
        message_id=message_id,
    )
