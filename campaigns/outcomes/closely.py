"""One campaign looked at closely: its report, the lift day by day, and what else a page has room for and a chat not.

The report is made of the same rows and by the same sums as in chat, so that both say the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func
from sqlmodel import Session, col, select

from campaigns.launching.drafts import Allocation
from campaigns.outcomes import daily, figures, results, spending
from campaigns.outcomes.daily import Course
from campaigns.outcomes.figures import NOTHING, Row
from campaigns.outcomes.results import Report, Tally
from campaigns.outcomes.spending import Spending
from campaigns.tables import SENT_STATES, Campaign, Message, State, Voucher
from ledger.tables import Address, ConsentEvent, Customer, Purpose

MOST_LEAVERS = 12


@dataclass(frozen=True)
class Funnel:
    """``planned`` were to get a message; each step is a part of the one before, but for ``bought``, which counts
    customers of ``chosen``, sent to or not, as the report does.

    Of a campaign that comes again the first four count messages, the others customers.
    """

    planned: int
    sent: int
    delivered: int
    read: int
    clicked: int
    bought: int
    chosen: int


@dataclass(frozen=True)
class Codes:
    """Codes that went out: how many, used, still good, and over without being used."""

    given: int
    used: int
    good: int

    @property
    def over(self) -> int:
        return self.given - self.used - self.good


@dataclass(frozen=True)
class Leaver:
    """Somebody who left within three days of their message. ``place`` is where they write from, not to be shown as
    it is; None where nobody knows any more."""

    at: datetime
    channel: str
    place: str | None
    variant: str | None


@dataclass(frozen=True)
class Dealt:
    """On one day: how many messages of each variant were sent until its end."""

    day: date
    sent: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Example:
    """A message as it went out; ``name`` is its reader's, not to be shown."""

    variant: str | None
    body: str
    name: str
    sent_at: datetime
    is_approved_wording: bool


@dataclass(frozen=True)
class Closely:
    """``first_sent`` and ``last_sent`` are None before anything is sent; ``dealt`` is of a bandit alone."""

    report: Report
    course: Course
    spending: Spending
    funnel: Funnel
    codes: Codes
    leavers: Sequence[Leaver]
    dealt: Sequence[Dealt]
    examples: Sequence[Example]
    first_sent: datetime | None
    last_sent: datetime | None


def look(session: Session, campaign: Campaign, zone: ZoneInfo, now: datetime) -> Closely:
    """The campaign as it stands now; of one that comes again all its rounds together."""
    tally = results.tally(session, campaign)
    report = tally.report()
    people, is_shifting = [*tally.chosen, *tally.held_out], campaign.allocation == Allocation.BANDIT
    sent = [each.sent_at for each in tally.audience if each.was_sent and each.sent_at is not None]
    return Closely(
        report=report,
        course=daily.course(
            people, tally.theirs, report.window_ends_at, tally.within,
            is_drawn_alone=tally.is_drawn_alone, zone=zone, now=now,
        ),
        spending=spending.spending(people, tally.theirs, report.currency),
        funnel=funnel(tally, report),
        codes=_codes(session, tally, now),
        leavers=_leavers(session, tally),
        dealt=dealt(tally.audience, [form.name for form in campaign.forms], zone) if is_shifting else [],
        examples=_examples(session, tally),
        first_sent=min(sent, default=None),
        last_sent=max(sent, default=None),
    )  # fmt: skip


def funnel(tally: Tally, report: Report) -> Funnel:
    """How many were left after each step."""
    read = report.states.get(State.READ, 0)
    return Funnel(
        planned=sum(each.was_eligible and not each.is_held_out for each in tally.audience),
        sent=report.sent,
        delivered=report.states.get(State.DELIVERED, 0) + read,
        read=read,
        clicked=report.clicks,
        bought=report.treated.buyers,
        chosen=report.treated.n,
    )


def dealt(audience: Iterable[Row], names: Sequence[str], zone: ZoneInfo) -> list[Dealt]:
    """How the variants were given out, day by day, by the shop's calendar."""
    by_day: dict[date, Counter[str]] = {}
    for row in audience:
        if row.was_sent and row.sent_at is not None and row.variant is not None:
            by_day.setdefault(row.sent_at.astimezone(zone).date(), Counter())[row.variant] += 1
    so_far: Counter[str] = Counter()
    found = []
    for day in sorted(by_day):
        so_far += by_day[day]
        found.append(Dealt(day, tuple((name, so_far[name]) for name in names)))
    return found


def _codes(session: Session, tally: Tally, now: datetime) -> Codes:
    theirs = col(Message.campaign_id).in_([each.id for each in tally.rounds])
    wanted = select(func.count()).select_from(Voucher).join(Message).where(theirs)
    given, unused = session.exec(wanted).one(), wanted.where(col(Voucher.redeemed_at).is_(None))
    good = session.exec(unused.where(col(Voucher.expires_at) > now)).one()
    return Codes(given, given - session.exec(unused).one(), good)


def _leavers(session: Session, tally: Tally) -> list[Leaver]:
    """The last MOST_LEAVERS of them."""
    rows = [each for each in tally.audience if tally.did.get(each.id, NOTHING).has_left and not each.is_erased]
    numbers = sorted((each.id for each in rows), reverse=True)[: 8 * MOST_LEAVERS]
    wanted = (
        select(Message, ConsentEvent.at, Address.address)
        .join(ConsentEvent, col(ConsentEvent.customer_id) == col(Message.customer_id))
        .outerjoin(Address, col(Address.id) == col(Message.address_id))
        .where(
            col(Message.id).in_(numbers), ConsentEvent.purpose == Purpose.OFFERS, ~col(ConsentEvent.granted),
            col(ConsentEvent.at) >= col(Message.sent_at),
        )
        .order_by(col(ConsentEvent.at).desc())
    )  # fmt: skip
    found: dict[int, Leaver] = {}
    for message, at, place in session.exec(wanted):
        if message.sent_at is not None and at < message.sent_at + figures.LEFT_WITHIN:
            found[message.id] = Leaver(at, message.channel or "", place, message.variant)
    return sorted(found.values(), key=lambda each: each.at, reverse=True)[:MOST_LEAVERS]


def _examples(session: Session, tally: Tally) -> list[Example]:
    """The last message of each variant whose words are still kept."""
    theirs = col(Message.campaign_id).in_([each.id for each in tally.rounds])
    newest = (
        select(func.max(Message.id))
        .where(theirs, col(Message.body).is_not(None), col(Message.state).in_(SENT_STATES))
        .group_by(col(Message.variant))
    )
    wanted = (
        select(Message, Customer.name).join(Customer, col(Customer.id) == col(Message.customer_id))
        .where(col(Message.id).in_(newest)).order_by(col(Message.variant))
    )  # fmt: skip
    return [
        Example(each.variant, each.body or "", name, each.sent_at or each.planned_at, each.content is not None)
        for each, name in session.exec(wanted)
    ]
