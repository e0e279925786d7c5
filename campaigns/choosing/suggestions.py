"""The few things most worth doing now, each with the n it goes by and what acts on it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlmodel import Session

from campaigns.looking.clues import CLUES, LEAST, Finding
from campaigns.looking.scene import Scene
from campaigns.shop import Shop
from ledger.notices import RANK
from ledger.tables import Role

MOST = 3


def suggestions(
    session: Session,
    channels: Collection[str],
    goals: Collection[str],
    shop: Shop,
    now: datetime,
    *,
    role: Role = Role.OWNER,
) -> list[Finding]:
    """At most three findings that somebody of ``role`` can act on, the worthiest first.

    ``goals`` are the campaign templates there are: what none of them could offer is no finding.
    """
    scene = Scene(session, channels, shop, now)
    found = [each for clue in CLUES for each in clue(scene)]
    return ranked(
        each
        for each in found
        if (each.deed.goal is None or each.deed.goal in goals) and RANK[each.least_role] <= RANK[role]
    )


def ranked(found: Iterable[Finding], most: int = MOST, least: int = LEAST) -> list[Finding]:
    """The worthiest first, one of each kind, none below ``least``; of equal worth the one about more."""
    order = sorted(
        (each for each in found if each.n >= least), key=lambda each: (-each.worth_minor, -each.n, each.about)
    )
    best: dict[tuple[str, str], Finding] = {}
    for each in order:
        best.setdefault((each.about, each.subject), each)
    return list(best.values())[:most]
