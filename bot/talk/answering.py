"""Which room of the talk answers: what is meant, and what the chat is in the middle of, decide."""

from __future__ import annotations

from collections.abc import Callable

from bot.talk import (
    birthday,
    categories,
    customer,
    early,
    editing,
    explaining,
    fairness,
    identifying,
    joining,
    linking,
    own_page,
    parting,
    privacy,
    staying,
    steering,
    survey,
)
from bot.talk.desk import commands, confirming, counter, files, questions, stopping, wizard
from bot.talk.intents import Intent, Means
from bot.talk.turn import Turn
from campaigns.words.composing import Reply
from ledger import questions as asked
from ledger.tables import ConversationState, Purpose


def answer(turn: Turn) -> list[Reply]:
    """What is answered, whatever it takes to do it done."""
    shared = turn.inbound.contact
    if shared is not None and (shared.is_own or turn.role is None):
        return linking.shared(turn, shared)
    if turn.inbound.is_edit:
        return editing.answer(turn)
    topic, intent = turn.topic(), commands.meant(turn)
    if topic is not None and counter.is_over(turn, topic, intent):
        turn.close_topic()
        topic = None
    unseen = topic if topic is not None and early.is_unseen(turn, topic, intent) else None
    heeded = questions.heed(turn, intent, topic if unseen is None else None) if turn.role is not None else None
    if heeded is None and turn.role is not None and (sent := turn.inbound.attachment) is not None and sent.reference:
        heeded = files.receive(turn, sent)
    if heeded is None and turn.role is not None and turn.inbound.is_wordless:
        # A draft, or whatever else is open, waits for words.
        return [turn.reply("wordless", is_open=topic is not None)]
    if heeded is None and unseen is not None and _comes_too_early(turn, unseen, intent):
        return _before_the_question(turn, unseen, intent)
    if heeded is None and topic is not None and unseen is None and wizard.is_being_written(turn, topic, intent):
        heeded = wizard.step(turn, topic, intent)
    if heeded is None and turn.role is not None:
        heeded = stopping.heed(turn, topic, intent)
    return heeded if heeded is not None else _answer(turn, topic, intent)


def _comes_too_early(turn: Turn, unseen: ConversationState, intent: Intent) -> bool:
    """Whether it would be taken for an answer to what they cannot have read."""
    if early.is_step(turn, unseen) and intent.means is not Means.COMMAND and intent.means not in ALWAYS:
        return True
    return early.would_answer(turn, unseen, intent)


def _before_the_question(turn: Turn, unseen: ConversationState, intent: Intent) -> list[Reply]:
    """No answer. While they talk with the shop it is the shop's; else they wait for the question, or get it again."""
    is_to_the_shop = turn.role is None and asked.current(turn.session, turn.address, turn.now) is not None
    if unseen.topic in joining.ASKED and is_to_the_shop:
        return customer.answer_to_ours(turn, unseen, Intent(Means.OTHER))
    if unseen.topic == staying.STAY:
        # They did not ask for that question and know of none.
        turn.close_topic()
        return _answer(turn, None, intent)
    return early.wait(turn, unseen) or _put_again(turn, unseen) or early.lost(turn)


def _put_again(turn: Turn, topic: ConversationState) -> list[Reply] | None:
    """The open question once more; None where it cannot be."""
    if topic.topic in joining.ASKED:
        return [joining.put_again(turn, topic.topic, topic.data)]
    if topic.topic == identifying.WHO:
        return identifying.ask(turn, topic.data["deed"])
    of_the_desk = AGAIN_AT_THE_DESK.get(topic.topic) if turn.role is not None else None
    if of_the_desk is not None:
        return of_the_desk(turn, topic)
    again = PUT_AGAIN.get(topic.topic)
    return again(turn) if again is not None else None


def _answer(turn: Turn, topic: ConversationState | None, intent: Intent) -> list[Reply]:
    is_any = intent.means is Means.OWNER_CODE and not linking.is_code(turn, intent.argument)
    if is_any and not commands.is_code(turn, intent):
        intent = Intent(Means.OTHER)
    is_drafting = topic is not None and topic.topic == wizard.LAUNCH and turn.role is not None
    if topic is not None and is_drafting and intent.means is not Means.COMMAND:
        if intent.means not in ALWAYS or intent.means is Means.STOP:
            return _draft(turn, topic, intent)
        wizard.leave(turn, topic)
    elif topic is not None and is_drafting and intent.command not in wizard.KEEPS_THE_DRAFT:
        wizard.set_aside(turn, topic)
    if intent.means in ALWAYS:
        # What is shown now is what the next yes would answer: an earlier question is open no more.
        if not _goes_on(topic, intent.means):
            turn.close_topic()
        return ALWAYS[intent.means](turn, intent)
    if intent.means is Means.MAYBE_STOP and _may_mean_offers(turn, topic):
        return parting.doubt(turn)
    if staying.is_answered(topic, intent):
        return staying.answer(turn, intent)
    if intent.means is Means.NOT_ME and (topic is None or topic.topic not in (identifying.WHO, joining.CONFIRM)):
        turn.close_topic()
        return identifying.not_me(turn)
    answered = survey.heed(turn, topic, intent)
    answered = answered or (_to_the_question(turn, topic, intent) if topic is not None else None)
    answered = answered or _unasked(turn, intent)
    if answered is not None:
        return answered
    if turn.role is not None:
        return commands.answer(turn, intent)
    return survey.and_waits(turn, topic, _chat(turn, intent))


def _to_the_question(turn: Turn, topic: ConversationState, intent: Intent) -> list[Reply] | None:
    """The answer to what the chat is in the middle of; None where it leaves that open."""
    if topic.topic in joining.ASKED:
        return customer.answer_to_ours(turn, topic, intent)
    if topic.topic == identifying.WHO:
        return identifying.answer(turn, topic.data, intent, DEEDS)
    if topic.topic == privacy.FORGET:
        return privacy.answer(turn, intent)
    if topic.topic in linking.ANSWERS:
        return linking.ANSWERS[topic.topic](turn, topic, intent)
    if topic.topic in steering.TOPICS:
        return steering.answer(turn, topic.topic, intent)
    if topic.topic == categories.TOPIC and intent.means is Means.OTHER:
        return categories.answer(turn, turn.inbound.text)
    if topic.topic == parting.DOUBT:
        return parting.answer(turn, intent)
    of_the_desk = OF_THE_DESK.get(topic.topic) if turn.role is not None else None
    return of_the_desk(turn, topic, intent) if of_the_desk is not None else None


OF_THE_DESK = {
    confirming.CONFIRM: confirming.answer,
    counter.REDEEMED: counter.bought,
    stopping.WHICH: stopping.answer,
}


AGAIN_AT_THE_DESK = {wizard.LAUNCH: wizard.put_again, counter.REDEEMED: counter.put_again}


def _draft(turn: Turn, topic: ConversationState, intent: Intent) -> list[Reply]:
    """In the middle of a draft a bare stop means the draft; one that names offers means both."""
    if intent.means is not Means.STOP:
        return wizard.step(turn, topic, intent)
    wizard.drop(turn, topic)
    return parting.leave(turn)


def _chat(turn: Turn, intent: Intent) -> list[Reply]:
    if intent.means is Means.GREETING:
        return customer.greet(turn)
    if intent.means is Means.THANKS:
        return customer.welcome(turn)
    if intent.means is Means.HELP:
        return [turn.help()]
    if intent.means is Means.NO and parting.was_just_offered(turn):
        return parting.doubt(turn)
    if intent.means is Means.GO_ON and turn.customer.held_since is not None:
        return parting.stay(turn)
    if intent.means in (Means.YES, Means.NO):
        return customer.acknowledge(turn, intent)
    return customer.answer_anything(turn)


def _surely(turn: Turn, wanted: Means) -> list[Reply]:
    """What is done with all we know of somebody is done once it is sure that it is of them."""
    return DEEDS[wanted](turn) if turn.is_proven else identifying.ask(turn, wanted)


DEEDS: dict[str, identifying.Deed] = {
    Means.FORGET: privacy.ask_to_forget,
    Means.MY_DATA: privacy.my_data,
    Means.COPY: privacy.copy,
}


def _goes_on(topic: ConversationState | None, means: Means) -> bool:
    """Whether the chat stays in the middle of what it is about: a wish is about the offer asked about just now."""
    return means in LANGUAGES or (means is Means.LESS and topic is not None and topic.topic == explaining.WHY)


def _may_mean_offers(turn: Turn, topic: ConversationState | None) -> bool:
    """Whether a doubt is about offers: they get some, and are not just asked about something graver."""
    is_graver = topic is not None and topic.topic in (privacy.FORGET, identifying.WHO)
    return turn.role is None and turn.standing.offers is True and not is_graver


def _unasked(turn: Turn, intent: Intent) -> list[Reply] | None:
    """ "No offers", typed or pressed though that question is not open, still says no; a yes says nothing."""
    asked = joining.QUESTIONS.get(intent.question)
    return parting.refuse(turn, asked.purpose) if asked is not None and intent.means is Means.NO else None


def _speak(turn: Turn, language: str) -> list[Reply]:
    """Change the language; an open question is put again in the new one, so that a yes answers what was read."""
    turn.customer.language = language
    turn.session.add(turn.customer)
    topic = turn.topic()
    if topic is None or topic.topic == staying.STAY:
        return [turn.reply("language_set")]
    if topic.topic not in joining.ASKED:
        turn.close_topic()
    again = _put_again(turn, topic) if topic.topic not in AGAIN_AT_THE_DESK else None
    return again or [turn.reply("language_set")]


LANGUAGES = (Means.INDONESIAN, Means.ENGLISH)
PUT_AGAIN: dict[str, identifying.Deed] = {
    privacy.FORGET: privacy.ask_to_forget,
    linking.UNLINK: linking.ask_to_leave,
    parting.DOUBT: parting.doubt,
    steering.FREQUENCY: steering.ask_frequency,
    steering.QUIET: lambda turn: steering.steer_quiet(turn, ""),
    categories.TOPIC: categories.show,
    explaining.WHY: explaining.why,
    survey.TOPIC: survey.put_again,
}
ALWAYS: dict[Means, Callable[[Turn, Intent], list[Reply]]] = {
    Means.STOP: lambda turn, _intent: parting.leave(turn),
    Means.STOP_HERE: lambda turn, _intent: parting.leave_here(turn),
    Means.STOP_HISTORY: lambda turn, _intent: parting.stop(turn, Purpose.PROFILING),
    Means.STOP_SURVEYS: lambda turn, _intent: parting.stop(turn, Purpose.RESEARCH),
    Means.START: lambda turn, _intent: survey.begin(turn) or joining.start(turn),
    Means.HISTORY: lambda turn, _intent: joining.ask_history(turn),
    Means.SURVEYS: lambda turn, _intent: survey.resume(turn) or [joining.ask(turn, joining.RESEARCH)],
    Means.WHO: lambda turn, _intent: customer.who_we_are(turn),
    Means.AGE: lambda turn, _intent: joining.ask_age_again(turn),
    Means.FORGET: lambda turn, intent: _surely(turn, intent.means),
    Means.MY_DATA: lambda turn, intent: _surely(turn, intent.means),
    Means.COPY: lambda turn, intent: _surely(turn, intent.means),
    Means.CLOSE_PAGE: lambda turn, _intent: own_page.close(turn),
    Means.WHY: lambda turn, _intent: explaining.why(turn),
    Means.LESS: lambda turn, _intent: explaining.less(turn),
    Means.PRIVACY: lambda turn, _intent: steering.show(turn),
    Means.FREQUENCY: lambda turn, _intent: steering.ask_frequency(turn),
    Means.ANY: lambda turn, intent: steering.set_frequency(turn, intent.means),
    Means.WEEKLY: lambda turn, intent: steering.set_frequency(turn, intent.means),
    Means.MONTHLY: lambda turn, intent: steering.set_frequency(turn, intent.means),
    Means.QUIET: lambda turn, intent: steering.steer_quiet(turn, intent.argument),
    Means.CATEGORIES: lambda turn, _intent: categories.show(turn),
    Means.NEVER_CATEGORY: lambda turn, intent: categories.never(turn, intent.argument),
    Means.ALLOW_CATEGORY: lambda turn, intent: categories.allow(turn, intent.argument),
    Means.BIRTHDAY: lambda turn, intent: birthday.tell(turn, intent.argument),
    Means.NO_BIRTHDAY: lambda turn, _intent: birthday.remove(turn),
    Means.FAIRNESS: lambda turn, intent: fairness.tell(turn, intent.argument),
    Means.NO_FAIRNESS: lambda turn, _intent: fairness.remove(turn),
    Means.CHANNELS: lambda turn, intent: steering.steer_channel(turn, intent.argument),
    Means.INDONESIAN: lambda turn, _intent: _speak(turn, "id"),
    Means.ENGLISH: lambda turn, _intent: _speak(turn, "en"),
    Means.LINK: lambda turn, intent: linking.link(turn, intent.argument),
    Means.UNLINK: lambda turn, _intent: linking.ask_to_leave(turn),
    Means.OWNER_CODE: lambda turn, intent: (
        linking.heard_bare(turn, intent.argument) or commands.join(turn, intent.argument)
    ),
}
"""What is answered in the middle of anything else."""
