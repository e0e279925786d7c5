"""Who gets nothing, by lot, so that one can tell what the offer did. Pure and repeatable."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from campaigns.launching.lots import lot, parted


def draw(strata: Mapping[int, str | None], share: float, seed: str) -> frozenset[int]:
    """The customers held out of a campaign.

    ``strata`` maps each eligible customer to the group in which the share is to hold (their segment), so that both
    arms are alike. The same customers, share and seed draw the same lots on any machine. In all, ``share`` of the
    customers are drawn, to the nearest whole; any share above nothing draws at least one of two or more.
    Raises ValueError for a share outside 0 to 0.9.
    """
    names = {stratum or "": None for stratum in strata.values()}
    place_of = {name: place for place, name in enumerate(names)}
    customers, groups = list(strata), [place_of[stratum or ""] for stratum in strata.values()]
    drawn = drawn_of(customers, groups, list(names), share, seed)
    return frozenset(customer for customer, is_drawn in zip(customers, drawn, strict=True) if is_drawn)


def drawn_of(
    customers: Sequence[int], groups: Sequence[int], names: Sequence[str], share: float, seed: str
) -> bytearray:
    """The same of a million: for each customer, whose group's name stands at its place in ``names``, 1 or 0."""
    if not 0 <= share <= 0.9:
        raise ValueError(f"a holdout is between 0 and 0.9 of the audience, not {share}")
    sizes = Counter(groups)
    wanted = round(share * len(customers))
    if share > 0 and len(customers) >= 2:
        wanted = max(wanted, 1)
    quotas = _quotas({names[group]: n for group, n in sizes.items()}, wanted, seed)
    held = [quotas.get(name, 0) for name in names]
    parts = [(n, sizes[group] - n) for group, n in enumerate(held)]
    return bytearray(1 - part for part in parted(customers, groups, parts, seed))


def falls_to(customer: int, share: float, seed: str) -> bool:
    """Whether this customer is held out where they come one by one or again and again: by a lot of their own."""
    drawn = lot(seed, f"alone {customer}")
    return int.from_bytes(drawn) < share * float(2 ** (8 * len(drawn)))


def _quotas(sizes: Mapping[str, int], wanted: int, seed: str) -> dict[str, int]:
    """``wanted`` places dealt out by size, the largest remainders first."""
    total = sum(sizes.values())
    exact = {name: wanted * size / total for name, size in sizes.items()}
    quotas = {name: int(places) for name, places in exact.items()}
    remainders = sorted(sizes, key=lambda name: (quotas[name] - exact[name], lot(seed, name)))
    for name in remainders[: wanted - sum(quotas.values())]:
        quotas[name] += 1
    return quotas
