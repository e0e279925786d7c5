"""A messenger without a network: what is sent stays here to be looked at."""

from __future__ import annotations

from collections import deque
from itertools import count

from campaigns.channel import Outgoing, Sent

REMEMBERED = 1_000


class Simulator:
    """Takes every message, documents too. ``sent`` keeps the last REMEMBERED, oldest first."""

    name = "simulator"
    carries_documents = True

    def __init__(self) -> None:
        self.sent: deque[Outgoing] = deque(maxlen=REMEMBERED)
        self._numbers = count(1)

    async def send(self, outgoing: Outgoing) -> Sent:
        self.sent.append(outgoing)
        return Sent(f"simulator-{next(self._numbers)}")
