"""A small process beside the shop that follows what customers do: their segment and recommendations change at once.

    serve: looks at two numbers every second → begins the process at the first need → it follows → idle: it ends

Whoever answers people loads no numpy, so this is a process of its own: at the first interaction that a run does not
know it is begun, and after IDLE_SECONDS without one it ends and gives its memory back. Whatever becomes of it, people
are answered; what it has not followed, the next one or the next mining does.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import threading
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable, Sequence
from contextlib import suppress

from sqlalchemy import func
from sqlmodel import col, select

from bot import giving_way
from bot.app import App
from campaigns import insights
from campaigns.runs import TELLING
from ledger.tables import Interaction

log = logging.getLogger(__name__)
FOLLOW = (sys.executable, "-m", "bot.cli", "follow")
LOOK_EVERY_SECONDS = 1.0
POLL_SECONDS = 0.1
IDLE_SECONDS = 300.0
REST_SECONDS = 60.0
"""After one that failed, before the next is begun."""


class Following:
    """Begins the process where there is something to follow, and ends it with the shop."""

    def __init__(self, app: App, command: Sequence[str] = FOLLOW) -> None:
        self.app, self.command = app, command
        self._child: Process | None = None
        self._not_before = 0.0
        self._looked_through = 0

    async def look(self) -> None:
        """Once a second: is there anything that no process follows?"""
        if not self.command:
            return
        child, now = self._child, time.monotonic()
        if child is not None and child.returncode is not None:
            if child.returncode:
                log.warning("following ended with exit code %d; the next mining knows it all", child.returncode)
                self._not_before = now + REST_SECONDS
            self._child = child = None
        if child is None and now >= self._not_before and await asyncio.to_thread(self._is_behind):
            self._child = await asyncio.create_subprocess_exec(*self.command, stdin=PIPE, stdout=DEVNULL)
            giving_way.to_people(self._child.pid)

    def _is_behind(self) -> bool:
        with self.app.database.reading() as session:
            run = insights.current_run(session)
            if run is None:
                return False
            newest = session.exec(select(func.max(Interaction.id))).one() or 0
            if newest < self._looked_through:
                # A backup was restored.
                self._looked_through = 0
            first = max(run.followed_id, self._looked_through)
            new = select(Interaction.id).where(col(Interaction.id) > first, col(Interaction.kind).in_(TELLING))
            is_behind = session.exec(new.order_by(col(Interaction.id)).limit(1)).first() is not None
            # What was only said and sent is not looked through each second again.
            self._looked_through = self._looked_through if is_behind else newest
            return is_behind

    def begin_anew(self) -> None:
        """The clock was moved, and the process goes by where it was before: the next need begins another."""
        self.stop()
        self._child = None

    def stop(self) -> None:
        """It holds nothing but a row at a time: it may end anywhere."""
        if self._child is not None and self._child.returncode is None:
            with suppress(ProcessLookupError):
                self._child.terminate()


def command_beside(mine_command: Sequence[str]) -> Sequence[str]:
    """The command that follows the shop which ``mine_command`` mines; of another command there is none."""
    is_ours = (*mine_command[: len(FOLLOW) - 1],) == FOLLOW[:-1]
    return [*FOLLOW, *mine_command[len(FOLLOW) :]] if is_ours else ()


def follow(
    round_: Callable[[], int],
    is_over: Callable[[], bool],
    poll_seconds: float = POLL_SECONDS,
    idle_seconds: float = IDLE_SECONDS,
) -> None:
    """Do rounds until there was nothing for ``idle_seconds`` or ``is_over``."""
    last = time.monotonic()
    while not is_over() and time.monotonic() - last < idle_seconds:
        if round_():
            last = time.monotonic()
        else:
            time.sleep(poll_seconds)


def when_the_shop_is_gone() -> Callable[[], bool]:
    """Whether the process that began this one has ended: then the pipe from it is closed."""
    gone = threading.Event()

    def wait() -> None:
        with suppress(OSError):
            while os.read(0, 1):
                pass
        gone.set()

    threading.Thread(target=wait, name="the shop", daemon=True).start()
    return gone.is_set
