"""Answers to the twelve statements on messages that fit, convenience and loyalty, with links that are known.

Who finds that messages fit finds the shop convenient too; about loyalty that says next to nothing.
"""

from __future__ import annotations

from typing import Final

import numpy as np

ITEMS: Final = tuple(f"{begins}{n}" for begins in ("PM", "CV", "LY") for n in (1, 2, 3, 4))
FIT_TO_CONVENIENCE: Final = 0.8
TO_LOYALTY: Final = 0.1
"""From either of the others."""
LOADING: Final = 0.9
MIDDLE, WIDTH, LEAST, MOST = 3.6, 1.0, 1, 5
SKIPPED: Final = 0.03
SEED: Final = 6


def opinions(people: int, seed: int = SEED) -> dict[str, list[int | None]]:
    """By item one answer a person, 1 to 5, or None where they passed it over."""
    draw = np.random.default_rng(seed)
    fit, own, other = draw.normal(size=(3, people))
    convenient = FIT_TO_CONVENIENCE * fit + np.sqrt(1 - FIT_TO_CONVENIENCE**2) * own
    loyal = TO_LOYALTY * (fit + convenient)
    loyal += np.sqrt(1 - 2 * TO_LOYALTY**2 * (1 + FIT_TO_CONVENIENCE)) * other
    meant = np.repeat(np.stack([fit, convenient, loyal]), 4, axis=0)
    told = LOADING * meant + np.sqrt(1 - LOADING**2) * draw.normal(size=meant.shape)
    marks = np.clip(np.round(MIDDLE + WIDTH * told), LEAST, MOST).astype(int)
    passed = draw.random(meant.shape) < SKIPPED
    return {
        item: [None if is_passed else int(mark) for mark, is_passed in zip(*each, strict=True)]
        for item, *each in zip(ITEMS, marks, passed, strict=True)
    }
