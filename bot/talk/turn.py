"""One turn of a conversation: what somebody said, who they are, and the means to answer."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from bot.inbound import Inbound
from campaigns.composing import Composer, Reply
from campaigns.shop import Shop
from ledger import conversations
from ledger.consent import Evidence
from ledger.identity import mask
from ledger.tables import Address, ConversationState, Customer, Role


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

    @property
    def language(self) -> str:
        return self.customer.language or self.shop.language

    @property
    def evidence(self) -> Evidence:
        """Their own words, as proof."""
        return Evidence(self.inbound.channel, self.inbound.text, self.inbound.provider_message_id)

    @property
    def actor(self) -> str:
        """Who did it, for the audit: masked."""
        return f"{self.inbound.channel}:{mask(self.inbound.address)}"

    def reply(self, template: str, /, **values: Any) -> Reply:
        return self.composer.reply(template, self.language, **{"shop": self.shop.name, **values})

    def topic(self) -> ConversationState | None:
        return conversations.topic(self.session, self.address, self.now)

    def open_topic(self, name: str, **data: Any) -> None:
        conversations.open_topic(self.session, self.address, name, self.now, **data)

    def close_topic(self) -> None:
        conversations.close_topic(self.session, self.address.id)
