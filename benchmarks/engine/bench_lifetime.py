"""Does BG/NBD find what was published of CDNOW, how fast beside the `lifetimes` package, and does a million fit?

CDNOW's figures are asserted; `lifetimes` is compared with where it is installed (pip install lifetimes). The held-out
figures are of the last quarter of CDNOW's 23,570 customers and of Online Retail. The million is made up: 10,000,000
purchases, a few customers with very many: ``python benchmarks/engine/bench_lifetime.py``
"""

from __future__ import annotations

import csv
import gzip
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402 - the project's folder must be findable first
import polars as pl  # noqa: E402

from benchmarks.measuring import arguments, best_work, leave, peak_megabytes, timed  # noqa: E402
from engine.frames import MICROSECONDS_PER_DAY, NONE, Interactions, Kind  # noqa: E402
from engine.lifetime.bargains import Bargains  # noqa: E402
from engine.lifetime.customers import Lifetimes  # noqa: E402
from engine.lifetime.gamma import GammaGamma  # noqa: E402
from engine.lifetime.restocking import rhythms_of  # noqa: E402
from engine.lifetime.staying import BetaGeometric  # noqa: E402

DATA = ROOT.parent / "shared/data"
PUBLISHED = (0.24259, 4.41353, 0.79289, 2.42575, -9582.43)
BUDGET_SECONDS, BUDGET_MEGABYTES = 60, 4_000
SMALL = 20_000
DAYS = 730


def cdnow_summary() -> np.ndarray:
    """x, t_x, T in weeks and the mean value of repeat purchases, a row a customer."""
    with gzip.open(DATA / "cdnow_customers_summary_with_transactions.csv.gz", "rt") as file:
        return np.array([[float(each) for each in row[1:]] for row in list(csv.reader(file))[1:]])


def published(rows: np.ndarray) -> bool:
    x, t_x, age, spent = rows.T
    model = BetaGeometric().fit(x, t_x, age)
    found = (model.r_, model.alpha_, model.a_, model.b_, model.log_likelihood_)
    one = [np.array([each]) for each in (2.0, 30.43, 38.86)]
    spending = GammaGamma().fit(x[x > 0], spent[x > 0])
    print("CDNOW, published and found:")
    for name, theirs, ours in zip(("r", "alpha", "a", "b", "log-likelihood"), PUBLISHED, found, strict=True):
        print(f"  {name:15} {theirs:12.5f} {ours:12.5f}")
    print(f"  E[X(52)]         1.444        {model.expected_of_new(52):.4f}")
    print(f"  (2, 30.43, 38.86) in 39 weeks 1.226 {model.expected(39, *one)[0]:.4f}")
    print(f"  mean spend       35.25        {spending.expected(x, spent).mean():.4f}")
    is_same = np.allclose(found[:4], PUBLISHED[:4], atol=6e-6) and abs(found[4] - PUBLISHED[4]) < 0.01
    is_same &= abs(model.expected_of_new(52) - 1.444) < 1e-3 and abs(model.expected(39, *one)[0] - 1.226) < 1e-3
    return bool(is_same and abs(spending.expected(x, spent).mean() - 35.25) < 0.01)


def beside_lifetimes(rows: np.ndarray) -> None:
    x, t_x, age, spent = rows.T
    ours = best_work(lambda: (BetaGeometric().fit(x, t_x, age), GammaGamma().fit(x[x > 0], spent[x > 0])))
    print(f"both models on {len(rows):,} customers: {ours:.3f} s of the processor")
    try:
        from lifetimes import BetaGeoFitter, GammaGammaFitter  # type: ignore[import-not-found]
    except ImportError:
        print("lifetimes is not installed: pip install lifetimes")
        return

    def fit() -> None:
        BetaGeoFitter().fit(x, t_x, age)
        GammaGammaFitter().fit(x[x > 0], spent[x > 0])

    theirs = best_work(fit)
    print(f"lifetimes: {theirs:.3f} s; speed ratio {theirs / ours:.1f}")


def bought(
    customer: np.ndarray,
    day: np.ndarray,
    amount_minor: np.ndarray,
    product: np.ndarray | None = None,
    discount_minor: np.ndarray | None = None,
) -> Interactions:
    none = np.full(len(customer), NONE, dtype=np.int64)
    return Interactions(
        customer=customer, kind=np.full(len(customer), Kind.PURCHASE, dtype=np.int64), at=day * MICROSECONDS_PER_DAY,
        product=none if product is None else product, quantity=none, amount_minor=amount_minor,
        discount_minor=none if discount_minor is None else discount_minor, order=none, platform=none,
    )  # fmt: skip


def cdnow() -> Interactions:
    with gzip.open(DATA / "cdnow_master.txt.gz", "rt") as file:
        rows = [row.split() for row in file if row.strip()[:1].isdigit()]
    day = [datetime.strptime(row[1], "%Y%m%d").replace(tzinfo=UTC) for row in rows]
    since = np.array([each.timestamp() // 86_400 for each in day], dtype=np.int64)
    return bought(_ints([row[0] for row in rows]), since, _ints([float(row[3]) * 100 for row in rows]))


def online_retail() -> Interactions:
    names = ("InvoiceNo", "StockCode", "CustomerID")
    lines = pl.read_csv(DATA / "online_retail.csv.gz", schema_overrides=dict.fromkeys(names, pl.String))
    is_sale = (pl.col("Quantity") > 0) & (pl.col("UnitPrice") > 0) & ~pl.col("InvoiceNo").str.starts_with("C")
    lines = lines.filter(is_sale & pl.col("CustomerID").is_not_null())
    day = lines["InvoiceDate"].cast(pl.String).str.slice(0, 10).str.to_date().to_physical().cast(pl.Int64)
    paid = (lines["Quantity"] * lines["UnitPrice"] * 100).round().cast(pl.Int64)
    product = lines["StockCode"].rank("dense").cast(pl.Int64)
    return bought(lines["CustomerID"].cast(pl.Int64).to_numpy(), day.to_numpy(), paid.to_numpy(), product.to_numpy())


def held_out(name: str, history: Interactions) -> None:
    with timed() as taken:
        found = Lifetimes().fit(history, int(history.at.max()) + MICROSECONDS_PER_DAY)
    seen, rhythm = found.judgement_, found.timed_
    if seen is None or rhythm is None:
        print(f"{name}: too little to judge")
        return
    print(f"{name}: {len(found.told_):,} customers, learned and told in {taken.worked:.2f} s")
    print(f"  {seen.days} held-out days, n = {seen.n:,}: {seen.came:,.0f} visits, {seen.foreseen:,.0f} foreseen")
    print(f"  who comes: AUC {seen.auc:.3f} (recency alone {seen.auc_plain:.3f})")
    print(
        f"  Brier {seen.brier:.4f} (by recency {seen.brier_plain:.4f},"
        f" better by {seen.better:.4f} ± {seen.error:.4f})"
    )
    print(
        f"  the next visit, n = {rhythm.n:,}: {rhythm.within:.0%} within what is to hold half; missed by a factor of"
        f" {rhythm.miss:.2f} (own mean {rhythm.miss_own:.2f}, everybody's {rhythm.miss_usual:.2f})"
    )
    _, again = rhythms_of(history)
    if again is not None:
        print(
            f"  the same product again, n = {again.n:,}: missed by a factor of {again.miss:.2f} (own mean"
            f" {again.miss_own:.2f}, the product's {again.miss_usual:.2f})"
        )


def million(customers: int) -> Interactions:
    """Ten purchases a customer on average, few with very many, who leave one day."""
    rng, rows = np.random.default_rng(0), 10 * customers
    share = 1 / np.arange(1, customers + 1) ** 0.7
    customer = rng.choice(customers, rows, p=share / share.sum()).astype(np.int64)
    leaves = rng.integers(30, 3 * DAYS, customers)
    day = rng.integers(0, np.minimum(leaves, DAYS)[customer])
    discount = np.where(rng.random(rows) < 0.2, 500, 0)
    return bought(customer, day, rng.integers(1_000, 90_000, rows), rng.integers(0, 5_000, rows), discount)


def at_scale(customers: int) -> bool:
    history = million(customers)
    before = peak_megabytes()
    with timed() as taken:
        found = Lifetimes().fit(history, DAYS * MICROSECONDS_PER_DAY)
    with timed() as others:
        (products, _), bargains = rhythms_of(history), Bargains().fit(history)
    seconds, more = taken.worked + others.worked, peak_megabytes() - before
    print(
        f"{len(found.told_):,} customers, {len(history):,} purchases: staying, spending, rhythm and how they did"
        f" {taken.worked:.1f} s; {len(products.product):,} products' rhythms and {len(bargains.customer_):,}"
        f" customers' discounts {others.worked:.1f} s; {more:,.0f} MB more at the peak"
    )
    print(f"budget: {BUDGET_SECONDS} s of one processor and {BUDGET_MEGABYTES:,} MB")
    return seconds <= BUDGET_SECONDS and more <= BUDGET_MEGABYTES


def main() -> None:
    said = arguments(__doc__, customers=1_000_000)
    is_well = True
    if DATA.exists():
        rows = cdnow_summary()
        is_well = published(rows)
        beside_lifetimes(rows)
        held_out("CDNOW", cdnow())
        if not said.small:
            held_out("Online Retail", online_retail())
    else:
        print(f"CDNOW is not at {DATA}: nothing to reproduce.")
    is_well &= at_scale(SMALL if said.small else said.customers)
    leave(is_well=is_well, is_small=said.small)


def _ints(values: Sequence[str | float]) -> np.ndarray:
    return np.array([int(float(each)) for each in values], dtype=np.int64)


if __name__ == "__main__":
    main()
