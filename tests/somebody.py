"""A customer of whom every table that can hold something of a person holds something unmistakable.

Which tables those are stands here by hand, so that what finds them by itself can be held against it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import Column, Table, insert, text
from sqlmodel import Session, SQLModel

from ledger.columns import Moment
from ledger.database import Database
from ledger.identity import fingerprint

THEIRS = "customer_id = :customer"
OF_ADDRESS = "address_id IN (SELECT id FROM addresses WHERE customer_id = :customer)"
BELONGING = {
    "customers": "id = :customer",
    "identities": THEIRS,
    "addresses": THEIRS,
    "consent_events": THEIRS,
    "preferences": THEIRS,
    "wishes": THEIRS,
    "audit_facts": THEIRS,
    "interactions": THEIRS,
    "steps": THEIRS,
    "privacy_requests": THEIRS,
    "memberships": THEIRS,
    "recommendations": THEIRS,
    "messages": THEIRS,
    "best_hours": THEIRS,
    "futures": THEIRS,
    "prospects": THEIRS,
    "questions": THEIRS,
    "question_lines": f"question_id IN (SELECT id FROM questions WHERE {THEIRS})",
    "notices": f"({OF_ADDRESS} OR question_id IN (SELECT id FROM questions WHERE {THEIRS}))",
    "conversation_states": OF_ADDRESS,
    "shown_choices": OF_ADDRESS,
    "link_codes": OF_ADDRESS,
    "team_members": OF_ADDRESS,
    "vouchers": "message_id IN (SELECT id FROM messages WHERE customer_id = :customer)",
    "tracked_links": "message_id IN (SELECT id FROM messages WHERE customer_id = :customer)",
    "voices": THEIRS,
    "survey_responses": THEIRS,
    "survey_answers": f"response_id IN (SELECT id FROM survey_responses WHERE {THEIRS})",
}
NOBODYS = {
    "approved_contents",
    "apscheduler_jobs",
    "audit_entries",
    "bundle_rules",
    "bundles",
    "campaigns",
    "consent_wordings",
    "early_reports",
    "erasures",
    "faults",
    "handouts",
    "inbound_receipts",
    "leases",
    "mining_runs",
    "owner_codes",
    "own_segments",
    "paces",
    "products",
    "retention_runs",
    "run_states",
    "segments",
    "shifts",
    "shop_facts",
    "suppressions",
    "surveys",
    "wrong_codes",
}
MARK = "unmistakable"
VOCABULARY = {
    "consent_events": "purpose scope channel wording wording_hash language evidence_hash previous_hash"
    " shop_previous_hash hash",
    "identities": "source fingerprint",
    "interactions": "platform",
    "messages": "channel reason variant segment content",
    "privacy_requests": "channel made_by receipt",
}
"""Columns in which the program's own words and hashes stand, never a person's, and which may outlast them."""
BEGAN = datetime(2026, 3, 1, 9, 30, 15, 123456, tzinfo=UTC)


@dataclass(frozen=True)
class Somebody:
    customer_id: int
    address_id: int


class Writer:
    """Fills every column of a row; whatever is not told is invented, each value unlike any other."""

    def __init__(self, session: Session, who: str) -> None:
        self.session, self.who, self._numbers = session, who, count(len(who) * 1000)

    def write(self, table: str, **told: Any) -> int:
        wanted = SQLModel.metadata.tables[table]
        values = {column.name: told.get(column.name, self._value(wanted, column)) for column in wanted.columns}
        if "id" in wanted.columns and "id" not in told:
            del values["id"]
        done = self.session.connection().execute(insert(wanted).values(values))
        return int(done.inserted_primary_key[0]) if "id" in wanted.columns else 0

    def _value(self, table: Table, column: Column[Any]) -> Any:
        number = next(self._numbers)
        is_ours = column.name in VOCABULARY.get(table.name, "").split()
        mark = f"{column.name}-{number}" if is_ours else f"{self.who}-{MARK}-{table.name}-{column.name}-{number}"
        is_moment = isinstance(column.type, Moment)
        kind = datetime if is_moment else getattr(column.type, "impl", column.type).python_type
        made: Mapping[type, Any] = {
            str: mark,
            bool: True,
            float: number / 8,
            datetime: BEGAN + timedelta(minutes=number, microseconds=number),
            dict: {"said": mark, "of": [mark, number]},
        }
        return next((value for like, value in made.items() if kind is like), number)


def somebody(session: Session, who: str = "sari", *, erased: bool = False) -> Somebody:
    """One row or more in each of BELONGING, no column of it empty but what only an erasure fills."""
    writer = Writer(session, who)
    product = writer.write("products", sku=f"sku-{who}", category="kopi")
    run = writer.write("mining_runs", quality={"currency": "IDR"})
    segment = writer.write("segments", run_id=run, key="champions", reasons=[REASON], within_id=None)
    smaller = writer.write("segments", run_id=run, key="champions.bulk_buyers", reasons=[], within_id=segment)
    offer = {"template": "picks", "audience": "all", "status": "running", "created_by": "test"}
    campaign = writer.write("campaigns", **offer, parent_id=None, variants=[{"name": "A"}], remains={})
    customer = writer.write("customers", erased_at=None, merged_into=None, language="en")
    mine = {"customer_id": customer}
    writer.write("identities", **mine)
    address = writer.write(
        "addresses", **mine, fingerprint=fingerprint(session, "simulator", who), channel="simulator"
    )
    writer.write("consent_events", **mine)
    writer.write("preferences", **mine, frequency="weekly")
    writer.write("wishes", **mine, about="product", value=str(product), degree="never")
    writer.write("audit_facts", **mine)
    facts = {"segment": "champions", "products": [product], "reasons": ["popular_now"], "note": f"{who}-{MARK}-fact"}
    remains = {"replied": True, "note": f"{who}-{MARK}-messages-remains"}
    message = writer.write(
        "messages", **mine, campaign_id=campaign, address_id=address, state="sent", facts=facts, remains=remains
    )
    did = {**mine, "product_id": product, "message_id": message, "currency": "IDR"}
    for kind in ("message_out", "view", "click", "cart", "purchase", "return", "review"):
        writer.write("interactions", **did, kind=kind)
    said = writer.write("interactions", **did, kind="message_in")
    writer.write("steps", **mine, product_id=product)
    writer.write("voices", **mine, interaction_id=said)
    survey = writer.write("surveys", id=campaign, questions=[])
    response = writer.write("survey_responses", **mine, survey_id=survey or campaign)
    writer.write("survey_answers", response_id=response)
    writer.write("privacy_requests", **mine, kind="copy")
    writer.write("memberships", **mine, run_id=run, segment_id=segment, micro_id=smaller)
    writer.write("recommendations", **mine, run_id=run, picks=[[product, 0.5, "similar_to", product]])
    writer.write("conversation_states", address_id=address)
    writer.write("shown_choices", address_id=address, choices=[f"{who}-{MARK}-choice"])
    writer.write("link_codes", address_id=address)
    writer.write("team_members", address_id=address, role="staff")
    writer.write("tracked_links", message_id=message, product_id=product)
    writer.write("vouchers", message_id=message)
    writer.write("best_hours", **mine, run_id=run)
    writer.write("futures", **mine, run_id=run)
    writer.write("prospects", **mine, run_id=run)
    question = writer.write("questions", **mine, address_id=address)
    writer.write("question_lines", question_id=question, interaction_id=said)
    # Their question was passed on to somebody else's chat, and a question of somebody else's to theirs.
    place, asked = _colleague(session, who)
    writer.write("notices", address_id=place, question_id=question)
    writer.write("notices", address_id=address, question_id=asked)
    return Somebody(customer, address)


def _colleague(session: Session, who: str) -> tuple[int, int]:
    """Another of the team, who asks something, too: the chat and the question. Nothing of theirs looks like hers."""
    writer = Writer(session, f"colleague-of-{who[::-1]}")
    customer = writer.write("customers", erased_at=None, merged_into=None, language="en")
    place = writer.write("addresses", customer_id=customer)
    asked = writer.write("questions", customer_id=customer, address_id=place)
    return place, asked


REASON = {"feature": "frequency", "segment": 12.0, "everyone": 3.0, "direction": "higher"}


def stored(database: Database, customer_id: int) -> dict[str, list[dict[str, Any]]]:
    """Every row of BELONGING as plain SQL gives it, by table."""
    with database.reading() as session:
        connection = session.connection()
        return {
            table: [
                dict(row)
                for row in connection.execute(
                    text(f"SELECT * FROM {table} WHERE {condition}"), {"customer": customer_id}
                ).mappings()
            ]
            for table, condition in BELONGING.items()
        }
