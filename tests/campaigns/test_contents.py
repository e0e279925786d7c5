"""Words that WhatsApp approves: they keep its rules, whatever is filled into them, and read as they were approved."""

import re
import unicodedata
from datetime import date

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.talk.intents import Means, understand
from campaigns.choosing.audiences import Candidate
from campaigns.choosing.choices import Choice, Item
from campaigns.choosing.offers import PERSONAL
from campaigns.choosing.shelf import Shelf
from campaigns.launching.drafts import OWN_WORDS, SURVEY, Variant
from campaigns.sending.gate import Facts
from campaigns.shop import LANGUAGES, Shop
from campaigns.tables import Approval, ApprovedContent, Campaign
from campaigns.words import contents, frames, wording
from campaigns.words.composing import Composer
from campaigns.words.frames import Frame
from campaigns.words.vouchers import Ticket
from campaigns.words.wording import WordedContent
from ledger.database import Database
from ledger.tables import Product
from tests.campaigns.conftest import TEN

COMPOSER = Composer()
LINK = "https://toko.example.com/r/0123456789abcdef"
END = "Kenapa dapat pesan ini? Balas KENAPA. Tidak ingin penawaran lagi? Balas STOP."
GAYO = Product(id=1, sku="S1", name="Kopi Gayo", currency="IDR", price_minor=45_000)
TEH = Product(id=2, sku="S2", name="Teh Melati", currency="IDR", price_minor=20_000)
UNPRICED = Product(id=3, sku="S3", name="Kue Lapis", currency="IDR", price_minor=None)


def worded(
    template: str = "winback",
    *products: Product,
    language: str = "id",
    name: str = "Sari Dewi",
    discount: int = 0,
    link: str = LINK,
    text: str | None = None,
    is_bundle: bool = False,
    shop: str = "Toko Ratna",
    approved: ApprovedContent | None = None,
) -> WordedContent:
    """What a customer would read, with the code ABC-DEF-GHJ where there is a discount."""
    shown = products or (GAYO, TEH)
    return wording.word_content(
        Campaign(template=template, audience="all", holdout_share=0, seed="", created_by=""),
        Variant(discount_percent=discount, text=text),
        Candidate(1, name, language, None, 1, "m", False, Facts()),
        (Choice(tuple(Item(each.id) for each in shown), is_bundle=is_bundle), False),
        link,
        shelf=Shelf({each.id: each for each in shown}, (), (), (), (), TEN),
        shop=Shop(name=shop),
        composer=COMPOSER,
        voucher=Ticket("ABC-DEF-GHJ", date(2026, 11, 16)) if discount else None,
        approved=approved,
    )


def test_an_offer_reads_as_its_approved_words_with_the_variables_in_them() -> None:
    made = worded("winback")
    assert made.name == "langganan_winback"
    assert made.variables == {
        "1": "Kak Sari",
        "2": "Toko Ratna",
        "3": "Kopi Gayo (Rp45.000), Teh Melati (Rp20.000)",
        "4": LINK,
    }
    assert made.text == (
        "Halo Kak Sari, salam hangat dari Toko Ratna. Kapan mampir lagi? Siapa tahu ada yang cocok untuk Kakak:\n\n"
        f"Kopi Gayo (Rp45.000), Teh Melati (Rp20.000)\n\nLihat atau pesan: {LINK}\n\n{END}"
    )
    assert made.facts["products"] == [1, 2]


def test_a_discount_comes_with_its_code_and_its_last_day() -> None:
    made = worded("picks", discount=10)
    assert made.name == "langganan_picks_discount"
    assert made.text == (
        "Halo Kak Sari, ada pilihan dari Toko Ratna dengan diskon 10% yang sayang kalau dilewatkan:\n\n"
        "Kopi Gayo (Rp40.500, biasanya Rp45.000), Teh Melati (Rp18.000, biasanya Rp20.000)\n\n"
        "Tunjukkan kode ABC-DEF-GHJ di kasir, berlaku sampai 16 November.\n\n"
        f"Lihat atau pesan: {LINK}\n\n{END}"
    )


def test_who_has_no_name_no_link_and_no_price_is_still_spoken_to_in_whole_sentences() -> None:
    made = worded("bundle", GAYO, UNPRICED, name="0812", link="", is_bundle=True)
    assert made.text == (
        "Halo Kakak, di Toko Ratna ada yang pas dibeli sekaligus:\n\nKopi Gayo (Rp45.000) + Kue Lapis\n\n"
        f"Harga sepaket: silakan tanya kami.\n\nLihat atau pesan: balas saja pesan ini\n\n{END}"
    )


def test_one_line_shows_three_products_at_most_and_the_facts_name_those() -> None:
    many = [Product(id=n, sku=f"S{n}", name=f"Kue {n}", currency="IDR", price_minor=5_000) for n in range(1, 6)]
    made = worded("picks", *many)
    assert made.variables["3"] == "Kue 1 (Rp5.000), Kue 2 (Rp5.000), Kue 3 (Rp5.000)"
    assert made.facts["products"] == [1, 2, 3]
    assert worded("bundle", *many, is_bundle=True).facts["products"] == [1, 2, 3, 4, 5]


def test_no_customer_is_told_of_the_shops_stock() -> None:
    for template, _, frame in COMPOSER.frames():
        assert not re.search(r"\bstok|stock|clearance|obral", frame.body), template


def test_the_owners_own_words_stand_on_one_line_within_the_approved_ones() -> None:
    text = "Halo Kak {nama},\n\n• Hari Minggu kami buka\n• Ada kue lapis!\nSampai jumpa"
    assert worded(OWN_WORDS, text=text).variables["2"] == (
        "Halo Kak Sari, Hari Minggu kami buka · Ada kue lapis! Sampai jumpa · "
        "Kopi Gayo (Rp45.000), Teh Melati (Rp20.000)"
    )


def test_a_link_in_the_owners_words_is_not_said_twice() -> None:
    text = worded(OWN_WORDS, text="Cek {tautan} ya.").text
    assert text.count(LINK) == 1
    assert "Lihat atau pesan: lewat tautan di atas\n" in text


def test_words_that_changed_since_are_read_as_they_were_approved() -> None:
    older = ApprovedContent(
        name="langganan_winback", language="id", sid="HX1", fingerprint="", body="Kangen {{2}}? Ada {{1}} di sini.",
        places=["items", "shop"], approval=Approval.APPROVED, made_at=TEN, looked_at=TEN,
    )  # fmt: skip
    made = worded("winback", GAYO, approved=older)
    assert made.text == "Kangen Toko Ratna? Ada Kopi Gayo (Rp45.000) di sini."
    assert made.variables == {"1": "Kopi Gayo (Rp45.000)", "2": "Toko Ratna"}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("discount", [0, 90])
@pytest.mark.parametrize("template", sorted(PERSONAL))
def test_what_is_shown_still_fits_with_endless_names(template: str, discount: int, language: str) -> None:
    many = [
        Product(id=n, sku=str(n), name=f"{n} Keripik " + "Pedas " * 50, currency="IDR", price_minor=123_456_789)
        for n in range(1, 5)
    ]
    text = "x" * 500 if template == OWN_WORDS else None
    made = worded(
        template, *many, language=language, name="Maharani" * 20, discount=discount, text=text,
        is_bundle=template == "bundle", shop="Toko " * 12, link="https://t.example.com/" + "r" * 98,
    )  # fmt: skip
    assert len(made.text) <= 1_024
    # Of the owner's own words nothing is cut: there products make room.
    assert made.facts["products"] == [1, 2, 3, 4][: len(made.facts["products"])]
    assert template == OWN_WORDS or len(made.facts["products"]) == (4 if template == "bundle" else 3)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300), st.text(min_size=1, max_size=60), st.text(max_size=80))
def test_whatever_is_filled_in_is_what_whatsapp_takes(name: str, shop: str, product: str) -> None:
    made = worded("picks", Product(id=1, sku="S", name=product, currency="IDR", price_minor=1), name=name, shop=shop)
    for value in made.variables.values():
        assert value == value.strip() != ""
        assert "    " not in value
        assert "{{" not in value
        assert not {unicodedata.category(sign) for sign in value} & {"Cc", "Cf", "Zl", "Zp", "Cs"}


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=400).filter(lambda text: not set(text) & set("{}")))
@example("*")
@example("- - a")
@example("\u200b* a")
def test_whatever_an_owner_writes_is_what_whatsapp_takes(text: str) -> None:
    made = worded(OWN_WORDS, text=text)
    assert made.variables["2"] == frames.one_line(made.variables["2"]) != ""
    assert made.text == frames.filled(COMPOSER.frame(OWN_WORDS, "id", is_discounted=False).body, made.variables)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text()))
def test_many_lines_become_one_with_nothing_unseen_in_it(lines: list[str]) -> None:
    line = frames.one_line("\n".join(lines))
    assert frames.one_line(line) == line
    assert line == " ".join(line.split())


@pytest.mark.parametrize("hidden", ["\u200b", "\u200d\u2060", "\u3164", "\t\n", "\x00"])
def test_a_name_of_nothing_one_can_see_is_no_name(hidden: str) -> None:
    assert worded("picks", name=hidden).variables["1"] == "Kakak"
    assert worded("picks", shop=hidden).variables["2"] == "toko kami"


def broken(body: str, *places: str, name: str = "langganan_x", buttons: tuple[tuple[str, str], ...] = ()) -> str:
    return " / ".join(frames.faults(Frame(name, "id", body, places, buttons)))


FINE = "Halo {{1}}, apa kabar hari ini di sana? Semoga sehat. Kami punya {{2}} untuk Kakak. Balas STOP."


def test_words_that_keep_the_rules_are_let_through() -> None:
    assert broken(FINE, "name", "items") == ""


@pytest.mark.parametrize(
    ("body", "places", "said"),
    [
        ("{{1}} " + FINE.replace("{{1}}", "Kak"), ("name", "items"), "first or last"),
        (FINE + " {{2}}", ("name", "items"), "first or last"),
        (FINE + " {{2}}!", ("name", "items"), "first or last"),
        (FINE.replace("{{1}}", "{{1}} {{2}}"), ("name", "items"), "between two places"),
        (FINE.replace("{{2}}", "{{3}}"), ("name", "items"), "catalogue's order"),
        (FINE.replace("{{1}}", "{{3}}"), ("name", "items", "shop"), "catalogue's order"),
        (FINE, ("name", "items", "shop"), "catalogue's order"),
        (FINE.replace(". ", ".\n\n\n"), ("name", "items"), "empty line"),
        ("Halo {{1}}, ada {{2}} ya.", ("name", "items"), "fixed words"),
        (FINE + " kata" * 150, ("name", "items"), "1024 characters"),
    ],
)
def test_each_rule_of_whatsapp_is_kept(body: str, places: tuple[str, ...], said: str) -> None:
    assert said in broken(body, *places)


def test_a_button_and_a_name_have_their_limits() -> None:
    assert "button" in broken(FINE, "name", "items", buttons=(("Berhenti menerima promo", "STOP"),))
    assert "name" in broken(FINE, "name", "items", name="Langganan-X")


def test_all_words_keep_the_rules_and_name_the_way_out_in_text_and_at_a_tap() -> None:
    made = list(COMPOSER.frames())
    offers = {(name, is_discounted) for name in PERSONAL | {OWN_WORDS: None} for is_discounted in (True, False)}
    assert {(name, is_discounted) for name, is_discounted, _ in made} == {*offers, (SURVEY, False)}
    for name, is_discounted, frame in made:
        assert "STOP" in frame.body.splitlines()[-1]
        taps = [Means.SURVEYS, Means.STOP_SURVEYS] if name == SURVEY else [Means.WHY, Means.STOP]
        assert [understand(says).means for _, says in frame.buttons] == taps
        assert ("voucher" in frame.places) == is_discounted


@pytest.mark.parametrize("is_discounted", [False, True])
@pytest.mark.parametrize("template", sorted(PERSONAL))
def test_both_languages_have_the_same_places(template: str, is_discounted: bool) -> None:
    assert COMPOSER.catalog[template].content(is_discounted).languages == LANGUAGES
    assert contents.name_of(template, is_discounted) == COMPOSER.frame(template, "en", is_discounted).name


def content(name: str, approval: Approval = Approval.APPROVED, language: str = "id") -> ApprovedContent:
    return ApprovedContent(
        name=name, language=language, sid=f"HX-{name}-{language}", fingerprint="", body="", approval=approval,
        made_at=TEN, looked_at=TEN,
    )  # fmt: skip


def test_the_older_words_are_used_until_the_newer_ones_are_approved(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as session:
        session.add_all(
            [
                content("langganan_winback"),
                content("langganan_winback_v2"),
                content("langganan_winback_v10", Approval.PENDING),
                content("langganan_winback", Approval.PAUSED, "en"),
            ]
        )
        found = contents.standing(session)
        used = found.of("winback", "id", False)
        newest = found.newest("langganan_winback", "id")
        assert (used and used.name, newest and newest.name) == ("langganan_winback_v2", "langganan_winback_v10")
        assert found.of("winback", "en", False) is None
        assert found.of("winback", "id", True) is None
