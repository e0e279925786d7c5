"""A customer's data behind a signed link: a page first, the archive on a press, nothing for anybody else."""

from __future__ import annotations

import asyncio
import io
import json
import re
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from sqlmodel import Session, select

from bot import downloads
from bot.app import App, build
from bot.clock import ManualClock
from bot.inbound import Inbound
from bot.settings import Settings
from bot.web.app import web
from campaigns.privacy import forgetting
from ledger.database import Database
from ledger.tables import Customer, PrivacyRequest
from tests.fakes import FakeChannel

NOW = datetime(2026, 11, 2, 3, tzinfo=UTC)
SARI = "+6281200000001"


class Pages:
    """A shop on WhatsApp whose links reach phones, and a browser."""

    def __init__(self, app: App, clock: ManualClock) -> None:
        self.app, self.clock = app, clock
        self._numbers = iter(range(1, 1000))

    def say(self, text: str) -> str:
        inbound = Inbound("whatsapp", SARI, text, f"in-{next(self._numbers)}", "Sari")
        return "\n".join(reply.text for reply in asyncio.run(self.app.hear(inbound)).replies)

    def link(self) -> str:
        self.say("MULAI")
        found = re.search(r"https://shop\.example\.com(/mydata/\S+)", self.say("kirim berkas"))
        assert found is not None
        return found[1]

    def ask(self, method: str, path: str) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(web(self.app))
            async with httpx.AsyncClient(transport=transport, base_url="https://shop.example.com") as browser:
                return await browser.request(method, path)

        return asyncio.run(ask())


@pytest.fixture
def pages(sqlite_database: Database, tmp_path: Path) -> Iterator[Pages]:
    settings = Settings(
        _env_file=None,  # type: ignore[call-arg]
        secret_key="a key for tests only, 32 bytes..",  # type: ignore[arg-type]
        public_url="https://shop.example.com",
        data_dir=tmp_path,
    )
    url, clock = sqlite_database.engine.url.render_as_string(hide_password=False), ManualClock(NOW)
    whatsapp = FakeChannel("whatsapp")
    whatsapp.carries_documents = False
    app = build(settings, clock, [whatsapp], url, settings.shop())
    yield Pages(app, clock)
    app.close()


def test_the_link_shows_a_page_without_data_and_a_button(pages: Pages) -> None:
    shown = pages.ask("GET", pages.link())
    assert shown.status_code == 200
    assert '<form method="post"><button>Ambil data saya</button></form>' in shown.text
    assert "Sari" not in shown.text
    assert "form-action 'self'" in shown.headers["content-security-policy"]
    assert shown.headers["cache-control"] == "no-store"


def test_the_button_gives_the_archive_and_nothing_is_kept_of_it(pages: Pages, tmp_path: Path) -> None:
    before = {file.name for file in tmp_path.rglob("*")}
    given = pages.ask("POST", pages.link())
    assert given.headers["content-type"] == "application/zip"
    assert given.headers["content-disposition"] == 'attachment; filename="data-1.zip"'
    told = json.loads(zipfile.ZipFile(io.BytesIO(given.content)).read("data.json"))
    assert told["customer"]["name"] == "Sari"
    assert told["addresses"][0]["address"] == SARI
    assert {file.name for file in tmp_path.rglob("*.zip")} <= before


def test_the_link_is_good_for_a_day(pages: Pages) -> None:
    path = pages.link()
    pages.clock.forward(downloads.LIFETIME - timedelta(seconds=1))
    assert pages.ask("POST", path).status_code == 200
    pages.clock.forward(timedelta(seconds=1))
    assert pages.ask("POST", path).status_code == 404
    assert "sudah tidak berlaku" in pages.ask("GET", path).text


def test_nobody_can_make_a_link_or_turn_theirs_into_anothers(pages: Pages) -> None:
    number, expires, mark = pages.link().removeprefix("/mydata/").split(".")
    forged = [f"2.{expires}.{mark}", f"{number}.{int(expires) + 1}.{mark}", f"{number}.{expires}.{'0' * 64}", "x"]
    assert [pages.ask("POST", f"/mydata/{each}").status_code for each in forged] == [404] * 4


def test_after_an_erasure_the_link_leads_nowhere(pages: Pages) -> None:
    path = pages.link()
    pages.say("hapus data")
    pages.say("ya")
    assert pages.ask("POST", path).status_code == 404


def test_asking_is_noted_with_when_it_was_answered(pages: Pages) -> None:
    pages.link()
    with pages.app.database.reading() as session:
        noted = session.exec(select(PrivacyRequest)).one()
    assert (noted.kind, noted.channel, noted.made_by) == ("copy", "whatsapp", "customer")
    assert noted.asked_at == noted.answered_at == NOW


def test_a_link_leads_to_nobody_who_is_gone(pages: Pages) -> None:
    def made(session: Session) -> str:
        return downloads.link(session, "", 1, NOW).removeprefix("/mydata/")

    pages.link()
    with pages.app.database.transaction() as session:
        token = made(session)
        assert downloads.whose(session, token, NOW) is not None
        sari = session.get_one(Customer, 1)
        forgetting.forget(session, sari, by="test", at=NOW, zone=pages.app.shop.zone)
        assert downloads.whose(session, token, NOW) is None
