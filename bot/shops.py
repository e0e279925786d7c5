"""Which shop a command is about: the real one, or the invented one of the demo."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bot.app import App, build
from bot.channels.simulator import Simulator
from bot.clock import Clock, SystemClock
from bot.settings import Settings, load
from campaigns.channel import Channel


@dataclass(frozen=True)
class Place:
    """Where a shop's data lie, and a word to the person in front of it, if one is due."""

    url: str
    note: str = ""


def place(settings: Settings, *, wants_demo: bool) -> Place:
    """The real shop if there is one; before the first import, the demo's, and saying so."""
    if wants_demo:
        return Place(settings.demo_url())
    if not settings.has_shop() and settings.has_demo():
        return Place(
            settings.demo_url(),
            "There is no shop here yet, so this is the demo's. `langganan import FILE` starts your own.",
        )
    return Place(settings.shop_url())


def channels(settings: Settings) -> list[Channel]:
    """Every messenger that is configured; the simulator where none is."""
    return [Simulator()]


@contextmanager
def opened(url: str, settings: Settings | None = None, clock: Clock | None = None) -> Iterator[App]:
    """The shop at ``url``, closed again at the end."""
    settings = settings or load()
    app = build(settings, clock or SystemClock(), channels(settings), url)
    try:
        yield app
    finally:
        app.close()
