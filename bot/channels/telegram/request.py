"""The line to the Bot API: python-telegram-bot's requests over aiohttp, which keeps up with many at once.

Why not the library's own: docs/decisions/0023-telegrams-line-and-pace.md.
"""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any

import aiohttp
import httpx
from telegram.error import NetworkError, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData
from yarl import URL

from bot.channels import reaching

CONNECTIONS = 256
SLOWEST_UPLOAD = 32 * 1024
"""Bytes a second; whoever takes a file more slowly than that is given up."""
NEVER_LEFT = (*reaching.NEVER_LEFT, httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
"""Causes of an error by which nothing was sent, of this line and of the library's own."""

Seconds = Any
"""A number, None for no limit, or the library's mark for "as usual"."""


class AiohttpRequest(BaseRequest):
    """A pool of connections. Made without asking anything of the network or of the event loop."""

    def __init__(
        self,
        connections: int = CONNECTIONS,
        *,
        read_timeout: float | None = 20.0,
        write_timeout: float | None = 5.0,
        connect_timeout: float | None = 5.0,
        pool_timeout: float | None = 1.0,
    ) -> None:
        self._connections = connections
        self._read, self._write, self._connect, self._pool = (
            read_timeout,
            write_timeout,
            connect_timeout,
            pool_timeout,
        )
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float | None:
        """Seconds an answer may take."""
        return self._read

    async def initialize(self) -> None:
        """Nothing: the pool is opened by the first request, in the event loop that is then there."""

    async def shutdown(self) -> None:
        """Close the connections; whatever is asked afterwards fails."""
        if self._session is not None:
            await self._session.close()

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Seconds = BaseRequest.DEFAULT_NONE,
        write_timeout: Seconds = BaseRequest.DEFAULT_NONE,
        connect_timeout: Seconds = BaseRequest.DEFAULT_NONE,
        pool_timeout: Seconds = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """The status and the body. Raises TimedOut and NetworkError; NEVER_LEFT has the causes that sent nothing."""
        body, headers, size = _body(request_data)
        limits = _limits(
            _or(read_timeout, self._read),
            _or(write_timeout, self._write),
            _or(connect_timeout, self._connect),
            _or(pool_timeout, self._pool),
            size,
            is_upload=method == "POST",
        )
        try:
            async with self._open(url).request(
                method, url, data=body, headers=headers, timeout=limits, allow_redirects=False
            ) as answer:
                return answer.status, await answer.read()
        except TimeoutError as fault:
            raise TimedOut from fault
        except (aiohttp.ClientError, OSError) as fault:
            # Its own words may name the address, and that has the bot's token in it.
            raise NetworkError(f"aiohttp.{type(fault).__name__}") from fault

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """What Telegram answered: every answer of its has "ok". Raises TelegramError for what others did.

        The library's own takes anything, and writes what it cannot read into the log.
        """
        try:
            told = json.loads(payload.decode("utf-8", "replace"))
        except (ValueError, RecursionError) as fault:
            raise TelegramError("Invalid server response") from fault
        if not isinstance(told, dict) or not isinstance(told.get("ok"), bool) or told["ok"] != ("result" in told):
            raise TelegramError("Invalid server response")
        return told

    def _open(self, url: str) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=self._connections, ssl=reaching.certificates())
            self._session = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": self.USER_AGENT},
                proxy=reaching.proxy(url),
            )
        return self._session


def _body(request_data: RequestData | None) -> tuple[bytes | aiohttp.FormData | None, dict[str, str], int]:
    """What is posted, its headers, and how many bytes of files are in it."""
    if request_data is None:
        return None, {}, 0
    files = request_data.multipart_data
    if not files:
        # Encoded in C: the library's way takes six times as long.
        form = URL.build(query=request_data.json_parameters).raw_query_string
        return form.encode(), {"Content-Type": reaching.FORM}, 0
    parts, size = aiohttp.FormData(quote_fields=False), 0
    for name, text in request_data.json_parameters.items():
        parts.add_field(name, text)
    for name, (filename, content, media_type) in files.items():
        data = content if isinstance(content, bytes) else content.read()
        size += len(data)
        parts.add_field(name, BytesIO(data), filename=filename, content_type=media_type)
    return parts, {}, size


def _limits(
    read: float | None,
    write: float | None,
    connect: float | None,
    pool: float | None,
    size: int,
    *,
    is_upload: bool,
) -> aiohttp.ClientTimeout:
    """aiohttp has no limit for writing: all of it together bounds that. A file may come as long as it comes."""
    until_connected = None if connect is None or pool is None else connect + pool
    total = None
    if is_upload and until_connected is not None and write is not None and read is not None:
        total = until_connected + write + size / SLOWEST_UPLOAD + read
    return aiohttp.ClientTimeout(total=total, connect=until_connected, sock_connect=connect, sock_read=read)


def _or(asked: Seconds, usual: float | None) -> float | None:
    if asked is BaseRequest.DEFAULT_NONE:
        return usual
    limit: float | None = asked
    return limit
