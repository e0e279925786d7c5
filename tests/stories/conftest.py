"""A shop to tell stories in: the real application with a clock that is moved by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from bot.app import App, build
from bot.channels.simulator import Simulator
from bot.clock import ManualClock
from bot.inbound import Inbound
from bot.settings import Settings
from bot.talk.router import Heard
from ledger import customers, interactions
from ledger.database import Database
from ledger.tables import Customer, Product, Role
from ledger.team import make_code
from tests.fakes import FakeChannel

MONDAY_TEN = datetime(2026, 11, 2, 3, tzinfo=UTC)
"""A Monday, ten in the morning in Jakarta."""


class Story:
    """Chats with the shop, and reads as a transcript."""

    def __init__(self, app: App, clock: ManualClock, simulator: Simulator, whatsapp: FakeChannel) -> None:
        self.app, self.clock, self.simulator, self.whatsapp = app, clock, simulator, whatsapp
        self._numbers = count(1)
        self._owner: str | None = None

    def hear(
        self,
        who: str,
        text: str,
        *,
        number: str | None = None,
        language: str | None = None,
        channel: str = "simulator",
        name: str | None = None,
        in_reply_to: str | None = None,
        **more: object,
    ) -> Heard:
        """What is heard back from one message."""
        inbound = Inbound(
            channel=channel,
            address=who,
            text=text,
            provider_message_id=number or f"in-{next(self._numbers)}",
            name=name or who.split("-", maxsplit=1)[0].capitalize(),
            language=language,
            in_reply_to=in_reply_to,
            **more,  # type: ignore[arg-type]
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

    def owner(self) -> str:
        """The owner's chat, made one when first needed."""
        self._owner = self._owner or self.make_owner()
        return self._owner

    def number_of(self, who: str) -> int:
        """The customer who writes from that address."""
        with self.app.database.reading() as session:
            return customers.find(session, who, "ID").id

    def stranger(self) -> int:
        """Somebody known from the till alone."""
        with self.app.database.transaction() as session:
            person = Customer(name="", source="till", created_at=self.clock.now())
            session.add(person)
            session.flush()
            return person.id

    def sells(self, name: str, category: str) -> int:
        """A product that is in stock and has been bought by a stranger, so that there is something to offer."""
        stranger, now = self.stranger(), self.clock.now()
        with self.app.database.transaction() as session:
            product = Product(sku=name, name=name, category=category, currency="IDR", price_minor=50_000, stock=99)
            session.add(product)
            session.flush()
            interactions.log_purchase(
                session, stranger, product, quantity=3, amount_minor=150_000, order_ref=f"sold-{name}",
                platform="pos", at=now - timedelta(days=1),
            )  # fmt: skip
            return product.id

    def dispatch(self) -> int:
        return asyncio.run(self.app.dispatcher.drain()).sent

    def received_by(self, who: str) -> list[str]:
        return [sent.text for sent in (*self.simulator.sent, *self.whatsapp.given) if sent.address == who]


@contextmanager
def told(
    database: Database,
    folder: Path,
    whatsapp: FakeChannel | None = None,
    also: Collection[FakeChannel] = (),
    **more: object,
) -> Iterator[Story]:
    """A story in a shop with these settings; what it keeps in files is in ``folder``. ``also``: more messengers."""
    clock, simulator, whatsapp = ManualClock(MONDAY_TEN), Simulator(), whatsapp or FakeChannel("whatsapp")
    given = {"secret_key": "a key for tests only, 32 bytes..", "shop_name": "Toko Ratna", "data_dir": folder, **more}
    settings = Settings(_env_file=None, **given)  # type: ignore[arg-type]
    url = database.engine.url.render_as_string(hide_password=False)
    app = build(settings, clock, [simulator, whatsapp, *also], url, settings.shop())
    try:
        yield Story(app, clock, simulator, whatsapp)
    finally:
        app.close()


@pytest.fixture
def story(database: Database, tmp_path: Path) -> Iterator[Story]:
    with told(database, tmp_path) as telling:
        yield telling


@pytest.fixture
def sqlite_story(sqlite_database: Database, tmp_path: Path) -> Iterator[Story]:
    with told(sqlite_database, tmp_path) as telling:
        yield telling


@pytest.fixture
def postgresql_story(postgresql_database: Database, tmp_path: Path) -> Iterator[Story]:
    with told(postgresql_database, tmp_path) as telling:
        yield telling
