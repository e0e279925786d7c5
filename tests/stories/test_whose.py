"""A till's number may be mistyped, given on or a friend's: whose its records are is for whoever writes to say."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest
from sqlmodel import select

from campaigns.choosing import audiences
from campaigns.outcomes import results
from campaigns.tables import Campaign, Membership, Message, MiningRun, Segment
from ledger import chain, consent, customers, privacy
from ledger.imports import ShopDefaults, import_file
from ledger.tables import Address, Customer, Interaction, Kind
from tests.stories.conftest import Story

BUDI, SITI = "+6281200000011", "+6281200000012"
SHOP = ShopDefaults("IDR", "Asia/Jakarta", "ID")


class Till:
    """Writes files as a till does and imports them."""

    def __init__(self, story: Story, folder: Path) -> None:
        self.story, self.folder, self.files = story, folder, 0

    def sells(self, phone: str, product: str, customer: str = "", name: str = "Budi Santoso") -> None:
        self.files += 1
        file = self.folder / f"till-{self.files}.csv"
        day = f"{self.story.clock.now():%Y-%m-%d %H:%M:%S}"
        file.write_text(
            "order_id,date,customer_id,customer_name,phone,product,quantity,price\n"
            f"T{self.files},{day},{customer},{name},{phone},{product},1,50000\n"
        )
        import_file(self.story.app.database, file, shop=SHOP, now=self.story.clock.now())

    def bought_by(self, phone: str) -> list[str]:
        """What whoever writes from that number has in their copy."""
        with self.story.app.database.reading() as session:
            person = customers.find(session, phone, "ID")
            bought = [row["product_id"] for row in privacy.export(session, person)["interactions"]]
        return [each for each in bought if each is not None]


@pytest.fixture
def till(story: Story, tmp_path: Path) -> Till:
    return Till(story, tmp_path)


def say(story: Story, phone: str, text: str, name: str = "Siti") -> str:
    return "\n".join(reply.text for reply in story.hear(phone, text, channel="whatsapp", name=name).replies)


def copy_of(story: Story, phone: str) -> str:
    document = story.hear(phone, "kirim berkas", channel="whatsapp", name="Siti").replies[-1].document
    assert document is not None
    return zipfile.ZipFile(io.BytesIO(document.data)).read("data.json").decode()


def standing(story: Story, phone: str) -> dict[str, bool]:
    return story.hear(phone, "privasi", channel="whatsapp", name="Siti").standing.as_json()


def test_what_is_said_from_an_imported_number_is_said_by_whoever_writes(story: Story, till: Till) -> None:
    till.sells(SITI, "Teh")
    for said in ("STOP", "jangan kategori teh", "sebulan sekali"):
        say(story, SITI, said)
    with story.app.database.reading() as session:
        budi = session.exec(select(Customer).where(Customer.name == "Budi Santoso")).one()
        assert not customers.has_spoken(session, budi)
        assert consent.standing(session, budi.id, "whatsapp").offers is None
        assert customers.find(session, SITI, "ID").name == "Siti"
    assert "Halo Kak Siti" in say(story, SITI, "halo")
    say(story, SITI, "data saya")
    say(story, SITI, "bukan saya")
    assert standing(story, SITI) == {"offers": False, "profiling": False, "research": False}
    assert "tidak, sejak" in say(story, SITI, "privasi")


def test_who_says_that_the_records_are_theirs_has_them_in_their_own_chat(story: Story, till: Till) -> None:
    till.sells(BUDI, "Teh", customer="C77")
    for said in ("MULAI", "ya", "ya", "ya"):
        say(story, BUDI, said, "Budi")
    till.sells("", "Kopi", customer="C77")
    assert len(till.bought_by(BUDI)) == 2
    with story.app.database.reading() as session:
        living = session.exec(select(Customer).where(Customer.erased_at.is_(None))).all()  # type: ignore[union-attr]
        assert [person.name for person in living] == ["Budi"]
        assert chain.verify(session).ok


def test_one_buyer_with_two_numbers_keeps_two_conversations_apart(story: Story, till: Till) -> None:
    till.sells(BUDI, "Teh", customer="C77")
    till.sells(SITI, "Kopi", customer="C77")
    for said in ("MULAI", "ya", "ya", "ya", "kak obatnya manjur, jangan bilang siapa-siapa"):
        say(story, BUDI, said, "Budi")
    say(story, SITI, "halo, beras ada?")
    assert standing(story, SITI)["offers"] is False
    say(story, SITI, "data saya")
    say(story, SITI, "bukan saya")
    copied = copy_of(story, SITI)
    assert "obatnya" not in copied
    assert "Budi" not in copied
    assert "obatnya" in copy_of(story, BUDI)


def test_a_second_number_that_claims_what_another_chat_has_stays_a_customer_of_its_own(
    story: Story, till: Till
) -> None:
    till.sells(BUDI, "Teh", customer="C77")
    till.sells(SITI, "Kopi", customer="C77")
    for said in ("MULAI", "ya", "ya", "ya"):
        say(story, BUDI, said, "Budi")
    for said in ("data saya", "ya itu saya"):
        say(story, SITI, said)
    assert len(till.bought_by(BUDI)) == 2
    assert till.bought_by(SITI) == []


def test_after_not_me_no_import_brings_that_persons_purchases_back(story: Story, till: Till) -> None:
    till.sells(SITI, "Teh")
    say(story, SITI, "data saya")
    say(story, SITI, "bukan saya")
    till.sells(SITI, "Obat Wasir")
    assert till.bought_by(SITI) == []
    with story.app.database.reading() as session:
        budi = session.exec(select(Customer).where(Customer.name == "Budi Santoso")).one()
        bought = select(Interaction).where(Interaction.customer_id == budi.id, Interaction.kind == Kind.PURCHASE)
        assert len(session.exec(bought).all()) == 2


def test_erasing_ones_chat_leaves_the_other_whom_an_import_meant(story: Story, till: Till) -> None:
    till.sells(SITI, "Teh", customer="C77")
    say(story, SITI, "data saya")
    say(story, SITI, "bukan saya")
    say(story, SITI, "hapus data")
    assert "sudah dihapus" in say(story, SITI, "ya")
    with story.app.database.reading() as session:
        budi = session.exec(select(Customer).where(Customer.name == "Budi Santoso")).one()
        assert budi.erased_at is None
        assert session.exec(select(Address)).all() == []
    till.sells(SITI, "Kopi", customer="C77")
    till.sells(SITI, "Gula")
    with story.app.database.reading() as session:
        bought = session.exec(select(Interaction.customer_id).where(Interaction.kind == Kind.PURCHASE)).all()
        assert bought == [budi.id] * 3
        assert session.exec(select(Address)).all() == []


def test_who_has_not_said_whose_the_records_are_is_not_counted_twice(story: Story, till: Till) -> None:
    till.sells(SITI, "Teh")
    say(story, SITI, "halo")
    with story.app.database.reading() as session:
        shop = story.app.shop
        told = audiences.candidates(session, audiences.EVERYONE, {"whatsapp"}, shop, story.clock.now())
        assert [each.name for each in told] == ["Budi Santoso"]


def test_a_segment_and_old_campaigns_go_along_and_the_report_stays_as_it_was(story: Story, till: Till) -> None:
    story.sells("Kopi Gayo", "Kopi")
    till.sells(BUDI, "Teh", customer="C77")
    with story.app.database.transaction() as session:
        budi = session.exec(select(Customer).where(Customer.name == "Budi Santoso")).one()
        run = MiningRun(started_at=story.clock.now(), ready_at=story.clock.now())
        session.add(run)
        session.flush()
        segment = Segment(run_id=run.id, key="regulars", size=1, share=1.0)
        session.add(segment)
        session.flush()
        session.add(Membership(run_id=run.id, customer_id=budi.id, segment_id=segment.id))
    owner = story.owner()
    story.say(owner, "/launch picks all hold 0%")
    story.say(owner, "ya kirim")
    with story.app.database.reading() as session:
        before = results.report(session, session.get_one(Campaign, 1))
    for said in ("MULAI", "ya", "ya", "ya"):
        say(story, BUDI, said, "Budi")
    with story.app.database.reading() as session:
        writer = customers.find(session, BUDI, "ID")
        assert results.report(session, session.get_one(Campaign, 1)) == before
        assert session.exec(select(Membership.customer_id)).all() == [writer.id]
        assert writer.id in session.exec(select(Message.customer_id)).all()
    assert json.loads(copy_of(story, BUDI))["segments"] != []
