"""How fast are our itemsets beside mlxtend's FP-growth, and are they the same ones?

Online Retail, support 0.005, one run: ``python benchmarks/engine/bench_bundles.py``
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402 - the project's folder must be findable first
import pandas as pd  # noqa: E402
import polars as pl  # noqa: E402
from mlxtend.frequent_patterns import fpgrowth  # noqa: E402
from scipy import sparse  # noqa: E402

from benchmarks.measuring import arguments, leave  # noqa: E402
from engine.bundles.itemsets import frequent_itemsets  # noqa: E402

DATA = ROOT.parent / "shared/data/online_retail.csv.gz"
SUPPORT = 0.005
SMALL = 4_000
"""Orders."""


def baskets() -> tuple[np.ndarray, np.ndarray]:
    names = ("InvoiceNo", "StockCode", "CustomerID")
    lines = pl.read_csv(DATA, schema_overrides=dict.fromkeys(names, pl.String))
    is_sale = (pl.col("Quantity") > 0) & (pl.col("UnitPrice") > 0) & ~pl.col("InvoiceNo").str.starts_with("C")
    lines = lines.filter(is_sale & pl.col("CustomerID").is_not_null())
    order, product = (lines[n].rank("dense").cast(pl.Int64).to_numpy() - 1 for n in ("InvoiceNo", "StockCode"))
    return order, product


def as_table(order: np.ndarray, product: np.ndarray) -> pd.DataFrame:
    ones = np.ones(len(order), dtype=bool)
    return pd.DataFrame(sparse.csr_matrix((ones, (order, product))).toarray())


def main() -> None:
    said = arguments(__doc__)
    if not DATA.exists():
        print(f"Online Retail is not at {DATA}: nothing to compare, no budget judged.")
        return
    order, product = baskets()
    if said.small:
        order, product = order[order < SMALL], product[order < SMALL]
    table = as_table(order, product)

    begun = time.perf_counter()
    ours = frequent_itemsets(order, product, SUPPORT)
    our_seconds = time.perf_counter() - begun

    begun = time.perf_counter()
    theirs = fpgrowth(table, min_support=SUPPORT)
    their_seconds = time.perf_counter() - begun

    counts = (theirs.support * len(table)).round().astype(int)
    same = ours.as_dict() == {tuple(sorted(s)): c for s, c in zip(theirs.itemsets, counts, strict=True)}
    print(f"{len(ours)} itemsets in {ours.n_baskets} baskets at support {SUPPORT}; the same sets and counts: {same}")
    print(f"ours {our_seconds:.3f} s, mlxtend fpgrowth {their_seconds:.3f} s")
    print(f"speed ratio {their_seconds / our_seconds:.1f}")
    leave(is_well=same, is_small=said.small)


if __name__ == "__main__":
    main()
