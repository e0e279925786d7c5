"""From campaigns that are over to whom a small budget goes: past lots, a run, its prospects, a round, its report."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlmodel import Session, col, select

from campaigns import insights, mining
from campaigns.mining import Parameters
from campaigns.outcomes import results
from campaigns.tables import Campaign, Message, Prospect, State
from ledger import consent
from ledger.consent import Evidence, Wording
from ledger.database import Database
from ledger.tables import Customer, Interaction, Kind, Product, Purpose
from tests.stories.conftest import Story, told

REACHED, STRANGERS = 40, 1_600
DAY = timedelta(days=1)


@pytest.fixture
def shop(sqlite_database: Database, tmp_path: Path) -> Iterator[Story]:
    """Forty who may be written to, and the sixteen hundred of a past campaign; a message costs 500."""
    with told(sqlite_database, tmp_path, message_prices="simulator=500, whatsapp=500") as story:
        story.sells("Kopi Gayo", "Kopi")
        for n in range(REACHED):
            story.join(f"pelanggan-{n}")
        story.make_owner()
        yield story


def is_regular(number: int) -> bool:
    return number % 2 == 0


def came(session: Session, product: Product, who: int, days_ago: float, shop: Story) -> None:
    at = shop.app.clock.now() - days_ago * DAY
    session.add(
        Interaction(
            customer_id=who, kind=Kind.PURCHASE, at=at, platform="pos", product_id=product.id, quantity=1,
            amount_minor=50_000, currency="IDR", order_ref=f"{who}-{days_ago}",
        )
    )  # fmt: skip


def a_past_campaign(shop: Story) -> tuple[set[int], set[int]]:
    """Regulars come whatever happens, the others hardly without an offer. Who was held out of it, and who was not."""
    lot, sides = np.random.default_rng(5), (set[int](), set[int]())
    with shop.app.database.transaction() as session:
        now = shop.app.clock.now()
        people = [Customer(name=f"Lama {n}", source="shop", created_at=now - 200 * DAY) for n in range(STRANGERS)]
        session.add_all(people)
        past = Campaign(
            template="picks", audience="all", seed="s", created_by="t", created_at=now - 21 * DAY,
            start_at=now - 20 * DAY, holdout_share=0.4, window_days=7,
        )  # fmt: skip
        session.add(past)
        session.flush()
        product = session.exec(select(Product).where(Product.name == "Kopi Gayo")).one()
        for who in session.exec(select(Customer.id).order_by(col(Customer.id))).all():
            for week in range(10 if is_regular(who) else 1):
                came(session, product, who, 25 + 7 * week if is_regular(who) else 75 + who % 9, shop)
            is_held_out = bool(lot.random() < 0.4)
            sides[0 if is_held_out else 1].add(who)
            session.add(
                Message(
                    campaign_id=past.id, customer_id=who, state=State.HOLDOUT if is_held_out else State.SENT,
                    was_eligible=True, counts_from=now - 20 * DAY, planned_at=now - 20 * DAY,
                )
            )  # fmt: skip
            if lot.random() < (0.7 if is_regular(who) else 0.05 if is_held_out else 0.45):
                came(session, product, who, 17, shop)
    return sides


def refuse_profiling(shop: Story, people: list[int]) -> None:
    words = Wording("profil-1", "0" * 64, "id", "Boleh kami pakai riwayat belanja?")
    with shop.app.database.transaction() as session:
        for who in people:
            said, at = Evidence("simulator", "tidak"), shop.app.clock.now()
            consent.withdraw(session, who, Purpose.PROFILING, wording=words, evidence=said, at=at)


def test_what_past_lots_taught_chooses_whom_a_small_budget_reaches(shop: Story) -> None:
    held_out, treated = a_past_campaign(shop)
    with shop.app.database.reading() as session:
        reachable = [each for each in session.exec(select(Customer.id)).all() if each <= REACHED]
    refusing = reachable[:8]
    refuse_profiling(shop, refusing)
    run = mining.mine(shop.app.database, shop.app.clock.now, Parameters())
    learned = run.quality["uplift"]
    assert learned["rule"] == "uplift"
    assert learned["treated"] == len(treated - set(refusing))
    assert learned["held_out"] == len(held_out - set(refusing))
    with shop.app.database.reading() as session:
        assert session.exec(select(Prospect).where(col(Prospect.customer_id).in_(refusing))).all() == []
        scores = insights.prospects(session, reachable, "uplift")
    moved = [scores[who] for who in scores if not is_regular(who)]
    assert min(moved) > max(scores[who] for who in scores if is_regular(who))

    preview = shop.say("ibu-ratna", "/luncurkan picks ke semua pembanding 20 anggaran 8.000")
    assert "didahulukan yang paling tergerak oleh penawaran" in preview
    assert "dari 1 kampanye lalu" in preview
    shop.say("ibu-ratna", "ya")
    shop.dispatch()
    with shop.app.database.reading() as session:
        campaign = session.exec(select(Campaign).order_by(col(Campaign.id).desc())).first()
        assert campaign is not None
        rows = session.exec(select(Message).where(Message.campaign_id == campaign.id)).all()
        report = results.report(session, campaign)
    sides = {state: {row.customer_id for row in rows if row.state == state} for state in State}
    written, compared = sides[State.SENT], sides[State.HOLDOUT]
    assert 500 * len(written) <= 8_000
    assert (report.treated.n, report.control.n) == (len(written), len(compared))
    assert len(written) + len(compared) + sum(report.withheld.values()) == len(rows)
    assert compared
    assert not written & compared
    # Twenty places: four in five of those for the sixteen of known history go by score, the rest by lot; a fifth of
    # everybody refuses, and has a fifth of the places.
    by_score = (written | compared) - set(refusing)
    assert sum(not is_regular(who) for who in by_score) >= 0.7 * len(by_score)
    assert 3 <= len((written | compared) & set(refusing)) <= 5
