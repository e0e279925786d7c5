"""WhatsApp through Twilio: what arrives, who may post it, and how the shop answers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest
from sqlmodel import select
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from bot.app import App, build
from bot.channels.whatsapp import WhatsApp
from bot.channels.whatsapp_inbound import inbound
from bot.clock import ManualClock
from bot.inbound import Inbound
from bot.settings import Settings
from bot.web.app import web
from campaigns.channel import Button, Document, Outgoing, Sent
from ledger.database import Database
from ledger.tables import Address
from tests.contracts.providers import AUTH_TOKEN, SHOP_NUMBER, Twilio, running, whatsapp_at

NOW = datetime(2026, 11, 2, 3, tzinfo=UTC)
URL = "https://toko.example/webhooks/whatsapp"
FORM = {
    "SmsMessageSid": "SM1",
    "MessageSid": "SM1",
    "From": "whatsapp:+6281200000001",
    "To": f"whatsapp:{SHOP_NUMBER}",
    "ProfileName": "Sari",
    "Body": "MULAI",
    "ButtonText": "",
}


@pytest.fixture
def twilio() -> Iterator[Twilio]:
    with running(Twilio) as provider:
        yield provider


@pytest.fixture
def app(sqlite_database: Database, twilio: Twilio) -> Iterator[App]:
    clock = ManualClock(NOW)
    settings = Settings(
        _env_file=None,  # type: ignore[call-arg]
        secret_key="a key for tests only, 32 bytes..",  # type: ignore[arg-type]
        public_url="https://toko.example/",
        twilio_auth_token=AUTH_TOKEN,  # type: ignore[arg-type]
    )
    url = sqlite_database.engine.url.render_as_string(hide_password=False)
    app = build(settings, clock, [whatsapp_at(twilio.url, clock)], url, settings.shop())
    yield app
    app.close()


def posted(app: App, form: dict[str, str], signature: str | None = None, query: str = "") -> httpx.Response:
    """What Twilio is answered; signed as Twilio signs unless a signature is given."""
    signed = RequestValidator(AUTH_TOKEN).compute_signature(URL + query, form)

    async def post() -> httpx.Response:
        # A proxy in between asks for us by another name: only PUBLIC_URL counts.
        async with httpx.AsyncClient(transport=httpx.ASGITransport(web(app)), base_url="http://10.0.0.7:8080") as us:
            headers = {"X-Twilio-Signature": signed if signature is None else signature}
            answer = await us.post(f"/webhooks/whatsapp{query}", data=form, headers=headers)
            await app.answered()
        channel = app.channels["whatsapp"]
        assert isinstance(channel, WhatsApp)
        await channel.close()
        return answer

    return asyncio.run(post())


def test_a_message_is_who_where_and_what() -> None:
    assert inbound(FORM) == Inbound("whatsapp", "+6281200000001", "MULAI", "SM1", "Sari")


def test_a_pressed_button_says_what_it_stands_for() -> None:
    said = inbound({**FORM, "Body": "Ya, boleh", "ButtonText": "Ya, boleh", "ButtonPayload": "ya"})
    assert said is not None
    assert said.text == "ya"


@pytest.mark.parametrize(("told", "number"), [({"OriginalRepliedMessageSid": "SM7"}, "SM7"), ({}, None)])
def test_an_answer_to_a_message_names_it_and_any_other_names_none(told: dict[str, str], number: str | None) -> None:
    said = inbound({**FORM, **told})
    assert said is not None
    assert said.in_reply_to == number


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        ({"NumMedia": "1", "MediaContentType0": "image/jpeg"}, "image"),
        ({"NumMedia": "1", "MediaContentType0": "audio/ogg"}, "audio"),
        ({"NumMedia": "1", "MediaContentType0": "application/pdf"}, "file"),
        ({"Latitude": "-6.2", "Longitude": "106.8"}, "location"),
        ({"NumMedia": "0"}, ""),
    ],
)
def test_what_comes_along_is_known_by_its_kind(told: dict[str, str], kind: str) -> None:
    said = inbound({**FORM, **told})
    assert said is not None
    assert said.media == kind


def test_a_picture_without_words_is_owed_an_answer_too() -> None:
    said = inbound({**FORM, "Body": "", "NumMedia": "1"})
    assert said is not None
    assert said.text == ""


@pytest.mark.parametrize("form", [{**FORM, "From": "+6281200000001"}, {"From": FORM["From"]}, {}])
def test_what_is_no_whatsapp_message_is_not_heard(form: dict[str, str]) -> None:
    assert inbound(form) is None


def test_a_signed_message_is_answered_over_the_api_and_twilio_gets_nothing_to_add(app: App, twilio: Twilio) -> None:
    answer = posted(app, FORM)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/xml; charset=utf-8")
    assert answer.text.endswith("<Response/>")
    ((path, form),) = twilio.heard
    assert path.endswith("/Messages.json")
    assert (form["To"], form["From"]) == ("whatsapp:+6281200000001", f"whatsapp:{SHOP_NUMBER}")
    assert "Boleh Toko Kita mengirim penawaran" in form["Body"]


def test_the_same_message_delivered_again_is_answered_once(app: App, twilio: Twilio) -> None:
    assert posted(app, FORM).status_code == posted(app, FORM).status_code == 200
    assert len(twilio.heard) == 1


@pytest.mark.parametrize("signature", ["", "bm90IHNpZ25lZA=="])
def test_whoever_cannot_sign_is_turned_away_and_nothing_is_kept(app: App, signature: str) -> None:
    assert posted(app, FORM, signature).status_code == 403
    with app.database.reading() as session:
        assert session.exec(select(Address)).all() == []


def test_a_signature_for_other_words_does_not_count(app: App) -> None:
    signed = RequestValidator(AUTH_TOKEN).compute_signature(URL, {**FORM, "Body": "STOP"})
    assert posted(app, FORM, signed).status_code == 403


def test_what_stands_behind_the_question_mark_is_signed_too(app: App) -> None:
    assert posted(app, FORM, query="?shop=ratna").status_code == 200


def test_an_impossible_number_is_no_reason_to_be_asked_again(app: App, caplog: pytest.LogCaptureFixture) -> None:
    assert posted(app, {**FORM, "From": "whatsapp:+1"}).status_code == 200
    assert "+1" not in caplog.text


def test_a_form_too_large_to_be_a_message_is_refused(app: App) -> None:
    assert posted(app, {**FORM, "Body": "x" * 70_000}).status_code == 413


def test_a_long_answer_goes_out_in_parts_twilio_takes(twilio: Twilio) -> None:
    async def send() -> object:
        channel = whatsapp_at(twilio.url, ManualClock(NOW))
        outcome = await channel.send(Outgoing("+6281200000001", "kata " * 700, (Button("Ya, boleh", "ya"),)))
        await channel.close()
        return outcome

    assert isinstance(asyncio.run(send()), Sent)
    bodies = [form["Body"] for _, form in twilio.heard]
    assert len(bodies) == 3
    assert all(len(body) <= 1_600 for body in bodies)
    assert bodies[-1].endswith("▸ ya – Ya, boleh")


def test_a_document_that_cannot_be_carried_is_left_out_and_the_log_does_not_say_which(
    twilio: Twilio, caplog: pytest.LogCaptureFixture
) -> None:
    data = Document("data-sari.zip", b"PK\x05\x06", "application/zip")

    async def send() -> object:
        channel = whatsapp_at(twilio.url, ManualClock(NOW))
        outcome = await channel.send(Outgoing("+6281200000001", "Ini data Kakak.", document=data))
        await channel.close()
        return outcome

    assert isinstance(asyncio.run(send()), Sent)
    ((_, form),) = twilio.heard
    assert form["Body"] == "Ini data Kakak."
    assert "a document was left out" in caplog.text
    assert "sari" not in caplog.text
