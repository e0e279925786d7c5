"""The shop's day so far, beside what the same weekday usually is by this time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import distinct, func
from sqlmodel import Session, col, select

from campaigns.looking import books
from campaigns.shop import Shop
from campaigns.tables import SENT_STATES, Campaign, Message, State, Status
from ledger import consent, permissions
from ledger.tables import (
    EVERYWHERE,
    ConsentEvent,
    Customer,
    Interaction,
    Kind,
    PrivacyRequest,
    Purpose,
    Question,
)

WEEKS = 4
"""How many of the same weekday "usual" is the mean of, where the shop is as old."""
SHOWN = (Status.MISSED, Status.PAUSED, Status.RUNNING, Status.SCHEDULED)


@dataclass(frozen=True)
class Usual:
    """The mean of the last ``n`` same weekdays, each up to the same time of day."""

    orders: float
    revenue_minor: float
    n: int


@dataclass(frozen=True)
class Progress:
    """A campaign on its way: ``total`` are its messages, sent or to be sent."""

    campaign: Campaign
    sent: int
    total: int


@dataclass(frozen=True)
class Decision:
    """Something only the shop can decide. ``number`` is a campaign's, ``n`` how many there are."""

    about: str
    number: int | None = None
    n: int = 1


@dataclass(frozen=True)
class Today:
    """``joined`` and ``left`` count people whose yes to offers is new, or gone, since the day began."""

    day: date
    at: datetime
    orders: int
    revenue_minor: int
    currency: str
    usual: Usual | None
    last_sale: datetime | None
    joined: int
    left: int
    messages: int
    writers: int
    campaigns: Sequence[Progress]
    decisions: Sequence[Decision]

    def as_json(self) -> dict[str, Any]:
        return {
            **{name: getattr(self, name) for name in ("orders", "revenue_minor", "currency", "joined", "left")},
            "day": self.day.isoformat(),
            "at": self.at.isoformat(),
            "usual": asdict(self.usual) if self.usual else None,
            "last_sale": self.last_sale.isoformat() if self.last_sale else None,
            "messages": self.messages,
            "writers": self.writers,
            "campaigns": [
                {"number": each.campaign.id, "status": each.campaign.status, "sent": each.sent, "total": each.total}
                for each in self.campaigns
            ],
            "decisions": [asdict(each) for each in self.decisions],
        }


def today(session: Session, shop: Shop, now: datetime) -> Today:
    """The day by the shop's calendar, up to ``now``."""
    local = now.astimezone(shop.zone)
    since, until = began(local.date(), shop.zone), now + timedelta(microseconds=1)
    sold = books.sales(session, since, until)
    before = _same_weekdays(session, local, shop.zone)
    currency = books.currency_of(session, [sold, *before], shop.currency)
    joined, left = consents_since(session, since)
    messages, writers = _heard(session, since)
    under_way = _under_way(session)
    return Today(
        day=local.date(),
        at=now,
        orders=sold.orders,
        revenue_minor=sold.paid.get(currency, 0),
        currency=currency,
        usual=_usual(before, currency),
        last_sale=books.last_sale(session),
        joined=len(joined),
        left=len(left),
        messages=messages,
        writers=writers,
        campaigns=under_way,
        decisions=[*_of_campaigns(under_way), *_of_people(session)],
    )


def began(day: date, zone: ZoneInfo) -> datetime:
    """When the day began by the wall clock of ``zone``, UTC."""
    return datetime.combine(day, time.min, zone).astimezone(UTC)


def _same_weekdays(session: Session, local: datetime, zone: ZoneInfo) -> list[books.Sales]:
    """The same weekday of the weeks before, each up to this time of day; none from before the first sale."""
    first = books.first_sale(session)
    days = [local.date() - timedelta(weeks=week) for week in range(1, WEEKS + 1)]
    known = [day for day in days if first is not None and day >= first.astimezone(zone).date()]
    clock = local.time()
    return [
        books.sales(session, began(day, zone), datetime.combine(day, clock, zone).astimezone(UTC)) for day in known
    ]


def _usual(before: Sequence[books.Sales], currency: str) -> Usual | None:
    n = len(before)
    if not n:
        return None
    paid = sum(each.paid.get(currency, 0) for each in before)
    return Usual(sum(each.orders for each in before) / n, paid / n, n)


def consents_since(session: Session, since: datetime) -> tuple[set[int], set[int]]:
    """Who allows offers now and did not at ``since``, and who stopped allowing them since."""
    lately, ever = permissions.said_by(), permissions.said_by()
    spoke = (
        select(lately.c.customer_id)
        .join(Customer, col(Customer.id) == lately.c.customer_id)
        .where(lately.c.purpose == Purpose.OFFERS, lately.c.at >= since, permissions.is_customer())
    )
    wanted = (
        select(ConsentEvent, ever.c.customer_id)
        .join(ever, ever.c.id == col(ConsentEvent.id))
        .where(ConsentEvent.purpose == Purpose.OFFERS, ever.c.customer_id.in_(spoke))
    )
    said: dict[int, list[ConsentEvent]] = defaultdict(list)
    for event, who in session.exec(wanted.order_by(col(ConsentEvent.id))):
        said[who].append(event)
    joined, left = set(), set()
    for person, events in said.items():
        earlier = [each for each in events if each.at < since]
        was, is_now = _allows(earlier), _allows(events)
        if is_now and not was:
            joined.add(person)
        elif not is_now and (was or any(each.granted for each in events if each.at >= since)):
            left.add(person)
    return joined, left


def _allows(events: Collection[ConsentEvent]) -> bool:
    """Whether offers are allowed on any channel."""
    channels = {each.channel if each.scope == EVERYWHERE else each.scope for each in events}
    return any(consent.fold(events, channel).offers for channel in channels)


def _heard(session: Session, since: datetime) -> tuple[int, int]:
    wanted = select(func.count(), func.count(distinct(col(Interaction.customer_id)))).where(
        Interaction.kind == Kind.MESSAGE_IN, Interaction.at >= since
    )
    messages, writers = session.exec(wanted).one()
    return messages, writers


def _under_way(session: Session) -> list[Progress]:
    """What runs, waits or was held, what needs a word first."""
    wanted = select(Campaign).where(col(Campaign.status).in_(SHOWN))
    found = sorted(session.exec(wanted), key=lambda each: (SHOWN.index(Status(each.status)), -each.id))
    counts = _counts(session, [each.id for each in found])
    return [Progress(each, *_sent_of(counts.get(each.id, {}))) for each in found]


def _counts(session: Session, campaign_ids: Iterable[int]) -> dict[int, dict[str, int]]:
    rows = session.exec(
        select(Message.campaign_id, Message.state, func.count())
        .where(col(Message.campaign_id).in_(list(campaign_ids)))
        .group_by(col(Message.campaign_id), col(Message.state))
    )
    counts: dict[int, dict[str, int]] = defaultdict(dict)
    for campaign_id, state, n in rows:
        counts[campaign_id][state] = n
    return counts


def _sent_of(counts: Mapping[str, int]) -> tuple[int, int]:
    sent = sum(counts.get(state, 0) for state in SENT_STATES)
    return sent, sum(n for state, n in counts.items() if state not in (State.HOLDOUT, State.WITHHELD))


def _of_campaigns(under_way: Iterable[Progress]) -> list[Decision]:
    waiting = []
    for each in under_way:
        if each.campaign.status == Status.MISSED:
            waiting.append(Decision("missed", each.campaign.id))
        elif each.campaign.status == Status.PAUSED and each.campaign.pause_reason is not None:
            waiting.append(Decision("alarm", each.campaign.id))
    return waiting


def _of_people(session: Session) -> list[Decision]:
    questions = session.exec(select(func.count()).where(col(Question.answered_at).is_(None))).one()
    requests = session.exec(select(func.count()).where(col(PrivacyRequest.answered_at).is_(None))).one()
    counted = {"questions": questions, "requests": requests}
    return [Decision(about, n=n) for about, n in counted.items() if n]
