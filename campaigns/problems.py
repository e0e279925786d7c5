"""What a person asked for and cannot have, told so that they can mend it in their own language."""

from __future__ import annotations

from typing import Any


class Problem(Exception):
    """``key`` names the sentence in the lexicon's shelf of problems, ``values`` fill it."""

    def __init__(self, key: str, **values: Any) -> None:
        super().__init__(key, values)
        self.key, self.values = key, values

    def __str__(self) -> str:
        return f"{self.key} {self.values}"


class UnknownAudience(Problem):
    """No segment goes by that name."""


class UnknownCampaign(Problem):
    """There is no campaign of that number."""


class BadDraft(Problem):
    """What was asked for cannot be a campaign."""


class NotNow(Problem):
    """The campaign is not in a state in which this can be done."""
