"""Saying something to somebody: one thing after the other in a chat, and whoever is gone is noted."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot import sending
from bot.clock import Clock
from bot.one_by_one import OneByOne
from campaigns.channel import Channel, Outcome, Outgoing, Sent, Unreachable
from campaigns.composing import Reply
from ledger import customers
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

    async def say(self, channel: str, outgoing: Outgoing, again_after: Collection[type[Outcome]]) -> Outcome:
        """Now; see bot/sending.py for ``again_after``. Of what was given up the log has the kind alone."""
        sent_at = self.clock.now()
        outcome = await sending.send(self.channels[channel], outgoing, self.clock, again_after)
        if isinstance(outcome, Unreachable):
            await asyncio.to_thread(self.note_unreachable, channel, outgoing.address, sent_at)
        if not isinstance(outcome, Sent):
            log.warning("an answer on %s was not delivered: %s", channel, type(outcome).__name__)
        return outcome

    async def say_in_turn(self, channel: str, outgoing: Outgoing) -> Outcome:
        """An answer, after everything that is being said in its chat."""
        chat = channel, outgoing.address
        return await asyncio.shield(self.chats.begin(chat, lambda: self.say(channel, outgoing, sending.ANSWER)))

    def note_unreachable(self, channel: str, address: str, sent_at: datetime | None = None) -> None:
        """Blocked or gone when something was sent: nothing is planned for that address until they write again."""
        try:
            with self.database.transaction() as session:
                known = customers.address_of(session, channel, address)
                if known is not None:
                    customers.mark_undelivered(session, known, sent_at or self.clock.now())
        except Exception as fault:  # noqa: BLE001 - the next message to them tells it again
            log.error("who is gone could not be noted: %s", type(fault).__name__)  # noqa: TRY400


def outgoing_of(address: str, reply: Reply, replaces: str | None = None) -> Outgoing:
    """A reply on its way to an address."""
    return Outgoing(address, reply.text, reply.buttons, reply.document, replaces=replaces, copyable=reply.copyable)
