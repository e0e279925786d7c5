"""What is found of many people at once is what would be found of each by themselves."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import event
from sqlmodel import Session, col, select

from campaigns.choosing import audiences
from campaigns.launching import drafting, rows, starting
from campaigns.launching.drafts import Draft, by_discount
from campaigns.tables import Campaign, Message, State
from ledger import blocks, consent, preferences
from ledger.consent import Evidence, Wording
from ledger.preferences import Manners
from ledger.tables import EVERYWHERE, Address, Customer, Frequency, Purpose
from tests.campaigns import plainly
from tests.campaigns.conftest import SmallShop
from tests.campaigns.test_audiences import segmented

CHANNELS = ("simulator", "whatsapp", "telegram")
SERVED = ("simulator", "whatsapp")
PEOPLE = 60


def motley(shop: SmallShop, chance: Random) -> None:
    """Sixty people of all kinds."""
    promising = Wording("offers-2", "f" * 64, "id", "Paling banyak sekali sebulan")
    with shop.database.transaction() as session:
        consent.keep_wording(session, Purpose.OFFERS, promising, shop.clock.now(), per_month=1)
        for n in range(PEOPLE):
            somebody(session, shop, chance, n, promising)
        session.flush()
        for _ in range(3):
            one, other = chance.sample(range(1, PEOPLE + 1), 2)
            linked(session, shop, one, other)
    segmented(shop, {"loyal": range(1, 25), "at_risk": range(25, 45)})


def somebody(session: Session, shop: SmallShop, chance: Random, n: int, promising: Wording) -> None:
    now = shop.clock.now()

    def maybe(share: float) -> bool:
        return chance.random() < share

    person = Customer(
        name=f"P{n}", source="chat" if maybe(0.8) else "shopee", created_at=now, language=chance.choice((None, "en")),
        zone=chance.choice((None, "Asia/Jayapura", "America/New_York")), of_age=chance.choice((None, 0, 18)),
        held_since=now if maybe(0.05) else None, erased_at=now if maybe(0.05) else None,
    )  # fmt: skip
    session.add(person)
    session.flush()
    for channel in chance.sample(CHANNELS, chance.choice((0, 1, 1, 1, 2, 3))):
        wrote = now - timedelta(hours=chance.choice((1, 20, 30, 900)))
        session.add(
            Address(
                customer_id=person.id, channel=channel, address=f"{channel}{n}", fingerprint=f"{channel}{n}",
                origin="chat" if maybe(0.8) else "shopee", created_at=now, confirmed_at=now if maybe(0.1) else None,
                last_inbound_at=wrote if maybe(0.9) else None, unreachable_since=now if maybe(0.1) else None,
                window_closed_at=now if maybe(0.1) else None,
            )
        )  # fmt: skip
    for _ in range(chance.choice((0, 2, 3, 5))):
        decide = consent.grant if maybe(0.8) else consent.withdraw
        wording = promising if maybe(0.1) else Wording("w", "0" * 64, "id")
        purpose = Purpose.OFFERS if maybe(0.6) else Purpose.PROFILING
        scope = chance.choice((*CHANNELS, EVERYWHERE))
        decide(
            session, person.id, purpose, scope=scope, wording=wording, evidence=Evidence("simulator", "ya"), at=now
        )
    if maybe(0.3):
        hours = chance.choice((None, "09:00-11:00"))
        preferences.change(
            session, person.id, Manners(chance.choice([*Frequency]), hours, chance.choice(CHANNELS)), now
        )


def linked(session: Session, shop: SmallShop, one: int, other: int) -> None:
    """The one turned out to be the other too: their chats are moved, what they said keeps its number."""
    first, second = session.get_one(Customer, one), session.get_one(Customer, other)
    if any((first.merged_into, second.merged_into, first.erased_at, second.erased_at)):
        return
    for each in session.exec(select(Address).where(Address.customer_id == other)).all():
        each.customer_id = one
    preferences.unite(session, other, one)
    second = session.get_one(Customer, other)
    second.merged_into, second.erased_at = one, shop.clock.now()


def offered(shop: SmallShop, chance: Random) -> None:
    """An earlier campaign went to some of them, days ago."""
    with shop.database.transaction() as session:
        campaign = drafted(session, shop, Draft("picks", "all", holdout_percent=0))
        starting.start(session, campaign, SERVED, shop.shop, shop.clock.now() - timedelta(days=10))
        for each in session.exec(select(Message).where(Message.state == State.PLANNED)):
            if chance.random() < 0.5:
                each.state, each.sending_at = State.SENT, shop.clock.now() - timedelta(days=chance.choice((1, 2, 9)))


def drafted(session: Session, shop: SmallShop, draft: Draft) -> Campaign:
    return drafting.draft(session, shop.composer, draft, shop=shop.shop, by="test", now=shop.clock.now())


@pytest.mark.parametrize(("seed", "audience"), [(0, "all"), (1, "all"), (1, "loyal"), (2, "unsegmented")])
def test_every_row_is_what_one_would_write_who_asks_about_each(
    shop: SmallShop, seed: int, audience: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks, "AT_ONCE", 17)
    monkeypatch.setattr(rows, "AT_ONCE", 13)
    chance = Random(seed)
    shop.shop = replace(
        shop.shop, minimum_age=18 if seed == 2 else None, daily_limits={"simulator": 4, "whatsapp": 3}
    )
    shop.clock.forward(timedelta(hours=12 * (seed == 1)))
    motley(shop, chance)
    offered(shop, chance)
    with shop.database.transaction() as session:
        draft = Draft("picks", audience, by_discount(0, 10), holdout_percent=30)
        campaign = drafted(session, shop, draft)
        expected = plainly.rows(session, campaign, SERVED, shop.shop, shop.clock.now())
        starting.start(session, campaign, SERVED, shop.shop, shop.clock.now())
        written = session.exec(select(Message).where(col(Message.campaign_id) == campaign.id)).all()
        assert plainly.told(written) == expected
    assert len(plainly.states(expected)) >= 3


def test_a_claimed_batch_is_read_by_as_many_statements_however_many_it_holds(shop: SmallShop) -> None:
    people = shop.crowd(12)
    assert statements(shop, people[:1]) == statements(shop, people) <= 13


def statements(shop: SmallShop, people: list[int]) -> int:
    said: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        said.append(statement)

    event.listen(shop.database.engine, "before_cursor_execute", note)
    with shop.database.reading() as session:
        audiences.again(session, people, ["simulator"], shop.shop, shop.clock.now())
    event.remove(shop.database.engine, "before_cursor_execute", note)
    return len(said)
