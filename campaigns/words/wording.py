"""An offer put into words for one recipient."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from campaigns.choosing.audiences import Candidate
from campaigns.choosing.choices import Choice, Chosen
from campaigns.choosing.offers import SOMETHING_NEW
from campaigns.choosing.shelf import Shelf
from campaigns.launching.drafts import OWN_WORDS, Variant
from campaigns.problems import BadDraft
from campaigns.shop import LANGUAGES, Shop
from campaigns.tables import ApprovedContent, Campaign
from campaigns.words import frames, own_words, vouchers
from campaigns.words.composing import Composer, Laid, MissingPlaceholders, clean
from campaigns.words.filling import (
    NAME_LETTERS,
    Because,
    code,
    ever_shorter,
    first_name,
    named_with_price,
    reason,
    reduced,
    values_for,
)
from campaigns.words.vouchers import Ticket

__all__ = [
    "Because", "Worded", "WordedContent", "first_name", "named_with_price", "reason", "reduced", "require_own",
    "values_of", "word_content", "word_offer",
]  # fmt: skip

ANYBODYS_VALUES = frozenset({"name", "shop", "discount", "link", "items", "total", "voucher", "until", "is_chosen"})
OWN_VALUES = frozenset({"text"})
"""What only the owner's own words fill in."""
PERSONAL_VALUES = {
    "winback": frozenset({"last_product", "days_away"}),
    "bundle": frozenset({"because"}),
    "thank_you": frozenset({"orders", "favourite"}),
}
"""What only a history can fill in."""
MOST_ON_A_LINE = 3
TOKEN_LETTERS = 16
"""How long the unguessable end of a tracked link is."""


@dataclass(frozen=True)
class Worded:
    """A message as it will be sent, and what it was made from.

    ``facts`` answer why somebody got it, and stand in the message's row:

        segment          their segment's key; None where the offer is not personal
        products         the products shown, in their order
        reasons          for each of them a key among the lexicon's [reasons], or None
        reason_products  for each of them the product that its reason speaks of, or None
        discovery        those of the products that were chosen because they do not usually buy such things
        bundle           whether the products are offered as a whole

    and of a personal offer the product numbers and figures in PERSONAL_VALUES that its words use.
    """

    text: str
    is_personal: bool
    facts: dict[str, Any]


@dataclass(frozen=True)
class WordedContent:
    """A message in words that WhatsApp approved: how it reads, their ``name`` and what fills their places.

    ``variables`` are by place, "1" and so on; none is empty. ``facts`` are those of ``Worded``.
    """

    text: str
    name: str
    variables: dict[str, str]
    is_personal: bool
    facts: dict[str, Any]


def word_offer(
    campaign: Campaign,
    form: Variant,
    candidate: Candidate,
    choice: Chosen,
    link: str,
    *,
    shelf: Shelf,
    shop: Shop,
    composer: Composer,
    voucher: Ticket | None = None,
) -> Worded:
    """The message of ``campaign`` to ``candidate`` in one of its forms, as full as it fits.

    ``voucher`` is the code that buys its discount; without one a specimen stands in its place, which buys nothing.
    Raises MissingPlaceholders or BrokenTemplate.

    Where a template alone is too long the message is too: a preview refuses that.
    """
    chosen, is_personal = choice
    longest, language = composer.catalog[campaign.template].longest, candidate.language
    ticket = (voucher or vouchers.specimen(shop, shelf.at)) if form.discount_percent else None
    for shown, letters in ever_shorter(chosen):
        values = values_for(form, candidate, shown, link, letters, ticket, shelf=shelf, shop=shop, composer=composer)
        if campaign.template == OWN_WORDS:
            values = _own(form.text or "", values)
        text = composer.message(campaign.template, language, values, is_personal=is_personal)
        if len(text) <= longest:
            break
    return Worded(text, is_personal, _facts(shown, candidate.segment if is_personal else None))


def word_content(
    campaign: Campaign,
    form: Variant,
    candidate: Candidate,
    choice: Chosen,
    link: str,
    *,
    shelf: Shelf,
    shop: Shop,
    composer: Composer,
    voucher: Ticket | None = None,
    approved: ApprovedContent | None = None,
) -> WordedContent:
    """The same in words for approval by WhatsApp, which take no lines and say nothing of anybody's history.

    Of products MOST_ON_A_LINE are named, but a bundle stays whole.
    ``approved`` are the words WhatsApp has, by contents.Standing: ours may have been changed since. Without them it
    reads as ours do. Raises MissingPlaceholders or BrokenTemplate.
    """
    chosen, is_personal = choice
    language = candidate.language
    words = approved or composer.frame(campaign.template, language, is_discounted=bool(form.discount_percent))
    ticket = (voucher or vouchers.specimen(shop, shelf.at)) if form.discount_percent else None
    few = chosen if chosen.is_bundle else replace(chosen, items=chosen.items[:MOST_ON_A_LINE])
    for shown, letters in ever_shorter(few):
        values = values_for(form, candidate, shown, link, letters, ticket, shelf=shelf, shop=shop, composer=composer)
        said = _said(form, values, composer, language, is_bundle=shown.is_bundle, is_brief=letters < NAME_LETTERS[0])
        variables = _variables(words.name, words.places, said)
        text = frames.filled(words.body, variables)
        if len(text) <= frames.LONGEST_BODY:
            break
    facts = _facts(shown, candidate.segment if is_personal else None)
    return WordedContent(text, words.name, variables, is_personal, facts)


def values_of(template: str, *, is_personal: bool) -> frozenset[str]:
    """The names that a message of this template can ask for."""
    own = OWN_VALUES if template == OWN_WORDS else frozenset()
    return ANYBODYS_VALUES | own | (PERSONAL_VALUES.get(template, frozenset()) if is_personal else frozenset())


def require_own(form: Variant, shop: Shop, composer: Composer) -> None:
    """Raises BadDraft where the owner's own words cannot be filled, or would not fit with the longest values."""
    text, longest = form.text or "", composer.catalog[OWN_WORDS].longest
    own_words.require(text, form.discount_percent)
    ticket = Ticket(vouchers.SPECIMEN + "--", date(2000, 9, 30)) if form.discount_percent else None
    values = {
        "name": "N" * own_words.LONGEST_NAME,
        "shop": shop.name,
        "discount": form.discount_percent,
        "link": Laid(f"{shop.public_url}/r/{'0' * TOKEN_LETTERS}"),
        "items": [],
        "total": "",
        "is_chosen": False,
    }
    for language in LANGUAGES:
        filling = {**values, **code(ticket, language)}
        length = len(composer.message(OWN_WORDS, language, _own(text, filling), is_personal=False))
        frame = composer.frame(OWN_WORDS, language, is_discounted=bool(ticket))
        said = _said(form, filling, composer, language)
        approved = len(frames.filled(frame.body, _variables(frame.name, frame.places, said)))
        if max(length, approved) > longest:
            raise BadDraft("own_too_long", longest=longest, length=max(length, approved))


def _own(text: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a message whose text is the owner's: what stands in it already is not said below it again."""
    asked = own_words.asked(text)
    percent = values["discount"]
    filling = {
        "name": clean(values["name"])[: own_words.LONGEST_NAME],
        "shop": clean(values["shop"]),
        "discount": str(percent) if percent else "",
        "link": values["link"],
        "voucher": values["voucher"],
    }
    said: dict[str, Any] = {name: "" for name in ("link", "voucher") if name in asked}
    return {**values, "text": Laid(own_words.fill(text, filling)), **said}


def _said(
    form: Variant,
    values: Mapping[str, Any],
    composer: Composer,
    language: str,
    *,
    is_bundle: bool = False,
    is_brief: bool = False,
) -> dict[str, str]:
    """What fills the places of approved words, each on one line; where there is nothing to say, what is said then."""
    name = frames.one_line(clean(values["name"])[: own_words.LONGEST_NAME])
    percent, items = values["discount"], [_item(each, composer, language, is_brief) for each in values["items"]]
    said = {
        "name": composer.word(language, "approved_places", "name", name=name) if name else "",
        "shop": values["shop"],
        "discount": f"{percent}%" if percent else "",
        "items": (" + " if is_bundle else ", ").join(items),
        **{each: str(values[each]) for each in ("total", "link", "voucher", "until")},
    }
    empty = composer.shelf(language, "approved_empty")
    if form.text is not None:
        text = str(_own(form.text, values)["text"])
        said["text"] = "\n".join([text, *said["items"].splitlines()])
        if said["link"] and "link" in own_words.asked(form.text):
            said["link"] = empty["link_above"]
    return {place: frames.one_line(value) or empty.get(place, "") for place, value in said.items()}


def _item(item: Mapping[str, str], composer: Composer, language: str, is_brief: bool) -> str:
    """ "Kopi Gayo (Rp45.000)": as much as is known."""
    if not item["price"]:
        return item["name"]
    key = "item_reduced" if item["was"] and not is_brief else "item"
    return composer.word(language, "approved_places", key, name=item["name"], price=item["price"], was=item["was"])


def _variables(name: str, places: Sequence[str], said: Mapping[str, str]) -> dict[str, str]:
    """By place, "1" and so on. Raises MissingPlaceholders for a place that nothing fills."""
    missing = [place for place in places if not said.get(place)]
    if missing:
        raise MissingPlaceholders(name, missing)
    return {str(number): said[place] for number, place in enumerate(places, 1)}


def _facts(shown: Choice, segment: str | None) -> dict[str, Any]:
    return {
        "segment": segment,
        "products": [item.product_id for item in shown.items],
        "reasons": [item.reason for item in shown.items],
        "reason_products": [item.reason_product_id for item in shown.items],
        "discovery": [item.product_id for item in shown.items if item.reason == SOMETHING_NEW],
        "bundle": shown.is_bundle,
        **shown.facts,
    }
