"""Telegram's own ways: updates, presses, blocks, long texts, polling."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from telegram import Update

from bot.channels.splitting import in_words, split
from bot.channels.telegram import Telegram, inbound, reach
from bot.channels.telegram.inbound import KINDS, UNKNOWN_BY_LIBRARY
from bot.channels.telegram.polling import Polling
from bot.channels.telegram.waiting import Pauses
from bot.clock import ManualClock
from bot.errands import CannotFetch
from bot.inbound import Attachment, Contact, Inbound, Reach
from bot.talk.router import NotTaken
from campaigns.channel import Button, Document, Outcome, Outgoing, Sent, Unreachable
from tests.conftest import shared
from tests.contracts.providers import BotApi, running, telegram_at

NOW = datetime(2026, 11, 2, 3, tzinfo=UTC)
SARI = {"id": 700100, "is_bot": False, "first_name": "Sari", "last_name": "Dewi", "language_code": "id-ID"}
PRIVATE = {"id": 700100, "type": "private"}
PHOTO = [{"file_id": "a", "file_unique_id": "b", "width": 1, "height": 1}]
DATA = Document("data.zip", b"PK\x05\x06", "application/zip")


def written(number: int, **what: Any) -> dict[str, Any]:
    """An update as Telegram tells it."""
    message = {"message_id": number, "date": 0, "chat": PRIVATE, "from": SARI, **what}
    return {"update_id": number, "message": message}


def pressed(number: int, data: str) -> dict[str, Any]:
    message = {"message_id": 41, "date": 0, "chat": PRIVATE}
    press = {"id": "77", "from": SARI, "chat_instance": "1", "data": data, "message": message}
    return {"update_id": number, "callback_query": press}


def membership(number: int, status: str, at: datetime = NOW) -> dict[str, Any]:
    robot = {"id": 1, "is_bot": True, "first_name": "Toko"}
    more = {"until_date": 0} if status == "kicked" else {}
    change = {
        "chat": PRIVATE,
        "from": SARI,
        "date": int(at.timestamp()),
        "old_chat_member": {"user": robot, "status": "member"},
        "new_chat_member": {"user": robot, "status": status, **more},
    }
    return {"update_id": number, "my_chat_member": change}


def understood(told: dict[str, Any]) -> Inbound | None:
    update = Update.de_json(told, None)
    assert update is not None
    return inbound(update)


@pytest.fixture
def api() -> Iterator[BotApi]:
    with running(BotApi) as provider:
        yield provider


def sending(api: BotApi, outgoing: Outgoing) -> Outcome:
    async def send() -> Outcome:
        telegram = telegram_at(api.url, ManualClock(NOW))
        outcome = await telegram.send(outgoing)
        await telegram.close()
        return outcome

    return asyncio.run(send())


def test_a_message_is_who_where_and_what() -> None:
    assert understood(written(5, text="Halo kak")) == Inbound(
        "telegram", "700100", "Halo kak", "update-5", "Sari Dewi", "id"
    )


def test_a_press_is_the_same_as_writing_what_it_says() -> None:
    said = understood(pressed(6, "ya"))
    assert said is not None
    assert (said.text, said.address, said.provider_message_id) == ("ya", "700100", "update-6")


def test_a_press_is_in_reply_to_the_message_with_the_button() -> None:
    said = understood(pressed(6, "ya"))
    assert said is not None
    assert said.in_reply_to == "41"


def test_an_answer_to_a_message_names_it_and_any_other_names_none() -> None:
    before = {"message_id": 40, "date": 0, "chat": PRIVATE, "text": "Boleh?"}
    told = [understood(written(7, text="ya", reply_to_message=before)), understood(written(8, text="ya"))]
    assert [said.in_reply_to for said in told if said] == ["40", None]


@pytest.mark.parametrize(
    ("code", "language"), [("en-GB", "en"), ("id", "id"), ("in", "id"), ("de", None), (None, None)]
)
def test_only_our_languages_are_believed(code: str | None, language: str | None) -> None:
    told = written(1, text="Halo")
    told["message"]["from"] = {**SARI, "language_code": code}
    said = understood(told)
    assert said is not None
    assert said.language == language


def test_a_picture_without_words_is_owed_an_answer_too() -> None:
    photo = [{"file_id": "a", "file_unique_id": "b", "width": 1, "height": 1}]
    said = understood(written(1, photo=photo))
    assert said is not None
    assert said.text == ""
    captioned = understood(written(2, photo=photo, caption="Ada?"))
    assert captioned is not None
    assert captioned.text == "Ada?"


@pytest.mark.parametrize(
    ("what", "kind"),
    [
        ({"photo": [{"file_id": "a", "file_unique_id": "b", "width": 1, "height": 1}]}, "image"),
        ({"voice": {"file_id": "a", "file_unique_id": "b", "duration": 1}}, "audio"),
        ({"location": {"longitude": 1.0, "latitude": 1.0}}, "location"),
        ({"contact": {"phone_number": "+6281200000001", "first_name": "Budi"}}, "contact"),
        ({"dice": {"emoji": "🎲", "value": 3}}, "file"),
    ],
    ids=["a picture", "a voice", "a place", "a contact", "a die"],
)
def test_what_comes_along_is_known_by_its_kind_and_not_fetched(what: dict[str, Any], kind: str) -> None:
    said = understood(written(1, **what))
    assert said is not None
    assert said.attachment == Attachment(kind)


CONTENT = re.compile(r"Optional\. (Message is|Message contains|The message is|A giveaway with)")


def test_every_content_the_bot_api_publishes_is_known_here_and_no_service_message() -> None:
    spec = json.loads(shared("specs", "telegram-api.min.json").read_text(encoding="utf-8"))
    fields = {field["name"]: field["description"] for field in spec["types"]["Message"]["fields"]}
    published = {name for name, what in fields.items() if CONTENT.match(what) and "ervice message" not in what}
    assert published == {each for names in KINDS.values() for each in names} | {*UNKNOWN_BY_LIBRARY}


@pytest.mark.parametrize(
    "what",
    [
        {"story": {"chat": PRIVATE, "id": 1}},
        {"rich_message": {"blocks": []}},
        {"game": {"title": "x", "description": "y", "photo": PHOTO}},
        {"sticker": {
            "file_id": "a", "file_unique_id": "b", "width": 1, "height": 1, "is_animated": False, "is_video": False,
            "type": "regular",
        }},
        {"venue": {"location": {"longitude": 1.0, "latitude": 1.0}, "title": "Pasar", "address": "Jl. Satu"}},
    ],
    ids=["a story", "what the library does not know", "a game", "a sticker", "a venue"],
)  # fmt: skip
def test_whoever_sends_what_we_cannot_read_is_owed_an_answer(what: dict[str, Any]) -> None:
    said = understood(written(1, **what))
    assert said is not None
    assert (said.text, said.attachment is not None) == ("", True)


@pytest.mark.parametrize(
    "what",
    [
        {"pinned_message": {"message_id": 1, "date": 0, "chat": PRIVATE}},
        {"delete_chat_photo": True},
        {"write_access_allowed": {}},
        {"connected_website": "toko.example"},
        {"something_of_next_year": {"x": 1}},
    ],
    ids=lambda what: next(iter(what)),
)
def test_what_telegram_tells_of_a_chat_is_nobodys_word(what: dict[str, Any]) -> None:
    assert understood(written(1, **what)) is None


def test_a_picture_that_answers_a_message_keeps_both() -> None:
    before = {"message_id": 40, "date": 0, "chat": PRIVATE, "text": "Boleh?"}
    said = understood(
        written(7, photo=PHOTO, caption="ya", reply_to_message=before, quote={"text": "B", "position": 0})
    )
    assert said is not None
    assert (said.text, said.in_reply_to, said.attachment) == ("ya", "40", Attachment("image"))


def test_a_document_can_be_fetched_by_its_reference() -> None:
    document = {
        "file_id": "F1",
        "file_unique_id": "u",
        "file_name": "jual.csv",
        "mime_type": "text/csv",
        "file_size": 9,
    }
    said = understood(written(1, document=document, caption="No HP=phone"))
    assert said is not None
    assert said.attachment == Attachment("file", "jual.csv", "text/csv", 9, "F1")
    assert said.text == "No HP=phone"


def fetching(api: BotApi, reference: str, largest: int = 20_000_000) -> bytes:
    async def fetch() -> bytes:
        telegram = telegram_at(api.url, ManualClock(NOW))
        try:
            return await telegram.fetch(reference, largest)
        finally:
            await telegram.close()

    return asyncio.run(fetch())


def test_a_document_is_fetched_whole(api: BotApi) -> None:
    api.files["F1"] = b"tanggal,no hp\n"
    assert fetching(api, "F1") == b"tanggal,no hp\n"


@pytest.mark.parametrize(("reference", "largest"), [("gone", 99), ("F1", 3)], ids=["gone", "larger than it may be"])
def test_what_is_not_handed_out_is_said_so(api: BotApi, reference: str, largest: int) -> None:
    api.files["F1"] = b"tanggal,no hp\n"
    with pytest.raises(CannotFetch):
        fetching(api, reference, largest)


def test_a_press_is_no_quoting_and_a_reply_is() -> None:
    before = {"message_id": 40, "date": 0, "chat": PRIVATE, "text": "Boleh?"}
    press, reply = understood(pressed(6, "ya")), understood(written(7, text="ya", reply_to_message=before))
    assert press is not None
    assert reply is not None
    assert (press.is_quoting, reply.is_quoting) == (False, True)


@pytest.mark.parametrize(
    "told",
    [
        written(1, text="Halo", chat={"id": -5, "type": "group", "title": "Arisan"}),
        written(2, text="Halo", **{"from": {**SARI, "is_bot": True}}),
        written(3, group_chat_created=True),
        membership(5, "kicked"),
    ],
    ids=["a group", "another bot", "a service message", "a block"],
)
def test_what_no_person_said_in_private_is_not_heard(told: dict[str, Any]) -> None:
    assert understood(told) is None


def test_blocking_and_coming_back_are_told_with_the_time_they_happened() -> None:
    later = NOW + timedelta(hours=1)
    updates = [Update.de_json(told, None) for told in (membership(1, "kicked"), membership(2, "member", later))]
    assert [reach(update) for update in updates if update] == [
        Reach("telegram", "700100", is_open=False, at=NOW),
        Reach("telegram", "700100", is_open=True, at=later),
    ]


def changed(number: int, **what: Any) -> dict[str, Any]:
    return {"update_id": number, "edited_message": {**written(4, **what)["message"], "edit_date": 1}}


def test_a_changed_message_is_heard_as_one() -> None:
    said = understood(changed(8, text="STOP"))
    assert said is not None
    assert (said.text, said.is_edit, said.provider_message_id) == ("STOP", True, "update-8")


def test_a_place_that_moves_is_not_said_again_and_again() -> None:
    assert understood(changed(8, location={"longitude": 1.0, "latitude": 1.0})) is None


@pytest.mark.parametrize(
    ("what", "contact"),
    [
        ({"user_id": 700100, "phone_number": "6281200000001"}, Contact("+6281200000001", is_own=True)),
        ({"user_id": 700100, "phone_number": "+6281200000001"}, Contact("+6281200000001", is_own=True)),
        ({"user_id": 700101, "phone_number": "+6281200000002"}, Contact("+6281200000002", is_own=False)),
        ({"phone_number": "081200000003"}, Contact("081200000003", is_own=False)),
    ],
    ids=["own", "own with a plus", "a friend's", "nobody Telegram knows"],
)
def test_a_shared_number_is_the_writers_own_where_telegram_says_so(what: dict[str, Any], contact: Contact) -> None:
    said = understood(written(1, contact={"first_name": "Sari", **what}))
    assert said is not None
    assert said.contact == contact


def test_a_contact_that_was_passed_on_is_vouched_for_by_nobody() -> None:
    origin = {"type": "hidden_user", "date": 0, "sender_user_name": "Sari"}
    card = {"first_name": "Sari", "user_id": 700100, "phone_number": "6281200000001"}
    said = understood(written(1, contact=card, forward_origin=origin))
    assert said is not None
    assert said.contact == Contact("6281200000001", is_own=False)


def test_buttons_stand_under_the_last_part_only(api: BotApi) -> None:
    text = "kata " * 1_000
    outcome = sending(api, Outgoing("700100", text, (Button("Ya, boleh", "ya"), Button("Tidak", "tidak"))))
    first, last = api.forms("/sendMessage")
    assert "reply_markup" not in first
    rows = json.loads(last["reply_markup"])["inline_keyboard"]
    assert [(row[0]["text"], row[0]["callback_data"]) for row in rows] == [("Ya, boleh", "ya"), ("Tidak", "tidak")]
    assert outcome == Sent("2")


def test_a_button_that_says_too_much_for_telegram_is_put_into_words(api: BotApi) -> None:
    long = "é" * 33
    sending(api, Outgoing("700100", "Pilih:", (Button("Pendek", "ya"), Button("Panjang", long))))
    (form,) = api.forms("/sendMessage")
    assert form["text"] == f"Pilih:\n\n▸ Panjang: {long}"
    assert len(json.loads(form["reply_markup"])["inline_keyboard"]) == 1


@pytest.mark.parametrize("text", ["Ini data Kakak.", "k" * 1_024, "🎉" * 512])
def test_a_short_text_goes_out_as_the_documents_caption_with_its_buttons(api: BotApi, text: str) -> None:
    outcome = sending(api, Outgoing("700100", text, (Button("Ya, boleh", "ya"),), DATA))
    ((path, form),) = api.heard
    assert path.endswith("/sendDocument")
    assert form["caption"] == text
    assert json.loads(form["reply_markup"])["inline_keyboard"][0][0]["callback_data"] == "ya"
    assert (outcome, api.documents) == (Sent("1"), [DATA])


@pytest.mark.parametrize("text", ["k" * 1_025, "🎉" * 512 + "k"])
def test_a_text_too_long_for_a_caption_goes_before_the_document_which_has_the_buttons(api: BotApi, text: str) -> None:
    outcome = sending(api, Outgoing("700100", text, (Button("Ya, boleh", "ya"),), DATA))
    (said,), (handed,) = api.forms("/sendMessage"), api.forms("/sendDocument")
    assert (said["text"], said.keys() & {"reply_markup"}) == (text, set())
    assert "caption" not in handed
    assert "reply_markup" in handed
    assert (outcome, api.documents) == (Sent("2"), [DATA])


def test_a_document_needs_no_words(api: BotApi) -> None:
    assert sending(api, Outgoing("700100", "", document=DATA)) == Sent("1")
    assert api.documents == [DATA]


PICTURE = Document("chart.png", b"\x89PNG and so on", "image/png")


def test_a_picture_is_shown_as_one_with_its_text_below(api: BotApi) -> None:
    assert sending(api, Outgoing("700100", "Kelompok pelanggan", (Button("Tutup", "ya"),), PICTURE)) == Sent("1")
    (form,) = api.forms("/sendPhoto")
    assert (form["caption"], "reply_markup" in form, api.documents) == ("Kelompok pelanggan", True, [PICTURE])


def test_a_picture_goes_before_a_text_too_long_for_its_caption_which_has_the_buttons(api: BotApi) -> None:
    text = "k" * 1_025
    assert sending(api, Outgoing("700100", text, (Button("Tutup", "ya"),), PICTURE)) == Sent("2")
    assert [path.rsplit("/")[-1] for path, _ in api.heard] == ["sendPhoto", "sendMessage"]
    (_, shown), (_, said) = api.heard
    assert shown.keys() & {"caption", "reply_markup"} == set()
    assert (said["text"], "reply_markup" in said) == (text, True)


def test_nothing_is_ever_posted_to_a_public_name(api: BotApi) -> None:
    assert sending(api, Outgoing("@a_public_channel", "Halo")) == Unreachable("not a chat")
    assert api.heard == []


def polled(
    api: BotApi, until: Callable[[list[Inbound]], bool], fail_on: str = ""
) -> tuple[list[Inbound], list[Reach]]:
    """What is heard and noted by polling until enough was heard."""
    said: list[Inbound] = []
    noted: list[Reach] = []

    async def poll() -> None:
        stopping, telegram = asyncio.Event(), telegram_at(api.url, ManualClock(NOW))

        async def hear(inbound: Inbound) -> None:
            said.append(inbound)
            if until(said):
                stopping.set()
            if fail_on and inbound.text == fail_on:
                raise RuntimeError(inbound.text)

        async def note(reach: Reach) -> None:
            noted.append(reach)

        async with asyncio.timeout(5):
            await Polling(telegram.bot, partial(telegram.attend, hear=hear, note=note), Pauses(0.01)).go_on(stopping)
        await telegram.close()

    asyncio.run(poll())
    return said, noted


def test_polling_hears_each_update_once_and_in_order(api: BotApi) -> None:
    api.updates = [written(10, text="Halo"), pressed(11, "ya"), membership(12, "kicked"), written(13, text="lagi")]
    said, noted = polled(api, lambda said: len(said) == 3)
    assert [each.text for each in said] == ["Halo", "ya", "lagi"]
    assert noted == [Reach("telegram", "700100", is_open=False, at=NOW)]
    assert api.forms("/answerCallbackQuery") == [{"callback_query_id": "77"}]


def test_a_webhook_of_earlier_days_is_taken_down_before_polling(api: BotApi) -> None:
    api.updates = [written(1, text="Halo")]
    polled(api, bool)
    assert [path.rsplit("/")[-1] for path, _ in api.heard][:2] == ["deleteWebhook", "getUpdates"]


def test_updates_are_acknowledged_after_they_were_acted_on(api: BotApi) -> None:
    api.updates = [written(20, text="satu")]

    def enough(said: list[Inbound]) -> bool:
        if len(said) == 1:
            assert all("offset" not in form for form in api.forms("/getUpdates"))
            api.updates.append(written(21, text="dua"))
        return len(said) == 2

    said, _ = polled(api, enough)
    assert [each.text for each in said] == ["satu", "dua"]
    assert api.forms("/getUpdates")[-1]["offset"] == "21"


def test_a_chat_that_takes_its_time_holds_up_no_other_and_is_not_acknowledged_before(api: BotApi) -> None:
    api.updates = [written(30, text="lama")]
    said: list[str] = []

    async def poll() -> None:
        stopping, telegram, others = asyncio.Event(), telegram_at(api.url, ManualClock(NOW)), asyncio.Event()

        async def hear(inbound: Inbound) -> None:
            if inbound.text == "lama":
                api.updates.append(written(31, text="cepat", chat={"id": 700200, "type": "private"}))
                await others.wait()
            said.append(inbound.text)
            if inbound.text == "cepat":
                assert all(int(form.get("offset", 0)) <= 30 for form in api.forms("/getUpdates"))
                others.set()
            elif inbound.text == "tamat":
                stopping.set()
            else:
                api.updates.append(written(32, text="tamat"))

        async with asyncio.timeout(5):
            await telegram.poll(hear, nothing, stopping)
        await telegram.close()

    asyncio.run(poll())
    assert said == ["cepat", "lama", "tamat"]
    assert api.forms("/getUpdates")[-1]["offset"] == "32"


async def nothing(_reach: Reach) -> None:
    """Nobody asks for it."""


def test_what_could_not_be_kept_is_tried_again(api: BotApi) -> None:
    api.updates = [written(40, text="STOP")]
    heard: list[str] = []

    async def poll() -> None:
        stopping, telegram = asyncio.Event(), telegram_at(api.url, ManualClock(NOW))

        async def hear(inbound: Inbound) -> None:
            heard.append(inbound.text)
            if len(heard) == 1:
                raise NotTaken
            stopping.set()

        async def act(update: Update) -> None:
            await telegram.attend(update, hear, nothing)

        async with asyncio.timeout(5):
            await Polling(telegram.bot, act, again_seconds=0.01).go_on(stopping)
        await telegram.close()

    asyncio.run(poll())
    assert heard == ["STOP", "STOP"]


def test_one_update_that_cannot_be_acted_on_does_not_silence_the_others(
    api: BotApi, caplog: pytest.LogCaptureFixture
) -> None:
    api.updates = [written(1, text="rahasia"), written(2, text="lagi")]
    said, _ = polled(api, lambda said: len(said) == 2, fail_on="rahasia")
    assert [each.text for each in said] == ["rahasia", "lagi"]
    assert "RuntimeError" in caplog.text
    assert "rahasia" not in caplog.text


def test_polling_goes_on_after_the_line_was_down(api: BotApi, caplog: pytest.LogCaptureFixture) -> None:
    failures = iter([True])
    usual = api.usual

    def at_first_down(path: str, form: dict[str, str]) -> Any:
        answer = usual(path, form)
        if path.endswith("/getUpdates") and next(failures, False):
            answer.status = 502
        return answer

    api.usual = at_first_down  # type: ignore[method-assign]
    api.updates = [written(1, text="Halo")]
    with caplog.at_level(logging.INFO, "bot"):
        said, _ = polled(api, bool)
    assert [each.text for each in said] == ["Halo"]
    assert "no updates: NetworkError" in caplog.text


def test_connecting_asks_nothing_of_the_network() -> None:
    assert Telegram.connect("123456789:AAF-invented", ManualClock(NOW)).name == "telegram"


@given(some.text(alphabet="ab .\n🎉", max_size=300), some.integers(2, 60))
def test_splitting_loses_nothing_but_space_and_keeps_to_the_limit(text: str, longest: int) -> None:
    parts = split(text, longest)
    assert "".join("".join(parts).split()) == "".join(text.split())
    assert all(len(part.encode("utf-16-le")) // 2 <= longest for part in parts) or not text.strip()


def test_a_text_that_fits_is_left_as_it_is() -> None:
    assert split("  dua  \n", 8) == ["  dua  \n"]


def test_texts_are_broken_between_paragraphs_before_lines_before_words() -> None:
    assert split("satu dua\n\ntiga empat\nlima", 21) == ["satu dua\n\ntiga empat", "lima"]
    assert split("satu dua tiga\n\nempat lima", 22) == ["satu dua tiga", "empat lima"]
    assert split("satu dua tiga", 9) == ["satu dua", "tiga"]


def test_words_to_answer_with_are_added_only_where_the_text_does_not_name_them() -> None:
    buttons = (Button("Ya, boleh", "ya"), Button("tidak", "tidak"))
    assert in_words("Balas YA atau TIDAK.", buttons) == "Balas YA atau TIDAK."
    assert in_words("Saya belum mengerti.", buttons) == "Saya belum mengerti.\n\n▸ Ya, boleh: ya\n▸ tidak"
