"""A campaign looked at closely: every figure added up by hand, and the last day says what the report says."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import select

from campaigns.outcomes import closely, comparing, daily, spending
from campaigns.outcomes.closely import Closely, Codes, Funnel
from campaigns.outcomes.comparing import Arm
from campaigns.outcomes.figures import Deeds, Orders, Row
from campaigns.outcomes.spending import Side
from campaigns.privacy import forgetting
from campaigns.tables import Campaign, State
from engine.experiments import Verdict, difference_interval
from ledger.tables import Customer, Interaction, Kind
from tests.campaigns.conftest import TEN, SmallShop
from tests.campaigns.test_results import a_campaign, launch, redeem, sent

JAKARTA = ZoneInfo("Asia/Jakarta")
DAY = timedelta(days=1)


def look(shop: SmallShop, number: int = 1) -> Closely:
    with shop.database.reading() as session:
        return closely.look(session, session.get_one(Campaign, number), JAKARTA, shop.clock.now())


def row(number: int, state: State = State.SENT, segment: str | None = None, after: timedelta = timedelta()) -> Row:
    return Row(
        id=number, campaign_id=1, customer_id=number, state=state, reason=None, channel=None, segment=segment,
        variant=None, was_eligible=True, counts_from=TEN + after, sent_at=TEN + after, remains=None, family=1,
        is_erased=False,
    )  # fmt: skip


def bought(after: timedelta | None) -> Deeds:
    return Deeds(has_bought=True, bought_at=TEN + after if after is not None else None)


def course(people: list[Row], did: dict[int, Deeds], now: timedelta, alone: bool = True) -> daily.Course:
    return daily.course(
        people, did, TEN + 7 * DAY, 1.0, is_drawn_alone=alone, zone=JAKARTA, now=TEN + now
    )  # fmt: skip


def test_each_day_holds_all_that_was_known_by_its_midnight() -> None:
    people = [row(1), row(2), row(3, after=DAY), row(4, State.HOLDOUT), row(5, State.HOLDOUT)]
    # Monday at ten; midnight comes after 14 hours.
    did = {1: bought(timedelta(hours=13)), 3: bought(2 * DAY), 4: bought(timedelta(hours=14))}
    found = course(people, did, now=2 * DAY + timedelta(hours=1))
    assert [(each.treated, each.control) for each in found.days] == [
        (Arm(2, 1), Arm(2, 0)),
        (Arm(3, 1), Arm(2, 1)),
        (Arm(3, 2), Arm(2, 1)),
    ]
    assert (found.looks, found.undated, found.is_over) == (8, 0, False)
    assert found.days[-1].until == TEN + 2 * DAY + timedelta(hours=1)


def test_an_early_day_is_asked_to_be_as_much_surer_as_there_are_days() -> None:
    people = [row(n, State.HOLDOUT if n < 200 else State.SENT) for n in range(400)]
    # 36 of 200 against 20 of 200: Newcombe's 95 % leaves 0 out, at Bonferroni's for 8 looks (99.4375 %) it does not.
    did = {n: bought(timedelta(hours=1)) for n in [*range(20), *range(200, 236)]}
    day = course(people, did, now=DAY).days[0]
    assert day.lift.low is not None
    assert day.lift.low > 0
    wide = difference_interval(36, 200, 20, 200, 1 - 0.045 / 8)
    assert (day.wide.low, day.wide.high) == (wide.low, wide.high)
    assert wide.low < 0
    assert day.verdict is Verdict.NO_DIFFERENCE_SEEN
    assert course(people, did, now=DAY).sure_since is None


def test_a_difference_that_so_many_looks_do_not_explain_is_told_from_its_day_on() -> None:
    people = [row(n, State.HOLDOUT if n < 200 else State.SENT) for n in range(400)]
    did = {n: bought(DAY if n % 2 else timedelta(hours=1)) for n in [*range(20), *range(200, 320)]}
    found = course(people, did, now=3 * DAY).sure_since
    assert found is not None
    assert found.treated == Arm(200, 60)


def test_who_bought_on_a_day_nobody_knows_any_more_counts_on_the_last() -> None:
    found = course([row(1), row(2, State.HOLDOUT)], {1: bought(None)}, now=3 * DAY)
    assert [each.treated.buyers for each in found.days] == [0, 0, 0, 1]
    assert found.undated == 1


def test_of_many_days_some_are_shown_and_the_last_always() -> None:
    people = [row(1), row(2, State.HOLDOUT)]
    found = daily.course(
        people, {1: bought(timedelta())}, TEN + 200 * DAY, 1.0, is_drawn_alone=True, zone=JAKARTA, now=TEN + 170 * DAY
    )
    assert len(found.days) == 57
    assert found.days[-1].until == TEN + 170 * DAY
    assert found.looks == 201
    assert {each.treated for each in found.days} == {Arm(1, 1)}


def test_before_the_first_message_counts_there_is_no_day() -> None:
    assert course([row(1, after=2 * DAY)], {}, now=DAY).days == ()
    assert daily.course([], {}, None, 1.0, is_drawn_alone=True, zone=JAKARTA, now=TEN).days == ()


def test_the_days_before_the_last_are_narrowed_by_segments_as_they_had_bought() -> None:
    people = [row(n, State.HOLDOUT if n % 2 else State.SENT, "a" if n < 40 else "b") for n in range(80)]
    did = {n: bought(timedelta(hours=1)) for n in range(30)}
    day = course(people, did, now=2 * DAY, alone=False).days[0]
    share = comparing.within([Arm(40, 30), Arm(40, 0)])
    assert share < 1
    assert day.lift == comparing.lift(Arm(40, 15), Arm(40, 15), share)


def test_each_arms_spending_is_compared_by_welch() -> None:
    def paid(amount: int) -> Deeds:
        return Deeds(has_bought=True, in_window=Orders(1, {"IDR": (1, amount)}))

    people = [row(n, State.HOLDOUT if n >= 40 else State.SENT) for n in range(80)]
    did = {n: paid(100) for n in range(20)} | {n: paid(100) for n in range(40, 50)}
    found = spending.spending(people, did, "IDR")
    assert (found.treated, found.control) == (Side(40, 20, 2_000), Side(40, 10, 1_000))
    # 50 against 25; variances 2564.10 and 1923.08, each over 40: a standard error of 10.5916.
    assert found.difference == pytest.approx(25)
    assert found.low == pytest.approx(25 - 1.959964 * 10.5916, abs=1e-3)
    assert found.brought_minor == pytest.approx((1_000, 40 * (25 - 20.7591), 40 * (25 + 20.7591)), abs=0.1)


def test_of_a_few_no_spending_is_claimed() -> None:
    people = [row(1), row(2, State.HOLDOUT)]
    found = spending.spending(people, {1: Deeds(has_bought=True, in_window=Orders(1, {"IDR": (1, 500)}))}, "IDR")
    assert (found.treated, found.difference, found.brought_minor) == (Side(1, 1, 500), None, None)


def test_the_last_day_says_what_the_report_says(shop: SmallShop) -> None:
    a_campaign(shop)
    found = look(shop)
    assert found.report == shop.report()
    last = found.course.days[-1]
    assert (last.treated, last.control, last.lift) == (found.report.treated, found.report.control, found.report.lift)
    # One of each arm bought at ten on Tuesday.
    assert [(each.treated.buyers, each.control.buyers) for each in found.course.days] == [(0, 0), (1, 1)]


def test_the_funnel_the_codes_and_the_leavers_are_those_of_the_messages(shop: SmallShop) -> None:
    a_campaign(shop)
    found = look(shop)
    assert found.funnel == Funnel(planned=12, sent=12, delivered=0, read=0, clicked=3, bought=1, chosen=12)
    # Six had a form with a discount, and so a code.
    assert found.codes == Codes(given=6, used=1, good=5)
    assert [(each.at, each.channel) for each in found.leavers] == [(shop.clock.now(), "simulator")]
    assert found.dealt == []
    assert [each.variant for each in found.examples] == ["A", "B"]
    assert {(each.first_sent, each.last_sent) for each in [found]} == {(TEN, TEN)}


def test_a_code_that_is_over_is_neither_used_nor_good(shop: SmallShop) -> None:
    shop.buy(shop.crowd(2)[0], days_ago=1)
    launch(shop, 10)
    shop.drain()
    redeem(shop, sent(shop)[0], "R1")
    shop.clock.forward(timedelta(days=90))
    assert look(shop).codes == Codes(given=2, used=1, good=0)
    assert look(shop).codes.over == 1


def test_both_arms_spend_what_they_bought_in_their_window_each_line_once(shop: SmallShop) -> None:
    people = shop.crowd(4)
    shop.buy(people[0], days_ago=1)
    shop.launch(hold=0.5)
    shop.drain()
    held_out = next(each.customer_id for each in shop.messages() if each.state == State.HOLDOUT)
    treated = next(each.customer_id for each in shop.messages() if each.state == State.SENT)
    shop.clock.forward(DAY)
    shop.buy(held_out, order="H")
    shop.buy(treated, order="T1")
    shop.buy(treated, "S1", order="T2")
    shop.clock.forward(7 * DAY)
    shop.buy(held_out, order="late")
    found = look(shop).spending
    assert (found.treated, found.control) == (Side(2, 1, 100_000), Side(2, 1, 50_000))


def test_who_is_erased_is_in_neither_sum_and_their_buying_stays_in_the_last_day(shop: SmallShop) -> None:
    a_campaign(shop)
    before = look(shop)
    buyer = next(
        each for each in shop.messages() if each.state == State.HOLDOUT and _has_bought(shop, each.customer_id)
    )
    with shop.database.transaction() as session:
        person = session.get_one(Customer, buyer.customer_id)
        forgetting.forget(session, person, zone=shop.shop.zone, by="customer", at=shop.clock.now())
    found = look(shop)
    assert found.spending.control.n == before.spending.control.n - 1
    assert found.course.undated == 1
    assert found.course.days[-1] == before.course.days[-1]


def _has_bought(shop: SmallShop, customer_id: int) -> bool:
    with shop.database.reading() as session:
        wanted = select(Interaction.id).where(
            Interaction.customer_id == customer_id, Interaction.kind == Kind.PURCHASE, Interaction.at > TEN
        )
        return session.exec(wanted).first() is not None


def test_what_a_bandit_dealt_is_added_up_day_by_day() -> None:
    rows = [
        row(1)._replace(variant="A"), row(2)._replace(variant="B"), row(3, after=DAY)._replace(variant="B"),
        row(4, State.PLANNED, after=DAY)._replace(variant="B"), row(5, State.HOLDOUT),
    ]  # fmt: skip
    assert closely.dealt(rows, ["A", "B"], JAKARTA) == [
        closely.Dealt(date(2026, 11, 2), (("A", 1), ("B", 1))),
        closely.Dealt(date(2026, 11, 3), (("A", 1), ("B", 2))),
    ]
