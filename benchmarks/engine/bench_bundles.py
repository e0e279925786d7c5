"""How fast are our itemsets beside mlxtend's FP-growth and miners in C, and are they the same ones? Do rules last?

Online Retail, support 0.005, in one run: ``python benchmarks/engine/bench_bundles.py``. Told is the quickest of a few
rounds by the clock on the wall, from columns of order and product to sets with their counts; for a C miner baskets
must be laid out as lists first, which is told apart. The C miner (pyfim) is looked for in the environment whose
interpreter ``PEERS_PYTHON`` names, or in benchmarks/peers/.venv; see benchmarks/peers/itemsets.txt. ``--baskets`` is
for a synthetic shop of so many, two and a half zipf-distributed products each: 4000000 are ten million lines.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402 - the project's folder must be findable first
import pandas as pd  # noqa: E402
import polars as pl  # noqa: E402
from mlxtend.frequent_patterns import fpgrowth  # noqa: E402
from scipy import sparse  # noqa: E402

from benchmarks.measuring import arguments, leave, peak_megabytes, timed  # noqa: E402
from engine.bundles.baskets import lines_bought  # noqa: E402
from engine.bundles.itemsets import frequent_itemsets  # noqa: E402
from engine.bundles.later import part  # noqa: E402
from engine.bundles.proposals import Bundles  # noqa: E402
from engine.frames import Interactions, Kind  # noqa: E402

DATA = ROOT.parent / "shared/data/online_retail.csv.gz"
PEERS = ROOT / "benchmarks/peers"
SUPPORT = 0.005
SMALL = 4_000
"""Orders."""
FASTER_THAN_MLXTEND = 20
SLOWER_THAN_C = 2
CATALOGUE = 20_000
ROUNDS = 7

Sets = dict[tuple[int, ...], int]


def bought(most: int | None) -> Interactions:
    """The purchases of Online Retail, of the first ``most`` orders."""
    names = ("InvoiceNo", "StockCode", "CustomerID")
    lines = pl.read_csv(DATA, schema_overrides=dict.fromkeys(names, pl.String), try_parse_dates=True)
    is_sale = (pl.col("Quantity") > 0) & (pl.col("UnitPrice") > 0) & ~pl.col("InvoiceNo").str.starts_with("C")
    lines = lines.filter(is_sale & pl.col("CustomerID").is_not_null())
    order, product, customer = (lines[n].rank("dense").cast(pl.Int64).to_numpy() - 1 for n in names)
    one, at = np.ones(len(order), dtype=np.int64), lines["InvoiceDate"].dt.epoch("us").to_numpy()
    rows = Interactions(customer, one * int(Kind.PURCHASE), at, product, one, one, one, order, one)
    return rows if most is None else rows.where(order < most)


def quickest(act: Callable[[], object], rounds: int) -> float:
    """Seconds that whoever asks waits for. The processor's own would count the threads of BLAS that spin idly."""
    found = []
    for _ in range(rounds):
        with timed() as taken:
            act()
        found.append(taken.seconds)
    return min(found)


def by_mlxtend(rows: Interactions, rounds: int) -> tuple[float, Sets]:
    ones = np.ones(len(rows), dtype=bool)
    table = pd.DataFrame(sparse.csr_matrix((ones, (rows.order, rows.product))).toarray())
    seconds = quickest(lambda: fpgrowth(table, min_support=SUPPORT), rounds)
    found = fpgrowth(table, min_support=SUPPORT)
    counts = (found.support * len(table)).round().astype(int)
    return seconds, {tuple(sorted(each)): n for each, n in zip(found.itemsets, counts, strict=True)}


def by_c(rows: Interactions, rounds: int) -> dict[str, Any] | None:
    """What the miners in C found and took; None where they are not installed."""
    python = os.environ.get("PEERS_PYTHON") or str(PEERS / ".venv/bin/python")
    with tempfile.TemporaryDirectory() as folder:
        np.save(f"{folder}/columns.npy", np.stack([rows.order, rows.product]))
        asked = [python, str(PEERS / "itemsets.py"), f"{folder}/columns.npy", str(SUPPORT), str(rounds)]
        try:
            said = subprocess.run(asked, capture_output=True, text=True, check=True)
        except (OSError, subprocess.CalledProcessError):
            return None
    told: dict[str, Any] = json.loads(said.stdout)
    return told


def compare(rows: Interactions, rounds: int) -> bool:
    ours = frequent_itemsets(rows.order, rows.product, SUPPORT)
    seconds = quickest(lambda: frequent_itemsets(rows.order, rows.product, SUPPORT), rounds)
    theirs, sets = by_mlxtend(rows, min(rounds, 2))
    is_well = sets == ours.as_dict()
    print(f"{len(ours)} itemsets in {ours.n_baskets} baskets at support {SUPPORT}; mlxtend's the same: {is_well}")
    print(f"ours {seconds:.3f} s, mlxtend fpgrowth {theirs:.2f} s: {theirs / seconds:.1f} times as fast")
    is_quick = theirs / seconds >= FASTER_THAN_MLXTEND
    compiled = by_c(rows, rounds)
    if compiled is None:
        print(f"not installed: pyfim, the miners in C (see {PEERS.name}/itemsets.txt)")
        return is_well and is_quick
    same = ours.as_dict() == {tuple(each): n for each, n in compiled["sets"]}
    print(f"the C miners' the same: {same}; laying out lists for them {compiled['baskets']:.3f} s")
    for name, taken in compiled["miners"].items():
        whole = taken + compiled["baskets"]
        print(f"C {name} {taken:.3f} s: ours takes {seconds / taken:.2f} of it, {seconds / whole:.2f} with the lists")
    return is_well and same and is_quick and seconds <= SLOWER_THAN_C * min(compiled["miners"].values())


def lasting(rows: Interactions) -> None:
    with timed() as taken:
        found = Bundles(SUPPORT, max_length=None).fit(rows).holds_later(part(lines_bought(rows)))
    low, high = found.interval
    print(
        f"rules found before the last {found.n_baskets} orders: of {found.n} that had earned it {found.share:.1%} "
        f"still had a lift above 1 in those ({low:.1%} to {high:.1%}), {found.sure_share:.1%} surely; "
        f"{taken.seconds:.2f} s"
    )


def large(n_baskets: int) -> None:
    random = np.random.default_rng(0)
    chances = 1 / np.arange(1, CATALOGUE + 1)
    n_lines = n_baskets * 5 // 2
    product = np.searchsorted(np.cumsum(chances) / chances.sum(), random.random(n_lines)).astype(np.int64)
    order = random.integers(0, n_baskets, n_lines)
    before = peak_megabytes()
    with timed() as taken:
        found = frequent_itemsets(order, product, SUPPORT)
    print(
        f"{n_lines:,} lines in {n_baskets:,} baskets: {len(found)} itemsets in {taken.seconds:.1f} s, "
        f"{peak_megabytes():.0f} MB at the most ({before:.0f} MB before)"
    )


def main() -> None:
    said = arguments(__doc__, baskets=0)
    if said.baskets:
        large(said.baskets)
    if not DATA.exists():
        print(f"Online Retail is not at {DATA}: nothing to compare, no budget judged.")
        return
    rows = bought(SMALL if said.small else None)
    is_well = compare(rows, 1 if said.small else ROUNDS)
    lasting(rows)
    print(f"budget: the same sets, {FASTER_THAN_MLXTEND} times as fast as mlxtend, {SLOWER_THAN_C} times the C miner")
    leave(is_well=is_well, is_small=said.small)


if __name__ == "__main__":
    main()
