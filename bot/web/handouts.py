"""Pictures on their way into a chat, fetched by a messenger under a signed link."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from bot import handouts
from bot.app import App
from bot.web.pages import safe_headers


class HandoutDesk:
    """Answers for the links of one shop: GET and HEAD."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def hand_over(self, request: Request) -> Response:
        """The picture, exactly as it was kept; 404 for whatever else, without a word why."""
        kept = await asyncio.to_thread(self._found, request.path_params["token"])
        if kept is None:
            return Response(status_code=404, headers=safe_headers())
        data, media_type = kept
        return Response(data, headers={**safe_headers(), "Content-Type": media_type})

    def _found(self, token: str) -> tuple[bytes, str] | None:
        with self.app.database.reading() as session:
            kept = handouts.found(session, token, self.app.clock.now())
            return (kept.data, kept.media_type) if kept is not None else None
