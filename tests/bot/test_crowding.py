"""A shop that more people come to than it can hold: the others are asked to come again, and it holds no more."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.app import App, build
from bot.clock import ManualClock
from bot.settings import Settings
from bot.web.app import TOLD_EVERY, Sparing, server_of
from ledger.database import Database
from tests.fakes import FakeChannel

MOST = 3
LOOK = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"


@pytest.fixture
def app(sqlite_database: Database, tmp_path: Path) -> Iterator[App]:
    secret = "a key for tests only, 32 bytes.."
    settings = Settings(_env_file=None, secret_key=secret, data_dir=tmp_path)  # type: ignore[call-arg,arg-type]
    url = sqlite_database.engine.url.render_as_string(hide_password=False)
    made = build(settings, ManualClock(datetime(2026, 11, 2, 3, tzinfo=UTC)), [FakeChannel()], url, settings.shop())
    yield made
    made.close()


async def code_of(port: int) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(LOOK)
    told = await reader.read()
    writer.close()
    return int(told[9:12])


async def codes(app: App) -> list[int]:
    """What one is answered while so many stand in the door and say nothing, and once they have gone."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
        server = server_of(app, closing_seconds=1, most_open=MOST)
        serving = asyncio.create_task(server.serve([door]))
        while not server.started:  # noqa: ASYNC110 - uvicorn tells it no other way
            await asyncio.sleep(0.001)
        silent = [await asyncio.open_connection("127.0.0.1", port) for _ in range(MOST)]
        crowded = await code_of(port)
        for _, writer in silent:
            writer.close()
            await writer.wait_closed()
        while server.server_state.connections:  # noqa: ASYNC110 - nor this
            await asyncio.sleep(0.001)
        alone = await code_of(port)
        server.should_exit = True
        await serving
    return [crowded, alone]


def test_one_too_many_is_asked_to_come_again(app: App) -> None:
    assert asyncio.run(codes(app)) == [503, 200]


def test_a_crowd_fills_no_disk_with_lines() -> None:
    sparing, line = Sparing(), logging.LogRecord("uvicorn.error", logging.WARNING, "", 0, "too many", (), None)
    told = [number for number in range(2 * TOLD_EVERY) if sparing.filter(line)]
    assert told == [0, TOLD_EVERY]


def test_every_error_is_told() -> None:
    sparing, line = Sparing(), logging.LogRecord("uvicorn.error", logging.ERROR, "", 0, "it broke", (), None)
    assert all(sparing.filter(line) for _ in range(10))
