"""What the run foresees, in words: never more digits than it knows, and always the n."""

from __future__ import annotations

from babel.dates import format_date
from babel.numbers import format_percent

from bot.talk.replies import Teller
from campaigns.looking.futures import DAYS, Foreseen, Outlook
from ledger import money
from ledger.notices import RANK
from ledger.tables import Role

SEEKS = 0.1
"""Who buys on discount by less than this share oftener than others is not said to wait for it."""
SURE_DIGITS = 3


def of_one(teller: Teller, told: Foreseen | None, currency: str, role: Role) -> list[str]:
    """Lines for a customer's card; what they may spend only for managers and the owner."""
    if told is None:
        return []
    n = teller.number(told.n)
    lines = []
    if told.alive is not None:
        lines.append(teller.word("futures", "alive", chance=_percent(teller, told.alive), n=n))
    if told.expected_visits is not None:
        visits = teller.number(told.expected_visits, 1)
        spend = _amount(teller, told.expected_spend_minor, currency, role)
        lines.append(teller.word("futures", "expected", days=DAYS, visits=visits, spend=spend, n=n))
    if told.due_from is not None and told.due_until is not None:
        first, last = (
            format_date(each, "d MMM y", locale=teller.language) for each in (told.due_from, told.due_until)
        )
        lines.append(teller.word("futures", "due", first=first, last=last, n=n))
    if told.bargain is not None and told.bargain >= SEEKS:
        points, of = _percent(teller, told.bargain), teller.number(told.bargain_n)
        lines.append(teller.word("futures", "bargain", points=points, n=of))
    return lines


def of_all(teller: Teller, told: Outlook | None, currency: str, role: Role) -> str:
    """A sentence or two for the owner; "" where nothing was foreseen."""
    if told is None:
        return ""
    spend = _amount(teller, told.expected_spend_minor, currency, role)
    says = [
        teller.word(
            "futures",
            "outlook",
            days=DAYS,
            visits=teller.number(told.expected_visits),
            spend=spend,
            n=teller.number(told.customers),
        ),
        teller.word(
            "futures",
            "tested" if told.by_model else "tested_plainly",
            days=told.held_out_days,
            foreseen=teller.number(told.foreseen),
            came=teller.number(told.came),
            n=teller.number(told.held_out_n),
        ),
    ]
    if told.seekers:
        seekers, of = teller.number(told.seekers), teller.number(told.seekers_of)
        says.append(teller.word("futures", "seekers", seekers=seekers, n=of))
    return " ".join(says)


def _amount(teller: Teller, minor: float | None, currency: str, role: Role) -> str:
    """An amount that is foreseen, to three digits, for who may see amounts; "" for others."""
    if minor is None or RANK[role] < RANK[Role.MANAGER]:
        return ""
    return money.in_words(_about(minor), currency, teller.language)


def _about(minor: float) -> int:
    """To SURE_DIGITS: to the last rupiah nobody can foresee it."""
    whole = round(minor)
    return round(whole, min(0, SURE_DIGITS - len(str(abs(whole)))))


def _percent(teller: Teller, share: float) -> str:
    return format_percent(share, locale=teller.language)
