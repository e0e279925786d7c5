"""How we reach Twilio: its clients, on lines with a time limit."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import httpx
from twilio.http import AsyncHttpClient  # type: ignore[import-untyped]
from twilio.http.http_client import TwilioHttpClient  # type: ignore[import-untyped]
from twilio.http.response import Response  # type: ignore[import-untyped]
from twilio.rest import Client  # type: ignore[import-untyped]

NO_ENVIRONMENT = {"TWILIO_REGION": ""}
"""Given to Twilio's client in place of the process's environment, which only bot/settings.py reads."""
ANSWER_SECONDS = 20.0


class Line(AsyncHttpClient):  # type: ignore[misc]
    """Carries Twilio's requests over httpx, because Twilio's own line has no time limit and needs a running loop."""

    def __init__(
        self, transport: httpx.AsyncBaseTransport | None = None, answer_seconds: float = ANSWER_SECONDS
    ) -> None:
        super().__init__(logging.getLogger(__name__), is_async=True)
        self.http = httpx.AsyncClient(transport=transport, timeout=answer_seconds)

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
        """One request. Raises httpx.HTTPError when the line breaks."""
        answer = await self.http.request(
            method,
            uri,
            params=params,
            data=data,
            headers=headers,
            auth=auth,
            timeout=httpx.USE_CLIENT_DEFAULT if timeout is None else timeout,
            follow_redirects=allow_redirects,
        )
        return Response(answer.status_code, answer.text, answer.headers)

    async def close(self) -> None:
        await self.http.aclose()


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
