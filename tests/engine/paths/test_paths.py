"""Ways through a shop: what is published comes out, what is planted is found, and chance is not."""

from __future__ import annotations

import csv
import gzip
import json
from datetime import date, datetime
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import TooLittleData
from engine.frames import IntColumn
from engine.paths.chain import outlook, transitions
from engine.paths.episodes import Episode, episodes
from engine.paths.funnel import by_kind, funnel
from engine.paths.sequences import frequent_sequences, of_visits
from engine.paths.steps import Steps, steps

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
DAY = 86_400_000_000
EPOCH = date(1970, 1, 1).toordinal()


def ints(*values: int) -> IntColumn:
    return np.array(values, dtype=np.int64)


def shared(name: str) -> Path:
    path = DATA / name
    if not path.exists():
        pytest.skip(f"../shared/data/{name} is not there")
    return path


def walked(*paths: str) -> Steps:
    """A visit for each path, a step for each letter."""
    names = sorted({letter for path in paths for letter in path})
    rows = [(visit, at, names.index(letter)) for visit, path in enumerate(paths) for at, letter in enumerate(path)]
    visit, at, step = (ints(*column) for column in zip(*rows, strict=True))
    return steps(visit, at, step, names, session=visit)


def test_half_an_hour_of_nothing_begins_a_new_visit() -> None:
    at = ints(0, 29, 58, 89) * 60_000_000
    assert steps(ints(7, 7, 7, 7), at, ints(0, 0, 0, 0), ["a"]).visit.tolist() == [0, 0, 0, 1]


def test_a_session_that_is_given_is_a_visit_however_long_it_lasts() -> None:
    at = ints(0, 500, 0) * 60_000_000
    told = steps(ints(1, 1, 1), at, ints(0, 1, 0), ["a", "b"], session=ints(4, 4, 9))
    assert (told.visit.tolist(), told.n_visits) == ([0, 0, 1], 2)


def test_visits_of_which_no_step_is_left_are_not_counted() -> None:
    told = walked("AB", "C", "BA").where(np.array([True, False, False, True, True]))
    assert (told.visit.tolist(), told.n_visits) == ([0, 1, 1], 2)


def test_the_published_transitions_come_out() -> None:
    told = json.loads(shared("reference/transition_matrix_small.json").read_text())
    found = transitions(walked(*("".join(path) for path in told["paths"].values())))
    inner = np.array(told["counts"])[1:-1, 1:]
    assert found.labels == tuple(told["labels"])
    assert found.counts[1:-1, 1:].tolist() == inner.tolist()
    assert found.counts[0].tolist() == told["counts"][0]
    assert found.counts.sum() == told["total"]


def test_from_a_fair_coin_the_goal_is_reached_half_the_time_in_one_step_or_two() -> None:
    # From a, half go to b at once, the others leave; of those at b all reach g. Worked out by hand.
    found = outlook(transitions(walked(*["abg"] * 20, *["a"] * 20)), "g")
    at = {name: place for place, name in enumerate(found.labels)}
    assert found.from_start() == pytest.approx((0.5, 3.0))
    assert found.probability[at["b"]] == pytest.approx(1.0)
    assert found.expected_steps[at["a"]] == pytest.approx(2.0)
    assert found.removal[at["a"]] == pytest.approx(1.0)


def test_taking_away_one_of_two_equal_ways_loses_half() -> None:
    found = outlook(transitions(walked(*["ag"] * 20, *["bg"] * 20, *["c"] * 40)), "g")
    at = {name: place for place, name in enumerate(found.labels)}
    assert (found.probability[0], found.removal[at["a"]], found.removal[at["c"]]) == pytest.approx((0.5, 0.5, 0.0))


def test_a_goal_that_is_never_reached_has_no_number_of_steps() -> None:
    found = outlook(transitions(walked(*["ab"] * 30, *["g"] * 10)), "g")
    assert np.isnan(found.expected_steps[found.labels.index("a")])


@settings(max_examples=30)
@given(st.lists(st.text("abcg", min_size=1, max_size=8), min_size=30, max_size=60), st.integers(0, 2**31))
def test_walking_the_chain_ends_at_the_goal_as_often_as_is_said(paths: list[str], seed: int) -> None:
    """The oracle is a walk: 400 steps of powers of the matrix in place of its inverse."""
    told = walked("g", *paths)
    found = transitions(told)
    goal = found.labels.index("g")
    chances = found.probabilities.copy()
    chances[goal], chances[-1] = 0.0, 0.0
    chances[goal, goal] = chances[-1, -1] = 1.0
    there = np.zeros(len(chances))
    there[0] = 1.0
    for _ in range(4000):
        there = there @ chances
    assert outlook(found, "g").probability[0] == pytest.approx(there[goal], abs=1e-3)


def test_the_published_spade_supports_come_out() -> None:
    told = json.loads(shared("reference/zaki_cspade.json").read_text())
    rows = [
        line.split() for line in gzip.decompress(shared("zaki_sequences.txt.gz").read_bytes()).decode().splitlines()
    ]
    flat = [(int(who), int(at), ord(item) - ord("A")) for who, at, _, *items in rows for item in items]
    who, at, item = (ints(*column) for column in zip(*flat, strict=True))

    def spelled(elements: tuple[tuple[int, ...], ...]) -> str:
        return "->".join("{" + ",".join(chr(ord("A") + code) for code in each) + "}" for each in elements)

    found = frequent_sequences(who, at, item, support=0.4)
    assert {spelled(each.elements): each.support for each in found} == told["sequences"]
    assert len(found) == told["n_sequences"] == 18
    assert len(frequent_sequences(who, at, item, support=0.4, longest=2, widest=2)) == told["maxsize2_maxlen2_count"]


HISTORIES = st.lists(
    st.lists(st.sets(st.integers(0, 3), min_size=1, max_size=3), min_size=1, max_size=4), min_size=2, max_size=7
)


@settings(max_examples=60)
@given(HISTORIES, st.sampled_from([0.3, 0.5, 0.75]))
def test_all_frequent_sequences_are_found_and_no_other(histories: list[list[set[int]]], support: float) -> None:
    flat = [(w, at, i) for w, history in enumerate(histories) for at, some in enumerate(history) for i in some]
    who, at, item = (ints(*column) for column in zip(*flat, strict=True))
    found = {
        each.elements: each.n for each in frequent_sequences(who, at, item, support=support, longest=3, widest=2)
    }
    assert found == by_trying(histories, support)


def by_trying(histories: list[list[set[int]]], support: float) -> dict[tuple[tuple[int, ...], ...], int]:
    """Every sequence there could be, asked of every history."""
    elements = [(a,) for a in range(4)] + [(a, b) for a in range(4) for b in range(a + 1, 4)]
    least = support * len(histories) - 1e-9
    found = {}
    for length in (1, 2, 3):
        for sequence in product(elements, repeat=length):
            n = sum(holds(sequence, history) for history in histories)
            if n >= least and n:
                found[sequence] = n
    return found


def holds(sequence: tuple[tuple[int, ...], ...], history: list[set[int]]) -> bool:
    wanted = list(sequence)
    for some in history:
        if wanted and set(wanted[0]) <= some:
            wanted.pop(0)
    return not wanted


def test_a_step_that_follows_itself_counts_once_in_sequences_of_visits() -> None:
    found = {str(each): each.n for each in of_visits(walked("aab", "ab", "ba"), support=0.6)}
    assert found == {"{0}": 3, "{1}": 3, "{0} -> {1}": 2}


def test_a_visit_that_pays_has_had_a_cart() -> None:
    told = walked(*["vcp"] * 10, *["vp"] * 10, *["v"] * 20)
    found = funnel(told, [["v"], ["c"], ["p"]])
    assert [(each.name, each.n) for each in found.stages] == [("v", 40), ("c", 20), ("p", 20)]
    assert found.leak is not None
    assert found.leak.name == "c"


def test_each_stage_goes_by_any_of_its_names() -> None:
    found = funnel(walked(*["va"] * 20, *["vb"] * 15), [["v"], ["a", "b"], ["never seen"]])
    assert [each.n for each in found.stages] == [35, 35, 0]


def test_too_few_visits_make_no_funnel() -> None:
    with pytest.raises(TooLittleData):
        funnel(walked(*["v"] * 29), [["v"]])


def clickstream() -> tuple[Steps, IntColumn]:
    """The synthetic clickstream and the day of each step, counted from 1970."""
    with gzip.open(shared("retentioneering_ecom_synthetic.csv.gz"), "rt") as file:
        rows = list(csv.DictReader(file))
    coded = {}
    for name in ("user_id", "session_id", "event", "platform", "acquisition_channel"):
        words = sorted({row[name] for row in rows})
        place = {word: number for number, word in enumerate(words)}
        coded[name] = (ints(*(place[row[name]] for row in rows)), words)
    at = ints(*(int(datetime.fromisoformat(row["timestamp"] + "+00:00").timestamp()) for row in rows))
    (event, names), (device, devices) = coded["event"], coded["platform"]
    source, sources = coded["acquisition_channel"]
    told = steps(
        coded["user_id"][0], at * 1_000_000, event, names, session=coded["session_id"][0],
        device=device, source=source, devices=devices, sources=sources,
    )  # fmt: skip
    return told, told.at // DAY


def when(episode: Episode) -> tuple[str, str]:
    first, last = (date.fromordinal(EPOCH + day) for day in (episode.first, episode.last))
    return first.isoformat(), last.isoformat()


def test_the_planted_troubles_are_found_without_being_told_and_nothing_else() -> None:
    """The third planted story, an article read widely from 29 February to 3 March, leaves nothing to be found: 48
    visits in four days, as many as in the days around, alike in steps, sources and devices (decision 0051).
    """
    told, day = clickstream()
    payment, checkout = episodes(told, day)
    assert (payment.step, payment.device, when(payment)) == ("payment_error", None, ("2024-05-19", "2024-06-08"))
    assert (payment.cases, payment.visits, payment.cases_else) == (95, 627, 0)
    assert (checkout.step, checkout.device) == ("checkout_bug", "mobile")
    # No visit met the bug before 13 April nor after 9 May.
    assert when(checkout) == ("2024-04-13", "2024-05-09")
    assert (checkout.cases, checkout.cases_else) == (32, 0)


def test_days_that_are_shuffled_tell_no_story() -> None:
    """Each visit keeps its steps and loses its day: what is found then, in one history of a hundred, is chance."""
    told, day = clickstream()
    of_visit = day[told.first]
    found = 0
    for seed in range(20):
        shuffled = np.random.default_rng(seed).permutation(of_visit)
        found += len(episodes(told, shuffled[told.visit]))
    assert found <= 1


def test_a_story_within_one_device_is_told_of_that_device() -> None:
    draw = np.random.default_rng(1)
    visits = 4_000
    day = np.sort(draw.integers(0, 100, visits))
    device = draw.integers(0, 2, visits)
    wrong = (draw.random(visits) < 0.02) | ((device == 1) & (day >= 40) & (day < 50) & (draw.random(visits) < 0.3))
    visitor = np.arange(visits, dtype=np.int64)
    told = steps(
        visitor, day * DAY, wrong.astype(np.int64), ["look", "error"], session=visitor,
        device=device.astype(np.int64), devices=["desktop", "mobile"],
    )  # fmt: skip
    (found, *rest) = episodes(told, told.at // DAY)
    assert (found.step in ("error", "look"), found.device, found.first, found.last) == (True, "mobile", 40, 49)
    assert rest == []


def test_rees46s_sessions_are_the_counted_ones() -> None:
    with gzip.open(shared("rees46_2019-10-01_first_2h50.csv.gz"), "rt") as file:
        # The excerpt ends in the middle of a line.
        rows = [row for row in csv.DictReader(file) if row["user_session"]]
    names = ["view", "cart", "purchase"]
    sessions = {each: number for number, each in enumerate(sorted({row["user_session"] for row in rows}))}
    place = ints(*range(len(rows)))
    step = ints(*(names.index(row["event_type"]) for row in rows))
    session = ints(*(sessions[row["user_session"]] for row in rows))
    told = steps(session, place, step, names, session=session)
    has = [set(told.visit[told.step == code].tolist()) for code in range(3)]
    assert (told.n_visits, len(has[1]), len(has[2]), len(has[1] & has[2])) == (5_066, 118, 200, 65)


def test_devices_with_too_few_visits_have_no_funnel_of_their_own() -> None:
    visit = np.arange(50, dtype=np.int64)
    device = (visit < 10).astype(np.int64)
    told = steps(visit, visit, visit * 0, ["v"], session=visit, device=device, devices=["phone", "tablet"])
    assert list(by_kind(told, told.device, told.devices, [["v"]])) == ["phone"]
