"""What a process loads before it opens stays to its end, and is not looked through for waste again and again.

Now and then Python stops everything to look through all there is for circles that nobody holds any more. Of a shop
that is open nine tenths are code, tables and words that never go: looking through them took a tenth of a second, and
whoever wrote just then waited for it.
"""

from __future__ import annotations

import gc


def settle_in() -> None:
    """What is there now lasts: it is counted as used, and only what is made from now on is looked through."""
    gc.collect()
    gc.freeze()


def move_out() -> None:
    """It lasts no longer: the shop is closed, and the process may go on with something else."""
    gc.unfreeze()
