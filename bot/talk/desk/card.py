"""A customer's card, in words: less of it for whoever need not know."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from babel.dates import format_date

from bot.talk.desk import futures
from bot.talk.replies import Teller
from campaigns.looking.people import Card
from campaigns.words.composing import Laid, Reply, clean
from campaigns.words.wording import first_name
from ledger import money
from ledger.notices import RANK
from ledger.tables import Customer, Role


def told(teller: Teller, card: Card, role: Role) -> Reply:
    """The card as somebody of ``role`` may see it: addresses and spending are for managers and the owner."""
    is_trusted = RANK[role] >= RANK[Role.MANAGER]
    spent = money.in_words(card.spent_minor, card.currency, teller.language)
    return teller.say(
        "customer_card",
        choices=[],
        people=[],
        card={
            "number": card.number,
            "name": called(card.name, whole=is_trusted),
            "since": day(teller, card.since),
            "orders": teller.number(card.orders),
            "last": day(teller, card.last_at),
            "spent": spent if is_trusted and card.orders else "",
            "addresses": [
                f"{teller.composer.shelf(teller.language, 'channels').get(channel, channel)} {masked}"
                for channel, masked in card.addresses
            ]
            if is_trusted
            else [],
            "linked": day(teller, card.linked_at),
            "allows_offers": card.allows_offers,
            "allows_profiling": card.allows_profiling,
            "segment": teller.word("segments", card.segment) if card.segment else "",
            "categories": list(card.categories),
            "foreseen": [
                *(Laid(each) for each in futures.of_one(teller, card.foreseen, card.currency, role)),
                *_offered(teller, card),
            ],
        },
    )


def _offered(teller: Teller, card: Card) -> list[Laid]:
    both = {"again": card.to_buy_again, "new": card.new_to_them}
    return [
        Laid(teller.word("card_offers", key, products=Laid(", ".join(clean(names)))))
        for key, names in both.items()
        if names
    ]


def choice(teller: Teller, people: Sequence[Customer], role: Role) -> Reply:
    """Several may be meant: whose card, by their number."""
    is_trusted = RANK[role] >= RANK[Role.MANAGER]
    command = teller.word("suggested_lines", "customer", number="")
    rows = [
        (each.id, called(each.name, whole=is_trusted), each.city, day(teller, each.created_at)) for each in people
    ]
    return teller.say(
        "customer_card",
        choices=[(f"{number}. {name}", f"{command}{number}") for number, name, _, _ in rows],
        people=rows,
        card=None,
    )


def called(name: str, *, whole: bool) -> str:
    """The name as the team may see it: the first alone, or all of it. A name that is a number or handle stays out."""
    return name if whole else first_name(name)


def day(teller: Teller, at: datetime | None) -> str:
    return format_date(at.astimezone(teller.shop.zone), "d MMMM y", locale=teller.language) if at else ""
