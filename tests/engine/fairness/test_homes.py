"""The demo's customers live where their habits say: worked out by hand from the shares."""

from __future__ import annotations

from collections import Counter

from engine.synthetic.homes import homes
from engine.synthetic.people import GROUPS


def test_of_eighty_customers_so_many_of_each_group_live_in_each_city() -> None:
    groups = [GROUPS[0]] * 20 + [GROUPS[1]] * 24 + [GROUPS[2]] * 16 + [GROUPS[3]] * 20
    found = homes(groups, seed=3)
    assert Counter(found) == {"Jakarta": 27, "Medan": 28, "Lhokseumawe": 22, "Sabang": 3}
    assert Counter(found[:20]) == {"Jakarta": 18, "Medan": 1, "Lhokseumawe": 1}
    assert homes(groups, seed=3) == found != homes(groups, seed=4)
