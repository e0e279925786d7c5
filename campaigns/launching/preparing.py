"""A large campaign's rows are written in many short transactions, so that nobody who writes to the shop waits for it.

    approved ──▶ preparing ──the last row──▶ running          (a small one runs at once: starting.start)

Nothing is claimed of a campaign that does not run, and whoever changes their mind meanwhile is asked about again when
their turn comes. The rows themselves say how far it is: they are written in the order of the customers' numbers, and
the largest is where whoever goes on begins, after a crash or a pause as well. Of two that prepare the same campaign
one finds that another has been there, and leaves it to that one.
"""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import exc, func
from sqlmodel import Session, col, select

from campaigns.launching import evenness, rows, scheduling, starting
from campaigns.launching.plans import Plan
from campaigns.problems import Problem
from campaigns.shop import Shop
from campaigns.tables import Campaign, Message, State, Status
from ledger import audit
from ledger.database import Database
from ledger.tables import Customer

ROWS_AT_ONCE = 2_500
"""So many rows keep SQLite's one writer busy for about fifty milliseconds."""
TRIES = 3
BREATH_SECONDS = 0.02
"""Whoever waits for the writer's place looks about as often, and finds it free."""


def prepare(
    database: Database,
    channels: Collection[str],
    shop: Shop,
    now: Callable[[], datetime],
    may_go_on: Callable[[], bool] = lambda: True,
) -> int:
    """Write the rows of all campaigns that are being prepared and let them run; how many rows that were.

    Takes long, and goes on where it was stopped. Belongs in a thread.
    """
    with database.reading() as session:
        wanted = select(Campaign.id).where(Campaign.status == Status.PREPARING).order_by(col(Campaign.id))
        numbers = session.exec(wanted).all()
    return sum(_patiently(database, number, channels, shop, now, may_go_on) for number in numbers if may_go_on())


def share_done(session: Session, campaign: Campaign) -> float:
    """How much of its audience has a row, by the numbers of the customers; 0 to 1."""
    last = session.exec(select(func.max(Customer.id))).one() or 0
    return starting.last_written(session, campaign.id) / last if last else 1.0


def _patiently(
    database: Database,
    number: int,
    channels: Collection[str],
    shop: Shop,
    now: Callable[[], datetime],
    may_go_on: Callable[[], bool],
) -> int:
    """Somebody who was read may be erased before their row is written, and their address with them: read again."""
    for tries_left in reversed(range(TRIES)):
        try:
            return _prepare(database, number, channels, shop, now, may_go_on)
        except exc.IntegrityError:
            if not tries_left:
                raise
    raise AssertionError("the last try returns or raises")


def _prepare(
    database: Database,
    number: int,
    channels: Collection[str],
    shop: Shop,
    now: Callable[[], datetime],
    may_go_on: Callable[[], bool],
) -> int:
    at = now()
    if _is_too_late(database, number, shop, at):
        return 0
    try:
        with database.reading() as session:
            planned = starting.plan(session, session.get_one(Campaign, number), channels, shop, at)
            last = starting.last_written(session, number)
            even = evenness.recorded(session, session.get_one(Campaign, number), planned, channels, shop, at)
    except Problem as problem:
        _give_up(database, number, problem, at)
        return 0
    begin = written = bisect_right(planned.numbers, last)
    while written < len(planned.numbers) and may_go_on():
        with database.transaction() as session:
            campaign = _take(session, number)
            if campaign is None or starting.last_written(session, number) != last:
                return written - begin
            written += rows.write(session, campaign, planned, at, first=written, most=ROWS_AT_ONCE)
            last = planned.numbers[written - 1]
        time.sleep(BREATH_SECONDS)
    if written == len(planned.numbers):
        _let_run(database, number, planned, last, now(), even)
    return written - begin


def _is_too_late(database: Database, number: int, shop: Shop, now: datetime) -> bool:
    """Whether nobody prepared it for so long that its team has to be asked, as with any start that was missed."""
    with database.reading() as session:
        began = session.get_one(Campaign, number).start_at
    if began is None or now - began <= shop.start_lateness:
        return False
    with database.transaction() as session:
        campaign = _take(session, number)
        if campaign is not None:
            scheduling.ask_whether(session, campaign, now)
    return True


def _take(session: Session, number: int) -> Campaign | None:
    """The campaign, as long as it is being prepared; nobody else writes its rows until this transaction ends."""
    wanted = select(Campaign).where(Campaign.id == number, Campaign.status == Status.PREPARING).with_for_update()
    return session.exec(wanted.execution_options(populate_existing=True)).one_or_none()


def _let_run(
    database: Database, number: int, planned: Plan, last: int, now: datetime, even: Mapping[str, Any]
) -> None:
    with database.transaction() as session:
        campaign = _take(session, number)
        if campaign is None or starting.last_written(session, number) != last:
            return
        # With nobody to write to, the outbox ends it as any other, and tells the team.
        starting.begin(session, campaign, max(planned.chosen, 1), now)
        counts = select(Message.state, func.count()).where(Message.campaign_id == number).group_by(Message.state)
        found = dict(session.exec(counts).all())
        audit.record(
            session, now, scheduling.BY_ITSELF, "campaign started", str(number),
            audience=sum(found.values()), chosen=found.get(State.PLANNED, 0), holdout=found.get(State.HOLDOUT, 0),
            **even,
        )  # fmt: skip


def _give_up(database: Database, number: int, problem: Problem, now: datetime) -> None:
    """Its audience is gone, say: its owner is asked."""
    with database.transaction() as session:
        campaign = _take(session, number)
        if campaign is not None:
            scheduling.ask_why(session, campaign, problem, now)
