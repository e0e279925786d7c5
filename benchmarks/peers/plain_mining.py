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

SUPPORT, CONFIDENCE, EACH = 0.005, 0.2, 10


def main(source: str, folder: str) -> None:
    try:
        import implicit
        import numpy as np
        import pandas as pd
        from mlxtend.frequent_patterns import association_rules, fpgrowth
        from scipy import sparse
        from sklearn.cluster import KMeans
        from sklearn.metrics import silhouette_score
        from sklearn.preprocessing import StandardScaler
    except ImportError as fault:
        print(f"not installed: {fault.name} (make peers); no ratio to the plain stack")
        sys.exit(3)
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
    scaled = StandardScaler().fit_transform(np.log1p(rfm))
    most = min(8, len(rfm) - 1)
    tried = [KMeans(k, n_init=10, random_state=0).fit(scaled) for k in range(3, most + 1)]
    best = max(tried, key=lambda each: silhouette_score(scaled, each.labels_))
    step("segments")
    order, item = lines.InvoiceNo.astype("category"), lines.StockCode.astype("category")
    cells = sparse.csr_matrix((np.ones(len(lines), dtype=bool), (order.cat.codes, item.cat.codes)))
    table = pd.DataFrame.sparse.from_spmatrix(cells, columns=item.cat.categories)
    found = fpgrowth(table.astype(bool), min_support=SUPPORT, use_colnames=True)
    rules = association_rules(found, metric="confidence", min_threshold=CONFIDENCE)
    step("bundles")
    who = lines.CustomerID.astype("category")
    held = sparse.csr_matrix((np.ones(len(lines), dtype=np.float32), (who.cat.codes, item.cat.codes)))
    model = implicit.als.AlternatingLeastSquares(factors=64, random_state=0, iterations=15)
    model.fit(held, show_progress=False)
    picks, scores = model.recommend(np.arange(held.shape[0]), held, N=EACH, filter_already_liked_items=False)
    step("recommendations")
    with sqlite3.connect(f"{folder}/plain.db") as database:
        rfm.assign(segment=best.labels_).to_sql("segments", database)
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
