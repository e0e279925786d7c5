"""One inbound message, one transaction: recognise, understand, answer, remember."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from bot.clock import Clock
from bot.errands import Errand
from bot.inbound import Inbound
from bot.talk.answering import answer
from bot.talk.turn import Turn
from campaigns.channel import Channel
from campaigns.composing import Composer, Reply
from campaigns.shop import LANGUAGES, Shop
from ledger import consent, conversations, customers, identity, interactions, questions, team
from ledger.consent import Standing
from ledger.database import Database
from ledger.tables import Address, Customer, Kind, Role

log = logging.getLogger(__name__)
LONGEST_INBOUND = 4_096
LONGEST_NAME = 120
TRIES = 3


@dataclass(frozen=True)
class Heard:
    """What is answered, and where the person stands after it. No replies: it was answered before."""

    replies: Sequence[Reply]
    standing: Standing
    errands: Sequence[Errand] = ()
    """What is left to be done beside the chat."""


class Router:
    """Answers people, whichever channel they write on."""

    def __init__(
        self,
        database: Database,
        composer: Composer,
        shop: Shop,
        channels: Mapping[str, Channel],
        clock: Clock,
    ) -> None:
        self.database, self.composer, self.shop = database, composer, shop
        self.channels, self.clock = channels, clock

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
        replies = answer(turn)
        if person.erased_at is not None:
            return Heard(replies, Standing())
        # In the end the chat may be somebody else's than it was taken for.
        person = customers.of(session, address)
        # What the team says leads the shop; it is no conversation with a customer.
        if team.role_of(session, address) is None:
            said = interactions.log_message(session, person.id, Kind.MESSAGE_IN, inbound.channel, inbound.text, now)
            for question in turn.passed_on:
                questions.add_line(session, question, said, media=inbound.media)
            for reply in replies:
                interactions.log_message(session, person.id, Kind.MESSAGE_OUT, inbound.channel, reply.text, now)
        return Heard(replies, consent.standing(session, person.id, inbound.channel), turn.errands)

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
            carries_documents=channel is not None and channel.carries_documents,
        )

    def _language(self, inbound: Inbound) -> str:
        return inbound.language if inbound.language and inbound.language in LANGUAGES else self.shop.language


def _readable(text: str) -> str:
    """Without the one sign no database keeps, and with a question mark for half a sign, which nothing can write."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8").strip()


def _place(fault: Exception) -> str:
    frame = traceback.extract_tb(fault.__traceback__)[-1]
    return f"{type(fault).__name__} in {frame.name}, {Path(frame.filename).name}:{frame.lineno}"
