"""Telegram's errors, told apart, and what they mean to us."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from telegram import error
from telegram.error import TelegramError

from bot.channels.telegram.request import NEVER_LEFT
from campaigns.channel import Cause, Failed, FateUnknown, Outcome, Throttled, Unreachable

LINE_DOWN = timedelta(minutes=1)
NOT_ADMITTED = timedelta(minutes=15)
TOO_MANY = "too many requests"
TOO_LARGE = "request entity too large"


class Kind(StrEnum):
    """What a 400 is about: the number alone does not tell."""

    NOBODY = "nobody"
    """There is no such chat, not any more, or never was."""
    SAME = "same"
    """An edit that would change nothing."""
    OLD = "old"
    """A message that cannot be edited: gone, or of another kind."""
    LONG = "long"
    ENTITIES = "entities"
    """Our markup was not understood."""
    KEYBOARD = "keyboard"
    PICTURE = "picture"
    """Telegram will not show it as a picture; as a file it may go."""
    FILE = "file"
    OTHER = "other"


WORDS: tuple[tuple[Kind, tuple[str, ...]], ...] = (
    (
        Kind.NOBODY,
        (
            "chat not found", "peer_id_invalid", "user not found", "user_id_invalid", "user is deactivated",
            "user_deactivated", "input_user_deactivated", "user_is_blocked", "bot was blocked", "chat_id is empty",
            "chat_write_forbidden", "have no rights to send", "need administrator rights",
        ),
    ),
    (Kind.SAME, ("message is not modified", "message_not_modified")),
    (
        Kind.OLD,
        (
            "message to edit not found", "message can't be edited", "there is no text in the message to edit",
            "there is no caption in the message to edit", "message_id_invalid", "message_edit_time_expired",
            "message identifier is not specified", "message_author_required",
        ),
    ),
    (Kind.LONG, ("message is too long", "message_too_long", "caption is too long", "media_caption_too_long")),
    (Kind.ENTITIES, ("can't parse entities", "can't find end", "unsupported start tag", "entity_bounds_invalid")),
    (
        Kind.KEYBOARD,
        (
            "button_", "inline keyboard", "reply markup", "reply_markup", "keyboard button", "keyboard_button",
        ),
    ),
    (
        Kind.PICTURE,
        ("photo_", "image_process_failed", "wrong type of the web page content", "photo has", "invalid dimensions"),
    ),
    (Kind.FILE, ("file", "document_", "media_", TOO_LARGE)),
)  # fmt: skip
"""The first that fits, by what stands in Telegram's description, in small letters."""
GONE = (
    "bot was blocked by the user", "user is deactivated", "bot can't initiate conversation",
    "bot can't send messages to", "bot was kicked from", "bot is not a member of", "group chat was deleted",
    "chat_write_forbidden", "have no rights to send", "user_is_blocked", "bots can't send messages to bots",
)  # fmt: skip
"""Of a 403 what is said where nobody is reached. Whatever else is forbidden is our own trouble, or not Telegram's."""


def is_telegrams(fault: TelegramError) -> bool:
    """Whether Telegram said so: its refusals can be read, those of a proxy or a hotel's network cannot."""
    return not isinstance(fault.__cause__, TelegramError)


def kind_of(fault: TelegramError) -> Kind | None:
    """What a refusal is about; None for an error that is no refusal of this one message."""
    said = fault.message.lower()
    if not is_telegrams(fault) or not (isinstance(fault, error.BadRequest) or said.startswith(TOO_LARGE)):
        return None
    return next((kind for kind, words in WORDS if any(each in said for each in words)), Kind.OTHER)


def outcome_of(fault: Exception, now: datetime) -> Outcome:
    """The one table from Telegram's errors to our outcomes."""
    match fault:
        case error.RetryAfter():
            return Throttled(now + wait_of(fault))
        case error.Forbidden() if _is_gone(fault):
            return Unreachable("forbidden")
        case error.ChatMigrated():
            return Unreachable("migrated")
        case error.BadRequest() if is_telegrams(fault):
            return Unreachable(fault.message) if kind_of(fault) is Kind.NOBODY else Failed(fault.message)
        case error.InvalidToken() | error.Conflict() | error.Forbidden() | error.BadRequest():
            # Our own trouble, or of somebody in between: no customer should be written off for it.
            return Throttled(now + NOT_ADMITTED, Cause.NOT_ADMITTED)
        case error.NetworkError():
            return _of_the_line(fault, now)
        case TelegramError():
            return FateUnknown(type(fault).__name__)
        case _:
            # Telegram took it, and what it answered is more than the library reads.
            return FateUnknown(type(fault).__name__, is_partial=True)


def _is_gone(fault: error.Forbidden) -> bool:
    return is_telegrams(fault) and any(each in fault.message.lower() for each in GONE)


def _of_the_line(fault: error.NetworkError, now: datetime) -> Outcome:
    said = fault.message.lower()
    if isinstance(fault.__cause__, NEVER_LEFT) or said.startswith(TOO_MANY):
        return Throttled(now + LINE_DOWN)
    if said.startswith(TOO_LARGE):
        return Failed(TOO_LARGE)
    return FateUnknown(type(fault).__name__)


def wait_of(fault: error.RetryAfter) -> timedelta:
    """How long Telegram wants nothing."""
    waited = fault.retry_after
    return waited if isinstance(waited, timedelta) else timedelta(seconds=waited)
