"""What all of the owner's pages share: who looks, in which words, and how a page is put together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlmodel import Session

from bot.app import App
from bot.talk.replies import Teller
from bot.web import assets
from bot.web.desk.access import Visitor
from campaigns.shop import Shop
from campaigns.words.pages import Printer
from ledger.tables import Role


@dataclass(frozen=True)
class Visit:
    """One look at one page, within one reading of the database. ``query`` is what the address asks for behind "?",
    ``path`` what it names."""

    app: App
    session: Session
    visitor: Visitor
    now: datetime
    language: str
    query: Mapping[str, str] = field(default_factory=dict)
    path: Mapping[str, str] = field(default_factory=dict)

    @property
    def shop(self) -> Shop:
        return self.app.shop

    @property
    def role(self) -> Role:
        return self.visitor.role

    @cached_property
    def teller(self) -> Teller:
        """Puts results into the words that the chat has for them."""
        return Teller(self.app.composer, self.shop, self.language)

    @cached_property
    def printer(self) -> Printer:
        return printer_of(self.app, self.language)


@dataclass(frozen=True)
class Page:
    """A template of templates/pages/desk, and what fills it. ``refresh_seconds``: it is fetched again after so long,
    for something moves."""

    template: str
    values: Mapping[str, Any]
    status: int = 200
    refresh_seconds: int = 0


Show = Callable[[Visit], Page]


@dataclass(frozen=True)
class Place:
    """Where a page is in the desk: its tab, what shows it, and for whom it is."""

    tab: str
    show: Show
    least: Role = Role.STAFF


def printer_of(app: App, language: str) -> Printer:
    """Writes for a reader of ``language``."""
    return Printer(language, app.shop, app.composer.word(language, "recurrence", "clock"))


def composed(visit: Visit, tab: str, tabs: Sequence[str], page: Page) -> str:
    """The page as HTML, under ``tabs``."""
    values = {
        "shop": visit.shop.name,
        "tab": tab,
        "tabs": tabs,
        "asset": assets.address,
        "other_language": "en" if visit.language == "id" else "id",
        "until": visit.visitor.until,
        "now": visit.now,
        "refresh_seconds": page.refresh_seconds,
        **page.values,
    }
    return visit.app.composer.page(f"desk/{page.template}", visit.printer, **values)
