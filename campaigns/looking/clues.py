"""Each clue looks for one kind of thing worth doing, and says what it saw: never why it came about.

What a finding is worth is no forecast. It puts unlike things into one order: of the people it is about one in
``ONE_IN`` is taken to buy once what people usually buy, and goods count what they cost.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from math import ceil, floor
from typing import Any

from sqlalchemy import func
from sqlmodel import col, select

from campaigns.choosing import rhythm
from campaigns.choosing.audiences import EVERYONE, UNSEGMENTED
from campaigns.listening import looking as listening
from campaigns.looking import paths
from campaigns.looking.bundles import Offered
from campaigns.looking.demand import DAYS, delivery_days
from campaigns.looking.pricing import BundlePrice
from campaigns.looking.products import LEAST_SOLD
from campaigns.looking.scene import Scene
from campaigns.tables import Campaign, Message, State, Status
from ledger.tables import Product, Role

ONE_IN = 20
LEAST = 5
"""Of fewer people, or pieces, nothing is made a finding."""
QUIET = ("at_risk", "lapsed")
NEWCOMERS = "newcomers"
BIRTHDAY_DAYS = 7


@dataclass(frozen=True)
class Deed:
    """What acts on a finding: a goal offered to an audience, a bundle by its number, or a look at a campaign or a
    product."""

    command: str
    goal: str | None = None
    audience: str | None = None
    number: int | None = None
    percent: int = 0
    product: str = ""


@dataclass(frozen=True)
class Finding:
    """``n`` is how many people, or pieces, it is about; figures that end in ``_minor`` are ``currency``'s."""

    about: str
    n: int
    worth_minor: int
    currency: str
    deed: Deed
    figures: Mapping[str, Any] = field(default_factory=dict)
    least_role: Role = Role.STAFF
    subject: str = ""
    """What tells it from another of its kind; one of each is named."""

    def as_json(self) -> dict[str, Any]:
        deed = {key: value for key, value in vars(self.deed).items() if value}
        return {
            "about": self.about,
            "n": self.n,
            "worth_minor": self.worth_minor,
            "currency": self.currency,
            "figures": dict(self.figures),
            "deed": deed,
        }


Clue = Callable[[Scene], list[Finding]]


def gone_quiet(scene: Scene) -> list[Finding]:
    """People of a segment that stays away, who can be asked back."""
    found = []
    for key in QUIET:
        people = [each for each in scene.profiled if each.segment == key]
        if people:
            figures = {"segment": key, "spent_minor": scene.spent(people)}
            found.append(_of_people(scene, "quiet", len(people), Deed("launch", "winback", key), figures))
    return found


def half_a_bundle(scene: Scene) -> list[Finding]:
    """People who bought some of what sells together, and not the rest."""
    found = []
    for each in scene.bundles:
        wanted = {product.id for product in each.products}
        has = [wanted & bought.keys() for bought in scene.visits.values()]
        whole, part = sum(these == wanted for these in has), sum(bool(these) and these < wanted for these in has)
        if whole >= LEAST and part:
            found.append(_bundle(scene, each, whole, part))
    return found


def _bundle(scene: Scene, each: Offered, whole: int, part: int) -> Finding:
    known = [product.price_minor for product in each.products if product.currency == scene.currency]
    prices = [price for price in known if price is not None]
    missing = min(prices, default=scene.typical_order)
    percent = each.price.percent if isinstance(each.price, BundlePrice) else 0
    figures = {
        "products": " + ".join(each.names),
        "lift": each.bundle.lift,
        "count": each.bundle.count,
        "whole": whole,
    }
    return Finding(
        "bundle",
        part,
        part * missing // ONE_IN,
        scene.currency,
        Deed("launch", "bundle", each.audience, each.number, percent),
        figures,
    )


def running_out(scene: Scene) -> list[Finding]:
    """Goods that are expected to be gone before a delivery could come; worth what could not be sold."""
    delivery, found = delivery_days(scene.session), []
    for each in scene.shelves.low:
        wanted, stock = each.expected.expected.pieces(delivery / DAYS), each.expected.stock or 0
        if each.expected.weeks and wanted.low is not None and wanted.high is not None:
            figures = {
                "product": each.name,
                "stock": stock,
                "days": delivery,
                "low": floor(wanted.low),
                "high": ceil(wanted.high),
                "weeks": each.expected.weeks,
            }
            worth = round(max(wanted.middle - stock, 0) * _value(scene, each.product))
            deed = Deed("demand", product=each.name)
            found.append(Finding("running_out", round(wanted.middle), worth, scene.currency, deed, figures))
    return found


def too_many(scene: Scene) -> list[Finding]:
    """Goods that are expected to lie too long."""
    found = []
    for each in scene.shelves.too_many:
        lying = (each.product.stock or 0) - each.pieces_90
        figures = {
            "product": each.name,
            "days": each.days_of_cover,
            "stock": each.product.stock,
            "sold": each.pieces_90,
        }
        worth = lying * _value(scene, each.product) // ONE_IN
        found.append(Finding("too_many", each.pieces_90, worth, scene.currency, _clearance(), figures))
    return found


def expiring(scene: Scene) -> list[Finding]:
    """Goods of which some will be left when they expire: those are lost for certain, and count whole."""
    found = []
    for each in scene.shelves.expiring:
        left = each.left_over(scene.now)
        if left and each.product.expires_at is not None and each.pieces_90 >= LEAST_SOLD:
            figures = {
                "product": each.name,
                "days": (each.product.expires_at - scene.now).days,
                "stock": each.product.stock,
                "sold": each.pieces_90,
            }
            worth = left * _value(scene, each.product)
            found.append(Finding("expiring", left, worth, scene.currency, _clearance(), figures))
    return found


def no_second_order(scene: Scene) -> list[Finding]:
    """New customers who bought once."""
    people = [each for each in scene.profiled if each.segment == NEWCOMERS]
    orders = scene.orders(people)
    once = sum(orders[each.customer_id] == 1 for each in people)
    return [_of_people(scene, "second", once, Deed("launch", "picks", NEWCOMERS), {"of": len(people)})]


def due_again(scene: Scene) -> list[Finding]:
    """People who by their own rhythm are about to buy something again."""
    usual = scene.rhythms
    due = sum(
        any(rhythm.is_due(times, scene.now, usual.get(product)) for product, times in bought.items())
        for bought in scene.visits.values()
    )
    return [_of_people(scene, "due", due, Deed("launch", "replenishment", EVERYONE))]


def birthdays(scene: Scene) -> list[Finding]:
    """Birthdays of the week that begins today."""
    today = scene.now.astimezone(scene.shop.zone).date()
    born = scene.born_on([f"{today + timedelta(days=days):%m-%d}" for days in range(BIRTHDAY_DAYS)])
    n = sum(each.customer_id in born for each in scene.willing)
    return [_of_people(scene, "birthday", n, Deed("launch", "birthday", EVERYONE), {"days": BIRTHDAY_DAYS})]


def held_by_alarm(scene: Scene) -> list[Finding]:
    """Offers that wait because their campaign paused itself."""
    waiting = (
        select(Campaign.id, Campaign.pause_reason, func.count())
        .join(Message, col(Message.campaign_id) == col(Campaign.id))
        .where(
            Campaign.status == Status.PAUSED,
            col(Campaign.pause_reason).is_not(None),
            Message.state == State.PLANNED,
        )
        .group_by(col(Campaign.id), col(Campaign.pause_reason))
    )
    return [
        _of_people(scene, "alarm", n, Deed("report", number=number), {"number": number})
        for number, _, n in scene.session.exec(waiting)
    ]


def unprofiled(scene: Scene) -> list[Finding]:
    """People who want offers and not the use of their history: no segment ever has them."""
    n = len(scene.willing) - len(scene.profiled)
    return [_of_people(scene, "unprofiled", n, Deed("launch", "picks", UNSEGMENTED))]


def consents(scene: Scene) -> list[Finding]:
    """More people stop allowing offers than begin to; or some who began have had none yet."""
    joined, left = scene.consents
    figures = {"joined": len(joined), "left": len(left)}
    lost = _of_people(scene, "shrinking", len(left) - len(joined), Deed("compliance"), figures, least_role=Role.OWNER)
    fresh = sum(each.customer_id in joined for each in scene.willing)
    return [lost, _of_people(scene, "fresh", fresh, Deed("launch", "new_arrivals", EVERYONE), figures)]


def voiced(scene: Scene) -> list[Finding]:
    """Complaints that nobody has settled; and what is written about more than before, where chance cannot explain
    it."""
    waiting = listening.complaints(scene.session)
    people = len({each.customer_id for each in waiting})
    found = [_of_people(scene, "complaints", people, Deed("complaints"), {"n_complaints": len(waiting)})]
    lately = listening.voices(scene.session, scene.now)
    risen = [each for each in listening.risen(scene.session, scene.now, lately) if each.negative]
    for each in risen[:1]:
        figures = {"theme": each.key, "before": each.before, "negative": each.negative}
        found.append(_of_people(scene, "theme", each.n, Deed("voices"), figures))
    products = [each for each in lately.products if each.negative * 2 >= each.n and each.n >= LEAST]
    for product in products[:1]:
        figures = {"product": product.name, "n_reviews": product.n}
        found.append(_of_people(scene, "disliked", product.negative, Deed("products"), figures))
    return found


def unlike_days(scene: Scene) -> list[Finding]:
    """Days in which something about the visits was unlike the others, and a device on which much more is lost."""
    found = []
    for scope in paths.paths(scene.session):
        deed = Deed("funnel", audience=scope["scope"])
        for each in paths.lately(scope):
            n = max(each["cases"], round(each["visits"] * each["cases_else"] / max(each["visits_else"], 1)))
            subject = f"{each['step']} {each['device']} {each['source']}"
            found.append(replace(_of_people(scene, "episode", n, deed, each), subject=subject))
        leaks = paths.leaks(scope)[:1]
        found += [_of_people(scene, "device_leak", leak.lost, deed, vars(leak)) for leak in leaks]
    return found


CLUES: tuple[Clue, ...] = (
    unlike_days,
    gone_quiet,
    half_a_bundle,
    running_out,
    too_many,
    expiring,
    no_second_order,
    due_again,
    birthdays,
    held_by_alarm,
    unprofiled,
    consents,
    voiced,
)


def _of_people(
    scene: Scene,
    about: str,
    n: int,
    deed: Deed,
    figures: Mapping[str, Any] | None = None,
    *,
    least_role: Role = Role.STAFF,
) -> Finding:
    worth = n * scene.typical_order // ONE_IN
    return Finding(about, n, worth, scene.currency, deed, figures or {}, least_role)


def _clearance() -> Deed:
    return Deed("launch", "clear_stock", EVERYONE)


def _value(scene: Scene, product: Product) -> int:
    """What a piece cost the shop, or its price where that is not known; nothing in another currency."""
    if product.currency != scene.currency:
        return 0
    return product.cost_minor if product.cost_minor is not None else product.price_minor or 0
