"""What Twilio posts when somebody writes on WhatsApp: its form to Inbound."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Mapping

from bot.channels.whatsapp_codes import PREFIX
from bot.inbound import Attachment, Contact, Inbound

CHANNEL = "whatsapp"
LEAVING = "STOP"
PROMOTIONS = frozenset({"stop promotions", "hentikan promosi", "stop promosi", "berhenti promosi"})
"""What WhatsApp itself writes on the button under an offer that ends offers."""
CONTACTS = frozenset({"text/vcard", "text/x-vcard", "text/directory"})
FILE_NAME = re.compile(r"[^/\\\n]{1,100}\.[A-Za-z0-9]{1,5}")
SEEN = frozenset({"image", "audio", "video"})


def inbound(form: Mapping[str, str]) -> Inbound | None:
    """What a person wrote, pressed or sent along; None for anything that is not WhatsApp.

    They are known by ``From``, which is where answers go. ``WaId`` is WhatsApp's own name for the same person and in
    some countries has other digits, so that it would make two people of one.
    """
    address, number = form.get("From", ""), form.get("MessageSid", "")
    if not address.startswith(PREFIX) or not number:
        return None
    chosen = form.get("ButtonPayload") or form.get("ListId", "")
    text, kept = _meant(form, chosen)
    attachment = _attached(form)
    return Inbound(
        channel=CHANNEL,
        address=address.removeprefix(PREFIX),
        text=text,
        provider_message_id=number,
        name=form.get("ProfileName", ""),
        in_reply_to=form.get("OriginalRepliedMessageSid") or None,
        is_press=bool(chosen),
        attachment=attachment,
        # Somebody else's card: who it is stays with Twilio, nobody asked them.
        contact=Contact("", is_own=False) if attachment is not None and attachment.kind == "contact" else None,
        written=kept,
    )


def _meant(form: Mapping[str, str], chosen: str) -> tuple[str, str]:
    """What is meant, and where that is not what they wrote, both as proof of it."""
    written = form.get("ButtonText") or form.get("ListTitle") or form.get("Body", "")
    # Twilio heard its own list of words, which the shop may have made longer; WhatsApp has a button of its own.
    has_left = form.get("OptOutType", "").upper() == LEAVING or written.strip().casefold() in PROMOTIONS
    if has_left:
        return LEAVING, "" if written.strip().upper() == LEAVING else f"{written} ({LEAVING})"
    label = (form.get("ButtonText") or form.get("ListTitle") or "").strip()
    if not chosen or not label or label.casefold() == chosen.strip().casefold():
        return chosen or form.get("Body", ""), ""
    return chosen, f"{chosen} ({label})"


def _attached(form: Mapping[str, str]) -> Attachment | None:
    """What came along, the first of several. It lies with Twilio until somebody of the team has it fetched."""
    if form.get("Latitude"):
        return Attachment("location")
    if form.get("NumMedia", "0") in ("", "0"):
        return None
    media_type = form.get("MediaContentType0", "").split(";")[0].strip().casefold()
    if media_type in CONTACTS:
        return Attachment("contact", media_type=media_type)
    kind = media_type.split("/")[0]
    if kind in SEEN:
        return Attachment("sticker" if media_type == "image/webp" else kind, media_type=media_type)
    return Attachment("file", _name(form, media_type), media_type, reference=form.get("MediaUrl0", ""))


def _name(form: Mapping[str, str], media_type: str) -> str:
    """A file's name, which WhatsApp tells in place of words; else one its kind goes by."""
    told = form.get("MediaFilename0") or form.get("Body", "")
    if FILE_NAME.fullmatch(told.strip()):
        return told.strip()
    return f"file{mimetypes.guess_extension(media_type) or ''}"
