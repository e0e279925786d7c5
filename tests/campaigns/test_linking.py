"""Two customers who turn out to be one: one history, one cap, one erasure; and what was counted stays counted."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, col, select

from campaigns.channel import Sent
from campaigns.choosing import audiences
from campaigns.choosing.audiences import Candidate
from campaigns.choosing.shelf import read_shelf
from campaigns.launching import drafting, planning
from campaigns.launching.drafts import Draft, by_discount
from campaigns.outcomes import results
from campaigns.privacy import forgetting, linking
from campaigns.sending import outbox
from campaigns.sending.dispatching import Dispatcher
from campaigns.sending.gate import Reason
from campaigns.tables import Campaign, Membership, Message, MiningRun, Segment, State
from ledger import chain, consent, conversations, customers, merged, preferences, privacy, questions, team
from ledger.consent import Evidence, Standing
from ledger.database import Database
from ledger.identity import fingerprint
from ledger.permissions import permissions
from ledger.preferences import Manners
from ledger.tables import (
    EVERYWHERE,
    About,
    Address,
    AuditEntry,
    ConsentEvent,
    Customer,
    Degree,
    Frequency,
    Interaction,
    Kind,
    LinkCode,
    Purpose,
    Question,
    Role,
    TeamMember,
)
from tests.campaigns.conftest import TEN, WORDING, SmallShop
from tests.campaigns.test_forgetting import two_campaigns
from tests.campaigns.test_results import redeem
from tests.fakes import FakeChannel

CHANNELS = ("simulator", "telegram")


@dataclass
class TwoChats:
    """A small shop on two messengers; customers are called by where they write from."""

    shop: SmallShop
    channels: dict[str, FakeChannel] = field(default_factory=lambda: {each: FakeChannel(each) for each in CHANNELS})

    def chat(self, channel: str, address: str, *, offers: bool | None = None) -> int:
        """Somebody's first word in that chat; the number of whom they are there."""
        with self.shop.database.transaction() as session:
            place = customers.meet(session, channel, address, address.capitalize(), self.shop.clock.now())
            number = place.customer_id
        if offers is not None:
            self.say(channel, address, offers, channel)
        self.shop.clock.forward(timedelta(minutes=1))
        return number

    def say(self, channel: str, address: str, yes: bool, scope: str, purpose: Purpose = Purpose.OFFERS) -> None:
        with self.shop.database.transaction() as session:
            place = customers.meet(session, channel, address, "", self.shop.clock.now())
            decide = consent.grant if yes else consent.withdraw
            said = Evidence(channel, "ya" if yes else "stop", "in-1")
            decide(
                session,
                place.customer_id,
                purpose,
                scope=scope,
                wording=WORDING,
                evidence=said,
                at=self.shop.clock.now(),
            )

    def link(self, shown: tuple[str, str], sent: tuple[str, str]) -> int:
        """A code that is shown in one chat is sent from the other; the number of whom they are now."""
        now = self.shop.clock.now()
        with self.shop.database.transaction() as session:
            place = customers.meet(session, *shown, "", now)
            code = linking.make_code(session, place, now)
        with self.shop.database.transaction() as session:
            place = customers.meet(session, *sent, "", now)
            conversations.take_turn(session, *sent)
            told = linking.look_up(session, place, code, now)
            assert told is not None
            others = linking.join(session, place, told.mark, now, said=Evidence(sent[0], "ya sambungkan"))
            assert isinstance(others, list)
            return place.customer_id

    def launch(self) -> int:
        with self.shop.database.transaction() as session:
            draft = Draft("picks", "all", by_discount(0), holdout_percent=0)
            now = self.shop.clock.now()
            campaign = drafting.draft(session, self.shop.composer, draft, shop=self.shop.shop, by="test", now=now)
            planning.approve(session, campaign, [*CHANNELS], self.shop.shop, by="test", now=now)
            return campaign.id

    def dispatcher(self) -> Dispatcher:
        return Dispatcher(self.shop.database, self.channels, self.shop.composer, self.shop.shop, self.shop.clock.now)

    def drain(self) -> int:
        return asyncio.run(self.dispatcher().drain()).sent

    def candidates(self) -> Sequence[Candidate]:
        with self.shop.database.reading() as session:
            return audiences.candidates(session, "all", CHANNELS, self.shop.shop, self.shop.clock.now())

    def standing(self, number: int, channel: str) -> Standing:
        with self.shop.database.reading() as session:
            return consent.standing(session, number, channel)


@pytest.fixture
def chats(shop: SmallShop) -> TwoChats:
    with shop.database.transaction() as session:
        stranger = Customer(source="till", created_at=shop.clock.now(), erased_at=shop.clock.now())
        session.add(stranger)
    # Something that sells, so that there is something to offer.
    shop.buy(stranger.id, days_ago=1)
    return TwoChats(shop)


SARI, NISA = ("simulator", "sari"), ("telegram", "nisa")


def fates(shop: SmallShop) -> list[tuple[int, int, str, str | None]]:
    return [(each.campaign_id, each.customer_id, each.state, each.reason) for each in shop.messages()]


def reports(shop: SmallShop) -> list[results.Report]:
    with shop.database.reading() as session:
        return [results.report(session, each) for each in session.exec(select(Campaign).order_by(col(Campaign.id)))]


def test_the_older_customer_stays_and_nothing_of_a_person_is_left_in_the_others_row(chats: TwoChats) -> None:
    sari, nisa = chats.chat(*SARI), chats.chat(*NISA)
    with chats.shop.database.transaction() as session:
        person = session.get_one(Customer, nisa)
        person.city, person.zone, person.birthday, person.language = "Bandung", "Asia/Makassar", "08-17", "en"
    assert chats.link(NISA, SARI) == sari
    with chats.shop.database.reading() as session:
        kept, other = session.get_one(Customer, sari), session.get_one(Customer, nisa)
        assert (kept.name, kept.city, kept.zone, kept.birthday) == ("Sari", "Bandung", "Asia/Makassar", "08-17")
        assert (other.name, other.city, other.zone, other.birthday, other.language) == ("", "", None, None, None)
        assert (other.merged_into, kept.erased_at) == (sari, None)
        assert customers.find(session, str(nisa), "ID").id == sari
        assert [each.channel for each in linking.chats(session, sari)] == [*CHANNELS]


def test_of_what_protects_somebody_the_stricter_holds(chats: TwoChats) -> None:
    sari, nisa = chats.chat(*SARI), chats.chat(*NISA)
    now = chats.shop.clock.now()
    with chats.shop.database.transaction() as session:
        session.get_one(Customer, sari).of_age = 21
        session.get_one(Customer, nisa).of_age = 18
        session.get_one(Customer, nisa).held_since = now
        preferences.change(session, sari, Manners(Frequency.MONTHLY, "20:00-09:00", "simulator"), now)
        preferences.change(session, nisa, Manners(Frequency.WEEKLY, None, "telegram"), now + timedelta(hours=1))
        preferences.wish(session, sari, About.CATEGORY, "teh", Degree.NEVER, now)
        preferences.wish(session, nisa, About.CATEGORY, "teh", Degree.LESS, now)
        preferences.wish(session, nisa, About.CATEGORY, "kopi", Degree.NEVER, now)
    chats.link(SARI, NISA)
    with chats.shop.database.reading() as session:
        kept = session.get_one(Customer, sari)
        assert (kept.of_age, kept.held_since) == (18, now)
        assert preferences.manners(session, sari) == Manners(Frequency.MONTHLY, "20:00-09:00", "telegram")
        assert preferences.wishes(session, sari).never == {"teh", "kopi"}
        assert preferences.wishes(session, nisa) == preferences.NONE
        assert preferences.manners(session, nisa) == preferences.USUAL


def test_a_yes_stays_where_it_was_said_and_a_stop_everywhere_holds_in_both_chats(chats: TwoChats) -> None:
    chats.chat(*SARI, offers=True)
    chats.chat(*NISA)
    sari = chats.link(SARI, NISA)
    assert (chats.standing(sari, "simulator").offers, chats.standing(sari, "telegram").offers) == (True, None)
    chats.say(*NISA, False, EVERYWHERE)
    assert (chats.standing(sari, "simulator").offers, chats.standing(sari, "telegram").offers) == (False, False)


def test_a_stop_before_the_link_holds_after_it_though_the_other_chat_had_allowed_offers(chats: TwoChats) -> None:
    chats.chat(*SARI, offers=True)
    chats.chat(*NISA)
    chats.say(*NISA, False, EVERYWHERE)
    sari = chats.link(SARI, NISA)
    assert chats.standing(sari, "simulator").offers is False
    (candidate,) = chats.candidates()
    assert candidate.facts.allows_offers is False
    with chats.shop.database.reading() as session:
        assert chain.verify(session).ok


def test_who_turned_out_to_be_one_is_counted_once_everywhere(chats: TwoChats) -> None:
    chats.chat(*SARI, offers=True)
    chats.chat(*NISA, offers=True)
    sari = chats.link(SARI, NISA)
    assert [each.customer_id for each in chats.candidates()] == [sari]
    with chats.shop.database.reading() as session:
        found = permissions(session, {"offers-1"})
        offers = found.answered[0]
        assert (found.n, offers.people.granted, offers.people.n) == (1, 1, 1)
        assert {channel: tally.granted for channel, tally in offers.channels.items()} == dict.fromkeys(CHANNELS, 1)
        assert sorted((yes.customer_id, yes.channel) for yes in found.yeses) == [(sari, each) for each in CHANNELS]


@pytest.mark.parametrize("wanted", CHANNELS)
def test_the_preferred_channel_comes_first_and_the_other_only_where_it_was_allowed_itself(
    chats: TwoChats, wanted: str
) -> None:
    chats.chat(*SARI, offers=True)
    chats.chat(*NISA, offers=True)
    sari, now = chats.link(SARI, NISA), chats.shop.clock.now()
    with chats.shop.database.transaction() as session:
        preferences.change(session, sari, Manners(channel=wanted), now)
    assert [each.facts.channel for each in chats.candidates()] == [wanted]
    (other,) = {*CHANNELS} - {wanted}
    with chats.shop.database.transaction() as session:
        place = next(each for each in linking.chats(session, sari) if each.channel == wanted)
        customers.mark_unreachable(session, place, now)
    assert [each.facts.channel for each in chats.candidates()] == [other]
    chats.say(*(SARI if other == "simulator" else NISA), False, other)
    assert [each.facts.allows_offers and each.facts.is_reachable for each in chats.candidates()] == [False]


def test_one_cap_holds_over_both_chats_within_one_batch(chats: TwoChats) -> None:
    chats.chat(*SARI, offers=True)
    first = chats.launch()
    chats.chat(*NISA, offers=True)
    second = chats.launch()
    with chats.shop.database.transaction() as session:
        session.delete(session.exec(select(Message).where(Message.campaign_id == second)).first())
    sari = chats.link(SARI, NISA)
    assert fates(chats.shop) == [(first, sari, State.PLANNED, None), (second, sari, State.PLANNED, None)]
    assert chats.drain() == 1
    assert Counter(state for _, _, state, _ in fates(chats.shop)) == {State.SENT: 1, State.WITHHELD: 1}
    assert chats.shop.messages()[1].reason == Reason.CAPPED


def test_an_offer_to_either_number_before_the_link_counts_for_the_cap_after_it(chats: TwoChats) -> None:
    chats.chat(*SARI, offers=True)
    chats.chat(*NISA, offers=True)
    chats.launch()
    assert chats.drain() == 2
    chats.link(SARI, NISA)
    (candidate,) = chats.candidates()
    assert len(candidate.facts.recent_offers) == 2
    chats.launch()
    assert chats.drain() == 0


def test_who_waits_for_one_campaign_under_both_numbers_gets_it_once(chats: TwoChats) -> None:
    sari, nisa = chats.chat(*SARI, offers=True), chats.chat(*NISA, offers=True)
    number = chats.launch()
    chats.link(SARI, NISA)
    assert chats.drain() == 1
    assert fates(chats.shop) == [
        (number, sari, State.SENT, None),
        (number, nisa, State.WITHHELD, Reason.LINKED),
    ]


def test_a_message_that_is_on_its_way_is_settled_for_whom_they_are_by_then(chats: TwoChats) -> None:
    sari, nisa = chats.chat(*SARI, offers=True), chats.chat(*NISA, offers=True)
    chats.launch()
    shop = chats.shop
    with shop.database.transaction() as session:
        claimed, _ = outbox.claim(
            session,
            limit=9,
            channels=CHANNELS,
            shop=shop.shop,
            composer=shop.composer,
            shelf=read_shelf(session, shop.clock.now()),
            now=shop.clock.now(),
        )
    assert len(claimed) == 2
    chats.link(SARI, NISA)
    with shop.database.transaction() as session:
        outbox.settle(session, {each.attempt: Sent(f"n-{each.message_id}") for each in claimed}, shop.clock.now())
    assert [(who, state) for _, who, state, _ in fates(shop)] == [(sari, State.SENT), (nisa, State.SENT)]
    with shop.database.reading() as session:
        told = session.exec(select(Interaction.customer_id).where(Interaction.kind == Kind.MESSAGE_OUT)).all()
    assert told == [sari, sari]


def test_the_reports_of_campaigns_that_were_counted_to_their_end_do_not_change(shop: SmallShop) -> None:
    people = two_campaigns(shop)
    shop.clock.forward(timedelta(days=8))
    chats, before = TwoChats(shop), reports(shop)
    with shop.database.transaction() as session:
        for place in session.exec(select(Address).where(col(Address.customer_id).in_(people[6:]))):
            # Only chats of two messengers are linked.
            place.channel, place.fingerprint = "telegram", fingerprint(session, "telegram", place.address)
    assert all(each.purchases and each.clicks and each.treated.buyers and each.control.buyers for each in before)
    for one, other in zip(people[:6], people[6:], strict=True):
        chats.link(("simulator", f"pelanggan{people.index(one)}"), ("telegram", f"pelanggan{people.index(other)}"))
        assert reports(shop) == before
    assert len(chats.candidates()) == 6
    for person in people[:6]:
        with shop.database.transaction() as session:
            customer = session.get_one(Customer, person)
            forgetting.forget(session, customer, zone=shop.shop.zone, by="customer", at=shop.clock.now())
        assert reports(shop) == before


def test_a_code_that_is_still_good_leaves_nothing_but_itself_to_be_counted(chats: TwoChats) -> None:
    shop = chats.shop
    chats.chat(*SARI, offers=True)
    number = shop.launch(discount=10)
    assert chats.drain() == 1
    (message,) = [each for each in shop.messages() if each.state == State.SENT]
    shop.clock.forward(timedelta(days=1))
    nisa = chats.chat(*NISA)
    shop.buy(nisa)
    shop.clock.forward(timedelta(days=7))
    before = shop.report(number)
    assert chats.link(SARI, NISA) != nisa
    assert shop.report(number) == before
    assert (before.treated.buyers, before.vouchers_redeemed) == (0, 0)
    redeem(shop, message, "with the code")
    after = shop.report(number)
    assert (after.treated, after.purchases) == (before.treated, before.purchases)
    assert (after.vouchers_redeemed, after.voucher_purchases) == (1, 1)
    chats.chat("whatsapp", "third")
    chats.link(("whatsapp", "third"), SARI)
    assert shop.report(number) == after
    with shop.database.transaction() as session:
        person = session.get_one(Customer, message.customer_id)
        forgetting.forget(session, person, zone=shop.shop.zone, by="customer", at=shop.clock.now())
    assert shop.report(number) == after


def test_while_it_is_counted_what_they_buy_under_either_number_counts_with_their_offer(chats: TwoChats) -> None:
    chats.chat(*SARI, offers=True)
    number = chats.launch()
    assert chats.drain() == 1
    chats.shop.clock.forward(timedelta(hours=1))
    nisa = chats.chat(*NISA)
    chats.shop.buy(nisa)
    assert chats.shop.report(number).treated.buyers == 0
    chats.link(SARI, NISA)
    assert chats.shop.report(number).treated.buyers == 1


def test_who_left_under_the_other_number_still_left_because_of_the_offer(chats: TwoChats) -> None:
    nisa = chats.chat(*NISA)
    chats.chat(*SARI, offers=True)
    number = chats.launch()
    with chats.shop.database.transaction() as session:
        session.delete(session.exec(select(Message).where(Message.customer_id == nisa)).one())
    assert chats.drain() == 1
    chats.say(*SARI, False, EVERYWHERE)
    before = chats.shop.report(number)
    assert before.opt_outs == 1
    assert chats.link(NISA, SARI) == nisa
    assert chats.shop.report(number) == before


def test_questions_segments_and_history_go_along(chats: TwoChats) -> None:
    sari, nisa = chats.chat(*SARI), chats.chat(*NISA)
    shop = chats.shop
    shop.buy(nisa)
    with shop.database.transaction() as session:
        run = MiningRun(started_at=shop.clock.now(), ready_at=shop.clock.now())
        session.add(run)
        session.flush()
        segment = Segment(run_id=run.id, key="regulars", size=1, share=1.0)
        session.add(segment)
        session.flush()
        session.add_all(Membership(run_id=run.id, customer_id=each, segment_id=segment.id) for each in (sari, nisa))
        place = customers.address_of(session, *NISA)
        assert place is not None
        questions.ask(session, place, shop.clock.now())
    chats.link(SARI, NISA)
    with shop.database.reading() as session:
        assert session.exec(select(Membership.customer_id)).all() == [sari]
        assert session.exec(select(Question.customer_id)).all() == [sari]
        assert session.exec(select(Interaction.customer_id).where(Interaction.customer_id >= sari)).all() == [sari]


def test_three_chats_become_one_step_by_step(chats: TwoChats) -> None:
    sari, nisa = chats.chat(*SARI), chats.chat(*NISA)
    third = chats.chat("whatsapp", "lagi", offers=True)
    assert chats.link(NISA, ("whatsapp", "lagi")) == nisa
    assert chats.link(SARI, ("whatsapp", "lagi")) == sari
    with chats.shop.database.reading() as session:
        assert merged.everyone(session, sari) == [sari, nisa, third]
        assert merged.into(session) == {nisa: sari, third: sari}
        assert (merged.one(session, third), merged.one(session, sari)) == (sari, sari)
        assert consent.standing(session, sari, "whatsapp").offers is True


def test_erasing_one_erases_all_their_numbers_and_the_chain_still_holds(chats: TwoChats) -> None:
    chats.chat(*SARI, offers=True)
    nisa = chats.chat(*NISA, offers=False)
    sari = chats.link(SARI, NISA)
    chats.say(*NISA, True, "telegram")
    with chats.shop.database.transaction() as session:
        assert [
            row["customer_id"] for row in privacy.export(session, session.get_one(Customer, sari))["consent_events"]
        ] == [
            sari,
            sari,
            nisa,
        ]
        person = session.get_one(Customer, sari)
        forgetting.forget(session, person, zone=chats.shop.shop.zone, by="customer", at=chats.shop.clock.now())
    with chats.shop.database.reading() as session:
        rows = session.exec(select(Customer).where(col(Customer.id).in_((sari, nisa)))).all()
        assert {(each.name, each.merged_into, each.erased_at is None) for each in rows} == {("", None, False)}
        assert {each.verbatim for each in session.exec(select(ConsentEvent))} == {None}
        assert customers.address_of(session, *SARI) is None
        assert customers.address_of(session, *NISA) is None
        assert chain.verify(session).ok


def test_evidence_taken_away_under_the_other_number_is_found_as_long_as_nobody_was_erased(chats: TwoChats) -> None:
    chats.chat(*SARI)
    chats.chat(*NISA, offers=True)
    chats.link(SARI, NISA)
    with chats.shop.database.transaction() as session:
        event = session.exec(select(ConsentEvent)).one()
        event.verbatim = event.nonce = event.provider_message_id = None
    with chats.shop.database.reading() as session:
        assert chain.verify(session).first_broken == 1


def test_a_chat_that_leaves_has_nothing_of_before_and_allows_nothing(chats: TwoChats) -> None:
    chats.chat(*SARI, offers=True)
    chats.chat(*NISA, offers=True)
    sari = chats.link(SARI, NISA)
    chats.shop.buy(sari)
    with chats.shop.database.transaction() as session:
        place = customers.address_of(session, *NISA)
        assert place is not None
        assert [each.channel for each in linking.leave(session, place, chats.shop.clock.now())] == ["simulator"]
        alone = place.customer_id
    assert chats.standing(alone, "telegram") == Standing()
    assert sorted((each.customer_id, each.facts.allows_offers) for each in chats.candidates()) == [
        (sari, True),
        (alone, None),
    ]
    with chats.shop.database.reading() as session:
        assert privacy.export(session, session.get_one(Customer, alone))["interactions"] == []
        actions = [each.action for each in session.exec(select(AuditEntry).order_by(col(AuditEntry.id)))]
        assert actions[-2:] == ["chats linked", "chat unlinked"]


# Codes


def code_in(chats: TwoChats, place: tuple[str, str]) -> str:
    with chats.shop.database.transaction() as session:
        return linking.make_code(session, customers.meet(session, *place, "", TEN), chats.shop.clock.now())


def leads_to(chats: TwoChats, place: tuple[str, str], code: str) -> str | None:
    """The channel of the chat that a code leads to from there."""
    with chats.shop.database.transaction() as session:
        address = customers.meet(session, *place, "", TEN)
        found = linking.look_up(session, address, code, chats.shop.clock.now())
        return found.place.channel if found is not None else None


@pytest.mark.parametrize(
    ("minutes", "typed", "leads"),
    [
        (0, "{0}", "simulator"),
        (14, "{0}", "simulator"),
        (15, "{0}", None),
        (0, " {1} ", "simulator"),
        (0, "{0}2", None),
    ],
)
def test_a_code_is_good_for_a_quarter_of_an_hour_however_it_is_typed(
    chats: TwoChats, minutes: int, typed: str, leads: str | None
) -> None:
    code = code_in(chats, SARI)
    chats.shop.clock.forward(timedelta(minutes=minutes))
    assert leads_to(chats, NISA, typed.format(code, code.lower().replace("-", " "))) == leads


def test_of_the_codes_of_one_chat_only_the_last_is_good_and_none_is_kept_in_clear(chats: TwoChats) -> None:
    first, last = code_in(chats, SARI), code_in(chats, SARI)
    assert (leads_to(chats, NISA, first), leads_to(chats, NISA, last)) == (None, "simulator")
    with chats.shop.database.reading() as session:
        rows = [str(tuple(row)) for row in session.connection().execute(select(LinkCode))]
    assert not any(code in row or code.replace("-", "") in row for code in (first, last) for row in rows)


def test_a_used_code_links_nobody_else(chats: TwoChats) -> None:
    code, now = code_in(chats, SARI), chats.shop.clock.now()
    with chats.shop.database.transaction() as session:
        places = [customers.meet(session, "telegram", each, each, now) for each in ("nisa", "rudi")]
        marks = [linking.look_up(session, each, code, now) for each in places]
        said = Evidence("telegram", "ya")
        done = [
            linking.join(session, each, mark.mark, now, said=said)
            for each, mark in zip(places, marks, strict=True)
            if mark
        ]
    assert [each is not None for each in done] == [True, False]
    assert leads_to(chats, ("telegram", "rudi"), code) is None


def test_who_guesses_is_not_listened_to_and_what_they_then_say_is_good_no_more(chats: TwoChats) -> None:
    code = code_in(chats, SARI)
    for _ in range(team.WRONG_BY_ONE):
        assert leads_to(chats, NISA, "2222-2222") is None
    assert leads_to(chats, NISA, code) is None
    assert leads_to(chats, ("telegram", "rudi"), code) is None
    chats.shop.clock.forward(timedelta(hours=1, minutes=1))
    assert leads_to(chats, NISA, code_in(chats, SARI)) == "simulator"


def bar_between(chats: TwoChats, shown: tuple[str, str], sent: tuple[str, str]) -> linking.Bar | None:
    """What stands in the way of a code: as it is looked up, and as it is said yes to."""
    code, now = code_in(chats, shown), chats.shop.clock.now()
    with chats.shop.database.transaction() as session:
        place = customers.meet(session, *sent, "", now)
        told = linking.look_up(session, place, code, now)
        assert told is not None
        joined = linking.join(session, place, told.mark, now, said=Evidence(sent[0], "ya"))
        assert isinstance(joined, linking.Bar) or told.bar is None
        return told.bar


@pytest.mark.parametrize(("shown", "sent"), [(SARI, NISA), (NISA, SARI)])
def test_a_chat_of_the_team_is_linked_with_none(
    chats: TwoChats, shown: tuple[str, str], sent: tuple[str, str]
) -> None:
    chats.chat(*SARI)
    chats.chat(*NISA)
    with chats.shop.database.transaction() as session:
        place = customers.address_of(session, *SARI)
        assert place is not None
        session.add(TeamMember(address_id=place.id, role=Role.OWNER, since=TEN))
    assert bar_between(chats, shown, sent) == linking.Bar((), is_team=True)
    with chats.shop.database.reading() as session:
        assert merged.into(session) == {}


# One chat on each messenger


OTHER = ("telegram", "nisa-lama")


@pytest.mark.parametrize(("shown", "sent"), [(NISA, OTHER), (OTHER, NISA), (SARI, OTHER), (OTHER, SARI)])
def test_two_chats_of_one_messenger_stay_two_also_over_a_third(
    chats: TwoChats, shown: tuple[str, str], sent: tuple[str, str]
) -> None:
    chats.chat(*SARI)
    chats.chat(*NISA, offers=True)
    other = chats.chat(*OTHER)
    chats.say(*OTHER, False, "telegram")
    sari = chats.link(SARI, NISA)
    assert bar_between(chats, shown, sent) == linking.Bar(("telegram",), is_team=False)
    assert (chats.standing(sari, "telegram").offers, chats.standing(other, "telegram").offers) == (True, False)


@pytest.mark.parametrize("answered", [None, False])
def test_a_yes_from_a_chat_that_was_parted_is_none_of_the_chat_that_takes_its_place(
    chats: TwoChats, answered: bool | None
) -> None:
    chats.chat(*SARI)
    chats.chat(*OTHER, offers=answered)
    chats.chat(*NISA, offers=True)
    sari = chats.link(SARI, NISA)
    with chats.shop.database.transaction() as session:
        place = customers.address_of(session, *NISA)
        assert place is not None
        linking.leave(session, place, chats.shop.clock.now())
    assert chats.link(SARI, OTHER) == sari
    assert chats.standing(sari, "telegram").offers is False
    assert {each.facts.allows_offers for each in chats.candidates()} <= {None, False}
    with chats.shop.database.reading() as session:
        assert chain.verify(session).ok


def test_a_yes_of_the_chat_itself_holds_though_another_was_there_before(chats: TwoChats) -> None:
    chats.chat(*SARI)
    chats.chat(*OTHER, offers=True)
    chats.chat(*NISA, offers=True)
    chats.link(SARI, NISA)
    with chats.shop.database.transaction() as session:
        place = customers.address_of(session, *NISA)
        assert place is not None
        linking.leave(session, place, chats.shop.clock.now())
    assert chats.standing(chats.link(SARI, OTHER), "telegram").offers is True


def test_a_shared_number_whose_chat_cannot_be_linked_is_answered_with_why(chats: TwoChats) -> None:
    number = "+6281200000077"
    chats.chat("whatsapp", number)
    chats.chat(*NISA)
    chats.chat("whatsapp", "+6281200000078")
    chats.link(NISA, ("whatsapp", "+6281200000078"))
    with chats.shop.database.transaction() as session:
        place = customers.address_of(session, *NISA)
        assert place is not None
        found = linking.share(session, place, number, chats.shop.clock.now())
    assert found == linking.Bar(("whatsapp",), is_team=False)


# At once, on PostgreSQL


def test_two_links_at_once_make_one_customer_and_lose_nothing(postgresql_database: Database) -> None:
    shop = SmallShop(postgresql_database)
    chats = TwoChats(shop)
    places = [SARI, NISA, ("whatsapp", "third")]
    for each in places:
        shop.buy(chats.chat(*each, offers=True))
    codes = [code_in(chats, each) for each in places]
    # Each sends another's code: a circle.
    pairs = [*zip(places, codes[1:] + codes[:1], strict=True)]

    def join(place: tuple[str, str], code: str) -> None:
        for _ in range(len(places)):
            try:
                with shop.database.transaction() as session:
                    conversations.take_turn(session, *place)
                    address = customers.meet(session, *place, "", TEN)
                    found = linking.look_up(session, address, code, shop.clock.now())
                    if found is not None:
                        said = Evidence(place[0], "ya")
                        linking.join(session, address, found.mark, shop.clock.now(), said=said)
                    return
            except OperationalError:
                # As the router does: whoever the database gave up for the others comes again.
                continue

    threads = [threading.Thread(target=join, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    with shop.database.reading() as session:
        living = session.exec(select(Customer).where(col(Customer.erased_at).is_(None))).all()
        (one,) = living
        assert len(merged.everyone(session, one.id)) == len(places)
        bought = session.exec(select(Interaction.customer_id).where(Interaction.kind == Kind.PURCHASE)).all()
        assert bought == [one.id] * len(places)
        assert len(linking.chats(session, one.id)) == len(places)
        assert chain.verify(session).ok


@dataclass
class Meanwhile:
    """A transaction that is done and not yet committed until another one waits for it."""

    database: Database
    is_done: threading.Event = field(default_factory=threading.Event)

    def run(self, first: Callable[[Session], None], second: Callable[[Session], None]) -> None:
        """``second`` begins when ``first`` is done, which commits once the other waits for a lock."""
        with ThreadPoolExecutor(2) as threads:
            done = [threads.submit(self._first, first), threads.submit(self._second, second)]
            for each in done:
                each.result(30)

    def _first(self, deed: Callable[[Session], None]) -> None:
        with self.database.transaction() as session:
            deed(session)
            session.flush()
            self.is_done.set()
            waiting = text(
                "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'advisory'"
                " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            )
            for _ in range(2_000):
                if session.connection().execute(waiting).scalar_one():
                    return
                time.sleep(0.001)

    def _second(self, deed: Callable[[Session], None]) -> None:
        self.is_done.wait(30)
        with self.database.transaction() as session:
            deed(session)


def linking_of(chats: TwoChats, code: str, sent: tuple[str, str]) -> Callable[[Session], None]:
    def deed(session: Session) -> None:
        now = chats.shop.clock.now()
        conversations.take_turn(session, *sent)
        place = customers.meet(session, *sent, "", now)
        told = linking.look_up(session, place, code, now)
        assert told is not None
        assert isinstance(linking.join(session, place, told.mark, now, said=Evidence(sent[0], "ya")), list)

    return deed


@pytest.mark.parametrize("is_older", [True, False])
def test_who_is_erased_while_their_chats_are_linked_is_erased_as_whom_they_are_then(
    postgresql_database: Database, is_older: bool
) -> None:
    chats = TwoChats(SmallShop(postgresql_database))
    shop = chats.shop
    sari, nisa = chats.chat(*SARI, offers=True), chats.chat(*NISA)
    chats.say(*NISA, False, EVERYWHERE)
    shop.buy(nisa)
    code = code_in(chats, SARI)

    def erase(session: Session) -> None:
        person = customers.find(session, str(sari if is_older else nisa), "ID")
        forgetting.forget(
            session, person, zone=shop.shop.zone, by="command line", at=shop.clock.now(), channel="chat"
        )

    Meanwhile(postgresql_database).run(linking_of(chats, code, NISA), erase)
    with shop.database.reading() as session:
        assert session.exec(select(Customer).where(col(Customer.erased_at).is_(None))).all() == []
        assert session.exec(select(Address)).all() == []
        assert {each.verbatim for each in session.exec(select(ConsentEvent))} == {None}
        assert chain.verify(session).ok


def test_a_number_from_which_somebody_is_just_writing_is_not_made_the_sharers(postgresql_database: Database) -> None:
    chats = TwoChats(SmallShop(postgresql_database))
    shop, number = chats.shop, "+6281200000077"
    sari = chats.chat(*NISA)
    with shop.database.transaction() as session:
        bought = Customer(source="till", created_at=TEN)
        session.add(bought)
        session.flush()
        customers.add_address(session, bought, "whatsapp", number, "till", TEN)
    outcomes: list[linking.Outcome | linking.Bar] = []

    def write(session: Session) -> None:
        conversations.take_turn(session, "whatsapp", number)
        customers.meet(session, "whatsapp", number, "Tono", shop.clock.now())

    def share(session: Session) -> None:
        conversations.take_turn(session, *NISA)
        place = customers.meet(session, *NISA, "", shop.clock.now())
        outcomes.append(linking.share(session, place, number, shop.clock.now()))

    Meanwhile(postgresql_database).run(write, share)
    with shop.database.reading() as session:
        place = customers.address_of(session, "whatsapp", number)
        assert place is not None
        assert (outcomes, place.confirmed_at) == ([linking.Outcome.BY_CODE], None)
        assert place.customer_id not in (sari, bought.id)
