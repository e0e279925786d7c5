"""The outbox: claim what is due, settle what came of it. Every function runs inside the caller's transaction.

A message is marked ``sending`` and committed before the provider is asked. If the process dies in between, its lease
runs out and it becomes ``unknown``: perhaps sent, so never sent again by itself.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, exists, update
from sqlmodel import Session, col, or_, select

from campaigns import audiences, offers, progress, reports
from campaigns.channel import Outcome
from campaigns.claiming import LEASE, Claimed, Desk
from campaigns.composing import Composer
from campaigns.learning import Learner
from campaigns.settling import LEAST_WAIT, settle_one
from campaigns.shelf import Shelf
from campaigns.shop import Shop
from campaigns.tables import OPEN_STATES, Campaign, Message, State, Status
from ledger import conversations
from ledger.tables import Customer

__all__ = ["LEASE", "LEAST_WAIT", "Claimed", "claim", "expire", "finish", "has_due", "settle"]


def claim(
    session: Session,
    *,
    limit: int,
    channels: Collection[str],
    shop: Shop,
    composer: Composer,
    shelf: Shelf,
    now: datetime,
    learner: Learner | None = None,
) -> tuple[list[Claimed], int]:
    """Take up to ``limit`` due messages: the gate is asked again, words are found, ``sending`` is written.

    ``learner`` remembers from one batch to the next what bandits know.
    Gives what is to be sent, and how many rows were looked at (none: nothing is due).
    """
    due = _due(session, limit, channels, now)
    people = audiences.again(session, [message.customer_id for message, _ in due], channels, shop, now)
    desk = Desk(session, shop, composer, shelf, now, most=limit)
    ready = [
        (message, campaign, candidate)
        for message, campaign in due
        if (candidate := desk.admit(message, campaign, people.get(message.customer_id))) is not None
    ]
    wanted = [(campaign, candidate) for _, campaign, candidate in ready]
    about = [message.facts.get("about") for message, _, _ in ready]
    choices = offers.chosen_for(session, wanted, shelf, shop, now, about)
    told = [
        (message, campaign)
        for (message, campaign, _), choice in zip(ready, choices, strict=True)
        if choice is not None
    ]
    (learner or Learner()).deal(session, told, now)
    worded = [desk.word(*each, choice) for each, choice in zip(ready, choices, strict=True)]
    claimed = [each for each in worded if each is not None]
    session.add_all(message for message, _ in due)
    # A yes after an offer is an answer to the offer, not to what was asked before it: now, for whether the offer came
    # may never be known, and what is asked from now on is a new question.
    sending = [message.address_id for message, _ in due if message.state == State.SENDING]
    conversations.close_topics(session, [each for each in sending if each is not None])
    return claimed, len(due)


def has_due(session: Session, channels: Collection[str], now: datetime) -> bool:
    """Whether there is anything to claim. Holds up nobody."""
    wanted = select(Message.id).join(Campaign, col(Campaign.id) == col(Message.campaign_id))
    return session.exec(wanted.where(*_is_due(channels, now)).limit(1)).first() is not None


def settle(
    session: Session, outcomes: Mapping[int, Outcome], now: datetime, language: str = Shop.language
) -> Sequence[Message]:
    """Write down what the provider said of each message, by its number; the messages as they are now.

    What it told of them before their numbers were noted is believed at once. What is settled already stays so.
    ``language`` is the shop's.
    """
    reports.hold_back(session, list(outcomes))
    is_open = col(Message.state).in_([State.SENDING, State.UNKNOWN])
    wanted = select(Message).where(col(Message.id).in_(list(outcomes)), is_open).order_by(col(Message.id))
    # Somebody may be erased at this moment: what is written here must not come after.
    messages = session.exec(wanted.with_for_update()).all()
    for message in messages:
        settle_one(session, message, outcomes[message.id], language, now)
    reports.catch_up(session, messages, language, now)
    session.add_all(messages)
    return messages


def expire(session: Session, now: datetime) -> int:
    """Messages whose sender vanished become ``unknown``; how many."""
    expired = session.connection().execute(
        update(Message)
        .where(col(Message.state) == State.SENDING, col(Message.lease_until) <= now)
        .values(state=State.UNKNOWN, unknown_at=now, lease_until=None, reason="lease_expired")
    )
    return expired.rowcount


def finish(session: Session, now: datetime) -> None:
    """Campaigns with nothing left to send are done, and the team is told so, once."""
    running = select(Campaign.id, Campaign.finished_at).where(Campaign.status == Status.RUNNING)
    # Taken first and asked after: somebody may just be adding to one, whose rows the first statement cannot see. What
    # others hold is left for the next time.
    held = dict(session.exec(running.order_by(col(Campaign.id)).with_for_update(skip_locked=True)).all())
    is_open = exists().where(col(Message.campaign_id) == col(Campaign.id), col(Message.state).in_([*OPEN_STATES]))
    done = session.connection().execute(
        update(Campaign)
        .where(col(Campaign.id).in_(list(held)), ~is_open)
        .values(status=Status.DONE, finished_at=now)
        .returning(col(Campaign.id))
    )
    for number in sorted(done.scalars()):
        # One that went on because a message came back was told of already.
        if held[number] is None:
            progress.tell_done(session, number, now)


def _due(session: Session, limit: int, channels: Collection[str], now: datetime) -> list[tuple[Message, Campaign]]:
    """Due messages, one a customer: the cap has to see the first before the second is asked about.

    The customers are locked with their messages, so that no other process looks at the same person meanwhile.
    """
    wanted = (
        select(Message, Campaign)
        .join(Campaign, col(Campaign.id) == col(Message.campaign_id))
        .join(Customer, col(Customer.id) == col(Message.customer_id))
        .where(*_is_due(channels, now))
        .order_by(col(Message.id))
        .limit(limit)
        .with_for_update(skip_locked=True, of=(Message, Customer))
    )
    due = {message.customer_id: (message, campaign) for message, campaign in reversed(session.exec(wanted).all())}
    return list(due.values())


def _is_due(channels: Collection[str], now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        col(Message.state) == State.PLANNED,
        col(Campaign.status) == Status.RUNNING,
        # Another process may serve the other channels; what nobody serves waits until somebody does.
        col(Message.channel).in_(list(channels)),
        or_(col(Message.not_before).is_(None), col(Message.not_before) <= now),
    )
