"""Our webhooks against signatures made by Twilio's own code for another language, of requests as odd as they come."""

from __future__ import annotations

import asyncio
import base64
import json
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from random import Random
from urllib.parse import urlencode

import pytest
from starlette.types import ASGIApp, Message, Scope

from bot.app import App, build
from bot.clock import ManualClock
from bot.settings import Settings
from bot.web.app import web
from bot.web.whatsapp import PATH, STATUS_PATH
from ledger.database import Database
from tests.conftest import SECRET
from tests.contracts.providers import ACCOUNT, AUTH_TOKEN, SHOP_NUMBER
from tests.fakes import FakeChannel
from tests.strangers.conftest import HERE

NOW = datetime(2026, 11, 2, 3, tzinfo=UTC)
MANY = 240
SHOPS = ("https://shop.example.com", "https://shop.example.com:8443", "https://shop.example.com:443")
PATHS = (PATH, STATUS_PATH)
QUERIES = ("", "", "toko=ratna", "a=1&b=&a=2", "q='kopi'&x=%27", "x=%E2%98%95+%20", "bodySHA256=00", "=&&")
NAMES = ("Body", "ProfileName", "ButtonText", "NumMedia", "MessageSid", "AccountSid", "Z", "a", "A", "a b", "From")
VALUES = (
    "", " ", "Halo Kak", "ya", "100% & lebih = + ?", "é", "☕ kopi", "👩‍👧 🎉", "日本語",
    "a\nb\r\nc\td", "\u202eterbalik",
    "null", "[]", "whatsapp:+6281200000001", "x" * 4_000, "\N{NO-BREAK SPACE}", "'\"<>\\", "0",
)  # fmt: skip


@dataclass(frozen=True)
class Request:
    """What Twilio posts, and to what address it believes."""

    shop: str
    path: str
    query: str
    fields: tuple[tuple[str, str], ...]

    @property
    def url(self) -> str:
        return f"{self.shop}{self.path}" + (f"?{self.query}" if self.query else "")

    @property
    def params(self) -> dict[str, list[str]]:
        return {name: [value for each, value in self.fields if each == name] for name, _ in self.fields}


def generated(random: Random) -> Iterator[Request]:
    while True:
        fields = [(random.choice(NAMES), random.choice(VALUES)) for _ in range(random.randrange(1, 9))]
        repeated = [random.choice(fields) for _ in range(random.choice((0, 0, 1, 2)))]
        doubled = [(name, random.choice(VALUES)) for name, _ in repeated]
        whole = tuple(random.sample([*fields, *repeated, *doubled], len(fields) + 2 * len(repeated)))
        yield Request(random.choice(SHOPS), random.choice(PATHS), random.choice(QUERIES), whole)


def changed(request: Request, random: Random) -> Request:
    """The same with one bit of it another."""
    if request.query and random.random() < 0.2:
        return replace(request, query=flipped(request.query, random))
    at = random.randrange(len(request.fields))
    name, value = request.fields[at]
    other = (name, flipped(value, random)) if value and random.random() < 0.8 else (flipped(name, random), value)
    return replace(request, fields=(*request.fields[:at], other, *request.fields[at + 1 :]))


def flipped(text: str, random: Random) -> str:
    at = random.randrange(len(text))
    return text[:at] + chr(ord(text[at]) ^ 1) + text[at + 1 :]


def signed_by_twilio(node: Sequence[str], requests: Sequence[Request]) -> list[str]:
    """By its library for node: one process signs them all."""
    lines = [json.dumps({"token": AUTH_TOKEN, "url": each.url, "params": each.params}) for each in requests]
    done = subprocess.run(
        [*node, str(HERE / "sign.cjs")],
        input="\n".join(lines),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return [str(json.loads(line)) for line in done.stdout.splitlines()]


async def posted(door: ASGIApp, request: Request, signature: str) -> int:
    """The status of the answer, over the interface a web server uses: nothing in between tidies the request."""
    body, told = urlencode(request.fields).encode(), list[Message]()
    scope: Scope = {
        "type": "http", "http_version": "1.1", "method": "POST", "scheme": "http", "path": request.path,
        "raw_path": request.path.encode(), "query_string": request.query.encode(), "root_path": "",
        "server": ("127.0.0.1", 8000), "client": ("127.0.0.1", 1),
        "headers": [
            (b"host", b"localhost:8000"),
            (b"content-type", b"application/x-www-form-urlencoded"),
            (b"content-length", str(len(body)).encode()),
            (b"x-twilio-signature", signature.encode()),
        ],
    }  # fmt: skip

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        told.append(message)

    await door(scope, receive, send)
    return int(told[0]["status"])


@pytest.fixture
def app(sqlite_database: Database) -> Iterator[App]:
    settings = Settings(
        _env_file=None, secret_key=SECRET.decode(), public_url=SHOPS[0], twilio_account_sid=ACCOUNT,
        twilio_auth_token=AUTH_TOKEN, twilio_whatsapp_from=SHOP_NUMBER,
    )  # fmt: skip
    url = sqlite_database.engine.url.render_as_string(hide_password=False)
    app = build(settings, ManualClock(NOW), [FakeChannel("whatsapp")], url, settings.shop())
    yield app
    app.close()


def answers(app: App, requests: Sequence[tuple[Request, str]]) -> list[int]:
    async def ask() -> list[int]:
        urls = {each.shop for each, _ in requests}
        doors = {url: web(replace(app, shop=replace(app.shop, public_url=url))) for url in urls}
        found = [await posted(doors[each.shop], each, signature) for each, signature in requests]
        await app.answered()
        return found

    return asyncio.run(ask())


def test_what_twilio_signed_is_let_in_and_what_is_one_bit_off_is_not(node: list[str], app: App) -> None:
    random = Random(2026)
    requests = [each for each, _ in zip(generated(random), range(MANY), strict=False)]
    others = [changed(each, random) for each in requests]
    signatures, theirs = (signed_by_twilio(node, each) for each in (requests, others))
    assert all(one != other for one, other in zip(signatures, theirs, strict=True)), "every change is one to Twilio"

    let_in = answers(app, list(zip(requests, signatures, strict=True)))
    assert [request for request, status in zip(requests, let_in, strict=True) if status not in (200, 204)] == []

    turned_away = answers(app, list(zip(others, signatures, strict=True)))
    assert [request for request, status in zip(others, turned_away, strict=True) if status != 403] == []


def test_a_signature_that_is_one_bit_off_opens_nothing(node: list[str], app: App) -> None:
    [request] = [each for each, _ in zip(generated(Random(7)), range(1), strict=False)]
    [signature] = signed_by_twilio(node, [request])
    bits = base64.b64decode(signature)
    near = [
        base64.b64encode(bits[: at // 8] + bytes([bits[at // 8] ^ (1 << at % 8)]) + bits[at // 8 + 1 :]).decode()
        for at in range(len(bits) * 8)
    ]
    assert answers(app, [(request, each) for each in near]) == [403] * 160
    assert (
        answers(app, [(request, each) for each in ("", signature[:-1], signature.lower(), signature + "=")])
        == [403] * 4
    )


def test_a_signature_for_one_door_opens_no_other(node: list[str], app: App) -> None:
    request = Request(SHOPS[0], PATH, "", (("Body", "STOP"),))
    [signature] = signed_by_twilio(node, [request])
    elsewhere = [
        replace(request, path=STATUS_PATH),
        replace(request, query="a=1"),
        replace(request, shop="https://shops.example.com"),
        replace(request, fields=(*request.fields, ("From", "whatsapp:+6281200000001"))),
    ]
    assert answers(app, [(each, signature) for each in elsewhere]) == [403, 403, 403, 403]
    assert answers(app, [(request, signature)]) == [200]
