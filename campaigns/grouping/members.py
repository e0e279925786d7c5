"""Whose audience a key is: a segment of the shop's own, or a group of one of the ways to divide."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from functools import partial

from sqlalchemy import ColumnElement, and_
from sqlmodel import Session, col

from campaigns.grouping import matching, own, ways
from campaigns.grouping.conditions import Condition, needs_profiling
from campaigns.grouping.matching import Asking
from campaigns.grouping.refusing import refusing
from campaigns.problems import UnknownAudience
from campaigns.shop import Shop
from campaigns.surveys import answers
from ledger.tables import Customer

WAYS = (*ways.VALUES, ways.TILL)
"""The groups that may be an audience in every shop. Not those of the survey: its answers are counted, as was promised
to who gave them, and choose nobody."""
OPEN = frozenset({own.OPEN, ways.CHAT})
"""How the keys of those begin that say nothing of what anybody did."""
KINDS = (own.BY_HISTORY, own.OPEN, ways.CHAT, ways.SHOP)


def is_grouped(key: str) -> bool:
    """Whether the audience is found by conditions."""
    return key in WAYS or key.partition(":")[0] in KINDS


def is_open(key: str) -> bool:
    """Whether it is found by nothing that anybody did."""
    return key.partition(":")[0] in OPEN


def condition(key: str, asking: Asking) -> Condition:
    """What is asked of who is in it, as things stand now. Raises UnknownAudience."""
    if own.is_own(key):
        segment = own.of_key(asking.session, key)
        if segment is None:
            raise UnknownAudience("group_gone", name=own.name_in(key))
        return own.conditions(segment)
    found = ways.condition(key, asking)
    if found is None:
        raise UnknownAudience("group_empty")
    return found


def current(session: Session, key: str) -> str:
    """The key as it is now, for a campaign that is drafted. Raises UnknownAudience where it is no more."""
    if not own.is_own(key):
        return key
    segment = own.of_key(session, key)
    if segment is None:
        raise UnknownAudience("group_gone", name=own.name_in(key))
    return own.key(segment)


def of_key(session: Session, key: str, shop: Shop, now: datetime) -> ColumnElement[bool]:
    """What holds of a row of Customer who is in the audience. Raises UnknownAudience."""
    asking = asked(session, shop, now)
    return meets(condition(key, asking), asking)


def meets(wanted: Condition, asking: Asking, left_out: Collection[int] | None = None) -> ColumnElement[bool]:
    """What holds of who meets the conditions; of who refuses the use of their history, only what is none is asked.

    ``left_out`` are those, where they were found before.
    """
    holds = matching.holds(wanted, asking)
    if not needs_profiling(wanted):
        return holds
    left_out = refusing(asking.session) if left_out is None else left_out
    return and_(holds, ~matching.among(col(Customer.id), left_out))


def asked(session: Session, shop: Shop, now: datetime) -> Asking:
    """By what conditions are asked now; the survey's answers are read when a condition wants them."""
    return Asking(session, shop, now, partial(scores, session))


def scores(session: Session) -> dict[int, float]:
    """What each who answered the loyalty survey said on average, 1 to 5."""
    return answers.loyalty(session)
