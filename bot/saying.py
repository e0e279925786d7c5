"""Saying something to somebody, one thing after the other in a chat. Who is gone and what was asked is noted."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from bot import sending
from bot.clock import Clock
from bot.gathering import Gathering
from bot.one_by_one import OneByOne
from bot.proofs import Proofs
from campaigns.channel import Channel, Outcome, Outgoing, Sent, Unreachable
from campaigns.words.composing import Reply
from ledger import conversations, customers
from ledger.ailments import is_away
from ledger.conversations import Asked
from ledger.database import Database

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Mouth:
    """Speaks on every channel. Within a chat what is begun in ``chats`` under its name keeps its order."""

    database: Database
    channels: Mapping[str, Channel]
    clock: Clock
    chats: OneByOne = field(default_factory=OneByOne)
    """What is being said, by channel and address."""
    proofs: Proofs = field(default_factory=Proofs)
    """Which questions went out as which messages, until that is noted."""

    async def say(
        self, channel: str, outgoing: Outgoing, again_after: Collection[type[Outcome]], asks: Asked | None = None
    ) -> Outcome:
        """Now; see bot/sending.py for ``again_after``. What it ``asks`` may be answered from then on.

        Of what was given up the log has the kind alone.
        """
        sent_at = self.clock.now()
        outcome = await sending.send(self.channels[channel], outgoing, self.clock, again_after)
        if asks is not None:
            if isinstance(outcome, Sent):
                self.proofs.add(channel, outgoing.address, outcome.provider_message_id, asks.marks)
            await self._note_beside_others(asks, outcome)
        if isinstance(outcome, Unreachable):
            await asyncio.to_thread(self.note_unreachable, channel, outgoing.address, sent_at)
        if not isinstance(outcome, Sent):
            log.warning("an answer on %s was not delivered: %s", channel, type(outcome).__name__)
        return outcome

    async def say_in_turn(self, channel: str, outgoing: Outgoing, asks: Asked | None = None) -> Outcome:
        """An answer, after everything that is being said in its chat."""
        chat = channel, outgoing.address
        return await asyncio.shield(self.chats.begin(chat, lambda: self.say(channel, outgoing, sending.ANSWER, asks)))

    @cached_property
    def _notes(self) -> Gathering[tuple[Asked, Outcome], None]:
        return Gathering(self._note, is_away)

    def note_asked(self, asks: Asked, outcome: Outcome) -> None:
        """Only what surely reached somebody can be answered. What could not be noted is put again."""
        try:
            self._note([(asks, outcome)])
        except Exception as fault:  # noqa: BLE001 - whoever was asked has the question, and its buttons prove it
            _regret(fault)

    async def _note_beside_others(self, asks: Asked, outcome: Outcome) -> None:
        try:
            await self._notes.add((asks, outcome))
        except Exception as fault:  # noqa: BLE001 - as above
            _regret(fault)

    def _note(self, asked: Sequence[tuple[Asked, Outcome]]) -> Sequence[None]:
        with self.database.transaction(is_for_people=True) as session:
            # In one order, so that two processes never wait for each other.
            for asks, outcome in sorted(asked, key=lambda each: each[0].address_id):
                if isinstance(outcome, Sent):
                    conversations.note_shown(session, asks, self.clock.now())
                else:
                    conversations.note_lost(session, asks)
        return [None] * len(asked)

    def note_unreachable(self, channel: str, address: str, sent_at: datetime | None = None) -> None:
        """Blocked or gone when something was sent: nothing is planned for that address until they write again."""
        try:
            with self.database.transaction() as session:
                known = customers.address_of(session, channel, address)
                if known is not None:
                    customers.mark_undelivered(session, known, sent_at or self.clock.now())
        except Exception as fault:  # noqa: BLE001 - the next message to them tells it again
            log.error("who is gone could not be noted: %s", type(fault).__name__)  # noqa: TRY400


def _regret(fault: Exception) -> None:
    log.error("that a question was shown could not be noted: %s", type(fault).__name__)


def outgoing_of(address: str, reply: Reply, replaces: str | None = None) -> Outgoing:
    """A reply on its way to an address."""
    return Outgoing(address, reply.text, reply.buttons, reply.document, replaces=replaces, copyable=reply.copyable)
