"""What the words of a segment may name in this shop: its goods, its customers' cities, its segments and channels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session, col

from bot.talk.desk.groups.cutting import Around
from bot.talk.desk.groups.naming import Names
from bot.talk.desk.groups.saying import Titles
from campaigns import insights
from campaigns.grouping import members, ways
from campaigns.shop import LANGUAGES, Shop
from campaigns.words.composing import Composer
from ledger.catalog import folded
from ledger.tables import Address, Customer, Product

MESSENGERS = ("whatsapp", "telegram")


def names(session: Session, composer: Composer, shop: Shop, now: datetime) -> Names:
    """As things stand now."""
    rows = _products(session)
    titles = [(sku, folded(name or sku)) for sku, name, _, _ in rows]
    known = Counter(title for _, title in titles)
    places = _places(session, shop, now)
    return Names(
        categories=_shelf(category for *_, category, _ in rows),
        brands=_shelf(brand for *_, brand in rows),
        products={folded(sku): sku for sku, _ in titles} | {title: sku for sku, title in titles if known[title] == 1},
        titles=titles,
        cities=_shelf(_cities(session)),
        segments=_segments(session, composer),
        places={folded(each): each for each in places} | {folded(ways.proper(each)): each for each in places},
        chats=_chats(session),
        also=_also(composer),
    )


def _also(composer: Composer) -> dict[str, str]:
    """What goods are called in the other language, to what shops here call them."""
    return {
        folded(word): folded(name)
        for language in LANGUAGES
        for name, listed in composer.shelf(language, "goods_also").items()
        for word in listed.split(",")
    }


def titles(session: Session, composer: Composer, shop: Shop, language: str, now: datetime) -> Titles:
    """How what is found is said back: a product by its number where another has the same name."""
    rows = [(sku, name or sku) for sku, name, _, _ in _products(session)]
    known = Counter(folded(name) for _, name in rows)
    segments = {each.key for each in (*insights.segments(session), *insights.micro_segments(session))}
    return Titles(
        currency=currency(session, shop, now),
        products={sku: name if known[folded(name)] == 1 and '"' not in name else sku for sku, name in rows},
        segments={key: composer.shelf(language, "segments").get(key, key) for key in segments},
        places={each: ways.proper(each) for each in _places(session, shop, now)},
    )


def around(session: Session, shop: Shop, language: str, now: datetime, known: Names) -> Around:
    """What dates, sums and long names are read by."""
    today = now.astimezone(shop.zone).date()
    return Around(today, currency(session, shop, now), language, known.longer())


def currency(session: Session, shop: Shop, now: datetime) -> str:
    return members.asked(session, shop, now).currency


def _products(session: Session) -> list[tuple[str, str, str, str]]:
    columns = (col(Product.sku), col(Product.name), col(Product.category), col(Product.brand))
    rows = session.connection().execute(select(*columns).order_by(col(Product.id)))
    return [(sku, name, category, brand) for sku, name, category, brand in rows]


def _cities(session: Session) -> list[str]:
    wanted = select(col(Customer.city)).where(col(Customer.city) != "", col(Customer.erased_at).is_(None))
    return list(session.connection().execute(wanted.group_by(col(Customer.city)).order_by(func.count())).scalars())


def _segments(session: Session, composer: Composer) -> dict[str, str]:
    found: dict[str, str] = {}
    for each in (*insights.segments(session), *insights.micro_segments(session)):
        called = [composer.shelf(language, "segments").get(each.key, each.key) for language in LANGUAGES]
        found |= {folded(name): each.key for name in (each.key, each.key.replace("_", " "), *called)}
    return found


def _places(session: Session, shop: Shop, now: datetime) -> list[str]:
    bought = ways.places(session, members.asked(session, shop, now))
    return [*dict.fromkeys([*sorted(_chats(session)), *bought])]


def _chats(session: Session) -> frozenset[str]:
    there = session.connection().execute(select(col(Address.channel)).distinct()).scalars()
    return frozenset([*MESSENGERS, *there])


def _shelf(written: Iterable[str]) -> dict[str, str]:
    """By folded name, as it was written last."""
    return {folded(each): " ".join(each.split()) for each in written if each.strip()}
