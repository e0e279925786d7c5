"""No room left: what cannot be kept is not claimed, nothing is sent unrecorded, nothing is there by half."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from bot.arrivals import FOLDER, Arrivals
from bot.inbound import Inbound
from bot.saving import save, write
from bot.settings import BadSettings, Settings
from bot.talk.router import NotTaken
from campaigns.channel import Document, Outcome, Outgoing, Sent
from campaigns.tables import State
from ledger import beside, consent
from ledger.database import Database
from tests.campaigns.conftest import SmallShop
from tests.fakes import FakeChannel
from tests.hostile.filling import Disk, no_file_over
from tests.stories.conftest import Story, told
from tests.virtual_time import run

NOW = datetime(2026, 11, 2, 3, tzinfo=UTC)
PAPER = Document("data.zip", b"x" * 5_000, "application/zip")


@pytest.fixture
def disk() -> Iterator[Disk]:
    disk = Disk()
    yield disk
    disk.make_room()


@pytest.fixture
def shop(sqlite_database: Database) -> SmallShop:
    shop = SmallShop(sqlite_database)
    shop.buy(shop.customer("Pembeli", offers=None, profiling=None), days_ago=1)
    return shop


@pytest.fixture
def story(sqlite_database: Database, tmp_path: Path) -> Iterator[Story]:
    with told(sqlite_database, tmp_path) as telling:
        yield telling


def test_a_stop_that_cannot_be_kept_is_not_claimed_and_counts_as_soon_as_there_is_room(
    story: Story, disk: Disk
) -> None:
    story.join("sari")
    number = story.number_of("sari")

    def stands() -> bool | None:
        with story.app.database.reading() as session:
            return consent.standing(session, number, "simulator").offers

    async def tell() -> list[bool | None]:
        disk.fill()
        with pytest.raises(NotTaken):
            await story.app.take(Inbound("simulator", "sari", "STOP", "in-stop", name="Sari"))
        before = stands()
        disk.make_room()
        await asyncio.sleep(10)  # nobody delivers it again
        await story.app.hush()
        return [before, stands()]

    assert run(tell()) == [True, False]


def test_a_campaign_waits_for_room_and_nobody_is_written_to_unrecorded(shop: SmallShop, disk: Disk) -> None:
    shop.crowd(5)
    shop.launch()
    disk.fill()
    for _ in range(3):
        with pytest.raises(OperationalError, match="disk I/O"):
            shop.drain()
    assert shop.channel.given == []
    disk.make_room()
    assert shop.drain().sent == 5
    assert shop.drain().sent == 0
    assert len({each.address for each in shop.channel.given}) == len(shop.channel.given) == 5


def test_what_was_sent_when_the_room_ended_is_written_down_when_there_is_some(shop: SmallShop, disk: Disk) -> None:
    shop.customer("Sari")
    shop.launch()

    def fill(_outgoing: Outgoing) -> Outcome:
        disk.fill()
        return Sent("n-1")

    shop.channel = FakeChannel(answer=fill)
    dispatcher = shop.dispatcher()
    with pytest.raises(OperationalError, match="disk I/O"):
        asyncio.run(dispatcher.drain())
    disk.make_room()
    asyncio.run(dispatcher.drain())
    last = shop.messages()[-1]
    assert (last.state, last.provider_message_id) == (State.SENT, "n-1")
    assert len(shop.channel.given) == 1


def test_what_is_written_beside_the_database_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    database = Database("sqlite://", secret=b"a key for tests only, 32 bytes..", erasures=tmp_path)
    database.migrate()
    line = {"number": "L-1", "marks": "x" * 300}
    with database.transaction() as session:
        beside.append(session, "erasures", [line])
        (file,) = tmp_path.glob("erasures-*.jsonl")
        before = file.read_bytes()
        with no_file_over(len(before) + 100), pytest.raises(OSError, match="too large"):
            beside.append(session, "erasures", [line, line])
        assert file.read_bytes() == before
        beside.append(session, "erasures", [line])
    database.close()
    assert [json.loads(each) for each in file.read_text().splitlines()] == [line, line]


def test_a_document_that_found_no_room_is_not_there_at_all(tmp_path: Path) -> None:
    with no_file_over(1_000), pytest.raises(OSError, match="too large"):
        save(PAPER, tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert save(PAPER, tmp_path).name == "data.zip"


def test_a_file_that_was_to_be_replaced_stays_where_there_is_no_room(tmp_path: Path) -> None:
    path = tmp_path / "backup.db"
    path.write_bytes(b"the one before")
    with no_file_over(1_000), pytest.raises(OSError, match="too large"):
        write(PAPER.data, path, replaces=True)
    assert [each.read_bytes() for each in tmp_path.iterdir()] == [b"the one before"]


def test_a_file_that_arrives_when_there_is_no_room_takes_none(tmp_path: Path) -> None:
    arrivals = Arrivals(tmp_path)
    with no_file_over(1_000), pytest.raises(OSError, match="too large"):
        arrivals.keep(PAPER.data, "orders.csv", 1, {}, NOW)
    assert [each for each in (tmp_path / FOLDER).rglob("*") if each.is_file() and each.stat().st_size] == []
    arrivals.close()


def test_a_key_is_made_whole_or_not_at_all(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path)
    with no_file_over(10), pytest.raises(OSError, match="too large"):
        settings.secret()
    assert list(tmp_path.iterdir()) == []
    assert len(settings.secret()) == 64
    assert settings.secret() == settings.secret()


@pytest.mark.parametrize("left", [b"", b"a1b2"])
def test_a_key_of_which_only_some_is_left_is_none(tmp_path: Path, left: bytes) -> None:
    (tmp_path / "secret.key").write_bytes(left)
    with pytest.raises(BadSettings, match="restore it from your backup"):
        Settings(_env_file=None, data_dir=tmp_path).secret()
