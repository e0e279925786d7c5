"""What the ledger remembers, a table a class.

No shop column anywhere: one shop, one database.
"""

from __future__ import annotations

from ledger.tables.chats import (
    ConversationState,
    InboundReceipt,
    LinkCode,
    Notice,
    Question,
    QuestionLine,
    ShownChoices,
)
from ledger.tables.consents import EVERYWHERE, ConsentEvent, ConsentWording, Purpose, Suppression
from ledger.tables.people import About, Address, AuditFact, Customer, Degree, Frequency, Identity, Preference, Wish
from ledger.tables.privacy import FAILED, Erasure, PrivacyRequest, RequestKind, RetentionRun
from ledger.tables.processes import Lease, Shift
from ledger.tables.shop import INVENTED, AuditEntry, Fault, Handout, OwnerCode, Role, ShopFact, TeamMember, WrongCode
from ledger.tables.trade import Interaction, Kind, Product
from ledger.tables.visits import Step

__all__ = [
    "EVERYWHERE",
    "FAILED",
    "INVENTED",
    "About",
    "Address",
    "AuditEntry",
    "AuditFact",
    "ConsentEvent",
    "ConsentWording",
    "ConversationState",
    "Customer",
    "Degree",
    "Erasure",
    "Fault",
    "Frequency",
    "Handout",
    "Identity",
    "InboundReceipt",
    "Interaction",
    "Kind",
    "Lease",
    "LinkCode",
    "Notice",
    "OwnerCode",
    "Preference",
    "PrivacyRequest",
    "Product",
    "Purpose",
    "Question",
    "QuestionLine",
    "RequestKind",
    "RetentionRun",
    "Role",
    "Shift",
    "ShopFact",
    "ShownChoices",
    "Step",
    "Suppression",
    "TeamMember",
    "Wish",
    "WrongCode",
]
