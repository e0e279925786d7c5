"""Twilio is asked what became of a message, and which messages it has to somebody."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from twilio.rest import Client  # type: ignore[import-untyped]

from bot.channels.twilio_line import NO_ENVIRONMENT, Line
from bot.channels.whatsapp import WhatsApp
from bot.clock import ManualClock
from campaigns.channel import Fate, OutsideWindow, Report
from campaigns.reconciling import CannotAsk, CanTell, Found

NOW = datetime(2026, 11, 2, 3, tzinfo=UTC)
SARI = "+6281200000001"


def message(number: str = "SM1", status: str = "delivered", **more: object) -> dict[str, object]:
    return {
        "sid": number,
        "status": status,
        "to": f"whatsapp:{SARI}",
        "body": "Halo Kak Sari",
        "error_code": None,
        "date_created": "Mon, 02 Nov 2026 02:00:00 +0000",
        **more,
    }


class Twilio:
    """Answers what it is given, and remembers what it was asked."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers, self.asked = list(answers), list[str]()
        line = Line(httpx.MockTransport(self._answer))
        client = Client("AC1", "token", http_client=line, environment=NO_ENVIRONMENT)
        self.channel = WhatsApp(client, "+14155238886", ManualClock(NOW))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(str(request.url))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def ask(self) -> Report | None:
        return asyncio.run(self.channel.ask("SM1"))

    def find(self) -> list[Found]:
        return list(asyncio.run(self.channel.find(SARI, NOW - timedelta(hours=2), NOW)))


def test_the_channel_can_be_asked_as_campaigns_expect_it() -> None:
    assert isinstance(Twilio().channel, CanTell)


@pytest.mark.parametrize(
    ("status", "code", "report"),
    [
        ("delivered", None, Report("whatsapp", "SM1", Fate.DELIVERED)),
        ("read", None, Report("whatsapp", "SM1", Fate.READ)),
        ("undelivered", 63016, Report("whatsapp", "SM1", Fate.FAILED, OutsideWindow("63016"))),
        ("queued", None, None),
    ],
)
def test_what_became_of_it_is_what_a_report_would_have_told(
    status: str, code: int | None, report: Report | None
) -> None:
    twilio = Twilio(httpx.Response(200, json=message(status=status, error_code=code)))
    assert twilio.ask() == report
    assert twilio.asked == ["https://api.twilio.com/2010-04-01/Accounts/AC1/Messages/SM1.json"]


def test_what_twilio_does_not_have_any_more_is_no_fault() -> None:
    assert Twilio(httpx.Response(404, json={"code": 20404, "status": 404, "message": "gone"})).ask() is None


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(500, json={"code": 20500, "status": 500, "message": "x"}),
        httpx.Response(429, json={"code": 20429, "status": 429, "message": "x"}),
        httpx.Response(401, json={"code": 20003, "status": 401, "message": "x"}),
        httpx.ReadTimeout("slow"),
    ],
    ids=["broken", "busy", "not admitted", "slow"],
)
def test_no_answer_says_nothing_of_the_message(answer: httpx.Response | Exception) -> None:
    with pytest.raises(CannotAsk):
        Twilio(answer).ask()


def test_those_of_the_time_are_found_over_all_pages() -> None:
    second = "/2010-04-01/Accounts/AC1/Messages.json?PageSize=50&Page=1"
    early = message("SM0", date_created="Mon, 02 Nov 2026 00:30:00 +0000")
    twilio = Twilio(
        httpx.Response(200, json={"messages": [early, message("SM1")], "next_page_uri": second}),
        httpx.Response(200, json={"messages": [message("SM2", "queued")], "next_page_uri": None}),
    )
    found = twilio.find()
    at = datetime(2026, 11, 2, 2, tzinfo=UTC)
    assert found == [
        Found("SM1", "Halo Kak Sari", at, Report("whatsapp", "SM1", Fate.DELIVERED)),
        Found("SM2", "Halo Kak Sari", at, None),
    ]
    query = parse_qs(urlsplit(twilio.asked[0]).query)
    assert (query["To"], query["From"]) == ([f"whatsapp:{SARI}"], ["whatsapp:+14155238886"])
    assert query["DateSent>"] == ["2026-11-02T01:00:00Z"]


def test_a_list_that_cannot_be_had_is_asked_for_again_another_time() -> None:
    with pytest.raises(CannotAsk):
        Twilio(httpx.Response(503, text="busy")).find()
