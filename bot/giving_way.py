"""Work of minutes gives way to people: a process of ours that mines or reads a file takes what they leave."""

from __future__ import annotations

import os
from contextlib import suppress

NICENESS = 10
"""About a tenth of a processor where somebody else wants all of it, and all of it where nobody does. Source:
sched(7), of the nice value."""


def to_people(number: int) -> None:
    """Have the process of that number, which has just begun, stand back behind those that answer.

    It does no harm where it holds the database: whoever waits for that leaves it the processor.
    """
    # Windows knows no such order; and what has ended already is in nobody's way.
    if hasattr(os, "setpriority"):
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, number, os.getpriority(os.PRIO_PROCESS, 0) + NICENESS)
