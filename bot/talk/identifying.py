"""Whose records are these? Asked before what an import brought for a number is told to whoever writes, or erased.

A till's number may be mistyped, given on, or a friend's to whom a present went.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from bot.talk.intents import Intent, Means
from bot.talk.turn import Turn
from campaigns.composing import Reply
from ledger import customers

WHO = "ask_who"
Deed = Callable[[Turn], list[Reply]]


def ask(turn: Turn, deed: str) -> list[Reply]:
    """The question; ``deed`` names what they wanted, and is done once it is clear whose it is about."""
    turn.open_topic(WHO, deed=deed)
    return [turn.reply(WHO)]


def answer(turn: Turn, asked: Mapping[str, Any], intent: Intent, deeds: Mapping[str, Deed]) -> list[Reply] | None:
    """Theirs: it is done. Not theirs: the number is taken from that customer first. A bare no does neither.

    None for whatever else they say: that is answered for itself, and the question is open no more.
    """
    means, deed = intent.answers(WHO), deeds[asked["deed"]]
    turn.close_topic()
    match means:
        case Means.YES:
            customers.confirm(turn.session, turn.address, turn.now)
            return deed(turn)
        case Means.NOT_ME:
            return [turn.reply("parted"), *deed(part(turn))]
        case Means.NO:
            return [turn.reply("who_kept")]
        case _:
            return None


def not_me(turn: Turn) -> list[Reply]:
    """ "Bukan saya", said by itself: nothing an import brought for the number is theirs."""
    if turn.is_proven:
        return [turn.reply("not_linked")]
    return [turn.reply("parted"), part(turn).help()]


def part(turn: Turn) -> Turn:
    """The same turn of somebody new: nothing of the other's history is theirs."""
    newcomer = customers.part(turn.session, turn.address, turn.inbound.name, turn.now)
    newcomer.language = turn.customer.language
    return replace(turn, customer=newcomer)
