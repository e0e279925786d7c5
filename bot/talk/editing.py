"""A message that was changed after it was sent. What was said stays said, and was answered as it was.

Only leaving is heard in a change: it must never depend on how it was written. A change is no yes to anything, no
step of anything, and nothing that is passed on; where the chat waits for something that is said, once a day.
"""

from __future__ import annotations

from collections.abc import Callable

from bot.talk import parting
from bot.talk.desk import stopping
from bot.talk.intents import Intent, Means, understand
from bot.talk.turn import Turn
from campaigns.words.composing import Reply
from ledger import conversations, questions
from ledger.tables import Purpose

LEAVING: dict[Means, Callable[[Turn], list[Reply]]] = {
    Means.STOP: parting.leave,
    Means.STOP_HERE: parting.leave_here,
    Means.STOP_HISTORY: lambda turn: parting.stop(turn, Purpose.PROFILING),
    Means.STOP_SURVEYS: lambda turn: parting.stop(turn, Purpose.RESEARCH),
}


def answer(turn: Turn) -> list[Reply]:
    """What a change is answered; nothing, where nobody waits for what it says."""
    intent = understand(turn.inbound.text)
    left = LEAVING.get(intent.means)
    if left is not None and _is_meant(turn, intent):
        return left(turn)
    if intent.means is Means.MAYBE_STOP and turn.role is None and turn.standing.offers is True:
        return parting.doubt(turn)
    return [turn.reply("edited")] if _is_awaited(turn) and _is_untold(turn) else []


def _is_meant(turn: Turn, intent: Intent) -> bool:
    """Of the team's a bare stop may mean a campaign, and is asked about when it is said anew."""
    return turn.role is None or not stopping.is_bare(turn.inbound.text, intent.means)


def _is_awaited(turn: Turn) -> bool:
    """Whether we asked them something, or people of the shop are to read what they wrote."""
    asked = questions.current(turn.session, turn.address, turn.now)
    return turn.topic() is not None or (asked is not None and asked.answered_at is None)


def _is_untold(turn: Turn) -> bool:
    return conversations.is_first_of_the_day(
        turn.session, turn.inbound.channel, f"edited {turn.inbound.address}", turn.now
    )
