"""The customer's privacy page, as their chat knows it: the link to it, and closing it."""

from __future__ import annotations

from bot import privacy_links
from bot.talk.turn import Turn
from campaigns.words.composing import Laid, Reply

SIMULATOR = "simulator"
"""Whose phones are on this computer."""


def link(turn: Turn) -> Laid:
    """The link to their privacy page; empty where it would lead nowhere from their phone."""
    is_near = turn.inbound.channel == SIMULATOR
    if not turn.shop.reaches_phones and not is_near:
        return Laid("")
    return Laid(privacy_links.link(turn.session, turn.shop.public_url, turn.address, turn.now))


def close(turn: Turn) -> list[Reply]:
    """Whoever has an older link to their page can do nothing with it any more."""
    privacy_links.close(turn.session, turn.address, turn.now)
    return [turn.reply("page_closed")]
