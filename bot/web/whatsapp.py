"""Twilio's webhooks: what people write on WhatsApp, and what became of what we sent them."""

from __future__ import annotations

import asyncio
import logging
from urllib.parse import parse_qsl

from sqlmodel import select
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.app import App
from bot.channels.whatsapp import OF_AN_ANSWER, OF_FREE_WORDS, WhatsApp
from bot.channels.whatsapp_codes import PREFIX, report_of
from bot.channels.whatsapp_inbound import CHANNEL, inbound
from bot.gathering import Overfull
from bot.talk.router import NotTaken
from bot.web.signing import Signatures
from campaigns.channel import Fate, Report
from ledger import customers, identity
from ledger.identity import BadAddress
from ledger.tables import Notice

log = logging.getLogger(__name__)
PATH = "/webhooks/whatsapp"
STATUS_PATH = "/webhooks/whatsapp/status"
MOST_FIELDS = 500
NOTHING_TO_ADD = '<?xml version="1.0" encoding="UTF-8"?><Response/>'
COME_AGAIN = {"retry-after": "2"}
Form = dict[str, str]


def routes(app: App, auth_token: str) -> list[Route]:
    webhook = WhatsAppWebhook(app, auth_token)
    return [
        Route(PATH, webhook.receive, methods=["POST"]),
        Route(STATUS_PATH, webhook.note, methods=["POST"]),
    ]


def was_approved(query: str) -> bool:
    """Whether a message was in approved words, by what the channel put behind the question mark of its address."""
    return query not in (OF_AN_ANSWER, OF_FREE_WORDS)


class WhatsAppWebhook:
    """Takes what Twilio signed for the shop's public URL, and only that. Nothing of it is ever logged."""

    def __init__(self, app: App, auth_token: str) -> None:
        self.app = app
        self.signatures = Signatures(auth_token)

    async def receive(self, request: Request) -> Response:
        """A message. Twilio is answered as soon as it is heard, with nothing to add: answers go over its API."""
        form = await self._form(request, PATH)
        if isinstance(form, Response):
            return form
        said = inbound(form)
        if said is not None:
            try:
                await self.app.take(said)
            except BadAddress:
                log.warning("a message came from what cannot be a telephone number")
            except NotTaken:
                return Response(status_code=503)
        return Response(NOTHING_TO_ADD, media_type="text/xml")

    async def note(self, request: Request) -> Response:
        """What became of a message of ours. Twilio tells about three things a message: no more than that is done.

        204 once it is committed; 503 where it could not be kept or too many wait, see docs/decisions/0038.
        """
        form = await self._form(request, STATUS_PATH)
        if isinstance(form, Response):
            return form
        now, query = self.app.clock.now(), request.url.query
        report = report_of(form, CHANNEL, now, is_approved=was_approved(query))
        is_followed = query != OF_AN_ANSWER or (report is not None and report.fate is Fate.FAILED)
        if report is not None and is_followed:
            try:
                await self._believe(report, form)
            except (NotTaken, Overfull):
                return Response(status_code=503, headers=COME_AGAIN)
        return Response(status_code=204)

    async def _believe(self, report: Report, form: Form) -> None:
        is_notice = report.refusal is not None and await asyncio.to_thread(self._is_notice, report)
        await self.app.believe(report)
        channel = self.app.channels.get(CHANNEL)
        # A notice is told again by itself; an answer has nobody else to see to it.
        if report.refusal is not None and not is_notice and isinstance(channel, WhatsApp):
            if not await asyncio.to_thread(self._is_known, form.get("To", "")):
                channel.let_go(report.provider_message_id)
            await channel.make_up(report.provider_message_id, report.refusal)

    def _is_notice(self, report: Report) -> bool:
        told = select(Notice.id).where(Notice.provider_message_id == report.provider_message_id)
        with self.app.database.reading() as session:
            return session.exec(told.limit(1)).first() is not None

    def _is_known(self, to: str) -> bool:
        """Whether that chat is there: who erased themselves is not written to because of what was said before."""
        try:
            address = identity.normalise(CHANNEL, to.removeprefix(PREFIX), self.app.shop.region)
        except BadAddress:
            return False
        with self.app.database.reading() as session:
            return customers.address_of(session, CHANNEL, address) is not None

    async def _form(self, request: Request, path: str) -> Form | Response:
        """What was posted, or the answer to whoever cannot have been Twilio."""
        body = await request.body()
        try:
            fields = parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
        except ValueError:
            return Response(status_code=400)
        # The URL Twilio was given, not the one a proxy in between shows us.
        url = self.app.shop.public_url + path + (f"?{request.url.query}" if request.url.query else "")
        if not self.signatures.fits(url, fields, request.headers.get("x-twilio-signature", "")):
            log.warning("a webhook without Twilio's signature for PUBLIC_URL was turned away")
            return Response(status_code=403)
        # Of a field that comes twice the last counts.
        return dict(fields)
