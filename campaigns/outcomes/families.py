"""The rounds of a standing campaign taken together: each customer once, on the side where their one lot put them.

Whether somebody is let through in a later round hangs on what they were sent in an earlier one (a cap, a stop). So
everybody counts from the first round that let them through, which nothing they were sent could touch, and from then
on in the window of every round that had them in its audience, let through or not: both sides are watched alike.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from campaigns.outcomes.figures import NOTHING, Deeds, Row
from campaigns.tables import Campaign


def is_drawn_alone(campaign: Campaign) -> bool:
    """Whether each customer's lot is their own, the same in every round, and not one of a draw among so many."""
    return campaign.parent_id is not None or campaign.is_standing


def once(audience: Iterable[Row], did: Mapping[int, Deeds]) -> tuple[list[Row], dict[int, Deeds]]:
    """One row for each customer who was ever let through, and all they did since, by the number of that row.

    ``audience`` are rows of one campaign or one family, the oldest first. The row is their first that was let
    through; it counts as sent where any of theirs was.
    """
    theirs: dict[int, list[Row]] = defaultdict(list)
    for row in audience:
        if row.was_eligible or row.customer_id in theirs:
            theirs[row.customer_id].append(row)
    people = [_together(rows) for rows in theirs.values()]
    deeds = {rows[0].id: _all([did[each.id] for each in rows if each.id in did]) for rows in theirs.values()}
    return people, {number: each for number, each in deeds.items() if each != NOTHING}


def _together(rows: Sequence[Row]) -> Row:
    first = rows[0]
    if len(rows) == 1 or first.is_held_out:
        return first
    sent = next((each for each in rows if each.was_sent), first)
    variant = next((each.variant for each in rows if each.variant is not None), None)
    return first._replace(state=sent.state, variant=variant)


def _all(deeds: Sequence[Deeds]) -> Deeds:
    return deeds[0] if len(deeds) == 1 else sum(deeds, NOTHING)
