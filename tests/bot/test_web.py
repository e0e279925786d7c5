"""The shop over HTTP: tracked links, health, the front door, the simulator's chat."""

from __future__ import annotations

import asyncio
import re
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from sqlmodel import select

from bot.app import App, build
from bot.channels.simulator import Simulator
from bot.clock import ManualClock
from bot.settings import Settings
from bot.web.app import web
from campaigns.launching.drafts import Variant
from campaigns.tables import Campaign, Message, State, Status, TrackedLink
from ledger.database import Database
from ledger.tables import Customer, Interaction, Kind, Product

NOW = datetime(2026, 11, 2, 3, tzinfo=UTC)
TOKEN = "a-token-of-a-link"
PHONE = "Mozilla/5.0 (Linux; Android 14; CUBOT NOTE 50) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36"


@pytest.fixture
def app(sqlite_database: Database) -> Iterator[App]:
    settings = Settings(
        _env_file=None,  # type: ignore[call-arg]
        secret_key="a key for tests only, 32 bytes..",  # type: ignore[arg-type]
        shop_name="Toko <Ratna> & Co",
        shop_contact="0812-0000-0000",
    )
    url = sqlite_database.engine.url.render_as_string(hide_password=False)
    app = build(settings, ManualClock(NOW), [Simulator()], url, settings.shop())
    with app.database.transaction() as session:
        session.add(Customer(id=1, name="Sari", source="chat", created_at=NOW))
        session.add(Product(id=7, sku="KOPI-1", name="Kopi <Gayo>", currency="IDR", price_minor=50_000))
        session.add(
            Campaign(
                id=1, template="picks", audience="all", holdout_share=0, seed="s", status=Status.RUNNING,
                created_by="test", created_at=NOW, variants=[Variant(discount_percent=10).as_json()],
            )
        )  # fmt: skip
        session.flush()
        session.add(
            Message(
                id=1,
                campaign_id=1,
                customer_id=1,
                channel="simulator",
                was_eligible=True,
                state=State.SENT,
                planned_at=NOW,
                counts_from=NOW,
                facts={"products": [7]},
            )
        )
        session.flush()
        session.add(TrackedLink(token=TOKEN, message_id=1, product_id=7, created_at=NOW))
    yield app
    app.close()


def asked(
    app: App, method: str, path: str, client: str = "127.0.0.1", host: str = "localhost", **more: Any
) -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(web(app), client=(client, 5_000))
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}:8080") as browser:
            return await browser.request(method, path, **more)

    return asyncio.run(ask())


def clicks(app: App) -> list[Interaction]:
    with app.database.reading() as session:
        return list(session.exec(select(Interaction).where(Interaction.kind == Kind.CLICK)))


def opened(app: App, method: str = "GET", **headers: str) -> httpx.Response:
    return asked(app, method, f"/r/{TOKEN}", headers={"user-agent": PHONE, **headers})


def test_a_person_who_follows_a_link_is_counted_and_told_how_to_order(app: App) -> None:
    page = opened(app)
    assert page.status_code == 200
    assert "Penawaran dari Toko &lt;Ratna&gt; &amp; Co" in page.text
    assert "Kopi &lt;Gayo&gt; — Rp45.000" in page.text
    assert "Untuk memesan, datang saja ke toko" in page.text
    assert "0812-0000-0000" in page.text
    ((click),) = clicks(app)
    assert (click.customer_id, click.product_id, click.message_id, click.at) == (1, 7, 1, NOW)


def test_the_page_speaks_the_browsers_language_where_we_speak_it(app: App) -> None:
    assert "To order, come by the shop" in opened(app, **{"accept-language": "de-DE, en-GB;q=0.8"}).text
    assert 'lang="id"' in opened(app, **{"accept-language": "de"}).text


def test_the_page_lets_nothing_in_from_elsewhere(app: App) -> None:
    page = opened(app)
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert page.headers["cache-control"] == "no-store"
    assert not re.search(r"<script|src=|href=|url\(", page.text)


@pytest.mark.parametrize(
    "agent",
    [
        "WhatsApp/2.23.20.0 A",
        "TelegramBot (like TwitterBot)",
        "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
        "Twitterbot/1.0",
        "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "LinkedInBot/1.0",
        "curl/8.5.0",
        "python-requests/2.32",
        "",
    ],
)
def test_a_preview_shows_the_page_and_is_no_click(app: App, agent: str) -> None:
    assert opened(app, **{"user-agent": agent}).status_code == 200
    assert clicks(app) == []


@pytest.mark.parametrize(
    ("header", "purpose"),
    [("sec-purpose", "prefetch;prerender"), ("purpose", "prefetch"), ("x-purpose", "preview"), ("x-moz", "prefetch")],
)
def test_looking_ahead_is_no_click(app: App, header: str, purpose: str) -> None:
    opened(app, **{header: purpose})
    assert clicks(app) == []


def test_asking_for_the_head_is_no_click(app: App) -> None:
    assert opened(app, "HEAD").status_code == 200
    assert clicks(app) == []


def test_a_link_we_never_gave_out_is_said_to_be_unknown(app: App) -> None:
    page = asked(app, "GET", "/r/something-else", headers={"user-agent": PHONE})
    assert page.status_code == 404
    assert "tidak dikenal" in page.text
    assert clicks(app) == []


def test_a_link_outlives_its_product(app: App) -> None:
    with app.database.transaction() as session:
        session.get_one(Message, 1).facts = {"products": [99]}
    assert "Terima kasih sudah mampir" in opened(app).text


def test_the_front_door_says_whose_shop_it_is_and_where_to_chat(app: App) -> None:
    page = asked(app, "GET", "/")
    assert "Toko &lt;Ratna&gt; &amp; Co" in page.text
    assert "simulator" in page.text


def test_whatsapps_door_is_not_there_without_an_account(app: App) -> None:
    assert asked(app, "POST", "/webhooks/whatsapp", data={"Body": "x"}).status_code == 404


def test_one_can_chat_over_the_simulator(app: App) -> None:
    asked_back = asked(app, "POST", "/simulator", json={"address": "sari", "text": "MULAI", "name": "Sari"}).json()
    assert "Halo Kak Sari" in asked_back["replies"][0]["text"]
    assert asked_back["replies"][0]["buttons"][0] == {"label": "Ya, boleh", "says": "ya penawaran"}
    assert asked_back["standing"] == {"offers": False, "profiling": False, "research": False}
    answered = asked(app, "POST", "/simulator", json={"address": "sari", "text": "ya"}).json()
    assert answered["standing"]["offers"] is True


@pytest.mark.parametrize(
    "where",
    [
        {"client": "203.0.113.9"},
        {"host": "toko.example"},
        {"headers": {"x-forwarded-for": "127.0.0.1"}},
        {"headers": {"via": "1.1 proxy"}},
        {"client": "not an address"},
    ],
    ids=["from afar", "by another name", "passed on", "through a proxy", "from who knows where"],
)
def test_the_simulator_answers_this_computer_only(app: App, where: dict[str, Any]) -> None:
    answer = asked(app, "POST", "/simulator", json={"address": "sari", "text": "MULAI"}, **where)
    assert answer.status_code == 403


def test_a_page_in_a_browser_cannot_chat_unasked(app: App) -> None:
    answer = asked(app, "POST", "/simulator", content=b'{"address": "sari", "text": "MULAI"}')
    assert answer.status_code == 415


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"address": "", "text": "x"},
        {"address": "sari", "text": 5},
        {"address": "\N{ZERO WIDTH SPACE}", "text": "x"},
    ],
)
def test_what_is_no_message_is_refused_with_a_reason(app: App, body: dict[str, Any]) -> None:
    answer = asked(app, "POST", "/simulator", json=body)
    assert answer.status_code == 400
    assert answer.json()["problem"]


def test_a_body_too_large_is_refused(app: App) -> None:
    answer = asked(app, "POST", "/simulator", json={"address": "sari", "text": "x" * 70_000})
    assert answer.status_code == 413


def test_a_file_is_sent_over_the_simulator_and_what_comes_of_it_is_looked_up(app: App) -> None:
    sent = {"address": "ibu-ratna", "file_name": "a.csv", "base64": b64encode(b"x" * 100_000).decode()}
    heard = asked(app, "POST", "/simulator/file", json=sent)
    assert heard.status_code == 200
    chats = app.channels["simulator"]
    assert isinstance(chats, Simulator)
    # She is no manager: nothing is fetched, and the file waits for nobody.
    assert [len(data) for data in chats.files.values()] == [100_000]
    (shown, *_) = asked(app, "GET", "/simulator", params={"address": "ibu-ratna"}).json()["messages"]
    assert shown["text"] == heard.json()["replies"][0]["text"]
    assert shown["number"].startswith("simulator-")
    assert asked(app, "GET", "/simulator", params={"address": "sari"}).json() == {"messages": []}


@pytest.mark.parametrize("where", [{"client": "192.0.2.7"}, {"host": "example.com"}])
def test_files_and_what_came_are_for_this_computer_only(app: App, where: dict[str, Any]) -> None:
    sent = {"address": "ibu-ratna", "file_name": "a.csv", "base64": ""}
    assert asked(app, "POST", "/simulator/file", json=sent, **where).status_code == 403
    assert asked(app, "GET", "/simulator", params={"address": "ibu-ratna"}, **where).status_code == 403


def test_a_file_that_is_none_is_a_sentence(app: App) -> None:
    sent = {"address": "ibu-ratna", "file_name": "a.csv", "base64": "not base64!"}
    answer = asked(app, "POST", "/simulator/file", json=sent)
    assert (answer.status_code, "base64" in answer.json()["problem"]) == (400, True)
