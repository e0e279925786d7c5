"""Learning from labelled texts how a shop's customers mean what they write.

Runs of words with negations marked and runs of letters (grams.py), rarer ones heavier, beside what our own lexicon
says (leaning.py); multinomial logistic regression (scikit-learn). The probabilities are sharpened on texts that were
left out of the learning, and so is the probability chosen from which on a label is given.
Assumes texts like those that will be judged; the least is given by whoever calls. Only training loads this.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix, hstack
from scipy.special import log_softmax, softmax
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from threadpoolctl import threadpool_limits

from engine.words.grams import Counts, grams
from engine.words.leaning import leaning
from engine.words.weights import FIGURES, LEANING_SHARE, MOST_RUNS, Weights, described

STRENGTH = 6.0
"""Of learning against keeping weights small: chosen by cross-validation, see docs/decisions/0053."""
LEAST_TEXTS = 2
"""A run that stands in one text only says who wrote it."""
KEPT_RUNS = 50_000
"""Those that say most; the file stays near a megabyte."""
FOLDS = 3
ROUNDS = 400
RIGHT_ENOUGH = 0.93
"""Of the texts that get a label, so many are to get the right one; the others stay unsure."""
THRESHOLDS = tuple(round(0.4 + step * 0.05, 2) for step in range(11))

Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Trade:
    """With labels from ``sure`` on: what share of texts gets one, and what share of those is right."""

    sure: float
    labelled: float
    right: float


@dataclass(frozen=True)
class Trained:
    """What was learnt, and the trade-offs on ``n`` texts that were left out of the learning each time."""

    weights: Weights
    sure: float
    trades: tuple[Trade, ...]
    n: int


@dataclass(frozen=True)
class _Runs:
    """Which runs are counted, and how rare each is, in the precision of the file."""

    place: dict[int, int]
    rareness: np.ndarray[Any, Any]

    def shares(self, counted: Sequence[Counter[int]]) -> csr_matrix:
        """A row for each text: what Weights reckons with, too."""
        values, columns, starts = array("d"), array("i"), array("i", [0])
        for counts in counted:
            found = [(self.place[key], times) for key, times in counts.items() if key in self.place]
            at = np.fromiter((place for place, _ in found), dtype=np.int64, count=len(found))
            times = np.fromiter((times for _, times in found), dtype=np.float64, count=len(found))
            share = (1 + np.log(times)) * self.rareness[at]
            share /= np.sqrt(share @ share) or 1.0
            values.extend(share)
            columns.extend(at)
            starts.append(len(columns))
        shape = (len(counted), len(self.place))
        return csr_matrix((np.array(values), np.array(columns), np.array(starts)), shape=shape)


def train(texts: Sequence[str], labels: Sequence[int], progress: Progress = lambda _step, _done: None) -> Trained:
    """Learn from texts and their labels: 0 negative, 1 neutral, 2 positive; each label at least ``FOLDS`` times.

    ``progress`` is called with the step that begins and how much of all is done, from 0 to 1.
    """
    counted = _counted(texts, progress)
    said = np.asarray(labels)
    leans = csr_matrix(np.array([described(leaning(text)) for text in texts]) * LEANING_SHARE)
    runs = _common(counted, LEAST_TEXTS)
    features = _features(runs, counted, leans)
    progress("choosing", 0.4)
    runs = _telling(runs, _fitted(features, said))
    features = _features(runs, counted, leans)
    scores = _left_out(features, said, progress)
    sharpness = _sharpness(scores, said)
    progress("learning", 0.9)
    weights = _weights(runs, _fitted(features, said), sharpness)
    trades = tuple(_trade(softmax(scores * sharpness, axis=1), said, sure) for sure in THRESHOLDS)
    sure = next((each.sure for each in trades if each.right >= RIGHT_ENOUGH), THRESHOLDS[-1])
    progress("learning", 1.0)
    return Trained(replace(weights, about={"sure": sure}), sure, trades, len(said))


def _counted(texts: Sequence[str], progress: Progress) -> list[Counts]:
    counted = []
    for place, text in enumerate(texts):
        if place % 100 == 0:
            progress("reading", 0.3 * place / len(texts))
        counted.append(grams(text))
    return counted


def _common(counted: Sequence[Counts], least: int) -> _Runs:
    """The runs that stand in enough texts. Words and letters share one numbering: their keys do not meet."""
    texts = Counter(key for both in counted for counts in both for key in counts)
    often = [(key, n) for key, n in texts.most_common(MOST_RUNS) if n >= least]
    keys = sorted(often)
    rareness = np.log((1 + len(counted)) / (1 + np.array([n for _, n in keys], dtype=np.float64))) + 1
    return _Runs({key: place for place, (key, _) in enumerate(keys)}, _as_kept(rareness))


def _features(runs: _Runs, counted: Sequence[Counts], leans: csr_matrix) -> csr_matrix:
    words, letters = (runs.shares([both[kind] for both in counted]) for kind in (0, 1))
    # One column for a run, wherever it stands; the two kinds have squares that add up to one each.
    return hstack([words + letters, leans]).tocsr()


def _fitted(features: csr_matrix, said: np.ndarray[Any, Any]) -> LogisticRegression:
    # The vectors are long and thin: threads would only wait for each other.
    with threadpool_limits(1):
        return LogisticRegression(C=STRENGTH, max_iter=ROUNDS).fit(features, said)


def _telling(runs: _Runs, fitted: LogisticRegression) -> _Runs:
    """The runs that say most."""
    strength = np.linalg.norm(fitted.coef_[:, :-FIGURES], axis=0)
    kept = np.sort(np.argsort(-strength, kind="stable")[:KEPT_RUNS])
    keys = list(runs.place)
    return _Runs({keys[at]: place for place, at in enumerate(kept)}, runs.rareness[kept])


def _left_out(features: csr_matrix, said: np.ndarray[Any, Any], progress: Progress) -> np.ndarray[Any, Any]:
    """What is said for each label of each text by what was learnt without it."""
    scores = np.zeros((len(said), 3))
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    for fold, (learning, judged) in enumerate(folds.split(scores, said)):
        progress("checking", 0.5 + 0.4 * fold / FOLDS)
        scores[judged] = _fitted(features[learning], said[learning]).decision_function(features[judged])
    return scores


def _sharpness(scores: np.ndarray[Any, Any], said: np.ndarray[Any, Any]) -> float:
    """What makes the probabilities hold: least surprise at texts that were left out (Guo et al. 2017)."""

    def surprise(log_sharpness: float) -> float:
        told = log_softmax(scores * np.exp(log_sharpness), axis=1)
        return float(-told[np.arange(len(said)), said].mean())

    return float(np.exp(minimize_scalar(surprise, bounds=(-2.0, 2.0), method="bounded").x))


def _weights(runs: _Runs, fitted: LogisticRegression, sharpness: float) -> Weights:
    says = tuple(array("f", _as_kept(row[:-FIGURES]).tolist()) for row in fitted.coef_)
    leans = tuple(tuple(map(float, row[-FIGURES:])) for row in fitted.coef_)
    return Weights(
        keys=array("I", runs.place),
        rareness=array("f", runs.rareness.tolist()),
        says=says,  # type: ignore[arg-type]
        leans=leans,  # type: ignore[arg-type]
        starts=tuple(map(float, fitted.intercept_)),  # type: ignore[arg-type]
        sharpness=sharpness,
    )


def _as_kept(numbers: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """In the precision of the file."""
    return numbers.astype(np.float32).astype(np.float64)


def _trade(probabilities: np.ndarray[Any, Any], said: np.ndarray[Any, Any], sure: float) -> Trade:
    labelled = probabilities.max(axis=1) >= sure
    right = probabilities.argmax(axis=1) == said
    return Trade(sure, float(labelled.mean()), float(right[labelled].mean()) if labelled.any() else 0.0)
