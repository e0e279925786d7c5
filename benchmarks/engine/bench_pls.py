"""How long ten thousand drawn samples of a survey take, and how often intervals hold what is true.

``python benchmarks/engine/bench_pls.py``. A survey of 344 answers to twelve questions, with each kind of interval;
a large one (5,000 answers, 24 questions); and 200 surveys of 120 people whose paths are known.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402 - the project's folder must be findable first

from benchmarks.measuring import arguments, leave, peak_megabytes, timed  # noqa: E402
from engine.pls.analysis import SAMPLES, PathModel  # noqa: E402
from engine.pls.model import Model  # noqa: E402
from engine.pls.resampling import Interval  # noqa: E402

MOST_SECONDS, MOST_SECONDS_LARGE = 2.0, 30.0
"""Of the processor."""
LEAST_HELD, MOST_HELD = 0.88, 0.99
"""Of intervals at 95 %: of 200 surveys it may be three standard errors less than the 93 % that 120 people give."""
ARROWS = "A -> B, C; B -> C"
FIRST, SECOND, THIRD, LOADING = 0.5, 0.3, 0.4, 0.9


def invented(people: int, each: int, seed: int) -> tuple[np.ndarray, Model]:
    """Answers of so many people to ``each`` questions on each of three things, and their model."""
    draw = np.random.default_rng(seed)
    a = draw.normal(size=people)
    b = FIRST * a + np.sqrt(1 - FIRST**2) * draw.normal(size=people)
    rest = 1 - SECOND**2 - THIRD**2 - 2 * FIRST * SECOND * THIRD
    c = SECOND * a + THIRD * b + np.sqrt(rest) * draw.normal(size=people)
    noise = draw.normal(size=(people, 3 * each))
    values = LOADING * np.repeat(np.column_stack([a, b, c]), each, axis=1) + np.sqrt(1 - LOADING**2) * noise
    return values, Model.of(ARROWS, {name: [f"{name}{n}" for n in range(each)] for name in "ABC"})


def timed_fit(people: int, each: int, samples: int, interval: Interval) -> float:
    values, model = invented(people, each, 1)
    with timed() as taken:
        PathModel(samples=samples, interval=interval).fit(values, model)
    size = f"{people:,} answers, {3 * each} questions, {samples:,} samples, {interval.value}"
    print(f"{size}: {taken.seconds:.2f} s by the clock, {taken.worked:.2f} s of the processor")
    return taken.worked


def held(interval: Interval, surveys: int) -> np.ndarray:
    """Of how many surveys the interval of each path held what estimating very many people gives."""
    values, model = invented(100_000, 4, 0)
    true = [each.path.value for each in PathModel(samples=0).fit(values, model).links_]
    found = np.zeros(len(true))
    for seed in range(surveys):
        values, model = invented(120, 4, 1_000 + seed)
        links = PathModel(samples=500, interval=interval, seed=seed).fit(values, model).links_
        found += [each.path.low <= truth <= each.path.high for each, truth in zip(links, true, strict=True)]
    return found / surveys


def main() -> None:
    said = arguments(__doc__)
    samples = 500 if said.small else SAMPLES
    small = max(timed_fit(344, 4, samples, each) for each in Interval)
    large = timed_fit(1_000 if said.small else 5_000, 8, samples, Interval.PERCENTILE)
    surveys = 5 if said.small else 200
    shares = {each: held(each, surveys) for each in Interval}
    for each, share in shares.items():
        print(f"{each.value}: of {surveys} surveys its intervals held the truth in {np.round(share, 3).tolist()}")
    print(f"most memory at once: {peak_megabytes():.0f} MB")
    is_true = all(LEAST_HELD <= share <= MOST_HELD for each in shares.values() for share in each)
    print(f"budgets: {MOST_SECONDS} s and {MOST_SECONDS_LARGE} s; intervals hold {LEAST_HELD} to {MOST_HELD}")
    leave(is_well=small <= MOST_SECONDS and large <= MOST_SECONDS_LARGE and is_true, is_small=said.small)


if __name__ == "__main__":
    main()
