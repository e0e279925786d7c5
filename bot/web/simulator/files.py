"""Documents and pictures of the simulator's chats, fetched by their id as long as there is room for them."""

from __future__ import annotations

import re
import secrets
from collections import OrderedDict

from starlette.requests import Request
from starlette.responses import Response

from bot.errands import LARGEST_FILE_BYTES
from bot.web.nearness import is_local
from bot.web.simulator.protocol import Papers
from campaigns.channel import Document

PATH = "/simulator/files"
ROOM_BYTES = 3 * LARGEST_FILE_BYTES
MOST_FILES = 200
SHOWN = frozenset({"image/png", "image/jpeg", "image/webp", "image/gif"})
"""What a page shows; everything else is taken along as a file of no kind, so that no browser opens it as a page."""
HEADERS = {
    "Cache-Control": "private, no-store",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Files:
    """The last MOST_FILES, and no more than ROOM_BYTES of them. Nobody can guess an id."""

    def __init__(self, room_bytes: int = ROOM_BYTES, most: int = MOST_FILES) -> None:
        self._room_bytes, self._most, self._bytes = room_bytes, most, 0
        self._kept: OrderedDict[str, Document] = OrderedDict()

    def put(self, document: Document) -> Papers:
        number = secrets.token_urlsafe(18)
        self._kept[number] = document
        self._bytes += len(document.data)
        while len(self._kept) > self._most or (self._bytes > self._room_bytes and len(self._kept) > 1):
            _, gone = self._kept.popitem(last=False)
            self._bytes -= len(gone.data)
        return Papers(name=document.name, media_type=document.media_type, url=f"{PATH}/{number}")

    async def hand_over(self, request: Request) -> Response:
        """The file, to this computer only and to no other site's page; 404 where it is no more."""
        if not is_local(request) or request.headers.get("sec-fetch-site") == "cross-site":
            return Response(status_code=403)
        found = self._kept.get(request.path_params["number"])
        if found is None:
            return Response(status_code=404, headers=HEADERS)
        if found.media_type in SHOWN:
            return Response(found.data, media_type=found.media_type, headers=HEADERS)
        name = re.sub(r"[^\w.-]+", "-", found.name, flags=re.ASCII).strip("-") or "file"
        headers = {**HEADERS, "Content-Disposition": f'attachment; filename="{name}"'}
        return Response(found.data, media_type="application/octet-stream", headers=headers)
