"""Answers that came before their question: written while it was still on its way, or it never arrived.

    shown, or proven by the very button | it is an answer
    on its way                          | said so, once: the question stands above that when it is read
    never arrived                       | the question is put again

Customers type in bursts. A yes is one to what was read, so that one to what was not shown allows and does nothing.
"""

from __future__ import annotations

from bot.talk import choosing, survey
from bot.talk.desk import confirming, counter, wizard
from bot.talk.intents import Intent, Means
from bot.talk.turn import Turn
from campaigns.words.composing import Reply
from ledger import conversations
from ledger.tables import ConversationState


def is_unseen(turn: Turn, topic: ConversationState, intent: Intent) -> bool:
    """Whether they cannot have read what is open. A button of that very message proves that they have."""
    if topic.shown_at is None and _proves(turn, topic, intent):
        topic.shown_at = turn.now
        turn.session.add(topic)
    is_read = topic.mark not in turn.inbound.unread or _proves(turn, topic, intent)
    return topic.shown_at is None or not is_read


def would_answer(turn: Turn, topic: ConversationState, intent: Intent) -> bool:
    """Whether it would be taken for a yes, a no or a number to what is open.

    A no that names its question needs none: a withdrawal is heard whenever it comes. A button of another question
    answers this one in no case.
    """
    if choosing.is_early(turn.session, turn.address, turn.inbound):
        return True
    if topic.topic == survey.TOPIC:
        return survey.is_answer(turn, topic, intent)
    question = confirming.CONFIRM if topic.topic == counter.REDEEMED else topic.topic
    if intent.means is Means.YES and not intent.argument:
        return intent.question in ("", question)
    return intent.means is Means.NO and not intent.question


def is_step(turn: Turn, topic: ConversationState) -> bool:
    """Whether a draft waits for a word, so that any may be taken for one."""
    return turn.role is not None and topic.topic == wizard.LAUNCH and topic.data.get("campaign") is None


def wait(turn: Turn, topic: ConversationState) -> list[Reply] | None:
    """What is said while the question is on its way; None where it is not, or that was said."""
    if not conversations.is_on_its_way(topic, turn.now):
        return None
    topic.is_on_its_way = False
    turn.session.add(topic)
    return [turn.reply("too_early", is_lost=False)]


def lost(turn: Turn) -> list[Reply]:
    """What is said where the question cannot be put again: what it was about is to be begun again."""
    turn.close_topic()
    return [turn.reply("too_early", is_lost=True)]


def _proves(turn: Turn, topic: ConversationState, intent: Intent) -> bool:
    is_signed = intent.question in (confirming.CONFIRM, wizard.LAUNCH) and bool(intent.argument)
    return topic.mark in turn.inbound.proves or (is_signed and intent.argument == topic.data.get("token"))
