"""WhatsApp through Twilio: Outgoing to a message of theirs, what they answer to our outcomes.

What arrives: whatsapp_inbound · what codes mean: whatsapp_codes · buttons: whatsapp_buttons · the line: twilio_line
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Self

from twilio.rest import Client  # type: ignore[import-untyped]

from bot.channels import twilio_line, twilio_media, whatsapp_asking
from bot.channels.lanes import Lane
from bot.channels.splitting import fits, in_words, send_parts, split
from bot.channels.twilio_line import Line
from bot.channels.whatsapp_buttons import ButtonSets
from bot.channels.whatsapp_codes import PREFIX, Growing, outcome_of_code, outcome_of_fault
from bot.channels.whatsapp_inbound import CHANNEL
from bot.channels.whatsapp_shapes import Laid, laid
from bot.clock import Clock
from campaigns.channel import (
    BadContent,
    Button,
    Cause,
    ContentClosed,
    Document,
    Failed,
    Outcome,
    Outgoing,
    Refusal,
    Report,
    Sent,
    Throttled,
)
from campaigns.sending.reconciling import Found

log = logging.getLogger(__name__)
LONGEST_TEXT, LONGEST_CAPTION = 1_600, 1_024
PER_SECOND = 80.0
PERSON_SECONDS, PERSON_BURST = 6.0, 10
"""WhatsApp takes about one message per six seconds to one person, and a few more at once."""
PICTURES = frozenset({"image/png", "image/jpeg"})
OF_AN_ANSWER, OF_FREE_WORDS = "of=answer", "of=words"
"""Stands behind the question mark where the message was no offer, or an offer in words that nobody approved."""
REMEMBERED, REMEMBERED_SECONDS = 500, 15 * 60.0
"""How many messages whose form may prove wrong are kept in memory, and for how long: Twilio tells within minutes."""
CLOSING_SECONDS = 3.0
"""How long buttons that are being made are waited for at the end; they are found again the next time."""
Keeper = Callable[[Document], str]
"""Keeps a picture for a while and gives the public link it is fetched by."""


class WhatsApp:
    """Speaks through ``client`` from ``from_number`` (E.164).

    ``status_url``: where Twilio is to tell what became of each message; None: nowhere it could. ``buttons``: the sets
    of buttons Twilio has; None: there are no buttons here. Pictures go out once ``hand_out_by`` was told how; other
    documents Twilio takes as links only, so that a link is sent in their place.
    """

    name = CHANNEL
    carries_documents = False

    def __init__(
        self,
        client: Client,
        from_number: str,
        clock: Clock,
        *,
        per_second: float = PER_SECOND,
        status_url: str | None = None,
        buttons: ButtonSets | None = None,
    ) -> None:
        self.client, self.from_number, self.clock = client, from_number, clock
        self.status_url, self.buttons = status_url, buttons
        self.lane = Lane(per_second, clock, per_chat_seconds=PERSON_SECONDS, chat_burst=PERSON_BURST)
        self._growing = Growing()
        self._keep: Keeper | None = None
        self._bare: OrderedDict[str, Outgoing] = OrderedDict()
        self._making: asyncio.Task[None] | None = None

    @classmethod
    def connect(
        cls,
        account_sid: str,
        auth_token: str,
        from_number: str,
        clock: Clock,
        *,
        per_second: float = PER_SECOND,
        status_url: str | None = None,
    ) -> Self:
        """A client on a line of its own. Asks nothing of the network yet."""
        buttons = ButtonSets(twilio_line.asking(account_sid, auth_token), clock)
        client = twilio_line.sending(account_sid, auth_token)
        return cls(client, from_number, clock, per_second=per_second, status_url=status_url, buttons=buttons)

    @property
    def per_second(self) -> float:
        return self.lane.per_second

    @property
    def carries_pictures(self) -> bool:
        return self._keep is not None

    def hand_out_by(self, keep: Keeper) -> None:
        """From now on pictures go out: Twilio fetches them under the links that ``keep`` gives."""
        self._keep = keep

    def shows(self, buttons: Sequence[Button], text: str) -> bool:
        """Whether these would be buttons below ``text`` now. Where they could be the next time, that is seen to."""
        above = laid(text)
        if self.buttons is None or above is None:
            return False
        if self.buttons.sid_of(buttons, above.body) is not None:
            return True
        self.buttons.want(buttons, above.body)
        return False

    async def send(self, outgoing: Outgoing) -> Outcome:
        """Approved words as such; else all of the text, in several messages if it is long, with its buttons.

        Where there are no buttons the words to answer with stand there instead. A document that cannot go is left
        out, as the port says, and the log tells that somebody did not ask: the outcome is the text's.
        """
        self._make_buttons()
        if outgoing.content is not None:
            return await self._post(outgoing, **_approved(outgoing.content.sid, outgoing.content.variables))
        shown = replace(outgoing, buttons=tuple(each for each in outgoing.buttons if not each.asks_contact))
        link = await self._link(shown.document)
        above = laid(shown.text) if self.buttons is not None and shown.buttons else None
        sid = self.buttons.sid_of(shown.buttons, above.body) if self.buttons is not None and above else None
        if sid is not None and above is not None:
            return await self._with_buttons(shown, above, sid, link)
        return await self._in_words(shown, link)

    async def _in_words(self, outgoing: Outgoing, link: str | None) -> Outcome:
        text = in_words(outgoing.text, outgoing.buttons)
        if link is not None and fits(text, LONGEST_CAPTION):
            return await self._picture_or_text(outgoing, text, link)
        return await self._parts(outgoing, split(text, LONGEST_TEXT), link, lambda part: self._text(outgoing, part))

    async def _with_buttons(self, outgoing: Outgoing, above: Laid, sid: str, link: str | None) -> Outcome:
        """The end of the text carries the buttons; where Twilio will not have them, words for a while."""
        bare = replace(outgoing, text=above.text, document=None)

        async def last(_part: str) -> Outcome:
            outcome = await self._post(outgoing, **_approved(sid, above.variables))
            if _is_about_the_form(outcome) and self.buttons is not None:
                self.buttons.rest(outgoing.buttons, above.body, is_gone=isinstance(outcome, ContentClosed))
                return await self._text(outgoing, in_words(above.text, outgoing.buttons))
            return self._remembering(outcome, bare)

        before = split(above.before, LONGEST_TEXT) if above.before else []
        return await self._parts(outgoing, [*before, above.text], link, last)

    async def _parts(
        self,
        outgoing: Outgoing,
        parts: Sequence[str],
        link: str | None,
        last: Callable[[str], Awaitable[Outcome]],
    ) -> Outcome:
        """The picture, then all of the text; a picture that is refused costs the text nothing."""
        if link is not None:
            pictured = await self._post(outgoing, media_url=[link])
            if isinstance(pictured, Refusal) and not _is_about_the_form(pictured):
                return pictured

        async def send_one(part: str, is_last: bool) -> Outcome:
            return await (last(part) if is_last else self._text(outgoing, part))

        return await send_parts(parts, send_one)

    async def _picture_or_text(self, outgoing: Outgoing, text: str, link: str) -> Outcome:
        outcome = await self._post(outgoing, body=text, media_url=[link])
        if _is_about_the_form(outcome):
            return await self._text(outgoing, text)
        return self._remembering(outcome, replace(outgoing, text=text, buttons=(), document=None))

    async def _text(self, outgoing: Outgoing, text: str) -> Outcome:
        return await self._post(outgoing, body=text)

    def _remembering(self, outcome: Outcome, bare: Outgoing) -> Outcome:
        """Twilio often finds out only later that it cannot have a picture or buttons; see ``make_up``."""
        if isinstance(outcome, Sent) and not bare.is_offer:
            self._bare[outcome.provider_message_id] = bare
            asyncio.get_running_loop().call_later(
                REMEMBERED_SECONDS, self._bare.pop, outcome.provider_message_id, None
            )
            while len(self._bare) > REMEMBERED:
                self._bare.popitem(last=False)
        return outcome

    async def make_up(self, provider_message_id: str, refusal: Refusal | None) -> None:
        """A message of ours came to nothing after all: if its picture or buttons may be why, its words alone, once.

        Known are the last REMEMBERED of this process, and none older than REMEMBERED_SECONDS.
        """
        bare = self._bare.pop(provider_message_id, None)
        if bare is None or refusal is None or not _is_about_the_form(refusal):
            return
        above = laid(bare.text) if bare.buttons else None
        if above is not None and self.buttons is not None:
            self.buttons.rest(bare.buttons, above.body, is_gone=isinstance(refusal, ContentClosed))
        await self._in_words(bare, None)

    def let_go(self, provider_message_id: str) -> None:
        """Whoever it was to is not to be written to again."""
        self._bare.pop(provider_message_id, None)

    async def _link(self, document: Document | None) -> str | None:
        """Where Twilio finds the picture; None where there is none or it cannot go."""
        if document is None:
            return None
        if self._keep is None or document.media_type not in PICTURES:
            log.warning("a document was left out: WhatsApp carries none, its text was to lead to it")
            return None
        try:
            return await asyncio.to_thread(self._keep, document)
        except Exception as fault:  # noqa: BLE001 - whatever cannot be kept, the words must arrive
            log.error("a picture was not kept for Twilio: %s", type(fault).__name__)  # noqa: TRY400
            return None

    async def _post(self, outgoing: Outgoing, **fields: Any) -> Outcome:
        """One message in its turn. The provider's "too much" holds up all that come after it."""
        refused = await self.lane.turn(outgoing.address, outgoing.is_offer)
        if refused is not None:
            return refused
        outcome = self._growing.heeding(await self._ask(outgoing, fields), self.clock.now())
        if isinstance(outcome, Throttled) and outcome.cause is Cause.BUSY:
            self.lane.not_before(outcome.until)
        return outcome

    async def _ask(self, outgoing: Outgoing, fields: dict[str, Any]) -> Outcome:
        to, is_approved = outgoing.address, outgoing.content is not None
        told = {"status_callback": self._status_url(outgoing)} if self.status_url else {}
        try:
            message = await self.client.messages.create_async(
                to=f"{PREFIX}{to}", from_=f"{PREFIX}{self.from_number}", **told, **fields
            )
        except Exception as fault:  # noqa: BLE001 - the port's promise: every error is an outcome
            return outcome_of_fault(fault, to, self.clock.now(), is_approved=is_approved)
        if message.error_code is not None:
            return outcome_of_code(message.error_code, to, self.clock.now(), is_approved=is_approved)
        return Sent(str(message.sid))

    def _status_url(self, outgoing: Outgoing) -> str:
        """Nobody follows how an answer gets on unless it fails: what is told of it otherwise costs nothing."""
        if not outgoing.is_offer:
            return f"{self.status_url}?{OF_AN_ANSWER}"
        return f"{self.status_url}" if outgoing.content is not None else f"{self.status_url}?{OF_FREE_WORDS}"

    async def fetch(self, reference: str, largest_bytes: int) -> bytes:
        """A file somebody sent. Raises CannotFetch."""
        return await twilio_media.fetch(
            self.client.http_client.http, reference, (self.client.username, self.client.password), largest_bytes
        )

    async def ask(self, provider_message_id: str) -> Report | None:
        """What became of a message; see campaigns/sending/reconciling.py. Raises CannotAsk."""
        return await whatsapp_asking.ask(self.client, provider_message_id, self.clock.now())

    async def find(self, address: str, since: datetime, until: datetime) -> Sequence[Found]:
        """What Twilio has to that address in that time. Raises CannotAsk."""
        return await whatsapp_asking.find(self.client, self.from_number, address, since, until, self.clock.now())

    def _make_buttons(self) -> None:
        """What was wanted is made beside what is being said, so that nobody waits for it."""
        if self.buttons is not None and self.buttons.is_wanting and (self._making is None or self._making.done()):
            self._making = asyncio.create_task(self.buttons.make())

    async def close(self) -> None:
        """Let go of the connections."""
        if self._making is not None and not self._making.done():
            await asyncio.wait([self._making], timeout=CLOSING_SECONDS)
        if self.buttons is not None:
            self.buttons.close()
        if isinstance(self.client.http_client, Line):
            await self.client.http_client.close()


def _approved(sid: str, variables: Any) -> dict[str, str]:
    return {"content_sid": sid, "content_variables": json.dumps(dict(variables), ensure_ascii=False)}


def _is_about_the_form(outcome: Outcome) -> bool:
    """Whether it was refused for what it looks like, so that the same words alone may go through."""
    return isinstance(outcome, Failed | BadContent | ContentClosed)
