"""Opening the shop and closing it again."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.app import App, build
from bot.channels.simulator import Simulator
from bot.checkups.finding import Finding
from bot.clock import ManualClock
from bot.listening import Concerns, Listening
from bot.serving import PortTaken, announcement, configured_channels, serve
from bot.settings import BadSettings, Settings
from campaigns.channel import Channel
from ledger import customers
from ledger.database import Database
from tests.contracts.providers import (
    AUTH_TOKEN,
    TOKEN,
    Answer,
    BotApi,
    Form,
    leading_to,
    refused,
    running,
    telegram_at,
    whatsapp_at,
)

NOW = datetime(2026, 11, 2, 3, tzinfo=UTC)
SECRET = "a key for tests only, 32 bytes.."
TWILIO = {
    "twilio_account_sid": "AC1",
    "twilio_auth_token": AUTH_TOKEN,
    "twilio_whatsapp_from": "whatsapp:+14155238886",
}
SARI = {"id": 700100, "is_bot": False, "first_name": "Sari", "language_code": "id"}
PRIVATE = {"id": 700100, "type": "private"}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as door:
        return int(door.getsockname()[1])


def set_up(**chosen: Any) -> Settings:
    return Settings(_env_file=None, secret_key=SECRET, web_port=free_port(), **chosen)


def open_shop(database: Database, settings: Settings, *channels: Channel) -> App:
    return build(
        settings,
        ManualClock(NOW),
        channels,
        database.engine.url.render_as_string(hide_password=False),
        settings.shop(),
    )


@pytest.fixture
def app(sqlite_database: Database) -> Iterator[App]:
    app = open_shop(sqlite_database, set_up(shop_name="Toko Ratna"), Simulator())
    yield app
    app.close()


@pytest.mark.parametrize(
    ("chosen", "names"),
    [
        ({}, ["simulator"]),
        ({"telegram_bot_token": TOKEN}, ["telegram"]),
        (TWILIO, ["whatsapp"]),
        ({"telegram_bot_token": TOKEN, **TWILIO}, ["telegram", "whatsapp"]),
    ],
)
def test_the_messengers_are_those_the_settings_name(chosen: dict[str, str], names: list[str]) -> None:
    assert [channel.name for channel in configured_channels(set_up(**chosen), ManualClock(NOW))] == names


@pytest.mark.parametrize(
    ("chosen", "sentence"),
    [
        ({"telegram_bot_token": "hello"}, "TELEGRAM_BOT_TOKEN harus seperti"),
        ({**TWILIO, "twilio_auth_token": None}, "WhatsApp masih butuh TWILIO_AUTH_TOKEN di .env"),
        ({"twilio_account_sid": "AC1"}, "TWILIO_AUTH_TOKEN, TWILIO_WHATSAPP_FROM"),
        ({**TWILIO, "twilio_whatsapp_from": "toko"}, "TWILIO_WHATSAPP_FROM harus nomor telepon"),
        ({"telegram_bot_token": "hello", "shop_language": "en"}, "TELEGRAM_BOT_TOKEN must look like"),
        (
            {"twilio_account_sid": "AC1", "shop_language": "en"},
            "WhatsApp needs TWILIO_AUTH_TOKEN, TWILIO_WHATSAPP_FROM",
        ),
    ],
)
def test_half_an_account_is_said_to_be_half(chosen: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadSettings, match=sentence):
        configured_channels(set_up(**chosen), ManualClock(NOW))


def test_it_is_said_what_is_open_and_what_would_open_the_rest(app: App) -> None:
    told = "\n".join(announcement(app, app.settings))
    assert "Toko Ratna buka: http://127.0.0.1:" in told
    assert "Telegram: mati; isi TELEGRAM_BOT_TOKEN" in told
    assert "WhatsApp: mati; isi TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, TWILIO_WHATSAPP_FROM" in told
    assert "Simulator: buka http://127.0.0.1:" in told
    assert "03:00 Asia/Jakarta" in told


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ({}, "Telegram: nyala; pesan diambil sendiri"),
        ({"telegram_webhook": True}, "Telegram mengirim pesan ke https://toko.example/webhooks/telegram"),
        ({"shop_language": "en"}, "delivery reports https://toko.example/webhooks/whatsapp/status, both POST"),
        (
            {"public_url": "http://toko.example"},
            "PUBLIC_URL itu http://toko.example: Twilio dan Telegram meminta https",
        ),
        ({"public_url": None}, "PUBLIC_URL itu http://127.0.0.1:"),
    ],
)
def test_it_is_said_how_each_messenger_is_on_and_what_to_enter_at_twilio(
    sqlite_database: Database, chosen: dict[str, Any], said: str
) -> None:
    settings = set_up(**{"telegram_bot_token": TOKEN, "public_url": "https://toko.example", **TWILIO, **chosen})
    app = open_shop(sqlite_database, settings, *configured_channels(settings, ManualClock(NOW)))
    told = "\n".join(announcement(app, settings))
    app.close()
    assert said in told


def test_no_secret_is_said_aloud(sqlite_database: Database) -> None:
    settings = set_up(telegram_bot_token=TOKEN, public_url="https://toko.example", **TWILIO)
    app = open_shop(sqlite_database, settings, *configured_channels(settings, ManualClock(NOW)))
    told = "\n".join(announcement(app, settings))
    app.close()
    assert "Telegram: nyala" in told
    assert "https://toko.example/webhooks/whatsapp" in told
    assert not any(secret in told for secret in (TOKEN, AUTH_TOKEN, SECRET))


def test_the_process_that_answers_people_loads_nothing_of_the_engine() -> None:
    script = f"""
import sys
import bot.serving, bot.shops, bot.worker, bot.web.app, bot.web.whatsapp
from bot.clock import SystemClock
from bot.settings import Settings
bot.serving.configured_channels(Settings(_env_file=None, telegram_bot_token={TOKEN!r}, **{TWILIO!r}), SystemClock())
print(sorted({{"numpy", "scipy", "sklearn", "polars", "pandas", "mlxtend", "matplotlib"}} & sys.modules.keys()))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=30)
    assert done.stdout.strip() == "[]"


def test_a_port_in_use_is_said_in_a_sentence(app: App) -> None:
    with (
        socket.create_server(("127.0.0.1", app.settings.web_port)),
        pytest.raises(PortTaken, match=r"sudah dipakai program lain.*WEB_PORT di \.env"),
    ):
        asyncio.run(serve(app, app.settings, lambda _line: None))


SERVE = """
import asyncio, sys
from bot.app import build
from bot.channels.simulator import Simulator
from bot.clock import SystemClock
from bot.serving import serve
from bot.settings import Settings
settings = Settings(_env_file=None, secret_key=sys.argv[3], web_port=int(sys.argv[2]))
app = build(settings, SystemClock(), [Simulator()], sys.argv[1], settings.shop())
asyncio.run(serve(app, settings, lambda line: print(line, flush=True), closing=lambda: print("closing")))
app.close()
print("closed")
"""


HANGING = """
import threading
from bot import last_call
threading.Thread(target=threading.Event().wait).start()
last_call.begin(0.01)
print("told to close", flush=True)
"""


def test_a_thread_that_waits_for_a_database_for_ever_does_not_keep_the_process() -> None:
    told = [sys.executable, "-c", HANGING]
    ended = subprocess.run(told, capture_output=True, text=True, timeout=20, check=False)
    assert (ended.returncode, ended.stdout) == (1, "told to close\n")
    assert "the time for closing is over" in ended.stderr


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM to catch")
@pytest.mark.parametrize("way", [signal.SIGTERM, signal.SIGINT])
def test_told_to_close_it_closes_within_ten_seconds(tmp_path: Path, way: signal.Signals) -> None:
    port = free_port()
    command = [sys.executable, "-c", SERVE, f"sqlite:///{tmp_path / 'shop.db'}", str(port), SECRET]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as shop:
        assert shop.stdout is not None
        assert "Toko Kita buka" in shop.stdout.readline()
        health = httpx.get(f"http://127.0.0.1:{port}/healthz", trust_env=False, timeout=10)
        began = time.monotonic()
        shop.send_signal(way)
        told, errors = shop.communicate(timeout=15)
    assert health.json() == {"status": "ok"}
    assert told.splitlines()[-2:] == ["closing", "closed"]
    assert (shop.returncode, errors) == (0, "")
    assert time.monotonic() - began < 10


def test_telegram_is_answered_and_whoever_blocks_the_bot_is_not_written_to(sqlite_database: Database) -> None:
    robot = {"id": 1, "is_bot": True, "first_name": "Toko"}
    block = {
        "chat": PRIVATE, "from": SARI, "date": int(NOW.timestamp()) - 60,
        "old_chat_member": {"user": robot, "status": "member"},
        "new_chat_member": {"user": robot, "status": "kicked", "until_date": 0},
    }  # fmt: skip
    message = {"message_id": 1, "date": 0, "chat": PRIVATE, "from": SARI, "text": "/start"}

    async def unreachable_since(app: App) -> datetime | None:
        with app.database.reading() as session:
            address = customers.address_of(session, "telegram", "700100")
            return address.unreachable_since if address else None

    async def day(app: App) -> datetime | None:
        shop = asyncio.create_task(serve(app, app.settings, lambda _line: None))
        async with asyncio.timeout(10):
            while (since := await unreachable_since(app)) is None and not shop.done():  # noqa: ASYNC110 - the database rings no bell
                await asyncio.sleep(0.05)
        shop.cancel()
        await asyncio.gather(shop, return_exceptions=True)
        return since

    with running(BotApi) as api:
        api.updates = [{"update_id": 1, "message": message}, {"update_id": 2, "my_chat_member": block}]
        app = open_shop(sqlite_database, set_up(), telegram_at(api.url, ManualClock(NOW)))
        assert asyncio.run(day(app)) == NOW - timedelta(minutes=1)
        app.close()
    (answer,) = api.forms("/sendMessage")
    assert "Halo Kak Sari" in answer["text"]


# What keeps a messenger from hearing


class Refusing(BotApi):
    """A Telegram that will not have this token, or has somebody else fetch with it."""

    refusal = refused(401, "Unauthorized")
    about = ""

    def usual(self, path: str, form: Form) -> Answer:
        return self.refusal if path.endswith(self.about) else super().usual(path, form)


class Shared(Refusing):
    refusal = refused(409, "Conflict: terminated by other getUpdates request")
    about = "/getUpdates"


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (Refusing, "! Bot Telegram: Telegram menolak tokennya. Caranya: di Telegram buka @BotFather, /mybots"),
        (Shared, "! Pesan masuk Telegram: program lain juga mengambil pesan dengan token ini. Caranya: hentikan"),
    ],
)
def test_a_telegram_that_does_not_let_us_hear_is_said_at_once_and_the_shop_stays_open(
    sqlite_database: Database, kind: type[Refusing], said: str
) -> None:
    told: list[str] = []

    async def day(app: App) -> int:
        heard = asyncio.Event()

        def say(line: str) -> None:
            told.append(line)
            if line.startswith("! ") and "PUBLIC_URL" not in line:
                heard.set()

        shop = asyncio.create_task(serve(app, app.settings, say))
        async with asyncio.timeout(10):
            await heard.wait()
        url = f"http://127.0.0.1:{app.settings.web_port}/healthz"
        async with httpx.AsyncClient(trust_env=False) as browser:
            answer = await browser.get(url)
        shop.cancel()
        await asyncio.gather(shop, return_exceptions=True)
        return answer.status_code

    with running(kind) as api:
        app = open_shop(sqlite_database, set_up(), telegram_at(api.url, ManualClock(NOW)))
        assert asyncio.run(day(app)) == 200
        app.close()
    troubles = [line for line in told if line.startswith("!") and "PUBLIC_URL" not in line]
    assert [line.startswith(said) for line in troubles] == [True]
    assert not any(TOKEN in line for line in told)


def test_a_trouble_is_said_once_until_it_is_over(app: App) -> None:
    told: list[str] = []
    concerns = Concerns(app, told.append)
    for standing in ("well", "conflict", "failing", "conflict", "well", "well", "conflict"):
        concerns.hear(standing)
    assert [line.split(":")[0] for line in told] == ["! Pesan masuk Telegram", "Telegram", "! Pesan masuk Telegram"]
    assert told[1] == "Telegram: tersambung lagi, pesan diambil"


def test_a_line_that_is_down_is_said_once_and_once_that_it_is_back(app: App) -> None:
    told: list[str] = []
    concerns = Concerns(app, told.append)
    concerns.mind(Finding("telegram_bot", "no_answer", "trouble_unreachable", {"name": "Telegram", "trouble": ""}))
    for standing in ("failing", "failing", "failing", "well", "failing", "well", "well"):
        concerns.hear(standing)
    down, back = told
    assert down.startswith(
        "! Pesan masuk Telegram: Telegram tidak tersambung; dicoba terus. Caranya: periksa internet"
    )
    assert back == "Telegram: tersambung lagi, pesan diambil"


@pytest.mark.parametrize(
    "url", [None, "http://toko.example", "https://localhost", "https://toko.example:8081", "https://toko.example:x"]
)
def test_a_webhook_that_telegram_cannot_call_is_one_sentence(sqlite_database: Database, url: str | None) -> None:
    settings = set_up(telegram_bot_token=TOKEN, telegram_webhook=True, public_url=url)
    app = open_shop(sqlite_database, settings, *configured_channels(settings, ManualClock(NOW)))
    with pytest.raises(BadSettings, match="TELEGRAM_WEBHOOK=true butuh PUBLIC_URL dengan https") as refusal:
        Listening(app, Concerns(app, lambda _line: None)).require_address()
    app.close()
    assert "atau isi TELEGRAM_WEBHOOK=false" in str(refusal.value)


WEBHOOK = {"telegram_bot_token": TOKEN, "telegram_webhook": True, "public_url": "https://toko.example"}


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM to catch")
@pytest.mark.parametrize(
    ("names", "chosen", "asked"),
    [
        ((), {}, None),
        (("telegram",), {}, "/getUpdates"),
        (("telegram",), WEBHOOK, "/setWebhook"),
        (("whatsapp",), TWILIO, None),
        (("telegram", "whatsapp"), TWILIO, "/getUpdates"),
    ],
)
def test_it_opens_and_closes_with_either_messenger_with_both_and_with_none(
    sqlite_database: Database, names: tuple[str, ...], chosen: dict[str, Any], asked: str | None
) -> None:
    told: list[str] = []

    async def day(app: App, api: BotApi) -> None:
        shop = asyncio.create_task(serve(app, app.settings, told.append, leading_to(api.url)))
        async with asyncio.timeout(10):
            while not told or (asked is not None and not api.forms(asked)):  # noqa: ASYNC110 - the provider rings no bell
                await asyncio.sleep(0.01)
            os.kill(os.getpid(), signal.SIGTERM)
            await shop

    with running(BotApi) as api:
        known = {
            "telegram": telegram_at(api.url, ManualClock(NOW)),
            "whatsapp": whatsapp_at(api.url, ManualClock(NOW)),
        }
        channels = [known[name] for name in names] or [Simulator()]
        app = open_shop(sqlite_database, set_up(**chosen), *channels)
        asyncio.run(day(app, api))
        app.close()
    assert told[0].startswith("Toko Kita buka")
    assert bool(api.forms("/setWebhook")) is (asked == "/setWebhook")


def test_an_account_that_twilio_refuses_is_said_and_telegram_is_heard_all_the_same(sqlite_database: Database) -> None:
    told: list[str] = []
    with running(BotApi) as api:
        # A stand-in for Telegram alone, that knows nobody's account at Twilio.
        channels = telegram_at(api.url, ManualClock(NOW)), whatsapp_at(api.url, ManualClock(NOW))
        app = open_shop(sqlite_database, set_up(**TWILIO), *channels)
        listening = Listening(app, Concerns(app, told.append))
        asyncio.run(listening.look_at_accounts(leading_to(api.url)))
        app.close()
    (line,) = told
    assert line.startswith("! Akun Twilio: Twilio menolak akun atau tokennya. Caranya: salin Account SID")
    assert AUTH_TOKEN not in line
