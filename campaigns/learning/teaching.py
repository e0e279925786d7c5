"""Teaching: file ──> refused where it misleads ──> learnt ──> judged beside what is in use ──> kept if better."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zlib import crc32

from campaigns.learning import keeping, labelled
from campaigns.learning.labelled import Labelled
from campaigns.learning.problems import BadLabels
from engine.words import training
from engine.words.measuring import Difference, Measures, compare, measure
from engine.words.sentiment import LABELS, Sentiment
from engine.words.training import Progress, Trade

LEAST_EACH, LEAST_CHECKED_EACH = 30, 10
"""Texts of each label: fewer to learn from or to check with tell nothing."""
CHECKED_OF = 5
"""One text in so many is set aside for checking, unless a file is given."""
MOST_SHARED = 0.05
"""Of the texts to check with: where more are in both files, the check would flatter."""
MOST_TORN = 0.1
"""Of the texts to learn from: where more are labelled in two ways, the labels cannot be trusted."""


@dataclass(frozen=True)
class Taught:
    """What came of it. ``left_out`` counts lines that were not learnt from, by why."""

    n: int
    left_out: dict[str, int]
    measures: Measures
    before: Measures
    """What was in use, on the same texts."""
    before_name: str
    difference: Difference
    trades: tuple[Trade, ...]
    sure: float
    size_bytes: int
    is_kept: bool

    def as_json(self) -> dict[str, Any]:
        return {
            "n": self.n,
            "left_out": self.left_out,
            "check": self.measures.as_json(),
            "in_use": {"name": self.before_name, **self.before.as_json()},
            "difference": {
                "macro_f1": self.difference.macro_f1,
                "interval": self.difference.interval,
                "could_be_chance": self.difference.could_be_chance,
            },
            "trades": [vars(each) for each in self.trades],
            "sure": self.sure,
            "bytes": self.size_bytes,
            "kept": self.is_kept,
        }


def teach(
    file: Path,
    check: Path | None,
    folder: Path,
    now: datetime,
    *,
    anyway: bool = False,
    progress: Progress = lambda _step, _done: None,
) -> Taught:
    """Learn from ``file``, check with ``check`` or one text in five, and keep what is better than what is in use.

    Raises BadLabels for what would mislead.
    """
    learning, checking, left_out = _apart(file, check)
    taught = training.train([each.text for each in learning], [each.label for each in learning], progress)
    labels = [each.label for each in checking]
    new = Sentiment(taught.weights, sure=taught.sure)
    judged = [new.judge(each.text) for each in checking]
    in_use = keeping.in_use(folder)
    old = [in_use.judge(each.text) for each in checking]
    measures, difference = measure(judged, labels), compare(judged, old, labels)
    about = {
        "sure": taught.sure,
        "n": len(learning),
        "checked": len(checking),
        "accuracy": round(measures.accuracy, 4),
        "macro_f1": round(measures.macro_f1, 4),
        "unsure": round(measures.unsure, 4),
        "at": now.isoformat(timespec="seconds"),
    }
    written = replace(taught.weights, about=about).written()
    is_kept = difference.is_better or anyway
    if is_kept:
        keeping.keep(folder, written)
    return Taught(
        n=len(learning),
        left_out=left_out,
        measures=measures,
        before=measure(old, labels),
        before_name=in_use.name,
        difference=difference,
        trades=taught.trades,
        sure=taught.sure,
        size_bytes=len(written),
        is_kept=is_kept,
    )


def _apart(file: Path, check: Path | None) -> tuple[list[Labelled], list[Labelled], dict[str, int]]:
    """What to learn from, what to check with, and how many lines were left out for which reason."""
    rows = labelled.read(file)
    once, left_out = _once(rows, file)
    if check is None:
        # By the text itself, so that a file that grew checks with the same texts again.
        is_checked = {each.line: crc32(each.plain.encode()) % CHECKED_OF == 0 for each in once}
        learning, checking = _split(once, lambda each: is_checked[each.line])
    else:
        checking, _ = _once(labelled.read(check), check)
        learning, shared = _without(once, checking, check)
        left_out["also in the check file"] = shared
    _refuse_few(learning, LEAST_EACH, f"{file}: to learn from")
    _refuse_few(checking, LEAST_CHECKED_EACH, f"{check or file}: to check with")
    return learning, checking, {why: n for why, n in left_out.items() if n}


def _split(rows: Sequence[Labelled], is_checked: Callable[[Labelled], bool]) -> tuple[list[Labelled], list[Labelled]]:
    return [each for each in rows if not is_checked(each)], [each for each in rows if is_checked(each)]


def _once(rows: Sequence[Labelled], file: Path) -> tuple[list[Labelled], dict[str, int]]:
    """Each text once, and none that is labelled in two ways or has no word."""
    labels: dict[str, set[int]] = {}
    for each in rows:
        labels.setdefault(each.plain, set()).add(each.label)
    torn = [each for each in rows if len(labels[each.plain]) > 1 and each.plain]
    if len(torn) > MOST_TORN * len(rows):
        lines = ", ".join(str(each.line) for each in torn[:4])
        raise BadLabels(
            f"{file}: {len(torn)} of {len(rows)} lines have the same text with different labels (lines {lines} …): "
            "settle how each is meant first"
        )
    first = {each.plain: each for each in reversed(rows) if len(labels[each.plain]) == 1 and each.plain}
    kept = sorted(first.values(), key=lambda each: each.line)
    empty = sum(not each.plain for each in rows)
    told = {
        "labelled in two ways": len(torn),
        "no words": empty,
        "the same text again": len(rows) - empty - len(torn),
    }
    told["the same text again"] -= len(kept)
    return kept, told


def _without(rows: list[Labelled], checking: Sequence[Labelled], check: Path) -> tuple[list[Labelled], int]:
    """What is not checked with: a text seen before is no test."""
    known = {each.plain: each.line for each in checking}
    shared = [each for each in rows if each.plain in known]
    if len(shared) > MOST_SHARED * len(checking):
        pairs = ", ".join(f"line {each.line} there is line {known[each.plain]}" for each in shared[:3])
        raise BadLabels(
            f"{len(shared)} of the {len(checking)} texts in {check} are in the file to learn from as well "
            f"({pairs} …): the check would flatter. Take them out of one of the two"
        )
    learning, _ = _split(rows, lambda each: each.plain in known)
    return learning, len(shared)


def _refuse_few(rows: Sequence[Labelled], least: int, where: str) -> None:
    there = Counter(each.label for each in rows)
    if min(there[label] for label in range(3)) >= least:
        return
    told = ", ".join(f"{there[label]} {name}" for label, name in enumerate(LABELS))
    raise BadLabels(
        f"{where} there are {told}: at least {least} of each are needed, without copies. Questions and orders are "
        "neutral; without them every question would be taken for praise or blame"
    )
