"""An offer in words: as full as it fits into what a messenger takes."""

import re
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.talk.replies import Teller
from campaigns.choosing.audiences import Candidate
from campaigns.choosing.offers import PERSONAL, Choice, Item
from campaigns.choosing.shelf import Shelf
from campaigns.launching.drafts import OWN_WORDS, Variant
from campaigns.problems import BadDraft
from campaigns.sending.gate import Facts
from campaigns.shop import LANGUAGES, Shop
from campaigns.tables import Campaign
from campaigns.words import wording
from campaigns.words.composing import Composer
from campaigns.words.vouchers import Ticket
from campaigns.words.wording import Worded
from ledger.tables import Product
from tests.campaigns.conftest import TEN

COMPOSER = Composer()
LONGEST_SHOP_NAME = "Toko Oleh-Oleh Kerajinan dan Kuliner Nusantara Ibu Ratna Sari"[:60]
PERSONAL_FACTS = {
    "winback": {"last_product": 1, "days_away": 365},
    "bundle": {"because": 1},
    "thank_you": {"orders": 1_000, "favourite": 1},
    "replenishment": {"is_due": True},
}
LINK = "https://toko.example.com/r/0123456789abcdef"


def worded(
    template: str,
    language: str,
    *,
    is_personal: bool,
    name: str,
    n: int = 4,
    discount: int = 90,
    is_owners: bool = False,
) -> Worded:
    products = {
        k: Product(id=k, sku=f"S{k}", name=f"{k} {name}", currency="IDR", price_minor=123_456_789)
        for k in range(1, n + 1)
    }
    items = tuple(Item(k, "bought_together_with", 1) if is_personal else Item(k) for k in products)
    facts = PERSONAL_FACTS.get(template, {}) if is_personal else {}
    choice = Choice(items, facts, template == "bundle", is_owners)
    return wording.word_offer(
        Campaign(template=template, audience="all", holdout_share=0, seed="", created_by=""),
        Variant(discount_percent=discount, text="Hari Minggu kami buka."),
        Candidate(1, "Maharaniputri Dewi", language, None, 1, "m", is_personal, Facts()),
        (choice, is_personal),
        "https://toko-oleh-oleh-ibu-ratna.example.com/r/0123456789abcdef",
        shelf=Shelf(products, (), (), (), (), TEN),
        shop=Shop(name=LONGEST_SHOP_NAME),
        composer=COMPOSER,
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("is_personal", [True, False])
@pytest.mark.parametrize("template", sorted(PERSONAL))
def test_four_products_with_endless_names_still_fit(template: str, is_personal: bool, language: str) -> None:
    made = worded(template, language, is_personal=is_personal, name="Keripik Tempe Pedas " * 20)
    assert len(made.text) <= COMPOSER.catalog[template].longest
    assert made.facts["products"] == [1, 2, 3, 4]
    assert all(f"• {n} Keripik" in made.text for n in (1, 2, 3, 4))
    assert "STOP" in made.text.splitlines()[-1]


def test_names_that_fit_are_said_in_full() -> None:
    name = "Keripik Tempe Pedas Malang Isi 250 Gram"
    assert f"• 4 {name} — Rp12.345.679 (biasanya" in worded("picks", "id", is_personal=False, name=name).text


def test_what_does_not_fit_is_left_out_and_not_said_to_have_been_shown() -> None:
    made = worded("picks", "id", is_personal=True, name="Keripik Tempe Pedas " * 20, n=12)
    assert len(made.text) <= 1_024
    assert 4 < len(made.facts["products"]) < 12
    assert len(made.facts["reasons"]) == len(made.facts["products"]) == made.text.count("• ")


def test_a_bundle_stays_whole() -> None:
    assert worded("bundle", "id", is_personal=True, name="Keripik", n=12).facts["products"] == list(range(1, 13))


def own(text: str, *, name: str = "Sari Dewi", discount: int = 10, language: str = "id", link: str = LINK) -> str:
    """A message in the owner's own words, with the code ABC-DEF-GHJ."""
    voucher = Ticket("ABC-DEF-GHJ", date(2026, 11, 16)) if discount else None
    return wording.word_offer(
        Campaign(template=OWN_WORDS, audience="all", holdout_share=0, seed="", created_by=""),
        Variant(discount_percent=discount, text=text),
        Candidate(1, name, language, None, 1, "m", True, Facts()),
        (Choice(()), False),
        link,
        shelf=Shelf({}, (), (), (), (), TEN),
        shop=Shop(name="Toko {name} Ratna"),
        composer=COMPOSER,
        voucher=voucher,
    ).text


def test_the_owners_words_stand_as_they_are_and_then_the_code_the_link_and_the_way_out() -> None:
    assert own("Halo Kak {nama},\n\nHari Minggu kami buka.") == (
        "Halo Kak Sari,\n\nHari Minggu kami buka.\n\n"
        "Tunjukkan kode ABC-DEF-GHJ di kasir sampai 16 November.\n\n"
        f"Lihat atau pesan: {LINK}\nKenapa dapat ini? Balas KENAPA. Tidak ingin penawaran lagi? Balas STOP."
    )


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("{name} / {Nama} / { nama }", "Sari / Sari / Sari"),
        ("{toko} = {shop}", "Toko {name} Ratna = Toko {name} Ratna"),
        ("Diskon {diskon}!", "Diskon 10%!"),
        ("Diskon {diskon}%!", "Diskon 10%!"),
        ("{discount} percent off", "10 percent off"),
        ("Ini 100% asli", "Ini 100% asli"),
        ("<b>{nama}</b> $HOME %s \\n", "<b>Sari</b> $HOME %s \\n"),
    ],
)
def test_names_in_braces_are_filled_once_and_nothing_else_is_read(text: str, filled: str) -> None:
    assert own(text).startswith(f"{filled}\n\n")


def test_a_customer_whose_name_looks_like_code_is_called_nothing() -> None:
    assert own("Halo {nama}, apa kabar?", name="{{7*7}} {voucher}").startswith("Halo, apa kabar?\n")


def test_a_line_that_begins_with_a_name_nobody_has_begins_with_the_next_word() -> None:
    assert own("{nama}, kami buka!", name="0812").startswith("Kami buka!\n")


def test_a_code_and_a_link_that_stand_in_the_text_are_not_said_twice() -> None:
    text = own("Sebut {kode}, lihat {tautan} ya.")
    assert text.startswith(f"Sebut ABC-DEF-GHJ, lihat {LINK} ya.\n\nKodenya berlaku sampai 16 November.\n\nKenapa")
    assert text.count("ABC-DEF-GHJ") == text.count(LINK) == 1


def test_without_a_discount_the_owners_words_come_with_no_code() -> None:
    assert "kode" not in own("Hari Minggu kami buka.", discount=0)


@pytest.mark.parametrize(
    ("text", "discount", "key"),
    [
        ("Halo {nama_depan}", 10, "own_unknown"),
        ("{{ shop.__class__ }}", 10, "own_unknown"),
        ("{% for x in y %}", 10, "own_unknown"),
        ("{}", 10, "own_unknown"),
        ("Halo {nama", 10, "own_braces"),
        ("Halo nama}", 10, "own_braces"),
        ("Diskon {diskon}", 0, "own_needs_discount"),
        ("Sebut {kode}", 0, "own_needs_discount"),
        ("{nama}", 10, "own_needs_text"),
        ("a" * 1_000, 0, "own_too_long"),
        ("{nama}" * 40, 0, "own_needs_text"),
        ("Halo " + "{nama} " * 35, 0, "own_too_long"),
    ],
)
def test_what_cannot_be_filled_is_found_while_drafting(text: str, discount: int, key: str) -> None:
    with pytest.raises(BadDraft, match=key):
        wording.require_own(Variant(discount_percent=discount, text=text), Shop(), COMPOSER)


def test_a_name_that_is_none_is_answered_with_those_there_are() -> None:
    with pytest.raises(BadDraft) as raised:
        wording.require_own(Variant(text="Halo {umur}"), Shop(), COMPOSER)
    sentence = Teller(COMPOSER, Shop(), "id").sentence(raised.value)
    assert "{umur} tidak dikenal" in sentence
    assert "{nama}/{name}, {toko}/{shop}, {diskon}/{discount}, {tautan}/{link}, {kode}/{voucher}" in sentence


@given(name=st.text(max_size=60), words=st.text(st.characters(exclude_characters="{}"), min_size=1, max_size=500))
@settings(max_examples=60, deadline=None)
def test_what_was_fit_to_draft_fits_for_every_customer(name: str, words: str) -> None:
    text = f"{words} {{nama}} {{kode}} {{tautan}} {{toko}} {{diskon}}"
    shop = Shop(name="Toko {name} Ratna", public_url=LINK.removesuffix("/r/0123456789abcdef"))
    try:
        wording.require_own(Variant(discount_percent=10, text=text), shop, COMPOSER)
    except BadDraft:
        return
    assert all(len(own(text, name=name, language=language)) <= 1_024 for language in LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("template", sorted(PERSONAL))
def test_a_preview_shows_a_code_that_buys_nothing_and_only_where_there_is_a_discount(
    template: str, language: str
) -> None:
    shown = worded(template, language, is_personal=False, name="Kopi", discount=10).text
    assert "000-000-000" in shown
    assert "16 Nov" in shown
    assert "000-000" not in worded(template, language, is_personal=False, name="Kopi", discount=0).text


def test_the_owners_choice_is_not_said_to_be_what_others_like() -> None:
    said = {
        template: worded(template, "id", is_personal=False, name="Kopi", is_owners=True).text for template in PERSONAL
    }
    assert not [
        template for template, text in said.items() if re.search("paling disukai|banyak dicari|sering dibeli", text)
    ]
