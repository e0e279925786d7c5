"""Telegram: updates to Inbound, Outgoing to sendMessage, sendDocument and sendPhoto, its errors to our outcomes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Self, TypeVar

import httpx
from telegram import (
    Bot,
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    ChatMember,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputFile,
    Message,
    Update,
    error,
)
from telegram.constants import ChatType, UpdateType
from telegram.error import TelegramError
from telegram.request import BaseRequest, HTTPXRequest

from bot.channels.splitting import fits, in_words, send_parts, split
from bot.clock import Clock
from bot.errands import CannotFetch
from bot.inbound import Attachment, Inbound
from campaigns.channel import (
    Button,
    Cause,
    Document,
    Failed,
    FateUnknown,
    Outcome,
    Outgoing,
    Sent,
    Throttled,
    Unreachable,
)

if TYPE_CHECKING:
    from bot.channels.menus import Entry

log = logging.getLogger(__name__)
BOT_API = "https://api.telegram.org/bot"
LINES = 64
LONGEST_TEXT = 4_096
LONGEST_CAPTION = 1_024
LONGEST_PRESS_BYTES = 64
PICTURE = "image/png"
POLL = timedelta(seconds=25)
LINE_DOWN = timedelta(minutes=1)
NOT_ADMITTED = timedelta(minutes=15)
LONGEST_PAUSE_SECONDS = 30
NOBODY_THERE = ("chat not found", "peer_id_invalid", "user not found", "user is deactivated")
NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
WANTED = (UpdateType.MESSAGE, UpdateType.CALLBACK_QUERY, UpdateType.MY_CHAT_MEMBER)
KINDS = {
    "image": ("photo",),
    "audio": ("voice", "audio"),
    "video": ("video", "video_note", "animation"),
    "sticker": ("sticker",),
    "location": ("location", "venue"),
    "contact": ("contact",),
}
"""What people send along, by the names of the Bot API."""
LANGUAGES = {"id": "id", "in": "id", "en": "en"}

T = TypeVar("T")
Hear = Callable[[Inbound], Awaitable[object]]
Lose = Callable[[str], Awaitable[object]]


class Telegram:
    """Speaks through ``bot``. Text goes out plain, so that no sign in it means anything to Telegram."""

    name = "telegram"
    carries_documents = True
    carries_pictures = True

    def __init__(self, bot: Bot, clock: Clock, lines: Sequence[BaseRequest] = ()) -> None:
        self.bot, self.clock, self.lines = bot, clock, lines

    @classmethod
    def connect(cls, token: str, clock: Clock, base_url: str = BOT_API, answer_seconds: float = 20) -> Self:
        """A bot on two lines of its own, one for sending and one for polling. Asks nothing of the network yet."""
        lines = [HTTPXRequest(size, read_timeout=answer_seconds) for size in (LINES, 1)]
        bot = Bot(
            token,
            base_url=base_url,
            base_file_url=f"{base_url.removesuffix('/bot')}/file/bot",
            request=lines[0],
            get_updates_request=lines[1],
        )
        return cls(bot, clock, lines)

    async def send(self, outgoing: Outgoing) -> Outcome:
        """All of the text, in several messages if it is long, then the document; the buttons are under the last.

        A short text goes out as the document's caption, both in one message. A picture is shown as one, before a
        text that is too long for its caption.
        """
        try:
            chat = int(outgoing.address)
        except ValueError:
            return Unreachable("not a chat")
        pressable = [button for button in outgoing.buttons if _fits(button)]
        others = [button for button in outgoing.buttons if not _fits(button)]

        parts = _parts(in_words(outgoing.text, others), outgoing.document)
        documents = iter([document for _, document in parts])

        async def send_one(part: str, is_last: bool) -> Outcome:
            return await self._send(chat, part, pressable if is_last else [], next(documents))

        return await send_parts([text for text, _ in parts], send_one)

    async def _send(self, chat: int, text: str, buttons: Sequence[Button], document: Document | None) -> Outcome:
        keyboard = _keyboard(buttons)
        try:
            if document is None:
                message = await self.bot.send_message(chat, text, reply_markup=keyboard)
            elif _is_picture(document):
                message = await self.bot.send_photo(
                    chat, _file(document), caption=text or None, reply_markup=keyboard
                )
            else:
                message = await self.bot.send_document(
                    chat, _file(document), caption=text or None, reply_markup=keyboard
                )
        except Exception as fault:  # noqa: BLE001 - the port's promise: every error is an outcome
            return outcome_of(fault, self.clock.now())
        return Sent(str(message.message_id))

    async def fetch(self, reference: str, largest_bytes: int) -> bytes:
        """The file of a document. Raises CannotFetch; the Bot API hands out none beyond 20 MB."""
        try:
            file = await self.bot.get_file(reference)
            if (file.file_size or 0) > largest_bytes:
                raise CannotFetch
            return bytes(await file.download_as_bytearray())
        except (TelegramError, httpx.HTTPError) as fault:
            raise CannotFetch from fault

    async def poll(self, hear: Hear, lose: Lose, stopping: asyncio.Event) -> None:
        """Fetch updates and act on them until ``stopping``; what was begun is finished.

        Updates are acknowledged by asking for the ones after them, so a crash has them delivered once more.
        ``hear`` is given what people say, ``lose`` the address of somebody who blocked the bot.
        """
        offset, pause_seconds = None, 1.0
        is_open = False
        while not stopping.is_set():
            try:
                if not is_open:
                    # A webhook of earlier days would keep every update to itself.
                    is_open = bool(await unless(stopping, self.bot.delete_webhook()))
                updates = await unless(stopping, self._updates(offset)) or ()
            except TelegramError as fault:
                log.warning("Telegram gave no updates: %s", type(fault).__name__)
                await unless(stopping, asyncio.sleep(_pause(fault, pause_seconds)))
                pause_seconds = min(pause_seconds * 2, LONGEST_PAUSE_SECONDS)
                continue
            pause_seconds = 1.0
            await asyncio.gather(*(self._act_in_turn(chat, hear, lose) for chat in _by_chat(updates)))
            offset = updates[-1].update_id + 1 if updates else offset

    async def _updates(self, offset: int | None) -> Sequence[Update]:
        return await self.bot.get_updates(offset, timeout=POLL, allowed_updates=WANTED)

    async def _act_in_turn(self, updates: Iterable[Update], hear: Hear, lose: Lose) -> None:
        for update in updates:
            try:
                await self._act(update, hear, lose)
            except Exception as fault:  # noqa: BLE001 - one update must not keep the others waiting for ever
                log.error("an update of Telegram was not acted on: %s", type(fault).__name__)  # noqa: TRY400

    async def _act(self, update: Update, hear: Hear, lose: Lose) -> None:
        said, left = inbound(update), blocked_by(update)
        if update.callback_query is not None:
            await self._stop_spinning(update)
        if said is not None:
            await hear(said)
        if left is not None:
            await lose(left)

    async def _stop_spinning(self, update: Update) -> None:
        """Telegram shows a press as busy until it is answered."""
        try:
            await self.bot.answer_callback_query(update.callback_query.id if update.callback_query else "")
        except TelegramError as fault:
            # Too old to be answered, or the line is down: the words that follow matter more.
            log.info("a press was not answered: %s", type(fault).__name__)

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
        except error.BadRequest as fault:
            # It will not become better by asking again: the chat is gone, or our own words are at fault.
            log.warning("a menu was refused by Telegram: %s", fault.message)
            return True
        except TelegramError as fault:
            log.warning("a menu was not taken by Telegram: %s", type(fault).__name__)
            return False

    async def close(self) -> None:
        """Let go of the connections."""
        for line in self.lines:
            await line.shutdown()


def outcome_of(fault: Exception, now: datetime) -> Outcome:
    """The one table from Telegram's errors to our outcomes."""
    match fault:
        case error.RetryAfter():
            return Throttled(now + _wait(fault))
        case error.Forbidden():
            return Unreachable("forbidden")
        case error.ChatMigrated():
            return Unreachable("migrated")
        case error.BadRequest() if any(words in fault.message.lower() for words in NOBODY_THERE):
            return Unreachable(fault.message)
        case error.BadRequest():
            return Failed(fault.message)
        case error.InvalidToken() | error.Conflict():
            # Our own trouble: no customer should be written off for it.
            return Throttled(now + NOT_ADMITTED, Cause.NOT_ADMITTED)
        case error.NetworkError() if isinstance(fault.__cause__, NEVER_LEFT):
            return Throttled(now + LINE_DOWN)
        case _:
            return FateUnknown(type(fault).__name__)


def inbound(update: Update) -> Inbound | None:
    """What a person wrote or pressed in a private chat; None for everything else."""
    text, person, chat = _said(update), update.effective_user, update.effective_chat
    if text is None or person is None or chat is None or person.is_bot or chat.type != ChatType.PRIVATE:
        return None
    return Inbound(
        channel=Telegram.name,
        address=str(chat.id),
        text=text,
        provider_message_id=f"update-{update.update_id}",
        name=person.full_name,
        language=LANGUAGES.get((person.language_code or "").split("-")[0].lower()),
        in_reply_to=_replied_to(update),
        is_press=update.callback_query is not None,
        attachment=_attached(update.message) if update.callback_query is None else None,
    )


def blocked_by(update: Update) -> str | None:
    """The address of somebody who has just blocked the bot."""
    change = update.my_chat_member
    if change is None or change.chat.type != ChatType.PRIVATE:
        return None
    return str(change.chat.id) if change.new_chat_member.status == ChatMember.BANNED else None


async def unless(stopping: asyncio.Event, awaited: Coroutine[Any, Any, T]) -> T | None:
    """What ``awaited`` gives, or None when ``stopping`` comes first. Raises what ``awaited`` raises."""
    work, stop = asyncio.create_task(awaited), asyncio.create_task(stopping.wait())
    try:
        await asyncio.wait([work, stop], return_when=asyncio.FIRST_COMPLETED)
        return work.result() if work.done() else None
    finally:
        for task in (work, stop):
            task.cancel()
        await asyncio.gather(work, stop, return_exceptions=True)


def _said(update: Update) -> str | None:
    if update.callback_query is not None:
        return update.callback_query.data
    message = update.message
    if message is None:
        return None
    # A photo or a voice says nothing we understand, but whoever sent it is owed an answer.
    return message.text or message.caption or ("" if message.effective_attachment is not None else None)


def _attached(message: Message | None) -> Attachment | None:
    """What came along. Only a document can be fetched: of the rest it is enough to know that it came."""
    if message is None or message.effective_attachment is None:
        return None
    if message.document is not None and message.animation is None:
        sent = message.document
        return Attachment("file", sent.file_name or "", sent.mime_type or "", sent.file_size, sent.file_id)
    known = (kind for kind, names in KINDS.items() if any(getattr(message, name) for name in names))
    return Attachment(next(known, "file"))


def _replied_to(update: Update) -> str | None:
    """The number of the message whose button was pressed, or which a reply quotes."""
    if update.callback_query is not None:
        meant = update.callback_query.message
    else:
        meant = update.message.reply_to_message if update.message else None
    return str(meant.message_id) if meant else None


def _by_chat(updates: Iterable[Update]) -> list[list[Update]]:
    """Chats do not wait for one another; within one the order is kept."""
    chats: dict[int | None, list[Update]] = {}
    for update in updates:
        chats.setdefault(update.effective_chat.id if update.effective_chat else None, []).append(update)
    return list(chats.values())


def _parts(text: str, document: Document | None) -> list[tuple[str, Document | None]]:
    """What goes out one after the other: words, a document, or a document with its caption."""
    if document is not None and fits(text, LONGEST_CAPTION):
        return [(text, document)]
    words: list[tuple[str, Document | None]] = [(part, None) for part in split(text, LONGEST_TEXT)]
    if document is None:
        return words
    return [("", document), *words] if _is_picture(document) else [*words, ("", document)]


def _is_picture(document: Document) -> bool:
    return document.media_type == PICTURE


def _file(document: Document) -> InputFile:
    file = InputFile(document.data, document.name)
    file.mimetype = document.media_type
    return file


def _fits(button: Button) -> bool:
    return 0 < len(button.says.encode()) <= LONGEST_PRESS_BYTES


def _keyboard(buttons: Sequence[Button]) -> InlineKeyboardMarkup | None:
    rows = [[InlineKeyboardButton(button.label, callback_data=button.says)] for button in buttons]
    return InlineKeyboardMarkup(rows) if rows else None


def _scope(chat: str) -> BotCommandScope:
    return BotCommandScopeChat(int(chat)) if chat else BotCommandScopeAllPrivateChats()


def _wait(fault: error.RetryAfter) -> timedelta:
    waited = fault.retry_after
    return waited if isinstance(waited, timedelta) else timedelta(seconds=waited)


def _pause(fault: TelegramError, usual_seconds: float) -> float:
    return _wait(fault).total_seconds() if isinstance(fault, error.RetryAfter) else usual_seconds
