"""Updates that go wrong: none of them ends the listening, holds up the others for ever, or is read in a log."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from telegram import Update

from bot.channels.telegram import Telegram, inbound
from bot.channels.telegram.pending import GIVE_UP_SECONDS, NOTE_SECONDS
from bot.channels.telegram.polling import Polling
from bot.channels.telegram.reading import FetchingBot, Told
from bot.channels.telegram.waiting import Pauses
from bot.clock import ManualClock
from bot.inbound import Inbound, Reach
from bot.talk.router import NotTaken
from tests.bot.test_telegram import written
from tests.contracts.providers import TOKEN, Answer, BotApi, running, telegram_at
from tests.virtual_time import run

NOW = datetime(2026, 11, 2, 3, tzinfo=UTC)
MINUTES = NOTE_SECONDS + GIVE_UP_SECONDS
SECRET_WORDS = "Nama saya Sari, alamat Jalan Mawar 3"
UNREADABLE: list[dict[str, Any]] = [
    {"update_id": 6, "message": {"message_id": 6, "date": 0, "chat": {"id": 5}, "text": SECRET_WORDS}},
    {"update_id": 6, "message": 7},
    {"update_id": 6, "callback_query": {"id": "7", "from": []}},
    {"update_id": 6, "message": {"message_id": 6, "date": SECRET_WORDS, "chat": {"id": 5, "type": "private"}}},
]


@pytest.fixture
def api() -> Iterator[BotApi]:
    with running(BotApi) as provider:
        yield provider


async def no_news(_reach: Reach) -> None:
    """Nobody asks for it."""


def polled(api: BotApi, enough: Callable[[list[str]], bool]) -> tuple[list[str], list[str]]:
    """What is heard, and where it failed, until it is enough."""
    heard: list[str] = []
    blamed: list[str] = []

    async def poll() -> None:
        stopping, telegram = asyncio.Event(), telegram_at(api.url, ManualClock(NOW))

        async def act(update: Update) -> None:
            said = inbound(update)
            assert said is not None
            heard.append(said.text)
            if enough(heard):
                stopping.set()

        async def blame(place: str) -> None:
            blamed.append(place)

        async with asyncio.timeout(20):
            await Polling(telegram.bot, act, Pauses(0.01), blame=blame).go_on(stopping)
        await telegram.close()

    asyncio.run(poll())
    return heard, blamed


@pytest.mark.parametrize("told", UNREADABLE, ids=range(len(UNREADABLE)))
def test_an_update_that_cannot_be_read_is_noted_acknowledged_and_ends_nothing(
    api: BotApi, told: dict[str, Any]
) -> None:
    api.updates = [written(5, text="Halo"), told]
    usual = api.usual

    def then_another(path: str, form: dict[str, str]) -> Answer:
        if int(form.get("offset", 0)) == 7 and api.updates[-1]["update_id"] != 8:
            api.updates.append(written(8, text="tamat"))
        return usual(path, form)

    api.usual = then_another  # type: ignore[method-assign]
    heard, blamed = polled(api, lambda heard: heard[-1] == "tamat")
    assert heard == ["Halo", "tamat"]
    assert len(blamed) == 1
    assert "Mawar" not in blamed[0]


FOREIGN: list[dict[str, Any] | str] = [
    {"status": "login required"},
    {"ok": True},
    {"ok": True, "result": True},
    {"ok": True, "result": [{"message": "welcome"}]},
    {"ok": False, "error_code": 1},
    "[]",
    "<html>Please log in</html>",
]


@pytest.mark.parametrize("body", FOREIGN, ids=range(len(FOREIGN)))
@pytest.mark.parametrize("asked", ["/getUpdates", "/deleteWebhook"])
def test_whatever_answers_in_telegrams_place_ends_nothing(
    api: BotApi, body: dict[str, Any] | str, asked: str
) -> None:
    strangers, usual = iter([Answer(200, body)] * 3), api.usual

    def at_first_foreign(path: str, form: dict[str, str]) -> Answer:
        return (next(strangers, None) if path.endswith(asked) else None) or usual(path, form)

    api.usual = at_first_foreign  # type: ignore[method-assign]
    api.updates = [written(5, text="Halo")]
    assert polled(api, bool)[0] == ["Halo"]


def test_nothing_of_what_people_write_or_of_the_token_is_logged_at_any_level(
    api: BotApi, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    api.updates = [written(5, text=SECRET_WORDS), *UNREADABLE[:1], written(7, text="tamat")]
    with caplog.at_level(logging.DEBUG):
        polled(api, lambda heard: heard[-1] == "tamat")
    assert "could not be read" in caplog.text
    everything = caplog.text + repr([each.__dict__ for each in caplog.records]) + "".join(capfd.readouterr())
    assert "Mawar" not in everything
    assert TOKEN.split(":")[1] not in everything


# Order and patience, in no time


class Waiting:
    """Telegram's memory of updates: at most 100 at once, until they are acknowledged."""

    def __init__(self, *told: Told) -> None:
        self.left = list(told)
        self.offset = 0

    async def delete_webhook(self) -> bool:
        return True

    async def told(self, offset: int | None, wait: timedelta) -> Sequence[Told]:
        self.offset = offset or 0
        self.left = [each for each in self.left if each["update_id"] >= self.offset]
        await asyncio.sleep(0.05 if self.left else wait.total_seconds())
        return self.left[:100]


def elapsed() -> float:
    return asyncio.get_running_loop().time() - 1_000


def played(
    memory: Waiting,
    hear: Callable[[Inbound], Awaitable[object]],
    seconds: float,
    blame: Callable[[str], Awaitable[object]] | None = None,
) -> list[str]:
    """Where it failed, after that long."""
    blamed: list[str] = []

    async def note(place: str) -> None:
        blamed.append(place)

    async def act(update: Update) -> None:
        said = inbound(update)
        assert said is not None
        await hear(said)

    async def story() -> None:
        stopping = asyncio.Event()
        asyncio.get_running_loop().call_later(seconds, stopping.set)
        bot: FetchingBot = memory  # type: ignore[assignment]
        polling = asyncio.create_task(Polling(bot, act, blame=blame or note).go_on(stopping))
        await asyncio.wait([polling], timeout=seconds + 1)
        polling.cancel()

    run(story())
    return blamed


def from_chat(chat: int, number: int, text: str) -> Told:
    return written(number, text=text, chat={"id": chat, "type": "private"})


def test_what_was_not_taken_is_acted_on_before_what_the_chat_said_later() -> None:
    failures, heard = iter([True, True, True]), []

    async def hear(said: Inbound) -> None:
        if said.text == "YA" and next(failures, False):
            raise NotTaken
        heard.append(said.text)

    played(Waiting(written(5, text="YA"), written(6, text="STOP"), from_chat(8, 7, "Halo")), hear, 60)
    assert heard == ["Halo", "YA", "STOP"]


def test_when_we_close_nothing_is_acted_on_before_what_the_chat_said_earlier() -> None:
    heard: list[str] = []

    async def hear(said: Inbound) -> None:
        heard.append(said.text)
        if said.text == "YA":
            raise NotTaken

    memory = Waiting(written(5, text="YA"), written(6, text="STOP"))
    played(memory, hear, 10)
    assert set(heard) == {"YA"}
    assert len(memory.left) == 2


def test_a_chat_that_is_not_taken_delays_no_other() -> None:
    memory, at = Waiting(from_chat(1, 1, "macet")), {}

    async def hear(said: Inbound) -> None:
        if said.text == "macet":
            raise NotTaken
        at[said.text] = elapsed()

    async def story_goes_on(said: Inbound) -> None:
        if not at and elapsed() > 100 and len(memory.left) == 1:
            memory.left.append(from_chat(2, 2, "Halo"))
            at["said"] = elapsed()
        await hear(said)

    played(memory, story_goes_on, 170)
    assert at["Halo"] - at["said"] <= 2.5


@pytest.mark.parametrize("hangs", [False, True], ids=["is never taken", "hangs"])
def test_one_update_that_gets_nowhere_is_given_up_and_noted_once_others_waited_for_minutes(hangs: bool) -> None:
    memory, heard = Waiting(*(from_chat(n, n, f"{n}") for n in range(1, 151))), {}

    async def hear(said: Inbound) -> None:
        if said.text == "1":
            await (asyncio.sleep(1e6) if hangs else asyncio.sleep(0))
            raise NotTaken
        heard[said.text] = elapsed()

    blamed = played(memory, hear, MINUTES + 60)
    assert sorted(map(int, heard)) == list(range(2, 151))
    assert heard["150"] < MINUTES + 10
    assert blamed == [f"{'no end' if hangs else 'NotTaken'} for minutes, pending.py"]
    assert memory.left == []


def test_while_nothing_is_taken_nothing_is_given_up() -> None:
    memory, taken = Waiting(*(from_chat(n, n, f"{n}") for n in range(1, 9))), []

    async def hear(said: Inbound) -> None:
        if elapsed() < 3_000:
            raise NotTaken
        taken.append(said.text)

    assert played(memory, hear, 3_100) == []
    assert sorted(taken) == [f"{n}" for n in range(1, 9)]


def test_what_is_given_up_is_noted_or_else_held() -> None:
    memory = Waiting(from_chat(1, 1, "macet"), from_chat(2, 2, "Halo"))

    async def hear(said: Inbound) -> None:
        if said.text == "macet":
            raise NotTaken

    async def away(_place: str) -> None:
        raise NotTaken

    played(memory, hear, 2 * MINUTES, away)
    assert [each["update_id"] for each in memory.left] == [1, 2]


def test_after_one_was_given_up_its_chat_is_heard_again() -> None:
    memory, heard = Waiting(from_chat(1, 1, "macet"), from_chat(1, 2, "Halo"), from_chat(2, 3, "lain")), []

    async def hear(said: Inbound) -> None:
        if said.text == "macet":
            raise NotTaken
        heard.append(said.text)

    assert len(played(memory, hear, MINUTES + 30)) == 1
    assert heard == ["lain", "Halo"]


def test_a_stop_behind_one_that_gets_nowhere_is_heard_though_nobody_else_writes() -> None:
    heard: list[str] = []

    async def hear(said: Inbound) -> None:
        if said.text == "macet":
            raise NotTaken
        heard.append(said.text)

    assert len(played(Waiting(from_chat(1, 1, "macet"), from_chat(1, 2, "STOP")), hear, MINUTES + 30)) == 1
    assert heard == ["STOP"]


@pytest.mark.parametrize("returns_at", [NOTE_SECONDS, NOTE_SECONDS + 5, MINUTES, 999])
def test_nothing_is_lost_to_a_database_that_comes_back_at_whatever_moment(returns_at: float) -> None:
    heard: list[str] = []

    async def hear(said: Inbound) -> None:
        if elapsed() < returns_at and not said.text.isdigit():
            raise NotTaken
        heard.append(said.text)

    async def note(_place: str) -> None:
        if elapsed() < returns_at:
            raise NotTaken

    played(Waiting(written(1, text="YA"), written(2, text="STOP"), from_chat(2, 3, "3")), hear, 1_100, note)
    assert heard == ["3", "YA", "STOP"]


def test_nobodys_fault_reads_as_one_line_of_ours(api: BotApi) -> None:
    """The place is what the doctor shows: the kind of fault and where, and nobody's words."""
    api.updates = [UNREADABLE[3], written(7, text="tamat")]
    _, blamed = polled(api, bool)
    assert blamed[0].split(" in ")[1].startswith("update_of, reading.py:")


def test_connecting_leaves_the_librarys_log_to_nobody() -> None:
    Telegram.connect(TOKEN, ManualClock(NOW))
    for name in ("telegram", "telegram.Bot", "telegram.request.BaseRequest"):
        assert not logging.getLogger(name).isEnabledFor(logging.CRITICAL)
