"""Whole conversations of the open shop, by webhook, with a Bot API server that nobody here wrote (Telemelya).

What people write goes in by Telemelya's control interface, which calls the shop's web as Telegram does; what the shop
answers goes out with python-telegram-bot as it is, and is read back from there.
"""

from __future__ import annotations

import asyncio
import io
import json
import zipfile
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image
from sqlmodel import select

from bot.app import App, build
from bot.channels.lanes import Lane
from bot.channels.telegram import Telegram
from bot.clock import ManualClock
from bot.serving import serve
from bot.settings import Settings
from campaigns.tables import Campaign, Status
from ledger import customers, interactions
from ledger.consent import standing
from ledger.database import Database
from ledger.tables import Customer, Product, Role
from ledger.team import make_code
from tests.conftest import SECRET
from tests.contracts.telegram_html import shown
from tests.strangers.bot_api import published
from tests.strangers.conftest import free_port

MONDAY_TEN = datetime(2026, 11, 2, 3, tzinfo=UTC)
Letter = dict[str, Any]


@dataclass
class Messenger:
    """Telegram as its people have it in their hands."""

    http: httpx.AsyncClient
    app: App
    token: str

    @property
    def telegram(self) -> Telegram:
        channel = self.app.channels["telegram"]
        assert isinstance(channel, Telegram)
        return channel

    def chat(self, number: int) -> Chat:
        return Chat(self, number)

    async def told(self, session: str) -> list[Letter]:
        answer = await self.http.get("/api/v1/test/responses", headers={"X-Test-Session": session})
        found: list[Letter] = answer.json()["responses"]
        return found


@dataclass
class Chat:
    """One person's."""

    messenger: Messenger
    number: int
    read: int = 0
    seen: list[Letter] = field(default_factory=list)

    @property
    def session(self) -> str:
        return f"{self.messenger.token}-{self.number}"

    async def says(self, text: str) -> list[Letter]:
        """What comes back."""
        return await self._goes({"text": text})

    async def presses(self, label: str) -> list[Letter]:
        """The button of that name under the newest message that has one."""
        markups: dict[int, Letter] = {}
        for letter in self.seen:
            if "message_id" in letter:
                # An edit that brings no buttons takes those away that were there, which Telemelya does not do.
                told = letter["raw"] if letter["method"].startswith("edit") else letter
                markups[letter["message_id"]] = told.get("reply_markup") or {}
        under = {
            number: button["callback_data"]
            for number, markup in markups.items()
            for row in markup.get("inline_keyboard", ())
            for button in row
            if button["text"] == label
        }
        assert under, f"no button {label} under {[text_of(each) for each in self.seen]}"
        newest = max(under)
        return await self._goes({"callback_data": under[newest], "callback_message_id": newest})

    async def _goes(self, what: dict[str, Any]) -> list[Letter]:
        person = {"id": self.number, "first_name": "Sari"}
        answer = await self.messenger.http.post(
            "/api/v1/test/send_update",
            params={"bot_token": self.messenger.token},
            headers={"X-Test-Session": self.session},
            json={"chat_id": self.number, "from_user": person, **what},
        )
        assert answer.json()["delivery"]["status_code"] == 200, answer.text
        return await self.hears()

    async def hears(self) -> list[Letter]:
        """What came since the last time."""
        await self.messenger.app.answered()
        await self.messenger.telegram.attending.finish()
        told = await self.messenger.told(self.session)
        new, self.read = told[self.read :], len(told)
        self.seen += new
        return new

    async def file(self, letter: Letter) -> bytes:
        answer = await self.messenger.http.get(
            f"/api/v1/test/media/{letter['file_id']}", headers={"X-Test-Session": self.session}
        )
        return answer.content


def text_of(letter: Letter) -> str:
    html = letter.get("text") or letter.get("caption") or ""
    return shown(str(html))[0]


def words(letters: list[Letter]) -> str:
    return "\n".join(map(text_of, letters))


def methods(letters: list[Letter]) -> list[str]:
    return [each["method"] for each in letters]


def without_faults(letters: list[Letter]) -> None:
    """What reached Telemelya is held to the published interface as well, where it keeps all that it was sent."""
    found = [
        fault
        for each in letters
        if each["method"] in {"sendMessage", "editMessageText", "editMessageReplyMarkup", "answerCallbackQuery"}
        for fault in published().faults(each["method"], {key: _form(value) for key, value in each["raw"].items()})
    ]
    assert found == []


def _form(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


class Nowhere(httpx.AsyncBaseTransport):
    """The shop's look at its accounts goes to Telegram's own address; here nobody answers there."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("nobody")


@pytest.fixture
def play(
    telemelya: str, sqlite_database: Database, tmp_path: Path
) -> Callable[[Callable[[Messenger], Awaitable[None]]], App]:
    """Opens the shop, lets a conversation run in it, and closes it."""

    def run(conversation: Callable[[Messenger], Awaitable[None]]) -> App:
        port = free_port()
        token = f"{port}00000:AAF-invented-token-for-tests-only"
        settings = Settings(
            _env_file=None, secret_key=SECRET.decode(), shop_name="Toko Ratna", data_dir=tmp_path, web_port=port,
            telegram_bot_token=token, telegram_webhook=True, public_url=f"https://shop-{port}.example.com",
        )  # fmt: skip
        clock = ManualClock(MONDAY_TEN)
        telegram = Telegram.connect(token, clock, f"{telemelya}/bot")
        telegram.post.lane = Lane(1_000, clock)  # the pace has tests of its own, without any waiting
        url = sqlite_database.engine.url.render_as_string(hide_password=False)
        app = build(settings, clock, [telegram], url, settings.shop())
        asyncio.run(_day(app, telemelya, token, conversation))
        app.close()
        return app

    return run


async def _day(app: App, telemelya: str, token: str, conversation: Callable[[Messenger], Awaitable[None]]) -> None:
    opened = asyncio.create_task(serve(app, app.settings, lambda _line: None, Nowhere()))
    access = {"Authorization": "Bearer any"}
    async with httpx.AsyncClient(base_url=telemelya, headers=access, trust_env=False, timeout=30) as http:
        try:
            await _until_called(http, token, opened)
            await asyncio.wait_for(conversation(Messenger(http, app, token)), 60)
        finally:
            opened.cancel()
            with suppress(asyncio.CancelledError):
                await opened


async def _until_called(http: httpx.AsyncClient, token: str, opened: asyncio.Task[None]) -> None:
    """Until the shop has told Telegram where to call."""
    async with asyncio.timeout(20):
        while not (await http.post(f"/bot{token}/getWebhookInfo")).json()["result"]["url"]:
            assert not opened.done(), opened
            await asyncio.sleep(0.02)


def allowed(app: App, chat: Chat) -> set[str]:
    with app.database.reading() as session:
        found = customers.address_of(session, "telegram", str(chat.number))
        assert found is not None
        return {name for name, yes in standing(session, found.customer_id, "telegram").as_json().items() if yes}


Play = Callable[[Callable[[Messenger], Awaitable[None]]], App]


def test_a_customer_joins_by_pressing_looks_takes_their_data_and_leaves(play: Play) -> None:
    async def conversation(telegram: Messenger) -> None:
        sari, app = telegram.chat(700_101), telegram.app
        assert "Boleh Toko Ratna mengirim penawaran" in words(await sari.says("/start"))
        assert "memakai riwayat belanja" in words(await sari.presses("Ya, boleh"))
        await sari.presses("Ya, boleh")
        assert allowed(app, sari) == {"offers", "profiling"}

        panel = await sari.says("/privasi")
        assert "Pilihan Kakak di Toko Ratna" in words(panel)
        changed = await sari.presses("Seberapa sering")
        assert sorted(methods(changed)) == ["answerCallbackQuery", "editMessageText"]
        assert {each["message_id"] for each in (*panel, *changed) if "message_id" in each} == {
            panel[-1]["message_id"]
        }

        await sari.says("data saya")
        copied = await sari.presses("Kirim berkas lengkap")
        [handed] = [each for each in copied if each["method"] == "sendDocument"]
        archive = zipfile.ZipFile(io.BytesIO(await sari.file(handed)))
        assert archive.testzip() is None
        assert any(name.endswith(".json") for name in archive.namelist())

        assert "Sudah berhenti" in words(await sari.says("STOP"))
        assert allowed(app, sari) == set()
        without_faults(sari.seen)

    play(conversation)


def test_an_owner_launches_by_buttons_and_sees_the_report_with_its_chart(play: Play) -> None:
    async def conversation(telegram: Messenger) -> None:
        app, owner = telegram.app, telegram.chat(700_201)
        with app.database.transaction() as session:
            code = make_code(session, Role.OWNER, app.clock.now())
            sold(session, app.clock.now())
        people = [telegram.chat(700_301 + number) for number in range(3)]
        for each in people:
            await each.says("/start")
            for label in ("Ya, boleh", "Ya, boleh"):
                await each.presses(label)
        await owner.says(code)

        await owner.says("/kampanye")
        for label in ("pilihan untuk masing-masing", "semua pelanggan", "Tanpa diskon", "Sekarang"):
            preview = await owner.presses(label)
        assert "Kirim ke" in words(preview)
        assert "Kampanye 1 berjalan" in words(await owner.presses("Ya, kirim"))

        await app.dispatcher.drain()
        offers = [each for person in people for each in await person.hears()]
        assert 2 <= len(offers) <= 3
        assert all("Kopi Gayo" in text_of(each) for each in offers)

        report = await owner.says("/laporan 1")
        [picture] = [each for each in report if each["method"] == "sendPhoto"]
        with Image.open(io.BytesIO(await owner.file(picture))) as chart:
            assert chart.format == "PNG"
            assert min(chart.size) > 200
        assert f"Terkirim: {len(offers)} dari" in words(report)
        with app.database.reading() as session:
            assert session.exec(select(Campaign.status)).one() == Status.DONE
        without_faults([letter for chat in (owner, *people) for letter in chat.seen])

    play(conversation)


def test_menus_are_told_and_who_comes_without_the_secret_is_turned_away(play: Play) -> None:
    async def conversation(telegram: Messenger) -> None:
        await telegram.chat(700_401).says("/start")
        menus = await telegram.told(f"menus-{telegram.token}")
        assert {each["raw"].get("language_code") for each in menus} >= {"en"}
        door = f"http://127.0.0.1:{telegram.app.settings.web_port}/webhooks/telegram"
        async with httpx.AsyncClient(trust_env=False) as stranger:
            answer = await stranger.post(door, json={"update_id": 1})
        assert answer.status_code == 403

    play(conversation)


def sold(session: Any, now: datetime) -> None:
    """A coffee that somebody unknown has bought."""
    stranger = Customer(name="", source="till", created_at=now)
    coffee = Product(sku="K1", name="Kopi Gayo", category="kopi", currency="IDR", price_minor=50_000, stock=99)
    session.add_all([stranger, coffee])
    session.flush()
    interactions.log_purchase(
        session, stranger.id, coffee, quantity=1, amount_minor=50_000, order_ref="A1", platform="pos", at=now
    )
