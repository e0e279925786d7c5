"""WhatsApp through Twilio: what arrives, who may post it, and how the shop answers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pytest
from PIL import Image
from sqlalchemy import event
from sqlmodel import col, select
from starlette.datastructures import ImmutableMultiDict
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from bot.app import App, build
from bot.channels.whatsapp import WhatsApp
from bot.channels.whatsapp_inbound import inbound
from bot.clock import ManualClock
from bot.handouts import Handouts
from bot.inbound import Contact, Inbound
from bot.settings import Settings
from bot.web.app import web
from bot.web.whatsapp import was_approved
from campaigns.channel import Button, Content, Document, Outgoing, Sent
from campaigns.tables import MiningRun, Segment
from ledger.database import Database
from ledger.tables import Address, ConsentEvent, Handout, Role
from ledger.team import make_code
from tests.contracts.providers import AUTH_TOKEN, SHOP_NUMBER, Twilio, running, whatsapp_at

NOW = datetime(2026, 11, 2, 3, tzinfo=UTC)
PUBLIC, PATH, STATUS = "https://toko.example", "/webhooks/whatsapp", "/webhooks/whatsapp/status"
URL = PUBLIC + PATH
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


def posted(
    app: App, form: dict[str, str], signature: str | None = None, query: str = "", path: str = PATH
) -> httpx.Response:
    """What Twilio is answered; signed as Twilio signs unless a signature is given."""
    signed = RequestValidator(AUTH_TOKEN).compute_signature(PUBLIC + path + query, form)
    headers = {"X-Twilio-Signature": signed if signature is None else signature}
    (answer,) = asked(app, [("POST", path + query, {"data": form, "headers": headers})])
    return answer


def signed(form: dict[str, str], path: str = PATH) -> tuple[str, str, dict[str, Any]]:
    """A request as Twilio signs it."""
    signature = RequestValidator(AUTH_TOKEN).compute_signature(PUBLIC + path, form)
    return "POST", path, {"data": form, "headers": {"X-Twilio-Signature": signature}}


def asked(app: App, requests: Sequence[tuple[str, str, dict[str, Any]]]) -> list[httpx.Response]:
    """What our web answers, one after the other, each once the one before is answered in the chat as well."""

    async def ask() -> list[httpx.Response]:
        # A proxy in between asks for us by another name: only PUBLIC_URL counts.
        async with httpx.AsyncClient(transport=httpx.ASGITransport(web(app)), base_url="http://10.0.0.7:8080") as us:
            answers = []
            for method, path, more in requests:
                answers.append(await us.request(method, path, **more))
                await app.answered()
        channel = app.channels["whatsapp"]
        assert isinstance(channel, WhatsApp)
        await channel.close()
        return answers

    return asyncio.run(ask())


def test_a_message_is_who_where_and_what() -> None:
    assert inbound(FORM) == Inbound("whatsapp", "+6281200000001", "MULAI", "SM1", "Sari")


def test_a_pressed_button_says_what_it_stands_for() -> None:
    said = inbound({**FORM, "Body": "Ya, boleh", "ButtonText": "Ya, boleh", "ButtonPayload": "ya"})
    assert said is not None
    assert said.text == "ya"


def test_a_choice_from_a_list_says_what_it_stands_for() -> None:
    said = inbound({**FORM, "Body": "Seminggu sekali", "ListId": "sering mingguan", "ListTitle": "Seminggu sekali"})
    assert said is not None
    assert (said.text, said.is_press) == ("sering mingguan", True)


@pytest.mark.parametrize(
    ("told", "verbatim"),
    [
        ({"ButtonPayload": "ya penawaran", "ButtonText": "Ya, boleh"}, "ya penawaran (Ya, boleh)"),
        ({"ListId": "sering mingguan", "ListTitle": "Seminggu sekali"}, "sering mingguan (Seminggu sekali)"),
        ({"ButtonPayload": "kenapa", "ButtonText": "Kenapa"}, "kenapa"),
        ({"ButtonPayload": "ya penawaran", "ButtonText": ""}, "ya penawaran"),
        ({"ButtonText": "Ya, boleh"}, "Ya, boleh"),
    ],
    ids=["a button", "a list", "the same in both", "no label", "no payload"],
)
def test_a_press_is_kept_as_what_it_says_and_what_stood_on_it(told: dict[str, str], verbatim: str) -> None:
    said = inbound({**FORM, "Body": "Ya, boleh", **told})
    assert said is not None
    assert said.verbatim == verbatim


def test_a_yes_by_button_is_proved_by_what_it_says_and_what_stood_on_it(app: App) -> None:
    pressed = {"Body": "Ya, boleh", "ButtonText": "Ya, boleh", "ButtonPayload": "ya penawaran"}
    asked(app, [signed(FORM), signed({**FORM, "MessageSid": "SM2", **pressed})])
    with app.database.reading() as session:
        (given,) = session.exec(select(ConsentEvent)).all()
        assert (given.granted, given.verbatim) == (True, "ya penawaran (Ya, boleh)")


def test_people_are_known_by_where_answers_go_and_not_by_whatsapps_own_name() -> None:
    said = inbound({**FORM, "From": "whatsapp:+5215512345678", "WaId": "525512345678"})
    assert said is not None
    assert said.address == "+5215512345678"


@pytest.mark.parametrize(
    ("told", "text", "verbatim"),
    [
        ({"Body": "cukup", "OptOutType": "STOP"}, "STOP", "cukup (STOP)"),
        ({"Body": "Stop", "OptOutType": "STOP"}, "STOP", "STOP"),
        ({"Body": "mau lagi", "OptOutType": "START"}, "mau lagi", "mau lagi"),
        (
            {"Body": "Hentikan promosi", "ButtonText": "Hentikan promosi", "ButtonPayload": "x"},
            "STOP",
            "Hentikan promosi (STOP)",
        ),
        ({"Body": "", "ButtonText": "Stop promotions", "ButtonPayload": "p"}, "STOP", "Stop promotions (STOP)"),
    ],
)
def test_leaving_by_twilios_words_or_whatsapps_button_is_leaving(
    told: dict[str, str], text: str, verbatim: str
) -> None:
    said = inbound({**FORM, **told})
    assert said is not None
    assert (said.text, said.verbatim) == (text, verbatim)


def test_a_start_that_twilio_heard_allows_nothing(app: App) -> None:
    posted(app, {**FORM, "Body": "START", "OptOutType": "START"})
    with app.database.reading() as session:
        assert session.exec(select(ConsentEvent)).all() == []


def test_a_word_that_only_twilio_takes_for_leaving_ends_everything(app: App) -> None:
    said = [{"Body": "MULAI"}, {"Body": "1"}, {"Body": "sudah ya", "OptOutType": "STOP"}]
    asked(app, [signed({**FORM, "MessageSid": f"SM{number}", **told}) for number, told in enumerate(said)])
    with app.database.reading() as session:
        last = session.exec(select(ConsentEvent).order_by(col(ConsentEvent.id).desc())).first()
        assert last is not None
        assert (last.granted, last.verbatim) == (False, "sudah ya (STOP)")


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ({"Body": "penjualan.xlsx"}, "penjualan.xlsx"),
        ({"Body": "Telepon=phone"}, "file.csv"),
        ({"Body": "../../etc/passwd.csv"}, "file.csv"),
        ({"Body": "", "MediaFilename0": "kasir.csv"}, "kasir.csv"),
    ],
)
def test_a_file_has_a_name_and_is_fetched_by_twilios_link(told: dict[str, str], name: str) -> None:
    media = {"NumMedia": "1", "MediaContentType0": "text/csv", "MediaUrl0": "https://api.twilio.com/x"}
    said = inbound({**FORM, **media, **told})
    assert said is not None
    assert said.attachment is not None
    assert (said.attachment.name, said.attachment.reference) == (name, "https://api.twilio.com/x")
    assert "api.twilio.com" not in repr(said)


def test_nobody_has_pictures_fetched() -> None:
    told = {"NumMedia": "1", "MediaContentType0": "image/jpeg", "MediaUrl0": "https://api.twilio.com/x"}
    said = inbound({**FORM, **told})
    assert said is not None
    assert said.attachment is not None
    assert said.attachment.reference == ""


def test_somebody_elses_card_is_heard_as_such_and_not_looked_at() -> None:
    said = inbound({**FORM, "Body": "", "NumMedia": "1", "MediaContentType0": "text/vcard", "MediaUrl0": "https://x"})
    assert said is not None
    assert said.contact == Contact("", is_own=False)


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
        ({"NumMedia": "1", "MediaContentType0": "text/vcard; charset=utf-8"}, "contact"),
        ({"NumMedia": "1", "MediaContentType0": "image/webp"}, "sticker"),
        ({"NumMedia": "2", "MediaContentType0": "image/png", "MediaContentType1": "text/csv"}, "image"),
        ({"NumMedia": "1"}, "file"),
        ({"Body": "", "MessageType": "order"}, "file"),
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


def test_twilio_may_try_again_at_the_same_door_and_say_what_went_wrong(app: App, twilio: Twilio) -> None:
    """Its fallback URL: the same post, signed for the address it goes to, with two fields more."""
    again = {**FORM, "ErrorCode": "11200", "ErrorUrl": URL}
    assert [posted(app, again, query=query).status_code for query in ("", "?again=1")] == [200, 200]
    assert len(twilio.heard) == 1


def test_a_signature_by_a_key_we_do_not_have_is_turned_away(app: App) -> None:
    signature = RequestValidator("a shared key").compute_signature(URL, FORM, "HMAC_SHA256")
    settings = "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"
    headers = {"X-Twilio-Signature": signature, "X-Twilio-Webhooks-Signature-Settings": settings}
    (answer,) = asked(app, [("POST", PATH, {"data": FORM, "headers": headers})])
    assert answer.status_code == 403


def test_what_stands_behind_the_question_mark_is_signed_too(app: App) -> None:
    assert posted(app, FORM, query="?shop=ratna").status_code == 200


def test_empty_and_repeated_fields_are_signed_as_they_are(app: App) -> None:
    body = "&".join((urlencode(FORM), "Extra=b&Extra=a&Extra=a&Empty="))
    values = ImmutableMultiDict(parse_qsl(body, keep_blank_values=True))
    headers = {
        "X-Twilio-Signature": RequestValidator(AUTH_TOKEN).compute_signature(URL, values),
        "Content-Type": "application/x-www-form-urlencoded",
    }
    (answer,) = asked(app, [("POST", PATH, {"content": body, "headers": headers})])
    assert answer.status_code == 200


@pytest.mark.parametrize("body", [b"\xff\xfe=1", b"&".join([b"a=1"] * 600)])
@pytest.mark.parametrize("path", [PATH, STATUS])
def test_what_is_no_form_is_refused_as_such(app: App, path: str, body: bytes) -> None:
    (answer,) = asked(app, [("POST", path, {"content": body})])
    assert answer.status_code == 400


@pytest.mark.parametrize("path", [PATH, STATUS])
def test_a_signature_for_one_door_does_not_open_the_other(app: App, path: str) -> None:
    other = STATUS if path == PATH else PATH
    signed = RequestValidator(AUTH_TOKEN).compute_signature(PUBLIC + other, FORM)
    assert posted(app, FORM, signed, path=path).status_code == 403


REPORT = {"MessageSid": "SM404", "MessageStatus": "delivered", "To": FORM["From"], "ErrorCode": ""}


def test_reports_of_whatever_message_are_taken_in_any_order_and_more_than_once(app: App) -> None:
    told = ("read", "sent", "delivered", "delivered", "queued", "failed", "nonsense")
    answers = asked(app, [signed({**REPORT, "MessageStatus": status}, STATUS) for status in told])
    assert [each.status_code for each in answers] == [204] * len(told)


def told_at_once(app: App, forms: Sequence[dict[str, str]]) -> list[httpx.Response]:
    """What Twilio is answered to reports that come at the same moment."""

    async def tell() -> list[httpx.Response]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(web(app)), base_url=PUBLIC) as us:
            posts = (
                us.request(method, path, **more) for method, path, more in (signed(each, STATUS) for each in forms)
            )
            return await asyncio.gather(*posts)

    return asyncio.run(tell())


def test_reports_that_come_together_are_kept_by_few_commits_and_acknowledged_each(app: App) -> None:
    commits: list[object] = []
    event.listen(app.database.engine, "commit", commits.append)
    forms = [{**REPORT, "MessageSid": f"SM{number}"} for number in range(30)]
    assert [each.status_code for each in told_at_once(app, forms)] == [204] * 30
    assert 1 <= len(commits) <= 10


def test_more_reports_than_there_is_room_for_are_asked_to_come_again(app: App) -> None:
    app.reports.most_waiting = 3
    answers = told_at_once(app, [{**REPORT, "MessageSid": f"SM{number}"} for number in range(8)])
    refused = [each for each in answers if each.status_code == 503]
    assert 0 < len(refused) < 8
    assert all(int(each.headers["retry-after"]) > 0 for each in refused)
    assert {each.status_code for each in answers} == {204, 503}


def test_a_report_that_could_not_be_kept_is_not_acknowledged(app: App) -> None:
    path = app.database.engine.url.database
    assert path is not None
    Path(path).rename(f"{path}.away")
    try:
        assert posted(app, REPORT, None, "", STATUS).status_code == 503
    finally:
        Path(f"{path}.away").rename(path)
    assert posted(app, REPORT, None, "", STATUS).status_code == 204


@pytest.mark.parametrize(
    ("query", "status", "is_looked_up"),
    [
        ("?of=answer", "delivered", False),
        ("?of=answer", "failed", True),
        ("", "delivered", True),
        ("", "queued", False),
        ("?of=offer", "read", True),
    ],
)
def test_what_nobody_follows_does_not_touch_the_database(
    app: App, query: str, status: str, is_looked_up: bool
) -> None:
    asked_for = []
    event.listen(app.database.engine, "before_cursor_execute", lambda *said: asked_for.append(said[2]))
    assert posted(app, {**REPORT, "MessageStatus": status}, None, query, STATUS).status_code == 204
    assert any("FROM messages" in each for each in asked_for) is is_looked_up
    assert is_looked_up or asked_for == []


@pytest.mark.parametrize(
    ("content", "is_offer", "is_approved"),
    [(Content("HX1", {"1": "Sari"}), True, True), (None, True, False), (None, False, False)],
    ids=["approved words", "an offer in free words", "an answer"],
)
def test_what_twilio_is_told_to_say_tells_whether_words_were_approved(
    twilio: Twilio, content: Content | None, is_offer: bool, is_approved: bool
) -> None:
    async def send() -> None:
        channel = whatsapp_at(twilio.url, ManualClock(NOW), status_url=PUBLIC + STATUS)
        await channel.send(Outgoing("+6281200000001", "Promo", content=content, is_offer=is_offer))
        await channel.close()

    asyncio.run(send())
    assert was_approved(urlsplit(twilio.heard[0][1]["StatusCallback"]).query) is is_approved


@pytest.mark.parametrize("query", ["", "?shop=ratna&x=%20y"])
def test_a_report_nobody_signed_is_turned_away(app: App, query: str) -> None:
    assert posted(app, REPORT, "bm90IHNpZ25lZA==", query, STATUS).status_code == 403
    assert posted(app, REPORT, None, query, STATUS).status_code == 204


def test_nothing_of_what_is_posted_stands_in_the_log(app: App, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    posted(app, {**FORM, "Body": "rahasia sekali"})
    posted(app, {**FORM, "Body": "rahasia sekali"}, "wrong")
    posted(app, REPORT, path=STATUS)
    for secret in ("rahasia", "81200000001", "SM404", "Sari"):
        assert secret not in caplog.text


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
    assert bodies[-1].endswith("▸ Ya, boleh: ya")


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


PNG = Document("chart.png", b"\x89PNG\r\n\x1a\n....", "image/png")


def link_of(app: App) -> str:
    """The path of a picture's link."""
    link = Handouts(app.database, PUBLIC, app.clock).keep(PNG)
    assert link.startswith(PUBLIC + "/handouts/")
    assert link.endswith(".png")
    return link.removeprefix(PUBLIC)


def test_a_picture_is_handed_out_as_it_was(app: App) -> None:
    got, peeked = asked(app, [(method, link_of(app), {}) for method in ("GET", "HEAD")])
    assert (got.status_code, got.headers["content-type"], got.content) == (200, "image/png", PNG.data)
    assert "no-store" in got.headers["cache-control"]
    assert (peeked.status_code, peeked.content) == (200, b"")
    assert peeked.headers["content-length"] == str(len(PNG.data))


def test_a_picture_is_gone_a_quarter_of_an_hour_later_and_its_row_with_the_next(app: App) -> None:
    path = link_of(app)
    assert isinstance(app.clock, ManualClock)
    app.clock.forward(timedelta(minutes=14, seconds=59))
    assert [each.status_code for each in asked(app, [("GET", path, {})])] == [200]
    app.clock.forward(timedelta(seconds=1))
    assert [each.status_code for each in asked(app, [("GET", path, {})])] == [404]
    link_of(app)
    with app.database.reading() as session:
        assert len(session.exec(select(Handout)).all()) == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda path: path.replace(".png", ".jpg.png"),
        lambda path: path.replace("/handouts/1.", "/handouts/2."),
        lambda path: path.replace("/handouts/1.", "/handouts/1.9"),
        lambda path: path[:-5] + ("0" if path[-5] != "0" else "1") + ".png",
        lambda path: "/handouts/",
        lambda path: "/handouts/..%2f..%2fetc%2fpasswd",
        lambda path: "/handouts/" + "9" * 5_000,
    ],
)
def test_no_other_link_leads_to_a_picture(app: App, change: Callable[[str], str]) -> None:
    assert [each.status_code for each in asked(app, [("GET", change(link_of(app)), {})])] == [404]


def test_only_pictures_are_handed_out(app: App) -> None:
    with pytest.raises(ValueError, match="only a PNG"):
        Handouts(app.database, PUBLIC, app.clock).keep(Document("x.html", b"<script>", "text/html"))


def test_pictures_go_out_only_where_a_phone_can_reach_us(sqlite_database: Database, twilio: Twilio) -> None:
    clock = ManualClock(NOW)
    url = sqlite_database.engine.url.render_as_string(hide_password=False)
    for public, is_reached in (("http://127.0.0.1:8080", False), (PUBLIC, True)):
        channel = whatsapp_at(twilio.url, clock)
        settings = Settings(_env_file=None, secret_key="a key for tests only, 32 bytes..", public_url=public)  # type: ignore[call-arg,arg-type]
        build(settings, clock, [channel], url, settings.shop()).close()
        assert channel.carries_pictures is is_reached


def test_an_owner_sees_a_chart_that_twilio_fetched_from_us(app: App, twilio: Twilio) -> None:
    with app.database.transaction() as session:
        code = make_code(session, Role.OWNER, NOW)
        run = MiningRun(started_at=NOW, ready_at=NOW, quality={"currency": "IDR"})
        session.add(run)
        session.flush()
        named = {"everyday": 12, "at_risk": 7}
        total = sum(named.values())
        session.add_all(
            Segment(run_id=run.id, key=key, size=size, share=size / total, reasons=[]) for key, size in named.items()
        )
    said = enumerate((code, "/segmen"))
    asked(app, [signed({**FORM, "MessageSid": f"SM{number}", "Body": text}) for number, text in said])
    shown = twilio.heard[-1][1]
    assert "Mulai menjauh" in shown["Body"]
    link = shown["MediaUrl"]
    assert link.startswith(PUBLIC + "/handouts/")
    (got,) = asked(app, [("GET", link.removeprefix(PUBLIC), {"headers": {"User-Agent": "TwilioProxy/1.1"}})])
    assert got.headers["content-type"] == "image/png"
    picture = Image.open(BytesIO(got.content))
    picture.verify()
    assert (picture.format, picture.width) == ("PNG", 1080)


@pytest.mark.parametrize(("is_known", "times"), [(True, 2), (False, 1)])
def test_what_failed_is_said_again_to_nobody_who_was_erased_meanwhile(
    app: App, twilio: Twilio, is_known: bool, times: int
) -> None:
    to = FORM["From"].removeprefix("whatsapp:")
    if is_known:
        app.router.receive(Inbound("whatsapp", to, "halo", "in-1"))
    channel, picture = app.channels["whatsapp"], Document("chart.png", b"png", "image/png")
    assert isinstance(channel, WhatsApp)
    channel.hand_out_by(lambda _document: "https://toko.example/chart.png")

    async def story() -> None:
        outcome = await channel.send(Outgoing(to, "Segmen", document=picture))
        assert isinstance(outcome, Sent)
        number = outcome.provider_message_id
        failed = {**REPORT, "MessageSid": number, "MessageStatus": "failed", "ErrorCode": "63019"}
        async with httpx.AsyncClient(transport=httpx.ASGITransport(web(app)), base_url=PUBLIC) as us:
            method, path, more = signed(failed, STATUS)
            await us.request(method, path, **more)
        await channel.close()

    asyncio.run(story())
    assert [form["Body"] for _, form in twilio.heard if form.get("Body") == "Segmen"] == ["Segmen"] * times
