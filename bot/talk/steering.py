"""The customer's desk: what they allow since when, how often, what not, when not, where; and changing any of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlmodel import col, select

from bot.talk import birthday, fairness, hours, own_page
from bot.talk.intents import Intent, Means
from bot.talk.turn import Turn
from campaigns.sending.pacing import open_minutes
from campaigns.shop import QuietHours
from campaigns.words.composing import Reply
from ledger import consent, preferences
from ledger.preferences import Manners, Wishes
from ledger.tables import Address, Frequency, Purpose

QUIET, FREQUENCY = "ask_quiet_hours", "ask_frequency"
TOPICS = (QUIET, FREQUENCY)
SHOPS_OWN = frozenset({"biasa", "usual", "seperti biasa", "as usual"})
NONE = frozenset({"mati", "matikan", "off", "none", "tidak ada", "hapus", "kosong", "no", "24-24", "0-0"})
FEWEST_OPEN_MINUTES = 120
"""Less than that between everybody's quiet hours is as good as never, and worth saying."""
FREQUENCIES = {Means.ANY: Frequency.ANY, Means.WEEKLY: Frequency.WEEKLY, Means.MONTHLY: Frequency.MONTHLY}


def show(turn: Turn) -> list[Reply]:
    """Everything they chose, and the words that change it."""
    return [turn.reply("privacy", is_changed=False, is_resumed=False, page=own_page.link(turn), **state(turn))]


def resume(turn: Turn) -> list[Reply]:
    """They ask for what they have: it is on, and nothing is held back any more."""
    turn.release()
    return [turn.reply("privacy", is_changed=False, is_resumed=True, page="", **state(turn))]


def changed(turn: Turn) -> list[Reply]:
    """It is done, and this is how things stand now."""
    return [turn.reply("privacy", is_changed=True, is_resumed=False, page="", **state(turn))]


def ask_frequency(turn: Turn) -> list[Reply]:
    turn.open_topic(FREQUENCY)
    return [turn.reply(FREQUENCY, frequency=manners_of(turn).frequency, per_month=turn.shop.caps.per_30_days)]


def set_frequency(turn: Turn, means: Means) -> list[Reply]:
    """How often at most. Asked whether they want to leave, "less often" is an answer: they do not."""
    turn.release()
    return set_manners(turn, replace(manners_of(turn), frequency=FREQUENCIES[means]))


def steer_quiet(turn: Turn, said: str) -> list[Reply]:
    """ "Jam tenang 20-9" sets them; alone, or not understood, it asks for them."""
    if said.strip().casefold() in SHOPS_OWN:
        return set_manners(turn, replace(manners_of(turn), quiet_hours=None))
    span = hours.span(said)
    if span is not None:
        return set_manners(turn, replace(manners_of(turn), quiet_hours=span))
    turn.open_topic(QUIET)
    is_off = said.strip().casefold() in NONE
    is_again = bool(said.strip()) and not is_off
    return [turn.reply(QUIET, shops=str(turn.shop.quiet_hours), is_again=is_again, is_off=is_off)]


def steer_channel(turn: Turn, said: str) -> list[Reply]:
    """Where offers shall come, among the chats they wrote from; not where they allow none."""
    places = places_of(turn)
    wanted = said.strip().casefold()
    if wanted in places and not consent.standing(turn.session, turn.customer.id, wanted).offers:
        return [turn.reply("channel_refused", channel=turn.word("channels", wanted))]
    if wanted in places:
        return set_manners(turn, replace(manners_of(turn), channel=wanted))
    rows = [(turn.word("channels", each), each) for each in places]
    choices = [(label, turn.word("steering", "channel", name=each)) for label, each in rows]
    return [turn.reply("channels", rows=rows, choices=choices if len(rows) > 1 else [])]


def answer(turn: Turn, topic: str, intent: Intent) -> list[Reply] | None:
    """The answer to an open question of ours; None where it is none, and means whatever it means."""
    said = turn.inbound.text.strip().casefold()
    if topic == QUIET and intent.means is Means.OTHER and (_has_digits(turn) or said in SHOPS_OWN | NONE):
        return steer_quiet(turn, turn.inbound.text)
    if topic == FREQUENCY and (said in SHOPS_OWN or intent.means is Means.OTHER):
        return set_frequency(turn, Means.ANY) if said in SHOPS_OWN else _frequency_again(turn)
    if intent.means is Means.NO:
        turn.close_topic()
        return show(turn)
    return None


def _frequency_again(turn: Turn) -> list[Reply]:
    """Not understood: asked once more, and then whatever they say is something else."""
    asked = turn.reply(FREQUENCY, frequency=manners_of(turn).frequency, per_month=turn.shop.caps.per_30_days)
    turn.close_topic()
    again = turn.reply("please_answer")
    return [Reply(f"{again.text}\n\n{asked.text}", asked.buttons)]


def _has_digits(turn: Turn) -> bool:
    return any(sign.isdigit() for sign in turn.inbound.text)


def set_manners(turn: Turn, manners: Manners) -> list[Reply]:
    """From now on offers come like this."""
    preferences.change(turn.session, turn.customer.id, manners, turn.now)
    turn.close_topic()
    return changed(turn)


def state(turn: Turn) -> dict[str, Any]:
    """All they chose, in plain values."""
    manners, wishes = manners_of(turn), _wishes(turn)
    places = places_of(turn)
    return {
        **_purposes(turn),
        "is_held": turn.customer.held_since is not None,
        "frequency": manners.frequency.value,
        "never": sorted(wishes.never),
        "less": sorted(wishes.less),
        "birthday": birthday.kept(turn),
        "fairness": fairness.kept(turn),
        "language": turn.language,
        "quiet": manners.quiet_hours or "",
        "shops_quiet": str(turn.shop.quiet_hours),
        "is_tight": is_tight(turn, manners),
        "has_more_chats": len(places) > 1,
        "serves_more": turn.serves_more,
        "channel": turn.word("channels", manners.channel) if manners.channel and len(places) > 1 else "",
    }


def is_tight(turn: Turn, manners: Manners) -> bool:
    """Whether their own quiet hours and the shop's leave next to no time for an offer."""
    if manners.quiet_hours is None:
        return False
    return open_minutes(turn.shop.quiet_hours, QuietHours.read(manners.quiet_hours)) < FEWEST_OPEN_MINUTES


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


def manners_of(turn: Turn) -> Manners:
    """How they want offers."""
    return preferences.manners(turn.session, turn.customer.id)


def _wishes(turn: Turn) -> Wishes:
    return preferences.wishes(turn.session, turn.customer.id)


def places_of(turn: Turn) -> list[str]:
    """The channels of the chats they wrote from."""
    wanted = select(Address.channel).where(
        Address.customer_id == turn.customer.id, col(Address.last_inbound_at).is_not(None)
    )
    return sorted(set(turn.session.exec(wanted)))
