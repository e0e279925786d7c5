"""Borgelt's miners in C on the columns of a file, timed; runs in the peers' own environment.

``python itemsets.py COLUMNS.npy SUPPORT ROUNDS`` prints one JSON document: seconds to make baskets of the
columns, seconds of each miner on those baskets, and the sets they find.
"""

from __future__ import annotations

import json
import sys
import time

import fim
import numpy as np

MINERS = ("eclat", "fpgrowth")


def best(act, rounds):
    found, taken = None, []
    for _ in range(rounds):
        begun = time.perf_counter()
        found = act()
        taken.append(time.perf_counter() - begun)
    return min(taken), found


def baskets(order, product):
    keys = np.unique(order * (product.max() + 1) + product)
    order, product = np.divmod(keys, product.max() + 1)
    return [each.tolist() for each in np.split(product, np.flatnonzero(np.diff(order)) + 1)]


def main():
    order, product = np.load(sys.argv[1])
    support, rounds = float(sys.argv[2]), int(sys.argv[3])
    laying, rows = best(lambda: baskets(order, product), rounds)
    taken, sets = {}, []
    for name in MINERS:
        act = getattr(fim, name)
        taken[name], sets = best(lambda act=act: act(rows, target="s", supp=support * 100, report="a"), rounds)
    print(json.dumps({"baskets": laying, "miners": taken, "sets": [[sorted(each), n] for each, n in sets]}))


if __name__ == "__main__":
    main()
