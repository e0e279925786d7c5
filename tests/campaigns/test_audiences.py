"""Who a campaign is for: a segment, everybody, or those in no segment; never the shop's own team."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import pytest
from sqlmodel import select

from campaigns.choosing import audiences
from campaigns.choosing.audiences import Candidate
from campaigns.launching import drafting, planning
from campaigns.launching.drafts import Draft, by_discount
from campaigns.privacy import linking
from campaigns.problems import UnknownAudience
from campaigns.tables import Membership, MiningRun, Segment
from ledger import consent, customers
from ledger.consent import Evidence, Wording
from ledger.tables import Address, Customer, Product, Purpose, TeamMember
from tests.campaigns.conftest import SmallShop


def segmented(shop: SmallShop, groups: Mapping[str, Sequence[int]]) -> None:
    with shop.database.transaction() as session:
        run = MiningRun(started_at=shop.clock.now(), ready_at=shop.clock.now())
        session.add(run)
        session.flush()
        for key, members in groups.items():
            segment = Segment(run_id=run.id, key=key, size=len(members), share=0.5)
            session.add(segment)
            session.flush()
            session.add_all(Membership(run_id=run.id, customer_id=each, segment_id=segment.id) for each in members)


def names(shop: SmallShop, audience: str) -> list[str]:
    return [each.name for each in candidates(shop, audience)]


def candidates(shop: SmallShop, audience: str) -> list[Candidate]:
    with shop.database.reading() as session:
        return audiences.candidates(session, audience, ["simulator"], shop.shop, shop.clock.now())


def test_a_segments_campaign_is_for_its_members(shop: SmallShop) -> None:
    sari, budi, _ = (shop.customer(name) for name in ("Sari", "Budi", "Wati"))
    segmented(shop, {"at_risk": [sari], "champions": [budi]})
    assert names(shop, "at_risk") == ["Sari"]
    assert names(shop, "At risk") == ["Sari"]
    assert candidates(shop, "champions")[0].segment == "champions"


def test_who_is_in_no_segment_can_be_reached_too(shop: SmallShop) -> None:
    sari, _ = shop.customer("Sari"), shop.customer("Wati", profiling=False)
    segmented(shop, {"at_risk": [sari]})
    assert names(shop, "unsegmented") == ["Wati"]
    assert names(shop, "all") == ["Sari", "Wati"]


def test_an_audience_nobody_knows_is_refused_with_those_there_are(shop: SmallShop) -> None:
    segmented(shop, {"at_risk": [shop.customer("Sari")]})
    with pytest.raises(UnknownAudience) as problem:
        candidates(shop, "rich")
    assert problem.value.values == {"name": "rich", "known": "all, unsegmented, partly, at_risk"}


def test_the_newest_run_decides(shop: SmallShop) -> None:
    sari, budi = shop.customer("Sari"), shop.customer("Budi")
    segmented(shop, {"at_risk": [sari]})
    segmented(shop, {"at_risk": [budi]})
    assert names(shop, "at_risk") == ["Budi"]


def test_the_team_is_no_audience(shop: SmallShop) -> None:
    shop.customer("Sari")
    with shop.database.transaction() as session:
        address = customers.meet(session, "simulator", "ibu-ratna", "Ibu Ratna", shop.clock.now())
        session.add(TeamMember(address_id=address.id, role="owner", since=shop.clock.now()))
    assert names(shop, "all") == ["Sari"]


def test_of_several_addresses_the_one_that_is_allowed_and_used_last_is_written_to(shop: SmallShop) -> None:
    sari = shop.customer("Sari")
    with shop.database.transaction() as session:
        person = session.get_one(Customer, sari)
        customers.add_address(session, person, "whatsapp", "+6281200000001", "csv", shop.clock.now())
    chosen = candidates(shop, "all")[0]
    assert (chosen.address, chosen.facts.channel, chosen.facts.allows_offers) == ("sari", "simulator", True)


def test_an_imported_number_is_no_permission(shop: SmallShop) -> None:
    with shop.database.transaction() as session:
        person = Customer(name="Wati", source="csv", created_at=shop.clock.now())
        session.add(person)
        session.flush()
        customers.add_address(session, person, "simulator", "wati", "csv", shop.clock.now())
    assert candidates(shop, "all")[0].facts.allows_offers is None


def imported(shop: SmallShop, name: str, address: str = "wati") -> int:
    """Somebody whom only an import knows, by a number."""
    with shop.database.transaction() as session:
        person = Customer(name=name, source="csv", created_at=shop.clock.now())
        session.add(person)
        session.flush()
        customers.add_address(session, person, "simulator", address, "csv", shop.clock.now())
        return person.id


def test_who_writes_from_an_imported_number_is_counted_once_until_they_say_whose_it_is(shop: SmallShop) -> None:
    imported(shop, "Wati")
    with shop.database.transaction() as session:
        customers.meet(session, "simulator", "wati", "Siti", shop.clock.now())
    assert names(shop, "all") == ["Wati"]
    with shop.database.transaction() as session:
        place = session.exec(select(Address)).one()
        customers.disown(session, place)
    assert names(shop, "all") == ["Wati", "Siti"]


def test_who_is_known_by_imports_alone_is_counted_with_an_address_or_without(shop: SmallShop) -> None:
    imported(shop, "Wati")
    with shop.database.transaction() as session:
        session.add(Customer(name="Tono", source="csv", created_at=shop.clock.now()))
    assert names(shop, "all") == ["Wati", "Tono"]


def test_a_yes_from_a_number_nobody_confirmed_is_no_permission(shop: SmallShop) -> None:
    sari = shop.customer("Sari")
    with shop.database.transaction() as session:
        place = session.exec(select(Address).where(Address.customer_id == sari)).one()
        place.origin = "csv"
        session.get_one(Customer, sari).source = "csv"
    assert candidates(shop, "all")[0].facts.allows_offers is None
    with shop.database.transaction() as session:
        linking.link(session, session.exec(select(Address)).one(), shop.clock.now())
    assert candidates(shop, "all")[0].facts.allows_offers is True


def agree(shop: SmallShop, customer_id: int, per_month: int | None, channel: str = "simulator") -> None:
    """A yes to words that promise so many offers a month."""
    text = f"Paling banyak {per_month} kali sebulan"
    words = Wording("offers-1", sha256(text.encode()).hexdigest(), "id", text)
    with shop.database.transaction() as session:
        now, said = shop.clock.now(), Evidence(channel, "ya")
        consent.keep_wording(session, Purpose.OFFERS, words, now, per_month=per_month)
        consent.grant(session, customer_id, Purpose.OFFERS, scope=channel, wording=words, evidence=said, at=now)


def offers_in_a_month(shop: SmallShop) -> int:
    sent = 0
    for _ in range(7):
        shop.launch()
        sent += shop.drain().sent
        shop.clock.forward(timedelta(days=4))
    return sent


@pytest.mark.parametrize(("promised", "sent"), [(1, 1), (2, 2), (9, 6), (None, 6)])
def test_nobody_gets_more_offers_a_month_than_the_words_of_their_yes_promised(
    shop: SmallShop, promised: int | None, sent: int
) -> None:
    sari = shop.customer("Sari")
    agree(shop, sari, promised)
    shop.buy(sari, days_ago=1)
    shop.shop = replace(shop.shop, caps=replace(shop.shop.caps, per_30_days=6, per_category=99))
    assert offers_in_a_month(shop) == sent


def test_a_new_yes_to_new_words_counts_and_only_on_its_channel(shop: SmallShop) -> None:
    sari, budi = shop.customer("Sari"), shop.customer("Budi")
    shop.shop = replace(shop.shop, caps=replace(shop.shop.caps, per_30_days=6))
    agree(shop, sari, 1)
    agree(shop, budi, 1, channel="whatsapp")
    assert [each.facts.promised for each in candidates(shop, "all")] == [1, None]
    agree(shop, sari, 6)
    assert [each.facts.promised for each in candidates(shop, "all")] == [None, None]


def test_a_zone_nobody_can_read_is_not_guessed(shop: SmallShop) -> None:
    sari = shop.customer("Sari")
    with shop.database.transaction() as session:
        person = session.get_one(Customer, sari)
        person.zone = "Middle/Earth"
        session.add(person)
    assert candidates(shop, "all")[0].facts.zone is None


def test_a_segments_offer_is_not_for_who_does_not_allow_the_use_of_their_history(shop: SmallShop) -> None:
    sari, budi = shop.customer("Sari"), shop.customer("Budi", profiling=False)
    shop.buy(sari, days_ago=1)
    segmented(shop, {"at_risk": [sari, budi]})
    shop.launch("picks", audience="at_risk")
    shop.drain()
    assert [each.address for each in shop.channel.given] == ["sari"]
    assert shop.report().withheld == {"no_profiling": 1}
    assert names(shop, "unsegmented") == ["Budi"]


def test_who_bought_a_part_of_a_bundle_and_never_all_of_it_is_its_audience(shop: SmallShop) -> None:
    people = {name: shop.customer(name, profiling=name != "Tono") for name in ("Sari", "Budi", "Wati", "Tono")}
    for name, skus in {"Sari": ["S0", "S0"], "Budi": ["S0", "S1"], "Tono": ["S1"]}.items():
        for days, sku in enumerate(skus, 3):
            shop.buy(people[name], sku, days_ago=days)
    with shop.database.transaction() as session:
        numbers = dict(session.exec(select(Product.sku, Product.id)).all())
        bundle = (numbers["S1"], numbers["S0"])
        wanted = Draft("bundle", audiences.PARTLY, by_discount(0), holdout_percent=0, product_ids=bundle)
        campaign = drafting.draft(session, shop.composer, wanted, shop=shop.shop, by="test", now=shop.clock.now())
        key = campaign.audience
        assert drafting.draft_of(campaign).audience == audiences.PARTLY
        planning.approve(session, campaign, ["simulator"], shop.shop, by="test", now=shop.clock.now())
    shop.drain()
    assert names(shop, key) == ["Sari", "Tono"]
    # It goes by what was bought, so who does not allow that is counted and passed over, with the reason.
    assert (shop.report().audience, shop.report().withheld) == (2, {"no_profiling": 1})
    assert [each.address for each in shop.channel.given] == ["sari"]


def test_part_buyers_of_nothing_in_particular_are_asked_about(shop: SmallShop) -> None:
    with shop.database.reading() as session, pytest.raises(UnknownAudience) as problem:
        audiences.resolve(session, audiences.PARTLY)
    assert problem.value.key == "partly_of_what"
