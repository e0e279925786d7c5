"""Telegram's calls, where it calls us instead of being asked."""

from __future__ import annotations

import hmac
import json
import logging

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.app import App
from bot.channels.telegram import Telegram
from bot.channels.telegram.calling import PATH, secret_token
from bot.channels.telegram.reading import Unreadable
from bot.talk.router import NotTaken, place

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
        try:
            where = await self._take(body) if body is not None else f"more than {LARGEST_UPDATE_BYTES} bytes"
            if where:
                await self.app.note_fault(self.telegram.name, where)
        except NotTaken:
            return Response(status_code=503)
        except Exception as fault:  # noqa: BLE001 - called again with the same, it would fail again
            log.error("nor could that be noted: %s", type(fault).__name__)  # noqa: TRY400
        return Response()

    async def _take(self, body: bytes) -> str:
        """Act on a call; where that failed, or nothing. Raises NotTaken."""
        try:
            await self.telegram.attend_told(_told(body), self.app.take, self.app.note_reach)
        except NotTaken:
            raise
        except Unreadable as fault:
            log.error("a call of Telegram was not understood: %s", fault.place)  # noqa: TRY400
            return fault.place
        except Exception as fault:  # noqa: BLE001 - called again with the same, it would fail again
            log.error("an update of Telegram was not acted on: %s", type(fault).__name__)  # noqa: TRY400
            return place(fault)
        return ""


def routes(app: App, telegram: Telegram) -> list[Route]:
    """Where Telegram calls."""
    return [Route(PATH, TelegramWebhook(app, telegram).receive, methods=["POST"], max_body_size=ANY_SIZE)]


def _told(body: bytes) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as fault:
        raise Unreadable(place(fault)) from None


async def _read(request: Request) -> bytes | None:
    """The body; None for one that is too large, whose rest is not read."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > LARGEST_UPDATE_BYTES:
            log.warning("a call of Telegram was larger than any update and was put aside")
            return None
    return bytes(body)
