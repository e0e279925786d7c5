"""A voucher: one a message, unguessable, once, until its last day is over; nothing of its code is kept."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import select

from campaigns.channel import Throttled
from campaigns.sending import outbox
from campaigns.shop import Shop
from campaigns.tables import Message, Voucher
from campaigns.words import vouchers
from campaigns.words.vouchers import LENGTH, Redeemed, Refused, Ticket, Trouble
from ledger.database import Database
from ledger.tables import AuditEntry, Product
from ledger.team import CODE_ALPHABET
from tests.campaigns.conftest import TEN, SmallShop
from tests.campaigns.test_delivery import claim


def offered(shop: SmallShop, discount: int = 10) -> str:
    """The code in the message that Sari got."""
    shop.buy(shop.customer("Budi", offers=None))
    shop.customer("Sari")
    shop.launch("picks", discount=discount)
    shop.drain()
    (given,) = shop.channel.given
    return given.text.partition("Tunjukkan kode ")[2].partition(" ")[0]


def redeem(shop: SmallShop, code: str, by: str = "till") -> Redeemed | Refused:
    with shop.database.transaction() as session:
        return vouchers.redeem(session, code, by=by, now=shop.clock.now())


def kept(shop: SmallShop) -> list[Voucher]:
    with shop.database.reading() as session:
        return list(session.exec(select(Voucher)))


def test_a_code_has_more_than_forty_bits() -> None:
    assert len(CODE_ALPHABET) ** LENGTH > 2**40


def test_a_code_buys_what_its_message_offered(shop: SmallShop) -> None:
    code = offered(shop)
    found = redeem(shop, f" {code.lower().replace('-', ' ')} ")
    assert isinstance(found, Redeemed)
    assert (found.discount_percent, found.name, found.campaign_id) == (10, "Sari", 1)
    with shop.database.reading() as session:
        assert [each.name for each in vouchers.products(session, found)] == ["Kopi Gayo"]


def test_a_code_counts_once(shop: SmallShop) -> None:
    code = offered(shop)
    redeem(shop, code, by="a")
    assert redeem(shop, code, by="b") == Refused(Trouble.USED, shop.clock.now())
    assert [each.redeemed_by for each in kept(shop)] == ["a"]


def test_of_two_counters_at_once_exactly_one_succeeds(shop: SmallShop) -> None:
    code = offered(shop)
    barrier = Barrier(2)

    def one(by: str) -> Redeemed | Refused:
        barrier.wait()
        return redeem(shop, code, by)

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(one, ("a", "b")))
    assert sum(isinstance(each, Redeemed) for each in found) == 1
    assert sum(isinstance(each, Refused) and each.trouble is Trouble.USED for each in found) == 1


def test_a_second_counter_waits_for_the_first_to_commit(postgresql_database: Database) -> None:
    shop = SmallShop(postgresql_database)
    code = offered(shop)
    with ThreadPoolExecutor(1) as pool, shop.database.transaction() as session:
        first = vouchers.redeem(session, code, by="a", now=shop.clock.now())
        second = pool.submit(redeem, shop, code, "b")
        session.flush()
        assert not second.done()
        session.commit()
        assert isinstance(first, Redeemed)
        assert second.result(timeout=10) == Refused(Trouble.USED, shop.clock.now())


@pytest.mark.parametrize(("hours", "good"), [(14 * 24 + 13, True), (14 * 24 + 14, False)])
def test_a_code_counts_to_the_end_of_its_last_day_in_the_shops_zone(shop: SmallShop, hours: int, good: bool) -> None:
    # Ten in the morning of the 2nd in Jakarta: the 16th is over 14 days and 14 hours later.
    code = offered(shop)
    shop.clock.forward(timedelta(hours=hours))
    assert isinstance(redeem(shop, code), Redeemed) is good


def test_the_last_day_ends_at_the_shops_midnight_also_when_the_clocks_change(sqlite_database: Database) -> None:
    berlin = Shop(zone=ZoneInfo("Europe/Berlin"), voucher_days=14)
    october = TEN.replace(month=10, day=20)
    shop = SmallShop(sqlite_database)
    offered(shop)
    with shop.database.transaction() as session:
        message = session.exec(select(Message).where(Message.was_eligible)).one()
        vouchers.take_back(session, message.id)
        assert vouchers.issue(session, message.id, berlin, october).last_day == date(2026, 11, 3)
    # Summer time ended on 25 October: midnight is at 23 UTC.
    assert [each.expires_at.isoformat() for each in kept(shop)] == ["2026-11-03T23:00:00+00:00"]


@pytest.mark.parametrize("code", ["ABC-DEF-GHJ", "", "x", "💥", "'; drop table vouchers; --"])
def test_an_unknown_code_buys_nothing(shop: SmallShop, code: str) -> None:
    offered(shop)
    assert redeem(shop, code) == Refused(Trouble.UNKNOWN)


def test_a_specimen_buys_nothing_and_is_known_as_one(shop: SmallShop) -> None:
    specimen = vouchers.specimen(shop.shop, shop.clock.now())
    assert specimen == Ticket("000-000-000", date(2026, 11, 16))
    assert redeem(shop, specimen.code) == Refused(Trouble.SPECIMEN)


def test_only_a_hash_of_the_code_is_kept_and_the_audit_names_the_message(shop: SmallShop) -> None:
    code = offered(shop)
    redeem(shop, code)
    (voucher,) = kept(shop)
    assert code.replace("-", "") not in str(voucher.model_dump())
    with shop.database.reading() as session:
        entry = session.exec(select(AuditEntry).where(AuditEntry.action == "voucher redeemed")).one()
    assert (entry.subject, entry.detail) == (str(voucher.message_id), {"campaign": 1})


def test_without_a_discount_there_is_no_code(shop: SmallShop) -> None:
    assert offered(shop, discount=0) == ""
    assert kept(shop) == []


def test_a_message_that_was_refused_for_now_gets_a_new_code(shop: SmallShop) -> None:
    shop.buy(shop.customer("Budi", offers=None))
    shop.customer("Sari")
    shop.launch("picks", discount=10)
    claimed = claim(shop, limit=5)
    with shop.database.transaction() as session:
        outbox.settle(session, {each.attempt: Throttled(shop.clock.now()) for each in claimed}, shop.clock.now())
    old = claimed[0].outgoing.text.partition("Tunjukkan kode ")[2].partition(" ")[0]
    assert kept(shop) == []
    shop.clock.forward(timedelta(minutes=1))
    shop.drain()
    assert redeem(shop, old) == Refused(Trouble.UNKNOWN)
    assert len(kept(shop)) == 1


def test_every_message_has_a_code_of_its_own(shop: SmallShop) -> None:
    shop.buy(shop.customer("Budi", offers=None))
    shop.crowd(40)
    shop.launch("picks", discount=10)
    shop.drain()
    codes = {each.text.partition("Tunjukkan kode ")[2].partition(" ")[0] for each in shop.channel.given}
    assert len(codes) == len(kept(shop)) == 40


def test_a_product_that_left_the_catalogue_is_no_trouble(shop: SmallShop) -> None:
    code = offered(shop)
    found = redeem(shop, code)
    assert isinstance(found, Redeemed)
    with shop.database.transaction() as session:
        gone = Redeemed(**{**vars(found), "product_ids": [999, *found.product_ids]})
        assert [each.sku for each in vouchers.products(session, gone)] == ["S0"]
        assert session.get(Product, 999) is None
