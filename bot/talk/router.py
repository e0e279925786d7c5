"""One inbound message, one transaction: recognise, understand, answer, remember."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from bot.clock import Clock
from bot.inbound import Inbound
from bot.talk import (
    customer,
    explaining,
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
from campaigns.channel import Channel
from campaigns.composing import Composer, Reply
from campaigns.shop import LANGUAGES, Shop
from ledger import consent, conversations, customers, identity, interactions, team
from ledger.consent import Standing
from ledger.database import Database
from ledger.retention import Periods
from ledger.tables import Address, ConversationState, Customer, Kind, Purpose, Role

log = logging.getLogger(__name__)
LONGEST_INBOUND = 4_096
LONGEST_NAME = 120
TRIES = 3


@dataclass(frozen=True)
class Heard:
    """What is answered, and where the person stands after it. No replies: it was answered before."""

    replies: Sequence[Reply]
    standing: Standing


class Router:
    """Answers people, whichever channel they write on."""

    def __init__(
        self,
        database: Database,
        composer: Composer,
        shop: Shop,
        channels: Mapping[str, Channel],
        clock: Clock,
        periods: Periods,
    ) -> None:
        self.database, self.composer, self.shop = database, composer, shop
        self.channels, self.clock, self.periods = channels, clock, periods

    def receive(self, inbound: Inbound) -> Heard:
        """Act on one message and say what to answer. Raises BadAddress for an impossible address.

        If acting on it fails, nothing of it is kept and the person gets an apology: better asked again than
        half done.
        """
        spoken = identity.normalise(inbound.channel, inbound.address, self.shop.region)
        said = replace(
            inbound,
            address=spoken,
            text=_readable(inbound.text)[:LONGEST_INBOUND],
            name=_readable(inbound.name)[:LONGEST_NAME],
        )
        try:
            return self._patiently(said)
        except Exception as fault:  # noqa: BLE001 - whatever went wrong, a person waits for an answer
            # What and where, but not the fault's own words: they may quote a message or a number.
            log.error("a message on %s was not acted on: %s", said.channel, _place(fault))  # noqa: TRY400
            apology = self.composer.reply("apology", self._language(said))
            return Heard([apology], Standing())

    def _patiently(self, said: Inbound) -> Heard:
        """A database that was busy or away for a moment is asked again: a STOP must not be lost to it."""
        for tries_left in reversed(range(TRIES)):
            try:
                with self.database.transaction() as session:
                    conversations.take_turn(session, said.channel, said.address)
                    return self._hear(session, said)
            except OperationalError:
                if not tries_left:
                    raise
        raise AssertionError("the last try returns or raises")

    def _hear(self, session: Session, inbound: Inbound) -> Heard:
        now = self.clock.now()
        if not conversations.is_new(session, inbound.channel, inbound.provider_message_id, now):
            return Heard([], Standing())
        address = customers.meet(session, inbound.channel, inbound.address, inbound.name, now)
        person = customers.of(session, address)
        if person.language is None and inbound.language in LANGUAGES:
            person.language = inbound.language
        role = team.role_of(session, address)
        turn = self._turn(session, inbound, address, person, role, now)
        replies = _answer(turn)
        if person.erased_at is not None:
            return Heard(replies, Standing())
        # In the end the chat may be somebody else's than it was taken for.
        person = customers.of(session, address)
        # What the team says leads the shop; it is no conversation with a customer.
        if team.role_of(session, address) is None:
            interactions.log_message(session, person.id, Kind.MESSAGE_IN, inbound.channel, inbound.text, now)
            for reply in replies:
                interactions.log_message(session, person.id, Kind.MESSAGE_OUT, inbound.channel, reply.text, now)
        return Heard(replies, consent.standing(session, person.id, inbound.channel))

    def _turn(
        self,
        session: Session,
        inbound: Inbound,
        address: Address,
        person: Customer,
        role: Role | None,
        now: datetime,
    ) -> Turn:
        channel = self.channels.get(inbound.channel)
        return Turn(
            session,
            inbound,
            address,
            person,
            role,
            self.shop,
            self.composer,
            self.channels,
            now,
            self.periods,
            carries_documents=channel is not None and channel.carries_documents,
        )

    def _language(self, inbound: Inbound) -> str:
        return inbound.language if inbound.language and inbound.language in LANGUAGES else self.shop.language


def _readable(text: str) -> str:
    """Without the one sign no database keeps."""
    return text.replace("\x00", "").strip()


def _place(fault: Exception) -> str:
    frame = traceback.extract_tb(fault.__traceback__)[-1]
    return f"{type(fault).__name__} in {frame.name}, {Path(frame.filename).name}:{frame.lineno}"


def _answer(turn: Turn) -> list[Reply]:
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
    if intent.means is Means.GO_ON and turn.customer.held_since is not None:
        return parting.stay(turn)
    return customer.answer_anything(turn)


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
    Means.FORGET: lambda turn, _intent: privacy.ask_to_forget(turn),
    Means.MY_DATA: lambda turn, _intent: privacy.my_data(turn),
    Means.COPY: lambda turn, _intent: privacy.copy(turn),
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
