"""Errands of the desk, one after the other: a file is fetched, looked at, and imported after a yes; history is mined.

    document | fetched into a private folder | dry run | preview | "yes" | import | what came of it

Looking, importing and mining are processes of their own, as by night: they need every library of the engine, and
answering people needs none. A process that is ended half way leaves nothing half done.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from bot import giving_way
from bot.arrivals import LIFETIME, Arrivals, Arrived
from bot.clock import Clock
from bot.errands import LARGEST_FILE_BYTES, CannotFetch, Chat, Drop, Errand, Examine, Fetching, Import, Look, Mine
from bot.talk.desk import files, mining
from bot.talk.replies import Teller
from campaigns.channel import Channel
from campaigns.words.composing import Reply
from ledger.conversations import Asked
from ledger.database import Database

log = logging.getLogger(__name__)
COMMAND = (sys.executable, "-m", "bot.cli")
LONGEST_RUN_SECONDS = 30 * 60
TELL_EVERY_SECONDS = 30.0
LONGEST_LINE_BYTES = 1 << 20
DONE_OF = re.compile(r"(\d+)/(\d+)")
Afterwards = Callable[[], Awaitable[object]]
Speaker = Callable[[str], Teller]
Doctor = Callable[[Teller], Awaitable[Reply]]


class Say(Protocol):
    """Tells a chat something; what it ``asks`` may be answered once it was shown."""

    async def __call__(self, chat: Chat, reply: Reply, asks: Asked | None = None, /) -> None: ...


@dataclass(frozen=True)
class Ran:
    """How a process of ours ended, and what it printed."""

    code: int
    told: Mapping[str, Any]


@dataclass
class Errands:
    """Does what the desk asks for. ``options`` go with every command; ``speaker`` gives words in a language.

    ``doctor`` looks at the shop and tells what needs mending.
    """

    channels: Mapping[str, Channel]
    database: Database
    arrivals: Arrivals
    clock: Clock
    speaker: Speaker
    doctor: Doctor
    options: Sequence[str] = ()
    tell_every_seconds: float = TELL_EVERY_SECONDS
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _last: asyncio.Task[None] | None = None
    _child: Process | None = None
    _is_stopping: bool = False

    def take(self, errand: Errand, say: Say, afterwards: Afterwards) -> None:
        """Begin it in the background, after those before it; ``say`` tells its chat what comes of it."""
        if not self._is_stopping:
            self._last = task = asyncio.create_task(self._do(errand, say, afterwards, self._last))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def finish(self) -> None:
        """Wait until nothing is left to do."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def stop(self) -> None:
        """End what runs and remove what arrived: half an import is none."""
        self._is_stopping = True
        self._end()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.arrivals.close()

    async def _do(self, errand: Errand, say: Say, afterwards: Afterwards, before: asyncio.Task[None] | None) -> None:
        if before is not None and not before.done():
            await asyncio.wait([before])
        try:
            await self._act(errand, say)
        except Exception as fault:  # noqa: BLE001 - whoever asked for it waits for a word
            # The type alone: what a fault says may hold a line of somebody's file.
            log.error("an errand of the desk failed: %s", type(fault).__name__)  # noqa: TRY400
            await say(errand.chat, self.speaker(errand.chat.language).say("errand_failed"))
        await afterwards()

    async def _act(self, errand: Errand, say: Say) -> None:
        match errand:
            case Look():
                await self._look(errand, say)
            case Import():
                await self._import(errand, say)
            case Drop():
                arrived = self.arrivals.take(errand.token, errand.chat.address_id, self.clock.now())
                if arrived is not None:
                    self.arrivals.remove(arrived)
            case Mine():
                await self._mine(errand, say)
            case Examine():
                await say(errand.chat, await self.doctor(self.speaker(errand.chat.language)))

    async def _look(self, look: Look, say: Say) -> None:
        """A dry run, and what it would bring, with buttons; nothing is kept but the file itself, and not for long."""
        teller, chat = self.speaker(look.chat.language), look.chat
        try:
            data = await self._fetched(look)
        except CannotFetch:
            await say(chat, teller.say("file_not_fetched", name=look.attachment.name))
            return
        now = self.clock.now()
        arrived = self.arrivals.keep(data, look.attachment.name, chat.address_id, look.columns, now)
        ran = await self._run(import_words(arrived, "--dry-run"))
        if ran.code or "problem" in ran.told or not files.brings_anything(ran.told):
            self.arrivals.remove(arrived)
            await say(chat, files.refused(teller, arrived.path.name, ran.told))
            return
        preview = files.preview(teller, arrived.path.name, arrived.token, now, ran.told)
        asks = await asyncio.to_thread(self._ask, chat, arrived)
        asyncio.get_running_loop().call_later(LIFETIME.total_seconds() + 1, self._let_go)
        await say(chat, preview, asks)

    def _let_go(self) -> None:
        self.arrivals.let_go(self.clock.now())

    def _ask(self, chat: Chat, arrived: Arrived) -> Asked | None:
        with self.database.transaction() as session:
            return files.ask(session, chat.address_id, arrived.token, self.clock.now())

    async def _fetched(self, look: Look) -> bytes:
        channel = self.channels.get(look.chat.channel)
        if not isinstance(channel, Fetching):
            raise CannotFetch
        data = await channel.fetch(look.attachment.reference, LARGEST_FILE_BYTES)
        if len(data) > LARGEST_FILE_BYTES:
            raise CannotFetch
        return data

    async def _import(self, errand: Import, say: Say) -> None:
        teller, chat = self.speaker(errand.chat.language), errand.chat
        arrived = self.arrivals.take(errand.token, chat.address_id, self.clock.now())
        if arrived is None:
            await say(chat, teller.say("file_gone"))
            return

        async def tell(done: int, total: int) -> None:
            await say(chat, teller.say("import_goes_on", done=teller.number(done), total=teller.number(total)))

        try:
            ran = await self._run(import_words(arrived), tell)
        finally:
            self.arrivals.remove(arrived)
        if ran.code or "problem" in ran.told:
            await say(chat, files.refused(teller, arrived.path.name, ran.told))
            return
        await asyncio.to_thread(self._note_import, chat, ran.told)

    def _note_import(self, chat: Chat, told: Mapping[str, Any]) -> None:
        with self.database.transaction() as session:
            files.note_import(session, chat.address_id, told, by=chat.by, now=self.clock.now())

    async def _mine(self, errand: Mine, say: Say) -> None:
        ran = await self._run(["mine", "--json", *(["--anyway"] if errand.anyway else [])])
        if ran.code or "problem" in ran.told:
            await say(errand.chat, mining.refused(self.speaker(errand.chat.language), ran.told))
            return
        await asyncio.to_thread(self._note_mining, errand.chat, ran.told)

    def _note_mining(self, chat: Chat, told: Mapping[str, Any]) -> None:
        with self.database.transaction() as session:
            mining.note(session, chat.address_id, told, now=self.clock.now())

    async def _run(self, words: Sequence[str], tell: Callable[[int, int], Awaitable[None]] | None = None) -> Ran:
        """One of our commands. What it is about comes from the environment; nothing secret is on its command line."""
        child = self._child = await asyncio.create_subprocess_exec(
            *COMMAND,
            words[0],
            *self.options,
            *words[1:],
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=PIPE,
            limit=LONGEST_LINE_BYTES,
        )
        giving_way.to_people(child.pid)
        try:
            async with asyncio.timeout(LONGEST_RUN_SECONDS):
                printed, _ = await asyncio.gather(_all(child.stdout), self._follow(child.stderr, tell))
                code = await child.wait()
        finally:
            self._end()
        try:
            told = json.loads(printed) if printed.strip() else {}
        except ValueError:
            told = {}
        return Ran(code, told if isinstance(told, dict) else {})

    async def _follow(
        self, lines: asyncio.StreamReader | None, tell: Callable[[int, int], Awaitable[None]] | None
    ) -> None:
        """Read how far it is; told now and then, because nobody likes to wait for silence."""
        loop = asyncio.get_running_loop()
        last = loop.time()
        while line := await lines.readline() if lines is not None else b"":
            found = DONE_OF.fullmatch(line.decode(errors="replace").strip())
            if found and tell is not None and loop.time() - last >= self.tell_every_seconds:
                last = loop.time()
                await tell(int(found[1]), int(found[2]))

    def _end(self) -> None:
        if self._child is not None and self._child.returncode is None:
            self._child.terminate()


def import_words(arrived: Arrived, *more: str) -> list[str]:
    """The command that imports a file that arrived."""
    maps = [word for column, field_ in arrived.columns.items() for word in ("--map", f"{column}={field_}")]
    return ["import", "--json", "--progress", *more, *maps, "--", str(arrived.path.resolve())]


async def _all(stream: asyncio.StreamReader | None) -> bytes:
    return await stream.read() if stream is not None else b""
