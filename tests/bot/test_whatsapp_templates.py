"""The words WhatsApp approves, from the shop's files through Twilio's Content API to the campaigns that need them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
import requests
from sqlmodel import select
from twilio.http import HttpClient  # type: ignore[import-untyped]
from twilio.http.response import Response  # type: ignore[import-untyped]
from twilio.rest import Client  # type: ignore[import-untyped]

from bot import approvals, telling
from bot.app import App, build
from bot.approvals import NotDone, Submitted
from bot.channels.contents import TwilioContents
from bot.channels.twilio_line import NO_ENVIRONMENT
from bot.clock import ManualClock
from bot.settings import Settings
from campaigns.launching import drafting, planning
from campaigns.launching.drafts import Draft, Variant, When, by_discount
from campaigns.sending import holding
from campaigns.tables import Approval, ApprovedContent, Campaign, Message, State, Status
from campaigns.words import contents, submitting
from campaigns.words.composing import Composer
from campaigns.words.submitting import Words
from ledger import customers
from ledger.database import Database
from ledger.tables import AuditEntry, Customer, Notice, Role, TeamMember
from tests.bot.test_cli import Shell
from tests.campaigns.conftest import TEN, SmallShop
from tests.campaigns.test_phrasing import on_whatsapp
from tests.conftest import SECRET
from tests.fakes import FakeChannel

COMPOSER = Composer()
HOUR = timedelta(hours=1)


@dataclass
class Api(HttpClient):  # type: ignore[misc]
    """Twilio's Content API as its documents describe it, in memory. ``refuses``: its answer to the nth change."""

    kept: list[dict[str, Any]] = field(default_factory=list)
    refuses: dict[int, tuple[int, int, str]] = field(default_factory=dict)
    is_down: bool = False
    changes: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    asked: int = 0

    def request(
        self, method: str, url: str, params: Any = None, data: Any = None, headers: Any = None, **_more: Any
    ) -> Response:
        if self.is_down:
            raise requests.ConnectionError("https://AC1@content.twilio.com")
        path = url.partition("content.twilio.com")[2].partition("?")[0]
        if method == "GET":
            assert path == "/v1/ContentAndApprovals"
            self.asked += 1
            return Response(200, json.dumps({"contents": self.kept, "meta": {"key": "contents"}}))
        assert headers["Content-Type"] == "application/json"
        self.changes.append((path, data))
        if len(self.changes) in self.refuses:
            status, code, says = self.refuses[len(self.changes)]
            return Response(status, json.dumps({"code": code, "message": says, "status": status}))
        return Response(201, json.dumps(self._made(data) if path == "/v1/Content" else self._submitted(path, data)))

    def _made(self, data: Mapping[str, Any]) -> dict[str, Any]:
        made = {**data, "sid": f"HX{len(self.kept) + 1:032x}", "approval_requests": {"status": "unsubmitted"}}
        self.kept.append(made)
        return made

    def _submitted(self, path: str, data: Mapping[str, Any]) -> dict[str, Any]:
        sid = path.split("/")[3]
        found = next(each for each in self.kept if each["sid"] == sid)
        found["approval_requests"] = {**data, "status": "received", "rejection_reason": ""}
        return dict(found["approval_requests"])

    def say(self, name: str, language: str, status: str, reason: str = "") -> None:
        """WhatsApp has decided."""
        for each in self.kept:
            if (each["friendly_name"], each["language"]) == (name, language):
                each["approval_requests"].update(status=status, rejection_reason=reason)


@pytest.fixture
def twilio() -> Api:
    return Api()


@pytest.fixture
def api(twilio: Api) -> TwilioContents:
    return TwilioContents(Client("AC1", "token", http_client=twilio, environment=NO_ENVIRONMENT))


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(TEN)


@pytest.fixture
def app(sqlite_database: Database, clock: ManualClock) -> Iterator[App]:
    settings = Settings(_env_file=None, secret_key=SECRET.decode())  # type: ignore[call-arg,arg-type]
    url = sqlite_database.engine.url.render_as_string(hide_password=False)
    opened = build(settings, clock, [FakeChannel()], url, settings.shop())
    yield opened
    opened.close()


def submit_all(app: App, api: TwilioContents) -> Submitted:
    return approvals.submit(app, api, approvals.refresh(app, api), approvals.missing(app), "test")


def rows(app: App) -> dict[tuple[str, str], ApprovedContent]:
    with app.database.reading() as session:
        return {(each.name, each.language): each for each in session.exec(select(ApprovedContent))}


def notices_told(app: App) -> list[str]:
    """What the team's chats are told of, in words, in the order it happened."""
    with app.database.reading() as session:
        waiting = session.exec(select(Notice).order_by(Notice.id)).all()  # type: ignore[arg-type]
        told = [telling.compose(session, each, app.composer, app.shop, TEN) for each in waiting]
        return [each.text for each in told if each is not None]


def lead(app: App) -> None:
    """An owner in a chat of their own."""
    with app.database.transaction() as session:
        chat = customers.meet(session, "simulator", "ratna", "Ratna", TEN)
        session.add(TeamMember(address_id=chat.id, role=Role.OWNER, since=TEN))


def test_all_words_are_made_with_a_sample_for_each_place_and_submitted_as_marketing(
    app: App, twilio: Api, api: TwilioContents
) -> None:
    came = submit_all(app, api)
    assert (len(came.done), came.failed) == (38, [])
    made = next(each for each in twilio.kept if each["friendly_name"] == "langganan_bundle_discount")
    assert made["language"] == "en"
    assert made["variables"] == {
        "1": "Sari", "2": "Ratna's Shop", "3": "Gayo coffee (Rp45,000), Jasmine tea (Rp20,000)", "4": "10%",
        "5": "Rp65,000", "6": "7JG-BVT-B86", "7": "16 November",
        "8": "https://shop.example.com/r/Xy12abCDef345678",
    }  # fmt: skip
    assert list(made["types"]) == ["twilio/quick-reply"]
    words = made["types"]["twilio/quick-reply"]
    assert words["body"].startswith("Hi {{1}}, at {{2}} we have")
    assert words["actions"] == [
        {"type": "QUICK_REPLY", "title": "Why?", "id": "WHY"},
        {"type": "QUICK_REPLY", "title": "Stop offers", "id": "STOP"},
    ]
    path, asked = twilio.changes[1]
    assert path == f"/v1/Content/{twilio.kept[0]['sid']}/ApprovalRequests/whatsapp"
    assert asked == {"name": twilio.kept[0]["friendly_name"], "category": "MARKETING"}


def test_what_is_submitted_once_is_not_submitted_again(app: App, twilio: Api, api: TwilioContents) -> None:
    submit_all(app, api)
    changes = len(twilio.changes)
    assert submit_all(app, api).done == []
    assert len(twilio.changes) == changes == 76


def test_one_that_is_refused_does_not_stop_the_others_and_is_tried_the_next_time(
    app: App, twilio: Api, api: TwilioContents
) -> None:
    twilio.refuses = {3: (400, 20001, "the name is taken")}
    first = submit_all(app, api)
    assert [(each.name, each.language, each.says) for each in first.failed] == [
        ("langganan_birthday", "id", "Twilio says 20001: the name is taken")
    ]
    assert (len(first.done), first.is_cut_short) == (37, False)
    assert submit_all(app, api).done == ["langganan_birthday"]


def test_what_was_made_but_not_submitted_is_submitted_the_next_time(
    app: App, twilio: Api, api: TwilioContents
) -> None:
    twilio.refuses = {2: (429, 20429, "too many")}
    first = submit_all(app, api)
    assert [each.says for each in first.failed] == [
        "Twilio says 20429: too many requests: wait a minute and say the same again"
    ]
    submit_all(app, api)
    names = [(each["friendly_name"], each["language"]) for each in twilio.kept]
    assert len(names) == len(set(names)) == 38
    assert {each.approval for each in rows(app).values()} == {Approval.RECEIVED}


def test_a_wrong_token_is_said_at_once_and_nothing_else_is_tried(app: App, twilio: Api, api: TwilioContents) -> None:
    twilio.refuses = {1: (401, 20003, "Authenticate")}
    came = submit_all(app, api)
    assert [each.says for each in came.failed] == [
        "Twilio says 20003: TWILIO_ACCOUNT_SID or TWILIO_AUTH_TOKEN is wrong, or the account is closed"
    ]
    assert (came.is_cut_short, len(twilio.changes)) == (True, 1)


def test_without_a_line_it_says_so_and_names_neither_account_nor_address(api: TwilioContents, twilio: Api) -> None:
    twilio.is_down = True
    with pytest.raises(NotDone) as fault:
        api.known()
    assert "cannot be reached" in str(fault.value)
    assert "AC1" not in str(fault.value)


def test_words_made_by_a_run_that_broke_off_are_ours_again(app: App, twilio: Api, api: TwilioContents) -> None:
    frame = COMPOSER.frame("winback", "id", is_discounted=False)
    sid = api.make(frame, frame.name, COMPOSER.shelf("id", "approved_samples"))
    twilio.say("langganan_winback", "id", "approved")
    approvals.refresh(app, api)
    assert rows(app)["langganan_winback", "id"].sid == sid
    with app.database.reading() as session:
        found = contents.standing(session).of("winback", "id", is_discounted=False)
    assert found is not None
    assert found.body == frame.body
    assert len(submit_all(app, api).done) == 37


def test_words_of_another_under_our_name_are_left_alone(app: App, twilio: Api, api: TwilioContents) -> None:
    theirs = {"twilio/quick-reply": {"body": "Halo {{1}}, beli ya.", "actions": []}}
    twilio.kept.append(
        {"sid": "HX9", "friendly_name": "langganan_winback", "language": "id", "types": theirs,
         "approval_requests": {"status": "approved"}}
    )  # fmt: skip
    done = submit_all(app, api).done
    assert "langganan_winback_v2" in done
    assert rows(app)["langganan_winback_v2", "id"].sid != "HX9"


def change_words(app: App, name: str, language: str) -> None:
    """The words were others when they were made."""
    with app.database.transaction() as session:
        found = session.get_one(ApprovedContent, (name, language))
        found.fingerprint, found.body = "older", "Halo {{1}}, lama tidak jumpa."
        session.add(found)


def wanted(app: App, name: str, language: str) -> Words:
    with app.database.reading() as session:
        every = submitting.words(session, app.composer)
    return next(each for each in every if (each.frame.name, each.frame.language) == (name, language))


def test_changed_words_are_made_anew_and_the_older_ones_used_until_those_are_approved(
    app: App, twilio: Api, api: TwilioContents
) -> None:
    submit_all(app, api)
    twilio.say("langganan_winback", "id", "approved")
    approvals.refresh(app, api)
    change_words(app, "langganan_winback", "id")
    twilio.kept[[each["friendly_name"] for each in twilio.kept].index("langganan_winback") + 1]["types"] = {}
    assert submit_all(app, api).done == ["langganan_winback_v2"]
    before = wanted(app, "langganan_winback", "id")
    assert before.used is not None
    assert (before.used.name, before.name, before.is_new) == ("langganan_winback", "langganan_winback_v2", False)
    twilio.say("langganan_winback_v2", "id", "approved")
    approvals.refresh(app, api)
    after = wanted(app, "langganan_winback", "id")
    assert after.used is not None
    assert after.used.name == "langganan_winback_v2"


def test_words_deleted_at_twilio_are_not_used_and_can_be_made_again(
    app: App, twilio: Api, api: TwilioContents, clock: ManualClock
) -> None:
    submit_all(app, api)
    twilio.say("langganan_picks", "id", "approved")
    approvals.refresh(app, api)
    twilio.kept = [
        each for each in twilio.kept if (each["friendly_name"], each["language"]) != ("langganan_picks", "id")
    ]
    approvals.refresh(app, api)
    assert wanted(app, "langganan_picks", "id").used is not None, "what was made just now may not be listed yet"
    clock.forward(HOUR)
    approvals.refresh(app, api)
    assert wanted(app, "langganan_picks", "id").used is None
    assert submit_all(app, api).done == ["langganan_picks_v2"]


def test_it_is_asked_hourly_while_an_answer_is_awaited_and_otherwise_daily(
    app: App, twilio: Api, api: TwilioContents, clock: ManualClock
) -> None:
    assert not approvals.refresh_due(app, api), "nothing was made yet"
    submit_all(app, api)
    assert approvals.refresh_due(app, api)
    for each in twilio.kept:
        each["approval_requests"]["status"] = "approved"
    clock.forward(HOUR)
    assert approvals.refresh_due(app, api)
    clock.forward(HOUR)
    assert not approvals.refresh_due(app, api)
    clock.forward(23 * HOUR)
    assert approvals.refresh_due(app, api)


def test_a_line_that_is_down_changes_nothing(app: App, twilio: Api, api: TwilioContents) -> None:
    submit_all(app, api)
    twilio.is_down = True
    assert not approvals.refresh_due(app, api)
    assert {each.approval for each in rows(app).values()} == {Approval.RECEIVED}


def campaign(app: App, template: str = "winback", discount: int = 0, language: str = "id") -> int:
    """One that runs, with a message on WhatsApp that waits."""
    with app.database.transaction() as session:
        made = Campaign(
            template=template, audience="all", holdout_share=0, seed="s", created_by="test", created_at=TEN,
            status=Status.RUNNING, variants=[Variant(discount_percent=discount).as_json()],
        )  # fmt: skip
        address = customers.meet(session, "whatsapp", f"+62812000000{discount:02}", "Sari", TEN)
        customer = session.get_one(Customer, address.customer_id)
        customer.language = language
        session.add_all([made, customer])
        session.flush()
        session.add(
            Message(
                campaign_id=made.id, customer_id=address.customer_id, address_id=address.id, channel="whatsapp",
                was_eligible=True, state=State.PLANNED, planned_at=TEN, counts_from=TEN,
            )
        )  # fmt: skip
        return made.id


def status(app: App, number: int) -> tuple[str, str | None]:
    with app.database.reading() as session:
        found = session.get_one(Campaign, number)
        return found.status, found.pause_reason


@pytest.mark.parametrize("said", ["rejected", "paused", "disabled"])
def test_words_that_are_closed_pause_the_campaigns_that_need_them_and_no_others(
    app: App, twilio: Api, api: TwilioContents, said: str
) -> None:
    submit_all(app, api)
    needs, discounted = campaign(app), campaign(app, discount=10)
    other, english = campaign(app, "picks", 20), campaign(app, discount=30, language="en")
    twilio.say("langganan_winback", "id", said)
    twilio.say("langganan_winback_discount", "en", said)
    approvals.refresh(app, api)
    held = (Status.PAUSED, holding.CONTENT_CLOSED)
    assert [status(app, each) for each in (needs, english)] == [held, held]
    assert [status(app, each)[0] for each in (discounted, other)] == [Status.RUNNING, Status.RUNNING]


def test_the_team_is_told_why_in_words(app: App, twilio: Api, api: TwilioContents) -> None:
    lead(app)
    submit_all(app, api)
    number = campaign(app)
    twilio.say("langganan_winback", "id", "rejected", "INVALID_FORMAT")
    twilio.say("langganan_picks", "id", "paused", "Low quality: too many blocks")
    approvals.refresh(app, api)
    told = notices_told(app)[-1]
    assert "• ditolak (bentuknya tidak diterima: periksa tempat kosong dan tanda bacanya): ajak kembali" in told
    assert "  Ubah: templates/whatsapp/id/langganan_winback.j2\n" in told
    assert "• dihentikan sementara oleh WhatsApp (Low quality: too many blocks): pilihan untuk masing" in told
    assert f"• Kampanye {number}: ditahan, 1 pesan menunggu\n" in told
    again = len(notices_told(app))
    approvals.refresh(app, api)
    assert len(notices_told(app)) == again, "it is told once"


def test_an_approval_is_good_news_and_names_what_can_go_on(app: App, twilio: Api, api: TwilioContents) -> None:
    lead(app)
    submit_all(app, api)
    number = campaign(app)
    twilio.say("langganan_winback", "id", "paused")
    approvals.refresh(app, api)
    twilio.say("langganan_winback", "id", "approved")
    approvals.refresh(app, api)
    told = notices_told(app)[-1]
    assert f"Teruskan: /teruskan {number}" in told
    assert status(app, number)[0] == Status.PAUSED, "going on is the shop's word"
    with app.database.reading() as session:
        acts = session.exec(select(AuditEntry.action).where(AuditEntry.action.startswith("words "))).all()  # type: ignore[attr-defined]
    assert acts.count("words paused") == acts.count("words approved") == 1


def test_thirty_eight_approvals_are_one_piece_of_news(app: App, twilio: Api, api: TwilioContents) -> None:
    lead(app)
    submit_all(app, api)
    for each in twilio.kept:
        each["approval_requests"]["status"] = "approved"
    approvals.refresh(app, api)
    assert len(notices_told(app)) == 1


def test_thirty_eight_refusals_for_one_reason_are_one_line(app: App, twilio: Api, api: TwilioContents) -> None:
    lead(app)
    submit_all(app, api)
    for each in twilio.kept:
        each["approval_requests"].update(status="rejected", rejection_reason="PROMOTIONAL")
    approvals.refresh(app, api)
    told = notices_told(app)[-1]
    assert (
        "• ditolak (isinya dinilai terlalu promosi): 38 kata-kata\n  Ubah berkasnya di templates/whatsapp\n" in told
    )
    assert "langganan_" not in told


def test_a_refusal_names_the_campaigns_to_come_and_how_many_of_their_people_it_hits(
    app: App, twilio: Api, api: TwilioContents
) -> None:
    lead(app)
    submit_all(app, api)
    shop = SmallShop(app.database)
    shop.buy(shop.customer("Tamu", offers=None))
    on_whatsapp(shop, 3)
    on_whatsapp(shop, 2, silent=False)
    with app.database.transaction() as session:
        draft = Draft("picks", "all", by_discount(0), when=When(at=TEN + HOUR), holdout_percent=0)
        made = drafting.draft(session, app.composer, draft, shop=app.shop, by="test", now=TEN)
        planning.approve(session, made, ["whatsapp"], app.shop, by="test", now=TEN)
    twilio.say("langganan_picks", "id", "rejected", "SCAM")
    approvals.refresh(app, api)
    told = notices_told(app)[-1]
    assert f"• Kampanye {made.id}, Senin, 2 November pukul 11.00: 3 dari 5 tidak akan dikirimi\n" in told


def test_a_newer_version_that_is_rejected_pauses_nothing_while_the_older_one_may_be_sent(
    app: App, twilio: Api, api: TwilioContents
) -> None:
    submit_all(app, api)
    number = campaign(app)
    with app.database.transaction() as session:
        contents.note(session, [(rows(app)["langganan_winback", "id"].sid, Approval.APPROVED, "")], TEN)
        frame = COMPOSER.frame("winback", "id", is_discounted=False)
        submitting.keep(session, frame, "langganan_winback_v2", "HXnew", by="test", now=TEN)
    with app.database.transaction() as session:
        contents.note(session, [("HXnew", Approval.REJECTED, "SCAM")], TEN)
    assert status(app, number)[0] == Status.RUNNING


def test_a_status_nobody_heard_of_is_no_approval(app: App, twilio: Api, api: TwilioContents) -> None:
    submit_all(app, api)
    twilio.say("langganan_winback", "id", "in_appeal")
    approvals.refresh(app, api)
    assert rows(app)["langganan_winback", "id"].approval == Approval.UNKNOWN


def test_at_the_terminal_all_words_are_listed_also_before_there_is_an_account(shell: Shell) -> None:
    listed = shell.json("whatsapp", "templates")
    assert (listed["asked"], len(listed["templates"])) == (False, 38)
    assert {each["to_create"] for each in listed["templates"]} == {True}
    told = shell.run("whatsapp", "templates", "--words")
    assert "38 belum dibuat. Isi dulu TWILIO_ACCOUNT_SID" in told.stdout
    assert "akan dibuat dan diajukan" not in told.stdout
    assert "Halo {{1}}, salam hangat dari {{2}}." in told.stdout
    assert "Halo Kak Sari, salam hangat dari Toko Ratna." in told.stdout
    assert [each["language"] for each in listed["templates"]] == ["id"] * 19 + ["en"] * 19
    assert "TWILIO_AUTH_TOKEN" in told.stderr


def test_without_a_line_nothing_is_created_and_it_says_what_to_do(shell: Shell) -> None:
    said = shell.run(
        "whatsapp", "templates", "--create", "--yes",
        fails=True,
        TWILIO_ACCOUNT_SID="AC" + "0" * 32,
        TWILIO_AUTH_TOKEN="secret-token",
        TWILIO_WHATSAPP_FROM="+12025550100",
        PUBLIC_URL="https://toko.example.com",
        # Nobody listens there: whatever is asked of the network comes to nothing on this computer.
        HTTPS_PROXY="http://127.0.0.1:9",
    )  # fmt: skip
    assert "Twilio cannot be reached" in said.stderr
    assert "secret-token" not in said.stderr + said.stdout


@pytest.fixture
def shell(tmp_path: Any) -> Shell:
    return Shell(tmp_path)
