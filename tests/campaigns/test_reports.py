"""What became of a message is told in any order, twice, early or never: what stands is what was told, each once."""

from __future__ import annotations

import asyncio
import shutil
import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import col, delete, select

from campaigns.channel import (
    BadContent,
    Cause,
    ContentClosed,
    Failed,
    Fate,
    OptedOut,
    OutsideWindow,
    Refusal,
    Report,
    Sent,
    Throttled,
    Unreachable,
)
from campaigns.choosing.shelf import read_shelf
from campaigns.launching import planning
from campaigns.outcomes import results
from campaigns.privacy import forgetting
from campaigns.sending import outbox, reports
from campaigns.sending.claiming import Claimed
from campaigns.tables import Campaign, EarlyReport, Message, State, Status, TrackedLink, Voucher
from campaigns.words import vouchers
from campaigns.words.vouchers import Redeemed
from ledger import consent
from ledger.consent import Evidence
from ledger.database import Database
from ledger.tables import Customer, Interaction, Kind, Notice, Purpose
from tests.campaigns.conftest import WORDING
from tests.campaigns.windowed import DAY, WhatsAppShop
from tests.conftest import SECRET

MINUTE = timedelta(minutes=1)


@pytest.fixture
def shop(sqlite_database: Database) -> WhatsAppShop:
    return WhatsAppShop(sqlite_database)


def sent(shop: WhatsAppShop) -> Message:
    """One message to Sari, which the provider took."""
    sari = shop.customer("Sari")
    shop.launch()
    shop.drain()
    return shop.message(sari)


def claimed(shop: WhatsAppShop) -> list[Claimed]:
    with shop.database.transaction() as session:
        found, _ = outbox.claim(
            session, limit=32, channels=["whatsapp"], shop=shop.shop, composer=shop.composer,
            shelf=read_shelf(session, shop.clock.now()), now=shop.clock.now(),
        )  # fmt: skip
        return found


def now_of(shop: WhatsAppShop, message: Message) -> Message:
    return shop.message(message.customer_id)


def test_each_fate_has_its_time_and_stands_only_ever_further(shop: WhatsAppShop) -> None:
    message = sent(shop)
    at = shop.clock.now()
    shop.clock.forward(MINUTE)
    shop.told(message, Fate.READ)
    shop.clock.forward(MINUTE)
    shop.told(message, Fate.DELIVERED)
    shop.told(message, Fate.SENT)
    shop.told(message, Fate.FAILED, Failed("63005"))
    shop.told(message, Fate.READ)
    told = now_of(shop, message)
    assert (told.state, told.reason) == (State.READ, None)
    assert (told.sent_at, told.read_at, told.delivered_at) == (at, at + MINUTE, at + 2 * MINUTE)
    assert told.failed_at is None
    assert shop.report().states == {"read": 1}


def test_an_answers_number_is_nobodys_and_leaves_nothing(shop: WhatsAppShop) -> None:
    sent(shop)
    shop.dispatcher().believe(Report("whatsapp", "SM-of-an-answer", Fate.DELIVERED))
    with shop.database.reading() as session:
        assert session.exec(select(EarlyReport)).all() == []


def test_what_is_told_before_the_number_is_noted_is_believed_when_it_is(shop: WhatsAppShop) -> None:
    sari = shop.customer("Sari")
    shop.launch()
    (mine,) = claimed(shop)
    shop.dispatcher().believe(Report("whatsapp", "SM7", Fate.DELIVERED))
    with shop.database.reading() as session:
        (early,) = session.exec(select(EarlyReport)).all()
    assert "SM7" not in early.fingerprint
    with shop.database.transaction() as session:
        outbox.settle(session, {mine.attempt: Sent("SM7")}, shop.clock.now())
    assert shop.message(sari).state == State.DELIVERED
    with shop.database.reading() as session:
        assert session.exec(select(EarlyReport)).all() == []


def test_a_refusal_that_is_told_early_is_the_same_refusal(shop: WhatsAppShop) -> None:
    sari = shop.customer("Sari")
    shop.launch()
    (mine,) = claimed(shop)
    until = shop.clock.now() + timedelta(hours=30)
    shop.dispatcher().believe(Report("whatsapp", "SM7", Fate.FAILED, Throttled(until, Cause.PERSONAL)))
    with shop.database.transaction() as session:
        outbox.settle(session, {mine.attempt: Sent("SM7")}, shop.clock.now())
    message = shop.message(sari)
    assert (message.state, message.not_before, message.personal_refusals) == (State.PLANNED, until, 1)


def test_outside_the_window_after_all_it_goes_out_once_more_in_approved_words(shop: WhatsAppShop) -> None:
    shop.approve_words()
    message = sent(shop)
    assert shop.campaign().status == Status.DONE
    shop.told(message, Fate.FAILED, OutsideWindow("63016"))
    assert shop.campaign().status == Status.RUNNING
    assert shop.report().states == {"planned": 1}
    assert shop.adds_up()
    shop.clock.forward(MINUTE)
    assert shop.drain().sent == 1
    again = now_of(shop, message)
    assert again.content is not None
    assert shop.campaign().status == Status.DONE
    with shop.database.reading() as session:
        told = session.exec(select(Interaction).where(Interaction.kind == Kind.MESSAGE_OUT)).all()
    assert [each.text for each in told] == [again.body], "what did not arrive was not said"


def test_a_campaign_that_went_on_is_told_done_once(shop: WhatsAppShop) -> None:
    shop.owner()
    shop.approve_words()
    message = sent(shop)
    shop.told(message, Fate.FAILED, OutsideWindow("63016"))
    shop.clock.forward(MINUTE)
    shop.drain()
    with shop.database.reading() as session:
        assert len(session.exec(select(Notice).where(Notice.template == "campaign_done")).all()) == 1


def test_the_same_failure_twice_is_one(shop: WhatsAppShop) -> None:
    message = sent(shop)
    refusal = Throttled(shop.clock.now() + DAY, Cause.PERSONAL)
    shop.told(message, Fate.FAILED, refusal)
    shop.told(message, Fate.FAILED, refusal)
    assert now_of(shop, message).personal_refusals == 1


def test_one_that_waits_and_arrived_after_all_is_not_sent_again(shop: WhatsAppShop) -> None:
    shop.approve_words()
    message = sent(shop)
    shop.told(message, Fate.FAILED, OutsideWindow("63016"))
    shop.told(message, Fate.DELIVERED)
    shop.clock.forward(MINUTE)
    assert shop.drain().sent == 0
    assert shop.report().states == {"delivered": 1}


def test_what_arrived_after_all_has_its_words_its_code_and_its_link(shop: WhatsAppShop) -> None:
    shop.customer("Sari")
    shop.launch(discount=10)
    shop.drain()
    (given,) = shop.channel.given
    code = given.text.partition("Tunjukkan kode ")[2].partition(" ")[0]
    message = next(each for each in shop.messages() if each.state == State.SENT)
    shop.told(message, Fate.FAILED, OutsideWindow("63016"))
    shop.told(message, Fate.DELIVERED)
    assert now_of(shop, message).body == given.text
    with shop.database.transaction() as session:
        assert isinstance(vouchers.redeem(session, code, by="test", now=shop.clock.now()), Redeemed)
        assert [each.message_id for each in session.exec(select(TrackedLink))] == [message.id]


def test_what_waits_and_never_goes_out_again_keeps_neither_words_nor_code(shop: WhatsAppShop) -> None:
    shop.customer("Sari")
    number = shop.launch(discount=10)
    shop.drain()
    message = next(each for each in shop.messages() if each.state == State.SENT)
    shop.told(message, Fate.FAILED, OutsideWindow("63016"))
    with shop.database.transaction() as session:
        planning.cancel(session, session.get_one(Campaign, number), by="test", now=shop.clock.now())
    withheld = now_of(shop, message)
    assert (withheld.state, withheld.body, withheld.facts) == (State.WITHHELD, None, {})
    with shop.database.reading() as session:
        assert session.exec(select(Voucher)).all() == []
        assert session.exec(select(TrackedLink)).all() == []


def test_who_wrote_since_is_there_whatever_is_told_of_an_older_message(shop: WhatsAppShop) -> None:
    message = sent(shop)
    shop.clock.forward(MINUTE)
    shop.writes(message.customer_id)
    shop.told(message, Fate.FAILED, Unreachable("63024"))
    assert now_of(shop, message).state == State.FAILED
    assert shop.address(message.customer_id).unreachable_since is None


@pytest.mark.parametrize("scope", ["whatsapp", "all"])
def test_a_yes_after_the_message_is_not_undone_by_what_is_told_of_it(shop: WhatsAppShop, scope: str) -> None:
    message = sent(shop)
    shop.clock.forward(MINUTE)
    with shop.database.transaction() as session:
        for say in (consent.withdraw, consent.grant):
            say(
                session, message.customer_id, Purpose.OFFERS, scope=scope, wording=WORDING,
                evidence=Evidence("whatsapp", "ya"), at=shop.clock.now(),
            )  # fmt: skip
    shop.told(message, Fate.FAILED, OptedOut("63014"))
    assert now_of(shop, message).state == State.FAILED
    with shop.database.reading() as session:
        assert consent.standing(session, message.customer_id, "whatsapp").offers is True


def test_outside_the_window_though_they_wrote_meanwhile_it_goes_out_once_more_and_only_once(
    shop: WhatsAppShop,
) -> None:
    message = sent(shop)
    shop.clock.forward(MINUTE)
    shop.writes(message.customer_id)
    for times in (1, 2):
        assert len(shop.channel.given) == times
        shop.told(now_of(shop, message), Fate.FAILED, OutsideWindow("63016"))
        shop.clock.forward(MINUTE)
        shop.writes(message.customer_id)
        shop.drain()
    assert (now_of(shop, message).state, now_of(shop, message).reason) == (State.FAILED, "63016")
    assert len(shop.channel.given) == 2


def test_a_limit_that_answers_meet_is_not_the_limit_on_whom_the_shop_writes_to_first(shop: WhatsAppShop) -> None:
    sent(shop)
    dispatcher = shop.dispatcher()
    for number in range(3):
        full = Throttled(shop.clock.now() + DAY, Cause.PORTFOLIO)
        dispatcher.believe(Report("whatsapp", f"SM-of-an-answer-{number}", Fate.FAILED, full))
        assert not dispatcher.doors.of("whatsapp").is_open(shop.clock.now())
        shop.clock.forward(timedelta(minutes=20))
        assert dispatcher.doors.of("whatsapp").is_open(shop.clock.now())
    assert dispatcher.doors.of("whatsapp").refusals == 0


def test_a_late_stop_writes_consent_and_the_campaign_that_was_done_counts_it(shop: WhatsAppShop) -> None:
    message = sent(shop)
    shop.told(message, Fate.FAILED, OptedOut("63014"))
    assert (shop.report().status, shop.report().states, shop.report().failed) == (
        Status.DONE,
        {"failed": 1},
        {"63014": 1},
    )
    assert shop.report().sent == 0
    with shop.database.reading() as session:
        assert consent.standing(session, message.customer_id, "whatsapp").offers is False


def test_a_late_unreachable_marks_the_address(shop: WhatsAppShop) -> None:
    message = sent(shop)
    shop.told(message, Fate.FAILED, Unreachable("63024"))
    assert shop.address(message.customer_id).unreachable_since == shop.clock.now()


def test_bad_words_told_later_stop_a_running_campaign(shop: WhatsAppShop) -> None:
    shop.approve_words()
    people = shop.crowd(40)
    shop.clock.forward(DAY)
    shop.launch()
    taken = {each.attempt: Sent(f"SM{each.message_id}") for each in claimed(shop)}
    with shop.database.transaction() as session:
        outbox.settle(session, taken, shop.clock.now())
    shop.told(shop.message(people[0]), Fate.FAILED, BadContent("63013"))
    assert shop.campaign().status == Status.RUNNING, "that may have been hers alone"
    shop.told(shop.message(people[1]), Fate.FAILED, BadContent("63013"))
    assert shop.campaign().pause_reason == "bad_content"


def test_words_closed_later_leave_a_message_that_waits_and_a_campaign_that_says_why(shop: WhatsAppShop) -> None:
    shop.approve_words()
    sari = shop.customer("Sari")
    shop.clock.forward(DAY)
    shop.launch()
    shop.drain()
    shop.told(shop.message(sari), Fate.FAILED, ContentClosed("63042"))
    assert (shop.campaign().status, shop.campaign().pause_reason) == (Status.PAUSED, "content_closed")
    assert shop.report().states == {"planned": 1}


def test_nothing_goes_on_of_what_was_cancelled(shop: WhatsAppShop) -> None:
    shop.approve_words()
    people = shop.crowd(33)
    number = shop.launch()
    mine = claimed(shop)
    with shop.database.transaction() as session:
        outbox.settle(session, {each.attempt: Sent(f"SM{each.message_id}") for each in mine}, shop.clock.now())
        planning.cancel(session, session.get_one(Campaign, number), by="test", now=shop.clock.now())
    shop.told(shop.message(people[0]), Fate.FAILED, OutsideWindow("63016"))
    assert (shop.message(people[0]).state, shop.message(people[0]).reason) == (State.WITHHELD, "cancelled")
    assert shop.adds_up()


def test_a_limit_on_the_shop_that_is_told_later_closes_the_channel_once_for_all_of_them(shop: WhatsAppShop) -> None:
    shop.approve_words()
    people = shop.crowd(3)
    shop.clock.forward(DAY)
    shop.launch()
    dispatcher = shop.dispatcher()
    minutes = 0
    while shop.campaign().status == Status.RUNNING and minutes < 40:
        asyncio.run(dispatcher.drain())
        for message in map(shop.message, people):
            if message.state == State.SENT and message.provider_message_id is not None:
                full = Throttled(shop.clock.now(), Cause.PORTFOLIO)
                dispatcher.believe(Report("whatsapp", message.provider_message_id, Fate.FAILED, full))
        shop.clock.forward(MINUTE)
        minutes += 1
    assert minutes == 16, "at once, five minutes later, and ten after that"
    assert len(shop.channel.given) == 9
    assert shop.campaign().pause_reason == "portfolio_limit"


def test_failures_that_are_told_later_are_an_alarm_as_well(shop: WhatsAppShop) -> None:
    shop.crowd(100)
    shop.in_flight = 32
    shop.launch()
    dispatcher = shop.dispatcher()

    def fails(drained: object) -> None:
        for message in shop.messages():
            if message.state == State.SENT and message.provider_message_id is not None:
                dispatcher.believe(Report("whatsapp", message.provider_message_id, Fate.FAILED, Failed("63005")))

    asyncio.run(dispatcher.drain(fails))
    assert shop.campaign().pause_reason == "failures"
    assert len(shop.channel.given) == 64, (
        "and what was claimed as the first were settled, for what had been taken was believed"
    )


def test_of_somebody_erased_only_the_fate_is_moved(shop: WhatsAppShop) -> None:
    sari = shop.customer("Sari")
    shop.launch()
    (mine,) = claimed(shop)
    shop.dispatcher().believe(Report("whatsapp", "SM7", Fate.FAILED, OptedOut("63014")))
    with shop.database.transaction() as session:
        forgetting.forget(session, session.get_one(Customer, sari), zone=UTC, by="test", at=shop.clock.now())
        outbox.settle(session, {mine.attempt: Sent("SM7")}, shop.clock.now())
    assert shop.report().states == {"sent": 1}
    assert shop.message(sari).provider_message_id is None


RANK = ["sent", "failed", "delivered", "read"]
REFUSALS: Sequence[Refusal] = (Failed("63005"), Unreachable("63024"), OptedOut("21610"))
STEPS = st.lists(st.sampled_from([*Fate, "settle"]), max_size=9)


class Playground:
    """One shop for all examples: making one anew takes longer than all that is tried in it."""

    def __init__(self, shop: WhatsAppShop) -> None:
        self.shop = shop
        self.sari = shop.customer("Sari")
        shop.launch()
        (self.mine,) = claimed(shop)

    def reset(self) -> None:
        with self.shop.database.transaction() as session:
            message = session.get_one(Message, self.mine.message_id)
            message.state, message.provider_message_id, message.reason = State.SENDING, None, None
            message.sent_at = message.delivered_at = message.read_at = message.failed_at = None
            message.body, message.sending_at = "Halo", self.shop.clock.now()
            session.add(message)
            session.exec(delete(EarlyReport))  # type: ignore[call-overload]
            session.exec(delete(Interaction).where(col(Interaction.message_id) == message.id))  # type: ignore[call-overload]


@pytest.fixture(scope="module")
def playground(migrated_sqlite: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Playground]:
    path = tmp_path_factory.mktemp("reports") / "shop.db"
    shutil.copy(str(migrated_sqlite), path)
    database = Database(f"sqlite:///{path}", secret=SECRET)
    yield Playground(WhatsAppShop(database))
    database.close()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, refusal=st.sampled_from(REFUSALS))
def test_any_order_of_reports_and_settling_ends_where_what_was_told_says(
    playground: Playground, steps: list[str], refusal: Refusal
) -> None:
    playground.reset()
    shop, told = playground.shop, [each for each in steps if each != "settle"]
    # However often a batch is settled, it is settled once; and in the end it always is.
    first = steps.index("settle") if "settle" in steps else len(steps)
    order = [*(each for each in steps[:first]), "settle", *(each for each in steps[first:] if each != "settle")]
    with shop.database.transaction() as session:
        for step in order:
            if step == "settle":
                outbox.settle(session, {playground.mine.attempt: Sent("SM1")}, shop.clock.now())
                continue
            report = Report("whatsapp", "SM1", Fate(step), refusal if step == Fate.FAILED else None)
            reports.note(session, [report], shop.clock.now())
    message = shop.message(playground.sari)
    assert message.state == max(["sent", *told], key=RANK.index)
    assert (message.read_at is not None, message.delivered_at is not None) == ("read" in told, "delivered" in told)
    assert (message.failed_at is not None) == (message.state == "failed")
    with shop.database.reading() as session:
        assert session.exec(select(EarlyReport)).all() == []
        said = session.exec(select(Interaction).where(Interaction.message_id == message.id)).all()
        report_ = results.report(session, session.get_one(Campaign, 1))
    assert len(said) == (message.state != "failed")
    assert report_.audience == report_.holdout + sum(report_.states.values()) + sum(report_.withheld.values())


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(st.sampled_from([Fate.SENT, Fate.DELIVERED, Fate.READ, Fate.FAILED]), min_size=1, max_size=6),
    refusal=st.sampled_from(REFUSALS),
    ahead=st.lists(st.sampled_from([Fate.SENT, Fate.DELIVERED, Fate.READ]), max_size=2),
)
def test_what_is_told_together_ends_as_what_is_told_one_by_one(
    playground: Playground, steps: list[Fate], refusal: Refusal, ahead: list[Fate]
) -> None:
    shop, told = playground.shop, [Report("whatsapp", "SM1", each) for each in ahead]
    reported = [Report("whatsapp", "SM1", each, refusal if each is Fate.FAILED else None) for each in steps]
    unknown = Report("whatsapp", "SM-of-an-answer", Fate.READ)
    ends = []
    for batches in ([*([each] for each in reported)], [[unknown, *reported]]):
        playground.reset()
        with shop.database.transaction() as session:
            outbox.settle(session, {playground.mine.attempt: Sent("SM1")}, shop.clock.now())
            reports.note(session, told, shop.clock.now())
        noted = []
        for batch in batches:
            with shop.database.transaction() as session:
                noted += reports.note(session, batch, shop.clock.now())
        found = shop.message(playground.sari).model_dump()
        ends.append((found, [each for each in noted if each != reports.Noted()]))
        with shop.database.reading() as session:
            assert session.exec(select(EarlyReport)).all() == []
    assert ends[0] == ends[1]


def test_a_report_waits_for_the_number_that_is_just_being_noted(postgresql_database: Database) -> None:
    shop = WhatsAppShop(postgresql_database)
    sari = shop.customer("Sari")
    shop.launch()
    (mine,) = claimed(shop)
    with shop.database.transaction() as session:
        outbox.settle(session, {mine.attempt: Sent("SM7")}, shop.clock.now())
        arrives = threading.Thread(target=shop.dispatcher().believe, args=[Report("whatsapp", "SM7", Fate.DELIVERED)])
        arrives.start()
        arrives.join(timeout=0.2)
        assert arrives.is_alive()
    arrives.join()
    assert shop.message(sari).state == State.DELIVERED
