"""Who writes next: people before everybody else, but not for ever, and within each in the order they came."""

from __future__ import annotations

import threading

import pytest

from ledger.turns import StillTaken, Turns

LONG = 5.0


class Line:
    """Threads that wait for the place, which is held until they all stand in line."""

    def __init__(self) -> None:
        self.turns = Turns()
        self.order: list[str] = []
        self.threads: list[threading.Thread] = []

    def joins(self, who: str, *, is_for_people: bool = False) -> None:
        def wait() -> None:
            with self.turns.turn(LONG, is_for_people=is_for_people):
                self.order.append(who)

        thread = threading.Thread(target=wait)
        thread.start()
        self.threads.append(thread)
        while len(self.turns._people) + len(self.turns._others) < len(self.threads):
            pass

    def ends(self) -> list[str]:
        for thread in self.threads:
            thread.join()
        return self.order


def test_whoever_came_first_is_first() -> None:
    line = Line()
    with line.turns.turn(LONG):
        for who in "abc":
            line.joins(who)
    assert line.ends() == ["a", "b", "c"]


def test_people_go_before_everybody_else() -> None:
    line = Line()
    with line.turns.turn(LONG):
        line.joins("a batch")
        line.joins("another")
        line.joins("Sari", is_for_people=True)
    assert line.ends() == ["Sari", "a batch", "another"]


def test_after_four_people_one_of_the_others_has_a_turn() -> None:
    line = Line()
    with line.turns.turn(LONG):
        line.joins("a batch")
        for who in "123456":
            line.joins(who, is_for_people=True)
    assert line.ends() == ["1", "2", "3", "4", "a batch", "5", "6"]


def test_whoever_waited_too_long_goes_without_and_holds_up_nobody() -> None:
    turns = Turns()
    with turns.turn(LONG), pytest.raises(StillTaken), turns.turn(0.001):
        pytest.fail("nobody else may be in")
    with turns.turn(0.001):
        pass


def test_a_turn_that_fails_is_over() -> None:
    turns = Turns()
    with pytest.raises(ValueError, match="mine"), turns.turn(LONG):
        raise ValueError("mine")
    with turns.turn(0.001):
        pass
