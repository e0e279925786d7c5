"""Chat spelling made plain."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.words.short import SHORT
from engine.words.spelling import negated, pieces, words


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("brgnya gk bgs bgt", "barangnya tidak bagus banget"),
        ("sy udh tf tp blm dpt brg nya", "saya sudah tf tapi belum dapat barang nya"),
        ("bagus2 semua, barang2nya", "bagus semua barangnya"),
        ("bener-bener enak", "benar enak"),
        ("packing asal2an", "packing asal-asalan"),
        ("oleh2nya laku", "oleh-olehnya laku"),
        ("enaaaak sukaa bangettt", "enak suka banget"),
        ("goooood, maaaaf nungguuu", "good maaf nunggu"),
        ("wkwkwk hahahaa awkwk", "haha haha haha"),
        ("I don't like it", "i do not like it"),
        ("ga' ada", "tidak ada"),
        ("500 g aja, ga 20rb", "500 gram saja tidak 20rb"),
        ("ENAK :) 👍🏽👍🏽👍🏽 ❤️", "enak 🙂 👍 ❤"),
        ("cek https://example.com/a?b=1 atau budi@example.com @toko", "cek atau"),
        ("ba\u200bgus", "bagus"),
        ("", ""),
        ("?!... ,", ""),
    ],
)
def test_what_is_written_in_a_chat_is_read_as_what_is_meant(written: str, meant: str) -> None:
    assert words(written) == meant.split()


def test_a_clause_ends_where_a_mark_stands() -> None:
    assert pieces("enak!!! tapi, lama…") == ["enak", "!", "tapi", ",", "lama", "."]


def test_a_negation_reaches_three_words_and_no_further_than_the_clause() -> None:
    assert negated(pieces("ga terlalu enak sih, tapi murah")) == [
        "tidak", "!terlalu", "!enak", "!sih", ",", "tapi", "murah",
    ]  # fmt: skip


def test_two_negations_are_none() -> None:
    assert negated(words("bukan ga enak")) == ["bukan", "tidak", "enak"]


def test_no_short_form_stands_for_another_short_form() -> None:
    chains = {short: full for short, full in SHORT.items() for each in full if SHORT.get(each, (each,)) != (each,)}
    assert chains == {}


@given(st.text(max_size=200))
def test_whatever_is_written_gives_plain_words(text: str) -> None:
    found = words(text)
    assert all(each and not any(sign.isspace() for sign in each) for each in found)


@given(st.sampled_from(["bagus", "enak", "lama", "kecewa", "rusak", "good", "banget", "maaf", "tidak"]), st.data())
def test_a_stretched_letter_changes_no_word(word: str, data: st.DataObject) -> None:
    at, times = data.draw(st.integers(0, len(word) - 1)), data.draw(st.integers(2, 9))
    assert words(word[:at] + word[at] * times + word[at:]) == [word]


def test_a_very_long_letter_is_read_in_no_time() -> None:
    assert len(words("a-" * 500_000)) < 10_000
