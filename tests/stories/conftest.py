"""A shop to tell stories in: the real application with a clock that is moved by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count

import pytest

from bot.app import App, build
from bot.channels.simulator import Simulator
from bot.clock import ManualClock
from bot.inbound import Inbound
from bot.settings import Settings
from bot.talk.router import Heard
from ledger.database import Database
from ledger.tables import Role
from ledger.team import make_code

MONDAY_TEN = datetime(2026, 11, 2, 3, tzinfo=UTC)
"""A Monday, ten in the morning in Jakarta."""


class Story:
    """Chats with the shop, and reads as a transcript."""

    def __init__(self, app: App, clock: ManualClock, simulator: Simulator) -> None:
        self.app, self.clock, self.simulator = app, clock, simulator
        self._numbers = count(1)

    def hear(self, who: str, text: str, *, number: str | None = None, language: str | None = None) -> Heard:
        """What is heard back from one message."""
        inbound = Inbound(
            channel="simulator",
            address=who,
            text=text,
            provider_message_id=number or f"in-{next(self._numbers)}",
            name=who.split("-", maxsplit=1)[0].capitalize(),
            language=language,
        )
        return asyncio.run(self.app.hear(inbound))

    def say(self, who: str, text: str) -> str:
        """The answer's text."""
        return "\n\n".join(reply.text for reply in self.hear(who, text).replies)

    def join(self, who: str, profiling: str = "ya") -> None:
        for text in ("MULAI", "ya", profiling):
            self.say(who, text)

    def make_owner(self, who: str = "ibu-ratna") -> str:
        with self.app.database.transaction() as session:
            code = make_code(session, Role.OWNER, self.clock.now())
        self.say(who, code)
        return who

    def dispatch(self) -> int:
        return asyncio.run(self.app.dispatcher.drain()).sent

    def received_by(self, who: str) -> list[str]:
        return [sent.text for sent in self.simulator.sent if sent.address == who]


@contextmanager
def told(database: Database) -> Iterator[Story]:
    clock, simulator = ManualClock(MONDAY_TEN), Simulator()
    key = "a key for tests only, 32 bytes.."
    settings = Settings(_env_file=None, secret_key=key, shop_name="Toko Ratna")  # type: ignore[call-arg,arg-type]
    url = database.engine.url.render_as_string(hide_password=False)
    app = build(settings, clock, [simulator], url, settings.shop())
    yield Story(app, clock, simulator)
    app.close()


@pytest.fixture
def story(database: Database) -> Iterator[Story]:
    with told(database) as telling:
        yield telling


@pytest.fixture
def sqlite_story(sqlite_database: Database) -> Iterator[Story]:
    with told(sqlite_database) as telling:
        yield telling


@pytest.fixture
def postgresql_story(postgresql_database: Database) -> Iterator[Story]:
    with told(postgresql_database) as telling:
        yield telling
