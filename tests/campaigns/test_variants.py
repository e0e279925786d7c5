"""Who gets which form: the asked shares, alike in every segment, by lots that fall the same way again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from campaigns.launching import drafting, holdout, planning
from campaigns.launching.drafts import Allocation, Draft, Variant, by_discount
from campaigns.launching.variants import alone, deal
from campaigns.outcomes import learning, results
from campaigns.tables import Campaign, Message, State, TrackedLink, Voucher
from tests.campaigns.conftest import TEN, SmallShop

Strata = Mapping[int, str | None]
audiences = st.dictionaries(
    st.integers(1, 10_000), st.sampled_from(["champions", "at_risk", "new", None]), max_size=150
)
shares = st.lists(st.integers(1, 20), min_size=1, max_size=5)


def campaign(*parts: float, seed: str = "seed", allocation: Allocation = Allocation.FIXED) -> Campaign:
    forms = [Variant(name, share=part / sum(parts)) for name, part in zip("ABCDE", parts, strict=False)]
    return Campaign(
        template="picks",
        audience="all",
        holdout_share=0.1,
        seed=seed,
        created_by="test",
        created_at=TEN,
        allocation=allocation,
        variants=[each.as_json() for each in forms],
    )


def test_a_hundred_and_twenty_in_three_equal_parts_are_forty_each_and_alike_in_both_segments() -> None:
    strata = {n: "champions" if n <= 30 else "at_risk" for n in range(1, 121)}
    dealt = deal(strata, campaign(1, 1, 1))
    assert Counter(dealt.values()) == {"A": 40, "B": 40, "C": 40}
    assert Counter(dealt[n] for n in range(1, 31)) == {"A": 10, "B": 10, "C": 10}


def test_chosen_shares_are_kept_to_the_customer() -> None:
    # 70, 20 and 10 % of 33 are 23.1, 6.6 and 3.3: one place is left over, and the largest remainder has it.
    dealt = deal(dict.fromkeys(range(33)), campaign(70, 20, 10))
    assert Counter(dealt.values()) == {"A": 23, "B": 7, "C": 3}


@given(audiences, shares)
def test_every_variant_has_its_share_in_all_and_in_each_segment_to_within_one(
    strata: Strata, parts: Sequence[int]
) -> None:
    dealt = deal(strata, campaign(*parts))
    assert dealt.keys() == strata.keys()
    for group in [set(strata), *({n for n, each in strata.items() if each == name} for name in set(strata.values()))]:
        counts = Counter(dealt[n] for n in group)
        for name, part in zip("ABCDE", parts, strict=False):
            assert abs(counts[name] - len(group) * part / sum(parts)) < 1


@given(audiences, shares)
def test_the_same_lots_fall_again_in_whatever_order_one_asks(strata: Strata, parts: Sequence[int]) -> None:
    assert deal(dict(reversed(list(strata.items()))), campaign(*parts)) == deal(strata, campaign(*parts))


def test_another_campaign_deals_otherwise() -> None:
    strata = dict.fromkeys(range(200))
    assert deal(strata, campaign(1, 1, seed="one")) != deal(strata, campaign(1, 1, seed="another"))


def test_who_was_nearly_held_out_is_in_no_variant_more_than_in_another() -> None:
    # With the holdout's own lots, those just above its threshold would all be in the first variant.
    strata = dict.fromkeys(range(2_000))
    dealt = deal(strata, campaign(1, 1))
    near = Counter(dealt[n] for n in holdout.draw(strata, 0.1, "seed"))
    assert 70 <= near["A"] <= 130  # 200 at a half: four standard deviations are 28


@given(audiences.filter(lambda each: len(each) > 10), shares, st.data())
def test_when_one_customer_goes_nearly_all_others_keep_their_variant(
    strata: Strata, parts: Sequence[int], data: st.DataObject
) -> None:
    gone = data.draw(st.sampled_from(sorted(strata)))
    before = deal(strata, campaign(*parts))
    after = deal({n: each for n, each in strata.items() if n != gone}, campaign(*parts))
    moved = [n for n in after if after[n] != before[n]]
    # In each group every boundary between two variants may shift: by one for who went, by less than one more for
    # remainders that go elsewhere.
    groups = len(set(strata.values()))
    assert len(moved) <= 2 * groups * max(len(parts) - 1, 0)


def test_a_bandits_variants_are_not_dealt_beforehand() -> None:
    assert deal({1: None, 2: None}, campaign(1, 1, allocation=Allocation.BANDIT)) == {}


def test_those_who_come_one_by_one_get_the_shares_on_the_long_run_and_the_same_variant_again() -> None:
    counts = Counter(alone(n, campaign(70, 20, 10)) for n in range(10_000))
    # Four standard deviations of a binomial of 10,000: 184 at .7, 160 at .2, 120 at .1.
    assert abs(counts["A"] - 7_000) < 184
    assert abs(counts["B"] - 2_000) < 160
    assert abs(counts["C"] - 1_000) < 120
    assert alone(7, campaign(70, 20, 10)) == alone(7, campaign(70, 20, 10))
    assert alone(7, campaign(1, 1, allocation=Allocation.BANDIT)) is None


def launch(shop: SmallShop, allocation: Allocation, *percents: int) -> int:
    with shop.database.transaction() as session:
        wanted = Draft("picks", "all", by_discount(*percents), allocation, holdout_percent=0)
        found = drafting.draft(session, shop.composer, wanted, shop=shop.shop, by="test", now=shop.clock.now())
        planning.approve(session, found, ["simulator"], shop.shop, by="test", now=shop.clock.now())
        return found.id


def dealt(shop: SmallShop, number: int) -> Counter[str | None]:
    return Counter(each.variant for each in shop.messages() if each.campaign_id == number and each.was_eligible)


def test_a_bandit_decides_when_the_message_is_claimed_and_every_one_sent_has_a_variant(shop: SmallShop) -> None:
    shop.buy(shop.crowd(70)[0], days_ago=1)
    number = launch(shop, Allocation.BANDIT, 0, 10, 20)
    assert dealt(shop, number) == {None: 70}
    shop.drain()
    counts = dealt(shop, number)
    assert set(counts) == {"A", "B", "C"}
    assert min(counts.values()) >= 3


def click(shop: SmallShop, variant: str) -> None:
    with shop.database.transaction() as session:
        tokens = select(TrackedLink.token).join(Message).where(Message.variant == variant)
        for token in session.exec(tokens).all():
            results.open_link(session, token, shop.clock.now())


def known(shop: SmallShop, number: int) -> dict[str, tuple[int, int]]:
    with shop.database.reading() as session:
        found = session.get_one(Campaign, number)
        bandit = learning.read(session, found, shop.clock.now())
        return {
            form.name: (each.trials, each.successes) for form, each in zip(found.forms, bandit.tallies, strict=True)
        }


def test_clicks_vouchers_and_purchases_after_the_message_are_answers_each_message_once(shop: SmallShop) -> None:
    people = shop.crowd(6)
    shop.buy(people[0], days_ago=1)
    number = launch(shop, Allocation.FIXED, 0, 10)
    shop.clock.forward(timedelta(minutes=30))
    before = people[0]
    shop.buy(before)  # after it was planned, before it was sent: no answer
    shop.clock.forward(timedelta(minutes=1))
    shop.drain()
    assert known(shop, number) == {"A": (3, 0), "B": (3, 0)}
    shop.clock.forward(timedelta(hours=1))
    click(shop, "A")
    click(shop, "A")
    buyer = next(each for each in shop.messages() if each.variant == "B")
    shop.buy(buyer.customer_id)
    assert known(shop, number) == {"A": (3, 3), "B": (3, 1)}
    other = [each for each in shop.messages() if each.variant == "B"][1]
    with shop.database.transaction() as session:
        session.exec(select(Voucher).where(Voucher.message_id == other.id)).one().redeemed_at = shop.clock.now()
    assert known(shop, number) == {"A": (3, 3), "B": (3, 2)}


def test_what_is_bought_after_the_window_answers_nothing(shop: SmallShop) -> None:
    people = shop.crowd(2)
    shop.buy(people[0], days_ago=1)
    number = launch(shop, Allocation.FIXED, 0, 10)
    shop.drain()
    shop.clock.forward(timedelta(days=7))
    shop.buy(people[0])
    assert known(shop, number) == {"A": (1, 0), "B": (1, 0)}


def test_a_variant_that_is_answered_gets_most_of_what_comes_later(shop: SmallShop) -> None:
    people = shop.crowd(160)
    shop.buy(people[0], days_ago=1)
    number = launch(shop, Allocation.BANDIT, 0, 10)
    with shop.database.transaction() as session:
        rows = session.exec(select(Message).where(Message.state == State.PLANNED).order_by(Message.id)).all()  # type: ignore[arg-type]
        for each in rows[40:]:
            each.not_before = shop.clock.now() + timedelta(hours=2)
    shop.drain()
    click(shop, "B")
    shop.clock.forward(timedelta(hours=3))
    shop.drain()
    counts = dealt(shop, number)
    assert counts.total() == 160
    assert counts["A"] >= 8
    assert counts["B"] > 100
