"""Figures become charts whose every value is written out, in both languages, with the n in the note."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from campaigns.outcomes.charting import MOST_BARS, Charting
from campaigns.outcomes.charts import Chart, Look
from campaigns.outcomes.comparing import Arm, lift
from campaigns.outcomes.results import Line, Report
from campaigns.tables import Campaign, Segment
from campaigns.words.composing import Composer
from tests.campaigns.conftest import TEN

COMPOSER = Composer()
TREATED, CONTROL = Arm(900, 90), Arm(100, 2)


def campaign(**facts: object) -> Campaign:
    variants = [{"name": name, "discount_percent": percent, "share": 0.5} for name, percent in (("A", 5), ("B", 10))]
    known = {"id": 7, "template": "picks", "audience": "all", "holdout_share": 0.1, "seed": "s", "created_by": "test"}
    return Campaign(**{**known, "created_at": TEN, "variants": variants, **facts})


def report(treated: Arm = TREATED, control: Arm = CONTROL, holdout: int = 100, audience: int = 1_250) -> Report:
    few = Line("at_risk", 5, 5, 1, 1, Arm(2, 0), lift(Arm(5, 1), Arm(2, 0)))
    line = [
        Line(name, 450, 450, 20, buyers, control, lift(Arm(450, buyers), control))
        for name, buyers in (("A", 40), ("B", 50))
    ]
    return Report(
        campaign=7, template="picks", segment="all", status="running", audience=audience, holdout=holdout,
        states={"sent": 500, "delivered": 250, "read": 151}, withheld={"no_consent": 240, "capped": 9}, failed={},
        clicks=88, purchases=95, revenue_minor=1, currency="IDR", treated=treated, control=control,
        lift=lift(treated, control), window_days=7, window_ends_at=None, rounds=0, sent=901, replies=0, opt_outs=0,
        vouchers_redeemed=0, voucher_purchases=0, voucher_revenue_minor=0, cost=Decimal(0), budget=None, within=1.0,
        variants=tuple(line), variants_verdict="cannot_tell", best_variant=None, segments=(line[0], few),
    )  # fmt: skip


def bars(chart: Chart | None) -> list[tuple[str, str]]:
    assert chart is not None
    return [(each.label, each.note) for each in chart.bars]


def test_a_funnel_goes_from_everybody_to_those_who_bought_with_the_others_aside() -> None:
    chart = Charting(COMPOSER, "en").funnel(report())
    assert bars(chart) == [
        ("Everybody it is for", "1,250 (100%)"),
        ("Left out, for a reason", "249 (20%)"),
        ("Held out, to compare with", "100 (8%)"),
        ("Sent", "901 (72%)"),
        ("Delivered", "401 (32%)"),
        ("Read", "151 (12%)"),
        ("Opened a link", "88 (7%)"),
        ("Bought", "90 (7%)"),
    ]
    assert chart is not None
    assert [each.label for each in chart.bars if each.is_muted] == [
        "Left out, for a reason",
        "Held out, to compare with",
    ]
    assert "n = 1,250" in chart.note


def test_the_lift_stands_below_with_its_interval_and_what_is_too_little_is_said_once() -> None:
    chart = Charting(COMPOSER, "id").report(report(), campaign())
    assert chart is not None
    assert chart.below is not None
    below = chart.below
    assert below.look is Look.INTERVAL
    assert [each.label for each in below.bars] == ["Semua", "A: 5%", "B: 10%", "A"]
    everybody = below.bars[0]
    assert everybody.value == pytest.approx(0.08)
    assert everybody.note.startswith("+8,0 (95%: +")
    assert everybody.note.endswith("n = 1.000")
    assert below.note.endswith("1 bagian lagi terlalu sedikit orangnya untuk dibandingkan.")


def test_where_nothing_can_be_compared_that_is_said_once_and_not_drawn() -> None:
    few = replace(report(Arm(31, 5), Arm(3, 1), holdout=3), variants=(), segments=())
    chart = Charting(COMPOSER, "id").report(few, campaign())
    assert chart is not None
    assert chart.below is None
    assert chart.note.endswith("Pembandingnya 3 orang: masih terlalu sedikit untuk digambar bedanya.")


def test_without_a_holdout_there_is_no_lift_to_draw_and_without_an_audience_nothing() -> None:
    charting = Charting(COMPOSER, "id")
    alone = charting.report(report(control=Arm(0, 0), holdout=0), campaign())
    assert alone is not None
    assert alone.below is None
    assert charting.report(report(audience=0), campaign()) is None


@pytest.mark.parametrize(("language", "note"), [("id", "12.000 orang (97%)"), ("en", "12,000 people (97%)")])
def test_segments_are_written_out_in_the_readers_language(language: str, note: str) -> None:
    found = [
        Segment(run_id=1, key="at_risk", size=12_000, share=0.97),
        Segment(run_id=1, key="lapsed", size=3, share=0.001),
    ]
    told = bars(Charting(COMPOSER, language).segments(found))
    assert told[0][1] == note
    assert told[1][1].endswith("(<1%)")


def test_more_bars_than_fit_are_told_of() -> None:
    found = [Segment(run_id=1, key=f"mixed_{n}", size=9, share=0.1) for n in range(MOST_BARS + 3)]
    chart = Charting(COMPOSER, "en").segments(found)
    assert chart is not None
    assert len(chart.bars) == MOST_BARS
    assert "And 3 more" in chart.note


def test_the_best_three_hours_stand_out() -> None:
    counts = [0.0] * 24
    counts[9], counts[12], counts[19], counts[20] = 5, 8, 9, 8
    chart = Charting(COMPOSER, "en").hours(counts, 30)
    assert chart is not None
    assert [each.label for each in chart.bars if not each.is_muted] == ["12", "19", "20"]
    assert [each.note for each in chart.bars if each.note] == ["30%"]
    assert Charting(COMPOSER, "en").hours([0.0] * 24, 0) is None
