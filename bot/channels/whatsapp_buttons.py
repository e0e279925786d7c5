"""Buttons on WhatsApp: Twilio keeps each set of them as a Content resource, made once and used by everybody.

    buttons, and the shape of the text above them | key (a hash) | sid, if Twilio has it
                                                  | else: wanted, made in the background, there the next time

An answer never waits for one to be made. See docs/decisions/0025-buttons-on-whatsapp.md.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from twilio.rest import Client  # type: ignore[import-untyped]

from bot.channels import twilio_line
from bot.clock import Clock
from campaigns.channel import Button
from campaigns.words.frames import PLACE

log = logging.getLogger(__name__)
MOST_QUICK, LONGEST_QUICK = 3, 20
MOST_LISTED, LONGEST_LISTED = 10, 24
LONGEST_ID = 200
FAMILY = "langganan_buttons_"
REST, LONGEST_REST = timedelta(hours=1), timedelta(days=1)
"""How long nothing is tried again after Twilio refused; each time it refuses the same set, twice as long."""
LOOKED_THROUGH = 1_000
MOST_WANTED = 50


class ButtonSets:
    """What Twilio has of our sets of buttons. ``client``: one that may block, asked in a thread.

    A set is its ``buttons`` and the ``body`` above them, with numbered places for the text (see whatsapp_shapes).
    ``sid_of`` may be asked from any thread; ``make`` runs once at a time.
    """

    def __init__(self, client: Client, clock: Clock, opens: str = "Pilih / Choose") -> None:
        self.client, self.clock, self.opens = client, clock, opens
        self._sids: dict[str, str] | None = None
        self._wanted: dict[str, tuple[tuple[Button, ...], str]] = {}
        self._refused: Counter[str] = Counter()
        self._resting: dict[str, datetime] = {}
        self._all_rest_until: datetime | None = None
        self._making = asyncio.Lock()

    def sid_of(self, buttons: Sequence[Button], body: str) -> str | None:
        """The Content resource that is exactly this; None where there is none yet, or it does not work now."""
        key = key_of(buttons, body)
        return None if self._rests(key) else (self._sids or {}).get(key)

    def want(self, buttons: Sequence[Button], body: str) -> None:
        """The next time these shall be buttons. Nothing is asked of the network here."""
        key = key_of(buttons, body)
        if are_possible(buttons) and not self._rests(key) and len(self._wanted) < MOST_WANTED:
            self._wanted[key] = tuple(buttons), body

    @property
    def is_wanting(self) -> bool:
        return bool(self._wanted)

    def rest(self, buttons: Sequence[Button], body: str, *, is_gone: bool = False) -> None:
        """Twilio would not send these: words for a while. ``is_gone``: it has them no more, so they are made anew."""
        key = key_of(buttons, body)
        wait = min(REST * 2 ** min(self._refused[key], 10), LONGEST_REST)
        self._refused[key] += 1
        self._resting[key] = self.clock.now() + wait
        if is_gone and self._sids is not None:
            self._sids.pop(key, None)

    async def make(self) -> None:
        """Make what is wanted. Whatever goes wrong, nothing is tried again for REST."""
        async with self._making:
            if self._wanted and not self._rests(""):
                await asyncio.to_thread(self._make)

    def close(self) -> None:
        """Let go of the connections."""
        twilio_line.let_go(self.client)

    def _make(self) -> None:
        try:
            if self._sids is None:
                self._sids = self._known()
            while self._wanted:
                key, (buttons, body) = self._wanted.popitem()
                if key not in self._sids:
                    self._sids[key] = self._made(key, buttons, body)
        except Exception as fault:  # noqa: BLE001 - without buttons there are numbers
            self._wanted.clear()
            self._all_rest_until = self.clock.now() + REST
            log.warning("WhatsApp's buttons cannot be made, numbers for now: %s", type(fault).__name__)

    def _known(self) -> dict[str, str]:
        """What an earlier process made, by the key in its name."""
        contents = self.client.content.v1.contents.stream(limit=LOOKED_THROUGH, page_size=100)
        named = ((str(each.friendly_name or ""), str(each.sid)) for each in contents)
        return {name.removeprefix(FAMILY): sid for name, sid in named if name.startswith(FAMILY)}

    def _made(self, key: str, buttons: Sequence[Button], body: str) -> str:
        told = _Payload(described(key, buttons, body, self.opens))
        return str(self.client.content.v1.contents.create(told).sid)

    def _rests(self, key: str) -> bool:
        now, until = self.clock.now(), self._resting.get(key)
        overall = self._all_rest_until
        return (until is not None and now < until) or (overall is not None and now < overall)


class _Payload:
    """What Twilio's client takes to be sent as it is: its own classes add every kind there is as null."""

    def __init__(self, content: dict[str, Any]) -> None:
        self._content = content

    def to_dict(self) -> dict[str, Any]:
        return self._content


def key_of(buttons: Sequence[Button], body: str) -> str:
    """The same for the same labels and words in the same order, below the same shape."""
    said = json.dumps([body, *([each.label, each.says] for each in buttons)], ensure_ascii=False)
    return hashlib.sha256(said.encode()).hexdigest()[:32]


def are_possible(buttons: Sequence[Button]) -> bool:
    """Whether WhatsApp takes these at all: few enough, short enough, and no two alike."""
    labels, ids = [each.label for each in buttons], [each.says for each in buttons]
    if not 1 <= len(buttons) <= MOST_LISTED or len({*labels}) < len(labels) or len({*ids}) < len(ids):
        return False
    longest = LONGEST_QUICK if len(buttons) <= MOST_QUICK else LONGEST_LISTED
    return all(0 < len(label) <= longest for label in labels) and all(0 < len(each) <= LONGEST_ID for each in ids)


def described(key: str, buttons: Sequence[Button], body: str, opens: str) -> dict[str, Any]:
    """The Content resource: up to three buttons under the text, or a list behind one called ``opens``."""
    if len(buttons) <= MOST_QUICK:
        actions = [{"type": "QUICK_REPLY", "title": each.label, "id": each.says} for each in buttons]
        types: dict[str, Any] = {"twilio/quick-reply": {"body": body, "actions": actions}}
    else:
        items = [{"id": each.says, "item": each.label} for each in buttons]
        types = {"twilio/list-picker": {"body": body, "button": opens, "items": items}}
    samples = dict.fromkeys(PLACE.findall(body), "Halo")
    return {"friendly_name": f"{FAMILY}{key}", "language": "id", "variables": samples, "types": types}
