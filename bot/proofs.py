"""Which message of ours asked what: an answer to that very message proves that it was read, whatever was noted."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

from bot.inbound import Inbound

MOST = 1_000
"""It matters for moments only: soon it is noted in the database that the question was shown."""


@dataclass
class Proofs:
    """The marks of what was asked by the last MOST messages of this process."""

    _known: OrderedDict[tuple[str, str, str], frozenset[str]] = field(default_factory=OrderedDict)

    def add(self, channel: str, address: str, number: str, marks: frozenset[str]) -> None:
        """That message asked that."""
        self._known[channel, address, number] = marks
        self._known.move_to_end((channel, address, number))
        if len(self._known) > MOST:
            self._known.popitem(last=False)

    def of(self, inbound: Inbound) -> frozenset[str]:
        """What was asked by the message that this one answers; nothing where it answers none that is known."""
        return self._known.get((inbound.channel, inbound.address, inbound.in_reply_to or ""), frozenset())
