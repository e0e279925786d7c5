"""Twilio is asked what became of a message, and which messages it has to somebody."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from datetime import UTC, datetime, timedelta
from http.server import ThreadingHTTPServer
from typing import Any, TypeVar

import pytest

from bot.clock import ManualClock
from campaigns.channel import Fate, OutsideWindow, Report
from campaigns.sending.reconciling import CannotAsk, CanTell, Found
from tests.contracts.providers import (
    ACCOUNT,
    LONG_PATIENCE_SECONDS,
    SHOP_NUMBER,
    Answer,
    Form,
    Provider,
    running,
    whatsapp_at,
)

T = TypeVar("T")
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


class Desk(Provider):
    """Twilio, which answers GETs with what it is given, and remembers what it was asked."""

    def __init__(self, server: ThreadingHTTPServer) -> None:
        super().__init__(server)
        self.asked: list[tuple[str, Form]] = []

    def got(self, path: str, params: Form) -> Answer | None:
        self.asked.append((path, params))
        return self.answers.popleft()


class Twilio:
    """The channel, and what it asks."""

    def __init__(self, desk: Desk, *answers: Answer, patience: float = LONG_PATIENCE_SECONDS) -> None:
        self.desk, self.channel = desk, whatsapp_at(desk.url, ManualClock(NOW), patience)
        desk.answers.extend(answers)

    def ask(self) -> Report | None:
        return self._now(self.channel.ask("SM1"))

    def find(self) -> list[Found]:
        return list(self._now(self.channel.find(SARI, NOW - timedelta(hours=2), NOW)))

    def _now(self, asking: Coroutine[Any, Any, T]) -> T:
        async def ask() -> T:
            try:
                return await asking
            finally:
                await self.channel.close()

        return asyncio.run(ask())


@pytest.fixture
def desk() -> Iterator[Desk]:
    with running(Desk) as found:
        yield found


def test_the_channel_can_be_asked_as_campaigns_expect_it(desk: Desk) -> None:
    assert isinstance(Twilio(desk).channel, CanTell)


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
    desk: Desk, status: str, code: int | None, report: Report | None
) -> None:
    twilio = Twilio(desk, Answer(200, message(status=status, error_code=code)))
    assert twilio.ask() == report
    assert desk.asked == [(f"/2010-04-01/Accounts/{ACCOUNT}/Messages/SM1.json", {})]


def test_what_twilio_does_not_have_any_more_is_no_fault(desk: Desk) -> None:
    assert Twilio(desk, Answer(404, {"code": 20404, "status": 404, "message": "gone"})).ask() is None


@pytest.mark.parametrize(
    "answer",
    [
        Answer(500, {"code": 20500, "status": 500, "message": "x"}),
        Answer(429, {"code": 20429, "status": 429, "message": "x"}),
        Answer(401, {"code": 20003, "status": 401, "message": "x"}),
        Answer(200, "neither one nor the other"),
        Answer(200, message(), delay_seconds=0.1),
    ],
    ids=["broken", "busy", "not admitted", "not Twilio", "slow"],
)
def test_no_answer_says_nothing_of_the_message(desk: Desk, answer: Answer) -> None:
    with pytest.raises(CannotAsk):
        Twilio(desk, answer, patience=0.05 if answer.delay_seconds else LONG_PATIENCE_SECONDS).ask()


def test_whoever_hangs_up_says_nothing_of_it_either(desk: Desk) -> None:
    # A question may be asked twice, so the line asks once more by itself.
    with pytest.raises(CannotAsk):
        Twilio(desk, Answer(None), Answer(None)).ask()


def test_those_of_the_time_are_found_over_all_pages(desk: Desk) -> None:
    second = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json?PageSize=50&Page=1&To=whatsapp%3A%2B6281200000001"
    early = message("SM0", date_created="Mon, 02 Nov 2026 00:30:00 +0000")
    twilio = Twilio(
        desk,
        Answer(200, {"messages": [early, message("SM1")], "next_page_uri": second}),
        Answer(200, {"messages": [message("SM2", "queued")], "next_page_uri": None}),
    )
    at = datetime(2026, 11, 2, 2, tzinfo=UTC)
    assert twilio.find() == [
        Found("SM1", "Halo Kak Sari", at, Report("whatsapp", "SM1", Fate.DELIVERED)),
        Found("SM2", "Halo Kak Sari", at, None),
    ]
    (_, query), (_, onward) = desk.asked
    assert (query["To"], query["From"]) == (f"whatsapp:{SARI}", f"whatsapp:{SHOP_NUMBER}")
    assert query["DateSent>"] == "2026-11-02T01:00:00Z"
    assert onward == {"PageSize": "50", "Page": "1", "To": f"whatsapp:{SARI}"}


def test_a_list_that_cannot_be_had_is_asked_for_again_another_time(desk: Desk) -> None:
    with pytest.raises(CannotAsk):
        Twilio(desk, Answer(503, "busy")).find()
