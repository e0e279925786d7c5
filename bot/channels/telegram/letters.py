"""What an Outgoing becomes on Telegram: requests one after the other, and weaker ones where one is refused.

Outgoing → [a picture before a long text] → text … → the last part, with the buttons → [the contact keyboard]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputFile,
    KeyboardButton,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
)
from telegram.constants import ParseMode

from bot.channels.splitting import fits, in_words
from bot.channels.telegram.errors import Kind
from bot.channels.telegram.reading import NO_PREVIEW, FetchingBot
from bot.channels.telegram.wording import LONGEST_CAPTION, Words, words
from campaigns.channel import Button, Document, Outgoing

LONGEST_PRESS_BYTES = 64
SIDE_BY_SIDE, NARROW = 6, 2
"""So many buttons stand in a row, where each is a number of so many digits at most."""
PICTURE = "image/png"

Markup = InlineKeyboardMarkup | ReplyKeyboardMarkup | ReplyKeyboardRemove


@dataclass(frozen=True)
class Letter:
    """One request. ``is_aside``: the message stands without it, so that its refusal stops nothing."""

    words: Words
    buttons: tuple[Button, ...] = ()
    document: Document | None = None
    is_plain: bool = False
    """Without markup."""
    is_file: bool = False
    """A picture goes as a file."""
    is_aside: bool = False

    @property
    def asks_contact(self) -> bool:
        return any(button.asks_contact for button in self.buttons)

    @property
    def is_picture(self) -> bool:
        return self.document is not None and self.document.media_type == PICTURE and not self.is_file

    def weaker(self, kind: Kind | None) -> Letter | None:
        """What can still go out after this was refused for that reason; None: nothing can."""
        if kind is Kind.ENTITIES and not self.is_plain:
            return replace(self, is_plain=True)
        if kind is Kind.KEYBOARD and self.buttons:
            told = in_words(self.words.text, [each for each in self.buttons if not each.asks_contact])
            return replace(self, words=Words(told), buttons=())
        if kind in {Kind.PICTURE, Kind.FILE} and self.is_picture:
            return replace(self, is_file=True)
        if kind in {Kind.PICTURE, Kind.FILE} and self.document is not None and self.words.text:
            return replace(self, document=None)
        return None

    async def post(self, bot: FetchingBot, chat: int, *, clears_keyboard: bool = False) -> int:
        """Send it; the number it has there. Raises TelegramError."""
        text = (self.words.text if self.is_plain else self.words.html) or None
        mode = None if self.is_plain else ParseMode.HTML
        markup = _keyboard(self.buttons) or (ReplyKeyboardRemove() if clears_keyboard else None)
        if self.document is None:
            return await bot.say(chat, text or "", mode, markup)
        file = InputFile(self.document.data, self.document.name)
        file.mimetype = self.document.media_type
        if self.is_picture:
            message = await bot.send_photo(chat, file, caption=text, parse_mode=mode, reply_markup=markup)
        else:
            message = await bot.send_document(chat, file, caption=text, parse_mode=mode, reply_markup=markup)
        return message.message_id

    async def put_in_place(self, bot: Bot, chat: int, number: int) -> None:
        """Have it take the place of an earlier message of ours. Raises TelegramError."""
        keyboard = _keyboard(self.buttons)
        await bot.edit_message_text(
            self.words.html,
            chat,
            number,
            parse_mode=ParseMode.HTML,
            link_preview_options=NO_PREVIEW,
            reply_markup=keyboard if isinstance(keyboard, InlineKeyboardMarkup) else None,
        )


def letters(outgoing: Outgoing) -> list[Letter]:
    """All of it, in order. The buttons stand under the last part of the text, or under the document after it.

    A short text is its document's caption. A picture comes before a text that is too long for that, any other
    document after it. A message has one keyboard: where there are buttons to press and a contact to share, the latter
    follows.
    """
    if not outgoing.buttons and outgoing.document is None:
        return [Letter(part) for part in words(outgoing.text, outgoing.copyable).parts()]
    contact = tuple(button for button in outgoing.buttons if button.asks_contact)
    others = [button for button in outgoing.buttons if not button.asks_contact]
    pressable = tuple(button for button in others if _fits(button))
    told = words(in_words(outgoing.text, [each for each in others if not _fits(each)]), outgoing.copyable)

    laid = _laid(told, outgoing.document)
    laid[-1] = replace(laid[-1], buttons=pressable or contact)
    if pressable and contact:
        laid.append(Letter(Words(contact[0].label), contact, is_aside=True))
    return laid


def _laid(told: Words, document: Document | None) -> list[Letter]:
    if document is not None and fits(told.text, LONGEST_CAPTION):
        return [Letter(told, document=document)]
    texts = [Letter(part) for part in told.parts()]
    if document is None:
        return texts
    alone = Letter(Words(""), document=document)
    return [replace(alone, is_aside=True), *texts] if alone.is_picture else [*texts, alone]


def _fits(button: Button) -> bool:
    return 0 < len(button.says.encode()) <= LONGEST_PRESS_BYTES


def _keyboard(buttons: Sequence[Button]) -> Markup | None:
    if any(button.asks_contact for button in buttons):
        keys = [[KeyboardButton(button.label, request_contact=True)] for button in buttons]
        return ReplyKeyboardMarkup(keys, resize_keyboard=True, one_time_keyboard=True)
    rows = [[InlineKeyboardButton(each.label, callback_data=each.says) for each in row] for row in _rows(buttons)]
    return InlineKeyboardMarkup(rows) if rows else None


def _rows(buttons: Sequence[Button]) -> list[list[Button]]:
    """A button a row; those that are a mere number stand side by side."""
    rows: list[list[Button]] = []
    for each in buttons:
        is_beside = rows and len(rows[-1]) < SIDE_BY_SIDE and _is_narrow(rows[-1][0]) and _is_narrow(each)
        if is_beside:
            rows[-1].append(each)
        else:
            rows.append([each])
    return rows


def _is_narrow(button: Button) -> bool:
    return len(button.label) <= NARROW and button.label.isdecimal()
