"""One inbound message, one transaction: recognise, understand, answer, remember."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TypeAlias, TypeVar

from sqlalchemy import exc
from sqlmodel import Session

from bot.clock import Clock
from bot.errands import Errand, Fetching
from bot.inbound import Inbound
from bot.talk import choosing, linking, parting
from bot.talk.answering import answer
from bot.talk.desk import stopping
from bot.talk.intents import Means, understand
from bot.talk.turn import Turn
from campaigns.channel import Channel
from campaigns.listening import hearing
from campaigns.listening.judging import Judge
from campaigns.shop import LANGUAGES, Shop
from campaigns.words.composing import Composer, Reply
from ledger import consent, conversations, customers, faults, identity, interactions, questions, team
from ledger.ailments import is_away
from ledger.consent import Standing
from ledger.conversations import Asked
from ledger.database import Database
from ledger.tables import Address, ConversationState, Customer, Kind, Role

log = logging.getLogger(__name__)
LONGEST_INBOUND = 4_096
LONGEST_NAME = 120
TRIES = 3
T = TypeVar("T")
Begin: TypeAlias = Callable[[], AbstractContextManager[Session]]
"""Begins a transaction."""
HERE = Path(__file__).parent.parent.parent
HOW_OFTEN_ASKED = frozenset({"is_again", "is_aside"})
"""What is kept of a question that makes it no other one."""


class NotTaken(Exception):
    """Nothing of a message could be kept, and nobody was answered: the provider has to deliver it again."""


@dataclass(frozen=True)
class Heard:
    """What is answered, and where the person stands after it. No replies: it was answered before."""

    replies: Sequence[Reply]
    standing: Standing
    errands: Sequence[Errand] = ()
    """What is left to be done beside the chat."""
    settles: bool = False
    """Whether a button was pressed and the question that was open is so no more."""
    asks: Asked | None = None
    """What the last of the replies asks: nothing answers it before it is noted as shown."""


class Router:
    """Answers people, whichever channel they write on."""

    def __init__(
        self,
        database: Database,
        composer: Composer,
        shop: Shop,
        channels: Mapping[str, Channel],
        clock: Clock,
        judge: Judge | None = None,
    ) -> None:
        self.database, self.composer, self.shop = database, composer, shop
        self.judge = judge or Judge.shipped()
        self.channels, self.clock = channels, clock
        # To look whether somebody can do something costs more than to know it.
        self._fetching = {name for name, channel in channels.items() if isinstance(channel, Fetching)}

    def receive(self, inbound: Inbound) -> Heard:
        """Act on one message and say what to answer. Raises BadAddress for an impossible address, and NotTaken.

        If acting on it fails, nothing of it is kept but that it failed, and the person gets an apology: better asked
        again than half done. Only a STOP is heard all the same.
        """
        said = self._read(inbound)
        try:
            return self._patiently(partial(self._hear_alone, said))
        except Exception as fault:  # noqa: BLE001 - whatever went wrong, a person waits for an answer
            # What and where, but not the fault's own words: they may quote a message or a number.
            log.error("a message on %s was not acted on: %s", said.channel, place(fault))  # noqa: TRY400
            if is_away(fault):
                raise NotTaken from None
            return self._failed(said, place(fault), self.database.transaction)

    def receive_all(self, inbounds: Sequence[Inbound]) -> Sequence[Heard | NotTaken]:
        """The same of several messages, each of another chat, which are kept by one commit. For SQLite.

        Raises where nothing of any of them was kept: NotTaken, or what came in the way; then each may be tried alone.
        """
        if len(inbounds) == 1:
            return [self.receive(inbounds[0])]
        said = [self._read(each) for each in inbounds]
        try:
            return self._patiently(partial(self._hear_all, said))
        except Exception as fault:
            log.error("%d messages were not kept: %s", len(said), place(fault))  # noqa: TRY400
            if is_away(fault):
                raise NotTaken from None
            raise

    def _read(self, inbound: Inbound) -> Inbound:
        """As it is acted on. Raises BadAddress."""
        return replace(
            inbound,
            address=identity.normalise(inbound.channel, inbound.address, self.shop.region),
            text=_readable(inbound.text)[:LONGEST_INBOUND],
            written=_readable(inbound.written)[:LONGEST_INBOUND],
            name=_readable(inbound.name)[:LONGEST_NAME],
        )

    def _hear_alone(self, said: Inbound) -> Heard:
        with self.database.transaction(is_for_people=True) as session:
            conversations.take_turn(session, said.channel, said.address)
            return self._hear(session, said)

    def _hear_all(self, said: Sequence[Inbound]) -> Sequence[Heard | NotTaken]:
        with self.database.several(is_for_people=True) as begin:
            return [self._hear_one(each, begin) for each in said]

    def _hear_one(self, said: Inbound, begin: Begin) -> Heard | NotTaken:
        """One of several: what goes wrong with it is its own, unless the database is away."""
        try:
            with begin() as session:
                return self._hear(session, said)
        except Exception as fault:
            if is_away(fault):
                raise
            log.error("a message on %s was not acted on: %s", said.channel, place(fault))  # noqa: TRY400
            where = place(fault)
        try:
            return self._failed(said, where, begin)
        except NotTaken as fault:
            return fault

    def _failed(self, said: Inbound, where: str, begin: Begin) -> Heard:
        """Note that it failed, so that the same message does not fail again and again. Raises NotTaken."""
        try:
            with begin() as session:
                conversations.take_turn(session, said.channel, said.address)
                now = self.clock.now()
                if not conversations.is_new(session, said.channel, said.provider_message_id, now):
                    return Heard([], Standing())
                faults.note(session, said.channel, where, now)
                has_left = is_leaving(said) and self._let_leave(session, said, now)
        except Exception as fault:  # noqa: BLE001 - then nothing at all is known of it here
            log.error("nor could that be noted: %s", place(fault))  # noqa: TRY400
            raise NotTaken from None
        return Heard([self._apology(said, "left" if has_left else "apology")], Standing())

    def _let_leave(self, session: Session, said: Inbound, now: datetime) -> bool:
        """Leaving needs no more than this: whatever else failed, it counts."""
        try:
            with session.begin_nested():
                address = customers.meet(session, said.channel, said.address, said.name, now)
                if stopping.is_bare(said.text, Means.STOP) and _is_of_the_team(session, address):
                    # It may be a campaign that they want to stop, and they are to say which.
                    return False
                person = customers.of(session, address)
                parting.withdraw_everything(self._turn(session, said, address, person, None, now))
        except exc.SQLAlchemyError as fault:
            log.error("a STOP on %s was not kept: %s", said.channel, place(fault))  # noqa: TRY400
            return False
        return True

    def _apology(self, said: Inbound, template: str) -> Reply:
        return self.composer.reply(template, self._language(said), shop=self.shop.name)

    def _patiently(self, act: Callable[[], T]) -> T:
        """A database that was busy or away for a moment is asked again: a STOP must not be lost to it."""
        for tries_left in reversed(range(TRIES)):
            try:
                return act()
            except exc.SQLAlchemyError as fault:
                if not tries_left or not is_away(fault):
                    raise
        raise AssertionError("the last try returns or raises")

    def _hear(self, session: Session, inbound: Inbound) -> Heard:
        now = self.clock.now()
        if not conversations.is_new(session, inbound.channel, inbound.provider_message_id, now):
            return Heard([], Standing())
        address = customers.meet(session, inbound.channel, inbound.address, inbound.name, now, with_chat=True)
        person = customers.of(session, address)
        if person.language is None and inbound.language in LANGUAGES:
            person.language = inbound.language
        role = team.role_of(session, address)
        before = conversations.marks(session, address.id)
        inbound = choosing.meant(session, address, inbound, now)
        turn = self._turn(session, inbound, address, person, role, now)
        asked = _question(turn.topic())
        choices = choosing.mistyped(session, address, inbound, now)
        replies = answer(turn) if choices is None else [choosing.choose_again(turn, choices)]
        session.flush()
        is_press = inbound.is_press and asked is not None
        if person.erased_at is not None and person.merged_into is None:
            return Heard(replies, Standing(), settles=is_press)
        settles = is_press and _question(turn.topic()) != asked
        if inbound.is_edit and not replies:
            return Heard([], consent.standing(session, person.id, inbound.channel))
        # In the end the chat may be somebody else's than it was taken for.
        person = customers.of(session, address)
        replies = self._laid_out(turn, replies, before) if choices is None else replies
        asks = conversations.asked_since(session, address.id, before)
        # What the team says leads the shop; it is no conversation with a customer.
        if team.role_of(session, address) is None:
            words = turn.confided[0] if turn.confided else linking.without_code(session, inbound.verbatim)
            talked = [(Kind.MESSAGE_OUT, linking.without_codes(reply)) for reply in replies]
            if turn.passed_on:
                said = interactions.log_message(session, person.id, Kind.MESSAGE_IN, inbound.channel, words, now)
                for question in turn.passed_on:
                    questions.add_line(session, question, said, media=inbound.media)
                for opinion in turn.opinions:
                    hearing.keep(session, said, opinion, self.judge, self.shop)
            else:
                talked.insert(0, (Kind.MESSAGE_IN, words))
            interactions.log_messages(session, person.id, inbound.channel, talked, now)
        standing = consent.standing(session, person.id, inbound.channel)
        return Heard(replies, standing, turn.errands, settles, asks)

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
            takes_files=inbound.channel in self._fetching,
            judge=self.judge,
        )

    def _laid_out(self, turn: Turn, replies: Sequence[Reply], before: Collection[str]) -> list[Reply]:
        channel, hint = self.channels.get(turn.inbound.channel), turn.word("choosing", "hint")
        return choosing.laid_out(turn.session, turn.address, channel, replies, hint, turn.now, before)

    def _language(self, inbound: Inbound) -> str:
        return inbound.language if inbound.language and inbound.language in LANGUAGES else self.shop.language


def _readable(text: str) -> str:
    """Without the one sign no database keeps, and with a question mark for half a sign, which nothing can write."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8").strip()


def _question(topic: ConversationState | None) -> tuple[str, str] | None:
    """What a chat is in the middle of, as it can be compared with what it is in the middle of later."""
    if topic is None:
        return None
    return topic.topic, repr([(name, each) for name, each in topic.data.items() if name not in HOW_OFTEN_ASKED])


def is_leaving(said: Inbound) -> bool:
    """Whether somebody clearly says that they leave."""
    return understand(_readable(said.text)).means is Means.STOP


def _is_of_the_team(session: Session, address: Address) -> bool:
    """As far as it can be told while something is broken."""
    try:
        with session.begin_nested():
            return team.role_of(session, address) is not None
    except exc.SQLAlchemyError:
        return False


def place(fault: Exception) -> str:
    """What kind of fault it is and in which line of ours it arose; nothing of what it says."""
    frames = traceback.extract_tb(fault.__traceback__)
    ours = [each for each in frames if HERE in Path(each.filename).parents and "site-packages" not in each.filename]
    frame = (ours or frames)[-1]
    return f"{type(fault).__name__} in {frame.name}, {Path(frame.filename).name}:{frame.lineno}"
