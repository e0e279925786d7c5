"""Updates of Telegram as what people said, and as whether they blocked us. Everything else is nobody's word."""

from __future__ import annotations

from telegram import ChatMember, Message, Update
from telegram import Contact as SharedContact
from telegram.constants import ChatType, UpdateType

from bot.inbound import Attachment, Contact, Inbound, Reach

NAME = "telegram"
WANTED = (UpdateType.MESSAGE, UpdateType.EDITED_MESSAGE, UpdateType.CALLBACK_QUERY, UpdateType.MY_CHAT_MEMBER)
KINDS = {
    "image": ("photo", "live_photo"),
    "audio": ("voice", "audio"),
    "video": ("video", "video_note", "animation"),
    "sticker": ("sticker",),
    "location": ("venue", "location"),
    "contact": ("contact",),
    "file": (
        "document",
        "story",
        "paid_media",
        "poll",
        "dice",
        "game",
        "checklist",
        "invoice",
        "giveaway",
        "giveaway_winners",
    ),
}
"""What people send along, by the names of the Bot API."""
UNKNOWN_BY_LIBRARY = ("rich_message",)
"""What people can write and the library does not know yet. What neither knows is taken for a service message."""
LANGUAGES = {"id": "id", "in": "id", "en": "en"}


def inbound(update: Update) -> Inbound | None:
    """What a person wrote, changed or pressed in a private chat; None for everything else."""
    text, person, chat = _said(update), update.effective_user, update.effective_chat
    if text is None or person is None or chat is None or person.is_bot or chat.type != ChatType.PRIVATE:
        return None
    message = update.message
    return Inbound(
        channel=NAME,
        address=str(chat.id),
        text=text,
        provider_message_id=f"update-{update.update_id}",
        name=person.full_name,
        language=LANGUAGES.get((person.language_code or "").split("-")[0].lower()),
        in_reply_to=_replied_to(update),
        is_press=update.callback_query is not None,
        attachment=_attached(message or update.edited_message) if update.callback_query is None else None,
        contact=_shared(message.contact, message) if message is not None and message.contact is not None else None,
        is_edit=update.edited_message is not None,
    )


def album_of(update: Update) -> str:
    """What the parts of an album have in common, each of which comes as a message of its own; empty: it is none."""
    message = update.message
    return f"{message.chat.id} {message.media_group_id}" if message is not None and message.media_group_id else ""


def is_mere_picture(said: Inbound) -> bool:
    """Whether it says nothing, and brings nothing that can be fetched: of an album one such part says it all."""
    return said.is_wordless and (said.attachment is None or not said.attachment.reference)


def reach(update: Update) -> Reach | None:
    """That somebody has blocked the bot, or let it write again."""
    change = update.my_chat_member
    if change is None or change.chat.type != ChatType.PRIVATE:
        return None
    is_blocked = change.new_chat_member.status in {ChatMember.BANNED, ChatMember.LEFT}
    return Reach(NAME, str(change.chat.id), is_open=not is_blocked, at=change.date)


def _said(update: Update) -> str | None:
    if update.callback_query is not None:
        return update.callback_query.data
    if update.edited_message is not None:
        # A place that moves is told again and again; only words that were changed are said anew.
        return update.edited_message.text or update.edited_message.caption
    message = update.message
    if message is None:
        return None
    # A photo or a voice says nothing we understand, but whoever sent it is owed an answer.
    return message.text or message.caption or ("" if _is_content(message) else None)


def _is_content(message: Message) -> bool:
    """Whether a person sent it, rather than Telegram telling that something happened."""
    is_unknown = any(name in message.api_kwargs for name in UNKNOWN_BY_LIBRARY)
    return is_unknown or any(getattr(message, name, None) for names in KINDS.values() for name in names)


def _attached(message: Message | None) -> Attachment | None:
    """What came along. Only a document can be fetched: of the rest it is enough to know that it came."""
    if message is None or not _is_content(message):
        return None
    if message.document is not None and message.animation is None:
        sent = message.document
        return Attachment("file", sent.file_name or "", sent.mime_type or "", sent.file_size, sent.file_id)
    known = (kind for kind, names in KINDS.items() if any(getattr(message, name, None) for name in names))
    return Attachment(next(known, "file"))


def _shared(contact: SharedContact, message: Message) -> Contact:
    """A number that was shared. Telegram vouches only for the sender's own, and only where it was not passed on."""
    is_own = (
        message.from_user is not None and contact.user_id == message.from_user.id and message.forward_origin is None
    )
    phone = contact.phone_number
    return Contact(f"+{phone}" if is_own and phone.isdecimal() else phone, is_own)


def _replied_to(update: Update) -> str | None:
    """The number of the message whose button was pressed, or which a reply quotes."""
    if update.callback_query is not None:
        meant = update.callback_query.message
    else:
        written = update.message or update.edited_message
        meant = written.reply_to_message if written else None
    return str(meant.message_id) if meant else None
