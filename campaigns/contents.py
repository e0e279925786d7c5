"""Where the words of each campaign message stand with WhatsApp, which may be used, and what follows from that.

ours → made → submitted → approved, or rejected; later perhaps paused or disabled

Words that were changed since are made anew under the next version of their name; until those are approved the older
ones go out, as they were approved.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from sqlmodel import Session, select

from campaigns.composing import Composer
from campaigns.frames import base_of, version_of
from campaigns.tables import Approval, ApprovedContent


@cache
def _catalog() -> Composer:
    return Composer()


def name_of(template: str, is_discounted: bool) -> str:
    """What the words of a campaign message are called, by templates/catalog.toml."""
    return _catalog().catalog[template].content(is_discounted).name


@dataclass(frozen=True)
class Standing:
    """All words that WhatsApp knows of us, by name and language, the oldest version first."""

    versions: Mapping[tuple[str, str], Sequence[ApprovedContent]]

    def of(self, template: str, language: str, is_discounted: bool) -> ApprovedContent | None:
        """The newest approved words of a message; None where it has none that may be sent."""
        known = self.versions.get((name_of(template, is_discounted), language), ())
        return next((each for each in reversed(known) if each.approval == Approval.APPROVED), None)

    def newest(self, name: str, language: str) -> ApprovedContent | None:
        """The last version that was made of these words, wherever it stands."""
        known = self.versions.get((name, language), ())
        return known[-1] if known else None


def standing(session: Session) -> Standing:
    """How it stands now, as far as WhatsApp told us."""
    versions: dict[tuple[str, str], list[ApprovedContent]] = defaultdict(list)
    for each in sorted(session.exec(select(ApprovedContent)), key=lambda each: version_of(each.name)):
        versions[base_of(each.name), each.language].append(each)
    return Standing(versions)
