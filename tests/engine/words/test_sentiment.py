"""How what ships judges, by rules and our own lexicon."""

import csv
import gzip
import subprocess
import sys
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.words import lexicon
from engine.words.sentiment import LABELS, Sentiment
from engine.words.spelling import words
from tests.conftest import shared

HERE = Path(__file__).parent
SHIPPED = Sentiment.shipped()


def rows(name: str) -> list[tuple[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return [
            (each["text"], each["label"]) for each in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        ]


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("gk bgs bgt", "negative"),
        ("bagus bgt kak 😍", "positive"),
        ("ga jelek", "positive"),
        ("enak tapi lama bgt", "negative"),
        ("lama sih tapi enak bgt", "positive"),
        ("barangnya good tapi packaging ancur", "negative"),
        ("not worth the money", "negative"),
        ("kak yang biru masih ada?", "neutral"),
        ("terlalu manis", "negative"),
        ("jangan pedes ya kak", "neutral"),
        ("bagus gak kak?", "neutral"),
        ("belum pernah kecewa", "positive"),
        ("👍👍👍", "positive"),
        ("", "unsure"),
        ("zzxq", "unsure"),
    ],
)
def test_a_message_is_taken_as_it_is_meant(text: str, label: str) -> None:
    assert SHIPPED.judge(text).label == label


@given(st.text(max_size=300))
def test_whatever_is_written_the_three_probabilities_add_up_to_one(text: str) -> None:
    judged = SHIPPED.judge(text)
    assert sum(judged.probabilities.values()) == pytest.approx(1)
    assert set(judged.probabilities) == set(LABELS)
    assert judged.probability == max(judged.probabilities.values())


@pytest.mark.parametrize("word", ["bagus", "enak", "ramah", "good", "mantap", "jelek", "rusak", "kecewa", "bad"])
@pytest.mark.parametrize("negation", ["tidak", "ga", "gk", "nggak", "not"])
def test_a_negation_turns_what_is_said(word: str, negation: str) -> None:
    def leans(text: str) -> float:
        told = SHIPPED.judge(text).probabilities
        return told["positive"] - told["negative"]

    assert leans(word) * leans(f"{negation} {word}") < 0


@given(
    st.sampled_from(["bagus banget kak", "enak sekali", "kecewa, barang rusak", "lama banget", "sangat puas"]),
    st.data(),
)
def test_stretching_a_letter_changes_nothing(text: str, data: st.DataObject) -> None:
    at = data.draw(st.sampled_from([place for place, sign in enumerate(text) if sign.isalpha()]))
    stretched = text[:at] + text[at] * data.draw(st.integers(3, 8)) + text[at + 1 :]
    assert SHIPPED.judge(stretched) == SHIPPED.judge(text)


@pytest.mark.parametrize(
    ("plain", "chat"),
    [
        ("barangnya tidak bagus banget", "brgnya gk bgs bgt"),
        ("sudah sampai, terima kasih kak", "udh smpe, mksh kk"),
        ("belum sampai juga", "blm nyampe jg"),
        ("enak banget, cepat sampai", "enk bgtt, cpt nyampe"),
    ],
)
def test_chat_spelling_changes_nothing(plain: str, chat: str) -> None:
    assert SHIPPED.judge(chat) == SHIPPED.judge(plain)


def test_every_phrase_of_the_lexicon_is_spelt_as_texts_are_read_and_stands_once() -> None:
    phrases = list(chain.from_iterable(each.split() for each in lexicon.SAYS.values()))
    assert [each for each in phrases if words(each.replace("_", " ")) != each.split("_")] == []
    assert len(phrases) == len(set(phrases))


def test_nothing_that_was_written_for_judging_helped_to_set_the_weights() -> None:
    judged, set_with = ({tuple(words(text)) for text, _ in rows(name)} for name in ("messages.tsv", "own.tsv"))
    assert judged & set_with == set()


def test_loading_it_loads_no_library() -> None:
    heavy = ("numpy", "scipy", "sklearn", "polars", "sqlalchemy")
    script = (
        "import sys; from engine.words.sentiment import Sentiment; Sentiment.shipped().judge('bagus');"
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def right(texts: list[tuple[str, str]]) -> float:
    judged = [SHIPPED.judge(text).probabilities for text, _ in texts]
    likeliest = [max(LABELS, key=each.__getitem__) for each in judged]
    return sum(each == label for each, (_, label) in zip(likeliest, texts, strict=True)) / len(texts)


def test_what_ships_judges_messages_to_shops() -> None:
    """Decision 0053 measured .916; a change that costs a point more than the interval is noticed."""
    assert right(rows("messages.tsv")) >= 0.87


def test_what_ships_judges_messages_by_another_hand() -> None:
    """Decision 0053 measured .808, once; nothing may be mended by these."""
    assert right(rows("fresh.tsv")) >= 0.75


def test_what_ships_judges_reviews_it_was_not_made_for() -> None:
    """SmSA's validation set: .736 measured, above the .56 of a plain sum over a published lexicon."""
    with gzip.open(shared("data", "indonlu_smsa_valid.tsv.gz"), "rt", encoding="utf-8", newline="") as file:
        texts = [(text, label) for text, label in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]
    assert len(texts) == 1_260
    assert right(texts) >= 0.70
