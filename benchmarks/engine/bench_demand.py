"""Is demand better foretold than by "the same as last period", and how soon is it, on Online Retail's 3,665 products?

Held-out weeks decide: the latest four times four weeks, which choose nothing. Where the data are absent, or with
--small, an invented shop shows that the benchmark works: ``python benchmarks/engine/bench_demand.py``
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402 - the project's folder must be findable first
import polars as pl  # noqa: E402

from benchmarks.measuring import arguments, leave, timed  # noqa: E402
from engine.demand.expecting import Demand, expect  # noqa: E402
from engine.demand.methods import LAST  # noqa: E402
from engine.demand.spread import LEVELS  # noqa: E402
from engine.demand.trying import margin  # noqa: E402
from engine.demand.weeks import weekly  # noqa: E402
from engine.frames import MICROSECONDS_PER_DAY, NONE, IntColumn, Interactions, Kind, Products  # noqa: E402

DATA = ROOT.parent / "shared/data/online_retail.csv.gz"
BUDGET_SECONDS = 3
LEAST_MARGIN = 0.05
"""So much less is to be missed than by "the same as last period", and its interval is to lie above nothing."""


def bought(product: IntColumn, at: IntColumn, quantity: IntColumn) -> Interactions:
    unknown = np.full(len(product), NONE, dtype=np.int64)
    kind = np.full(len(product), Kind.PURCHASE, dtype=np.int64)
    return Interactions(unknown, kind, at, product, quantity, unknown, unknown, unknown, unknown)


def online_retail() -> Interactions:
    lines = pl.read_csv(DATA, infer_schema=False).with_columns(
        pl.col("Quantity").cast(pl.Int64), pl.col("UnitPrice").cast(pl.Float64)
    )
    is_sale = (pl.col("Quantity") > 0) & (pl.col("UnitPrice") > 0) & ~pl.col("InvoiceNo").str.starts_with("C")
    lines = lines.filter(is_sale & pl.col("CustomerID").is_not_null() & (pl.col("CustomerID") != ""))
    at = lines["InvoiceDate"].str.to_datetime("%Y-%m-%d %H:%M:%S").dt.epoch("us")
    product = lines["StockCode"].rank("dense").cast(pl.Int64)
    return bought(product.to_numpy(), at.to_numpy(), lines["Quantity"].to_numpy())


def invented(products: int = 60, weeks: int = 40) -> Interactions:
    lots = np.random.default_rng(7)
    n = products * weeks * 3
    at = lots.integers(0, weeks * 7, n) * MICROSECONDS_PER_DAY
    return bought(lots.integers(0, products, n), at, lots.integers(1, 4, n))


def foretold(history: Interactions) -> Demand:
    ids = np.unique(history.product)
    unknown = np.full(len(ids), NONE, dtype=np.int64)
    shelf = Products(ids, unknown, unknown, unknown, *[[""] * len(ids)] * 4)
    return expect(weekly(history, shelf, int(history.at.max()) + MICROSECONDS_PER_DAY))


def told(found: Demand) -> bool:
    """Prints how it stands beside the plain rule; whether it beats it by the margin."""
    choice, held = found.choice, found.choice.margin
    for name, error in sorted(choice.errors.items(), key=lambda pair: pair[1]):
        print(f"  {name:20} off by {error:6.1%} where ways were chosen{' <- chosen' * (name == choice.method)}")
    if held is None or held.margin is None or held.low is None or held.high is None:
        print("  too little was held out to judge")
        return False
    print(
        f"  held out, n = {held.n:,} products, {held.origins} times:"
        f" off by {held.error:.1%}, {LAST} {held.error_last:.1%}"
    )
    print(
        f"  {held.margin:.1%} less (95 %: {held.low:.1%} to {held.high:.1%});"
        f" {held.better:,} nearer, {held.worse:,} not"
    )
    print(
        f"  MASE {held.error_scaled:.3f}, {LAST} {held.error_scaled_last:.3f}; expected {held.bias:.0%} of what came"
    )
    for origin in choice.held:
        one = margin(found.weekly, choice.method, [origin])
        if one.margin is not None:
            print(f"    from week {origin}: {one.margin:.1%} less ({one.low:.1%} to {one.high:.1%})")
    for level, share in zip(LEVELS, found.covered, strict=False):
        print(f"  intervals of {level:.0%} held {share:.1%} (n = {found.covered_n:,})")
    return held.beats and held.margin >= LEAST_MARGIN


def main() -> None:
    asked = arguments(__doc__)
    is_small = asked.small or not DATA.exists()
    history = invented() if is_small else online_retail()
    with timed() as taken:
        found = foretold(history)
    print(f"{len(found.rate):,} products, {found.weekly.weeks} weeks: {taken.worked:.2f} s of the processor")
    is_won = told(found)
    print(f"budget: {BUDGET_SECONDS} s, {LEAST_MARGIN:.0%} less missed than by the same as last period")
    leave(is_well=is_won and taken.worked <= BUDGET_SECONDS, is_small=is_small)


if __name__ == "__main__":
    main()
