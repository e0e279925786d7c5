"""What comes in a crowd is done together, in order, and one that fails fails alone."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

import pytest

from bot.gathering import Gathering, Overfull


class Gone(Exception):
    """Nobody is there: the same for all."""


class Desk:
    """Writes down what it is given; the first batch waits until it is let go."""

    def __init__(self, bad: Sequence[int] = (), *, is_gone: bool = False) -> None:
        self.batches: list[list[int]] = []
        self.bad, self.is_gone = bad, is_gone
        self.free = threading.Event()

    def act(self, given: Sequence[int]) -> list[int]:
        self.free.wait(timeout=5)
        self.batches.append(list(given))
        if self.is_gone:
            raise Gone
        if set(self.bad) & set(given):
            raise ValueError(min(set(self.bad) & set(given)))
        return [each * 10 for each in given]


async def crowd(desk: Desk, size: int, most_waiting: int = 100) -> list[int | BaseException]:
    """The first comes alone, the others while it is seen to."""
    gathering = Gathering(desk.act, lambda fault: isinstance(fault, Gone), most_at_once=4, most_waiting=most_waiting)
    first = asyncio.create_task(gathering.add(0))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    others = [asyncio.create_task(gathering.add(each)) for each in range(1, size)]
    await asyncio.sleep(0)
    desk.free.set()
    return await asyncio.gather(first, *others, return_exceptions=True)


def test_who_comes_while_one_is_seen_to_goes_together_and_in_order() -> None:
    desk = Desk()
    assert asyncio.run(crowd(desk, 8)) == [0, 10, 20, 30, 40, 50, 60, 70]
    assert desk.batches == [[0], [1, 2, 3, 4], [5, 6, 7]]


def test_one_that_fails_fails_alone() -> None:
    desk = Desk(bad=[2])
    came = asyncio.run(crowd(desk, 5))
    assert [each for each in came if not isinstance(each, BaseException)] == [0, 10, 30, 40]
    assert isinstance(came[2], ValueError)
    assert desk.batches == [[0], [1, 2, 3, 4], [1], [2], [3], [4]]


def test_where_nobody_is_there_nobody_is_tried_by_himself() -> None:
    desk = Desk(is_gone=True)
    came = asyncio.run(crowd(desk, 4))
    assert [type(each) for each in came] == [Gone] * 4
    assert desk.batches == [[0], [1, 2, 3]]


def test_more_than_there_is_room_for_are_sent_away_and_nothing_of_theirs_is_done() -> None:
    desk = Desk()
    came = asyncio.run(crowd(desk, 6, most_waiting=3))
    assert [type(each) for each in came[4:]] == [Overfull, Overfull]
    assert desk.batches == [[0], [1, 2, 3]]


def test_whoever_goes_away_is_seen_to_all_the_same() -> None:
    desk = Desk()

    async def leave() -> None:
        gathering = Gathering(desk.act, lambda fault: False)
        waiting = asyncio.create_task(gathering.add(1))
        await asyncio.sleep(0)
        waiting.cancel()
        desk.free.set()
        assert await gathering.add(2) == 20

    asyncio.run(leave())
    assert [each for batch in desk.batches for each in batch] == [1, 2]


@pytest.mark.parametrize("times", [2])
def test_it_serves_again_after_its_loop_has_ended(times: int) -> None:
    desk = Desk()
    desk.free.set()
    gathering = Gathering(desk.act, lambda fault: False)
    for each in range(times):
        assert asyncio.run(gathering.add(each)) == each * 10
