"""Themes, what is urgent, what may be quoted, and what is counted: on texts of our own, figures by hand."""

from __future__ import annotations

import pytest

from campaigns.listening.judging import Judge
from campaigns.listening.masking import masked
from campaigns.sending import gate
from campaigns.sending.gate import Facts, Reason
from engine.words import themes
from tests.campaigns.test_gate import CAPS, QUIET, TEN

JUDGE = Judge.shipped()


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("brg blm nyampe2 udh 5 hari min", "missing"),
        ("My order hasn't arrived yet", "missing"),
        ("telurnya pecah semua pas dibuka", "broken"),
        ("Salah kirim nih, saya pesan yg gayo", "wrong"),
        ("balikin duit saya", "money"),
        ("anak saya gatal2 habis makan ini", "harm"),
        ("dasar penipu, saya laporkan ke polisi", "threat"),
        ("kecewa bgt sama pelayanannya 😡", "anger"),
    ],
)
def test_what_is_wrong_is_heard_through_chat_spelling(text: str, sign: str) -> None:
    assert sign in JUDGE.judge(text).urgent


@pytest.mark.parametrize(
    "text",
    [
        "kalau rusak bisa refund ga?",
        "Can I get a refund if it is broken?",
        "apakah aman untuk yang alergi kacang?",
        "tidak ada yang rusak, aman kak",
        "sempat pecah tapi sudah diganti, makasih ya",
        "parah enaknya",
        "stok gayo masih ada?",
        "mau pesan dua, dikirim besok ya",
    ],
)
def test_what_is_asked_denied_or_mended_is_not_urgent(text: str) -> None:
    assert JUDGE.judge(text).urgent == ()


def test_themes_are_found_in_both_languages_and_in_chat_spelling() -> None:
    assert themes.of("ongkirnya mhl bgt kak") == ("price", "delivery")
    assert themes.of("The parcel arrived late and the box was torn") == ("delivery", "packaging")
    assert themes.of("halo kak") == ()


def test_answers_are_coded_with_counts_shares_and_what_the_book_does_not_know() -> None:
    texts = ["enak", "rasanya manis", "parkir susah", "susah parkir di sana", "tempat parkir penuh terus"]
    found = {each.key: each for each in themes.code(texts)}
    assert (found["taste"].n, found["taste"].share, set(found["taste"].quotes)) == (2, 0.4, {0, 1})
    parking = found["found:parkir"]
    assert (parking.words, parking.n, set(parking.quotes)) == ("parkir", 3, {2, 3, 4})


def test_fewer_than_three_texts_share_no_theme_worth_a_name() -> None:
    assert themes.code(["parkir susah", "parkir penuh"]) == []


def test_how_surprising_a_pair_is_is_dunnings_ratio() -> None:
    # 2·Σ n·ln(n·N / (row·column)) over (3,0 / 1,16): 2·(3·ln 5 + ln 0.25 + 16·ln 1.25) by hand.
    assert themes.surprise(3, 3, 4, 20) == pytest.approx(2 * (3 * 1.609438 - 1 * 1.223775 + 16 * 0.162519), abs=1e-3)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Hubungi 0812-3456-7890 ya", "Hubungi … ya"),
        ("Sari kecewa, kirim ke Jl. Merdeka no 5", "… kecewa, kirim ke …"),
        ("email saya sari@example.com", "email saya …"),
        ("pesanan INV20261123 belum sampai", "pesanan … belum sampai"),
        ("nama saya Budi Santoso", "nama saya …"),
        ("lihat https://example.com/x", "lihat …"),
        ("ukuran 250 gram", "ukuran 250 gram"),
    ],
)
def test_a_quote_says_nothing_of_who_wrote_it(text: str, shown: str) -> None:
    assert masked(text, ["Sari Wulandari"]) == shown


def test_a_quote_is_not_endless() -> None:
    assert len(masked("kata " * 100)) <= 110


def test_whoever_complained_gets_no_offer_and_no_survey() -> None:
    for is_survey in (False, True):
        facts = Facts(
            allows_offers=True, allows_research=True, is_survey=is_survey, has_complained=True, channel="simulator"
        )
        assert gate.ask(facts, QUIET, CAPS, TEN) == gate.Refused(Reason.COMPLAINT)
