"""What a provider says of a message, written down: at once when it is sent, or later by a report.

taken     → sent
refused   → planned again, for words or a time that suit, or failed
unclear   → unknown, and never sent again by itself
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, bindparam, delete, func, insert, literal, literal_column, null, update
from sqlalchemy import select as sql_select
from sqlmodel import Session, SQLModel, col, select

from campaigns.channel import (
    BadContent,
    Cause,
    ContentClosed,
    Failed,
    FateUnknown,
    OptedOut,
    Outcome,
    OutsideWindow,
    Refusal,
    Sent,
    Throttled,
    Unreachable,
)
from campaigns.sending import holding
from campaigns.sending.gate import Reason
from campaigns.tables import SENT_STATES, Campaign, Message, State, Status, TrackedLink, Voucher
from campaigns.words import contents, vouchers
from ledger import consent, customers, interactions, merged, windows
from ledger.among import is_among
from ledger.columns import Moment
from ledger.consent import Evidence, Wording
from ledger.tables import Address, Customer, Interaction, Kind, Purpose

LEAST_WAIT = timedelta(seconds=1)
"""What a provider asks to wait for is never over at once, or one would ask for ever."""
PERSONAL_WAITS = (timedelta(hours=24), timedelta(hours=48), timedelta(hours=96))
"""After each time the provider says that somebody has had enough of offers; after the last nobody tries any more."""
PROVIDERS_WORD = "provider-opt-out"
ABOUT, DUE_FROM, WAS_OUTSIDE = "about", "due_from", "was_outside"
"""Of a message's facts those that hold however often words are found: the product that made it their turn; the moment
for which it was last planned; that free words were refused once because their window was shut."""


class Settled(NamedTuple):
    """What became of a message."""

    id: int
    campaign_id: int
    state: str


MESSAGES = SQLModel.metadata.tables[str(Message.__tablename__)]
TAKEN = update(MESSAGES).where(MESSAGES.c.id == bindparam("number")).values(
    state=literal_column(f"'{State.SENT.value}'"), sent_at=bindparam("at"),
    provider_message_id=bindparam("theirs"), reason=null(), lease_until=null(), unknown_at=null(),
)  # fmt: skip
TOLD = insert(Interaction).from_select(
    ["customer_id", "kind", "at", "platform", "text", "message_id"],
    sql_select(
        # They may have turned out to be somebody else while it was on its way.
        func.coalesce(col(Customer.merged_into), col(Customer.id)), literal(Kind.MESSAGE_OUT.value),
        bindparam("at", type_=Moment()), func.coalesce(col(Message.channel), ""),
        func.coalesce(col(Message.body), ""), col(Message.id),
    )
    .join(Message, col(Message.customer_id) == col(Customer.id))
    .where(is_among(col(Message.id)))
    .order_by(col(Message.id)),
)  # fmt: skip
"""Asked for every batch that is settled: put together once."""


def settle_sent(session: Session, numbers: Mapping[int, str], now: datetime) -> None:
    """Write down of all of these at once that the provider took them, and under which of its numbers.

    They are held by this transaction, and none of them is of somebody erased.
    """
    taken = [{"number": number, "theirs": theirs, "at": now} for number, theirs in numbers.items()]
    session.connection().execute(TAKEN, taken)
    session.connection().execute(TOLD, {"numbers": list(numbers), "at": now})


def settle_one(session: Session, message: Message, outcome: Outcome, language: str, now: datetime) -> None:
    """Write down what came of sending a message that is held by this transaction. ``language`` is the shop's."""
    message.lease_until = message.unknown_at = None
    if message.address_id is None and not isinstance(outcome, Sent):
        # They were erased while it was on its way: its fate is kept, nothing that leads to them.
        outcome = Failed(Reason.ERASED)
    match outcome:
        case Sent(provider_message_id):
            mark_sent(session, message, provider_message_id, now)
        case FateUnknown(detail):
            message.state, message.unknown_at, message.reason = State.UNKNOWN, now, detail
        case _:
            refuse(session, message, outcome, language, now)


def mark_sent(session: Session, message: Message, provider_message_id: str, now: datetime) -> None:
    """The provider took it and knows it by that number. Of somebody erased neither number nor words are kept."""
    message.state, message.sent_at, message.reason = State.SENT, now, None
    if message.address_id is not None:
        message.provider_message_id = provider_message_id
        log(session, message, now)


def log(session: Session, message: Message, at: datetime) -> None:
    """What they were told stands in the ledger, word for word."""
    channel, body = message.channel or "", message.body or ""
    # They may have turned out to be somebody else while it was on its way.
    whose = merged.one(session, message.customer_id)
    said = interactions.log_message(session, whose, Kind.MESSAGE_OUT, channel, body, at)
    said.message_id = message.id


def unlog(session: Session, message: Message) -> None:
    """They were told nothing after all."""
    told = (col(Interaction.message_id) == message.id) & (col(Interaction.kind) == Kind.MESSAGE_OUT)
    session.flush()
    session.connection().execute(delete(Interaction).where(told))


def refuse(session: Session, message: Message, refusal: Refusal, language: str, now: datetime) -> None:
    """It was surely not delivered, and this is why. ``language`` is the shop's."""
    sent_at = message.sending_at or now
    match refusal:
        case Throttled(until, Cause.PERSONAL):
            _leave_in_peace(session, message, until, now)
        case Throttled(until, cause):
            reason = Reason.PORTFOLIO_LIMIT if cause is Cause.PORTFOLIO else None
            plan_again(session, message, until, now, reason)
        case Unreachable(code):
            fail(message, code, now)
            customers.mark_undelivered(session, session.get_one(Address, message.address_id), sent_at)
        case OptedOut(code):
            fail(message, code, now)
            if not _said_yes_since(session, message, sent_at):
                _believe_the_provider(session, message, code, now)
        case OutsideWindow(code):
            _use_approved_words(session, message, code, now)
        case BadContent(code):
            fail(message, code, now)
            if not _is_theirs_alone(session, message, code):
                words = message.content or ""
                holding.hold(session, {message.campaign_id}, holding.BAD_CONTENT, now, code=code, content=words)
        case ContentClosed(code):
            _close_words(session, message, code, language, now)
        case Failed(code):
            fail(message, code, now)


def fail(message: Message, code: str, now: datetime) -> None:
    """It did not arrive and is not tried again."""
    message.state, message.failed_at, message.reason = State.FAILED, now, code


def plan_again(
    session: Session, message: Message, until: datetime, now: datetime, reason: Reason | None = None
) -> None:
    """Surely not delivered: it waits, unless its campaign is over for good. One that was done goes on.

    What the provider had taken keeps its words while it waits, in case it arrived after all.
    """
    if message.provider_message_id is None:
        unword(session, message)
    message.sending_at = message.sent_at = None
    ended = _go_on(session, message.campaign_id)
    if ended is not None:
        withhold(session, message, ended, now)
        return
    message.state, message.reason = State.PLANNED, reason
    message.not_before = max(until, now + LEAST_WAIT)


def _go_on(session: Session, campaign_id: int) -> Reason | None:
    """Why nothing goes out of it any more, or None; who was done with it is not, and the end is told once only."""
    session.flush()
    held = {each.id: each for each in holding.taken(session, [campaign_id])}
    campaign = held[campaign_id]
    parent = held.get(campaign.parent_id) if campaign.parent_id is not None else None
    if Status.CANCELLED in (campaign.status, parent.status if parent is not None else None):
        return Reason.CANCELLED
    if campaign.status == Status.DONE:
        is_held = parent is not None and parent.status == Status.PAUSED
        campaign.status = Status.PAUSED if is_held else Status.RUNNING
        session.add(campaign)
    return None


def withhold(session: Session, message: Message, reason: Reason, now: datetime) -> None:
    """They get none, for that reason."""
    unword(session, message)
    message.state, message.withheld_at, message.reason = State.WITHHELD, now, reason


def unword(session: Session, message: Message) -> None:
    """Nobody read it: words are found anew when it is claimed again, and neither code nor link is kept."""
    if message.attempts == 0:
        return
    message.body, message.is_personal, message.content, message.facts = None, None, None, lasting(message.facts)
    vouchers.take_back(session, message.id)
    session.connection().execute(delete(TrackedLink).where(col(TrackedLink.message_id) == message.id))


def unword_withheld(session: Session, *which: ColumnElement[bool]) -> None:
    """The same for all of these that were withheld while they waited to be sent once more."""
    session.flush()
    unread = select(Message.id).where(*which, Message.state == State.WITHHELD, col(Message.body).is_not(None))
    numbers = session.exec(unread).all()
    if not numbers:
        return
    connection = session.connection()
    for table in (Voucher, TrackedLink):
        connection.execute(delete(table).where(col(table.message_id).in_(numbers)))
    gone: dict[str, Any] = {
        "body": None,
        "is_personal": None,
        "content": None,
        "facts": {},
        "provider_message_id": None,
    }
    connection.execute(update(Message).where(col(Message.id).in_(numbers)).values(**gone))
    session.expire_all()


def lasting(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Those of a message's facts that do not come with the words."""
    return {key: facts[key] for key in (ABOUT, DUE_FROM, WAS_OUTSIDE) if key in facts}


def _leave_in_peace(session: Session, message: Message, until: datetime, now: datetime) -> None:
    """They have had enough of offers, from whomever: a growing wait, but never beyond what the campaign counts."""
    message.personal_refusals += 1
    campaign = session.get_one(Campaign, message.campaign_id)
    if message.personal_refusals > len(PERSONAL_WAITS):
        fail(message, Reason.PERSONAL_LIMIT, now)
        return
    later = max(until, now + PERSONAL_WAITS[message.personal_refusals - 1])
    if later >= message.counts_from + timedelta(days=campaign.window_days):
        # What they buy after that counts for nothing: an offer so old is none.
        fail(message, Reason.PERSONAL_LIMIT, now)
        return
    plan_again(session, message, later, now, Reason.PERSONAL_LIMIT)


def _use_approved_words(session: Session, message: Message, code: str, now: datetime) -> None:
    """Their window is shut, says the provider: once more, in words that need none unless they wrote meanwhile."""
    address = session.get_one(Address, message.address_id)
    was_free = message.content is None and address.channel in windows.WINDOWED
    windows.close(address, message.sending_at or now)
    session.add(address)
    if was_free and WAS_OUTSIDE not in message.facts:
        message.facts = {**message.facts, WAS_OUTSIDE: True}
        plan_again(session, message, now, now)
    else:
        fail(message, code, now)


def _close_words(session: Session, message: Message, code: str, language: str, now: datetime) -> None:
    """Nobody is sent these words for now, and whatever needs them waits for somebody's word."""
    words, closed = message.content or "", contents.close(session, message, code)
    plan_again(session, message, now, now)
    session.flush()
    contents.hold(session, closed, language, now, code)
    if not closed:
        holding.hold(session, {message.campaign_id}, holding.CONTENT_CLOSED, now, code=code, content=words)


def _is_theirs_alone(session: Session, message: Message, code: str) -> bool:
    """Whether that its words were refused so may lie in what this one person's places were filled with: nobody else
    of the campaign was refused so since it started, and somebody else got these words or is about to."""
    campaign = session.get_one(Campaign, message.campaign_id)
    session.flush()
    others = select(func.count()).where(
        Message.campaign_id == message.campaign_id,
        Message.id != message.id,
        col(Message.content).is_not_distinct_from(message.content),
    )
    since = campaign.due_from or campaign.created_at
    refused = others.where(Message.state == State.FAILED, Message.reason == code, col(Message.failed_at) >= since)
    taken = others.where(col(Message.state).in_([*SENT_STATES, State.SENDING]))
    return session.exec(refused).one() == 0 and session.exec(taken).one() > 0


def _said_yes_since(session: Session, message: Message, sent_at: datetime) -> bool:
    """Whether their last word on offers there is a yes that came after the message."""
    whose = merged.one(session, message.customer_id)
    last = consent.last_words(session, whose, message.channel or "").get(Purpose.OFFERS)
    return last is not None and last.granted and last.at > sent_at


def _believe_the_provider(session: Session, message: Message, code: str, now: datetime) -> None:
    # They told the messenger, not us. It is a no all the same.
    channel = message.channel or ""
    consent.withdraw(
        session,
        message.customer_id,
        Purpose.OFFERS,
        scope=channel,
        wording=Wording(PROVIDERS_WORD, "", ""),
        evidence=Evidence(channel, f"provider says {code}", message.provider_message_id),
        at=now,
    )
