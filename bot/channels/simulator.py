"""A messenger without a network: what is sent stays here to be looked at, and is told to whoever shows it."""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Callable
from itertools import count

from bot.errands import CannotFetch
from campaigns.channel import SIMULATOR, Outgoing, Sent

REMEMBERED = 1_000
REMEMBERED_BYTES = 64_000_000
"""Of documents and pictures: as much memory as a long export and many charts take."""
FILES = 4


class Simulator:
    """Takes every message, documents too. ``sent`` keeps the last REMEMBERED, oldest first, with
    REMEMBERED_BYTES at most."""

    name = SIMULATOR
    carries_documents = True
    carries_pictures = True

    def __init__(self) -> None:
        self.sent: deque[Outgoing] = deque()
        self.numbers: deque[str] = deque()
        """Of each in ``sent`` the number it can be quoted by."""
        self.files: dict[str, bytes] = {}
        """What people sent along, by reference, until it is fetched."""
        self.shown: Callable[[str, Outgoing], None] | None = None
        """Told of each message as it is sent, with its number: whoever has the phones."""
        self._numbers = count(1)
        # A shop outlives the process, and what it was sent as is followed by its number.
        self._run = secrets.token_hex(4)
        self._bytes = 0

    async def send(self, outgoing: Outgoing) -> Sent:
        number = f"{self.name}-{self._run}-{next(self._numbers)}"
        self._keep(number, outgoing)
        if self.shown is not None:
            self.shown(number, outgoing)
        return Sent(number)

    def _keep(self, number: str, outgoing: Outgoing) -> None:
        self.sent.append(outgoing)
        self.numbers.append(number)
        self._bytes += _bytes_of(outgoing)
        while len(self.sent) > REMEMBERED or (self._bytes > REMEMBERED_BYTES and len(self.sent) > 1):
            self.numbers.popleft()
            self._bytes -= _bytes_of(self.sent.popleft())

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


def _bytes_of(outgoing: Outgoing) -> int:
    return len(outgoing.document.data) if outgoing.document is not None else 0
