"""A small shop on WhatsApp, where free words reach people for a day after they last wrote."""

from __future__ import annotations

from datetime import timedelta

from sqlmodel import select

from campaigns.channel import Fate, Refusal, Report
from campaigns.launching import drafting, planning
from campaigns.launching.drafts import Draft, by_discount
from campaigns.tables import Approval, ApprovedContent, Campaign, Message
from ledger import consent, customers
from ledger.consent import Evidence
from ledger.database import Database
from ledger.tables import Address, Purpose, Role, TeamMember
from tests.campaigns.conftest import WORDING, SmallShop
from tests.fakes import FakeChannel

DAY = timedelta(days=1)


class WhatsAppShop(SmallShop):
    """Customers are called by name; the first to come has the number ending in 1, and so on."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.channel = FakeChannel("whatsapp")
        self.n = 0
        self.buy(super().customer("Pembeli", offers=None, profiling=None), days_ago=1)

    def customer(self, name: str, offers: bool | None = True, profiling: bool | None = True) -> int:
        """Somebody who has just written, and said yes."""
        self.n += 1
        with self.database.transaction() as session:
            address = customers.meet(session, "whatsapp", f"+62812{self.n:08}", name, self.clock.now())
            said = Evidence("whatsapp", "ya")
            for purpose in (Purpose.OFFERS, Purpose.PROFILING):
                consent.grant(
                    session, address.customer_id, purpose, scope="whatsapp", wording=WORDING, evidence=said,
                    at=self.clock.now(),
                )  # fmt: skip
            return address.customer_id

    def owner(self) -> None:
        with self.database.transaction() as session:
            place = customers.meet(session, "simulator", "pemilik", "Ratna", self.clock.now())
            session.add(TeamMember(address_id=place.id, role=Role.OWNER, since=self.clock.now()))

    def writes(self, customer_id: int) -> None:
        with self.database.transaction() as session:
            address = session.exec(select(Address).where(Address.customer_id == customer_id)).one()
            address.last_inbound_at = self.clock.now()
            session.add(address)

    def approve_words(
        self, approval: Approval = Approval.APPROVED, *, template: str = "picks", discounted: bool = False
    ) -> str:
        """WhatsApp's word about the words of a message, in Indonesian; what they are called."""
        frame = self.composer.frame(template, "id", is_discounted=discounted)
        with self.database.transaction() as session:
            session.merge(
                ApprovedContent(
                    name=frame.name, language="id", sid="HX1", fingerprint=frame.fingerprint, body=frame.body,
                    places=list(frame.places), approval=approval, made_at=self.clock.now(),
                    looked_at=self.clock.now(),
                )
            )  # fmt: skip
        return frame.name

    def words(self) -> ApprovedContent:
        with self.database.reading() as session:
            return session.exec(select(ApprovedContent)).one()

    def launch(self, template: str = "picks", audience: str = "all", hold: float = 0.0, discount: int = 0) -> int:
        with self.database.transaction() as session:
            draft = Draft(template, audience, by_discount(discount), holdout_percent=round(hold * 100))
            made = drafting.draft(session, self.composer, draft, shop=self.shop, by="test", now=self.clock.now())
            planning.approve(session, made, ["whatsapp"], self.shop, by="test", now=self.clock.now())
            return made.id

    def resume(self, number: int = 1) -> None:
        with self.database.transaction() as session:
            campaign = session.get_one(Campaign, number)
            planning.resume(session, campaign, ["whatsapp"], self.shop, by="test", now=self.clock.now())

    def campaign(self, number: int = 1) -> Campaign:
        with self.database.reading() as session:
            return session.get_one(Campaign, number)

    def address(self, customer_id: int) -> Address:
        with self.database.reading() as session:
            return session.exec(select(Address).where(Address.customer_id == customer_id)).one()

    def message(self, customer_id: int) -> Message:
        with self.database.reading() as session:
            return session.exec(select(Message).where(Message.customer_id == customer_id)).one()

    def told(self, message: Message, fate: Fate, refusal: Refusal | None = None) -> None:
        """The provider tells later what became of a message."""
        assert message.provider_message_id is not None
        self.dispatcher().believe(Report("whatsapp", message.provider_message_id, fate, refusal))

    def adds_up(self, number: int = 1) -> bool:
        told = self.report(number)
        return told.audience == told.holdout + sum(told.states.values()) + sum(told.withheld.values())
