"""The outbox: claim what is due, settle what came of it. Every function runs inside the caller's transaction.

A message is marked ``sending`` and committed before the provider is asked. If the process dies in between, its lease
runs out and it becomes ``unknown``: perhaps sent, so never sent again by itself.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import exists, tuple_, update
from sqlalchemy import select as sql_select
from sqlmodel import Session, col, or_, select

from campaigns.channel import Outcome, Sent
from campaigns.choosing import audiences, offers
from campaigns.choosing.shelf import Shelf
from campaigns.launching.drafts import SURVEY
from campaigns.outcomes import progress
from campaigns.outcomes.learning import Learner
from campaigns.sending import holding, reports
from campaigns.sending.claiming import LEASE, Attempt, Claimed, Desk
from campaigns.sending.due import has_any, is_planned, take
from campaigns.sending.settling import LEAST_WAIT, Settled, settle_one, settle_sent
from campaigns.shop import Shop
from campaigns.tables import Campaign, Message, State, Status
from campaigns.words.composing import Composer
from ledger import consent, conversations, merged
from ledger.among import is_among
from ledger.tables import Purpose

__all__ = ["LEASE", "LEAST_WAIT", "Attempt", "Claimed", "claim", "expire", "finish", "has_due", "renew", "settle"]


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
    most: Mapping[str, int] | None = None,
    spent_up: set[int] | None = None,
) -> tuple[list[Claimed], int]:
    """Take up to ``limit`` due messages: the gate is asked again, words are found, ``sending`` is written.

    ``learner`` remembers from one batch to the next what bandits know; ``most`` is how many of each channel may go at
    once, where that is fewer. ``spent_up`` is told the campaigns whose budget has no room: they are to be held, in a
    transaction that takes campaigns before messages.
    Gives what is to be sent, and how many rows were looked at (none: nothing is due).
    """
    due = take(session, limit, most if most is not None else dict.fromkeys(channels, limit), now)
    if not due:
        return [], 0
    people = audiences.again(session, [message.customer_id for message in due], channels, shop, now)
    desk = Desk(session, shop, composer, shelf, now, most=limit)
    ready = [
        (message, candidate)
        for message in due
        if (candidate := desk.admit(message, people.get(message.customer_id))) is not None
    ]
    wanted = [(message.campaign, candidate) for message, candidate in ready]
    about = [message.facts.get("about") for message, _ in ready]
    choices = offers.chosen_for(session, wanted, shelf, shop, now, about)
    told = [message for (message, _), choice in zip(ready, choices, strict=True) if choice is not None]
    (learner or Learner()).deal(session, told, now)
    worded = [desk.word(*each, choice) for each, choice in zip(ready, choices, strict=True)]
    desk.purse.keep({each.campaign.id: each.campaign for each in due})
    if spent_up is not None:
        spent_up.update(desk.purse.spent_up)
    desk.writing.commit()
    # A yes after an offer is an answer to the offer, not to what was asked before it: now, for whether the offer came
    # may never be known, and what is asked from now on is a new question.
    conversations.close_topics(session, [each["address_id"] for each in desk.writing.sending])
    return [each for each in worded if each is not None], len(due)


def is_still_wanted(session: Session, message_id: int) -> bool:
    """Whether its campaign still runs, and whose it is still allows it. Of all that the gate asks the two that come
    from somebody's word: the rest is as it was a second ago. Holds up nobody."""
    wanted = select(Message, Campaign).join(Campaign, col(Campaign.id) == col(Message.campaign_id))
    message, campaign = session.exec(wanted.where(Message.id == message_id)).one()
    if campaign.status != Status.RUNNING or message.address_id is None:
        return False
    standing = consent.standing(session, merged.one(session, message.customer_id), message.channel or "")
    return standing.allows(Purpose.RESEARCH if campaign.template == SURVEY else Purpose.OFFERS)


def has_due(session: Session, channels: Collection[str], now: datetime) -> bool:
    """Whether there is anything to claim. Holds up nobody."""
    return has_any(session, channels, now)


OPEN = (
    sql_select(col(Message.id), col(Message.campaign_id), col(Message.address_id), col(Message.attempts))
    .where(
        is_among(col(Message.id)),
        col(Message.state).in_([State.SENDING, State.UNKNOWN]),
    )
    .order_by(col(Message.id))
    .with_for_update()
)
"""Somebody may be erased at this moment: what is settled must not come after."""


def settle(
    session: Session, told: Mapping[Attempt, Outcome], now: datetime, language: str = Shop.language
) -> Sequence[Settled]:
    """Write down what the provider said of each attempt; where those messages stand now.

    What it told of them before their numbers were noted is believed at once. What is settled already stays so, though
    it should be on its way once more: a commit may be kept whose answer is lost, and then this is said twice.
    ``language`` is the shop's.
    """
    numbers = [each.message_id for each in told]
    reports.hold_back(session, numbers)
    _hold_campaigns(session, [each.message_id for each, outcome in told.items() if not isinstance(outcome, Sent)])
    session.flush()
    rows = session.connection().execute(OPEN, {"numbers": numbers})
    held = [each for each in rows if (each.id, each.attempts) in told]
    outcomes = {each.id: told[Attempt(each.id, each.attempts)] for each in held}
    taken = {
        each.id: outcome.provider_message_id
        for each in held
        if isinstance(outcome := outcomes[each.id], Sent) and each.address_id is not None
    }
    if taken:
        settle_sent(session, taken, now)
    found = {each.id: Settled(each.id, each.campaign_id, State.SENT) for each in held}
    others = [number for number in found if number not in taken]
    if others or reports.any_early(session):
        for message in _settle_others(session, outcomes, list(found), taken, language, now):
            found[message.id] = Settled(message.id, message.campaign_id, message.state)
    return list(found.values())


def _hold_campaigns(session: Session, message_ids: Sequence[int]) -> None:
    """What was refused may put its campaign on hold or have it go on: campaigns are held before messages, always."""
    theirs = select(Message.campaign_id).where(col(Message.id).in_(list(message_ids))).distinct()
    if message_ids and (numbers := session.exec(theirs).all()):
        holding.taken(session, numbers)


def _settle_others(
    session: Session,
    outcomes: Mapping[int, Outcome],
    numbers: Sequence[int],
    taken: Collection[int],
    language: str,
    now: datetime,
) -> Sequence[Message]:
    """One by one what was not simply taken, and then what was told of any of them before."""
    wanted = select(Message).where(col(Message.id).in_(list(numbers))).order_by(col(Message.id))
    messages = session.exec(wanted.execution_options(populate_existing=True)).all()
    for message in messages:
        if message.id not in taken:
            settle_one(session, message, outcomes[message.id], language, now)
    reports.catch_up(session, messages, language, now)
    session.add_all(messages)
    return messages


def renew(session: Session, attempts: Collection[Attempt], now: datetime) -> None:
    """Who is still sending these says so: they wait for their turn in a channel, or the provider takes its time."""
    if attempts:
        these = tuple_(col(Message.id), col(Message.attempts)).in_(list(attempts))
        ours = update(Message).where(these, col(Message.state) == State.SENDING)
        session.connection().execute(ours.values(lease_until=now + LEASE))


def expire(session: Session, now: datetime) -> int:
    """Messages whose sender vanished become ``unknown``; how many. What somebody holds is just being settled."""
    over = select(Message.id).where(col(Message.state) == State.SENDING, col(Message.lease_until) <= now)
    numbers = session.exec(over.order_by(col(Message.id)).with_for_update(skip_locked=True)).all()
    if numbers:
        lost = update(Message).where(col(Message.id).in_(list(numbers)))
        values = {"state": State.UNKNOWN, "unknown_at": now, "lease_until": None, "reason": "lease_expired"}
        session.connection().execute(lost.values(**values))
    return len(numbers)


def finish(session: Session, now: datetime) -> None:
    """Campaigns with nothing left to send are done, and the team is told so, once."""
    open_ones = exists().where(col(Message.campaign_id) == col(Campaign.id))
    is_open = or_(open_ones.where(is_planned()), open_ones.where(col(Message.state) == State.SENDING))
    over = select(Campaign.id, Campaign.finished_at).where(Campaign.status == Status.RUNNING, ~is_open)
    # Taken first and asked again: somebody may just be adding to one, whose rows the first statement cannot see.
    # What others hold is left for the next time, and what goes on is not held: others are claiming of it.
    held = dict(session.exec(over.order_by(col(Campaign.id)).with_for_update(skip_locked=True)).all())
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
