"""What the doctor looks at, and what is found: keys and values, put into words by whoever tells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

from bot.clock import Clock
from bot.settings import Settings
from campaigns.channel import Channel
from campaigns.shop import Shop
from campaigns.words.composing import Composer
from ledger.database import Database


class Term(NamedTuple):
    """A value that is a word of the lexicon, in the language of whoever is told."""

    shelf: str
    key: str
    values: Mapping[str, Any] = MappingProxyType({})


class Span(NamedTuple):
    """A value that is a stretch of time, told in the largest unit that says enough."""

    seconds: float


@dataclass(frozen=True)
class Finding:
    """One thing looked at. ``mend`` is the next step where it is not well; without one it is.

    All three are keys of the lexicon: ``what`` on [doctor_looked], ``found`` on [doctor_found], ``mend`` on
    [doctor_mend]. ``values`` fill both sentences; no secret and nobody's words are among them.
    """

    what: str
    found: str
    mend: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_well(self) -> bool:
        return not self.mend


@dataclass(frozen=True)
class Patient:
    """A shop as the doctor sees it."""

    settings: Settings
    shop: Shop
    clock: Clock
    database: Database
    composer: Composer
    channels: Mapping[str, Channel]
