"""In which words those who are to be written to would be: as free text, in approved words, or in none yet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlmodel import Session

from campaigns.launching.starting import Plan
from campaigns.sending.claiming import AWAITED
from campaigns.sending.gate import Words
from campaigns.tables import Campaign
from campaigns.words import contents
from campaigns.words.contents import Standing
from ledger.windows import WINDOWED

NOT_MADE = "not_made"
IN_REVIEW = AWAITED


@dataclass(frozen=True)
class Lacking:
    """Words that cannot be sent: how many need them, where they stand, an Approval or NOT_MADE, and why."""

    name: str
    language: str
    standing: str
    n: int
    reason: str = ""

    @property
    def is_in_review(self) -> bool:
        return self.standing in IN_REVIEW


@dataclass(frozen=True)
class Phrasing:
    """Of the chosen on channels that take free text only for a while: how many get which words when it is their turn.

    ``awaited`` wait for words that are being reviewed or are paused; to ``unspoken`` nothing can be said.
    ``bound`` are the fates, by their place in the plan, of those whom free text does not reach, ``waiting`` and
    ``mute`` of those of them who are awaited and unspoken.
    """

    free: int = 0
    approved: int = 0
    awaited: int = 0
    unspoken: int = 0
    lacking: tuple[Lacking, ...] = ()
    bound: frozenset[int] = frozenset()
    waiting: frozenset[int] = frozenset()
    mute: frozenset[int] = frozenset()

    @property
    def outside(self) -> int:
        """How many free text does not reach."""
        return self.approved + self.awaited + self.unspoken

    @property
    def is_mostly_unsaid(self) -> bool:
        """Whether most of them are to be reached by approved words only, and there are none."""
        return self.awaited + self.unspoken > (self.free + self.outside) / 2

    def as_json(self) -> dict[str, Any]:
        counts = {"free": self.free, "approved": self.approved, "awaited": self.awaited, "none": self.unspoken}
        return {**counts, "lacking": [vars(each) for each in self.lacking]}


NO_PHRASING = Phrasing()


def phrasing(session: Session, campaign: Campaign, plan: Plan, at: datetime) -> Phrasing:
    """What of ``plan``, begun at that time, goes out in which words, as these stand now."""
    standing = contents.standing(session)
    counts: Counter[Words | None] = Counter()
    lacking: Counter[tuple[str, str, str, str]] = Counter()
    ways: dict[int, Words] = {}
    for place, fate, n in plan.groups():
        if fate.like.channel not in WINDOWED:
            continue
        if (fate.not_before or at + fate.waits) < fate.like.free_until:
            counts[None] += n
            continue
        missing = list(_missing(standing, campaign, fate.like.language))
        lacking.update(dict.fromkeys(missing, n))
        ways[place] = _way(missing)
        counts[ways[place]] += n
    found = tuple(
        Lacking(name, language, stands, n, reason) for (name, language, stands, reason), n in lacking.most_common()
    )
    return Phrasing(
        free=counts[None],
        approved=counts[Words.APPROVED],
        awaited=counts[Words.AWAITED],
        unspoken=counts[Words.NONE],
        lacking=found,
        bound=frozenset(ways),
        waiting=frozenset(each for each, way in ways.items() if way is Words.AWAITED),
        mute=frozenset(each for each, way in ways.items() if way is Words.NONE),
    )


def reached(plan: Plan, found: Phrasing) -> Plan:
    """The plan with those among the chosen only to whom something can be said, now or when WhatsApp has answered."""
    return replace(plan, mute=found.mute)


def _missing(standing: Standing, campaign: Campaign, language: str) -> Iterable[tuple[str, str, str, str]]:
    """The words that somebody of that language may need: of every form, for theirs is not dealt yet."""
    for is_discounted in sorted({bool(form.discount_percent) for form in campaign.forms}):
        if standing.of(campaign.template, language, is_discounted) is None:
            name = contents.name_of(campaign.template, is_discounted)
            newest = standing.newest(name, language)
            if newest is None or contents.is_gone(newest):
                yield name, language, NOT_MADE, ""
            else:
                yield name, language, newest.approval, newest.reason


def _way(missing: Iterable[tuple[str, str, str, str]]) -> Words:
    stand = {where for _, _, where, _ in missing}
    if not stand:
        return Words.APPROVED
    return Words.AWAITED if stand <= set(IN_REVIEW) else Words.NONE
