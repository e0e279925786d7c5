"""Leaving: everything, this chat, or one thing only. And what is done while it is not clear that they want to."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta

from sqlmodel import col, select

from bot.talk import steering
from bot.talk.intents import Intent, Means
from bot.talk.turn import Turn
from campaigns.tables import Message
from campaigns.words.composing import Reply
from ledger import consent
from ledger.consent import Wording
from ledger.tables import EVERYWHERE, Purpose

LEFT_WORDING = "stop-1"
DOUBT = "maybe_stop"
AFTERTHOUGHT = timedelta(hours=24)


def leave(turn: Turn) -> list[Reply]:
    """STOP: from now on no offers on any channel, no profiling for them, no questions. Preempts everything."""
    withdraw_everything(turn)
    return [turn.reply("left")]


def withdraw_everything(turn: Turn) -> None:
    """What leaving does; nothing is said."""
    withdraw(turn, tuple(Purpose), scope=EVERYWHERE)


def leave_here(turn: Turn) -> list[Reply]:
    """The same in this chat alone."""
    withdraw(turn, tuple(Purpose), scope=turn.inbound.channel)
    return [turn.reply("left_here")]


def stop(turn: Turn, purpose: Purpose) -> list[Reply]:
    """One thing only, on every channel; the rest stays as it is. That it is done stays to be read."""
    withdraw(turn, [purpose], scope=EVERYWHERE)
    return [replace(reply, in_place=False) for reply in steering.changed(turn)]


def doubt(turn: Turn) -> list[Reply]:
    """Perhaps they want to leave: asked with one button, and until they say, nothing is sent."""
    hold(turn)
    turn.open_topic(DOUBT)
    return [turn.reply(DOUBT)]


def hold(turn: Turn) -> None:
    """Nothing is sent to them, in any chat, until they say that it may go on; what they allowed stays as it is."""
    turn.customer.held_since = turn.customer.held_since or turn.now
    turn.session.add(turn.customer)


def answer(turn: Turn, intent: Intent) -> list[Reply] | None:
    """Yes leaves, no stays. Whatever else they say is answered for itself.

    Offers stay held then, but the question is open no more: the next "ok" is about something else.
    """
    turn.close_topic()
    match intent.means:
        case Means.YES:
            return leave(turn)
        case Means.NO:
            return stay(turn)
        case _:
            return None


def was_just_offered(turn: Turn) -> bool:
    """Whether a bare "no" may be about an offer: one came to them lately, and they still allow offers."""
    lately = select(Message.id).where(
        turn.is_theirs(Message.customer_id), col(Message.sent_at) > turn.now - AFTERTHOUGHT
    )
    return bool(turn.standing.offers) and turn.session.exec(lately.limit(1)).first() is not None


def stay(turn: Turn) -> list[Reply]:
    """They want to go on: what they allowed stands as it stood."""
    turn.close_topic()
    turn.release()
    return steering.changed(turn)


def refuse(turn: Turn, purpose: Purpose) -> list[Reply] | None:
    """ "No offers", said though nobody asked: it ends what is allowed. None where there is nothing to end."""
    return stop(turn, purpose) if turn.standing.allows(purpose) else None


def withdraw(turn: Turn, purposes: Collection[Purpose], *, scope: str) -> None:
    """A no to each of ``purposes``, on one channel or EVERYWHERE; nothing is said."""
    turn.close_topic()
    if Purpose.OFFERS in purposes:
        turn.release()
    for purpose in purposes:
        consent.withdraw(
            turn.session,
            turn.customer.id,
            purpose,
            scope=scope,
            wording=Wording(LEFT_WORDING, "", turn.language),
            evidence=turn.evidence,
            at=turn.now,
        )
