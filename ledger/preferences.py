"""How customers want to be written to, and what they want to see less of: read by customer, changed at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy import select as sql_select
from sqlmodel import Session, col, select

from ledger import blocks
from ledger.among import is_among
from ledger.tables import About, Degree, Frequency, Preference, Wish


@dataclass(frozen=True)
class Manners:
    """How somebody wants offers. None: as the shop usually does."""

    frequency: Frequency = Frequency.ANY
    quiet_hours: str | None = None
    channel: str | None = None


@dataclass(frozen=True)
class Wishes:
    """What somebody wants in no offer, and what in fewer, with the time they said so."""

    never: frozenset[str] = frozenset()
    """Categories."""
    less: Mapping[str, datetime] = field(default_factory=dict)
    """Categories."""
    never_products: frozenset[int] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.never or self.less or self.never_products)


USUAL = Manners()
NONE = Wishes()


def manners(session: Session, customer_id: int) -> Manners:
    """How one customer wants offers."""
    return manners_of(session, [customer_id]).get(customer_id, USUAL)


MANNERS = sql_select(
    col(Preference.customer_id), col(Preference.frequency), col(Preference.quiet_hours), col(Preference.channel)
)
MANNERS_OF = blocks.Asked(col(Preference.customer_id), MANNERS.where)
WISHES = select(Wish).where(is_among(col(Wish.customer_id)))
"""Asked for every batch of offers: put together once."""


def manners_of(session: Session, customer_ids: Collection[int] | None = None) -> dict[int, Manners]:
    """The manners of everybody who ever set some, or of those asked for."""
    session.flush()
    if customer_ids is None:
        rows = session.connection().execute(MANNERS)
        return {number: Manners(Frequency(often), *rest) for number, often, *rest in rows}
    asked = set(customer_ids)
    rows = session.connection().execute(*MANNERS_OF.of(sorted(customer_ids)))
    return {number: Manners(Frequency(often), *rest) for number, often, *rest in rows if number in asked}


def change(session: Session, customer_id: int, manners: Manners, at: datetime) -> None:
    """From now on offers come like this."""
    session.merge(
        Preference(
            customer_id=customer_id,
            frequency=manners.frequency,
            quiet_hours=manners.quiet_hours,
            channel=manners.channel,
            updated_at=at,
        )
    )
    session.flush()


def wishes(session: Session, customer_id: int) -> Wishes:
    """What one customer wants less of."""
    return wishes_of(session, [customer_id]).get(customer_id, NONE)


def wishes_of(session: Session, customer_ids: Collection[int]) -> dict[int, Wishes]:
    """The wishes of those among these customers who have any."""
    rows: dict[int, list[Wish]] = defaultdict(list)
    for each in session.exec(WISHES, params={"numbers": list(customer_ids)}):
        rows[each.customer_id].append(each)
    return {customer_id: _wishes(said) for customer_id, said in rows.items()}


def wish(session: Session, customer_id: int, about: About, value: str, degree: Degree, at: datetime) -> None:
    """Less of it, or none: the last word about the same thing counts, but who wanted none gets no more by "less"."""
    if degree == Degree.LESS and _is_never(session, customer_id, about, value):
        return
    unwish(session, customer_id, about, value)
    session.add(Wish(customer_id=customer_id, about=about, value=value, degree=degree, at=at))
    session.flush()


def unwish(session: Session, customer_id: int, about: About, value: str) -> None:
    """As much of it again as of anything."""
    session.connection().execute(
        delete(Wish).where(col(Wish.customer_id) == customer_id, col(Wish.about) == about, col(Wish.value) == value)
    )


def unite(session: Session, other_id: int, customer_id: int) -> None:
    """``other_id`` turned out to be ``customer_id``: what either wants less of holds, and of manners the stricter.

    Whose word about quiet hours or the chat for offers came later has it.
    """
    both = select(Preference).where(col(Preference.customer_id).in_((other_id, customer_id)))
    said = session.exec(both.order_by(col(Preference.updated_at), col(Preference.customer_id))).all()
    wished = session.exec(select(Wish).where(Wish.customer_id == other_id).order_by(col(Wish.id))).all()
    if said:
        manners = Manners(
            max((Frequency(each.frequency) for each in said), key=[*Frequency].index),
            next((each.quiet_hours for each in reversed(said) if each.quiet_hours), None),
            next((each.channel for each in reversed(said) if each.channel), None),
        )
        change(session, customer_id, manners, said[-1].updated_at)
    for each in wished:
        wish(session, customer_id, About(each.about), each.value, Degree(each.degree), each.at)
    for table in (Preference, Wish):
        session.connection().execute(delete(table).where(col(table.customer_id) == other_id))
    session.expire_all()


def _is_never(session: Session, customer_id: int, about: About, value: str) -> bool:
    said = select(Wish.degree).where(Wish.customer_id == customer_id, Wish.about == about, Wish.value == value)
    return session.exec(said).first() == Degree.NEVER


def _wishes(said: Collection[Wish]) -> Wishes:
    categories = [each for each in said if each.about == About.CATEGORY]
    return Wishes(
        never=frozenset(each.value for each in categories if each.degree == Degree.NEVER),
        less={each.value: each.at for each in categories if each.degree == Degree.LESS},
        never_products=frozenset(int(each.value) for each in said if each.about == About.PRODUCT),
    )
