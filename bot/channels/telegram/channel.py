"""Telegram as one of the shop's channels."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Sequence
from typing import TYPE_CHECKING, Self

from telegram import (
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    Update,
    error,
)
from telegram.request import BaseRequest

from bot import logs
from bot.channels.lanes import Lane
from bot.channels.telegram.attending import Attending, Hear, Note
from bot.channels.telegram.calling import Calling
from bot.channels.telegram.errors import is_telegrams
from bot.channels.telegram.inbound import NAME
from bot.channels.telegram.pending import Blame, nobody
from bot.channels.telegram.plainly import plain
from bot.channels.telegram.polling import Polling, Tell
from bot.channels.telegram.reading import FetchingBot, update_of
from bot.channels.telegram.request import CONNECTIONS, AiohttpRequest
from bot.channels.telegram.sending import Post
from bot.clock import Clock
from bot.errands import CannotFetch
from campaigns.channel import Outcome, Outgoing

if TYPE_CHECKING:
    from bot.channels.menus import Entry

log = logging.getLogger(__name__)
BOT_API = "https://api.telegram.org/bot"
PER_SECOND = 30.0
PER_CHAT_SECONDS = 1.0
CHAT_BURST = 5
"""Messages that may follow one another at once to one chat: an answer in parts, with its picture."""


class Telegram:
    """Speaks through ``bot``, in the turns of ``lane``."""

    name = NAME
    carries_documents = True
    carries_pictures = True

    def __init__(self, bot: FetchingBot, clock: Clock, lane: Lane, lines: Sequence[BaseRequest] = ()) -> None:
        self.bot, self.lines = bot, lines
        self.post = Post(bot, clock, lane)
        self.attending = Attending(self.post)

    @property
    def lane(self) -> Lane:
        return self.post.lane

    @property
    def per_second(self) -> float:
        return self.lane.per_second

    @classmethod
    def connect(
        cls,
        token: str,
        clock: Clock,
        base_url: str = BOT_API,
        answer_seconds: float = 20,
        per_second: float = PER_SECOND,
    ) -> Self:
        """A bot on two lines of its own, one for sending and one for polling. Asks nothing of the network yet.

        ``per_second``: messages in all; Telegram allows 30, and more to those who pay for it.
        """
        # At DEBUG it logs every text and the token, and what it cannot read at CRITICAL.
        logs.hush("telegram")
        lines = [AiohttpRequest(size, read_timeout=answer_seconds) for size in (CONNECTIONS, 1)]
        bot = FetchingBot(
            token,
            base_url=base_url,
            base_file_url=f"{base_url.removesuffix('/bot')}/file/bot",
            request=lines[0],
            get_updates_request=lines[1],
        )
        lane = Lane(per_second, clock, per_chat_seconds=PER_CHAT_SECONDS, chat_burst=CHAT_BURST)
        return cls(bot, clock, lane, lines)

    async def send(self, outgoing: Outgoing) -> Outcome:
        """All of the text, in several messages if it is long, then the document; the buttons are under the last.

        A short text goes out as the document's caption, both in one message. A picture is shown as one, before a
        text that is too long for its caption; where Telegram refuses it, its text arrives all the same.
        """
        return await self.post.send(outgoing)

    async def fetch(self, reference: str, largest_bytes: int) -> bytes:
        """The file of a document. Raises CannotFetch; the Bot API hands out none beyond 20 MB."""
        try:
            file = await self.bot.get_file(reference)
            if (file.file_size or 0) > largest_bytes:
                raise CannotFetch
            return bytes(await file.download_as_bytearray())
        except CannotFetch:
            raise
        except Exception as fault:
            raise CannotFetch from fault

    async def poll(
        self, hear: Hear, note: Note, stopping: asyncio.Event, tell: Tell = str, blame: Blame = nobody
    ) -> None:
        """Fetch updates and act on them until ``stopping``; what was begun is finished.

        Updates are acknowledged by asking for the ones after them, so a crash has them delivered once more.
        ``hear`` is given what people say, ``note`` who blocked the bot and who let it write again,
        ``tell`` how fetching goes (see polling.py), ``blame`` where an update could not be read or acted on.
        """

        async def act(update: Update) -> None:
            await self.attend(update, hear, note)

        await Polling(self.bot, act, tell=tell, blame=blame).go_on(stopping)

    async def be_called(self, url: str, token: str, stopping: asyncio.Event) -> None:
        """Have Telegram call ``url`` with ``token``, which is its proof, until ``stopping``."""
        await Calling(self.bot, url, token).keep(stopping)

    async def attend(self, update: Update, hear: Hear, note: Note) -> None:
        """Act on one update. Raises what ``hear`` and ``note`` raise."""
        await self.attending.attend(update, hear, note)

    async def attend_told(self, told: object, hear: Hear, note: Note) -> None:
        """The same of one that was not read yet. Raises Unreadable too."""
        said = plain(told)
        if said is not None:
            await self.attending.attend_words(said, hear)
        else:
            await self.attend(update_of(told), hear, note)

    async def show_menu(self, entries: Sequence[Entry], *, language: str = "", chat: str = "") -> bool:
        """Of everybody's private chats, of those in one language, or of one chat. Whether Telegram took it."""
        commands = [BotCommand(each.name, each.what) for each in entries]
        return await self._settle_menu(
            self.bot.set_my_commands(commands, scope=_scope(chat), language_code=language or None)
        )

    async def hide_menu(self, chat: str) -> bool:
        """The chat sees what everybody sees. Whether Telegram took it."""
        return await self._settle_menu(self.bot.delete_my_commands(scope=_scope(chat)))

    async def _settle_menu(self, asked: Awaitable[bool]) -> bool:
        try:
            return await asked
        except Exception as fault:  # noqa: BLE001 - whatever answers in Telegram's place, others wait for their menus
            if isinstance(fault, error.BadRequest) and is_telegrams(fault):
                # It will not become better by asking again: the chat is gone, or our own words are at fault.
                log.warning("a menu was refused by Telegram: %s", fault.message)
                return True
            log.warning("a menu was not taken by Telegram: %s", type(fault).__name__)
            return False

    async def close(self) -> None:
        """Finish what goes on beside and let go of the connections."""
        await self.attending.finish()
        for line in self.lines:
            await line.shutdown()


def _scope(chat: str) -> BotCommandScope:
    return BotCommandScopeChat(int(chat)) if chat else BotCommandScopeAllPrivateChats()
