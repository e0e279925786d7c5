"""A whole `mine` on Online Retail: features, segments, bundles, recommendations for all 4,338 customers, and written.

Beside it, where their packages are there (`make peers`), the plain stack doing the same job (peers/plain_mining.py):
RFM with pandas; four methods of scikit-learn, k by silhouette, Davies-Bouldin and bootstrap stability; mlxtend's
fpgrowth and rules, tested, and mined again on the earlier orders; implicit's ALS, cosine and BPR blended with learned
weights; pandas' to_sql. Its reading of the file is not counted, ours of the ledger is; both write into SQLite. It
searches for a minute whatever the size, and is left out with --small.
Budgets: 10 s on two cores, and a third of the plain stack's time.
Run: python benchmarks/engine/bench_mine.py [--small]
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

from measuring import arguments, leave, peak_megabytes  # noqa: E402 - the project's folder must be findable first
from sqlmodel import func, select  # noqa: E402

from campaigns import mining  # noqa: E402
from campaigns.tables import Bundle, Membership, MiningRun, Recommendation  # noqa: E402
from ledger.database import Database  # noqa: E402
from ledger.imports import ShopDefaults, import_file  # noqa: E402

DATA = ROOT.parent / "shared/data/online_retail.csv.gz"
PEERS = ROOT / "benchmarks/peers"
NOW = datetime(2011, 12, 10, tzinfo=UTC)
SMALL_LINES = 60_000
MOST_SECONDS, MOST_SHARE = 10.0, 1 / 3


def furnished(folder: str, source: Path) -> Database:
    """A shop into which the file was imported: that is no part of mining."""
    database = Database(f"sqlite:///{folder}/shop.db", secret=b"for measuring only")
    database.migrate()
    shop = ShopDefaults("GBP", "Europe/London", "GB")
    import_file(database, source, format="online-retail", shop=shop, now=NOW)
    return database


def few(folder: str) -> Path:
    """The first lines of the file."""
    import gzip

    path = Path(folder) / "few.csv"
    with gzip.open(DATA, "rt", encoding="utf-8") as lines:
        path.write_text("".join(line for _, line in zip(range(SMALL_LINES), lines, strict=False)), encoding="utf-8")
    return path


def ours(database: Database) -> float:
    """Seconds of a whole run, told step by step."""
    steps: list[tuple[str, float]] = []

    def tell(step: str, _done: float) -> None:
        if not steps or steps[-1][0] != step:
            steps.append((step, time.perf_counter()))

    began = time.perf_counter()
    mining.mine(database, lambda: NOW, progress=tell)
    ended = time.perf_counter()
    for (step, at), (_, following) in zip(steps, [*steps[1:], ("", ended)], strict=True):
        print(f"  {step}: {following - at:.2f} s")
    return ended - began


def told(database: Database) -> None:
    with database.reading() as session:
        counts = [
            session.exec(select(func.count()).select_from(each)).one()
            for each in (Membership, Bundle, Recommendation)
        ]
        run = session.exec(select(MiningRun)).one()
    print(f"customers in segments {counts[0]:,}, bundles {counts[1]:,}, customers with recommendations {counts[2]:,}")
    print(f"data: {run.quality['data']}; at most {peak_megabytes():.0f} MB")


def plain(folder: str, source: Path) -> float | None:
    """Seconds of the plain stack; None where it is not installed."""
    python = PEERS / ".venv/bin/python"
    interpreter = str(python) if python.exists() else sys.executable
    said = subprocess.run(
        [interpreter, str(PEERS / "plain_mining.py"), str(source), folder],
        capture_output=True,
        text=True,
        check=False,
    )
    if said.returncode:
        print(said.stdout.strip() or said.stderr.strip().splitlines()[-1])
        return None
    found = json.loads(said.stdout)
    print("the plain stack: " + ", ".join(f"{step} {seconds:.2f} s" for step, seconds in found["steps"].items()))
    print(f"  {found['customers']:,} customers, {found['itemsets']:,} itemsets, at most {found['megabytes']:.0f} MB")
    return float(found["seconds"])


def main() -> None:
    asked = arguments(__doc__)
    if not DATA.exists():
        print(f"Online Retail is not at {DATA}: nothing to mine, no budget judged.")
        return
    with tempfile.TemporaryDirectory() as folder:
        source = few(folder) if asked.small else DATA
        database = furnished(folder, source)
        seconds = ours(database)
        told(database)
        database.close()
        theirs = None if asked.small else plain(folder, source)
    print(f"ours {seconds:.2f} s of {MOST_SECONDS:.0f} s")
    is_well = seconds <= MOST_SECONDS
    if theirs is not None:
        print(f"the plain stack {theirs:.2f} s: ours takes {seconds / theirs:.2f} of it, budget {MOST_SHARE:.2f}")
        is_well = is_well and seconds <= MOST_SHARE * theirs
    leave(is_well=is_well, is_small=asked.small)


if __name__ == "__main__":
    main()
