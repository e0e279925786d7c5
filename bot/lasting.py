"""How Python keeps house in a process that stays: it seldom looks for waste, and its threads take short turns.

Now and then Python stops everything to look through all there is for circles that nobody holds any more. Of a shop
that is open nine tenths are code, tables and words that never go: looking through them took a tenth of a second, and
whoever wrote just then waited for it.

And whichever thread is at work keeps the others out for 5 ms, says Python, unless it waits for something: the one
that asks the database waits often and briefly, and lost its turn each time to the one that sends. Short turns let
both get on: see docs/decisions/0037-measured-against-peers.md.
"""

from __future__ import annotations

import gc
import sys
from typing import Final

TURN_SECONDS: Final = 0.0005
LOOKED_THROUGH_FROM: Final = (50_000, 20, 20)
"""So many things have come and not gone again before waste is looked for; Python's own 700 come with each message."""
_BEFORE: Final = (sys.getswitchinterval(), gc.get_threshold())


def settle_in() -> None:
    """What is there now lasts: it is counted as used, and only what is made from now on is looked through."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*LOOKED_THROUGH_FROM)
    sys.setswitchinterval(TURN_SECONDS)


def move_out() -> None:
    """It lasts no longer: the shop is closed, and the process may go on with something else."""
    turn_seconds, thresholds = _BEFORE
    gc.unfreeze()
    gc.set_threshold(*thresholds)
    sys.setswitchinterval(turn_seconds)
