"""Campaigns on the desk: the chat's own figures, nobody's name, and nothing that was written is code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from sqlmodel import select

from bot.app import App, build
from bot.settings import Settings
from bot.talk.desk import reporting
from bot.talk.replies import Teller
from bot.web.desk import campaigns, showing_words
from bot.web.desk.access import Visitor
from bot.web.desk.frame import Page, Visit, composed
from campaigns.launching import drafting
from campaigns.launching.drafts import Allocation, Draft, Variant
from campaigns.outcomes import results
from campaigns.tables import Campaign, Message, State, Status
from ledger.database import Database
from ledger.tables import Customer, Role
from tests.campaigns.conftest import TEN, SmallShop
from tests.campaigns.test_results import a_campaign, launch, segment
from tests.fakes import FakeChannel

HOSTILE = "<script>alert(1)</script> *bold* {{ 7*7 }} \" onload='x"


class Pages:
    """The shop's pages as somebody of the team sees them."""

    def __init__(self, shop: SmallShop, app: App) -> None:
        self.shop, self.app = shop, app

    def see(self, number: int | None = 1, role: Role = Role.OWNER, language: str = "en", page: str = "1") -> Page:
        return self.seen(number, role, language, page)[0]

    def text(self, number: int | None = 1, role: Role = Role.OWNER, language: str = "en", page: str = "1") -> str:
        """What one reads, without marks and with single spaces."""
        html = self.seen(number, role, language, page)[1]
        return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())

    def html(self, number: int | None = 1) -> str:
        return self.seen(number, Role.OWNER, "en", "1")[1]

    def seen(self, number: int | None, role: Role, language: str, page: str) -> tuple[Page, str]:
        now = self.shop.clock.now()
        with self.shop.database.reading() as session:
            path = {"number": str(number)} if number is not None else {}
            visit = Visit(
                self.app, session, Visitor(1, role, language, "x", now), now, language, {"page": page}, path
            )  # fmt: skip
            found = campaigns.show_one(visit) if number is not None else campaigns.show(visit)
            return found, composed(visit, "campaigns", ("today", "campaigns"), found)


@pytest.fixture
def pages(sqlite_database: Database, tmp_path: Path) -> Iterator[Pages]:
    yield from opened(sqlite_database, tmp_path)


@pytest.fixture
def on_both(database: Database, tmp_path: Path) -> Iterator[Pages]:
    yield from opened(database, tmp_path)


def opened(database: Database, folder: Path) -> Iterator[Pages]:
    shop = SmallShop(database)
    settings = Settings(
        _env_file=None,  # type: ignore[call-arg]
        secret_key="a key for tests only, 32 bytes..",  # type: ignore[arg-type]
        data_dir=folder,
    )
    url = database.engine.url.render_as_string(hide_password=False)
    app = build(settings, shop.clock, [FakeChannel("simulator")], url, shop.shop)
    yield Pages(shop, app)
    app.close()


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_page_and_the_chat_say_the_same_figures(on_both: Pages, language: str) -> None:
    pages = on_both
    people = pages.shop.crowd(120)
    pages.shop.buy(people[0], days_ago=1)
    launch(pages.shop, 0, 10, hold=50)
    segment(pages.shop, champions=people[:70])
    pages.shop.drain()
    pages.shop.clock.forward(timedelta(days=1))
    for message in pages.shop.messages():
        every = {State.SENT: 2, State.HOLDOUT: 7}[State(message.state)]
        if message.id % every == 0:
            pages.shop.buy(message.customer_id)
    with pages.shop.database.reading() as session:
        campaign = session.get_one(Campaign, 1)
        told = results.report(session, campaign)
        chat = reporting.told(Teller(pages.shop.composer, pages.shop.shop, language), told, campaign, TEN).text
    shown = pages.text(language=language)
    points = reporting.points(Teller(pages.shop.composer, pages.shop.shop, language), told.lift)
    assert points is not None
    for figure in (points["value"], f"{points['low']}", f"{points['high']}", f"n = {points['n']}"):
        assert figure in chat
        assert figure in shown
    assert results.verdict(told) == "higher"
    said = reporting.lift_told(Teller(pages.shop.composer, pages.shop.shop, language), told.lift, "higher")
    assert said in chat
    assert said in shown
    assert pages.see().values["report"] == told
    last = pages.see(language=language).values["days"][-1]
    assert last["lift"] == points


def test_everybody_of_the_audience_stands_in_one_line(pages: Pages) -> None:
    pages.shop.customer("Nanti", offers=None)
    a_campaign(pages.shop)
    values = pages.see().values
    assert sum(n for _, n in values["places"]) == values["report"].audience == 17
    assert ("Left out: did not (yet) allow offers", 1) in values["places"]
    assert ("Held out, to compare with", 4) in values["places"]


def test_the_funnel_is_planned_sent_opened_and_bought_with_its_shares(pages: Pages) -> None:
    a_campaign(pages.shop)
    steps = [(each["key"], each["n"], each["share"]) for each in pages.see().values["funnel"]]
    assert steps == [("planned", 12, 1), ("sent", 12, 1), ("clicked", 3, 0.25), ("bought", 1, 1 / 12)]


def test_what_was_sent_stands_there_without_its_readers_name_and_code(pages: Pages) -> None:
    a_campaign(pages.shop)
    shown = pages.text()
    assert "Pelanggan1" not in shown
    assert "•••" in shown
    bodies = [each.body or "" for each in pages.shop.messages()]
    codes = {code for body in bodies for code in showing_words.CODE.findall(body)}
    assert codes
    assert not [code for code in codes if code in shown]


@pytest.mark.parametrize(
    ("body", "name", "shown"),
    [
        ("Halo Kak Ratna Sari!", "Ratna Sari", "Halo Kak •••!"),
        ("Halo Ratna, Saripati kopi", "Ratna Sari", "Halo •••, Saripati kopi"),
        ("halo RATNA", "Ratna", "halo •••"),
        ("Halo .*!", ".*", "Halo •••!"),
        ("Halo, Al ada kopi", "Al Di", "Halo, Al ada kopi"),
        ("Kode ABC-DEF-GHJ sampai besok", "", "Kode ••• sampai besok"),
        ("https://toko.example.com/l/Xy_12-z", "", "https://toko.example.com/l/•••"),
    ],
)
def test_name_code_and_links_are_hidden_and_nothing_else(body: str, name: str, shown: str) -> None:
    assert showing_words.without_reader(body, name) == shown


def test_what_people_wrote_is_text_on_the_page_and_never_code(pages: Pages) -> None:
    people = pages.shop.crowd(4)
    pages.shop.buy(people[0], days_ago=1)
    with pages.shop.database.transaction() as session:
        for person in session.exec(select(Customer)):
            person.name = HOSTILE
        variants = (Variant("A", 0, 0.5, HOSTILE), Variant("B", 0, 0.5, "Halo"))
        wanted = Draft("picks", "all", variants)
        drafting.draft(session, pages.shop.composer, wanted, shop=pages.shop.shop, by="t", now=TEN)
    launch(pages.shop, 0)
    pages.shop.drain()
    with pages.shop.database.transaction() as session:
        first = session.exec(select(Message)).first()
        assert first is not None
        first.state, first.reason, first.body = State.FAILED, HOSTILE, HOSTILE
    for number in (1, 2, None):
        html = pages.html(number)
        assert "<script>alert" not in html
        assert "onload='x" not in html
        assert "49" not in html
    assert "&lt;script&gt;" in pages.html(1)
    assert "&lt;script&gt;" in pages.html(2)


def test_why_messages_failed_is_said_in_words(pages: Pages) -> None:
    pages.shop.buy(pages.shop.crowd(3)[0], days_ago=1)
    pages.shop.launch()
    with pages.shop.database.transaction() as session:
        for message, code in zip(session.exec(select(Message)), ("63016", "63016", "quota"), strict=True):
            message.state, message.reason = State.FAILED, code
    shown = pages.text()
    assert "2: they had not written for 24 hours, and the words were not approved ones (63016)" in shown
    assert "1: the messenger refused it and said: quota" in shown


def test_who_left_is_masked_and_for_those_who_may_see_addresses(pages: Pages) -> None:
    a_campaign(pages.shop)
    assert "simulator:p•••" in pages.text(role=Role.MANAGER)
    assert "simulator:p•••" not in pages.text(role=Role.STAFF)
    assert "1 of 12 who got it stopped offers within three days." in pages.text(role=Role.STAFF)


def test_each_role_is_told_the_commands_it_may_give(pages: Pages) -> None:
    pages.shop.buy(pages.shop.crowd(3)[0], days_ago=1)
    pages.shop.launch()
    assert "/pause 1" in pages.text(role=Role.STAFF)
    assert "/cancel 1" not in pages.text(role=Role.STAFF)
    assert "langganan cancel 1" in pages.text()
    assert "/jeda 1" in pages.text(language="id")
    pages.shop.drain()
    with pages.shop.database.transaction() as session:
        session.get_one(Campaign, 1).status = Status.PAUSED
    assert "/resume 1" in pages.text()
    assert "/pause 1" not in pages.text()


def test_it_is_fetched_again_while_something_moves_and_not_after(pages: Pages) -> None:
    pages.shop.buy(pages.shop.crowd(3)[0], days_ago=1)
    pages.shop.launch()
    assert (pages.see().refresh_seconds, pages.see(None).refresh_seconds) == (5, 10)
    assert "0 of 3 sent" in pages.text()
    pages.shop.drain()
    with pages.shop.database.transaction() as session:
        session.get_one(Campaign, 1).status = Status.DONE
    assert (pages.see().refresh_seconds, pages.see(None).refresh_seconds) == (0, 0)


def test_a_bandits_shares_are_counted_by_day_and_not_compared(pages: Pages) -> None:
    people = pages.shop.crowd(20)
    pages.shop.buy(people[0], days_ago=1)
    launch(pages.shop, 0, 10, allocation=Allocation.BANDIT)
    pages.shop.drain()
    values = pages.see().values
    assert [(each["n"], sum(n for _, n in each["sent"])) for each in values["dealt"]] == [(20, 20)]
    assert "How the bandit dealt them out" in pages.text()


def test_campaigns_are_paged_the_newest_first_and_rounds_stand_under_theirs(pages: Pages) -> None:
    with pages.shop.database.transaction() as session:
        for n in range(8):
            fields = {"repeats": "week:0 10:00", "status": "scheduled"} if n == 7 else {"status": "done"}
            session.add(
                Campaign(
                    template="picks", audience="all", holdout_share=0.1, seed="s", created_by="t", created_at=TEN,
                    approved_at=TEN, **fields,
                )
            )  # fmt: skip
        session.flush()
        for _ in range(10):
            session.add(
                Campaign(
                    template="picks", audience="all", holdout_share=0.1, seed="s", created_by="t", created_at=TEN,
                    approved_at=TEN, parent_id=8, status="done",
                )
            )  # fmt: skip
    values = pages.see(None).values
    assert [each["number"] for each in values["rows"]] == [8, 7, 6, 5, 4, 3]
    assert [each["number"] for each in values["rows"][0]["rounds"]] == [18, 17, 16, 15, 14, 13, 12, 11]
    assert (values["n"], values["pages"], values["rows"][0]["n_rounds"]) == (8, 2, 10)
    assert [each["number"] for each in pages.see(None, page="2").values["rows"]] == [2, 1]
    assert [each["number"] for each in pages.see(None, page="99999").values["rows"]] == [2, 1]
    assert pages.see(None, page="x").values["page"] == 1
    assert "and 2 older" in pages.text(None)


def test_the_list_says_the_lift_of_the_report(pages: Pages) -> None:
    a_campaign(pages.shop)
    found = pages.see(None).values["rows"][0]
    assert found["lift"] == reporting.points(
        Teller(pages.shop.composer, pages.shop.shop, "en"), pages.shop.report().lift
    )
    assert "Too few yet to say what the offer changed (n = 16)." in pages.text(None)


def test_a_campaign_of_too_many_is_counted_on_its_own_page(pages: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    a_campaign(pages.shop)
    monkeypatch.setattr(campaigns, "MOST_COUNTED", 11)
    assert "counted on the campaign’s own page" in pages.text(None)


@pytest.mark.parametrize("number", [2, 99999999999])
def test_a_campaign_that_is_not_there_is_said_to_be_missing(pages: Pages, number: int) -> None:
    assert (pages.see(number).template, pages.see(number).status) == ("missing", 404)


def test_a_draft_has_nothing_to_compare_and_breaks_nothing(pages: Pages) -> None:
    pages.shop.crowd(1)
    with pages.shop.database.transaction() as session:
        drafting.draft(session, pages.shop.composer, Draft("picks", "all"), shop=pages.shop.shop, by="t", now=TEN)
    shown = pages.text()
    assert "There is nothing to compare yet." in shown
    assert "not kept any more, or nothing was sent yet" in shown
    assert "No campaign yet" not in pages.text(None)


def test_without_a_campaign_the_list_says_how_to_begin(pages: Pages) -> None:
    assert "send /campaign to prepare one" in pages.text(None)


def test_the_money_of_both_arms_has_its_sign(pages: Pages) -> None:
    people = pages.shop.crowd(80)
    pages.shop.buy(people[0], days_ago=1)
    launch(pages.shop, 0, hold=50)
    pages.shop.drain()
    pages.shop.clock.forward(timedelta(days=1))
    held = [each.customer_id for each in pages.shop.messages() if each.state == State.HOLDOUT]
    chosen = [each.customer_id for each in pages.shop.messages() if each.state == State.SENT]
    for each in [*held[:20], *chosen[:10]]:
        pages.shop.buy(each)
    # 40 each; 10 against 20 orders of Rp50,000: 12,500 less a person, 500,000 less in all.
    shown = pages.text()
    assert "−Rp12,500 a person" in shown
    assert "For all 40 chosen that is −Rp500,000" in shown
