"""The customer's desk: what they allow since when, how often, what not, when not, where; and changing any of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlmodel import col, select

from bot.talk import hours
from bot.talk.intents import Intent, Means
from bot.talk.turn import Turn
from campaigns.composing import Reply
from ledger import catalog, consent, preferences
from ledger.preferences import Manners, Wishes
from ledger.tables import About, Address, Degree, Frequency, Purpose

QUIET, FREQUENCY = "ask_quiet_hours", "ask_frequency"
TOPICS = (QUIET, FREQUENCY)
SHOPS_OWN = frozenset({"biasa", "usual", "seperti biasa", "as usual"})
FREQUENCIES = {Means.ANY: Frequency.ANY, Means.WEEKLY: Frequency.WEEKLY, Means.MONTHLY: Frequency.MONTHLY}
MOST_CATEGORIES = 10


def show(turn: Turn) -> list[Reply]:
    """Everything they chose, and the words that change it."""
    return [turn.reply("privacy", is_changed=False, **_state(turn))]


def changed(turn: Turn) -> list[Reply]:
    """It is done, and this is how things stand now."""
    return [turn.reply("privacy", is_changed=True, **_state(turn))]


def ask_frequency(turn: Turn) -> list[Reply]:
    turn.open_topic(FREQUENCY)
    return [turn.reply(FREQUENCY, frequency=_manners(turn).frequency, per_month=turn.shop.caps.per_30_days)]


def set_frequency(turn: Turn, means: Means) -> list[Reply]:
    return _set(turn, replace(_manners(turn), frequency=FREQUENCIES[means]))


def steer_quiet(turn: Turn, said: str) -> list[Reply]:
    """ "Jam tenang 20-9" sets them; alone, or not understood, it asks for them."""
    if said.strip().casefold() in SHOPS_OWN:
        return _set(turn, replace(_manners(turn), quiet_hours=None))
    span = hours.span(said)
    if span is not None:
        return _set(turn, replace(_manners(turn), quiet_hours=span))
    turn.open_topic(QUIET)
    return [turn.reply(QUIET, shops=str(turn.shop.quiet_hours), is_again=bool(said.strip()))]


def show_categories(turn: Turn) -> list[Reply]:
    """What the shop has, and what of it they do not want to see."""
    never = {each.casefold() for each in _wishes(turn).never}
    rows = [(each, each.casefold() not in never) for each in _categories(turn)]
    choices = [
        (f"{'✓' if is_shown else '✗'} {name}", turn.word("steering", _switch(is_shown=is_shown), name=name))
        for name, is_shown in rows
    ]
    return [turn.reply("categories", rows=rows, choices=choices)]


def _switch(*, is_shown: bool) -> str:
    return "never_category" if is_shown else "allow_category"


def never_category(turn: Turn, said: str) -> list[Reply]:
    return _wish(turn, said, Degree.NEVER)


def allow_category(turn: Turn, said: str) -> list[Reply]:
    return _wish(turn, said, None)


def steer_channel(turn: Turn, said: str) -> list[Reply]:
    """Where offers shall come, among the chats they wrote from."""
    places = _places(turn)
    wanted = said.strip().casefold()
    if wanted in places:
        return _set(turn, replace(_manners(turn), channel=wanted))
    return [turn.reply("channels", rows=[(turn.word("channels", each), each) for each in places])]


def answer(turn: Turn, topic: str, intent: Intent) -> list[Reply] | None:
    """The answer to an open question of ours; None where it is none, and means whatever it means."""
    if topic == QUIET and intent.means is Means.OTHER and (_has_digits(turn) or _is_usual(turn)):
        return steer_quiet(turn, turn.inbound.text)
    if topic == FREQUENCY and _is_usual(turn):
        return set_frequency(turn, Means.ANY)
    if intent.means is Means.NO:
        turn.close_topic()
        return show(turn)
    return None


def _has_digits(turn: Turn) -> bool:
    return any(sign.isdigit() for sign in turn.inbound.text)


def _is_usual(turn: Turn) -> bool:
    return turn.inbound.text.strip().casefold() in SHOPS_OWN


def _set(turn: Turn, manners: Manners) -> list[Reply]:
    preferences.change(turn.session, turn.customer.id, manners, turn.now)
    turn.close_topic()
    return changed(turn)


def _wish(turn: Turn, said: str, degree: Degree | None) -> list[Reply]:
    category = next((each for each in _categories(turn) if each.casefold() == said.strip().casefold()), None)
    if category is None:
        return show_categories(turn)
    if degree is None:
        preferences.unwish(turn.session, turn.customer.id, About.CATEGORY, category)
    else:
        preferences.wish(turn.session, turn.customer.id, About.CATEGORY, category, degree, turn.now)
    return changed(turn)


def _state(turn: Turn) -> dict[str, Any]:
    manners, wishes = _manners(turn), _wishes(turn)
    places = _places(turn)
    return {
        **_purposes(turn),
        "is_held": turn.customer.held_since is not None,
        "frequency": manners.frequency.value,
        "never": sorted(wishes.never),
        "less": sorted(wishes.less),
        "language": turn.language,
        "quiet": manners.quiet_hours or str(turn.shop.quiet_hours),
        "is_own_quiet": manners.quiet_hours is not None,
        "channel": turn.word("channels", manners.channel) if manners.channel and len(places) > 1 else "",
    }


def _purposes(turn: Turn) -> dict[str, dict[str, Any]]:
    """Each purpose: whether it is allowed (None: never answered), and since when."""
    said = consent.last_words(turn.session, turn.customer.id, turn.inbound.channel)
    told = {}
    for purpose in Purpose:
        event = said.get(purpose)
        told[purpose.value] = {
            "granted": event.granted if event else None,
            "since": turn.day(event.at) if event else "",
        }
    return told


def _manners(turn: Turn) -> Manners:
    return preferences.manners(turn.session, turn.customer.id)


def _wishes(turn: Turn) -> Wishes:
    return preferences.wishes(turn.session, turn.customer.id)


def _categories(turn: Turn) -> list[str]:
    """The shop's categories, and any they once named that it has no more."""
    wishes = _wishes(turn)
    known = catalog.categories(turn.session)[:MOST_CATEGORIES]
    return [*known, *sorted((wishes.never | set(wishes.less)) - set(known))]


def _places(turn: Turn) -> list[str]:
    """The channels of the chats they wrote from."""
    wanted = select(Address.channel).where(
        Address.customer_id == turn.customer.id, col(Address.last_inbound_at).is_not(None)
    )
    return sorted(set(turn.session.exec(wanted)))
