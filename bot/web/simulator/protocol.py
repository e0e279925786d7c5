"""What the simulator's page and the shop say to each other over the line: JSON, one object a message.

    page → shop   open · say · press · file · read · search · become · forward
    shop → page   welcome · history · message · state · typing · clock · people · problem

``welcome`` is said when the line opens, ``history`` answers ``open``. A page may open one chat a phone; opening
another on the same phone leaves the first. Whatever cannot be read or done is answered with ``problem``, and the
line stays.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Base64Bytes, BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter

from bot.errands import LARGEST_FILE_BYTES
from bot.talk.router import LONGEST_INBOUND

LONGEST_NAME = 190
MOST_READ = 200
LARGEST_WORD_BYTES = LARGEST_FILE_BYTES * 3 // 2
"""Of one message on the line: a file in base64 and what is around it."""

Phone = Literal["customer", "owner"]
Name = Annotated[str, StringConstraints(max_length=LONGEST_NAME)]
State = Literal["sent", "delivered", "read"]


class Word(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


# From the page


class Open(Word):
    """Have this phone show that chat. Without an address the owner's phone takes the owner's chat of ``welcome``.
    A new name as address is a new person."""

    type: Literal["open"]
    phone: Phone
    address: Name = ""
    name: Name = ""


class Say(Word):
    """Write. ``in_reply_to``: the message that is quoted."""

    type: Literal["say"]
    phone: Phone
    text: Annotated[str, StringConstraints(max_length=LONGEST_INBOUND)]
    in_reply_to: Name | None = None


class Press(Word):
    """Press a button of a message."""

    type: Literal["press"]
    phone: Phone
    message: Name
    says: Annotated[str, StringConstraints(max_length=LONGEST_INBOUND)]


class File(Word):
    """Send a file along; ``text`` is its caption."""

    type: Literal["file"]
    phone: Phone
    name: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_NAME)]
    base64: Base64Bytes
    text: Annotated[str, StringConstraints(max_length=LONGEST_INBOUND)] = ""


class Read(Word):
    """These messages of the shop were looked at."""

    type: Literal["read"]
    phone: Phone
    messages: Annotated[list[Name], Field(max_length=MOST_READ)]


class Search(Word):
    """Customers whose name holds ``text``; empty: some of all. Answered with ``people``."""

    type: Literal["search"]
    text: Name = ""


class Become(Word):
    """Make the owner's phone the owner's, with a one-time code as everywhere. Only where ``may_become``."""

    type: Literal["become"]


class Forward(Word):
    """Move the clock: to 9 tomorrow morning, an hour, a day or a week on, or to a moment (ISO 8601)."""

    type: Literal["forward"]
    to: Literal["morning", "hour", "day", "week"] | datetime


Said = Annotated[Open | Say | Press | File | Read | Search | Become | Forward, Field(discriminator="type")]
SAID: TypeAdapter[Said] = TypeAdapter(Said)
"""Reads one message of the page; raises ValidationError."""


# To the page


class Person(Word):
    """``standing`` to offers: "yes", "no" (refused), "left" (stopped), "unasked". ``segment``: in words, or empty."""

    address: str
    name: str
    standing: Literal["yes", "no", "left", "unasked"]
    segment: str = ""


class Owner(Word):
    """The owner's chat. ``is_owner``: they have joined; otherwise ``may_become`` says whether one press does it."""

    address: str
    name: str
    is_owner: bool
    may_become: bool


class Entry(Word):
    """One line of a phone's menu: a command without its slash, and what it is for."""

    name: str
    what: str


class Menus(Word):
    customer: list[Entry]
    owner: list[Entry]


class Welcome(Word):
    """``more``: how many customers are not among ``people``; ``may_move``: whether the clock can be moved."""

    type: Literal["welcome"] = "welcome"
    shop: str
    language: str
    now: datetime
    zone: str
    may_move: bool
    is_moving: bool
    owner: Owner
    people: list[Person]
    more: int
    menus: Menus


class Button(Word):
    label: str
    says: str


class Papers(Word):
    """A document or picture, fetched from ``url``. Pictures have a media type of image/…"""

    name: str
    media_type: str
    url: str


class Message(Word):
    """``at`` by the shop's clock. ``replaces``: the id of the message whose place it takes (it may be gone already).

    ``copyable``: parts of the text to be copied with a tap. ``in_reply_to``: what "me" quoted or pressed.
    """

    id: str
    sender: Literal["shop", "me"] = Field(serialization_alias="from")
    text: str
    buttons: list[Button] = []
    copyable: list[str] = []
    document: Papers | None = None
    at: datetime
    is_offer: bool = False
    replaces: str | None = None
    in_reply_to: str | None = None
    state: State = "sent"


class History(Word):
    """The chat that was opened, oldest first; messages that were replaced are left out."""

    type: Literal["history"] = "history"
    phone: Phone
    address: str
    name: str
    messages: list[Message]


class NewMessage(Word):
    type: Literal["message"] = "message"
    phone: Phone
    message: Message


class NewState(Word):
    """Ticks: of what "me" wrote delivered is "taken by the shop" and read "answered"; of the shop's what it says."""

    type: Literal["state"] = "state"
    phone: Phone
    message: str
    state: State


class Typing(Word):
    type: Literal["typing"] = "typing"
    phone: Phone
    is_typing: bool


class ClockShows(Word):
    """While it is moving many of these come; the last has ``is_moving`` false."""

    type: Literal["clock"] = "clock"
    now: datetime
    is_moving: bool


class People(Word):
    """Answers ``search``, and comes by itself with an empty ``text`` where who there is has changed."""

    type: Literal["people"] = "people"
    text: str = ""
    people: list[Person]
    more: int
    owner: Owner


class Problem(Word):
    """``text`` is a sentence in the shop's language."""

    type: Literal["problem"] = "problem"
    phone: Phone | None = None
    text: str


Told = Welcome | History | NewMessage | NewState | Typing | ClockShows | People | Problem
