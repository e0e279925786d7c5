"""The segments a shop made itself: made, found and deleted; each is a campaign's audience under a key of its own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, or_, select

from campaigns.grouping import keeping
from campaigns.grouping.conditions import Condition, needs_profiling
from campaigns.problems import Problem
from campaigns.tables import Campaign, OwnSegment, Status
from ledger import audit
from ledger.catalog import folded

BY_HISTORY, OPEN = "own", "own_open"
"""How the key of an own segment begins: chosen by what people did, or only by what they told us themselves."""
GOING = (Status.DRAFT, Status.SCHEDULED, Status.PREPARING, Status.RUNNING, Status.PAUSED, Status.MISSED)
LONGEST_NAME = 40
MOST = 100
"""So many own segments a shop may have: they are listed whole, and every line of a campaign is read beside them."""


class Taken(Problem):
    """The name belongs to another."""


def key(segment: OwnSegment) -> str:
    """What a campaign keeps of its audience: by what it is chosen, its number, and its name at the time."""
    begins = BY_HISTORY if needs_profiling(conditions(segment)) else OPEN
    return f"{begins}:{segment.id}:{segment.name}"


def is_own(audience: str) -> bool:
    """Whether an audience's key is of an own segment."""
    return audience.partition(":")[0] in (BY_HISTORY, OPEN)


def name_in(audience: str) -> str:
    """The name that a key carries."""
    return audience.split(":", 2)[2]


def of_key(session: Session, audience: str) -> OwnSegment | None:
    """The segment of a campaign's key; None once it is deleted."""
    number = audience.split(":", 2)[1]
    return session.get(OwnSegment, int(number)) if number.isdecimal() and len(number) < 19 else None


def conditions(segment: OwnSegment) -> Condition:
    """What is asked of who is in it. Raises Unreadable."""
    return keeping.of(segment.conditions)


def everyone(session: Session) -> Sequence[OwnSegment]:
    """All of them, the oldest first."""
    return session.exec(select(OwnSegment).order_by(col(OwnSegment.id))).all()


def recorded(session: Session, audience: str) -> dict[str, Any]:
    """For the audit of a campaign that begins: what its segment says on that day."""
    segment = of_key(session, audience) if is_own(audience) else None
    return {} if segment is None else {"segment": {"name": segment.name, "said": segment.said, **segment.conditions}}


def find(session: Session, name: str) -> OwnSegment | None:
    """The one that goes by that name, in whatever case."""
    return session.exec(select(OwnSegment).where(OwnSegment.folded_name == folded(name))).first()


def make(
    session: Session, name: str, condition: Condition, said: str, *, by: str, now: datetime, meaning: str
) -> OwnSegment:
    """Keep a segment; ``meaning`` is what its words were taken to say, for the audit. Raises Taken, or Problem."""
    if find(session, name) is not None:
        raise Taken("group_taken", name=name)
    if len(everyone(session)) >= MOST:
        raise Problem("groups_many", most=MOST)
    made = OwnSegment(
        name=" ".join(name.split()), folded_name=folded(name), conditions=keeping.as_json(condition), said=said,
        made_by=by, made_at=now,
    )  # fmt: skip
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError as fault:
        raise Taken("group_taken", name=name) from fault
    audit.record(session, now, by, "segment made", made.name, says=meaning)
    return made


def delete(session: Session, segment: OwnSegment, *, by: str, now: datetime) -> None:
    """Forget a segment. Raises Problem while a campaign that is not over is for it."""
    require_free(session, segment)
    audit.record(session, now, by, "segment deleted", segment.name, said=segment.said)
    session.delete(segment)
    session.flush()


def require_free(session: Session, segment: OwnSegment) -> None:
    """Raises Problem while a campaign that is not over is for it."""
    using = campaigns_of(session, segment)
    if using:
        numbers = ", ".join(str(each.id) for each in using)
        raise Problem("group_used", name=segment.name, numbers=numbers, number=using[0].id)


def campaigns_of(session: Session, segment: OwnSegment) -> Sequence[Campaign]:
    """The campaigns that are for it and not over; of a standing one not its rounds."""
    keys = [col(Campaign.audience).startswith(f"{each}:{segment.id}:") for each in (BY_HISTORY, OPEN)]
    wanted = select(Campaign).where(or_(*keys), col(Campaign.status).in_(GOING), col(Campaign.parent_id).is_(None))
    return session.exec(wanted.order_by(col(Campaign.id))).all()
