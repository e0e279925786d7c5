"""Who got offers, by group, in a shop whose people can be counted by hand; and what is said before the yes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlmodel import Session, select

from campaigns.launching import drafting, evenness, planning, previewing
from campaigns.launching.drafts import Draft, by_discount
from campaigns.looking import audit, auditing
from campaigns.looking.audit import ALLOWED, BUYERS, MONEY, OFFERED, OFTEN, PERCENT, Audit, Auditing, Standing
from campaigns.looking.belonging import Grouping, spelled
from campaigns.looking.bubbles import bubbles
from campaigns.tables import Campaign, Membership, MiningRun, Segment
from ledger import auditable
from ledger.auditable import Gender
from ledger.tables import AuditEntry, Customer
from tests.campaigns.conftest import TEN, SmallShop

CHANNELS = ["simulator"]


def live(shop: SmallShop, people: Sequence[int], city: str) -> None:
    with shop.database.transaction() as session:
        for each in people:
            session.get_one(Customer, each).city = city


def segment(shop: SmallShop, people: Sequence[int], key: str = "champions") -> None:
    with shop.database.transaction() as session:
        run = MiningRun(started_at=TEN, ready_at=TEN)
        session.add(run)
        session.flush()
        row = Segment(run_id=run.id, key=key, size=len(people), share=0.5)
        session.add(row)
        session.flush()
        session.add_all(Membership(run_id=run.id, customer_id=each, segment_id=row.id) for each in people)


def looked(shop: SmallShop, grouping: Grouping = Grouping.REGION) -> Audit:
    with shop.database.reading() as session:
        return Auditing(session, CHANNELS, shop.shop, shop.clock.now()).by(grouping)


def counted(found: Audit, measure: str) -> dict[str, tuple[float, int]]:
    return {each.name: (round(each.figure.value, 4), each.figure.n) for each in found.measures[measure].served}


def draft(shop: SmallShop, session: Session, audience: str, percent: int = 0) -> Campaign:
    wanted = Draft("picks", audience, by_discount(percent), holdout_percent=10)
    return drafting.draft(session, shop.composer, wanted, shop=shop.shop, by="test", now=shop.clock.now())


@pytest.fixture
def towns(shop: SmallShop) -> tuple[list[int], list[int]]:
    """Twenty in Jakarta and twenty in Medan; all of Jakarta and two of Medan are champions, and all buy."""
    everybody = shop.crowd(40)
    jakarta, medan = everybody[:20], everybody[20:]
    live(shop, jakarta, "Jakarta")
    live(shop, medan, "Medan")
    segment(shop, [*jakarta, *medan[:2]])
    for each in everybody:
        shop.buy(each, days_ago=100)
    return jakarta, medan


def test_a_town_has_the_spelling_that_is_commonest() -> None:
    told = spelled({1: "Medan", 2: "Kota Medan", 3: "MEDAN", 4: "medan ", 5: "Medan", 6: "Kab. Bogor"})
    assert told == {1: "Medan", 2: "Medan", 3: "Medan", 4: "Medan", 5: "Medan", 6: "Bogor"}


def test_offers_are_counted_by_town_among_those_who_allow_them(
    shop: SmallShop, towns: tuple[list[int], list[int]]
) -> None:
    _, medan = towns
    for each in medan[2:7]:
        shop.leave(each)
    shop.launch(audience="champions", discount=10)
    shop.drain()
    found = looked(shop)
    assert counted(found, ALLOWED) == {"Jakarta": (1.0, 20), "Medan": (0.75, 20)}
    assert counted(found, OFFERED) == {"Jakarta": (1.0, 20), "Medan": (0.1333, 15)}
    assert counted(found, OFTEN) == {"Jakarta": (1.0, 20), "Medan": (0.1333, 15)}
    assert counted(found, BUYERS) == {"Jakarta": (1.0, 20), "Medan": (0.1333, 15)}
    assert set(found.below) == {OFFERED, OFTEN, BUYERS}
    assert (found.people, found.allowing, found.offers, found.refusing) == (40, 35, 22, 0)


def test_how_deep_discounts_are_is_told_of_those_who_got_one(
    shop: SmallShop, towns: tuple[list[int], list[int]]
) -> None:
    """Ten percent to all, and again twenty after a month to Jakarta: 15 on average there. The coffee costs 50,000."""
    jakarta, _ = towns
    shop.launch(discount=10)
    shop.drain()
    shop.clock.forward(timedelta(days=31))
    segment(shop, jakarta)
    shop.launch(audience="champions", discount=20)
    shop.drain()
    found = looked(shop)
    assert counted(found, PERCENT) == {"Jakarta": (15.0, 20), "Medan": (10.0, 20)}
    assert counted(found, MONEY) == {"Jakarta": (7_500.0, 20), "Medan": (5_000.0, 20)}
    assert found.measures[PERCENT].standing is Standing.BELOW


def test_of_who_refuses_the_use_of_their_history_only_the_whole_is_told(shop: SmallShop) -> None:
    everybody = shop.crowd(24)
    live(shop, everybody[:12], "Jakarta")
    shop.buy(everybody[0])
    refusing = [shop.customer(f"Tanpa{n}", profiling=False) for n in range(11)]
    live(shop, refusing, "Sabang")
    shop.launch()
    shop.drain()
    found = looked(shop)
    assert (found.refusing, found.refusing_offered) == (11, 11)
    assert (found.people, found.unknown) == (12, 12)
    assert found.measures == {}, "Sabang is nobody's town here, and one group is compared with none"


def test_a_small_town_is_not_told_of_by_its_name(shop: SmallShop, towns: tuple[list[int], list[int]]) -> None:
    jakarta, medan = towns
    live(shop, [*jakarta[:4], *medan[:5]], "Sabang")
    found = looked(shop)
    assert counted(found, ALLOWED) == {"Jakarta": (1.0, 16), "Medan": (1.0, 15)}
    assert found.hidden == 9
    live(shop, [jakarta[4]], "Banda")
    assert counted(looked(shop), ALLOWED) == {"Jakarta": (1.0, 15), "Medan": (1.0, 15), audit.OTHERS: (1.0, 10)}


def test_gender_is_known_of_who_told_it_for_this_and_of_nobody_else(
    shop: SmallShop, towns: tuple[list[int], list[int]]
) -> None:
    jakarta, medan = towns
    with shop.database.transaction() as session:
        for each in jakarta:
            auditable.tell(session, each, Gender.FEMALE, TEN)
        for each in medan[:10]:
            auditable.tell(session, each, Gender.MALE, TEN)
    found = looked(shop, Grouping.GENDER)
    assert counted(found, ALLOWED) == {"female": (1.0, 20), "male": (1.0, 10)}
    assert found.unknown == 10


def test_a_draft_for_a_segment_that_is_a_town_says_so_and_the_approval_keeps_it(
    shop: SmallShop, towns: tuple[list[int], list[int]]
) -> None:
    with shop.database.transaction() as session:
        campaign = draft(shop, session, "champions")
        shown = previewing.preview(session, campaign, shop.composer, CHANNELS, shop.shop, shop.clock.now())
        assert shown.uneven is not None
        assert (shown.uneven.worst.name, shown.uneven.worst.figure.value, shown.uneven.worst.figure.n) == (
            "Medan",
            0.1,
            20,
        )
        assert (shown.uneven.best.name, shown.uneven.best.figure.value, shown.uneven.may_widen) == (
            "Jakarta",
            1.0,
            True,
        )
        planning.approve(session, campaign, CHANNELS, shop.shop, by="test", now=shop.clock.now())
        entry = session.exec(select(AuditEntry).where(AuditEntry.action == "campaign approved")).one()
        kept = entry.detail[evenness.UNEVEN]
        assert (kept["by"], kept["group"], kept["share"], kept["limit"]) == ("region", "Medan", 0.1, 0.8)


def test_a_draft_for_everybody_gives_no_warning(shop: SmallShop, towns: tuple[list[int], list[int]]) -> None:
    with shop.database.transaction() as session:
        campaign = draft(shop, session, "all")
        shown = previewing.preview(session, campaign, shop.composer, CHANNELS, shop.shop, shop.clock.now())
        assert shown.uneven is None
        planning.approve(session, campaign, CHANNELS, shop.shop, by="test", now=shop.clock.now())
        entry = session.exec(select(AuditEntry).where(AuditEntry.action == "campaign approved")).one()
        assert evenness.UNEVEN not in entry.detail


def test_the_shops_own_limit_decides_when_it_warns(shop: SmallShop, towns: tuple[list[int], list[int]]) -> None:
    with shop.database.transaction() as session:
        assert audit.limit_of(session) == 0.8
        audit.set_limit(session, 0.01, by="test", now=TEN)
        campaign = draft(shop, session, "champions")
        assert previewing.preview(session, campaign, shop.composer, CHANNELS, shop.shop, TEN).uneven is None
        entry = session.exec(select(AuditEntry).where(AuditEntry.action == "fairness limit set")).one()
        assert entry.detail == {"before": 0.8, "limit": 0.01}


def test_who_had_their_offers_lately_is_not_passed_over(shop: SmallShop, towns: tuple[list[int], list[int]]) -> None:
    """All of Medan were written to yesterday: that today's offer is Jakarta's alone takes nothing from them."""
    _, medan = towns
    segment(shop, medan)
    shop.launch(audience="champions")
    shop.drain()
    shop.clock.forward(timedelta(days=1))
    with shop.database.transaction() as session:
        campaign = draft(shop, session, "all")
        assert (
            previewing.preview(session, campaign, shop.composer, CHANNELS, shop.shop, shop.clock.now()).uneven is None
        )


def test_one_campaign_is_audited_by_itself_sent_or_drafted(
    shop: SmallShop, towns: tuple[list[int], list[int]]
) -> None:
    shop.launch(discount=10)
    shop.drain()
    shop.clock.forward(timedelta(days=31))
    with shop.database.transaction() as session:
        number = draft(shop, session, "champions").id
    with shop.database.reading() as session:
        for campaign, told in (
            (1, {"Jakarta": (1.0, 20), "Medan": (1.0, 20)}),
            (number, {"Jakarta": (1.0, 20), "Medan": (0.1, 20)}),
        ):
            whole = auditing.of_campaign(
                session, session.get_one(Campaign, campaign), CHANNELS, shop.shop, shop.clock.now()
            )
            assert counted(whole.audits[0], OFFERED) == told
            assert whole.as_json()["groupings"][0]["is_draft"] is (campaign == number)


def test_offers_of_one_kind_are_told_from_a_taste_for_it(shop: SmallShop) -> None:
    """All are shown four coffees; Sari buys coffee, Budi coffee, tea, honey and soap in equal parts."""
    shop.stock("S3", category="kopi")
    for name, category in (("T1", "teh"), ("M1", "madu"), ("B1", "sabun")):
        shop.stock(name, category=category)
    sari, budi = shop.customer("Sari"), shop.customer("Budi")
    for order in range(4):
        shop.buy(sari, "S0", days_ago=30 + order)
    for sku in ("S0", "T1", "M1", "B1"):
        shop.buy(budi, sku, days_ago=40)
    now = shop.clock.now()
    with shop.database.reading() as session:
        products = [
            each
            for (each,) in session.connection().exec_driver_sql("SELECT id FROM products WHERE category = 'kopi'")
        ]
        sent = [audit.Offer(who, now, 0, tuple(products)) for who in (sari, budi)]
        found = bubbles(session, sent, {sari, budi}, now, shop.shop.zone)
    assert (found.kinds, found.people) == (4, 2)
    assert found.narrow is not None
    assert found.bubbles is not None
    assert (found.narrow.value, found.bubbles.value) == (1.0, 0.5)
    (week,) = found.weeks
    assert (week.begins.isoformat(), week.offered.value, week.offered.n) == ("2026-11-02", 0.0, 2)
