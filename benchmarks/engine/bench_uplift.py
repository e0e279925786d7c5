"""Does the uplift model put people in a better order than a response model does? Hillstrom, ten splits in half.

Learned on one half, judged by Qini on the other: ``python benchmarks/engine/bench_uplift.py``. Beside our own two
models stands scikit-learn's gradient boosting as a response model. Both letters against none is what is judged; each
letter alone is told too, for the response model is hard to beat by the men's.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402 - the project's folder must be findable first
import polars as pl  # noqa: E402
from sklearn.ensemble import HistGradientBoostingClassifier  # noqa: E402

from benchmarks.measuring import arguments, leave, timed  # noqa: E402
from engine.uplift.learner import Uplift  # noqa: E402
from engine.uplift.qini import qini  # noqa: E402
from engine.uplift.response import Response  # noqa: E402
from engine.uplift.targeting import Rule, Targeting  # noqa: E402

DATA = ROOT.parent / "shared/data/hillstrom.csv.gz"
LETTERS = {"both letters": ("Mens E-Mail", "Womens E-Mail"), "women's": ("Womens E-Mail",), "men's": ("Mens E-Mail",)}
SPLITS = range(100, 110)
LEAST_WINS = 8
"""Of ten."""
NAMES = ("response", "boosted response", "uplift", "chosen")
MANY = 1_000_000
FIGURES = 12


def experiment(letters: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rows = pl.read_csv(DATA, infer_schema_length=None).filter(pl.col("segment").is_in([*letters, "No E-Mail"]))
    places = [rows["zip_code"] == "Rural", rows["zip_code"] == "Urban"]
    ways = [rows["channel"] == "Web", rows["channel"] == "Phone"]
    figures = [*(rows[name] for name in ("recency", "history", "mens", "womens", "newbie")), *places, *ways]
    values = np.column_stack([each.to_numpy() for each in figures]).astype(np.float64)
    treated = (rows["segment"] != "No E-Mail").to_numpy().astype(np.float64)
    return values, treated, rows["visit"].to_numpy().astype(np.float64)


def compared(
    values: np.ndarray, treated: np.ndarray, outcome: np.ndarray, split: int
) -> tuple[list[float], bool, float]:
    """Qini of each order on the half that was held out, whether uplift was chosen, and the seconds of learning."""
    past, people = np.array_split(np.random.default_rng(split).permutation(len(treated)), 2)
    with timed() as taken:
        found = Targeting(seed=split).fit(values[past], treated[past], outcome[past])
    written_to = past[treated[past] > 0]
    boosted = HistGradientBoostingClassifier(
        max_iter=100, learning_rate=0.05, min_samples_leaf=200, random_state=split
    )
    boosted.fit(values[written_to], outcome[written_to])
    assert found.uplift_ is not None, "half of Hillstrom is enough for it"
    orders = (
        found.response_.predict(values[people]),
        boosted.predict_proba(values[people])[:, 1],
        found.uplift_.predict(values[people]),
        found.score(values[people]),
    )
    arms = treated[people], outcome[people]
    return [qini(each, *arms).coefficient for each in orders], found.rule_ is Rule.UPLIFT, taken.seconds


def told(name: str, splits: range) -> bool:
    """Says how the orders did; whether uplift was better on the average and in LEAST_WINS of ten."""
    columns = experiment(LETTERS[name])
    runs = [compared(*columns, split) for split in splits]
    found = np.array([each[0] for each in runs])
    response, uplift = found[:, 0], found[:, 2]
    wins, ahead = int((uplift > response).sum()), uplift - response
    spread = ahead.std(ddof=1) / np.sqrt(len(ahead)) if len(ahead) > 1 else float("nan")
    print(f"{name}: {len(columns[1]):,} people, {len(runs)} splits")
    for each, mean in zip(NAMES, found.mean(axis=0), strict=True):
        print(f"  {each:17} Qini {1e4 * mean:6.1f}  ratio {mean / response.mean():.2f}")
    print(f"  uplift ahead of response by {1e4 * ahead.mean():.1f} ± {1e4 * spread:.1f} (se over splits)", end=", ")
    print(f"in {wins} of {len(runs)}; chosen by itself in {sum(each[1] for each in runs)}")
    print(f"  learning and choosing: {np.mean([each[2] for each in runs]):.2f} s")
    return uplift.mean() > response.mean() and wins * 10 >= LEAST_WINS * len(runs)


def scale(n: int) -> None:
    """How long so many people take; what they are does not matter to that."""
    rng = np.random.default_rng(0)
    values, treated = rng.normal(size=(n, FIGURES)), (rng.random(n) < 0.8).astype(np.float64)
    outcome = (rng.random(n) < 0.1).astype(np.float64)
    with timed() as taken:
        Uplift().fit(values, treated, outcome).predict(values)
        Response().fit(values, treated, outcome).predict(values)
    print(f"{n:,} people with {FIGURES} figures: both models learned and told in {taken.seconds:.1f} s")


def main() -> None:
    said = arguments(__doc__)
    if not DATA.exists():
        print(f"Hillstrom is not at {DATA}: nothing to compare, no budget judged.")
        return
    splits = SPLITS[:1] if said.small else SPLITS
    print("Qini: area between curve and chord, visits by head of those written to, times 10,000")
    is_better = [told(name, splits) for name in (list(LETTERS)[:1] if said.small else LETTERS)]
    scale(20_000 if said.small else MANY)
    leave(is_well=is_better[0], is_small=said.small)


if __name__ == "__main__":
    main()
