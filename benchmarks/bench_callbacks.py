"""How many of WhatsApp's signed reports are taken a second, each acknowledged once it is committed, on SQLite.

A shop in a process of its own, as `langganan serve` opens it; LINES connections of a load generator in this one post
"sent", "delivered" and "read" of every message of a campaign, with Twilio's signature: half of them as fast as it
goes, half at PACE a second, as they come when a campaign is sent at that rate. Peer, in the same run and
with the same requests: what one writes first, a bare Starlette route with twilio's RequestValidator and one commit
for each report. In the end every message must be read, and every answer 204.
Budget: at least 1,500 a second as fast as it goes; at PACE 99 of 100 acknowledged within 100 ms.
Run: python benchmarks/bench_callbacks.py [--small] [--messages N]
"""

from __future__ import annotations

import asyncio
import socket
import sqlite3
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import uvicorn
from sqlalchemy import insert
from starlette.applications import Starlette
from starlette.datastructures import ImmutableMultiDict
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from twilio.request_validator import RequestValidator

from benchmarks.knocking import Found, opened, posting, telling, visits, worked
from benchmarks.measuring import arguments, leave
from bot import carrying, lasting
from bot.app import build
from bot.channels.whatsapp import WhatsApp
from bot.clock import SystemClock
from bot.settings import Settings
from bot.web.app import server_of
from bot.web.whatsapp import STATUS_PATH
from campaigns.tables import Campaign, Message, State
from ledger.database import Database
from ledger.tables import Customer

LINES = 64
PACE = 2_000
LEAST_PER_SECOND, LONGEST_MS = 1_500, 100
PUBLIC, TOKEN, SECRET = "https://toko.example", "an invented token", "a key for measuring only, 32 byte"
NOW = datetime(2026, 11, 2, 3, tzinfo=UTC)
STATUSES = ("sent", "delivered", "read")


def furnish(folder: str, messages: int) -> None:
    """A campaign whose messages Twilio took."""
    database = Database(f"sqlite:///{folder}/ours.db", secret=SECRET.encode())
    database.migrate()
    with database.transaction() as session:
        campaign = Campaign(
            template="picks",
            audience="all",
            holdout_share=0.0,
            seed="1",
            status="running",
            created_by="b",
            created_at=NOW,
        )
        session.add(campaign)
        session.flush()
        session.connection().execute(insert(Customer), [_person(number) for number in range(1, messages + 1)])
        session.connection().execute(insert(Message), [_message(number) for number in range(1, messages + 1)])
    database.close()
    with sqlite3.connect(f"{folder}/peer.db") as peer:
        peer.execute("PRAGMA journal_mode = WAL")
        peer.execute("CREATE TABLE messages (number TEXT PRIMARY KEY, state TEXT, at TEXT)")
        peer.executemany(
            "INSERT INTO messages VALUES (?, 'sent', NULL)", [(_sid(n),) for n in range(1, messages + 1)]
        )


def _person(number: int) -> dict[str, object]:
    return {"id": number, "name": f"Pelanggan {number}", "source": "chat", "created_at": NOW}


def _message(number: int) -> dict[str, object]:
    return {
        "campaign_id": 1, "customer_id": number, "channel": "whatsapp", "was_eligible": True, "state": State.SENT,
        "counts_from": NOW, "planned_at": NOW, "sending_at": NOW, "sent_at": NOW, "attempts": 1,
        "personal_refusals": 0, "body": "Halo Kak, kopi robusta diskon 10%", "facts": {"products": [1, 2]},
        "provider_message_id": _sid(number),
    }  # fmt: skip


def _sid(number: int) -> str:
    return f"SM{number:032x}"


def requests(messages: int) -> list[bytes]:
    """Three reports of each message, signed; those of one message in order, of many mixed."""
    validator, made = RequestValidator(TOKEN), []
    for number in range(1, messages + 1):
        for place, status in enumerate(STATUSES):
            form = {
                "ChannelToAddress": "+6281200XXXXXX", "ChannelPrefix": "whatsapp", "MessageStatus": status,
                "SmsSid": _sid(number), "SmsStatus": status, "ChannelInstallSid": "XE" + "0" * 32,
                "To": f"whatsapp:+62812{number:08}", "From": "whatsapp:+6281200000099", "ApiVersion": "2010-04-01",
                "MessageSid": _sid(number), "AccountSid": "AC" + "0" * 32,
            }  # fmt: skip
            headers = {
                "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
                "X-Twilio-Signature": validator.compute_signature(PUBLIC + STATUS_PATH, form),
                "I-Twilio-Idempotency-Token": f"{number}-{place}", "User-Agent": "TwilioProxy/1.1", "Accept": "*/*",
            }  # fmt: skip
            made.append((number + place * 200, posting(STATUS_PATH, urlencode(form).encode(), headers)))
    return [request for _, request in sorted(made, key=lambda each: each[0])]


def ours(door: socket.socket, line: Connection, folder: str) -> None:
    """The shop."""
    settings = Settings(
        _env_file=None, secret_key=SECRET, data_dir=Path(folder), public_url=PUBLIC, twilio_auth_token=TOKEN
    )  # type: ignore[call-arg]
    clock = SystemClock()
    channel = WhatsApp.connect("AC" + "0" * 32, TOKEN, "+6281200000099", clock)

    async def serve() -> None:
        app = build(settings, clock, [channel], f"sqlite:///{folder}/ours.db", settings.shop())
        server, stopping = server_of(app, closing_seconds=1), asyncio.Event()
        beside = asyncio.create_task(carrying.keep(app.database, stopping))
        lasting.settle_in()
        telling(line)
        await server.serve([door])
        stopping.set()
        await beside

    asyncio.run(serve())


def peer(door: socket.socket, line: Connection, folder: str) -> None:
    """What one writes first."""
    validator = RequestValidator(TOKEN)

    def note(number: str, state: str) -> None:
        with sqlite3.connect(f"{folder}/peer.db", timeout=30) as connection:
            at = datetime.now(UTC).isoformat()
            connection.execute("UPDATE messages SET state = ?, at = ? WHERE number = ?", (state, at, number))

    async def receive(request: Request) -> Response:
        form = ImmutableMultiDict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
        if not validator.validate(PUBLIC + STATUS_PATH, form, request.headers.get("x-twilio-signature", "")):
            return Response(status_code=403)
        await asyncio.to_thread(note, form["MessageSid"], form["MessageStatus"])
        return Response(status_code=204)

    async def serve() -> None:
        app = Starlette(routes=[Route(STATUS_PATH, receive, methods=["POST"])])
        config = uvicorn.Config(app, access_log=False, log_level="critical", lifespan="off")
        telling(line)
        await uvicorn.Server(config).serve([door])

    asyncio.run(serve())


def measured(
    serve: Callable[[socket.socket, Connection, Any], None],
    folder: str,
    posts: list[bytes],
    per_second: float | None = None,
) -> Found:
    with opened(serve, folder) as (port, line):
        before = worked(line)
        found = asyncio.run(visits(port, posts, LINES, per_second))
        found.worked = worked(line) - before
    assert set(found.codes) == {204}, found.codes
    return found


def read_in(folder: str) -> int:
    database = Database(f"sqlite:///{folder}/ours.db", secret=SECRET.encode())
    with database.reading() as session:
        (count,) = (
            session.connection()
            .exec_driver_sql(
                "SELECT count(*) FROM messages WHERE state = 'read' AND delivered_at > 0 AND read_at > 0"
            )
            .one()
        )
    database.close()
    return int(count)


def main() -> None:
    asked = arguments(__doc__, messages=8_000)
    messages = 100 if asked.small else asked.messages
    with tempfile.TemporaryDirectory() as folder:
        furnish(folder, messages)
        posts = requests(messages)
        first = measured(peer, folder, posts[: len(posts) // 8])
        found = measured(ours, folder, posts[: len(posts) // 2])
        paced = measured(ours, folder, posts[len(posts) // 2 :], PACE)
        assert read_in(folder) == messages, "not everything that was acknowledged was kept"
    print(f"ours: {found}")
    print(f"at {PACE:,} a second: {paced}")
    print(f"one commit for each report: {first}")
    print(f"{found.rate / first.rate:.1f} times as many; all {messages:,} messages read")
    is_well = found.rate >= LEAST_PER_SECOND and paced.wait(0.99) <= LONGEST_MS
    leave(is_well=is_well, is_small=asked.small)


if __name__ == "__main__":
    main()
