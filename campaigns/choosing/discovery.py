"""How much of somebody's offer is kept for what they do not usually buy. Pure and repeatable."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b

LOTS = 2**64


@dataclass(frozen=True)
class Discovery:
    """The share kept for it, and this offer's lot, from 0 to below 1."""

    share: float = 0.0
    lot: float = 0.0

    def places(self, regular: int, most: int) -> int:
        """How many of at most ``most`` places go to something new beside ``regular`` products to choose from.

        Where the share is no whole number the lot rounds it, so that over many customers it is the share of all
        that is shown. Few regular products get fewer new ones beside them, not more.
        """
        exact = min(most * self.share, regular * self.share / (1 - self.share))
        return int(exact) + (self.lot < exact % 1)


NO_DISCOVERY = Discovery()


def draw(share: float, seed: str, customer_id: int) -> Discovery:
    """The same for the same campaign and customer on any machine, and apart from the lots of the holdout."""
    digest = blake2b(f"discovery\x1f{seed}\x1f{customer_id}".encode(), digest_size=8).digest()
    return Discovery(share, int.from_bytes(digest, "big") / LOTS)
