"""What whoever watches the shop is told: whether it lives and is ready, and what it counts; nothing of anyone."""

from __future__ import annotations

import asyncio
import shutil
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.app import App, build
from bot.channels.simulator import Simulator
from bot.clock import ManualClock
from bot.inbound import Inbound
from bot.metrics import Counting
from bot.settings import Settings
from bot.web import health
from bot.web.app import web
from bot.web.health import Figures as FiguresDoor
from campaigns.channel import Fate, Report
from campaigns.tables import Campaign, Message, State, Status
from campaigns.words.composing import Composer
from ledger import backups, pulse
from ledger.database import Database
from ledger.tables import Customer
from tests.stories.conftest import MONDAY_TEN

TOKEN = "a token of Prometheus' own"
Figures = dict[str, dict[tuple[tuple[str, str], ...], float]]


def opened(database: Database, folder: Path, **more: object) -> App:
    given = {"secret_key": "a key for tests only, 32 bytes..", "data_dir": folder, **more}
    settings = Settings(_env_file=None, **given)  # type: ignore[arg-type]
    url = database.engine.url.render_as_string(hide_password=False)
    return build(settings, ManualClock(MONDAY_TEN), [Simulator()], url, settings.shop())


@pytest.fixture
def app(database: Database, tmp_path: Path) -> Iterator[App]:
    found = opened(database, tmp_path)
    yield found
    found.close()


@pytest.fixture
def sqlite_app(sqlite_database: Database, tmp_path: Path) -> Iterator[App]:
    found = opened(sqlite_database, tmp_path)
    yield found
    found.close()


def asked(app: App, path: str, client: str = "127.0.0.1", **more: Any) -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(web(app), client=(client, 5_000))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as line:
            return await line.get(path, **more)

    return asyncio.run(ask())


def figures(text: str) -> Figures:
    """By Prometheus' own parser, which refuses what Prometheus would."""
    found: Figures = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sorted(sample.labels.items()))] = sample.value
    return found


def begin(app: App, *states: State, status: Status = Status.RUNNING) -> None:
    with app.database.transaction() as session:
        campaign = Campaign(
            template="Kopi Rahasia", audience="all", holdout_share=0, seed="s", status=status, created_by="Ratna",
            created_at=MONDAY_TEN, due_from=MONDAY_TEN - timedelta(minutes=5),
        )  # fmt: skip
        session.add(campaign)
        people = [Customer(name="Sari Unmistakable", source="chat", created_at=MONDAY_TEN) for _ in states]
        session.add_all(people)
        session.flush()
        session.add_all(
            Message(
                campaign_id=campaign.id, customer_id=person.id, channel="simulator", was_eligible=True, state=state,
                planned_at=MONDAY_TEN - timedelta(minutes=5), counts_from=MONDAY_TEN, body="Halo Unmistakable",
            )
            for person, state in zip(people, states, strict=True)
        )  # fmt: skip


def test_messages_are_counted_by_state_and_channel_on_both_databases(app: App) -> None:
    begin(app, State.PLANNED, State.PLANNED, State.SENDING, State.SENT, State.UNKNOWN)
    begin(app, State.PLANNED, status=Status.PAUSED)
    found = figures(asked(app, "/metrics").text)
    assert found["langganan_messages"] == {
        (("channel", "simulator"), ("state", "planned")): 3,
        (("channel", "simulator"), ("state", "sending")): 1,
        (("channel", "simulator"), ("state", "sent")): 1,
        (("channel", "simulator"), ("state", "unknown")): 1,
    }
    assert (found["langganan_due"][()], found["langganan_oldest_due_age_seconds"][()]) == (2, 300)
    assert (found["langganan_in_flight"][()], found["langganan_unknown"][()]) == (1, 1)
    assert found["langganan_database_bytes"][()] > 100_000
    assert (found["langganan_database_up"][()], found["langganan_channel_open"]) == (
        1,
        {(("channel", "simulator"),): 1},
    )


def test_what_people_say_and_how_soon_they_are_answered_is_counted(sqlite_app: App) -> None:
    for number, text in enumerate(("MULAI", "ya", "tidak")):
        asyncio.run(sqlite_app.hear(Inbound("simulator", "sari", text, f"in-{number}", name="Sari")))
    found = figures(asked(sqlite_app, "/metrics").text)
    simulator = (("channel", "simulator"),)
    assert found["langganan_inbound_total"] == {(*simulator, ("taken", "true")): 3}
    assert found["langganan_answer_seconds_count"][simulator] == 3
    assert found["langganan_consent_events"][("granted", "true"), ("purpose", "offers")] == 1
    assert found["langganan_consent_events"][("granted", "false"), ("purpose", "profiling")] == 1


def test_what_is_sent_is_counted_by_what_came_of_it_and_how_long_it_took(sqlite_app: App) -> None:
    begin(sqlite_app, State.PLANNED)
    asyncio.run(sqlite_app.dispatcher.drain())  # nobody allowed it: withheld, though claimed
    asyncio.run(sqlite_app.believe(Report("simulator", "none of ours", Fate.DELIVERED, MONDAY_TEN)))
    found = figures(asked(sqlite_app, "/metrics").text)
    assert found["langganan_claim_seconds_count"][()] >= 1
    assert found["langganan_callbacks_total"] == {(("channel", "simulator"), ("fate", "delivered")): 1}


def test_of_what_happened_when_its_age_is_told_and_nothing_where_it_never_did(sqlite_app: App) -> None:
    assert "langganan_backup_age_seconds" not in figures(asked(sqlite_app, "/metrics").text)
    backups.make(sqlite_app.database, sqlite_app.settings.data_dir / "copies", MONDAY_TEN - timedelta(hours=2))
    assert figures(asked(sqlite_app, "/metrics").text)["langganan_backup_age_seconds"][()] == 7_200


def test_nothing_of_anybody_stands_in_the_figures(sqlite_app: App) -> None:
    begin(sqlite_app, State.PLANNED, State.SENT)
    asyncio.run(sqlite_app.hear(Inbound("simulator", "081234567890", "alamat Jalan Rahasia 7", "in-1", name="Sari")))
    told = asked(sqlite_app, "/metrics").text
    for private in ("Rahasia", "Unmistakable", "Ratna", "Sari", "1234567", "Kopi", "in-1"):
        assert private not in told


@pytest.mark.parametrize(
    ("settings", "client", "header", "status"),
    [
        ({}, "127.0.0.1", None, 200),
        ({}, "::1", None, 200),
        ({}, "192.0.2.7", None, 401),
        # A proxy on the same computer: everybody seems near.
        ({"public_url": "https://shop.example.com"}, "127.0.0.1", None, 401),
        ({"metrics_token": TOKEN}, "127.0.0.1", None, 401),
        ({"metrics_token": TOKEN}, "192.0.2.7", f"Bearer {TOKEN}", 200),
        ({"metrics_token": TOKEN, "public_url": "https://shop.example.com"}, "127.0.0.1", f"Bearer {TOKEN}", 200),
        ({"metrics_token": TOKEN}, "127.0.0.1", f"Bearer {TOKEN}x", 401),
        ({"metrics_token": TOKEN}, "127.0.0.1", f"Basic {TOKEN}", 401),
    ],
)
def test_figures_of_the_trade_are_for_whoever_has_the_token_or_sits_here(
    sqlite_database: Database,
    tmp_path: Path,
    settings: dict[str, object],
    client: str,
    header: str | None,
    status: int,
) -> None:
    app = opened(sqlite_database, tmp_path, **settings)
    answer = asked(app, "/metrics", client, headers={"Authorization": header} if header else {})
    app.close()
    assert answer.status_code == status
    assert ("langganan_messages" in answer.text) is (status == 200)


def test_the_database_is_counted_seldom_and_the_more_so_the_longer_it_takes(sqlite_database: Database) -> None:
    seconds, asked_at = [0.0], []

    def clock() -> float:
        return seconds[0]

    def now() -> Any:
        asked_at.append(seconds[0])
        seconds[0] += 2  # so long it takes
        return MONDAY_TEN

    async def look() -> None:
        counting = Counting(sqlite_database, ["simulator"], now, clock)
        for at in (0, 10, 60, 101, 103):
            seconds[0] = max(seconds[0], at)
            await counting.counts()

    asyncio.run(look())
    assert asked_at == [0, 103]  # two seconds of counting buy a hundred of rest


def test_several_who_ask_at_once_share_one_count_and_all_are_told(sqlite_app: App) -> None:
    async def ask() -> list[bytes]:
        page = FiguresDoor(sqlite_app).page
        return await asyncio.gather(*(page.text() for _ in range(5)))

    told = [figures(each.decode()) for each in asyncio.run(ask())]
    assert [each["langganan_database_up"][()] for each in told] == [1] * 5
    assert all("langganan_due" in each for each in told)


@pytest.mark.parametrize(
    "header", [{"X-Forwarded-For": "192.0.2.7"}, {"Forwarded": "for=192.0.2.7"}, {"Host": "shop.example.com"}]
)
def test_what_a_proxy_passes_on_or_a_page_elsewhere_asks_for_is_not_from_this_computer(
    sqlite_app: App, header: dict[str, str]
) -> None:
    answer = asked(sqlite_app, "/metrics", headers=header)
    assert answer.status_code == 401
    assert "langganan_" not in answer.text


def test_while_the_database_hangs_the_figures_of_the_process_are_told_all_the_same(
    sqlite_app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.metrics.PATIENCE_SECONDS", 0.01)
    sqlite_app.metrics.settled(0.5)
    with hanging(sqlite_app):
        found = figures(asked_while_hanging(sqlite_app, "/metrics").text)
    assert found["langganan_database_up"][()] == 0
    assert found["langganan_settle_seconds_count"][()] == 1
    assert "langganan_messages" not in found


def test_a_process_that_lives_says_so_without_asking_the_database(sqlite_app: App) -> None:
    with hanging(sqlite_app):
        answer = asked_while_hanging(sqlite_app, "/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_a_shop_is_ready_while_somebody_works_in_it_on_both_databases(app: App) -> None:
    assert asked(app, "/readyz").json()["reasons"].keys() == {"worker"}
    with app.database.transaction() as session:
        pulse.begin(session, "shift", pulse.WHOLE, "here", MONDAY_TEN)
    answer = asked(app, "/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready"})


def test_a_database_of_another_version_is_no_ready_one(sqlite_app: App) -> None:
    with sqlite_app.database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'of tomorrow'")
    assert "migrations" in asked(sqlite_app, "/readyz").json()["reasons"]


def test_without_its_database_it_is_not_ready_and_says_no_more_than_that(sqlite_app: App) -> None:
    sqlite_app.close()
    folder = Path(sqlite_app.database.engine.url.database or "").parent
    folder.rename(folder.with_name("elsewhere"))
    answer = asked(sqlite_app, "/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"status": "not ready", "reasons": {"database": "the database does not answer"}}


def test_a_template_that_vanished_is_told(sqlite_app: App, tmp_path: Path) -> None:
    folder = tmp_path / "templates"
    shutil.copytree(Composer().folder, folder)
    object.__setattr__(sqlite_app, "composer", Composer(folder))
    assert "templates" not in asked(sqlite_app, "/readyz").json()["reasons"]
    (folder / "messages" / "id" / "picks.j2").unlink()
    assert "templates" in asked(sqlite_app, "/readyz").json()["reasons"]


def test_it_is_told_in_time_though_the_database_hangs(sqlite_app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "ANSWER_SECONDS", 0.01)
    with hanging(sqlite_app):
        answer = asked_while_hanging(sqlite_app, "/readyz")
    assert (answer.status_code, list(answer.json()["reasons"])) == (503, ["late"])


class Hanging:
    """A database that takes a connection and never answers; let go at the end, for threads must end."""

    def __init__(self) -> None:
        self.over = threading.Event()

    def reading(self) -> Any:
        self.over.wait(30)
        raise ConnectionError("let go")


RELEASE: list[threading.Event] = []


class hanging:  # noqa: N801 - reads as a word in a with statement
    def __init__(self, app: App) -> None:
        self.app, self.before = app, app.database

    def __enter__(self) -> None:
        stuck = Hanging()
        RELEASE.append(stuck.over)
        object.__setattr__(self.app, "database", stuck)

    def __exit__(self, *_fault: object) -> None:
        RELEASE.clear()
        object.__setattr__(self.app, "database", self.before)


def asked_while_hanging(app: App, path: str) -> httpx.Response:
    """The loop's end waits for its threads: they are let go as soon as the answer is there."""

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(web(app)), base_url="http://localhost") as line:
            try:
                return await line.get(path)
            finally:
                for over in RELEASE:
                    over.set()
                await asyncio.sleep(0)

    return asyncio.run(ask())
