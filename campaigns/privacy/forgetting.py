"""Erasing a customer everywhere: what campaigns derived of them, then what the ledger holds; and once more after a
restored backup."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo

from sqlalchemy import ColumnElement, Update, delete, or_, update
from sqlmodel import Session, col, select

from campaigns.outcomes import remains
from campaigns.sending import holding
from campaigns.sending.gate import Reason
from campaigns.tables import Campaign, Message, State, Survey, Voucher
from ledger import audit, beside, conversations, customers, erasures, merged, nobody, privacy
from ledger.database import SCRUB, Database
from ledger.erasures import Line
from ledger.tables import Address, ConversationState, Customer, Erasure, Question, TeamMember

DOERS = ((Campaign, "created_by"), (Question, "answered_by"), (Voucher, "redeemed_by"), (Survey, "closed_by"))
"""Where a table says who of the team did it, by their masked address."""
RESTORED = "after a restore"
"""Who did it, in the audit, when an erasure is repeated."""


def forget(
    session: Session,
    customer: Customer,
    *,
    zone: tzinfo,
    by: str,
    at: datetime,
    channel: str | None = None,
    asked_at: datetime | None = None,
) -> Erasure:
    """Erase all that leads to ``customer`` and give the receipt.

    Their rows in campaigns stay as bare fates with figures, so that old reports do not change; the words, the reasons
    and the provider's numbers go. ``zone`` is the shop's: of their purchases the day there stays. ``channel`` says
    where they asked for it; None where nobody asked. If they turn out to be one with somebody else this very moment,
    it is whom they are then who is erased, under all numbers and in all chats.
    """
    person = _take_turns(session, customer)
    counts = _bare(session, person, at)
    return privacy.erase(session, person, counts, zone=zone, by=by, at=at, channel=channel, asked_at=asked_at)


def _take_turns(session: Session, customer: Customer) -> Customer:
    """Whatever is just being said in any of their chats is heard first; who they are by then.

    Two chats may be linked by it, and then it is the turn of the other's as well.
    """
    number, taken = customer.id, set[int]()
    while True:
        person = customers.here(session, number) or session.get_one(Customer, number)
        places = select(Address).where(Address.customer_id == person.id).order_by(col(Address.id))
        new = [each for each in session.exec(places) if each.id not in taken]
        if not new:
            return person
        taken.update(each.id for each in new)
        for each in new:
            conversations.take_turn(session, each.channel, each.address)
        session.flush()
        session.expire_all()


def replay(database: Database, *, zone: tzinfo, now: datetime) -> int:
    """Repeat the erasures that are written down beside the database and that it does not know; how many.

    So it is after a backup was restored. Whoever came only after their erasure is left alone.
    """
    with database.reading() as session:
        is_named, missed = beside.is_named(session), erasures.missed(session)
        rows = erasures.row_marks(session) if missed else {}
    if not is_named:
        with database.transaction() as session:
            beside.name_shop(session)
    for line in missed:
        with database.transaction() as session:
            _repeat(session, line, rows, zone)
    if missed:
        with database.transaction() as session:
            audit.record(session, now, RESTORED, "erasures repeated", receipts=len(missed))
    return len(missed)


def _repeat(session: Session, line: Line, rows: Mapping[str, int], zone: tzinfo) -> None:
    nobody.take_turn(session)
    if session.get(Erasure, line.number) is not None:
        return
    at = datetime.fromisoformat(line.at)
    counts: Counter[str] = Counter()
    found = erasures.found_again(session, line, rows)
    counts["addresses"] += _take_away(session, erasures.strays(session, line, found))
    for customer in found:
        counts.update(_bare(session, customer, at))
        counts.update(privacy.blank(session, customer, zone, at))
    privacy.suppress(session, line.marks, at)
    privacy.receive(session, line.number, counts, by=RESTORED, at=at)


def _take_away(session: Session, strays: Sequence[Address]) -> int:
    """Addresses of the erased that an import gives to somebody else: those alone go, with what hangs on them."""
    ids = [each.id for each in strays]
    if not ids:
        return 0
    session.info[SCRUB] = [str(table.__tablename__) for table in (Address, Message)]
    connection = session.connection()
    connection.execute(_without_address(col(Message.address_id).in_(ids)))
    connection.execute(delete(ConversationState).where(col(ConversationState.address_id).in_(ids)))
    connection.execute(delete(TeamMember).where(col(TeamMember.address_id).in_(ids)))
    gone = connection.execute(delete(Address).where(col(Address.id).in_(ids))).rowcount
    session.expire_all()
    return gone


def _bare(session: Session, customer: Customer, at: datetime) -> dict[str, int]:
    """Of their messages only fates and figures stay, and whoever they were as an owner is blanked."""
    numbers = merged.everyone(session, customer.id)
    _wait_for_others(session, numbers)
    for number in numbers:
        remains.keep(session, number)
    connection = session.connection()
    traces = privacy.traces(session, customer)
    for table, who in DOERS if traces else ():
        done = update(table).where(privacy.tells(getattr(table, who), traces))
        connection.execute(done.values({who: privacy.ERASED}))
    mine = col(Message.customer_id).in_(numbers)
    connection.execute(
        update(Message)
        .where(mine, col(Message.state) == State.PLANNED)
        .values(state=State.WITHHELD, reason=Reason.ERASED, withheld_at=at, not_before=None)
    )
    bare = update(Message).where(mine)
    bared = connection.execute(
        bare.values(body=None, facts={}, provider_message_id=None, address_id=None, is_personal=None, segment=None)
    )
    # A number may have gone from one customer to another: what was sent to it under the other leads here, too.
    connection.execute(_without_address(_went_to(numbers)))
    session.expire_all()
    return {"messages": bared.rowcount}


def _without_address(messages: ColumnElement[bool]) -> Update:
    return update(Message).where(messages).values(address_id=None, provider_message_id=None)


def _went_to(customer_ids: Sequence[int]) -> ColumnElement[bool]:
    return col(Message.address_id).in_(select(Address.id).where(col(Address.customer_id).in_(customer_ids)))


def _wait_for_others(session: Session, customer_ids: Sequence[int]) -> None:
    """Let whoever is just now sending to them or hearing them finish first, so that what they write is erased too.

    In the order in which everybody locks (docs/decisions/0031-the-pipe.md): campaigns, the customer, messages,
    addresses.
    """
    holding.take_all_of(session, customer_ids)
    people = select(Customer.id).where(col(Customer.id).in_(customer_ids)).order_by(col(Customer.id))
    session.exec(people.with_for_update(key_share=True)).all()
    messages = select(Message.id).where(or_(col(Message.customer_id).in_(customer_ids), _went_to(customer_ids)))
    session.exec(messages.order_by(col(Message.id)).with_for_update()).all()
    addresses = select(Address.id).where(col(Address.customer_id).in_(customer_ids))
    session.exec(addresses.order_by(col(Address.id)).with_for_update()).all()
