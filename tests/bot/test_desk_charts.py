"""Pictures on pages: what lies where follows from the figures."""

from __future__ import annotations

from datetime import date

from bot.web.desk import charts
from campaigns.outcomes.charts import Bar, Chart, Lines, Look, Point, Series

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
