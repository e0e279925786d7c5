"""Stand-ins for the outside world. Nothing of our own is ever replaced."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from campaigns.channel import Outcome, Outgoing, Sent


class FakeChannel:
    """Takes messages like a messenger, answers as told, and remembers what it was given."""

    carries_documents = True
    carries_pictures = True

    def __init__(self, name: str = "simulator", answer: Callable[[Outgoing], Outcome] | None = None) -> None:
        self.name = name
        self.given: list[Outgoing] = []
        self.answer = answer

    async def send(self, outgoing: Outgoing) -> Outcome:
        await asyncio.sleep(0)
        self.given.append(outgoing)
        return self.answer(outgoing) if self.answer else Sent(f"fake-{len(self.given)}")
