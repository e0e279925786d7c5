"""What was said in each chat since the shop was opened, as the phones show it. Older words are the ledger's."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.web.simulator.protocol import Message, State

MOST_CHATS = 200
MOST_MESSAGES = 120
"""Of one chat: more is scrolled through by nobody."""
SAME_MOMENT = timedelta(minutes=5)
"""Within so long the same words are the same message: the ledger's, and what went out of it."""
ORDER: tuple[State, ...] = ("sent", "delivered", "read")


class Chats:
    """The last MOST_MESSAGES of the MOST_CHATS chats in which something was said last."""

    def __init__(self, most_chats: int = MOST_CHATS, most_messages: int = MOST_MESSAGES) -> None:
        self._most_chats, self._most_messages = most_chats, most_messages
        self._chats: OrderedDict[str, dict[str, Message]] = OrderedDict()

    def add(self, address: str, message: Message) -> None:
        """Last, or in the place of what it replaces."""
        chat = self._chats.setdefault(address, {})
        self._chats.move_to_end(address)
        if message.replaces in chat:
            self._chats[address] = chat = {
                (message.id if key == message.replaces else key): (message if key == message.replaces else each)
                for key, each in chat.items()
            }
        else:
            chat[message.id] = message
        while len(chat) > self._most_messages:
            del chat[next(iter(chat))]
        while len(self._chats) > self._most_chats:
            self._chats.popitem(last=False)

    def of(self, address: str) -> list[Message]:
        return list(self._chats.get(address, {}).values())

    def find(self, address: str, number: str | None) -> Message | None:
        return self._chats.get(address, {}).get(number or "")

    def move_on(self, address: str, number: str, state: State) -> Message | None:
        """The message as it is now, where it came further by this; it never goes back."""
        before = self.find(address, number)
        if before is None or ORDER.index(before.state) >= ORDER.index(state):
            return None
        self._chats[address][number] = moved = before.model_copy(update={"state": state})
        return moved

    def learn(self, address: str, older: Iterable[Message]) -> list[Message]:
        """The whole of a chat: what the ledger has of before, and what is known here, which knows more of each.

        From now on all of it is known here.
        """
        newer = self.of(address)
        known = {each.id for each in newer}
        whole = [each for each in older if each.id not in known and not _is_among(each, newer)]
        # Stable: of the same moment what stood first stays first.
        whole = sorted([*whole, *newer], key=_moment)[-self._most_messages :]
        self._chats.pop(address, None)
        for each in whole:
            self.add(address, each)
        return self.of(address)


def _moment(message: Message) -> datetime:
    return message.at


def _is_among(message: Message, newer: Iterable[Message]) -> bool:
    return any(
        each.text == message.text and each.sender == message.sender and abs(each.at - message.at) <= SAME_MOMENT
        for each in newer
    )
