"""Notices: at least once, in the chat's language, tried a few times, and never by two at once."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, select

from bot import telling
from bot.app import App, build
from bot.clock import ManualClock
from bot.inbound import Inbound
from bot.settings import Settings
from campaigns.channel import Failed, FateUnknown, Outcome, Outgoing, Sent, Throttled, Unreachable
from ledger import customers, notices
from ledger.database import Database
from ledger.notices import CLAIM, WAITS, day, term
from ledger.tables import Address, Notice, Role, TeamMember
from tests.fakes import FakeChannel

NOW = datetime(2026, 11, 2, 3, tzinfo=UTC)
"""A Monday, ten in the morning in Jakarta."""


@pytest.fixture
def channel() -> FakeChannel:
    return FakeChannel()


@pytest.fixture
def app(database: Database, channel: FakeChannel, tmp_path: Path) -> Iterator[App]:
    secret = "a key for tests only, 32 bytes.."
    settings = Settings(_env_file=None, secret_key=secret, data_dir=tmp_path)  # type: ignore[call-arg,arg-type]
    url = database.engine.url.render_as_string(hide_password=False)
    app = build(settings, ManualClock(NOW), [channel], url, settings.shop())
    yield app
    app.close()


def chat(session: Session, who: str, role: Role | None = Role.OWNER, language: str = "id") -> int:
    address = customers.meet(session, "simulator", who, who.capitalize(), NOW)
    customers.of(session, address).language = language
    if role is not None:
        session.add(TeamMember(address_id=address.id, role=role, since=NOW))
    session.flush()
    return address.id


def paused(app: App, *who: str, **more: str) -> None:
    """Everybody is to be told that campaign 3 was paused."""
    with app.database.transaction() as session:
        for each in who:
            status = term("statuses", "paused")
            notices.tell(
                session, chat(session, each, **more), "campaign_changed", NOW, number=3, status=status, spared=0
            )


def told(app: App) -> int:
    return asyncio.run(app.tell_waiting())


def kept(app: App) -> list[Notice]:
    with app.database.reading() as session:
        return list(session.exec(select(Notice).order_by(Notice.id)))  # type: ignore[arg-type]


def test_each_chat_is_told_once_in_its_own_language(app: App, channel: FakeChannel) -> None:
    paused(app, "ratna")
    paused(app, "john", language="en")
    assert told(app) == 2
    assert told(app) == 0
    texts = {each.address: each.text for each in channel.given}
    assert texts["ratna"].startswith("Kampanye 3 sekarang dihentikan sementara")
    assert texts["john"].startswith("Campaign 3 is now paused")
    assert [(each.tries, each.told_at) for each in kept(app)] == [(1, NOW), (1, NOW)]
    assert {each.provider_message_id for each in kept(app)} == {"fake-1", "fake-2"}


def test_the_team_is_told_by_rank(app: App, channel: FakeChannel) -> None:
    with app.database.transaction() as session:
        for who, role in (("ratna", Role.OWNER), ("dewi", Role.MANAGER), ("agus", Role.STAFF), ("sari", None)):
            chat(session, who, role)
        status = term("statuses", "paused")
        assert notices.tell_team(session, "campaign_changed", NOW, number=3, status=status, spared=0) == 2
    told(app)
    assert {each.address for each in channel.given} == {"ratna", "dewi"}


def test_a_moment_is_told_in_the_shops_time(app: App, channel: FakeChannel) -> None:
    with app.database.transaction() as session:
        place = chat(session, "ratna")
        notices.tell(session, place, "problem", NOW, sentence=day(NOW + timedelta(hours=20)))
    told(app)
    # 3 + 20 hours UTC is six in the morning of the next day in Jakarta.
    assert channel.given[0].text.startswith("3 November 06")


def test_what_somebody_says_is_news_to_others_at_once(app: App, channel: FakeChannel) -> None:
    paused(app, "ratna")
    asyncio.run(app.hear(Inbound("simulator", "sari", "halo", "1")))
    assert [each.address for each in channel.given][-1] == "ratna"


def test_a_crash_between_claim_and_sending_has_it_told_again(app: App, channel: FakeChannel) -> None:
    paused(app, "ratna")
    with app.database.transaction() as session:
        assert len(telling.claim(session, app.composer, app.shop, app.channels, NOW)) == 1
    assert told(app) == 0
    app.clock.forward(CLAIM)  # type: ignore[attr-defined]
    assert told(app) == 1
    assert len(channel.given) == 1


def test_a_line_that_breaks_is_tried_again_with_growing_waits_and_not_for_ever(
    app: App, channel: FakeChannel
) -> None:
    channel.answer = lambda _outgoing: FateUnknown("line")
    paused(app, "ratna")
    for tries, wait in enumerate(WAITS, 1):
        assert told(app) == 0
        assert len(channel.given) == tries
        app.clock.forward(wait - timedelta(seconds=1))  # type: ignore[attr-defined]
        told(app)
        assert len(channel.given) == tries, "too early"
        app.clock.forward(timedelta(seconds=1))  # type: ignore[attr-defined]
    told(app)
    app.clock.forward(timedelta(days=9))  # type: ignore[attr-defined]
    told(app)
    assert len(channel.given) == len(WAITS) + 1
    with app.database.reading() as session:
        assert [each.id for each in notices.untold(session, NOW)] == [kept(app)[0].id]


def test_a_provider_that_says_later_is_asked_later(app: App, channel: FakeChannel) -> None:
    said: list[Outcome] = [Throttled(NOW + timedelta(minutes=7)), Sent("42")]
    channel.answer = lambda _outgoing: said.pop(0)
    paused(app, "ratna")
    assert told(app) == 0
    app.clock.forward(timedelta(minutes=6))  # type: ignore[attr-defined]
    assert told(app) == 0
    app.clock.forward(timedelta(minutes=1))  # type: ignore[attr-defined]
    assert told(app) == 1


@pytest.mark.parametrize("outcome", [Unreachable("403"), Failed("63016")], ids=["gone", "outside the window"])
def test_a_chat_that_cannot_be_written_to_is_let_be_and_the_owner_can_see_it(
    app: App, channel: FakeChannel, outcome: Outcome
) -> None:
    channel.answer = lambda _outgoing: outcome
    paused(app, "ratna")
    told(app)
    app.clock.forward(timedelta(days=1))  # type: ignore[attr-defined]
    told(app)
    assert len(channel.given) == 1
    with app.database.reading() as session:
        (left,) = notices.untold(session, NOW - timedelta(days=1))
    assert (left.template, left.told_at) == ("campaign_changed", None)


def test_one_that_cannot_be_said_does_not_silence_the_others(
    app: App, channel: FakeChannel, caplog: pytest.LogCaptureFixture
) -> None:
    with app.database.transaction() as session:
        notices.tell(session, chat(session, "agus"), "there_is_no_such_reply", NOW)
    paused(app, "ratna")
    assert told(app) == 1
    assert "there_is_no_such_reply" in caplog.text
    assert [each.address for each in channel.given] == ["ratna"]


def test_a_channel_that_is_not_served_keeps_its_notices(app: App, channel: FakeChannel) -> None:
    with app.database.transaction() as session:
        elsewhere = customers.meet(session, "telegram", "7001", "Ratna", NOW)
        notices.tell(session, elsewhere.id, "problem", NOW, sentence="x")
    assert told(app) == 0
    assert kept(app)[0].tries == 0


def test_two_processes_do_not_tell_the_same_twice(app: App, channel: FakeChannel, tmp_path: Path) -> None:
    paused(app, *(f"chat-{number}" for number in range(30)))
    url = app.database.engine.url.render_as_string(hide_password=False)
    other = build(app.settings, app.clock, [channel], url, app.shop)
    both = [threading.Thread(target=lambda each=each: asyncio.run(each.tell_waiting())) for each in (app, other)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    other.close()
    assert sorted(each.address for each in channel.given) == sorted(f"chat-{number}" for number in range(30))


def test_erased_while_it_was_on_its_way_it_leaves_no_trace(app: App, channel: FakeChannel) -> None:
    paused(app, "ratna")

    def erase(_outgoing: Outgoing) -> Outcome:
        with app.database.transaction() as session:
            session.delete(session.exec(select(Notice)).one())
        return Sent("9")

    channel.answer = erase
    assert told(app) == 1
    assert kept(app) == []
    with app.database.reading() as session:
        assert session.exec(select(Address)).one().channel == "simulator"
