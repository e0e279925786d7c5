"""Which shop a command is about: the real one, or the invented one of the demo."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from bot.app import App, build
from bot.channels.simulator import Simulator
from bot.clock import Clock, MovableClock, SystemClock
from bot.serving import configured_channels
from bot.settings import BadSettings, Settings
from campaigns.channel import Channel
from campaigns.shop import Shop
from campaigns.words.composing import Composer
from ledger.tables import INVENTED, ShopFact

DEMO_NAME = "Toko Ratna"


@dataclass(frozen=True)
class Place:
    """Where a shop's data lie, and a word to the person in front of it, if one is due."""

    url: str
    is_demo: bool = False
    note: str = ""


def place(settings: Settings, *, wants_demo: bool) -> Place:
    """The real shop if there is one; before the first import, the demo's, and saying so."""
    if wants_demo:
        return Place(settings.demo_url(), is_demo=True)
    if not settings.has_shop() and settings.has_demo():
        return Place(
            settings.demo_url(),
            is_demo=True,
            note=Composer().word(settings.shop_language, "demo", "no_shop_yet"),
        )
    return Place(settings.shop_url())


def _keep_apart(app: App, where: Place) -> None:
    """A real shop's data must not mix with invented ones: the next telling of the demo would erase them."""
    with app.database.reading() as session:
        is_invented = session.get(ShopFact, INVENTED) is not None
    if is_invented and not where.is_demo:
        raise BadSettings(
            "this database holds the demo's invented shop; give --demo, or your own shop another DATABASE_URL"
        )


def demo_shop(settings: Settings) -> Shop:
    """The invented shop: its own name, everything else as set."""
    return replace(settings.shop(), name=DEMO_NAME)


@contextmanager
def opened(where: Place, settings: Settings, channels: Sequence[Channel] | None = None) -> Iterator[App]:
    """The shop with the messengers that are configured, closed again at the end.

    ``channels`` go in their place. The demo's has the simulator alone: nobody in it is a person whom a messenger
    could reach. Its clock is where it was moved to.
    """
    clock: Clock = MovableClock() if where.is_demo else SystemClock()
    if where.is_demo:
        channels = [Simulator()]
    elif channels is None:
        channels = configured_channels(settings, clock)
    shop = demo_shop(settings) if where.is_demo else settings.shop()
    app = build(settings, clock, channels, where.url, shop)
    try:
        _keep_apart(app, where)
        yield app
    finally:
        app.close()
