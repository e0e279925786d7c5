"""The same job as `langganan mine` with the packages one would reach for: pandas, scikit-learn, mlxtend, implicit.

For bench_mine.py, in the virtual environment of the peers (make peers). Nothing of ours is imported here. Prints one
JSON document: seconds in all and by step.
"""

from __future__ import annotations

import json
import resource
import sqlite3
import sys
import time
from collections.abc import Iterator
from functools import partial
from typing import Any

try:
    import implicit
    import numpy as np
    import pandas as pd
    from mlxtend.frequent_patterns import association_rules, fpgrowth
    from scipy import sparse
    from scipy.stats import false_discovery_control, hypergeom
    from sklearn.cluster import AgglomerativeClustering, KMeans
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import adjusted_rand_score, davies_bouldin_score, silhouette_score
    from sklearn.mixture import GaussianMixture
    from sklearn.neighbors import NearestCentroid
    from sklearn.preprocessing import StandardScaler
except ImportError as fault:
    print(f"not installed: {fault.name} (make peers); no ratio to the plain stack")
    sys.exit(3)

SUPPORT, CONFIDENCE, EACH, RESAMPLES = 0.005, 0.2, 10, 16


def candidates(points: np.ndarray) -> Iterator[tuple[float, np.ndarray]]:
    """What decision 0039 asks for: four methods, k from 3 to 8, silhouette, Davies-Bouldin, bootstrap stability."""
    lots = np.random.default_rng(0)
    for k in range(3, min(8, len(points) - 1) + 1):
        makers = (
            partial(KMeans, k, n_init=4, random_state=0),
            partial(GaussianMixture, k, random_state=0),
            partial(AgglomerativeClustering, k),
            partial(AgglomerativeClustering, k, linkage="average", metric="manhattan"),
        )
        for maker in makers:
            labels = maker().fit_predict(points)
            davies_bouldin_score(points, labels)
            width = silhouette_score(points, labels, sample_size=min(2_000, len(points)), random_state=0)
            stable = []
            for _ in range(RESAMPLES):
                some = lots.integers(0, len(points), min(1_000, len(points)))
                again = NearestCentroid().fit(points[some], maker().fit_predict(points[some])).predict(points)
                stable.append(adjusted_rand_score(labels, again))
            yield (width if np.mean(stable) >= 0.75 else -1.0), labels


def models(held: sparse.csr_matrix) -> list[Any]:
    """Matrix factorisation, the cosine of products, and BPR."""
    als = implicit.als.AlternatingLeastSquares(factors=64, random_state=0, iterations=15)
    made = [
        als,
        implicit.nearest_neighbours.CosineRecommender(K=50),
        implicit.bpr.BayesianPersonalizedRanking(random_state=0),
    ]
    for each in made:
        each.fit(held, show_progress=False)
    return made


def opinions(made: list[Any], held: sparse.csr_matrix) -> tuple[np.ndarray, np.ndarray]:
    """Candidates of every customer (c, n), and what each model and the customer's own frequency say of them."""
    everyone = np.arange(held.shape[0])
    asked = [each.recommend(everyone, held, N=50, filter_already_liked_items=False) for each in made]
    chosen = asked[0][0]
    own = np.log1p(np.take_along_axis(held.toarray(), chosen, axis=1))
    voices = [asked[0][1], own]
    for ids, scores in asked[1:]:
        table = np.zeros(held.shape, dtype=np.float32)
        np.put_along_axis(table, np.maximum(ids, 0), scores, axis=1)
        voices.append(np.take_along_axis(table, chosen, axis=1))
    return chosen, np.stack(voices, axis=-1)


def learned(made: list[Any], before: sparse.csr_matrix, after: sparse.csr_matrix) -> LogisticRegression:
    chosen, voices = opinions(made, before)
    came_true = np.take_along_axis(after.toarray(), chosen, axis=1) > 0
    return LogisticRegression(max_iter=200).fit(voices.reshape(-1, voices.shape[-1]), came_true.ravel())


def blended(made: list[Any], held: sparse.csr_matrix, weights: LogisticRegression) -> tuple[np.ndarray, np.ndarray]:
    chosen, voices = opinions(made, held)
    said = weights.predict_proba(voices.reshape(-1, voices.shape[-1]))[:, 1].reshape(chosen.shape)
    best = np.argsort(-said, axis=1)[:, :EACH]
    return np.take_along_axis(chosen, best, axis=1), np.take_along_axis(said, best, axis=1)


def main(source: str, folder: str) -> None:
    names = {"InvoiceNo": str, "StockCode": str, "CustomerID": str}
    lines = pd.read_csv(source, dtype=names, parse_dates=["InvoiceDate"])
    is_sale = (
        lines.CustomerID.notna() & ~lines.InvoiceNo.str.startswith("C") & (lines.Quantity > 0) & (lines.UnitPrice > 0)
    )
    lines = lines[is_sale]
    steps, began = {}, time.perf_counter()

    def step(name: str) -> None:
        steps[name] = time.perf_counter() - began - sum(steps.values())

    lines = lines.assign(amount=lines.Quantity * lines.UnitPrice)
    now = lines.InvoiceDate.max() + pd.Timedelta(days=1)
    rfm = lines.groupby("CustomerID").agg(
        recency=("InvoiceDate", lambda at: (now - at.max()).days),
        frequency=("InvoiceNo", "nunique"),
        monetary=("amount", "sum"),
    )
    step("features")
    points = StandardScaler().fit_transform(np.log1p(rfm))
    found_by = max(candidates(points), key=lambda each: each[0])
    step("segments")
    order, item = lines.InvoiceNo.astype("category"), lines.StockCode.astype("category")
    cells = sparse.csr_matrix((np.ones(len(lines), dtype=bool), (order.cat.codes, item.cat.codes)))
    table = pd.DataFrame.sparse.from_spmatrix(cells, columns=item.cat.categories)
    found = fpgrowth(table.astype(bool), min_support=SUPPORT, use_colnames=True)
    rules = association_rules(found, metric="confidence", min_threshold=CONFIDENCE)
    n = cells.shape[0]
    both, left, right = (
        (rules[name] * n).round() for name in ("support", "antecedent support", "consequent support")
    )
    rules["p"] = hypergeom.sf(both - 1, n, left, right)
    rules = rules[false_discovery_control(rules.p) < 0.05]
    early = cells[
        np.sort(lines.groupby(order.cat.codes.to_numpy()).InvoiceDate.min().argsort().to_numpy()[: int(0.8 * n)])
    ]
    fpgrowth(pd.DataFrame.sparse.from_spmatrix(early).astype(bool), min_support=SUPPORT)
    step("bundles")
    who = lines.CustomerID.astype("category")
    is_early = (lines.InvoiceDate < lines.InvoiceDate.quantile(0.85)).to_numpy()

    def held_by(which: np.ndarray) -> sparse.csr_matrix:
        at = who.cat.codes[which], item.cat.codes[which]
        shape = len(who.cat.categories), len(item.cat.categories)
        return sparse.csr_matrix((np.ones(which.sum(), dtype=np.float32), at), shape=shape)

    # What the models are worth is learned on the later part; then they are fitted to everything.
    before, after = held_by(is_early), held_by(~is_early)
    weights = learned(models(before), before, after)
    held = held_by(np.ones(len(lines), dtype=bool))
    picks, scores = blended(models(held), held, weights)
    step("recommendations")
    with sqlite3.connect(f"{folder}/plain.db") as database:
        rfm.assign(segment=found_by[1]).to_sql("segments", database)
        rules.assign(
            antecedents=rules.antecedents.map(list).map(str), consequents=rules.consequents.map(list).map(str)
        ).to_sql("rules", database)
        rows = {"customer": np.repeat(who.cat.categories, EACH), "product": item.cat.categories[picks.ravel()]}
        pd.DataFrame({**rows, "score": scores.ravel()}).to_sql("recommendations", database)
    step("writing")
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024
    told = {"seconds": time.perf_counter() - began, "steps": steps, "customers": len(rfm), "itemsets": len(found)}
    print(json.dumps({**told, "megabytes": megabytes}))


if __name__ == "__main__":
    main(*sys.argv[1:3])
