"""This process's signs of life, by which the doctor and the others know that it is there; see ledger/pulse.py."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session

from bot.app import App
from bot.parts import Part
from ledger import pulse

log = logging.getLogger(__name__)
FAREWELL_SECONDS = 1.0


@dataclass
class Attendance:
    """One process's shift."""

    app: App
    part: Part = Part.ALL
    shift: str = field(default_factory=lambda: secrets.token_hex(8))

    async def keep(self, stopping: asyncio.Event) -> None:
        """Give signs of life until ``stopping``, then say that it closes. Never ends by itself."""
        await self.begin()
        while not stopping.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), pulse.BEAT_EVERY.total_seconds())
            if not stopping.is_set():
                await self._note(pulse.beat)
        with suppress(TimeoutError):
            await asyncio.wait_for(
                self._note(lambda session, now, shift: pulse.end(session, shift, now)), FAREWELL_SECONDS
            )

    async def begin(self) -> None:
        """It is there from now on."""
        where = f"{socket.gethostname()}:{os.getpid()}"
        await self._note(lambda session, now, shift: pulse.begin(session, shift, self.part, where, now))

    async def _note(self, what: Callable[[Session, datetime, str], None]) -> None:
        try:
            await asyncio.to_thread(self._write, what)
        except Exception as fault:  # noqa: BLE001 - the next beat tells it as well
            log.warning("a sign of life was not noted: %s", type(fault).__name__)

    def _write(self, what: Callable[[Session, datetime, str], None]) -> None:
        with self.app.database.transaction() as session:
            what(session, self.app.clock.now(), self.shift)
