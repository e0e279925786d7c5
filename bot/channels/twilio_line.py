"""How we reach Twilio: its clients, on lines with a time limit."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import aiohttp
import httpx
from twilio.http import AsyncHttpClient  # type: ignore[import-untyped]
from twilio.http.http_client import TwilioHttpClient  # type: ignore[import-untyped]
from twilio.http.response import Response  # type: ignore[import-untyped]
from twilio.rest import Client  # type: ignore[import-untyped]
from yarl import URL

from bot.channels import reaching

NO_ENVIRONMENT = {"TWILIO_REGION": ""}
"""Given to Twilio's client in place of the process's environment, which only bot/settings.py reads."""
ANSWER_SECONDS = 20.0
CONNECTIONS = 100
KEPT_SECONDS = 5.0
"""How long a connection at rest is kept: one that Twilio has given up meanwhile would be a fate unknown."""
FAULTS = (aiohttp.ClientError, TimeoutError, OSError)
"""What a line that breaks raises."""


class Line(AsyncHttpClient):  # type: ignore[misc]
    """Carries Twilio's requests over aiohttp, because Twilio's own line has no time limit and needs a running loop,
    and httpx looks at each of its connections anew for each request: see docs/decisions/0038-group-commits.md.

    ``files``: how what people sent is fetched. ``home``: where Twilio is, if not where its addresses say.
    """

    def __init__(
        self,
        files: httpx.AsyncBaseTransport | None = None,
        answer_seconds: float = ANSWER_SECONDS,
        home: str | None = None,
    ) -> None:
        super().__init__(logging.getLogger(__name__), is_async=True)
        self._files, self._home = files, URL(home) if home is not None else None
        self._answer_seconds = answer_seconds
        self._session: aiohttp.ClientSession | None = None

    @cached_property
    def http(self) -> httpx.AsyncClient:
        """For files, which come in pieces and from elsewhere."""
        return httpx.AsyncClient(transport=self._files, timeout=self._answer_seconds)

    async def request(
        self,
        method: str,
        uri: str,
        params: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - Twilio's signature
        allow_redirects: bool = False,
    ) -> Response:
        """One request. Raises FAULTS when the line breaks; reaching.NEVER_LEFT has those that sent nothing."""
        url = URL(uri) if self._home is None else self._home.join(URL(uri).relative())
        async with self._open(uri).request(
            method,
            url.extend_query(_pairs(params)) if params else url,
            data=URL.build(query=_pairs(data)).raw_query_string.encode() if data else None,
            headers={**(headers or {}), **_proof(auth)},
            timeout=_limits(self._answer_seconds if timeout is None else timeout),
            allow_redirects=allow_redirects,
        ) as answer:
            return Response(answer.status, (await answer.read()).decode("utf-8", "replace"), answer.headers)

    def _open(self, uri: str) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(
                limit=CONNECTIONS, keepalive_timeout=KEPT_SECONDS, ssl=reaching.certificates()
            )
            self._session = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                proxy=reaching.proxy(uri) if self._home is None else None,
            )
        return self._session

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
        if "http" in self.__dict__:
            await self.http.aclose()


def _proof(auth: tuple[str, str] | None) -> dict[str, str]:
    """Who asks, as HTTP says it."""
    return {"Authorization": aiohttp.encode_basic_auth(*auth)} if auth is not None else {}


def _pairs(fields: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
    """As they stand in a form: what is a list stands there several times, what is nothing not at all."""
    return list(_each(fields))


def _each(fields: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in fields.items():
        for one in value if isinstance(value, list | tuple) else [value]:
            if one is not None:
                yield name, str(one).lower() if isinstance(one, bool) else str(one)


def _limits(seconds: float) -> aiohttp.ClientTimeout:
    """For connecting as for each piece of an answer, and for all of it together."""
    return aiohttp.ClientTimeout(total=3 * seconds, connect=seconds, sock_connect=seconds, sock_read=seconds)


def sending(account_sid: str, auth_token: str) -> Client:
    """A client that sends messages without holding anybody up."""
    return Client(account_sid, auth_token, http_client=Line(), environment=NO_ENVIRONMENT)


def asking(account_sid: str, auth_token: str) -> Client:
    """A client for what takes JSON, which the other one sends as a form in 9.13: to be asked in a thread."""
    line = TwilioHttpClient(timeout=ANSWER_SECONDS)
    return Client(account_sid, auth_token, http_client=line, environment=NO_ENVIRONMENT)


def let_go(client: Client) -> None:
    """Close what ``asking`` opened. Asked again, it opens anew."""
    session = getattr(client.http_client, "session", None)
    if session is not None:
        session.close()
