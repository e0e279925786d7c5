"""How well texts are judged: figures worked out by hand or by the library."""

import pytest
from sklearn.metrics import f1_score

from engine.words.measuring import compare, measure
from engine.words.sentiment import LABELS, Judged


def judged(found: str, told: float = 0.8, *, sure: bool = True) -> Judged:
    """n, u or p with that probability."""
    at = "nup".index(found)
    rest = (1 - told) / 2
    probabilities = {name: told if place == at else rest for place, name in enumerate(LABELS)}
    return Judged(LABELS[at] if sure else "unsure", told, probabilities)


def labels(said: str) -> list[int]:
    return ["nup".index(each) for each in said]


def test_accuracy_f1_and_confusion_are_those_of_the_texts() -> None:
    said, found = "nnnuuppppp", "nnpuuppppn"
    told = measure([judged(each) for each in found], labels(said))
    assert (told.n, told.accuracy) == (10, 0.8)
    assert told.macro_f1 == pytest.approx(f1_score(labels(said), labels(found), average="macro"))
    assert told.confusion["negative"] == {"negative": 2, "neutral": 0, "positive": 1}
    assert told.macro_f1_interval[0] < told.macro_f1 < told.macro_f1_interval[1]


def test_probabilities_are_held_to_what_was_right() -> None:
    told = measure([judged("n", 0.85), judged("n", 0.85), judged("p", 0.55), judged("p", 0.55)], labels("nnpn"))
    assert [(each.n, each.right) for each in told.calibration] == [(2, 0.5), (2, 1.0)]
    assert told.off == pytest.approx((0.05 + 0.15) / 2)


def test_who_is_unsure_is_counted_apart() -> None:
    told = measure([judged("n"), judged("p", 0.4, sure=False)], labels("nn"))
    assert (told.unsure, told.right_of_sure) == (0.5, 1.0)


def test_the_same_judge_twice_differs_by_nothing() -> None:
    same = [judged(each) for each in "nupnup"]
    told = compare(same, same, labels("nupppp"))
    assert (told.macro_f1, told.interval, told.is_better, told.could_be_chance) == (0.0, (0.0, 0.0), False, True)


def test_a_clear_gain_is_no_chance_and_a_small_one_may_be() -> None:
    said = "nup" * 40
    right, poor = [judged(each) for each in said], [judged("p")] * 120
    assert not compare(right, poor, labels(said)).could_be_chance
    one_off = [*right[:-1], judged("n")]
    small = compare(right, one_off, labels(said))
    assert (small.is_better, small.could_be_chance) == (True, True)
