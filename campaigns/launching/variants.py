"""Who gets which form of an offer. Pure and repeatable."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import floor

from campaigns.launching.drafts import Allocation, Variant
from campaigns.launching.lots import lot, parted
from campaigns.tables import Campaign

FINEST_SHARE = 10_000


def deal(strata: Mapping[int, str | None], campaign: Campaign) -> dict[int, str]:
    """The variant of each of these customers, who are given with the group in which the shares are to hold.

    In all, each variant gets its share to the nearest whole, the largest remainders first, and in each group to
    within one. The lots are the campaign's but not those of its holdout. Whoever comes or goes moves about one
    customer a variant in their own group, and in others only those with whom a remainder goes elsewhere.
    Nothing for those of a bandit: theirs is decided when their turn comes, see campaigns/outcomes/learning.py.
    """
    if campaign.allocation == Allocation.BANDIT or not strata:
        return {}
    names = {stratum or "": None for stratum in strata.values()}
    place_of = {name: place for place, name in enumerate(names)}
    groups = [place_of[stratum or ""] for stratum in strata.values()]
    forms = dealt_to(list(strata), groups, list(names), campaign)
    return {customer: campaign.forms[form].name for customer, form in zip(strata, forms, strict=True)}


def dealt_to(customers: Sequence[int], groups: Sequence[int], names: Sequence[str], campaign: Campaign) -> bytearray:
    """The same of a million: for each customer, whose group's name stands at its place in ``names``, which form."""
    seed, forms = f"variants\x1f{campaign.seed}", campaign.forms
    sizes = Counter(groups)
    counts = _Table({names[group]: n for group, n in sizes.items()}, forms, seed).filled()
    nothing = [0] * len(forms)
    return parted(customers, groups, [counts.get(name, nothing) for name in names], seed)


def alone(customer: int, campaign: Campaign) -> str | None:
    """The variant of somebody who comes one by one, by a lot of their own; None for those of a bandit."""
    if campaign.allocation == Allocation.BANDIT:
        return None
    drawn = lot(f"variants\x1f{campaign.seed}", f"alone {customer}")
    place = int.from_bytes(drawn) / 2.0 ** (8 * len(drawn)) * sum(form.share for form in campaign.forms)
    for form in campaign.forms:
        place -= form.share
        if place < 0:
            return form.name
    return campaign.forms[-1].name


@dataclass
class _Table:
    """How many of each group get each variant, so that rows and columns both come out whole (controlled rounding).

    Each cell is rounded down, and the places left over are matched to the columns that still lack some. That a
    matching exists is Bacharach (1966), Matrix rounding problems, Management Science 12.
    """

    sizes: Mapping[str, int]
    forms: Sequence[Variant]
    seed: str
    extra: dict[int, list[str]] = field(default_factory=dict)
    """By column: the groups that got one more there."""

    def filled(self) -> dict[str, list[int]]:
        exact = {name: [size * share for share in self._shares()] for name, size in self.sizes.items()}
        lacks = self._lacks(exact)
        for name in sorted(exact, key=lambda each: lot(self.seed, each)):
            for _ in range(self.sizes[name] - sum(map(floor, exact[name]))):
                if not self._place(name, exact, lacks, set()):
                    raise AssertionError("the remainders of a table can always be matched")
        return {
            name: [floor(cell) + self.extra.get(column, []).count(name) for column, cell in enumerate(cells)]
            for name, cells in exact.items()
        }

    def _shares(self) -> list[Fraction]:
        parts = [Fraction(each.share).limit_denominator(FINEST_SHARE) for each in self.forms]
        return [part / sum(parts) for part in parts]

    def _lacks(self, exact: Mapping[str, Sequence[Fraction]]) -> list[int]:
        """How many places each column gets beyond its cells rounded down."""
        total = sum(self.sizes.values())
        wanted = [total * share for share in self._shares()]
        quotas = [floor(each) for each in wanted]
        first = sorted(range(len(wanted)), key=lambda column: (quotas[column] - wanted[column], column))
        for column in first[: total - sum(quotas)]:
            quotas[column] += 1
        return [quota - sum(floor(cells[column]) for cells in exact.values()) for column, quota in enumerate(quotas)]

    def _place(
        self, name: str, exact: Mapping[str, Sequence[Fraction]], lacks: Sequence[int], tried: set[int]
    ) -> bool:
        """Give ``name`` one more somewhere, moving another group's on where the column is full."""
        cells = exact[name]
        wish = sorted(range(len(cells)), key=lambda column: (floor(cells[column]) - cells[column], column))
        for column in wish:
            holders = self.extra.setdefault(column, [])
            if cells[column].denominator == 1 or column in tried or name in holders:
                continue
            tried.add(column)
            if len(holders) < lacks[column]:
                holders.append(name)
                return True
            for other in holders:
                if self._place(other, exact, lacks, tried):
                    holders[holders.index(other)] = name
                    return True
        return False
