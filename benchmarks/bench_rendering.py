"""How many personal offers one core puts into words a second, and how near that is to the template engine alone.

Every message has its own name, products, reasons, voucher and link, in both languages and by each goal's own words.
Peer: bare Jinja2, `Template.render` of the same compiled template with the same values, ready and clean.
Budget: at least 20,000 a second of the processor. Run: python benchmarks/bench_rendering.py
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from random import Random

from jinja2 import Template

from benchmarks.measuring import arguments, best_work, leave
from campaigns.choosing.audiences import Candidate
from campaigns.choosing.choices import Choice, Item
from campaigns.choosing.offers import PERSONAL
from campaigns.choosing.shelf import Shelf
from campaigns.launching.drafts import OWN_WORDS, Variant
from campaigns.sending.gate import Facts
from campaigns.shop import LANGUAGES, Shop
from campaigns.tables import Campaign
from campaigns.words import wording
from campaigns.words.composing import Composer, clean, message_path
from campaigns.words.filling import values_for
from campaigns.words.vouchers import Ticket
from ledger.tables import Product

LEAST_PER_SECOND = 20_000
PRODUCTS = 2_000
NOW = datetime(2026, 11, 2, 3, tzinfo=UTC)
SHOP = Shop(name="Toko Oleh-Oleh Ratna", public_url="https://toko.example.com")
NAMES = ("Sari Dewi", "Bu Siti Aminah", "Budi", "Pak Joko", "Maharani Putri", "Andi Wijaya", "+62 21 5550 1234")
KINDS = ("Kopi Gayo", "Keripik Tempe Pedas", "Teh Melati", "Sambal Bawang", "Gula Aren Cair", "Batik Tulis")
REASONS = ("because_you_bought", "bought_together_with", "people_like_you", "similar_to", "buy_again", None)
FACTS = {
    "winback": lambda lots: {"last_product": lots.randint(1, PRODUCTS), "days_away": lots.randint(14, 400)},
    "bundle": lambda lots: {"because": lots.randint(1, PRODUCTS)},
    "thank_you": lambda lots: {"orders": lots.randint(1, 90), "favourite": lots.randint(1, PRODUCTS)},
    "replenishment": lambda _lots: {"is_due": True},
}
GOALS = sorted(set(PERSONAL) - {OWN_WORDS})
Offer = tuple[Campaign, Variant, Candidate, tuple[Choice, bool], str, Ticket | None]


def shelf() -> Shelf:
    lots = Random(1)
    products = {
        n: Product(
            id=n,
            sku=f"S{n}",
            name=f"{lots.choice(KINDS)} {n} {lots.choice((100, 250, 500))} gram",
            currency="IDR",
            price_minor=lots.randint(10, 900) * 500,
            stock=99,
        )
        for n in range(1, PRODUCTS + 1)
    }
    return Shelf(products, (), (), (), (), NOW)


def offers(n: int) -> list[Offer]:
    """As they come from the choosing: a campaign after the other, with its variants, to people of both languages."""
    lots, made = Random(2), []
    for number in range(n):
        template = GOALS[number * len(GOALS) // n]
        items = tuple(
            Item(product, lots.choice(REASONS), lots.randint(1, PRODUCTS))
            for product in lots.sample(range(1, PRODUCTS + 1), lots.randint(2, 4))
        )
        choice = Choice(items, FACTS.get(template, lambda _lots: {})(lots), is_bundle=template == "bundle")
        person = Candidate(
            number, lots.choice(NAMES), lots.choice(LANGUAGES), "explorers", number, "1", True, Facts()
        )
        ticket = Ticket(f"7JG-BVT-{number:03}", date(2026, 11, 16)) if lots.random() < 0.8 else None
        form = Variant(discount_percent=lots.choice((10, 15)) if ticket else 0)
        campaign = Campaign(template=template, audience="all", holdout_share=0, seed="", created_by="")
        link = f"{SHOP.public_url}/r/{number:016}"
        made.append((campaign, form, person, (choice, True), link, ticket))
    return made


def ready(wanted: list[Offer], shelf: Shelf, composer: Composer) -> list[tuple[Template, dict[str, object]]]:
    """The same messages as the template engine alone is given them."""
    found = []
    for campaign, form, person, (choice, is_personal), link, ticket in wanted:
        values = values_for(form, person, choice, link, 120, ticket, shelf=shelf, shop=SHOP, composer=composer)
        path = message_path(campaign.template, person.language, is_personal=is_personal)
        found.append((composer.environment.get_template(path), clean(values)))
    return found


def main() -> None:
    said = arguments(__doc__, messages=20_000)
    n = 200 if said.small else said.messages
    on_shelf, composer, wanted = shelf(), Composer(), offers(n)

    def word() -> None:
        for campaign, form, person, choice, link, ticket in wanted:
            wording.word_offer(
                campaign, form, person, choice, link, shelf=on_shelf, shop=SHOP, composer=composer, voucher=ticket
            )

    bare = ready(wanted, on_shelf, composer)

    def render() -> None:
        for template, values in bare:
            template.render(values)

    ours, theirs = n / best_work(word), n / best_work(render)
    print(f"{n:,} personal offers in words: {ours:,.0f} a second of the processor, {1e6 / ours:.0f} µs each")
    print(
        f"bare Jinja2 with ready values: {theirs:,.0f}; with finding, cleaning and fitting them {ours / theirs:.0%}"
    )
    leave(is_well=ours >= LEAST_PER_SECOND, is_small=said.small)


if __name__ == "__main__":
    main()
