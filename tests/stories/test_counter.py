"""At the counter: a voucher buys its discount once, and what is sold is written down as it was said."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlmodel import select

from bot.inbound import Inbound
from campaigns.tables import Campaign, Message, Status, Voucher
from ledger import nobody
from ledger.tables import AuditEntry, Interaction, Kind, Product, ShopFact
from tests.stories.conftest import Story
from tests.stories.test_at_once import at_once

CODE = re.compile(r"[2-9A-HJKMNP-Z]{3}-[2-9A-HJKMNP-Z]{3}-[2-9A-HJKMNP-Z]{3}")
OWNER = "ibu-ratna"
GOODS = {"K1": ("Kopi Gayo", 50_000), "K2": ("Kopi Toraja", 60_000), "T1": ("Teh Poci", 15_000), "G1": ("Gula", None)}


@pytest.fixture
def shop(story: Story) -> Story:
    """Four products, ten of each, one without a price; Sari, Budi and an owner."""
    return furnished(story)


def furnished(story: Story) -> Story:
    with story.app.database.transaction() as session:
        session.add_all(
            Product(sku=sku, name=name, category="minum", currency="IDR", price_minor=price, stock=10)
            for sku, (name, price) in GOODS.items()
        )
    for who in ("sari", "budi"):
        story.join(who)
    story.stranger()
    assert "untuk tamu" in sell(story, "tamu Kopi Gayo x3 100rb")
    story.make_owner()
    return story


def sell(story: Story, said: str) -> str:
    return story.say(story.owner(), f"/terjual {said}")


def offer(story: Story, discount: int = 10) -> str:
    """The code that Sari got with an offer."""
    owner = story.owner()
    story.say(owner, f"/launch picks all {discount}% hold 0%")
    story.say(owner, "ya kirim")
    story.dispatch()
    found = CODE.search(story.received_by("sari")[-1])
    assert found is not None
    return found[0]


def lines(story: Story, kind: Kind = Kind.PURCHASE) -> list[Interaction]:
    with story.app.database.reading() as session:
        wanted = select(Interaction).where(Interaction.kind == kind).order_by(Interaction.id)  # type: ignore[arg-type]
        return list(session.exec(wanted))


def stock(story: Story, sku: str) -> int | None:
    with story.app.database.reading() as session:
        return session.exec(select(Product.stock).where(Product.sku == sku)).one()


def test_a_code_says_what_it_gives_and_is_then_used(shop: Story) -> None:
    code = offer(shop)
    answer = shop.say(shop.owner(), f"/tukar {code}")
    assert "diskon 10% untuk Sari" in answer
    assert "Kopi Gayo — Rp45.000" in answer
    shop.clock.forward(timedelta(minutes=5))
    assert "sudah dipakai pada 2 November 2026 10.00" in shop.say(shop.owner(), f"/tukar {code.lower()}")


def test_what_was_bought_with_it_is_logged_with_the_message_that_brought_it(shop: Story) -> None:
    code = offer(shop)
    shop.say(shop.owner(), f"/redeem {code}")
    answer = shop.say(shop.owner(), "Kopi Gayo x2, Teh Poci 10rb")
    assert "2 × Kopi Gayo: Rp90.000" in answer
    assert "1 × Teh Poci: Rp10.000" in answer
    assert "Jumlah: Rp100.000" in answer
    *_, coffee, tea = lines(shop)
    with shop.app.database.reading() as session:
        message = session.exec(select(Message).where(Message.customer_id == shop.number_of("sari"))).one()
    assert (coffee.customer_id, coffee.message_id) == (shop.number_of("sari"), message.id)
    assert (coffee.quantity, coffee.amount_minor, coffee.discount_minor) == (2, 90_000, 10_000)
    assert (tea.amount_minor, tea.discount_minor, tea.order_ref) == (10_000, 5_000, coffee.order_ref)


@pytest.mark.parametrize("said", ["90rb", "Rp 90.000", "sembilan puluh ribu"])
def test_a_sum_alone_is_enough_and_may_stand_behind_the_code(shop: Story, said: str) -> None:
    shop.say(shop.owner(), f"/redeem {offer(shop)} {said}")
    last = lines(shop)[-1]
    assert (last.customer_id, last.product_id, last.amount_minor) == (shop.number_of("sari"), None, 90_000)


def test_no_to_what_was_bought_leaves_the_code_used_and_nothing_logged(shop: Story) -> None:
    before = len(lines(shop))
    code = offer(shop)
    shop.say(shop.owner(), f"/redeem {code}")
    assert "belanjanya tidak dicatat" in shop.say(shop.owner(), "tidak")
    assert "sudah dipakai" in shop.say(shop.owner(), f"/redeem {code}")
    assert len(lines(shop)) == before


def used(story: Story) -> bool:
    """Whether any code was used."""
    with story.app.database.reading() as session:
        return any(each.redeemed_at is not None for each in session.exec(select(Voucher)))


def test_a_code_with_goods_nobody_knows_is_used_only_with_the_goods_that_are_told_then(shop: Story) -> None:
    answer = shop.say(shop.owner(), f"/redeem {offer(shop)} sepatu")
    assert "diskon 10%" in answer
    assert "Tidak ada barang “sepatu”" in answer
    assert not used(shop)
    assert "1 × Kopi Toraja: Rp54.000" in shop.say(shop.owner(), "Kopi Toraja")
    assert used(shop)


def test_a_guess_behind_a_code_is_asked_about_and_its_yes_uses_the_code(shop: Story) -> None:
    code, before = offer(shop), len(lines(shop))
    answer = shop.say(shop.owner(), f"/tukar {code} gayo")
    assert "Baru terpakai kalau belanjanya sudah dicatat" in answer
    assert "1 × Kopi Gayo: Rp45.000" in answer
    assert (used(shop), len(lines(shop))) == (False, before)
    assert "Tercatat K" in shop.say(shop.owner(), "ya")
    assert (used(shop), len(lines(shop))) == (True, before + 1)
    assert lines(shop)[-1].message_id is not None


def test_a_no_to_that_guess_leaves_the_code_good_and_asks_again(shop: Story) -> None:
    code, before = offer(shop), len(lines(shop))
    shop.say(shop.owner(), f"/tukar {code} gayo")
    assert "belum dicatat. Belanja apa?" in shop.say(shop.owner(), "jangan lakukan")
    assert (used(shop), len(lines(shop))) == (False, before)
    assert "1 × Kopi Toraja: Rp54.000" in shop.say(shop.owner(), "Kopi Toraja")
    assert used(shop)


def test_a_yes_to_that_guess_after_ten_minutes_notes_nothing(shop: Story) -> None:
    shop.say(shop.owner(), f"/tukar {offer(shop)} gayo")
    shop.clock.forward(timedelta(minutes=11))
    assert "belum dicatat" in shop.say(shop.owner(), "ya")
    assert not used(shop)


def test_a_code_used_elsewhere_before_the_yes_gives_nothing_and_nothing_is_noted(shop: Story) -> None:
    code, before = offer(shop), len(lines(shop))
    shop.say(shop.owner(), f"/tukar {code} gayo")
    shop.say(shop.make_owner("pak-dedi"), f"/tukar {code}")
    assert "sudah dipakai" in shop.say(shop.owner(), "ya")
    assert len(lines(shop)) == before


@pytest.mark.parametrize("said", ["tidak jadi", "ga jadi", "Kembalikan kodenya", "batal"])
def test_a_code_that_was_used_too_soon_is_given_back_in_so_many_words(shop: Story, said: str) -> None:
    code = offer(shop)
    shop.say(shop.owner(), f"/tukar {code}")
    answer = shop.say(shop.owner(), said)
    assert "Kodenya dikembalikan dan bisa dipakai lagi sampai 16 November 2026" in answer
    assert not used(shop)
    with shop.app.database.reading() as session:
        assert "voucher given back" in session.exec(select(AuditEntry.action)).all()
    assert "Kode berlaku" in shop.say(shop.owner(), f"/tukar {code}")


def test_the_button_below_a_used_code_gives_it_back(shop: Story) -> None:
    (reply,) = shop.hear(shop.owner(), f"/tukar {offer(shop)}").replies
    assert reply.buttons[0].label == "Kembalikan kodenya"
    assert "Kodenya dikembalikan" in shop.say(shop.owner(), reply.buttons[0].says)


def test_a_code_is_given_back_also_when_the_chat_has_gone_on(shop: Story) -> None:
    code = offer(shop)
    shop.say(shop.owner(), f"/tukar {code}")
    shop.say(shop.owner(), "tidak")
    assert "Kodenya dikembalikan" in shop.say(shop.owner(), f"/tukar {code} tidak jadi")
    assert "belum terpakai" in shop.say(shop.owner(), f"/tukar {code} batal")
    assert "tidak dikenal" in shop.say(shop.owner(), "/tukar ABC-DEF-GHJ batal")


def test_a_code_with_a_sale_comes_back_with_the_sale_and_not_without_it(shop: Story) -> None:
    code = offer(shop)
    answer = shop.say(shop.owner(), f"/tukar {code} Kopi Gayo")
    ref = re.search(r"K\d+", answer)
    assert ref is not None
    assert f"/bataljual {ref[0]}" in shop.say(shop.owner(), f"/tukar {code} batal")
    assert used(shop)
    answer = shop.say(shop.owner(), f"/bataljual {ref[0]}")
    assert "Kode diskonnya bisa dipakai lagi sampai 16 November 2026" in answer
    assert "Kode berlaku" in shop.say(shop.owner(), f"/tukar {code}")


def test_after_its_last_day_a_code_comes_back_and_buys_nothing(shop: Story) -> None:
    code = offer(shop)
    ref = re.search(r"K\d+", shop.say(shop.owner(), f"/tukar {code} Kopi Gayo"))
    assert ref is not None
    shop.clock.forward(timedelta(days=15))
    assert "bisa dipakai lagi" not in shop.say(shop.owner(), f"/bataljual {ref[0]}")
    assert "berlakunya sampai 16 November 2026" in shop.say(shop.owner(), f"/tukar {code}")


@pytest.mark.parametrize("spelling", [str, str.lower, lambda code: code.replace("-", "")])
def test_a_code_sent_by_itself_is_offered_to_be_redeemed(shop: Story, spelling: Callable[[str], str]) -> None:
    code = spelling("7JG-BVT-B86")
    (reply,) = shop.hear(shop.owner(), code).replies
    assert [(each.label, each.says) for each in reply.buttons] == [("Tukar 7JG-BVT-B86", "/tukar 7JG-BVT-B86")]
    assert "/tukar" not in shop.say("budi", code)


@pytest.mark.parametrize("said", ["terserah", "DEMPETANS", "7JG-BVT-B8", "7JG-BVT-B86-X", "081234567"])
def test_what_is_no_code_is_not_taken_for_one(shop: Story, said: str) -> None:
    assert "/tukar" not in shop.say(shop.owner(), said)


def test_a_code_is_refused_after_its_last_day_and_not_an_hour_before(shop: Story) -> None:
    code = offer(shop)
    shop.clock.forward(timedelta(days=14, hours=14, minutes=1))
    answer = shop.say(shop.owner(), f"/tukar {code}")
    assert "berlakunya sampai 16 November 2026" in answer


def test_a_code_counts_until_the_last_minute_of_its_last_day(shop: Story) -> None:
    code = offer(shop)
    assert "sampai 16 November." in shop.received_by("sari")[-1]
    shop.clock.forward(timedelta(days=14, hours=13, minutes=59))
    assert "diskon 10% untuk Sari" in shop.say(shop.owner(), f"/tukar {code}")


def test_a_code_of_an_offer_that_was_ended_since_still_counts(shop: Story) -> None:
    code = offer(shop)
    with shop.app.database.transaction() as session:
        session.get_one(Campaign, 1).status = Status.CANCELLED
    assert "diskon 10%" in shop.say(shop.owner(), f"/tukar {code}")


def test_the_code_of_a_preview_buys_nothing(shop: Story) -> None:
    preview = shop.say(shop.owner(), "/launch picks all 10% hold 0%")
    assert "Tunjukkan kode 000-000-000 di kasir sampai 16 November." in preview
    shop.say(shop.owner(), "batal")
    assert "kode contoh" in shop.say(shop.owner(), "/tukar 000-000-000")


def test_ten_wrong_codes_and_one_has_to_wait(shop: Story) -> None:
    code = offer(shop)
    for _ in range(10):
        assert "tidak dikenal" in shop.say(shop.owner(), "/tukar ABC-DEF-GHJ")
    assert "Terlalu banyak kode yang salah. Coba lagi 10 menit lagi." in shop.say(shop.owner(), f"/tukar {code}")
    shop.clock.forward(timedelta(minutes=10))
    assert "diskon 10%" in shop.say(shop.owner(), f"/tukar {code}")


def test_no_code_stands_in_the_audit_or_among_the_vouchers(shop: Story) -> None:
    code = offer(shop)
    shop.say(shop.owner(), f"/tukar {code}")
    with shop.app.database.reading() as session:
        book = " ".join(str(each.model_dump()) for each in session.exec(select(AuditEntry)))
        kept = " ".join(str(each.model_dump()) for each in session.exec(select(Voucher)))
    assert "voucher redeemed" in book
    assert code not in book + kept
    assert code.replace("-", "") not in book + kept


def test_who_was_erased_takes_their_code_along(shop: Story) -> None:
    code = offer(shop)
    shop.say("sari", "hapus data")
    shop.say("sari", "ya hapus")
    assert "tidak dikenal" in shop.say(shop.owner(), f"/tukar {code}")


def test_two_counters_that_redeem_one_code_at_once_give_one_discount(postgresql_story: Story) -> None:
    shop = furnished(postgresql_story)
    other = shop.make_owner("pak-dedi")
    for n in range(6):
        shop.clock.forward(timedelta(days=31))
        code = offer(shop)
        heard = at_once(shop, (shop.owner(), f"/tukar {code}", f"a{n}"), (other, f"/tukar {code}", f"b{n}"))
        texts = [reply.text for each in heard for reply in each.replies]
        assert sum("Kode berlaku" in text for text in texts) == 1
        assert sum("sudah dipakai" in text for text in texts) == 1


def test_a_customer_learns_nothing_of_the_counter(shop: Story) -> None:
    shop.say("budi", "/xyzzy")
    unknown = shop.say("budi", "/xyzzy")
    code = offer(shop)
    for said in (f"/tukar {code}", f"/redeem {code}", "/sold tamu Kopi Gayo", "/unsold K1"):
        assert shop.say("budi", said) == unknown


def test_a_sale_said_exactly_is_written_down_at_once(shop: Story) -> None:
    answer = sell(shop, "Sari Kopi Gayo x2 90rb, Teh Poci")
    assert "untuk Sari:\n• 2 × Kopi Gayo: Rp90.000\n• 1 × Teh Poci: Rp15.000\nJumlah: Rp105.000" in answer
    *_, coffee, tea = lines(shop)
    assert {coffee.customer_id, tea.customer_id} == {shop.number_of("sari")}
    assert (coffee.platform, coffee.order_ref == tea.order_ref) == ("counter", True)
    assert (stock(shop, "K1"), stock(shop, "T1")) == (5, 9)


def test_a_sale_is_taken_back_once_by_adding_to_the_ledger(shop: Story) -> None:
    ref = re.search(r"K\d+", sell(shop, "Sari Kopi Gayo x2"))
    assert ref is not None
    before = len(lines(shop))
    assert "2 × Kopi Gayo: Rp100.000" in shop.say(shop.owner(), f"/bataljual {ref[0]}")
    assert (len(lines(shop)), stock(shop, "K1")) == (before, 7)
    (returned,) = lines(shop, Kind.RETURN)
    assert (returned.quantity, returned.amount_minor, returned.order_ref) == (2, 100_000, ref[0])
    assert "sudah dibatalkan" in shop.say(shop.owner(), f"/bataljual {ref[0]}")
    assert "Tidak ada penjualan" in shop.say(shop.owner(), "/unsold K999999")


def test_a_sale_that_was_taken_back_is_no_order_of_the_day(shop: Story) -> None:
    ref = re.search(r"K\d+", sell(shop, "Sari Kopi Gayo x2"))
    assert ref is not None
    # The fixture sold a guest three for 100.000.
    assert "Pesanan: 2, senilai Rp200.000" in shop.say(shop.owner(), "/hari_ini")
    shop.say(shop.owner(), f"/bataljual {ref[0]}")
    assert "Pesanan: 1, senilai Rp100.000" in shop.say(shop.owner(), "/hari_ini")


def test_taking_back_without_a_number_asks_for_it(shop: Story) -> None:
    answer = shop.say(shop.owner(), "/bataljual")
    assert "Nomor penjualan yang mana? Misalnya: /bataljual K23541" in answer


def test_the_button_below_a_sale_takes_it_back(shop: Story) -> None:
    (reply,) = shop.hear(shop.owner(), "/terjual Sari Teh Poci").replies
    assert "sudah dibatalkan. Stoknya dikembalikan:\n• 1 × Teh Poci" in shop.say(shop.owner(), reply.buttons[0].says)


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("Sari gayo", "1 × Kopi Gayo: Rp50.000"),
        ("Sari kopi gayoo x2", "2 × Kopi Gayo: Rp100.000"),
        ("Sari Teh Poci 3", "3 × Teh Poci: Rp45.000"),
        ("Sari 3 Teh Poci", "3 × Teh Poci: Rp45.000"),
        ("Sari Teh Poci 12rb x2", "2 × Teh Poci: Rp24.000"),
    ],
)
def test_what_was_guessed_is_asked_before_it_is_written_down(shop: Story, said: str, asked: str) -> None:
    before = len(lines(shop))
    assert asked in sell(shop, said)
    assert len(lines(shop)) == before
    assert asked in shop.say(shop.owner(), "ya")
    assert len(lines(shop)) == before + 1


def test_a_no_to_a_guess_writes_nothing_down(shop: Story) -> None:
    before = len(lines(shop))
    sell(shop, "Sari gayo")
    shop.say(shop.owner(), "tidak")
    assert len(lines(shop)) == before


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("tamu gula aren 2 40rb", "2 × Gula Aren 250 g: Rp40.000"),
        ("tamu aren 2", "2 × Gula Aren 250 g: Rp60.000"),
        ("tamu gula aren 250", "1 × Gula Aren 250 g: Rp30.000"),
        ("tamu gula aren 250 g 2", "2 × Gula Aren 250 g: Rp60.000"),
        ("tamu gula aren 100 40rb", "Tidak ada barang"),
        ("tamu 2 aren", "2 × Gula Aren 250 g: Rp60.000"),
        ("tamu aren 25", "25 × Gula Aren 250 g: Rp750.000"),
        ("tamu biskuit 3", "1 × Biskuit 3 Rasa: Rp8.000"),
        ("tamu keripik singkong 3 50rb", "3 × Keripik Singkong: Rp50.000"),
    ],
)
def test_a_number_beside_a_name_is_how_many_unless_it_is_part_of_the_name(shop: Story, said: str, asked: str) -> None:
    more = {"GA": ("Gula Aren 250 g", 30_000), "B3": ("Biskuit 3 Rasa", 8_000), "KS": ("Keripik Singkong", 20_000)}
    with shop.app.database.transaction() as session:
        session.add_all(
            Product(sku=sku, name=name, currency="IDR", price_minor=price) for sku, (name, price) in more.items()
        )
    assert asked in sell(shop, said)


def test_of_products_of_one_name_each_is_offered_with_what_tells_it_apart(shop: Story) -> None:
    with shop.app.database.transaction() as session:
        session.add(Product(sku="K1-500", name="Kopi Gayo", currency="IDR", price_minor=95_000, stock=4))
    (reply,) = shop.hear(shop.owner(), "/terjual tamu 2x kopi gayo, Teh Poci").replies
    assert "• Kopi Gayo (K1, Rp50.000, stok 7)\n• Kopi Gayo (K1-500, Rp95.000, stok 4)" in reply.text
    answer = shop.say(shop.owner(), reply.buttons[1].says)
    assert "2 × Kopi Gayo: Rp190.000\n• 1 × Teh Poci" in answer
    assert (stock(shop, "K1"), stock(shop, "K1-500")) == (7, 2)
    assert "1 × Kopi Gayo: Rp95.000" in sell(shop, "tamu K1-500")


def test_of_products_of_one_name_the_one_bought_with_a_code_is_chosen_by_its_button(shop: Story) -> None:
    code = offer(shop)
    with shop.app.database.transaction() as session:
        session.add(Product(sku="K1-500", name="Kopi Gayo", currency="IDR", price_minor=100_000, stock=4))
    *_, reply = shop.hear(shop.owner(), f"/tukar {code} Kopi Gayo x2").replies
    assert not used(shop)
    assert "2 × Kopi Gayo: Rp180.000" in shop.say(shop.owner(), reply.buttons[1].says)
    assert used(shop)


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("Sari kopi", "“kopi” bisa berarti:\n• Kopi Gayo (K1, Rp50.000, stok 7)\n• Kopi Toraja (K2, Rp60.000, "),
        ("Sari sepatu merah", "Tidak ada barang “sepatu merah”. Yang paling mirip: "),
        ("Sari Gula", "Harga Gula belum ada. Tulis harganya juga, misalnya: Gula 90rb"),
        ("Joko Kopi Gayo", "bernama “Joko”. Pakai nomor HP-nya, atau kalau tidak dikenal: /terjual tamu Kopi Gayo"),
        ("0812-0000-0009 Kopi Gayo", "Nomor itu belum dikenal di sini. Catat tanpa nama: /terjual tamu Kopi Gayo"),
        ("Sari", "Tulis pembelinya"),
        ("", "Tulis pembelinya"),
        ("Sari Teh Poci, 90rb", "Tulis pembelinya"),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_answered_with_the_next_step_and_nothing_is_written(
    shop: Story, said: str, answer: str
) -> None:
    before = len(lines(shop))
    assert answer in sell(shop, said)
    assert len(lines(shop)) == before


def test_two_of_one_name_are_told_apart_by_their_numbers(shop: Story) -> None:
    shop.hear("sari-2", "halo", name="Sari")
    first, second = shop.number_of("sari"), shop.number_of("sari-2")
    assert f"#{first} Sari; #{second} Sari" in sell(shop, "Sari Teh Poci")
    assert "untuk Sari" in sell(shop, f"#{second} Teh Poci")
    assert lines(shop)[-1].customer_id == second


@pytest.mark.parametrize("spelling", ["+62 812-0000-0007", "0812 0000 0007", "081200000007", "62 81200000007"])
def test_a_phone_number_is_found_however_it_is_written(shop: Story, spelling: str) -> None:
    shop.app.router.receive(Inbound("whatsapp", "+6281200000007", "halo", "w-1", name="Wati"))
    assert "untuk Wati:\n• 2 × Teh Poci: Rp30.000" in sell(shop, f"{spelling} Teh Poci x2")


def test_a_guests_purchase_counts_for_the_shop_and_for_nobody(shop: Story) -> None:
    assert "untuk tamu" in sell(shop, "- Teh Poci x3")
    with shop.app.database.reading() as session:
        fact = session.get_one(ShopFact, nobody.NOBODY)
    assert lines(shop)[-1].customer_id == int(fact.value)


def test_a_yes_after_the_customer_was_erased_is_a_guests_sale(shop: Story) -> None:
    sell(shop, "Sari gayo")
    shop.say("sari", "hapus data")
    shop.say("sari", "ya hapus")
    assert "untuk tamu" in shop.say(shop.owner(), "ya")


def test_the_same_in_english(shop: Story) -> None:
    shop.say(shop.owner(), "english")
    assert "Noted as K" in shop.say(shop.owner(), "/sold Sari Kopi Gayo x2 90k")
    assert "no product “shoes”" in shop.say(shop.owner(), "/sold Sari shoes")
    assert "“kopi” can mean:\n• Kopi Gayo (K1, Rp50,000, 5 in stock)" in shop.say(shop.owner(), "/sold Sari kopi")
