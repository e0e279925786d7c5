"""Telegram's calls, where it calls us instead of being asked."""

from __future__ import annotations

import hmac
import logging

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.app import App
from bot.channels.telegram import Telegram
from bot.channels.telegram.calling import PATH, secret_token, understood
from bot.talk.router import NotTaken

log = logging.getLogger(__name__)
SECRET = "x-telegram-bot-api-secret-token"  # noqa: S105 - the header's name
LARGEST_UPDATE_BYTES = 1024 * 1024
"""Far above what people can write at once."""
ANY_SIZE = 2**62
"""Telegram calls again and again with what was refused: what is too large is taken and put aside instead."""


class TelegramWebhook:
    """Takes updates that come with the shop's secret, and only those."""

    def __init__(self, app: App, telegram: Telegram) -> None:
        self.app, self.telegram = app, telegram
        self.token = secret_token(app.settings.secret(), telegram.bot.token).encode()

    async def receive(self, request: Request) -> Response:
        """403 without the secret; 503 where nothing could be kept, so that it comes again; else 200."""
        if not hmac.compare_digest(request.headers.get(SECRET, "").encode("latin-1"), self.token):
            log.warning("a call without Telegram's secret was turned away")
            return Response(status_code=403)
        body = await _read(request)
        update = None if body is None else understood(body)
        if update is None:
            return Response()
        try:
            await self.telegram.attend(update, self.app.take, self.app.note_reach)
        except NotTaken:
            return Response(status_code=503)
        except Exception as fault:  # noqa: BLE001 - called again with the same, it would fail again
            log.error("an update of Telegram was not acted on: %s", type(fault).__name__)  # noqa: TRY400
        return Response()


def routes(app: App, telegram: Telegram) -> list[Route]:
    """Where Telegram calls."""
    return [Route(PATH, TelegramWebhook(app, telegram).receive, methods=["POST"], max_body_size=ANY_SIZE)]


async def _read(request: Request) -> bytes | None:
    """The body; None for one that is too large, whose rest is not read."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > LARGEST_UPDATE_BYTES:
            log.warning("a call of Telegram was larger than any update and was put aside")
            return None
    return bytes(body)
