"""Sending: every request takes its turn, every error becomes an outcome."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

from telegram.error import RetryAfter, TelegramError

from bot.channels.lanes import Lane
from bot.channels.telegram.errors import Kind, kind_of, outcome_of, wait_of
from bot.channels.telegram.letters import Letter, letters
from bot.channels.telegram.reading import FetchingBot
from bot.clock import Clock
from campaigns.channel import Failed, FateUnknown, Outcome, Outgoing, Sent, Throttled, Unreachable

MOST_KEYBOARDS = 1_000
SAME = frozenset({Kind.SAME})
ELSEWHERE = frozenset({Kind.NOBODY})

T = TypeVar("T")


class Busy(Exception):
    """Telegram wants nothing for now."""

    def __init__(self, throttled: Throttled) -> None:
        super().__init__("Telegram wants nothing for now")
        self.throttled = throttled


@dataclass
class Post:
    """The way out of one bot. ``keyboards``: chats that show a contact keyboard, which goes with the next message.

    They are the MOST_KEYBOARDS latest.
    """

    bot: FetchingBot
    clock: Clock
    lane: Lane
    keyboards: dict[int, None] = field(default_factory=dict)

    async def send(self, outgoing: Outgoing) -> Outcome:
        """All of it in order; what went out in part has an unknown fate, so that nobody is sent it twice."""
        try:
            chat = int(outgoing.address)
        except ValueError:
            return Unreachable("not a chat")
        laid = letters(outgoing)
        if outgoing.replaces and len(laid) == 1 and laid[0].document is None and not laid[0].asks_contact:
            replaced = await self._replace(chat, laid[0], outgoing.replaces)
            if replaced is not None:
                return replaced
        return await self._send_all(chat, laid, is_offer=outgoing.is_offer)

    async def _send_all(self, chat: int, laid: list[Letter], *, is_offer: bool) -> Outcome:
        sent: Sent | None = None
        for letter in laid:
            outcome = await self._deliver(chat, letter, is_offer=is_offer)
            if letter.is_aside and (isinstance(outcome, Failed) or (sent and not isinstance(outcome, Sent))):
                continue
            if not isinstance(outcome, Sent):
                told = f"sent in part, then {type(outcome).__name__}"
                return FateUnknown(told, is_partial=True) if sent else outcome
            # The number is that of the message with the buttons to press.
            sent = sent if letter.is_aside and sent else outcome
        return sent or FateUnknown("nothing to send")

    async def _deliver(self, chat: int, letter: Letter, *, is_offer: bool) -> Outcome:
        """One letter, or of what Telegram refuses for its form, what it will have."""
        attempt: Letter | None = letter
        outcome: Outcome = FateUnknown("nothing to send")
        while attempt is not None:
            outcome, kind = await self._try(chat, attempt, is_offer=is_offer)
            # Refused for its form, it surely did not go out: less of it is no second try of the same.
            attempt = attempt.weaker(kind)
        return outcome

    async def _try(self, chat: int, letter: Letter, *, is_offer: bool) -> tuple[Outcome, Kind | None]:
        clears = chat in self.keyboards and not letter.buttons
        try:
            number = await self.in_turn(
                str(chat), lambda: letter.post(self.bot, chat, clears_keyboard=clears), is_offer=is_offer
            )
        except Busy as busy:
            return busy.throttled, None
        except Exception as fault:  # noqa: BLE001 - the port's promise: every error is an outcome
            kind = kind_of(fault) if isinstance(fault, TelegramError) else None
            return outcome_of(fault, self.clock.now()), kind
        if letter.asks_contact:
            self.note_keyboard(chat)
        elif clears:
            self.keyboards.pop(chat, None)
        return Sent(str(number)), None

    def note_keyboard(self, chat: int) -> None:
        """That chat shows one. Who never answers is forgotten in time, as a restart forgets everybody."""
        self.keyboards.pop(chat, None)
        self.keyboards[chat] = None
        if len(self.keyboards) > MOST_KEYBOARDS:
            del self.keyboards[next(iter(self.keyboards))]

    async def _replace(self, chat: int, letter: Letter, number: str) -> Outcome | None:
        """The outcome of the edit; None where it has to be sent anew."""
        if not number.isdecimal():
            return None
        try:
            await self.in_turn(f"{chat} edits", lambda: letter.put_in_place(self.bot, chat, int(number)))
        except Busy as busy:
            return busy.throttled
        except Exception as fault:  # noqa: BLE001 - the port's promise: every error is an outcome
            kind = kind_of(fault) if isinstance(fault, TelegramError) else None
            if kind is not None and kind not in SAME | ELSEWHERE:
                return None
            return Sent(number) if kind in SAME else outcome_of(fault, self.clock.now())
        return Sent(number)

    async def in_turn(self, chat: str, ask: Callable[[], Awaitable[T]], *, is_offer: bool = False) -> T:
        """What ``ask`` gives when its turn has come. Raises Busy and what ``ask`` raises.

        A 429 closes the way for all, until the time it names: one that is only ever put off.
        """
        refused = await self.lane.turn(chat, is_offer)
        if refused is not None:
            raise Busy(refused)
        try:
            return await ask()
        except RetryAfter as fault:
            self.lane.not_before(self.clock.now() + wait_of(fault))
            raise
