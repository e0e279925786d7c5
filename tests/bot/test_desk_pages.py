"""The owner's pages: only by a link of a team's chat, only as long as it is good, and nothing in them is code."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from sqlalchemy import event
from sqlmodel import Session, select

from bot.app import App, build
from bot.clock import ManualClock
from bot.settings import Settings
from bot.web.app import web
from bot.web.desk import access
from bot.web.desk.routes import PAGES
from campaigns.shop import LANGUAGES
from campaigns.tables import Bundle, Campaign, Membership, Message, MiningRun, Segment, State, Status
from ledger import consent, customers, identity, team
from ledger.consent import Evidence, Wording
from ledger.database import Database
from ledger.tables import AuditEntry, Customer, Interaction, Kind, Product, Purpose, Role, TeamMember
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


MOST_QUESTIONS = 40
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>*_`[x](javascript:alert(3)){{ 7 * 7 }}"


def hostile_shop(desk: Desk) -> None:
    """Markup of every kind wherever somebody may write something."""
    at = desk.clock.now()
    with desk.change() as session:
        for number in (1, 2, 3):
            name = f"{number} {HOSTILE}"
            session.add(Product(id=number, sku=name, name=name, category=HOSTILE, brand=HOSTILE, currency="IDR"))
        place = customers.meet(session, "telegram", "7100", HOSTILE, at)
        person = session.get_one(Customer, place.customer_id)
        person.source = HOSTILE
        said, asked = Evidence(HOSTILE, HOSTILE), Wording(HOSTILE, "h", "id")
        consent.grant(session, person.id, Purpose.OFFERS, scope="telegram", wording=asked, evidence=said, at=at)
        session.add(MiningRun(id=1, started_at=at, ready_at=at, parameters={"customers": 1}, quality={}))
        session.flush()
        group = Segment(id=1, run_id=1, key="at_risk", size=1, share=1.0)
        session.add(group)
        session.add(
            Bundle(run_id=1, position=1, product_ids=[1, 2], count=9, support=0.1, lift=2.0, antecedents=[1],
                   consequent_id=2, antecedent_count=12, later_baskets=50, later_count=4)
        )  # fmt: skip
        session.flush()
        session.add(Membership(run_id=1, customer_id=person.id, segment_id=1))
        ways = [{"name": name, "text": HOSTILE, "share": 0.5} for name in ("A", "B")]
        session.add(
            Campaign(id=1, template="own", audience="at_risk", holdout_share=0.0, seed="s", created_by=HOSTILE,
                     created_at=at, approved_at=at, start_at=at, status=Status.RUNNING, product_ids=[1],
                     variants=ways)
        )  # fmt: skip
        session.flush()
        session.add(
            Message(campaign_id=1, counts_from=at, planned_at=at, customer_id=person.id, address_id=place.id,
                    channel="telegram", segment=HOSTILE, variant="A", was_eligible=True, state=State.SENT,
                    sent_at=at, body=f"Halo {HOSTILE}")
        )  # fmt: skip
        session.add(
            Interaction(customer_id=person.id, kind=Kind.PURCHASE, platform=HOSTILE, product_id=1, quantity=1,
                        amount_minor=100, currency="IDR", at=at, order_ref=HOSTILE)
        )  # fmt: skip


def test_what_people_wrote_is_text_on_every_page_and_in_either_language(desk: Desk) -> None:
    hostile_shop(desk)
    desk.enter()
    paths = [path.replace("{number:int}", "1").replace("{key}", "at_risk") for path in PAGES]
    for path in [*paths, f"/{quote(HOSTILE, safe='')}", "/campaigns?page=%3Cscript%3E", "/customers?by=%3Cscript%3E"]:
        for language in LANGUAGES:
            desk.get(f"/desk/in/{language}")
            shown = desk.get(f"/desk{path}")
            assert shown.status_code in (200, 404), path
            assert "<script>alert" not in shown.text, path
            assert "<img src=x" not in shown.text, path
            assert not re.search(r"<[^>]*\son[a-z]+=[^>]*>", re.sub(r'"[^"]*"', '""', shown.text)), path
            assert 'href="javascript' not in shown.text, path
            assert "unsafe" not in shown.headers["content-security-policy"], path
            assert shown.headers["cache-control"] == "no-store", path


def test_the_hostile_words_are_there_to_be_read(desk: Desk) -> None:
    hostile_shop(desk)
    desk.enter()
    for path in ("/desk/customers", "/desk/bundles", "/desk/campaigns/1"):
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in desk.get(path).text, path


def test_staff_see_their_pages_and_are_told_which_are_not_theirs(desk: Desk) -> None:
    with desk.change() as session:
        place = customers.meet(session, "telegram", "7003", "Wati", desk.clock.now())
        session.add(TeamMember(address_id=place.id, role=Role.STAFF, since=desk.clock.now()))
        session.flush()
        link = access.link(session, SHOP, place.id, Role.STAFF, desk.clock.now()).removeprefix(SHOP)
    assert desk.get(link).status_code == 303
    assert 'href="/desk/customers"' not in desk.get("/desk").text
    refused = desk.get("/desk/customers")
    assert refused.status_code == 403
    assert "pengelola" in refused.text


def test_the_cookie_of_another_shop_opens_nothing(desk: Desk) -> None:
    with desk.app.database.reading() as session:
        session.info[identity.SECRET] = b"another shop's key"
        theirs = access.link(session, SHOP, desk.owner, Role.OWNER, desk.clock.now()).rpartition("/")[2]
    desk.cookies.set("desk", theirs, domain="shop.example.com", path="/desk")
    assert desk.get("/desk").status_code == 403


def test_a_preview_uses_no_link_up_and_whoever_opens_one_is_in_the_audit(desk: Desk) -> None:
    link = desk.link()
    assert desk.get(link).status_code == 303
    desk.cookies = httpx.Cookies()
    assert desk.get(link).status_code == 303
    assert desk.get("/desk").status_code == 200
    with desk.app.database.reading() as session:
        found = session.exec(select(AuditEntry).where(AuditEntry.action == "opened the desk")).all()
    assert [each.actor for each in found] == ["telegram:••••"] * 2


def test_a_page_asks_few_questions_of_the_database(desk: Desk) -> None:
    hostile_shop(desk)
    desk.enter()
    asked: list[str] = []
    event.listen(desk.app.database.engine, "before_cursor_execute", lambda *call: asked.append(call[2]))
    for path in ("/desk", "/desk/customers"):
        asked.clear()
        desk.get(path)
        assert 0 < len(asked) < MOST_QUESTIONS, path
