"""The owner's pages: only by a link of a team's chat, only as long as it is good, and nothing in them is code."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from sqlmodel import Session

from bot.app import App, build
from bot.clock import ManualClock
from bot.settings import Settings
from bot.web.app import web
from bot.web.desk import access
from ledger import customers, team
from ledger.database import Database
from ledger.tables import Role, TeamMember
from tests.fakes import FakeChannel

NOW = datetime(2026, 11, 2, 3, tzinfo=UTC)
SHOP = "https://shop.example.com"


class Desk:
    """A shop with an owner, and a browser that keeps cookies."""

    def __init__(self, app: App, clock: ManualClock) -> None:
        self.app, self.clock = app, clock
        self.cookies = httpx.Cookies()
        with app.database.transaction() as session:
            place = customers.meet(session, "telegram", "7001", "Ratna", clock.now())
            session.add(TeamMember(address_id=place.id, role=Role.OWNER, since=clock.now()))
            self.owner = place.id

    def link(self, role: Role = Role.OWNER) -> str:
        with self.app.database.reading() as session:
            return access.link(session, SHOP, self.owner, role, self.clock.now()).removeprefix(SHOP)

    def get(self, path: str) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(web(self.app))
            async with httpx.AsyncClient(transport=transport, base_url=SHOP, cookies=self.cookies) as browser:
                answer = await browser.get(path)
                self.cookies = browser.cookies
                return answer

        return asyncio.run(ask())

    def enter(self) -> None:
        assert self.get(self.link()).status_code == 303

    def change(self) -> Session:
        return self.app.database.transaction()  # type: ignore[return-value]


@pytest.fixture
def desk(sqlite_database: Database, tmp_path: Path) -> Iterator[Desk]:
    settings = Settings(
        _env_file=None,  # type: ignore[call-arg]
        secret_key="a key for tests only, 32 bytes..",  # type: ignore[arg-type]
        public_url=SHOP,
        data_dir=tmp_path,
    )
    url, clock = sqlite_database.engine.url.render_as_string(hide_password=False), ManualClock(NOW)
    app = build(settings, clock, [FakeChannel("telegram")], url, settings.shop())
    yield Desk(app, clock)
    app.close()


def test_a_link_opens_the_desk_and_leaves_the_address(desk: Desk) -> None:
    opened = desk.get(desk.link())
    assert (opened.status_code, opened.headers["location"]) == (303, "/desk")
    kept = opened.headers["set-cookie"].lower()
    assert all(word in kept for word in ("httponly", "samesite=lax", "secure", "path=/desk"))
    shown = desk.get("/desk")
    assert shown.status_code == 200
    assert "Menunggu keputusan" in shown.text


def test_nothing_is_loaded_from_elsewhere_and_nothing_kept(desk: Desk) -> None:
    desk.enter()
    shown = desk.get("/desk")
    rules = shown.headers["content-security-policy"]
    assert "default-src 'none'" in rules
    assert "unsafe" not in rules
    assert shown.headers["cache-control"] == "no-store"
    assert "style=" not in shown.text


@pytest.mark.parametrize(
    "change", [lambda link: link[:-1] + ("0" if link[-1] != "0" else "1"), lambda link: link + "0"]
)
def test_an_altered_link_is_refused(desk: Desk, change: object) -> None:
    assert callable(change)
    assert desk.get(change(desk.link())).status_code == 403


def test_a_link_that_says_another_role_is_refused(desk: Desk) -> None:
    assert desk.get(desk.link().replace("owner", "manager")).status_code == 403
    assert desk.get(desk.link(Role.STAFF)).status_code == 403


def test_a_link_is_over_after_its_time(desk: Desk) -> None:
    desk.enter()
    desk.clock.forward(access.LIFETIME - timedelta(seconds=1))
    assert desk.get("/desk").status_code == 200
    desk.clock.forward(timedelta(seconds=1))
    over = desk.get("/desk")
    assert over.status_code == 403
    assert "/meja" in over.text


def test_whoever_is_not_of_the_team_any_more_sees_nothing(desk: Desk) -> None:
    with desk.change() as session:
        other = customers.meet(session, "telegram", "7002", "Budi", desk.clock.now())
        session.add(TeamMember(address_id=other.id, role=Role.OWNER, since=desk.clock.now()))
    desk.enter()
    desk.clock.forward(timedelta(minutes=1))
    with desk.change() as session:
        team.change_role(session, desk.owner, Role.STAFF, by="other", at=desk.clock.now())
    assert desk.get("/desk").status_code == 403
    with desk.change() as session:
        team.remove(session, desk.owner, by="other", at=desk.clock.now())
    assert desk.get("/desk").status_code == 403


def test_closing_ends_every_link_made_until_then(desk: Desk) -> None:
    desk.enter()
    desk.clock.forward(timedelta(minutes=1))
    with desk.change() as session:
        access.close(session, desk.owner, "telegram:70••", desk.clock.now())
    assert desk.get("/desk").status_code == 403
    desk.clock.forward(timedelta(minutes=1))
    desk.enter()
    assert desk.get("/desk").status_code == 200


def test_looks_are_ours_and_found_under_their_present_name_only(desk: Desk) -> None:
    from bot.web import assets

    looks = desk.get(assets.address("desk.css"))
    assert looks.headers["content-type"].startswith("text/css")
    assert "immutable" in looks.headers["cache-control"]
    assert desk.get("/assets/desk.css").status_code == 404
    assert desk.get("/assets/..%2f__init__.py").status_code == 404


def test_a_page_that_is_not_there_says_so_in_words(desk: Desk) -> None:
    desk.enter()
    missing = desk.get("/desk/whatever/else")
    assert missing.status_code == 404
    assert "Tidak ada di sini" in missing.text
