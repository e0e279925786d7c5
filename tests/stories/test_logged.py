"""A whole day of a shop is logged, by us and by the libraries, down to DEBUG; and nothing of anybody stands there."""

from __future__ import annotations

import asyncio
import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from sqlmodel import select

from bot import logs
from bot.web.app import web
from campaigns.tables import TrackedLink
from tests.stories.conftest import Story

SARI, BUDI = "+6281200000001", "sari-unmistakable@example.com"
WORDS = "alamat saya Jalan Rahasia 7, hubungi 0812 3456 7890"
PRIVATE = ("unmistakable", "00000001", "Rahasia", "3456", "7890", "Jalan", "Kopi Gayo", "Pelanggan Satu")


@contextmanager
def logging_to(stream: io.StringIO, *, as_json: bool) -> Iterator[None]:
    """Everything anybody logs meanwhile, at every level, goes through our handler."""
    handler, root = logs.handler(stream, as_json=as_json), logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        root.setLevel(before)
        root.removeHandler(handler)


def knocked(story: Story, method: str, path: str, **more: Any) -> int:
    async def knock() -> int:
        transport = httpx.ASGITransport(web(story.app), client=("127.0.0.1", 5_000), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as line:
            return (await line.request(method, path, **more)).status_code

    return asyncio.run(knock())


@pytest.mark.parametrize("as_json", [False, True], ids=["text", "json"])
def test_a_whole_day_leaves_nothing_of_anybody_in_the_log(sqlite_story: Story, as_json: bool) -> None:
    story, stream = sqlite_story, io.StringIO()
    with logging_to(stream, as_json=as_json):
        story.sells("Kopi Gayo", "kopi")
        for who in (SARI, BUDI):
            for text in ("MULAI", "ya", "ya", WORDS, "/privacy", "apa kabar Rahasia?"):
                story.hear(who, text, name="Pelanggan Satu")
        owner = story.owner()
        story.say(owner, "/launch picks all hold 0%")
        story.say(owner, "ya")
        sent = story.dispatch()
        with story.app.database.reading() as session:
            token = session.exec(select(TrackedLink.token)).first()
        for method, path in (
            ("GET", f"/r/{token}"),
            ("GET", f"/mydata/{token}"),
            ("GET", f"/handouts/{token}"),
            ("GET", "/metrics"),
            ("GET", "/readyz"),
        ):
            knocked(story, method, path)
        knocked(story, "POST", "/simulator", content=b'{"address": "' + SARI.encode() + b'", "text": "halo"}')
        knocked(story, "POST", "/simulator", content=b"{" + WORDS.encode())
        access = logging.getLogger("uvicorn.access")
        access.info('%s - "%s %s HTTP/%s" %d', "127.0.0.1:5000", "GET", f"/r/{token}", "1.1", 200)
        with story.app.database.engine.begin() as connection:
            connection.exec_driver_sql("DROP TABLE interactions")
        story.hear(SARI, WORDS, name="Pelanggan Satu")
        story.hear(BUDI, "STOP")
    told = stream.getvalue()
    assert sent == 2
    assert token
    assert "was not acted on" in told
    assert [each for each in (*PRIVATE, token) if each in told] == []


def test_an_entry_for_programs_is_one_object_on_one_line_with_what_went_wrong() -> None:
    stream = io.StringIO()
    with logging_to(stream, as_json=True):
        try:
            raise LookupError("nobody has\n081234567890")
        except LookupError:
            logging.getLogger("anybody").exception("two\nlines for %s", "+62 812-3456-7890")
    (line,) = stream.getvalue().splitlines()
    entry = json.loads(line)
    assert (entry["level"], entry["logger"], entry["fault"]) == ("ERROR", "anybody", "LookupError")
    assert entry["message"] == "two\nlines for +62•••7890"
    assert entry["traceback"].endswith("nobody has\n0•••7890")
    assert entry["at"].endswith("+00:00")


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("GET /r/aB3-x_y HTTP/1.1", "GET /r/••• HTTP/1.1"),
        ("https://shop.example.com/mydata/17.abc.def?x=1", "https://shop.example.com/mydata/•••?x=1"),
        ("POST '/handouts/deadbeef'", "POST '/handouts/•••'"),
        ("postgresql+psycopg://ratna:se-cret@db/shop", "postgresql+psycopg://•••@db/shop"),
        ("authorization: Bearer abc.def-ghi", "authorization: Bearer •••"),
        ("GET /metrics HTTP/1.1", "GET /metrics HTTP/1.1"),
    ],
)
def test_what_opens_a_door_is_masked(said: str, shown: str) -> None:
    assert logs.masked(said) == shown
