"""Between two runs: what new orders change in the counts of pairs and of bundles.

new purchase lines (by number) → the orders they came into, with what was in them before
                               → the tally of pairs and the bundles made whole → one transaction with its own mark

Every line is counted once: the mark, and the numbers just before it that were counted, are written with the counts.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlmodel import Session, col, select

from campaigns import insights
from campaigns.insights import SINCE
from campaigns.mining.bundles import PAIRS
from campaigns.tables import MiningRun, RunState
from engine.bundles.tally import PairTally
from ledger.database import Database
from ledger.tables import Interaction, Kind

LINES_AT_ONCE = 2_000
LOOK_BACK = 200
"""As in refreshing.py: on PostgreSQL a lower number may be committed later."""


class Grown(NamedTuple):
    """The products that came into one order, and those that were in it."""

    products: frozenset[int]
    before: frozenset[int]


@dataclass
class Since:
    """What was counted since the run: orders begun, and by a bundle's place the orders that became whole."""

    through: int
    baskets: int = 0
    bundles: dict[int, int] = field(default_factory=dict)
    counted: list[int] = field(default_factory=list)
    """The last numbers that were counted."""

    @classmethod
    def read(cls, kept: bytes) -> Since:
        plain = json.loads(kept)
        return cls(**{**plain, "bundles": {int(place): n for place, n in plain["bundles"].items()}})

    def kept(self) -> bytes:
        return json.dumps(vars(self)).encode()


@dataclass
class PairCounter:
    """Counts on where the run in use, or the last round, left off. Not to be used by two at once."""

    database: Database
    _tally: tuple[int, int, PairTally] | None = None
    """Of which run, through which number, so that it need not be read again for every order."""

    def follow(self) -> int:
        """Count what was bought since the last time; how many lines that were."""
        with self.database.reading() as session:
            run = insights.current_run(session)
            if run is None:
                return 0
            since = _since(session, run)
            look_back = 0 if self.database.is_sqlite else LOOK_BACK
            counted = {*since.counted}
            # What the run read it has counted itself.
            first = max(since.through - look_back, run.through_id)
            lines = [each for each in _lines(session, first) if each[0] not in counted]
            if not lines:
                return 0
            grown = _grown(session, lines)
            bundles = {each.position: frozenset(each.product_ids) for each in insights.bundles(session)}
            tally = self._read(session, run.id, since.through)
        if tally is not None:
            tally = tally.grown_by(grown)
        since.baskets += sum(not each.before for each in grown)
        for place, products in bundles.items():
            whole = sum(products <= each.products | each.before and not products <= each.before for each in grown)
            if whole:
                since.bundles[place] = since.bundles.get(place, 0) + whole
        numbers = [number for number, _, _ in lines]
        since.through = max(since.through, numbers[-1])
        since.counted = [each for each in sorted({*counted, *numbers}) if each > since.through - look_back]
        self._write(run.id, since, tally)
        return len(lines)

    def _read(self, session: Session, run_id: int, through: int) -> PairTally | None:
        if self._tally is not None and self._tally[:2] == (run_id, through):
            return self._tally[2]
        kept = session.get(RunState, (run_id, PAIRS))
        try:
            return PairTally.read(kept.content) if kept is not None else None
        except ValueError:
            # Kept by another version: the next run counts all pairs anew.
            return None

    def _write(self, run_id: int, since: Since, tally: PairTally | None) -> None:
        states = {SINCE: since.kept(), **({PAIRS: tally.kept()} if tally is not None else {})}
        with self.database.transaction() as session:
            if session.get(MiningRun, run_id) is None:
                return
            for name, content in states.items():
                session.merge(RunState(run_id=run_id, name=name, content=content))
        self._tally = (run_id, since.through, tally) if tally is not None else None


def _since(session: Session, run: MiningRun) -> Since:
    kept = session.get(RunState, (run.id, SINCE))
    return Since.read(kept.content) if kept is not None else Since(run.through_id)


def _is_a_line() -> Sequence[Any]:
    return (
        col(Interaction.kind) == Kind.PURCHASE,
        col(Interaction.product_id).is_not(None),
        col(Interaction.order_ref).is_not(None),
        col(Interaction.order_ref) != "",
    )


def _lines(session: Session, through: int) -> Sequence[tuple[int, str, int]]:
    """The lines of orders with higher numbers than this: number, order, product."""
    wanted: Any = select(Interaction.id, Interaction.order_ref, Interaction.product_id)
    wanted = wanted.where(col(Interaction.id) > through, *_is_a_line()).order_by(col(Interaction.id))
    return [tuple(row) for row in session.exec(wanted.limit(LINES_AT_ONCE))]


def _grown(session: Session, lines: Sequence[tuple[int, str, int]]) -> list[Grown]:
    """What came into each order by these lines, beside those of it that were counted already."""
    fresh: dict[str, set[int]] = {}
    for _, order, product in lines:
        fresh.setdefault(order, set()).add(product)
    before = _before(session, [*fresh], {number for number, _, _ in lines}, lines[-1][0])
    return [Grown(frozenset(new), frozenset(before.get(order, ()))) for order, new in fresh.items()]


def _before(session: Session, orders: Sequence[str], fresh: Collection[int], last: int) -> dict[str, set[int]]:
    held: dict[str, set[int]] = {}
    wanted: Any = select(Interaction.id, Interaction.order_ref, Interaction.product_id)
    for start in range(0, len(orders), 500):
        some = wanted.where(col(Interaction.order_ref).in_(orders[start : start + 500]), *_is_a_line())
        for number, order, product in session.exec(some.where(col(Interaction.id) <= last)):
            if number not in fresh:
                held.setdefault(order, set()).add(product)
    return held
