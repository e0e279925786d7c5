"""Which room of the talk answers: what is meant, and what the chat is in the middle of, decide."""

from __future__ import annotations

from collections.abc import Callable

from bot.talk import (
    customer,
    explaining,
    identifying,
    intents,
    joining,
    owner,
    parting,
    phrases,
    privacy,
    staying,
    steering,
    wizard,
)
from bot.talk.intents import Intent, Means
from bot.talk.turn import Turn
from campaigns.composing import Reply
from ledger.tables import ConversationState, Purpose


def answer(turn: Turn) -> list[Reply]:
    """What is answered, whatever it takes to do it done."""
    topic, intent = turn.topic(), intents.understand(turn.inbound.text)
    is_drafting = turn.role is not None and intent.means is not Means.COMMAND
    if is_drafting and topic is not None and topic.topic == wizard.LAUNCH:
        return _draft(turn, topic, intent)
    if intent.means in ALWAYS:
        # What is shown now is what the next yes would answer: an earlier question is open no more.
        if intent.means not in KEEPING_THE_TOPIC:
            turn.close_topic()
        return ALWAYS[intent.means](turn, intent)
    if intent.means is Means.MAYBE_STOP and turn.role is None and turn.standing.offers:
        return parting.doubt(turn)
    if staying.is_answered(topic, intent):
        return staying.answer(turn, intent)
    answered = _to_the_question(turn, topic, intent) if topic is not None else None
    if answered is not None:
        return answered
    if turn.role is not None:
        return owner.command(turn, intent.command, intent.argument)
    return _chat(turn, intent)


def _to_the_question(turn: Turn, topic: ConversationState, intent: Intent) -> list[Reply] | None:
    """The answer to what the chat is in the middle of; None where it leaves that open."""
    if topic.topic in joining.ASKED:
        return joining.answer(turn, topic.topic, topic.data, intent)
    if topic.topic == identifying.WHO:
        return identifying.answer(turn, topic.data, intent, DEEDS)
    if topic.topic == privacy.FORGET:
        return privacy.answer(turn, intent)
    if topic.topic in steering.TOPICS:
        return steering.answer(turn, topic.topic, intent)
    if topic.topic == parting.DOUBT and intent.means in (Means.YES, Means.NO):
        return parting.leave(turn) if intent.means is Means.YES else parting.stay(turn)
    return None


def _draft(turn: Turn, topic: ConversationState, intent: Intent) -> list[Reply]:
    """In the middle of a draft "cancel" means the draft; a stop in plain words means both."""
    if intent.means is not Means.STOP:
        return wizard.step(turn, topic, intent)
    dropped = wizard.drop(turn, topic)
    is_mild = intents.plain_words(turn.inbound.text) in phrases.PROVIDERS
    return dropped if is_mild else parting.leave(turn)


def _chat(turn: Turn, intent: Intent) -> list[Reply]:
    if intent.means is Means.GREETING:
        return customer.greet(turn)
    if intent.means is Means.HELP:
        return [turn.help()]
    if intent.means is Means.NO and parting.was_just_offered(turn):
        return parting.doubt(turn)
    if intent.means is Means.GO_ON and turn.customer.held_since is not None:
        return parting.stay(turn)
    return customer.answer_anything(turn)


def _surely(turn: Turn, wanted: Means) -> list[Reply]:
    """What is done with all we know of somebody is done once it is sure that it is of them."""
    return DEEDS[wanted](turn) if turn.is_proven else identifying.ask(turn, wanted)


DEEDS: dict[str, identifying.Deed] = {
    Means.FORGET: privacy.ask_to_forget,
    Means.MY_DATA: privacy.my_data,
    Means.COPY: privacy.copy,
}
KEEPING_THE_TOPIC = (Means.INDONESIAN, Means.ENGLISH, Means.WHY, Means.LESS)
"""The language is changed in the middle of a question; a wish is about the offer asked about last."""
ALWAYS: dict[Means, Callable[[Turn, Intent], list[Reply]]] = {
    Means.STOP: lambda turn, _intent: parting.leave(turn),
    Means.STOP_HERE: lambda turn, _intent: parting.leave_here(turn),
    Means.STOP_HISTORY: lambda turn, _intent: parting.stop(turn, Purpose.PROFILING),
    Means.STOP_SURVEYS: lambda turn, _intent: parting.stop(turn, Purpose.RESEARCH),
    Means.START: lambda turn, _intent: joining.start(turn),
    Means.HISTORY: lambda turn, _intent: joining.ask_history(turn),
    Means.SURVEYS: lambda turn, _intent: [joining.ask(turn, joining.RESEARCH)],
    Means.AGE: lambda turn, _intent: joining.ask_age_again(turn),
    Means.FORGET: lambda turn, intent: _surely(turn, intent.means),
    Means.MY_DATA: lambda turn, intent: _surely(turn, intent.means),
    Means.COPY: lambda turn, intent: _surely(turn, intent.means),
    Means.WHY: lambda turn, _intent: explaining.why(turn),
    Means.LESS: lambda turn, _intent: explaining.less(turn),
    Means.PRIVACY: lambda turn, _intent: steering.show(turn),
    Means.FREQUENCY: lambda turn, _intent: steering.ask_frequency(turn),
    Means.ANY: lambda turn, intent: steering.set_frequency(turn, intent.means),
    Means.WEEKLY: lambda turn, intent: steering.set_frequency(turn, intent.means),
    Means.MONTHLY: lambda turn, intent: steering.set_frequency(turn, intent.means),
    Means.QUIET: lambda turn, intent: steering.steer_quiet(turn, intent.argument),
    Means.CATEGORIES: lambda turn, _intent: steering.show_categories(turn),
    Means.NEVER_CATEGORY: lambda turn, intent: steering.never_category(turn, intent.argument),
    Means.ALLOW_CATEGORY: lambda turn, intent: steering.allow_category(turn, intent.argument),
    Means.CHANNELS: lambda turn, intent: steering.steer_channel(turn, intent.argument),
    Means.INDONESIAN: lambda turn, _intent: customer.speak(turn, "id"),
    Means.ENGLISH: lambda turn, _intent: customer.speak(turn, "en"),
    Means.OWNER_CODE: lambda turn, intent: owner.join(turn, intent.argument),
}
"""What is answered in the middle of anything else."""
