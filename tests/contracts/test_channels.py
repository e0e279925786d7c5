"""What every channel promises, asked of each: a fake, the simulator, Telegram and WhatsApp.

The providers are servers on the loopback that answer as the real ones do.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.channels.simulator import Simulator
from bot.channels.telegram import Telegram
from bot.channels.whatsapp import WhatsApp
from bot.channels.whatsapp_codes import MEANINGS
from bot.clock import ManualClock
from campaigns.channel import (
    BadContent,
    Button,
    Cause,
    Channel,
    Content,
    ContentClosed,
    Document,
    Failed,
    FateUnknown,
    OptedOut,
    Outcome,
    Outgoing,
    OutsideWindow,
    Sent,
    Throttled,
    Unreachable,
)
from tests.contracts.providers import (
    LONG_PATIENCE_SECONDS,
    PATIENCE_SECONDS,
    SENDING,
    BotApi,
    Provider,
    Twilio,
    running,
    telegram_at,
    whatsapp_at,
)

pytestmark = pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")

NOW = datetime(2026, 11, 2, 3, tzinfo=UTC)
AWKWARD = (
    "<b>tebal</b> & *bintang* _garis_ `kode` [a](b) {{ 7*7 }} {% raw %} ~x~ \\ | # + = ! 1.000\nbaris 2\n\n"
    "Kak \N{WOMAN}\N{ZERO WIDTH JOINER}\N{GIRL} Sari 🎉"
)
DATA = Document("data-2026-11-02.zip", b"PK\x05\x06" + bytes(range(256)) + b"\r\n--", "application/zip")
ADDRESSES = {"fake": "sari", "simulator": "sari", "telegram": "700100", "whatsapp": "+6281200000001"}


@dataclass
class Fake:
    """The least a channel can be."""

    name: str = "fake"
    carries_documents: bool = True
    carries_pictures: bool = True
    sent: list[Outgoing] = field(default_factory=list)

    async def send(self, outgoing: Outgoing) -> Outcome:
        self.sent.append(outgoing)
        return Sent(f"fake-{len(self.sent)}")


@dataclass
class Line:
    """A channel and a way to see what reached the other end."""

    channel: Channel
    provider: Provider | None = None

    def send(self, text: str, *buttons: Button, document: Document | None = None) -> Outcome:
        return asyncio.run(self._send(Outgoing(ADDRESSES[self.channel.name], text, buttons, document)))

    async def _send(self, outgoing: Outgoing) -> Outcome:
        try:
            return await self.channel.send(outgoing)
        finally:
            if isinstance(self.channel, Telegram | WhatsApp):
                await self.channel.close()

    def received(self) -> list[str]:
        if isinstance(self.channel, Fake | Simulator):
            return [outgoing.text for outgoing in self.channel.sent]
        assert self.provider is not None
        if isinstance(self.provider, BotApi):
            heard = [form for path, form in self.provider.heard if path.endswith(SENDING)]
            return [self.provider.read(form, name) for form in heard for name in ("text", "caption") if name in form]
        return [form["Body"] for _, form in self.provider.heard if form.get("Body")]

    def handed_over(self) -> list[Document]:
        if isinstance(self.channel, Fake | Simulator):
            return [outgoing.document for outgoing in self.channel.sent if outgoing.document]
        assert self.provider is not None
        return self.provider.documents


@pytest.fixture
def patience() -> float:
    """How many seconds the channel waits for an answer, where that is not what is tested."""
    return LONG_PATIENCE_SECONDS


impatient = pytest.mark.parametrize("patience", [PATIENCE_SECONDS])


@pytest.fixture
def telegram(patience: float) -> Iterator[Line]:
    with running(BotApi) as api:
        yield Line(telegram_at(api.url, ManualClock(NOW), patience), api)


@pytest.fixture
def whatsapp(patience: float) -> Iterator[Line]:
    with running(Twilio) as api:
        yield Line(whatsapp_at(api.url, ManualClock(NOW), patience), api)


@pytest.fixture(params=["fake", "simulator", "telegram", "whatsapp"])
def line(request: pytest.FixtureRequest) -> Line:
    if request.param in {"telegram", "whatsapp"}:
        found = request.getfixturevalue(request.param)
        assert isinstance(found, Line)
        return found
    return Line(Fake() if request.param == "fake" else Simulator())


@pytest.fixture(params=["telegram", "whatsapp"])
def distant(request: pytest.FixtureRequest) -> Line:
    """A channel with a provider at the other end."""
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Line)
    return found


def test_what_is_sent_gets_the_providers_number(line: Line) -> None:
    outcome = line.send("Halo Kak Sari")
    assert isinstance(outcome, Sent)
    assert outcome.provider_message_id


def test_no_sign_in_a_text_means_anything_to_the_messenger(line: Line) -> None:
    line.send(AWKWARD)
    assert line.received() == [AWKWARD]


def test_a_name_is_one_word_and_stays(line: Line) -> None:
    assert line.channel.name in ADDRESSES


def test_a_long_text_arrives_whole(line: Line) -> None:
    text = " ".join(f"kata{number}" for number in range(1_500))
    assert isinstance(line.send(text), Sent)
    assert " ".join(line.received()) == text


def test_a_document_arrives_as_it_was_wherever_documents_are_carried(line: Line) -> None:
    assert isinstance(line.send("Ini data Kakak.", document=DATA), Sent)
    assert line.handed_over() == ([DATA] if line.channel.carries_documents else [])


@pytest.mark.parametrize("words", [3, 250, 1_500], ids=["short", "longer than a caption", "longer than a message"])
def test_a_document_never_costs_the_text_that_comes_with_it(line: Line, words: int) -> None:
    text = " ".join(f"kata{number}" for number in range(words))
    assert isinstance(line.send(text, document=DATA), Sent)
    assert " ".join(line.received()) == text


def test_what_a_document_holds_is_not_shown_with_it() -> None:
    outgoing = Outgoing("sari", "Ini data Kakak.", document=Document("data.zip", b"rahasia", "application/zip"))
    assert "data.zip" in repr(outgoing)
    assert "rahasia" not in repr(outgoing)


@pytest.mark.usefixtures("patience")
@impatient
def test_an_answer_that_comes_too_late_leaves_the_fate_unknown(distant: Line) -> None:
    assert distant.provider is not None
    distant.provider.will(200, "{}", delay_seconds=0.6)
    assert isinstance(distant.send("Halo"), FateUnknown)


def test_a_provider_that_hangs_up_leaves_the_fate_unknown(distant: Line) -> None:
    assert distant.provider is not None
    distant.provider.will(None)
    assert isinstance(distant.send("Halo"), FateUnknown)


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_provider_in_trouble_leaves_the_fate_unknown(distant: Line, status: int) -> None:
    assert distant.provider is not None
    distant.provider.will(status, "<html>oh dear</html>")
    assert isinstance(distant.send("Halo"), FateUnknown)


def test_an_answer_that_makes_no_sense_leaves_the_fate_unknown(distant: Line) -> None:
    assert distant.provider is not None
    distant.provider.will(200, "certainly")
    assert isinstance(distant.send("Halo"), FateUnknown)


def test_what_never_left_the_house_may_be_sent_later() -> None:
    clock = ManualClock(NOW)
    with running(BotApi) as api:
        nowhere = api.url
    for channel in (telegram_at(nowhere, clock), whatsapp_at(nowhere, clock)):
        assert Line(channel).send("Halo") == Throttled(NOW + timedelta(minutes=1))


def test_a_text_that_went_out_in_part_is_not_sent_again(distant: Line) -> None:
    assert distant.provider is not None
    good = distant.provider.usual("/sendMessage", {"chat_id": "700100", "text": "…", "Body": "…"})
    distant.provider.answers.append(good)
    distant.provider.will(429, {"ok": False, "code": 20429, "parameters": {"retry_after": 5}})
    assert distant.send("kata " * 1_500) == FateUnknown("sent in part, then Throttled", is_partial=True)


def test_a_document_that_is_refused_after_its_text_went_out_leaves_the_fate_unknown(telegram: Line) -> None:
    assert telegram.provider is not None
    telegram.provider.answers.append(telegram.provider.usual("/sendMessage", {"chat_id": "700100", "text": "…"}))
    telegram.provider.will(
        400, {"ok": False, "error_code": 400, "description": "Bad Request: file must be non-empty"}
    )
    assert telegram.send("kata " * 300, document=DATA) == FateUnknown("sent in part, then Failed", is_partial=True)


@impatient
@pytest.mark.parametrize("delay_seconds", [None, 0.6], ids=["hangs up", "comes too late"])
def test_a_document_whose_answer_does_not_come_has_an_unknown_fate(
    telegram: Line, delay_seconds: float | None
) -> None:
    assert telegram.provider is not None
    telegram.provider.will(None if delay_seconds is None else 200, "{}", delay_seconds or 0)
    assert isinstance(telegram.send("Halo", document=DATA), FateUnknown)


def refusal(code: int, description: str, **parameters: Any) -> tuple[int, dict[str, Any]]:
    told = {"parameters": parameters} if parameters else {}
    return code, {"ok": False, "error_code": code, "description": description, **told}


NOT_ADMITTED = Throttled(NOW + timedelta(minutes=15), Cause.NOT_ADMITTED)


@pytest.mark.parametrize("document", [None, DATA], ids=["words", "a document"])
@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (refusal(403, "Forbidden: bot was blocked by the user"), Unreachable("forbidden")),
        (refusal(403, "Forbidden: user is deactivated"), Unreachable("forbidden")),
        (refusal(403, "Forbidden: bot can't initiate conversation with a user"), Unreachable("forbidden")),
        (refusal(403, "Forbidden: bot was kicked from the group chat"), Unreachable("forbidden")),
        (refusal(403, "Forbidden: bot is not a member of the channel chat"), Unreachable("forbidden")),
        (refusal(403, "Forbidden: something of next year"), NOT_ADMITTED),
        ((403, {"blocked": "bot was blocked by the user"}), NOT_ADMITTED),
        ((403, "<html>bot was blocked by the user</html>"), NOT_ADMITTED),
        ((400, "<html>user not found</html>"), NOT_ADMITTED),
        ((400, {"message": "chat not found"}), NOT_ADMITTED),
        ((200, {"status": "login required"}), FateUnknown("TelegramError")),
        ((200, {"ok": True, "result": {"text": "Halo"}}), FateUnknown("KeyError", is_partial=True)),
        ((200, {"ok": True, "result": []}), FateUnknown("TypeError", is_partial=True)),
        (refusal(400, "Bad Request: chat not found"), Unreachable("Chat not found")),
        (refusal(400, "Bad Request: group chat was upgraded", migrate_to_chat_id=-100), Unreachable("migrated")),
        (refusal(400, "Bad Request: message text is empty"), Failed("Message text is empty")),
        (refusal(429, "Too Many Requests: retry after 35", retry_after=35), Throttled(NOW + timedelta(seconds=35))),
        (refusal(401, "Unauthorized"), NOT_ADMITTED),
        (refusal(409, "Conflict: terminated by other request"), NOT_ADMITTED),
        (refusal(418, "I am a teapot"), FateUnknown("NetworkError")),
    ],
)
def test_what_telegram_says_becomes_one_of_our_outcomes(
    telegram: Line, answer: tuple[int, dict[str, Any] | str], outcome: Outcome, document: Document | None
) -> None:
    assert telegram.provider is not None
    telegram.provider.will(*answer)
    assert telegram.send("Halo", document=document) == outcome


AMERICAN, CANADIAN = "+12025550143", "+14165550143"
SOON = NOW + timedelta(seconds=5)
CLOSED_TO_US = Throttled(NOW + timedelta(minutes=15), Cause.NOT_ADMITTED)


@pytest.mark.parametrize(
    ("status", "code", "outcome"),
    [
        (400, 63003, Unreachable("63003")),
        (400, 63015, Unreachable("63015")),
        (400, 63024, Unreachable("63024")),
        (400, 21211, Unreachable("21211")),
        (400, 21614, Unreachable("21614")),
        (400, 63014, OptedOut("63014")),
        (400, 21610, OptedOut("21610")),
        (400, 63016, OutsideWindow("63016")),
        (400, 63013, BadContent("63013")),
        (400, 63021, BadContent("63021")),
        (400, 63028, BadContent("63028")),
        (400, 21656, BadContent("21656")),
        (400, 21655, ContentClosed("21655")),
        (400, 92006, ContentClosed("92006")),
        (400, 63027, ContentClosed("63027")),
        (400, 63040, ContentClosed("63040")),
        (400, 63041, ContentClosed("63041")),
        (400, 63042, ContentClosed("63042")),
        (429, 20429, Throttled(SOON)),
        (429, None, Throttled(SOON)),
        (429, 63017, Throttled(NOW + timedelta(seconds=15))),
        (429, 63018, Throttled(NOW + timedelta(seconds=15))),
        (429, 63038, Throttled(NOW + timedelta(hours=1), Cause.PORTFOLIO)),
        (400, 30001, Throttled(NOW + timedelta(minutes=1))),
        (400, 63049, Throttled(NOW + timedelta(hours=24), Cause.PERSONAL)),
        (401, 20003, CLOSED_TO_US),
        (403, 20005, CLOSED_TO_US),
        (403, 20403, CLOSED_TO_US),
        (401, None, CLOSED_TO_US),
        (403, None, CLOSED_TO_US),
        (400, 21212, CLOSED_TO_US),
        (400, 63002, CLOSED_TO_US),
        (400, 63007, CLOSED_TO_US),
        (400, 63008, CLOSED_TO_US),
        (400, 63020, CLOSED_TO_US),
        (400, 63059, CLOSED_TO_US),
        (400, 63062, CLOSED_TO_US),
        (400, 63112, CLOSED_TO_US),
        (400, 63019, Failed("63019")),
        (404, None, Failed("404")),
        (503, 20503, FateUnknown("HTTP 503")),
    ],
)
def test_what_twilio_says_becomes_one_of_our_outcomes(
    whatsapp: Line, status: int, code: int | None, outcome: Outcome
) -> None:
    assert whatsapp.provider is not None
    told = {"message": "no", "status": status, **({"code": code} if code else {})}
    whatsapp.provider.will(status, told)
    assert whatsapp.send("Halo") == outcome


def test_every_code_that_twilios_adapter_knows_is_tried_above() -> None:
    marks = test_what_twilio_says_becomes_one_of_our_outcomes.pytestmark  # type: ignore[attr-defined]
    tried = {code or status for mark in marks for status, code, _ in mark.args[1]}
    assert set(MEANINGS) <= tried


@pytest.mark.parametrize(
    ("content", "is_offer", "outcome"),
    [
        (Content("HX1", {"1": "Sari"}), True, Throttled(NOW + timedelta(hours=1), Cause.PORTFOLIO)),
        (None, True, Throttled(NOW + timedelta(seconds=15))),
        (None, False, Throttled(NOW + timedelta(seconds=15))),
    ],
)
def test_only_of_approved_words_63018_means_too_many_people(
    whatsapp: Line, content: Content | None, is_offer: bool, outcome: Outcome
) -> None:
    assert whatsapp.provider is not None
    whatsapp.provider.will(429, {"code": 63018, "message": "no", "status": 429})
    letter = Outgoing(ADDRESSES["whatsapp"], "Promo", content=content, is_offer=is_offer)
    assert asyncio.run(whatsapp._send(letter)) == outcome


@pytest.mark.parametrize(
    ("address", "outcome"),
    [
        (AMERICAN, Failed("63049")),
        (CANADIAN, Throttled(NOW + timedelta(hours=24), Cause.PERSONAL)),
    ],
)
def test_no_offer_is_ever_tried_again_for_a_number_of_the_united_states(
    whatsapp: Line, address: str, outcome: Outcome
) -> None:
    assert whatsapp.provider is not None
    whatsapp.provider.will(400, {"code": 63049, "message": "no", "status": 400})
    assert asyncio.run(whatsapp._send(Outgoing(address, "Promo"))) == outcome


def test_a_message_twilio_took_and_failed_at_once_has_failed(whatsapp: Line) -> None:
    assert whatsapp.provider is not None
    whatsapp.provider.will(201, {"sid": "SM1", "status": "failed", "error_code": 63016})
    assert whatsapp.send("Halo") == OutsideWindow("63016")
