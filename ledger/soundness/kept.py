"""Checks of what stands on the shelf and who is known: what is missing, and who or what may stand there twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from sqlmodel import Session, col, select

from ledger import catalog
from ledger.soundness.findings import Check, Finding, counted
from ledger.tables import Customer, Product

FACTS = {
    Check.NO_NAME: "name", Check.NO_PRICE: "price_minor", Check.NO_CATEGORY: "category", Check.NO_COST: "cost_minor",
    Check.NO_STOCK: "stock",
}  # fmt: skip
MOST_EXAMPLES = 3


def shelf(session: Session) -> list[Finding]:
    """Products of which a fact is missing, and names that several codes bear."""
    facts = list(FACTS.values())
    rows = session.exec(select(*(getattr(Product, each) for each in facts))).all()
    found = [
        finding
        for place, check in enumerate(FACTS)
        for finding in counted(check, sum(row[place] in (None, "") for row in rows), len(rows))
    ]
    return [*found, *_twins(Check.TWINS, [row[0] for row in rows])]


def people(session: Session) -> list[Finding]:
    """Customers without a city, and those who bear another's name in another's city. No name leaves this place."""
    here = select(Customer.name, Customer.city).where(
        col(Customer.erased_at).is_(None), col(Customer.merged_into).is_(None)
    )
    rows = session.exec(here).all()
    lacking = sum(not city.strip() for _, city in rows)
    full = [f"{name}\n{city}" for name, city in rows if len(name.split()) > 1 and city.strip()]
    alike = _surplus(full)
    return [
        *counted(Check.NO_CITY, lacking, len(rows)),
        *counted(Check.NAMESAKES, alike, len(rows)),
    ]


def _twins(check: Check, names: Sequence[str]) -> list[Finding]:
    borne = Counter(_folded(each) for each in names if each.strip())
    spelled = {_folded(each): each for each in names}
    most = [spelled[each] for each, n in borne.most_common(MOST_EXAMPLES) if n > 1]
    return counted(check, sum(n - 1 for n in borne.values()), len(names), examples=most)


def _surplus(names: Iterable[str]) -> int:
    return sum(n - 1 for n in Counter(map(_folded, names)).values())


def _folded(name: str) -> str:
    return catalog.folded(" ".join(name.split()))
