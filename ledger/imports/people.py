"""Whose lines these are: customers found by the file's names for them or by their phones, or newly made.

Nobody becomes contactable here. A phone number in a marketplace's file is an address we know of, not a permission.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import polars as pl
from sqlalchemy import bindparam, insert, select, update
from sqlmodel import Session, SQLModel, col

from ledger.customers import parted_from
from ledger.identity import fingerprint, phone
from ledger.imports.lines import LINE, Lines, text
from ledger.imports.report import Note
from ledger.tables import Address, Customer, Identity, Suppression

CHANNEL = "whatsapp"
CHUNK = 5000
MARK_LENGTH = 20
KEYS = ("source", "customer", "phone")
FACTS = ("name", "city", "birthday")

Mark = tuple[str, str]
"""(scope, fingerprint): a source's name for somebody, or a number on the phone channel."""


@dataclass
class Person:
    """One way the file names somebody: a reference, a phone, or both."""

    source: str
    reference: str | None
    number: str | None
    name: str
    city: str
    birthday: str | None = None
    by_reference: Mark | None = None
    by_phone: Mark | None = None
    customer_id: int | None = None

    @property
    def facts(self) -> tuple[str, str, str | None]:
        """What FACTS are of them."""
        return self.name, self.city, self.birthday

    @property
    def marks(self) -> list[Mark]:
        return [mark for mark in (self.by_reference, self.by_phone) if mark is not None]


@dataclass(frozen=True)
class People:
    """``of`` joins on KEYS: ``customer_id`` (null where erased) and ``mark``, a keyed hash for source_ref."""

    of: pl.DataFrame
    added: int
    numbers: int
    """Phones of customers who were known without them."""
    details: int
    """Customers who were known, and of whom a name, a city or a birthday is new."""
    notes: tuple[Note, ...] = ()


@dataclass
class _Home:
    """The customer, here or to be made, that several of the file's names lead to."""

    customer_id: int | None = None
    people: list[Person] = field(default_factory=list)


@dataclass
class _Known:
    """Customers by mark, as the ledger has them and as this file adds to them."""

    by_mark: dict[Mark, int] = field(default_factory=dict)
    erased: set[Mark] = field(default_factory=set)


def settle(session: Session, lines: Lines, *, region: str, now: datetime) -> People:
    """Find or make the customers of the kept lines. Lines of somebody erased get no customer_id."""
    keys, people, unusable = _people(session, lines, region)
    known = _look_up(session, people)
    _keep_out_the_erased(people, known)
    welcome = [person for person in people if not any(mark in known.erased for mark in person.marks)]
    before = set(known.by_mark.values())
    added = _link(session, welcome, known, lines.format, now)
    new_numbers = {each.by_phone for each in welcome if each.by_phone and each.customer_id in before}
    details = _fill_gaps(session, welcome)
    of = keys.with_columns(
        pl.Series("customer_id", [person.customer_id for person in people], dtype=pl.Int64),
        pl.Series("mark", [person.marks[0][1][:MARK_LENGTH] for person in people], dtype=pl.String),
    )
    notes = (Note("no_numbers", {"n": unusable}),) if unusable else ()
    return People(of, added, len(new_numbers - known.by_mark.keys()), details, notes)


def _people(session: Session, lines: Lines, region: str) -> tuple[pl.DataFrame, list[Person], int]:
    wanted = [text(lines.frame, name).alias(name) for name in (*KEYS[1:], *FACTS)]
    kept = lines.frame.lazy().select("source", *wanted, "at", LINE, "reason").filter(pl.col("reason").is_null())
    said = kept.group_by(*KEYS, *FACTS).agg(pl.col("at").max(), pl.col(LINE).min())
    newest_first = said.collect(engine="streaming").sort("at", LINE, descending=[True, False])
    unique = newest_first.group_by(KEYS).agg(pl.col(*FACTS).drop_nulls().first(), pl.col(LINE).min())
    unique = unique.sort(LINE)
    numbers = {raw: phone(raw, region) for raw in unique["phone"].drop_nulls().unique()}
    unusable = sum(number is None for number in numbers.values())
    people = [
        Person(source, reference, numbers.get(raw), name or "", city or "", birthday)
        for source, reference, raw, name, city, birthday in unique.select(*KEYS, *FACTS).iter_rows()
    ]
    for person in people:
        _mark(session, person)
    named = pl.Series([bool(person.marks) for person in people], dtype=pl.Boolean)
    return unique.select(KEYS).filter(named), [person for person in people if person.marks], unusable


def _mark(session: Session, person: Person) -> None:
    if person.reference is not None:
        person.by_reference = (person.source, fingerprint(session, person.source, person.reference))
    if person.number is not None:
        person.by_phone = (CHANNEL, fingerprint(session, CHANNEL, person.number))


def _look_up(session: Session, people: Sequence[Person]) -> _Known:
    known = _Known()
    for scope in {scope for person in people for scope, _ in person.marks}:
        marks = sorted({mark for person in people for where, mark in person.marks if where == scope})
        for start in range(0, len(marks), CHUNK):
            _look_up_some(session, scope, marks[start : start + CHUNK], known)
    return known


def _look_up_some(session: Session, scope: str, marks: Sequence[str], known: _Known) -> None:
    if scope == CHANNEL:
        rows = select(col(Address.fingerprint), col(Address.customer_id)).where(
            col(Address.channel) == scope, col(Address.fingerprint).in_(marks)
        )
        known.by_mark.update(((scope, mark), number) for mark, number in session.execute(rows))
    # A number whose chat turned out another's still means whom imports always meant by it.
    named = {scope, parted_from(scope)}
    rows = select(col(Identity.fingerprint), col(Identity.customer_id)).where(
        col(Identity.source).in_(named), col(Identity.fingerprint).in_(marks)
    )
    by_name = {(scope, mark): number for mark, number in session.execute(rows)}
    known.by_mark.update(by_name)
    gone = select(col(Suppression.fingerprint)).where(
        col(Suppression.scope).in_(named), col(Suppression.fingerprint).in_(marks)
    )
    # Whoever has that name is here; the erased one was somebody else who wrote from the number.
    known.erased.update({(scope, mark) for mark in session.execute(gone).scalars()} - by_name.keys())


def _keep_out_the_erased(people: Iterable[Person], known: _Known) -> None:
    """A stranger whose number is an erased person's may be that person under a new name: they stay out too.

    Somebody known by a name of their own keeps what they buy; only the number is left out.
    """
    for person in people:
        if person.by_phone not in known.erased or not person.by_reference:
            continue
        if person.by_reference in known.by_mark:
            person.by_phone = None
        else:
            known.erased.add(person.by_reference)


def _link(session: Session, people: Sequence[Person], known: _Known, origin: str, now: datetime) -> int:
    """Give everybody a customer. The file's own name for somebody decides before a phone, which may be a gift's."""
    homes = {mark: _Home(customer_id) for mark, customer_id in known.by_mark.items()}
    fresh: list[_Home] = []
    for person in people:
        home = next((homes[mark] for mark in person.marks if mark in homes), None)
        if home is None:
            home = _Home()
            fresh.append(home)
        home.people.append(person)
        for mark in person.marks:
            homes.setdefault(mark, home)
    for number, home in zip(_make(session, [home.people for home in fresh], origin, now), fresh, strict=True):
        home.customer_id = number
    for home in homes.values():
        for person in home.people:
            person.customer_id = home.customer_id
    _remember(session, people, known, origin, now)
    return len(fresh)


def _make(session: Session, groups: Sequence[Sequence[Person]], origin: str, now: datetime) -> list[int]:
    if not groups:
        return []
    rows = [
        {
            "name": next((person.name for person in group if person.name), ""),
            "city": next((person.city for person in group if person.city), ""),
            "birthday": next((person.birthday for person in group if person.birthday), None),
            "source": origin,
            "created_at": now,
        }
        for group in groups
    ]
    made = insert(Customer).returning(col(Customer.id), sort_by_parameter_order=True)
    return list(session.execute(made, rows).scalars())


def _remember(session: Session, people: Sequence[Person], known: _Known, origin: str, now: datetime) -> None:
    """Write down the names and numbers that were not known; one that is known stays with whom it is."""
    identities: dict[Mark, dict[str, Any]] = {}
    addresses: dict[Mark, dict[str, Any]] = {}
    for person in people:
        if person.by_reference and person.by_reference not in known.by_mark:
            scope, mark = person.by_reference
            row = {"source": scope, "reference": person.reference, "fingerprint": mark}
            identities.setdefault(person.by_reference, {"customer_id": person.customer_id, **row})
        if person.by_phone and person.by_phone not in known.by_mark:
            scope, mark = person.by_phone
            row = {"channel": scope, "address": person.number, "fingerprint": mark}
            about = {"customer_id": person.customer_id, "origin": origin, "created_at": now}
            addresses.setdefault(person.by_phone, {**row, **about})
    _insert(session, Identity, list(identities.values()))
    _insert(session, Address, list(addresses.values()))


def _insert(session: Session, table: type[SQLModel], rows: list[dict[str, Any]]) -> None:
    if rows:
        session.connection().execute(insert(table.__table__), rows)  # type: ignore[attr-defined]


def _fill_gaps(session: Session, people: Sequence[Person]) -> int:
    """A name, a city or a birthday that the ledger did not have is taken; one that it has stays. Of how many."""
    told: dict[int, Person] = {}
    for person in people:
        if person.customer_id is not None and any(person.facts):
            told.setdefault(person.customer_id, person)
    table = Customer.__table__  # type: ignore[attr-defined]
    numbers = sorted(told)
    rows: list[dict[str, Any]] = []
    for start in range(0, len(numbers), CHUNK):
        gaps = (table.c.name == "") | (table.c.city == "") | table.c.birthday.is_(None)
        wanted = select(table.c.id, table.c.name, table.c.city, table.c.birthday)
        found = session.execute(wanted.where(gaps, table.c.id.in_(numbers[start : start + CHUNK])))
        for one, *known in found:
            news = [old or new for old, new in zip(known, told[one].facts, strict=True)]
            if news != known:
                rows.append({"this": one, **dict(zip(FACTS, news, strict=True))})
    if rows:
        filled = update(table).where(table.c.id == bindparam("this"))
        values: dict[str, Any] = {name: bindparam(name) for name in FACTS}
        session.connection().execute(filled.values(**values), rows)
    return len(rows)
