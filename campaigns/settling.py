"""What a provider says of a message, written down: at once when it is sent, or later by a report.

taken     → sent
refused   → planned again, for words or a time that suit, or failed
unclear   → unknown, and never sent again by itself
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlmodel import Session, col, select

from campaigns import holding, vouchers
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
from campaigns.gate import Reason
from campaigns.tables import Approval, ApprovedContent, Campaign, Message, State, Status, TrackedLink
from ledger import consent, customers, interactions, merged, windows
from ledger.consent import Evidence, Wording
from ledger.tables import Address, Customer, Interaction, Kind, Purpose

LEAST_WAIT = timedelta(seconds=1)
"""What a provider asks to wait for is never over at once, or one would ask for ever."""
PERSONAL_WAITS = (timedelta(hours=24), timedelta(hours=48), timedelta(hours=96))
"""After each time the provider says that somebody has had enough of offers; after the last nobody tries any more."""
PROVIDERS_WORD = "provider-opt-out"


def settle_one(session: Session, message: Message, outcome: Outcome, now: datetime) -> None:
    """Write down what came of sending a message that is held by this transaction."""
    message.lease_until = None
    if message.address_id is None and not isinstance(outcome, Sent):
        # They were erased while it was on its way: its fate is kept, nothing that leads to them.
        outcome = Failed(Reason.ERASED)
    match outcome:
        case Sent(provider_message_id):
            mark_sent(session, message, provider_message_id, now)
        case FateUnknown(detail):
            message.state, message.unknown_at, message.reason = State.UNKNOWN, now, detail
        case _:
            refuse(session, message, outcome, now)


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


def refuse(session: Session, message: Message, refusal: Refusal, now: datetime) -> None:
    """It was surely not delivered, and this is why."""
    match refusal:
        case Throttled(until, Cause.PERSONAL):
            _leave_in_peace(session, message, until, now)
        case Throttled(until, cause):
            reason = Reason.PORTFOLIO_LIMIT if cause is Cause.PORTFOLIO else None
            plan_again(session, message, until, now, reason)
        case Unreachable(code):
            fail(message, code, now)
            customers.mark_unreachable(session, session.get_one(Address, message.address_id), now)
        case OptedOut(code):
            fail(message, code, now)
            _believe_the_provider(session, message, code, now)
        case OutsideWindow(code):
            _use_approved_words(session, message, code, now)
        case BadContent(code):
            fail(message, code, now)
            holding.hold(session, {message.campaign_id}, holding.BAD_CONTENT, now, code=code, content=_words(message))
        case ContentClosed(code):
            words = _words(message)
            _close_words(session, message, code)
            plan_again(session, message, now, now)
            holding.hold(session, {message.campaign_id}, holding.CONTENT_CLOSED, now, code=code, content=words)
        case Failed(code):
            fail(message, code, now)


def fail(message: Message, code: str, now: datetime) -> None:
    """It did not arrive and is not tried again."""
    message.state, message.failed_at, message.reason = State.FAILED, now, code


def plan_again(
    session: Session, message: Message, until: datetime, now: datetime, reason: Reason | None = None
) -> None:
    """Surely not delivered: it waits, unless its campaign is over for good. One that was done goes on."""
    unword(session, message)
    message.sending_at, message.sent_at = None, None
    ended = _go_on(session, message.campaign_id)
    if ended is not None:
        message.state, message.withheld_at, message.reason = State.WITHHELD, now, ended
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


def unword(session: Session, message: Message) -> None:
    """Nobody read it: words are found anew when it is claimed again, and until then none are kept."""
    message.body, message.is_personal, message.content, message.facts = None, None, None, about(message)
    vouchers.take_back(session, message.id)
    session.connection().execute(delete(TrackedLink).where(col(TrackedLink.message_id) == message.id))


def about(message: Message) -> dict[str, int]:
    """The product that made it their turn, which holds however often words are found."""
    return {"about": message.facts["about"]} if "about" in message.facts else {}


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
    """Their window is shut, says the provider: once more, and in words that need none."""
    address = session.get_one(Address, message.address_id)
    was_free = message.content is None and address.channel in windows.WINDOWED
    windows.close(address, message.sending_at or now)
    session.add(address)
    if was_free and windows.free_until(address) <= now:
        plan_again(session, message, now, now)
    else:
        fail(message, code, now)


def _close_words(session: Session, message: Message, code: str) -> None:
    """Nobody is sent these words until the provider has been asked again where they stand."""
    person = session.get_one(Customer, message.customer_id)
    wanted = select(ApprovedContent).where(ApprovedContent.name == _words(message))
    if person.language is not None:
        wanted = wanted.where(ApprovedContent.language == person.language)
    for each in session.exec(wanted):
        each.approval, each.reason = Approval.PAUSED, code
        session.add(each)


def _words(message: Message) -> str:
    return message.content or ""


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
