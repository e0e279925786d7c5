"""The room with the phones: what is said on one goes to the shop like from any messenger, and what the shop sends is
shown on every page that has that chat open.

Nobody is waited for: a page gets what is for it through its own queue, and one that does not keep up is let go.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable, Coroutine, Iterable
from datetime import datetime
from functools import partial
from typing import Any, Protocol

from bot.app import App
from bot.channels.menus import of_customers, of_team
from bot.channels.simulator import Simulator
from bot.inbound import Attachment, Inbound
from bot.passing import CannotMove
from bot.talk.router import Heard
from bot.web.simulator import people
from bot.web.simulator.chats import MOST_CHATS, Chats
from bot.web.simulator.files import Files
from bot.web.simulator.protocol import (
    Button,
    ClockShows,
    Entry,
    History,
    Menus,
    Message,
    NewMessage,
    NewState,
    Owner,
    Papers,
    People,
    Phone,
    Problem,
    State,
    Told,
    Typing,
    Welcome,
)
from bot.web.simulator.remembering import remembered
from campaigns.channel import Document, Fate, Outgoing, Report
from ledger import audit, identity, team
from ledger.consent import Standing
from ledger.tables import Role

log = logging.getLogger(__name__)
BY_PAGE = "simulator page"
"""Who makes the code with which the owner's phone joins, in the audit."""
NOTES: dict[State, Fate] = {"delivered": Fate.DELIVERED, "read": Fate.READ}


class Page(Protocol):
    """An open page: which chat each of its phones shows, and the way to tell it something at once."""

    phones: dict[Phone, str]

    def tell(self, told: Told) -> None: ...


class Room:
    """All phones of one shop."""

    def __init__(self, app: App, simulator: Simulator) -> None:
        self.app, self.simulator = app, simulator
        self.chats, self.files = Chats(), Files()
        self.pages: set[Page] = set()
        self._standings: dict[str, Standing] = {}
        self._under_way: set[asyncio.Task[Any]] = set()
        simulator.shown = self._came

    # Pages that come and go

    async def welcome(self) -> Welcome:
        """What a page is told first."""
        app, passage = self.app, self.app.passage
        language = app.shop.language
        menus = Menus(
            customer=[Entry(name=each.name, what=each.what) for each in of_customers(app.composer, language)],
            owner=[Entry(name=each.name, what=each.what) for each in of_team(app.composer, language, Role.OWNER)],
        )
        there = await self.search("")
        return Welcome(
            shop=app.shop.name,
            language=language,
            now=app.clock.now(),
            zone=str(app.shop.zone),
            may_move=passage is not None and passage.is_open,
            is_moving=passage is not None and passage.is_moving,
            owner=there.owner,
            people=there.people,
            more=there.more,
            menus=menus,
        )

    async def search(self, text: str) -> People:
        """Some of the customers whose name holds ``text``."""
        return await asyncio.to_thread(self._search, text)

    def _search(self, text: str) -> People:
        with self.app.database.reading() as session:
            found = people.found(session, self.app, text)
            return People(text=text, people=found.people, more=found.more, owner=people.owner(session, self.app))

    async def open(self, page: Page, phone: Phone, address: str, name: str) -> History:
        """From now on this phone of the page shows that chat; all of it so far. Offers arrive by this.

        Raises BadAddress.
        """
        address = self._address(address)
        page.phones[phone] = address
        known, older = await asyncio.to_thread(self._remembered, address)
        messages = self.chats.learn(address, older)
        waiting = [each.id for each in messages if each.sender == "shop" and each.state == "sent"]
        self.move_on(address, waiting, "delivered")
        return History(phone=phone, address=address, name=known or name, messages=self.chats.of(address))

    def _remembered(self, address: str) -> tuple[str, list[Message]]:
        with self.app.database.reading() as session:
            return remembered(session, address)

    def _address(self, address: str) -> str:
        return identity.normalise(Simulator.name, address, self.app.shop.region)

    # What people say

    async def hear(self, inbound: Inbound, papers: Papers | None = None) -> Heard:
        """Shown on the pages, and said to the shop. Raises BadAddress and NotTaken."""
        address = self._address(inbound.address)
        mine = Message(
            id=inbound.provider_message_id,
            sender="me",
            text=inbound.text,
            at=self.app.clock.now(),
            document=papers,
            in_reply_to=inbound.in_reply_to,
        )
        self._show(address, mine)
        self._type(address, is_typing=True)
        try:
            heard = await self.app.hear(inbound)
        finally:
            self._type(address, is_typing=False)
        self.move_on(address, [mine.id], "read" if heard.replies else "delivered")
        await self._note_standing(address, heard.standing)
        return heard

    async def _note_standing(self, address: str, standing: Standing) -> None:
        """Pages learn where somebody stands when that has changed, or was not known here."""
        if self._standings.get(address) != standing:
            if len(self._standings) >= MOST_CHATS:
                self._standings.clear()
            self._standings[address] = standing
            self.tell_all(await self.search(""))

    async def say(
        self, address: str, name: str, text: str, in_reply_to: str | None = None, *, presses: bool = False
    ) -> None:
        """Words, or a button of the message ``in_reply_to``. Raises BadAddress and NotTaken."""
        quoted = self.chats.find(address, in_reply_to)
        is_press = presses and quoted is not None and any(each.says == text for each in quoted.buttons)
        number = quoted.id if quoted is not None and quoted.sender == "shop" else None
        inbound = Inbound(Simulator.name, address, text, new_number(), name, in_reply_to=number, is_press=is_press)
        await self.hear(inbound)

    async def hand_in(self, address: str, name: str, document: Document, text: str) -> None:
        """A file, with its caption. Raises BadAddress and NotTaken."""
        attachment = self.attach(document.name, document.data, document.media_type)
        inbound = Inbound(Simulator.name, address, text, new_number(), name, attachment=attachment)
        await self.hear(inbound, self.files.put(document))

    def attach(self, name: str, data: bytes, media_type: str = "") -> Attachment:
        """A file that the shop can fetch from the simulator, once."""
        kind = "image" if media_type.startswith("image/") else "file"
        return Attachment(kind, name, media_type, len(data), self.simulator.hand_in(data))

    async def become(self, page: Page) -> None:
        """The owner's phone joins with a one-time code, as everywhere. Raises NotTaken, BadAddress, MayNot."""
        code, owner = await asyncio.to_thread(self._code)
        page.phones["owner"] = owner.address
        await self.say(owner.address, owner.name, code)
        self.tell_all(await self.search(""))

    def _code(self) -> tuple[str, Owner]:
        now = self.app.clock.now()
        with self.app.database.transaction() as session:
            owner = people.owner(session, self.app)
            if not owner.may_become:
                raise MayNot
            audit.record(session, now, BY_PAGE, "code made", Role.OWNER)
            return team.make_code(session, Role.OWNER, now), owner

    # What the shop says

    def _came(self, number: str, outgoing: Outgoing) -> None:
        """A message of the shop's, as it is sent."""
        address = outgoing.address
        is_seen = any(address in page.phones.values() for page in self.pages)
        self._type(address, is_typing=False)
        self._show(
            address,
            Message(
                id=number,
                sender="shop",
                text=outgoing.text,
                buttons=[Button(label=each.label, says=each.says) for each in outgoing.buttons],
                copyable=list(outgoing.copyable),
                document=self.files.put(outgoing.document) if outgoing.document is not None else None,
                at=self.app.clock.now(),
                is_offer=outgoing.is_offer,
                replaces=outgoing.replaces,
            ),
        )
        if is_seen:
            self.move_on(address, [number], "delivered")

    def move_on(self, address: str, numbers: Iterable[str], state: State) -> None:
        """These messages came further: of offers the shop is told as by any provider, then the pages show it."""
        for number in numbers:
            moved = self.chats.move_on(address, number, state)
            if moved is not None and moved.is_offer and moved.sender == "shop":
                self.begin(self._report(address, number, state))
            elif moved is not None:
                self._tick(address, number, state)

    async def _report(self, address: str, number: str, state: State) -> None:
        try:
            await self.app.believe(Report(Simulator.name, number, NOTES[state]))
        except Exception as fault:  # noqa: BLE001 - a tick is missing then, and the next one tells more
            log.warning("a report of the simulator's was not kept: %s", type(fault).__name__)
        else:
            self._tick(address, number, state)

    def _tick(self, address: str, number: str, state: State) -> None:
        self._tell_where(address, partial(NewState, message=number, state=state))

    # The clock

    async def forward(self, to: datetime) -> None:
        """Move the clock; what lies between happens. Raises CannotMove."""
        passage = self.app.passage
        if passage is None:
            raise CannotMove("closed")
        try:
            await passage.forward(to, lambda now: self.tell_all(ClockShows(now=now, is_moving=True)))
        finally:
            self.tell_all(ClockShows(now=self.app.clock.now(), is_moving=passage.is_moving))

    # Telling pages

    def tell_all(self, told: Told) -> None:
        for page in list(self.pages):
            page.tell(told)

    def problem(self, key: str, phone: Phone | None = None, **values: object) -> Problem:
        """A sentence in the shop's language."""
        app = self.app
        return Problem(phone=phone, text=app.composer.word(app.shop.language, "simulator_problems", key, **values))

    def begin(self, doing: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Beside everything else; kept until it is done."""
        task = asyncio.ensure_future(doing)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return task

    def _show(self, address: str, message: Message) -> None:
        self.chats.add(address, message)
        self._tell_where(address, partial(NewMessage, message=message))

    def _type(self, address: str, *, is_typing: bool) -> None:
        self._tell_where(address, partial(Typing, is_typing=is_typing))

    def _tell_where(self, address: str, made: Callable[..., Told]) -> None:
        for page in list(self.pages):
            for phone, shown in list(page.phones.items()):
                if shown == address:
                    page.tell(made(phone=phone))


class MayNot(Exception):
    """The shop has an owner already, or real messengers are open."""


def new_number() -> str:
    """What one message of a page is known by."""
    return f"web-{uuid.uuid4()}"
