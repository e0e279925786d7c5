"""The messenger's menu of commands: what customers see, and what each of the team sees in their own chat.

the registry of the desk ┐
CUSTOMERS below          ├→ entries in a language → Telegram, at the start and whenever somebody's role changes
the lexicon              ┘
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from bot.talk.desk import helping
from bot.talk.desk.command import called
from bot.talk.desk.commands import COMMANDS
from bot.talk.intents import Means
from campaigns.shop import LANGUAGES, Shop
from campaigns.words.composing import Composer
from ledger import team
from ledger.database import Database
from ledger.tables import Role

log = logging.getLogger(__name__)
LOOK_EVERY_SECONDS = 5.0
AFTER_FAILURE_SECONDS = 60.0
CUSTOMERS: Mapping[str, tuple[Means, Mapping[str, str]]] = {
    "start": (Means.START, {"id": "mulai", "en": "start"}),
    "privacy": (Means.PRIVACY, {"id": "privasi", "en": "privacy"}),
    "why": (Means.WHY, {"id": "kenapa", "en": "why"}),
    "often": (Means.FREQUENCY, {"id": "sering", "en": "often"}),
    "quiet": (Means.QUIET, {"id": "jam", "en": "quiet"}),
    "categories": (Means.CATEGORIES, {"id": "kategori", "en": "categories"}),
    "link": (Means.LINK, {"id": "sambung", "en": "link"}),
    "mydata": (Means.MY_DATA, {"id": "datasaya", "en": "mydata"}),
    "export": (Means.COPY, {"id": "export", "en": "export"}),
    "stop": (Means.STOP, {"id": "berhenti", "en": "stop"}),
    "forget": (Means.FORGET, {"id": "hapus", "en": "forget"}),
    "language": (Means.ENGLISH, {"id": "english", "en": "bahasa"}),
    "help": (Means.HELP, {"id": "bantuan", "en": "help"}),
}
"""What customers can choose: what it means, and its name in each language. Each language offers the other."""


@dataclass(frozen=True)
class Entry:
    """One line of a menu: a command's name, without the slash, and what it is for."""

    name: str
    what: str


@runtime_checkable
class Menued(Protocol):
    """A channel that shows a menu. Neither of the two raises: whether it went well is what they give."""

    @property
    def name(self) -> str: ...

    async def show_menu(self, entries: Sequence[Entry], *, language: str = "", chat: str = "") -> bool:
        """To everybody, or to those whose messenger speaks ``language``, or in one chat alone."""
        ...

    async def hide_menu(self, chat: str) -> bool:
        """What one chat had of its own goes; it sees what everybody sees."""
        ...


def of_customers(composer: Composer, language: str) -> list[Entry]:
    """What anybody may choose."""
    words = composer.shelf(language, "customer_commands")
    return [Entry(names[language], words[key]) for key, (_, names) in CUSTOMERS.items()]


def of_team(composer: Composer, language: str, role: Role) -> list[Entry]:
    """What this role may command, in the order of the help."""
    words = composer.shelf(language, "commands")
    return [
        Entry(called(language, name, command), words[name])
        for name, command in helping.allowed(COMMANDS, role).items()
    ]


@dataclass
class MenuKeeper:
    """Keeps a channel's menus as the team is, however it came to be so: by chat, or on the command line."""

    database: Database
    composer: Composer
    shop: Shop
    channel: Menued
    shown: dict[str, tuple[Role, str]] = field(default_factory=dict)
    """By chat the role and language whose menu it has."""
    knows_customers: bool = False

    async def keep(self, stopping: asyncio.Event) -> None:
        """Until ``stopping``. What fails is tried again a while later; it never ends by itself."""
        while not stopping.is_set():
            try:
                is_well = await self.look()
            except Exception as fault:  # noqa: BLE001 - a menu is a comfort: nothing else may suffer for it
                log.warning("the menus were not looked at: %s", type(fault).__name__)
                is_well = False
            wait = LOOK_EVERY_SECONDS if is_well else AFTER_FAILURE_SECONDS
            try:
                await asyncio.wait_for(stopping.wait(), wait)
            except TimeoutError:
                continue

    async def look(self) -> bool:
        """Show what has changed since; whether all of it went well."""
        if not self.knows_customers:
            self.knows_customers = await self._show_customers()
        wanted = await asyncio.to_thread(self._wanted)
        results = [self.knows_customers]
        for chat, (role, language) in wanted.items():
            if self.shown.get(chat) != (role, language):
                results.append(await self._show(chat, role, language))
        gone = sorted(self.shown.keys() - wanted.keys())
        return all([*results, *[await self._hide(chat) for chat in gone]])

    async def _show_customers(self) -> bool:
        usual = of_customers(self.composer, self.shop.language)
        shown = [await self.channel.show_menu(usual)]
        for language in LANGUAGES:
            entries = of_customers(self.composer, language)
            shown.append(await self.channel.show_menu(entries, language=language))
        return all(shown)

    async def _show(self, chat: str, role: Role, language: str) -> bool:
        is_shown = await self.channel.show_menu(of_team(self.composer, language, role), chat=chat)
        if is_shown:
            self.shown[chat] = (role, language)
        return is_shown

    async def _hide(self, chat: str) -> bool:
        is_hidden = await self.channel.hide_menu(chat)
        if is_hidden:
            del self.shown[chat]
        return is_hidden

    def _wanted(self) -> dict[str, tuple[Role, str]]:
        with self.database.reading() as session:
            found = team.chats(session, self.channel.name)
        return {chat: (role, language or self.shop.language) for chat, role, language in found}
