"""What a segment asks in SQL is what plain Python finds by looking at every interaction of everybody, one by one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

import pytest
from sqlmodel import col, select

from campaigns.grouping import matching
from campaigns.grouping.conditions import (
    EVER,
    All,
    Belongs,
    BornIn,
    Called,
    Condition,
    Did,
    Doing,
    Either,
    Goods,
    Joined,
    LivesIn,
    Not,
    Reached,
    Span,
    Speaks,
    Spent,
    Stretch,
)
from campaigns.grouping.matching import Asking
from campaigns.shop import Shop
from campaigns.tables import Campaign, Membership, Message, MiningRun, Segment, State
from ledger.database import Database
from ledger.tables import Address, Customer, Interaction, Kind, Product
from tests.campaigns.conftest import TEN

SHOP = Shop(name="Toko Ratna")
ZONE = SHOP.zone
DAY = timedelta(days=1)
GOODS = [
    Goods(Called.CATEGORY, "Kopi"),
    Goods(Called.CATEGORY, "teh"),
    Goods(Called.BRAND, "gayo jaya"),
    Goods(Called.PRODUCT, "S2"),
    Goods(Called.WORDS, "kopi bubuk"),
    Goods(Called.WORDS, "habis"),
]
SHELF = [
    ("S0", "Kopi Bubuk 250 g", "kopi", "Gayo Jaya"),
    ("S1", "Kopi Biji", "KOPI", ""),
    ("S2", "Teh Hijau", "teh", ""),
]
ALIVE = {Kind.MESSAGE_IN, Kind.VIEW, Kind.CLICK, Kind.CART, Kind.PURCHASE, Kind.REVIEW}
KINDS = {
    Doing.VIEWED: {Kind.VIEW},
    Doing.CARTED: {Kind.CART},
    Doing.REVIEWED: {Kind.REVIEW},
    Doing.CLICKED: {Kind.CLICK},
    Doing.SEEN: ALIVE,
}


@dataclass
class Books:
    """Everything, as objects."""

    people: Sequence[Customer]
    done: Mapping[int, Sequence[Interaction]]
    offers: Mapping[int, Sequence[Message]]
    chats: Mapping[int, set[str]]
    segments: Mapping[int, set[str]]
    products: Mapping[int, Product]


def a_shop(database: Database, seed: int) -> None:
    """Thirty customers who do whatever the dice say, with orders of several lines, and returns."""
    dice = Random(seed)
    with database.transaction() as session:
        products = [
            Product(sku=sku, name=name, category=category, brand=brand, currency="IDR")
            for sku, name, category, brand in SHELF
        ]
        run = MiningRun(started_at=TEN, ready_at=TEN)
        campaign = Campaign(template="picks", audience="all", holdout_share=0, seed="", created_by="", created_at=TEN)
        session.add_all([*products, run, campaign])
        session.flush()
        segments = [Segment(run_id=run.id, key=key, size=1, share=0.5) for key in ("at_risk", "champions")]
        session.add_all(segments)
        session.flush()
        for n in range(30):
            person = Customer(
                name=f"P{n}", source="csv", language=dice.choice([None, "id", "en"]),
                city=dice.choice(["", "Medan", "medan", "Lhokseumawe", "ÉVRY"]),
                birthday=dice.choice([None, "11-05", "08-17"]), created_at=TEN - dice.randrange(400) * DAY,
            )  # fmt: skip
            session.add(person)
            session.flush()
            if dice.random() < 0.6:
                channel = dice.choice(["whatsapp", "telegram"])
                session.add(
                    Address(
                        customer_id=person.id,
                        channel=channel,
                        address=f"a{n}",
                        fingerprint=f"a{n}",
                        origin="chat",
                        created_at=TEN,
                    )
                )
            if dice.random() < 0.5:
                session.add(Membership(run_id=run.id, customer_id=person.id, segment_id=dice.choice(segments).id))
            for place in range(dice.randrange(9)):
                session.add_all(something(dice, person.id, f"{n}-{place}", products))
            if dice.random() < 0.6:
                at = TEN - dice.randrange(40) * DAY
                session.add(
                    Message(
                        campaign_id=campaign.id,
                        customer_id=person.id,
                        was_eligible=True,
                        state=dice.choice([State.SENT, State.READ, State.WITHHELD]),
                        counts_from=at,
                        planned_at=at,
                        sent_at=at,
                        read_at=dice.choice([None, at + DAY]),
                    )
                )


def something(dice: Random, who: int, ref: str, products: Sequence[Product]) -> list[Interaction]:
    """An order, perhaps with what came back of it; or a view, a click, a message."""
    at = TEN - timedelta(days=dice.randrange(400), minutes=dice.randrange(1440))
    place, kind = dice.choice(["pos", "shopee"]), dice.choice([*Kind, Kind.PURCHASE, Kind.PURCHASE])
    if kind not in (Kind.PURCHASE, Kind.RETURN):
        return [
            Interaction(
                customer_id=who, kind=kind, at=at, platform=place, product_id=dice.choice([None, products[0].id])
            )
        ]
    order = dice.choice([ref, ref, None])
    lines = [
        Interaction(
            customer_id=who, kind=Kind.PURCHASE, at=at, platform=place, product_id=dice.choice(products).id,
            quantity=dice.choice([None, 1, 2]), amount_minor=dice.choice([None, 20_000, 50_000]),
            currency=dice.choice(["IDR", "IDR", "USD"]), order_ref=order,
        )
        for _ in range(dice.randrange(1, 4))
    ]  # fmt: skip
    back = lines if dice.random() < 0.4 else lines[: dice.randrange(2)]
    back = back if kind == Kind.RETURN else []
    given = [
        Interaction(**{**each.model_dump(exclude={"id"}), "kind": Kind.RETURN, "at": at + 3 * DAY}) for each in back
    ]
    return [*lines, *given]


def read(database: Database) -> Books:
    with database.reading() as session:
        people = session.exec(select(Customer).order_by(col(Customer.id))).all()

        def of(rows: Sequence[object], what: Callable[[object], object] = lambda row: row) -> dict[int, list[object]]:
            found: dict[int, list[object]] = {each.id: [] for each in people}
            for row in rows:
                found[row.customer_id].append(what(row))  # type: ignore[attr-defined]
            return found

        keys = dict(session.exec(select(Segment.id, Segment.key)).all())
        return Books(
            people,
            of(session.exec(select(Interaction)).all()),  # type: ignore[arg-type]
            of(session.exec(select(Message)).all()),  # type: ignore[arg-type]
            {
                who: set(each)
                for who, each in of(session.exec(select(Address)).all(), lambda row: row.channel).items()
            },  # type: ignore[attr-defined,arg-type]
            {
                who: set(each)
                for who, each in of(
                    session.exec(select(Membership)).all(),
                    lambda row: keys[row.segment_id],  # type: ignore[attr-defined]
                ).items()
            },  # type: ignore[arg-type]
            {each.id: each for each in session.exec(select(Product)).all()},
        )


def within(at: datetime, span: Span) -> bool:
    """By the shop's calendar, day by day."""
    if span.days is not None:
        return TEN - timedelta(days=span.days) <= at
    day, today = at.astimezone(ZONE).date(), TEN.astimezone(ZONE).date()
    match span.stretch:
        case Stretch.THIS_MONTH:
            return (day.year, day.month) == (today.year, today.month)
        case Stretch.LAST_YEAR:
            return day.year == today.year - 1
        case Stretch.LAST_WEEK:
            return day.isocalendar()[:2] == (today - timedelta(days=7)).isocalendar()[:2]
        case Stretch.SINCE_LAST_MONTH:
            return (day.year * 12 + day.month) >= (today.year * 12 + today.month - 1)
    return (span.since is None or day >= span.since) and (span.until is None or day <= span.until)


def means(goods: Sequence[Goods], product: Product | None) -> bool:
    if not goods:
        return True
    if product is None:
        return False
    name, category, brand = product.name.lower(), product.category.lower(), product.brand.lower()
    return any(
        {
            Called.CATEGORY: category == each.value.lower(),
            Called.BRAND: brand == each.value.lower(),
            Called.PRODUCT: product.sku == each.value,
            Called.WORDS: set(each.value.split()) <= set(name.split()),
        }[each.called]
        for each in goods
    )


def kept(lines: Sequence[Interaction]) -> list[Interaction]:
    """The purchases whose order did not come back whole."""

    def is_gone(line: Interaction) -> bool:
        if line.order_ref is None:
            return False
        same = [each for each in lines if (each.order_ref, each.platform) == (line.order_ref, line.platform)]
        went, back = (
            sum(1 if each.quantity is None else each.quantity for each in same if each.kind == kind)
            for kind in (Kind.PURCHASE, Kind.RETURN)
        )
        return any(each.kind == Kind.RETURN for each in same) and back >= went

    return [each for each in lines if each.kind == Kind.PURCHASE and not is_gone(each)]


def meets(books: Books, person: Customer, asked: Condition) -> bool:
    match asked:
        case Not(inner):
            return not meets(books, person, inner)
        case All(parts):
            return all(meets(books, person, each) for each in parts)
        case Either(parts):
            return any(meets(books, person, each) for each in parts)
        case Spent():
            return spent(books, books.done[person.id], asked)
        case Did():
            return asked.least <= times(books, person, asked) <= (asked.most or 10**9)
    return is_so(books, person, asked)


def is_so(books: Books, person: Customer, asked: Condition) -> bool:
    match asked:
        case LivesIn(city):
            return person.city.casefold() == city.casefold()
        case Speaks(language):
            return (person.language or SHOP.language) == language
        case Reached(channel):
            return channel in books.chats[person.id]
        case Belongs(key):
            return key in books.segments[person.id]
        case BornIn(month):
            return person.birthday is not None and int(person.birthday[:2]) == (month or 11)
        case Joined(span):
            return within(min([person.created_at, *(each.at for each in books.done[person.id])]), span)
    raise AssertionError(asked)


def times(books: Books, person: Customer, asked: Did) -> int:
    done, offers = books.done[person.id], books.offers[person.id]
    if asked.doing is Doing.OPENED:
        return sum(each.read_at is not None and within(each.read_at, asked.span) for each in offers)
    if asked.doing is Doing.REPLIED:
        said = [each.at for each in done if each.kind == Kind.MESSAGE_IN and within(each.at, asked.span)]
        return sum(
            each.state in (State.SENT, State.DELIVERED, State.READ)
            and any(each.sent_at <= at < each.sent_at + 7 * DAY for at in said)  # type: ignore[operator]
            for each in offers
        )
    lines = kept(done) if asked.doing is Doing.BOUGHT else [each for each in done if each.kind in KINDS[asked.doing]]
    found = [
        each
        for each in lines
        if within(each.at, asked.span)
        and means(asked.goods, books.products.get(each.product_id or 0))
        and asked.place in ("", each.platform)
    ]
    return len({each.order_ref or each.id for each in found}) if asked.doing is Doing.BOUGHT else len(found)


def spent(books: Books, done: Sequence[Interaction], asked: Spent) -> bool:
    def counts(each: Interaction) -> bool:
        is_meant = means(asked.goods, books.products.get(each.product_id or 0))
        return is_meant and each.currency == "IDR" and asked.place in ("", each.platform)

    whole = kept(done)
    paid = [each for each in whole if within(each.at, asked.span) and counts(each)]
    back = [
        each
        for each in done
        if each.kind == Kind.RETURN and counts(each) and each.order_ref is not None
        for order in [[line for line in whole if (line.order_ref, line.platform) == (each.order_ref, each.platform)]]
        if order and within(min(line.at for line in order), asked.span)
    ]
    if not paid and not back:
        return False
    total = sum(each.amount_minor or 0 for each in paid) - sum(each.amount_minor or 0 for each in back)
    return (asked.least or -(10**9)) <= total <= (asked.most or 10**9)


def spans(dice: Random) -> Span:
    first = (TEN - dice.randrange(400) * DAY).astimezone(ZONE).date()
    return dice.choice(
        [
            EVER,
            Span(days=dice.choice([10, 30, 90, 365])),
            Span(since=first),
            Span(until=first),
            Span(since=first, until=first + timedelta(days=100)),
            Span(stretch=Stretch.THIS_MONTH),
            Span(stretch=Stretch.LAST_WEEK),
            Span(stretch=Stretch.LAST_YEAR),
            Span(stretch=Stretch.SINCE_LAST_MONTH),
        ]
    )


def some_goods(dice: Random) -> tuple[Goods, ...]:
    return tuple(dice.sample(GOODS, dice.choice([0, 0, 1, 2])))


def did(dice: Random) -> Did:
    doing = dice.choice([*Doing, Doing.BOUGHT, Doing.BOUGHT])
    least = dice.choice([1, 1, 2, 3])
    has_goods = doing not in (Doing.OPENED, Doing.REPLIED, Doing.SEEN)
    return Did(
        doing, some_goods(dice) if has_goods else (), least, dice.choice([None, None, least, least + 2]), spans(dice),
        dice.choice(["", "", "pos"]) if has_goods else "",
    )  # fmt: skip


def condition(dice: Random, deep: int = 2) -> Condition:
    if deep and dice.random() < 0.5:
        parts = tuple(condition(dice, deep - 1) for _ in range(2))
        return dice.choice([All(parts), Either(parts), Not(parts[0])])
    least = dice.choice([None, 1, 50_000])
    return dice.choice(
        [
            did(dice),
            did(dice),
            Spent(least, dice.choice([None, 60_000]), some_goods(dice), spans(dice), dice.choice(["", "shopee"])),
            LivesIn(dice.choice(["Medan", "évry", "Mars"])),
            Speaks(dice.choice(["id", "en"])),
            Reached(dice.choice(["whatsapp", "telegram"])),
            Belongs(dice.choice(["at_risk", "champions", "gone"])),
            BornIn(dice.choice([0, 8, 11])),
            Joined(spans(dice)),
        ]
    )


@pytest.mark.parametrize("seed", range(4))
def test_the_database_finds_whom_one_finds_by_looking_at_everything(database: Database, seed: int) -> None:
    a_shop(database, seed)
    books, dice = read(database), Random(1_000 + seed)
    with database.reading() as session:
        asking = Asking(session, SHOP, TEN)
        told_apart = 0
        for _ in range(60):
            asked = condition(dice)
            found = session.exec(select(Customer.id).where(matching.holds(asked, asking)).order_by(col(Customer.id)))
            expected = [each.id for each in books.people if meets(books, each, asked)]
            assert list(found) == expected, asked
            told_apart += 0 < len(expected) < len(books.people)
    assert told_apart > 20, "most conditions find some people and not others"
