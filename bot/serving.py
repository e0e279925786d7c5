"""Opening the shop: the web, the messengers and the worker in one process, until it is told to close."""

from __future__ import annotations

import asyncio
import logging
import re
import signal
import socket
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, Protocol, runtime_checkable

from bot.app import App
from bot.channels.menus import Menued, MenuKeeper
from bot.channels.simulator import Simulator
from bot.clock import Clock
from bot.inbound import Inbound
from bot.settings import BadSettings, Settings
from campaigns.channel import Channel
from ledger import identity

log = logging.getLogger(__name__)
CLOSING_SECONDS = 9
TOKEN = re.compile(r"\d+:[\w-]{20,}")
TWILIO = ("twilio_account_sid", "twilio_auth_token", "twilio_whatsapp_from")
CHATTY = {
    "httpx": logging.WARNING,  # writes every address it asks, and Telegram's hold the bot's token
    "apscheduler": logging.ERROR,  # remarks on every drain that takes longer than the time to the next
}


class PortTaken(BadSettings):
    """Nobody can come in by that port; the sentence says what to change."""


@runtime_checkable
class Closing(Protocol):
    """A channel that holds connections."""

    async def close(self) -> None: ...


@runtime_checkable
class Polled(Protocol):
    """A channel that fetches what people say by itself."""

    @property
    def name(self) -> str: ...

    async def poll(
        self,
        hear: Callable[[Inbound], Awaitable[object]],
        lose: Callable[[str], Awaitable[object]],
        stopping: asyncio.Event,
    ) -> None: ...


def configured_channels(settings: Settings, clock: Clock) -> list[Channel]:
    """The messengers the settings name, or the simulator where they name none. Asks nothing of the network.

    Raises BadSettings for a token that cannot be one and for an account that is only half there.
    """
    channels: list[Channel] = []
    if settings.telegram_bot_token is not None:
        channels.append(_telegram(settings.telegram_bot_token.get_secret_value(), clock))
    if any(getattr(settings, name) is not None for name in TWILIO):
        channels.append(_whatsapp(settings, clock))
    return channels or [Simulator()]


def _telegram(token: str, clock: Clock) -> Channel:
    from bot.channels.telegram import Telegram  # its library is loaded only where there is a bot

    if not TOKEN.fullmatch(token):
        raise BadSettings("TELEGRAM_BOT_TOKEN must look like 123456789:AAF…, as @BotFather gave it")
    return Telegram.connect(token, clock)


def _whatsapp(settings: Settings, clock: Clock) -> Channel:
    from bot.channels.whatsapp import WhatsApp  # its library is loaded only where there is an account

    sid, token, raw = settings.twilio_account_sid, settings.twilio_auth_token, settings.twilio_whatsapp_from
    if sid is None or token is None or raw is None:
        missing = " and ".join(name.upper() for name in TWILIO if getattr(settings, name) is None)
        raise BadSettings(f"WhatsApp needs {missing} too; or leave out everything of Twilio to do without WhatsApp")
    number = identity.phone(raw.removeprefix("whatsapp:"), settings.shop_region)
    if number is None:
        raise BadSettings("TWILIO_WHATSAPP_FROM must be a telephone number such as +14155238886")
    return WhatsApp.connect(sid, token.get_secret_value(), number, clock)


def announcement(app: App, settings: Settings) -> list[str]:
    """What is open and what is not, and why: a line each."""
    local, public = f"http://{settings.web_host}:{settings.web_port}", app.shop.public_url
    lines = [f"{app.shop.name} is open: {local}"]
    if "telegram" in app.channels:
        lines.append("Telegram: on, by long polling")
    else:
        lines.append("Telegram: off; set TELEGRAM_BOT_TOKEN (from @BotFather) to switch it on")
    if "whatsapp" in app.channels:
        lines.append(f"WhatsApp: on; Twilio is to post incoming messages to {public}/webhooks/whatsapp")
    else:
        lines.append(f"WhatsApp: off; set {', '.join(name.upper() for name in TWILIO)} to switch it on")
    if not app.shop.reaches_phones:
        lines.append(f"PUBLIC_URL is {public}: links in offers and Twilio's messages reach this computer only")
    if "simulator" in app.channels:
        lines.append(f"""Simulator: on. curl {local}/simulator --json '{{"address": "sari", "text": "MULAI"}}'""")
    lines.append(f"Offers go out when they are due; mining every night at {settings.mine_at:%H:%M} {app.shop.zone}")
    return lines


async def serve(app: App, settings: Settings, say: Callable[[str], None]) -> None:
    """Keep the shop open until SIGTERM or SIGINT, then finish what is in flight and close within ten seconds.

    ``app`` is left open for whoever opened it, but its channels' connections are let go. Raises PortTaken.
    """
    from bot.web.app import server_of  # the web and the scheduler: of all commands only this one needs them
    from bot.worker import Worker, mine_command

    for name, level in CHATTY.items():
        logging.getLogger(name).setLevel(level)
    stopping, worker = asyncio.Event(), Worker(app, mine_command(app, settings))
    with _door(settings) as door, _until_told(stopping):
        server = server_of(app, closing_seconds=CLOSING_SECONDS - 1)
        tasks = [asyncio.create_task(each) for each in (server.serve([door]), *_listening(app, stopping))]
        worker.start()
        app.errands.arrivals.sweep()
        for line in announcement(app, settings):
            say(line)
        told = asyncio.create_task(stopping.wait())
        try:
            # A task that ends by itself has failed, and half a shop is not kept open.
            await asyncio.wait([*tasks, told], return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.set()
            server.should_exit = True
            await _finish([*tasks, told, *map(asyncio.create_task, (worker.stop(), app.errands.stop()))], app)


async def _finish(tasks: Sequence[asyncio.Task[object]], app: App) -> None:
    """Wait for what is in flight, but not for ever. Raises what made a task fail."""
    done, late = await asyncio.wait(tasks, timeout=CLOSING_SECONDS)
    for task in late:
        task.cancel()
    await asyncio.gather(*late, return_exceptions=True)
    for channel in app.channels.values():
        if isinstance(channel, Closing):
            await channel.close()
    for task in done:
        task.result()


def _listening(app: App, stopping: asyncio.Event) -> Iterator[Coroutine[Any, Any, None]]:
    for channel in app.channels.values():
        if isinstance(channel, Polled):
            yield channel.poll(app.hear, partial(_lose, app, channel.name), stopping)
        if isinstance(channel, Menued):
            yield MenuKeeper(app.database, app.composer, app.shop, channel).keep(stopping)


async def _lose(app: App, channel: str, address: str) -> None:
    """They blocked the bot: known at once, so that nothing is planned for that address."""
    await asyncio.to_thread(app.note_unreachable, channel, address)


@contextmanager
def _door(settings: Settings) -> Iterator[socket.socket]:
    host, port = settings.web_host, settings.web_port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        door = socket.create_server((host, port), family=family)
    except OSError as fault:
        raise PortTaken(
            f"cannot open {host}:{port} ({fault.strerror}); choose another WEB_PORT or WEB_HOST"
        ) from fault
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
