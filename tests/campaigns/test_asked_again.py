"""What the gate refuses, it refuses when a message is claimed: whatever came in between, on either database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, timedelta
from decimal import Decimal

import pytest
from sqlmodel import Session, select

from campaigns.launching import drafting, planning
from campaigns.launching.drafts import Draft
from campaigns.privacy import forgetting
from campaigns.tables import Campaign, Message, State, Status
from ledger import consent, customers, preferences
from ledger.consent import Evidence
from ledger.database import Database
from ledger.preferences import Manners
from ledger.tables import Address, Customer, Product, Purpose, Role, TeamMember
from tests.campaigns.conftest import WORDING, SmallShop

PRICE = Decimal(650)
Meanwhile = Callable[[SmallShop, Session, int], object]


def withdraws(purpose: Purpose) -> Meanwhile:
    said = Evidence("simulator", "stop")
    return lambda shop, session, sari: consent.withdraw(
        session, sari, purpose, wording=WORDING, evidence=said, at=shop.clock.now()
    )


def is_erased(shop: SmallShop, session: Session, sari: int) -> None:
    forgetting.forget(session, session.get_one(Customer, sari), zone=UTC, by="test", at=shop.clock.now())


def address(session: Session, customer: int) -> Address:
    return session.exec(select(Address).where(Address.customer_id == customer)).one()


def joins_the_team(shop: SmallShop, session: Session, sari: int) -> None:
    session.add(TeamMember(address_id=address(session, sari).id, role=Role.STAFF, since=shop.clock.now()))


def may_want_to_leave(shop: SmallShop, session: Session, sari: int) -> None:
    session.get_one(Customer, sari).held_since = shop.clock.now()


def is_too_young(shop: SmallShop, session: Session, sari: int) -> None:
    shop.shop = replace(shop.shop, minimum_age=18)
    session.get_one(Customer, sari).of_age = 0


def blocks_us(shop: SmallShop, session: Session, sari: int) -> None:
    customers.mark_unreachable(session, address(session, sari), shop.clock.now())


def turns_out_to_be_chosen_by_history(shop: SmallShop, session: Session, sari: int) -> None:
    session.exec(select(Campaign)).one().audience = "at_risk"
    withdraws(Purpose.PROFILING)(shop, session, sari)


def had_another_offer(shop: SmallShop, session: Session, sari: int) -> None:
    other = Campaign(
        template="picks", audience="all", holdout_share=0, seed="x", created_by="test", created_at=shop.clock.now(),
        status=Status.DONE,
    )  # fmt: skip
    session.add(other)
    session.flush()
    earlier = shop.clock.now() - timedelta(hours=1)
    session.add(
        Message(
            campaign_id=other.id, customer_id=sari, channel="simulator", was_eligible=True, state=State.SENT,
            counts_from=earlier, planned_at=earlier, sending_at=earlier, sent_at=earlier,
        )
    )  # fmt: skip


def is_sold_out(_shop: SmallShop, session: Session, _sari: int) -> None:
    session.exec(select(Product).where(Product.sku == "S0")).one().stock = 0


def it_is_night(shop: SmallShop, _session: Session, _sari: int) -> None:
    shop.clock.forward(timedelta(hours=11))


def lives_where_it_is_night(_shop: SmallShop, session: Session, sari: int) -> None:
    session.get_one(Customer, sari).zone = "America/New_York"


def wants_quiet_now(shop: SmallShop, session: Session, sari: int) -> None:
    quiet = replace(Manners(), quiet_hours="09:00-12:00")
    preferences.change(session, sari, quiet, shop.clock.now())


def is_a_day_too_late(shop: SmallShop, _session: Session, _sari: int) -> None:
    shop.clock.forward(timedelta(hours=25))


def is_cancelled(shop: SmallShop, session: Session, _sari: int) -> None:
    planning.cancel(session, session.exec(select(Campaign)).one(), by="test", now=shop.clock.now())


def is_paused(shop: SmallShop, session: Session, _sari: int) -> None:
    planning.pause(session, session.exec(select(Campaign)).one(), by="test", now=shop.clock.now())


def costs_more_than_there_is(_shop: SmallShop, session: Session, _sari: int) -> None:
    session.exec(select(Campaign)).one().budget = "649"


def channel_is_full(shop: SmallShop, session: Session, _sari: int) -> None:
    assert isinstance(shop, OneAndAnother)
    shop.shop = replace(shop.shop, daily_limits={"simulator": 1})
    had_another_offer(shop, session, shop.customer_of[1])


REFUSED: dict[str, tuple[Meanwhile, State, str | None]] = {
    "consent": (withdraws(Purpose.OFFERS), State.WITHHELD, "no_consent"),
    "erased": (is_erased, State.WITHHELD, "erased"),
    "team": (joins_the_team, State.WITHHELD, "team"),
    "held": (may_want_to_leave, State.WITHHELD, "held"),
    "age": (is_too_young, State.WITHHELD, "under_age"),
    "purpose": (turns_out_to_be_chosen_by_history, State.WITHHELD, "no_profiling"),
    "reachability": (blocks_us, State.WITHHELD, "unreachable"),
    "cap": (had_another_offer, State.WITHHELD, "capped"),
    "stock": (is_sold_out, State.WITHHELD, "nothing_fits"),
    "lateness": (is_a_day_too_late, State.WITHHELD, "too_late"),
    "cancelled": (is_cancelled, State.WITHHELD, "cancelled"),
    "paused": (is_paused, State.PLANNED, None),
    "quiet hours": (it_is_night, State.PLANNED, "quiet_hours"),
    "their zone": (lives_where_it_is_night, State.PLANNED, "quiet_hours"),
    "their own quiet hours": (wants_quiet_now, State.PLANNED, "quiet_hours"),
    "room": (channel_is_full, State.PLANNED, "daily_limit"),
    "budget": (costs_more_than_there_is, State.PLANNED, None),
}
"""Window and template status: tests/campaigns/test_windows.py."""


class OneAndAnother(SmallShop):
    customer_of: tuple[int, int]


@pytest.mark.parametrize("what", REFUSED)
def test_what_came_in_between_is_asked_about_when_it_is_claimed(database: Database, what: str) -> None:
    meanwhile, state, reason = REFUSED[what]
    shop = OneAndAnother(database)
    shop.shop = replace(shop.shop, prices={"simulator": PRICE})
    shop.customer_of = sari, _ = shop.customer("Sari"), shop.customer("Wati", offers=None)
    shop.buy(sari, days_ago=30)
    with shop.database.transaction() as session:
        shown = session.exec(select(Product).where(Product.sku == "S0")).one().id
        wanted = Draft("picks", "all", holdout_percent=0, product_ids=(shown,))
        campaign = drafting.draft(session, shop.composer, wanted, shop=shop.shop, by="test", now=shop.clock.now())
        planning.approve(session, campaign, ["simulator"], shop.shop, by="test", now=shop.clock.now())
        number = campaign.id
    with shop.database.transaction() as session:
        meanwhile(shop, session, sari)
    assert shop.drain().sent == 0
    assert shop.channel.given == []
    hers = next(each for each in shop.messages() if (each.campaign_id, each.customer_id) == (number, sari))
    assert (hers.state, hers.reason) == (state, reason)


def test_where_nothing_came_in_between_it_goes_out(database: Database) -> None:
    shop = SmallShop(database)
    shop.buy(shop.customer("Sari"), days_ago=30)
    shop.launch()
    assert shop.drain().sent == 1
