"""Words on their way out by Telegram: markup, parts, edits in place, contact keyboards, refusals, turns."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from telegram.error import BadRequest

from bot.channels.telegram.errors import Kind, kind_of
from bot.channels.telegram.wording import Words, words
from bot.clock import ManualClock
from campaigns.channel import (
    Button,
    Document,
    Failed,
    FateUnknown,
    Outcome,
    Outgoing,
    Sent,
    Throttled,
    Unreachable,
)
from tests.contracts.providers import SENDING, BotApi, refused, running, telegram_at
from tests.contracts.telegram_html import shown, units

pytestmark = pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")

NOW = datetime(2026, 11, 2, 3, tzinfo=UTC)
CHAT = "700100"
PICTURE = Document("chart.png", b"\x89PNG and so on", "image/png")
YES = Button("Ya, boleh", "ya")
SHARE = Button("Bagikan nomor saya", "nomor", asks_contact=True)


@pytest.fixture
def api() -> Iterator[BotApi]:
    with running(BotApi) as provider:
        yield provider


def sending(api: BotApi, *many: Outgoing) -> list[Outcome]:
    """What becomes of each, one after the other, over one channel."""

    async def send() -> list[Outcome]:
        telegram = telegram_at(api.url, ManualClock(NOW))
        try:
            return [await telegram.send(each) for each in many]
        finally:
            await telegram.close()

    return asyncio.run(send())


def called(api: BotApi) -> list[str]:
    return [path.rsplit("/")[-1] for path, _ in api.heard]


def said(api: BotApi) -> list[str]:
    """What people read, message by message."""
    heard = [form for path, form in api.heard if path.endswith(SENDING)]
    return [api.read(form, name) for form in heard for name in ("text", "caption") if name in form]


def markup(form: dict[str, str]) -> Any:
    return json.loads(form.get("reply_markup", "{}"))


# Words


signs = some.text(alphabet="ab<>&\"'/;.\n 🎉é\N{ZERO WIDTH JOINER}", max_size=120)


@given(signs, some.lists(some.text(alphabet="aé<&🎉", min_size=1, max_size=8), max_size=3))
def test_every_sign_is_shown_as_it_was_written(text: str, copyable: list[str]) -> None:
    assert shown(words(text, copyable).html)[0] == text


@given(signs, signs, some.text(alphabet="AB<&🎉-7", min_size=1, max_size=10), some.integers(20, 60))
def test_parts_lose_nothing_but_space_and_take_no_code_apart(
    before: str, after: str, code: str, longest: int
) -> None:
    text = f"{before} {code} {after}"
    parts = words(text, [code]).parts(longest)
    read = [shown(part.html) for part in parts]
    assert "".join("".join(each for each, _ in read).split()) == "".join(text.split())
    assert all(units(each) <= longest for each, _ in read) or not text.strip()
    marked = [_cut(each, entity) for each, entities in read for entity in entities]
    assert set(marked) == {code}


def _cut(text: str, entity: dict[str, Any]) -> str:
    raw = text.encode("utf-16-le")
    return raw[entity["offset"] * 2 : (entity["offset"] + entity["length"]) * 2].decode("utf-16-le")


def test_a_code_is_marked_where_it_stands_by_itself_only() -> None:
    assert words("KOPI7, bukan KOPI70: KOPI7", ["KOPI7"]).html == (
        "<code>KOPI7</code>, bukan KOPI70: <code>KOPI7</code>"
    )


def test_of_two_codes_in_one_place_the_longer_is_marked() -> None:
    assert words("KOPI-7 dan KOPI", ["KOPI", "KOPI-7"]).html == "<code>KOPI-7</code> dan <code>KOPI</code>"


def test_a_code_at_the_border_goes_to_the_next_part_whole() -> None:
    text = "k" * 30 + "\n" + "a b " * 5 + "KODE SAYA 7F3K tamat"
    parts = words(text, ["KODE SAYA 7F3K"]).parts(60)
    assert [part.text for part in parts] == ["k" * 30 + "\n" + ("a b " * 5).strip(), "KODE SAYA 7F3K tamat"]
    assert parts[1].html == "<code>KODE SAYA 7F3K</code> tamat"


def test_a_code_longer_than_a_message_is_marked_in_each_part() -> None:
    assert [part.html for part in words("K" * 25, ["K" * 25]).parts(20)] == [
        f"<code>{'K' * 20}</code>",
        f"<code>{'K' * 5}</code>",
    ]


def test_a_link_is_not_taken_apart() -> None:
    link = "https://toko.example/o/" + "x" * 30
    parts = words("k" * 20 + link, []).parts(60)
    assert [part.text for part in parts] == ["k" * 20, link]


def test_a_sign_of_several_characters_is_not_taken_apart() -> None:
    family = "\N{WOMAN}\N{ZERO WIDTH JOINER}\N{WOMAN}\N{ZERO WIDTH JOINER}\N{GIRL}"
    parts = Words("k" * 16 + family + "k" * 4).parts(20)
    assert [part.text for part in parts] == ["k" * 16, family + "k" * 4]


def test_length_is_counted_without_the_markup(api: BotApi) -> None:
    text = "&" * 4_090 + " KODE1"
    (outcome,) = sending(api, Outgoing(CHAT, text, copyable=("KODE1",)))
    assert isinstance(outcome, Sent)
    assert said(api) == [text]


def test_what_is_tapped_to_copy_is_code_and_links_have_no_card(api: BotApi) -> None:
    sending(api, Outgoing(CHAT, "Kode <Kakak>: KOPI-7F3K https://toko.example/o/x", copyable=("KOPI-7F3K",)))
    (form,) = api.forms("/sendMessage")
    assert form["text"] == "Kode &lt;Kakak&gt;: <code>KOPI-7F3K</code> https://toko.example/o/x"
    assert json.loads(form["link_preview_options"]) == {"is_disabled": True}


def test_markup_that_telegram_does_not_read_goes_out_without_it(api: BotApi) -> None:
    api.answers.append(refused(400, "Bad Request: can't parse entities: Unsupported start tag"))
    assert sending(api, Outgoing(CHAT, "a < b", copyable=("b",))) == [Sent("2")]
    assert [form.get("parse_mode") for form in api.forms("/sendMessage")] == ["HTML", None]
    assert said(api)[-1] == "a < b"


# In place


def test_an_answer_takes_the_place_of_the_message_it_answers(api: BotApi) -> None:
    outgoing = Outgoing(CHAT, "Kategori: <kopi>", (YES,), replaces="41")
    assert sending(api, outgoing) == [Sent("41")]
    ((path, form),) = api.heard
    assert path.endswith("/editMessageText")
    assert (form["message_id"], form["text"]) == ("41", "Kategori: &lt;kopi&gt;")
    assert markup(form)["inline_keyboard"][0][0]["callback_data"] == "ya"


def test_what_would_change_nothing_is_there_already(api: BotApi) -> None:
    api.answers.append(refused(400, "Bad Request: message is not modified: specified new message content …"))
    assert sending(api, Outgoing(CHAT, "Sama", replaces="41")) == [Sent("41")]
    assert called(api) == ["editMessageText"]


@pytest.mark.parametrize(
    "why",
    [
        "message to edit not found", "message can't be edited", "there is no text in the message to edit",
        "MESSAGE_ID_INVALID", "BUTTON_DATA_INVALID", "something new",
    ],
)  # fmt: skip
def test_what_cannot_take_a_place_is_sent_anew(api: BotApi, why: str) -> None:
    api.answers.append(refused(400, f"Bad Request: {why}"))
    assert sending(api, Outgoing(CHAT, "Baru", replaces="41")) == [Sent("2")]
    assert called(api) == ["editMessageText", "sendMessage"]


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (refused(403, "Forbidden: bot was blocked by the user"), Unreachable("forbidden")),
        (refused(400, "Bad Request: chat not found"), Unreachable("Chat not found")),
        (refused(429, "Too Many Requests", retry_after=9), Throttled(NOW + timedelta(seconds=9))),
        (refused(502, "Bad Gateway"), FateUnknown("NetworkError")),
    ],
)
def test_what_would_meet_anew_what_the_edit_met_is_not_sent(api: BotApi, answer: Any, outcome: Outcome) -> None:
    api.answers.append(answer)
    assert sending(api, Outgoing(CHAT, "Baru", replaces="41")) == [outcome]
    assert called(api) == ["editMessageText"]


@pytest.mark.parametrize(
    "outgoing",
    [
        Outgoing(CHAT, "kata " * 1_000, replaces="41"),
        Outgoing(CHAT, "Grafik", document=PICTURE, replaces="41"),
        Outgoing(CHAT, "Nomor?", (SHARE,), replaces="41"),
        Outgoing(CHAT, "Halo", replaces="simulator-3"),
    ],
    ids=["too long", "with a picture", "with a keyboard of its own", "no number of Telegram's"],
)
def test_what_a_message_cannot_become_is_sent_anew_at_once(api: BotApi, outgoing: Outgoing) -> None:
    (outcome,) = sending(api, outgoing)
    assert isinstance(outcome, Sent)
    assert "editMessageText" not in called(api)


# Sharing a number


def test_a_number_is_asked_for_by_a_keyboard_that_goes_with_the_next_message(api: BotApi) -> None:
    sending(api, Outgoing(CHAT, "Nomor Kakak?", (SHARE,)), Outgoing(CHAT, "Makasih"), Outgoing(CHAT, "Lagi"))
    asked, thanked, later = map(markup, api.forms("/sendMessage"))
    assert asked["keyboard"] == [[{"text": "Bagikan nomor saya", "request_contact": True}]]
    assert (asked["one_time_keyboard"], asked["resize_keyboard"]) == (True, True)
    assert thanked == {"remove_keyboard": True}
    assert later == {}


def test_a_number_beside_buttons_is_asked_for_in_a_message_of_its_own(api: BotApi) -> None:
    outcome = sending(api, Outgoing(CHAT, "Nomor Kakak?", (YES, SHARE)))
    assert said(api) == ["Nomor Kakak?", "Bagikan nomor saya"]
    pressed, asked = map(markup, api.forms("/sendMessage"))
    assert pressed["inline_keyboard"][0][0]["text"] == "Ya, boleh"
    assert asked["keyboard"][0][0]["request_contact"] is True
    assert outcome == [Sent("1")]


def test_a_keyboard_stays_while_messages_have_buttons_of_their_own(api: BotApi) -> None:
    sending(api, Outgoing(CHAT, "Nomor?", (SHARE,)), Outgoing(CHAT, "Boleh?", (YES,)), Outgoing(CHAT, "Sip"))
    _, between, after = map(markup, api.forms("/sendMessage"))
    assert "inline_keyboard" in between
    assert after == {"remove_keyboard": True}


def test_other_chats_keep_their_keyboards(api: BotApi) -> None:
    sending(api, Outgoing(CHAT, "Nomor?", (SHARE,)), Outgoing("700200", "Halo"))
    assert markup(api.forms("/sendMessage")[1]) == {}


# Refusals


def refusing(api: BotApi, *endings: str, why: str) -> None:
    """Have Telegram refuse those requests, and take the others."""
    usual = api.usual

    def usually(path: str, form: dict[str, str]) -> Any:
        return refused(400, f"Bad Request: {why}") if path.endswith(endings) else usual(path, form)

    api.usual = usually  # type: ignore[method-assign]


@pytest.mark.parametrize("why", ["PHOTO_INVALID_DIMENSIONS", "IMAGE_PROCESS_FAILED", "PHOTO_EXT_INVALID"])
def test_a_picture_that_is_refused_goes_as_a_file_with_its_text(api: BotApi, why: str) -> None:
    refusing(api, "/sendPhoto", why=why)
    assert sending(api, Outgoing(CHAT, "Grafik", (YES,), PICTURE)) == [Sent("2")]
    assert called(api) == ["sendPhoto", "sendDocument"]
    assert said(api)[-1] == "Grafik"
    assert "reply_markup" in api.heard[-1][1]


@pytest.mark.parametrize("text", ["Grafik", "kata " * 300], ids=["a caption", "longer than a caption"])
def test_a_picture_that_is_refused_in_every_form_never_costs_its_text(api: BotApi, text: str) -> None:
    refusing(api, "/sendPhoto", "/sendDocument", why="PHOTO_INVALID_DIMENSIONS; file is too big")
    (outcome,) = sending(api, Outgoing(CHAT, text, (YES,), PICTURE))
    assert isinstance(outcome, Sent)
    assert said(api)[-1] == text
    assert "reply_markup" in api.forms("/sendMessage")[-1]


def test_a_file_too_large_for_telegram_leaves_its_text(api: BotApi) -> None:
    api.answers.append(refused(413, "Request Entity Too Large"))
    data = Document("data.zip", b"PK", "application/zip")
    assert sending(api, Outgoing(CHAT, "Data Kakak", document=data)) == [Sent("2")]
    assert called(api) == ["sendDocument", "sendMessage"]


def test_buttons_that_are_refused_are_put_into_words(api: BotApi) -> None:
    api.answers.append(refused(400, "Bad Request: BUTTON_DATA_INVALID"))
    assert sending(api, Outgoing(CHAT, "Boleh?", (YES,))) == [Sent("2")]
    assert said(api)[-1] == "Boleh?\n\n▸ Ya, boleh: ya"


@pytest.mark.parametrize(
    ("description", "kind"),
    [
        ("Bad Request: chat not found", Kind.NOBODY),
        ("Bad Request: user is deactivated", Kind.NOBODY),
        ("Bad Request: PEER_ID_INVALID", Kind.NOBODY),
        ("Bad Request: message is not modified: specified new message content", Kind.SAME),
        ("Bad Request: message to edit not found", Kind.OLD),
        ("Bad Request: message can't be edited", Kind.OLD),
        ("Bad Request: message is too long", Kind.LONG),
        ("Bad Request: MEDIA_CAPTION_TOO_LONG", Kind.LONG),
        ("Bad Request: can't parse entities: Can't find end tag", Kind.ENTITIES),
        ("Bad Request: BUTTON_DATA_INVALID", Kind.KEYBOARD),
        ("Bad Request: can't parse inline keyboard button: Text buttons are unallowed", Kind.KEYBOARD),
        ("Bad Request: PHOTO_INVALID_DIMENSIONS", Kind.PICTURE),
        ("Bad Request: wrong file identifier/HTTP URL specified", Kind.FILE),
        ("Bad Request: file must be non-empty", Kind.FILE),
        ("Bad Request: message text is empty", Kind.OTHER),
    ],
)
def test_the_kinds_of_400_are_told_apart(description: str, kind: Kind) -> None:
    assert kind_of(BadRequest(description)) is kind


def test_a_429_without_a_time_was_not_sent_either(api: BotApi) -> None:
    api.answers.append(refused(429, "Too Many Requests"))
    assert sending(api, Outgoing(CHAT, "Halo")) == [Throttled(NOW + timedelta(minutes=1))]


def test_what_is_refused_for_what_it_says_has_failed(api: BotApi) -> None:
    api.answers.append(refused(400, "Bad Request: message text is empty"))
    assert sending(api, Outgoing(CHAT, "\u200b")) == [Failed("Message text is empty")]
    assert len(api.heard) == 1


# Turns


def test_while_telegram_wants_nothing_offers_are_refused_without_asking(api: BotApi) -> None:
    api.answers.append(refused(429, "Too Many Requests", retry_after=35))
    offers = [Outgoing(chat, "Promo", is_offer=True) for chat in (CHAT, "700200")]
    first, second = sending(api, *offers)
    assert first == Throttled(NOW + timedelta(seconds=35))
    assert isinstance(second, Throttled)
    assert NOW + timedelta(seconds=34) < second.until <= NOW + timedelta(seconds=35)
    assert len(api.heard) == 1


def test_an_answer_waits_until_telegram_wants_something_again(api: BotApi) -> None:
    async def wait() -> tuple[Outcome, float]:
        telegram = telegram_at(api.url, ManualClock(NOW))
        telegram.post.lane.not_before(NOW + timedelta(seconds=0.2))
        began = time.monotonic()
        outcome = await telegram.send(Outgoing(CHAT, "Halo"))
        await telegram.close()
        return outcome, time.monotonic() - began

    outcome, seconds = asyncio.run(wait())
    assert outcome == Sent("1")
    assert seconds >= 0.19
