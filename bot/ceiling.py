"""A ceiling over the memory of this process: mining ends with a sentence before the whole computer has none left."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

STATUS = Path("/proc/self/status")
FIRST_TO_GO = Path("/proc/self/oom_score_adj")
MEGABYTE = 1 << 20
RESIDENT = re.compile(r"^VmRSS:\s+(\d+) kB$", re.MULTILINE)
WALL = 1.25
"""Of the ceiling: what may be asked for at once, between two looks. More is refused by the system."""


class TooMuchMemory(MemoryError):
    """What is done needs more memory than it may take; the sentence says how to mend it."""


@contextmanager
def ceiling(most_megabytes: int) -> Iterator[Callable[[], None]]:
    """While the block runs this process may hold ``most_megabytes``; what it gives is to be called now and then.

    Raises TooMuchMemory: from there, and in place of the MemoryError of whoever asks for too much at once.
    """
    sentence = (
        f"mining needs more than {most_megabytes:,} MB of memory, which is all it may take: nothing was changed. "
        "Give it more with MINING_MEMORY_MB, if this computer has as much, or look at fewer things: "
        "langganan mine --min-support 0.01"
    )

    def look() -> None:
        if resident_megabytes() > most_megabytes:
            raise TooMuchMemory(sentence)

    with suppress(OSError):
        # Should the computer run out of memory all the same, this goes before whoever answers people.
        FIRST_TO_GO.write_text("1000", encoding="ascii")
    with _walled(int(most_megabytes * WALL)):
        try:
            yield look
        except TooMuchMemory:
            raise
        except MemoryError as fault:
            raise TooMuchMemory(sentence) from fault


def resident_megabytes() -> float:
    """What this process holds; nothing where the system does not tell."""
    with suppress(OSError):
        found = RESIDENT.search(STATUS.read_text(encoding="ascii"))
        return int(found[1]) * 1_024 / MEGABYTE if found else 0.0
    return 0.0


@contextmanager
def _walled(megabytes: int) -> Iterator[None]:
    """Of Linux: private memory that can be written to. Source: getrlimit(2), RLIMIT_DATA."""
    if os.name != "posix" or not STATUS.exists():
        yield
        return
    import resource  # there is none on Windows

    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    wall = megabytes * MEGABYTE if hard == resource.RLIM_INFINITY else min(megabytes * MEGABYTE, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (wall, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))
