"""What is chosen for somebody, and what it is chosen from. Plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from campaigns.insights import Suggested


@dataclass(frozen=True)
class Taste:
    """What one customer bought, and what the engine suggests for them."""

    recommended: Sequence[Suggested]
    """What is new to them."""
    bought: Sequence[int]
    """Product ids, oldest first, once a purchase."""
    orders: int
    last_at: datetime
    times: Mapping[int, Sequence[datetime]] = field(default_factory=dict)
    """When they bought each product, oldest first."""
    usual_until: date | None = None
    """Until when they are usually back, by their own rhythm as the run found it."""
    again: Sequence[Suggested] = ()
    """What of theirs they are likeliest to buy again."""


class Item(NamedTuple):
    """A product to show, and what it was chosen for where there is a reason."""

    product_id: int
    reason: str | None = None
    reason_product_id: int | None = None


@dataclass(frozen=True)
class Ideas:
    """What a personal offer could show, the best first, and ``elsewhere``, where to look for something new."""

    items: Sequence[Item]
    elsewhere: Sequence[int] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    is_bundle: bool = False
    is_exact: bool = False
    """Nothing else is put among the items."""


@dataclass(frozen=True)
class Choice:
    """Products to show with the reason for each, and facts the words need."""

    items: tuple[Item, ...]
    facts: Mapping[str, Any] = field(default_factory=dict)
    is_bundle: bool = False
    """A bundle is a whole: nothing is added to it or left out."""
    is_owners: bool = False
    """The owner said which products; neither the engine nor the sales did."""


Chosen = tuple[Choice, bool]
"""What to show, and whether it is personal."""


@dataclass(frozen=True)
class Told:
    """What of one person's offer is settled beforehand.

    ``product_ids`` are the owner's choice. ``about`` is the product that made it this person's turn, with its reason.
    ``leaves_unlikely``: to clear the stock, those who hardly want any of it are left alone.
    """

    product_ids: tuple[int, ...] = ()
    about: Item | None = None
    leaves_unlikely: bool = False


NOTHING_TOLD = Told()
