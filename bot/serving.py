"""Opening the shop: the web, the messengers and the worker in one process, until it is told to close."""

from __future__ import annotations

import asyncio
import errno
import logging
import re
import signal
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Protocol, runtime_checkable
from urllib.parse import urlsplit

from bot.app import App
from bot.channels.simulator import Simulator
from bot.clock import Clock
from bot.listening import Concerns, Listening
from bot.settings import BadSettings, Settings
from campaigns.channel import Channel
from campaigns.composing import Composer
from ledger import identity

if TYPE_CHECKING:
    import httpx

CLOSING_SECONDS = 9
TOKEN = re.compile(r"\d+:[\w-]{20,}")
REPORTS = "/webhooks/whatsapp/status"
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


def configured_channels(settings: Settings, clock: Clock) -> list[Channel]:
    """The messengers the settings name, or the simulator where they name none. Asks nothing of the network.

    Raises BadSettings for a token that cannot be one and for an account that is only half there.
    """
    channels = [connect() for connect in _connections(settings, clock)]
    return channels or [Simulator()]


def channels_as_far_as_they_go(settings: Settings, clock: Clock) -> tuple[list[Channel], list[BadSettings]]:
    """The same for who looks at what is wrong: the messengers that can be, and why the others cannot."""
    channels: list[Channel] = []
    faults: list[BadSettings] = []
    for connect in _connections(settings, clock):
        try:
            channels.append(connect())
        except BadSettings as fault:
            faults.append(fault)
    return channels or [Simulator()], faults


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


def announcement(app: App, settings: Settings) -> list[str]:
    """What is open and how, what is not, and what would open it: a line each, in the shop's language."""

    def say(key: str, **values: str) -> str:
        return app.composer.word(app.shop.language, "serving", key, **values)

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
        curl = f"""curl {local}/simulator --json '{{"address": "sari", "text": "MULAI"}}'"""
        lines.append(say("simulator", curl=curl))
    return [*lines, say("rhythm", at=f"{settings.mine_at:%H:%M}", zone=str(app.shop.zone))]


async def serve(
    app: App, settings: Settings, say: Callable[[str], None], outside: httpx.AsyncBaseTransport | None = None
) -> None:
    """Keep the shop open until SIGTERM or SIGINT, then finish what is in flight and close within ten seconds.

    ``app`` is left open for whoever opened it, but its channels' connections are let go. ``outside`` leads to the
    messengers when their accounts are looked at. Raises PortTaken, and BadSettings for a webhook that cannot be.
    """
    from bot.web.app import server_of  # the web and the scheduler: of all commands only this one needs them
    from bot.worker import Worker, mine_command

    for name, level in CHATTY.items():
        logging.getLogger(name).setLevel(level)
    listening = Listening(app, Concerns(app, say))
    listening.require_address()
    stopping, worker = asyncio.Event(), Worker(app, mine_command(app, settings))
    with _door(settings) as door, _until_told(stopping):
        server = server_of(app, closing_seconds=CLOSING_SECONDS - 1)
        tasks = [asyncio.create_task(each) for each in (server.serve([door]), *listening.tasks(stopping))]
        worker.start()
        app.errands.arrivals.sweep()
        for line in announcement(app, settings):
            say(line)
        told = asyncio.create_task(stopping.wait())
        looking = asyncio.create_task(listening.look_at_accounts(outside))
        try:
            # A task that ends by itself has failed, and half a shop is not kept open.
            await asyncio.wait([*tasks, told], return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.set()
            server.should_exit = True
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)
            await _finish([*tasks, told, *map(asyncio.create_task, (worker.stop(), app.errands.stop()))], app)


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
