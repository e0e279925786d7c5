"""Having Telegram call us instead of asking it: where, and the secret by which its calls are known."""

from __future__ import annotations

import asyncio
import hmac
import logging
from dataclasses import dataclass, field
from hashlib import sha256
from urllib.parse import urlsplit

from telegram import Bot

from bot.channels.telegram.inbound import WANTED
from bot.channels.telegram.waiting import Pauses, unless

log = logging.getLogger(__name__)
PATH = "/webhooks/telegram"
PORTS = (443, 80, 88, 8443)
CONNECTIONS = 20
"""How many calls at once: chats do not wait for one another, and the database is not run over."""
LOOK_AGAIN_SECONDS = 15 * 60


def secret_token(secret: bytes, bot_token: str) -> str:
    """What Telegram has to send along, of the shop's secret and the bot's token: known without being kept."""
    return hmac.new(secret, b"telegram webhook\x1f" + bot_token.encode(), sha256).hexdigest()


def why_not(public_url: str, *, reaches_phones: bool) -> str | None:
    """What keeps Telegram from calling there, in a sentence; None: nothing that one can see from here."""
    parts = urlsplit(public_url)
    try:
        port = parts.port or 443
    except ValueError:
        port = 0
    if parts.scheme != "https":
        return f"TELEGRAM_WEBHOOK needs a PUBLIC_URL that begins with https://, not {public_url}"
    if not reaches_phones:
        return f"TELEGRAM_WEBHOOK needs a PUBLIC_URL that is reached from outside, not {public_url}"
    if port not in PORTS:
        return f"Telegram calls the ports {', '.join(map(str, PORTS))} only; PUBLIC_URL has {port}"
    return None


@dataclass
class Calling:
    """Keeps Telegram calling one address."""

    bot: Bot
    url: str
    token: str = field(repr=False)
    pauses: Pauses = field(default_factory=Pauses)

    async def keep(self, stopping: asyncio.Event) -> None:
        """Until ``stopping``: tell Telegram the address, and again if it is told another or forgets it."""
        while not stopping.is_set():
            try:
                await unless(stopping, self.look())
                self.pauses.reset()
                wait: float = LOOK_AGAIN_SECONDS
            except Exception as fault:  # noqa: BLE001 - whatever answers in Telegram's place, later it may be Telegram
                log.warning("Telegram was not told where to call: %s", type(fault).__name__)
                wait = self.pauses.after(fault)
            await unless(stopping, asyncio.sleep(wait))

    _is_told: bool = field(default=False, init=False)

    async def look(self) -> None:
        """Tell it unless it knows. Raises TelegramError, and what an answer that is not Telegram's leads to.

        The first time in any case: which secret it knows, and what it is to tell, it does not say.
        """
        if self._is_told:
            known = await self.bot.get_webhook_info()
            if known.last_error_message:
                log.warning("Telegram's last call failed: %s", known.last_error_message)
            if known.url == self.url:
                return
        await self.bot.set_webhook(
            self.url, allowed_updates=WANTED, secret_token=self.token, max_connections=CONNECTIONS
        )
        self._is_told = True
