"""The customer's own desk: what they chose, and being forgotten."""

from __future__ import annotations

from bot.talk.intents import Intent, Means
from bot.talk.turn import Turn
from campaigns import forgetting
from campaigns.composing import Reply

FORGET = "forget"


def ask_to_forget(turn: Turn) -> list[Reply]:
    turn.open_topic(FORGET)
    return [turn.reply("forget_ask")]


def answer(turn: Turn, intent: Intent) -> list[Reply]:
    """Only a yes erases; anything else keeps everything."""
    turn.close_topic()
    if intent.answers(FORGET) is not Means.YES:
        return [turn.reply("forget_kept")]
    # The words are found first: afterwards nobody knows which language they spoke.
    language = turn.language
    receipt = forgetting.forget(turn.session, turn.customer, by="customer", at=turn.now)
    rows = sum(receipt.erased.values())
    return [turn.composer.reply("forgotten", language, shop=turn.shop.name, rows=rows, number=receipt.number)]
