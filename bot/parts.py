"""Which part of a shop a process does; see docs/decisions/0033-several-processes.md."""

from __future__ import annotations

from enum import StrEnum


class Part(StrEnum):
    """``web`` hears and answers people, ``worker`` does what happens by itself, ``all`` is both."""

    ALL = "all"
    WEB = "web"
    WORKER = "worker"

    @property
    def answers(self) -> bool:
        """Whether it has a door to the web and listens on the messengers."""
        return self is not Part.WORKER

    @property
    def works(self) -> bool:
        """Whether it sends offers and has its turn at the scheduler's jobs."""
        return self is not Part.WEB
