"""Importing Online Retail beside its peer: the same rows read with polars and inserted with SQLAlchemy Core alone.

Each runs in a process of its own, on a fresh SQLite database: lines of the file a second, and peak memory.
Budget: at least half the peer's speed, at most 600 MB. Run: python benchmarks/bench_import.py
"""

from __future__ import annotations

import gzip
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from benchmarks.measuring import arguments, leave

FILE = Path(__file__).parents[2] / "shared" / "data" / "online_retail.csv.gz"
LINES = 541_909
FEW = 300
NOW = datetime(2026, 11, 2, tzinfo=UTC)
ROUNDS = 3
PEAK_BUDGET_MB = 600
SPEED_BUDGET = 0.5


def ours(folder: Path, file: Path) -> Callable[[], object]:
    from ledger.database import Database
    from ledger.imports import ShopDefaults, import_file

    database = Database(f"sqlite:///{folder}/ours.db", secret=b"for measuring only".ljust(32))
    database.migrate()
    return lambda: import_file(database, file, shop=ShopDefaults("GBP", "Europe/London", "GB"), now=NOW)


def peer(folder: Path, file: Path) -> Callable[[], object]:
    """What anybody would write: read, cast, and insert into the same tables. It checks and finds nothing."""
    import polars as pl
    from sqlalchemy import insert

    from ledger.database import Database
    from ledger.tables import Customer, Identity, Interaction, Product

    database = Database(f"sqlite:///{folder}/peer.db", secret=b"for measuring only".ljust(32))
    database.migrate()

    def run() -> None:
        read = pl.read_csv(file, infer_schema=False).drop_nulls("CustomerID")
        rows = read.select(
            pl.col("CustomerID").rank("dense").cast(pl.Int64).alias("customer_id"),
            pl.col("StockCode").rank("dense").cast(pl.Int64).alias("product_id"),
            pl.when(pl.col("InvoiceNo").str.starts_with("C"))
            .then(pl.lit("return"))
            .otherwise(pl.lit("purchase"))
            .alias("kind"),
            pl.col("InvoiceDate").str.to_datetime("%Y-%m-%d %H:%M:%S").dt.replace_time_zone("UTC").alias("at"),
            pl.lit("pos").alias("platform"),
            pl.col("Quantity").cast(pl.Int64).abs().alias("quantity"),
            (pl.col("Quantity").cast(pl.Float64) * pl.col("UnitPrice").cast(pl.Float64) * 100)
            .abs()
            .round()
            .cast(pl.Int64)
            .alias("amount_minor"),
            pl.lit("GBP").alias("currency"),
            pl.col("InvoiceNo").alias("order_ref"),
            pl.format("{}:{}", "InvoiceNo", pl.int_range(pl.len())).alias("source_ref"),
        )
        customers = read["CustomerID"].unique().sort()
        skus = read["StockCode"].unique().sort()
        with database.engine.begin() as connection:
            made = [{"source": "peer", "name": "", "city": "", "created_at": NOW} for _ in customers]
            connection.execute(insert(Customer), made)
            named = [
                {"customer_id": number, "source": "peer", "reference": one, "fingerprint": one}
                for number, one in enumerate(customers, 1)
            ]
            connection.execute(insert(Identity), named)
            goods = [
                {"sku": sku, "name": sku, "category": "", "brand": "", "description": "", "currency": "GBP"}
                for sku in skus
            ]
            connection.execute(insert(Product), goods)
            for start in range(0, rows.height, 20_000):
                connection.execute(insert(Interaction), rows.slice(start, 20_000).to_dicts())

    return run


def measure(name: str) -> None:
    """In a process of its own: seconds, and peak memory in MB."""
    with tempfile.TemporaryDirectory() as folder:
        run = {"ours": ours, "peer": peer}[name](Path(folder), FILE)
        began = time.perf_counter()
        run()
        seconds = time.perf_counter() - began
    print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def go_through() -> None:
    """Both, with the first lines of the file."""
    for make in (ours, peer):
        with tempfile.TemporaryDirectory() as folder, gzip.open(FILE, "rt", encoding="utf-8") as whole:
            file = Path(folder) / FILE.name
            with gzip.open(file, "wt", encoding="utf-8") as first:
                first.writelines(islice(whole, FEW))
            make(Path(folder), file)()


def measured(name: str) -> tuple[float, float]:
    told = subprocess.run([sys.executable, __file__, name], check=True, capture_output=True, text=True).stdout.split()
    return float(told[0]), float(told[1])


def main() -> None:
    said = arguments(__doc__)
    if not FILE.exists():
        print(f"skipped: needs {FILE}; no budget judged")
        return
    if said.small:
        go_through()
        leave(is_well=True, is_small=True)
    figures: dict[str, list[tuple[float, float]]] = {"peer": [], "ours": []}
    for _ in range(ROUNDS):
        for name, found in figures.items():
            found.append(measured(name))
    speed = {name: LINES / min(seconds for seconds, _ in found) for name, found in figures.items()}
    peak = {name: max(memory for _, memory in found) for name, found in figures.items()}
    for name, words in (("peer", "polars and SQLAlchemy Core alone"), ("ours", "ledger.imports")):
        print(f"{words:34} {speed[name]:>10,.0f} lines/s   peak {peak[name]:>5.0f} MB   (best of {ROUNDS})")
    ratio = speed["ours"] / speed["peer"]
    fits = ratio >= SPEED_BUDGET and peak["ours"] <= PEAK_BUDGET_MB
    print(f"ratio {ratio:.2f} (at least {SPEED_BUDGET}), peak at most {PEAK_BUDGET_MB} MB")
    leave(is_well=fits)


if __name__ == "__main__":
    measure(sys.argv[1]) if sys.argv[1:2] in (["ours"], ["peer"]) else main()
