"""Which messages of ours may be written over: those that only showed how things stand. Nothing else is, ever: who
presses a button under an offer keeps the offer.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

MOST = 10_000


@dataclass
class Panels:
    """The last MOST of this process. What is forgotten is answered by a message of its own."""

    _known: OrderedDict[tuple[str, str, str], None] = field(default_factory=OrderedDict)

    def add(self, channel: str, address: str, number: str) -> None:
        """That message may be written over."""
        self._known[channel, address, number] = None
        self._known.move_to_end((channel, address, number))
        if len(self._known) > MOST:
            self._known.popitem(last=False)

    def has(self, channel: str, address: str, number: str | None) -> bool:
        return number is not None and (channel, address, number) in self._known
