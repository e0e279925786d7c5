"""Whom something is sold to, as it is said at the counter: a number, a name, or a guest."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlmodel import Session

from bot.talk.desk.sale_lines import CannotSell
from campaigns.words.wording import first_name
from ledger import customers, selling
from ledger.customers import UnknownCustomer
from ledger.identity import phone
from ledger.tables import Customer

GUESTS = frozenset({"-", "–", "—", "tamu", "guest", "umum", "anonim", "walkin"})
"""How somebody is called whom the shop does not know."""
NUMBERS = re.compile(r"[+0-9()./ -]+")
OWN_NUMBER = re.compile(r"#?([0-9]{1,9})")
ADDRESSING = frozenset({"bu", "ibu", "pak", "bapak", "kak", "kakak", "mas", "mbak", "bang", "mr", "mrs", "ms"})
MOST_NAME_WORDS = 4


def find(session: Session, region: str, words: Sequence[str]) -> tuple[int | None, str]:
    """Who it was sold to, None for a guest, and the words after them. Raises CannotSell.

    The more words name somebody, the surer it is them. ``region`` is the country of numbers written without one.
    """
    if words[0].casefold().rstrip(":") in GUESTS:
        return None, " ".join(words[1:])
    for n in range(min(len(words) - 1, MOST_NAME_WORDS), 0, -1):
        said, rest = " ".join(words[:n]).rstrip(":,"), " ".join(words[n:])
        found = _by_number(session, region, said) if NUMBERS.fullmatch(said) else None
        if found is None and OWN_NUMBER.fullmatch(said):
            found = _by_own_number(session, said)
        people = [found] if found is not None else _by_name(session, said)
        if len(people) == 1:
            return people[0].id, rest
        if people:
            # What staff may see of people: what one calls them, and their number in our books.
            known = "; ".join(f"#{each.id} {first_name(each.name)}".rstrip() for each in people)
            raise CannotSell("sold_whom", name=said, known=known, number=people[0].id, rest=rest)
    if phone(words[0], region) is not None:
        raise CannotSell("sold_unknown_number", rest=" ".join(words[1:]))
    raise CannotSell("sold_who", name=words[0], rest=" ".join(words[1:]))


def _by_number(session: Session, region: str, said: str) -> Customer | None:
    if sum(map(str.isdigit, said)) < 7:
        return None
    try:
        return customers.find(session, said, region)
    except UnknownCustomer:
        return None


def _by_own_number(session: Session, said: str) -> Customer | None:
    return customers.here(session, int(said.removeprefix("#")))


def _by_name(session: Session, said: str) -> Sequence[Customer]:
    if said.isdigit():
        return ()
    words = said.split()
    is_addressed = len(words) > 1 and words[0].casefold() in ADDRESSING
    return selling.customers_named(session, said) or (
        selling.customers_named(session, " ".join(words[1:])) if is_addressed else ()
    )
