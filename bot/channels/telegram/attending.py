"""Acting on updates, whichever way they came: words are heard, presses answered and marked, blocks noted."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable
from weakref import WeakValueDictionary

from telegram import CallbackQuery, Message, Update
from telegram.error import TelegramError

from bot.channels.splitting import fits
from bot.channels.telegram.errors import Kind, kind_of
from bot.channels.telegram.inbound import album_of, inbound, is_mere_picture, reach
from bot.channels.telegram.reading import NO_PREVIEW
from bot.channels.telegram.sending import Post
from bot.channels.telegram.wording import LONGEST_CAPTION, LONGEST_TEXT
from bot.inbound import Inbound, Reach
from campaigns.words.composing import Reply

log = logging.getLogger(__name__)
CHOSEN = "\n\n✓ "
MOST_ALBUMS = 1_000

Hear = Callable[[Inbound], Awaitable[object]]
Note = Callable[[Reach], Awaitable[object]]


@runtime_checkable
class Settling(Protocol):
    """What came of something that was heard."""

    @property
    def settles(self) -> bool:
        """Whether a press answered an open question."""
        ...

    @property
    def replies(self) -> Sequence[Reply]: ...


@dataclass
class Attending:
    """Acts on updates by ``hear`` and ``note``, and tells Telegram beside it what became of presses."""

    post: Post
    _beside: set[asyncio.Task[None]] = field(default_factory=set)
    _order: WeakValueDictionary[int, asyncio.Lock] = field(default_factory=WeakValueDictionary)
    """By chat, as long as somebody waits."""
    _albums: dict[str, None] = field(default_factory=dict)
    """Those of which one part was heard, the latest."""

    async def attend(self, update: Update, hear: Hear, note: Note) -> None:
        """Act on one when those before it of its chat are done. Raises what ``hear`` and ``note`` raise."""
        chat = update.effective_chat.id if update.effective_chat else 0
        if update.callback_query is not None:
            self._go_beside(self._stop_spinning(update.callback_query))
        async with self._order.setdefault(chat, asyncio.Lock()):
            await self._act(update, hear, note)

    async def attend_words(self, said: Inbound, hear: Hear) -> None:
        """The same of words alone; see plainly.py."""
        async with self._order.setdefault(int(said.address), asyncio.Lock()):
            await hear(said)

    async def _act(self, update: Update, hear: Hear, note: Note) -> None:
        press = update.callback_query
        said, told = inbound(update), reach(update)
        album = album_of(update)
        if said is not None and not (album in self._albums and is_mere_picture(said)):
            heard = await hear(said)
            self._remember(album)
            if said.contact is not None:
                # Shared by our keyboard, which a restart may have made us forget.
                self.post.note_keyboard(int(said.address))
            if press is not None and _is_settled(heard):
                self._go_beside(self._mark(press))
        if told is not None:
            await note(told)

    def _remember(self, album: str) -> None:
        if album:
            self._albums[album] = None
        while len(self._albums) > MOST_ALBUMS:
            del self._albums[next(iter(self._albums))]

    async def finish(self) -> None:
        """Wait for what goes on beside."""
        await asyncio.gather(*self._beside, return_exceptions=True)

    def _go_beside(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)

    async def _stop_spinning(self, press: CallbackQuery) -> None:
        """Telegram shows a press as busy until it is answered."""
        try:
            await self.post.bot.answer_callback_query(press.id)
        except Exception as fault:  # noqa: BLE001 - whatever it is, the words that follow matter more
            # Too old to be answered, or the line is down.
            log.info("a press was not answered: %s", type(fault).__name__)

    async def _mark(self, press: CallbackQuery) -> None:
        """The question shows what was chosen, and cannot be answered again."""
        message = press.message
        if not isinstance(message, Message):
            return
        try:
            await self.post.in_turn(f"{message.chat.id} edits", lambda: self._show_choice(message, press.data or ""))
        except Exception as fault:  # noqa: BLE001 - it is a comfort, and nobody waits for it
            # Pressed twice, or gone meanwhile: the answer was heard all the same.
            if not (isinstance(fault, TelegramError) and kind_of(fault) is Kind.SAME):
                log.info("a pressed message was not marked: %s", type(fault).__name__)

    async def _show_choice(self, message: Message, data: str) -> None:
        bot, chat, number = self.post.bot, message.chat.id, message.message_id
        label = _label(message, data)
        text, caption = f"{message.text or ''}{CHOSEN}{label}", f"{message.caption or ''}{CHOSEN}{label}"
        if label and message.text and fits(text, LONGEST_TEXT):
            await bot.edit_message_text(
                text, chat, number, entities=message.entities, link_preview_options=NO_PREVIEW
            )
        elif label and message.effective_attachment and fits(caption, LONGEST_CAPTION):
            await bot.edit_message_caption(
                chat, number, caption=caption.lstrip(), caption_entities=message.caption_entities
            )
        else:
            await bot.edit_message_reply_markup(chat, number)


def _is_settled(heard: object) -> bool:
    """Whether the question is over and its message not taken up by the answer itself."""
    return isinstance(heard, Settling) and heard.settles and not any(reply.in_place for reply in heard.replies)


def _label(message: Message, data: str) -> str:
    """What stands on the button that was pressed."""
    rows = message.reply_markup.inline_keyboard if message.reply_markup else ()
    return next((button.text for row in rows for button in row if button.callback_data == data), "")
