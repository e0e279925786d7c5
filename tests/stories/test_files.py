"""A shop's history sent by chat: shown, confirmed, imported; in a process of its own, with nothing left behind."""

from __future__ import annotations

import asyncio
import gzip
import re
import stat
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import func, select

from bot.arrivals import FOLDER, Arrivals
from bot.errands import LARGEST_FILE_BYTES
from bot.inbound import Attachment, Inbound
from campaigns.channel import Outgoing
from ledger.tables import Address, AuditEntry, Customer, Interaction, Kind, Question, Role
from ledger.team import make_code
from tests.stories.conftest import Story

SALES = """tanggal,No HP,nama,produk,jumlah,harga,no nota,kasir
21/07/2026 10:15,0812-0000-0001,Sari,Kopi Gayo 250,2,82.500,N-0181,Agus
21/07/2026 10:20,0812-0000-0002,Budi,Teh Melati,1,15.000,N-0182,Agus
21/07/2026 10:30,,,Teh Melati,1,15.000,N-0183,Agus
kapan-kapan,0812-0000-0002,Budi,Teh Melati,1,15.000,N-0184,Agus
"""


@contextmanager
def opened(story: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Story]:
    """An owner on the simulator; what runs in a process of its own finds the same shop."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", story.app.database.engine.url.render_as_string(hide_password=False))
    monkeypatch.setenv("SECRET_KEY", "a key for tests only, 32 bytes..")
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    story.make_owner("ibu-ratna")
    yield story
    asyncio.run(story.app.errands.stop())


@pytest.fixture
def shop(sqlite_story: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Story]:
    with opened(sqlite_story, tmp_path, monkeypatch) as story:
        yield story


@pytest.fixture
def either_shop(story: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Story]:
    """The same on both databases; each run starts processes, so only what meets the database is told of both."""
    with opened(story, tmp_path, monkeypatch) as told:
        yield told


def does(story: Story, who: str, text: str, number: str, attachment: Attachment | None = None) -> list[Outgoing]:
    """What somebody is told, once everything that follows is done."""
    before = len(story.simulator.sent)
    said = Inbound("simulator", who, text, number, attachment=attachment)

    async def act() -> None:
        await story.app.hear(said)
        await story.app.errands.finish()

    asyncio.run(act())
    return [each for each in list(story.simulator.sent)[before:] if each.address == who]


def sends(
    story: Story, data: bytes, name: str = "penjualan.csv", caption: str = "", who: str = "ibu-ratna"
) -> list[Outgoing]:
    reference = story.simulator.hand_in(data)
    sent = Attachment("file", name, "text/csv", len(data), reference)
    return does(story, who, caption, f"file-{reference}", sent)


def left_over(folder: Path) -> list[Path]:
    return [each for each in (folder / FOLDER).rglob("*") if each.is_file() and each.name != ".lock"]


def purchases(story: Story) -> int:
    with story.app.database.reading() as session:
        counted = select(func.count()).select_from(Interaction).where(Interaction.kind == Kind.PURCHASE)
        return session.exec(counted).one()


def test_a_file_is_shown_before_anything_comes_in(shop: Story) -> None:
    received, preview = sends(shop, SALES.encode())
    assert received.text.startswith("Berkas penjualan.csv saya lihat dulu")
    assert "penjualan.csv (tabel biasa)" in preview.text
    for line in (
        "• tanggal → tanggal",
        "• No HP → nomor HP",
        "• produk → barang, dikenali dari namanya",
        "• harga → harga satuan",
    ):
        assert line in preview.text
    assert "Tidak dipakai: kasir" in preview.text
    assert "4 baris, 2 bisa dipakai. Yang baru: 2 catatan, 2 pelanggan, 2 barang." in preview.text
    assert "• tidak jelas siapa yang beli: 1 (baris 4)" in preview.text
    assert "• tanggal atau angkanya tidak terbaca: 1 (baris 5)" in preview.text
    assert [button.label for button in preview.buttons] == ["Ya, impor", "Tidak jadi"]
    assert purchases(shop) == 0


def test_after_a_yes_it_comes_in_once_and_the_same_file_adds_nothing(either_shop: Story, tmp_path: Path) -> None:
    shop = either_shop
    sends(shop, SALES.encode())
    begun, done = does(shop, "ibu-ratna", "ya", "yes")
    assert begun.text.startswith("Impor dimulai")
    assert "Impor selesai: 2 dari 4 baris. Yang baru: 2 catatan, 2 pelanggan, 2 barang." in done.text
    assert "/pelajari" in done.text
    assert purchases(shop) == 2
    assert left_over(tmp_path) == []
    with shop.app.database.reading() as session:
        deed = session.exec(select(AuditEntry).where(AuditEntry.action == "file imported")).one()
    assert (deed.actor, deed.detail["lines"]) == ("simulator:i•••atna", 4)
    _, known = sends(shop, SALES.encode())
    assert "sudah ada semua di sini: 2 dari 4 baris dikenali, tidak ada yang baru" in known.text
    assert known.buttons == ()
    assert left_over(tmp_path) == []


def test_the_button_does_what_the_word_does_in_english(shop: Story) -> None:
    shop.say("ibu-ratna", "english")
    _, preview = sends(shop, SALES.encode())
    assert "• No HP → phone number" in preview.text
    begun, done = does(shop, "ibu-ratna", preview.buttons[0].says, "press")
    assert begun.text.startswith("The import begins")
    assert "The import is done: 2 of 4 lines. New: 2 records, 2 customers, 2 products." in done.text
    (again,) = [each for each in does(shop, "ibu-ratna", preview.buttons[0].says, "twice") if "not here" in each.text]
    assert "Send it again" in again.text


def test_a_no_throws_the_file_away(shop: Story, tmp_path: Path) -> None:
    _, preview = sends(shop, SALES.encode())
    (dropped,) = does(shop, "ibu-ratna", preview.buttons[1].says, "press")
    assert dropped.text.startswith("Dibiarkan seperti semula")
    assert purchases(shop) == 0
    assert left_over(tmp_path) == []


@pytest.mark.parametrize("way", ["word", "button"])
def test_a_yes_does_not_keep(shop: Story, way: str) -> None:
    _, preview = sends(shop, SALES.encode())
    shop.clock.forward(timedelta(minutes=11))
    (stale,) = does(shop, "ibu-ratna", preview.buttons[0].says if way == "button" else "ya", "late")
    assert "lebih dari 10 menit" in stale.text
    assert purchases(shop) == 0


def test_somebody_elses_file_is_not_imported_by_its_token(shop: Story) -> None:
    _, preview = sends(shop, SALES.encode())
    shop.make_owner("pak-budi")
    told = does(shop, "pak-budi", preview.buttons[0].says, "press")
    assert "sudah tidak ada di sini" in told[-1].text
    assert purchases(shop) == 0


def test_a_caption_says_which_column_is_which(shop: Story) -> None:
    strange = SALES.replace("No HP", "Hubungi").replace("tanggal", "Hari").encode()
    _, refused = sends(shop, strange)
    assert "tidak punya kolom untuk tanggal" in refused.text
    assert "Telepon=phone" in refused.text
    _, preview = sends(shop, strange, caption="Hubungi=phone, Hari=date")
    assert "• Hubungi → nomor HP" in preview.text
    assert "2 bisa dipakai" in preview.text


BY_NAME = """Tanggal,Pembeli,Barang,Total
21/07/2026,Bu Siti,Kopi Gayo 250,82.500
21/07/2026,Pak Joko,Teh Melati,15.000
"""


def test_a_file_without_numbers_is_warned_of_and_may_bring_them_later(shop: Story) -> None:
    _, preview = sends(shop, BY_NAME.encode())
    assert "Tidak ada kolom nomor HP" in preview.text
    assert "• Pembeli → pelanggan, sekaligus namanya" in preview.text
    assert "• Barang → barang, dikenali dari namanya" in preview.text
    does(shop, "ibu-ratna", "ya", "yes")
    assert "Bu Siti" in shop.say("ibu-ratna", "/pelanggan Bu Siti")
    lines = zip(BY_NAME.splitlines(), ("Hape", "0812-0000-0001", "0812-0000-0002"), strict=True)
    _, again = sends(shop, "\n".join(map(",".join, lines)).encode())
    assert "• Hape → nomor HP" in again.text
    assert "Tidak ada kolom nomor HP" not in again.text
    assert "Nomor HP baru untuk pelanggan yang sudah ada: 2." in again.text
    *_, done = does(shop, "ibu-ratna", "ya", "yes again")
    assert "0 pelanggan, 0 barang.\nNomor HP baru untuk pelanggan yang sudah ada: 2." in done.text
    with shop.app.database.reading() as session:
        told = session.exec(select(Customer.name, Address.address).where(Address.customer_id == Customer.id)).all()
    assert ("Bu Siti", "+6281200000001") in told


def test_a_caption_may_call_fields_as_they_are_shown(shop: Story) -> None:
    strange = SALES.replace("No HP", "Hubungi").replace("produk", "Isi").encode()
    _, preview = sends(shop, strange, caption="Hubungi=Nomor HP, Isi=kode barang")
    assert "• Hubungi → nomor HP" in preview.text
    assert "• Isi → barang, dikenali dari namanya" in preview.text
    _, refused = sends(shop, strange, caption="Isi=rahasia")
    assert "“rahasia” bukan isian yang dikenal. Yang dikenal: tanggal, pelanggan, nomor HP" in refused.text


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("foto.csv", b"\x89PNG\r\n\x1a\n" + bytes(64), "bukan teks"),
        ("laporan.xlsx", b"%PDF-1.7 what it is, its first bytes say", "berupa PDF"),
        ("kosong.csv", b"", "kosong"),
        ("bom.csv.gz", gzip.compress(bytes(40 << 20)), "membengkak"),
    ],
    ids=["a picture", "a pdf", "empty", "a bomb"],
)
def test_what_cannot_be_read_is_one_sentence_and_nothing_stays(
    shop: Story, tmp_path: Path, name: str, data: bytes, sentence: str
) -> None:
    told = sends(shop, data, name)
    assert sentence in told[-1].text
    assert "Kirim lagi setelah diperbaiki" in told[-1].text
    assert left_over(tmp_path) == []
    assert purchases(shop) == 0


def test_a_zip_with_a_wicked_name_is_refused_and_written_nowhere_else(shop: Story, tmp_path: Path) -> None:
    inner = tmp_path / "inner.zip"
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("../../etc/passwd", "x")
    told = sends(shop, inner.read_bytes(), "../../../../tmp/--dry-run.csv")
    assert "berupa arsip zip" in told[-1].text
    assert not (tmp_path.parent / "--dry-run.csv").exists()


def test_the_file_lies_where_only_we_can_read_it(shop: Story, tmp_path: Path) -> None:
    sends(shop, SALES.encode())
    (file,) = left_over(tmp_path)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert all(stat.S_IMODE(each.stat().st_mode) == 0o700 for each in file.parents[:2])
    shop.clock.forward(timedelta(minutes=16))
    shop.app.errands.arrivals.let_go(shop.clock.now())
    assert left_over(tmp_path) == []


def test_what_a_crash_left_goes_with_the_next_start_and_what_is_in_use_stays(tmp_path: Path, shop: Story) -> None:
    now = shop.clock.now()
    here, other = Arrivals(tmp_path / "data"), Arrivals(tmp_path / "data")
    kept = other.keep(b"x", "a.csv", 1, {}, now)
    assert here.sweep() == 0
    assert kept.path.exists()
    crashed = tmp_path / "data" / FOLDER / "999-00dead00" / "token"
    crashed.mkdir(parents=True)
    (crashed / "b.csv").write_text("Sari")
    assert here.sweep() == 1
    assert kept.path.exists()
    assert not crashed.exists()
    other.close()
    assert list((tmp_path / "data" / FOLDER).iterdir()) == []


def test_staff_and_customers_have_nothing_fetched(shop: Story, tmp_path: Path) -> None:
    with shop.app.database.transaction() as session:
        code = make_code(session, Role.STAFF, shop.clock.now())
    shop.say("dewi", code)
    (refused,) = sends(shop, SALES.encode(), who="dewi")
    assert "chat pemilik atau manajer" in refused.text
    sends(shop, SALES.encode(), who="sari")
    assert len(shop.simulator.files) == 2, "neither was asked for"
    assert not (tmp_path / FOLDER).exists()
    with shop.app.database.reading() as session:
        assert len(session.exec(select(Question)).all()) == 1
    assert "[mengirim berkas]" in shop.received_by("ibu-ratna")[-1]


def test_a_file_too_large_for_the_messenger_is_said_to_be(shop: Story) -> None:
    sent = Attachment("file", "besar.csv", "text/csv", LARGEST_FILE_BYTES + 1, "somewhere")
    (told,) = does(shop, "ibu-ratna", "", "large", sent)
    assert "lebih dari 20 MB" in told.text
    assert "langganan import" in told.text


def test_a_file_the_messenger_does_not_hand_out_is_said_so(shop: Story) -> None:
    sent = Attachment("file", "hilang.csv", "text/csv", 10, "nowhere")
    told = does(shop, "ibu-ratna", "", "lost", sent)
    assert "tidak bisa saya ambil" in told[-1].text


def test_two_files_at_once_are_looked_at_one_after_the_other(shop: Story) -> None:
    later = SALES.replace("N-0", "M-0")

    async def both() -> None:
        for number, data in enumerate((SALES, later)):
            reference = shop.simulator.hand_in(data.encode())
            sent = Attachment("file", f"berkas-{number}.csv", "text/csv", len(data), reference)
            await shop.app.hear(Inbound("simulator", "ibu-ratna", "", f"both-{number}", attachment=sent))
        await shop.app.errands.finish()

    asyncio.run(both())
    previews = [each for each in shop.simulator.sent if each.text.startswith("berkas-")]
    assert [each.text[:8] for each in previews] == ["berkas-0", "berkas-1"]
    for number, preview in enumerate(previews):
        does(shop, "ibu-ratna", preview.buttons[0].says, f"yes-{number}")
    assert purchases(shop) == 4


def test_a_preview_does_not_take_the_place_of_a_draft(shop: Story) -> None:
    shop.say("ibu-ratna", "/campaign")
    _, preview = sends(shop, SALES.encode())
    assert preview.buttons
    shop.clock.forward(timedelta(seconds=1))
    told = does(shop, "ibu-ratna", preview.buttons[0].says, "press")
    assert "Impor selesai" in told[-1].text


def test_the_chat_goes_on_while_a_file_is_looked_at(shop: Story) -> None:
    async def meanwhile() -> str:
        reference = shop.simulator.hand_in(SALES.encode())
        sent = Attachment("file", "a.csv", "text/csv", 10, reference)
        await shop.app.hear(Inbound("simulator", "ibu-ratna", "", "first", attachment=sent))
        heard = await shop.app.hear(Inbound("simulator", "ibu-ratna", "/segmen", "second"))
        assert not any("bisa dipakai" in each.text for each in shop.simulator.sent)
        await shop.app.errands.finish()
        return heard.replies[0].text

    assert "kelompok" in asyncio.run(meanwhile())
    assert any("bisa dipakai" in each.text for each in shop.simulator.sent)


def test_mining_can_be_asked_for_and_says_when_it_is_done(shop: Story) -> None:
    rows = [
        f"{1 + order:02}/0{1 + who % 6}/2026 10:00,0812-0000-{1000 + who},P{who},"
        f"Produk {(who + order * 3) % 7},1,{10 + who}.000,N-{who}-{order}"
        for who in range(40)
        for order in range(1 + who % 5)
    ]
    sends(shop, "\n".join(["tanggal,No HP,nama,produk,jumlah,harga,no nota", *rows]).encode())
    does(shop, "ibu-ratna", "ya", "yes")
    begun, done = does(shop, "ibu-ratna", "/pelajari", "mine")
    assert begun.text.startswith("Riwayatnya saya pelajari")
    assert re.match(r"Selesai dipelajari \(\d+ detik\)", done.text)
    assert "Belum ada kelompok" not in shop.say("ibu-ratna", "/segmen")


def test_too_little_to_learn_from_is_said(shop: Story) -> None:
    assert "Belum ada yang bisa dipelajari" in does(shop, "ibu-ratna", "/pelajari", "mine")[-1].text


def test_how_to_import_is_told_when_asked(shop: Story) -> None:
    assert "Kirim berkas penjualannya ke chat ini" in shop.say("ibu-ratna", "/impor")


def test_what_looks_odd_is_told_with_the_file_after_mining_and_when_asked(shop: Story) -> None:
    rows = [
        f"{1 + order:02}/0{1 + who % 6}/2026 10:00,0812-0000-{1000 + who},P{who},"
        f"Produk {(who + order * 3) % 7},1,{10 + who % 7}.000,N-{who}-{order}"
        for who in range(40)
        for order in range(1 + who % 5)
    ]
    slipped = "02/03/2026 10:00,0812-0000-1000,P0,Produk 0,1,1.400.000,N-X"
    file = "\n".join(["tanggal,No HP,nama,produk,jumlah,harga,no nota", *rows, slipped, slipped])
    preview = sends(shop, file.encode())[-1].text
    assert "1 dari 122 baris persis sama dengan baris lain" in preview
    assert "2 dari 122 baris sepuluh kali lebih mahal" in preview
    assert "Produk 0 Rp1.400.000, biasanya Rp1" in preview
    does(shop, "ibu-ratna", "ya", "yes")
    *_, done = does(shop, "ibu-ratna", "/pelajari", "mine")
    assert "/periksa_data" in done.text
    told = shop.say("ibu-ratna", "/periksa data")
    assert "Produk 0 Rp1.400.000" in told
    assert "Belum diisi: kategori (7 dari 7 barang)" in told
