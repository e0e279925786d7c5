"""Whoever knocks with something broken gets an answer that says nothing of it, and nobody is asked to knock again."""

from __future__ import annotations

import asyncio
import gzip
import json
import random
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from bot.app import App, build
from bot.channels import twilio_media
from bot.channels.simulator import Simulator
from bot.channels.telegram.calling import PATH as TELEGRAM
from bot.channels.telegram.calling import secret_token
from bot.clock import ManualClock
from bot.errands import CannotFetch
from bot.settings import Settings
from bot.web.app import LARGEST_BODY_BYTES, web
from bot.web.patience import Patience
from bot.web.telegram import SECRET
from campaigns.channel import Channel
from ledger import consent, customers
from ledger.database import Database
from tests.bot.test_telegram import NOW, pressed, written
from tests.contracts.providers import AUTH_TOKEN, TOKEN, telegram_at, whatsapp_at
from tests.virtual_time import run

KEY, PUBLIC = "a key for tests only, 32 bytes..", "https://toko.example"
INBOUND, STATUS = "/webhooks/whatsapp", "/webhooks/whatsapp/status"
SECRETLY = "rahasia-besar"
NOBODY = "http://127.0.0.1:9"
"""No provider: what is answered goes nowhere."""
FORM = {
    "MessageSid": "SM1", "From": "whatsapp:+6281200000001", "To": "whatsapp:+6281200000000", "ProfileName": "Sari",
    "Body": SECRETLY, "ButtonText": "", "ButtonPayload": "", "ListId": "", "ListTitle": "", "NumMedia": "0",
    "MediaContentType0": "", "MediaUrl0": "", "Latitude": "", "OptOutType": "", "OriginalRepliedMessageSid": "",
}  # fmt: skip
JSON = {"content-type": "application/json"}
REPORT = {
    "MessageSid": "SM1",
    "MessageStatus": "failed",
    "ErrorCode": "63016",
    "To": FORM["From"],
    "From": FORM["To"],
}
UPDATES = [
    written(1, text=SECRETLY),
    written(2, caption=SECRETLY, photo=[{"file_id": "a", "file_unique_id": "b", "width": 1, "height": 1}]),
    written(3, document={"file_id": "a", "file_unique_id": "b", "file_name": "../../etc/passwd", "file_size": 1}),
    pressed(4, "ya"),
]
NASTY = st.sampled_from(
    ["", "\0", "a\0b", "\u202e", "{{ 7*7 }}", "{% for x in y %}", "<b>", "=1+1", "../../x", "9" * 400, "-1", "1e999",
     "whatsapp:", "whatsapp:+", "whatsapp:+62812\r\nX: y", "STOP", "ya", "\x1b[2J", "\N{SKULL}" * 50, "x" * 5_000]
)  # fmt: skip
ANY: st.SearchStrategy[Any] = (
    st.none() | st.booleans() | st.integers() | st.floats() | NASTY | st.just([]) | st.just({}) | st.just([[{}]])
)
FEW = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@pytest.fixture
def app(sqlite_database: Database, tmp_path: Path) -> Iterator[App]:
    clock = ManualClock(NOW)
    shop = Settings(
        _env_file=None,
        secret_key=KEY,
        data_dir=tmp_path,
        public_url=PUBLIC,
        twilio_auth_token=AUTH_TOKEN,
        telegram_bot_token=TOKEN,
        telegram_webhook=True,
    )
    channels: list[Channel] = [Simulator(), whatsapp_at(NOBODY, clock), telegram_at(NOBODY, clock)]
    url = sqlite_database.engine.url.render_as_string(hide_password=False)
    app = build(shop, clock, channels, url, shop.shop())
    yield app
    app.close()


def knock(app: App, *requests: tuple[str, str, dict[str, Any]], host: str = "localhost") -> list[httpx.Response]:
    """What each is answered. What we would say in chat is given up: there is nobody to say it to."""

    async def ask() -> list[httpx.Response]:
        doors = httpx.ASGITransport(web(app), client=("127.0.0.1", 5_000), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=doors, base_url=f"http://{host}") as us:
            answers = [await us.request(method, path, **more) for method, path, more in requests]
        await app.hush()
        for channel in app.channels.values():
            if not isinstance(channel, Simulator):
                await channel.close()  # type: ignore[attr-defined]
        return answers

    return asyncio.run(ask())


def signed(form: dict[str, str], path: str = INBOUND, token: str = AUTH_TOKEN, url: str = PUBLIC) -> tuple[Any, ...]:
    signature = RequestValidator(token).compute_signature(url + path, form)
    return "POST", path, {"data": form, "headers": {"X-Twilio-Signature": signature}}


def called(update: object) -> tuple[str, str, dict[str, Any]]:
    body = update if isinstance(update, bytes) else json.dumps(update).encode()
    return "POST", TELEGRAM, {"content": body, "headers": {SECRET: secret_token(KEY.encode(), TOKEN)}}


def bent(update: Any, path: random.Random, instead: object) -> Any:
    """The same with one of its values, at any depth, another."""
    places: list[tuple[Any, Any]] = []

    def walk(value: Any) -> None:
        for key, each in value.items() if isinstance(value, dict) else enumerate(value):
            places.append((value, key))
            if isinstance(each, dict | list):
                walk(each)

    told = json.loads(json.dumps(update))
    walk(told)
    holder, key = path.choice(places)
    holder[key] = instead
    return told


@FEW
@given(st.fixed_dictionaries({}, optional=dict.fromkeys(FORM, NASTY)), st.sampled_from([INBOUND, STATUS]))
def test_whatever_stands_in_a_form_of_twilios_it_is_taken_or_left(app: App, odd: dict[str, str], path: str) -> None:
    (answer,) = knock(app, signed({**(FORM if path == INBOUND else REPORT), **odd}, path))
    assert answer.status_code in (200, 204)
    assert SECRETLY not in answer.text


@FEW
@given(st.sampled_from(UPDATES), st.randoms(use_true_random=False), ANY)
@pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")
def test_whatever_stands_in_an_update_of_telegrams_it_is_never_called_again(
    app: App, update: dict[str, Any], path: random.Random, instead: object
) -> None:
    (answer,) = knock(app, called(bent(update, path, instead)))
    assert (answer.status_code, answer.text) == (200, "")


@FEW
@given(st.fixed_dictionaries({"address": ANY, "text": ANY}, optional={"name": ANY, "in_reply_to": ANY, "more": ANY}))
def test_whatever_is_said_to_the_simulator_it_answers_or_says_what_is_wrong(app: App, said: dict[str, Any]) -> None:
    (answer,) = knock(app, ("POST", "/simulator", {"content": json.dumps(said), "headers": JSON}))
    assert answer.status_code in (200, 400)
    assert ("replies" in answer.json()) != ("problem" in answer.json())


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b"{", b"\xff\xfe\x00", b"[" * 60_000, b'{"a":' * 10_000, b'{"update_id": 1e999}',
     gzip.compress(json.dumps(UPDATES[0]).encode()), b"\x00" * 1_000, b'"' + SECRETLY.encode() + b'"'],
    ids=["nothing", "null", "a list", "half", "no text", "deep lists", "deep objects", "infinite", "gzip", "zeros",
         "a word"],
)  # fmt: skip
def test_what_is_no_update_is_put_aside_once(app: App, body: bytes) -> None:
    (answer,) = knock(app, called(body))
    assert (answer.status_code, answer.text) == (200, "")


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"\xff\xfe", 400), (b"&".join(b"a=1" for _ in range(501)), 400), (b"x" * (LARGEST_BODY_BYTES + 1), 413),
     (gzip.compress(urlencode(FORM).encode()), 400), (b"", 403)],
    ids=["no text", "endless fields", "huge", "gzip", "nothing"],
)  # fmt: skip
def test_a_form_that_is_none_is_refused_without_a_word(app: App, body: bytes, status: int) -> None:
    headers = {"content-type": "application/x-www-form-urlencoded", "content-encoding": "gzip"}
    (answer,) = knock(app, ("POST", INBOUND, {"content": body, "headers": headers}))
    assert answer.status_code == status
    assert len(answer.text) < 30


def test_what_is_signed_with_another_token_or_for_another_address_is_turned_away(app: App) -> None:
    knocks = [
        signed(FORM, token="the old token of that account..."),
        signed(FORM, url="https://toko.example.evil"),
        signed(FORM, url="http://toko.example"),
        ("POST", INBOUND, {"data": FORM, "headers": {"X-Twilio-Signature": "\xff\xfe".encode("latin-1")}}),
        ("POST", INBOUND, {"data": FORM}),
        ("POST", TELEGRAM, {"json": UPDATES[0], "headers": {SECRET: b"\xff" * 40}}),
        ("POST", TELEGRAM, {"json": UPDATES[0]}),
    ]
    assert {answer.status_code for answer in knock(app, *knocks)} == {403}
    with app.database.reading() as session:
        assert customers.address_of(session, "whatsapp", "+6281200000001") is None
        assert customers.address_of(session, "telegram", "700100") is None


@pytest.mark.parametrize("path", [INBOUND, STATUS, TELEGRAM])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_a_webhook_knows_one_method(app: App, path: str, method: str) -> None:
    assert [answer.status_code for answer in knock(app, (method, path, {}))] == [405]


@pytest.mark.parametrize("path", ["/r/%00", "/r/%ff", "/r/" + "a" * 9_000, "/mydata/%00", "/handouts/..%2f..%2fx"])
def test_a_link_that_nobody_made_leads_nowhere(database: Database, tmp_path: Path, path: str) -> None:
    shop = Settings(_env_file=None, secret_key=KEY, data_dir=tmp_path)
    url = database.engine.url.render_as_string(hide_password=False)
    app = build(shop, ManualClock(NOW), [Simulator()], url, shop.shop())
    browser = {"headers": {"user-agent": "Mozilla/5.0 (Linux; Android 14)"}}
    statuses = [answer.status_code for answer in knock(app, ("GET", path, browser), ("HEAD", path, browser))]
    app.close()
    assert statuses == [404, 404]


def test_the_same_message_ten_times_at_once_is_acted_on_once(app: App) -> None:
    async def flood() -> list[int]:
        doors = httpx.ASGITransport(web(app), raise_app_exceptions=False)
        method, path, more = signed({**FORM, "Body": "MULAI"})
        async with httpx.AsyncClient(transport=doors, base_url=PUBLIC) as twilio:
            answers = await asyncio.gather(*(twilio.request(method, path, **more) for _ in range(10)))
        await app.hush()
        await app.channels["whatsapp"].close()  # type: ignore[attr-defined]
        return [answer.status_code for answer in answers]

    assert asyncio.run(flood()) == [200] * 10
    with app.database.reading() as session:
        address = customers.address_of(session, "whatsapp", "+6281200000001")
        assert address is not None
        said = session.connection().exec_driver_sql("SELECT count(*) FROM interactions WHERE kind = 'message_in'")
        assert said.scalar_one() == 1


def test_a_stop_that_arrives_before_the_yes_it_followed_is_not_undone_by_it(app: App) -> None:
    """Out of order: what was pressed before is delivered after. A question that was closed is not answered by it."""
    knock(app, signed({**FORM, "MessageSid": "SM1", "Body": "MULAI"}))
    knock(app, signed({**FORM, "MessageSid": "SM3", "Body": "STOP"}))
    knock(app, signed({**FORM, "MessageSid": "SM2", "Body": "ya"}))
    with app.database.reading() as session:
        person = customers.find(session, "+6281200000001", "ID")
        assert consent.standing(session, person.id, "whatsapp").offers is not True


def test_while_the_database_is_away_every_door_says_later_and_nothing_else(app: App, tmp_path: Path) -> None:
    shop = Path(app.database.engine.url.database or "")
    shop.rename(tmp_path / "elsewhere")
    browser = {"headers": {"user-agent": "Mozilla/5.0 (Linux; Android 14)"}}
    knocks = [
        ("GET", "/r/token", browser),
        ("POST", "/simulator", {"json": {"address": "sari", "text": SECRETLY}}),
        signed(FORM),
        signed({**REPORT, "MessageStatus": "delivered", "ErrorCode": ""}, STATUS),
        called(UPDATES[0]),
    ]
    away = [(answer.status_code, SECRETLY in answer.text) for answer in knock(app, *knocks)]
    (tmp_path / "elsewhere").rename(shop)
    back = [answer.status_code for answer in knock(app, *knocks)]
    assert away == [(503, False)] * 5
    assert back == [404, 200, 200, 204, 200]


def trickle(app: App, seconds_between: float) -> tuple[int, float]:
    """A client that sends a byte at a time, and for how long it was listened to."""
    told: list[Message] = []

    async def receive() -> Message:
        await asyncio.sleep(seconds_between)
        return {"type": "http.request", "body": b"x", "more_body": True}

    async def send(message: Message) -> None:
        told.append(message)

    async def story() -> float:
        began = asyncio.get_running_loop().time()
        scope = {"type": "http", "method": "POST", "path": INBOUND, "query_string": b"", "headers": [],
                 "http_version": "1.1", "scheme": "http", "server": ("toko", 80),
                 "client": ("10.0.0.1", 1)}  # fmt: skip
        await web(app)(scope, receive, send)
        return asyncio.get_running_loop().time() - began

    seconds = run(story())
    return told[0]["status"], seconds


def test_who_sends_a_byte_a_second_is_not_waited_for(app: App) -> None:
    assert trickle(app, 1.0) == (408, 20.0)


def test_who_reads_slowly_after_all_was_sent_is_let_be() -> None:
    async def door(scope: Any, receive: Any, send: Any) -> None:
        body = await Request(scope, receive).body()
        await asyncio.sleep(60)
        await receive()
        await Response(body)(scope, receive, send)

    messages: list[Message] = [{"type": "http.request", "body": b"all"}, {"type": "http.disconnect"}]
    told: list[Message] = []

    async def story() -> None:
        async def receive() -> Message:
            return messages.pop(0)

        async def send(message: Message) -> None:
            told.append(message)

        await Patience(door)({"type": "http", "headers": []}, receive, send)

    run(story())
    assert told[0]["status"] == 200


@pytest.mark.parametrize(
    ("headers", "pieces"),
    [
        ({}, [b"x" * 1_000] * 4),
        ({"content-length": "10"}, [b"x" * 1_000] * 4),
        ({"content-encoding": "gzip"}, [gzip.compress(b"\0" * 1_000_000)]),
    ],
    ids=["huge", "that says it is small", "that unpacks to more"],
)
def test_a_file_of_twilios_is_given_up_where_it_becomes_too_large(
    headers: dict[str, str], pieces: list[bytes]
) -> None:
    given: list[int] = []

    async def body() -> AsyncIterator[bytes]:
        for each in pieces:
            given.append(len(each))
            yield each

    async def answer(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers=headers, content=body())

    async def fetched() -> None:
        async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
            await twilio_media.fetch(http, "https://api.twilio.com/media/1", ("AC", "token"), 2_000)

    with pytest.raises(CannotFetch):
        asyncio.run(fetched())
    assert sum(given) <= 3_000
