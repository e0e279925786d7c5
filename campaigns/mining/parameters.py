"""What a run is made with, and remembers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from campaigns.shop import Shop


@dataclass(frozen=True)
class Parameters:
    """What a run is made with, and remembers."""

    min_support: float = 0.005
    min_confidence: float = 0.2
    recommendations: int = 10
    bundles: int = 20
    seed: int = 0
    zone: str = "Asia/Jakarta"
    """The clock by which customers live who live by no other."""
    quiet_hours: str = "21:00-08:00"
    """Nobody's best hour lies in these."""

    @classmethod
    def of(cls, shop: Shop, **other: Any) -> Self:
        """As this shop's clock and manners want it."""
        return cls(zone=shop.zone.key, quiet_hours=str(shop.quiet_hours), **other)


USUAL = Parameters()
