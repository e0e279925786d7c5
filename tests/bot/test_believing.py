"""What a provider tells later of the house's own news: a notice that failed after all is told again, or waits."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from bot.app import App, build
from bot.clock import ManualClock
from bot.settings import Settings
from campaigns.channel import Fate, Outcome, OutsideWindow, Refusal, Report, Sent, Throttled, Unreachable
from ledger import customers, notices
from ledger.database import Database
from ledger.tables import Address, Notice, Role, TeamMember
from tests.fakes import FakeChannel

NOW = datetime(2026, 11, 2, 3, tzinfo=UTC)
RATNA = "+6281200000001"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def channel() -> FakeChannel:
    return FakeChannel("whatsapp")


@pytest.fixture
def app(sqlite_database: Database, channel: FakeChannel, tmp_path: Path) -> Iterator[App]:
    secret = "a key for tests only, 32 bytes.."
    settings = Settings(_env_file=None, secret_key=secret, data_dir=tmp_path)  # type: ignore[call-arg,arg-type]
    url = sqlite_database.engine.url.render_as_string(hide_password=False)
    made = build(settings, ManualClock(NOW), [channel], url, settings.shop())
    with made.database.transaction() as session:
        place = customers.meet(session, "whatsapp", RATNA, "Ratna", NOW)
        session.add(TeamMember(address_id=place.id, role=Role.OWNER, since=NOW))
        session.flush()
        notices.tell(session, place.id, "problem", NOW, sentence="Ada kabar.")
    yield made
    made.close()


def tell(app: App) -> int:
    return asyncio.run(app.tell_waiting())


def notice(app: App) -> Notice:
    with app.database.reading() as session:
        return session.exec(select(Notice)).one()


def forward(app: App, wait: timedelta) -> None:
    app.clock.forward(wait)  # type: ignore[attr-defined]


def writes(app: App) -> None:
    with app.database.transaction() as session:
        address = session.exec(select(Address)).one()
        address.last_inbound_at = app.clock.now()
        session.add(address)


def believe(app: App, refusal: Refusal) -> None:
    number = notice(app).provider_message_id
    assert number is not None
    asyncio.run(app.believe(Report("whatsapp", number, Fate.FAILED, refusal)))


def answer(*outcomes: Outcome) -> list[Outcome]:
    return list(outcomes)


def test_outside_the_window_news_waits_until_they_write(app: App, channel: FakeChannel) -> None:
    said = answer(OutsideWindow("63016"), Sent("SM2"))
    channel.answer = lambda _outgoing: said.pop(0)
    assert tell(app) == 0
    forward(app, timedelta(days=3))
    assert tell(app) == 0
    assert len(channel.given) == 1, "nobody tries in vain"
    writes(app)
    assert tell(app) == 1
    assert (notice(app).told_at, notice(app).given_up_at) == (app.clock.now(), None)


def test_after_a_day_of_silence_it_is_not_even_tried(app: App, channel: FakeChannel) -> None:
    forward(app, timedelta(days=1))
    assert tell(app) == 0
    assert (channel.given, notice(app).tries) == ([], 0)
    writes(app)
    assert tell(app) == 1


def test_news_that_turns_out_to_be_outside_the_window_waits_as_well(app: App, channel: FakeChannel) -> None:
    assert tell(app) == 1
    believe(app, OutsideWindow("63016"))
    assert notice(app).told_at is None
    assert tell(app) == 0
    forward(app, MINUTE)
    writes(app)
    assert tell(app) == 1


def test_who_wrote_before_the_refusal_was_told_has_an_open_window(app: App, channel: FakeChannel) -> None:
    assert tell(app) == 1
    forward(app, MINUTE)
    writes(app)
    forward(app, MINUTE)
    believe(app, OutsideWindow("63016"))
    assert tell(app) == 1


def test_news_that_failed_for_now_is_told_again(app: App, channel: FakeChannel) -> None:
    assert tell(app) == 1
    believe(app, Throttled(NOW + 5 * MINUTE))
    assert tell(app) == 0
    forward(app, 5 * MINUTE)
    assert tell(app) == 1


def test_news_to_somebody_who_is_gone_is_given_up_and_the_address_marked(app: App) -> None:
    assert tell(app) == 1
    believe(app, Unreachable("63024"))
    assert notice(app).given_up_at == NOW
    with app.database.reading() as session:
        assert session.exec(select(Address)).one().unreachable_since == NOW


def test_the_same_failure_twice_is_one(app: App) -> None:
    assert tell(app) == 1
    number = notice(app).provider_message_id
    assert number is not None
    for _ in range(2):
        asyncio.run(app.believe(Report("whatsapp", number, Fate.FAILED, Throttled(NOW + 5 * MINUTE))))
    assert notice(app).not_before == NOW + 5 * MINUTE


def test_a_number_of_an_answer_is_ignored(app: App) -> None:
    assert tell(app) == 1
    asyncio.run(app.believe(Report("whatsapp", "SM-of-an-answer", Fate.FAILED, Unreachable("63024"))))
    assert notice(app).told_at == NOW
