"""Updates as Telegram tells them: fetched unread, then read one by one, so that one of them spoils no other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from telegram import Bot, LinkPreviewOptions, TelegramObject, Update
from telegram.error import TelegramError
from telegram.request import RequestData
from telegram.request._requestparameter import RequestParameter

from bot.channels.telegram.inbound import WANTED
from bot.talk.router import place

Told = dict[str, Any]
NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
"""A preview has Telegram's servers open the link: some of ours lead to one person's data, and none to a picture."""


UNPREVIEWED = RequestParameter("link_preview_options", NO_PREVIEW.to_json(), None)


class Unreadable(Exception):
    """The library makes nothing of an update; ``place`` says where it stumbled, and quotes nothing of it."""

    def __init__(self, place: str) -> None:
        super().__init__(place)
        self.place = place


class FetchingBot(Bot):
    """The library's bot. Its own way of fetching fails as a whole where it cannot read one update."""

    async def told(self, offset: int | None, wait: timedelta) -> Sequence[Told]:
        """What waits from ``offset`` on, by number; with nothing there the answer takes up to ``wait``.

        Raises TelegramError, also for an answer that is not Telegram's.
        """
        asked = {"offset": offset, "timeout": int(wait.total_seconds()), "allowed_updates": list(WANTED)}
        patience = (self._request[0].read_timeout or 0) + wait.total_seconds()
        found = await self._post("getUpdates", asked, read_timeout=patience)
        if not isinstance(found, list) or not all(map(_is_numbered, found)):
            raise TelegramError("Invalid server response")
        return sorted(found, key=_number)

    async def say(self, chat: int, text: str, mode: str | None = None, markup: TelegramObject | None = None) -> int:
        """Send a text; the message's number. Raises TelegramError, and others for an answer without a number.

        The library's own reads eighty fields of every message that was taken, of which only this one is asked for,
        and looks into each value that is sent for files and moments, of which there are none in a text.
        """
        asked = {"chat_id": str(chat), "text": text, "parse_mode": mode}
        form = [RequestParameter(name, value, None) for name, value in asked.items() if value is not None]
        if markup is not None:
            form.append(RequestParameter("reply_markup", markup.to_json(), None))
        told: Any = await self.request.post(f"{self.base_url}/sendMessage", RequestData([*form, UNPREVIEWED]))
        return int(told["message_id"])


def update_of(told: object) -> Update:
    """What the library reads. Raises Unreadable."""
    if not isinstance(told, dict):
        raise Unreadable(f"{type(told).__name__} in place of an update")
    try:
        return Update.de_json(told, None)
    except Exception as fault:  # noqa: BLE001 - whatever it is, it will be the same the next time
        raise Unreadable(place(fault)) from None


def _number(told: Told) -> int:
    number: int = told["update_id"]
    return number


def _is_numbered(told: object) -> bool:
    return isinstance(told, dict) and isinstance(told.get("update_id"), int)
