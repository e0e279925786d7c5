"""Lots that fall the same way again on any machine. Pure."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from heapq import nsmallest
from itertools import accumulate

HEAD_BITS = 16
"""Lots are told apart by their first bits, at most so many, and by all of them only where that decides."""


def lot(seed: str, name: str) -> bytes:
    """The lot of ``name``: as good as random, and the same for the same seed."""
    return blake2b(f"{seed}\x1f{name}".encode(), digest_size=16).digest()


def by_lot(customers: Iterable[int], seed: str) -> list[int]:
    """The customers in the order of their lots; whoever comes or goes leaves the order of the others as it is."""
    return sorted(customers, key=lambda customer: lot(seed, str(customer)))


def first_by_lot(customers: Iterable[int], n: int, seed: str) -> list[int]:
    """The first ``n`` of ``by_lot``, however many the others are."""
    return nsmallest(n, customers, key=lambda customer: lot(seed, str(customer)))


def parted(customers: Sequence[int], groups: Sequence[int], sizes: Sequence[Sequence[int]], seed: str) -> bytearray:
    """For each customer the part that they fall into: the order of ``by_lot`` within their group, cut into parts.

    ``groups`` has each one's group and ``sizes`` by group how many each part takes, all of the group together; of at
    most 255 parts. Sorts nobody but those beside a cut, so that a million take the room of four million bytes.
    """
    if all(sum(size > 0 for size in each) <= 1 for each in sizes):
        only = [next((part for part, size in enumerate(each) if size), 0) for each in sizes]
        return bytearray(only[group] for group in groups)
    bits = min(HEAD_BITS, len(customers).bit_length())
    heads = array("H", (int.from_bytes(lot(seed, str(customer))[:2]) >> HEAD_BITS - bits for customer in customers))
    counts = [array("I", bytes(array("I").itemsize << bits)) for _ in sizes]
    for group, head in zip(groups, heads, strict=True):
        counts[group][head] += 1
    cuts = [_Cuts(each, list(accumulate(size))) for each, size in zip(counts, sizes, strict=True)]
    beside: dict[tuple[int, int], list[int]] = {}
    for customer, group, head in zip(customers, groups, heads, strict=True):
        if cuts[group].part_of[head] == _Cuts.DIVIDED:
            beside.setdefault((group, head), []).append(customer)
    alone = {
        customer: cuts[group].at(head, place)
        for (group, head), some in beside.items()
        for place, customer in enumerate(by_lot(some, seed))
    }
    parts = bytearray(cuts[group].part_of[head] for group, head in zip(groups, heads, strict=True))
    for place, part in enumerate(parts):
        if part == _Cuts.DIVIDED:
            parts[place] = alone[customers[place]]
    return parts


class _Cuts:
    """Where one group is cut: the part of all lots with the same head, DIVIDED where a cut goes through them."""

    DIVIDED = 255

    def __init__(self, counts: Sequence[int], ends: Sequence[int]) -> None:
        self.ends, self.before, self.part_of = ends, dict[int, int](), bytearray(len(counts))
        seen = 0
        for head, count in enumerate(counts):
            if count:
                first, last = bisect_right(ends, seen), bisect_right(ends, seen + count - 1)
                self.part_of[head] = first
                if first != last:
                    self.part_of[head], self.before[head] = self.DIVIDED, seen
                seen += count

    def at(self, head: int, place: int) -> int:
        """The part of the customer who is at that place among those with this head."""
        return bisect_right(self.ends, self.before[head] + place)
