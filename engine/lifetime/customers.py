"""Each customer's future in a few numbers, by what was learned of the shop.

interactions → visits → learned: staying, spending, rhythm, each judged on days it had not seen
                           └→ told: of each customer, now or after their next purchase
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from engine.errors import TooLittleData
from engine.frames import MICROSECONDS_PER_DAY, IntColumn, Interactions
from engine.lifetime.gamma import GammaGamma
from engine.lifetime.judging import Judgement, Timed, judged, likelier, timed
from engine.lifetime.plain import RecencyRule
from engine.lifetime.rhythm import HALF, due, pauses_of, rhythm_of
from engine.lifetime.staying import BetaGeometric
from engine.lifetime.visits import Histories, Visits, histories, visits_of

Floats = NDArray[np.float64]
DAYS = 90
"""How far ahead is looked."""


@dataclass(frozen=True)
class Told:
    """One row a customer who ever bought, sorted by id (n,); nan where nothing honest can be said.

    ``visits`` are the days on which they bought so far. ``expected`` are the visits within DAYS, ``alive`` is the
    probability that they are still with the shop, ``spend_minor`` what they are expected to spend within DAYS.
    ``due_from`` to ``due_until``, days since the epoch, is when the next visit comes in one of two cases, if there is
    one; nan of who came once.
    """

    customer: IntColumn
    visits: IntColumn
    expected: Floats
    alive: Floats
    spend_minor: Floats
    due_from: Floats
    due_until: Floats

    def __len__(self) -> int:
        return len(self.customer)


@dataclass(frozen=True)
class Learned:
    """What is known of the shop; a part is None where there was too little, or it did not stand the test.

    Where the model foresees worse than the plain rule by more than noise, ``rule`` is kept in its place: then there
    is no probability of being alive, and ``rule_days`` are the days the rule speaks of. ``half`` is the share of the
    rhythm's own distribution that held half of the visits (engine.lifetime.judging.Timed).
    """

    closures: IntColumn
    staying: BetaGeometric | None = None
    rule: RecencyRule | None = None
    rule_days: int = 0
    spending: GammaGamma | None = None
    rhythm: GammaGamma | None = None
    half: float = HALF

    def tell(self, interactions: Interactions, until: int) -> Told:
        """Of every customer in ``interactions``, as of ``until`` (µs since the epoch): of all, or of one."""
        return self.of_visits(visits_of(interactions.where(interactions.at <= until), self.closures), _day(until))

    def of_visits(self, visits: Visits, today: int) -> Told:
        """Of everybody who came, as of a day of the calendar."""
        now = histories(visits, int(visits.shop_day(np.array([today]))[0]))
        expected, alive = self._expected(now)
        early, late = self._due(visits, now)
        spend = np.full(len(now), np.nan)
        if self.spending is not None:
            spend = expected * self.spending.expected(*_spent(visits, len(now)))
        return Told(now.customer, now.frequency.astype(np.int64) + 1, expected, alive, spend, early, late)

    def _expected(self, now: Histories) -> tuple[Floats, Floats]:
        unknown = np.full(len(now), np.nan)
        columns = now.frequency, now.recency, now.age
        if self.staying is not None:
            return self.staying.expected(DAYS, *columns), self.staying.alive(*columns)
        if self.rule is not None:
            visits, _ = self.rule.predict(now)
            return visits * (DAYS / self.rule_days), unknown
        return unknown, unknown

    def _due(self, visits: Visits, now: Histories) -> tuple[Floats, Floats]:
        from_, until = np.full(len(now), np.nan), np.full(len(now), np.nan)
        pauses = pauses_of(visits)
        if self.rhythm is not None and len(pauses):
            early, _, late = due(self.rhythm, pauses, self.half)
            last = visits.calendar_day(pauses.last)
            rows = np.searchsorted(now.customer, pauses.customer)
            from_[rows], until[rows] = last + np.rint(early), last + np.rint(late)
        return from_, until

    def plain(self) -> dict[str, Any]:
        """As numbers and lists, for keeping."""
        staying, rule = self.staying, self.rule
        return {
            "closures": self.closures.tolist(),
            "staying": staying and [staying.r_, staying.alpha_, staying.a_, staying.b_, staying.leaves_at_once],
            "rule": rule and [rule.edges_.tolist(), rule.visits_.tolist(), rule.share_.tolist()],
            "rule_days": self.rule_days,
            "half": self.half,
            **{
                name: each and [each.p_, each.q_, each.v_]
                for name, each in (("spending", self.spending), ("rhythm", self.rhythm))
            },
        }

    @classmethod
    def read(cls, plain: Mapping[str, Any]) -> Self:
        """From ``plain``."""
        rule, spending, rhythm = (plain[name] for name in ("rule", "spending", "rhythm"))
        return cls(
            np.array(plain["closures"], dtype=np.int64).reshape(-1, 2),
            plain["staying"] and BetaGeometric.of(*plain["staying"]),
            rule and RecencyRule.of(*(np.array(each, dtype=np.float64) for each in rule)),
            plain["rule_days"],
            spending and GammaGamma.of(*spending),
            rhythm and GammaGamma.of(*rhythm),
            plain.get("half", HALF),
        )


class Lifetimes:
    """Learns what there is enough of, and says what there is not.

    Learned: ``learned_``, ``told_`` of every customer, ``judgement_`` of the visits foreseen and ``timed_`` of the
    rhythm (None where there was too little), ``spend_by_visits_``, the correlation of what is spent with how often
    they come, which Gamma-Gamma takes to be nothing (None likewise).
    """

    judgement_: Judgement | None
    timed_: Timed | None
    spend_by_visits_: float | None

    def fit(self, interactions: Interactions, until: int) -> Self:
        """From all purchases up to ``until`` (µs since the epoch). Never raises for too little."""
        visits = visits_of(interactions.where(interactions.at <= until))
        today = int(visits.shop_day(np.array([_day(until)]))[0])
        now = histories(visits, today)
        staying, rule, days = self._staying(visits, now, today)
        rhythm = self._rhythm(visits)
        spending = self._spending(visits, now)
        half = self.timed_.share if self.timed_ is not None else HALF
        self.learned_ = Learned(visits.closures, staying, rule, days, spending, rhythm, half)
        self.told_ = self.learned_.of_visits(visits, _day(until))
        return self

    def _staying(
        self, visits: Visits, now: Histories, today: int
    ) -> tuple[BetaGeometric | None, RecencyRule | None, int]:
        self.judgement_ = None
        try:
            self.judgement_ = judged(visits, today)
            if self.judgement_.keeps_model:
                return likelier(now), None, 0
            return None, RecencyRule().fit(visits, today, self.judgement_.days), self.judgement_.days
        except TooLittleData:
            return None, None, 0

    def _rhythm(self, visits: Visits) -> GammaGamma | None:
        self.timed_ = None
        try:
            self.timed_ = timed(visits)
            return rhythm_of(pauses_of(visits))
        except TooLittleData:
            return None

    def _spending(self, visits: Visits, now: Histories) -> GammaGamma | None:
        self.spend_by_visits_ = None
        count, mean = _spent(visits, len(now))
        known = count > 0
        try:
            spending = GammaGamma().fit(count[known], mean[known])
        except TooLittleData:
            return None
        both = now.frequency[known], mean[known]
        if min(float(np.ptp(each)) for each in both) > 0:
            self.spend_by_visits_ = float(np.corrcoef(*both)[0, 1])
        return spending


def _spent(visits: Visits, customers: int) -> tuple[Floats, Floats]:
    """On how many visits of each something known was spent, and how much on average."""
    paid = np.nan_to_num(visits.spent_minor) > 0
    starts = np.zeros(len(visits), dtype=np.int64)
    starts[visits.starts] = 1
    who = np.cumsum(starts) - 1
    count = np.bincount(who[paid], minlength=customers).astype(np.float64)
    total = np.bincount(who[paid], visits.spent_minor[paid], customers)
    return count, total / np.maximum(count, 1)


def _day(at: int) -> int:
    return at // MICROSECONDS_PER_DAY
