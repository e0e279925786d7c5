"""The shop's own process: the real application, Telegram's channel and the worker, until somebody ends it."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.app import App, build
from bot.channels.telegram import Telegram
from bot.clock import SystemClock
from bot.serving import CHATTY
from bot.settings import Settings
from bot.worker import Worker
from campaigns.channel import Channel
from campaigns.shop import QuietHours

TOKEN = "123456789:AAF-invented-token-for-tests-only"
SECRET = "a key for tests only, 32 bytes.."
NOTHING = (sys.executable, "-c", "")
DRAIN_EVERY_SECONDS = 0.05
NO_QUIET = QuietHours.read("08:00-08:00")


@dataclass(frozen=True)
class Place:
    """Where a process works: the database's URL, its folder, and the Bot API's address; how many messages it may have
    on their way, and how far its clock is ahead of the computer's."""

    url: str
    folder: Path
    provider: str
    in_flight: int
    ahead: timedelta = timedelta()


def clock_ahead(by: timedelta) -> SystemClock:
    """The computer's clock, moved."""
    return SystemClock(wall=lambda: datetime.now(UTC) + by)


def settings_of(place: Place) -> Settings:
    """A shop that may write to everybody at any hour and is not alarmed by anything: this is about the pipe."""
    return Settings(
        _env_file=None,  # type: ignore[call-arg]
        secret_key=SECRET,  # type: ignore[arg-type]
        data_dir=place.folder,
        in_flight=place.in_flight,
        quiet_hours=NO_QUIET,
        days_between_offers=0,
        offers_per_month=60,
        offers_per_category=60,
        pause_failures_percent=100,
        pause_leaves_percent=100,
        telegram_per_second=1_000,
    )


def open_app(place: Place, channel: Channel | None = None) -> App:
    """The shop at ``place``, on the real channel unless another is given."""
    settings, clock = settings_of(place), clock_ahead(place.ahead)
    line = channel or Telegram.connect(TOKEN, clock, f"{place.provider}/bot", per_second=1_000)
    return build(settings, clock, [line], place.url, settings.shop())


def work(place: Place) -> None:
    """Send what is due until SIGTERM, then finish what is in flight; or until SIGKILL."""
    for name, level in CHATTY.items():
        logging.getLogger(name).setLevel(level)
    asyncio.run(_work(place))


async def _work(place: Place) -> None:
    told = asyncio.Event()
    app = open_app(place)
    # As in an open shop: before that, being told to end is the end.
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)
    worker = Worker(app, NOTHING, drain_every_seconds=DRAIN_EVERY_SECONDS)
    worker.start()
    await told.wait()
    await worker.stop()
    channel = app.channels["telegram"]
    assert isinstance(channel, Telegram)
    await channel.close()
    app.close()
