"""From an approved campaign to a settled message: nobody twice, nobody unwilling, every row accounted for."""

import asyncio
from datetime import UTC, timedelta

import pytest
from sqlmodel import select

from campaigns.channel import Cause, Failed, FateUnknown, OptedOut, Outcome, Outgoing, Sent, Throttled, Unreachable
from campaigns.choosing.shelf import read_shelf
from campaigns.launching import planning
from campaigns.privacy import forgetting
from campaigns.problems import NotNow
from campaigns.sending import outbox
from campaigns.sending.dispatching import IN_FLIGHT
from campaigns.sending.outbox import Claimed
from campaigns.tables import Campaign, Message, State, Status, TrackedLink
from ledger import consent, conversations, customers
from ledger.database import Database
from ledger.tables import Address, Customer, Interaction, Kind, TeamMember
from tests.campaigns.conftest import SmallShop
from tests.fakes import FakeChannel


def adds_up(shop: SmallShop) -> bool:
    told = shop.report()
    return told.audience == told.holdout + sum(told.states.values()) + sum(told.withheld.values())


def popular(shop: SmallShop) -> None:
    """Somebody bought, so that there is something popular to show."""
    shop.buy(shop.customer("Pembeli", offers=None, profiling=None), days_ago=1)


def test_each_willing_customer_gets_one_message_however_often_one_sends(shop: SmallShop) -> None:
    popular(shop)
    shop.crowd(70)
    shop.launch()
    assert shop.drain().sent == 70
    assert shop.drain().sent == 0
    assert len({each.address for each in shop.channel.given}) == len(shop.channel.given) == 70
    assert shop.report().states == {"sent": 70}
    assert shop.report().status == Status.DONE
    assert adds_up(shop)


def test_a_customer_who_leaves_between_planning_and_sending_is_spared(shop: SmallShop) -> None:
    popular(shop)
    sari, _ = shop.customer("Sari"), shop.customer("Budi")
    shop.launch()
    shop.leave(sari)
    shop.drain()
    assert [each.address for each in shop.channel.given] == ["budi"]
    assert shop.report().withheld == {"no_consent": 2}
    assert adds_up(shop)


def test_everybody_of_the_audience_has_a_row_and_those_left_out_a_reason(shop: SmallShop) -> None:
    popular(shop)
    shop.crowd(10)
    shop.customer("Menolak", offers=False)
    shop.customer("Diam", offers=None)
    shop.launch(hold=0.2)
    told = shop.report()
    assert (told.audience, told.holdout, told.states, told.withheld) == (13, 2, {"planned": 8}, {"no_consent": 3})


def test_the_held_out_get_nothing(shop: SmallShop) -> None:
    popular(shop)
    shop.crowd(20)
    shop.launch(hold=0.5)
    shop.drain()
    held_out = {each.customer_id for each in shop.messages() if each.state == State.HOLDOUT}
    assert len(held_out) == len(shop.channel.given) == 10


def test_at_night_it_waits_for_the_morning_and_then_goes_out(shop: SmallShop) -> None:
    popular(shop)
    shop.customer("Sari")
    shop.clock.forward(timedelta(hours=12))
    shop.launch()
    assert shop.drain().sent == 0
    shop.clock.forward(timedelta(hours=9, minutes=59))
    assert shop.drain().sent == 0
    shop.clock.forward(timedelta(minutes=1))
    assert shop.drain().sent == 1


def test_after_too_long_a_delay_nothing_is_sent_any_more(shop: SmallShop) -> None:
    popular(shop)
    shop.customer("Sari")
    shop.launch()
    shop.clock.forward(timedelta(hours=25))
    assert shop.drain().sent == 0
    assert shop.report().withheld == {"no_consent": 1, "too_late": 1}


def test_a_second_campaign_within_three_days_leaves_them_in_peace(shop: SmallShop) -> None:
    popular(shop)
    shop.customer("Sari")
    shop.launch()
    shop.drain()
    shop.clock.forward(timedelta(days=2))
    second = shop.launch()
    assert shop.report(second).withheld == {"capped": 1, "no_consent": 1}


def test_two_campaigns_at_once_send_one_message(shop: SmallShop) -> None:
    popular(shop)
    shop.customer("Sari")
    shop.launch()
    second = shop.launch()
    shop.drain()
    assert len(shop.channel.given) == 1
    assert shop.report(second).withheld["capped"] == 1


@pytest.mark.parametrize(
    ("outcome", "state", "reason"),
    [
        (Failed("63013"), State.FAILED, "63013"),
        (Unreachable("403"), State.FAILED, "403"),
        (OptedOut("21610"), State.FAILED, "21610"),
        (FateUnknown("timeout"), State.UNKNOWN, "timeout"),
    ],
)
def test_what_the_provider_says_is_written_down(shop: SmallShop, outcome: Outcome, state: State, reason: str) -> None:
    popular(shop)
    shop.customer("Sari")
    shop.channel = FakeChannel(answer=lambda _outgoing: outcome)
    shop.launch()
    shop.drain()
    told = next(each for each in shop.messages() if each.was_eligible)
    assert (told.state, told.reason) == (state, reason)
    assert adds_up(shop)


def test_a_message_of_uncertain_fate_is_never_sent_again(shop: SmallShop) -> None:
    popular(shop)
    shop.customer("Sari")
    shop.channel = FakeChannel(answer=lambda _outgoing: FateUnknown("timeout"))
    shop.launch()
    shop.drain()
    shop.clock.forward(timedelta(hours=1))
    shop.drain()
    assert len(shop.channel.given) == 1


def test_a_channel_that_breaks_its_promise_and_raises_leaves_the_fate_unknown(shop: SmallShop) -> None:
    def raises(_outgoing: Outgoing) -> Outcome:
        raise ConnectionError("lost")

    popular(shop)
    shop.customer("Sari")
    shop.channel = FakeChannel(answer=raises)
    shop.launch()
    shop.drain()
    assert shop.report().states == {"unknown": 1}


def test_a_throttled_message_goes_out_when_the_provider_said_so(shop: SmallShop) -> None:
    popular(shop)
    shop.customer("Sari")
    until = shop.clock.now() + timedelta(minutes=5)
    shop.channel = FakeChannel(answer=lambda _outgoing: Throttled(until))
    shop.launch()
    shop.drain()
    shop.channel = FakeChannel()
    assert shop.drain().sent == 0
    shop.clock.forward(timedelta(minutes=5))
    assert shop.drain().sent == 1


def test_who_told_the_provider_to_stop_has_told_us(shop: SmallShop) -> None:
    popular(shop)
    sari = shop.customer("Sari")
    shop.channel = FakeChannel(answer=lambda _outgoing: OptedOut("63014"))
    shop.launch()
    shop.drain()
    with shop.database.reading() as session:
        assert consent.standing(session, sari, "simulator").offers is False


def test_who_blocked_us_is_unreachable_until_they_write(shop: SmallShop) -> None:
    popular(shop)
    sari = shop.customer("Sari")
    shop.channel = FakeChannel(answer=lambda _outgoing: Unreachable("403"))
    shop.launch()
    shop.drain()
    with shop.database.reading() as session:
        address = session.exec(select(Address).where(Address.customer_id == sari)).one()
    assert address.unreachable_since == shop.clock.now()


def claim(shop: SmallShop, limit: int) -> list[Claimed]:
    """What a process does just before it dies: claimed and committed, not sent."""
    with shop.database.transaction() as session:
        claimed, _ = outbox.claim(
            session,
            limit=limit,
            channels=["simulator"],
            shop=shop.shop,
            composer=shop.composer,
            shelf=read_shelf(session, shop.clock.now()),
            now=shop.clock.now(),
        )
    return claimed


def test_a_crash_between_claim_and_settling_leaves_unknown_and_no_second_message(shop: SmallShop) -> None:
    popular(shop)
    shop.crowd(3)
    shop.launch()
    assert len(claim(shop, limit=2)) == 2
    shop.clock.forward(outbox.LEASE)
    assert shop.drain().sent == 1
    assert shop.report().states == {"unknown": 2, "sent": 1}
    assert shop.report().status == Status.DONE


def test_who_is_erased_while_a_message_is_on_its_way_leaves_only_a_fate(shop: SmallShop) -> None:
    popular(shop)
    sari, _ = shop.customer("Sari"), shop.customer("Budi")
    shop.launch()
    claimed = claim(shop, limit=5)
    with shop.database.transaction() as session:
        forgetting.forget(session, session.get_one(Customer, sari), zone=UTC, by="test", at=shop.clock.now())
    with shop.database.transaction() as session:
        outbox.settle(session, {each.attempt: Sent(f"SM-{each.message_id}") for each in claimed}, shop.clock.now())
    assert shop.report().states == {"sent": 2}
    hers = next(each for each in shop.messages() if each.customer_id == sari)
    assert (hers.provider_message_id, hers.body, hers.address_id) == (None, None, None)
    with shop.database.reading() as session:
        assert session.exec(select(Interaction).where(Interaction.customer_id == sari)).all() == []


def test_one_refusal_speaks_for_the_whole_channel(shop: SmallShop) -> None:
    popular(shop)
    shop.crowd(100)
    until = shop.clock.now() + timedelta(seconds=35)
    shop.channel = FakeChannel(answer=lambda _outgoing: Throttled(until))
    shop.launch()
    shop.drain()
    assert len(shop.channel.given) <= IN_FLIGHT


def test_a_limit_on_one_person_holds_up_nobody_else(shop: SmallShop) -> None:
    popular(shop)
    shop.crowd(2 * IN_FLIGHT)
    tomorrow = Throttled(shop.clock.now() + timedelta(hours=24), Cause.PERSONAL)
    shop.channel = FakeChannel(answer=lambda outgoing: tomorrow if outgoing.address == "pelanggan0" else Sent("x"))
    shop.launch()
    assert shop.drain().sent == 2 * IN_FLIGHT - 1
    assert shop.report().states == {"planned": 1, "sent": 2 * IN_FLIGHT - 1}


def test_a_refused_channel_is_left_alone_until_its_deadline_which_only_moves_later(shop: SmallShop) -> None:
    popular(shop)
    shop.crowd(3)
    waits = {"pelanggan0": 60, "pelanggan1": 600, "pelanggan2": 30}
    start = shop.clock.now()
    shop.channel = FakeChannel(answer=lambda each: Throttled(start + timedelta(seconds=waits[each.address])))
    shop.launch()
    dispatcher = shop.dispatcher()
    asyncio.run(dispatcher.drain())
    shop.clock.forward(timedelta(seconds=599))
    asyncio.run(dispatcher.drain())
    assert len(shop.channel.given) == 3
    shop.clock.forward(timedelta(seconds=1))
    asyncio.run(dispatcher.drain())
    assert len(shop.channel.given) > 3


def test_a_provider_that_asks_to_wait_until_yesterday_is_not_asked_for_ever(shop: SmallShop) -> None:
    popular(shop)
    shop.customer("Sari")
    shop.channel = FakeChannel(answer=lambda _outgoing: Throttled(shop.clock.now() - timedelta(days=1)))
    shop.launch()
    shop.drain()
    assert len(shop.channel.given) == 1


def test_a_refusal_that_is_settled_twice_leaves_alone_what_goes_out_once_more(shop: SmallShop) -> None:
    popular(shop)
    shop.customer("Sari")
    shop.launch()
    (first,) = claim(shop, limit=1)
    settle(shop, {first.attempt: Throttled(shop.clock.now())})
    shop.clock.forward(timedelta(minutes=1))
    (again,) = claim(shop, limit=1)
    # The commit was kept and its answer lost: the first process says it once more, and another is sending by now.
    settle(shop, {first.attempt: Throttled(shop.clock.now())})
    assert shop.report().states == {"sending": 1}
    assert claim(shop, limit=1) == []
    settle(shop, {again.attempt: Sent("SM2")})
    assert shop.report().states == {"sent": 1}


def test_who_sent_the_time_before_does_not_renew_what_another_sends(shop: SmallShop) -> None:
    popular(shop)
    shop.customer("Sari")
    shop.launch()
    (first,) = claim(shop, limit=1)
    settle(shop, {first.attempt: Throttled(shop.clock.now())})
    shop.clock.forward(timedelta(minutes=1))
    (again,) = claim(shop, limit=1)
    shop.clock.forward(outbox.LEASE / 2)
    with shop.database.transaction() as session:
        outbox.renew(session, [first.attempt], shop.clock.now())
    shop.clock.forward(outbox.LEASE / 2)
    with shop.database.transaction() as session:
        assert outbox.expire(session, shop.clock.now()) == 1
    assert again.message_id == first.message_id


def settle(shop: SmallShop, told: dict[outbox.Attempt, Outcome]) -> None:
    with shop.database.transaction() as session:
        outbox.settle(session, told, shop.clock.now())


def test_what_was_cancelled_while_on_its_way_and_then_refused_is_over(shop: SmallShop) -> None:
    popular(shop)
    shop.customer("Sari")
    number = shop.launch()
    claimed = claim(shop, limit=5)
    with shop.database.transaction() as session:
        planning.cancel(session, planning.find(session, number), by="test", now=shop.clock.now())
        outbox.settle(session, {each.attempt: Throttled(shop.clock.now()) for each in claimed}, shop.clock.now())
    assert shop.report().states == {}
    assert shop.report().withheld == {"cancelled": 1, "no_consent": 1}


def test_a_process_that_does_not_serve_the_channel_leaves_its_messages_alone(shop: SmallShop) -> None:
    popular(shop)
    shop.customer("Sari")
    shop.launch()
    shop.channel = FakeChannel(name="telegram")
    assert shop.drain().sent == 0
    assert shop.report().states == {"planned": 1}
    shop.channel = FakeChannel()
    assert shop.drain().sent == 1


def test_after_a_long_pause_a_resumed_campaign_is_not_too_late(shop: SmallShop) -> None:
    popular(shop)
    shop.customer("Sari")
    number = shop.launch()
    with shop.database.transaction() as session:
        planning.pause(session, planning.find(session, number), by="test", now=shop.clock.now())
    shop.clock.forward(timedelta(days=3))
    with shop.database.transaction() as session:
        campaign = planning.find(session, number)
        planning.resume(session, campaign, ["simulator"], shop.shop, by="test", now=shop.clock.now())
    assert shop.drain().sent == 1


def test_a_yes_that_follows_an_offer_answers_the_offer_and_not_an_earlier_question(shop: SmallShop) -> None:
    popular(shop)
    sari = shop.customer("Sari", profiling=None)
    with shop.database.transaction() as session:
        address = session.exec(select(Address).where(Address.customer_id == sari)).one()
        conversations.open_topic(session, address, "ask_profiling", shop.clock.now())
    shop.launch()
    shop.drain()
    with shop.database.reading() as session:
        assert conversations.topic(session, address, shop.clock.now()) is None


@pytest.mark.parametrize("outcome", [FateUnknown("timeout"), Failed("63013"), Unreachable("403"), Sent("SM1")])
def test_an_earlier_question_is_closed_when_an_offer_leaves_whatever_becomes_of_it(
    shop: SmallShop, outcome: Outcome
) -> None:
    popular(shop)
    sari = shop.customer("Sari", profiling=None)
    ask(shop, sari, "ask_profiling")
    shop.channel = FakeChannel(answer=lambda _outgoing: outcome)
    shop.launch()
    shop.drain()
    assert asked(shop, sari) is None


def test_a_question_put_while_an_offer_is_on_its_way_stays_open(shop: SmallShop) -> None:
    popular(shop)
    sari = shop.customer("Sari")
    shop.launch()
    claimed = claim(shop, limit=5)
    ask(shop, sari, "ask_research")
    with shop.database.transaction() as session:
        outbox.settle(session, {each.attempt: Sent("SM1") for each in claimed}, shop.clock.now())
    assert asked(shop, sari) == "ask_research"


def test_a_question_stays_open_where_no_offer_leaves(shop: SmallShop) -> None:
    popular(shop)
    sari = shop.customer("Sari")
    shop.launch()
    shop.leave(sari)
    ask(shop, sari, "ask_research")
    shop.drain()
    assert asked(shop, sari) == "ask_research"


def ask(shop: SmallShop, customer_id: int, question: str) -> None:
    with shop.database.transaction() as session:
        address = session.exec(select(Address).where(Address.customer_id == customer_id)).one()
        conversations.open_topic(session, address, question, shop.clock.now())


def asked(shop: SmallShop, customer_id: int) -> str | None:
    with shop.database.reading() as session:
        address = session.exec(select(Address).where(Address.customer_id == customer_id)).one()
        topic = conversations.topic(session, address, shop.clock.now())
        return topic.topic if topic else None


def test_claiming_does_not_wait_for_somebody_who_is_writing(postgresql_database: Database) -> None:
    shop = SmallShop(postgresql_database)
    popular(shop)
    sari = shop.customer("Sari")
    shop.launch()
    ask(shop, sari, "ask_profiling")
    with shop.database.transaction() as session:
        address = session.exec(select(Address).where(Address.customer_id == sari)).one()
        conversations.open_topic(session, address, "ask_research", shop.clock.now())
        session.flush()
        assert len(claim(shop, limit=5)) == 1
    assert asked(shop, sari) == "ask_research"


def test_who_joins_the_team_between_planning_and_sending_is_no_customer_to_write_to(shop: SmallShop) -> None:
    popular(shop)
    sari, _ = shop.customer("Sari"), shop.customer("Budi")
    shop.launch()
    with shop.database.transaction() as session:
        address = session.exec(select(Address).where(Address.customer_id == sari)).one()
        session.add(TeamMember(address_id=address.id, role="staff", since=shop.clock.now()))
    shop.drain()
    assert [each.address for each in shop.channel.given] == ["budi"]
    assert shop.report().withheld == {"no_consent": 1, "team": 1}
    assert adds_up(shop)


def test_what_was_refused_for_now_keeps_no_words_and_finds_new_ones(shop: SmallShop) -> None:
    popular(shop)
    shop.customer("Sari")
    shop.launch()
    claimed = claim(shop, limit=5)
    with shop.database.transaction() as session:
        outbox.settle(session, {each.attempt: Throttled(shop.clock.now()) for each in claimed}, shop.clock.now())
    planned = next(each for each in shop.messages() if each.was_eligible)
    assert (planned.state, planned.body, planned.facts, planned.is_personal) == (State.PLANNED, None, {}, None)
    with shop.database.reading() as session:
        assert session.exec(select(TrackedLink)).all() == []
    shop.clock.forward(timedelta(minutes=1))
    assert shop.drain().sent == 1
    (sent,) = [each for each in shop.messages() if each.state == State.SENT]
    assert sent.body == shop.channel.given[0].text
    with shop.database.reading() as session:
        assert len(session.exec(select(TrackedLink)).all()) == 1


def test_an_imported_number_of_a_willing_customer_is_not_written_to_in_their_stead(shop: SmallShop) -> None:
    popular(shop)
    sari = shop.customer("Sari")
    with shop.database.transaction() as session:
        person = session.get_one(Customer, sari)
        customers.add_address(session, person, "simulator", "somebody-else", "csv", shop.clock.now())
        hers = session.exec(select(Address).where(Address.origin == "chat", Address.customer_id == sari)).one()
        customers.mark_unreachable(session, hers, shop.clock.now())
    shop.launch()
    shop.drain()
    assert shop.channel.given == []


def test_a_paused_campaign_sends_nothing_until_it_is_resumed(shop: SmallShop) -> None:
    popular(shop)
    shop.customer("Sari")
    number = shop.launch()
    with shop.database.transaction() as session:
        planning.pause(session, planning.find(session, number), by="test", now=shop.clock.now())
    assert shop.drain().sent == 0
    with shop.database.transaction() as session:
        campaign = planning.find(session, number)
        planning.resume(session, campaign, ["simulator"], shop.shop, by="test", now=shop.clock.now())
    assert shop.drain().sent == 1


def test_a_cancelled_campaign_spares_the_rest_and_says_so(shop: SmallShop) -> None:
    popular(shop)
    shop.crowd(5)
    number = shop.launch()
    with shop.database.transaction() as session:
        assert planning.cancel(session, planning.find(session, number), by="test", now=shop.clock.now()) == 5
    assert shop.drain().sent == 0
    assert shop.report().withheld == {"cancelled": 5, "no_consent": 1}
    assert adds_up(shop)


def test_a_campaign_is_approved_once(shop: SmallShop) -> None:
    popular(shop)
    shop.customer("Sari")
    number = shop.launch()
    with pytest.raises(NotNow, match=r"not_now .*running"), shop.database.transaction() as session:
        found = session.get_one(Campaign, number)
        planning.approve(session, found, ["simulator"], shop.shop, by="test", now=shop.clock.now())


def test_what_was_sent_stands_in_the_ledger_word_for_word(shop: SmallShop) -> None:
    popular(shop)
    sari = shop.customer("Sari")
    shop.launch()
    shop.drain()
    with shop.database.reading() as session:
        said = session.exec(
            select(Interaction).where(Interaction.customer_id == sari, Interaction.kind == Kind.MESSAGE_OUT)
        ).one()
        message = session.exec(select(Message).where(Message.customer_id == sari)).one()
    assert said.text == message.body == shop.channel.given[0].text
    assert said.message_id == message.id
