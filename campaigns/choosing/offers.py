"""What to put before whom: products and facts for each goal, chosen from the engine's run.

Everything personal comes from a ``Taste``, and there is a Taste only of customers who allowed their history to be
used. The others are offered what the shop would show to anybody, less what they do not want to see.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import chain, islice
from typing import Any

from sqlalchemy import select as sql_select
from sqlmodel import Session, col, func, select

from campaigns import insights
from campaigns.choosing import discovery, goals, sparing
from campaigns.choosing.audiences import Candidate
from campaigns.choosing.choices import NOTHING_TOLD, Choice, Chosen, Ideas, Item, Taste, Told
from campaigns.choosing.discovery import NO_DISCOVERY, Discovery
from campaigns.choosing.goals import LEAVE_ALONE, MOST_ITEMS, PERSONAL, PLAIN
from campaigns.choosing.shelf import Shelf
from campaigns.choosing.sparing import NOTHING
from campaigns.launching.drafts import OWN_WORDS, SURVEY, Trigger
from campaigns.shop import Shop
from campaigns.tables import Campaign, Message
from ledger import birthdays
from ledger.among import is_among
from ledger.tables import Customer, Interaction, Kind

__all__ = [
    "DUE_AGAIN", "MOST_ITEMS", "PERSONAL", "PLAIN", "SOMETHING_NEW", "STILL_WANTED", "Choice", "Chosen", "Ideas",
    "Item", "Taste", "choose", "chosen_for", "could_show", "tastes",
]  # fmt: skip

SOMETHING_NEW = "something_new"
"""The reason of what was chosen because it is none of what they usually buy."""
STILL_WANTED, DUE_AGAIN = "still_wanted", "due_again"
ABOUT = {Trigger.VIEWED: STILL_WANTED, Trigger.CART: STILL_WANTED, Trigger.REPLENISHMENT: DUE_AGAIN}
"""The triggers that are about a product, and why it is then shown."""
SMALL_AUDIENCE = 30
"""Of so few nobody is left alone for hardly wanting what is to be cleared."""
BIRTHDAY_LASTS_DAYS = 7
"""How late one may still congratulate, where no trigger sees to the day."""


BOUGHT: Any = (
    sql_select(
        col(Interaction.customer_id), col(Interaction.product_id), col(Interaction.order_ref), col(Interaction.at)
    )
    .where(
        col(Interaction.kind) == Kind.PURCHASE,
        is_among(col(Interaction.customer_id), "customer_ids"),
    )
    .order_by(col(Interaction.customer_id), col(Interaction.at), col(Interaction.id))
)
"""Asked for every batch that is claimed: put together once."""


def tastes(session: Session, customer_ids: Collection[int], *, are_called_back: bool = False) -> dict[int, Taste]:
    """The taste of each of these customers who ever bought. Ask only for those who allow it.

    Until when each is usually back is looked up only where they are to be called back.
    """
    if not customer_ids:
        return {}
    bought: dict[int, list[tuple[int | None, str | None, datetime]]] = {}
    for customer_id, *line in session.connection().execute(BOUGHT, {"customer_ids": list(customer_ids)}):
        bought.setdefault(customer_id, []).append(tuple(line))
    recommended = insights.recommendations(session, customer_ids)
    usual_until = insights.usual_until(session, customer_ids) if are_called_back else {}
    return {
        customer_id: Taste(
            recommended=insights.to_discover(recommended.get(customer_id, [])),
            again=insights.to_buy_again(recommended.get(customer_id, [])),
            bought=[product for product, _, _ in lines if product is not None],
            orders=len({order for _, order, _ in lines}),
            last_at=lines[-1][2],
            times=_times(lines),
            usual_until=usual_until.get(customer_id),
        )
        for customer_id, lines in bought.items()
    }


def _times(lines: Sequence[tuple[int | None, str | None, datetime]]) -> dict[int, list[datetime]]:
    times: dict[int, list[datetime]] = {}
    for product, _, at in lines:
        if product is not None:
            times.setdefault(product, []).append(at)
    return times


def chosen_for(
    session: Session,
    wanted: Sequence[tuple[Campaign, Candidate]],
    shelf: Shelf,
    shop: Shop,
    now: datetime,
    about: Sequence[int | None] = (),
) -> list[Chosen | None]:
    """What to show to each of these by their campaign, in the order given, as they wish and allow today.

    ``about``: for each of them the product that made it their turn, where there is one.
    """
    people = [candidate for _, candidate in wanted]
    allowing = [each.customer_id for each in people if each.allows_profiling]
    taste_of = tastes(session, allowing, are_called_back=any(each.template == "winback" for each, _ in wanted))
    spared_of = sparing.read(session, people, shelf.categories, shop.caps, now)
    passed = _not_their_day(session, wanted, shop, now)
    large = _large(session, {campaign.id: campaign for campaign, _ in wanted}.values())
    return [
        None
        if (campaign.id, each.customer_id) in passed
        else choose(
            campaign.template,
            taste_of.get(each.customer_id),
            shelf.sparing(spared_of.get(each.customer_id, NOTHING)),
            now,
            discovery.draw(shop.discovery_share, campaign.seed, each.customer_id),
            Told(
                tuple(campaign.product_ids),
                _about(campaign, each, product_id),
                leaves_unlikely=each.allows_profiling and campaign.id in large,
            ),
        )
        for (campaign, each), product_id in zip(wanted, about or [None] * len(wanted), strict=True)
    ]


def choose(
    template: str,
    taste: Taste | None,
    shelf: Shelf,
    now: datetime,
    something_new: Discovery = NO_DISCOVERY,
    told: Told = NOTHING_TOLD,
) -> Chosen | None:
    """What to show by ``template`` and whether it is personal; None where there is nothing to say.

    Somebody without a taste, or whose taste leads nowhere (the chooser gives None), is shown what anybody would be.
    A personal choice of nothing means that this person should be left alone.
    """
    if template == SURVEY:
        return Choice(()), False
    if told.product_ids:
        return _owners(template, taste, shelf, now, told.product_ids)
    ideas = PERSONAL[template](taste, shelf, now) if taste is not None else None
    if told.about is not None:
        ideas = _beginning_with(told.about, template, ideas, shelf)
    if ideas is not None:
        is_whole = ideas.is_bundle or ideas.is_exact
        items = ideas.items if is_whole or taste is None else _mixed(ideas, taste, shelf, something_new)
        return (Choice(tuple(items), ideas.facts, ideas.is_bundle), True) if items else None
    if template == goals.CLEAR_STOCK and told.leaves_unlikely:
        return None
    plain = PLAIN[template](shelf, now)
    return (plain, False) if plain is not None and (plain.items or template == OWN_WORDS) else None


def could_show(campaign: Campaign, shelf: Shelf, now: datetime) -> bool:
    """Whether the shop has anything to show by this campaign, to whomever."""
    if campaign.template == goals.REPLENISHMENT and not campaign.product_ids:
        return any(map(shelf.is_available, shelf.products))
    return choose(campaign.template, None, shelf, now, told=Told(tuple(campaign.product_ids))) is not None


def _owners(
    template: str, taste: Taste | None, shelf: Shelf, now: datetime, product_ids: Sequence[int]
) -> Chosen | None:
    """What the owner chose, in their order, less what is sold out or spared them; a bundle whole or not."""
    shown = [each for each in product_ids if shelf.is_available(each)]
    is_bundle = template == goals.BUNDLE
    if (is_bundle and len(shown) < len(product_ids)) or not (shown or template == OWN_WORDS):
        return None
    choice = Choice(tuple(map(Item, shown)), is_bundle=is_bundle, is_owners=tuple(product_ids) not in shelf.bundles)
    if taste is None:
        return choice, False
    if template == "winback" and goals.was_here_lately(taste, now):
        return None
    facts = {
        "winback": lambda: goals.winback_facts(taste, shelf, now),
        "thank_you": lambda: goals.thank_you_facts(taste, shelf, now),
        goals.BUNDLE: lambda: goals.bundle_facts(taste, shown),
    }.get(template, lambda: None)()
    return (replace(choice, facts=facts), True) if facts is not None else (choice, False)


def _beginning_with(about: Item, template: str, ideas: Ideas | None, shelf: Shelf) -> Ideas | None:
    """The same, the product first that made it their turn; nothing where that cannot be had.

    A bundle stays what it is, and words that need more of a history than there is are not said.
    """
    if template in NEEDS_FACTS and (ideas is None or ideas.is_bundle):
        return ideas
    is_due = template == goals.REPLENISHMENT
    if not shelf.is_available(about.product_id):
        return ideas if is_due else LEAVE_ALONE
    found = ideas if ideas is not None else Ideas(())
    first = Item(about.product_id) if is_due else about
    others = [each for each in found.items if each.product_id != about.product_id]
    return replace(found, items=[first, *others][:MOST_ITEMS], is_exact=True)


NEEDS_FACTS = frozenset({"winback", "thank_you", goals.BUNDLE})
"""Goals whose words by history speak of what was bought."""


def _about(campaign: Campaign, candidate: Candidate, product_id: int | None) -> Item | None:
    """What a customer did makes an offer about a product only where they allow their history to be used."""
    reason = ABOUT.get(Trigger(campaign.trigger)) if campaign.trigger else None
    if product_id is None or reason is None or not candidate.allows_profiling:
        return None
    return Item(product_id, reason)


def _not_their_day(
    session: Session, wanted: Sequence[tuple[Campaign, Candidate]], shop: Shop, now: datetime
) -> set[tuple[int, int]]:
    """Campaign and customer of congratulations that would come on no birthday, or to who allows no history."""
    asked = [(campaign, each) for campaign, each in wanted if campaign.template == goals.BIRTHDAY]
    if not asked:
        return set()
    numbers = [each.customer_id for _, each in asked]
    known = dict(session.exec(select(Customer.id, Customer.birthday).where(col(Customer.id).in_(numbers))).all())
    today = now.astimezone(shop.zone).date()

    def is_theirs(campaign: Campaign, each: Candidate) -> bool:
        birthday = known.get(each.customer_id)
        if birthday is None or not each.allows_profiling:
            return False
        # The trigger knows the day; what it put off to the morning is no mistake of the calendar.
        return campaign.trigger == Trigger.BIRTHDAY or birthdays.days_since(birthday, today) < BIRTHDAY_LASTS_DAYS

    return {(campaign.id, each.customer_id) for campaign, each in asked if not is_theirs(campaign, each)}


def _large(session: Session, campaigns: Collection[Campaign]) -> set[int]:
    """Those of the campaigns that clear stock among more than a few people."""
    return {
        each.id
        for each in campaigns
        if each.template == goals.CLEAR_STOCK and not each.product_ids and _size(session, each) > SMALL_AUDIENCE
    }


def _size(session: Session, campaign: Campaign) -> int:
    """How many it could go to; of a draft, how many customers there are."""
    planned = select(func.count()).where(Message.campaign_id == campaign.id, col(Message.was_eligible).is_(True))
    everybody = select(func.count()).where(col(Customer.erased_at).is_(None))
    return session.exec(planned).one() or session.exec(everybody).one()


def _mixed(ideas: Ideas, taste: Taste, shelf: Shelf, something_new: Discovery) -> Sequence[Item]:
    """The best of the usual, and last the share that is kept for discovery; more of either where one is short."""
    if not something_new.share:
        return ideas.items[:MOST_ITEMS]
    usual = _Usual(taste, shelf)
    places = something_new.places(len(ideas.items), MOST_ITEMS)
    suggested = dict.fromkeys(item.product_id for item in ideas.items)
    others = (each for each in ideas.elsewhere if each not in suggested)
    new = list(islice(filter(usual.lacks, chain(suggested, others)), places))
    regular = [item for item in ideas.items if item.product_id not in new]
    regular.sort(key=lambda item: usual.is_outside(item.product_id))
    return [*regular[: MOST_ITEMS - len(new)], *(Item(each, SOMETHING_NEW) for each in new)]


class _Usual:
    """The categories somebody buys from; of what has none, the products themselves."""

    def __init__(self, taste: Taste, shelf: Shelf) -> None:
        self.shelf, self.bought = shelf, frozenset(taste.bought)
        self.categories = {shelf.categories.get(each, "") for each in self.bought} - {""}

    def is_outside(self, product_id: int) -> bool:
        category = self.shelf.categories.get(product_id, "")
        return category not in self.categories if category else product_id not in self.bought

    def lacks(self, product_id: int) -> bool:
        """Whether it could be shown as something new."""
        return self.is_outside(product_id) and self.shelf.is_available(product_id)
