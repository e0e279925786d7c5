"""Pictures on pages: what lies where follows from the figures."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot.web.desk import charts
from campaigns.outcomes.charts import Bar, Chart, Edge, Lines, Look, Node, Point, Series, Web

FIRST, SECOND, THIRD = date(2026, 11, 1), date(2026, 11, 2), date(2026, 11, 5)


def test_the_longest_bar_is_as_wide_as_there_is_room_and_the_others_in_proportion() -> None:
    told = charts.rows(Chart(Look.BARS, "", (Bar("a", 40), Bar("b", 10), Bar("c", 0))))
    assert [each.length for each in told.rows] == [100, 25, 0]


def test_bars_of_nothing_are_no_bars() -> None:
    assert [each.length for each in charts.rows(Chart(Look.BARS, "", (Bar("a", 0),))).rows] == [0]


def test_an_interval_lies_about_the_line_at_nothing() -> None:
    told = charts.intervals(Chart(Look.INTERVAL, "", (Bar("a", 0.1, low=-0.1, high=0.3), Bar("b", 0.2))))
    first, unknown = told.rows
    # From -0.1 to 0.3 on 96 of 100, two left at either side: a quarter of it is below nothing.
    assert (first.low, told.nothing, first.dot, first.high) == (2, 26, 50, 98)
    assert (unknown.dot, unknown.low) == (None, None)


def test_days_lie_as_far_apart_as_they_were() -> None:
    series = Series("a", (Point(FIRST, 0), Point(SECOND, 5), Point(THIRD, 10)))
    told = charts.lines(Lines("", (series,)))
    assert told is not None
    assert told.lines[0].path == "M0.00 48.00 L25.00 24.00 L100.00 0.00"


def test_a_day_without_a_figure_is_left_out_of_the_line_and_dashed_in_the_table() -> None:
    told = charts.lines(
        Lines("", (Series("a", (Point(FIRST, 1), Point(THIRD, 2))), Series("b", (Point(SECOND, 1),))))
    )
    assert told is not None
    assert [[each is not None for each in points] for _, points in told.table] == [
        [True, False],
        [False, True],
        [True, False],
    ]


def test_of_a_single_day_nothing_is_drawn() -> None:
    assert charts.lines(Lines("", (Series("a", (Point(FIRST, 1),)),))) is None
    assert charts.lines(Lines("", ())) is None


def test_where_changes_go_both_ways_the_line_at_nothing_is_shown() -> None:
    told = charts.lines(Lines("", (Series("a", (Point(FIRST, -1), Point(SECOND, 1))),)))
    assert told is not None
    assert told.nothing == charts.HEIGHT / 2


def test_only_what_belongs_to_another_stands_on_the_ring_and_friends_stand_together() -> None:
    nodes = tuple(Node(name, 1) for name in ("kopi", "teh", "gula", "susu", "sabun"))
    told = charts.web(Web("", nodes, (Edge(0, 2, 3, "n = 9"), Edge(1, 3, 1, "n = 4"))))
    assert told is not None
    assert [each.label for each in told.nodes] == ["kopi", "gula", "teh", "susu"]
    assert told.listed[0].names == ("kopi", "gula")
    assert charts.web(Web("", nodes, ())) is None


webs = some.integers(2, 40).flatmap(
    lambda n: some.builds(
        lambda sizes, pairs: Web(
            "",
            tuple(Node(f"p{number}", size) for number, size in enumerate(sizes)),
            tuple(Edge(one, other, 1.0 + one) for one, other in pairs if one != other),
        ),
        some.lists(some.floats(0, 1e6), min_size=n, max_size=n),
        some.lists(some.tuples(some.integers(0, n - 1), some.integers(0, n - 1)), min_size=1, max_size=60),
    )
)


@given(webs)
def test_a_web_is_always_the_same_and_lies_within_its_picture(told: Web) -> None:
    picture = charts.web(told)
    assert picture == charts.web(told)
    if picture is None:
        assert not told.edges
        return
    assert {each.whole for each in picture.nodes} == {
        told.nodes[number].label for each in told.edges for number in (each.one, each.other)
    }
    assert all(0 <= value <= 400 for each in picture.nodes for value in (each.x, each.y, each.text_x, each.text_y))
    assert all(
        each.radius == pytest.approx(each.radius) and each.radius <= charts.LARGEST_NODE for each in picture.nodes
    )
