"""A channel takes so many people in 24 hours: nobody is written to beyond that, and answers take no place."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from campaigns.channel import Failed, Outcome, Outgoing, Sent
from campaigns.choosing.shelf import read_shelf
from campaigns.sending import outbox
from campaigns.tables import State
from ledger.database import Database
from tests.campaigns.windowed import DAY, WhatsAppShop

MINUTE = timedelta(minutes=1)


def furnished(database: Database, limit: int) -> WhatsAppShop:
    shop = WhatsAppShop(database)
    shop.shop = replace(shop.shop, daily_limits={"whatsapp": limit})
    shop.approve_words()
    return shop


@pytest.fixture
def shop(sqlite_database: Database) -> WhatsAppShop:
    return furnished(sqlite_database, limit=4)


def test_planning_counts_only_whom_the_shop_writes_to_first(shop: WhatsAppShop) -> None:
    old = shop.crowd(6)
    shop.clock.forward(DAY)
    new = shop.crowd(5)
    shop.launch()
    waits = {each: shop.message(each).reason for each in [*old, *new]}
    assert [waits[each] for each in old] == [None] * 4 + ["daily_limit"] * 2
    assert [waits[each] for each in new] == [None] * 5


def test_claiming_keeps_the_limit_where_planning_did_not_know(shop: WhatsAppShop) -> None:
    people = shop.crowd(6)
    shop.launch()
    shop.clock.forward(DAY)
    assert shop.drain().sent == 4
    late = [shop.message(each) for each in people if shop.message(each).state == State.PLANNED]
    assert [(each.reason, each.not_before) for each in late] == [("daily_limit", shop.clock.now() + DAY)] * 2
    shop.clock.forward(DAY - MINUTE)
    assert shop.drain().sent == 0
    shop.clock.forward(MINUTE)
    assert shop.drain().sent == 2
    assert shop.report().states == {"sent": 6}


def test_answers_within_the_window_go_out_though_the_channel_is_full(shop: WhatsAppShop) -> None:
    shop.crowd(4)
    shop.clock.forward(DAY)
    shop.launch()
    shop.drain()
    fresh = shop.crowd(3)
    shop.shop = replace(shop.shop, caps=replace(shop.shop.caps, days_between=0))
    shop.launch()
    shop.drain()
    assert [shop.message(each).state for each in fresh] == [State.SENT] * 3


def test_one_who_was_written_to_today_takes_no_second_place(shop: WhatsAppShop) -> None:
    shop.shop = replace(shop.shop, caps=replace(shop.shop.caps, days_between=0))
    shop.crowd(4)
    shop.clock.forward(DAY)
    shop.launch()
    shop.drain()
    second = shop.launch()
    shop.drain()
    shop.clock.forward(DAY + MINUTE)
    shop.drain()
    assert shop.report(second).states == {"sent": 4}


def test_what_was_refused_takes_no_place(shop: WhatsAppShop) -> None:
    shop.crowd(8)
    shop.clock.forward(DAY)

    def first_four_fail(outgoing: Outgoing) -> Outcome:
        return Failed("63005") if int(outgoing.address[-2:]) <= 4 else Sent(outgoing.address)

    shop.channel.answer = first_four_fail
    shop.shop = replace(shop.shop, daily_limits={"whatsapp": 4}, alarm=replace(shop.shop.alarm, least=99))
    shop.launch()
    shop.drain()
    shop.clock.forward(DAY)
    shop.drain()
    assert shop.report().states == {"failed": 4, "sent": 4}


def test_however_long_it_takes_no_24_hours_hold_more_than_the_limit(shop: WhatsAppShop) -> None:
    shop.crowd(23)
    shop.launch()
    shop.clock.forward(DAY)
    for _ in range(40):
        shop.drain()
        shop.clock.forward(timedelta(hours=4))
    times = sorted(each.sending_at for each in shop.messages() if each.sending_at is not None)
    assert len(times) == 23
    assert all(sum(at <= each < at + DAY for each in times) <= 4 for at in times)


def test_two_processes_together_do_not_take_more_than_there_is(postgresql_database: Database) -> None:
    shop = furnished(postgresql_database, limit=5)
    shop.crowd(24)
    shop.launch()
    shop.clock.forward(DAY)
    begin, taken = threading.Barrier(4), Counter[str]()

    def claim() -> None:
        with shop.database.transaction() as session:
            shelf = read_shelf(session, shop.clock.now())
            begin.wait()
            claimed, _ = outbox.claim(
                session, limit=6, channels=["whatsapp"], shop=shop.shop, composer=shop.composer, shelf=shelf,
                now=shop.clock.now(),
            )  # fmt: skip
            taken.update(each.outgoing.address for each in claimed)

    threads = [threading.Thread(target=claim) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(taken.values()) == [1] * 5


def test_what_is_counted_for_every_batch_goes_by_its_index(shop: WhatsAppShop) -> None:
    counted = "SELECT count(DISTINCT customer_id) FROM messages WHERE channel = 'whatsapp' AND sending_at > 0"
    states = "AND state IN ('sent', 'delivered', 'read', 'sending', 'unknown') AND content IS NOT NULL"
    with shop.database.reading() as session:
        steps = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {counted} {states}").all()
    assert any("USING INDEX ix_messages_content" in step[-1] for step in steps)
