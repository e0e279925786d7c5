"""Whose records are these? Asked before what an import brought for a number is told to whoever writes, or erased.

A till's number may be mistyped, given on, or a friend's to whom a present went.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bot.talk.intents import Intent, Means
from bot.talk.linking import elsewhere
from bot.talk.turn import Turn
from campaigns.privacy import linking
from campaigns.words.composing import Reply
from ledger import customers

WHO = "ask_who"
Deed = Callable[[Turn], list[Reply]]


def ask(turn: Turn, deed: str) -> list[Reply]:
    """The question; ``deed`` names what they wanted, and is done once it is clear whose it is about."""
    turn.open_topic(WHO, deed=deed)
    return [turn.reply(WHO)]


def answer(turn: Turn, asked: Mapping[str, Any], intent: Intent, deeds: Mapping[str, Deed]) -> list[Reply] | None:
    """Theirs: it is done, with all of it. Not theirs: with what was said here. A bare no leaves it open.

    None for whatever else they say: that is answered for itself, and the question is open no more.
    """
    means, deed = intent.answers(WHO), deeds[asked["deed"]]
    turn.close_topic()
    match means:
        case Means.YES:
            outcome = linking.link(turn.session, turn.address, turn.now)
            # What was asked for is done of this chat alone; it may ask something, which then stands last.
            return [*elsewhere(turn, outcome), *deed(turn)]
        case Means.NOT_ME:
            return [disown(turn), *deed(turn)]
        case Means.NO:
            return [turn.reply("who_kept")]
        case _:
            return None


def not_me(turn: Turn) -> list[Reply]:
    """ "Bukan saya", said by itself: nothing an import brought for the number is theirs."""
    if turn.is_proven:
        is_linked = turn.address.confirmed_at is not None
        return [turn.reply("not_linked", is_linked=is_linked, contact=turn.shop.contact)]
    return [disown(turn), turn.help()]


def disown(turn: Turn) -> Reply:
    """The records are somebody else's, and are not asked about again."""
    customers.disown(turn.session, turn.address)
    return turn.reply("parted")
