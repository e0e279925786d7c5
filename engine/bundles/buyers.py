"""Whom a bundle is for: who bought a part of it and never the whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from engine.frames import NONE, Interactions, Kind


class Buyers(NamedTuple):
    """How many customers ever bought all of a bundle's products, together or not, and how many only some."""

    whole: int
    part: int


def buyers(bundles: Sequence[Sequence[int]], interactions: Interactions) -> Iterator[Buyers]:
    """For each bundle, given as product ids, by the purchases of customers that are known."""
    wanted = np.unique(np.array([each for bundle in bundles for each in bundle], dtype=np.int64))
    rows = np.flatnonzero(np.isin(interactions.product, wanted))
    rows = rows[(interactions.kind[rows] == Kind.PURCHASE) & (interactions.customer[rows] != NONE)]
    customers, customer = np.unique(interactions.customer[rows], return_inverse=True)
    has = np.zeros((len(wanted), len(customers)), dtype=bool)
    has[np.searchsorted(wanted, interactions.product[rows]), customer] = True
    for bundle in bundles:
        n_of_it = has[np.searchsorted(wanted, bundle)].sum(axis=0)
        whole = int((n_of_it == len(bundle)).sum())
        yield Buyers(whole, int((n_of_it > 0).sum()) - whole)
