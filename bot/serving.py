"""Opening the shop, or the part of it that one process does: the web, the messengers, the worker, until it is told
to close."""

from __future__ import annotations

import asyncio
import errno
import logging
import re
import signal
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Protocol, runtime_checkable
from urllib.parse import urlsplit

from bot import carrying, lasting
from bot.alone import AlreadyOpen, alone
from bot.app import App
from bot.attendance import Attendance
from bot.channels.menus import Menued
from bot.channels.simulator import Simulator
from bot.clock import Clock
from bot.listening import Concerns, Listening, Polled
from bot.parts import Part
from bot.settings import BadSettings, Settings
from bot.sharing import Sharing
from bot.tenure import Tenure
from campaigns.channel import Channel
from campaigns.words.composing import Composer
from ledger import identity, leases

if TYPE_CHECKING:
    import httpx
    import uvicorn

    from bot.worker import Worker

CLOSING_SECONDS = 9
HEARING = (Polled, Menued)
"""Channels with something for one process to do."""
TOKEN = re.compile(r"\d+:[\w-]{20,}")
REPORTS = "/webhooks/whatsapp/status"
TWILIO = ("twilio_account_sid", "twilio_auth_token", "twilio_whatsapp_from")
CHATTY = {
    "httpx": logging.WARNING,  # writes every address it asks, and Telegram's hold the bot's token
    "apscheduler": logging.ERROR,  # remarks on every drain that takes longer than the time to the next
}


class NotAlone(BadSettings):
    """A shop on SQLite is kept open by one process, and by the whole of it."""


class PortTaken(BadSettings):
    """Nobody can come in by that port; the sentence says what to change."""


@runtime_checkable
class Closing(Protocol):
    """A channel that holds connections."""

    async def close(self) -> None: ...


def configured_channels(settings: Settings, clock: Clock) -> list[Channel]:
    """The messengers the settings name, and the simulator where they name none or it is asked for. Asks nothing
    of the network.

    Raises BadSettings for a token that cannot be one and for an account that is only half there.
    """
    channels = [connect() for connect in _connections(settings, clock)]
    return channels + _simulator(settings, channels)


def channels_as_far_as_they_go(settings: Settings, clock: Clock) -> tuple[list[Channel], list[BadSettings]]:
    """The same for who looks at what is wrong: the messengers that can be, and why the others cannot."""
    channels: list[Channel] = []
    faults: list[BadSettings] = []
    for connect in _connections(settings, clock):
        try:
            channels.append(connect())
        except BadSettings as fault:
            faults.append(fault)
    return channels + _simulator(settings, channels), faults


def _simulator(settings: Settings, channels: Sequence[Channel]) -> list[Channel]:
    """Where there is no messenger, and beside them only where it is asked for."""
    return [Simulator()] if not channels or settings.simulator == "on" else []


def _connections(settings: Settings, clock: Clock) -> Iterator[Callable[[], Channel]]:
    if settings.telegram_bot_token is not None:
        yield partial(_telegram, settings, settings.telegram_bot_token.get_secret_value(), clock)
    if any(getattr(settings, name) is not None for name in TWILIO):
        yield partial(_whatsapp, settings, clock)


def _telegram(settings: Settings, token: str, clock: Clock) -> Channel:
    from bot.channels.telegram import Telegram  # its library is loaded only where there is a bot

    if not TOKEN.fullmatch(token):
        raise BadSettings(_word(settings, "bad_token"))
    return Telegram.connect(token, clock, per_second=settings.telegram_per_second)


def _whatsapp(settings: Settings, clock: Clock) -> Channel:
    from bot.channels.whatsapp import WhatsApp  # its library is loaded only where there is an account

    sid, token, raw = settings.twilio_account_sid, settings.twilio_auth_token, settings.twilio_whatsapp_from
    if sid is None or token is None or raw is None:
        missing = ", ".join(name.upper() for name in TWILIO if getattr(settings, name) is None)
        raise BadSettings(_word(settings, "half_twilio", names=missing))
    number = identity.phone(raw.removeprefix("whatsapp:"), settings.shop_region)
    if number is None:
        raise BadSettings(_word(settings, "bad_number"))
    shop = settings.shop()
    return WhatsApp.connect(
        sid,
        token.get_secret_value(),
        number,
        clock,
        per_second=settings.whatsapp_per_second,
        status_url=shop.public_url + REPORTS if shop.reaches_phones else None,
    )


def _word(settings: Settings, key: str, **values: str) -> str:
    """A sentence in the shop's language, before there is a shop."""
    return Composer().word(settings.shop_language, "serving", key, **values)


def announcement(app: App, settings: Settings, part: Part = Part.ALL) -> list[str]:
    """What is open and how, what is not, and what would open it: a line each, in the shop's language."""

    def say(key: str, **values: str) -> str:
        return app.composer.word(app.shop.language, "serving", key, **values)

    if not part.answers:
        return [
            app.composer.word(app.shop.language, "processes", "worker", shop=app.shop.name),
            _rhythm(app, settings),
        ]
    local, public = f"http://{settings.web_host}:{settings.web_port}", app.shop.public_url
    lines = [say("open", shop=app.shop.name, local=local)]
    if "telegram" not in app.channels:
        lines.append(say("telegram_off"))
    elif settings.telegram_webhook:
        lines.append(say("telegram_webhook", url=public + "/webhooks/telegram"))
    else:
        lines.append(say("telegram_polling"))
    if "whatsapp" in app.channels:
        lines.append(say("whatsapp", url=public + "/webhooks/whatsapp", reports=public + REPORTS))
    else:
        lines.append(say("whatsapp_off", names=", ".join(name.upper() for name in TWILIO)))
    if not app.shop.reaches_phones:
        lines.append(say("local_only", url=public))
    elif urlsplit(public).scheme != "https":
        lines.append(say("not_https", url=public))
    if Simulator.name in app.channels:
        is_open = settings.simulator != "off"
        lines.append(say("simulator", page=f"{local}/simulator") if is_open else say("simulator_off"))
    if not part.works:
        return [*lines, app.composer.word(app.shop.language, "processes", "web")]
    return [*lines, _rhythm(app, settings)]


def _rhythm(app: App, settings: Settings) -> str:
    at, zone = f"{settings.mine_at:%H:%M}", str(app.shop.zone)
    return app.composer.word(app.shop.language, "serving", "rhythm", at=at, zone=zone)


async def serve(
    app: App,
    settings: Settings,
    say: Callable[[str], None],
    outside: httpx.AsyncBaseTransport | None = None,
    part: Part = Part.ALL,
    closing: Callable[[], None] = lambda: None,
) -> None:
    """Keep the shop open until SIGTERM or SIGINT, then finish what is in flight and close within ten seconds.

    ``app`` is left open for whoever opened it, but its channels' connections are let go. ``outside`` leads to the
    messengers when their accounts are looked at. ``closing`` is called once it was told to close: threads that wait
    for a database that hangs keep a process from ending. Raises PortTaken, NotAlone, and BadSettings for a webhook
    that cannot be.
    """
    for name, level in CHATTY.items():
        logging.getLogger(name).setLevel(level)
    with _whole(app, settings, part):
        listening = Listening(app, Concerns(app, say))
        listening.require_address()
        await _Open(app, settings, part, listening, closing).stay(say, outside)


@dataclass
class _Open:
    """An open shop, or the part of it that this process does."""

    app: App
    settings: Settings
    part: Part
    listening: Listening
    closing: Callable[[], None]
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    async def stay(self, say: Callable[[str], None], outside: httpx.AsyncBaseTransport | None) -> None:
        with _door(self.settings) if self.part.answers else nullcontext() as door, _until_told(self.stopping):
            attendance = Attendance(self.app, self.part)
            server = self._server() if door is not None else None
            worker = self._worker(attendance.shift) if self.part.works else None
            tasks = [asyncio.create_task(attendance.keep(self.stopping)), *self._ears(attendance.shift)]
            tasks += [asyncio.create_task(server.serve([door]))] if server is not None and door is not None else []
            tasks += [worker.start()] if worker is not None else []
            tasks += [asyncio.create_task(carrying.keep(self.app.database, self.stopping)), *self._neighbours()]
            self.app.errands.arrivals.sweep()
            lasting.settle_in()
            for line in announcement(self.app, self.settings, self.part):
                say(line)
            told = asyncio.create_task(self.stopping.wait())
            looking = asyncio.create_task(self.listening.look_at_accounts(outside))
            try:
                # A task that ends by itself has failed, and half a shop is not kept open.
                await asyncio.wait([*tasks, told], return_when=asyncio.FIRST_COMPLETED)
            finally:
                lasting.move_out()
                self.closing()
                self.stopping.set()
                if server is not None:
                    server.should_exit = True
                looking.cancel()
                await asyncio.gather(looking, return_exceptions=True)
                closing = [self.app.errands.stop(), *([worker.stop()] if worker is not None else [])]
                await _finish([*tasks, told, *map(asyncio.ensure_future, closing)], self.app)

    def _server(self) -> uvicorn.Server:
        from bot.web.app import server_of  # the web: of all commands only this one needs it

        return server_of(self.app, closing_seconds=CLOSING_SECONDS - 1, needs_worker=self.part.works)

    def _worker(self, shift: str) -> Worker:
        from bot.worker import Worker, mine_command  # the scheduler: only this command and only this part needs it

        return Worker(self.app, mine_command(self.app, self.settings), shift=shift)

    def _neighbours(self) -> Iterator[asyncio.Task[None]]:
        """Where there may be other processes, what this one's lanes have to know of theirs."""
        app = self.app
        if not app.database.is_sqlite:
            sharing = Sharing.of(app.database, app.channels.values(), app.clock.now)
            yield asyncio.create_task(sharing.keep(self.stopping))

    def _ears(self, shift: str) -> Iterator[asyncio.Task[None]]:
        """Whoever answers listens, but one at a time fetches."""
        if self.part.answers and any(isinstance(each, HEARING) for each in self.app.channels.values()):
            app, listen = self.app, self.listening.listen
            tenure = Tenure(app.database, leases.LISTENING, shift, listen, app.clock.now)
            yield asyncio.create_task(tenure.keep(self.stopping))


@contextmanager
def _whole(app: App, settings: Settings, part: Part) -> Iterator[None]:
    """On SQLite one process is the shop, and nobody else is. Raises NotAlone."""
    if app.database.is_sqlite and part is not Part.ALL:
        raise NotAlone(app.composer.word(settings.shop_language, "processes", "sqlite_is_whole", role=part.value))
    try:
        with alone(app.database):
            yield
    except AlreadyOpen as fault:
        raise NotAlone(
            app.composer.word(settings.shop_language, "processes", "already_open", who=fault.number)
        ) from fault


async def _finish(tasks: Sequence[asyncio.Task[object]], app: App) -> None:
    """Wait for what is in flight, but not for ever. Raises what made a task fail."""
    closed = asyncio.get_running_loop().time() + CLOSING_SECONDS
    done, late = await asyncio.wait(tasks, timeout=CLOSING_SECONDS)
    for task in late:
        task.cancel()
    await asyncio.gather(*late, return_exceptions=True)
    with suppress(TimeoutError):
        async with asyncio.timeout_at(closed):
            await app.answered()
    await app.hush()
    for channel in app.channels.values():
        if isinstance(channel, Closing):
            await channel.close()
    for task in done:
        task.result()


@contextmanager
def _door(settings: Settings) -> Iterator[socket.socket]:
    host, port = settings.web_host, settings.web_port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        door = socket.create_server((host, port), family=family)
    except OSError as fault:
        key = "port_taken" if fault.errno == errno.EADDRINUSE else "no_door"
        raise PortTaken(_word(settings, key, host=host, port=str(port))) from fault
    with door:
        yield door


@contextmanager
def _until_told(stopping: asyncio.Event) -> Iterator[None]:
    loop, signals = asyncio.get_running_loop(), (signal.SIGTERM, signal.SIGINT)
    # Windows has no such handlers; there Ctrl+C arrives as a cancellation.
    with suppress(NotImplementedError):
        for each in signals:
            loop.add_signal_handler(each, stopping.set)
    try:
        yield
    finally:
        with suppress(NotImplementedError):
            for each in signals:
                loop.remove_signal_handler(each)
