"""Which message of ours asked what: an answer to that very message proves that it was read, whatever was noted."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

from bot.inbound import Inbound, NothingLater

MOST = 1_000
"""It matters for moments only: soon it is noted in the database that the question was shown."""


@dataclass(frozen=True)
class Later(NothingLater):
    """The marks of what was asked after a moment: whoever wrote before it cannot have read that."""

    proofs: Proofs
    moment: int

    def __contains__(self, mark: object) -> bool:
        return self.proofs.moments.get(mark, 0) > self.moment


@dataclass
class Proofs:
    """The marks of what was asked by the last MOST messages of this process, in their order."""

    moments: OrderedDict[object, int] = field(default_factory=OrderedDict)
    """By mark, the how-manieth thing said it was."""
    _said: int = 0
    _known: OrderedDict[tuple[str, str, str], frozenset[str]] = field(default_factory=OrderedDict)

    def add(self, channel: str, address: str, number: str, marks: frozenset[str]) -> None:
        """That message asked that."""
        self._said += 1
        self.moments.update(dict.fromkeys(marks, self._said))
        while len(self.moments) > MOST:
            self.moments.popitem(last=False)
        self._known[channel, address, number] = marks
        self._known.move_to_end((channel, address, number))
        if len(self._known) > MOST:
            self._known.popitem(last=False)

    def from_now_on(self) -> Later:
        """What will be asked after this, whenever one looks."""
        return Later(self, self._said)

    def of(self, inbound: Inbound) -> frozenset[str]:
        """What was asked by the message that this one answers; nothing where it answers none that is known."""
        return self._known.get((inbound.channel, inbound.address, inbound.in_reply_to or ""), frozenset())
