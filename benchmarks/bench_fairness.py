"""What it costs to ask whether 20,000 customers are served alike, and how much of it a preview pays.

Twelve offers each in twelve weeks, five towns, on SQLite, in the process that answers people: all groupings with the
filter bubbles (`/audit`), and what a draft's preview adds for its warning. In the nightly run's process: which of
forty features give a group away, dealt anew 200 times. Processor time, for other work on the machine must not count.
Budgets: 15 seconds for all of it, 3 for the preview's part, 3 for the run's; there is no peer that does the same.
Run: python benchmarks/bench_fairness.py [--small]
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import numpy as np
from crowds import CHANNEL, NOW, SHOP, crowd
from measuring import arguments, leave
from sqlalchemy import insert, text

from campaigns.launching import drafting, evenness, previewing
from campaigns.launching.drafts import Draft, by_discount
from campaigns.looking import auditing
from campaigns.tables import Campaign, Message, State
from campaigns.words.composing import Composer
from engine.fairness.proxies import stand_ins
from ledger.database import Database

CUSTOMERS, FEW = 20_000, 600
OFFERS, FEATURES = 12, 40
TOWNS = ("Jakarta", "Medan", "Lhokseumawe", "Bandung", "Makassar")
MOST_WHOLE, MOST_PREVIEW, MOST_RUN = 15.0, 3.0, 3.0


def furnish(database: Database, customers: int) -> None:
    """Towns for everybody, and an offer a week."""
    crowd(database, customers)
    with database.transaction() as session:
        for place, town in enumerate(TOWNS):
            session.connection().execute(
                text("UPDATE customers SET city = :town WHERE id % :towns = :place"),
                {"town": town, "towns": len(TOWNS), "place": place},
            )
        wanted = Draft("picks", "all", by_discount(10))
        for week in range(OFFERS):
            at = NOW - timedelta(weeks=week, hours=1)
            campaign = drafting.draft(session, Composer(), wanted, shop=SHOP, by="bench", now=at)
            rows = [
                {
                    "campaign_id": campaign.id, "customer_id": each, "channel": CHANNEL, "variant": "A",
                    "was_eligible": True, "state": State.SENT, "counts_from": at, "planned_at": at, "sending_at": at,
                    "sent_at": at, "attempts": 1, "personal_refusals": 0,
                    "facts": {"products": [(each + week + shown) % 60 + 1 for shown in range(3)]},
                }
                for each in range(1, customers + 1)
            ]  # fmt: skip
            session.connection().execute(insert(Message), rows)


def timed(act: Callable[[], object]) -> float:
    began = time.process_time()
    act()
    return time.process_time() - began


def run_part(customers: int) -> None:
    """What the run adds, on as many people."""
    lots = np.random.default_rng(0)
    features = {f"feature {place}": lots.normal(size=customers) for place in range(FEATURES)}
    stand_ins(lots.integers(0, len(TOWNS), customers), features)


def main() -> None:
    told = arguments(__doc__)
    customers = FEW if told.small else CUSTOMERS
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'shop.db'}", secret=b"for measuring only")
        database.migrate()
        furnish(database, customers)
        with database.transaction() as session:
            number = drafting.draft(
                session, Composer(), Draft("picks", "champions"), shop=SHOP, by="bench", now=NOW
            ).id
        with database.reading() as session:
            whole = timed(lambda: auditing.whole(session, [CHANNEL], SHOP, NOW))
            campaign = session.get_one(Campaign, number)
            planned, _ = previewing.expected(session, campaign, [CHANNEL], SHOP, NOW)
            even = timed(lambda: evenness.unequal(session, campaign, planned, [CHANNEL], SHOP, NOW))
        database.close()
    mined = timed(lambda: run_part(customers))
    print(f"{customers:,} customers, {customers * OFFERS:,} offers; seconds of the processor:")
    print(f"all groupings and bubbles {whole:.2f} (budget {MOST_WHOLE:g})")
    print(f"the warning before the yes {even:.2f} (budget {MOST_PREVIEW:g})")
    print(f"stand-ins among {FEATURES} features {mined:.2f} (budget {MOST_RUN:g})")
    is_well = whole <= MOST_WHOLE and even <= MOST_PREVIEW and mined <= MOST_RUN
    leave(is_well=is_well, is_small=told.small)


if __name__ == "__main__":
    main()
