"""Listening on every channel at once, and saying at once in the terminal what keeps one of them from hearing.

A channel that is refused does not close the others: it is said once, tried again, and said to be well once it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from bot import doctor
from bot.app import App
from bot.channels.menus import Menued, MenuKeeper
from bot.checkups.finding import Finding
from bot.inbound import Inbound, Reach
from bot.settings import BadSettings
from bot.talk.replies import Teller
from bot.tenure import Hold

if TYPE_CHECKING:
    import httpx

TROUBLES = {
    "conflict": Finding("telegram_updates", "conflict", "conflict"),
    "refused": Finding("telegram_bot", "token_refused", "telegram_token"),
    "failing": Finding("telegram_updates", "line_down", "trouble_unreachable"),
}
"""What fetching may meet that does not mend itself, or not at once."""
PASSING = "failing"
"""Once it may be nothing: it is said the second time in a row."""


@runtime_checkable
class Polled(Protocol):
    """A channel that fetches what people say by itself, or has itself called."""

    @property
    def name(self) -> str: ...

    async def poll(
        self,
        hear: Callable[[Inbound], Awaitable[object]],
        note: Callable[[Reach], Awaitable[object]],
        stopping: asyncio.Event,
        tell: Callable[[str], object],
        blame: Callable[[str], Awaitable[object]],
    ) -> None:
        """``tell`` is told again and again how it goes: "well", or what of TROUBLES it meets, or another word.

        ``blame`` is told where something that came could not be acted on, and raises NotTaken if it cannot keep it.
        """
        ...

    async def be_called(self, url: str, token: str, stopping: asyncio.Event) -> None: ...


@dataclass
class Concerns:
    """Says each trouble once, with what mends it, until it is over."""

    app: App
    say: Callable[[str], None]
    _said: set[tuple[str, str]] = field(default_factory=set)
    _last: str = ""

    def mind(self, finding: Finding) -> None:
        """Say it, unless that was said. That Telegram does not answer is one trouble, whoever asked."""
        if (finding.what, finding.found) == ("telegram_bot", "no_answer"):
            finding = replace(TROUBLES["failing"], mend=finding.mend)
        if (finding.what, finding.found) not in self._said:
            self._said.add((finding.what, finding.found))
            told = doctor.told(self._teller, finding)
            self.say(self._teller.word("serving", "mind", about=told.about, found=told.found, mend=told.mend))

    def hear(self, standing: str) -> None:
        """How fetching goes."""
        is_again, self._last = standing == self._last, standing
        if standing in TROUBLES:
            if is_again or standing != PASSING:
                self.mind(TROUBLES[standing])
            return
        known = {(each.what, each.found) for each in TROUBLES.values()} & self._said
        if standing == "well" and known:
            self._said -= known
            self.say(self._teller.word("serving", "regained"))

    @property
    def _teller(self) -> Teller:
        return Teller(self.app.composer, self.app.shop, self.app.shop.language)


@dataclass
class Listening:
    """All channels of an open shop."""

    app: App
    concerns: Concerns

    def require_address(self) -> None:
        """Raises BadSettings where Telegram is to call an address that it cannot."""
        app = self.app
        if not app.settings.telegram_webhook or not any(isinstance(each, Polled) for each in app.channels.values()):
            return
        from bot.channels.telegram.calling import why_not  # Telegram's library is loaded only where there is a bot

        if why_not(app.shop.public_url, reaches_phones=app.shop.reaches_phones) is not None:
            teller = Teller(app.composer, app.shop, app.shop.language)
            raise BadSettings(teller.word("serving", "webhook_impossible", url=app.shop.public_url))

    async def listen(self, hold: Hold) -> None:
        """Fetch what people say and keep the menus, until ``hold`` ends. One process at a time: of two that fetch
        with one token Telegram sends one away."""
        listening = [asyncio.ensure_future(each) for each in self.tasks(hold.ending)]
        told = asyncio.ensure_future(hold.ending.wait())
        try:
            # Of several that go on for ever one that ends has failed, and the others are not to hide it.
            await asyncio.wait([*listening, told], return_when=asyncio.FIRST_COMPLETED)
            hold.ending.set()
            await asyncio.gather(*listening)
        finally:
            for each in (*listening, told):
                each.cancel()
            await asyncio.gather(*listening, told, return_exceptions=True)

    def tasks(self, stopping: asyncio.Event) -> Iterator[Coroutine[Any, Any, None]]:
        """What goes on until ``stopping``."""
        app = self.app
        for channel in app.channels.values():
            if isinstance(channel, Polled) and app.settings.telegram_webhook:
                yield self._called(channel, stopping)
            elif isinstance(channel, Polled):
                yield channel.poll(
                    app.take, app.note_reach, stopping, self.concerns.hear, partial(app.note_fault, channel.name)
                )
            if isinstance(channel, Menued):
                yield MenuKeeper(app.database, app.composer, app.shop, channel).keep(stopping)

    async def _called(self, channel: Polled, stopping: asyncio.Event) -> None:
        from bot.channels.telegram.calling import PATH, secret_token

        token = self.app.settings.telegram_bot_token
        secret = secret_token(self.app.settings.secret(), token.get_secret_value() if token else "")
        await channel.be_called(self.app.shop.public_url + PATH, secret, stopping)

    async def look_at_accounts(self, outside: httpx.AsyncBaseTransport | None = None) -> None:
        """Ask the messengers whether they let us in, and say at once where they do not."""
        patient = doctor.patient_of(self.app)
        examined = doctor.examine(patient, checks=doctor.ACCOUNTS, compares_clocks=False, transport=outside)
        for finding in await examined:
            if not finding.is_well:
                self.concerns.mind(finding)
