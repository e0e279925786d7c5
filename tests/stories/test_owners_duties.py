"""What the law asks of an owner, in a chat: figures, the record of processing, a notice to have at hand."""

from __future__ import annotations

import re
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from sqlmodel import SQLModel

from campaigns.channel import Document
from ledger.tables import ConsentWording, PrivacyRequest, RetentionRun, Role
from ledger.team import make_code
from tests.stories.conftest import Story

OWNER = "ibu-ratna"


@pytest.fixture
def shop(story: Story) -> Story:
    """Sari allows both, Budi offers alone, Tono left, Wati only said hello; and an owner."""
    story.join("sari-dewi")
    story.join("budi-santoso", "tidak")
    story.join("tono-wijaya")
    story.say("tono-wijaya", "STOP")
    story.say("wati-lestari", "ada kopi?")
    story.make_owner(OWNER)
    return story


def paper(story: Story, name: str) -> Document:
    (reply,) = story.hear(OWNER, f"/compliance {name}").replies
    assert reply.document is not None
    return reply.document


class Words(HTMLParser):
    """What a page shows, and the elements it is made of."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.elements: set[str] = set()
        self.feed(page.decode())
        self.text = "".join(self.seen)

    def handle_data(self, data: str) -> None:
        self.seen.append(data)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.elements.add(tag)


def test_every_figure_comes_with_its_n(shop: Story) -> None:
    told = shop.say(OWNER, "/compliance")
    assert "Izin dari 4 pelanggan:" in told
    assert "• penawaran: 2 ya, 1 tidak, 1 belum menjawab" in told
    assert "• pemakaian riwayat: 1 ya, 2 tidak, 1 belum menjawab" in told
    assert "Kata-kata di balik 3 ya (satu tiap chat):" in told
    assert "• penawaran, offers-1 (id): 2\n• pemakaian riwayat, profiling-1 (id): 1" in told
    assert "versi lama" not in told
    assert "• belum ada\n" in told
    assert "semuanya cocok" in told


def test_it_fits_a_telephone_and_leads_on_by_buttons(shop: Story) -> None:
    (reply,) = shop.hear(OWNER, "/compliance").replies
    assert len(reply.text) < 1_000
    assert [button.says for button in reply.buttons] == ["/kepatuhan catatan", "/kepatuhan kebocoran"]
    assert shop.hear(OWNER, reply.buttons[0].says).replies[0].document is not None


def test_a_yes_to_older_words_is_told_and_nobodys_standing_changes(shop: Story) -> None:
    composer = shop.app.composer
    composer._toml = {**composer._toml, "wordings": {**composer._toml["wordings"], "offers": "offers-2"}}
    told = shop.say(OWNER, "/compliance")
    assert "• penawaran, offers-1 (id): 2 — versi lama" in told
    assert "2 dari 3 ya menjawab versi lama" in told
    assert "langganan compliance --list" in told
    assert shop.hear("sari-dewi", "PRIVASI").standing.offers is True


def test_words_that_changed_under_their_version_are_told_with_the_way_to_mend_it(shop: Story) -> None:
    with shop.app.database.transaction() as session:
        session.add(
            ConsentWording(
                hash="new",
                version="offers-1",
                purpose="offers",
                language="id",
                text="Boleh?",
                first_shown_at=shop.clock.now() + timedelta(hours=1),
            )
        )
    told = shop.say(OWNER, "/compliance")
    assert "(offers-1, id) berubah tanpa versi baru: ada 2 susunan, 2 dari 2 ya menjawab yang sebelumnya" in told
    assert "templates/catalog.toml" in told


def test_requests_and_their_hours_are_told(shop: Story) -> None:
    now = shop.clock.now()
    with shop.app.database.transaction() as session:
        for kind, ago, took in (
            ("copy", 200, 2),
            ("copy", 100, 74),
            ("copy", 70, None),
            ("erasure", 80, None),
        ):
            asked = now - timedelta(hours=ago)
            answered = asked + timedelta(hours=took) if took is not None else None
            session.add(
                PrivacyRequest(
                    kind=kind, customer_id=1, channel="simulator", made_by="x", asked_at=asked, answered_at=answered
                )
            )
        session.add(RetentionRun(at=now - timedelta(hours=7), removed={"conversations": 3, "receipts": 4}))
    told = shop.say(OWNER, "/compliance")
    assert "• salinan data: 2 dari 3 dijawab, biasanya 38 jam, terlama 74 jam; 1 lewat batas" in told
    assert "1 belum dijawab, paling mendesak sisa 2 jam" in told
    assert "• hapus data: 0 dari 1 dijawab; 1 lewat batas" in told
    assert "batasnya sudah lewat: jawab sekarang" in told
    assert "• pembersihan terakhir: 2 November 2026 03.00, 7 baris" in told


def test_a_chain_that_was_tampered_with_is_told_and_stands_in_the_record(shop: Story) -> None:
    with shop.app.database.transaction() as session:
        session.connection().exec_driver_sql("UPDATE consent_events SET language = 'en' WHERE id = 2")
    assert "catatan 2 dari 9 tidak cocok. Hentikan pengiriman" in shop.say(OWNER, "/compliance")
    in_force, _, lacking = Words(paper(shop, "record").data).text.partition("Yang tidak berlaku di sini:")
    assert "Setiap izin tercatat dalam rantai" not in in_force
    assert "Rantai izin tidak cocok pada catatan 2" in lacking


def test_the_record_names_every_column_of_every_table(shop: Story) -> None:
    _, *parts = re.split("<h3>", paper(shop, "record").data.decode())
    named = {part.partition("</h3>")[0]: set(re.findall("<code>(.*?)</code>", part)) for part in parts}
    assert named == {name: set(table.columns.keys()) for name, table in SQLModel.metadata.tables.items()}


def test_an_owner_reads_one_line_for_each_kind_of_record_before_the_technicians_appendix(shop: Story) -> None:
    for_owners, _, _ = Words(paper(shop, "record").data).text.partition("Lampiran untuk teknisi")
    _, _, kinds = for_owners.partition("Setiap jenis catatan")
    lines = [line for line in kinds.splitlines() if "Disimpan " in line]
    assert len(lines) == len(SQLModel.metadata.tables)
    assert (
        "Barang atau jenis yang ingin lebih jarang, atau tidak, ditawarkan. Untuk mengirim penawaran yang diizinkan, "
        "bukan yang lain. Disimpan sampai orangnya minta dihapus, atau 730 hari tanpa kabar."
    ) in lines


def test_whoever_is_of_the_team_is_not_told_of_as_a_customer(shop: Story) -> None:
    (told,) = re.findall(r"Chat yang boleh memberi perintah\..*Disimpan .*", Words(paper(shop, "record").data).text)
    assert told.endswith("Disimpan sampai chat itu dikeluarkan dari tim atau dihapus.")


def test_the_record_says_for_how_long_by_the_settings(shop: Story) -> None:
    text = Words(paper(shop, "record").data).text
    assert "365 hari (isi percakapan dan pesan)" in text
    assert "setelah 730 hari tidak ada kabarnya" in text
    assert "dari 4 pelanggan" in text


@pytest.mark.parametrize("said", ["/compliance", "/compliance record", "/compliance breach"])
def test_nobodys_name_or_address_stands_in_any_of_it(shop: Story, said: str) -> None:
    (reply,) = shop.hear(OWNER, said).replies
    text = reply.text + (reply.document.data.decode() if reply.document else "")
    for word in ("sari", "budi", "tono", "wati", "dewi", "santoso", "ibu-ratna"):
        assert not re.search(rf"\b{word}\b", text, re.IGNORECASE), word


def test_a_page_stands_by_itself_and_lets_no_html_through(story: Story) -> None:
    story.make_owner(OWNER)
    object.__setattr__(story.app.shop, "contact", "<script>alert(1)</script>")
    for name in ("record", "breach"):
        found = Words(paper(story, name).data)
        assert found.elements <= {
            *("html", "head", "meta", "title", "style", "body", "h1", "h2", "h3", "p", "ul", "li", "strong", "code")
        }
        assert "<script>alert(1)</script>" in found.text


def test_a_notice_is_half_written_before_it_is_needed(shop: Story) -> None:
    text = Words(paper(shop, "breach").data).text
    assert "Toko Ratna" in text
    assert "3×24 jam sejak diketahui" in text
    # Thursday, seventy-two hours after Monday at ten.
    assert "paling lambat 5 November 2026 10:00 WIB" in text
    assert "dalam basis data seluruhnya 4 pelanggan" in text
    assert "alamat chat atau nomor di simulator: 4" in text
    assert "dalam basis data: tidak dienkripsi" in text
    assert text.count("[") > 10


def test_in_english_too(shop: Story) -> None:
    shop.say(OWNER, "english")
    assert "• offers: 2 yes, 1 no, 1 never answered" in shop.say(OWNER, "/compliance")
    assert "Record of processing activities" in Words(paper(shop, "record").data).text
    assert "Notice of a personal data breach" in Words(paper(shop, "breach").data).text


@pytest.mark.parametrize("role", [Role.MANAGER, Role.STAFF])
def test_who_is_not_the_owner_is_told_whose_it_is_and_a_customer_gets_what_unknown_words_get(
    shop: Story, role: Role
) -> None:
    with shop.app.database.transaction() as session:
        code = make_code(session, role, shop.clock.now())
    shop.say("mas-agus", code)
    assert "/kepatuhan hanya untuk pemilik" in shop.say("mas-agus", "/compliance record")
    assert shop.hear("mas-agus", "/compliance record").replies[0].document is None
    shop.say("wati-lestari", "tidak")
    shop.say("wati-lestari", "qwerty")
    assert shop.say("wati-lestari", "/compliance") == shop.say("wati-lestari", "xyzzy")


def test_where_a_chat_carries_no_files_the_way_to_one_is_told(sqlite_story: Story) -> None:
    sqlite_story.make_owner(OWNER)
    sqlite_story.simulator.carries_documents = False
    told = sqlite_story.say(OWNER, "/compliance record")
    assert "Chat ini tidak bisa membawa berkas" in told
    assert "langganan compliance --record catatan.html" in told
