"""A web is laid out for a phone: names below each other, arcs beside them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some
from PIL import ImageFont

from bot import drawing
from bot.ladder import DEEPEST_ARC, LETTERS, NAMES_AT, NODES_AT, ROW, WIDEST_ARC, WIDTH, ladder
from campaigns.outcomes.charts import Bar, Chart, Edge, Look, Node, Web

NAMES = ("kopi", "teh", "gula", "susu", "sabun")


def web(*edges: Edge, size: float = 1) -> Web:
    return Web("", tuple(Node(name, size) for name in NAMES), edges)


def test_only_what_belongs_to_another_has_a_place_and_friends_stand_together() -> None:
    told = ladder(web(Edge(0, 2, 3, "n = 9"), Edge(1, 3, 1, "n = 4")))
    assert told is not None
    assert [(each.label, each.y) for each in told.rungs] == [("kopi", 15), ("gula", 45), ("teh", 75), ("susu", 105)]
    assert told.height == 4 * ROW


def test_an_arc_goes_from_the_one_to_the_other_and_the_heaviest_is_read_first() -> None:
    told = ladder(web(Edge(0, 2, 3, "n = 9"), Edge(2, 3, 6, "n = 18")))
    assert told is not None
    assert [(each.names, each.note) for each in told.listed] == [
        (("gula", "susu"), "n = 18"),
        (("kopi", "gula"), "n = 9"),
    ]
    assert (told.listed[0].top, told.listed[0].bottom) == (45, 75)
    assert told.listed[0].path == "M64 45A14 15 0 0 0 64 75"


def test_where_nothing_belongs_together_there_is_no_picture() -> None:
    assert ladder(web()) is None
    assert ladder(web(Edge(1, 1, 5))) is None


@pytest.mark.parametrize(
    "name", ["WHITE HANGING HEART T-LIGHT HOLDER", "白い心の形をしたろうそく立て白い心の形", "i" * 200]
)
def test_a_long_name_ends_where_the_picture_does(name: str) -> None:
    told = ladder(Web("", (Node(name, 1), Node("teh", 1)), (Edge(0, 1, 1),)))
    assert told is not None
    assert told.rungs[0].label.endswith("…")
    assert told.rungs[0].whole == name
    with drawing.as_file(drawing.FONTS / drawing.PLAIN) as path:
        assert ImageFont.truetype(path, LETTERS).getlength(told.rungs[0].label) <= WIDTH - NAMES_AT


def test_the_chats_picture_shows_the_web_below_its_bars() -> None:
    bars = Chart(Look.BARS, "Paket", (Bar("kopi + gula", 3, "3,0×"),), "n = 9")
    joined = Chart(Look.BARS, "Paket", bars.bars, "n = 9", web=web(Edge(0, 2, 3), Edge(1, 3, 1)))
    assert height(joined) - height(bars) >= 4 * ROW * drawing.LADDER_SCALE
    assert drawing.picture(joined).data == drawing.picture(joined).data


def height(chart: Chart) -> int:
    return int.from_bytes(drawing.picture(chart).data[20:24], "big")


webs = some.integers(2, 60).flatmap(
    lambda n: some.builds(
        lambda sizes, pairs: Web(
            "",
            tuple(Node(f"p{number}", size) for number, size in enumerate(sizes)),
            tuple(Edge(one, other, 1.0 + one) for one, other in pairs),
        ),
        some.lists(some.floats(0, 1e6), min_size=n, max_size=n),
        some.lists(some.tuples(some.integers(0, n - 1), some.integers(0, n - 1)), max_size=60),
    )
)


@given(webs)
def test_a_web_is_always_the_same_and_lies_within_its_picture(told: Web) -> None:
    picture = ladder(told)
    assert picture == ladder(told)
    joined = [each for each in told.edges if each.one != each.other]
    if picture is None:
        assert not joined
        return
    assert {each.whole for each in picture.rungs} == {
        told.nodes[number].label for each in joined for number in (each.one, each.other)
    }
    assert len(picture.arcs) == len(joined)
    assert all(each.radius < ROW / 2 and each.radius <= each.y <= picture.height for each in picture.rungs)
    assert all(0 < each.depth <= DEEPEST_ARC and NODES_AT - each.depth > WIDEST_ARC / 2 for each in picture.arcs)
