"""One turn of a conversation: what somebody said, who they are, and the means to answer."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from babel.dates import format_date
from sqlalchemy import ColumnElement
from sqlmodel import Session, col

from bot.errands import Errand
from bot.inbound import Inbound
from campaigns.listening.judging import Judge, Opinion
from campaigns.shop import Shop
from campaigns.words.composing import Composer, Reply
from campaigns.words.wording import first_name
from ledger import consent, conversations, customers, merged
from ledger.consent import Evidence, Standing
from ledger.identity import mask
from ledger.tables import Address, ConversationState, Customer, Question, Role


@dataclass(frozen=True)
class Turn:
    """Everything inside belongs to one transaction."""

    session: Session
    inbound: Inbound
    address: Address
    customer: Customer
    role: Role | None
    shop: Shop
    composer: Composer
    channels: Collection[str]
    now: datetime
    carries_documents: bool = False
    """Whether this chat can be handed a file."""
    takes_files: bool = False
    """Whether a file can be sent to us here."""
    passed_on: list[Question] = field(default_factory=list)
    """The questions that this text belongs to, once it is logged."""
    confided: list[str] = field(default_factory=list)
    """What stands in the log in place of what they said: that is kept elsewhere, and not beside their name."""
    judge: Judge | None = None
    """How what they write is judged, where they allow that; see campaigns/listening."""
    opinions: list[Opinion] = field(default_factory=list)
    """What was thought of this text, to be kept once it is logged."""
    errands: list[Errand] = field(default_factory=list)
    """What is left to be done when the answer is given."""

    @property
    def language(self) -> str:
        return self.customer.language or self.shop.language

    @property
    def serves_more(self) -> bool:
        """Whether the shop can be written to by more than one messenger."""
        return len(self.channels) > 1

    @property
    def is_proven(self) -> bool:
        """Whether this chat is surely the customer's: it came from them, or they said so."""
        return customers.is_proven(self.address)

    @property
    def first_name(self) -> str:
        """What to call them."""
        return first_name(self.customer.name)

    @property
    def evidence(self) -> Evidence:
        """Their own words, as proof."""
        return Evidence(self.inbound.channel, self.inbound.verbatim, self.inbound.provider_message_id)

    @property
    def actor(self) -> str:
        """Who did it, for the audit: masked."""
        return f"{self.inbound.channel}:{mask(self.inbound.address)}"

    @property
    def standing(self) -> Standing:
        """What they allow in this chat."""
        return consent.standing(self.session, self.customer.id, self.inbound.channel)

    def is_theirs(self, column: Any) -> ColumnElement[bool]:
        """The condition for rows of the customer, under any number they had before they turned out to be one."""
        return col(column).in_(merged.numbers(self.customer.id))

    def release(self) -> None:
        """It is clear again what they want; nothing is held back for a doubt."""
        self.customer.held_since = None
        self.session.add(self.customer)

    def help(self) -> Reply:
        return self.reply("help", contact=self.shop.contact, serves_more=self.serves_more)

    def reply(self, template: str, /, **values: Any) -> Reply:
        return self.composer.reply(template, self.language, **{"shop": self.shop.name, **values})

    def word(self, shelf: str, key: str, /, **values: Any) -> str:
        return self.composer.word(self.language, shelf, key, **values)

    def day(self, at: datetime) -> str:
        """A date as they write it, in the shop's zone."""
        return format_date(at.astimezone(self.shop.zone), "d MMMM y", locale=self.language)

    def topic(self) -> ConversationState | None:
        return conversations.topic(self.session, self.address, self.now)

    def open_topic(self, name: str, **data: Any) -> None:
        conversations.open_topic(self.session, self.address, name, self.now, **data)

    def amend_topic(self, topic: ConversationState, **data: Any) -> None:
        """Other data, the same question: one that was not shown is so no more than before."""
        conversations.amend_topic(self.session, topic, self.now, **data)

    def close_topic(self) -> None:
        conversations.close_topic(self.session, self.address.id)
