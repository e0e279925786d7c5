"""Who moved between segments, the smaller ones inside, and groups by rule: as the team sees them in chat."""

from __future__ import annotations

import json

import pytest

from campaigns import insights
from campaigns.choosing import audiences
from campaigns.tables import Membership, MiningRun, RunState, Segment
from tests.stories.conftest import Story

REASON = {"feature": "bulk_quantity", "segment": 12.0, "everyone": 3.0, "direction": "higher"}
MOVED = {
    "known": 41,
    "stayed": 27,
    "moved": [
        {"before": "regulars", "now": "cooling", "n": 12},
        {"before": "", "now": "champions", "n": 3},
        {"before": "cooling", "now": "champions", "n": 2},
    ],
    "renamed": [{"before": "regulars", "now": "at_risk", "n": 9}],
}


@pytest.fixture
def shop(story: Story) -> Story:
    """Four who joined, two of whom stand in a smaller segment; a run that knows who moved."""
    story.make_owner()
    people = [f"pelanggan{n}" for n in range(4)]
    for each in people:
        story.join(each, profiling="ya")
    numbers, now = [story.number_of(each) for each in people], story.clock.now()
    with story.app.database.transaction() as session:
        run = MiningRun(started_at=now, ready_at=now, quality={"currency": "IDR"})
        session.add(run)
        session.flush()
        session.add(RunState(run_id=run.id, name=insights.DRIFT, content=json.dumps(MOVED).encode()))
        outer = Segment(run_id=run.id, key="champions", size=4, share=1.0)
        session.add(outer)
        session.flush()
        inner = Segment(
            run_id=run.id, key="champions.bulk_buyers", size=2, share=0.5, reasons=[REASON], within_id=outer.id
        )
        session.add(inner)
        session.flush()
        session.add_all(
            Membership(run_id=run.id, customer_id=each, segment_id=outer.id, micro_id=inner.id if n < 2 else None)
            for n, each in enumerate(numbers)
        )
    return story


def test_who_moved_is_told_in_words_with_its_n(shop: Story) -> None:
    said = shop.say("ibu-ratna", "/segmen pindah")
    assert "n = 41 pelanggan, 27 tetap" in said
    assert "12 orang: Langganan tetap → Mulai jarang datang" in said
    assert "Langganan tetap kini disebut Mulai menjauh: orangnya sama (9)" in said
    assert "3 orang baru masuk hitungan" in said
    assert said.index("12 orang") < said.index("2 orang: Mulai jarang datang")


def test_the_list_of_segments_tells_the_greatest_moves_and_the_smaller_segments(shop: Story) -> None:
    said = shop.say("ibu-ratna", "/segmen")
    assert "12 orang: Langganan tetap → Mulai jarang datang" in said
    assert "di antaranya Pembeli borongan — 2 orang, 50%: 12 buah sekali beli" in said
    assert "Siapa pindah ke mana: /segmen pindah" in said


def test_a_smaller_segment_is_looked_at_and_written_to_by_its_name(shop: Story) -> None:
    looked_at = shop.say("ibu-ratna", "/segmen pelanggan utama / pembeli borongan")
    assert "Pelanggan utama / Pembeli borongan — n = 2 orang" in looked_at
    said = shop.say("ibu-ratna", 'tawarkan pilihan ke "Pelanggan utama / Pembeli borongan"')
    assert "Pelanggan utama / Pembeli borongan" in said
    with shop.app.database.reading() as session:
        people = audiences.candidates(
            session, "champions.bulk_buyers", shop.app.channels.keys(), shop.app.shop, shop.clock.now()
        )
    assert [each.customer_id for each in people] == [shop.number_of("pelanggan0"), shop.number_of("pelanggan1")]
    assert {each.segment for each in people} == {"champions"}


def test_before_a_second_run_there_is_nothing_to_compare_with(shop: Story) -> None:
    with shop.app.database.transaction() as session:
        session.delete(session.get_one(RunState, (insights.current_run(session).id, insights.DRIFT)))  # type: ignore[union-attr]
    assert "Baru sekali dihitung" in shop.say("ibu-ratna", "/segmen pindah")


def test_a_shop_with_few_customers_is_told_that_its_groups_are_made_by_rule(shop: Story) -> None:
    with shop.app.database.transaction() as session:
        run = insights.current_run(session)
        assert run is not None
        run.quality = {"segments": {"method": "rfm_rules", "customers": 4, "least_customers": 30}}
        session.add(run)
    assert "Baru 4 pelanggan. Di bawah 30 orang kelompoknya dibuat menurut aturan" in shop.say("ibu-ratna", "/segmen")
