"""What the doctor finds: at Telegram, at Twilio, at the shop's own door, at home; and how it is told."""

from __future__ import annotations

import ast
import asyncio
import json
import os
import ssl
import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bot import doctor, recognising
from bot.app import App, build
from bot.channels.simulator import Simulator
from bot.channels.whatsapp import WhatsApp
from bot.checkups import address, clock, memory, whatsapp
from bot.checkups.asking import Line, NoAnswer, Trouble
from bot.checkups.finding import Finding, Patient, Span, Term
from bot.clock import ManualClock, SystemClock
from bot.doctor import CHECKS, Check, examine, patient_of, told
from bot.settings import Settings
from bot.talk.replies import Teller
from campaigns.shop import LANGUAGES
from campaigns.tables import Approval, ApprovedContent, Campaign, Message, MiningRun, State, Status
from campaigns.words.composing import Composer
from ledger import customers, notices, pulse, retention
from ledger.database import Database
from ledger.tables import Customer, Fault, Role, ShopFact, TeamMember
from tests.bot.test_cli import Shell
from tests.campaigns.conftest import SmallShop
from tests.contracts.providers import (
    ACCOUNT,
    AUTH_TOKEN,
    TOKEN,
    Answer,
    Form,
    Provider,
    leading_to,
    running,
    telegram_at,
)

NOW = datetime(2026, 11, 2, 3, tzinfo=UTC)
SECRET = "a key for tests only, 32 bytes.."
HERE = "https://toko.example"
NUMBER = "+6281200000001"
SENDER = "XE" + "1" * 32
each_language = pytest.mark.parametrize("language", LANGUAGES)
COMPOSER = Composer()

BOT = {"id": 1, "is_bot": True, "first_name": "Toko", "username": "toko_bot", "can_join_groups": False}
WEBHOOK = {"url": "", "has_custom_certificate": False, "pending_update_count": 3}
CALLED = {**WEBHOOK, "url": f"{HERE}/webhooks/telegram"}
NUMBER_THERE: dict[str, Any] = {
    "sid": SENDER,
    "status": "ONLINE",
    "sender_id": f"whatsapp:{NUMBER}",
    "webhook": {
        "callback_url": f"{HERE}/webhooks/whatsapp",
        "callback_method": "POST",
        "status_callback_url": f"{HERE}/webhooks/whatsapp/status",
    },
    "properties": {"quality_rating": "HIGH", "messaging_limit": "2K Customers/24hr"},
    "offline_reasons": None,
}


class Outside(Provider):
    """All that is outside the shop: Telegram, Twilio, and who opens at the public address."""

    def __init__(self, server: ThreadingHTTPServer) -> None:
        super().__init__(server)
        self.clock = NOW
        self.telegram: dict[str, Answer] = {
            "getMe": good(BOT),
            "getWebhookInfo": good(WEBHOOK),
            "getMyCommands": good([{"command": "mulai", "description": "mulai"}]),
        }
        self.account = Answer(200, {"status": "active", "type": "Full"})
        self.sender: Mapping[str, Any] = NUMBER_THERE
        self.senders = Answer(200, {"senders": [NUMBER_THERE], "meta": {"key": "senders"}})
        self.secret = SECRET.encode()
        self.door: Answer | None = None

    def usual(self, path: str, form: Form) -> Answer:
        return self.telegram[path.rsplit("/", 1)[-1]]

    def got(self, path: str, params: Form) -> Answer | None:
        if path == "/healthz":
            mark = recognising.mark_of(self.secret, params["number"])
            return self.door or Answer(200, {"status": "ok", "mark": mark})
        if path.endswith(f"/Accounts/{ACCOUNT}.json"):
            return self.account
        if path.endswith("/Channels/Senders"):
            return self.senders
        return Answer(200, dict(self.sender)) if path.endswith(SENDER) else None


def good(result: object) -> Answer:
    return Answer(200, {"ok": True, "result": result})


def bad(code: int, description: str) -> Answer:
    return Answer(code, {"ok": False, "error_code": code, "description": description})


@pytest.fixture
def outside() -> Iterator[Outside]:
    with running(Outside) as there:
        yield there


class Clinic:
    """A shop with both messengers, and whatever is outside."""

    def __init__(self, database: Database, outside: Outside, folder: Path) -> None:
        self.database, self.outside, self.folder, self.clock = database, outside, folder, ManualClock(NOW)

    @contextmanager
    def shop(self, *names: str, **chosen: Any) -> Iterator[App]:
        given = {
            "secret_key": SECRET,
            "data_dir": self.folder,
            "public_url": HERE,
            "twilio_account_sid": ACCOUNT,
            "twilio_auth_token": AUTH_TOKEN,
            "twilio_whatsapp_from": NUMBER,
            "whatsapp_daily_limit": 2000,
            **chosen,
        }
        settings = Settings(_env_file=None, **given)
        line = f"{HERE}/webhooks/whatsapp/status"
        known = {
            "telegram": lambda: telegram_at(self.outside.url, self.clock),
            "whatsapp": lambda: WhatsApp.connect(ACCOUNT, AUTH_TOKEN, NUMBER, self.clock, status_url=line),
            "simulator": Simulator,
        }
        channels = [known[name]() for name in names or ("telegram", "whatsapp")]
        url = self.database.engine.url.render_as_string(hide_password=False)
        app = build(settings, self.clock, channels, url, settings.shop())
        try:
            yield app
        finally:
            app.close()

    def findings(self, *names: str, checks: Collection[Check] = CHECKS, **chosen: Any) -> list[Finding]:
        """All that is found; the shop's settings may be ``chosen`` otherwise."""
        with self.shop(*names, **chosen) as app:
            return asyncio.run(examine(patient_of(app), checks=checks, transport=leading_to(self.outside.url)))

    def found(self, *names: str, only: str = "", **chosen: Any) -> dict[str, tuple[str, str]]:
        """By what was looked at, what was found and how to mend it; ``only`` by the checks of that name."""
        checks = [each for each in CHECKS if only in ("", each.what)]
        return {each.what: (each.found, each.mend) for each in self.findings(*names, checks=checks, **chosen)}


@pytest.fixture
def clinic(sqlite_database: Database, outside: Outside, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clinic:
    monkeypatch.chdir(tmp_path)
    return Clinic(sqlite_database, outside, tmp_path)


# Telegram


def test_a_good_bot_is_named_and_said_to_be_well(clinic: Clinic) -> None:
    with clinic.shop() as app:
        teller = Teller(app.composer, app.shop, "en")
        findings = asyncio.run(examine(patient_of(app), transport=leading_to(clinic.outside.url)))
    said = {each.what: told(teller, each) for each in findings}
    assert said["telegram_bot"].found == "@toko_bot, the token is good; cannot be added to groups"
    assert said["telegram_updates"].found == "fetched from Telegram by the shop; 3 waiting"
    assert said["telegram_menu"].found == "1 commands for customers"
    assert all(said[what].is_well for what in ("telegram_bot", "telegram_updates", "telegram_menu"))


@pytest.mark.parametrize(
    ("method", "answer", "chosen", "expected"),
    [
        ("getMe", bad(401, "Unauthorized"), {}, ("telegram_bot", "token_refused", "telegram_token")),
        ("getMe", bad(404, "Not Found"), {}, ("telegram_bot", "token_refused", "telegram_token")),
        ("getMe", Answer(502, "<html>Bad Gateway"), {}, ("telegram_bot", "out_of_order", "ask_later")),
        ("getMe", Answer(200, "<html>Log in to our Wi-Fi"), {}, ("telegram_bot", "out_of_order", "ask_later")),
        ("getMe", good({**BOT, "can_join_groups": True}), {}, ("telegram_bot", "bot", "")),
        (
            "getMe",
            good({**BOT, "can_join_groups": True, "can_read_all_group_messages": True}),
            {},
            ("telegram_bot", "bot", "reads_groups"),
        ),
        (
            "getWebhookInfo",
            good({**WEBHOOK, "pending_update_count": 100}),
            {},
            ("telegram_updates", "polling", "many_waiting"),
        ),
        ("getWebhookInfo", good(CALLED), {}, ("telegram_updates", "webhook_in_the_way", "webhook_in_the_way")),
        ("getWebhookInfo", good(CALLED), {"telegram_webhook": True}, ("telegram_updates", "webhook", "")),
        (
            "getWebhookInfo",
            good(WEBHOOK),
            {"telegram_webhook": True},
            ("telegram_updates", "no_webhook", "register_webhook"),
        ),
        (
            "getWebhookInfo",
            good({**CALLED, "url": "https://lain.example/x"}),
            {"telegram_webhook": True},
            ("telegram_updates", "webhook_elsewhere", "register_webhook"),
        ),
        (
            "getWebhookInfo",
            good(CALLED),
            {"telegram_webhook": True, "public_url": "http://toko.example"},
            ("telegram_updates", "webhook_impossible", "webhook_impossible"),
        ),
        (
            "getWebhookInfo",
            good({**CALLED, "last_error_date": NOW.timestamp() - 600, "last_error_message": "502 Bad Gateway"}),
            {"telegram_webhook": True},
            ("telegram_updates", "webhook_failing", "webhook_failing"),
        ),
        (
            "getWebhookInfo",
            good({**CALLED, "last_error_date": NOW.timestamp() - 7200, "last_error_message": "502 Bad Gateway"}),
            {"telegram_webhook": True},
            ("telegram_updates", "webhook", ""),
        ),
        ("getMyCommands", good([]), {}, ("telegram_menu", "menu", "no_menu")),
    ],
)  # fmt: skip
def test_what_telegram_says_of_the_bot_is_found(
    clinic: Clinic, method: str, answer: Answer, chosen: dict[str, Any], expected: tuple[str, str, str]
) -> None:
    clinic.outside.telegram[method] = answer
    assert clinic.found("telegram", only=expected[0], **chosen)[expected[0]] == expected[1:]


def test_a_webhook_of_somebody_else_shows_its_host_and_not_the_token_in_its_address(clinic: Clinic) -> None:
    clinic.outside.telegram["getWebhookInfo"] = good({**WEBHOOK, "url": f"https://lain.example/{TOKEN}"})
    (finding,) = (each for each in clinic.findings("telegram") if each.what == "telegram_updates")
    assert finding.values["host"] == "lain.example"
    assert TOKEN not in repr(finding)


# Twilio


def test_a_good_number_is_well_in_every_respect(clinic: Clinic) -> None:
    found = clinic.found("whatsapp", only="whatsapp_number")
    assert found["whatsapp_number"] == ("sender", "")
    assert found["whatsapp_webhook"] == ("brought_here", "")
    assert found["whatsapp_reports"] == ("reported_here", "")
    assert found["whatsapp_quality"] == ("quality", "")
    assert found["whatsapp_limit"] == ("limit", "")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Answer(401, {"code": 20003}), ("account_refused", "twilio_token")),
        (Answer(404, {"code": 20404}), ("account_refused", "twilio_token")),
        (Answer(503, ""), ("out_of_order", "ask_later")),
        (Answer(200, {"status": "suspended", "type": "Full"}), ("account_closed", "account_closed")),
        (Answer(200, {"status": "active", "type": "Trial"}), ("account_trial", "")),
    ],
)
def test_what_twilio_says_of_the_account_is_found(clinic: Clinic, answer: Answer, expected: tuple[str, str]) -> None:
    clinic.outside.account = answer
    assert clinic.found("whatsapp", only="twilio_account")["twilio_account"] == expected


@pytest.mark.parametrize(
    ("there", "chosen", "expected"),
    [
        (
            {"status": "OFFLINE", "offline_reasons": [{"code": "63020", "message": "not verified"}]},
            {},
            ("whatsapp_number", "sender", "sender_offline"),
        ),
        ({"status": "ONLINE:UPDATING"}, {}, ("whatsapp_number", "sender", "")),
        (
            {"webhook": {"callback_url": f"{HERE}/old"}},
            {},
            ("whatsapp_webhook", "brought_elsewhere", "brought_elsewhere"),
        ),
        (
            {"webhook": {"callback_url": f"{HERE}/webhooks/whatsapp", "callback_method": "GET"}},
            {},
            ("whatsapp_webhook", "brought_elsewhere", "brought_elsewhere"),
        ),
        ({"webhook": None}, {}, ("whatsapp_webhook", "brought_nowhere", "brought_elsewhere")),
        ({"webhook": None}, {}, ("whatsapp_reports", "reported_each", "")),
        (
            {"webhook": None},
            {"public_url": "https://baru.example"},
            ("whatsapp_reports", "not_reported", "not_reported"),
        ),
        ({"properties": {"quality_rating": "LOW"}}, {}, ("whatsapp_quality", "quality", "low_quality")),
        (
            {"properties": {"messaging_limit": "250 Customers/24hr"}},
            {},
            ("whatsapp_limit", "limit", "limit_too_high"),
        ),
        ({"properties": {"messaging_limit": "10K Customers/24hr"}}, {}, ("whatsapp_limit", "limit_unused", "")),
        ({"properties": {"messaging_limit": "Unlimited"}}, {}, ("whatsapp_limit", "limit", "")),
    ],
)  # fmt: skip
def test_what_twilio_says_of_the_number_is_found(
    clinic: Clinic, there: dict[str, Any], chosen: dict[str, Any], expected: tuple[str, str, str]
) -> None:
    clinic.outside.sender = {**NUMBER_THERE, **there}
    assert clinic.found("whatsapp", only="whatsapp_number", **chosen)[expected[0]] == expected[1:]


def test_a_number_that_the_account_does_not_have_is_said_to_be_none_of_its_senders(clinic: Clinic) -> None:
    clinic.outside.senders = Answer(200, {"senders": [{**NUMBER_THERE, "sender_id": "whatsapp:+6281200000009"}]})
    found = clinic.found("whatsapp", only="whatsapp_number")
    assert found["whatsapp_number"] == ("no_sender", "no_sender")
    assert "whatsapp_webhook" not in found


def test_the_sandbox_is_in_no_list_and_is_said_to_be_the_sandbox(clinic: Clinic) -> None:
    found = clinic.found("whatsapp", only="whatsapp_number", twilio_whatsapp_from="whatsapp:+14155238886")
    assert found["whatsapp_number"] == ("sandbox", "")


@pytest.mark.parametrize(
    ("limit", "people"), [("1K Customers/24hr", 1000), ("250 Customers/24hr", 250), ("Unlimited", None), ("", None)]
)
def test_a_limit_is_read_as_people_a_day(limit: str, people: int | None) -> None:
    assert whatsapp.people_of(limit) == people


def test_words_are_counted_by_where_they_stand_with_whatsapp(clinic: Clinic) -> None:
    names = [entry.name for message in COMPOSER.catalog.values() for entry in message.contents]
    states = [Approval.APPROVED, Approval.PENDING, Approval.REJECTED]
    with clinic.shop("whatsapp") as app, app.database.transaction() as session:
        for name, state in zip(names, states, strict=False):
            row = {"name": name, "language": "id", "sid": f"HX{name}", "fingerprint": "f", "body": "Halo"}
            session.add(ApprovedContent(**row, approval=state, made_at=NOW, looked_at=NOW))
    (wording,) = (each for each in CHECKS if each.what == "whatsapp_words")
    found = {
        each.found: each for each in clinic.findings("whatsapp", checks=[wording]) if each.what == "whatsapp_words"
    }
    assert {key: each.values["n"] for key, each in found.items()} == {
        "words": 1,
        "words_waiting": 1,
        "words_closed": 1,
        "words_missing": 2 * len(names) - 3,
    }
    assert [key for key, each in found.items() if each.is_well] == ["words"]


# The shop's own door


def test_the_address_that_leads_to_this_very_shop_is_well(clinic: Clinic) -> None:
    assert clinic.found("telegram", only="public_address")["public_address"] == ("door", "")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Answer(200, {"status": "ok"}), ("other_door", "other_door")),
        (Answer(200, {"status": "ok", "mark": "f" * 64}), ("other_door", "other_door")),
        (Answer(200, "<html>Welcome to nginx"), ("other_door", "other_door")),
        (Answer(302, ""), ("other_door", "other_door")),
        (Answer(404, ""), ("other_door", "other_door")),
        (Answer(502, ""), ("nobody_behind", "nobody_behind")),
        (Answer(None), ("door_shut", "door_garbled")),
    ],
)
def test_who_opens_at_the_address_is_found_out(clinic: Clinic, answer: Answer, expected: tuple[str, str]) -> None:
    clinic.outside.door = answer
    assert clinic.found("telegram", only="public_address")["public_address"] == expected


def test_another_shop_of_ours_at_the_address_is_another_shop(clinic: Clinic) -> None:
    clinic.outside.secret = b"the key of the shop next door ..."
    assert clinic.found("telegram", only="public_address")["public_address"] == ("other_door", "other_door")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (None, ("leads_nowhere", "leads_nowhere")),
        ("http://localhost:8080", ("leads_nowhere", "leads_nowhere")),
        ("http://toko.example", ("not_https", "not_https")),
    ],
)
def test_an_address_that_cannot_be_one_is_not_knocked_at(
    clinic: Clinic, url: str | None, expected: tuple[str, str]
) -> None:
    clinic.outside.door = Answer(500)
    assert clinic.found("telegram", only="public_address", public_url=url)["public_address"] == expected


def test_the_simulator_needs_no_address(clinic: Clinic) -> None:
    assert "public_address" not in clinic.found("simulator", only="public_address", public_url=None)


def test_the_shops_own_web_knows_its_door(clinic: Clinic) -> None:
    from bot.web.app import web

    with clinic.shop("simulator", "telegram") as app:

        async def knock() -> list[Finding]:
            async with Line(clinic.clock, httpx.ASGITransport(web(app))) as line:
                return await address.door(patient_of(app), line)

        assert [each.found for each in asyncio.run(knock())] == ["door"]


@contextmanager
def self_signed(folder: Path) -> Iterator[str]:
    """A door over https whose certificate nobody vouches for."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "toko")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(datetime(2020, 1, 1)).not_valid_after(datetime(2120, 1, 1))  # noqa: DTZ001
    certificate = builder.sign(key, hashes.SHA256())
    pem, bare = serialization.Encoding.PEM, serialization.NoEncryption()
    file = folder / "self-signed.pem"
    file.write_bytes(certificate.public_bytes(pem) + key.private_bytes(pem, serialization.PrivateFormat.PKCS8, bare))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler, bind_and_activate=True)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_: None  # type: ignore[method-assign] - whoever does not trust it hangs up
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_certificate_that_nobody_vouches_for_is_named_as_the_trouble(clinic: Clinic, tmp_path: Path) -> None:
    with self_signed(tmp_path) as url, clinic.shop("telegram") as app:
        knocking = [Check("public_address", address.door)]
        found = asyncio.run(
            examine(patient_of(app), checks=knocking, compares_clocks=False, transport=leading_to(url))
        )
    assert [(each.found, each.mend) for each in found] == [("door_shut", "door_certificate")]


def test_nobody_there_and_nobody_in_time_are_told_apart(outside: Outside) -> None:
    outside.door = Answer(200, {}, delay_seconds=0.2)

    async def ask(url: str) -> Trouble | None:
        async with Line(ManualClock(NOW), answer_seconds=0.05) as line:
            try:
                await line.ask(f"{url}/healthz", params={"number": "1"})
            except NoAnswer as fault:
                return fault.trouble
        return None

    assert asyncio.run(ask(outside.url)) is Trouble.LATE
    assert asyncio.run(ask("http://127.0.0.1:1")) is Trouble.UNREACHABLE


# The clock


@pytest.mark.parametrize(
    ("there", "expected"),
    [
        (timedelta(seconds=30), ("clock", "")),
        (timedelta(seconds=31), ("clock_behind", "clock")),
        (timedelta(seconds=-31), ("clock_ahead", "clock")),
        (timedelta(minutes=7), ("clock_behind", "clock")),
    ],
)
def test_a_clock_that_goes_wrong_is_noticed_by_the_providers_dates(
    clinic: Clinic, there: timedelta, expected: tuple[str, str]
) -> None:
    clinic.outside.clock = NOW + there
    assert clinic.found("telegram", only="telegram_menu")["clock"] == expected


def test_the_provider_that_agrees_best_is_believed(clinic: Clinic) -> None:
    with clinic.shop("simulator") as app:
        late = {"Telegram": timedelta(seconds=40), "Twilio": timedelta(seconds=2)}
        finding = clock.compare(patient_of(app), late)
    assert (finding.found, finding.values["name"], finding.values["here"]) == ("clock", "Twilio", "10:00")


# At home


def test_offline_nobody_outside_is_asked(clinic: Clinic) -> None:
    with clinic.shop() as app:
        found = asyncio.run(examine(patient_of(app), is_offline=True))
    assert clinic.outside.heard == []
    assert {"telegram_bot", "twilio_account"} & {each.what for each in found} == set()
    assert ("clock_alone", True) in {(each.found, each.is_well) for each in found}


def test_the_database_is_tried_and_nothing_is_left_of_it(database: Database, tmp_path: Path) -> None:
    clinic = Clinic(database, None, tmp_path)  # type: ignore[arg-type] - nobody outside is asked
    with clinic.shop("simulator") as app:
        found = {each.what: each for each in asyncio.run(examine(patient_of(app), is_offline=True))}
        with app.database.reading() as session:
            assert session.get(ShopFact, "doctor") is None
    assert found["database"].found == "writable"
    assert found["database"].values["version"]
    assert ("journal" in found) is database.is_sqlite


def test_a_database_that_cannot_be_written_is_said_to_be_so(clinic: Clinic) -> None:
    with clinic.shop("simulator") as app:
        with app.database.engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE shop_facts RENAME TO lost")
        with app.database.reading() as session:
            (finding,) = memory.database(session, patient_of(app))
    assert (finding.found, finding.mend) == ("not_writable", "not_writable")
    assert finding.values["kind"] == "OperationalError"


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps its rights elsewhere")
def test_secrets_that_others_may_read_are_found(clinic: Clinic) -> None:
    (clinic.folder / ".env").write_text("TELEGRAM_BOT_TOKEN=")
    (clinic.folder / ".env").chmod(0o644)
    (clinic.folder / "secret.key").write_text("k" * 64)
    (clinic.folder / "secret.key").chmod(0o640)
    with clinic.shop("simulator", secret_key=None) as app:
        found = asyncio.run(examine(patient_of(app), is_offline=True))
    wide = [(each.what, each.values["path"]) for each in found if each.mend == "file_open"]
    assert ("files", ".env") in wide
    assert ("secret_key", str(clinic.folder / "secret.key")) in wide


@pytest.mark.parametrize(
    ("days", "expected"), [(None, ("no_backup", "no_backup")), (1, ("backup", "")), (8, ("backup", "no_backup"))]
)
def test_the_newest_backup_tells_its_age(clinic: Clinic, days: int | None, expected: tuple[str, str]) -> None:
    place = clinic.folder / "backups"
    place.mkdir()
    if days is not None:
        for age in (days, days + 30):
            file = place / f"{age}.db"
            file.touch()
            os.utime(file, (at := (NOW - timedelta(days=age)).timestamp(), at))
    assert clinic.found("simulator", only="backup", backup_dir=place)["backup"] == expected
    assert clinic.found("simulator", only="backup")["backup"] == ("backup_unknown", "")


@pytest.mark.parametrize(
    ("ago", "expected"),
    [
        (None, ("never_open", "not_open")),
        (timedelta(minutes=1), ("open", "")),
        (timedelta(hours=5), ("closed", "not_open")),
    ],
)
def test_an_open_shop_gives_a_sign_of_life(clinic: Clinic, ago: timedelta | None, expected: tuple[str, str]) -> None:
    if ago is not None:
        with clinic.database.transaction() as session:
            pulse.beat(session, NOW - timedelta(days=3))
            pulse.beat(session, NOW - ago)
    assert clinic.found("simulator", only="opening")["opening"] == expected


def test_a_process_that_opens_the_shop_gives_the_sign_of_life(clinic: Clinic) -> None:
    from bot.attendance import Attendance

    with clinic.shop("simulator") as app:
        asyncio.run(Attendance(app).begin())
        with app.database.reading() as session:
            assert pulse.last_beat(session) == NOW


def test_what_went_wrong_in_the_last_day_is_told_and_what_is_older_is_not(clinic: Clinic) -> None:
    place = "KeyError in answer, answering.py:40"
    with clinic.database.transaction() as session:
        for hours in (1, 2, 25):
            session.add(Fault(at=NOW - timedelta(hours=hours), channel="telegram", place=place))
        sari, budi = (Customer(name=name, source="chat", created_at=NOW) for name in ("Sari", "Budi"))
        chat = customers.meet(session, "telegram", "71", "Ratna", NOW)
        session.add_all([sari, budi, TeamMember(address_id=chat.id, role=Role.OWNER, since=NOW)])
        campaign = Campaign(
            template="picks", audience="all", holdout_share=0, seed="s", status=Status.PAUSED,
            pause_reason="failures", created_by="t", created_at=NOW,
        )  # fmt: skip
        session.add(campaign)
        session.flush()
        for person, hours in ((sari, 1), (budi, 30)):
            session.add(
                Message(
                    campaign_id=campaign.id, customer_id=person.id, channel="telegram", was_eligible=True,
                    state=State.UNKNOWN, unknown_at=NOW - timedelta(hours=hours), planned_at=NOW, counts_from=NOW,
                )
            )  # fmt: skip
        notice = notices.tell(session, chat.id, "mined", NOW - timedelta(hours=3), seconds=1)
        notices.give_up(session, notice, NOW - timedelta(hours=2))
    found = {each.what: each for each in clinic.findings("simulator")}
    assert (found["faults"].values["n"], found["faults"].values["places"]) == (2, f"{place} (2×)")
    assert found["uncertain"].values == {"n": 1, "number": "1"}
    assert found["paused"].values == {"number": "1", "reason": Term("pause_reasons", "failures")}
    assert found["notices"].values == {"n": 1}
    assert not any(found[what].is_well for what in ("faults", "uncertain", "paused", "notices"))
    said = told(Teller(COMPOSER, Settings(_env_file=None).shop(), "id"), found["paused"])
    assert said.found == "kampanye 1. Ditahan otomatis karena terlalu banyak pesan yang gagal."
    assert "langganan resume 1" in said.mend


# All of it at once


async def _hang(_patient: Patient, _line: Line) -> list[Finding]:
    await asyncio.sleep(60)
    return []


async def _break(_patient: Patient, _line: Line) -> list[Finding]:
    raise RuntimeError(TOKEN)


async def _well(_patient: Patient, _line: Line) -> list[Finding]:
    return [Finding("templates", "templates", values={"n": 9})]


def test_what_hangs_or_fails_is_said_and_does_not_stop_the_others(
    clinic: Clinic, caplog: pytest.LogCaptureFixture
) -> None:
    checks = [Check("team", _hang), Check("history", _break), Check("templates", _well)]
    steps: list[tuple[int, int]] = []
    with clinic.shop("simulator") as app:
        found = asyncio.run(
            examine(
                patient_of(app),
                checks=checks,
                compares_clocks=False,
                limit_seconds=0.05,
                tell=lambda *how: steps.append(how),
            )
        )
    assert [(each.what, each.found, each.is_well) for each in found] == [
        ("team", "check_late", False),
        ("history", "check_failed", False),
        ("templates", "templates", True),
    ]
    assert steps == [(0, 3), (1, 3), (2, 3), (3, 3)]
    assert TOKEN not in caplog.text
    assert TOKEN not in repr(found)


@each_language
def test_no_secret_is_in_what_is_told_whatever_goes_wrong(clinic: Clinic, language: str) -> None:
    teller = Teller(COMPOSER, Settings(_env_file=None).shop(), language)
    said = [json.dumps(told(teller, each).as_json()) for each in clinic.findings()]
    clinic.outside.telegram = dict.fromkeys(clinic.outside.telegram, bad(401, "Unauthorized"))
    clinic.outside.account = clinic.outside.senders = Answer(401, {"code": 20003})
    said += [json.dumps(told(teller, each).as_json()) for each in clinic.findings()]
    clinic.outside.telegram = dict.fromkeys(clinic.outside.telegram, Answer(None))
    clinic.outside.account = clinic.outside.senders = clinic.outside.door = Answer(None)
    said += [json.dumps(told(teller, each).as_json()) for each in clinic.findings()]
    assert len(said) > 60
    assert not any(secret in line for line in said for secret in (TOKEN, TOKEN.split(":")[1], AUTH_TOKEN, SECRET))


KEYS = {"what": "doctor_looked", "found": "doctor_found", "mend": "doctor_mend"}


def ours() -> Iterator[ast.Module]:
    """The source in which findings are made."""
    folder = Path(doctor.__file__).parent
    for path in [*folder.glob("checkups/*.py"), folder / "doctor.py", folder / "listening.py"]:
        yield ast.parse(path.read_text())


def spelled_out() -> Iterator[tuple[str, str]]:
    """Each shelf and key of a Finding that stands in our code as it is."""
    for tree in ours():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "Finding":
                for shelf, argument in zip(KEYS.values(), node.args, strict=False):
                    compared = {
                        each
                        for test in ast.walk(argument)
                        if isinstance(test, ast.Compare)
                        for each in ast.walk(test)
                    }
                    for each in {*ast.walk(argument)} - compared:
                        if isinstance(each, ast.Constant) and isinstance(each.value, str) and each.value:
                            yield shelf, each.value


@each_language
def test_every_finding_that_can_be_made_has_its_words(language: str) -> None:
    wanted = {pair for pair in spelled_out() if "{" not in pair[1] and not pair[1].endswith("_")}
    assert len(wanted) > 100
    assert [pair for pair in sorted(wanted) if pair[1] not in COMPOSER.shelf(language, pair[0])] == []
    assert {f"trouble_{each}" for each in Trouble} <= set(COMPOSER.shelf(language, "doctor_mend"))
    assert {f"door_{each}" for each in Trouble} <= set(COMPOSER.shelf(language, "doctor_mend"))
    assert set(Trouble) == set(COMPOSER.shelf(language, "doctor_troubles"))


@each_language
def test_no_words_are_kept_for_what_is_never_found(language: str) -> None:
    written = {node.value for tree in ours() for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    put_together = {f"{kind}_{each}" for kind in ("trouble", "door") for each in Trouble}
    for shelf in KEYS.values():
        assert sorted(set(COMPOSER.shelf(language, shelf)) - written - put_together) == []


def test_an_age_is_told_as_people_say_it() -> None:
    finding = Finding("opening", "closed", "not_open", {"age": Span(5 * 3600)})
    shop = Settings(_env_file=None).shop()
    assert told(Teller(COMPOSER, shop, "id"), finding).found == "tidak; tanda hidup terakhir 5 jam lalu"
    assert told(Teller(COMPOSER, shop, "en"), finding).found == "no; last sign of life 5 hours ago"


@pytest.mark.parametrize(("number", "is_one"), [("0" * 32, True), ("0" * 31, False), ("g" * 32, False), ("", False)])
def test_only_a_number_of_ours_is_signed(number: str, is_one: bool) -> None:
    mark = recognising.mark_of(b"secret", number)
    assert (bool(mark), recognising.is_mine(b"secret", number, mark)) == (is_one, is_one)
    assert not recognising.is_mine(b"another", number, mark)


# In chat


def test_in_short_only_what_needs_mending_is_told_and_otherwise_that_all_is_well() -> None:
    teller = Teller(COMPOSER, Settings(_env_file=None).shop(), "id")
    well, ill = Finding("team", "team", values={"n": 2}), Finding("contact", "no_contact", "no_contact")
    assert doctor.summary(teller, [well, well]).text == "Semua baik, 2 hal diperiksa. Hari ini di toko: /hari_ini"
    text = doctor.summary(teller, [well, ill]).text
    assert "• Kontak toko: belum ada" in text
    assert "→ isi SHOP_CONTACT di .env" in text
    assert "Tim" not in text


# At the terminal


WELL = {
    "SECRET_KEY": SECRET,
    "SHOP_CONTACT": "0812-0000-0009",
    "PUBLIC_URL": HERE,
    "TELEGRAM_BOT_TOKEN": TOKEN,
}


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def make_well(database: Database) -> None:
    """Sold, allowed, mined, tidied, commanded and open."""
    small, now = SmallShop(database), SystemClock().now()
    Path(database.engine.url.database or "").chmod(0o600)
    small.buy(small.customer("Sari"))
    with database.transaction() as session:
        chat = customers.meet(session, "telegram", "71", "Ratna", now)
        session.add(TeamMember(address_id=chat.id, role=Role.OWNER, since=now))
        session.add(MiningRun(started_at=now, ready_at=now))
        retention.note(session, now, {"chats": 0})
        pulse.beat(session, now)


def test_where_all_is_well_the_command_ends_well_and_one_thing_amiss_is_told_and_counted(
    sqlite_database: Database, shell: Shell
) -> None:
    make_well(sqlite_database)
    there = {**WELL, "DATABASE_URL": sqlite_database.engine.url.render_as_string(hide_password=False)}
    told = json.loads(shell.run("doctor", "--offline", "--json", **there).stdout)
    assert all(set(each) == {"what", "about", "found", "mend", "is_well"} for each in told)
    assert [each for each in told if not each["is_well"]] == []
    amiss = shell.run("doctor", "--offline", fails=True, **there, SHOP_LANGUAGE="en", BACKUP_DIR="nowhere")
    assert amiss.returncode == 1
    assert amiss.stdout.endswith("1 things to mend.\n")
    assert "→ make a new backup: docs/howto/backup.md" in amiss.stdout


def test_a_database_that_is_not_there_is_found_and_says_how_to_get_on(shell: Shell) -> None:
    done = shell.run("doctor", fails=True, DATABASE_URL="postgresql://nobody@127.0.0.1:1/nowhere")
    assert "→ nyalakan database, lalu cocokkan DATABASE_URL di .env" in " ".join(done.stdout.split())
    assert done.stdout.endswith("1 hal perlu dibereskan.\n")


def test_whom_the_team_reaches_customers_by_is_said_as_it_is(clinic: Clinic) -> None:
    assert clinic.found(only="contact")["contact"] == ("no_contact_at_all", "no_contact")
    with clinic.database.transaction() as session:
        chat = customers.meet(session, "telegram", "71", "Ratna", NOW)
        session.add(TeamMember(address_id=chat.id, role=Role.OWNER, since=NOW))
    assert clinic.found(only="contact")["contact"] == ("no_contact", "no_contact")


@pytest.mark.parametrize(
    ("channels", "hours", "is_deaf"),
    [(["whatsapp"], 21, True), (["whatsapp"], 19, False), (["whatsapp", "telegram"], 30, False)],
)
def test_a_team_that_whatsapp_does_not_bring_questions_to_is_found(
    clinic: Clinic, channels: list[str], hours: int, is_deaf: bool
) -> None:
    with clinic.database.transaction() as session:
        for channel in channels:
            chat = customers.meet(session, channel, f"+62812000000{hours}", "Ratna", NOW)
            chat.last_inbound_at = NOW - timedelta(hours=hours)
            session.add_all((chat, TeamMember(address_id=chat.id, role=Role.OWNER, since=NOW)))
    checks = [each for each in CHECKS if each.what == "team"]
    assert ("team_deaf" in [each.found for each in clinic.findings(checks=checks)]) is is_deaf


def test_a_messenger_that_does_not_answer_is_told_once(clinic: Clinic) -> None:
    clinic.outside.telegram = dict.fromkeys(clinic.outside.telegram, Answer(None))
    silent = [each for each in clinic.findings() if each.found == "no_answer"]
    assert [each.what for each in silent] == ["telegram_bot"]


def test_every_wrong_setting_is_found_and_the_rest_is_looked_at(sqlite_database: Database, shell: Shell) -> None:
    make_well(sqlite_database)
    there = {**WELL, "DATABASE_URL": sqlite_database.engine.url.render_as_string(hide_password=False)}
    wrong = {
        "SHOP_CURRENCY": "Rp",
        "HOLDOUT_PERCENT": "100",
        "TWILIO_ACCOUNT_SID": "AC1",
        "TELEGRAM_WEBHOOK": "mungkin",
    }
    told = json.loads(shell.run("doctor", "--offline", "--json", fails=True, **there, **wrong).stdout)
    found = [each["found"] for each in told if each["what"] == "settings"]
    assert [each.split()[0] for each in found] == ["SHOP_CURRENCY", "HOLDOUT_PERCENT", "TELEGRAM_WEBHOOK", "WhatsApp"]
    assert "harus kode mata uang seperti IDR" in found[0]
    assert [each["is_well"] for each in told if each["what"] in ("database", "team")] == [True, True]


def test_a_shop_that_cannot_be_opened_is_told_as_json_too(shell: Shell) -> None:
    told = json.loads(shell.run("doctor", "--json", fails=True, DATABASE_URL="mysql://here").stdout)
    assert [(each["what"], each["is_well"]) for each in told] == [("opening", False)]
