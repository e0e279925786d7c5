"""Conditions as SQL for both databases: whatever a condition says is bound as a value, never written into it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    String,
    and_,
    bindparam,
    cast,
    distinct,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    true,
    type_coerce,
    union_all,
)
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from campaigns import insights
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
    Scored,
    Span,
    Speaks,
    Spent,
)
from campaigns.grouping.spans import bounds
from campaigns.shop import Shop
from campaigns.tables import SENT_STATES, Membership, Message, Segment
from ledger import returned
from ledger.among import Among, Numbers
from ledger.catalog import folded
from ledger.tables import Address, Customer, Interaction, Kind, Product

SIGNS_OF_LIFE = (Kind.MESSAGE_IN, Kind.VIEW, Kind.CLICK, Kind.CART, Kind.PURCHASE, Kind.REVIEW)
KINDS = {
    Doing.BOUGHT: (Kind.PURCHASE,),
    Doing.VIEWED: (Kind.VIEW,),
    Doing.CARTED: (Kind.CART,),
    Doing.REVIEWED: (Kind.REVIEW,),
    Doing.CLICKED: (Kind.CLICK,),
    Doing.SEEN: SIGNS_OF_LIFE,
}
REPLY_WITHIN = timedelta(days=7)
ORDER = func.coalesce(Interaction.order_ref, cast(col(Interaction.id), String))
"""What belongs to one order; a purchase of which no order is known is one by itself."""


@dataclass(frozen=True)
class Asking:
    """By what conditions are asked. ``survey`` reads the loyalty survey's scores, by customer."""

    session: Session
    shop: Shop
    now: datetime
    survey: Callable[[], Mapping[int, float]] = dict

    @property
    def scores(self) -> Mapping[int, float]:
        return self.survey()

    @property
    def zone(self) -> ZoneInfo:
        return self.shop.zone

    @property
    def currency(self) -> str:
        return insights.currency(self.session) or self.shop.currency


def holds(condition: Condition, asking: Asking) -> ColumnElement[bool]:
    """What holds of a row of Customer that meets the condition."""
    match condition:
        case Not(inner):
            return ~holds(inner, asking)
        case All(parts):
            return and_(true(), *(holds(each, asking) for each in parts))
        case Either(parts):
            return or_(false(), *(holds(each, asking) for each in parts))
        case Joined(span):
            return _first_seen(span, asking)
        case Scored():
            return _scored(condition, asking)
        case Did() if _is_plain(condition, asking):
            return _ever_did(condition, asking)
        case Did() | Spent() | Reached() | Belongs():
            return col(Customer.id).in_(_who(condition, asking))
    return _told(condition, asking)


def _who(condition: Did | Spent | Reached | Belongs, asking: Asking) -> Any:
    """The numbers of those who meet it."""
    match condition:
        case Did():
            return _who_did(condition, asking)
        case Spent():
            return _who_spent(condition, asking)
        case Belongs(segment):
            return _members(segment, asking)
        case Reached(channel):
            return select(col(Address.customer_id)).where(col(Address.channel) == channel)


def _told(condition: LivesIn | Speaks | BornIn, asking: Asking) -> ColumnElement[bool]:
    """What customers said of themselves."""
    match condition:
        case LivesIn(city):
            return _lives_in(city, asking)
        case Speaks(language):
            return func.coalesce(col(Customer.language), asking.shop.language) == language
        case BornIn(month):
            wanted = month or asking.now.astimezone(asking.zone).month
            return func.substr(col(Customer.birthday), 1, 2) == f"{wanted:02}"


def products(session: Session, goods: Iterable[Goods]) -> dict[Goods, set[int]]:
    """The numbers of the products each of these means, as the shop has them now."""
    wanted = list(goods)
    if not wanted:
        return {}
    columns = select(col(Product.id), col(Product.sku), col(Product.name), col(Product.category), col(Product.brand))
    rows = session.connection().execute(columns).all()
    return {each: {number for number, *facts in rows if _means(each, *facts)} for each in wanted}


def _means(goods: Goods, sku: str, name: str, category: str, brand: str) -> bool:
    match goods.called:
        case Called.CATEGORY:
            return folded(category) == folded(goods.value)
        case Called.BRAND:
            return folded(brand) == folded(goods.value)
        case Called.PRODUCT:
            return sku == goods.value
        case Called.WORDS:
            named = folded(name or sku).split()
            return all(any(each.startswith(word) for each in named) for word in folded(goods.value).split())


def among(column: Any, numbers: Collection[int]) -> ColumnElement[bool]:
    """Whether ``column`` is one of the numbers, however many: they are one parameter."""
    return Among(column, bindparam(None, sorted(numbers), type_=Numbers(), unique=True))


def _who_did(did: Did, asking: Asking) -> Any:
    if did.doing is Doing.OPENED:
        return _who_opened(did, asking)
    if did.doing is Doing.REPLIED:
        return _who_replied(did, asking)
    rows = select(col(Interaction.customer_id)).where(
        *_rows(KINDS[did.doing], did.goods, did.span, did.place, asking)
    )
    is_order = did.doing is Doing.BOUGHT
    if is_order:
        rows = rows.where(col(Interaction.id).not_in(came_back()))
    if did.least == 1 and did.most is None:
        return rows
    times = func.count(distinct(ORDER)) if is_order else func.count()
    return rows.group_by(col(Interaction.customer_id)).having(*_between(times, did))


def _is_plain(did: Did, asking: Asking) -> bool:
    """Whether it is enough to find one such deed of each, from whenever: most will have one, found at once."""
    is_once = did.least == 1 and did.most is None and did.doing in KINDS and not did.goods and not did.place
    return is_once and bounds(did.span, asking.now, asking.zone)[0] is None


def _ever_did(did: Did, asking: Asking) -> ColumnElement[bool]:
    theirs = [col(Interaction.customer_id) == col(Customer.id), *_rows(KINDS[did.doing], (), did.span, "", asking)]
    if did.doing is Doing.BOUGHT:
        theirs.append(col(Interaction.id).not_in(came_back()))
    return exists().where(*theirs).correlate(Customer)


def _rows(
    kinds: tuple[Kind, ...], goods: tuple[Goods, ...], span: Span, place: str, asking: Asking
) -> list[ColumnElement[bool]]:
    when = _within(col(Interaction.at), span, asking)
    found = [col(Interaction.kind).in_(kinds) if len(kinds) > 1 else col(Interaction.kind) == kinds[0], *when]
    if goods:
        meant = products(asking.session, goods)
        found.append(among(col(Interaction.product_id), set().union(*meant.values())))
    return [*found, col(Interaction.platform) == place] if place else found


def _within(column: Any, span: Span, asking: Asking) -> list[ColumnElement[bool]]:
    since, until = bounds(span, asking.now, asking.zone)
    return [*([column >= since] if since is not None else []), *([column < until] if until is not None else [])]


def _between(counted: Any, bounds_: Did | Spent) -> list[ColumnElement[bool]]:
    least, most = bounds_.least, bounds_.most
    return [*([counted >= least] if least is not None else []), *([counted <= most] if most is not None else [])]


def came_back() -> Any:
    """The purchases that came back whole, as ledger/returned.py says it, found once from the few returns."""
    back, bought, line = aliased(Interaction), aliased(Interaction), aliased(Interaction)
    order: tuple[Any, ...] = (back.customer_id, back.platform, back.order_ref)
    came = (
        select(*order, func.sum(func.coalesce(back.quantity, 1)).label("pieces"))
        .where(col(back.kind) == Kind.RETURN, col(back.order_ref).is_not(None))
        .group_by(*order)
        .subquery()
    )

    def is_of_it(row: Any) -> ColumnElement[bool]:
        return and_(
            row.order_ref == came.c.order_ref,
            row.customer_id == came.c.customer_id,
            row.kind == Kind.PURCHASE,
            row.platform == came.c.platform,
        )

    went = select(func.sum(func.coalesce(bought.quantity, 1))).where(is_of_it(bought)).scalar_subquery()
    return select(col(line.id)).join(came, is_of_it(line)).where(came.c.pieces >= went)


def paid(spent: Spent, asking: Asking) -> dict[int, int]:
    """What each paid, by customer, of all who bought then: the bounds aside."""
    lines = _lines(spent, asking)
    sums = select(lines.c.who, func.sum(lines.c.amount)).group_by(lines.c.who)
    return {who: int(amount) for who, amount in asking.session.connection().execute(sums)}


def _who_spent(spent: Spent, asking: Asking) -> Any:
    lines = _lines(spent, asking)
    return select(lines.c.who).group_by(lines.c.who).having(*_between(func.sum(lines.c.amount), spent))


def _lines(spent: Spent, asking: Asking) -> Any:
    """What was paid, less what came back of orders of that time of which something was kept."""
    bought = _rows((Kind.PURCHASE,), spent.goods, spent.span, spent.place, asking)
    currency, amount = col(Interaction.currency) == asking.currency, func.coalesce(col(Interaction.amount_minor), 0)
    since, until = bounds(spent.span, asking.now, asking.zone)
    back = _rows((Kind.RETURN,), spent.goods, EVER, spent.place, asking)
    return union_all(
        select(col(Interaction.customer_id).label("who"), amount.label("amount")).where(
            *bought, currency, col(Interaction.id).not_in(came_back())
        ),
        select(col(Interaction.customer_id), -amount).where(
            *back, currency, returned.came_back_of_kept(since, until)
        ),
    ).subquery()


def _who_opened(did: Did, asking: Asking) -> Any:
    who: Any = col(Message.customer_id)
    read = select(who).where(col(Message.read_at).is_not(None), *_within(col(Message.read_at), did.span, asking))
    return read.group_by(who).having(*_between(func.count(), did))


def _who_replied(did: Did, asking: Asking) -> Any:
    """Offers after which they wrote, each counted once."""
    offer: Any = aliased(Message)
    said: Any = aliased(Interaction)
    soon = exists().where(
        said.customer_id == offer.customer_id,
        said.kind == Kind.MESSAGE_IN,
        said.at >= offer.sent_at,
        said.at < _later(offer.sent_at, REPLY_WITHIN, asking),
        *_within(said.at, did.span, asking),
    )
    answered = select(offer.customer_id).where(offer.state.in_(SENT_STATES), soon)
    return answered.group_by(offer.customer_id).having(*_between(func.count(), did))


def _later(column: Any, span: timedelta, asking: Asking) -> Any:
    if asking.session.get_bind().dialect.name == "postgresql":
        return column + literal(span)
    return type_coerce(column, BigInteger) + literal(span // timedelta(microseconds=1), BigInteger)


def _lives_in(city: str, asking: Asking) -> ColumnElement[bool]:
    """Folded here and not in the database: SQLite folds plain letters alone."""
    written = select(col(Customer.city)).where(col(Customer.city) != "").distinct()
    wanted = folded(city)
    same = [each for each in asking.session.connection().execute(written).scalars() if folded(each) == wanted]
    return col(Customer.city).in_(same)


def _first_seen(span: Span, asking: Asking) -> ColumnElement[bool]:
    """By when they were written down, or by their first interaction where that is earlier."""
    since, until = bounds(span, asking.now, asking.zone)
    found: list[ColumnElement[bool]] = []
    if since is not None:
        found += [col(Customer.created_at) >= since, ~_did_before(since)]
    if until is not None:
        found.append(or_(col(Customer.created_at) < until, _did_before(until)))
    return and_(true(), *found)


def _did_before(at: datetime) -> ColumnElement[bool]:
    return col(Customer.id).in_(select(col(Interaction.customer_id)).where(col(Interaction.at) < at))


def _members(key: str, asking: Asking) -> Any:
    run = insights.current_run(asking.session)
    place = or_(col(Membership.segment_id) == col(Segment.id), col(Membership.micro_id) == col(Segment.id))
    named = select(col(Membership.customer_id)).join(Segment, place)
    number = run.id if run is not None else 0
    return named.where(col(Membership.run_id) == number, col(Segment.run_id) == number, col(Segment.key) == key)


def _scored(scored: Scored, asking: Asking) -> ColumnElement[bool]:
    if scored.least is None and scored.most is None:
        return ~among(col(Customer.id), asking.scores.keys())
    low, high = scored.least or float("-inf"), scored.most or float("inf")
    return among(col(Customer.id), [who for who, score in asking.scores.items() if low <= score <= high])
