"""What sells together, as a web of products, and the bundles that are worth offering."""

from __future__ import annotations

from bot.ladder import ladder
from bot.talk.desk import bundles as told
from bot.web.desk.frame import Page, Visit
from campaigns.looking.bundles import bundles
from campaigns.outcomes.charting import Charting

MOST_SHOWN = 20


def show(visit: Visit) -> Page:
    """All bundles of the run in use, the best first."""
    found = bundles(visit.session)
    return Page(
        "bundles",
        {
            "web": ladder(Charting(visit.teller.composer, visit.language).web(found)),
            "bundles": [told.row(visit.teller, each) for each in found[:MOST_SHOWN]],
            "baskets": found[0].baskets if found else 0,
        },
    )
