"""From a draft to a campaign and back, and what is seen and said before anybody is written to."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import time, timedelta

import pytest

from campaigns.launching import drafting, planning, previewing, starting
from campaigns.launching.drafts import Draft, Variant, When, by_discount
from campaigns.launching.previewing import Preview
from campaigns.launching.recurring import Every, Recurrence
from campaigns.problems import BadDraft, NotNow, Problem, UnknownAudience
from campaigns.tables import BestHour, Campaign, Message, MiningRun, State, Status
from tests.campaigns.conftest import TEN, SmallShop

TOMORROW = TEN + timedelta(days=1)


def drafted(shop: SmallShop, wanted: Draft) -> Campaign:
    with shop.database.transaction() as session:
        return drafting.draft(session, shop.composer, wanted, shop=shop.shop, by="test", now=shop.clock.now())


def previewed(shop: SmallShop, wanted: Draft) -> Preview:
    number = drafted(shop, wanted).id
    with shop.database.transaction() as session:
        campaign = planning.find(session, number)
        return previewing.preview(session, campaign, shop.composer, ["simulator"], shop.shop, shop.clock.now())


@pytest.mark.parametrize(
    "wanted",
    [
        Draft("picks", "all", by_discount(10, 15), holdout_percent=20, when=When(at=TOMORROW)),
        Draft("picks", "all", (Variant(),), holdout_percent=0, when=When(at_best_hour=True)),
        Draft(
            "winback", "unsegmented", by_discount(5, 10, 15, shares=(0.5, 0.3, 0.2)), holdout_percent=90,
            when=When(repeats=Recurrence(Every.WEEK, TEN.time(), weekdays=(4,))),
        ),
        Draft("bundle", "all", by_discount(0), holdout_percent=10, when=When(), product_ids=(3, 1)),
    ],
)  # fmt: skip
def test_a_campaign_gives_back_the_draft_it_was_made_from(shop: SmallShop, wanted: Draft) -> None:
    assert drafting.draft_of(drafted(shop, wanted)) == wanted


def test_a_draft_survives_being_kept_between_two_messages() -> None:
    wanted = Draft(
        "own", "all", (Variant("A", 10, 0.5, "satu"), Variant("B", 10, 0.5, "dua")),
        when=When(at=TOMORROW, at_best_hour=True), text=None,
    )  # fmt: skip
    assert Draft.of(wanted.as_json()) == wanted


def test_what_a_draft_leaves_open_is_as_usual(shop: SmallShop) -> None:
    campaign = drafted(shop, Draft("picks"))
    assert (campaign.audience, campaign.holdout_share, campaign.forms) == ("all", 0.1, (Variant(),))
    assert (campaign.start_at, campaign.is_standing, campaign.status) == (None, False, Status.DRAFT)


@pytest.mark.parametrize(
    ("wanted", "fault", "key"),
    [
        (Draft("nonsense", "all"), BadDraft, "unknown_template"),
        (Draft("picks", "nobody"), UnknownAudience, "unknown_audience"),
        (Draft("picks", "all", by_discount(91)), BadDraft, "impossible_discount"),
        (Draft("picks", "all", holdout_percent=91), BadDraft, "impossible_holdout"),
        (Draft("picks", "all", when=When(at=TEN)), BadDraft, "time_passed"),
        (Draft("own", "all"), BadDraft, "own_needs_text"),
        (Draft("own", "all", text="Halo {nam}"), BadDraft, "own_unknown"),
        (Draft("own", "all", text="Halo {nama"), BadDraft, "own_braces"),
        (Draft("own", "all", text="x" * 1_024), BadDraft, "own_too_long"),
    ],
)
def test_what_cannot_be_a_campaign_is_none(shop: SmallShop, wanted: Draft, fault: type[Problem], key: str) -> None:
    with pytest.raises(fault, match=key):
        drafted(shop, wanted)
    with shop.database.reading() as session:
        assert planning.campaigns(session) == []


def test_once_approved_a_draft_is_changed_no_more(shop: SmallShop) -> None:
    shop.buy(shop.customer("Sari"))
    number = shop.launch()
    with shop.database.transaction() as session, pytest.raises(NotNow, match="not_now"):
        campaign = planning.find(session, number)
        drafting.redraft(session, shop.composer, campaign, Draft("picks"), shop=shop.shop, now=shop.clock.now())


def test_samples_differ_in_more_than_the_name_and_show_every_variant(shop: SmallShop) -> None:
    people = shop.crowd(12)
    shop.buy(people[0], days_ago=1)
    found = previewed(shop, Draft("picks", "all", by_discount(10, 20), holdout_percent=0))
    assert sorted(each.variant.name for each in found.samples) == ["A", "B"]
    assert all(each.length == len(each.text) <= each.longest for each in found.samples)


def test_a_preview_counts_who_waits_for_another_campaign_too(shop: SmallShop) -> None:
    shop.buy(shop.crowd(6)[0], days_ago=1)
    shop.launch()
    assert previewed(shop, Draft("picks", "all", holdout_percent=0)).queued == 6


def test_a_preview_keeps_nothing(shop: SmallShop) -> None:
    shop.buy(shop.crowd(6)[0], days_ago=1)
    previewed(shop, Draft("picks", "all"))
    assert shop.messages() == []


def test_over_the_daily_limit_both_arms_wait_for_the_same_days(shop: SmallShop) -> None:
    shop.shop = replace(shop.shop, daily_limits={"simulator": 4})
    shop.buy(shop.crowd(12)[0], days_ago=1)
    shop.launch(hold=0.25)
    told = [each for each in shop.messages() if each.state == State.PLANNED]
    held = [each for each in shop.messages() if each.state == State.HOLDOUT]
    assert Counter((each.counts_from - TEN).days for each in told) == {0: 4, 1: 4, 2: 1}
    assert [(each.counts_from - TEN).days for each in held] == [0, 0, 1]
    assert shop.drain().sent == 4
    shop.clock.forward(timedelta(days=1))
    assert shop.drain().sent == 4


def test_a_campaign_finds_the_places_taken_that_another_has_used(shop: SmallShop) -> None:
    shop.shop = replace(shop.shop, daily_limits={"simulator": 8}, caps=replace(shop.shop.caps, days_between=0))
    shop.buy(shop.crowd(6)[0], days_ago=1)
    shop.launch()
    shop.launch()
    second = [each for each in shop.messages() if each.campaign_id == 2]
    assert Counter((each.counts_from - TEN).days for each in second) == {0: 2, 1: 4}


def enrol(shop: SmallShop, number: int, about: dict[int, int | None]) -> starting.Plan:
    with shop.database.transaction() as session:
        campaign = planning.find(session, number)
        return starting.enrol(session, campaign, about, ["simulator"], shop.shop, shop.clock.now())


def running(shop: SmallShop, hold: int = 0) -> int:
    number = drafted(shop, Draft("picks", "all", by_discount(10, 20), holdout_percent=hold)).id
    with shop.database.transaction() as session:
        campaign = planning.find(session, number)
        campaign.status, campaign.due_from = Status.RUNNING, shop.clock.now()
        session.add(campaign)
    return number


def test_who_comes_one_by_one_is_added_once_and_says_what_it_is_about(shop: SmallShop) -> None:
    sari, budi = shop.customer("Sari"), shop.customer("Budi", offers=False)
    number = running(shop)
    plan = enrol(shop, number, {sari: 2, budi: None})
    assert (plan.chosen, plan.reasons()) == (1, {"no_consent": 1})
    assert enrol(shop, number, {sari: 3}).audience == 0
    rows: list[Message] = list(shop.messages())
    assert {each.customer_id: each.facts for each in rows} == {sari: {"about": 2}, budi: {}}


def test_those_who_come_one_by_one_are_held_out_and_dealt_out_in_their_shares(shop: SmallShop) -> None:
    people = shop.crowd(200)
    number = running(shop, hold=25)
    for first in range(0, 200, 4):
        enrol(shop, number, dict.fromkeys(people[first : first + 4]))
    rows = shop.messages()
    held = sum(each.state == State.HOLDOUT for each in rows)
    dealt = Counter(each.variant for each in rows if each.state == State.PLANNED)
    # Binomial lots: 200 × .25 and 150 × .5, within four standard deviations.
    assert 26 <= held <= 74
    assert abs(dealt["A"] - dealt["B"]) <= 50


def test_at_its_best_hour_each_message_waits_for_its_customers_hour_and_without_history_for_the_shops(
    shop: SmallShop,
) -> None:
    sari, budi = shop.customer("Sari"), shop.customer("Budi", profiling=False)
    with shop.database.transaction() as session:
        run = MiningRun(started_at=TEN, ready_at=TEN, quality={"best_hour": 16})
        session.add(run)
        session.flush()
        session.add_all(BestHour(run_id=run.id, customer_id=each, hour=13, n=9) for each in (sari, budi))
    shop.buy(sari, days_ago=1)
    number = drafted(shop, Draft("picks", "all", holdout_percent=0, when=When(at_best_hour=True))).id
    with shop.database.transaction() as session:
        campaign = planning.find(session, number)
        planning.approve(session, campaign, ["simulator"], shop.shop, by="test", now=TEN)
    waits = {each.customer_id: (each.not_before, each.reason) for each in shop.messages()}
    # Ten in Jakarta: Sari's 13 is in three hours, the shop's 16, which is all of Budi's that may be used, in six.
    assert waits[sari] == (TEN + timedelta(hours=3), "best_hour")
    assert waits[budi] == (TEN + timedelta(hours=6), "best_hour")
    assert shop.drain().sent == 0
    shop.clock.forward(timedelta(hours=3))
    assert shop.drain().sent == 1


def test_who_comes_one_by_one_takes_a_place_of_the_day_too(shop: SmallShop) -> None:
    shop.shop = replace(shop.shop, daily_limits={"simulator": 2})
    people, number = shop.crowd(5), running(shop)
    for each in people:
        enrol(shop, number, {each: None})
    assert [(each.counts_from - TEN).days for each in shop.messages()] == [0, 0, 1, 1, 2]


def test_a_preview_of_what_repeats_counts_as_things_will_stand_at_its_first_round(shop: SmallShop) -> None:
    shop.buy(shop.crowd(6)[0], days_ago=1)
    shop.launch()
    shop.drain()
    assert previewed(shop, Draft("picks", "all", holdout_percent=0)).plan.chosen == 0
    # Friday is four days away, and by then the three days between two offers are over.
    friday = When(repeats=Recurrence(Every.WEEK, time(10), weekdays=(4,)))
    assert previewed(shop, Draft("picks", "all", holdout_percent=0, when=friday)).plan.chosen == 6


@pytest.mark.parametrize(
    ("forms", "key"),
    [
        (tuple(Variant(str(n), n, 1 / 6) for n in range(6)), "impossible_variants"),
        ((Variant("A", 10, 0.5), Variant("A", 20, 0.5)), "impossible_variants"),
        ((Variant("A", 10, 0.0), Variant("B", 20, 1.0)), "impossible_variants"),
        ((Variant("A", 10, -1.0), Variant("B", 20, 1.0)), "impossible_variants"),
    ],
)
def test_variants_that_cannot_be_dealt_are_none(shop: SmallShop, forms: tuple[Variant, ...], key: str) -> None:
    with pytest.raises(BadDraft, match=key):
        drafted(shop, Draft("picks", "all", forms))
