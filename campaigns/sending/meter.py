"""What the pipe tells of itself while it works: how long each step takes, and what came of what was sent.

The port; whoever counts is in the bot. Nobody's address, words or name goes through it.
"""

from __future__ import annotations

from typing import Protocol

from campaigns.channel import Outcome


class Meter(Protocol):
    """Told after the deed, from whichever thread did it."""

    def claimed(self, seconds: float) -> None:
        """A batch was claimed, not yet for good."""
        ...

    def sent(self, channel: str, outcome: Outcome, seconds: float) -> None:
        """A provider answered, or did not."""
        ...

    def settled(self, seconds: float) -> None:
        """What came of a batch was written down, not yet for good."""
        ...

    def kept(self, seconds: float) -> None:
        """Both are committed; so long the whole transaction took, with the wait for it."""
        ...


class Unmetered:
    """Nobody counts."""

    def claimed(self, seconds: float) -> None: ...

    def sent(self, channel: str, outcome: Outcome, seconds: float) -> None: ...

    def settled(self, seconds: float) -> None: ...

    def kept(self, seconds: float) -> None: ...
