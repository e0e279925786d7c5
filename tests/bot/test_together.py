"""People of different chats who write at the same moment: one commit for all, and what fails is one person's."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlmodel import select

from bot.app import App, build
from bot.clock import ManualClock
from bot.inbound import Inbound
from bot.settings import Settings
from bot.talk.router import Heard, NotTaken
from ledger import consent, customers
from ledger.database import Database
from ledger.tables import Customer, Fault
from tests.fakes import FakeChannel

NOW = datetime(2026, 11, 2, 3, tzinfo=UTC)
WHO = ("sari", "budi", "wati", "joko")


@pytest.fixture
def app(sqlite_database: Database, tmp_path: Path) -> Iterator[App]:
    secret = "a key for tests only, 32 bytes.."
    settings = Settings(_env_file=None, secret_key=secret, data_dir=tmp_path)  # type: ignore[call-arg,arg-type]
    url = sqlite_database.engine.url.render_as_string(hide_password=False)
    made = build(settings, ManualClock(NOW), [FakeChannel()], url, settings.shop())
    yield made
    made.close()


def said(who: str, text: str = "halo", number: str = "1") -> Inbound:
    return Inbound("simulator", who, text, f"{who}-{number}", who.capitalize())


def known(app: App) -> set[str]:
    with app.database.reading() as session:
        return set(session.exec(select(Customer.name)).all())


def commits_of(app: App) -> list[object]:
    commits: list[object] = []
    event.listen(app.database.engine, "commit", commits.append)
    return commits


def test_all_are_heard_and_kept_by_one_commit(app: App) -> None:
    commits = commits_of(app)
    heard = app.router.receive_all([said(who) for who in WHO])
    assert [bool(each.replies) for each in heard if isinstance(each, Heard)] == [True] * len(WHO)
    assert (len(commits), known(app)) == (1, {"Sari", "Budi", "Wati", "Joko"})


def test_who_writes_while_others_are_heard_goes_with_the_next(app: App) -> None:
    commits = commits_of(app)

    async def crowd() -> Sequence[Heard]:
        heard = await asyncio.gather(*(app.take(said(f"orang-{number}")) for number in range(24)))
        await app.answered()
        return heard

    assert all(each.replies for each in asyncio.run(crowd()))
    assert len(commits) < 24


def test_what_one_person_breaks_is_theirs_alone(app: App) -> None:
    with app.database.transaction() as session:
        session.connection().exec_driver_sql(
            "CREATE TRIGGER broken BEFORE INSERT ON customers WHEN NEW.name = 'Budi' "
            "BEGIN SELECT RAISE(ABORT, 'broken for one'); END"
        )
    heard = app.router.receive_all([said(who) for who in WHO])
    texts = ["".join(reply.text for reply in each.replies) for each in heard if isinstance(each, Heard)]
    assert ["ada gangguan di pihak kami" in each for each in texts] == [False, True, False, False]
    with app.database.reading() as session:
        assert len(session.exec(select(Fault)).all()) == 1
    assert known(app) == {"Sari", "Wati", "Joko"}


def test_a_stop_among_others_counts_with_their_commit(app: App) -> None:
    for text in ("MULAI", "ya", "ya"):
        app.note_given(app.router.receive(said("sari", text, text + "1")).asks)
    app.router.receive_all([said("budi"), said("sari", "STOP", "stop"), said("wati")])
    with app.database.reading() as session:
        address = customers.address_of(session, "simulator", "sari")
        assert address is not None
        assert consent.standing(session, address.customer_id, "simulator").offers is False


def test_without_its_database_nobody_of_them_is_told_that_they_were_heard(app: App) -> None:
    path = app.database.engine.url.database
    assert path is not None
    Path(path).rename(f"{path}.away")
    try:
        with pytest.raises(NotTaken):
            app.router.receive_all([said(who) for who in WHO])
    finally:
        Path(f"{path}.away").rename(path)
    assert known(app) == set()


def test_the_same_message_twice_among_others_is_answered_once(app: App) -> None:
    app.router.receive_all([said("sari"), said("budi")])
    again = app.router.receive_all([said("sari"), said("wati")])
    assert [bool(each.replies) for each in again if isinstance(each, Heard)] == [False, True]


@pytest.mark.parametrize(("text", "most"), [("makasih ya kak", 8), ("halo", 8), ("kak, buka jam berapa?", 10)])
def test_what_a_message_costs_the_database_stays_small(app: App, text: str, most: int) -> None:
    # The first of each kind brings what is looked up once.
    for number, first in enumerate(("halo", text, "makasih")):
        app.router.receive(said("sari", first, f"first-{number}"))
    asked: list[str] = []
    event.listen(app.database.engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    app.router.receive(said("sari", text, "again"))
    assert len(asked) <= most, "\n".join(asked)
