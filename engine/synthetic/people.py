"""Who shops at the invented shop: four planted groups, and customers who follow their group's habits loosely."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.frames import IntColumn
from engine.segments.vocabulary import BULK_BUYERS, DISCOUNT_SEEKERS, EXPLORERS, PREMIUM_LOYAL
from engine.synthetic.catalog import FIRST_NAMES, ITEMS, LAST_NAMES

Floats = NDArray[np.float64]

GROUPS: Final = (PREMIUM_LOYAL, DISCOUNT_SEEKERS, EXPLORERS, BULK_BUYERS)
GROUP_SHARES: Final = (0.25, 0.30, 0.20, 0.25)

LEANING_MOST: Final = 0.15
"""Nobody is a caricature: up to this part of a customer's habits is another group's."""

HABITS: Final = {
    #            premium  cheap  favourite  staple  new  variety  discount  pieces  browsing
    PREMIUM_LOYAL: (4.5, 0.6, 7.0, 0.8, 1.0, 0.5, 0.12, 1.25, 1.0),
    DISCOUNT_SEEKERS: (0.6, 1.8, 1.5, 1.0, 0.9, 0.45, 0.76, 1.40, 1.3),
    EXPLORERS: (1.1, 1.0, 1.0, 0.9, 4.0, 10.0, 0.15, 1.20, 2.0),
    BULK_BUYERS: (0.5, 1.3, 1.6, 2.2, 0.8, 0.5, 0.20, 7.00, 0.6),
}
"""By group: how many times likelier premium, cheap, favourite-brand, staple and new products are; how evenly tastes
spread (the gamma shape); the share of lines bought at a discount; usual pieces a line; clicks against the average."""

CHEAP_BELOW: Final = 30_000
STAPLES: Final = ("bahan", "kopi", "keripik", "sambal", "bumbu")
STEADINESS: Final = 30.0
"""The beta prior's weight in purchases: how closely a customer keeps to the group's share of discounts."""


@dataclass(frozen=True)
class People:
    """Habits of n customers over m products. Row i everywhere is one customer.

    ``group`` (n,) indexes GROUPS; ``taste`` (n, m) sums to 1 in each row; ``favours_new`` (n,) multiplies the taste
    for products just launched; ``activity`` (n,) has mean 1; ``platform_taste`` (n, p) multiplies a platform's share;
    ``discount_share``, ``pieces``, ``browsing`` (n,); ``joined`` and ``left`` (n,) are shares of the year.
    """

    group: IntColumn
    taste: Floats
    favours_new: Floats
    activity: Floats
    platform_taste: Floats
    discount_share: Floats
    pieces: Floats
    browsing: Floats
    joined: Floats
    left: Floats


def people(customers: int, platforms: int, rng: np.random.Generator) -> People:
    """Draw ``customers`` people; the groups' sizes are exact up to rounding, who is in which is chance."""
    group = rng.permutation(np.repeat(np.arange(len(GROUPS)), apportion(customers, GROUP_SHARES)))
    habit = _leaning(group, rng)
    activity = rng.lognormal(0, 0.3, customers)
    share = np.clip(habit[:, 6], 0.01, 0.99)
    platform_taste = rng.gamma(2.0, 0.5, (customers, platforms)) + 0.1
    left = np.where(rng.random(customers) < 0.10, rng.uniform(0.6, 0.9, customers), 1.0)
    return People(
        group=group.astype(np.int64),
        taste=_tastes(habit, rng),
        favours_new=habit[:, 4],
        activity=activity / activity.mean(),
        platform_taste=platform_taste / platform_taste.mean(axis=1, keepdims=True),
        discount_share=rng.beta(share * STEADINESS, (1 - share) * STEADINESS),
        pieces=habit[:, 7] * rng.lognormal(0, 0.15, customers),
        browsing=habit[:, 8] * rng.lognormal(0, 0.3, customers),
        joined=np.where(rng.random(customers) < 0.15, rng.uniform(0.3, 0.85, customers) * left, 0.0),
        left=left,
    )


def apportion(total: int, shares: tuple[float, ...]) -> IntColumn:
    """Whole parts (s,) in proportion to ``shares`` that add up to ``total`` (largest remainder)."""
    exact = total * np.array(shares) / sum(shares)
    parts = np.floor(exact).astype(np.int64)
    parts[np.argsort(parts - exact, kind="stable")[: total - parts.sum()]] += 1
    return parts


def names(customers: int, rng: np.random.Generator) -> tuple[str, ...]:
    """Believable names, all different; numbered from the second round on."""
    pairs = len(FIRST_NAMES) * len(LAST_NAMES)
    drawn = [rng.permutation(pairs) for _ in range(-(-customers // pairs))]
    return tuple(
        f"{FIRST_NAMES[pair % len(FIRST_NAMES)]} {LAST_NAMES[pair // len(FIRST_NAMES)]}"
        + (f" {round_ + 1}" if round_ else "")
        for round_, order in enumerate(drawn)
        for pair in order
    )[:customers]


def _leaning(group: IntColumn, rng: np.random.Generator) -> Floats:
    """Each customer's habits (n, 9): the own group's, with a part of another's."""
    table = np.array([HABITS[name] for name in GROUPS])
    other = (group + rng.integers(1, len(GROUPS), len(group))) % len(GROUPS)
    part = rng.uniform(0, LEANING_MOST, len(group))[:, None]
    blended: Floats = np.exp((1 - part) * np.log(table[group]) + part * np.log(table[other]))
    return blended


def _tastes(habit: Floats, rng: np.random.Generator) -> Floats:
    premium = np.array([item.premium for item in ITEMS])
    cheap = np.array([item.price < CHEAP_BELOW for item in ITEMS])
    staple = np.array([item.category in STAPLES for item in ITEMS])
    weight = rng.gamma(habit[:, 5, None], 1 / habit[:, 5, None], (len(habit), len(ITEMS)))
    weight *= habit[:, 0, None] ** premium * habit[:, 1, None] ** cheap * habit[:, 3, None] ** staple
    weight *= habit[:, 2, None] ** _is_favourite_brand(weight)
    taste: Floats = weight / weight.sum(axis=1, keepdims=True)
    return taste


def _is_favourite_brand(weight: Floats) -> NDArray[np.bool_]:
    """The brand each customer likes best anyhow is the one they are loyal to: true (n, m) for its products."""
    brands = sorted({item.brand for item in ITEMS})
    brand = np.array([brands.index(item.brand) for item in ITEMS])
    liking = np.column_stack([weight[:, brand == code].sum(axis=1) for code in range(len(brands))])
    mask: NDArray[np.bool_] = brand[None, :] == liking.argmax(axis=1)[:, None]
    return mask
