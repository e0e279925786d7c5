"""Two messages of one person at the same moment, on a database with many writers."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import cast

import pytest

from bot.inbound import Inbound
from bot.talk.router import Heard
from ledger.tables import Role
from ledger.team import make_code
from tests.stories.conftest import Story

ROUNDS = 8


def at_once(story: Story, *messages: tuple[str, str, str]) -> list[Heard]:
    """What is heard by those who write at the same time: (who, text, provider's number)."""
    barrier = Barrier(len(messages))

    def say(message: tuple[str, str, str]) -> Heard:
        who, text, number = message
        barrier.wait()
        return story.app.router.receive(Inbound("simulator", who, text, number))

    with ThreadPoolExecutor(len(messages)) as pool:
        return list(pool.map(say, messages))


@pytest.fixture(params=["sqlite_story", "postgresql_story"])
def crowded(request: pytest.FixtureRequest) -> Story:
    return cast("Story", request.getfixturevalue(request.param))


def repeatedly(check: Callable[[int], None]) -> None:
    for n in range(ROUNDS):
        check(n)


def test_a_first_hello_and_a_stop_together_are_both_answered(crowded: Story) -> None:
    def check(n: int) -> None:
        heard = at_once(crowded, (f"sari-{n}", "halo", f"a{n}"), (f"sari-{n}", "STOP", f"b{n}"))
        assert not any("gangguan" in reply.text for each in heard for reply in each.replies)
        assert crowded.hear(f"sari-{n}", "privasi").standing.offers is False

    repeatedly(check)


def test_a_stop_that_meets_a_yes_is_never_overtaken_unseen(crowded: Story) -> None:
    def check(n: int) -> None:
        crowded.say(f"budi-{n}", "mulai")
        heard = at_once(crowded, (f"budi-{n}", "ya", f"c{n}"), (f"budi-{n}", "STOP", f"d{n}"))
        assert not any("gangguan" in reply.text for each in heard for reply in each.replies)
        assert crowded.hear(f"budi-{n}", "privasi").standing.offers is False

    repeatedly(check)


def test_the_same_message_twice_at_once_is_answered_once(crowded: Story) -> None:
    def check(n: int) -> None:
        heard = at_once(crowded, (f"wati-{n}", "mulai", f"e{n}"), (f"wati-{n}", "mulai", f"e{n}"))
        assert sorted(len(each.replies) for each in heard) == [0, 1]

    repeatedly(check)


def test_one_code_sent_by_two_chats_at_once_makes_one_owner(crowded: Story) -> None:
    def check(n: int) -> None:
        with crowded.app.database.transaction() as session:
            code = make_code(session, Role.OWNER, crowded.clock.now())
        heard = at_once(crowded, (f"ratna-{n}", code, f"f{n}"), (f"maling-{n}", code, f"g{n}"))
        assert sum("sebagai pemilik" in reply.text for each in heard for reply in each.replies) == 1

    repeatedly(check)
