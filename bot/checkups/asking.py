"""Asking the providers, and the shop's own address, over a line that shows nobody where it leads.

Addresses hold tokens and faults quote addresses: what went wrong is told by one of our own words.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from types import TracebackType
from typing import Any, Self

import httpx

from bot.clock import Clock

ANSWER_SECONDS = 4.0


class Trouble(StrEnum):
    """Why there was no answer; each has its words on [doctor_troubles]."""

    UNREACHABLE = "unreachable"
    LATE = "late"
    CERTIFICATE = "certificate"
    GARBLED = "garbled"


class NoAnswer(Exception):
    """Nobody answered, or not in words we understand."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble)
        self.trouble = trouble


@dataclass(frozen=True)
class Answer:
    """What was answered: the status, and the body where it is a JSON object. Never shown: it may hold anything."""

    status: int
    body: Mapping[str, Any] = field(repr=False)

    @property
    def is_refusal(self) -> bool:
        """Whether it is us whom they do not know."""
        return self.status in (401, 403, 404)


class Line:
    """One line to the outside for one examination, its time limit for each answer in seconds."""

    def __init__(
        self,
        clock: Clock,
        transport: httpx.AsyncBaseTransport | None = None,
        answer_seconds: float = ANSWER_SECONDS,
    ) -> None:
        self.clock = clock
        self.differences: dict[str, timedelta] = {}
        """By provider how far its clock is ahead of ours, as far as a second tells."""
        self._http = httpx.AsyncClient(transport=transport, timeout=answer_seconds)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _fault: BaseException | None, _place: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def ask(
        self,
        url: str,
        *,
        provider: str = "",
        params: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
    ) -> Answer:
        """GET that address, or POST a ``form`` to it; redirections are not followed. Raises NoAnswer.

        A named ``provider``'s clock is noted.
        """
        method = "GET" if form is None else "POST"
        try:
            answer = await self._http.request(method, url, params=params, data=form, auth=auth)
        except (httpx.HTTPError, httpx.InvalidURL) as fault:
            raise NoAnswer(trouble_of(fault)) from None
        self._note_time(provider, answer)
        try:
            body = answer.json()
        except ValueError:
            body = {}
        return Answer(answer.status_code, body if isinstance(body, dict) else {})

    def _note_time(self, provider: str, answer: httpx.Response) -> None:
        said = _moment(answer.headers.get("date", ""))
        if provider and said is not None:
            self.differences[provider] = said - self.clock.now()


def trouble_of(fault: Exception) -> Trouble:
    """What a fault of the line means to somebody who has no technician."""
    if isinstance(fault, httpx.TimeoutException):
        return Trouble.LATE
    if any(isinstance(each, ssl.SSLError) for each in _chain(fault)) or "SSL" in str(fault):
        return Trouble.CERTIFICATE
    return Trouble.GARBLED if isinstance(fault, httpx.RemoteProtocolError) else Trouble.UNREACHABLE


def _chain(fault: BaseException | None) -> Iterator[BaseException]:
    while fault is not None:
        yield fault
        fault = fault.__cause__ or fault.__context__


def _moment(said: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(said)
    except (TypeError, ValueError):
        return None
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)
