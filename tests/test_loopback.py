"""Nothing under test reaches the outside: tried for real, by every way the program knows."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import cast

import aiohttp
import httpx
import loopback_guard
import psycopg
import pytest
from loopback_guard import LeavesLoopback, is_here
from telegram.error import NetworkError

from bot.clock import SystemClock
from tests import conftest, terminal
from tests.contracts.providers import TOKEN, Twilio, running

ABROAD = "192.0.2.1"
"""An address for documents, where nobody is: an attempt that is not refused waits for minutes."""
NAMED = "langganan.example.com"


def kept_from() -> set[str]:
    """Whom something was kept from, said and forgotten: here that is the purpose."""
    found = set(loopback_guard.refused)
    loopback_guard.refused.clear()
    return found


def refused(attempt: Callable[[], object], host: str) -> None:
    with pytest.raises(LeavesLoopback, match=f"wanted to reach {host}, which is not on this computer"):
        attempt()
    assert kept_from() == {host}


def by_socket(host: str) -> None:
    with socket.socket() as line:
        line.connect((host, 443))


def by_socket_that_answers_in_numbers(host: str) -> None:
    with socket.socket() as line:
        line.connect_ex((host, 443))


def by_datagram(host: str) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as line:
        line.sendto(b"halo", (host, 53))


def by_connection(host: str) -> None:
    socket.create_connection((host, 443)).close()


def by_asyncio(host: str) -> None:
    asyncio.run(asyncio.wait_for(asyncio.open_connection(host, 443), 5))


def by_thread(host: str) -> None:
    found: list[BaseException] = []

    def attempt() -> None:
        try:
            by_connection(host)
        except LeavesLoopback as fault:
            found.append(fault)

    thread = threading.Thread(target=attempt)
    thread.start()
    thread.join()
    raise found[0]


def by_postgresql(host: str) -> None:
    psycopg.connect(host=host, connect_timeout=5).close()


def by_postgresql_of_asyncio(host: str) -> None:
    async def attempt() -> None:
        await (await psycopg.AsyncConnection.connect(f"host=/tmp,{host} connect_timeout=5")).close()

    asyncio.run(attempt())


@pytest.mark.parametrize("host", [ABROAD, NAMED])
@pytest.mark.parametrize(
    "attempt",
    [
        by_socket,
        by_socket_that_answers_in_numbers,
        by_connection,
        by_asyncio,
        by_thread,
        by_postgresql,
        by_postgresql_of_asyncio,
    ],
)
def test_whoever_is_not_on_this_computer_is_not_reached(attempt: Callable[[str], None], host: str) -> None:
    refused(lambda: attempt(host), host)


def test_no_datagram_leaves() -> None:
    refused(lambda: by_datagram(ABROAD), ABROAD)


@pytest.mark.parametrize("look_up", [socket.gethostbyname, lambda name: socket.getaddrinfo(name, 443)])
def test_no_name_is_asked_of_anybody(look_up: Callable[[str], object]) -> None:
    refused(lambda: look_up(NAMED), NAMED)


async def by_httpx(url: str) -> None:
    async with httpx.AsyncClient(trust_env=False) as browser:
        await browser.get(url)


async def by_aiohttp(url: str) -> None:
    async with aiohttp.ClientSession() as browser, browser.get(url):
        pass


async def by_telegram(url: str) -> None:
    from bot.channels.telegram import Telegram

    telegram = Telegram.connect(TOKEN, SystemClock(), f"{url}/bot", answer_seconds=5)
    try:
        await telegram.bot.get_me()
    finally:
        await telegram.close()


@pytest.mark.parametrize("host", [ABROAD, NAMED])
@pytest.mark.parametrize(
    ("attempt", "fault"),
    [(by_httpx, httpx.ConnectError), (by_aiohttp, aiohttp.ClientConnectorError), (by_telegram, NetworkError)],
)
def test_the_libraries_of_the_web_are_kept_in(
    attempt: Callable[[str], Coroutine[object, object, None]], fault: type[Exception], host: str
) -> None:
    with pytest.raises(fault):
        asyncio.run(asyncio.wait_for(attempt(f"http://{host}"), 5))
    assert kept_from() == {host}


def test_a_test_that_swallowed_its_refusal_has_failed_all_the_same() -> None:
    """The hook that stands around every test, given one that catches whatever comes."""

    def swallowing() -> None:
        with suppress(OSError):
            by_socket(ABROAD)

    around = conftest.pytest_runtest_call(cast("pytest.Item", None))
    next(around)
    swallowing()
    with pytest.raises(AssertionError, match=f"wanted to leave this computer, for .*{ABROAD}"):
        next(around)
    kept_from()


def test_what_is_on_this_computer_is_reached() -> None:
    with running(Twilio) as here:
        port = here.server.server_address[1]
        for name in ("127.0.0.1", "localhost"):
            socket.create_connection((name, port)).close()
    assert loopback_guard.refused == []


@pytest.mark.parametrize(
    ("host", "known"),
    [
        ("127.0.0.1", True), ("127.8.9.10", True), ("::1", True), ("::ffff:127.0.0.1", True), ("localhost", True),
        (b"LOCALHOST", True), ("", True), (None, True), ("192.168.1.1", False), ("10.0.0.1", False),
        ("::ffff:192.0.2.1", False), ("fe80::1%eth0", False), ("0.0.0.0", False), ("localhost.example.com", False),
        ("127.0.0.1.example.com", False), ("2130706433.example", False),
    ],
)  # fmt: skip
def test_who_is_here(host: object, known: bool) -> None:
    assert is_here(host) is known


ATTEMPT = f"import socket; socket.create_connection(('{ABROAD}', 443), timeout=5)"


@pytest.mark.parametrize(
    "environment",
    [None, {"PATH": "/usr/bin:/bin", "PYTHONPATH": terminal.PYTHONPATH}],
    ids=["as the tests are", "as the terminal's"],
)
def test_processes_that_tests_start_are_kept_in_too(environment: dict[str, str] | None) -> None:
    done = subprocess.run(
        [sys.executable, "-c", ATTEMPT], capture_output=True, text=True, check=False, timeout=30, env=environment
    )
    assert done.returncode == 1
    assert f"LeavesLoopback: a test wanted to reach {ABROAD}" in done.stderr


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing forks here")
def test_commands_of_the_terminal_are_kept_in_too(tmp_path: Path) -> None:
    """Asked to keep its shop in a database abroad, in the fork where all commands run."""
    abroad = {"PYTHONPATH": terminal.PYTHONPATH, "DATABASE_URL": f"postgresql://a:b@{ABROAD}/c"}
    shown = terminal.run(["today"], tmp_path, {"PATH": "/usr/bin:/bin", **abroad}, "")
    assert shown.returncode != 0
    assert f"wanted to reach {ABROAD}" in shown.stderr
