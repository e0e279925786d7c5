"""In which words those who are to be written to would be: as free text, in approved words, or in none yet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from campaigns import contents
from campaigns.contents import Standing
from campaigns.gate import Words
from campaigns.starting import Plan
from campaigns.tables import Approval, ApprovedContent, Campaign
from ledger.windows import WINDOWED

NOT_MADE = "not_made"
IN_REVIEW = (Approval.RECEIVED, Approval.PENDING)


@dataclass(frozen=True)
class Lacking:
    """Words that cannot be sent: how many need them, and where they stand, an Approval or NOT_MADE."""

    name: str
    language: str
    standing: str
    n: int

    @property
    def is_in_review(self) -> bool:
        return self.standing in IN_REVIEW


@dataclass(frozen=True)
class Phrasing:
    """Of the chosen on channels that take free text only for a while: how many get which words when it is their turn.

    ``awaited`` wait for an answer to words that are being reviewed; to ``unspoken`` nothing can be said.
    """

    free: int = 0
    approved: int = 0
    awaited: int = 0
    unspoken: int = 0
    lacking: tuple[Lacking, ...] = ()

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
    lacking: Counter[tuple[str, str, str]] = Counter()
    for each in plan.chosen:
        facts = each.candidate.facts
        if facts.channel not in WINDOWED:
            continue
        if not facts.needs_approved_words(each.not_before or at + each.waits):
            counts[None] += 1
            continue
        missing = list(_missing(standing, campaign, each.candidate.language))
        lacking.update(missing)
        counts[_way(missing)] += 1
    found = tuple(Lacking(*key, n) for key, n in lacking.most_common())
    return Phrasing(counts[None], counts[Words.APPROVED], counts[Words.AWAITED], counts[Words.NONE], found)


def _missing(standing: Standing, campaign: Campaign, language: str) -> Iterable[tuple[str, str, str]]:
    """The words that somebody of that language may need: of every form, for theirs is not dealt yet."""
    for is_discounted in sorted({bool(form.discount_percent) for form in campaign.forms}):
        if standing.of(campaign.template, language, is_discounted) is None:
            name = contents.name_of(campaign.template, is_discounted)
            yield name, language, _stands(standing.newest(name, language))


def _stands(newest: ApprovedContent | None) -> str:
    return newest.approval if newest is not None else NOT_MADE


def _way(missing: Iterable[tuple[str, str, str]]) -> Words:
    stand = {where for _, _, where in missing}
    if not stand:
        return Words.APPROVED
    return Words.AWAITED if stand <= set(IN_REVIEW) else Words.NONE
