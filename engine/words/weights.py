"""A trained model as plain numbers, and the file it is kept in: numbers only, which nothing can execute.

The file: a line that names the format and its version, a line of JSON (sizes, figures), then compressed columns of
numbers: for each run of words or letters its crc32, how rare it is, and what it says for negative, neutral and
positive. Sums are checked, sizes are bounded, and whatever is not as it was written is refused in one sentence.
"""

from __future__ import annotations

import json
import math
import sys
import zlib
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from engine.words.grams import grams
from engine.words.leaning import Leaning, leaning

Three = tuple[float, float, float]

FORMAT = b"langganan words"
VERSION = 1
MOST_RUNS = 400_000
LONGEST_HEADER = 20_000
LARGEST = 1e4
"""No weight that was learnt comes near it."""
FIGURES = 9
"""Of a leaning, see ``described``."""
LEANING_SHARE = 0.3
"""Of the lexicon's figures beside the runs', whose squares add up to one."""


class BadWords(Exception):
    """A file that is no trained model, or none that this version reads; its sentence says which."""


@dataclass(frozen=True)
class Weights:
    """What was learnt. ``keys`` ascend; ``rareness[i]`` and ``says[label][i]`` belong to ``keys[i]``.

    ``leans[label]`` belongs to the figures of ``described``; ``sharpness`` is what scores are multiplied with so that
    the probabilities hold; ``about`` is what the training has to say of it (figures, sizes), for people.
    """

    keys: array[int]
    rareness: array[float]
    says: tuple[array[float], array[float], array[float]]
    leans: tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...]]
    starts: Three
    sharpness: float = 1.0
    about: Mapping[str, Any] = field(default_factory=dict)

    def probabilities(self, text: str) -> Three:
        """Of negative, neutral and positive."""
        return softmax(*(score * self.sharpness for score in self.scores(text)))

    def scores(self, text: str) -> Three:
        """What speaks for negative, neutral and positive."""
        totals = list(self.starts)
        for counts in grams(text):
            for at, value in self._values(counts):
                for label in range(3):
                    totals[label] += value * self.says[label][at]
        for figure, *told in zip(described(leaning(text)), *self.leans, strict=True):
            for label in range(3):
                totals[label] += figure * LEANING_SHARE * told[label]
        return totals[0], totals[1], totals[2]

    def _values(self, counts: Counter[int]) -> list[tuple[int, float]]:
        """Where each known run stands, and its share: rarer and more often is more, squares add up to one."""
        found = []
        for key, times in counts.items():
            at = bisect_left(self.keys, key)
            if at < len(self.keys) and self.keys[at] == key:
                found.append((at, (1 + math.log(times)) * self.rareness[at]))
        norm = math.sqrt(sum(value * value for _, value in found)) or 1.0
        return [(at, value / norm) for at, value in found]

    def written(self) -> bytes:
        """The file's bytes."""
        body = b"".join(_little(column).tobytes() for column in (self.keys, self.rareness, *self.says))
        packed = zlib.compress(body, 9)
        header = {
            "runs": len(self.keys),
            "leans": self.leans,
            "starts": self.starts,
            "sharpness": self.sharpness,
            "about": self.about,
            "sum": zlib.crc32(packed),
        }
        told = json.dumps(header, ensure_ascii=False, allow_nan=False).encode()
        return b"%s %d\n%s\n%s" % (FORMAT, VERSION, told, packed)

    @classmethod
    def read(cls, written: bytes) -> Weights:
        """The model in a file's bytes. Raises BadWords."""
        header, packed = _opened(written)
        try:
            runs, leans, starts = int(header["runs"]), header["leans"], header["starts"]
            told = tuple(tuple(map(float, each)) for each in leans), tuple(map(float, starts))
            sharpness, about, expected = float(header["sharpness"]), header["about"], header["sum"]
        except (KeyError, TypeError, ValueError, OverflowError) as fault:
            raise BadWords("it lacks what every trained model has") from fault
        if not 0 < runs <= MOST_RUNS or not isinstance(about, dict):
            raise BadWords("it has impossible sizes")
        if zlib.crc32(packed) != expected:
            raise BadWords("it is not whole")
        numbers = [sharpness, *told[1], *(figure for each in told[0] for figure in each)]
        if [len(each) for each in (*told[0], told[1])] != [FIGURES] * 3 + [3] or not _are_sane(numbers):
            raise BadWords("it holds impossible numbers")
        keys, rareness, *says = _columns(packed, runs)
        return cls(keys, rareness, tuple(says), told[0], told[1], sharpness, about)  # type: ignore[arg-type]


def _opened(written: bytes) -> tuple[dict[str, Any], bytes]:
    first, _, rest = written.partition(b"\n")
    name, _, version = first.rpartition(b" ")
    if name != FORMAT:
        raise BadWords("it is no trained model")
    if version != b"%d" % VERSION:
        raise BadWords(f"it was written by another version (format {version[:9].decode(errors='replace')})")
    line, _, packed = rest.partition(b"\n")
    if len(line) > LONGEST_HEADER:
        raise BadWords("it has impossible sizes")
    try:
        header = json.loads(line)
    except (ValueError, RecursionError) as fault:
        raise BadWords("it is not whole") from fault
    if not isinstance(header, dict):
        raise BadWords("it lacks what every trained model has")
    return header, packed


def _columns(packed: bytes, runs: int) -> list[array[Any]]:
    size = runs * 4
    unpacking = zlib.decompressobj()
    try:
        # One byte more than there may be: a small file must not grow into all the memory there is.
        body = unpacking.decompress(packed, size * 5 + 1)
    except zlib.error as fault:
        raise BadWords("it is not whole") from fault
    if len(body) != size * 5:
        raise BadWords("it has impossible sizes")
    columns: list[array[Any]] = []
    for place, kind in enumerate("Iffff"):
        column = array(kind)
        column.frombytes(body[place * size : (place + 1) * size])
        columns.append(_little(column))
    keys, *figures = columns
    if any(earlier >= later for earlier, later in pairwise(keys)):
        raise BadWords("its runs are out of order")
    if not all(_are_sane(each) for each in figures):
        raise BadWords("it holds impossible numbers")
    return columns


def _are_sane(numbers: Any) -> bool:
    # A sum is no number if one of them is none.
    return math.isfinite(sum(numbers)) and min(numbers) >= -LARGEST and max(numbers) <= LARGEST


def _little(column: array[Any]) -> array[Any]:
    """The same numbers in the file's order of bytes; its own inverse."""
    if sys.byteorder == "little":
        return column
    turned = column[:]
    turned.byteswap()
    return turned


def described(heard: Leaning) -> tuple[float, ...]:
    """A leaning as the figures that are weighed."""
    both = min(heard.in_favour, heard.against)
    return (
        1.0,
        math.log1p(heard.in_favour),
        math.log1p(heard.against),
        math.log1p(both),
        (heard.in_favour - heard.against) / (1 + heard.in_favour + heard.against),
        math.log1p(heard.asking),
        float(heard.is_question),
        float(min(heard.denials, 2)),
        math.log1p(heard.words),
    )


def softmax(*scores: float) -> Three:
    """Scores as probabilities that add up to one."""
    top = max(scores)
    powers = [math.exp(each - top) for each in scores]
    total = sum(powers)
    return (powers[0] / total, powers[1] / total, powers[2] / total)
