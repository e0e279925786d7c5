"""Who gets which form of an offer. Pure and repeatable."""

from __future__ import annotations

from collections.abc import Mapping

from campaigns.drafts import Allocation
from campaigns.tables import Campaign


def deal(strata: Mapping[int, str | None], campaign: Campaign) -> dict[int, str]:
    """The variant of each of these customers, who are given with the group in which the shares are to hold.

    Nothing for those of a bandit: theirs is decided when their turn comes.
    """
    if campaign.allocation == Allocation.BANDIT:
        return {}
    return dict.fromkeys(strata, campaign.forms[0].name)
