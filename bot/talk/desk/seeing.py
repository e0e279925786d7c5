"""What the owner looks at: the day, who buys, what sells, one customer, and what is worth doing."""

from __future__ import annotations

import re

from bot.talk.desk import advice, bundles, card, futures, grouping, moves, products, segments, today
from bot.talk.desk.command import Command
from bot.talk.desk.hours import told as hours_told
from bot.talk.replies import Teller
from bot.talk.turn import Turn
from campaigns import insights
from campaigns.choosing import suggestions
from campaigns.looking import bundles as looking_at_bundles
from campaigns.looking import people
from campaigns.looking import today as looking_at_today
from campaigns.looking.futures import outlook
from campaigns.looking.products import shelves
from campaigns.problems import Problem
from campaigns.words.composing import Reply
from ledger import audit
from ledger.tables import Role

NUMBER = re.compile(r"#?\s*([0-9]{1,4})")
MOVED = ("moved", "moves", "pindah", "perpindahan", "yang pindah", "who moved")
"""After /segments: not one of them, but who changed places."""
LOOKED_AT, LOOKED_FOR = "looked at a customer", "looked for customers"
"""What the audit says of it; the words somebody was looked for by may be a name, and stay out."""


def answer_today(turn: Turn, teller: Teller, _said: str) -> list[Reply]:
    return [today.told(teller, looking_at_today.today(turn.session, turn.shop, turn.now))]


def answer_segments(turn: Turn, teller: Teller, said: str) -> list[Reply]:
    if said.strip().casefold() in MOVED:
        return [moves.told(turn.session, teller)]
    grouped = grouping.answer(turn, teller, said)
    if grouped is not None:
        return grouped
    if said.strip():
        return [segments.one(turn.session, teller, said, turn.channels, turn.now)]
    return [segments.overview(turn.session, teller)]


def answer_bundles(turn: Turn, teller: Teller, said: str) -> list[Reply]:
    number = NUMBER.fullmatch(said.strip())
    if number:
        return [bundles.one(teller, looking_at_bundles.bundle(turn.session, int(number[1])))]
    return [bundles.overview(teller, looking_at_bundles.bundles(turn.session))]


def answer_products(turn: Turn, teller: Teller, said: str) -> list[Reply]:
    there = shelves(turn.session, turn.now)
    if said.strip():
        return [products.found(teller, there, said, turn.now)]
    return [products.overview(teller, there, turn.now)]


def answer_customer(turn: Turn, teller: Teller, said: str) -> list[Reply]:
    """Whoever looks somebody up stands in the audit, with whom they found."""
    if not said.strip():
        raise Problem("whose_card")
    role = turn.role or Role.STAFF
    found = people.find(turn.session, said, turn.shop.region)
    if len(found) > 1:
        audit.record(turn.session, turn.now, turn.actor, LOOKED_FOR, numbers=[each.id for each in found])
        return [card.choice(teller, found, role)]
    audit.record(turn.session, turn.now, turn.actor, LOOKED_AT, str(found[0].id))
    return [card.told(teller, people.card(turn.session, found[0], turn.channels, turn.shop, turn.now), role)]


def answer_insights(turn: Turn, teller: Teller, _said: str) -> list[Reply]:
    role = turn.role or Role.STAFF
    goals = turn.composer.catalog.keys()
    found = suggestions.suggestions(turn.session, turn.channels, goals, turn.shop, turn.now, role=role)
    currency = insights.currency(turn.session) or turn.shop.currency
    return [advice.told(teller, found, futures.of_all(teller, outlook(turn.session), currency, role))]


def answer_hours(turn: Turn, teller: Teller, _said: str) -> list[Reply]:
    return [hours_told(turn.session, teller)]


COMMANDS = {
    "today": Command(Role.STAFF, answer_today, also=("hari_ini",)),
    "insights": Command(Role.STAFF, answer_insights, also=("temuan",)),
    "segments": Command(Role.STAFF, answer_segments, also=("segmen", "segment")),
    "bundles": Command(Role.STAFF, answer_bundles, also=("paket",)),
    "products": Command(Role.STAFF, answer_products, also=("produk",)),
    "customer": Command(Role.STAFF, answer_customer, also=("pelanggan",)),
    "hours": Command(Role.STAFF, answer_hours, also=("jam_ramai",)),
}
