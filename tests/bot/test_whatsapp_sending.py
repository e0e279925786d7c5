"""What goes out on WhatsApp: approved words, buttons, pictures; and what is believed of it afterwards."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, TypeVar

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from requests.adapters import HTTPAdapter
from twilio.http import HttpClient  # type: ignore[import-untyped]
from twilio.http.response import Response  # type: ignore[import-untyped]
from twilio.rest import Client  # type: ignore[import-untyped]

from bot.channels.contents import TwilioContents
from bot.channels.twilio_line import NO_ENVIRONMENT
from bot.channels.twilio_media import fetch
from bot.channels.whatsapp import WhatsApp
from bot.channels.whatsapp_buttons import ButtonSets, are_possible, key_of
from bot.channels.whatsapp_codes import Growing, report_of
from bot.channels.whatsapp_shapes import laid
from bot.clock import ManualClock
from bot.errands import CannotFetch
from campaigns.channel import (
    BadContent,
    Button,
    Cause,
    Content,
    Document,
    Failed,
    Fate,
    FateUnknown,
    OptedOut,
    Outcome,
    Outgoing,
    OutsideWindow,
    Report,
    Sent,
    Throttled,
    Unreachable,
)
from campaigns.words.frames import one_line
from tests.contracts.providers import Twilio, running, whatsapp_at
from tests.virtual_time import run

NOW = datetime(2026, 11, 2, 3, tzinfo=UTC)
SARI = "+6281200000001"
STATUS_URL = "https://toko.example/webhooks/whatsapp/status"
YES_NO = (Button("Ya, boleh", "ya penawaran"), Button("Tidak", "tidak penawaran"))
PNG = Document("chart.png", b"\x89PNG\r\n\x1a\n", "image/png")
LINK = "https://toko.example/handouts/1.2.3.png"
T = TypeVar("T")


@dataclass
class ContentApi(HttpClient):  # type: ignore[misc]
    """Twilio's Content API in memory: what it keeps, and how it refuses once it does."""

    kept: list[dict[str, Any]] = field(default_factory=list)
    refuses: int = 0
    asked: list[str] = field(default_factory=list)

    def request(
        self, method: str, url: str, params: Any = None, data: Any = None, headers: Any = None, **_more: Any
    ) -> Response:
        self.asked.append(method)
        if self.refuses:
            return Response(self.refuses, json.dumps({"code": 20403, "message": "no", "status": self.refuses}))
        if method == "GET":
            return Response(200, json.dumps({"contents": self.kept, "meta": {"key": "contents"}}))
        assert headers["Content-Type"] == "application/json"
        made = {**data, "sid": f"HX{len(self.kept) + 1:032x}"}
        self.kept.append(made)
        return Response(201, json.dumps(made))


@pytest.fixture
def twilio() -> Iterator[Twilio]:
    with running(Twilio) as provider:
        yield provider


@pytest.fixture
def api() -> ContentApi:
    return ContentApi()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def sets(api: ContentApi, clock: ManualClock) -> ButtonSets:
    return ButtonSets(Client("AC1", "token", http_client=api, environment=NO_ENVIRONMENT), clock)


@pytest.fixture
def channel(twilio: Twilio, clock: ManualClock, sets: ButtonSets) -> WhatsApp:
    return whatsapp_at(twilio.url, clock, status_url=STATUS_URL, buttons=sets)


def using(channel: WhatsApp, act: Callable[[], Awaitable[T]]) -> T:
    async def inside() -> T:
        try:
            return await act()
        finally:
            await channel.close()

    return asyncio.run(inside())


def send(channel: WhatsApp, *outgoing: Outgoing) -> list[Outcome]:
    async def act() -> list[Outcome]:
        return [await channel.send(each) for each in outgoing]

    return using(channel, act)


def made(sets: ButtonSets, *buttons: Button, body: str = "{{1}}") -> None:
    """Twilio has this set."""
    sets.want(buttons, body)
    asyncio.run(sets.make())


def read(form: dict[str, str], api: ContentApi) -> str:
    """What a person reads of a message."""
    if "ContentSid" not in form:
        return form.get("Body", "")
    kept = next(each for each in api.kept if each["sid"] == form["ContentSid"])
    (words,) = kept["types"].values()
    values = json.loads(form["ContentVariables"])
    assert values.keys() == kept["variables"].keys()
    return re.sub(r"\{\{(\d+)\}\}", lambda place: str(values[place[1]]), words["body"])


# Approved words


def test_approved_words_go_out_by_number_with_what_fills_them_and_without_a_text(
    channel: WhatsApp, twilio: Twilio
) -> None:
    content = Content("HX1", {"1": "Sari", "2": "Kopi “Gayo” 🎉"})
    (outcome,) = send(channel, Outgoing(SARI, "Halo Sari, Kopi Gayo", YES_NO, content=content, is_offer=True))
    ((_, form),) = twilio.heard
    assert isinstance(outcome, Sent)
    assert form["ContentSid"] == "HX1"
    assert json.loads(form["ContentVariables"]) == {"1": "Sari", "2": "Kopi “Gayo” 🎉"}
    assert "Body" not in form


def test_twilio_is_told_where_to_tell_what_became_of_each_message(channel: WhatsApp, twilio: Twilio) -> None:
    offer = Outgoing(SARI, "", content=Content("HX1", {"1": "Sari"}), is_offer=True)
    send(channel, Outgoing(SARI, "kata " * 500), offer, Outgoing(SARI, "Promo", is_offer=True))
    answer, words = f"{STATUS_URL}?of=answer", f"{STATUS_URL}?of=words"
    assert [form["StatusCallback"] for _, form in twilio.heard] == [answer, answer, STATUS_URL, words]


def test_where_nothing_of_ours_is_reached_twilio_is_told_nothing(twilio: Twilio, clock: ManualClock) -> None:
    send(whatsapp_at(twilio.url, clock), Outgoing(SARI, "Halo"))
    assert "StatusCallback" not in twilio.heard[0][1]


# Buttons


def test_a_set_of_buttons_is_made_in_the_background_and_there_the_next_time(
    channel: WhatsApp, twilio: Twilio, api: ContentApi
) -> None:
    assert channel.shows(YES_NO, "Halo Kak Sari!\n\nBoleh?") is False
    send(channel, Outgoing(SARI, "Halo Kak Sari!\n\nBoleh?\n\n1 Ya, boleh\n2 Tidak"))
    assert channel.shows(YES_NO, "Halo Kak Wulan!\n\nBoleh?") is True
    (kept,) = api.kept
    assert kept["types"] == {
        "twilio/quick-reply": {
            "body": "{{1}}\n\n{{2}}",
            "actions": [
                {"type": "QUICK_REPLY", "title": "Ya, boleh", "id": "ya penawaran"},
                {"type": "QUICK_REPLY", "title": "Tidak", "id": "tidak penawaran"},
            ],
        }
    }


def test_buttons_go_out_as_what_twilio_has_of_them_with_the_text_in_its_place(
    channel: WhatsApp, twilio: Twilio, sets: ButtonSets
) -> None:
    made(sets, *YES_NO)
    send(channel, Outgoing(SARI, "Boleh kami mengirim penawaran?", YES_NO))
    ((_, form),) = twilio.heard
    assert form["ContentSid"] == f"HX{1:032x}"
    assert json.loads(form["ContentVariables"]) == {"1": "Boleh kami mengirim penawaran?"}


def test_a_text_of_several_paragraphs_is_one_message_with_its_buttons(
    channel: WhatsApp, twilio: Twilio, sets: ButtonSets, api: ContentApi
) -> None:
    made(sets, *YES_NO, body="{{1}}\n\n{{2}} {{3}}\n{{4}}")
    text = "Halo Kak Sari!\n\n" + " ".join(["sering"] * 50) + "\nBalas YA atau TIDAK."
    (outcome,) = send(channel, Outgoing(SARI, text, YES_NO))
    ((_, form),) = twilio.heard
    assert isinstance(outcome, Sent)
    assert read(form, api) == text


def test_no_personal_words_are_kept_with_the_buttons(channel: WhatsApp, api: ContentApi) -> None:
    channel.shows(YES_NO, "Halo Kak Sari!\n\nBoleh Toko Ratna?")
    send(channel, Outgoing(SARI, "Halo"))
    assert "Sari" not in json.dumps(api.kept)
    assert "Ratna" not in json.dumps(api.kept)


@pytest.mark.parametrize(
    "text",
    [
        " ".join(f"kata{number}" for number in range(300)),
        "\n".join(f"{number} pcs Kopi Gayo" for number in range(40)) + "\n\nBoleh?\nBalas YA.",
    ],
    ids=["long", "a long list"],
)
def test_of_a_text_too_long_for_buttons_only_the_end_has_them(
    channel: WhatsApp, twilio: Twilio, api: ContentApi, text: str
) -> None:
    assert channel.shows(YES_NO, text) is False
    send_more(channel)
    assert channel.shows(YES_NO, text) is True
    (outcome,) = send(channel, Outgoing(SARI, text, YES_NO))
    parts = [read(form, api) for _, form in twilio.heard]
    assert isinstance(outcome, Sent)
    assert " ".join(parts).split() == text.split()
    assert ["ContentSid" in form for _, form in twilio.heard] == [False] * (len(parts) - 1) + [True]
    assert len(parts[-1]) <= 1_024


def test_a_long_list_without_an_end_to_put_buttons_below_has_none(sets: ButtonSets, channel: WhatsApp) -> None:
    assert channel.shows(YES_NO, "\n".join(f"{number}. Kopi" for number in range(16))) is False
    assert not sets.is_wanting


AWKWARD_LINES = st.text(st.sampled_from("ab1 \t\n\r\u2028\x0b{}•👩\u200d\u2800"), max_size=300)


@example("1\n• \n2")
@example("1\n• \u200b\n2")
@given(AWKWARD_LINES | st.text(max_size=2_000) | st.lists(st.text("ab ", max_size=400)).map("\n".join))
def test_whatever_is_said_above_buttons_fills_places_as_twilio_wants_them_and_nothing_is_lost(text: str) -> None:
    above = laid(text)
    if above is None:
        return
    form = {"ContentSid": "HX1", "ContentVariables": json.dumps(dict(above.variables))}
    assert Twilio.refuses(Twilio, form) is None  # type: ignore[arg-type]
    assert len(above.text.encode("utf-16-le")) <= 2 * 1_024
    assert all(len(each) <= 255 for each in above.values)
    assert [int(place) for place in re.findall(r"\{\{(\d+)\}\}", above.body)] == [*range(1, len(above.values) + 1)]
    assert shown(above.before + above.text) == shown(text)
    again = laid(above.text)
    assert again is not None
    assert (again.body, again.values, again.before) == (above.body, above.values, "")


def shown(text: str) -> str:
    """What can be seen of a text but for blanks and for braces beside one another."""
    text = text.replace("'", "’")
    return re.sub(r"\s|\u2800|[{}\x00-\x1f\x7f-\x9f]", "", "".join(filter(one_line, text)))


def test_more_than_three_are_a_list(api: ContentApi, sets: ButtonSets) -> None:
    made(sets, *(Button(f"Pilihan {letter}", f"pilih {letter}") for letter in "abcd"))
    picker = api.kept[0]["types"]["twilio/list-picker"]
    assert [each["item"] for each in picker["items"]] == ["Pilihan a", "Pilihan b", "Pilihan c", "Pilihan d"]


@pytest.mark.parametrize(
    "buttons",
    [
        [Button("x" * 21, "x")],
        [Button(f"{n}", f"{n}") for n in range(11)],
        [Button("a" * 25, "a"), *(Button(f"{n}", f"{n}") for n in range(3))],
        [Button("x", "y" * 201)],
        [Button("sama", "a"), Button("sama", "b")],
        [],
    ],
    ids=["a long label", "eleven", "a long item", "a long id", "two alike", "none"],
)
def test_what_whatsapp_takes_no_buttons_for_is_never_asked_for(sets: ButtonSets, buttons: list[Button]) -> None:
    sets.want(buttons, "{{1}}")
    assert not sets.is_wanting
    assert not are_possible(buttons)


def test_another_process_finds_what_was_made_before(api: ContentApi, sets: ButtonSets, clock: ManualClock) -> None:
    made(sets, *YES_NO)
    later = ButtonSets(sets.client, clock)
    made(later, *YES_NO)
    assert later.sid_of(YES_NO, "{{1}}") == sets.sid_of(YES_NO, "{{1}}")
    assert len(api.kept) == 1


def test_other_words_on_the_same_buttons_are_another_set() -> None:
    assert key_of(YES_NO, "{{1}}") != key_of((YES_NO[0], Button("Tidak", "tidak riwayat")), "{{1}}")


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500])
def test_where_buttons_cannot_be_made_there_are_numbers_and_an_hours_rest(
    channel: WhatsApp, api: ContentApi, clock: ManualClock, status: int
) -> None:
    api.refuses = status
    for _ in range(3):
        assert channel.shows(YES_NO, "Boleh?") is False
        send_more(channel)
    assert len(api.asked) == 1
    api.refuses = 0
    clock.forward(timedelta(hours=1, minutes=1))
    assert channel.shows(YES_NO, "Boleh?") is False
    send_more(channel)
    assert channel.shows(YES_NO, "Boleh?") is True


def send_more(channel: WhatsApp) -> None:
    """Something is said, and what was wanted is made meanwhile."""

    async def act() -> None:
        channel._make_buttons()
        if channel._making is not None:
            await channel._making

    asyncio.run(act())


def test_a_set_that_is_refused_again_and_again_is_tried_less_and_less_often(
    channel: WhatsApp, twilio: Twilio, sets: ButtonSets, clock: ManualClock
) -> None:
    made(sets, *YES_NO)
    for hours in (1, 2, 4, 8, 16, 24, 24):
        sets.rest(YES_NO, "{{1}}")
        clock.forward(timedelta(hours=hours, seconds=-1))
        assert sets.sid_of(YES_NO, "{{1}}") is None
        clock.forward(timedelta(seconds=1))
        assert sets.sid_of(YES_NO, "{{1}}") is not None


def test_a_set_that_was_deleted_at_twilio_is_made_anew(
    channel: WhatsApp, twilio: Twilio, sets: ButtonSets, api: ContentApi, clock: ManualClock
) -> None:
    made(sets, *YES_NO)
    twilio.will(400, {"code": 21655, "message": "no", "status": 400})
    send(channel, Outgoing(SARI, "Boleh?", YES_NO))
    clock.forward(timedelta(hours=1))
    assert channel.shows(YES_NO, "Boleh?") is False
    send_more(channel)
    assert sets.sid_of(YES_NO, "{{1}}") == api.kept[1]["sid"]


@pytest.mark.parametrize("code", [63021, 63013, 21656, 63040, 20404])
def test_buttons_twilio_will_not_send_go_out_as_words_at_once_and_rest(
    channel: WhatsApp, twilio: Twilio, sets: ButtonSets, code: int
) -> None:
    made(sets, *YES_NO)
    twilio.will(400, {"code": code, "message": "no", "status": 400})
    (outcome,) = send(channel, Outgoing(SARI, "Boleh?", YES_NO))
    assert isinstance(outcome, Sent)
    assert twilio.heard[-1][1]["Body"].endswith("▸ Tidak: tidak penawaran")
    assert channel.shows(YES_NO, "Boleh?") is False


def test_a_person_who_is_gone_is_not_written_to_a_second_time_in_words(
    channel: WhatsApp, twilio: Twilio, sets: ButtonSets
) -> None:
    made(sets, *YES_NO)
    twilio.will(400, {"code": 63003, "message": "no", "status": 400})
    assert send(channel, Outgoing(SARI, "Boleh?", YES_NO)) == [Unreachable("63003")]
    assert len(twilio.heard) == 1


def test_a_button_for_a_number_we_know_already_is_not_shown(channel: WhatsApp, twilio: Twilio) -> None:
    send(channel, Outgoing(SARI, "Halo", (Button("Bagikan nomor", "bagikan nomor", asks_contact=True),)))
    assert twilio.heard[0][1]["Body"] == "Halo"


def test_when_the_shop_closes_no_connection_stays_open() -> None:
    channel = WhatsApp.connect("AC1", "token", "+14155238886", ManualClock(NOW))
    assert channel.buttons is not None
    opened, files = opened_by(channel.buttons.client), channel.client.http_client.http
    using(channel, lambda: asyncio.sleep(0))
    assert files.is_closed
    assert opened == ["closed"]


def test_nor_does_one_by_which_something_was_sent(channel: WhatsApp, twilio: Twilio) -> None:
    async def sent() -> Any:
        await channel.send(Outgoing(SARI, "Halo"))
        return channel.client.http_client._session

    assert using(channel, sent).closed


def test_who_asked_the_content_api_leaves_no_connection_open() -> None:
    contents = TwilioContents.connect("AC1", "token")
    opened = opened_by(contents.client)
    del contents
    assert opened == ["closed"]


def opened_by(client: Client) -> list[str]:
    """Hears when the connections of that client are closed."""
    heard = list[str]()

    class Heard(HTTPAdapter):
        def close(self) -> None:
            heard.append("closed")

    client.http_client.session.adapters = {"https://": Heard()}
    return heard


# Pictures


def test_a_picture_goes_as_a_link_with_the_text_below_it(channel: WhatsApp, twilio: Twilio) -> None:
    channel.hand_out_by(lambda _document: LINK)
    send(channel, Outgoing(SARI, "Segmen", document=PNG))
    ((_, form),) = twilio.heard
    assert (form["MediaUrl"], form["Body"]) == (LINK, "Segmen")


def test_a_text_too_long_for_a_caption_comes_after_the_picture(channel: WhatsApp, twilio: Twilio) -> None:
    channel.hand_out_by(lambda _document: LINK)
    send(channel, Outgoing(SARI, "kata " * 210, document=PNG))
    picture, text = (form for _, form in twilio.heard)
    assert (picture["MediaUrl"], "Body" in picture) == (LINK, False)
    assert text["Body"].strip() == ("kata " * 210).strip()


@pytest.mark.parametrize("words", [3, 210])
def test_a_picture_that_is_refused_costs_the_text_nothing(channel: WhatsApp, twilio: Twilio, words: int) -> None:
    channel.hand_out_by(lambda _document: LINK)
    twilio.will(400, {"code": 21620, "message": "no", "status": 400})
    (outcome,) = send(channel, Outgoing(SARI, "kata " * words, document=PNG))
    assert isinstance(outcome, Sent)
    assert twilio.heard[-1][1]["Body"].split() == ["kata"] * words
    assert "MediaUrl" not in twilio.heard[-1][1]


def test_a_picture_that_cannot_be_kept_costs_the_text_nothing(channel: WhatsApp, twilio: Twilio) -> None:
    def fails(_document: Document) -> str:
        raise OSError("disk full")

    channel.hand_out_by(fails)
    assert isinstance(send(channel, Outgoing(SARI, "Segmen", document=PNG))[0], Sent)


def test_an_archive_is_no_picture(channel: WhatsApp, twilio: Twilio) -> None:
    channel.hand_out_by(lambda _document: LINK)
    send(channel, Outgoing(SARI, "Data Kakak", document=Document("data.zip", b"PK", "application/zip")))
    assert "MediaUrl" not in twilio.heard[0][1]


def later_failed(channel: WhatsApp, outgoing: Outgoing, refusal: Any, times: int = 1) -> None:
    """Sent, and reported as failed afterwards."""

    async def act() -> None:
        outcome = await channel.send(outgoing)
        assert isinstance(outcome, Sent)
        for _ in range(times):
            await channel.make_up(outcome.provider_message_id, refusal)

    using(channel, act)


def test_a_picture_twilio_could_not_fetch_after_all_is_made_up_for_in_words_once(
    channel: WhatsApp, twilio: Twilio
) -> None:
    channel.hand_out_by(lambda _document: LINK)
    later_failed(channel, Outgoing(SARI, "Segmen", document=PNG), Failed("63019"), times=2)
    assert [("MediaUrl" in form, form["Body"]) for _, form in twilio.heard] == [(True, "Segmen"), (False, "Segmen")]


@pytest.mark.parametrize("refusal", [Unreachable("63003"), OptedOut("63014"), OutsideWindow("63016"), None])
def test_what_failed_because_of_the_person_is_not_said_again(channel: WhatsApp, twilio: Twilio, refusal: Any) -> None:
    channel.hand_out_by(lambda _document: LINK)
    later_failed(channel, Outgoing(SARI, "Segmen", document=PNG), refusal)
    assert len(twilio.heard) == 1


def test_buttons_that_failed_afterwards_are_words_then(channel: WhatsApp, twilio: Twilio, sets: ButtonSets) -> None:
    made(sets, *YES_NO)
    later_failed(channel, Outgoing(SARI, "Boleh?", YES_NO), BadContent("63013"))
    assert twilio.heard[-1][1]["Body"].startswith("Boleh?\n\n▸ Ya, boleh: ya penawaran")
    assert channel.shows(YES_NO, "Boleh?") is False


def test_a_plain_text_that_failed_is_nobodys_to_repeat(channel: WhatsApp, twilio: Twilio) -> None:
    later_failed(channel, Outgoing(SARI, "Halo"), Failed("63019"))
    assert len(twilio.heard) == 1


# Too much


def test_too_much_closes_the_lane_for_offers(channel: WhatsApp, twilio: Twilio) -> None:
    twilio.will(429, {"code": 20429, "message": "no", "status": 429})
    first, second = send(
        channel, Outgoing(SARI, "Halo", is_offer=True), Outgoing("+6281200000002", "Halo", is_offer=True)
    )
    assert first == Throttled(NOW + timedelta(seconds=5))
    assert isinstance(second, Throttled)
    assert len(twilio.heard) == 1


@pytest.mark.parametrize("code", [63018, 63049, 20003])
def test_what_concerns_one_person_or_the_account_does_not_close_the_lane(
    channel: WhatsApp, twilio: Twilio, code: int
) -> None:
    twilio.will(400, {"code": code, "message": "no", "status": 400})
    words = Content("HX1", {"1": "Sari"})
    _, second = send(
        channel,
        Outgoing(SARI, "a", content=words, is_offer=True),
        Outgoing("+6281200000002", "b", content=words, is_offer=True),
    )
    assert isinstance(second, Sent)


def test_each_refusal_in_a_row_doubles_the_wait_until_something_passes() -> None:
    growing = Growing(timedelta(seconds=30))
    busy = Throttled(NOW + timedelta(seconds=5))
    waits = [growing.heeding(busy, NOW) for _ in range(4)]
    assert [each.until - NOW for each in waits if isinstance(each, Throttled)] == [
        timedelta(seconds=n) for n in (5, 10, 20, 30)
    ]
    growing.heeding(FateUnknown("TimeoutError"), NOW)
    assert growing.heeding(busy, NOW) == Throttled(NOW + timedelta(seconds=30))
    growing.heeding(Sent("SM1"), NOW)
    assert growing.heeding(busy, NOW) == busy


# Reports


@pytest.mark.parametrize(
    ("told", "report"),
    [
        ({"MessageStatus": "sent"}, Report("whatsapp", "SM1", Fate.SENT)),
        ({"MessageStatus": "delivered"}, Report("whatsapp", "SM1", Fate.DELIVERED)),
        ({"MessageStatus": "read"}, Report("whatsapp", "SM1", Fate.READ)),
        ({"SmsStatus": "delivered"}, Report("whatsapp", "SM1", Fate.DELIVERED)),
        ({"MessageStatus": "queued"}, None),
        ({"MessageStatus": "accepted"}, None),
        ({"MessageStatus": "sending"}, None),
        ({"MessageStatus": "invented"}, None),
        ({}, None),
        ({"MessageStatus": "canceled"}, Report("whatsapp", "SM1", Fate.FAILED, Failed("canceled"))),
        ({"MessageStatus": "failed"}, Report("whatsapp", "SM1", Fate.FAILED, Failed("failed"))),
        (
            {"MessageStatus": "undelivered", "ErrorCode": "63016"},
            Report("whatsapp", "SM1", Fate.FAILED, OutsideWindow("63016")),
        ),
        (
            {"MessageStatus": "failed", "ErrorCode": "63024"},
            Report("whatsapp", "SM1", Fate.FAILED, Unreachable("63024")),
        ),
        (
            {"MessageStatus": "undelivered", "ErrorCode": "63049", "To": f"whatsapp:{SARI}"},
            Report("whatsapp", "SM1", Fate.FAILED, Throttled(NOW + timedelta(hours=24), Cause.PERSONAL)),
        ),
        (
            {"MessageStatus": "undelivered", "ErrorCode": "63049", "To": "whatsapp:+12025550143"},
            Report("whatsapp", "SM1", Fate.FAILED, Failed("63049")),
        ),
        ({"MessageStatus": "failed", "ErrorCode": "²"}, Report("whatsapp", "SM1", Fate.FAILED, Failed("failed"))),
        ({"MessageSid": "", "MessageStatus": "read"}, None),
    ],
)
def test_what_twilio_tells_later_is_one_of_the_fates(told: dict[str, str], report: Report | None) -> None:
    assert report_of({"MessageSid": "SM1", **told}, "whatsapp", NOW) == report


@pytest.mark.parametrize(
    ("is_approved", "refusal"),
    [
        (True, Throttled(NOW + timedelta(hours=1), Cause.PORTFOLIO)),
        (False, Throttled(NOW + timedelta(seconds=15))),
    ],
)
def test_told_later_of_free_words_63018_is_no_limit_on_people(is_approved: bool, refusal: Throttled) -> None:
    told = {"MessageSid": "SM1", "MessageStatus": "failed", "ErrorCode": "63018"}
    report = report_of(told, "whatsapp", NOW, is_approved=is_approved)
    assert report == Report("whatsapp", "SM1", Fate.FAILED, refusal)


# Files people send

MEDIA = "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME1"
STORE = "https://mms.twiliocdn.com/AC1/file?Signature=x"


def fetched(
    reference: str, largest: int = 100, **answers: httpx.Response
) -> tuple[bytes | None, list[tuple[str, str]]]:
    """What is fetched, and which hosts were asked with which password."""
    asked = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append((request.url.host, request.headers.get("authorization", "")))
        return answers[request.url.host.replace(".", "_")]

    async def act() -> bytes | None:
        async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
            try:
                return await fetch(http, reference, ("AC1", "token"), largest)
            except CannotFetch:
                return None

    return asyncio.run(act()), asked


def moved(to: str) -> httpx.Response:
    return httpx.Response(307, headers={"location": to})


def test_a_file_is_fetched_from_twilio_with_our_name() -> None:
    data, ((host, password),) = fetched(MEDIA, api_twilio_com=httpx.Response(200, content=b"a,b"))
    assert (data, host) == (b"a,b", "api.twilio.com")
    assert password.startswith("Basic ")


def test_the_channel_hands_out_what_people_sent(channel: WhatsApp, twilio: Twilio) -> None:
    twilio.files = {"ME1": b"a,b"}  # type: ignore[attr-defined]
    assert using(channel, lambda: channel.fetch(MEDIA, 100)) == b"a,b"


def test_where_twilio_leads_on_our_name_is_not_shown() -> None:
    data, asked = fetched(MEDIA, api_twilio_com=moved(STORE), mms_twiliocdn_com=httpx.Response(200, content=b"a,b"))
    assert data == b"a,b"
    assert asked[1] == ("mms.twiliocdn.com", "")


@pytest.mark.parametrize(
    "reference",
    [
        "http://api.twilio.com/x",
        "https://api.twilio.com.example.com/x",
        "https://api.twilio.com:8443/x",
        "https://api.twilio.com@example.com/x",
        "https://user@api.twilio.com/x",
        "https://169.254.169.254/latest/meta-data",
        "https://localhost/x",
        "file:///etc/passwd",
        "//api.twilio.com/x",
        "https://mms.twiliocdn.com/x",
        "",
        "https://[",
    ],
)
def test_nothing_is_fetched_from_anywhere_else(reference: str) -> None:
    assert fetched(reference) == (None, [])


@pytest.mark.parametrize(
    "onward",
    [
        "http://mms.twiliocdn.com/x",
        "https://127.0.0.1/x",
        "https://eviltwiliocdn.com/x",
        "https://example.com/",
        "file:///x",
    ],
)
def test_no_answer_leads_anywhere_else(onward: str) -> None:
    data, asked = fetched(MEDIA, api_twilio_com=moved(onward))
    assert data is None
    assert [host for host, _ in asked] == ["api.twilio.com"]


def test_a_circle_ends() -> None:
    data, asked = fetched(MEDIA, api_twilio_com=moved(MEDIA))
    assert (data, len(asked)) == (None, 3)


def test_a_file_larger_than_wanted_is_not_taken() -> None:
    assert fetched(MEDIA, api_twilio_com=httpx.Response(200, content=b"x" * 101))[0] is None
    assert fetched(MEDIA, api_twilio_com=httpx.Response(200, content=b"x" * 100))[0] == b"x" * 100


def test_what_twilio_does_not_have_any_more_cannot_be_fetched() -> None:
    assert fetched(MEDIA, api_twilio_com=httpx.Response(404))[0] is None


class Taking:
    """Twilio's client, which takes every message at once."""

    def __init__(self) -> None:
        self.messages: Taking = self
        self.bodies: list[str] = []

    async def create_async(self, **fields: Any) -> SimpleNamespace:
        self.bodies.append(fields["body"])
        return SimpleNamespace(sid=f"SM{len(self.bodies)}", error_code=None)


@pytest.mark.parametrize(("minutes", "times"), [(14, 2), (16, 1)])
def test_what_was_said_is_kept_for_a_quarter_of_an_hour_and_no_longer(minutes: int, times: int) -> None:
    client = Taking()
    channel = WhatsApp(client, "+6281100000000", ManualClock(NOW))
    channel.hand_out_by(lambda _document: LINK)

    async def story() -> None:
        await channel.send(Outgoing(SARI, "Segmen", document=PNG))
        await asyncio.sleep(minutes * 60)
        await channel.make_up("SM1", Failed("63019"))

    run(story())
    assert client.bodies == ["Segmen"] * times
