"""On WhatsApp free words reach people for a day after they wrote; then approved ones do, or none."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event, exc
from sqlmodel import select

from bot import telling
from bot.talk.replies import Teller
from campaigns.channel import (
    BadContent,
    Cause,
    ContentClosed,
    Failed,
    Fate,
    OptedOut,
    Outcome,
    Outgoing,
    OutsideWindow,
    Sent,
    Throttled,
)
from campaigns.sending import alarm
from campaigns.shop import Alarm
from campaigns.tables import Approval, ApprovedContent, Message, State, Status
from campaigns.words import contents
from ledger import consent
from ledger.database import Database
from ledger.tables import Customer, Interaction, Kind, Notice
from tests.campaigns.windowed import DAY, WhatsAppShop

HOUR = timedelta(hours=1)


@pytest.fixture
def shop(sqlite_database: Database) -> WhatsAppShop:
    return WhatsAppShop(sqlite_database)


def says(shop: WhatsAppShop, *outcomes: Outcome) -> None:
    """What the provider answers to one message after the other; then it takes everything."""
    left = list(outcomes)
    shop.channel.answer = lambda _outgoing: left.pop(0) if left else Sent(f"SM{len(shop.channel.given)}")


def alarms(shop: WhatsAppShop) -> Sequence[str]:
    with shop.database.reading() as session:
        teller = Teller(shop.composer, shop.shop, "en")
        notices = session.exec(select(Notice).where(Notice.template == "campaign_alarm")).all()
        return [telling.said(each.template, each.data, teller).text for each in notices]


def test_within_the_window_words_are_free(shop: WhatsAppShop) -> None:
    sari = shop.customer("Sari")
    shop.launch()
    assert shop.drain().sent == 1
    assert (shop.channel.given[0].content, shop.message(sari).content) == (None, None)


@pytest.mark.parametrize(("wait", "is_free"), [(timedelta(hours=23), True), (timedelta(hours=23, minutes=55), False)])
def test_the_window_is_over_for_us_some_minutes_before_it_is(
    shop: WhatsAppShop, wait: timedelta, is_free: bool
) -> None:
    shop.approve_words()
    shop.customer("Sari")
    shop.clock.forward(wait)
    shop.launch()
    shop.drain()
    assert (shop.channel.given[0].content is None) is is_free


def test_outside_it_goes_out_in_approved_words_and_reads_as_it_is_kept(shop: WhatsAppShop) -> None:
    name = shop.approve_words()
    sari = shop.customer("Sari")
    shop.clock.forward(DAY)
    shop.launch()
    assert shop.drain().sent == 1
    (given,) = shop.channel.given
    message = shop.message(sari)
    assert given.content is not None
    assert given.content.sid == "HX1"
    assert sorted(given.content.variables, key=int) == [str(n) for n in range(1, len(given.content.variables) + 1)]
    assert (message.content, message.body) == (name, given.text)
    assert all(value in given.text for value in given.content.variables.values())
    with shop.database.reading() as session:
        said = session.exec(select(Interaction).where(Interaction.kind == Kind.MESSAGE_OUT)).one()
    assert said.text == given.text


@pytest.mark.parametrize(
    "approval", [Approval.UNSUBMITTED, Approval.REJECTED, Approval.DISABLED, Approval.UNKNOWN, None]
)
def test_without_words_that_may_be_used_nobody_outside_is_written_to(
    shop: WhatsAppShop, approval: Approval | None
) -> None:
    if approval is not None:
        shop.approve_words(approval)
    shop.customer("Sari")
    shop.clock.forward(DAY)
    shop.launch()
    assert shop.drain().sent == 0
    assert shop.report().withheld == {"no_consent": 1, "no_content": 1}
    assert shop.adds_up()


def test_words_of_another_language_are_not_theirs(shop: WhatsAppShop) -> None:
    shop.shop = replace(shop.shop, language="en")
    shop.approve_words()
    shop.customer("Sari")
    shop.clock.forward(DAY)
    shop.launch()
    shop.drain()
    assert shop.report().withheld["no_content"] == 1


def test_a_discount_asks_for_the_words_with_its_code(shop: WhatsAppShop) -> None:
    shop.approve_words()
    name = shop.approve_words(discounted=True)
    sari = shop.customer("Sari")
    shop.clock.forward(DAY)
    shop.launch(discount=10)
    assert shop.drain().sent == 1
    assert shop.message(sari).content == name


@pytest.mark.parametrize("approval", [Approval.PENDING, Approval.PAUSED])
def test_words_under_review_or_paused_are_waited_for_and_then_used(shop: WhatsAppShop, approval: Approval) -> None:
    shop.approve_words(approval)
    sari = shop.customer("Sari")
    shop.clock.forward(DAY)
    shop.launch()
    assert shop.drain().sent == 0
    assert (shop.message(sari).state, shop.message(sari).reason) == (State.PLANNED, "content_awaited")
    shop.approve_words()
    assert shop.drain().sent == 0
    shop.clock.forward(HOUR)
    assert shop.drain().sent == 1


def test_a_review_that_takes_too_long_is_not_waited_for_for_ever(shop: WhatsAppShop) -> None:
    shop.approve_words(Approval.RECEIVED)
    sari = shop.customer("Sari")
    shop.clock.forward(DAY)
    shop.launch()
    ends = 0
    while shop.message(sari).state == State.PLANNED and ends < 100:
        shop.drain()
        shop.clock.forward(HOUR)
        ends += 1
    assert (shop.message(sari).state, shop.message(sari).reason) == (State.WITHHELD, "too_late")
    assert 36 <= ends <= 49, "as long as WhatsApp may take for a review, and not beyond by a night"


def test_words_that_are_approved_on_the_second_day_are_still_used(shop: WhatsAppShop) -> None:
    shop.approve_words(Approval.PENDING)
    sari = shop.customer("Sari")
    shop.clock.forward(DAY)
    shop.launch()
    for _ in range(30):
        shop.drain()
        shop.clock.forward(HOUR)
    shop.approve_words()
    for _ in range(2):
        shop.drain()
        shop.clock.forward(HOUR)
    assert shop.message(sari).state == State.SENT


@pytest.mark.parametrize("cause", [Cause.BUSY, Cause.NOT_ADMITTED])
def test_a_line_that_is_down_for_days_makes_an_offer_too_late(shop: WhatsAppShop, cause: Cause) -> None:
    shop.approve_words()
    sari = shop.customer("Sari")
    shop.clock.forward(DAY)
    shop.channel.answer = lambda _outgoing: Throttled(shop.clock.now() + timedelta(minutes=15), cause)
    shop.launch()
    for _ in range(30):
        shop.drain()
        shop.clock.forward(HOUR)
    assert (shop.message(sari).state, shop.message(sari).reason) == (State.WITHHELD, "too_late")
    assert shop.message(sari).body is None


def test_one_that_was_to_go_out_only_later_has_its_time_from_then_on(shop: WhatsAppShop) -> None:
    shop.shop = replace(shop.shop, daily_limits={"whatsapp": 1})
    shop.approve_words()
    first, second = shop.customer("Sari"), shop.customer("Budi")
    shop.clock.forward(DAY)
    shop.launch()
    shop.drain()
    shop.clock.forward(DAY)
    says(shop, Throttled(shop.clock.now(), Cause.BUSY))
    shop.drain()
    assert {shop.message(first).state, shop.message(second).state} == {State.SENT, State.PLANNED}
    shop.clock.forward(HOUR)
    shop.drain()
    assert {shop.message(first).state, shop.message(second).state} == {State.SENT}


def test_an_offer_whose_days_are_over_does_not_go_out_however_it_waited(shop: WhatsAppShop) -> None:
    shop.approve_words()
    sari = shop.customer("Sari")
    shop.launch()
    shop.drain()
    shop.clock.forward(timedelta(days=8))
    shop.told(shop.message(sari), Fate.FAILED, OutsideWindow("63016"))
    shop.clock.forward(timedelta(minutes=1))
    assert shop.drain().sent == 0
    assert (shop.message(sari).state, shop.message(sari).reason) == (State.WITHHELD, "too_late")


def test_no_offer_in_approved_words_goes_to_the_united_states(shop: WhatsAppShop) -> None:
    shop.approve_words()
    sari = shop.customer("Sari")
    with shop.database.transaction() as session:
        address = shop.address(sari)
        address.address = "+12025550123"
        session.merge(address)
    shop.clock.forward(DAY)
    shop.launch()
    assert shop.drain().sent == 0
    assert shop.report().withheld["no_content"] == 1


def test_one_refused_for_its_window_goes_out_once_more_in_approved_words(shop: WhatsAppShop) -> None:
    shop.approve_words()
    sari = shop.customer("Sari")
    says(shop, OutsideWindow("63016"))
    shop.launch()
    assert shop.drain().sent == 0
    assert shop.address(sari).window_closed_at == shop.clock.now()
    assert shop.message(sari).state == State.PLANNED
    shop.clock.forward(timedelta(seconds=2))
    assert shop.drain().sent == 1
    assert [each.content is None for each in shop.channel.given] == [True, False]


def test_approved_words_that_are_refused_for_the_window_have_failed(shop: WhatsAppShop) -> None:
    shop.approve_words()
    sari = shop.customer("Sari")
    says(shop, OutsideWindow("63016"), OutsideWindow("63016"))
    shop.launch()
    for _ in range(3):
        shop.drain()
        shop.clock.forward(timedelta(minutes=1))
    assert (shop.message(sari).state, shop.message(sari).reason) == (State.FAILED, "63016")
    assert len(shop.channel.given) == 2


def test_their_next_message_opens_the_window_again(shop: WhatsAppShop) -> None:
    sari = shop.customer("Sari")
    says(shop, OutsideWindow("63016"))
    shop.launch()
    shop.drain()
    shop.clock.forward(timedelta(minutes=1))
    shop.writes(sari)
    assert shop.drain().sent == 1
    assert shop.channel.given[-1].content is None


def test_words_that_do_not_go_together_stop_the_campaign_and_the_team_is_told(shop: WhatsAppShop) -> None:
    shop.owner()
    name = shop.approve_words()
    shop.crowd(40)
    says(shop, BadContent("63021"), Sent("SM-1"), BadContent("63021"))
    shop.clock.forward(DAY)
    shop.in_flight = 32
    shop.launch()
    shop.drain()
    assert (shop.campaign().status, shop.campaign().pause_reason) == (Status.PAUSED, "bad_content")
    assert shop.report().states == {"failed": 2, "sent": 30, "planned": 8}
    (alarm,) = alarms(shop)
    assert name in alarm
    assert "63021" in alarm


def test_what_fills_the_words_of_one_person_alone_stops_nobody_elses_offer(shop: WhatsAppShop) -> None:
    shop.approve_words()
    shop.crowd(40)
    says(shop, BadContent("21656"))
    shop.clock.forward(DAY)
    shop.launch()
    shop.drain()
    assert shop.campaign().status == Status.DONE
    assert shop.report().states == {"failed": 1, "sent": 39}


def test_words_that_nobody_got_stop_the_campaign_at_the_first_refusal(shop: WhatsAppShop) -> None:
    shop.approve_words()
    shop.customer("Sari")
    says(shop, BadContent("63021"))
    shop.clock.forward(DAY)
    shop.launch()
    shop.drain()
    assert shop.campaign().pause_reason == "bad_content"


def english(shop: WhatsAppShop, approval: Approval) -> None:
    frame = shop.composer.frame("picks", "en", is_discounted=False)
    with shop.database.transaction() as session:
        session.add(
            ApprovedContent(
                name=frame.name, language="en", sid="HXen", fingerprint=frame.fingerprint, body=frame.body,
                places=list(frame.places), approval=approval, made_at=shop.clock.now(), looked_at=shop.clock.now(),
            )
        )  # fmt: skip


def test_words_that_were_closed_stop_every_campaign_that_needs_them(shop: WhatsAppShop) -> None:
    shop.approve_words()
    english(shop, Approval.APPROVED)
    shop.crowd(3)
    shop.clock.forward(DAY)
    first, second = shop.launch(), shop.launch()
    with shop.database.transaction() as session:
        for message in session.exec(select(Message).where(Message.campaign_id == second)):
            message.not_before = shop.clock.now() + 2 * HOUR
            session.add(message)
    says(shop, ContentClosed("63041"))
    shop.drain()
    held = [(shop.campaign(each).status, shop.campaign(each).pause_reason) for each in (first, second)]
    assert held == [(Status.PAUSED, "content_closed")] * 2
    with shop.database.reading() as session:
        words = session.exec(select(ApprovedContent.language, ApprovedContent.approval)).all()
    assert sorted(words) == [("en", "approved"), ("id", "paused")], "what nobody was refused stays open"


@pytest.mark.parametrize(("language", "is_held"), [("id", False), ("en", True)])
def test_who_chose_no_language_reads_the_shops(shop: WhatsAppShop, language: str, is_held: bool) -> None:
    shop.approve_words()
    english(shop, Approval.PENDING)
    shop.customer("Sari")
    shop.clock.forward(DAY)
    number = shop.launch()
    with shop.database.transaction() as session:
        contents.note(session, [("HXen", Approval.REJECTED, "scam")], shop.clock.now(), language)
    assert (shop.campaign(number).status == Status.PAUSED) is is_held


def test_words_that_were_closed_are_not_used_again_and_nobody_is_lost_for_it(shop: WhatsAppShop) -> None:
    shop.owner()
    shop.approve_words()
    shop.crowd(3)
    says(shop, *[ContentClosed("63041")] * 3)
    shop.clock.forward(DAY)
    shop.launch()
    shop.drain()
    assert (shop.words().approval, shop.words().reason) == (Approval.PAUSED, "63041")
    assert (shop.campaign().status, shop.campaign().pause_reason) == (Status.PAUSED, "content_closed")
    assert shop.report().states == {"planned": 3}
    assert len(alarms(shop)) == 1
    shop.approve_words()
    shop.clock.forward(HOUR)
    shop.resume()
    assert shop.drain().sent == 3


def test_a_limit_on_the_whole_shop_is_waited_for_longer_each_time_and_then_the_shop_is_asked(
    shop: WhatsAppShop,
) -> None:
    shop.owner()
    shop.approve_words()
    shop.crowd(3)
    shop.clock.forward(DAY)
    shop.channel.answer = lambda _outgoing: Throttled(shop.clock.now(), Cause.PORTFOLIO)
    shop.launch()
    dispatcher, tried = shop.dispatcher(), []
    for minute in range(40):
        asyncio.run(dispatcher.drain())
        tried += [minute] * (len(shop.channel.given) > 3 * len(tried))
        shop.clock.forward(timedelta(minutes=1))
    assert tried == [0, 5, 15]
    assert (shop.campaign().status, shop.campaign().pause_reason) == (Status.PAUSED, "portfolio_limit")
    assert shop.report().states == {"planned": 3}
    assert len(alarms(shop)) == 1


def test_a_success_between_makes_the_next_refusal_the_first(shop: WhatsAppShop) -> None:
    shop.approve_words()
    shop.crowd(1)
    shop.clock.forward(DAY)
    busy = Throttled(shop.clock.now(), Cause.PORTFOLIO)
    says(shop, busy, busy, Sent("SM-ok"), busy, busy)
    shop.launch()
    dispatcher = shop.dispatcher()
    for _ in range(12):
        asyncio.run(dispatcher.drain())
        shop.clock.forward(timedelta(minutes=5))
    assert shop.report().states == {"sent": 1}
    assert dispatcher.doors.of("whatsapp").refusals == 0


def test_who_has_had_enough_of_offers_is_left_in_peace_for_longer_each_time(shop: WhatsAppShop) -> None:
    shop.approve_words()
    sari = shop.customer("Sari")
    shop.clock.forward(DAY)
    shop.channel.answer = lambda _outgoing: Throttled(shop.clock.now(), Cause.PERSONAL)
    shop.launch()
    with shop.database.transaction() as session:
        campaign = shop.campaign()
        campaign.window_days = 30
        session.merge(campaign)
    tried = []
    for quarter in range(4 * 9):
        shop.drain()
        tried += [quarter] * (len(shop.channel.given) > len(tried))
        shop.clock.forward(DAY / 4)
    assert tried == [0, 4, 4 + 8, 4 + 8 + 16]
    assert (shop.message(sari).state, shop.message(sari).reason) == (State.FAILED, "personal_limit")
    assert shop.message(sari).personal_refusals == 4


def test_an_offer_whose_purchases_would_not_count_any_more_is_not_waited_with(shop: WhatsAppShop) -> None:
    shop.approve_words()
    sari = shop.customer("Sari")
    shop.clock.forward(DAY)
    shop.channel.answer = lambda _outgoing: Throttled(shop.clock.now(), Cause.PERSONAL)
    shop.launch()
    for _ in range(9):
        shop.drain()
        shop.clock.forward(DAY)
    assert len(shop.channel.given) == 3, "at once, after one day and after three; a week later is too late"
    assert shop.message(sari).state == State.FAILED


def test_who_told_the_provider_to_stop_is_no_fault_of_the_campaigns(shop: WhatsAppShop) -> None:
    shop.shop = replace(shop.shop, alarm=Alarm(failures=0.2, leaves=0.05, least=20))
    people = shop.crowd(40)
    shop.channel.answer = lambda each: OptedOut("63014") if int(each.address[-2:]) % 2 else Sent(each.address)
    shop.launch()
    shop.drain()
    assert shop.report().states == {"sent": 20, "failed": 20}
    assert shop.campaign().status == Status.DONE
    with shop.database.reading() as session:
        stopped = [each for each in people if consent.standing(session, each, "whatsapp").offers is False]
    assert len(stopped) == 20
    assert shop.report(shop.launch()).withheld["no_consent"] == 21


def test_a_provider_that_refuses_half_for_no_reason_is_an_alarm(shop: WhatsAppShop) -> None:
    shop.shop = replace(shop.shop, alarm=Alarm(failures=0.2, leaves=0.05, least=20))
    shop.crowd(40)

    def every_other(each: Outgoing) -> Outcome:
        return Failed("63005") if int(each.address[-2:]) % 2 else Sent(each.address)

    shop.channel.answer = every_other
    shop.launch()
    shop.drain()
    assert shop.campaign().pause_reason == "failures"


def is_away(shop: WhatsAppShop, times: int) -> None:
    """So many attempts to write down what the provider answered find the database locked."""
    left = [times]

    def refuse(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if shop.channel.given and left[0] and statement.startswith("UPDATE messages"):
            left[0] -= 1
            raise exc.OperationalError(statement, {}, sqlite3.OperationalError("database is locked"))

    event.listen(shop.database.engine, "before_cursor_execute", refuse)


@pytest.mark.parametrize(("times", "drains"), [(1, 1), (2, 1), (3, 2)])
def test_a_stop_is_not_lost_to_a_database_that_is_away_for_a_moment(
    shop: WhatsAppShop, times: int, drains: int
) -> None:
    sari = shop.customer("Sari")
    says(shop, OptedOut("63014"))
    shop.launch()
    dispatcher, done = shop.dispatcher(), 0
    is_away(shop, times)
    while not done:
        drains -= 1
        with suppress(exc.OperationalError):
            asyncio.run(dispatcher.drain())
            done += 1
    assert drains == 0
    assert (shop.message(sari).state, shop.message(sari).reason) == (State.FAILED, "63014")
    assert len(shop.channel.given) == 1
    with shop.database.reading() as session:
        assert consent.standing(session, sari, "whatsapp").offers is False


def test_who_was_linked_since_they_told_the_provider_to_stop_is_no_fault_of_the_campaigns(shop: WhatsAppShop) -> None:
    shop.shop = replace(shop.shop, alarm=Alarm(failures=0.2, leaves=0.05, least=20))
    people = shop.crowd(20)
    shop.channel.answer = lambda _outgoing: OptedOut("63014")
    number = shop.launch()
    shop.drain()
    with shop.database.transaction() as session:
        for each in people:
            one = Customer(name="", source="import", created_at=shop.clock.now())
            session.add(one)
            session.flush()
            session.get_one(Customer, each).merged_into = one.id
            session.exec(select(Message).where(Message.customer_id == each)).one().customer_id = one.id
    with shop.database.reading() as session:
        assert alarm.count(session, [number])[number].failed == 0
