"""WhatsApp through Twilio: forms to Inbound, Outgoing to a message of theirs, their codes to our outcomes."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Self

import httpx
from twilio.base.exceptions import TwilioRestException, TwilioServiceException  # type: ignore[import-untyped]
from twilio.http import AsyncHttpClient  # type: ignore[import-untyped]
from twilio.http.response import Response  # type: ignore[import-untyped]
from twilio.rest import Client  # type: ignore[import-untyped]

from bot.channels.splitting import in_words, send_parts, split
from bot.clock import Clock
from bot.inbound import Attachment, Inbound
from campaigns.channel import Cause, Failed, FateUnknown, OptedOut, Outcome, Outgoing, Sent, Throttled, Unreachable

log = logging.getLogger(__name__)
LONGEST_TEXT = 1_600
PREFIX = "whatsapp:"
LINE_DOWN = timedelta(minutes=1)
UNREACHABLE = frozenset({63003, 63024, 21211, 21614})
OPTED_OUT = frozenset({63014, 21610})
PERSONAL_LIMIT = 63049
"""WhatsApp's limit on offers to one person, over all businesses."""
THROTTLED = {
    429: timedelta(minutes=1),
    20429: timedelta(minutes=1),
    63017: timedelta(minutes=5),
    63018: timedelta(minutes=5),
    PERSONAL_LIMIT: timedelta(hours=24),
    # Our own account is refused or suspended: no customer should be written off for it.
    20003: timedelta(minutes=15),
    20005: timedelta(minutes=15),
}
CAUSES = {
    PERSONAL_LIMIT: Cause.PERSONAL,
    63018: Cause.PORTFOLIO,
    20003: Cause.NOT_ADMITTED,
    20005: Cause.NOT_ADMITTED,
}
NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
NO_ENVIRONMENT = {"TWILIO_REGION": ""}
"""Given to Twilio's client in place of the process's environment, which only bot/settings.py reads."""


class WhatsApp:
    """Speaks through ``client`` from ``from_number`` (E.164). Free text only: templates are another matter.

    Twilio fetches a document from a public address and takes none from us, so a link is sent in its place.
    """

    name = "whatsapp"
    carries_documents = False
    carries_pictures = False

    def __init__(self, client: Client, from_number: str, clock: Clock) -> None:
        self.client, self.from_number, self.clock = client, from_number, clock

    @classmethod
    def connect(cls, account_sid: str, auth_token: str, from_number: str, clock: Clock) -> Self:
        """A client on a line of its own. Asks nothing of the network yet."""
        client = Client(account_sid, auth_token, http_client=Line(), environment=NO_ENVIRONMENT)
        return cls(client, from_number, clock)

    async def send(self, outgoing: Outgoing) -> Outcome:
        """All of the text, in several messages if it is long, with the words to answer with instead of buttons.

        A document is left out, as the port says, and the log tells that somebody did not ask: the outcome is the
        text's.
        """
        if outgoing.document is not None:
            log.warning("a document was left out: WhatsApp carries none, its text was to lead to it")
        text = in_words(outgoing.text, outgoing.buttons)

        async def send_one(part: str, _is_last: bool) -> Outcome:
            return await self._send(outgoing.address, part)

        return await send_parts(split(text, LONGEST_TEXT), send_one)

    async def _send(self, to: str, text: str) -> Outcome:
        try:
            message = await self.client.messages.create_async(
                to=f"{PREFIX}{to}", from_=f"{PREFIX}{self.from_number}", body=text
            )
        except Exception as fault:  # noqa: BLE001 - the port's promise: every error is an outcome
            return outcome_of_fault(fault, self.clock.now())
        if message.error_code is not None:
            return outcome_of_code(message.error_code, self.clock.now())
        return Sent(str(message.sid))

    async def close(self) -> None:
        """Let go of the connections."""
        if isinstance(self.client.http_client, Line):
            await self.client.http_client.close()


class Line(AsyncHttpClient):  # type: ignore[misc]
    """Carries Twilio's requests over httpx, because Twilio's own line has no time limit and needs a running loop."""

    def __init__(self, transport: httpx.AsyncBaseTransport | None = None, answer_seconds: float = 20) -> None:
        super().__init__(logging.getLogger(__name__), is_async=True)
        self._http = httpx.AsyncClient(transport=transport, timeout=answer_seconds)

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
        answer = await self._http.request(
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
        await self._http.aclose()


def outcome_of_fault(fault: Exception, now: datetime) -> Outcome:
    """What a fault of sending means."""
    match fault:
        case TwilioRestException() | TwilioServiceException() if fault.status >= 500:
            return FateUnknown(f"HTTP {fault.status}")
        case TwilioRestException() | TwilioServiceException():
            return outcome_of_code(fault.code or fault.status, now)
        case _ if isinstance(fault, NEVER_LEFT):
            return Throttled(now + LINE_DOWN)
        case _:
            return FateUnknown(type(fault).__name__)


def outcome_of_code(code: int, now: datetime) -> Outcome:
    """The one table from Twilio's codes to our outcomes."""
    if code in UNREACHABLE:
        return Unreachable(str(code))
    if code in OPTED_OUT:
        return OptedOut(str(code))
    if code in THROTTLED:
        return Throttled(now + THROTTLED[code], CAUSES.get(code, Cause.BUSY))
    return Failed(str(code))


def inbound(form: Mapping[str, str]) -> Inbound | None:
    """What a person wrote or pressed, from the form Twilio posts; None for anything that is not WhatsApp."""
    address, number = form.get("From", ""), form.get("MessageSid", "")
    if not address.startswith(PREFIX) or not number:
        return None
    return Inbound(
        channel=WhatsApp.name,
        address=address.removeprefix(PREFIX),
        text=form.get("ButtonPayload") or form.get("Body", ""),
        provider_message_id=number,
        name=form.get("ProfileName", ""),
        in_reply_to=form.get("OriginalRepliedMessageSid") or None,
        is_press=bool(form.get("ButtonPayload")),
        attachment=_attached(form),
    )


def _attached(form: Mapping[str, str]) -> Attachment | None:
    """What came along, by what Twilio calls it. It lies with Twilio and is not fetched."""
    if form.get("Latitude"):
        return Attachment("location")
    if form.get("NumMedia", "0") in ("", "0"):
        return None
    media_type = form.get("MediaContentType0", "")
    kind = media_type.split("/")[0]
    return Attachment(kind if kind in ("image", "audio", "video") else "file", media_type=media_type)
