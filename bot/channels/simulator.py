"""A messenger without a network: what is sent stays here to be looked at."""

from __future__ import annotations

from collections import deque
from itertools import count

from bot.errands import CannotFetch
from campaigns.channel import Outgoing, Sent

REMEMBERED = 1_000
FILES = 4


class Simulator:
    """Takes every message, documents too. ``sent`` keeps the last REMEMBERED, oldest first."""

    name = "simulator"
    carries_documents = True
    carries_pictures = True

    def __init__(self) -> None:
        self.sent: deque[Outgoing] = deque(maxlen=REMEMBERED)
        self.numbers: deque[str] = deque(maxlen=REMEMBERED)
        """Of each in ``sent`` the number it can be quoted by."""
        self.files: dict[str, bytes] = {}
        """What people sent along, by reference, until it is fetched."""
        self._numbers = count(1)

    async def send(self, outgoing: Outgoing) -> Sent:
        number = f"simulator-{next(self._numbers)}"
        self.sent.append(outgoing)
        self.numbers.append(number)
        return Sent(number)

    def received_by(self, address: str) -> list[tuple[str, Outgoing]]:
        """What somebody was sent, oldest first, each with its number."""
        return [
            (number, each) for number, each in zip(self.numbers, self.sent, strict=True) if each.address == address
        ]

    def hand_in(self, data: bytes) -> str:
        """A file somebody sends along; the reference it is fetched by, once."""
        reference = f"file-{next(self._numbers)}"
        self.files[reference] = data
        # Nobody but the team has files fetched: what others send is not heaped up.
        for old in list(self.files)[:-FILES]:
            del self.files[old]
        return reference

    async def fetch(self, reference: str, largest_bytes: int) -> bytes:
        """Raises CannotFetch."""
        data = self.files.pop(reference, None)
        if data is None or len(data) > largest_bytes:
            raise CannotFetch
        return data
