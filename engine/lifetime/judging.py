"""Does the model foresee better than the plain rule? Asked of days that neither has seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from engine.errors import TooLittleData
from engine.lifetime.gamma import GammaGamma
from engine.lifetime.plain import RecencyRule, visits_between
from engine.lifetime.rhythm import HALF, Pauses, due, pauses_of, rhythm_of
from engine.lifetime.staying import BetaGeometric
from engine.lifetime.visits import Histories, Visits, histories

Floats = NDArray[np.float64]
MOST_DAYS = 90
LEAST_DAYS = 7
PARTS = 4
"""A quarter of the history is held out, MOST_DAYS at most."""
NOISE = 2.0
"""Standard errors by which the plain rule must be better to be kept instead."""
LEAST_PAUSES = 50
"""Of fewer customers the share that was held says too little (its standard error is above 0.07)."""
SHARES = tuple(round(HALF + 0.02 * step, 2) for step in range(21))
"""From half of what the model thinks possible to nine tenths."""


@dataclass(frozen=True)
class Judgement:
    """How the model and the plain rule did on ``days`` held-out days, for ``n`` customers known before.

    ``buyers`` of them came. Visits in all as foreseen and as they came, AUC and Brier score of *comes at least once*,
    and ``better`` by how much the model's Brier score is lower, with its standard error. ``keeps_model`` unless the
    plain rule is better by more than noise.
    """

    n: int
    days: int
    buyers: int
    came: float
    foreseen: float
    foreseen_plainly: float
    auc: float | None
    auc_plain: float | None
    brier: float
    brier_error: float
    brier_plain: float
    better: float
    error: float

    @property
    def keeps_model(self) -> bool:
        return self.better >= -NOISE * self.error


@dataclass(frozen=True)
class Timed:
    """How the last pause of ``n`` customers was foreseen from those before: the share that ended within what was
    foreseen (0.5 is right), the median miss as a factor, and the misses of one's own mean pause and of everybody's.

    ``share`` of the model's own distribution was foreseen: the model alone is too sure of itself, so that it takes
    more than half of it to hold half of the visits. It was learned from every other customer, and all figures are of
    the rest.
    """

    n: int
    within: float
    miss: float
    miss_own: float
    miss_usual: float
    share: float = HALF


def likelier(now: Histories) -> BetaGeometric:
    """BG/NBD or MBG/NBD, whichever makes these histories likelier; both have four parameters.

    Raises TooLittleData.
    """
    models = [BetaGeometric(each).fit(now.frequency, now.recency, now.age) for each in (True, False)]
    return max(models, key=lambda each: each.log_likelihood_)


def judged(visits: Visits, until: int) -> Judgement:
    """Learn from the first part of the history, foresee the rest. Raises TooLittleData."""
    span = until - int(visits.day.min(initial=until))
    days = min(MOST_DAYS, span // PARTS)
    if days < LEAST_DAYS:
        raise TooLittleData("days of history", LEAST_DAYS * PARTS, span)
    split = until - days
    before = visits.until(split)
    then = histories(before, split)
    model, rule = likelier(then), RecencyRule().fit(before, split, days)
    came = visits_between(visits, then.customer, split, until)
    columns = then.frequency, then.recency, then.age
    chance, (plainly, plain_chance) = model.buys(days, *columns), rule.predict(then)
    miss, plain_miss = (chance - (came > 0)) ** 2, (plain_chance - (came > 0)) ** 2
    return Judgement(
        n=len(then),
        days=days,
        buyers=int((came > 0).sum()),
        came=float(came.sum()),
        foreseen=float(model.expected(days, *columns).sum()),
        foreseen_plainly=float(plainly.sum()),
        auc=auc(chance, came > 0),
        auc_plain=auc(-(split - then.last).astype(np.float64), came > 0),
        brier=float(miss.mean()),
        brier_error=float(miss.std() / np.sqrt(len(then))),
        brier_plain=float(plain_miss.mean()),
        better=float((plain_miss - miss).mean()),
        error=float((plain_miss - miss).std() / np.sqrt(len(then))),
    )


def timed(visits: Visits) -> Timed:
    """Foresee each customer's last pause from the ones before. Raises TooLittleData."""
    earlier, whole = pauses_of(visits, besides_last=True), pauses_of(visits)
    at = np.searchsorted(whole.customer, earlier.customer)
    came = (whole.last[at] - earlier.last).astype(np.float64)
    rhythm, learns = rhythm_of(earlier), np.arange(len(earlier)) % 2 == 0
    share = _widened(rhythm, earlier.where(learns), came[learns])
    usual = float(np.exp((earlier.mean_log * earlier.count).sum() / earlier.count.sum()))
    told, came = earlier.where(~learns), came[~learns]
    _, middle, _ = due(rhythm, told)
    return Timed(
        n=len(told),
        within=_within(rhythm, told, came, share),
        miss=_factor(middle, came),
        miss_own=_factor(told.mean, came),
        miss_usual=_factor(np.full(len(came), usual), came),
        share=share,
    )


def _widened(rhythm: GammaGamma, earlier: Pauses, came: Floats) -> float:
    """The least share, HALF or more, within which half of these pauses ended; HALF where they are few."""
    if len(earlier) < LEAST_PAUSES:
        return HALF
    wide = (share for share in SHARES if _within(rhythm, earlier, came, share) >= HALF)
    return next(wide, SHARES[-1])


def _within(rhythm: GammaGamma, earlier: Pauses, came: Floats, share: float) -> float:
    early, _, late = due(rhythm, earlier, share)
    return float(((np.rint(early) <= came) & (came <= np.rint(late))).mean())


def auc(score: Floats, happened: NDArray[np.bool_]) -> float | None:
    """How often somebody of whom it is true has the greater score than somebody else; None where all are alike."""
    yes, no = int(happened.sum()), int((~happened).sum())
    if not yes or not no:
        return None
    return float((rankdata(score)[happened].sum() - yes * (yes + 1) / 2) / (yes * no))


def _factor(foreseen: Floats, came: Floats) -> float:
    """The median factor by which it was missed; 1 is exact."""
    return float(np.exp(np.median(np.abs(np.log(np.maximum(foreseen, 0.5)) - np.log(np.maximum(came, 0.5))))))
