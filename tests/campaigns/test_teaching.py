"""The owner's labelled file: what is refused and why, what is learnt, what is kept and put back."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest

from campaigns.learning import keeping, labelled, teaching
from campaigns.learning.problems import BadLabels
from campaigns.learning.teaching import Taught

NOW = datetime(2026, 11, 2, 3, tzinfo=UTC)
NAMES = """
kopi gula teh roti susu keju madu beras telur ikan ayam tahu tempe sayur mangga jeruk apel pisang sabun sampo tas
sepatu baju celana topi kaos jaket payung buku pensil gelas piring sendok panci wajan lampu kipas meja kursi lemari
bantal selimut karpet cermin
"""
GOODS = [f"{name} {colour}" for name in NAMES.split() for colour in ("merah", "hijau")]
SENTENCES = {"negative": "{} zarko pelum", "neutral": "{} mibu tarsa", "positive": "{} ditno wesil"}
"""Words of no language: the shipped lexicon knows none of them, so that what judges right was learnt."""


def table(folder: Path, *names: str, goods: list[str] = GOODS, name: str = "labelled.tsv") -> Path:
    told = [f"{SENTENCES[label].format(good)}\t{label}" for good in goods for label in names or SENTENCES]
    path = folder / name
    path.write_text("\n".join(["text\tlabel", *told, ""]), encoding="utf-8")
    return path


def taught(folder: Path, file: Path, check: Path | None = None, *, anyway: bool = False) -> Taught:
    return teaching.teach(file, check, folder / "data", NOW, anyway=anyway)


def test_what_was_learnt_judges_from_then_on_and_can_be_taken_back(tmp_path: Path) -> None:
    told = taught(tmp_path, table(tmp_path))
    assert told.is_kept
    assert told.n + told.measures.n == 3 * len(GOODS)
    assert told.measures.accuracy > told.before.accuracy
    assert keeping.in_use(tmp_path / "data").judge("semen zarko pelum").label == "negative"
    assert keeping.undo(tmp_path / "data")
    assert keeping.in_use(tmp_path / "data").name == "shipped"
    assert keeping.undo(tmp_path / "data")
    assert keeping.in_use(tmp_path / "data").name == "trained"


def test_what_judges_no_better_is_not_used_unless_it_must(tmp_path: Path) -> None:
    file = table(tmp_path)
    taught(tmp_path, file)
    first = (tmp_path / "data" / keeping.KEPT).read_bytes()
    again = taught(tmp_path, file)
    assert not again.is_kept
    assert again.difference.macro_f1 == 0
    assert not (tmp_path / "data" / keeping.BEFORE).exists()
    assert taught(tmp_path, file, anyway=True).is_kept
    assert (tmp_path / "data" / keeping.BEFORE).read_bytes() == first


def test_a_file_that_grew_is_checked_with_the_same_texts_again(tmp_path: Path) -> None:
    learning, checking, _ = teaching._apart(table(tmp_path, goods=GOODS[:80]), None)
    more, checking_more, _ = teaching._apart(table(tmp_path), None)
    assert {each.text for each in checking} <= {each.text for each in checking_more}
    assert {each.text for each in learning} <= {each.text for each in more}


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "empty"),
        ("text\tlabel\nbagus\tpositif\njelek\tngambek\n", "line 3: “ngambek” is no label"),
        ("text\tlabel\nbagus\tpositif\njelek\n", "line 3: there is no label"),
        ("text,label\n,positif\n", "line 2: there is no text"),
        ("bagus\tpositif\n" * 100, "at least 30 of each"),
        ("teks;label\n" + "bagus;positif\nbagus;negatif\n" * 40, "settle how each is meant"),
    ],
)
def test_a_file_that_would_mislead_is_refused_and_nothing_is_kept(tmp_path: Path, content: str, why: str) -> None:
    file = tmp_path / "labelled.tsv"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(BadLabels, match=why):
        taught(tmp_path, file)
    assert not (tmp_path / "data").exists()


def test_one_label_only_teaches_nothing(tmp_path: Path) -> None:
    with pytest.raises(BadLabels, match="0 negative, 0 neutral"):
        taught(tmp_path, table(tmp_path, "positive"))


def test_a_check_with_the_texts_that_were_learnt_is_refused(tmp_path: Path) -> None:
    file = table(tmp_path)
    with pytest.raises(BadLabels, match="the check would flatter"):
        taught(tmp_path, file, table(tmp_path, goods=GOODS[:20], name="check.tsv"))


def test_a_few_texts_in_both_files_are_left_out_of_the_learning(tmp_path: Path) -> None:
    learning = table(tmp_path, goods=[*GOODS, "semen"])
    check = table(
        tmp_path, goods=["semen", *(f"barang{sign}" for sign in "abcdefghijklmnopqrstuvwxyz")], name="check.tsv"
    )
    told = taught(tmp_path, learning, check)
    assert told.left_out == {"also in the check file": 3}
    assert told.n == 3 * len(GOODS)


@pytest.mark.parametrize(
    "written",
    [
        'text,label\n"enak, murah",positif\nlama,NEGATIF\nada?,netral\n',
        "label;ulasan\npos;enak, murah\nneg;lama\nneutral;ada?\n",
        "enak, murah\tpositive\nlama\t-\nada?\tnetral\n",
    ],
)
def test_files_are_read_as_spreadsheets_write_them(tmp_path: Path, written: str) -> None:
    file = tmp_path / "labelled.csv.gz"
    file.write_bytes(gzip.compress(b"\xef\xbb\xbf" + written.encode()))
    found = [(each.text, each.label) for each in labelled.read(file)]
    assert found == [("enak, murah", 2), ("lama", 0), ("ada?", 1)]


def test_quotes_in_a_tabbed_file_are_signs_unless_they_stand_around_the_cell(tmp_path: Path) -> None:
    file = tmp_path / "labelled.tsv"
    file.write_text('"kata ""enak"" doang"\tnegatif\n"enak" katanya\tnegatif\n', encoding="utf-8")
    assert [each.text for each in labelled.read(file)] == ['kata "enak" doang', '"enak" katanya']


def test_a_model_that_cannot_be_read_is_told_and_what_ships_judges(tmp_path: Path) -> None:
    (tmp_path / keeping.KEPT).write_bytes(b"cos\nsystem\n(S'echo'\ntR.")
    with pytest.raises(keeping.UnreadableWords, match="no trained model"):
        keeping.read(tmp_path)
    assert keeping.in_use(tmp_path).name == "shipped"


def test_nothing_trained_is_nothing_to_go_back_to(tmp_path: Path) -> None:
    assert not keeping.undo(tmp_path)
