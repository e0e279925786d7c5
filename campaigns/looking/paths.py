"""Which ways people take to a purchase, as the current run found them; and what in them is worth looking at."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import sqrt
from typing import Any

from sqlmodel import Session

from campaigns import insights
from campaigns.insights import PATHS
from campaigns.tables import RunState

SITE, CHAT = "site", "chat"
LATELY = timedelta(days=90)
"""An episode that ended longer before the last visit is history."""
SURE = 3.0
"""So many standard errors between a device and the others are no chance, though several are looked at."""
MUCH_LESS = 0.8
LEAST_AT_STAGE = 30
CLEARLY = 2.45
"""So many standard errors above its share: of seven weekdays one in twenty shops would have one by chance."""


@dataclass(frozen=True)
class Leak:
    """Of ``n`` visits by ``device`` that came to ``before`` only ``share`` went on to ``stage``; of the others'
    ``n_else`` it was ``share_else``."""

    device: str
    before: str
    stage: str
    n: int
    share: float
    n_else: int
    share_else: float

    @property
    def lost(self) -> int:
        """Visits that would have gone on if the device were like the others."""
        return round(self.n * (self.share_else - self.share))


def paths(session: Session) -> list[dict[str, Any]]:
    """For the shop's pages and for its chats, as far as there are visits: what campaigns/mining/paths.py keeps."""
    run = insights.current_run(session)
    kept = session.get(RunState, (run.id, PATHS)) if run is not None else None
    told: list[dict[str, Any]] = json.loads(kept.content) if kept is not None else []
    return told


def lately(scope: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Episodes that are not history yet."""
    since = date.fromisoformat(scope["last"]) - LATELY
    return [each for each in scope["episodes"] if date.fromisoformat(each["last"]) >= since]


def leaks(scope: Mapping[str, Any]) -> list[Leak]:
    """Where one device loses surely and much more than the others do, the greatest loss first."""
    if scope["scope"] != SITE:
        return []
    found = [
        leak
        for device, seen in scope["devices"].items()
        for leak in _of_device(device, seen["funnel"], scope["funnel"])
    ]
    return sorted(found, key=lambda each: -each.lost)


def _of_device(
    device: str, mine: Sequence[Mapping[str, Any]], everyone: Sequence[Mapping[str, Any]]
) -> Iterator[Leak]:
    for place in range(1, len(mine)):
        n, on = mine[place - 1]["n"], mine[place]["n"]
        n_else, on_else = everyone[place - 1]["n"] - n, everyone[place]["n"] - on
        if min(n, n_else) < LEAST_AT_STAGE:
            continue
        share, share_else, both = on / n, on_else / n_else, (on + on_else) / (n + n_else)
        error = sqrt(both * (1 - both) * (1 / n + 1 / n_else))
        if error and share < MUCH_LESS * share_else and share_else - share > SURE * error:
            yield Leak(device, everyone[place - 1]["name"], everyone[place]["name"], n, share, n_else, share_else)


def busy_weekday(scope: Mapping[str, Any]) -> int | None:
    """The weekday (Monday 0) on which clearly more visits begin than its share of the days; None where none does."""
    first, last = (date.fromisoformat(scope[each]) for each in ("first", "last"))
    days = (last - first).days + 1
    counts, whole = scope["weekdays"], sum(scope["weekdays"])
    best = max(range(7), key=lambda weekday: (counts[weekday], -weekday))
    # A stretch of days need not hold each weekday as often.
    share = sum((first.weekday() + passed) % 7 == best for passed in range(days)) / days
    error = sqrt(whole * share * (1 - share))
    return best if error and counts[best] - whole * share > CLEARLY * error else None
