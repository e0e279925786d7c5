"""What every door does alike: whoever sends slowly is not waited for for ever, and a database that is away is said to
be, so that the messenger comes again. Of what was sent nothing is repeated."""

from __future__ import annotations

import asyncio
import logging

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.talk.router import NotTaken, place
from ledger.ailments import is_away

log = logging.getLogger(__name__)
BODY_SECONDS = 20.0
"""For all of a body: the largest there is comes within it over any line that answers people."""
COME_AGAIN = {"Retry-After": "10"}


class Patience:
    """Gives whoever sends a body so many ``seconds`` for it, then 408; the connection is closed."""

    def __init__(self, app: ASGIApp, seconds: float = BODY_SECONDS) -> None:
        self.app, self.seconds = app, seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        until, is_whole = asyncio.get_running_loop().time() + self.seconds, False

        async def hurried() -> Message:
            nonlocal is_whole
            # Behind the body comes only that they hang up: that may take as long as it takes.
            if is_whole:
                return await receive()
            try:
                async with asyncio.timeout_at(until):
                    message = await receive()
            except TimeoutError:
                log.warning("a body came too slowly and was not waited for")
                raise HTTPException(408, headers={"Connection": "close"}) from None
            is_whole = not message.get("more_body", False)
            return message

        await self.app(scope, hurried, send)


async def without_database(_request: Request, fault: Exception) -> Response:
    """503 where the same may do later, 500 where it is a mistake of ours; neither says anything."""
    log.error("a door could not be answered: %s", place(fault))
    is_later = isinstance(fault, NotTaken) or is_away(fault)
    return Response(status_code=503 if is_later else 500, headers=COME_AGAIN if is_later else None)
