"""Who is erased leaves figures and no trace: reports, books and the others' segments are as they were."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from sqlalchemy import text
from sqlmodel import col, func, select

from campaigns import mining
from campaigns.channel import Sent
from campaigns.outcomes import results
from campaigns.outcomes.results import Report
from campaigns.privacy import forgetting
from campaigns.sending import outbox
from campaigns.tables import Campaign, Message, State, TrackedLink, Voucher
from engine.features import features
from engine.frames import NONE
from ledger import audit, chain, customers, nobody
from ledger.database import Database
from ledger.identity import mask
from ledger.tables import (
    Address,
    AuditEntry,
    Customer,
    Erasure,
    Interaction,
    Kind,
    Notice,
    PrivacyRequest,
    Question,
    ShopFact,
)
from tests.campaigns.conftest import SmallShop

JAKARTA = ZoneInfo("Asia/Jakarta")


def forget(shop: SmallShop, customer_id: int, channel: str | None = "simulator") -> Erasure:
    with shop.database.transaction() as session:
        person = session.get_one(Customer, customer_id)
        now = shop.clock.now()
        return forgetting.forget(session, person, zone=shop.shop.zone, by="customer", at=now, channel=channel)


def reports(shop: SmallShop) -> list[Report]:
    with shop.database.reading() as session:
        return [results.report(session, each) for each in session.exec(select(Campaign).order_by(Campaign.id))]  # type: ignore[arg-type]


def two_campaigns(shop: SmallShop) -> Sequence[int]:
    """Twelve people, half of them held out twice; bought, clicked, left, paid in two currencies."""
    people = shop.crowd(12)
    shop.buy(people[0], days_ago=1)
    for _ in range(2):
        shop.launch(hold=0.5)
        shop.drain()
        with shop.database.transaction() as session:
            links = session.exec(select(TrackedLink).order_by(col(TrackedLink.token))).all()
            for link in links[::2]:
                results.open_link(session, link.token, shop.clock.now())
                results.open_link(session, link.token, shop.clock.now())
        shop.clock.forward(timedelta(days=2))
        for n, person in enumerate(people[:8]):
            shop.buy(person, "S0", order=f"{n}-{shop.clock.now()}")
            shop.buy(person, "S1", order=f"{n}-{shop.clock.now()}")
        shop.clock.forward(timedelta(days=2))
    shop.leave(people[3])
    with shop.database.transaction() as session:
        odd = session.exec(select(Interaction).where(Interaction.customer_id == people[1])).all()
        for each in odd:
            each.currency, each.amount_minor = "GBP", 1_354
    return people


def test_reports_do_not_change_at_all_whoever_is_erased_and_in_whatever_order(shop: SmallShop) -> None:
    people = two_campaigns(shop)
    before = reports(shop)
    assert all(each.purchases and each.clicks and each.treated.buyers and each.control.buyers for each in before)
    for person in (people[1], *people[2:], people[0]):
        forget(shop, person)
        assert reports(shop) == before


def test_what_stays_of_a_message_is_a_fate_and_figures(shop: SmallShop) -> None:
    people = two_campaigns(shop)
    for person in people:
        forget(shop, person)
    for message in shop.messages():
        assert (message.body, message.facts, message.address_id, message.segment) == (None, {}, None, None)
        assert (message.provider_message_id, message.is_personal) == (None, None)
        assert set(message.remains or {}) <= {"bought", "clicked", "orders", "paid"}


def books(shop: SmallShop) -> dict[str, Any]:
    """What the shop counts, by the day in Jakarta."""
    with shop.database.reading() as session:
        rows = session.exec(select(Interaction).where(col(Interaction.kind).in_(nobody.KEPT_AS_NUMBERS))).all()
    days: Counter[tuple[Any, ...]] = Counter()
    revenue: Counter[tuple[Any, ...]] = Counter()
    for each in rows:
        about = each.at.astimezone(JAKARTA).date(), each.kind, each.product_id, each.currency, each.platform
        days[about] += each.quantity or 1
        revenue[about] += each.amount_minor or 0
    orders = Counter(day for day, _ in {(each.at.astimezone(JAKARTA).date(), each.order_ref) for each in rows})
    return {"units": days, "revenue": revenue, "orders": orders, "baskets": len({each.order_ref for each in rows})}


def buy_at(shop: SmallShop, customer_id: int, local: datetime, *skus: str) -> None:
    away = (shop.clock.now() - local) / timedelta(days=1)
    for sku in skus:
        shop.buy(customer_id, sku, days_ago=away, order=f"{customer_id}-{local}")


def a_history(shop: SmallShop) -> Sequence[int]:
    people = shop.crowd(9)
    for n, person in enumerate(people):
        for week in range(1, 6):
            local = datetime(2026, 9, 1, 0, 30, tzinfo=JAKARTA) + timedelta(days=7 * week + n, hours=n * 2.9)
            buy_at(shop, person, local, *(["S0", "S1"] if (n + week) % 3 else ["S0", "S2"]))
    return people


def test_orders_units_and_revenue_by_the_day_and_all_baskets_are_as_they_were(shop: SmallShop) -> None:
    people = a_history(shop)
    before = books(shop)
    with shop.database.reading() as session:
        rules = mining.find_rules(session, 0.01, 0.01)
    for person in people[:4]:
        forget(shop, person)
    assert books(shop) == before
    with shop.database.reading() as session:
        assert mining.find_rules(session, 0.01, 0.01) == rules


def test_what_is_reckoned_of_the_others_is_as_it_was(shop: SmallShop) -> None:
    people = a_history(shop)

    def of_others() -> np.ndarray[Any, Any]:
        with shop.database.reading() as session:
            interactions, products = mining.frames(session)
        told = features(interactions.where(interactions.customer != NONE), products, int(TEN_YEARS))
        return told.values[~np.isin(told.customer, people[:4])]

    before = of_others()
    for person in people[:4]:
        forget(shop, person)
    assert len(before) == 5
    np.testing.assert_array_equal(of_others(), before)


TEN_YEARS = datetime(2036, 1, 1, tzinfo=UTC).timestamp() * 1e6


def test_purchases_lead_to_nobody_any_more(shop: SmallShop) -> None:
    people = two_campaigns(shop)
    with shop.database.transaction() as session:
        for n, each in enumerate(session.exec(select(Interaction)).all()):
            each.source_ref = f"file:{n}"
    for person in people:
        forget(shop, person)
    with shop.database.reading() as session:
        number = int(session.get_one(ShopFact, nobody.NOBODY).value)
        left = session.exec(select(Interaction).where(col(Interaction.customer_id).in_(people))).all()
        moved = session.exec(select(Interaction).where(Interaction.customer_id == number)).all()
        nameless = session.get_one(Customer, number)
    assert left == []
    assert {each.kind for each in moved} == {Kind.PURCHASE, Kind.CLICK}
    for each in moved:
        assert (each.text, each.source_ref, each.message_id) == (None, None, None)
        assert (each.at.astimezone(JAKARTA).hour, each.at.microsecond) == (12, 0)
        assert each.order_ref is None or len(each.order_ref) == 16
    assert (nameless.name, nameless.source, nameless.erased_at is not None) == ("", "nobody", True)


def test_views_carts_and_reviews_go(shop: SmallShop) -> None:
    sari = shop.customer("Sari")
    with shop.database.transaction() as session:
        for kind in (Kind.VIEW, Kind.CART, Kind.REVIEW, Kind.MESSAGE_IN, Kind.MESSAGE_OUT):
            session.add(Interaction(customer_id=sari, kind=kind, at=shop.clock.now(), platform="web", text="words"))
    forget(shop, sari)
    with shop.database.reading() as session:
        assert session.exec(select(func.count()).select_from(Interaction)).one() == 0


def test_the_customers_row_is_a_number_without_a_name(shop: SmallShop) -> None:
    sari = shop.customer("Sari")
    with shop.database.transaction() as session:
        row = session.get_one(Customer, sari)
        row.of_age, row.held_since, row.city, row.source = 21, shop.clock.now(), "Bandung", "shopee-orders"
        row.birthday = "08-17"
    forget(shop, sari)
    with shop.database.reading() as session:
        row = session.get_one(Customer, sari)
    assert (row.name, row.city, row.language, row.of_age, row.held_since) == ("", "", None, None, None)
    assert (row.source, row.created_at.astimezone(JAKARTA).hour, row.birthday) == ("import", 12, None)
    assert row.erased_at == shop.clock.now()


def test_who_asked_gets_a_receipt_and_the_request_is_on_record_without_a_name(shop: SmallShop) -> None:
    sari, budi = shop.customer("Sari"), shop.customer("Budi")
    receipt = forget(shop, sari)
    forget(shop, budi, channel=None)
    assert (receipt.at, receipt.erased["addresses"], receipt.erased["consent evidence"]) == (shop.clock.now(), 1, 2)
    with shop.database.reading() as session:
        asked = session.exec(select(PrivacyRequest)).one()
    assert (asked.kind, asked.customer_id, asked.channel, asked.receipt) == (
        "erasure",
        sari,
        "simulator",
        receipt.number,
    )


def test_the_audit_and_the_campaigns_forget_an_owner_too(shop: SmallShop) -> None:
    ratna = shop.customer("Ratna-the-owner")
    actor = f"simulator:{mask('ratna-the-owner')}"
    shop.buy(ratna, days_ago=1)
    shop.launch()
    with shop.database.transaction() as session:
        session.get_one(Campaign, 1).created_by = actor
        audit.record(session, shop.clock.now(), actor, "joined the team", "owner")
        audit.record(session, shop.clock.now(), "command line", "looked for", "ratna-the-owner", by=actor)
        audit.record(session, shop.clock.now(), "simulator:b•••di", "campaign paused", "1", chosen=4)
    forget(shop, ratna)
    with shop.database.reading() as session:
        told = [
            (each.actor, each.subject, each.detail)
            for each in session.exec(select(AuditEntry).order_by(col(AuditEntry.id)))
            if each.action in ("joined the team", "looked for", "campaign paused")
        ]
        assert session.get_one(Campaign, 1).created_by == "erased"
    assert told == [
        ("erased", "owner", {}),
        ("command line", "", {}),
        ("simulator:b•••di", "1", {"chosen": 4}),
    ]


def ask(shop: SmallShop, customer_id: int, told_in: int) -> int:
    """Somebody asks the shop, and it is passed on to the chat of ``told_in``; the question's number."""
    with shop.database.transaction() as session:
        place, chat = (
            session.exec(select(Address.id).where(Address.customer_id == each)).one()
            for each in (customer_id, told_in)
        )
        asked = Question(customer_id=customer_id, address_id=place, asked_at=shop.clock.now())
        session.add(asked)
        session.flush()
        session.add(Notice(address_id=chat, template="question", question_id=asked.id, made_at=shop.clock.now()))
        return asked.id


def left_of_questions(shop: SmallShop) -> tuple[list[int], list[int | None]]:
    with shop.database.reading() as session:
        asked = session.exec(select(Question.id).order_by(col(Question.id))).all()
        told = session.exec(select(Notice.question_id).order_by(col(Notice.id))).all()
        return list(asked), list(told)


def test_a_question_goes_with_who_asked_and_so_does_what_the_owners_chat_was_told_of_it(shop: SmallShop) -> None:
    ratna, sari, budi = (shop.customer(name) for name in ("Ratna", "Sari", "Budi"))
    ask(shop, sari, told_in=ratna)
    other = ask(shop, budi, told_in=ratna)
    forget(shop, sari)
    assert left_of_questions(shop) == ([other], [other])


def test_what_a_chat_of_the_team_was_told_goes_with_the_chat_and_the_question_stays(shop: SmallShop) -> None:
    ratna, sari = shop.customer("Ratna"), shop.customer("Sari")
    asked = ask(shop, sari, told_in=ratna)
    forget(shop, ratna)
    assert left_of_questions(shop) == ([asked], [])


def test_who_answered_and_who_took_a_voucher_is_blanked_when_they_are_erased(shop: SmallShop) -> None:
    ratna, sari = shop.customer("Ratna-the-owner"), shop.customer("Sari")
    shop.buy(sari, days_ago=1)
    shop.launch()
    ask(shop, sari, told_in=ratna)
    actor, now = f"simulator:{mask('ratna-the-owner')}", shop.clock.now()
    with shop.database.transaction() as session:
        message = next(each.id for each in shop.messages() if each.customer_id == sari)
        times = {"created_at": now, "expires_at": now, "redeemed_at": now}
        session.add(Voucher(fingerprint="f", message_id=message, redeemed_by=actor, **times))
        asked = session.exec(select(Question)).one()
        asked.answered_at, asked.answered_by = now, actor
    forget(shop, ratna)
    with shop.database.reading() as session:
        assert session.exec(select(Question.answered_by)).one() == "erased"
        assert session.exec(select(Voucher.redeemed_by)).one() == "erased"


def test_a_question_asked_from_a_number_that_went_to_somebody_else_goes_with_the_number(shop: SmallShop) -> None:
    first, second = moved_number(shop)
    with shop.database.transaction() as session:
        place = session.exec(select(Address.id).where(Address.customer_id == second)).first()
        session.add(Question(customer_id=first, address_id=place, asked_at=shop.clock.now()))
    forget(shop, second)
    assert left_of_questions(shop) == ([], [])


def test_what_the_provider_says_of_a_message_after_the_erasure_brings_nobody_back(shop: SmallShop) -> None:
    sari = shop.customer("Sari")
    shop.buy(sari, days_ago=1)
    shop.launch()
    with shop.database.transaction() as session:
        message = session.exec(select(Message)).one()
        message.state, message.sending_at = State.SENDING, shop.clock.now()
        message.body, message.lease_until = "Halo Sari", shop.clock.now() + timedelta(minutes=5)
    forget(shop, sari)
    with shop.database.transaction() as session:
        outbox.settle(
            session, {outbox.Attempt(message.id, message.attempts): Sent("provider-says-sari")}, shop.clock.now()
        )
    (settled,) = shop.messages()
    assert (settled.state, settled.provider_message_id, settled.body) == (State.SENT, None, None)
    with shop.database.reading() as session:
        assert "provider-says-sari" not in everything(shop.database)
        assert customers.address_of(session, "simulator", "sari") is None
        assert chain.verify(session).ok


def moved_number(shop: SmallShop) -> tuple[int, int]:
    """Budi was offered something at a number that turned out to be Siti's, who wrote from it later."""
    budi, siti = shop.customer("Budi"), shop.customer("Siti")
    shop.buy(budi, days_ago=1)
    shop.launch()
    shop.drain()
    with shop.database.transaction() as session:
        wants = {each.customer_id: each for each in session.exec(select(Address))}
        for message in session.exec(select(Message).where(Message.customer_id == budi)):
            message.address_id = wants[siti].id
    return budi, siti


def test_an_offer_that_went_to_their_number_under_another_keeps_its_words_and_loses_the_number(
    shop: SmallShop,
) -> None:
    budi, siti = moved_number(shop)
    before = reports(shop)
    forget(shop, siti)
    (his,) = [each for each in shop.messages() if each.customer_id == budi]
    assert (his.address_id, his.provider_message_id, his.state) == (None, None, State.SENT)
    assert his.body is not None
    assert his.facts
    assert reports(shop) == before
    with shop.database.reading() as session:
        assert [each.customer_id for each in session.exec(select(Address))] == [budi]


def everything(database: Database) -> str:
    rows = []
    with database.reading() as session:
        for table in Campaign.metadata.sorted_tables:
            rows += [str(tuple(row)) for row in session.connection().execute(text(f"SELECT * FROM {table.name}"))]
    return "\n".join(rows)


def test_a_message_that_is_being_settled_while_its_customer_is_erased_leaves_no_words(
    postgresql_database: Database,
) -> None:
    shop = SmallShop(postgresql_database)
    sari = shop.customer("Sari")
    shop.buy(sari, days_ago=1)
    shop.launch()
    with shop.database.transaction() as session:
        message = session.exec(select(Message)).one()
        message.state, message.sending_at, message.body = State.SENDING, shop.clock.now(), "Halo Sari"
    erasing = threading.Thread(target=forget, args=(shop, sari))
    with shop.database.transaction() as session:
        outbox.settle(session, {outbox.Attempt(message.id, message.attempts): Sent("p-1")}, shop.clock.now())
        session.flush()
        erasing.start()
        erasing.join(0.5)
        assert erasing.is_alive()
    erasing.join(20)
    assert "Halo Sari" not in everything(shop.database)


def test_two_erased_at_once_share_one_nobody(postgresql_database: Database) -> None:
    shop = SmallShop(postgresql_database)
    people = shop.crowd(4)
    for person in people:
        shop.buy(person)
    threads = [threading.Thread(target=forget, args=(shop, person)) for person in people]
    for each in threads:
        each.start()
    for each in threads:
        each.join(30)
    with shop.database.reading() as session:
        assert len(session.exec(select(Customer).where(Customer.source == "nobody")).all()) == 1
        assert {each.customer_id for each in session.exec(select(Interaction))} == {
            int(session.get_one(ShopFact, "nobody").value)
        }
        assert len(session.exec(select(Erasure)).all()) == 4


@pytest.mark.parametrize("hour", [0, 11, 23])
def test_a_day_is_the_shops_day(hour: int) -> None:
    local = datetime(2026, 3, 1, hour, 59, 59, 999, tzinfo=JAKARTA)
    assert nobody.noon(local.astimezone(UTC), JAKARTA) == datetime(2026, 3, 1, 12, tzinfo=JAKARTA)
