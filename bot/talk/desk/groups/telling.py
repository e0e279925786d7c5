"""Segments of the shop's own, and the groups of each way to divide, in words with their n."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from babel.numbers import format_percent
from sqlmodel import Session

from bot.talk.desk import suggesting
from bot.talk.desk.groups import knowing
from bot.talk.desk.groups.reading import Fault, Reading
from bot.talk.replies import Teller
from campaigns.grouping import counting, members, own, ways
from campaigns.grouping.counting import BOUGHT_WITHIN, Counted
from campaigns.grouping.ways import Way
from campaigns.looking.groups import Row, rows_of
from campaigns.words.composing import Laid, Reply
from ledger import money

if TYPE_CHECKING:
    from bot.talk.desk.grouping import Seen

MOST_SAID = 60
"""So much of what was not understood is quoted."""


def one(teller: Teller, seen: Seen) -> Reply:
    """One segment: what it was understood to say, how many, whom an offer reaches, and what to do with it."""
    from bot.talk.desk.grouping import cautions

    return teller.say(
        "group",
        name=seen.segment.name if seen.segment is not None else "",
        words=Laid(seen.words),
        **figures(teller, seen.counted),
        bought=seen.bought,
        days=BOUGHT_WITHIN.days,
        least=counting.LEAST_PEOPLE,
        is_few=seen.counted.is_few,
        telling=", ".join(cautions(seen)),
        line=Laid(suggesting.for_segment(teller, own.key(seen.segment))) if seen.segment is not None else "",
    )


def figures(teller: Teller, counted: Counted) -> dict[str, Any]:
    """What every group is told with."""
    return {
        "n": teller.number(counted.n),
        "of": teller.number(counted.of),
        "share": format_percent(counted.share, format="#,##0.#%", locale=teller.language),
        "reached": teller.number(counted.reached),
        "lost": "; ".join(lost(teller, counted)),
        "refusing": teller.number(counted.refusing) if counted.refusing else "",
        "is_empty": not counted.n,
    }


def lost(teller: Teller, counted: Counted) -> list[str]:
    return [teller.word("group_lost", why, n=teller.number(n)) for why, n in counted.lost.items()]


def all_own(teller: Teller, found: Sequence[Seen]) -> Reply:
    """All own segments, each with what it says and how many it has now."""
    rows = [
        {
            "name": each.segment.name if each.segment is not None else "",
            "words": Laid(each.words),
            "n": teller.number(each.counted.n),
            "share": figures(teller, each.counted)["share"],
            "reached": teller.number(each.counted.reached),
        }
        for each in found
    ]
    return teller.say("groups_own", rows=rows, refusing=_refusing(teller, found))


def _refusing(teller: Teller, found: Sequence[Seen]) -> str:
    most = max((each.counted.refusing for each in found), default=0)
    return teller.number(most) if most else ""


def unclear(teller: Teller, reading: Reading, name: str) -> Reply:
    """What was not understood, each in a sentence with what would be."""
    return teller.say("group_unclear", name=name, faults=[Laid(fault(teller, each)) for each in reading.faults])


def fault(teller: Teller, each: Fault) -> str:
    said = " ".join(each.said.split())
    said = f"{said[:MOST_SAID]}…" if len(said) > MOST_SAID else said
    key = "unknown_near" if each.key == "unknown" and each.known else each.key
    known = f" {teller.word('group_faults', 'or')} ".join(f"“{name}”" for name in each.known)
    return teller.word("group_faults", key, said=said, known=known)


def way(session: Session, teller: Teller, chosen: Way, channels: Collection[str], now: datetime) -> Reply:
    """All groups of one way to divide."""
    found = rows_of(session, chosen, channels, teller.shop, now)
    currency = knowing.currency(session, teller.shop, now)
    return teller.say(
        "groups_by",
        way=chosen.value,
        rows=[_row(teller, each, chosen) for each in found.rows],
        of=teller.number(found.of),
        buyers=teller.number(found.buyers),
        least=ways.LEAST_BUYERS if chosen is Way.VALUE else ways.LEAST_ANSWERS,
        bounds=[money.in_words(each, currency, teller.language) for each in found.bounds],
        days=BOUGHT_WITHIN.days,
        refusing=teller.number(found.refusing) if found.refusing else "",
    )


def _row(teller: Teller, row: Row, chosen: Way) -> dict[str, Any]:
    is_offered = chosen is not Way.LOYALTY
    return {
        "name": group_name(teller, row.key),
        **figures(teller, row.counted),
        "bought": ", ".join(f"{name} ({teller.number(n)})" for name, n in row.bought),
        "share_of_money": format_percent(row.money, locale=teller.language) if row.money is not None else "",
        "line": Laid(suggesting.for_segment(teller, row.key)) if is_offered and row.counted.n else "",
    }


def group_name(teller: Teller, key: str) -> str:
    """What a group is called; those of the survey are no audience."""
    return teller.audience(key) if members.is_grouped(key) else teller.word("loyalty_groups", key)
