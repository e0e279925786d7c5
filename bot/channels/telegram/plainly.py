"""Words and nothing else, which is what most updates are, read without the library.

The library looks for some eighty fields in every message. Whatever has one more than these, or another type, is read
by it; ``tests/bot/test_telegram_plainly.py`` holds what is read here to what the library reads.
"""

from __future__ import annotations

from typing import Any

from bot.channels.telegram.inbound import LANGUAGES, NAME
from bot.inbound import Inbound

UPDATE: dict[str, type] = {"update_id": int, "message": dict}
MESSAGE: dict[str, type] = {"message_id": int, "date": int, "from": dict, "chat": dict, "text": str}
PERSON: dict[str, type] = {"id": int, "is_bot": bool, "first_name": str}
MORE_OF_A_PERSON: dict[str, type] = {"last_name": str, "username": str, "language_code": str, "is_premium": bool}
CHAT: dict[str, type] = {"id": int, "type": str}
MORE_OF_A_CHAT: dict[str, type] = {"first_name": str, "last_name": str, "username": str}
NOTHING: dict[str, type] = {}
LAST_DATE = 2**31


def plain(told: Any) -> Inbound | None:
    """What a person wrote in a private chat, where it is words alone; None: ask the library what it is."""
    if not _has(told, UPDATE, NOTHING):
        return None
    message = told["message"]
    if not _has(message, MESSAGE, NOTHING):
        return None
    person, chat, text = message["from"], message["chat"], message["text"]
    if not (_has(person, PERSON, MORE_OF_A_PERSON) and _has(chat, CHAT, MORE_OF_A_CHAT)):
        return None
    is_said = chat["type"] == "private" and not person["is_bot"] and text and 0 < message["date"] < LAST_DATE
    if not is_said:
        return None
    last = person.get("last_name")
    return Inbound(
        channel=NAME,
        address=str(chat["id"]),
        text=text,
        provider_message_id=f"update-{told['update_id']}",
        name=f"{person['first_name']} {last}" if last else person["first_name"],
        language=LANGUAGES.get(person.get("language_code", "").split("-")[0].lower()),
    )


def _has(told: Any, needed: dict[str, type], more: dict[str, type]) -> bool:
    """Whether it is an object with these fields, perhaps some ``more``, and no other, each of its type."""
    if type(told) is not dict or not needed.keys() <= told.keys():
        return False
    return all(type(value) is (needed.get(name) or more.get(name)) for name, value in told.items())
