"""What is learnt from labelled texts, and the file it is kept in."""

from __future__ import annotations

import csv
import json
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from scipy.special import softmax
from sklearn.linear_model import LogisticRegression

from engine.words import training
from engine.words.grams import grams
from engine.words.leaning import leaning
from engine.words.sentiment import LABELS, Sentiment
from engine.words.training import train
from engine.words.weights import LEANING_SHARE, BadWords, Weights, described

HERE = Path(__file__).parent


def rows(name: str) -> tuple[list[str], list[int]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        told = [*csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]
    return [each["text"] for each in told], [LABELS.index(each["label"]) for each in told]  # type: ignore[arg-type]


TEXTS, SAID = rows("own.tsv")


@pytest.fixture(scope="module")
def learnt() -> Weights:
    return train(TEXTS, SAID).weights


@pytest.fixture(scope="module")
def written(learnt: Weights) -> bytes:
    return learnt.written()


def test_what_was_written_judges_as_what_was_learnt(learnt: Weights, written: bytes) -> None:
    read = Weights.read(written)
    for text in [*TEXTS, "", "sesuatu yang tak pernah dilihat", "👍" * 50]:
        assert read.probabilities(text) == learnt.probabilities(text)


def test_the_plain_reckoning_is_that_of_the_library_it_was_learnt_with(monkeypatch: pytest.MonkeyPatch) -> None:
    fitted: list[LogisticRegression] = []
    fit = training._fitted

    def seen(features: csr_matrix, said: Any) -> LogisticRegression:
        fitted.append(fit(features, said))
        return fitted[-1]

    monkeypatch.setattr(training, "_fitted", seen)
    weights = train(TEXTS, SAID).weights
    place = {key: at for at, key in enumerate(weights.keys)}
    others, _ = rows("messages.tsv")
    asked = []
    for text in others:
        # Written anew from the description of the features, with dense rows.
        row = np.zeros(len(place) + 9)
        for counts in grams(text):
            part = np.zeros(len(place))
            for key, times in counts.items():
                if key in place:
                    part[place[key]] += (1 + np.log(times)) * weights.rareness[place[key]]
            row[:-9] += part / (np.linalg.norm(part) or 1)
        row[-9:] = np.array(described(leaning(text))) * LEANING_SHARE
        asked.append(row)
    library = softmax(fitted[-1].decision_function(np.array(asked)) * weights.sharpness, axis=1)
    ours = np.array([Weights.read(weights.written()).probabilities(text) for text in others])
    assert np.abs(library - ours).max() < 1e-6


def test_learning_again_from_the_same_gives_the_same_file(written: bytes) -> None:
    assert train(TEXTS, SAID).weights.written() == written


def test_no_word_that_anybody_wrote_is_in_the_file(written: bytes) -> None:
    packed = written.split(b"\n", 2)[2]
    inside = written + zlib.decompress(packed)
    assert [word for word in ("sambal", "daster", "kenanga", "seblak") if word.encode() in inside] == []


def test_probabilities_add_up_to_one(learnt: Weights) -> None:
    assert [sum(learnt.probabilities(text)) for text in TEXTS] == pytest.approx([1.0] * len(TEXTS))


def _with(written: bytes, **changed: Any) -> bytes:
    first, header, packed = written.split(b"\n", 2)
    return b"\n".join((first, json.dumps({**json.loads(header), **changed}).encode(), packed))


def _with_columns(written: bytes, at: int, number: bytes) -> bytes:
    """The same file with one number of its columns changed, and the sum made right for it."""
    packed = written.split(b"\n", 2)[2]
    body = bytearray(zlib.decompress(packed))
    body[at : at + 4] = number
    repacked = zlib.compress(bytes(body))
    first, header, _ = _with(written, sum=zlib.crc32(repacked)).split(b"\n", 2)
    return b"\n".join((first, header, repacked))


def test_a_broken_or_hostile_file_is_refused_in_a_sentence(written: bytes) -> None:
    runs = json.loads(written.split(b"\n", 2)[1])["runs"]
    bomb = zlib.compress(bytes(50_000_000))
    hostile = {
        b"": "no trained model",
        b"\x80\x04\x95pickle.": "no trained model",
        b"langganan words 2\n{}\n": "another version",
        b"langganan words 1\n": "not whole",
        b"langganan words 1\n[1]\n": "lacks",
        b"langganan words 1\n" + b"[" * 15_000 + b"\n": "not whole",
        written[: len(written) // 2]: "not whole",
        written[:-1]: "not whole",
        written.replace(b'"runs"', b'"rums"', 1): "lacks",
        _with(written, runs=10**9): "sizes",
        _with(written, runs=-1): "sizes",
        _with(written, runs=runs - 1): "sizes",
        _with(written, sharpness=1e300): "numbers",
        _with(written, sharpness=float("nan")): "numbers",
        _with(written, starts=[0.0]): "numbers",
        _with(written, starts="abc"): "lacks",
        _with(written, about="x" * 30_000): "sizes",
        _with(written, about={"sure": "always"}): "when it is sure",
        _with_columns(written, 0, b"\xff\xff\xff\xff"): "order",
        _with_columns(written, runs * 4, struct.pack("<f", float("nan"))): "numbers",
        _with_columns(written, runs * 8, struct.pack("<f", float("inf"))): "numbers",
        _with_columns(written, runs * 8, struct.pack("<f", 1e30)): "numbers",
    }
    first, header, _ = _with(written, sum=zlib.crc32(bomb)).split(b"\n", 2)
    hostile[b"\n".join((first, header, bomb))] = "sizes"
    for file, why in hostile.items():
        with pytest.raises(BadWords, match=why):
            Sentiment.read(file)


def test_a_trained_one_beats_guessing_on_texts_it_never_saw(written: bytes) -> None:
    others, said = rows("messages.tsv")
    judged = [Sentiment.read(written).judge(text).probabilities for text in others]
    right = sum(max(LABELS, key=each.__getitem__) == LABELS[label] for each, label in zip(judged, said, strict=True))
    # Of 310, the commonest label has 106.
    assert right > 220
