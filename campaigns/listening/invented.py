"""What the demo's customers wrote in the last weeks: invented reviews of what they really bought there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from sqlmodel import Session, col, select

from campaigns.listening.catching_up import catch_up
from engine.synthetic.voices import COMPLAINTS, MESSAGES, SEED, reviews
from ledger.tables import Interaction, Kind

__all__ = ["COMPLAINTS", "MESSAGES", "catch_up", "write_reviews"]
DAYS = 50
"""Over so many they are spread: more than the weeks one looks at, so that there is a before."""
PLATFORM = "marketplace"


def write_reviews(session: Session, people: Sequence[int], language: str, now: datetime) -> int:
    """A review of each of ``people``, of the last thing they bought; how many."""
    lots, n = Random(SEED + 1), 0  # noqa: S311 - a story, not a secret
    for who, text in zip(people, reviews(len(people), language), strict=True):
        bought = select(Interaction.product_id).where(
            Interaction.customer_id == who,
            Interaction.kind == Kind.PURCHASE,
            col(Interaction.product_id).is_not(None),
        )
        product = session.exec(bought.order_by(col(Interaction.at).desc()).limit(1)).first()
        at = now - timedelta(days=lots.random() * DAYS)
        session.add(
            Interaction(customer_id=who, kind=Kind.REVIEW, at=at, platform=PLATFORM, product_id=product, text=text)
        )
        n += 1
    return n
