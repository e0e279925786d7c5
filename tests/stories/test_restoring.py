"""A backup is restored, and whoever was erased after it was made does not come back."""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import SQLModel, select

from bot.app import App, build
from bot.channels.simulator import Simulator
from bot.clock import ManualClock
from bot.inbound import Inbound
from bot.settings import Settings
from campaigns.privacy import forgetting
from ledger import chain, consent, customers, erasures, withdrawals
from ledger.database import BEFORE_COMMIT, Database
from ledger.tables import (
    Address,
    ConsentEvent,
    Customer,
    Erasure,
    Identity,
    Interaction,
    Product,
    Purpose,
    Suppression,
)
from tests.stories.conftest import MONDAY_TEN

KEY = "a key for tests only, 32 bytes.."


class House:
    """A shop that can be closed, copied and opened again."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.clock, self._said = folder, ManualClock(MONDAY_TEN), 0
        self.path = folder / "shop.db"
        self.app = self.open()

    def open(self) -> App:
        settings = Settings(_env_file=None, secret_key=KEY, data_dir=self.folder)  # type: ignore[call-arg,arg-type]
        self.app = build(settings, self.clock, [Simulator()], f"sqlite:///{self.path}", settings.shop())
        return self.app

    def say(self, who: str, *texts: str, channel: str = "simulator") -> None:
        for said in texts:
            self._said += 1
            self.clock.forward(timedelta(seconds=1))
            heard = self.app.router.receive(Inbound(channel, who, said, f"in-{self._said}", name=who))
            self.app.note_given(heard.asks)

    def erase(self, who: str, channel: str = "simulator") -> None:
        self.say(who, "hapus data", "ya", channel=channel)

    def back_up(self) -> Path:
        """As the documents say: a copy made by SQLite itself, while the shop is open."""
        copy = self.folder / "backup.db"
        copy.unlink(missing_ok=True)
        with self.app.database.engine.connect() as connection:
            connection.connection.cursor().execute(f"VACUUM INTO '{copy}'")
        return copy

    def restore(self, copy: Path) -> App:
        self.app.close()
        for suffix in ("", "-wal", "-shm"):
            self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)
        shutil.copy(copy, self.path)
        return self.open()

    def everything(self) -> str:
        with self.app.database.reading() as session:
            tables = SQLModel.metadata.sorted_tables
            rows = [session.connection().execute(text(f"SELECT * FROM {table.name}")).all() for table in tables]
        return repr(rows)

    @property
    def written(self) -> Path:
        with self.app.database.reading() as session:
            path = erasures.path(session)
        assert path is not None
        return path


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    opened = House(tmp_path)
    yield opened
    opened.app.close()


def test_who_was_erased_after_the_backup_is_erased_again_when_it_is_restored(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    house.say("sari-unmistakable", "MULAI", "ya", "ya", "alamat saya Jalan Rahasia 7")
    house.say("budi", "MULAI", "ya", "ya")
    copy = house.back_up()
    house.erase("sari-unmistakable")
    with house.app.database.reading() as session:
        receipt = session.exec(select(Erasure)).one()
    with caplog.at_level(logging.WARNING):
        app = house.restore(copy)
    assert app.repeated_erasures == 1
    assert "Erasures repeated, as this database is older than they are: 1" in caplog.text
    left = house.everything()
    assert "unmistakable" not in left
    assert "Rahasia" not in left
    with app.database.reading() as session:
        again = session.exec(select(Erasure)).one()
        assert (again.number, again.at, again.erased["addresses"]) == (receipt.number, receipt.at, 1)
        assert chain.verify(session).ok
        assert customers.address_of(session, "simulator", "budi") is not None
        assert len(session.exec(select(Suppression)).all()) == 1


def test_what_was_repeated_once_is_not_repeated_again(house: House) -> None:
    house.say("sari", "halo")
    copy = house.back_up()
    house.erase("sari")
    assert house.restore(copy).repeated_erasures == 1
    house.app.close()
    assert house.open().repeated_erasures == 0
    assert len(erasures.read(house.written)) == 1


def test_a_backup_from_before_somebody_was_known_still_keeps_them_out_of_imports(house: House) -> None:
    copy = house.back_up()
    house.say("sari", "halo")
    house.erase("sari")
    app = house.restore(copy)
    with app.database.reading() as session:
        assert session.exec(select(Suppression)).one().scope == "simulator"
        assert session.exec(select(Erasure)).one().erased == {}


def test_who_came_back_after_the_erasure_is_left_alone(house: House) -> None:
    house.say("sari", "halo")
    house.erase("sari")
    house.clock.forward(timedelta(days=1))
    house.say("sari", "halo lagi")
    copy = house.back_up()
    with house.app.database.transaction() as session:
        session.delete(session.exec(select(Erasure)).one())
    house.app.close()
    assert house.open().repeated_erasures == 1
    with house.app.database.reading() as session:
        sari = customers.address_of(session, "simulator", "sari")
        assert sari is not None
        assert customers.of(session, sari).erased_at is None
    assert copy.exists()


def test_somebody_known_by_a_name_elsewhere_alone_is_found_again(house: House) -> None:
    with house.app.database.transaction() as session:
        product = Product(sku="K1", name="Kopi", currency="IDR")
        sari = Customer(name="Sari Unmistakable", source="pos", created_at=house.clock.now())
        session.add_all([product, sari])
        session.flush()
        session.add(Identity(customer_id=sari.id, source="pos", reference="C-unmistakable", fingerprint="ab" * 32))
        session.add(
            Interaction(
                customer_id=sari.id,
                kind="purchase",
                at=house.clock.now(),
                platform="pos",
                product_id=product.id,
                quantity=1,
                order_ref="unmistakable-1",
            )
        )
    copy = house.back_up()
    with house.app.database.transaction() as session:
        person = session.get_one(Customer, sari.id)
        forgetting.forget(session, person, zone=house.app.shop.zone, by="command line", at=house.clock.now())
    house.restore(copy)
    assert "nmistakable" not in house.everything()
    with house.app.database.reading() as session:
        assert session.exec(select(Interaction)).one().quantity == 1


def import_budi(house: House) -> int:
    """An import brings Budi and his number, on the messenger's own channel, before anybody writes from it."""
    with house.app.database.transaction() as session:
        product = Product(sku="K1", name="Kopi", currency="IDR")
        budi = Customer(name="Budi", source="pos", created_at=house.clock.now())
        session.add_all([product, budi])
        session.flush()
        customers.add_address(session, budi, "simulator", "number-unmistakable", "pos", house.clock.now())
        bought = Interaction(
            customer_id=budi.id, kind="purchase", at=house.clock.now(), platform="pos", product_id=product.id,
            quantity=1, order_ref="T1",
        )  # fmt: skip
        session.add(bought)
        return budi.id


def writes_from_budis_number(house: House, whose: str) -> None:
    """They say whose the records are, and want what is theirs erased."""
    house.clock.forward(timedelta(days=1))
    house.say("number-unmistakable", "DATA SAYA", whose, "HAPUS DATA", "YA")


def test_who_was_taken_for_another_is_erased_again_and_the_other_keeps_all_but_the_number(house: House) -> None:
    number = import_budi(house)
    copy = house.back_up()
    writes_from_budis_number(house, "bukan saya")
    app = house.restore(copy)
    assert app.repeated_erasures == 1
    assert "unmistakable" not in house.everything()
    with app.database.reading() as session:
        budi = session.get_one(Customer, number)
        assert (budi.name, budi.erased_at) == ("Budi", None)
        assert session.exec(select(Interaction)).one().order_ref == "T1"
        assert session.exec(select(Address)).all() == []
        assert session.exec(select(Erasure)).one().erased == {"addresses": 1}
        assert "simulator" in session.exec(select(Suppression.scope)).all()


def test_who_said_that_the_records_are_theirs_is_erased_again_with_all_of_them(house: House) -> None:
    number = import_budi(house)
    copy = house.back_up()
    writes_from_budis_number(house, "ya")
    app = house.restore(copy)
    assert "Budi" not in house.everything()
    with app.database.reading() as session:
        assert session.get_one(Customer, number).erased_at is not None
        assert session.exec(select(Interaction)).one().order_ref != "T1"


def test_whom_only_an_import_knew_is_erased_again_whole(house: House) -> None:
    number = import_budi(house)
    copy = house.back_up()
    with house.app.database.transaction() as session:
        person = session.get_one(Customer, number)
        forgetting.forget(session, person, zone=house.app.shop.zone, by="command line", at=house.clock.now())
    house.restore(copy)
    assert "Budi" not in house.everything()


def test_who_wrote_and_only_later_said_whose_the_records_are_is_erased_again_whole(house: House) -> None:
    import_budi(house)
    house.say("number-unmistakable", "alamat saya Jalan Rahasia 7")
    copy = house.back_up()
    writes_from_budis_number(house, "ya")
    house.restore(copy)
    left = house.everything()
    assert "Rahasia" not in left
    assert "unmistakable" not in left
    assert "Budi" not in left


def test_the_file_beside_the_database_leads_to_nobody(house: House) -> None:
    house.say("sari-unmistakable", "MULAI", "ya")
    house.erase("sari-unmistakable")
    told = json.loads(house.written.read_text())
    assert set(told) == {"number", "at", "marks", "customer"}
    assert "unmistakable" not in house.written.read_text()
    assert all(len(mark) == 64 for _, mark in told["marks"])


def test_without_the_file_a_restored_backup_has_them_again_which_is_why_it_is_kept(house: House) -> None:
    house.say("sari", "halo")
    copy = house.back_up()
    house.erase("sari")
    house.written.unlink()
    assert house.restore(copy).repeated_erasures == 0
    with house.app.database.reading() as session:
        assert session.exec(select(Address)).one().address == "sari"


def test_postgresql_repeats_them_too(postgresql_database: Database, tmp_path: Path) -> None:
    url = postgresql_database.engine.url.render_as_string(hide_password=False)
    settings = Settings(_env_file=None, secret_key=KEY, data_dir=tmp_path)  # type: ignore[call-arg,arg-type]
    clock = ManualClock(MONDAY_TEN)

    def opened() -> App:
        return build(settings, clock, [Simulator()], url, settings.shop())

    app = opened()
    app.router.receive(Inbound("simulator", "sari", "halo", "in-1"))
    with app.database.reading() as session:
        sari = session.exec(select(Customer)).one()
        line = erasures.Line(
            "AB12CD34", clock.now().isoformat(), (), erasures.mark_of(session, sari.id, sari.created_at)
        )
        erasures.append(session, line)
    app.close()
    app = opened()
    assert app.repeated_erasures == 1
    with app.database.reading() as session:
        assert session.get_one(Customer, sari.id).erased_at == clock.now()
        assert session.get_one(Erasure, "AB12CD34").erased["addresses"] == 1
    app.close()


def allowed(app: App, who: str, channel: str = "simulator") -> bool:
    with app.database.reading() as session:
        place = customers.address_of(session, channel, who)
        assert place is not None
        return consent.standing(session, place.customer_id, channel).allows(Purpose.OFFERS)


def test_who_said_stop_after_the_backup_is_not_written_to_when_it_is_restored(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    house.say("sari", "MULAI", "ya", "ya")
    house.say("budi", "MULAI", "ya", "ya")
    copy = house.back_up()
    house.say("sari", "STOP")
    with caplog.at_level(logging.WARNING):
        app = house.restore(copy)
    assert app.repeated_withdrawals == 2  # offers and profiling; research was never allowed
    assert "Withdrawals repeated, as this database is older than they are: 2" in caplog.text
    assert (allowed(app, "sari"), allowed(app, "budi")) == (False, True)
    with app.database.reading() as session:
        assert chain.verify(session).ok


def test_what_was_withdrawn_again_is_withdrawn_once(house: House) -> None:
    house.say("sari", "MULAI", "ya", "ya")
    copy = house.back_up()
    house.say("sari", "STOP")
    assert house.restore(copy).repeated_withdrawals == 2
    house.app.close()
    assert house.open().repeated_withdrawals == 0


def test_a_yes_given_after_the_restore_stands_whatever_is_written_beside_the_database(house: House) -> None:
    house.say("sari", "MULAI", "ya", "ya")
    copy = house.back_up()
    house.say("sari", "STOP")
    house.restore(copy)
    house.say("sari", "MULAI", "ya", "ya")
    house.app.close()
    assert house.open().repeated_withdrawals == 0
    assert allowed(house.app, "sari")


def test_a_no_that_was_taken_back_before_the_backup_stays_taken_back(house: House) -> None:
    house.say("sari", "MULAI", "ya", "ya", "STOP", "MULAI", "ya", "ya")
    copy = house.back_up()
    house.say("budi", "MULAI", "ya", "ya", "STOP")
    assert house.restore(copy).repeated_withdrawals == 0  # Budi is not in the backup at all
    assert allowed(house.app, "sari")


def test_a_stop_whose_transaction_was_cut_off_counts_when_the_shop_is_opened_again(house: House) -> None:
    house.say("sari", "MULAI", "ya", "ya")
    with pytest.raises(ZeroDivisionError), house.app.database.transaction() as session:
        place = customers.address_of(session, "simulator", "sari")
        assert place is not None
        said = consent.Evidence("simulator", "STOP")
        words = consent.Wording("stop-1", "", "id")
        at = house.clock.now()
        consent.withdraw(session, place.customer_id, Purpose.OFFERS, wording=words, evidence=said, at=at)
        session.info[BEFORE_COMMIT]["the power"] = lambda: 1 // 0
    house.app.close()
    assert house.open().repeated_withdrawals == 1
    assert not allowed(house.app, "sari")


def test_who_left_one_chat_only_is_withdrawn_again_in_that_chat_only(house: House) -> None:
    house.say("sari", "MULAI", "ya", "ya")
    copy = house.back_up()
    house.say("sari", "stop di sini")
    app = house.restore(copy)
    with app.database.reading() as session:
        place = customers.address_of(session, "simulator", "sari")
        assert place is not None
        assert not consent.standing(session, place.customer_id, "simulator").allows(Purpose.OFFERS)
        again = session.exec(select(ConsentEvent).where(ConsentEvent.wording == "repeated")).all()
        assert {each.scope for each in again} == {"simulator"}


def test_what_is_written_of_a_no_leads_to_nobody(house: House) -> None:
    house.say("sari-unmistakable", "MULAI", "ya", "STOP")
    with house.app.database.reading() as session:
        file = withdrawals.path(session)
    assert file is not None
    assert file.stat().st_mode & 0o777 == 0o600
    told = [json.loads(line) for line in file.read_text().splitlines()]
    assert all(set(line) == {"event", "hash", "at", "purpose", "scope", "marks"} for line in told)
    assert "unmistakable" not in file.read_text()
    assert all(len(mark) == 64 for line in told for _, mark in line["marks"])


def test_a_no_is_on_the_disk_before_it_is_committed_and_one_taken_back_is_not(house: House) -> None:
    house.say("sari", "MULAI", "ya", "ya")
    with house.app.database.reading() as session:
        file = withdrawals.path(session)
    assert file is not None
    before = withdrawals.read(file)
    with house.app.database.transaction() as session:
        place = customers.address_of(session, "simulator", "sari")
        assert place is not None
        with suppress(ZeroDivisionError), session.begin_nested():
            consent.withdraw(
                session,
                place.customer_id,
                Purpose.OFFERS,
                wording=consent.Wording("stop-1", "", "id"),
                evidence=consent.Evidence("simulator", "STOP"),
                at=house.clock.now(),
            )
            _ = 1 // 0
    assert withdrawals.read(file) == before
