"""Twilio's webhook for what people write on WhatsApp."""

from __future__ import annotations

import logging
from urllib.parse import parse_qsl

from starlette.datastructures import ImmutableMultiDict
from starlette.requests import Request
from starlette.responses import Response
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from bot.app import App
from bot.channels import whatsapp
from ledger.identity import BadAddress

log = logging.getLogger(__name__)
PATH = "/webhooks/whatsapp"
NOTHING_TO_ADD = '<?xml version="1.0" encoding="UTF-8"?><Response/>'


class WhatsAppWebhook:
    """Takes messages that Twilio signed for the shop's public URL, and only those."""

    def __init__(self, app: App, auth_token: str) -> None:
        self.app, self.url = app, app.shop.public_url + PATH
        self.validator = RequestValidator(auth_token)

    async def receive(self, request: Request) -> Response:
        """Answer the person over Twilio's API and Twilio itself with nothing to add."""
        body = await request.body()
        form = ImmutableMultiDict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))
        if not self._is_signed(request, form):
            log.warning("a webhook without Twilio's signature for PUBLIC_URL was turned away")
            return Response(status_code=403)
        said = whatsapp.inbound(form)
        if said is not None:
            try:
                await self.app.hear(said)
            except BadAddress:
                log.warning("a message came from what cannot be a telephone number")
        return Response(NOTHING_TO_ADD, media_type="text/xml")

    def _is_signed(self, request: Request, form: ImmutableMultiDict[str, str]) -> bool:
        # The URL Twilio was given, not the one a proxy in between shows us.
        url = f"{self.url}?{request.url.query}" if request.url.query else self.url
        return bool(self.validator.validate(url, form, request.headers.get("x-twilio-signature", "")))
