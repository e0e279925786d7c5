"""Is the next basket foreseen, and what a customer never bought, better than by the usual means, and how fast?

Online Retail: learnt from the lines before their 85 % quantile of time, judged by the first later order of each
customer known by then (NDCG@10). Nothing here chooses weights. ``python benchmarks/engine/bench_recommend.py``
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402 - the project's folder must be findable first
import polars as pl  # noqa: E402
from scipy import sparse  # noqa: E402

from benchmarks.measuring import arguments, leave, timed  # noqa: E402
from engine.evaluation import Pairs, cut_at, ndcg, next_orders  # noqa: E402
from engine.frames import NONE, Interactions, Kind, Products  # noqa: E402
from engine.recommend.recommender import Mode, Recommender  # noqa: E402

DATA = ROOT.parent / "shared/data/online_retail.csv.gz"
PEERS = ROOT / "benchmarks/peers/.venv/bin/python"
AIM, DISCOVERY_AIM, N = 0.325, 1.2, 10
SMALL = 20_000
"""Lines."""

IMPLICIT = """
import sys, numpy as np
from scipy import sparse
from implicit.als import AlternatingLeastSquares
from implicit.bpr import BayesianPersonalizedRanking
given = np.load(sys.argv[1])
shape = tuple(given["shape"])
ones = np.ones(len(given["row"]), dtype=np.float32)
lines = sparse.csr_matrix((ones, (given["row"], given["column"])), shape=shape)
once = lines.copy(); once.data[:] = 1
found = {}
for name, model, table in (
    ("ALS", AlternatingLeastSquares(factors=64, random_state=0), lines),
    ("ALS once", AlternatingLeastSquares(factors=64, random_state=0), once),
    ("BPR", BayesianPersonalizedRanking(random_state=0), once),
):
    model.fit(table, show_progress=False)
    for what, leaves_out in (("again", False), ("discover", True)):
        found[f"{name}|{what}"] = model.recommend(given["asked"], table[given["asked"]], N=10,
                                                   filter_already_liked_items=leaves_out)[0]
np.savez(sys.argv[2], **found)
"""


def shop() -> tuple[Interactions, Products]:
    names = ("InvoiceNo", "StockCode", "CustomerID")
    lines = pl.read_csv(DATA, schema_overrides=dict.fromkeys(names, pl.String), try_parse_dates=True)
    is_sale = (pl.col("Quantity") > 0) & (pl.col("UnitPrice") > 0) & ~pl.col("InvoiceNo").str.starts_with("C")
    lines = lines.filter(is_sale & pl.col("CustomerID").is_not_null())
    order, product = (lines[n].rank("dense").cast(pl.Int64).to_numpy() for n in ("InvoiceNo", "StockCode"))
    at = lines["InvoiceDate"].cast(pl.Datetime("us")).cast(pl.Int64).to_numpy()
    customer, one = lines["CustomerID"].cast(pl.Int64).to_numpy(), np.ones(len(lines), dtype=np.int64)
    text = dict(zip(product.tolist(), lines["Description"].to_list(), strict=True))
    ids = np.unique(product)
    unknown, blank = np.full(len(ids), NONE, dtype=np.int64), ("",) * len(ids)
    named = tuple(text[each] or "" for each in ids.tolist())
    return (
        Interactions(customer, one * Kind.PURCHASE, at, product, one, one, one, order, one),
        Products(ids, unknown, unknown, unknown, named, blank, blank, blank),
    )


class Judge:
    """The customers asked, what they bought next, and tables of what they had."""

    def __init__(self, lines: Interactions, products: Products, cut: int) -> None:
        self.wanted = next_orders(lines, cut)
        self.asked = np.unique(self.wanted.customer)
        had = lines.where(lines.at <= cut)
        self.ids, self.people = products.id, np.unique(had.customer)
        self.row, self.column = np.searchsorted(self.people, had.customer), np.searchsorted(self.ids, had.product)
        self.fresh = self.wanted.without(Pairs.of(had.customer, had.product))
        shape = (len(self.people), len(self.ids))
        self.lines = sparse.csr_array((np.ones(len(had)), (self.row, self.column)), shape=shape)
        self.once = (self.lines > 0).astype(np.float64)
        self.age = (cut - had.at) / 86_400_000_000
        self.rows = np.searchsorted(self.people, self.asked)

    def table(self, scores: np.ndarray) -> tuple[float, float]:
        """NDCG@10 again and discover of scores (asked, products)."""
        new = np.where(self.once[self.rows].toarray() > 0, -np.inf, scores)
        return self.places(_best(scores), self.wanted), self.places(_best(new), self.fresh)

    def places(self, columns: np.ndarray, wanted: Pairs) -> float:
        return float(ndcg(np.repeat(self.asked, N), self.ids[columns].ravel(), wanted).mean())


def _best(scores: np.ndarray) -> np.ndarray:
    return np.argsort(-scores, axis=1, kind="stable")[:, :N]


def usual(judge: Judge) -> dict[str, tuple[float, float]]:
    """Popularity, item cosine, one's own frequency, and frequency with recency mixed by hand."""
    popular = np.asarray(judge.once.sum(axis=0)).ravel()
    length = np.sqrt(np.maximum(popular, 1))
    cosine = (judge.once.T @ judge.once).toarray() / length[:, None] / length[None]
    np.fill_diagonal(cosine, 0)
    little = 1e-3 * popular / popular.max()
    recent = sparse.csr_array((np.exp2(-judge.age / 90), (judge.row, judge.column)), shape=judge.lines.shape)
    own = judge.lines[judge.rows].toarray()
    return {
        "popularity": judge.table(np.tile(popular, (len(judge.asked), 1))),
        "item cosine": judge.table(judge.lines[judge.rows] @ cosine),
        "own frequency": judge.table(own + little),
        "recency blend": judge.table(np.log1p(own) + recent[judge.rows].toarray() + little),
    }


def implicit(judge: Judge) -> Mapping[str, tuple[float, float]]:
    """ALS and BPR of implicit, in whichever interpreter has it; empty where none has."""
    for python in (PEERS, Path(sys.executable)):
        tried = [python, "-c", "import implicit"]
        if python.exists() and not subprocess.run(tried, check=False, capture_output=True).returncode:
            break
    else:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        given, found = Path(folder) / "given.npz", Path(folder) / "found.npz"
        np.savez(given, row=judge.row, column=judge.column, shape=judge.lines.shape, asked=judge.rows)
        subprocess.run([python, "-c", IMPLICIT, given, found], check=True, capture_output=True)
        lists = dict(np.load(found))
    names = sorted({name.split("|")[0] for name in lists})
    return {
        f"implicit {name}": (
            judge.places(lists[f"{name}|again"], judge.wanted),
            judge.places(lists[f"{name}|discover"], judge.fresh),
        )
        for name in names
    }


def main() -> None:
    said = arguments(__doc__)
    if not DATA.exists():
        print(f"Online Retail is not at {DATA}: nothing to compare, no budget judged.")
        return
    lines, products = shop()
    if said.small:
        first = lines.at <= np.sort(lines.at)[SMALL]
        lines = lines.where(first)
    cut = cut_at(lines, 0.85)
    judge = Judge(lines, products, cut)
    model = Recommender()
    with timed() as learning:
        model.fit(lines, products, cut)
    with timed() as answering:
        model.recommend(model.customers_)
    again, new = model.recommend(judge.asked, mode=Mode.AGAIN), model.recommend(judge.asked)
    ours = (
        float(ndcg(again.customer, again.product, judge.wanted).mean()),
        float(ndcg(new.customer, new.product, judge.fresh).mean()),
    )
    theirs = usual(judge) | ({} if said.small else implicit(judge))
    print(f"NDCG@{N} of the next order of {len(judge.asked):,} customers, again and of what they never bought")
    for name, figures in (*theirs.items(), ("ours", ours)):
        print(f"{name:15} again {figures[0]:.4f}   discover {figures[1]:.4f}")
    if not any(name.startswith("implicit") for name in theirs):
        print("not installed: implicit (make peers), its ALS and BPR are left out")
    rivals = [figures[1] for name, figures in theirs.items() if name == "item cosine" or name.startswith("implicit")]
    ratio = ours[1] / max(rivals)
    print(f"again {ours[0]:.4f}, aim {AIM}")
    print(f"discover {ratio:.2f} times the best of item cosine, ALS and BPR, aim {DISCOVERY_AIM}")
    print(f"as the run itself measured, within what it had learnt from: {model.schooling_.quality}")
    print(f"seconds of the processor: learning {learning.worked:.1f}, answering everybody {answering.worked:.1f}")
    leave(is_well=ours[0] >= AIM and ratio >= DISCOVERY_AIM, is_small=said.small)


if __name__ == "__main__":
    main()
