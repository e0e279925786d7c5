"""What the program says to Twilio, held to Twilio's own OpenAPI by a server that was made for that (Prism).

A request that the OpenAPI does not allow is answered with 422, everything else with Twilio's own examples.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime

import httpx
import pytest

from bot import approvals, doctor
from bot.app import App, build
from bot.channels.contents import TwilioContents
from bot.channels.whatsapp import WhatsApp
from bot.checkups import whatsapp
from bot.checkups.asking import Line
from bot.checkups.finding import Finding
from bot.clock import ManualClock, SystemClock
from bot.settings import Settings
from campaigns.channel import Button, Content, Document, Outcome, Outgoing, Report, Sent
from campaigns.sending.reconciling import Found
from campaigns.tables import Approval
from ledger.database import Database
from tests.conftest import SECRET
from tests.contracts.providers import ACCOUNT, AUTH_TOKEN
from tests.fakes import FakeChannel
from tests.strangers.conftest import TwilioApi

NOW = datetime(2026, 11, 2, 3, tzinfo=UTC)
SHOP_NUMBER = "+12025550199"

SARI = "+6281200000001"
STATUS_URL = "https://shop.example.com/webhooks/whatsapp/status"
CONTENT = "HX" + "0" * 32
YES_NO = (Button("Ya, boleh", "ya"), Button("Tidak", "tidak"))
CHART = Document("chart.png", b"\x89PNG", "image/png")


@asynccontextmanager
async def line_to(api: TwilioApi) -> AsyncIterator[WhatsApp]:
    """The channel as the shop makes it, but led to another Twilio."""
    channel = WhatsApp.connect(ACCOUNT, AUTH_TOKEN, SHOP_NUMBER, SystemClock(), status_url=STATUS_URL)
    channel.hand_out_by(lambda document: f"https://shop.example.com/files/{document.name}?until=1&mark=abc")
    channel.client.api.base_url = api.api
    assert channel.buttons is not None
    channel.buttons.client.content.base_url = api.content
    try:
        yield channel
    finally:
        await channel.close()


def sent(api: TwilioApi, letter: Outgoing) -> Outcome:
    async def send() -> Outcome:
        async with line_to(api) as channel:
            return await channel.send(letter)

    return asyncio.run(send())


@contextmanager
def content_api(api: TwilioApi, example: str = "") -> Iterator[TwilioContents]:
    """The Content API as the shop asks it; ``example`` picks one of those that Twilio publishes for an answer."""
    contents = TwilioContents.connect(ACCOUNT, AUTH_TOKEN)
    contents.client.content.base_url = api.content
    with contents.client.http_client.session as session:
        if example:
            session.headers["Prefer"] = f"example={example}"
        yield contents


@pytest.fixture
def shop(sqlite_database: Database) -> Iterator[App]:
    settings = Settings(
        _env_file=None, secret_key=SECRET.decode(), twilio_account_sid=ACCOUNT, twilio_auth_token=AUTH_TOKEN,
        twilio_whatsapp_from=SHOP_NUMBER, public_url="https://shop.example.com",
    )  # fmt: skip
    url = sqlite_database.engine.url.render_as_string(hide_password=False)
    app = build(settings, ManualClock(NOW), [FakeChannel("whatsapp")], url, settings.shop())
    yield app
    app.close()


@pytest.mark.parametrize(
    "letter",
    [
        Outgoing(SARI, "Halo Kak 🎉 <b>&"),
        Outgoing(SARI, "kata " * 1_000),
        Outgoing(SARI, "Boleh?", YES_NO),
        Outgoing(SARI, "Minggu ini", document=CHART),
        Outgoing(SARI, "kata " * 400, YES_NO, CHART),
        Outgoing(SARI, "…", content=Content(CONTENT, {"1": "Sari", "2": "Kopi Gayo 🎉"}), is_offer=True),
        Outgoing(SARI, "…", content=Content(CONTENT, {})),
    ],
    ids=["words", "long words", "buttons", "a chart", "all of it", "approved words", "approved words without places"],
)
def test_twilio_understands_what_is_sent(twilio_api: TwilioApi, letter: Outgoing) -> None:
    outcome = sent(twilio_api, letter)
    assert isinstance(outcome, Sent), outcome
    assert outcome.provider_message_id.startswith(("SM", "MM"))


def test_a_request_that_is_not_twilios_is_refused_by_the_stranger(twilio_api: TwilioApi) -> None:
    """Else the others would prove nothing."""
    address, account = f"{twilio_api.api}/2010-04-01/Accounts", (ACCOUNT, AUTH_TOKEN)

    def status(path: str, form: dict[str, str], auth: tuple[str, str] | None = account) -> int:
        return httpx.post(f"{address}/{path}", data=form, auth=auth, trust_env=False).status_code

    good = {"To": f"whatsapp:{SARI}", "From": f"whatsapp:{SHOP_NUMBER}", "Body": "Halo"}
    assert status(f"{ACCOUNT}/Messages.json", good) == 201
    wrong = {
        "no addressee": status(f"{ACCOUNT}/Messages.json", {"Body": "Halo"}),
        "a status address that is none": status(f"{ACCOUNT}/Messages.json", {**good, "StatusCallback": "not one"}),
        "an account that is none": status("me/Messages.json", good),
        "an unknown place": status(f"{ACCOUNT}/Letters.json", good),
        "nobody's": status(f"{ACCOUNT}/Messages.json", good, None),
    }  # fmt: skip
    wrong["words without a language"] = httpx.post(
        f"{twilio_api.content}/v1/Content", json={"types": {}}, auth=account, trust_env=False
    ).status_code
    assert {name: code // 100 for name, code in wrong.items()} == dict.fromkeys(wrong, 4)


def test_what_became_of_a_message_is_asked_as_twilio_wants_to_be_asked(twilio_api: TwilioApi) -> None:
    """Twilio's examples of 24 May 2019; asked for the next page, the stranger gives the same one again."""
    since, until = datetime(2019, 5, 24, tzinfo=UTC), datetime(2019, 5, 25, tzinfo=UTC)

    async def ask() -> tuple[Report | None, Sequence[Found]]:
        async with line_to(twilio_api) as channel:
            return await channel.ask("SM" + "0" * 32), await channel.find(SARI, since, until)

    report, found = asyncio.run(ask())
    assert report is not None
    assert report.provider_message_id == "SMb7c0a2ce80504485a6f653a7110836f5"
    assert {(each.provider_message_id, each.body) for each in found} == {
        ("SMded05904ccb347238880ca9264e8fe1c", "testing"),
        ("MMc26223853f8c46b4ab7dfaa6abba0a26", "look mom I have media!"),
    }


def test_buttons_are_made_as_twilio_keeps_them(twilio_api: TwilioApi) -> None:
    listed = tuple(Button(f"Pilihan {number}", f"pilih {number}") for number in range(1, 11))

    async def make() -> tuple[str | None, str | None]:
        async with line_to(twilio_api) as channel:
            sets = channel.buttons
            assert sets is not None
            text = "Boleh?\n\nBalas YA atau TIDAK."
            assert [channel.shows(each, text) for each in (YES_NO, listed)] == [False, False]
            await sets.make()
            return sets.sid_of(YES_NO, "{{1}}\n\n{{2}}"), sets.sid_of(listed, "{{1}}\n\n{{2}}")

    assert all(sid is not None and sid.startswith("HX") for sid in asyncio.run(make()))


def test_all_our_words_are_made_and_submitted_as_twilio_asks_for_them(twilio_api: TwilioApi, shop: App) -> None:
    with content_api(twilio_api) as contents:
        wanted = approvals.missing(shop)
        came = approvals.submit(shop, contents, approvals.refresh(shop, contents), wanted, "owner")
    assert came.failed == []
    assert came.done == [each.name for each in wanted]


def test_what_twilio_lists_is_understood(twilio_api: TwilioApi) -> None:
    with content_api(twilio_api, "readResults") as contents:
        listed = contents.known()
    assert [(each.name, each.approval) for each in listed] == [
        ("Some content", Approval.UNSUBMITTED),
        ("Media Test", Approval.APPROVED),
        ("Video Highlights", Approval.REJECTED),
    ]
    assert listed[2].reason.startswith("INVALID_FORMAT")


class Led(httpx.AsyncHTTPTransport):
    """Leads Twilio's names to the strangers, as a wrong name server would."""

    def __init__(self, api: TwilioApi) -> None:
        super().__init__()
        self.to = {"api.twilio.com": httpx.URL(api.api), "messaging.twilio.com": httpx.URL(api.messaging)}
        self.statuses: list[int] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        to = self.to[request.url.host]
        request.url = request.url.copy_with(scheme=to.scheme, host=to.host, port=to.port)
        answer = await super().handle_async_request(request)
        self.statuses.append(answer.status_code)
        return answer


def test_the_doctor_asks_as_twilio_wants_to_be_asked(twilio_api: TwilioApi, shop: App) -> None:
    patient, transport = doctor.patient_of(shop), Led(twilio_api)

    async def ask() -> list[Finding]:
        async with Line(shop.clock, transport) as line:
            return [*await whatsapp.account(patient, line), *await whatsapp.sender(patient, line)]

    found = asyncio.run(ask())
    assert transport.statuses == [200, 200]
    assert [each.found for each in found] == ["account", "no_sender"]
