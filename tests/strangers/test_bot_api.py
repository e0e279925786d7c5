"""The stand-in for Telegram holds every call to the published interface, and notices what is wrong with one."""

from __future__ import annotations

import json

import httpx
import pytest

from tests.conftest import shared
from tests.contracts.providers import TOKEN, BotApi, running
from tests.strangers.bot_api import published


@pytest.fixture(scope="module", autouse=True)
def specification() -> None:
    shared("specs", "telegram-api.min.json")


def under(*buttons: dict[str, object]) -> dict[str, str]:
    """A message with buttons under it."""
    return {**GOOD, "reply_markup": json.dumps({"inline_keyboard": [[button] for button in buttons]})}


YES = {"text": "Ya", "callback_data": "ya"}
GOOD = {"chat_id": "700100", "text": "Halo"}
SCOPE = json.dumps({"type": "chat", "chat_id": 700100})


@pytest.mark.parametrize(
    ("method", "form", "files"),
    [
        ("sendMessage", under(YES), ()),
        ("sendMessage", {**GOOD, "text": "&lt;" * 4_096, "parse_mode": "HTML"}, ()),
        ("sendMessage", {**GOOD, "text": "🎉" * 2_048, "link_preview_options": '{"is_disabled": true}'}, ()),
        ("sendMessage", under({"text": "Salin", "copy_text": {"text": "KOPI10"}}), ()),
        (
            "sendMessage",
            {**GOOD, "reply_markup": '{"keyboard": [[{"text": "Nomor", "request_contact": true}]]}'},
            (),
        ),
        ("sendMessage", {**GOOD, "reply_markup": '{"remove_keyboard": true}'}, ()),
        ("sendDocument", {"chat_id": "700100", "caption": "x" * 1_024}, ("document",)),
        ("sendDocument", {"chat_id": "700100", "document": "attach://a1"}, ("a1",)),
        ("sendPhoto", {"chat_id": "700100", "photo": "a file_id"}, ()),
        ("editMessageText", {**GOOD, "message_id": "5"}, ()),
        ("getUpdates", {"offset": "-1", "timeout": "25", "allowed_updates": '["message", "my_chat_member"]'}, ()),
        ("setMyCommands", {"commands": '[{"command": "stop", "description": "Berhenti"}]', "scope": SCOPE}, ()),
        ("setMyCommands", {"commands": "[]", "scope": '{"type": "all_private_chats"}', "language_code": "id"}, ()),
        ("setWebhook", {"url": "https://shop.example.com/webhooks/telegram", "secret_token": "aZ09_-"}, ()),
        ("answerCallbackQuery", {"callback_query_id": "77"}, ()),
        ("getMe", {}, ()),
    ],
)
def test_a_call_as_the_bot_api_describes_it_has_no_faults(
    method: str, form: dict[str, str], files: tuple[str, ...]
) -> None:
    assert published().faults(method, form, files) == []


@pytest.mark.parametrize(
    ("method", "form", "fault"),
    [
        ("sendPidgeon", GOOD, "sendPidgeon is no method of the Bot API"),
        ("sendMessage", {**GOOD, "colour": "red"}, "sendMessage knows no field colour"),
        ("sendMessage", {"chat_id": "700100"}, "sendMessage.text is missing"),
        ("sendDocument", {"chat_id": "700100"}, "sendDocument.document is missing"),
        ("sendDocument", {"chat_id": "1", "document": "x", "caption": "x" * 1_025}, "1025 signs, not 0 to 1024"),
        ("sendMessage", {**GOOD, "text": " \n"}, "sendMessage.text has 2 signs, not 1 to 4096"),
        ("sendMessage", {**GOOD, "text": "🎉" * 2_049}, "sendMessage.text has 4098 signs, not 1 to 4096"),
        ("sendMessage", {**GOOD, "text": "<b></b>", "parse_mode": "HTML"}, "has 0 signs"),
        ("sendMessage", {**GOOD, "text": "1 < 2", "parse_mode": "HTML"}, "Unsupported start tag"),
        ("sendMessage", {**GOOD, "text": "*a*", "parse_mode": "MarkdownV2"}, "nothing here is written in MarkdownV2"),
        ("sendMessage", {**GOOD, "disable_notification": "yes"}, "sendMessage.disable_notification is not Boolean"),
        ("sendMessage", {**GOOD, "message_thread_id": '"5"'}, "sendMessage.message_thread_id is not Integer"),
        ("sendMessage", {**GOOD, "message_thread_id": "true"}, "sendMessage.message_thread_id is not Integer"),
        ("sendMessage", {**GOOD, "entities": "{}"}, "sendMessage.entities is not Array of MessageEntity"),
        ("sendMessage", {**GOOD, "link_preview_options": '{"is_off": true}'}, "knows no field is_off"),
        ("sendMessage", {**GOOD, "reply_markup": "[["}, "sendMessage.reply_markup is not"),
        ("sendMessage", under({**YES, "color": 1}), "InlineKeyboardButton knows no field color"),
        ("sendMessage", under({"callback_data": "ya"}), "text of InlineKeyboardButton is missing"),
        ("sendMessage", under({**YES, "text": 5}), "inline_keyboard[0][0].text is not String"),
        ("sendMessage", under({"text": "Ya"}), "a button does nothing, not one thing"),
        ("sendMessage", under({**YES, "url": "https://x"}), "does url and callback_data"),
        ("sendMessage", under({**YES, "callback_data": "é" * 33}), "has 66 bytes, not 1 to 64"),
        ("sendMessage", under({**YES, "callback_data": ""}), "has 0 bytes, not 1 to 64"),
        ("sendMessage", under({**YES, "text": " "}), "a button says nothing"),
        ("sendMessage", under(*[YES] * 101), "has 101 buttons"),
        ("sendMessage", under({"text": "S", "copy_text": {"text": "x" * 257}}), "copy_text"),
        ("editMessageText", GOOD, "editMessageText names no message"),
        ("setMyCommands", {"commands": '[{"command": "Stop", "description": "x"}]'}, "'Stop' is no command"),
        ("setMyCommands", {"commands": '[{"command": "a", "description": ""}]'}, "has 0 signs, not 1 to 256"),
        ("setMyCommands", {"commands": '[{"command": "a"}]'}, "commands[0].description of BotCommand is missing"),
        ("setMyCommands", {"commands": "[]", "scope": '{"type": "chat"}'}, "chat_id of BotCommandScopeChat is"),
        ("setMyCommands", {"commands": "[]", "scope": '{"type": "street"}'}, "must be"),
        ("setMyCommands", {"commands": "[]", "language_code": "ind"}, "language_code is not of two letters"),
        ("setWebhook", {"url": "https://x", "secret_token": "a b"}, "setWebhook.secret_token is not"),
        ("setWebhook", {"url": "https://x", "secret_token": "a" * 257}, "setWebhook.secret_token is not"),
        ("setWebhook", {"url": "https://x", "max_connections": "101"}, "max_connections is not 1 to 100"),
        ("setWebhook", {"url": "https://x", "allowed_updates": '["letters"]'}, "there are no updates called letters"),
        ("answerCallbackQuery", {"callback_query_id": "7", "text": "x" * 201}, "more than 200 signs"),
    ],
)  # fmt: skip
def test_what_the_bot_api_would_not_understand_is_named(method: str, form: dict[str, str], fault: str) -> None:
    assert fault in "\n".join(published().faults(method, form))


def test_a_hundred_commands_are_the_most() -> None:
    commands = [{"command": f"c{number}", "description": "x"} for number in range(101)]
    assert published().faults("setMyCommands", {"commands": json.dumps(commands[:100])}) == []
    assert "has 101 commands" in published().faults("setMyCommands", {"commands": json.dumps(commands)})[0]


def test_a_file_that_nobody_asked_for_is_named() -> None:
    assert published().faults("sendMessage", GOOD, ("photo",)) == ["sendMessage knows no field photo"]
    told = {"chat_id": "1", "document": "attach://a1"}
    assert published().faults("sendDocument", told, ("b2",)) == ["sendDocument knows no field b2"]


def test_who_calls_the_stand_in_wrongly_fails_though_it_answers() -> None:
    with pytest.raises(AssertionError, match="sendMessage knows no field colour"), running(BotApi) as api:
        answer = httpx.post(f"{api.url}/bot{TOKEN}/sendMessage", data={**GOOD, "colour": "red"}, trust_env=False)
        assert answer.json()["ok"] is True
