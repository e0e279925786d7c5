"""That who is told to close is gone in time, though a thread still waits for a database that hangs.

Python waits for every thread before it ends, and nobody can end one that waits for an answer. What it was about to
write is written whole or not at all, as when a computer stops: the database sees to that.
"""

from __future__ import annotations

import logging
import os
import threading

log = logging.getLogger(__name__)
SECONDS = 9.5
"""From being told to being gone; whoever supervises the process kills it after ten."""
LATE = 1
"""How the process ends then."""


def begin(seconds: float = SECONDS) -> None:
    """End this process after so many seconds, unless it has ended by then."""
    timer = threading.Timer(seconds, _leave)
    timer.daemon = True
    timer.start()


def _leave() -> None:
    log.warning("the time for closing is over: what still waits for the database is left")
    logging.shutdown()
    os._exit(LATE)
