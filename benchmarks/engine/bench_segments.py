"""Do segments of one half of the customers foretell the other half's later behaviour better than RFM quintiles do?

Online Retail and CDNOW: the last quarter of the time is held out; one half of the customers finds the groups, the
other is judged, and the halves change places. Then what it costs: features, segments, and features of many.
``python benchmarks/engine/bench_segments.py --customers 1000000``
"""

from __future__ import annotations

import gzip
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402 - the project's folder must be findable first
import polars as pl  # noqa: E402

from benchmarks.measuring import arguments, leave, peak_megabytes, timed  # noqa: E402
from engine.features import Features, features  # noqa: E402
from engine.frames import MICROSECONDS_PER_DAY, NONE, IntColumn, Interactions, Kind, Products  # noqa: E402
from engine.segments import quintiles  # noqa: E402
from engine.segments.clusters import METHODS  # noqa: E402
from engine.segments.segmentation import Segmentation  # noqa: E402
from engine.segments.validity import BEHAVIOURS, Grouping, explained, held_out, missed, overall  # noqa: E402
from engine.segments.views import View  # noqa: E402

DATA = ROOT.parent / "shared/data"
SMALL_CUSTOMERS = 2_000
LINES_EACH = 10
DAYS = 3 * 365
LEAST_RATIO = 1.0
"""Of what is foretold, beside the better of the two ways to use quintiles."""

MOST_SECONDS_RETAIL = 3.0
MOST_SECONDS_EACH = 30e-6
"""Of the processor, for a customer with ten interactions: thirty seconds for a million."""

NONE_OF_THEM = np.empty(0, dtype=np.int64)
NOTHING_ON_THE_SHELF = Products(NONE_OF_THEM, NONE_OF_THEM, NONE_OF_THEM, NONE_OF_THEM, (), (), (), ())


def online_retail() -> Interactions:
    names = ("InvoiceNo", "StockCode", "CustomerID")
    lines = pl.read_csv(DATA / "online_retail.csv.gz", schema_overrides=dict.fromkeys(names, pl.String))
    is_sale = (pl.col("Quantity") > 0) & (pl.col("UnitPrice") > 0) & ~pl.col("InvoiceNo").str.starts_with("C")
    lines = lines.filter(is_sale & pl.col("CustomerID").is_not_null())
    return purchases(
        customer=lines["CustomerID"].rank("dense").cast(pl.Int64).to_numpy(),
        at=lines["InvoiceDate"].cast(pl.String).str.to_datetime("%Y-%m-%d %H:%M:%S").dt.epoch("us").to_numpy(),
        product=lines["StockCode"].rank("dense").cast(pl.Int64).to_numpy(),
        quantity=lines["Quantity"].cast(pl.Int64).to_numpy(),
        amount_minor=(lines["Quantity"] * lines["UnitPrice"] * 1000).round().cast(pl.Int64).to_numpy(),
        order=lines["InvoiceNo"].rank("dense").cast(pl.Int64).to_numpy(),
    )


def cdnow() -> Interactions:
    with gzip.open(DATA / "cdnow_master.txt.gz", "rt") as file:
        rows = [line.split() for line in file if line.split()[:1] and line.split()[0].isdigit()]
    day = np.array([f"{date[:4]}-{date[4:6]}-{date[6:]}" for _, date, _, _ in rows], dtype="datetime64[D]")
    return purchases(
        customer=np.array([int(row[0]) for row in rows]),
        at=day.astype(np.int64) * MICROSECONDS_PER_DAY,
        quantity=np.array([int(row[2]) for row in rows]),
        amount_minor=np.array([round(float(row[3]) * 100) for row in rows]),
    )


def purchases(**columns: np.ndarray) -> Interactions:
    unknown = np.full(len(columns["customer"]), NONE, dtype=np.int64)
    names = ("customer", "at", "product", "quantity", "amount_minor", "discount_minor", "order", "platform")
    kind = np.full(len(unknown), Kind.PURCHASE, dtype=np.int64)
    told = {name: columns.get(name, unknown) for name in names}
    return Interactions(kind=kind, **told)  # type: ignore[arg-type]


def many(customers: int) -> Interactions:
    """A shop whose few best customers buy a large part of everything."""
    rng, lines = np.random.default_rng(0), customers * LINES_EACH
    rest = (customers * rng.random(lines - customers) ** 2).astype(np.int64)
    customer = np.append(np.arange(customers), rest)
    rng.shuffle(customer)
    return purchases(
        customer=customer,
        at=np.sort(rng.integers(0, DAYS * MICROSECONDS_PER_DAY, lines)),
        product=np.minimum(rng.zipf(1.3, lines), 5_000).astype(np.int64),
        quantity=rng.integers(1, 9, lines),
        amount_minor=rng.integers(100, 90_000, lines),
    )


def both_levels(found: Segmentation) -> Grouping:
    """Segments and the smaller ones in them, found anew by the way that was chosen."""
    methods = [method for method in METHODS if method.name == found.method_]
    view: View = "habits" if found.view_ == "habits" else "value"

    def grouping(learning: Features, judged: Features) -> tuple[IntColumn, IntColumn]:
        half = Segmentation(view=view, ks=(found.k_,), methods=methods).fit(learning).assignment_
        labels = [(told, half.assign(told)) for told in (learning, judged)]
        own, others = (label * 8 + half.micro(told, label) + 1 for told, label in labels)
        return own, others

    return grouping


def foretells(name: str, bought: Interactions) -> bool:
    """Prints what each way to group foretells of each behaviour; whether ours foretells most."""
    now = int(bought.at.max()) + MICROSECONDS_PER_DAY
    with timed() as describing:
        everyone = features(bought, NOTHING_ON_THE_SHELF, now)
    with timed() as finding:
        held = held_out(bought, NOTHING_ON_THE_SHELF, now)
        found = Segmentation().fit(everyone, held)
    print(f"\n{name}: {len(everyone):,} customers, {len(held.before):,} of them held out in halves")
    print(
        f"{found.method_}, {found.k_} segments, silhouette {found.silhouette_:.3f}, stability {found.stability_:.3f}"
    )
    print(f"features {describing.worked:.2f} s, segments {finding.worked:.2f} s of the processor")
    if found.best_ is None or found.best_.misses is None:
        return False
    told = {
        "segments": found.best_.misses,
        "with micro": missed(held, both_levels(found)),
        "RFM in 5 by score": missed(held, quintiles.scores),
        "RFM in 125 cells": missed(held, quintiles.cells),
    }
    print(" ".join(f"{word:>19}" for word in ("foretold", *BEHAVIOURS[:7], "mean")))
    for way, misses in told.items():
        figures = [*explained(misses)[:7], overall(misses)]
        print(" ".join((f"{way:>19}", *(f"{figure:19.3f}" for figure in figures))))
    peers = max(overall(told[way]) for way in told if way.startswith("RFM"))
    ratio = max(overall(told["segments"]), overall(told["with micro"])) / peers
    print(f"ratio to the better of RFM {ratio:.2f} (at least {LEAST_RATIO})")
    is_quick = describing.worked + finding.worked <= MOST_SECONDS_RETAIL or len(everyone) > 5_000
    return ratio >= LEAST_RATIO and is_quick


def main() -> None:
    said = arguments(__doc__, customers=200_000)
    customers = SMALL_CUSTOMERS if said.small else said.customers
    shops = {"Online Retail": ("online_retail.csv.gz", online_retail), "CDNOW": ("cdnow_master.txt.gz", cdnow)}
    is_well = True
    for name, (file, read) in shops.items():
        if not (DATA / file).exists():
            print(f"{name} is not at {DATA}: nothing to foretell there.")
        elif not (said.small and name == "CDNOW"):
            is_well &= foretells(name, read())
    bought = many(customers)
    with timed() as taken:
        everyone = features(bought, NOTHING_ON_THE_SHELF, DAYS * MICROSECONDS_PER_DAY)
    with timed() as finding:
        Segmentation().fit(everyone)
    print(f"\n{len(everyone):,} customers, {len(bought):,} interactions: features {taken.worked:.1f} s,")
    print(f"segments {finding.worked:.1f} s of the processor, at most {peak_megabytes():,.0f} MB")
    is_well &= taken.worked <= MOST_SECONDS_EACH * len(everyone) + 1
    leave(is_well=is_well, is_small=said.small)


if __name__ == "__main__":
    main()
