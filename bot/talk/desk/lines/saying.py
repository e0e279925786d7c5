"""A line cut up, and what one subject of a draft becomes by it. Plain data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from bot.talk.desk.lines.cover import Found
from bot.talk.desk.lines.pieces import Piece, Word
from campaigns.launching.drafts import Variant

WORDS_AND_GOAL = "words_and_goal"
T = TypeVar("T")


@dataclass(frozen=True)
class Step:
    """What one subject of a draft becomes."""

    changes: dict[str, Any]
    faults: tuple[str, ...] = ()


@dataclass(frozen=True)
class Saying:
    """A line cut up: ``line`` without the owner's own ``texts``, as ``found``."""

    line: str
    found: Sequence[Found]
    texts: tuple[str, ...]

    @property
    def pieces(self) -> list[Piece]:
        return [piece for each in self.found for piece in each.pieces]

    def all(self, kind: type[T]) -> list[T]:
        """What was said of one kind, each once, in its order."""
        return list(dict.fromkeys(piece for piece in self.pieces if isinstance(piece, kind)))

    def says(self, word: Word) -> bool:
        return word in self.pieces


def without_texts(variants: Sequence[Variant]) -> tuple[Variant, ...]:
    return tuple(replace(each, text=None) for each in variants)
