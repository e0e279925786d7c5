"""Goods that tell of somebody's health, beliefs or intimate life: a segment by these comes with a warning."""

from __future__ import annotations

import re
from collections.abc import Iterable

TELLING = re.compile(
    r"\b(?:obat|medicine|medication|insulin|diabetes|hamil|pregnan|kehamilan|test ?pack|kondom|condom|kontrasepsi|"
    r"contracepti|hiv|kanker|cancer|depresi|depress|psikotropika|popok dewasa|adult diaper|alkohol|alcohol|bible|"
    r"alkitab|quran|alquran|al-qur|rosario|viagra|pembalut|menstru|alat bantu dengar|kursi roda|wheelchair)",
    re.IGNORECASE,
)
"""UU PDP 4(2) and GDPR 9 name health, beliefs and sex life as data of a kind of their own."""


def telling(names: Iterable[str]) -> list[str]:
    """Those of these names that tell it."""
    return [name for name in names if TELLING.search(name)]
