"""What a line to the Bot API promises, asked of ours and of python-telegram-bot's own.

The server is on the loopback and answers as the real one does, or not at all.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable, Coroutine, Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any, TypeVar

import pytest
from telegram import Bot, InputFile
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram.request import BaseRequest, HTTPXRequest

from bot.channels.telegram.errors import outcome_of
from bot.channels.telegram.request import NEVER_LEFT, AiohttpRequest
from campaigns.channel import Document, FateUnknown, Throttled
from tests.bot.test_telegram import NOW
from tests.contracts.providers import LONG_PATIENCE_SECONDS, PATIENCE_SECONDS, TOKEN, BotApi, refused, running

pytestmark = pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")

T = TypeVar("T")
AWKWARD = '<b>tebal</b> & a+b=c; ?%20 \N{WOMAN}\N{ZERO WIDTH JOINER}\N{GIRL}\n\ttab\r\n\\ "'
Make = Callable[..., BaseRequest]


def ours(**limits: float) -> BaseRequest:
    return AiohttpRequest(4, **{"read_timeout": LONG_PATIENCE_SECONDS, **limits})


def the_librarys(**limits: float) -> BaseRequest:
    return HTTPXRequest(4, **{"read_timeout": LONG_PATIENCE_SECONDS, **limits})


@pytest.fixture(params=[ours, the_librarys], ids=["ours", "the library's"])
def make(request: pytest.FixtureRequest) -> Make:
    made: Make = request.param
    return made


@pytest.fixture
def api() -> Iterator[BotApi]:
    with running(BotApi) as provider:
        yield provider


def asking(line: BaseRequest, url: str, ask: Callable[[Bot], Coroutine[Any, Any, T]]) -> T:
    async def run() -> T:
        places = {"base_url": f"{url}/bot", "base_file_url": f"{url}/file/bot"}
        bot = Bot(TOKEN, request=line, get_updates_request=line, **places)
        try:
            return await ask(bot)
        finally:
            await line.shutdown()

    return asyncio.run(run())


async def greet(bot: Bot) -> int:
    return (await bot.send_message(700100, "Halo")).message_id


def fault_of(line: BaseRequest, url: str, ask: Callable[[Bot], Coroutine[Any, Any, object]] = greet) -> TelegramError:
    with pytest.raises(TelegramError) as caught:
        asking(line, url, ask)
    return caught.value


def test_words_arrive_as_they_are(make: Make, api: BotApi) -> None:
    asking(make(), api.url, lambda bot: bot.send_message(700100, AWKWARD))
    (form,) = api.forms("/sendMessage")
    assert form == {"chat_id": "700100", "text": AWKWARD}


@pytest.mark.parametrize("method", ["send_document", "send_photo"])
@pytest.mark.parametrize("size", [3, 3_000_000])
def test_files_arrive_as_they_are_with_their_words(make: Make, api: BotApi, method: str, size: int) -> None:
    data = (bytes(range(256)) + b"\r\n--") * (size // 256) + b"PNG"
    file = InputFile(data, "laporan bulan ini é.png")
    file.mimetype = "image/png"
    asking(make(read_timeout=5), api.url, lambda bot: getattr(bot, method)(700100, file, caption=AWKWARD))
    ((_, form),) = api.heard
    assert (form["chat_id"], form["caption"]) == ("700100", AWKWARD)
    assert api.documents == [Document("laporan bulan ini é.png", data, "image/png")]


def test_a_large_file_is_fetched_whole(make: Make, api: BotApi) -> None:
    api.files["F1"] = bytes(range(256)) * 20_000

    async def fetch(bot: Bot) -> bytes:
        return bytes(await (await bot.get_file("F1")).download_as_bytearray())

    assert asking(make(read_timeout=5), api.url, fetch) == api.files["F1"]


def test_a_file_that_is_gone_is_a_refusal(make: Make, api: BotApi) -> None:
    async def fetch(bot: Bot) -> object:
        api.files["F1"] = b"x"
        file = await bot.get_file("F1")
        api.files.clear()
        return await file.download_as_bytearray()

    assert isinstance(fault_of(make(), api.url, fetch), TelegramError)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (refused(400, "Bad Request: chat not found"), BadRequest),
        (refused(400, "Bad Request: moved", migrate_to_chat_id=-1), ChatMigrated),
        (refused(401, "Unauthorized"), InvalidToken),
        (refused(403, "Forbidden: bot was blocked by the user"), Forbidden),
        (refused(404, "Not Found"), InvalidToken),
        (refused(409, "Conflict: terminated"), Conflict),
        (refused(413, "Request Entity Too Large"), NetworkError),
        (refused(502, "Bad Gateway"), NetworkError),
    ],
)
def test_refusals_are_told_apart(make: Make, api: BotApi, answer: Any, kind: type[TelegramError]) -> None:
    api.answers.append(answer)
    assert type(fault_of(make(), api.url)) is kind


def test_a_429_says_how_long_to_wait(make: Make, api: BotApi) -> None:
    api.answers.append(refused(429, "Too Many Requests: retry after 35", retry_after=35))
    fault = fault_of(make(), api.url)
    assert isinstance(fault, RetryAfter)
    assert outcome_of(fault, NOW) == Throttled(NOW + timedelta(seconds=35))


@pytest.mark.parametrize("said", ["<html>certainly</html>", "", "\xff"])
def test_what_is_no_json_is_an_error_whose_fate_is_unknown(make: Make, api: BotApi, said: str) -> None:
    api.will(200, said)
    assert outcome_of(fault_of(make(), api.url), NOW) == FateUnknown("TelegramError")


def test_an_answer_that_comes_too_late_may_have_been_sent(make: Make, api: BotApi) -> None:
    api.will(200, "{}", delay_seconds=PATIENCE_SECONDS * 2)
    fault = fault_of(make(read_timeout=PATIENCE_SECONDS), api.url)
    assert (type(fault), isinstance(fault.__cause__, NEVER_LEFT)) == (TimedOut, False)
    assert outcome_of(fault, NOW) == FateUnknown("TimedOut")


def test_whoever_hangs_up_may_have_taken_it(make: Make, api: BotApi) -> None:
    api.will(None)
    fault = fault_of(make(), api.url)
    assert (type(fault), isinstance(fault.__cause__, NEVER_LEFT)) == (NetworkError, False)
    assert outcome_of(fault, NOW) == FateUnknown("NetworkError")


def test_where_nobody_listens_nothing_left_the_house(make: Make) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as door:
        port = door.getsockname()[1]
    fault = fault_of(make(), f"http://127.0.0.1:{port}")
    assert isinstance(fault.__cause__, NEVER_LEFT)
    assert outcome_of(fault, NOW) == Throttled(NOW + timedelta(minutes=1))


@pytest.mark.parametrize("status", [403, 407, 502])
def test_what_a_proxy_did_not_let_out_was_not_sent(monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 %d No\r\ncontent-length: 0\r\n\r\n" % status)
        writer.close()

    async def ask() -> TelegramError:
        server = await asyncio.start_server(refuse, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{port}")
        monkeypatch.delenv("no_proxy", raising=False)
        line = ours()
        try:
            await greet(Bot(TOKEN, "https://telegram.example/bot", request=line, get_updates_request=line))
        except TelegramError as fault:
            return fault
        finally:
            await line.shutdown()
            server.close()
        raise AssertionError("nobody is there to take it")

    assert outcome_of(asyncio.run(ask()), NOW) == Throttled(NOW + timedelta(minutes=1))


def test_whoever_waits_for_a_free_connection_too_long_has_sent_nothing(make: Make, api: BotApi) -> None:
    for _ in range(4):
        api.answers.append(api.usual("/sendMessage", {"chat_id": "700100", "text": "…"}))
        api.answers[-1].delay_seconds = 0.4

    async def crowd(bot: Bot) -> list[object]:
        return await asyncio.gather(*(greet(bot) for _ in range(5)), return_exceptions=True)

    found = asking(make(read_timeout=5, connect_timeout=0.05, pool_timeout=0.05), api.url, crowd)
    (late,) = [each for each in found if isinstance(each, Exception)]
    assert outcome_of(late, NOW) == Throttled(NOW + timedelta(minutes=1))
    assert len(api.forms("/sendMessage")) == 4


def test_nothing_is_followed_elsewhere(make: Make, api: BotApi) -> None:
    api.will(302, "")
    assert isinstance(fault_of(make(), api.url), NetworkError)
    assert len(api.heard) == 1


def test_polling_waits_longer_than_an_answer_may_take(make: Make, api: BotApi) -> None:
    line = make(read_timeout=PATIENCE_SECONDS)
    assert line.read_timeout == PATIENCE_SECONDS
    usual = api.usual

    def slowly(path: str, form: dict[str, str]) -> Any:
        answer = usual(path, form)
        answer.delay_seconds = PATIENCE_SECONDS * 1.5
        return answer

    api.usual = slowly  # type: ignore[method-assign]
    assert asking(line, api.url, lambda bot: bot.get_updates(timeout=timedelta(seconds=1))) == ()


def test_what_was_shut_down_asks_nothing_more(make: Make, api: BotApi) -> None:
    line = make()
    asking(line, api.url, greet)
    assert isinstance(fault_of(line, api.url), NetworkError)
    assert len(api.heard) == 1


def test_what_cannot_be_read_is_not_written_into_the_log(api: BotApi, caplog: pytest.LogCaptureFixture) -> None:
    api.will(200, "Halo Kak Sari, 081200000001")
    with caplog.at_level(logging.INFO):
        fault_of(ours(), api.url)
    assert "Sari" not in caplog.text
    assert TOKEN not in caplog.text


def test_an_error_of_ours_does_not_name_the_token() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as door:
        port = door.getsockname()[1]
    assert TOKEN not in str(fault_of(ours(), f"http://127.0.0.1:{port}"))
