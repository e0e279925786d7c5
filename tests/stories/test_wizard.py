"""Drafting in chat as people really write: by number, with slips, beside the question, and taking it back."""

from __future__ import annotations

import pytest
from sqlmodel import select

from bot import telling
from campaigns.launching import planning
from campaigns.tables import Campaign, Membership, MiningRun, Segment, Status
from ledger.tables import Customer, Notice, Product, Role
from ledger.team import make_code
from tests.stories.conftest import Story

OWNER = "ibu-ratna"


@pytest.fixture
def shop(sqlite_story: Story) -> Story:
    """Twelve willing customers, five of them discount seekers, two coffees and an owner."""
    story = sqlite_story
    for name in ("Kopi Gayo", "Kopi Toraja"):
        story.sells(name, "kopi")
    for n in range(12):
        story.join(f"pelanggan-{n}")
    story.make_owner(OWNER)
    with story.app.database.transaction() as session:
        people = session.exec(select(Customer.id).where(Customer.source == "chat").order_by(Customer.id)).all()  # type: ignore[arg-type]
        run = MiningRun(started_at=story.clock.now(), ready_at=story.clock.now())
        session.add(run)
        session.flush()
        segment = Segment(run_id=run.id, key="discount_seekers", size=5, share=5 / 12)
        session.add(segment)
        session.flush()
        session.add_all(Membership(run_id=run.id, customer_id=each, segment_id=segment.id) for each in people[:5])
    return story


def somebody_else(story: Story, who: str, role: Role) -> str:
    with story.app.database.transaction() as session:
        code = make_code(session, role, story.clock.now())
    story.say(who, code)
    return who


def status(story: Story, number: int) -> str:
    with story.app.database.reading() as session:
        return session.get_one(Campaign, number).status


def drafts(story: Story) -> int:
    with story.app.database.reading() as session:
        return len(session.exec(select(Campaign).where(Campaign.status == Status.DRAFT)).all())


def says(story: Story, who: str, text: str) -> list[str]:
    return [button.says for reply in story.hear(who, text).replies for button in reply.buttons]


def test_lists_are_numbered_in_the_owners_words_and_answered_by_number_name_or_key(shop: Story) -> None:
    asked = shop.say(OWNER, "/kampanye")
    assert "3. pilihan untuk masing-masing" in asked
    assert "clear_stock" not in asked
    assert "3. Pemburu diskon (5)" in shop.say(OWNER, "nomor 3")
    assert "Diskon berapa persen?" in shop.say(OWNER, "3")
    assert "Untuk: Pemburu diskon" in [shop.say(OWNER, said) for said in ("10%", "sekarang")][-1]
    shop.say(OWNER, "/kampanye")
    shop.say(OWNER, "picks")
    assert "Diskon berapa persen?" in shop.say(OWNER, "discount_seekers")


def test_a_number_that_is_none_of_the_list_is_asked_again(shop: Story) -> None:
    shop.say(OWNER, "/kampanye")
    assert "Kampanye apa yang ingin dibuat?" in shop.say(OWNER, "77")


def test_a_slip_is_offered_as_what_it_nearly_is(shop: Story) -> None:
    shop.say(OWNER, "/kampanye")
    shop.say(OWNER, "picks")
    heard = shop.hear(OWNER, "pemburu diskn").replies[0]
    assert "Maksudnya “Pemburu diskon (5)”?" in heard.text
    assert heard.buttons[0].says == "discount_seekers"
    assert "Maksudnya" not in shop.say(OWNER, "jangan pemburu diskn")


def test_what_answers_nothing_is_asked_again_and_never_becomes_no_discount(shop: Story) -> None:
    for said in ("/kampanye", "picks", "all"):
        shop.say(OWNER, said)
    for said in ("semua", "ya", "oke kak"):
        again = shop.say(OWNER, said)
        assert f"“{said}” belum menjawab pertanyaan ini." in again
        assert "Diskon berapa persen?" in again


def test_what_is_said_beside_the_question_is_taken_and_told(shop: Story) -> None:
    shop.say(OWNER, "/kampanye")
    assert shop.say(OWNER, "picks diskon 10%").startswith("Diskon 10%, dicatat. Untuk siapa?")
    preview = shop.say(OWNER, "semua besok jam 9")
    assert "diskon 10%" in preview
    assert "Selasa, 3 November pukul 09.00" in preview
    shop.say(OWNER, "/kampanye")
    for said in ("picks", "all"):
        shop.say(OWNER, said)
    again = shop.say(OWNER, "besok jam 9")
    assert again.startswith("Selasa, 3 November pukul 09.00, dicatat. Diskon berapa persen?")


@pytest.mark.parametrize("said", ["nanti aja", "ga jadi", "not now", "never mind", "forget it", "nggak jadi"])
def test_taking_it_back_drops_the_draft_and_says_so(shop: Story, said: str) -> None:
    shop.say(OWNER, "/luncurkan picks ke semua")
    assert drafts(shop) == 1
    assert "tidak ada yang dikirim" in shop.say(OWNER, said)
    assert drafts(shop) == 0
    shop.say(OWNER, "/kampanye")
    assert "tidak ada yang dikirim" in shop.say(OWNER, said)


@pytest.mark.parametrize(
    "said",
    [
        "jangan ke semua", "ke semua kecuali pemburu diskon", "bukan 10%", "ga 10% kok", "not to all", "no winback",
        "jagan kirim ke semua", "semua selain langganan",
    ],
)  # fmt: skip
def test_what_forbids_is_never_answered_with_a_line_that_does_not(shop: Story, said: str) -> None:
    assert says(shop, OWNER, f"/luncurkan picks {said}") == []
    shop.say(OWNER, "/luncurkan picks ke semua")
    heard = shop.hear(OWNER, said).replies[0]
    assert heard.buttons == ()
    assert "/luncurkan" not in heard.text
    assert status(shop, 1) == Status.DRAFT


def test_a_group_that_is_not_there_is_named_and_never_becomes_everybody(shop: Story) -> None:
    heard = shop.hear(OWNER, "/luncurkan winback ke berisiko pergi diskon 10%").replies[0]
    assert "Kelompok “Mulai menjauh” sedang tidak ada di toko ini. Yang ada: Pemburu diskon, semua" in heard.text
    assert [button.says for button in heard.buttons] == ["/luncurkan winback, diskon 10%"]
    assert "Untuk siapa?" in shop.say(OWNER, heard.buttons[0].says)
    assert "sedang tidak ada di toko ini" in shop.say(OWNER, "langganan tetap")


def test_every_example_of_the_help_is_a_campaign_in_this_shop(shop: Story) -> None:
    examples = [line[2:] for line in shop.say(OWNER, "/bantuan luncurkan").splitlines() if line.startswith("• ")]
    assert any("Pemburu diskon" in each for each in examples)
    for each in examples:
        assert "Balas YA" in shop.say(OWNER, each)


def test_a_change_tells_what_changed_with_the_figures_and_no_message_again(shop: Story) -> None:
    first = shop.say(OWNER, "/luncurkan picks ke semua diskon 10% tanpa pembanding")
    assert first.index("Kirim ke") < first.index("> Halo Kak Pelanggan")
    assert first.count("> Halo Kak Pelanggan") == 1
    changed = shop.say(OWNER, "besok jam 9")
    assert changed.startswith("Diubah: Selasa, 3 November pukul 09.00.\n12 dikirimi, 0 pembanding, 2 tidak.")
    assert "Jadwalkan?" in changed
    assert "> Halo" not in changed
    cheaper = shop.say(OWNER, "diskon 15%")
    assert cheaper.startswith("Diubah: diskon 15%.")
    assert "Rp42.500" in cheaper


def test_other_samples_are_a_button_away_each_with_whom_it_is_for(shop: Story) -> None:
    heard = shop.hear(OWNER, "/luncurkan picks ke semua diskon 10%").replies[0]
    assert heard.buttons[1].says == "/uji"
    tried = shop.hear(OWNER, "/uji").replies
    assert "(Pemburu diskon, simulator)" in tried[0].text


def test_a_yes_after_something_else_says_why_nothing_was_sent(shop: Story) -> None:
    shop.say(OWNER, "/luncurkan picks ke semua tanpa pembanding")
    shop.say(OWNER, "/segmen")
    again = shop.say(OWNER, "ya")
    assert again.startswith("Belum dikirim. Tadi ada pesan lain di antaranya; balas YA sekali lagi")
    assert "Kirim ke 12 pelanggan?" in again
    shop.say(OWNER, "ya")
    assert status(shop, 1) == Status.RUNNING


def test_late_words_of_a_draft_are_told_from_commands(shop: Story) -> None:
    shop.say(OWNER, "/luncurkan picks ke semua")
    shop.say(OWNER, "tidak kirim")
    for said in ("ya kirim", "tidak kirim", "sekarang", "10%", "besok jam 9", "discount_seekers"):
        assert "Rancangan itu sudah tidak berlaku. Mulai lagi: /kampanye" in shop.say(OWNER, said), said
    for said in ("batal", "tidak", "ya", "nanti aja"):
        assert "Tidak ada yang sedang menunggu." in shop.say(OWNER, said), said
    assert says(shop, OWNER, "pilihan ke semua besok") == ["/luncurkan pilihan ke semua besok"]


def test_an_audience_that_was_just_written_to_is_told_when_it_may_be_again(shop: Story) -> None:
    shop.say(OWNER, "/luncurkan picks ke semua tanpa pembanding")
    shop.say(OWNER, "ya")
    assert shop.dispatch() == 12
    # Three days after Monday, 10:00.
    capped = shop.say(OWNER, "/luncurkan picks ke semua")
    assert "boleh lagi mulai Kamis, 5 November pukul 10.00" in capped
    line = capped.split("Tulis: ")[1].splitlines()[0]
    assert "12 dikirimi" in shop.say(OWNER, f"tanpa pembanding {line}")


def test_a_discount_below_cost_is_warned_of(shop: Story) -> None:
    with shop.app.database.transaction() as session:
        gayo = session.exec(select(Product).where(Product.name == "Kopi Gayo")).one()
        gayo.cost_minor = 21_000
        session.add(gayo)
    assert "di bawah modal" not in shop.say(OWNER, "/luncurkan picks ke semua diskon 50%")
    warned = shop.say(OWNER, "diskon 90%")
    assert "diskon 90% ada barang yang dijual di bawah modal, misalnya Kopi Gayo Rp5.000, modal Rp21.000." in warned
    assert "di bawah modal" not in shop.say(OWNER, "besok jam 9")


def test_no_link_is_only_lamented_where_there_will_be_none(shop: Story) -> None:
    assert "PUBLIC_URL" not in shop.say(OWNER, "/luncurkan picks ke semua")
    for said in ("MULAI", "ya", "ya"):
        shop.hear("+6281255500001", said, channel="whatsapp")
    assert "PUBLIC_URL" in shop.say(OWNER, "/luncurkan picks ke semua tanpa pembanding")


def test_the_way_round_is_not_told_where_it_leads_back(shop: Story) -> None:
    shop.join("tanpa-riwayat", profiling="tidak")
    with shop.app.database.transaction() as session:
        silent = session.exec(select(Customer).order_by(Customer.id.desc())).first()  # type: ignore[attr-defined]
        segment = session.exec(select(Segment)).one()
        assert silent is not None
        session.add(Membership(run_id=segment.run_id, customer_id=silent.id, segment_id=segment.id))
    assert "(kirim lewat “tanpa kelompok”)" in shop.say(OWNER, "/luncurkan picks ke pemburu diskon")
    assert "(kirim lewat" not in shop.say(OWNER, "/luncurkan beli lagi ke pemburu diskon sekarang")


def test_a_birthday_offer_tells_how_many_birthdays_are_known(shop: Story) -> None:
    shop.say("pelanggan-0", "ULANG TAHUN 17 Agustus")
    preview = shop.say(OWNER, "/luncurkan ulang tahun ke semua")
    assert "Ulang tahun yang diketahui: 1 dari 14 pelanggan." in preview
    assert "jam 9" not in preview


def test_what_comes_round_again_is_counted_roughly(shop: Story) -> None:
    preview = shop.say(OWNER, "/luncurkan picks ke semua tiap jumat jam 10 tanpa pembanding")
    assert "dikirimi: sekitar 12" in preview
    assert "tiap kali sekitar 12 pelanggan" in preview


def test_managers_are_told_who_asks_for_what_and_who_asked_is_told_the_no(shop: Story) -> None:
    staff, manager = somebody_else(shop, "budi-santoso", Role.STAFF), somebody_else(shop, "tini", Role.MANAGER)
    shop.say(staff, "/luncurkan picks ke pemburu diskon diskon 40% tanpa pembanding")
    shop.say(staff, "ya")
    asked = shop.received_by(manager)[-1]
    assert asked.startswith("Budi minta persetujuan: pilihan untuk masing-masing untuk Pemburu diskon, diskon 40%, 5")
    assert "/setujui 1" in asked
    shop.say(manager, "/setujui 1")
    shop.say(manager, "/luncurkan picks ke semua")
    assert status(shop, 1) == Status.DRAFT, "what a colleague asked for is not dropped by the way"
    shop.say(manager, "/setujui 1")
    shop.say(manager, "tidak")
    assert status(shop, 1) == Status.CANCELLED
    assert "Kampanye 1 tidak disetujui." in shop.received_by(staff)[-1]


def test_who_asked_is_told_the_yes_too(shop: Story) -> None:
    staff = somebody_else(shop, "budi-santoso", Role.STAFF)
    for who, said in ((staff, "/luncurkan picks ke semua"), (staff, "ya"), (OWNER, "/setujui 1"), (OWNER, "ya")):
        shop.say(who, said)
    assert "Kampanye 1 disetujui." in "\n".join(shop.received_by(staff))


def test_a_draft_that_was_decided_meanwhile_is_not_asked_about(shop: Story) -> None:
    staff = somebody_else(shop, "budi-santoso", Role.STAFF)
    shop.say(staff, "/luncurkan picks ke semua")
    shop.say(staff, "ya")
    with shop.app.database.transaction() as session:
        notice = session.exec(select(Notice).where(Notice.template == "draft_waiting")).one()
        told = [telling.compose(session, notice, shop.app.composer, shop.app.shop, shop.clock.now())]
        planning.cancel(session, session.get_one(Campaign, 1), by="test", now=shop.clock.now())
        told.append(telling.compose(session, notice, shop.app.composer, shop.app.shop, shop.clock.now()))
    assert [each is None for each in told] == [False, True]


def test_the_best_of_several_may_be_named_without_an_or(shop: Story) -> None:
    preview = shop.say(OWNER, "/luncurkan picks ke semua, cari yang terbaik 5% 10% 15%")
    assert [f"(33%): diskon {percent}%" in preview for percent in (5, 10, 15)] == [True] * 3
    assert "yang lebih disambut dikirim lebih banyak" in preview


def test_the_same_in_english(shop: Story) -> None:
    shop.say(OWNER, "english")
    assert "3. picks for each customer" in shop.say(OWNER, "/campaign")
    assert shop.say(OWNER, "picks 10% off").startswith("10% off, noted. To whom?")
    shop.say(OWNER, "all")
    shop.say(OWNER, "now")
    shop.say(OWNER, "/segments")
    assert shop.say(OWNER, "yes").startswith("Not sent yet.")
    assert shop.say(OWNER, "tomorrow 9am").startswith("Changed: Tuesday, 3 November at 09:00")
    assert "nothing was sent" in shop.say(OWNER, "not today")
