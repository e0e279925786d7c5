"""What a process remembers is no more after many people than after some: each structure is filled far beyond its
bound, and then once more, and everything that can be reached from it is counted."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from types import FunctionType, ModuleType
from typing import Any

import pytest
from telegram import Bot

from bot import panels, proofs
from bot.channels.lanes import Lane
from bot.channels.telegram.sending import MOST_KEYBOARDS, Post
from bot.clock import ManualClock
from bot.gathering import Gathering
from bot.inbound import Inbound
from bot.one_by_one import OneByOne
from bot.panels import Panels
from bot.proofs import Proofs
from campaigns.channel import Cause, FateUnknown, Outcome, Sent, Throttled
from campaigns.sending.doors import Doors
from tests.virtual_time import run

NOW = datetime(2026, 11, 2, 3, tzinfo=UTC)
SHARED = (type, ModuleType, FunctionType, asyncio.AbstractEventLoop)


def held(*things: object) -> int:
    """How many objects these hold, directly and by others; without the program itself."""
    known: dict[int, object] = {}
    waiting: list[object] = list(things)
    while waiting:
        each = waiting.pop()
        if id(each) not in known and not isinstance(each, SHARED):
            known[id(each)] = each
            waiting += gc.get_referents(each)
    return len(known)


def proven(kept: Proofs, number: int) -> None:
    kept.add("telegram", f"chat {number}", f"message {number}", frozenset({f"mark {number}"}))


def shown(kept: Panels, number: int) -> None:
    kept.add("telegram", f"chat {number}", f"message {number}")


@pytest.mark.parametrize(
    ("kept", "add", "most"),
    [(Proofs(), proven, proofs.MOST), (Panels(), shown, panels.MOST)],
    ids=["proofs", "panels"],
)
def test_of_what_was_said_only_the_latest_is_remembered(
    kept: Any, add: Callable[[Any, int], None], most: int
) -> None:
    counts = []
    for begun in (0, 2 * most):
        for number in range(begun, begun + 2 * most):
            add(kept, 1_000_000 + number)
        counts.append(held(kept))
    assert counts[0] == counts[1]


def test_the_latest_is_what_is_remembered() -> None:
    kept = Proofs()
    for number in range(proofs.MOST + 1):
        proven(kept, number)
    first, last = (
        Inbound("telegram", f"chat {number}", "ya", "1", "", in_reply_to=f"message {number}")
        for number in (0, proofs.MOST)
    )
    assert kept.of(first) == frozenset()
    assert kept.of(last) == {f"mark {proofs.MOST}"}


def test_who_never_shares_their_number_is_forgotten_in_time() -> None:
    post = Post(Bot("1:a"), ManualClock(NOW), Lane(30, ManualClock(NOW)))  # type: ignore[arg-type]
    for chat in range(3 * MOST_KEYBOARDS):
        post.note_keyboard(chat)
        post.note_keyboard(0)
    assert len(post.keyboards) == MOST_KEYBOARDS
    assert {0, 3 * MOST_KEYBOARDS - 1} <= post.keyboards.keys()


def test_a_lane_holds_nothing_of_who_was_written_to() -> None:
    async def counts() -> Iterator[int]:
        lane = Lane(1_000, ManualClock(NOW), per_chat_seconds=1, chat_burst=3)
        found = []
        for begun in (0, 300, 600):
            await asyncio.gather(*(lane.turn(f"chat {begun + n}", is_offer=n % 2 == 0) for n in range(300)))
            await asyncio.sleep(60)
            await lane.turn("the last")
            found.append(held(lane))
        return iter(found)

    first, second, third = run(counts())
    assert first == second == third


def test_work_that_has_ended_is_not_remembered_by_its_chat() -> None:
    async def counts() -> tuple[int, int]:
        chats = OneByOne()
        fresh = held(chats)
        for number in range(200):
            chats.begin(number % 50, asyncio.Event().wait if number % 10 == 0 else _at_once)
        await asyncio.sleep(0)
        await chats.stop()
        await asyncio.sleep(0)
        return fresh, held(chats)

    fresh, after = run(counts())
    assert after == fresh


async def _at_once() -> None:
    """It is done."""


def test_what_was_gathered_and_told_is_not_remembered() -> None:
    async def counts() -> list[int]:
        desk: Gathering[int, int] = Gathering(list, lambda _fault: False)
        found = []
        for _ in range(2):
            assert await asyncio.gather(*(desk.add(n) for n in range(100))) == list(range(100))
            await asyncio.sleep(0)
            found.append(len(desk._waiting))
        return [*found, int(desk._at_work is not None)]

    assert run(counts()) == [0, 0, 0]


def test_a_door_learns_from_the_last_messages_however_many_there_were() -> None:
    doors, counts = Doors(), []
    said: list[Outcome] = [Sent("1"), FateUnknown("line"), Throttled(NOW + timedelta(seconds=1), Cause.BUSY)]
    for begun in (0, 3_000):
        for number in range(begun, begun + 3_000):
            at = NOW + timedelta(seconds=number)
            doors.heed("telegram", [said[number % 3]], at)
            doors.feel("telegram", [said[number % 3]], at)
        counts.append(held(doors))
    assert abs(counts[0] - counts[1]) <= 5
