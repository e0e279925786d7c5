"""One inbound message, one transaction: recognise, understand, answer, remember."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from bot.clock import Clock
from bot.inbound import Inbound
from bot.talk import customer, intents, owner, phrases, privacy, wizard
from bot.talk.intents import Intent, Means
from bot.talk.turn import Turn
from campaigns.composing import Composer, Reply
from campaigns.shop import LANGUAGES, Shop
from ledger import conversations, customers, identity, interactions, team
from ledger.consent import Standing
from ledger.database import Database
from ledger.tables import ConversationState, Kind

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
        self, database: Database, composer: Composer, shop: Shop, channels: Collection[str], clock: Clock
    ) -> None:
        self.database, self.composer, self.shop = database, composer, shop
        self.channels, self.clock = channels, clock

    def receive(self, inbound: Inbound) -> Heard:
        """Act on one message and say what to answer. Raises BadAddress for an impossible address.

        If acting on it fails, nothing of it is kept and the person gets an apology: better asked again than
        half done.
        """
        spoken = identity.normalise(inbound.channel, inbound.address, self.shop.region)
        said = Inbound(
            channel=inbound.channel,
            address=spoken,
            text=_readable(inbound.text)[:LONGEST_INBOUND],
            provider_message_id=inbound.provider_message_id,
            name=_readable(inbound.name)[:LONGEST_NAME],
            language=inbound.language,
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
        turn = Turn(session, inbound, address, person, role, self.shop, self.composer, self.channels, now)
        replies = _answer(turn)
        if person.erased_at is not None:
            return Heard(replies, Standing())
        # What the team says leads the shop; it is no conversation with a customer.
        if team.role_of(session, address) is None:
            interactions.log_message(session, person.id, Kind.MESSAGE_IN, inbound.channel, inbound.text, now)
            for reply in replies:
                interactions.log_message(session, person.id, Kind.MESSAGE_OUT, inbound.channel, reply.text, now)
        return Heard(replies, customer.standing(turn))

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
        if intent.means not in LANGUAGES_ASKED:
            turn.close_topic()
        return ALWAYS[intent.means](turn, intent)
    if topic is not None and topic.topic in customer.QUESTIONS:
        return customer.answer(turn, topic.topic, topic.data, intent)
    if topic is not None and topic.topic == privacy.FORGET:
        return privacy.answer(turn, intent)
    if turn.role is not None:
        return owner.command(turn, intent.command, intent.argument)
    return _chat(turn, intent)


def _draft(turn: Turn, topic: ConversationState, intent: Intent) -> list[Reply]:
    """In the middle of a draft "cancel" means the draft; a stop in plain words means both."""
    if intent.means is not Means.STOP:
        return wizard.step(turn, topic, intent)
    dropped = wizard.drop(turn, topic)
    is_mild = intents.plain_words(turn.inbound.text) in phrases.PROVIDERS
    return dropped if is_mild else customer.leave(turn)


def _chat(turn: Turn, intent: Intent) -> list[Reply]:
    if intent.means is Means.GREETING:
        return customer.greet(turn)
    if intent.means is Means.HELP:
        return [turn.reply("help", contact=turn.shop.contact)]
    return customer.answer_anything(turn)


LANGUAGES_ASKED = (Means.INDONESIAN, Means.ENGLISH)
ALWAYS: dict[Means, Callable[[Turn, Intent], list[Reply]]] = {
    Means.STOP: lambda turn, _intent: customer.leave(turn),
    Means.START: lambda turn, _intent: customer.start(turn),
    Means.FORGET: lambda turn, _intent: privacy.ask_to_forget(turn),
    Means.HISTORY: lambda turn, _intent: customer.ask_history(turn),
    Means.PRIVACY: lambda turn, _intent: [customer.show_standing(turn)],
    Means.INDONESIAN: lambda turn, _intent: customer.speak(turn, "id"),
    Means.ENGLISH: lambda turn, _intent: customer.speak(turn, "en"),
    Means.OWNER_CODE: lambda turn, intent: owner.join(turn, intent.argument),
}
"""What is answered in the middle of anything else."""
