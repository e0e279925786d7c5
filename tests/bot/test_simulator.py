"""The simulator's page, over its line: two phones that speak with the shop, and nobody else who may."""

from __future__ import annotations

import asyncio
import base64
import json
import socket
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from sqlmodel import select
from starlette.websockets import WebSocket
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from bot.app import App, build
from bot.channels.simulator import REMEMBERED, REMEMBERED_BYTES, Simulator
from bot.clock import MovableClock, SystemClock
from bot.leading import Leader
from bot.serving import configured_channels
from bot.settings import Settings
from bot.web.app import server_of, web
from bot.web.simulator.chats import Chats
from bot.web.simulator.files import Files
from bot.web.simulator.line import MOST_WAITING, Line, is_ours, moment
from bot.web.simulator.protocol import ClockShows, Message
from bot.web.simulator.room import Room
from campaigns.channel import Document, Outgoing
from campaigns.tables import Message as Offer
from ledger import interactions
from ledger.database import Database
from ledger.tables import AuditEntry, Customer, Product

MONDAY_TEN = datetime(2026, 11, 2, 3, tzinfo=UTC)
PATIENCE_SECONDS = 20
HOSTILE = "<script>alert(1)</script> *tebal* {{ 7*7 }} \"'"
TOKEN = "123456789:" + "a" * 35


@dataclass
class Client:
    """A browser on this computer, and the loop on which the shop runs."""

    port: int
    loop: asyncio.AbstractEventLoop
    web: httpx.Client

    @property
    def here(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def call(self, act: Callable[..., Coroutine[Any, Any, Any]], *args: object) -> Any:
        """Do it where the shop runs."""
        return asyncio.run_coroutine_threadsafe(act(*args), self.loop).result(PATIENCE_SECONDS)

    def line(self, **headers: str) -> ClientConnection:
        address = f"ws://127.0.0.1:{self.port}/simulator/line"
        return connect(address, additional_headers=headers, max_size=None, proxy=None, compression=None)


class Page:
    """A page with its line open."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.welcome = self.next("welcome")

    def say(self, type: str, **more: Any) -> None:  # noqa: A002 - as the protocol calls it
        self.socket.send(json.dumps({"type": type, **more}))

    def read(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.socket.recv(PATIENCE_SECONDS))
        return told

    def next(self, kind: str, that: Callable[[dict[str, Any]], bool] = lambda _: True) -> dict[str, Any]:
        """The next that is told of this kind; what comes before it is passed over."""
        while True:
            told = self.read()
            if told["type"] == kind and that(told):
                return told

    def open(self, phone: str, address: str = "", name: str = "") -> dict[str, Any]:
        self.say("open", phone=phone, address=address, name=name)
        return self.next("history", lambda told: told["phone"] == phone)

    def hear(self, phone: str) -> dict[str, Any]:
        """The next message of the shop's on this phone."""
        told = self.next("message", lambda told: told["phone"] == phone and told["message"]["from"] == "shop")
        found: dict[str, Any] = told["message"]
        return found

    def found(self, text: str) -> list[dict[str, Any]]:
        """Whom a search for that finds."""
        found: list[dict[str, Any]] = self.next("people", lambda told: told["text"] == text)["people"]
        return found

    def answer(self, phone: str, text: str) -> dict[str, Any]:
        self.say("say", phone=phone, text=text)
        answered = self.hear(phone)
        self.next("state", lambda told: told["message"].startswith("web-") and told["state"] == "read")
        return answered


@contextmanager
def opened(database: Database, folder: Path, **more: object) -> Iterator[App]:
    given = {"secret_key": "a key for tests only, 32 bytes..", "shop_name": "Toko Ratna", "data_dir": folder, **more}
    settings = Settings(_env_file=None, **given)  # type: ignore[arg-type]
    clock = MovableClock(SystemClock(lambda: MONDAY_TEN, lambda: 0.0))
    channels = configured_channels(settings, clock)
    app = build(settings, clock, channels, database.engine.url.render_as_string(hide_password=False), settings.shop())
    try:
        yield app
    finally:
        app.close()


@pytest.fixture
def app(sqlite_database: Database, tmp_path: Path) -> Iterator[App]:
    with opened(sqlite_database, tmp_path) as found:
        yield found


@contextmanager
def browser(app: App) -> Iterator[Client]:
    """The shop served as always, in a thread of its own."""
    server, loop = server_of(app, closing_seconds=1), asyncio.new_event_loop()
    with socket.create_server(("127.0.0.1", 0)) as door, ThreadPoolExecutor(1) as threads:
        serving = threads.submit(loop.run_until_complete, server.serve([door]))
        port = door.getsockname()[1]
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE_SECONDS, trust_env=False) as web:
                yield Client(port, loop, web)
        finally:
            server.should_exit = True
            serving.result(PATIENCE_SECONDS)
            loop.run_until_complete(app.errands.stop())
            loop.run_until_complete(app.answered())
            loop.close()


@contextmanager
def looking(client: Client) -> Iterator[Page]:
    with client.line(origin=client.here) as line:
        yield Page(line)


@pytest.fixture
def client(app: App) -> Iterator[Client]:
    with browser(app) as found:
        yield found


@pytest.fixture
def page(client: Client) -> Iterator[Page]:
    with looking(client) as found:
        yield found


def sells_tea(app: App) -> None:
    with app.database.transaction() as session:
        till = Customer(name="", source="till", created_at=MONDAY_TEN)
        tea = Product(sku="teh", name="Teh Melati", category="teh", currency="IDR", price_minor=50_000, stock=99)
        session.add_all([till, tea])
        session.flush()
        interactions.log_purchase(
            session, till.id, tea, quantity=3, amount_minor=150_000, order_ref="1", platform="pos",
            at=MONDAY_TEN - timedelta(days=1),
        )  # fmt: skip


def join(page: Page, name: str) -> None:
    page.open("customer", name, name.capitalize())
    for text in ("MULAI", "ya", "ya"):
        page.answer("customer", text)


def drain(client: Client, app: App) -> None:
    client.call(app.dispatcher.drain)


# Stories


def test_somebody_new_joins_by_pressing_what_is_offered(page: Page) -> None:
    assert page.open("customer", "sari", "Sari")["messages"] == []
    asked = page.answer("customer", "MULAI")
    yes = asked["buttons"][0]
    page.say("press", phone="customer", message=asked["id"], says=yes["says"])
    mine = page.next("message")["message"]
    assert (mine["from"], mine["text"], mine["in_reply_to"]) == ("me", yes["says"], asked["id"])
    page.hear("customer")
    page.say("search", text="")
    assert page.next("people")["people"] == [{"address": "sari", "name": "Sari", "standing": "yes", "segment": ""}]


def test_what_is_said_is_ticked_as_it_goes(page: Page) -> None:
    page.open("customer", "sari", "Sari")
    page.say("say", phone="customer", text="MULAI")
    seen = [page.read() for _ in range(7)]
    assert [(each["type"], each.get("is_typing", each.get("state"))) for each in seen] == [
        ("message", None), ("typing", True), ("typing", False), ("message", None), ("state", "delivered"),
        ("typing", False), ("state", "read"),
    ]  # fmt: skip
    assert seen[0]["message"]["state"] == seen[3]["message"]["state"] == "sent"


def test_an_offer_that_arrives_and_is_read_is_so_in_the_books(app: App, client: Client, page: Page) -> None:
    sells_tea(app)
    join(page, "sari")
    page.say("become")
    page.hear("owner")
    page.answer("owner", "/luncurkan pilihan ke semua sekarang, diskon 10%, tahan 0%")
    page.answer("owner", "ya")
    drain(client, app)
    offer = page.next("message", lambda told: told["message"]["is_offer"])["message"]
    assert "Teh Melati" in offer["text"]
    page.next("state", lambda told: told["message"] == offer["id"] and told["state"] == "delivered")
    page.say("read", phone="customer", messages=[offer["id"], "nothing of ours"])
    page.next("state", lambda told: told["message"] == offer["id"] and told["state"] == "read")
    report = page.answer("owner", "/laporan 1")["text"]
    assert "dibaca: 1" in report


def test_an_offer_to_a_phone_that_lies_in_a_drawer_arrives_when_it_is_opened(
    app: App, client: Client, page: Page
) -> None:
    sells_tea(app)
    join(page, "sari")
    page.open("customer", "budi", "Budi")
    page.say("become")
    page.hear("owner")
    page.answer("owner", "/luncurkan pilihan ke semua sekarang, diskon 10%, tahan 0%")
    page.answer("owner", "ya")
    drain(client, app)
    theirs = select(Offer.state).where(Offer.was_eligible)
    with app.database.reading() as session:
        assert session.exec(theirs).one() == "sent"
    page.say("open", phone="customer", address="sari")
    arrived = page.next("state", lambda told: told["phone"] == "customer")
    last = page.open("customer", "sari")["messages"][-1]
    assert (last["is_offer"], last["state"], last["id"]) == (True, "delivered", arrived["message"])
    with app.database.reading() as session:
        assert session.exec(theirs).one() == "delivered"


def test_a_chat_is_there_after_the_page_and_after_the_shop_was_closed(
    sqlite_database: Database, tmp_path: Path
) -> None:
    with opened(sqlite_database, tmp_path) as app, browser(app) as client:
        with looking(client) as page:
            join(page, "sari")
        with looking(client) as page:
            kept = page.open("customer", "sari")["messages"]
    with opened(sqlite_database, tmp_path) as app, browser(app) as client, looking(client) as page:
        again = page.open("customer", "sari")
    assert again["name"] == "Sari"
    assert [each["text"] for each in kept] == [each["text"] for each in again["messages"]]
    assert [each["from"] for each in again["messages"]] == ["me", "shop"] * 3


def test_pages_learn_where_somebody_stands_as_soon_as_that_changes(page: Page) -> None:
    page.open("customer", "sari", "Sari")
    stood = []
    for text in ("MULAI", "ya", "ya", "STOP"):
        page.say("say", phone="customer", text=text)
        stood.append(page.next("people")["people"][0]["standing"])
    assert stood == ["unasked", "yes", "yes", "left"]


def test_two_pages_see_the_same_chat(client: Client, page: Page) -> None:
    page.open("customer", "sari", "Sari")
    with looking(client) as other:
        other.open("customer", "sari", "Sari")
        page.say("say", phone="customer", text="MULAI")
        assert other.next("message")["message"]["text"] == "MULAI"
        assert other.hear("customer")["id"] == page.hear("customer")["id"]


def test_who_opened_another_chat_hears_nothing_of_the_first(client: Client, page: Page) -> None:
    page.open("customer", "sari", "Sari")
    page.open("customer", "budi", "Budi")
    client.web.post("/simulator", json={"address": "sari", "text": "MULAI"})
    assert page.answer("customer", "MULAI")["text"].startswith("Halo Kak Budi")


def test_what_is_said_over_the_json_door_shows_on_the_page(client: Client, page: Page) -> None:
    page.open("customer", "sari", "Sari")
    answered = client.web.post("/simulator", json={"address": "sari", "text": "MULAI", "name": "Sari"}).json()
    assert page.next("message")["message"]["text"] == "MULAI"
    assert page.hear("customer")["text"] == answered["replies"][0]["text"]
    listed = client.web.get("/simulator/messages", params={"address": "sari"}).json()["messages"]
    assert [each["text"] for each in listed] == [each["text"] for each in answered["replies"]]


def test_a_file_is_there_for_the_shop_once_and_for_the_page_to_fetch(app: App, client: Client, page: Page) -> None:
    csv = b"customer,name,at,kind,product\nC1,Ani,2026-10-01 10:00,purchase,Teh\n"
    page.open("customer", "sari", "Sari")
    page.say("file", phone="customer", name="jual.csv", base64=base64.b64encode(csv).decode(), text="ini")
    mine = page.next("message")["message"]
    assert (mine["text"], mine["document"]["name"]) == ("ini", "jual.csv")
    fetched = client.web.get(mine["document"]["url"])
    assert (fetched.content, fetched.headers["content-type"]) == (csv, "application/octet-stream")
    assert 'filename="jual.csv"' in fetched.headers["content-disposition"]
    page.hear("customer")
    simulator = app.channels["simulator"]
    assert isinstance(simulator, Simulator)
    assert list(simulator.files.values()) == [csv]


def test_a_chart_comes_as_a_picture(app: App, client: Client, page: Page) -> None:
    page.open("customer", "sari", "Sari")
    picture = Document("grafik.png", b"\x89PNG\r\n\x1a\n", "image/png")
    client.call(app.channels["simulator"].send, Outgoing("sari", "Lihat", document=picture))
    shown = page.hear("customer")["document"]
    fetched = client.web.get(shown["url"])
    assert (fetched.content, fetched.headers["content-type"]) == (picture.data, "image/png")
    assert fetched.headers["x-content-type-options"] == "nosniff"


def test_the_clock_is_moved_from_the_page_and_all_pages_are_told(app: App, client: Client, page: Page) -> None:
    assert page.welcome["may_move"] is False
    leader = Leader(app, ["true"])

    async def start() -> None:
        leader.start()

    client.call(start)
    with looking(client) as other:
        assert other.welcome["may_move"] is True
        page.say("forward", to="morning")
        for each in (page, other):
            shown = each.next("clock", lambda told: not told["is_moving"])
            assert datetime.fromisoformat(shown["now"]) == datetime(2026, 11, 3, 2, tzinfo=UTC)
        page.say("forward", to="2026-11-01T00:00:00Z")
        assert "tidak bisa mundur" in page.next("problem")["text"]
    client.call(leader.stop)


# Becoming the owner


def test_one_press_makes_the_owner_once_and_it_is_in_the_audit(app: App, page: Page) -> None:
    assert page.welcome["owner"] == {
        "address": "pemilik", "name": "Pemilik", "is_owner": False, "may_become": True
    }  # fmt: skip
    page.say("become")
    page.hear("owner")
    told = page.next("people")
    assert (told["owner"]["is_owner"], told["owner"]["may_become"]) == (True, False)
    assert told["people"] == [], "who leads the shop is no customer"
    page.say("become")
    assert "owner-code" in page.next("problem")["text"]
    with app.database.reading() as session:
        done = session.exec(select(AuditEntry.action).order_by(AuditEntry.id)).all()  # type: ignore[arg-type]
    assert [each for each in done if each in ("code made", "joined the team")] == ["code made", "joined the team"]


def test_beside_a_messenger_nobody_becomes_the_owner_by_a_press(sqlite_database: Database, tmp_path: Path) -> None:
    shop = opened(sqlite_database, tmp_path, telegram_bot_token=TOKEN, simulator="on")
    with shop as app, browser(app) as client, looking(client) as page:
        assert page.welcome["owner"]["may_become"] is False
        page.say("become")
        assert "owner-code" in page.next("problem")["text"]


# Who may come in


def test_beside_a_messenger_it_is_closed_unless_asked_for(sqlite_database: Database, tmp_path: Path) -> None:
    with opened(sqlite_database, tmp_path, telegram_bot_token=TOKEN) as app, browser(app) as client:
        assert client.web.get("/simulator").status_code == 404
        with pytest.raises(InvalidStatus), client.line(origin=client.here):
            pass


def test_where_it_is_off_it_is_closed(sqlite_database: Database, tmp_path: Path) -> None:
    with opened(sqlite_database, tmp_path, simulator="off") as app, browser(app) as client:
        assert client.web.get("/simulator").status_code == 404
        assert client.web.post("/simulator", json={"address": "sari", "text": "MULAI"}).status_code == 404


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://elsewhere.example.com"},
        {"origin": "http://127.0.0.1:1"},
        {"origin": "null"},
        {},
        {"origin": "HERE", "x-forwarded-for": "203.0.113.7"},
        {"origin": "HERE", "via": "1.1 proxy"},
    ],
    ids=["foreign", "other port", "sandboxed", "none", "forwarded", "proxied"],
)
def test_a_line_is_opened_to_our_own_page_only(client: Client, headers: dict[str, str]) -> None:
    given = {name: value.replace("HERE", client.here) for name, value in headers.items()}
    with pytest.raises(InvalidStatus) as refused, client.line(**given):
        pass
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize(
    ("near", "host", "origin", "is_let_in"),
    [
        ("127.0.0.1", "127.0.0.1:8080", "http://127.0.0.1:8080", True),
        ("::1", "localhost:8080", "http://localhost:8080", True),
        ("192.0.2.4", "127.0.0.1:8080", "http://127.0.0.1:8080", False),
        # A page elsewhere whose own name leads here has an origin like the host it asks.
        ("127.0.0.1", "evil.example.com", "http://evil.example.com", False),
        ("127.0.0.1", "127.0.0.1:8080", "file://127.0.0.1:8080", False),
    ],
)
def test_a_line_is_opened_to_this_computer_only(near: str, host: str, origin: str, is_let_in: bool) -> None:
    headers = [(b"host", host.encode()), (b"origin", origin.encode())]
    scope = {"type": "websocket", "scheme": "ws", "path": "/simulator/line", "query_string": b"", "headers": headers,
             "client": (near, 50_000), "server": ("127.0.0.1", 8080)}  # fmt: skip

    async def nothing(*_: object) -> Any:
        raise AssertionError("nothing is read or said to find out")

    assert is_ours(WebSocket(scope, nothing, nothing)) is is_let_in


def test_another_computer_gets_neither_page_nor_messages_nor_files(app: App) -> None:
    async def ask(path: str) -> int:
        transport = httpx.ASGITransport(web(app), client=("192.0.2.4", 50_000))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as browser:
            return (await browser.get(path, headers={"accept": "text/html"})).status_code

    for path in ("/simulator", "/simulator/messages?address=sari", "/simulator/files/anything"):
        assert asyncio.run(ask(path)) == 403


def test_another_sites_page_gets_no_files(client: Client) -> None:
    assert client.web.get("/simulator/files/x", headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert client.web.get("/simulator/files/x", headers={"sec-fetch-site": "same-origin"}).status_code == 404


def test_the_page_runs_only_scripts_of_ours(client: Client) -> None:
    shown = client.web.get("/simulator", headers={"accept": "text/html"})
    assert shown.status_code == 200
    policy = shown.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert client.web.get("/simulator?language=en").text.count('lang="en"') >= 1


# What is said badly


@pytest.mark.parametrize(
    "said",
    [
        "rubbish", "[]", "{}", '{"type": "dance"}', '{"type": "say", "phone": "customer"}',
        '{"type": "say", "phone": "neighbour", "text": "x"}',
        json.dumps({"type": "say", "phone": "customer", "text": "x" * 70_000}),
        json.dumps({"type": "read", "phone": "customer", "messages": ["x"] * 1_000}),
        json.dumps({"type": "file", "phone": "customer", "name": "x", "base64": "a"}),
        json.dumps({"type": "forward", "to": "yesterday"}),
        '{"type": "say", "phone": "customer", "text": "\\ud800"}', "[" * 10_000,
    ],
)  # fmt: skip
def test_what_cannot_be_read_gets_a_sentence_and_the_line_stays(page: Page, said: str) -> None:
    page.open("customer", "sari", "Sari")
    page.socket.send(said)
    assert page.next("problem")["text"]
    assert page.answer("customer", "MULAI")["text"]


@pytest.mark.parametrize("address", ["", " ", "x" * 190 + "\u200b" * 0])
def test_an_address_is_some_name(page: Page, address: str) -> None:
    page.say("open", phone="customer", address=address)
    told = page.next("problem" if not address.strip() else "history")
    assert told["phone"] == "customer"


def test_a_phone_without_a_chat_says_nothing(page: Page) -> None:
    page.say("say", phone="customer", text="MULAI")
    assert "Pilih orangnya dulu" in page.next("problem")["text"]


def test_a_button_that_is_not_there_is_words_and_no_press(page: Page) -> None:
    page.open("customer", "sari", "Sari")
    asked = page.answer("customer", "MULAI")
    page.say("press", phone="customer", message=asked["id"], says="BERHENTI")
    assert page.hear("customer")["text"]
    page.say("press", phone="customer", message="simulator-unknown-1", says="ya")
    assert page.hear("customer")["text"]


def test_names_and_words_are_data_wherever_they_go(client: Client, page: Page) -> None:
    page.open("customer", "nakal", HOSTILE)
    page.answer("customer", "MULAI")
    page.say("say", phone="customer", text=HOSTILE)
    assert page.next("message")["message"]["text"] == HOSTILE
    page.hear("customer")
    page.say("search", text="<script>")
    assert page.found("<script>")[0]["name"] == HOSTILE
    assert "alert(1)" not in client.web.get("/simulator", headers={"accept": "text/html"}).text


def test_a_search_means_its_signs_as_they_are(page: Page) -> None:
    page.open("customer", "sari", "Sari")
    page.answer("customer", "MULAI")
    page.say("search", text="%")
    assert page.found("%") == []
    page.say("search", text="AR")
    assert [each["name"] for each in page.found("AR")] == ["Sari"]


# Bounds


def test_of_many_customers_some_are_told_and_how_many_more_there_are(app: App, client: Client) -> None:
    with app.database.transaction() as session:
        for number in range(75):
            person = Customer(name=f"Pelanggan {number:02}", source="pos", created_at=MONDAY_TEN)
            session.add(person)
            session.flush()
            from ledger import customers

            customers.add_address(session, person, "simulator", f"p-{number}", "pos", MONDAY_TEN)
    with looking(client) as page:
        assert (len(page.welcome["people"]), page.welcome["more"]) == (60, 15)
        page.say("search", text="gan 74")
        found = page.next("people")
        assert ([each["address"] for each in found["people"]], found["more"]) == (["p-74"], 0)


def test_a_page_that_does_not_read_is_let_go_and_holds_nobody_up(app: App) -> None:
    async def flood() -> bool:
        line = Line(Room(app, Simulator()), None)  # type: ignore[arg-type]
        for _ in range(MOST_WAITING + 1):
            line.tell(ClockShows(now=MONDAY_TEN, is_moving=True))
        return line._is_slow.is_set()

    assert asyncio.run(flood())


def message(number: int, *, text: str = "", sender: str = "shop", replaces: str | None = None) -> Message:
    at = MONDAY_TEN + timedelta(hours=number)
    return Message(id=f"m{number}", sender=sender, text=text or f"text {number}", at=at, replaces=replaces)


def test_chats_forget_what_is_oldest() -> None:
    chats = Chats(most_chats=2, most_messages=3)
    for number in range(5):
        chats.add("sari", message(number))
    assert [each.id for each in chats.of("sari")] == ["m2", "m3", "m4"]
    chats.add("budi", message(1))
    chats.add("sari", message(5))
    chats.add("andi", message(1))
    assert chats.of("budi") == []
    assert len(chats.of("sari")) == 3


def test_what_replaces_a_message_stands_in_its_place() -> None:
    chats = Chats()
    for number in range(3):
        chats.add("sari", message(number))
    chats.add("sari", message(9, replaces="m1"))
    assert [each.id for each in chats.of("sari")] == ["m0", "m9", "m2"]


def test_a_tick_never_goes_back() -> None:
    chats = Chats()
    chats.add("sari", message(1))
    assert chats.move_on("sari", "m1", "read") is not None
    assert chats.move_on("sari", "m1", "delivered") is None
    assert chats.of("sari")[0].state == "read"


def test_what_the_ledger_and_the_page_both_know_is_shown_once() -> None:
    chats = Chats()
    chats.add("sari", message(5, text="Halo"))
    older = [message(1), message(5, text="Halo").model_copy(update={"id": "ledger-7"})]
    assert [each.id for each in chats.learn("sari", older)] == ["m1", "m5"]
    assert [each.id for each in chats.learn("sari", older)] == ["m1", "m5"]


def test_files_make_room_for_newer_ones() -> None:
    files = Files(room_bytes=10, most=3)
    first = files.put(Document("a", b"12345678", "text/plain"))
    second = files.put(Document("b", b"1234", "text/plain"))
    assert first.url.split("/")[-1] not in files._kept
    assert second.url.split("/")[-1] in files._kept
    assert len(second.url) > 30


def test_the_channel_remembers_so_many_messages_and_so_much_paper() -> None:
    simulator = Simulator()
    paper = Document("besar.zip", bytes(REMEMBERED_BYTES // 4), "application/zip")

    async def send() -> None:
        for _ in range(6):
            await simulator.send(Outgoing("sari", "Ini", document=paper))
        assert len(simulator.sent) == len(simulator.numbers) == 4
        for number in range(REMEMBERED + 5):
            await simulator.send(Outgoing("sari", str(number)))

    asyncio.run(send())
    assert len(simulator.sent) == REMEMBERED
    assert simulator.received_by("sari")[-1][1].text == str(REMEMBERED + 4)


def test_numbers_are_never_given_twice_though_the_shop_was_closed_between() -> None:
    async def first() -> str:
        return (await Simulator().send(Outgoing("sari", "Halo"))).provider_message_id

    assert asyncio.run(first()) != asyncio.run(first())


@pytest.mark.parametrize(
    ("to", "then"),
    [
        ("hour", "2026-11-02T11:30+07:00"), ("day", "2026-11-03T10:30+07:00"),
        ("week", "2026-11-09T10:30+07:00"), ("morning", "2026-11-03T09:00+07:00"),
    ],
)  # fmt: skip
def test_the_buttons_of_the_clock_mean_the_shops_own_time(to: str, then: str) -> None:
    now = datetime(2026, 11, 2, 10, 30, tzinfo=ZoneInfo("Asia/Jakarta"))
    assert moment(to, now) == datetime.fromisoformat(then)
